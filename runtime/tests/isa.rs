//! The choice of the instruction set.

use macrograd_runtime::isa::{Isa, IsaLevel, Loop, best_isa, dispatch, force_isa, isa_level};

const LEVELS: [(&str, IsaLevel); 3] =
    [("portable", IsaLevel::Portable), ("avx2", IsaLevel::Avx2), ("avx512", IsaLevel::Avx512)];

struct NameOf;

impl Loop for NameOf {
    type Output = &'static str;

    #[inline(always)]
    fn run<S: Isa>(self) -> &'static str {
        S::NAME
    }
}

fn level_of(name: &str) -> IsaLevel {
    let found = LEVELS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("`{name}` is not one of portable, avx2, avx512")).1
}

/// Tests run on every instruction set up to `best_isa`, so those that `MACROGRAD_REQUIRE_ISA` names must be among
/// them: whoever runs the tests says by it what the processor has, and a fault in the detection does not go unseen.
///
/// One test, since the instruction set is a setting of the process.
#[test]
fn instruction_sets_are_those_asked_for() {
    let asked = std::env::var("MACROGRAD_ISA").unwrap_or_default();
    let expected = if asked.is_empty() { best_isa() } else { level_of(&asked) };
    assert_eq!(isa_level(), expected, "MACROGRAD_ISA is `{asked}`");

    for name in std::env::var("MACROGRAD_REQUIRE_ISA").unwrap_or_default().split_whitespace() {
        let level = level_of(name);
        assert!(level <= best_isa(), "tests would skip {name}: the best found here is {:?}", best_isa());
    }
    for (name, level) in LEVELS.into_iter().filter(|&(_, level)| level <= best_isa()) {
        force_isa(level);
        assert_eq!(isa_level(), level);
        assert_eq!(dispatch(NameOf), name, "loops run on what was forced");
    }
}
