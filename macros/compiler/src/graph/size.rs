//! Sizes of dimensions: polynomials with integer coefficients over the dimensions known at run time.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

/// What a polynomial is built of.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Atom {
    /// A dimension known at run time, by the name the function declares.
    Symbol(Rc<str>),
    /// `floor(size / divisor)` where the division is not exact for every value of the symbols.
    FloorDiv(Rc<Size>, i64),
}

/// The largest number of elements of a tensor. Arithmetic saturates far beyond it, so that what is too large is found
/// by a comparison, whatever was computed with it on the way.
pub const MAX_ELEMENTS: i64 = 1 << 40;

/// A product of atoms with their powers, sorted.
type Monomial = Vec<(Atom, u32)>;

/// A size: a sum of monomials with non-zero coefficients, sorted, so that equal sizes are equal values.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Size {
    terms: Vec<(Monomial, i64)>,
}

impl Size {
    /// A size known at compile time.
    pub fn literal(value: i64) -> Size {
        // Without the one number that has no negative.
        let value = value.max(-i64::MAX);
        if value == 0 { Size::default() } else { Size { terms: vec![(Vec::new(), value)] } }
    }

    /// The size one.
    pub fn one() -> Size {
        Size::literal(1)
    }

    /// A dimension known at run time.
    pub fn symbol(name: &str) -> Size {
        Size::atom(Atom::Symbol(name.into()))
    }

    fn atom(atom: Atom) -> Size {
        Size { terms: vec![(vec![(atom, 1)], 1)] }
    }

    /// The value, if it is known at compile time.
    pub fn as_literal(&self) -> Option<i64> {
        match self.terms.as_slice() {
            [] => Some(0),
            [(monomial, value)] if monomial.is_empty() => Some(*value),
            _ => None,
        }
    }

    /// Whether this is the literal 1: the only size that broadcasts.
    pub fn is_one(&self) -> bool {
        self.as_literal() == Some(1)
    }

    /// The coefficient and the rest of a size of a single term.
    fn as_single_term(&self) -> Option<(&Monomial, i64)> {
        match self.terms.as_slice() {
            [(monomial, coefficient)] => Some((monomial, *coefficient)),
            _ => None,
        }
    }

    /// Whether a dimension or a number of elements is larger than any machine holds.
    pub fn is_too_large(&self) -> bool {
        self.terms.iter().any(|(_, coefficient)| coefficient.abs() > MAX_ELEMENTS)
    }

    /// Factors the size into an integer and what is known only at run time (`None` for a literal). The integer is the
    /// greatest common divisor of the coefficients, so that factors of a product give the factors of the whole
    /// (Gauss's lemma): a tensor splits alike in every shape.
    pub fn split_coefficient(&self) -> (i64, Option<Size>) {
        if let Some(literal) = self.as_literal() {
            return (literal, None);
        }
        let divisor = self.terms.iter().fold(0, |divisor, (_, coefficient)| gcd(divisor, *coefficient));
        let terms =
            self.terms.iter().map(|(monomial, coefficient)| (monomial.clone(), coefficient / divisor));
        (divisor, Some(Size { terms: terms.collect() }))
    }

    /// `self + other`.
    pub fn add(&self, other: &Size) -> Size {
        let mut terms = self.terms.clone();
        for (monomial, coefficient) in &other.terms {
            match terms.binary_search_by(|(m, _)| m.cmp(monomial)) {
                Ok(at) => terms[at].1 = saturated(i128::from(terms[at].1) + i128::from(*coefficient)),
                Err(at) => terms.insert(at, (monomial.clone(), *coefficient)),
            }
        }
        terms.retain(|(_, coefficient)| *coefficient != 0);
        Size { terms }
    }

    /// `self - other`.
    pub fn sub(&self, other: &Size) -> Size {
        self.add(&other.mul(&Size::literal(-1)))
    }

    /// `self * other`.
    pub fn mul(&self, other: &Size) -> Size {
        let mut product = Size::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let mut monomial = left.clone();
                for (atom, power) in right {
                    match monomial.binary_search_by(|(x, _)| x.cmp(atom)) {
                        Ok(at) => monomial[at].1 = monomial[at].1.saturating_add(*power),
                        Err(at) => monomial.insert(at, (atom.clone(), *power)),
                    }
                }
                let coefficient = saturated(i128::from(*a) * i128::from(*b));
                product = product.add(&Size { terms: vec![(monomial, coefficient)] });
            }
        }
        product
    }

    /// `floor(self / divisor)`.
    ///
    /// Terms whose coefficient the divisor divides come out of the division: `(4 N + 3) / 2 = 2 N + 1`.
    pub fn floor_div(&self, divisor: i64) -> Size {
        let (mut whole, mut rest) = (Size::default(), Size::default());
        for (monomial, coefficient) in &self.terms {
            let exact = coefficient % divisor == 0;
            let target = if exact { &mut whole } else { &mut rest };
            let scaled = if exact { coefficient / divisor } else { *coefficient };
            *target = target.add(&Size { terms: vec![(monomial.clone(), scaled)] });
        }
        let rest = match rest.as_literal() {
            Some(literal) => Size::literal(literal.div_euclid(divisor)),
            None => Size::atom(Atom::FloorDiv(Rc::new(rest), divisor)),
        };
        whole.add(&rest)
    }

    /// `self / other` where it is exact for every value of the symbols.
    pub fn exact_div(&self, other: &Size) -> Option<Size> {
        if self == other {
            return Some(Size::one());
        }
        let (monomial, coefficient) = other.as_single_term()?;
        let mut terms = Vec::with_capacity(self.terms.len());
        for (left, a) in &self.terms {
            if a % coefficient != 0 {
                return None;
            }
            let mut quotient = left.clone();
            for (atom, power) in monomial {
                let at = quotient.iter().position(|(x, p)| x == atom && p >= power)?;
                quotient[at].1 -= power;
                if quotient[at].1 == 0 {
                    quotient.remove(at);
                }
            }
            terms.push((quotient, a / coefficient));
        }
        terms.sort();
        Some(Size { terms })
    }

    /// What is added and what is subtracted, if anything known at run time only is subtracted or subtracted from.
    pub fn split_signs(&self) -> Option<(Size, Size)> {
        if self.as_literal().is_some() || self.terms.iter().all(|(_, coefficient)| *coefficient >= 0) {
            return None;
        }
        let part = |keep: fn(i64) -> bool| {
            let terms = self.terms.iter().filter(|(_, coefficient)| keep(*coefficient));
            Size {
                terms: terms.map(|(monomial, coefficient)| (monomial.clone(), coefficient.abs())).collect(),
            }
        };
        Some((part(|coefficient| coefficient > 0), part(|coefficient| coefficient < 0)))
    }

    /// Calls `visit` for every size that is divided in it.
    pub fn for_each_divided(&self, visit: &mut dyn FnMut(&Size)) {
        for (atom, _) in self.terms.iter().flat_map(|(monomial, _)| monomial) {
            if let Atom::FloorDiv(size, _) = atom {
                visit(size);
            }
        }
    }

    /// Names of the run-time dimensions in it.
    pub fn symbols(&self, into: &mut Vec<Rc<str>>) {
        for (atom, _) in self.terms.iter().flat_map(|(monomial, _)| monomial) {
            match atom {
                Atom::Symbol(name) if !into.contains(name) => into.push(name.clone()),
                Atom::Symbol(_) => {}
                Atom::FloorDiv(size, _) => size.symbols(into),
            }
        }
    }

    /// The value when the symbols have these.
    pub fn evaluate(&self, values: &HashMap<Rc<str>, i64>) -> i64 {
        let atom_value = |atom: &Atom| match atom {
            Atom::Symbol(name) => values[name],
            Atom::FloorDiv(size, divisor) => size.evaluate(values).div_euclid(*divisor),
        };
        self.terms
            .iter()
            .map(|(monomial, coefficient)| {
                monomial.iter().fold(*coefficient, |product, (atom, power)| {
                    product.saturating_mul(atom_value(atom).saturating_pow(*power))
                })
            })
            .fold(0, i64::saturating_add)
    }

    /// The size as a Rust expression of type `usize` over variables named by [`symbol_ident`].
    pub fn to_tokens(&self) -> TokenStream {
        self.expression(false)
    }

    /// The same as an `isize`, for a difference that may be negative.
    pub fn to_signed_tokens(&self) -> TokenStream {
        self.expression(true)
    }

    fn expression(&self, is_signed: bool) -> TokenStream {
        let mut positive = Vec::new();
        let mut negative = Vec::new();
        for (monomial, coefficient) in self.terms.iter().rev() {
            let factors = monomial.iter().flat_map(|(atom, power)| {
                let factor = match atom {
                    Atom::Symbol(name) => {
                        let ident = symbol_ident(name);
                        if is_signed { quote!((#ident as isize)) } else { quote!(#ident) }
                    }
                    Atom::FloorDiv(size, divisor) => {
                        let size = size.expression(is_signed);
                        let divisor = proc_macro2::Literal::i64_unsuffixed(*divisor);
                        if is_signed {
                            quote!((#size).div_euclid(#divisor))
                        } else {
                            quote!(((#size) / #divisor))
                        }
                    }
                };
                std::iter::repeat_n(factor, *power as usize)
            });
            let mut factors: Vec<TokenStream> = factors.collect();
            let magnitude = coefficient.unsigned_abs();
            if magnitude != 1 || factors.is_empty() {
                let literal = proc_macro2::Literal::u64_unsuffixed(magnitude);
                factors.insert(0, quote!(#literal));
            }
            // `#(#factors)**` would put no star between the factors and one after them.
            let term = factors.into_iter().reduce(|product, factor| quote!(#product * #factor));
            if *coefficient > 0 { positive.push(term) } else { negative.push(term) }
        }
        if positive.is_empty() && !is_signed {
            return quote!(0);
        }
        if positive.is_empty() {
            positive.push(Some(quote!(0)));
        }
        quote!(#(#positive)+* #(- #negative)*)
    }
}

/// The nearest number that a size can have.
fn saturated(value: i128) -> i64 {
    value.clamp(-i128::from(i64::MAX), i128::from(i64::MAX)) as i64
}

/// The greatest common divisor, not negative.
pub(crate) fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

/// The variable that holds a run-time dimension in emitted code.
pub fn symbol_ident(name: &str) -> Ident {
    Ident::new(&format!("dim_{}", name.trim_start_matches("r#").to_lowercase()), Span::call_site())
}

impl From<i64> for Size {
    fn from(value: i64) -> Size {
        Size::literal(value)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return f.write_str("0");
        }
        for (index, (monomial, coefficient)) in self.terms.iter().rev().enumerate() {
            let sign = match (index, *coefficient < 0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            f.write_str(sign)?;
            let magnitude = coefficient.unsigned_abs();
            if magnitude != 1 || monomial.is_empty() {
                write!(f, "{magnitude}")?;
            }
            for (at, (atom, power)) in monomial.iter().enumerate() {
                if at > 0 || magnitude != 1 {
                    f.write_str("*")?;
                }
                match atom {
                    Atom::Symbol(name) => f.write_str(name)?,
                    Atom::FloorDiv(size, divisor) => write!(f, "(({size})/{divisor})")?,
                }
                if *power > 1 {
                    write!(f, "^{power}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_canonical() {
        let (n, t) = (Size::symbol("N"), Size::symbol("T"));
        let left = n.add(&t).mul(&n.sub(&t));
        let right = n.mul(&n).sub(&t.mul(&t));
        assert_eq!(left, right);
        assert_eq!(n.sub(&n), Size::literal(0));
        assert_eq!(right.to_string(), "-T^2 + N^2");
    }

    #[test]
    fn division_keeps_what_is_exact() {
        let n = Size::symbol("N");
        let size = n.mul(&4.into()).add(&3.into());
        assert_eq!(size.floor_div(2).to_string(), "2*N + 1");
        assert_eq!(n.add(&1.into()).floor_div(2).to_string(), "((N + 1)/2)");
        let values = HashMap::from([("N".into(), 5)]);
        assert_eq!(n.floor_div(2).evaluate(&values), 2);
        assert_eq!(n.mul(&6.into()).exact_div(&n.mul(&2.into())), Some(3.into()));
        assert_eq!(n.exact_div(&2.into()), None);
    }

    #[test]
    fn arithmetic_saturates() {
        let (huge, n) = (Size::literal(i64::MAX), Size::symbol("N"));
        assert!(huge.mul(&huge).add(&huge).is_too_large());
        assert!(n.mul(&huge).mul(&2.into()).is_too_large());
        assert_eq!(Size::literal(i64::MIN).mul(&(-1).into()), huge);
        assert!(!n.mul(&1024.into()).is_too_large());
    }

    #[test]
    fn a_product_splits_as_its_factors() {
        let n = Size::symbol("N");
        let (wide, merged) =
            (n.mul(&2.into()).add(&4.into()), n.mul(&n).mul(&6.into()).add(&n.mul(&12.into())));
        assert_eq!(merged, wide.mul(&n).mul(&3.into()));
        assert_eq!(wide.split_coefficient(), (2, Some(n.add(&2.into()))));
        assert_eq!(merged.split_coefficient(), (6, Some(n.mul(&n.add(&2.into())))));
        assert_eq!(n.mul(&5.into()).split_coefficient(), (5, Some(n.clone())));
        assert_eq!(n.sub(&n.mul(&n)).split_coefficient().0, 1);
    }

    #[test]
    fn tokens_multiply_factors() {
        let (n, t) = (Size::symbol("N"), Size::symbol("T"));
        let size = n.mul(&n).mul(&t).mul(&3.into());
        assert_eq!(size.to_tokens().to_string(), "3 * dim_n * dim_n * dim_t");
        assert_eq!(n.to_tokens().to_string(), "dim_n");
        assert_eq!(Size::literal(4).to_tokens().to_string(), "4");
        assert_eq!(n.floor_div(2).mul(&5.into()).to_tokens().to_string(), "5 * ((dim_n) / 2)");
    }

    #[test]
    fn signed_tokens_may_be_negative() {
        let (n, t) = (Size::symbol("N"), Size::symbol("T"));
        let tokens = |size: &Size| size.to_signed_tokens().to_string();
        assert_eq!(tokens(&n.sub(&t)), "(dim_n as isize) - (dim_t as isize)");
        assert_eq!(tokens(&Size::literal(-3)), "0 - 3");
        assert_eq!(tokens(&n.sub(&t).floor_div(2)), "((dim_n as isize) - (dim_t as isize)) . div_euclid (2)");
    }

    #[test]
    fn tokens_subtract_last() {
        let size = Size::symbol("N").mul(&2.into()).sub(&3.into());
        assert_eq!(size.to_tokens().to_string(), "2 * dim_n - 3");
    }
}
