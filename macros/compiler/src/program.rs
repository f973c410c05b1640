//! The closed program: all definitions, the tree of model instances at their sizes, and the state they make up.

use crate::constant::{Scope, Static, evaluate};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported, count, list_names, nearest, source_text};
use crate::graph::{MAX_ELEMENTS, Size};
use crate::init::{Init, default_init, evaluate_init};
use crate::link::{Closure, Definition, Kind};
use crate::parse::{
    Field, FieldAttributes, FieldKind, Function, Generic, HyperType, ModelAttributes, ModelDecl, ModelType,
    TypeArg, parse_function_item, parse_model, parse_type_path, path_key,
};
use proc_macro2::{Ident, Span};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use syn::Expr;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// All definitions that a model needs, parsed.
pub struct Program {
    entries: HashMap<String, Entry>,
}

/// A definition.
pub struct Entry {
    /// Its identity.
    pub id: String,
    /// Identities of what its paths name.
    pub paths: BTreeMap<String, String>,
    /// What it is.
    pub item: Item,
}

/// What a definition is.
pub enum Item {
    /// A model.
    Model(Rc<ModelDecl>),
    /// A model at given sizes.
    Alias(ModelType),
    /// A constant.
    Dim(Expr),
    /// A free function.
    Function(Rc<Function>),
}

impl Program {
    /// Parses the definitions of a closure.
    ///
    /// # Errors
    /// All that is wrong with them is reported; the program has those that are right.
    pub fn parse(closure: &Closure, diagnostics: &mut Diagnostics) -> (Program, Result<(), Reported>) {
        let mut program = Program { entries: HashMap::new() };
        let mut result = Ok(());
        for (id, definition) in closure {
            match parse_item(definition, diagnostics) {
                Ok(item) => program.insert(id, definition, item),
                Err(reported) => result = Err(reported),
            }
        }
        (program, result)
    }

    /// Adds a definition.
    pub fn insert(&mut self, id: &str, definition: &Definition, item: Item) {
        let entry = Entry { id: id.to_string(), paths: definition.paths.clone(), item };
        self.entries.insert(id.to_string(), entry);
    }

    /// A definition by identity.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }
}

fn parse_item(definition: &Definition, diagnostics: &mut Diagnostics) -> Result<Item, Reported> {
    let part = |index: usize| definition.parts.get(index).cloned().unwrap_or_default();
    match definition.kind {
        Kind::Model => {
            let attributes = ModelAttributes::parse(part(0), diagnostics)?;
            if attributes.broken {
                // Its mistakes are reported where it is declared.
                return Err(Reported);
            }
            let functions = syn::parse2(part(1)).map_err(|error| diagnostics.report_syntax(error))?;
            let item = syn::parse2(part(2)).map_err(|error| diagnostics.report_syntax(error))?;
            Ok(Item::Model(Rc::new(parse_model(&item, &functions, attributes, diagnostics)?)))
        }
        Kind::Alias => {
            let item: syn::ItemType =
                syn::parse2(part(1)).map_err(|error| diagnostics.report_syntax(error))?;
            Ok(Item::Alias(parse_type_path(&item.ty, diagnostics)?))
        }
        Kind::Dim => {
            let item: syn::ItemConst =
                syn::parse2(part(0)).map_err(|error| diagnostics.report_syntax(error))?;
            Ok(Item::Dim(*item.expr))
        }
        Kind::Function => {
            let item: syn::ItemFn = syn::parse2(part(0)).map_err(|error| diagnostics.report_syntax(error))?;
            Ok(Item::Function(Rc::new(parse_function_item(&item, diagnostics)?)))
        }
    }
}

/// A model with its parameters chosen.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The model's definition.
    pub id: String,
    /// Its sizes.
    pub consts: HashMap<String, i64>,
    /// The models it was given.
    pub models: HashMap<String, Applied>,
}

/// What a tensor of the state is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateKind {
    /// Trained.
    Trainable,
    /// A parameter that is not trained.
    Frozen,
    /// Kept, not trained.
    Buffer,
}

/// A tensor of the state.
#[derive(Clone, Debug)]
pub struct StateTensor {
    /// Path of its field in files: `conv1.weight`.
    pub name: String,
    /// Sizes.
    pub shape: Vec<usize>,
    /// What it is for.
    pub kind: StateKind,
    /// How it starts.
    pub init: Init,
    /// Factor on the learning rate.
    pub lr_scale: f64,
    /// Whether weight decay applies.
    pub decay: bool,
    /// The field.
    pub span: Span,
    /// First element in the state; assigned when all tensors are known.
    pub offset: usize,
}

impl StateTensor {
    /// Number of elements.
    pub fn numel(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A model in its place.
#[derive(Debug)]
pub struct Instance {
    /// Its declaration.
    pub decl: Rc<ModelDecl>,
    /// Identity of its definition.
    pub id: String,
    /// Path of its field: `block1.conv1`; empty for the root.
    pub path: String,
    /// Its sizes.
    pub consts: HashMap<String, i64>,
    /// The type its field was declared with, for messages.
    pub declared: Option<ModelType>,
    /// Its fields.
    pub members: Vec<(String, Member)>,
    /// Tensors of the state that belong to it and its layers: `first..first + count`.
    pub tensors: std::ops::Range<usize>,
}

/// A field in its place.
#[derive(Clone, Debug)]
pub enum Member {
    /// A tensor of the state.
    Tensor(usize),
    /// A hyper-parameter.
    Hyper(Static),
    /// A layer.
    Model(Rc<Instance>),
    /// Layers one after the other.
    Stack(Vec<Rc<Instance>>),
    /// An `Option` that is off.
    Absent,
}

impl Instance {
    /// The field of this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, member)| member)
    }

    /// Hyper-parameters by name.
    pub fn hypers(&self) -> HashMap<String, Static> {
        self.members
            .iter()
            .filter_map(|(name, member)| match member {
                Member::Hyper(value) => Some((name.clone(), value.clone())),
                _ => None,
            })
            .collect()
    }

    /// Whether two elements of a stack are the same but for their place, so that a loop can run both.
    pub fn is_alike(&self, other: &Instance) -> bool {
        self.id == other.id
            && self.consts == other.consts
            && self.members.len() == other.members.len()
            && self.members.iter().zip(&other.members).all(|((_, a), (_, b))| match (a, b) {
                (Member::Tensor(_), Member::Tensor(_)) | (Member::Absent, Member::Absent) => true,
                (Member::Hyper(a), Member::Hyper(b)) => a == b,
                (Member::Model(a), Member::Model(b)) => a.is_alike(b),
                (Member::Stack(a), Member::Stack(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_alike(b))
                }
                _ => false,
            })
    }
}

/// What a field inherits from the fields around it.
#[derive(Clone, Copy)]
struct Inherited {
    frozen: bool,
    decay: bool,
    lr_scale: f64,
}

/// Builds the tree of instances.
pub struct Instantiation<'a> {
    /// All definitions.
    pub program: &'a Program,
    /// Where mistakes go.
    pub diagnostics: &'a mut Diagnostics,
    /// The state so far.
    pub state: Vec<StateTensor>,
    /// The fields whose layers are being built, outermost first: names and declared types.
    enclosing: Vec<(Ident, ModelType)>,
    /// Elements of all stacks so far.
    num_stacked: i64,
    /// Elements of all tensors of the state so far.
    num_elements: i64,
}

/// Elements of all stacks of a model: each is a layer to the compiler.
const MAX_STACKED: i64 = 16_384;

/// Models nest at most this deep; more is a model that contains itself through its type arguments.
const MAX_DEPTH: usize = 100;

impl<'a> Instantiation<'a> {
    /// An empty tree.
    pub fn new(program: &'a Program, diagnostics: &'a mut Diagnostics) -> Instantiation<'a> {
        Instantiation {
            program,
            diagnostics,
            state: Vec::new(),
            enclosing: Vec::new(),
            num_stacked: 0,
            num_elements: 0,
        }
    }

    /// The root: a model, or what an alias stands for.
    pub fn root(&mut self, id: &str) -> Result<Rc<Instance>, Reported> {
        let entry = self.program.entry(id).expect("the root is in its own closure");
        let (applied, declared) = match &entry.item {
            Item::Alias(ty) => (self.resolve(ty, entry, &HashMap::new(), &HashMap::new())?, Some(ty.clone())),
            _ => (Applied { id: id.to_string(), consts: HashMap::new(), models: HashMap::new() }, None),
        };
        let inherited = Inherited { frozen: false, decay: true, lr_scale: 1.0 };
        let root =
            self.instance(&applied, declared, String::new(), String::new(), &HashMap::new(), inherited)?;
        assign_offsets(&mut self.state);
        Ok(root)
    }

    /// The model that an alias stands for, and its sizes.
    pub fn applied(&mut self, alias: &str) -> Option<(String, HashMap<String, i64>)> {
        let entry = self.program.entry(alias)?;
        let Item::Alias(ty) = &entry.item else { return None };
        let applied = self.resolve(ty, entry, &HashMap::new(), &HashMap::new()).ok()?;
        Some((applied.id, applied.consts))
    }

    /// The model that a type names in a definition.
    fn resolve(
        &mut self,
        ty: &ModelType,
        entry: &Entry,
        consts: &HashMap<String, i64>,
        models: &HashMap<String, Applied>,
    ) -> Result<Applied, Reported> {
        let key = path_key(&ty.path);
        if let Some(applied) = models.get(&key) {
            return Ok(applied.clone());
        }
        let Some(target) = entry.paths.get(&key).and_then(|id| self.program.entry(id)) else {
            return Err(self
                .diagnostics
                .report(Diagnostic::new(ty.path.span(), format!("`{key}` is not a model"))));
        };
        let decl = match &target.item {
            Item::Model(decl) => decl,
            Item::Alias(inner) => return self.resolve(inner, target, &HashMap::new(), &HashMap::new()),
            Item::Dim(_) | Item::Function(_) => {
                return Err(self.diagnostics.report(
                    Diagnostic::new(ty.path.span(), format!("`{key}` is not a model"))
                        .help("a layer is a struct under `#[model]`"),
                ));
            }
        };
        if decl.generics.len() != ty.args.len() {
            let names = decl.generics.iter().map(|generic| generic.ident().to_string()).collect::<Vec<_>>();
            return Err(self.diagnostics.report(
                Diagnostic::new(
                    ty.path.span(),
                    format!(
                        "`{key}` takes {}, found {}",
                        count(names.len(), "type argument", "type arguments"),
                        ty.args.len()
                    ),
                )
                .help(format!("write `{key}<{}>`", names.join(", "))),
            ));
        }
        let mut applied = Applied { id: target.id.clone(), consts: HashMap::new(), models: HashMap::new() };
        for (generic, arg) in decl.generics.iter().zip(&ty.args) {
            match (generic, arg) {
                (Generic::Const(name), arg) => {
                    let expr = match arg {
                        TypeArg::Expr(expr) => expr.clone(),
                        TypeArg::Path(path) => Expr::Path(syn::ExprPath {
                            attrs: Vec::new(),
                            qself: None,
                            path: path.path.clone(),
                        }),
                    };
                    let value = self.size(&expr, entry, consts, &HashMap::new())?;
                    applied.consts.insert(name.to_string(), value);
                }
                (Generic::Model(name), TypeArg::Path(path)) => {
                    let inner = self.resolve(path, entry, consts, models)?;
                    applied.models.insert(name.to_string(), inner);
                }
                (Generic::Model(name), TypeArg::Expr(expr)) => {
                    return Err(self.diagnostics.report(Diagnostic::new(
                        expr.span(),
                        format!("`{name}` of `{key}` is a model, found a number"),
                    )));
                }
            }
        }
        Ok(applied)
    }

    /// A size known at compile time, not negative.
    fn size(
        &mut self,
        expr: &Expr,
        entry: &Entry,
        consts: &HashMap<String, i64>,
        hypers: &HashMap<String, Static>,
    ) -> Result<i64, Reported> {
        let scope = Scope { program: self.program, entry, consts, hypers };
        match evaluate(expr, &scope) {
            Ok(Static::Int(value)) if value >= 0 => Ok(value),
            Ok(other) => {
                let message = format!("a size is a whole number, not negative, found {}", other.text());
                let mut diagnostic = Diagnostic::new(Place::of(expr), message);
                diagnostic.is_about_values = !matches!(expr, Expr::Lit(_));
                Err(self.report_values(diagnostic, expr, consts))
            }
            Err(diagnostic) => Err(self.report_values(diagnostic, expr, consts)),
        }
    }

    /// Reports a mistake in a layer. If it is in the values that the layer was given, it is shown where they were
    /// given, with the expression that they do not suit.
    fn report_values(
        &mut self,
        mut diagnostic: Diagnostic,
        expr: &Expr,
        consts: &HashMap<String, i64>,
    ) -> Reported {
        if let (true, Some((field, ty))) = (diagnostic.is_about_values, self.enclosing.last()) {
            diagnostic.place = Place::of(field);
            let mut values: Vec<String> =
                consts.iter().map(|(name, value)| format!("`{name}` is {value}")).collect();
            values.sort_unstable();
            diagnostic.notes.push(format!(
                "`{}` has the size `{}`, where {}",
                path_key(&ty.path),
                source_text(expr),
                values.join(", ")
            ));
            diagnostic.help = Some(format!("give `{field}` other sizes or settings"));
        }
        self.diagnostics.report(diagnostic)
    }

    fn instance(
        &mut self,
        applied: &Applied,
        declared: Option<ModelType>,
        path: String,
        file_path: String,
        with: &HashMap<String, (Static, Span)>,
        inherited: Inherited,
    ) -> Result<Rc<Instance>, Reported> {
        let entry =
            self.program.entry(&applied.id).expect("an applied model names a definition of the closure");
        let Item::Model(decl) = &entry.item else { unreachable!("only models are applied") };
        if self.enclosing.len() > MAX_DEPTH {
            return Err(self.diagnostics.report(Diagnostic::new(
                decl.name.span(),
                format!("models nest more than {MAX_DEPTH} deep; does `{}` contain itself", decl.name),
            )));
        }
        self.check_settings(decl, with)?;
        let hypers = self.hyper_parameters(decl, entry, applied, with)?;
        let first = self.state.len();
        let mut members = Vec::new();
        for field in &decl.fields {
            let name = field.ident.to_string();
            if let Some(value) = hypers.get(&name)
                && matches!(field.kind, FieldKind::Hyper(_))
            {
                members.push((name, Member::Hyper(value.clone())));
                continue;
            }
            if field.optional && hypers.get(&name) == Some(&Static::Bool(false)) {
                members.push((name, Member::Absent));
                continue;
            }
            let context = FieldContext {
                entry,
                applied,
                hypers: &hypers,
                path: &path,
                file_path: &file_path,
                inherited,
            };
            let member = self.member(field, &context)?;
            members.push((name, member));
        }
        let tensors = first..self.state.len();
        Ok(Rc::new(Instance {
            decl: decl.clone(),
            id: applied.id.clone(),
            path,
            consts: applied.consts.clone(),
            declared,
            members,
            tensors,
        }))
    }

    /// Every name in `#[with(…)]` is a hyper-parameter or an `Option` of the layer.
    fn check_settings(
        &mut self,
        decl: &ModelDecl,
        with: &HashMap<String, (Static, Span)>,
    ) -> Result<(), Reported> {
        let is_setting = |field: &&Field| field.optional || matches!(field.kind, FieldKind::Hyper(_));
        let known: Vec<String> =
            decl.fields.iter().filter(is_setting).map(|field| field.ident.to_string()).collect();
        let mut failed = None;
        let mut settings: Vec<_> = with.iter().collect();
        settings.sort_by_key(|(name, _)| name.as_str());
        for (name, (_, span)) in settings {
            if known.contains(name) {
                continue;
            }
            let mut diagnostic = Diagnostic::new(*span, format!("`{}` has no setting `{name}`", decl.name))
                .note(format!("it has {}", list_names(known.iter().map(String::as_str))));
            if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`"));
            }
            failed = Some(self.diagnostics.report(diagnostic));
        }
        failed.map_or(Ok(()), Err)
    }

    /// Values of hyper-parameters, and whether each `Option` is on.
    fn hyper_parameters(
        &mut self,
        decl: &ModelDecl,
        entry: &Entry,
        applied: &Applied,
        with: &HashMap<String, (Static, Span)>,
    ) -> Result<HashMap<String, Static>, Reported> {
        let mut hypers = HashMap::new();
        for field in &decl.fields {
            let name = field.ident.to_string();
            let ty = match field.kind {
                FieldKind::Hyper(ty) => ty,
                _ if field.optional => HyperType::Bool,
                _ => continue,
            };
            let (value, span) = if let Some((value, span)) = with.get(&name) {
                (value.clone(), *span)
            } else if let Some(default) = &field.attributes.default {
                let scope = Scope { program: self.program, entry, consts: &applied.consts, hypers: &hypers };
                let value =
                    evaluate(default, &scope).map_err(|diagnostic| self.diagnostics.report(diagnostic))?;
                (value, default.span())
            } else if field.optional {
                (Static::Bool(true), field.ident.span())
            } else {
                let message = format!("`{name}` of `{}` has no value", decl.name);
                let diagnostic = match self.enclosing.last() {
                    Some((layer, _)) => Diagnostic::new(layer.span(), message)
                        .note(format!("`{name}` is a hyper-parameter without `#[default(…)]`"))
                        .help(format!("write `#[with({name} = …)]` above `{layer}`")),
                    None => Diagnostic::new(field.ident.span(), message)
                        .help(format!("write `#[default(…)]` above `{name}`")),
                };
                return Err(self.diagnostics.report(diagnostic));
            };
            let found = value.text();
            let fitted = match (ty, value) {
                (HyperType::Usize, Static::Int(value)) if value >= 0 => Some(Static::Int(value)),
                (HyperType::Isize, Static::Int(value)) => Some(Static::Int(value)),
                (HyperType::Float, value) => value.as_float().map(Static::Float),
                (HyperType::Bool, Static::Bool(value)) => Some(Static::Bool(value)),
                (HyperType::Text, Static::Text(value)) => Some(Static::Text(value)),
                (HyperType::List(len), Static::Int(value)) if value >= 0 => {
                    Some(Static::List(vec![Static::Int(value); len]))
                }
                (HyperType::List(len), Static::List(list)) if is_list_of_sizes(&list, len) => {
                    Some(Static::List(list))
                }
                _ => None,
            };
            let Some(value) = fitted else {
                let expected = match ty {
                    HyperType::Usize => "a whole number, not negative".to_string(),
                    HyperType::Isize => "a whole number".to_string(),
                    HyperType::Float => "a number".to_string(),
                    HyperType::Bool => "`true` or `false`".to_string(),
                    HyperType::Text => "a text in quotes".to_string(),
                    HyperType::List(2) => "a whole number or `[vertical, horizontal]`".to_string(),
                    HyperType::List(len) => format!("a whole number or a list of {len}"),
                };
                let message = format!("`{name}` of `{}` is {expected}, found {found}", decl.name);
                return Err(self.diagnostics.report(Diagnostic::new(span, message)));
            };
            hypers.insert(name, value);
        }
        Ok(hypers)
    }

    fn member(&mut self, field: &Field, context: &FieldContext<'_>) -> Result<Member, Reported> {
        let join = |prefix: &str, name: &str| {
            if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") }
        };
        // `r#type` is `type` to people and in files.
        let shown = field.ident.unraw().to_string();
        let path = join(context.path, &shown);
        let file_path = join(context.file_path, field.attributes.rename.as_deref().unwrap_or(&shown));
        let inherited = self.inherit(field, context)?;
        match &field.kind {
            FieldKind::Hyper(_) => unreachable!("hyper-parameters were taken out before"),
            FieldKind::Param(dims) => self.tensor(field, dims, file_path, inherited, false, context),
            FieldKind::Buffer(dims) => self.tensor(field, dims, file_path, inherited, true, context),
            FieldKind::Model(ty) => {
                let applied =
                    self.resolve(ty, context.entry, &context.applied.consts, &context.applied.models)?;
                let with = self.settings(&field.attributes, context)?;
                self.enclosing.push((field.ident.clone(), ty.clone()));
                let instance = self.instance(&applied, Some(ty.clone()), path, file_path, &with, inherited);
                self.enclosing.pop();
                Ok(Member::Model(instance?))
            }
            FieldKind::Stack(ty, len) => {
                let applied =
                    self.resolve(ty, context.entry, &context.applied.consts, &context.applied.models)?;
                let len = self.size(len, context.entry, &context.applied.consts, context.hypers)?;
                self.num_stacked = self.num_stacked.saturating_add(len);
                if self.num_stacked > MAX_STACKED {
                    let message = format!(
                        "stacks have {MAX_STACKED} elements in all at most, but with the {len} of `{}` they are {}",
                        field.ident, self.num_stacked
                    );
                    return Err(self.diagnostics.report(
                        Diagnostic::new(field.ident.span(), message)
                            .help("choose a smaller number of layers"),
                    ));
                }
                let with = self.settings(&field.attributes, context)?;
                let mut elements = Vec::new();
                for index in 0..len as usize {
                    let with = self.element_settings(&with, index, len as usize)?;
                    let place = |prefix: &str| format!("{prefix}.{index}");
                    self.enclosing.push((field.ident.clone(), ty.clone()));
                    let (path, file_path) = (place(&path), place(&file_path));
                    let element =
                        self.instance(&applied, Some(ty.clone()), path, file_path, &with, inherited);
                    self.enclosing.pop();
                    elements.push(element?);
                }
                Ok(Member::Stack(elements))
            }
        }
    }

    fn inherit(&mut self, field: &Field, context: &FieldContext<'_>) -> Result<Inherited, Reported> {
        let mut inherited = context.inherited;
        inherited.frozen |= field.attributes.frozen;
        inherited.decay &= !field.attributes.no_decay;
        if let Some(lr) = &field.attributes.lr {
            let value = evaluate(lr, &context.scope(self.program));
            match value.map(|value| value.as_float().filter(|scale| *scale >= 0.0)) {
                Ok(Some(scale)) => inherited.lr_scale *= scale,
                Ok(None) => {
                    return Err(self.diagnostics.report(
                        Diagnostic::new(lr.span(), "`#[lr]` is a factor on the learning rate, not negative")
                            .help("write `#[lr(0.1)]`; to keep a parameter as it is, use `#[frozen]`"),
                    ));
                }
                Err(diagnostic) => return Err(self.diagnostics.report(diagnostic)),
            }
        }
        Ok(inherited)
    }

    /// What `#[with(…)]` sets, worked out where it stands.
    fn settings(
        &mut self,
        attributes: &FieldAttributes,
        context: &FieldContext<'_>,
    ) -> Result<HashMap<String, (Static, Span)>, Reported> {
        let mut settings = HashMap::new();
        for (name, expr) in &attributes.with {
            let value = evaluate(expr, &context.scope(self.program))
                .map_err(|diagnostic| self.diagnostics.report(diagnostic))?;
            settings.insert(name.to_string(), (value, name.span()));
        }
        Ok(settings)
    }

    /// Settings of one element of a stack: a list as long as the stack has one value for each.
    fn element_settings(
        &mut self,
        with: &HashMap<String, (Static, Span)>,
        index: usize,
        len: usize,
    ) -> Result<HashMap<String, (Static, Span)>, Reported> {
        let mut settings = HashMap::new();
        for (name, (value, span)) in with {
            let value = match value {
                Static::List(list) if list.len() == len => list[index].clone(),
                // A few whole numbers may be those of the spatial dimensions of each element.
                Static::List(list)
                    if !(1..=3).contains(&list.len())
                        || list.iter().all(|v| matches!(v, Static::Float(_))) =>
                {
                    return Err(self.diagnostics.report(
                        Diagnostic::new(
                            *span,
                            format!("`{name}` has {} values for a stack of {len}", list.len()),
                        )
                        .help(format!("give one value for all, or a list of {len}")),
                    ));
                }
                value => value.clone(),
            };
            settings.insert(name.clone(), (value, *span));
        }
        Ok(settings)
    }

    fn tensor(
        &mut self,
        field: &Field,
        dims: &[Expr],
        name: String,
        inherited: Inherited,
        is_buffer: bool,
        context: &FieldContext<'_>,
    ) -> Result<Member, Reported> {
        let mut shape = Vec::new();
        for dim in dims {
            let size = self.size(dim, context.entry, &context.applied.consts, context.hypers)?;
            if size == 0 {
                let message = format!("a dimension of `{}` is 0: it would have no elements", field.ident);
                let mut diagnostic = Diagnostic::new(Place::of(dim), message).help("sizes are at least 1");
                diagnostic.is_about_values = !matches!(dim, Expr::Lit(_));
                return Err(self.report_values(diagnostic, dim, &context.applied.consts));
            }
            shape.push(size as usize);
        }
        let numel = shape.iter().fold(Size::one(), |product, &size| product.mul(&(size as i64).into()));
        self.num_elements = self.num_elements.saturating_add(numel.as_literal().unwrap_or(i64::MAX));
        if self.num_elements > MAX_ELEMENTS {
            let message = format!(
                "with `{}` {shape:?} the model has more than {MAX_ELEMENTS} parameters, which is the most",
                field.ident
            );
            return Err(self
                .diagnostics
                .report(Diagnostic::new(field.ident.span(), message).help("choose smaller sizes")));
        }
        let init = match &field.attributes.init {
            Some(expr) => evaluate_init(expr, &shape, &context.scope(self.program))
                .map_err(|diagnostic| self.diagnostics.report(diagnostic))?,
            None => default_init(&shape, is_buffer),
        };
        let kind = match (is_buffer, inherited.frozen) {
            (true, _) => StateKind::Buffer,
            (false, true) => StateKind::Frozen,
            (false, false) => StateKind::Trainable,
        };
        let (lr_scale, decay, span) = (inherited.lr_scale, inherited.decay, field.ident.span());
        self.state.push(StateTensor { name, shape, kind, init, lr_scale, decay, span, offset: 0 });
        Ok(Member::Tensor(self.state.len() - 1))
    }
}

/// Whether these are `len` whole numbers, none negative.
fn is_list_of_sizes(list: &[Static], len: usize) -> bool {
    list.len() == len && list.iter().all(|item| matches!(item, Static::Int(value) if *value >= 0))
}

/// Where a field stands.
struct FieldContext<'a> {
    entry: &'a Entry,
    applied: &'a Applied,
    hypers: &'a HashMap<String, Static>,
    path: &'a str,
    file_path: &'a str,
    inherited: Inherited,
}

impl<'a> FieldContext<'a> {
    fn scope(&self, program: &'a Program) -> Scope<'a> {
        Scope { program, entry: self.entry, consts: &self.applied.consts, hypers: self.hypers }
    }
}

/// Trainable tensors first, then frozen ones, then buffers, each on a 64-byte boundary. Elements of a stack come out
/// at a constant distance from each other, since each contributes the same tensors to each part.
fn assign_offsets(state: &mut [StateTensor]) {
    let mut offset = 0;
    for kind in [StateKind::Trainable, StateKind::Frozen, StateKind::Buffer] {
        for tensor in state.iter_mut().filter(|tensor| tensor.kind == kind) {
            tensor.offset = offset;
            offset += tensor.numel().next_multiple_of(crate::plan::ALIGN);
        }
    }
}
