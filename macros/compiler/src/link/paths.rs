//! The paths that a definition names, and so has to ask for.

use crate::graph::ElementType;
use crate::parse::path_key;
use proc_macro2::Ident;
use std::collections::HashSet;
use syn::parse::Parser;
use syn::visit::Visit;
use syn::{Attribute, Expr, ItemFn, ItemImpl, ItemStruct, Path, Token};

/// Names that never name a definition, besides those of the types of elements.
const BUILT_IN_TYPES: &[&str] = &[
    "Param",
    "Buffer",
    "Option",
    "None",
    "Tensor",
    "usize",
    "Inferred",
    "Dim",
    "AtMost",
    "MultipleOf",
    "Self",
    // Refused with a message of our own.
    "i128",
    "u128",
    "isize",
    "str",
    "char",
    "String",
    "Vec",
    "Box",
    "Rc",
    "Arc",
    "HashMap",
];

/// Whether a name of a type asks for no definition.
pub fn is_built_in(name: &str) -> bool {
    BUILT_IN_TYPES.contains(&name) || ElementType::from_name(name).is_some()
}

/// Collects the distinct paths that a definition has to ask for.
pub struct PathCollector {
    paths: Vec<Path>,
    keys: HashSet<String>,
    /// Generic parameters and local names: known without asking.
    known: HashSet<String>,
}

impl PathCollector {
    /// A collector for a definition with these generic parameters.
    pub fn new(known: impl IntoIterator<Item = String>) -> PathCollector {
        PathCollector { paths: Vec::new(), keys: HashSet::new(), known: known.into_iter().collect() }
    }

    /// The paths, in order of appearance.
    pub fn finish(self) -> Vec<Path> {
        self.paths
    }

    fn ask(&mut self, path: &Path) {
        let mut bare = path.clone();
        for segment in &mut bare.segments {
            segment.arguments = syn::PathArguments::None;
        }
        let key = path_key(&bare);
        if !self.known.contains(&key) && self.keys.insert(key) {
            self.paths.push(bare);
        }
    }

    /// Whether a path in an expression may name a constant of the user's.
    fn is_constant(path: &Path) -> bool {
        let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let first = path.segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
        last.chars().next().is_some_and(char::is_uppercase) && !is_built_in(&last) && !is_built_in(&first)
    }

    /// Collects from the fields of a struct.
    pub fn visit_struct(&mut self, item: &ItemStruct) {
        // Hyper-parameters may be named in sizes and attributes.
        self.known.extend(item.fields.iter().filter_map(|field| field.ident.as_ref().map(Ident::to_string)));
        for field in &item.fields {
            self.visit_type(&field.ty);
            for attribute in &field.attrs {
                self.visit_attribute_tokens(attribute);
            }
        }
    }

    fn visit_attribute_tokens(&mut self, attribute: &Attribute) {
        let Ok(list) = attribute.meta.require_list() else { return };
        let is_init = attribute.path().is_ident("init");
        let parsed =
            syn::punctuated::Punctuated::<Expr, Token![,]>::parse_terminated.parse2(list.tokens.clone());
        for expr in parsed.into_iter().flatten() {
            match &expr {
                // `name = value`: the name is not a path of the user's.
                Expr::Assign(assign) => self.visit_expr(&assign.right),
                // `#[init(uniform(bound))]`: the initialiser's name is ours.
                Expr::Call(call) if is_init => call.args.iter().for_each(|arg| self.visit_init_argument(arg)),
                Expr::Path(_) if is_init => {}
                other => self.visit_expr(other),
            }
        }
    }

    /// `gain = leaky_relu(0.2)`: the nonlinearity's name is ours, too.
    fn visit_init_argument(&mut self, arg: &Expr) {
        let value = if let Expr::Assign(assign) = arg { &*assign.right } else { arg };
        match value {
            Expr::Call(call) if matches!(&*call.func, Expr::Path(path) if crate::init::is_nonlinearity(&path.path)) =>
            {
                call.args.iter().for_each(|arg| self.visit_expr(arg));
            }
            other => self.visit_expr(other),
        }
    }

    /// Collects from the functions of an impl.
    pub fn visit_functions(&mut self, item: &ItemImpl) {
        for item in &item.items {
            if let syn::ImplItem::Fn(function) = item {
                self.visit_function(&function.sig, &function.block);
            }
        }
    }

    /// Collects from a function.
    pub fn visit_function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let before = self.known.clone();
        self.known.extend(signature.generics.params.iter().filter_map(|param| match param {
            syn::GenericParam::Type(param) => Some(param.ident.to_string()),
            // Refused with a message of our own.
            syn::GenericParam::Const(param) => Some(param.ident.to_string()),
            syn::GenericParam::Lifetime(_) => None,
        }));
        let mut bindings = Bindings(HashSet::new());
        bindings.visit_signature(signature);
        bindings.visit_block(body);
        self.known.extend(bindings.0);
        self.visit_signature(signature);
        self.visit_block(body);
        self.known = before;
    }
}

impl<'ast> Visit<'ast> for PathCollector {
    fn visit_type_path(&mut self, ty: &'ast syn::TypePath) {
        let last = ty.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if !is_built_in(&last) {
            self.ask(&ty.path);
        }
        for segment in &ty.path.segments {
            self.visit_path_arguments(&segment.arguments);
        }
    }

    fn visit_expr_path(&mut self, expr: &'ast syn::ExprPath) {
        if Self::is_constant(&expr.path) {
            self.ask(&expr.path);
        }
    }

    fn visit_expr_struct(&mut self, expr: &'ast syn::ExprStruct) {
        if !expr.path.is_ident("Self") {
            self.ask(&expr.path);
        }
        for field in &expr.fields {
            self.visit_expr(&field.expr);
        }
        if let Some(rest) = &expr.rest {
            self.visit_expr(rest);
        }
    }

    fn visit_pat_struct(&mut self, pattern: &'ast syn::PatStruct) {
        if !pattern.path.is_ident("Self") {
            self.ask(&pattern.path);
        }
        syn::visit::visit_pat_struct(self, pattern);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(function) = &*call.func {
            if !crate::lower::is_built_in_function(&function.path) {
                self.ask(&function.path);
            }
        } else {
            self.visit_expr(&call.func);
        }
        for arg in &call.args {
            self.visit_expr(arg);
        }
        // `grad(energy, x)`, its kin and `with_grad(x, clip)` name a function without calling it.
        let Expr::Path(function) = &*call.func else { return };
        let named = match path_key(&function.path).as_str() {
            "grad" | "value_and_grad" | "vjp" | "jvp" => call.args.first(),
            "with_grad" => call.args.get(1),
            _ => None,
        };
        if let Some(Expr::Path(named)) = named {
            self.ask(&named.path);
        }
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        self.visit_expr(&assign.right);
    }

    fn visit_bound_lifetimes(&mut self, _: &'ast syn::BoundLifetimes) {}

    fn visit_type_param_bound(&mut self, bound: &'ast syn::TypeParamBound) {
        // `AtMost<LIMIT>`: the bound itself is ours, its argument may be a constant.
        if let syn::TypeParamBound::Trait(bound) = bound {
            for segment in &bound.path.segments {
                self.visit_path_arguments(&segment.arguments);
            }
        }
    }
}

/// Names bound by patterns, and by items in a body, which are refused with a message of our own.
struct Bindings(HashSet<String>);

impl<'ast> Visit<'ast> for Bindings {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let name = match item {
            syn::Item::Const(item) => &item.ident,
            syn::Item::Static(item) => &item.ident,
            syn::Item::Fn(item) => &item.sig.ident,
            syn::Item::Struct(item) => &item.ident,
            _ => return,
        };
        self.0.insert(name.to_string());
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(pattern.ident.to_string());
    }
}

/// The paths that a struct of tensors names.
pub fn tensors_paths(item: &ItemStruct) -> PathCollector {
    let mut collector = PathCollector::new(item.generics.params.iter().filter_map(|param| match param {
        syn::GenericParam::Const(param) => Some(param.ident.to_string()),
        syn::GenericParam::Type(param) => Some(param.ident.to_string()),
        syn::GenericParam::Lifetime(_) => None,
    }));
    for field in &item.fields {
        collector.visit_type(&field.ty);
    }
    collector
}

/// The paths that a function names.
pub fn function_paths(item: &ItemFn) -> PathCollector {
    let mut collector = PathCollector::new([]);
    collector.visit_function(&item.sig, &item.block);
    if let Some(backward) = crate::parse::custom_grad_of(&item.attrs) {
        collector.ask(&backward);
    }
    collector
}
