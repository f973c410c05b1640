//! What is compiled in the place of a model with mistakes: the same functions, returning constants.
//!
//! One mistake gives one error. Without its generated functions, every use of the model would be an error too, and the
//! one that matters would drown. So a function that cannot be lowered is replaced by one of its declared type, and a
//! model whose fields cannot be read by one without fields.

use crate::diagnostics::Diagnostics;
use crate::link::{Definition, Joined, Kind};
use crate::parse::{ModelAttributes, ModelDecl, parse_functions};
use crate::program::{Instance, Instantiation, Item, Program};
use std::collections::HashMap;
use std::rc::Rc;
use syn::{ItemImpl, ItemStruct};

/// The definitions that can be read, and the root without its fields. `None` when not even its functions are known.
pub fn stand_in(joined: &Joined) -> Option<(Program, Rc<Instance>)> {
    let mut unread = Diagnostics::default();
    let (mut program, _) = Program::parse(&joined.closure, &mut unread);
    let (id, consts) = match joined.definition.kind {
        Kind::Model => (joined.id.clone(), HashMap::new()),
        Kind::Alias => Instantiation::new(&program, &mut unread).applied(&joined.id)?,
        Kind::Dim | Kind::Function | Kind::Tensors => return None,
    };
    let (_, definition) = joined.closure.iter().find(|(known, _)| *known == id)?;
    let decl = Rc::new(declaration(definition)?);
    program.insert(&id, definition, Item::Model(decl));
    let decl = program.without_unknown_structs(&id)?;
    let root = Instance {
        decl,
        id,
        path: String::new(),
        consts,
        declared: None,
        members: Vec::new(),
        tensors: 0..0,
    };
    Some((program, Rc::new(root)))
}

/// The functions of a model whose signatures are valid; no fields.
fn declaration(definition: &Definition) -> Option<ModelDecl> {
    let functions: ItemImpl = syn::parse2(definition.parts.get(1)?.clone()).ok()?;
    let item: ItemStruct = syn::parse2(definition.parts.get(2)?.clone()).ok()?;
    Some(ModelDecl {
        name: item.ident,
        visibility: item.vis,
        attributes: ModelAttributes::default(),
        generics: Vec::new(),
        fields: Vec::new(),
        functions: parse_functions(&functions, &mut Diagnostics::default()).0,
    })
}
