//! A derivative that is always 0.

use super::trace::Trace;
use super::{Found, Lint};
use crate::diagnostics::Diagnostic;
use crate::lower::Called;

/// `grad(self.energy, x)` of a function that does not depend on `x`; lowering notes such calls only.
pub(super) fn check(call: &Called, trace: &Trace<'_>) -> Found {
    // Of a generic function some instances may well be constant.
    if !["grad", "value_and_grad", "vjp", "jvp"].contains(&call.method) || call.of_generic || call.in_library
    {
        return None;
    }
    let name = &trace.origin(call.operand(0)?).name;
    let message = format!("`{}` is 0: no gradient reaches `{name}`", call.method);
    let diagnostic = Diagnostic::new(call.origin.span, message)
        .note(
            "the function does not use it, or it passes through `detach`, whole numbers or comparisons only",
        )
        .help(format!("name with `wrt` what is wanted, without `{name}`"));
    Some((Lint::GradientOfZero, diagnostic))
}
