//! Mutations of the tokens of a source.

use crate::random::Random;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Tokens that are put in the place of others.
const EXTREME: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "7",
    "9223372036854775807",
    "18446744073709551615",
    "340282366920938463463374607431768211456",
    "4294967296",
    "3037000500",
    "1e308",
    "1e-320",
    "0.0",
    "N",
    "M",
    "self",
    "Self",
    "_",
    "x",
    "Tensor<N, 3>",
    "Tensor<0>",
    "Tensor",
    "[N, 0]",
    "[]",
    "(1, 2)",
    "..",
    "0..0",
    "1..",
    "3..1",
    "true",
    "\"mean\"",
    "'c'",
    "{ }",
    "{ N / 0 }",
    "{ 7 % 0 }",
    "{ 1 << 70 }",
    "nn::Linear<4, 4>",
    "nn::Conv2d<0, 0, 0>",
    "Option<Param<3>>",
    "Param<0>",
    "[nn::Relu; 3]",
    "x.reshape([N, 1, 1, 1, 1, 1, 1, 1, 1, 1])",
    "x[(.., 0)]",
    "x.matmul(x)",
    "x.sum(axes = [0, 0])",
    "x as f32",
    "training()",
    "T",
    "0..T",
    "Vec::new()",
    "ys.push(x);",
    "ys.stack(0)",
    "for t in 0..N { }",
    "for t in 0..T { y = y * 0.5; }",
    "for row in x { y = y + row.sum(); }",
    "if x.sum() > 0.0 { y = y * 2.0; }",
    "if x.sum() > 0.0 { x } else { y }",
    "#[bound(3)] while y.sum() > 0.0 { y = y - 1.0; }",
    "#[bound(0)]",
    "x.at(0, t)",
    "x[(t, 0..t)]",
    "t - 1",
    "t * t",
    "[t, 3]",
    "checkpoint(x)",
    "grad(self.energy, x)",
    "value_and_grad(self.energy, x, wrt = [0])",
    "with_grad(x, clip)",
    "#[custom_grad(clip)]",
    "r#type",
    "ünïcode",
];

/// The source with one to four mutations; `None` if it cannot be read.
pub(crate) fn mutate(source: &str, random: &mut Random) -> Option<String> {
    let mut tokens: TokenStream = source.parse().ok()?;
    for _ in 0..1 + random.below(4) {
        let count = count(&tokens);
        if count == 0 {
            return None;
        }
        let donor = pick(&tokens, random.below(count));
        let kind = random.below(8);
        let mut at = random.below(count);
        // Extreme numbers go where numbers are.
        if kind < 3 {
            at = (0..30).map(|_| random.below(count)).find(|&at| is_number(&pick(&tokens, at))).unwrap_or(at);
        }
        let replaced = |token: TokenTree| -> TokenStream {
            match kind {
                0..=2 => number(random),
                3 => TokenStream::new(),
                4 => [token.clone(), token].into_iter().collect(),
                5 => donor.clone().into_iter().collect(),
                6 => [token].into_iter().chain(donor.clone()).collect(),
                _ => random.pick(EXTREME).parse().unwrap_or_default(),
            }
        };
        tokens = replace(tokens, &mut at.clone(), &mut Some(replaced));
    }
    Some(tokens.to_string())
}

fn number(random: &mut Random) -> TokenStream {
    let text = match random.below(3) {
        0 => random.below(12).to_string(),
        1 => (1u64 << random.below(64)).to_string(),
        _ => random.pick(&EXTREME[..13]).to_string(),
    };
    text.parse().unwrap_or_default()
}

fn is_number(token: &Option<TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Literal(literal)) if literal.to_string().starts_with(|c: char| c.is_ascii_digit()))
}

/// Tokens, those in groups included.
fn count(tokens: &TokenStream) -> usize {
    let inner = |token: &TokenTree| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    tokens.clone().into_iter().map(|token| inner(&token)).sum()
}

/// The token at a place, counted as [`count`] does.
fn pick(tokens: &TokenStream, at: usize) -> Option<TokenTree> {
    let mut left = at;
    for token in tokens.clone() {
        if left == 0 {
            return Some(token);
        }
        left -= 1;
        if let TokenTree::Group(group) = &token {
            let inside = count(&group.stream());
            if left < inside {
                return pick(&group.stream(), left);
            }
            left -= inside;
        }
    }
    None
}

/// The tokens with the one at a place replaced.
fn replace<F: FnOnce(TokenTree) -> TokenStream>(
    tokens: TokenStream,
    left: &mut usize,
    replaced: &mut Option<F>,
) -> TokenStream {
    let mut result = TokenStream::new();
    for token in tokens {
        if *left == 0
            && let Some(replaced) = replaced.take()
        {
            result.extend(replaced(token));
            continue;
        }
        *left = left.saturating_sub(1);
        result.extend([match token {
            TokenTree::Group(group) if replaced.is_some() && group.delimiter() != Delimiter::None => {
                let inner = replace(group.stream(), left, replaced);
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            token => token,
        }]);
    }
    result
}
