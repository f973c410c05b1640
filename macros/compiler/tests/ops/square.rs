//! Square.

use crate::support::*;

#[test]
pub(crate) fn gradient() {
    check_unary(-3.0, 3.0, |b, x| op!(b, square(x)));
}

#[test]
fn one_product() {
    let graph = Case::new().input(shape![3]).graph(|b, x| op!(b, square(x[0])));
    assert!(graph.to_string().contains("powi($0, 2)"), "{graph}");
}
