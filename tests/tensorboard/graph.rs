//! Graphs of compiled models, as they are read back from the file.

use std::path::PathBuf;

use macrograd::data::Loader;
use macrograd::prelude::*;
use macrograd::report::{GraphNode, ReportError, TensorBoard};
use macrograd::train::{Trainer, WriteTensorBoard};

use crate::folder::Folder;
use crate::models::lenet::LeNet;
use crate::reader::{Field, fields, only, read};
use crate::text;

#[model]
struct Recurrent {
    lstm: nn::Lstm<3, 5, 1>,
    head: nn::Linear<5, 1>,
}

#[model]
impl Recurrent {
    fn loss<N: Dim, T: Dim>(&self, x: Tensor<N, T, 3>, y: Tensor<N, T, 1>) -> Tensor {
        let hidden = self.lstm(x);
        self.head(hidden).mse_loss(y)
    }
}

#[model]
struct Block {
    fc: nn::Linear<4, 4>,
}

#[model]
impl Block {
    fn forward<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor<N, 4> {
        x + self.fc(x).relu()
    }
}

#[model]
struct Residual {
    blocks: [Block; 3],
    scale: Param<4>,
}

#[model]
impl Residual {
    pub fn loss<N: Dim>(&self, x: Tensor<N, 4>) -> Tensor {
        let mut x = x;
        for block in &self.blocks {
            x = block(x);
        }
        let x = if x.sum() > 0.0 { x * self.scale } else { -x };
        x.square().mean()
    }
}

/// Writes the graph and reads it back: `name = op settings(inputs): type`.
fn graph_of<M: Model>(function: Option<&str>) -> Vec<String> {
    let folder = Folder::new(&format!("graph-{}-{}", M::NAME, function.unwrap_or("default")));
    let mut board = TensorBoard::create(&folder.0).expect("a folder of its own");
    board.graph(&GraphNode::of_model::<M>(function).expect("a function")).expect("a graph that fits");
    board.flush().expect("room for it");
    let events = read(board.path());
    let nodes = fields(only(&events[1].fields, 4).bytes());
    nodes.iter().filter(|field| field.number == 1).map(|node| line(&fields(node.bytes()))).collect()
}

fn line(node: &[Field]) -> String {
    let texts = |number: u64| -> Vec<&str> {
        node.iter().filter(|field| field.number == number).map(|field| text(field.bytes())).collect()
    };
    let attribute = |key: &str| {
        let entries = node.iter().filter(|field| field.number == 5).map(|entry| fields(entry.bytes()));
        let found = entries.into_iter().find(|entry| text(only(entry, 1).bytes()) == key)?;
        Some(fields(only(&found, 2).bytes()))
    };
    let string =
        |key: &str| attribute(key).map_or(String::new(), |value| text(only(&value, 2).bytes()).to_owned());
    let settings = string("settings");
    let space = if settings.is_empty() { "" } else { " " };
    let (name, op, inputs) = (texts(1)[0], texts(2)[0], texts(3).join(", "));
    format!("{name} = {op}{space}{settings}({inputs}): {}", string("type"))
}

#[test]
fn layers_of_a_compiled_model_are_groups() {
    let conv = |size: usize, input: &str, name: &str, padding: usize, channels: [usize; 2]| {
        let [to, from] = channels;
        [
            format!("{name}/weight = parameter(): f32[{to}, {from}, 5, 5]"),
            format!(
                "{name}/conv2d = conv2d stride [1, 1] padding [{padding}, {padding}] dilation [1, 1] groups 1({input}, \
                 {name}/weight): f32[N, {to}, {size}, {size}]"
            ),
            format!("{name}/bias = parameter(): f32[{to}]"),
            format!("{name}/reshape = reshape [{to}, 1, 1]({name}/bias): f32[{to}, 1, 1]"),
            format!(
                "{name}/add = map ($0 + $1)({name}/conv2d, {name}/reshape): f32[N, {to}, {size}, {size}]"
            ),
        ]
    };
    let linear = |input: &str, name: &str, to: usize, from: usize| {
        [
            format!("{name}/weight = parameter(): f32[{to}, {from}]"),
            format!("{name}/matmul = matmul a bᵀ({input}, {name}/weight): f32[N, {to}]"),
            format!("{name}/bias = parameter(): f32[{to}]"),
            format!("{name}/add = map ($0 + $1)({name}/matmul, {name}/bias): f32[N, {to}]"),
        ]
    };
    let pool = "max_pool2d kernel [2, 2] stride [2, 2] padding [0, 0] dilation [1, 1] ceil false";
    let text = |line: &str| vec![line.to_owned()];
    let expected: Vec<Vec<String>> = vec![
        text("image = input(): f32[N, 1, 28, 28]"),
        text("label = input(): u8[N]"),
        conv(28, "image", "conv1", 2, [6, 1]).to_vec(),
        text("relu = map relu($0)(conv1/add): f32[N, 6, 28, 28]"),
        vec![format!("max_pool2d = {pool}(relu): f32[N, 6, 14, 14]")],
        conv(10, "max_pool2d", "conv2", 0, [16, 6]).to_vec(),
        text("relu_1 = map relu($0)(conv2/add): f32[N, 16, 10, 10]"),
        vec![format!("max_pool2d_1 = {pool}(relu_1): f32[N, 16, 5, 5]")],
        text("flatten = reshape [N, 400](max_pool2d_1): f32[N, 400]"),
        linear("flatten", "fc1", 120, 400).to_vec(),
        text("relu_2 = map relu($0)(fc1/add): f32[N, 120]"),
        linear("relu_2", "fc2", 84, 120).to_vec(),
        text("relu_3 = map relu($0)(fc2/add): f32[N, 84]"),
        linear("relu_3", "fc3", 10, 84).to_vec(),
        text("cross_entropy/log_softmax = log_softmax along 1(fc3/add): f32[N, 10]"),
        text("cross_entropy/nll_loss = nll_loss(cross_entropy/log_softmax, label): f32[N]"),
        text("cross_entropy/sum = sum over [0](cross_entropy/nll_loss): f32[1]"),
        text("cross_entropy/reshape = reshape [](cross_entropy/sum): f32[]"),
        text("cross_entropy/map = map ($0 / (N))(cross_entropy/reshape): f32[]"),
        text("output = output(cross_entropy/map): f32[]"),
    ];
    assert_eq!(graph_of::<LeNet>(None), expected.concat());
}

#[test]
fn a_loop_is_a_group_with_its_body_once() {
    let graph = graph_of::<Recurrent>(None);
    let step = "lstm/first/for";
    // The hidden state and the cell, which go around; a step; what it takes of the sequence and hands on.
    for line in [
        format!("{step}/carried = carried repeat T(lstm/at, {step}/mul_2): f32[N, 5]"),
        format!("{step}/carried_1 = carried repeat T(lstm/at, {step}/add_1): f32[N, 5]"),
        format!("{step}/matmul = matmul a bᵀ({step}/carried, lstm/first/weight_hh): f32[N, 20]"),
        format!("{step}/mul = map ($0 * $1)({step}/sigmoid, {step}/carried_1): f32[N, 5]"),
        format!("{step}/add_1 = map ($0 + $1)({step}/mul, {step}/mul_1): f32[N, 5]"),
        format!("{step}/mul_2 = map ($0 * $1)({step}/sigmoid_2, {step}/tanh_1): f32[N, 5]"),
        format!("{step}/stack = stack({step}/mul_2): f32[T, N, 5]"),
        format!("lstm/first/movedim = permute [1, 0, 2]({step}/stack): f32[N, T, 5]"),
        "lstm/first/weight_hh = parameter(): f32[20, 5]".to_owned(),
    ] {
        assert!(graph.contains(&line), "{line} is not in {graph:#?}");
    }
    assert_eq!(graph.iter().filter(|line| line.contains("sigmoid($0)")).count(), 3);
}

#[test]
fn a_stack_and_a_decision_are_groups() {
    assert_eq!(
        graph_of::<Residual>(None),
        [
            "x = input(): f32[N, 4]",
            "blocks/0/fc/weight = parameter(): f32[3, 4, 4]",
            "blocks/0/fc/bias = parameter(): f32[3, 4]",
            "for/carried = carried repeat 3(x, for/blocks/0/add): f32[N, 4]",
            "for/blocks/0/fc/matmul = matmul a bᵀ(for/carried, blocks/0/fc/weight): f32[N, 4]",
            "for/blocks/0/fc/add = map ($0 + $1)(for/blocks/0/fc/matmul, blocks/0/fc/bias): f32[N, 4]",
            "for/blocks/0/relu = map relu($0)(for/blocks/0/fc/add): f32[N, 4]",
            "for/blocks/0/add = map ($0 + $1)(for/carried, for/blocks/0/relu): f32[N, 4]",
            "sum/sum = sum over [0, 1](for/blocks/0/add): f32[1, 1]",
            "sum/reshape = reshape [](sum/sum): f32[]",
            "gt = map ($0 > 0)(sum/reshape): bool[]",
            "scale = parameter(): f32[4]",
            "if/then/mul = map ($0 * $1)(for/blocks/0/add, scale): f32[N, 4]",
            "if/else/neg = map neg($0)(for/blocks/0/add): f32[N, 4]",
            "if/choose = choose(gt, if/then/mul, if/else/neg): f32[N, 4]",
            "square = map powi($0, 2)(if/choose): f32[N, 4]",
            "mean/sum = sum over [0, 1](square): f32[1, 1]",
            "mean/reshape = reshape [](mean/sum): f32[]",
            "mean/map = map ($0 / (4*N))(mean/reshape): f32[]",
            "output = output(mean/map): f32[]",
        ]
    );
}

/// A run with everything that TensorBoard shows, for `tests/tensorboard/check.py` in the folder of the variable
/// `MACROGRAD_TENSORBOARD_LOGS`.
#[test]
fn a_run_to_be_looked_at() {
    let own = Folder::new("looked-at");
    let logs = std::env::var_os("MACROGRAD_TENSORBOARD_LOGS").map_or(own.0.clone(), PathBuf::from);
    let digits: Vec<([[[f32; 28]; 28]; 1], u8)> =
        (0..64u8).map(|index| (digit(index % 10), index % 10)).collect();
    let log = WriteTensorBoard::new(logs.join("lenet")).every(1).histograms();
    let mut trainer =
        Trainer::new(LeNet::new(Device::cpu(), 0), LeNet::loss_grad_batch).epochs(5).quiet().callback(log);
    trainer.fit(&Loader::new(digits, 16)).expect("nothing is wrong with it");
    let mut board = TensorBoard::create(logs.join("lenet")).expect("another file of the run");
    for label in 0..10u8 {
        let size = (Const::<1>, Const::<28>, Const::<28>);
        let image = Tensor::from_fn(size, |index| digit(label)[0][index[1]][index[2]]);
        board.image("digits", u64::from(label), image.view()).expect("one channel");
    }
    board.text("settings", 0, "lr **0.001**").expect("a text");
    board.close().expect("room for all of it");
    for (run, graph) in [
        ("recurrent", GraphNode::of_model::<Recurrent>(None)),
        ("residual", GraphNode::of_model::<Residual>(None)),
    ] {
        let mut board = TensorBoard::create(logs.join(run)).expect("a folder of its own");
        board.graph(&graph.expect("a loss")).expect("a graph that fits");
        board.close().expect("room for all of it");
    }
}

/// As many bright rows as the label says.
fn digit(label: u8) -> [[[f32; 28]; 28]; 1] {
    [std::array::from_fn(|row| [if row < 2 * usize::from(label) + 2 { 1.0 } else { 0.1 }; 28])]
}

#[test]
fn functions_are_found_by_name() {
    let of = |function| GraphNode::of_model::<LeNet>(function).expect("a function");
    assert_eq!(of(None), of(Some("loss")));
    let forward = of(Some("forward"));
    assert!(forward.iter().all(|node| node.name != "label") && forward.len() < of(None).len());
    let error: ReportError = GraphNode::of_model::<LeNet>(Some("predict")).expect_err("there is none");
    assert_eq!(
        error.to_string(),
        "`LeNet` has no function `predict` whose graph could be shown; it has `loss`, `forward`"
    );
}
