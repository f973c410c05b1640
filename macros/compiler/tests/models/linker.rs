//! Links models inside one process: the source of the layers and of a model in, a closed program out.

use macrograd_compiler::autodiff::{Request, differentiate};
use macrograd_compiler::compile::{Dump, compile};
use macrograd_compiler::diagnostics::{Diagnostics, Reported};
use macrograd_compiler::emit::{EmitContext, Form};
use macrograd_compiler::graph::{Graph, verify};
use macrograd_compiler::link::{
    Closure, Definition, Joined, Kind, PathCollector, function_paths, tensors_paths,
};
use macrograd_compiler::lower::{Lowered, lower_function};
use macrograd_compiler::optimise::simplify;
use macrograd_compiler::parse::path_key;
use macrograd_compiler::program::{Instance, Instantiation, Program, StateTensor};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use syn::{Attribute, GenericParam, Item, ItemImpl, ItemStruct, Type};
pub(crate) use written_out::{Rules, written_out};

// By its path: other tests take this file in from elsewhere.
#[path = "written_out.rs"]
mod written_out;

/// The layers of the facade.
pub(crate) const LAYERS: &[&str] = &[
    include_str!("../../../../src/nn/activation/exponential.rs"),
    include_str!("../../../../src/nn/activation/gate.rs"),
    include_str!("../../../../src/nn/activation/hard.rs"),
    include_str!("../../../../src/nn/activation/rectifier.rs"),
    include_str!("../../../../src/nn/activation/sigmoid.rs"),
    include_str!("../../../../src/nn/adaptive_pool.rs"),
    include_str!("../../../../src/nn/batch_norm.rs"),
    include_str!("../../../../src/nn/conv.rs"),
    include_str!("../../../../src/nn/conv_transpose.rs"),
    include_str!("../../../../src/nn/distance.rs"),
    include_str!("../../../../src/nn/dropout.rs"),
    include_str!("../../../../src/nn/embedding.rs"),
    include_str!("../../../../src/nn/fold.rs"),
    include_str!("../../../../src/nn/instance_norm.rs"),
    include_str!("../../../../src/nn/layer_norm.rs"),
    include_str!("../../../../src/nn/linear.rs"),
    include_str!("../../../../src/nn/lora.rs"),
    include_str!("../../../../src/nn/max_unpool.rs"),
    include_str!("../../../../src/nn/adaptive_softmax.rs"),
    include_str!("../../../../src/nn/pad.rs"),
    include_str!("../../../../src/nn/pool.rs"),
    include_str!("../../../../src/nn/recurrent.rs"),
    include_str!("../../../../src/nn/softmax.rs"),
    include_str!("../../../../src/nn/spectral_norm.rs"),
    include_str!("../../../../src/nn/attention.rs"),
    include_str!("../../../../src/nn/transformer.rs"),
    include_str!("../../../../src/nn/squeeze_excite.rs"),
    include_str!("../../../../src/nn/upsample.rs"),
    include_str!("../../../../src/nn/weight_norm.rs"),
];

/// Definitions by the last segment of their path.
#[derive(Default)]
struct Linker {
    closures: HashMap<String, Closure>,
    /// Attributes and structs that wait for their impl.
    structs: HashMap<String, (TokenStream, ItemStruct)>,
    /// Macros that write layers.
    rules: Rules,
    /// Name and definition of the model that came last.
    last: Option<(Ident, Joined)>,
}

/// The tokens of `#[model(…)]`, without other attributes.
fn model_attribute(attrs: &[Attribute]) -> Option<TokenStream> {
    let attribute = attrs.iter().find(|attribute| attribute.path().is_ident("model"))?;
    Some(attribute.meta.require_list().map_or_else(|_| TokenStream::new(), |list| list.tokens.clone()))
}

impl Linker {
    fn file(&mut self, source: &str) {
        let file = syn::parse_file(source).expect("the source of a model is Rust");
        for item in written_out(file.items, &mut self.rules) {
            match item {
                Item::Struct(mut item) if item.attrs.iter().any(|a| a.path().is_ident("tensors")) => {
                    item.attrs.clear();
                    let name = item.ident.clone();
                    let parts = vec![quote!(0), item.to_token_stream()];
                    self.define(&name, Kind::Tensors, tensors_paths(&item), parts);
                }
                Item::Struct(mut item) => {
                    let Some(attributes) = model_attribute(&item.attrs) else { continue };
                    item.attrs.clear();
                    for field in &mut item.fields {
                        field.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
                    }
                    self.structs.insert(item.ident.to_string(), (attributes, item));
                }
                Item::Impl(mut functions) => {
                    let Some(attributes) = model_attribute(&functions.attrs) else { continue };
                    functions.attrs.clear();
                    self.model(functions, attributes);
                }
                Item::Fn(mut item) if item.attrs.iter().any(|a| a.path().is_ident("function")) => {
                    item.attrs.retain(|attribute| !attribute.path().is_ident("function"));
                    let collector = function_paths(&item);
                    let name = item.sig.ident.clone();
                    self.define(&name, Kind::Function, collector, vec![item.to_token_stream()]);
                }
                _ => {}
            }
        }
    }

    fn model(&mut self, functions: ItemImpl, of_impl: TokenStream) {
        let Type::Path(ty) = &*functions.self_ty else { panic!("a model has a name") };
        let name = ty.path.segments.last().expect("a path has segments").ident.clone();
        let (of_struct, item) = self.structs.remove(&name.to_string()).expect("the struct comes first");
        let attributes = if of_impl.is_empty() { of_struct } else { quote!(#of_impl, #of_struct) };
        let generics = item.generics.params.iter().filter_map(|param| match param {
            GenericParam::Const(param) => Some(param.ident.to_string()),
            GenericParam::Type(param) => Some(param.ident.to_string()),
            GenericParam::Lifetime(_) => None,
        });
        let mut collector = PathCollector::new(generics);
        collector.visit_struct(&item);
        collector.visit_functions(&functions);
        let parts = vec![attributes, functions.to_token_stream(), item.to_token_stream()];
        let joined = self.define(&name, Kind::Model, collector, parts);
        self.last = Some((name, joined));
    }

    /// Keeps a definition with everything that it needs.
    fn define(
        &mut self,
        name: &Ident,
        kind: Kind,
        collector: PathCollector,
        parts: Vec<TokenStream>,
    ) -> Joined {
        let id = format!("__{name}");
        let (mut paths, mut needed) = (BTreeMap::new(), Closure::new());
        for path in collector.finish() {
            let last = path.segments.last().expect("a path has segments").ident.to_string();
            let closure =
                self.closures.get(&last).unwrap_or_else(|| panic!("`{last}` is defined before `{name}`"));
            paths.insert(path_key(&path), closure[0].0.clone());
            for (id, definition) in closure {
                if needed.iter().all(|(known, _)| known != id) {
                    needed.push((id.clone(), definition.clone()));
                }
            }
        }
        let definition = Definition { kind, paths, parts };
        needed.insert(0, (id.clone(), definition.clone()));
        self.closures.insert(name.to_string(), needed.clone());
        Joined { definition, id, closure: needed }
    }
}

thread_local! {
    /// The layers, linked once: for a small model that is most of the work.
    static CLOSURES_OF_LAYERS: HashMap<String, Closure> = {
        let mut linker = Linker::default();
        LAYERS.iter().for_each(|layers| linker.file(layers));
        linker.closures
    };
}

/// Links the layers and a source; its last model is the root.
pub(crate) fn link(source: &str) -> (Ident, Joined) {
    let closures = CLOSURES_OF_LAYERS.with(HashMap::clone);
    let mut linker = Linker { closures, ..Linker::default() };
    linker.file(source);
    linker.last.expect("the source has a model")
}

/// A model, instantiated.
pub(crate) struct Linked {
    program: Program,
    pub(crate) root: Rc<Instance>,
    pub(crate) state: Vec<StateTensor>,
}

impl Linked {
    /// Links and instantiates the last model of a source.
    pub(crate) fn new(source: &str) -> Linked {
        let (_, joined) = link(source);
        let mut diagnostics = Diagnostics::default();
        let (program, parsed) = Program::parse(&joined.closure, &mut diagnostics);
        parsed.unwrap_or_else(|_| panic!("{}", messages(&mut diagnostics)));
        let mut instantiation = Instantiation::new(&program, &mut diagnostics);
        let root = instantiation.root(&joined.id);
        let state = std::mem::take(&mut instantiation.state);
        let root = root.unwrap_or_else(|_| panic!("{}", messages(&mut diagnostics)));
        assert!(diagnostics.is_empty(), "{}", messages(&mut diagnostics));
        Linked { program, root, state }
    }

    /// A function as a graph, as it is before anything else is done to it.
    pub(crate) fn lowered(&self, function: &str, training: bool) -> Lowered {
        let functions = &self.root.decl.functions;
        let decl = functions.iter().find(|decl| decl.ident == function).expect("the model has the function");
        let mut diagnostics = Diagnostics::default();
        let lowered =
            lower_function(&self.program, &self.state, &self.root, decl, training, &mut diagnostics);
        let lowered = lowered.unwrap_or_else(|_| panic!("{}", messages(&mut diagnostics)));
        assert!(diagnostics.is_empty(), "{}", messages(&mut diagnostics));
        verify(&lowered.graph).unwrap_or_else(|problem| panic!("{problem}\n{}", lowered.graph));
        lowered
    }

    /// The joint graph of a function in training, with gradients of parameters and arguments for given gradients of
    /// the results.
    pub(crate) fn joint(&self, lowered: &Lowered) -> Graph {
        let num_inputs = lowered.args.len();
        let request = Request { given_seed: true, input_gradients: true, num_inputs };
        let joint =
            differentiate(&simplify(&lowered.graph), request).expect("every operation has a gradient");
        verify(&joint).unwrap_or_else(|problem| panic!("{problem}\n{joint}"));
        joint
    }
}

fn messages(diagnostics: &mut Diagnostics) -> String {
    std::mem::take(diagnostics).to_tokens().to_string()
}

/// The whole way from a source to tokens, with the text of every stage.
pub(crate) fn expand(source: &str) -> (TokenStream, Dump) {
    let (name, joined) = link(source);
    let mut dump = Dump::new();
    let tokens =
        try_expand_linked(&name, &joined, Some(&mut dump)).unwrap_or_else(|errors| panic!("{errors}"));
    (tokens, dump)
}

/// The tokens of a linked model, made as in the build of a user: without verifiers.
#[allow(dead_code, reason = "only the test of speed does without verifiers")]
pub(crate) fn expand_unverified(name: &Ident, joined: &Joined) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let tokens = compile_linked(name, joined, &mut diagnostics, None, false);
    tokens.unwrap_or_else(|_| panic!("{}", messages(&mut diagnostics)))
}

/// The tokens of a linked model, or what is wrong with it.
pub(crate) fn try_expand_linked(
    name: &Ident,
    joined: &Joined,
    dump: Option<&mut Dump>,
) -> Result<TokenStream, String> {
    let mut diagnostics = Diagnostics::default();
    let tokens = compile_linked(name, joined, &mut diagnostics, dump, true);
    match tokens {
        Ok(tokens) if diagnostics.is_empty() => Ok(tokens),
        _ => Err(messages(&mut diagnostics)),
    }
}

/// The errors and warnings of a model.
pub(crate) fn diagnose(source: &str) -> Diagnostics {
    let (name, joined) = link(source);
    let mut diagnostics = Diagnostics::default();
    let _ = compile_linked(&name, &joined, &mut diagnostics, None, true);
    diagnostics
}

fn compile_linked(
    name: &Ident,
    joined: &Joined,
    diagnostics: &mut Diagnostics,
    dump: Option<&mut Dump>,
    verifies: bool,
) -> Result<TokenStream, Reported> {
    let krate = quote!(::macrograd);
    let (runtime, span) = (quote!(#krate::__private), Span::call_site());
    let context = EmitContext { runtime, krate, span, traps: false, verifies, form: Form::Methods };
    compile(joined, name, &syn::parse_quote!(pub), &context, diagnostics, dump)
}
