//! What an exceeded budget says that `checkpoint` would save is what it saves.

use crate::linker::diagnose;

/// The notes of the only error: of a budget of 1 byte.
fn notes(source: &str) -> Vec<String> {
    let diagnostics = diagnose(source);
    let errors: Vec<_> = diagnostics.iter().collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].notes.clone()
}

/// KiB that a training step needs.
fn needed(source: &str) -> i64 {
    let diagnostics = diagnose(source);
    let message = &diagnostics.iter().next().expect("the budget is exceeded").message;
    let number = message.strip_prefix("a training step needs ").and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{message}"))
}

/// Writes the checkpoints that the error names into the source, and compares what they save.
#[track_caller]
fn check(source: &str) -> Vec<String> {
    let before = needed(source);
    let found: Vec<String> =
        notes(source).into_iter().filter(|note| note.starts_with("`checkpoint(")).collect();
    for note in &found {
        let (text, rest) = note
            .strip_prefix("`checkpoint(")
            .and_then(|rest| rest.rsplit_once(")` in line "))
            .expect("a note");
        let saved: i64 = rest
            .split_once(" would save ")
            .and_then(|(_, kib)| kib.strip_suffix(" KiB"))
            .and_then(|kib| kib.parse().ok())
            .unwrap_or_else(|| panic!("{note}"));
        assert_eq!(source.matches(text).count(), 1, "{text} stands once in the source");
        let after = needed(&source.replace(text, &format!("checkpoint({text})")));
        // Rounded up twice and down once.
        assert!((before - after - saved).abs() <= 1, "{note}: {before} KiB became {after}");
    }
    found
}

fn with_budget(fields: &str, body: &str) -> String {
    format!(
        "#[model(max_train_bytes = 1, at = Dims {{ n: 64 }})] struct Net {{ {fields} }}\n\
         #[model] impl Net {{ fn loss<N: Dim>(&self, x: Tensor<N, 64>) -> Tensor {{\n{body}\n}} }}"
    )
}

#[test]
fn of_a_chain() {
    let found = check(&with_budget(
        "a: nn::Linear<64, 64>, b: nn::Linear<64, 64>, c: nn::Linear<64, 64>, d: nn::Linear<64, 64>",
        "let x = self.d(self.c(self.b(self.a(x).tanh()).tanh()).tanh()).tanh(); self.a(x).sum()",
    ));
    assert!(!found.is_empty());
}

#[test]
fn of_the_body_of_a_loop_over_a_stack() {
    let source = "#[model(part)] struct Block { up: nn::Linear<64, 256>, down: nn::Linear<256, 64> }\n\
         #[model] impl Block { fn forward(&self, x: Tensor<_, 64>) -> Tensor<_, 64> { x + self.down(self.up(x).gelu()) } }\n"
        .to_string()
        + &with_budget("blocks: [Block; 6]", "let mut x = x; for block in &self.blocks { x = block(x); } x.mean()");
    let found = check(&source);
    assert!(found[0].starts_with("`checkpoint(block(x))` in line 5 would save"), "{found:?}");
}

#[test]
fn nothing_is_named_that_saves_nothing() {
    assert_eq!(check(&with_budget("fc: nn::Linear<64, 64>", "self.fc(x).sum()")), Vec::<String>::new());
    let checkpointed = "checkpoint(self.b(self.a(x).tanh()).tanh()).sum()";
    let found = check(&with_budget("a: nn::Linear<64, 64>, b: nn::Linear<64, 64>", checkpointed));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn layers_that_update_buffers_are_named_as_well() {
    let found = check(&with_budget(
        "a: nn::Linear<64, 64>, norm: nn::BatchNorm1d<64>, b: nn::Linear<64, 64>",
        "self.b(self.norm(self.a(x).tanh()).tanh()).square().mean()",
    ));
    assert!(found.iter().any(|note| note.contains("norm")), "{found:?}");
}
