//! The closed program: all definitions, the tree of model instances at their sizes, and the state they make up.

mod instantiate;
mod settings;
mod signatures;

pub use instantiate::Instantiation;

use crate::constant::Static;
use crate::diagnostics::{Diagnostics, Reported};
use crate::init::Init;
use crate::link::{Closure, Definition, Kind};
use crate::parse::{
    Function, ModelAttributes, ModelDecl, ModelType, TensorsDecl, parse_function_item, parse_model,
    parse_tensors, parse_type_path,
};
use proc_macro2::Span;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use syn::Expr;

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
    /// A struct of tensors.
    Tensors(Rc<TensorsDecl>),
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
        let resolved = program.resolve_structs(closure, diagnostics);
        (program, result.and(resolved))
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
        Kind::Tensors => {
            if part(0).to_string() == "__broken" {
                return Err(Reported);
            }
            let item = syn::parse2(part(1)).map_err(|error| diagnostics.report_syntax(error))?;
            let (decl, parsed) = parse_tensors(&item, diagnostics);
            parsed.map(|()| Item::Tensors(Rc::new(decl)))
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
