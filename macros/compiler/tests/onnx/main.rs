//! ONNX's own operator tests (`tests/onnx/`), against the reference interpreter and against plans.
//!
//! What passes, and what is not covered and why, stands in `tests/onnx/CONFORMANCE.md`, which this test compares with
//! what it finds; `UPDATE=1` writes it anew. An operator is a line in `rules.rs`.

mod cases;
#[path = "../differential/machine.rs"]
#[allow(dead_code)] // shared with the differential test
mod machine;
#[path = "../differential/random.rs"]
#[allow(dead_code)] // shared with the differential test
mod random;
mod rules;

use cases::{Case, read_cases};
use macrograd_compiler::graph::{Builder, Graph, Origin, Role, Value};
use macrograd_compiler::ops::call::{Argument, Built, Call};
use macrograd_compiler::ops::{find_method, input::Input};
use macrograd_compiler::optimise::optimise;
use macrograd_compiler::plan::{PlanRequest, plan, verify_plan};
use macrograd_compiler::reference::{Array, Bindings, Sizes, run};
use proc_macro2::Span;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;

/// Why a case is not covered.
pub(crate) struct Uncovered(pub(crate) String);

/// What a rule works with: the case, and a graph to which it adds.
pub(crate) struct Context<'a> {
    pub(crate) case: &'a Case,
    pub(crate) builder: Builder,
    inputs: HashMap<String, Value>,
    arrays: Vec<Array>,
}

impl<'a> Context<'a> {
    fn new(case: &'a Case) -> Context<'a> {
        let (span, name) = (Span::call_site(), "onnx".into());
        let builder = Builder::new(Origin { span, scope: "".into(), name, backward: false });
        Context { case, builder, inputs: HashMap::new(), arrays: Vec::new() }
    }

    /// Input `index` as a tensor.
    pub(crate) fn input(&mut self, index: usize) -> Result<Value, Uncovered> {
        let name = self.case.inputs.get(index).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Uncovered(format!("input {index} is missing")))?;
        if let Some(value) = self.inputs.get(name) {
            return Ok(*value);
        }
        let (ty, array) = &self.case.given[name];
        if ty.shape.iter().any(|size| size.as_literal() == Some(0)) {
            return Err(Uncovered("tensors without elements".to_string()));
        }
        let index = self.arrays.len();
        self.arrays.push(array.clone());
        let value = self.builder.add(Input { index, ty: ty.clone() }, &[]);
        self.inputs.insert(name.clone(), value);
        Ok(value)
    }

    /// Calls a method with arguments by position, then by name.
    pub(crate) fn call_with(
        &mut self,
        name: &str,
        list: Vec<Argument>,
        named: Vec<(&str, Argument)>,
    ) -> Result<Value, Uncovered> {
        match self.call_many(name, list, named)? {
            Built::One(value) => Ok(value),
            Built::Many(_) => Err(Uncovered(format!("`{name}` has several results"))),
        }
    }

    /// [`Context::call_with`] for methods of any number of results.
    pub(crate) fn call_many(
        &mut self,
        name: &str,
        list: Vec<Argument>,
        named: Vec<(&str, Argument)>,
    ) -> Result<Built, Uncovered> {
        let method = find_method(name).ok_or_else(|| Uncovered(format!("no method `{name}`")))?;
        let mut args = vec![None; method.params.len()];
        let positions = list.into_iter().enumerate().map(|(index, argument)| (Some(index), argument));
        let names = named
            .into_iter()
            .map(|(name, argument)| (method.params.iter().position(|param| param.name == name), argument));
        for (index, argument) in positions.chain(names) {
            let slot = index.and_then(|index| args.get_mut(index));
            let slot = slot.ok_or_else(|| Uncovered(format!("`{name}` lacks an argument")))?;
            *slot = Some((argument, Span::call_site().into()));
        }
        let mut call = Call { builder: &mut self.builder, method, args, site: 0 };
        method.build.run(&mut call).map_err(|problem| {
            // Cases of several shapes have the same reason.
            Uncovered(problem.message.split(" of shape [").next().unwrap_or_default().to_string())
        })
    }

    /// A method of tensors only.
    pub(crate) fn call(&mut self, name: &str, values: &[Value]) -> Result<Value, Uncovered> {
        self.call_with(name, values.iter().map(|&value| Argument::Tensor(value)).collect(), Vec::new())
    }
}

/// Relative to 1 and the number. The outputs are in f32, some of them written down with four digits; ONNX allows 1e-3.
const TOLERANCE: f64 = 1e-4;

/// What has become of a case.
enum Verdict {
    Passed,
    Failed(String),
    Uncovered(String),
}

/// Runs a case in the reference interpreter and as a plan.
fn check(case: &Case) -> Verdict {
    let mut context = Context::new(case);
    let values = match rules::apply(&mut context) {
        Ok(values) => values,
        Err(Uncovered(reason)) => return Verdict::Uncovered(reason),
    };
    let roles: Vec<(Role, Value)> =
        values.iter().enumerate().map(|(index, &value)| (Role::Output(index), value)).collect();
    let Context { builder, arrays, .. } = context;
    let graph = builder.finish(roles);
    let sizes = Sizes::default();
    let state = |_: &_| unreachable!("an operator has no state");
    let found = run(&graph, &Bindings { inputs: &arrays, state: &state, sizes: &sizes });
    for (name, found) in case.outputs.iter().zip(&found) {
        if let Some(problem) = differs(found, &case.expected[name], TOLERANCE) {
            return Verdict::Failed(format!("`{name}` {problem}"));
        }
    }
    match plan_problem(&graph, &arrays, &found) {
        Some(problem) => Verdict::Failed(format!("as a plan, {problem}")),
        None => Verdict::Passed,
    }
}

/// What a plan computes differently from the reference.
fn plan_problem(graph: &Graph, inputs: &[Array], expected: &[Array]) -> Option<String> {
    let plan =
        plan(optimise(graph), &PlanRequest { state: &[], second_half_inputs: None, step_by_step: false });
    if let Err(problem) = verify_plan(&plan) {
        return Some(problem);
    }
    let found = machine::run_plan(&plan, &[], &Sizes::default(), inputs, &[], None);
    found.iter().zip(expected).find_map(|(found, expected)| differs(found, expected, 1e-9))
}

fn differs(found: &Array, expected: &Array, tolerance: f64) -> Option<String> {
    if found.shape != expected.shape {
        return Some(format!("is {:?}, expected {:?}", found.shape, expected.shape));
    }
    let same =
        |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * (1.0 + b.abs());
    let at = (0..found.data.len()).find(|&at| !same(found.data[at], expected.data[at]))?;
    Some(format!("has {} as element {at}, expected {}", found.data[at], expected.data[at]))
}

/// The cases of an operator.
#[derive(Default)]
struct Row {
    passed: usize,
    failed: Vec<String>,
    uncovered: BTreeMap<String, Vec<String>>,
}

fn table(rows: &BTreeMap<String, Row>) -> String {
    let sum = |count: &dyn Fn(&Row) -> usize| rows.values().map(count).sum::<usize>();
    let uncovered = |row: &Row| row.uncovered.values().map(Vec::len).sum::<usize>();
    let mut text = format!(
        "# ONNX's operator tests\n\nWritten by `UPDATE=1 cargo test -p macrograd-compiler --test onnx`, which compares \
         this page with what it finds. Cases of\none node from ONNX 1.22.0 (`extract.py` says which) run in the \
         reference interpreter and as plans: {} passed, {} failed, {} not\ncovered.\n\n| operator | passed | failed | \
         not covered |\n| --- | --- | --- | --- |\n",
        sum(&|row| row.passed),
        sum(&|row| row.failed.len()),
        sum(&uncovered),
    );
    for (op, row) in rows.iter().filter(|(_, row)| row.passed + row.failed.len() > 0) {
        let reasons: Vec<String> = row
            .uncovered
            .iter()
            .map(|(reason, cases)| format!("{}: {}", cases.len(), reason.replace('|', "\\|")))
            .collect();
        let failed = row.failed.join("; ");
        writeln!(text, "| {op} | {} | {failed} | {} |", row.passed, reasons.join("; "))
            .expect("a text grows");
    }
    text.push_str("\n## Operators of which no case is covered\n\n");
    for (op, row) in rows.iter().filter(|(_, row)| row.passed + row.failed.len() == 0) {
        let reasons: Vec<&str> = row.uncovered.keys().map(String::as_str).collect();
        writeln!(text, "- {op}, {}: {}", uncovered(row), reasons.join("; ")).expect("a text grows");
    }
    text
}

#[test]
fn conformance_is_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/onnx");
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for case in read_cases(&folder.join("cases.safetensors.gz")) {
        let row = rows.entry(case.op.clone()).or_default();
        match check(&case) {
            Verdict::Passed => row.passed += 1,
            Verdict::Failed(problem) => row.failed.push(format!("{}: {problem}", case.name)),
            Verdict::Uncovered(reason) => row.uncovered.entry(reason).or_default().push(case.name),
        }
    }
    let found = table(&rows);
    let path = folder.join("CONFORMANCE.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &found).expect("the table can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = found.lines().zip(written.lines()).find(|(found, written)| found != written);
    assert!(
        found == written,
        "CONFORMANCE.md is not what is found; UPDATE=1 writes it anew. The first difference: {difference:?}"
    );
    let failed: Vec<&String> = rows.values().flat_map(|row| &row.failed).collect();
    assert!(failed.is_empty(), "{} cases fail: {failed:#?}", failed.len());
}
