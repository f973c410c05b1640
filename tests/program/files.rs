//! What goes wrong with files: full disks, folders without access, data that is not what it should be.

use std::fs;
use std::process::{Command, Output};

use crate::example::{example, says, text};
use crate::folder::Folder;
use crate::{iris, run, succeeds};

/// No file is left that was written aside.
#[track_caller]
fn has_no_remains(folder: &str) {
    let entries = fs::read_dir(folder).expect("the run has a folder");
    let names = entries.map(|entry| entry.expect("readable").file_name().into_string().expect("ASCII"));
    let remains: Vec<String> = names.filter(|name| name.ends_with(".tmp")).collect();
    assert_eq!(remains, [""; 0]);
}

/// The program where no file may become larger than so many blocks of 512 bytes, as on a disk that is nearly full.
#[cfg(unix)]
fn limited(name: &str, folder: &Folder, blocks: u32, arguments: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &script])
        .arg(example(name, folder).get_program())
        .args(arguments)
        .current_dir(&folder.0)
        .output()
        .expect("a shell starts")
}

#[cfg(unix)]
#[test]
fn a_run_on_a_full_disk_keeps_its_last_checkpoint() {
    let folder = Folder::new("full");
    succeeds(&folder, &["--epochs", "1", "--quiet"]);
    succeeds(&folder, &["--epochs", "1", "--quiet", "--out", "twin"]);
    let last = |run: &str| fs::read(folder.path(&format!("{run}/last.safetensors"))).expect("there is one");
    let before = last("run");
    let resume = ["--epochs", "2", "--resume", "--quiet"];
    // Too little for any model; enough for a model, not for its optimizer.
    for (blocks, file) in [(200, "cannot write run/"), (1000, "cannot write run/last.safetensors")] {
        let output = limited("train", &folder, blocks, &resume);
        says(&output, &[file, "File too large", "; raise the limit on the size of files"]);
        assert!(last("run") == before, "the checkpoint is as it was");
        has_no_remains(&folder.path("run"));
    }
    succeeds(&folder, &resume);
    succeeds(&folder, &[&resume[..], &["--out", "twin"]].concat());
    let best = |run: &str| fs::read(folder.path(&format!("{run}/best.safetensors"))).expect("there is one");
    assert!(best("run") == best("twin"), "as if it had never been interrupted");
}

#[cfg(unix)]
#[test]
fn a_report_that_cannot_be_written_is_named() {
    let folder = Folder::new("full-report");
    let output = iris(&folder, &["--data", "iris.csv", "--epochs", "1", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = limited("iris", &folder, 8, &["--epochs", "2", "--resume"]);
    says(&output, &["cannot write run/report.html", "; raise the limit"]);
    has_no_remains(&folder.path("run"));
    // The epoch has been trained, and is kept; the page can be had by resuming.
    let history = fs::read_to_string(folder.path("run/history.csv")).expect("readable");
    assert_eq!(history.lines().count(), 3, "{history}");
    let before = fs::metadata(folder.path("run/report.html")).expect("of the first epoch").len();
    let output = iris(&folder, &["--epochs", "2", "--resume"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(fs::metadata(folder.path("run/report.html")).expect("of both").len() > before);
}

#[cfg(unix)]
#[test]
fn devices_and_links_are_written_to_and_stay() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("devices");
    succeeds(&folder, &["--epochs", "1", "--quiet"]);
    // Through a link, so that the device is safe where the program would replace what it is given.
    symlink("/dev/full", folder.path("full")).expect("the folder is ours");
    let full = "cannot write full: No space left on device (os error 28); make room, or name a place on another disk";
    says(&run(&folder, &["predict", "--save", "full"]), &[full]);
    says(&run(&folder, &["export", "full"]), &[full]);
    assert!(fs::symlink_metadata(folder.path("full")).expect("it stays").is_symlink());

    symlink("table.csv", folder.path("link.csv")).expect("the folder is ours");
    folder.write("table.csv", b"old");
    succeeds(&folder, &["predict", "--save", "link.csv"]);
    assert!(fs::symlink_metadata(folder.path("link.csv")).expect("it stays").is_symlink());
    assert!(fs::read(folder.path("table.csv")).expect("it stays").starts_with(b"sample,class"));

    let to_full = |arguments: &[&str]| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        crate::program(&folder).args(arguments).stdout(full).output().expect("it starts")
    };
    for arguments in [&["predict"][..], &["eval"], &["summary"]] {
        says(
            &to_full(arguments),
            &["cannot write to standard output: No space left", "; send it elsewhere, or make room"],
        );
    }
    // Where nobody can be told, the exit code is the same.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let status = crate::program(&folder).args(["eval", "--model", "nowhere"]).stderr(full).status();
    assert_eq!(status.expect("it starts").code(), Some(1));
    assert!(!folder.names().iter().any(|name| name.ends_with(".tmp")));
}

#[cfg(unix)]
#[test]
fn a_folder_without_access_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("access");
    fs::create_dir(folder.path("closed")).expect("the folder is ours");
    let allow = |mode| fs::set_permissions(folder.path("closed"), fs::Permissions::from_mode(mode));
    allow(0o555).expect("the folder is ours");
    if fs::write(folder.path("closed/probe"), b"").is_ok() {
        println!("skipped: this user may write everywhere");
        return;
    }
    let output = iris(&folder, &["--data", "iris.csv", "--out", "closed/run"]);
    says(&output, &["cannot create the folder closed/run", "; allow this user to write there"]);
    let output = iris(&folder, &["--data", "iris.csv", "--out", "closed"]);
    says(&output, &["cannot write closed/", "; allow this user to write there"]);
    assert_eq!(fs::read_dir(folder.path("closed")).expect("readable").count(), 0);
    allow(0o755).expect("the folder is ours");
    fs::set_permissions(folder.path("iris.csv"), fs::Permissions::from_mode(0o000))
        .expect("the file is ours");
    let output = example("iris", &folder).args(["--data", "iris.csv"]).output().expect("it starts");
    says(&output, &["cannot read iris.csv", "; allow this user to read it"]);
}

#[test]
fn paths_of_the_wrong_kind_are_named() {
    let folder = Folder::new("kinds");
    fs::create_dir(folder.path("folder")).expect("the folder is ours");
    let flower = |arguments: &[&str]| iris(&folder, arguments);
    says(&flower(&["--data", "folder"]), &["folder: this is a folder; give the path of one file"]);
    says(&flower(&["--data", "none.csv"]), &["cannot read none.csv", "; check the path"]);
    says(
        &flower(&["--data", "iris.csv", "--out", "iris.csv"]),
        &["cannot create the folder iris.csv", "; there is something of this name: name another path"],
    );
    says(
        &flower(&["--data", "iris.csv", "--out", "iris.csv/run"]),
        &["cannot create the folder iris.csv/run", "; a file is in the place of a folder"],
    );
    assert_eq!(folder.names(), ["folder", "iris.csv"], "nothing is left behind");

    let output = flower(&["--data", "iris.csv", "--epochs", "1", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    says(
        &flower(&["predict", "--save", "folder"]),
        &["cannot replace folder", "; this is a folder: name a file"],
    );
    says(
        &flower(&["predict", "--save", "no/x.csv"]),
        &["cannot write no/x.csv", "; create the folder first"],
    );
    says(&flower(&["export", "no/x"]), &["cannot write no/x", "; create the folder first"]);
    says(&flower(&["eval", "--model", "folder"]), &["cannot read folder", "; this is a folder: name a file"]);
    says(&flower(&["eval", "--model", "iris.csv"]), &["iris.csv: not a whole safetensors file", "damaged"]);
    assert_eq!(folder.names(), ["folder", "iris.csv", "run"]);
}

#[test]
fn bad_values_are_named_by_line_and_column() {
    let folder = Folder::new("values");
    let table = fs::read_to_string("examples/data/iris.csv").expect("the table is there");
    let header = table.lines().next().expect("it has a line").to_owned();
    for (content, fragments) in [
        (String::new(), ["the file is empty", "; give one with a line of column names"]),
        (header, ["it has a line of column names, but no rows", "; add rows"]),
        (table.replacen("4.9,3.0", "NaN,3.0", 1), ["line 3, column `sepal_length`", "; fill it in"]),
        (table.replacen("4.9,3.0", "-inf,3.0", 1), ["line 3, column `sepal_length`", "; leave the row out"]),
        (table.replacen("setosa", "", 1), ["line 2, column `species`: the class is missing", "; fill it in"]),
    ] {
        folder.write("bad.csv", content.as_bytes());
        let output = iris(&folder, &["--data", "bad.csv"]);
        says(&output, &[&["bad.csv: "], &fragments[..]].concat());
        assert!(!folder.0.join("run").exists(), "nothing is left behind");
    }
}

#[test]
fn a_class_that_the_model_has_no_output_for_is_named() {
    let folder = Folder::new("classes");
    let table = fs::read_to_string("examples/data/iris.csv").expect("the table is there");
    folder.write("four.csv", table.replace("5.1,3.5,1.4,0.2,setosa", "5.1,3.5,1.4,0.2,zinnia").as_bytes());
    let output = iris(&folder, &["--data", "four.csv", "--quiet"]);
    says(
        &output,
        &[
            "four.csv has 4 classes (setosa, versicolor, virginica, zinnia), and label 3 is `zinnia`",
            "but the model has outputs for 3; correct the data, or give the model as many outputs",
        ],
    );
}

#[test]
fn data_that_changes_under_a_run_is_noticed() {
    let folder = Folder::new("changes");
    let output = iris(&folder, &["--data", "iris.csv", "--epochs", "1", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = fs::read_to_string("examples/data/iris.csv").expect("the table is there");
    let shorter: Vec<&str> = table.lines().take(140).collect();
    folder.write("shorter.csv", shorter.join("\n").as_bytes());
    let output = iris(&folder, &["--data", "shorter.csv", "--epochs", "2", "--resume"]);
    says(&output, &["run/last.safetensors: the run was started with ", "use the same, or start a new run"]);
    fs::remove_file(folder.path("iris.csv")).expect("the folder is ours");
    let flower = |arguments: &[&str]| example("iris", &folder).args(arguments).output().expect("it starts");
    says(&flower(&["eval"]), &["cannot read iris.csv", "; check the path"]);
    says(&flower(&["--epochs", "2", "--resume"]), &["cannot read iris.csv", "; check the path"]);
}

#[test]
fn a_damaged_run_is_named() {
    let folder = Folder::new("damaged");
    let output = iris(&folder, &["--data", "iris.csv", "--epochs", "1", "--quiet"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for (file, arguments) in [
        ("last.safetensors", &["--epochs", "2", "--resume"][..]),
        ("best.safetensors", &["eval"]),
        ("encoding.json", &["predict"]),
        ("normaliser.json", &["eval"]),
    ] {
        let path = folder.path(&format!("run/{file}"));
        let whole = fs::read(&path).expect("the run has it");
        fs::write(&path, &whole[..whole.len() / 2]).expect("the folder is ours");
        says(&iris(&folder, arguments), &[&format!("run/{file}: ")]);
        fs::write(&path, &whole).expect("the folder is ours");
    }
}
