//! The program of `examples/train.rs` as its user meets it: flags, files, failures, interruptions.
#![cfg(all(feature = "cli", feature = "embedded-data"))]
#![allow(missing_docs)]

mod example;
#[path = "program/files.rs"]
mod files;
mod folder;
#[path = "program/tune.rs"]
mod tune;

use example::{example, says, text};
use folder::Folder;
use std::io::Read;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// The program of `examples/train.rs`, in a folder of its own.
fn program(folder: &Folder) -> Command {
    example("train", folder)
}

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().expect("the program starts")
}

/// That of `examples/iris.rs`, with the table that comes with it.
fn iris(folder: &Folder, arguments: &[&str]) -> Output {
    std::fs::copy("examples/data/iris.csv", folder.0.join("iris.csv")).expect("the table is there");
    example("iris", folder).args(arguments).output().expect("the program starts")
}

/// What the program prints when all goes well.
#[track_caller]
fn succeeds(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    text(&output.stdout).to_owned()
}

/// Fails with this exit code, printing these fragments to standard error.
#[track_caller]
fn fails(folder: &Folder, arguments: &[&str], code: i32, fragments: &[&str]) {
    let output = run(folder, arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    for fragment in fragments {
        assert!(message.contains(fragment), "{arguments:?}: `{fragment}` is not in: {message}");
    }
}

#[test]
fn a_run_can_be_trained_judged_and_used() {
    let folder = Folder::new("whole");
    let printed = succeeds(&folder, &["--epochs", "2", "--lr", "0.003"]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "LeNet with 61,706 parameters; 2,000 samples to train with, 500 to validate with");
    assert!(lines[1].starts_with("epoch 1/2: loss "), "{printed}");
    // An empty line, then a table.
    assert!(lines[4].trim_start().starts_with("epoch ") && lines[4].contains(" val_accuracy"), "{printed}");
    assert!(lines[5].starts_with("best "), "{printed}");
    assert!(printed.ends_with("\n\nmodel: run/best.safetensors\nreport: run/report.html\n"), "{printed}");
    let expected = [
        "best.safetensors",
        "config.toml",
        "history.csv",
        "history.jsonl",
        "last.safetensors",
        "report.html",
    ];
    let run = Folder(folder.0.join("run"));
    assert_eq!(run.names(), expected);

    // The best epoch is chosen by `val_accuracy`, and judged again it has that.
    let judged = succeeds(&folder, &["eval"]);
    let accuracy = judged.lines().find_map(|line| line.strip_prefix("accuracy: ")).expect("a line");
    assert!(lines[5].contains(&format!(" {accuracy} ")), "{judged} {printed}");

    let predicted = succeeds(&folder, &["predict"]);
    assert_eq!(predicted.lines().count(), 501);
    assert!(predicted.starts_with("sample,class,output_0,"), "{predicted}");
    assert_eq!(succeeds(&folder, &["predict", "--save", "predictions.csv", "--batch", "7"]), "");
    let saved = std::fs::read_to_string(folder.path("predictions.csv")).expect("the file was written");
    let places = |table: &str| -> Vec<String> {
        table.lines().map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",")).collect()
    };
    assert_eq!(places(&saved), places(&predicted), "in batches of another size");

    succeeds(&folder, &["export", "alone.safetensors"]);
    assert_eq!(succeeds(&folder, &["eval", "--model", "alone.safetensors", "--out", "elsewhere"]), judged);
    assert!(succeeds(&folder, &["summary"]).contains("conv1"));
    let bench = succeeds(&folder, &["bench", "--steps", "3"]);
    assert!(bench.starts_with("training: ") && bench.contains("\ninference: "), "{bench}");
    std::mem::forget(run);
}

#[test]
fn a_table_is_learned_and_other_files_are_predicted() {
    let folder = Folder::new("table");
    let trained = iris(&folder, &["--data", "iris.csv"]);
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    assert!(text(&trained.stdout).starts_with("Iris with 131 parameters; 135 samples to train with, 15 to"));
    let judged = iris(&folder, &["eval", "--data", "iris.csv", "--all"]);
    let accuracy = text(&judged.stdout).lines().find_map(|line| line.strip_prefix("accuracy: "));
    let accuracy: f64 = accuracy.expect("a line").parse().expect("a number");
    assert!(accuracy >= 0.9, "{}", text(&judged.stdout));

    // Without the label, in another order, with other separators; then with labels of which one class is missing.
    folder.write(
        "new.csv",
        b"petal_width;petal_length;sepal_width;sepal_length\n0.2;1.4;3.5;5.1\n2.1;5.9;3.0;7.1\n",
    );
    let other = "sepal_length,sepal_width,petal_length,petal_width,species\n7.1,3.0,5.9,2.1,virginica\n5.1,3.5,1.4,0.2,setosa\n";
    folder.write("other.csv", other.as_bytes());
    for (file, classes) in [("new.csv", ["setosa", "virginica"]), ("other.csv", ["virginica", "setosa"])] {
        let predicted = iris(&folder, &["predict", "--data", file]);
        let table = text(&predicted.stdout);
        let found: Vec<&str> =
            table.lines().skip(1).map(|line| line.split(',').nth(1).expect("a class")).collect();
        assert_eq!(found, classes, "{table} {}", text(&predicted.stderr));
    }
    let judged = iris(&folder, &["eval", "--data", "other.csv", "--all"]);
    assert!(
        text(&judged.stdout).contains("samples: 2\n") && text(&judged.stdout).contains("accuracy: 1.000")
    );
}

#[test]
fn a_trained_model_is_judged_by_what_its_run_has_left_out() {
    let folder = Folder::new("left-out");
    let settings =
        ["--data", "iris.csv", "--validation", "0.2", "--seed", "5", "--batch", "7", "--epochs", "2"];
    let trained = iris(&folder, &settings);
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    let judged = iris(&folder, &["eval"]);
    let last = std::fs::read_to_string(folder.0.join("run/history.csv")).expect("the run has a history");
    let last: Vec<&str> = last.lines().last().expect("two epochs").split(',').collect();
    let accuracy: f64 = last[6].parse().expect("the last column is `val_accuracy`");
    assert!(text(&judged.stdout).starts_with("samples: 30\n"), "{}", text(&judged.stdout));
    assert!(text(&judged.stdout).contains(&format!("accuracy: {accuracy:.4}")), "{}", text(&judged.stdout));
    // What is given anew comes first.
    let judged = iris(&folder, &["eval", "--validation", "0.4"]);
    assert!(text(&judged.stdout).starts_with("samples: 60\n"), "{}", text(&judged.stdout));
}

#[test]
fn what_is_wrong_with_a_table_is_said() {
    let folder = Folder::new("bad-table");
    let fails = |arguments: &[&str], code: i32, fragments: &[&str]| {
        let output = iris(&folder, arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
        for fragment in fragments {
            assert!(message.contains(fragment), "{arguments:?}: `{fragment}` is not in: {message}");
        }
    };
    let table = std::fs::read_to_string("examples/data/iris.csv").expect("the table is there");
    folder.write("text.csv", table.replacen("4.9,3.0", "4.9,three", 1).as_bytes());
    fails(&["--data", "text.csv"], 1, &["text.csv: line 3, column `sepal_width`: `three` is not a number"]);
    folder.write("column.csv", table.replacen("petal_width", "petal_with", 1).as_bytes());
    fails(&["--data", "column.csv"], 1, &["column.csv", "`petal_width`", "petal_with"]);
    folder.write("short.csv", table.replacen("4.9,3.0,", "4.9,", 1).as_bytes());
    fails(&["--data", "short.csv"], 1, &["short.csv", "line 3"]);
    folder.write("empty.csv", b"");
    fails(&["--data", "empty.csv"], 1, &["empty.csv"]);
    folder.write("classes.csv", table.replace("virginica", "versicolor").as_bytes());
    fails(&["--data", "nowhere.csv"], 1, &["cannot read nowhere.csv"]);
    assert!(!folder.0.join("run").exists(), "nothing is left behind");

    let trained = iris(&folder, &["--data", "iris.csv", "--epochs", "1", "--quiet"]);
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    folder.write("new-class.csv", table.replacen("setosa", "sunflower", 1).as_bytes());
    fails(&["eval", "--data", "new-class.csv", "--all"], 1, &["sunflower", "virginica"]);
    fails(&["predict", "--data", "column.csv"], 1, &["column.csv", "`petal_width`"]);
}

#[test]
fn a_learning_rate_can_be_found() {
    let folder = Folder::new("find-lr");
    let shown = iris(&folder, &["find-lr", "--data", "iris.csv", "--from", "1e-4", "--save", "lr.csv"]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    assert!(text(&shown.stdout).contains("the loss falls fastest at a learning rate of "));
    let table = std::fs::read_to_string(folder.0.join("lr.csv")).expect("the table is written");
    assert!(table.starts_with("lr,loss,smoothed\n1e-4,"), "{table}");
    assert_eq!(folder.names(), ["iris.csv", "lr.csv"]);
    let wrong = iris(&folder, &["find-lr", "--data", "iris.csv", "--from", "1", "--to", "0.1"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("`--from` is 1 and `--to` is 0.1"), "{}", text(&wrong.stderr));
}

#[test]
fn a_run_can_start_from_a_trained_model() {
    let folder = Folder::new("init");
    let train = |arguments: &[&str]| iris(&folder, &[&["--data", "iris.csv"], arguments].concat());
    assert!(train(&["--epochs", "20", "--quiet"]).status.success());
    let init = ["--init", "run/best.safetensors", "--epochs", "1", "--lr", "1e-9"];
    let again = train(&[&init[..], &["--out", "again"]].concat());
    assert!(again.status.success(), "{}", text(&again.stderr));
    let accuracy = |run: &str| {
        let judged = iris(&folder, &["eval", "--out", run]);
        text(&judged.stdout).lines().last().expect("the accuracy").to_owned()
    };
    assert_eq!(accuracy("run"), accuracy("again"));
    let refused = train(&["--init", "run/best.safetensors", "--resume"]);
    assert_eq!(refused.status.code(), Some(2));
    let missing = train(&["--init", "none.safetensors", "--out", "third"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("cannot read none.safetensors"), "{}", text(&missing.stderr));
}

#[test]
fn help_names_all_settings() {
    let folder = Folder::new("help");
    let help = succeeds(&folder, &["--help"]);
    for part in ["LeNet tells ten kinds of clothing apart.", "predict", "Exit code: 0"] {
        assert!(help.contains(part), "{help}");
    }
    let help = succeeds(&folder, &["train", "--help"]);
    for part in
        ["--lr <REAL>", "[default: 0.001]", "--warmup-steps", "[default: 30]", "--resume", "MACROGRAD_LR"]
    {
        assert!(help.contains(part), "{help}");
    }
    assert!(!help.contains("--validation"), "this data set has a part of its own for it: {help}");
}

#[test]
fn what_is_wrong_is_said() {
    let folder = Folder::new("wrong");
    fails(&folder, &["--lr", "-1"], 2, &["'--lr <REAL>'", "a number that is at least 0"]);
    fails(&folder, &["--epochs", "many"], 2, &["a whole number, at least 1"]);
    fails(&folder, &["--lrr", "1"], 2, &["'--lrr'", "'--lr'"]);
    fails(&folder, &["tran"], 2, &["unrecognized subcommand 'tran'", "'train'"]);
    fails(&folder, &["eval"], 1, &["there is no trained model in `run`", "`--model`"]);
    fails(&folder, &["eval", "--model", "nowhere.safetensors"], 1, &["cannot read nowhere.safetensors"]);
    fails(&folder, &["export"], 2, &["<FILE>"]);
    fails(&folder, &["--dashboard", "--quiet"], 2, &["'--dashboard' cannot be used with '--quiet'"]);
    if !cfg!(feature = "dashboard") {
        let remedy = "features = [\"dashboard\"]";
        fails(&folder, &["--dashboard"], 2, &["this program is built without the dashboard", remedy]);
    }
    fails(&folder, &["--threads", "9999"], 1, &["9999 threads were asked for; there can be 1 to 1024"]);
    fails(&folder, &["--config", "none.toml"], 2, &["cannot read none.toml"]);
    folder.write("bad.toml", b"lr = 0.1\nepoch = 3\n");
    fails(&folder, &["--config", "bad.toml"], 2, &["bad.toml: there is no setting `epoch`", "epochs"]);
    folder.write("file", b"");
    fails(&folder, &["--out", "file/run"], 1, &["cannot create the folder file/run"]);
    // Nothing is left behind.
    assert_eq!(folder.names(), ["bad.toml", "file"]);
    fails(&folder, &["--lr", "1000", "--epochs", "30", "--out", "lost"], 1, &["the loss became"]);
}

#[test]
fn settings_come_from_flags_then_the_environment_then_a_file() {
    let folder = Folder::new("settings");
    folder.write("run.toml", b"lr = 0.5\nepochs = 1\nbatch = 250\nbeta1 = 0.5\n");
    let output = program(&folder)
        .args(["--config", "run.toml", "--lr", "0.25"])
        .env("MACROGRAD_LR", "0.125")
        .env("MACROGRAD_BATCH", "500")
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let config = std::fs::read_to_string(folder.path("run/config.toml")).expect("it was written");
    for line in ["lr = 0.25\n", "batch = 500\n", "epochs = 1\n", "beta1 = 0.5\n", "beta2 = 0.999\n"] {
        assert!(config.contains(line), "{config}");
    }
    // What a run has written makes the same run again.
    succeeds(&folder, &["--config", "run/config.toml", "--out", "again"]);
    let model = |run: &str| std::fs::read(folder.path(&format!("{run}/best.safetensors"))).expect("trained");
    assert!(model("run") == model("again"));
}

#[test]
fn another_run_is_neither_lost_nor_mixed() {
    let folder = Folder::new("again");
    succeeds(&folder, &["--epochs", "1", "--quiet"]);
    fails(&folder, &["--epochs", "2"], 1, &["holds a run already", "`--resume`", "`--overwrite`", "`--out`"]);
    let printed = succeeds(&folder, &["--epochs", "2", "--resume"]);
    assert!(printed.contains("\ncontinuing with epoch 2 of 2\nepoch 2/2: "), "{printed}");
    fails(&folder, &["--epochs", "3", "--resume", "--batch", "32"], 1, &["batch = 64"]);
    let printed = succeeds(&folder, &["--epochs", "1", "--overwrite"]);
    assert!(printed.contains("epoch 1/1"), "{printed}");
}

/// Ctrl-C, or what a system sends before it shuts down, as often as it takes, and `--resume` each time.
#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_with_the_same_bits() {
    let folder = Folder::new("interrupted");
    let settings = ["--epochs", "2", "--lr", "0.004", "--batch", "50", "--seed", "3"];
    succeeds(&folder, &[&settings[..], &["--out", "whole", "--quiet"]].concat());
    let mut interruptions = 0;
    loop {
        // The settings are those of the run, though nobody gives them again.
        let arguments = if interruptions == 0 { &settings[..] } else { &["--resume"] };
        let mut child = program(&folder).args(arguments).stdout(Stdio::piped()).spawn().expect("it starts");
        // Its first line comes when it can be interrupted.
        let mut stdout = child.stdout.take().expect("a pipe");
        stdout.read_exact(&mut [0]).expect("a line");
        std::thread::sleep(Duration::from_millis(150));
        let signal = if interruptions % 2 == 0 { "-INT" } else { "-TERM" };
        let interrupt = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(interrupt.is_ok());
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("UTF-8");
        match child.wait().expect("it ends").code() {
            Some(0) => break,
            code => assert_eq!(code, Some(130), "{rest}"),
        }
        assert!(rest.contains("interrupted"), "{rest}");
        interruptions += 1;
        assert!(interruptions < 200, "it goes on");
    }
    assert!(interruptions > 0, "a run takes longer than the pause before the first interruption");
    let model = |run: &str| std::fs::read(folder.path(&format!("{run}/best.safetensors"))).expect("trained");
    assert!(model("run") == model("whole"));
}

#[cfg(unix)]
#[test]
fn nobody_has_to_read_all_predictions() {
    let folder = Folder::new("pipe");
    succeeds(&folder, &["--epochs", "1", "--quiet"]);
    let mut child = program(&folder)
        .arg("predict")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut start = [0; 6];
    child.stdout.take().expect("a pipe").read_exact(&mut start).expect("a heading");
    assert_eq!(&start, b"sample");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn other_data_is_judged_whole() {
    let folder = Folder::new("other-data");
    let judged = |arguments: &[&str]| {
        let output = iris(&folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout).lines().next().expect("how many").to_owned()
    };
    judged(&["--data", "iris.csv", "--epochs", "1"]);
    let table = std::fs::read_to_string(folder.path("iris.csv")).expect("it was copied");
    folder.write("test.csv", table.lines().take(41).collect::<Vec<_>>().join("\n").as_bytes());
    assert_eq!(judged(&["eval", "--data", "test.csv"]), "samples: 40");
    // By any name, the data of the run has a part that was kept aside.
    assert_eq!(judged(&["eval"]), "samples: 15");
    assert_eq!(judged(&["eval", "--data", "./iris.csv"]), "samples: 15");
    assert_eq!(judged(&["eval", "--all"]), "samples: 150");
}

#[test]
fn a_model_brings_what_its_run_has_learned() {
    let folder = Folder::new("brings");
    let predicted = |arguments: &[&str]| {
        let output = iris(&folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        output.stdout
    };
    predicted(&["--epochs", "2", "--data", "iris.csv", "--out", "first"]);
    let table = std::fs::read_to_string(folder.path("iris.csv")).expect("it was copied");
    folder.write("half.csv", table.lines().step_by(2).collect::<Vec<_>>().join("\n").as_bytes());
    // Another normalisation stands where runs are looked for.
    predicted(&["--epochs", "2", "--data", "half.csv"]);
    let of_folder = predicted(&["predict", "--data", "iris.csv", "--out", "first"]);
    assert!(of_folder == predicted(&["predict", "--data", "iris.csv", "--model", "first/best.safetensors"]));
    assert!(of_folder != predicted(&["predict", "--data", "iris.csv", "--out", "run"]));
}

#[test]
fn a_finished_run_says_so_and_keeps_its_settings() {
    let folder = Folder::new("finished");
    succeeds(&folder, &["--epochs", "2", "--lr", "0.003"]);
    let before = std::fs::read(folder.path("run/config.toml")).expect("of the run");
    let printed = succeeds(&folder, &["--resume", "--epochs", "1", "--lr", "0.5"]);
    assert!(printed.contains("the run has had 2 epochs; it goes on with more `epochs`"), "{printed}");
    assert!(before == std::fs::read(folder.path("run/config.toml")).expect("of the run"));
}

#[test]
fn a_run_that_fails_at_once_leaves_nothing() {
    let folder = Folder::new("nothing-left");
    // The loss explodes in the first epoch.
    let output = iris(&folder, &["--data", "iris.csv", "--lr", "1e30", "--epochs", "2"]);
    says(&output, &["the loss became"]);
    assert_eq!(folder.names(), ["iris.csv"]);
    // What somebody has put there stays.
    std::fs::create_dir(folder.path("run")).expect("the folder is ours");
    folder.write("run/notes.txt", b"mine");
    says(&iris(&folder, &["--data", "iris.csv", "--lr", "1e30", "--epochs", "2"]), &["the loss became"]);
    assert_eq!(std::fs::read_dir(folder.path("run")).expect("it stays").count(), 1);
}

#[test]
fn results_do_not_replace_the_data() {
    let folder = Folder::new("not-replaced");
    let output = iris(&folder, &["--data", "iris.csv", "--epochs", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = std::fs::read(folder.path("iris.csv")).expect("it was copied");
    for arguments in [&["predict", "--data", "iris.csv", "--save", "./iris.csv"][..], &["export", "iris.csv"]]
    {
        let output = iris(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("iris.csv is the data: name another file"));
        assert!(table == std::fs::read(folder.path("iris.csv")).expect("it stays"));
    }
}
