//! Tokens as the later stages read them: fragments of a user's own macro, `$layer:ty` and `$size:expr`, arrive in groups
//! without delimiters; `dbg!(x)` is a function of the language.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use syn::Expr;

/// The tokens without groups that have no delimiters, so that every later stage sees what a person would have written.
///
/// An expression of several operands keeps together: with `1 + 2` for `$n`, `$n * 2` becomes `(1 + 2) * 2`.
///
/// `dbg!(x)` becomes `dbg(x)`: macros in a body are not expanded, and what stands in them is not parsed.
pub fn splice(tokens: TokenStream) -> TokenStream {
    if !needs_splicing(tokens.clone()) {
        return tokens;
    }
    let mut spliced = TokenStream::new();
    let mut after_dbg = false;
    for tree in tokens {
        let is_dbg = matches!(&tree, TokenTree::Ident(ident) if ident == "dbg");
        if after_dbg && is_bang(&tree) {
            continue;
        }
        after_dbg = is_dbg;
        let TokenTree::Group(group) = tree else {
            spliced.extend([tree]);
            continue;
        };
        let inner = splice(group.stream());
        let delimiter = match group.delimiter() {
            Delimiter::None if !has_operands(&inner) => {
                spliced.extend(inner);
                continue;
            }
            Delimiter::None => Delimiter::Parenthesis,
            delimiter => delimiter,
        };
        let mut rebuilt = Group::new(delimiter, inner);
        rebuilt.set_span(group.span());
        spliced.extend([TokenTree::Group(rebuilt)]);
    }
    spliced
}

/// The `!` of a macro, not of `!=`.
fn is_bang(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '!' && punct.spacing() == Spacing::Alone)
}

fn needs_splicing(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None || needs_splicing(group.stream()),
        TokenTree::Ident(ident) => ident == "dbg",
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether these are an expression that operators around it would tear apart.
fn has_operands(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().nth(1).is_some()
        && matches!(
            syn::parse2::<Expr>(tokens.clone()),
            Ok(Expr::Binary(_) | Expr::Unary(_) | Expr::Cast(_) | Expr::Range(_))
        )
}

#[cfg(test)]
mod tests {
    use super::splice;
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::quote;

    fn fragment(tokens: TokenStream) -> TokenTree {
        TokenTree::Group(Group::new(Delimiter::None, tokens))
    }

    #[track_caller]
    fn check(tokens: TokenStream, expected: TokenStream) {
        // `>>` of two closing brackets prints with or without a space, depending on where it came from.
        let text = |tokens: TokenStream| tokens.to_string().replace(' ', "");
        assert_eq!(text(splice(tokens)), text(expected));
    }

    #[test]
    fn types_and_literals_stand_as_written() {
        let (ty, literal) = (fragment(quote!(nn::Linear<8, 8>)), fragment(quote!("name")));
        check(quote!([Option<#ty>; 3]), quote!([Option<nn::Linear<8, 8>>; 3]));
        check(quote!(id = #literal), quote!(id = "name"));
        let nested = fragment(quote!(Residual<#ty>));
        check(quote!(field: #nested), quote!(field: Residual<nn::Linear<8, 8> >));
    }

    #[test]
    fn dbg_is_a_function() {
        check(
            quote!({
                let y = dbg!(x).relu();
                dbg!(y, z);
            }),
            quote!({
                let y = dbg(x).relu();
                dbg(y, z);
            }),
        );
        check(quote!(dbg != x), quote!(dbg != x));
    }

    #[test]
    fn expressions_keep_together() {
        let sum = fragment(quote!(1 + 2));
        check(quote!(#sum * 2), quote!((1 + 2) * 2));
        check(quote!(Linear<{ #sum }, 4>), quote!(Linear<{ (1 + 2) }, 4>));
        let call = fragment(quote!(self.fc(x)));
        check(quote!(#call.relu()), quote!(self.fc(x).relu()));
    }
}
