//! The dashboard of a program, if it is built with one.

use super::Failure;

/// An error in a program that is built without it, which says how to get it.
pub(super) fn check() -> Result<(), Failure> {
    if cfg!(feature = "dashboard") {
        return Ok(());
    }
    Err(Failure::usage(concat!(
        "this program is built without the dashboard; build it with the feature, `macrograd = { version = \"",
        env!("CARGO_PKG_VERSION"),
        "\", features = [\"dashboard\"] }` in Cargo.toml, or leave `--dashboard` out"
    )))
}

/// Gives the terminal back, if a dashboard has it, before the program ends on the spot.
pub(super) fn restore() {
    #[cfg(feature = "dashboard")]
    crate::train::dashboard::restore();
}
