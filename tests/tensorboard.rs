//! Event files, read back by a reader of its own and, where it is installed, by TensorBoard.
#![allow(missing_docs)]

mod folder;
#[path = "tensorboard/graph.rs"]
mod graph;
#[allow(dead_code)] // shared with other tests
mod models;
#[path = "tensorboard/reader.rs"]
mod reader;

use std::path::{Path, PathBuf};
use std::process::Command;

use folder::Folder;
use macrograd::data::Loader;
use macrograd::prelude::*;
use macrograd::report::{GraphNode, ReportError, TensorBoard};
use macrograd::train::{Trainer, WriteTensorBoard};
use reader::{Event, Field, read};

/// What `tests/tensorboard/read.py` ends with where TensorBoard is not installed.
const NOT_INSTALLED: i32 = 77;

/// The values of the histogram: `tests/tensorboard/read.py` knows them.
fn histogram_values() -> Vec<f32> {
    (0..=60).map(|index| index as f32 / 2.0 - 14.0).collect()
}

/// Writes events of every kind, and returns the file.
fn write(folder: &Path) -> PathBuf {
    let mut board = TensorBoard::create(folder).expect("a folder of its own");
    let path = board.path().to_path_buf();
    for step in 0..5 {
        board.scalar("loss/train", step, 1.0 / (1 + step) as f32).expect("room for a number");
    }
    board.histogram("weights", 3, &histogram_values()).expect("finite values");
    let ramp = Tensor::from_fn((Const::<3>, 2, 4), |index| match index[0] {
        0 => index[2] as f32 / 3.0,
        1 => index[1] as f32,
        _ => 0.5,
    });
    board.image("ramp", 7, ramp.view()).expect("three channels");
    let grey = Tensor::from_vec((1, 1, 3), vec![-1.0, 7.0, f32::NAN]);
    board.image("grey", 7, grey.view()).expect("one channel");
    board.text("settings", 0, "lr **0.01** — größer").expect("a text");
    let nodes = [
        GraphNode::new("input", "Placeholder", [""; 0]),
        GraphNode::new("mlp/hidden", "Linear", ["input"]),
        GraphNode::new("mlp/output", "Linear", ["mlp/hidden", "input"]),
    ];
    board.graph(&nodes).expect("names of its own");
    board.close().expect("room for all of it");
    path
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("a text")
}

/// The tag and the fields of the only value of a summary.
fn value(event: &Event) -> (String, Vec<Field>) {
    let summary = event.message(5);
    assert_eq!(summary.len(), 1);
    let fields = reader::fields(summary[0].bytes());
    (text(reader::only(&fields, 1).bytes()).to_owned(), fields)
}

#[test]
fn every_kind_of_event_is_read_back() {
    let folder = Folder::new("kinds");
    let before = now();
    let path = write(&folder.0);
    let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
    let rest = name.strip_prefix("events.out.tfevents.").expect("the name that TensorBoard looks for");
    let (seconds, host) = rest.split_once('.').expect("seconds, then the host");
    assert!(seconds.len() == 10 && !host.is_empty(), "{name}");
    assert!(seconds.parse::<u64>().expect("seconds") as f64 >= before.floor());

    let events = read(&path);
    assert_eq!(events.len(), 1 + 5 + 1 + 2 + 1 + 1);
    for event in &events {
        assert!((before..=now()).contains(&event.wall_time));
    }
    assert_eq!(text(reader::only(&events[0].fields, 3).bytes()), "brain.Event:2");

    for step in 0..5 {
        let event = &events[1 + step];
        let (tag, fields) = value(event);
        assert_eq!((event.step, tag.as_str()), (step as u64, "loss/train"));
        assert_eq!(reader::only(&fields, 2).float(), 1.0 / (1 + step) as f32);
    }

    let (tag, fields) = value(&events[6]);
    assert_eq!((events[6].step, tag.as_str()), (3, "weights"));
    check_histogram(&reader::fields(reader::only(&fields, 5).bytes()));

    let (_, fields) = value(&events[7]);
    let (size, pixels) = picture(&fields);
    assert_eq!(size, [2, 4, 3]);
    assert_eq!(
        pixels,
        [
            [[0, 0, 128], [85, 0, 128], [170, 0, 128], [255, 0, 128]],
            [[0, 255, 128], [85, 255, 128], [170, 255, 128], [255, 255, 128]],
        ]
        .concat()
        .concat()
    );
    let (_, fields) = value(&events[8]);
    assert_eq!(picture(&fields), ([1, 3, 1], vec![0, 255, 0]));

    let (tag, fields) = value(&events[9]);
    assert_eq!(tag, "settings");
    let metadata = reader::fields(reader::only(&fields, 9).bytes());
    let plugin = reader::fields(reader::only(&metadata, 1).bytes());
    assert_eq!(text(reader::only(&plugin, 1).bytes()), "text");
    let tensor = reader::fields(reader::only(&fields, 8).bytes());
    assert_eq!(reader::only(&tensor, 1).integer(), 7, "a tensor of texts");
    assert!(reader::only(&tensor, 2).bytes().is_empty(), "a scalar");
    assert_eq!(text(reader::only(&tensor, 8).bytes()), "lr **0.01** — größer");

    let nodes: Vec<_> = reader::fields(reader::only(&events[10].fields, 4).bytes())
        .iter()
        .filter(|field| field.number == 1)
        .map(|node| {
            let texts = reader::fields(node.bytes());
            texts.iter().map(|field| (field.number, text(field.bytes()).to_owned())).collect::<Vec<_>>()
        })
        .collect();
    let node =
        |texts: &[(u64, &str)]| texts.iter().map(|&(number, text)| (number, text.to_owned())).collect();
    let expected: [Vec<_>; 3] = [
        node(&[(1, "input"), (2, "Placeholder")]),
        node(&[(1, "mlp/hidden"), (2, "Linear"), (3, "input")]),
        node(&[(1, "mlp/output"), (2, "Linear"), (3, "mlp/hidden"), (3, "input")]),
    ];
    assert_eq!(nodes, expected);
}

#[model]
struct Line {
    line: nn::Linear<1, 1>,
}

#[model]
impl Line {
    fn loss<N: Dim>(&self, x: Tensor<N, 1>, y: Tensor<N>) -> Tensor {
        (self.line(x).squeeze(1) - y).square().mean()
    }
}

#[test]
fn a_run_is_written_while_it_goes_on() {
    let folder = Folder::new("run");
    let samples: Vec<([f32; 1], f32)> = (0..12).map(|i| ([i as f32 / 12.0], i as f32)).collect();
    let trainer = || {
        let log = WriteTensorBoard::in_run().every(2).histograms();
        Trainer::new(Line::new(Device::cpu(), 0), Line::loss_grad_batch).epochs(2).quiet().callback(log)
    };
    let error = trainer().fit(&Loader::new(samples.clone(), 4)).expect_err("it has no folder").to_string();
    assert!(error.contains("needs a run with a folder: say `.folder(path)`"), "{error}");
    let history =
        trainer().folder(&folder.0).fit(&Loader::new(samples, 4)).expect("nothing is wrong with it");
    let mut files = std::fs::read_dir(folder.0.join("tensorboard")).expect("in the folder of the run");
    let events = read(&files.next().expect("a file").expect("readable").path());
    assert!(files.next().is_none());
    // The graph comes first.
    let graph = reader::fields(reader::only(&events[1].fields, 4).bytes());
    assert!(graph.len() > 5, "the nodes of the loss");
    let found: Vec<(u64, String, Vec<Field>)> = events[2..]
        .iter()
        .map(|event| {
            let (tag, fields) = value(event);
            (event.step, tag, fields)
        })
        .collect();
    let tags: Vec<(u64, &str)> = found.iter().map(|(step, tag, _)| (*step, tag.as_str())).collect();
    let epoch = |step| [(step, "epoch/loss"), (step, "epoch/lr"), (step, "line.weight"), (step, "line.bias")];
    let step = |step| [(step, "step/loss"), (step, "step/lr")];
    // Steps 2, 4 and 6 of three in an epoch.
    assert_eq!(tags, [&step(2)[..], &epoch(3), &step(4), &step(6), &epoch(6)].concat());
    let last = found.iter().rev().find(|(_, tag, _)| tag == "epoch/loss").expect("it is there");
    let loss = history.last("loss").expect("every epoch has one");
    assert_eq!(reader::only(&last.2, 2).float(), loss as f32);
}

fn now() -> f64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_1970.expect("a clock after 1970").as_secs_f64()
}

fn check_histogram(fields: &[Field]) {
    let number = |number| reader::only(fields, number).double();
    let values = histogram_values();
    let squares: f64 = values.iter().map(|&value| f64::from(value * value)).sum();
    assert_eq!([1, 2, 3, 4, 5].map(number), [-14.0, 16.0, 61.0, 61.0, squares]);
    let limits = reader::only(fields, 6).doubles();
    assert_eq!(limits, (-13..=16).map(f64::from).collect::<Vec<_>>());
    // Two in each bucket, and the largest value in the last one.
    let mut expected = vec![2.0; 30];
    expected[29] = 3.0;
    assert_eq!(reader::only(fields, 7).doubles(), expected);
}

/// Height, width and channels, and the pixels that the PNG holds.
fn picture(fields: &[Field]) -> ([u64; 3], Vec<u8>) {
    let image = reader::fields(reader::only(fields, 4).bytes());
    let size = [1, 2, 3].map(|number| reader::only(&image, number).integer());
    let decoder = png::Decoder::new(std::io::Cursor::new(reader::only(&image, 4).bytes()));
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a small image")];
    let info = reader.next_frame(&mut pixels).expect("a whole PNG");
    assert_eq!([u64::from(info.height), u64::from(info.width)], size[..2]);
    assert_eq!(info.color_type.samples() as u64, size[2]);
    (size, pixels)
}

#[test]
fn tensorboard_reads_the_file() {
    let folder = Folder::new("python");
    write(&folder.0);
    let python = std::env::var("MACROGRAD_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tensorboard/read.py");
    let output = match Command::new(&python).arg(script).arg(&folder.0).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: `{python}` cannot be run: {error}");
            return;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(NOT_INSTALLED) {
        println!("skipped: {said}");
        return;
    }
    println!("{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn events_of_a_dropped_or_flushed_writer_are_in_the_file() {
    let folder = Folder::new("drop");
    let mut first = TensorBoard::create(&folder.0).expect("a folder of its own");
    let mut second = TensorBoard::create(&folder.0).expect("another file of the same second");
    assert_ne!(first.path(), second.path());
    first.scalar("a", 0, f32::NAN).expect("any number");
    assert_eq!(read(first.path()).len(), 1, "the scalar is not written yet");
    first.flush().expect("room for it");
    assert_eq!(read(first.path()).len(), 2);
    second.scalar("a", u64::MAX, 1.0).expect("any step");
    let path = second.path().to_path_buf();
    drop(second);
    assert_eq!(read(&path)[1].step, i64::MAX as u64);
}

#[test]
fn files_hold_whole_records_at_any_time() {
    let folder = Folder::new("whole");
    let mut board = TensorBoard::create(&folder.0).expect("a folder of its own");
    let long = "x".repeat(10_000);
    let mut num_events = 0;
    for step in 0..30 {
        board.text("long", step, &long).expect("room for a text");
        let found = read(board.path()).len();
        assert!(found >= num_events);
        num_events = found;
    }
    assert!(num_events > 1, "nothing is written before `flush`");
    board.flush().expect("room for all of it");
    assert_eq!(read(board.path()).len(), 31);
}

/// This test starts itself where no file may become larger than 100 KiB, as on a disk that is full.
#[cfg(unix)]
#[test]
fn a_run_whose_events_find_no_room_says_so_and_leaves_whole_records() {
    const FOLDER: &str = "MACROGRAD_TEST_OF_A_FULL_DISK";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let samples: Vec<([f32; 1], f32)> = vec![([1.0], 1.0); 400];
        let log = WriteTensorBoard::new(Path::new(&folder).join("log")).every(1);
        let mut trainer = Trainer::new(Line::new(Device::cpu(), 0), Line::loss_grad_batch)
            .epochs(30)
            .quiet()
            .folder(Path::new(&folder).join("run"))
            .callback(log);
        let error = trainer.fit(&Loader::new(samples, 1)).expect_err("there is no room").to_string();
        assert!(error.starts_with("cannot write ") && error.contains("; make room"), "{error}");
        println!("{error}");
        return;
    }
    let folder = Folder::new("no-room");
    let test = "a_run_whose_events_find_no_room_says_so_and_leaves_whole_records";
    let script = "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().expect("the path of this test is known"))
        .args([test, "--exact", "--nocapture"])
        .env(FOLDER, &folder.0)
        .output()
        .expect("a shell starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("events.out.tfevents."), "{said}");
    let log = folder.0.join("log");
    let mut files = std::fs::read_dir(&log).expect("a folder").map(|entry| entry.expect("readable").path());
    let events = read(&files.next().expect("a file"));
    assert!(events.len() > 500, "what was written before is there");
    // The epochs before are kept.
    assert!(folder.0.join("run/last.safetensors").is_file());
}

#[test]
fn equal_values_have_one_bucket() {
    let folder = Folder::new("equal");
    let mut board = TensorBoard::create(&folder.0).expect("a folder of its own");
    board.histogram("bias", 0, &[0.5; 4]).expect("finite values");
    board.flush().expect("room for it");
    let (_, fields) = value(&read(board.path())[1]);
    let histogram = reader::fields(reader::only(&fields, 5).bytes());
    assert_eq!(reader::only(&histogram, 6).doubles(), [0.5]);
    assert_eq!(reader::only(&histogram, 7).doubles(), [4.0]);
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let folder = Folder::new("refused");
    let mut board = TensorBoard::create(&folder.0).expect("a folder of its own");
    let file = board.path().display().to_string();
    let refused = |result: Result<(), ReportError>| result.expect_err("a mistake").to_string();

    assert_eq!(
        refused(board.histogram("grads", 0, &[])),
        format!("histogram `grads` of {file} has 0 values; leave it out")
    );
    assert_eq!(
        refused(board.histogram("grads", 0, &[1.0, f32::NAN, f32::INFINITY])),
        format!(
            "histogram `grads` of {file}: 2 of 3 values are not finite, the first at position 1; look for where it \
             arises, or leave such values out"
        )
    );
    for shape in [(2, 4, 4), (3, 0, 4), (1, 40_000, 1)] {
        let (channels, height, width) = shape;
        assert_eq!(
            refused(board.image("digit", 0, Tensor::zeros(shape).view())),
            format!(
                "image `digit` of {file} has shape [{channels}, {height}, {width}], but images are [1, height, width] \
                 or [3, height, width] with at least one pixel and at most 32768 on a side; take these channels or \
                 parts of it"
            )
        );
    }
    let node = |name, inputs: &[&str]| GraphNode::new(name, "Linear", inputs.iter().copied());
    assert_eq!(
        refused(board.graph(&[node("fc", &[]), node("fc", &[])])),
        format!("the graph for {file} has two nodes `fc`; give each a name of its own")
    );
    assert_eq!(
        refused(board.graph(&[node("fc", &["x"])])),
        format!("node `fc` of the graph for {file} has the input `x`, which is no node; add it")
    );
    board.close().expect("nothing to be written");

    let below = Path::new(&file).join("run");
    let error = TensorBoard::create(&below).expect_err("a folder in a file").to_string();
    assert!(error.starts_with(&format!("cannot create {}: ", below.display())), "{error}");
    assert!(error.ends_with("; name a folder that this program may write to"), "{error}");
}
