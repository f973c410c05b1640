//! The tree of instances: each layer of a model at its sizes.

use super::{Applied, Entry, Instance, Item, Member, Program, StateKind, StateTensor};
use crate::constant::{Scope, Static, evaluate};
use crate::diagnostics::{Diagnostic, Diagnostics, Place, Reported, count, source_text};
use crate::graph::{Float, MAX_ELEMENTS, Size};
use crate::init::{Surroundings, default_init, evaluate_init};
use crate::parse::{Field, FieldKind, Generic, ModelDecl, ModelType, TypeArg, path_key};
use proc_macro2::{Ident, Span};
use std::collections::HashMap;
use std::rc::Rc;
use syn::Expr;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// What a field inherits from the fields around it.
#[derive(Clone, Copy)]
pub(super) struct Inherited {
    pub(super) frozen: bool,
    pub(super) decay: bool,
    pub(super) lr_scale: f64,
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
    pub(super) enclosing: Vec<(Ident, ModelType)>,
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
            Item::Dim(_) | Item::Function(_) | Item::Tensors(_) => {
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
        let (entry, decl) = self.applied_model(applied);
        if self.enclosing.len() > MAX_DEPTH {
            return Err(self.diagnostics.report(Diagnostic::new(
                decl.name.span(),
                format!("models nest more than {MAX_DEPTH} deep; does `{}` contain itself", decl.name),
            )));
        }
        self.check_dtype(decl)?;
        self.check_settings(decl, with)?;
        let hypers = self.hyper_parameters(decl, entry, applied, with)?;
        let first = self.state.len();
        let mut members = Vec::new();
        let context =
            FieldContext { entry, applied, hypers: &hypers, path: &path, file_path: &file_path, inherited };
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
            let member = self.member(field, &context)?;
            members.push((name, member));
        }
        self.starts(decl, &members, &context)?;
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

    /// Refuses a model that says that it computes in another type than the one that it is part of.
    fn check_dtype(&mut self, decl: &ModelDecl) -> Result<(), Reported> {
        let root = Float::current();
        let Some((float, span)) = decl.attributes.dtype.filter(|(float, _)| *float != root) else {
            return Ok(());
        };
        let place = self.enclosing.last().map_or(Place::from(span), |(field, _)| Place::of(field));
        let (name, own, other) = (&decl.name, float.name(), root.name());
        Err(self.diagnostics.report(
            Diagnostic::new(
                place,
                format!("`{name}` computes in `{own}`, and the model that it is part of in `{other}`"),
            )
            .note("a model computes in one type, with all of its layers")
            .help(format!("write `#[model(dtype = {own})]` on this model, or leave `dtype` of `{name}` out")),
        ))
    }

    fn applied_model(&self, applied: &Applied) -> (&'a Entry, &'a Rc<ModelDecl>) {
        let entry =
            self.program.entry(&applied.id).expect("an applied model names a definition of the closure");
        let Item::Model(decl) = &entry.item else { unreachable!("only models are applied") };
        (entry, decl)
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
                let decl = self.applied_model(&applied).1;
                let mut elements = Vec::new();
                for index in 0..len as usize {
                    let with = self.element_settings(decl, &with, index, len as usize)?;
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
        let init = default_init(&shape, is_buffer);
        let kind = match (is_buffer, inherited.frozen) {
            (true, _) => StateKind::Buffer,
            (false, true) => StateKind::Frozen,
            (false, false) => StateKind::Trainable,
        };
        let (lr_scale, decay, span) = (inherited.lr_scale, inherited.decay, field.ident.span());
        self.state.push(StateTensor { name, shape, kind, init, lr_scale, decay, span, offset: 0 });
        Ok(Member::Tensor(self.state.len() - 1))
    }

    /// How the tensors of a model start by their attributes: known when it has all of them, since one may name another.
    fn starts(
        &mut self,
        decl: &ModelDecl,
        members: &[(String, Member)],
        context: &FieldContext<'_>,
    ) -> Result<(), Reported> {
        for (field, (_, member)) in decl.fields.iter().zip(members) {
            let (Some(expr), Member::Tensor(index)) = (&field.attributes.init, member) else { continue };
            let scope = context.scope(self.program);
            let model = Surroundings { scope, decl, members, state: &self.state, tensor: *index };
            let init = evaluate_init(expr, &model);
            self.state[*index].init = init.map_err(|diagnostic| self.diagnostics.report(diagnostic))?;
        }
        Ok(())
    }
}

/// Where a field stands.
pub(super) struct FieldContext<'a> {
    pub(super) entry: &'a Entry,
    pub(super) applied: &'a Applied,
    pub(super) hypers: &'a HashMap<String, Static>,
    pub(super) path: &'a str,
    pub(super) file_path: &'a str,
    pub(super) inherited: Inherited,
}

impl<'a> FieldContext<'a> {
    pub(super) fn scope(&self, program: &'a Program) -> Scope<'a> {
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
