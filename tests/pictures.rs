//! The program of `examples/pictures.rs`: folders of pictures as its user has them.
#![allow(missing_docs)]

mod example;
mod folder;

use std::fs;
use std::process::Output;

use example::{example, says, text};
use folder::Folder;
use macrograd::data::Philox;

/// A picture without compression: blue, green and red at each pixel.
fn bmp(height: u32, width: u32, mut colour: impl FnMut() -> [u8; 3]) -> Vec<u8> {
    let row_len = (width * 3).next_multiple_of(4);
    let words = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = b"BM".to_vec();
    file.extend(words(&[
        54 + row_len * height,
        0,
        54,
        40,
        width,
        height,
        1 | 24 << 16,
        0,
        0,
        2835,
        2835,
        0,
        0,
    ]));
    for _ in 0..height {
        let mut row: Vec<u8> = (0..width).flat_map(|_| colour()).collect();
        row.resize(row_len as usize, 0);
        file.extend(row);
    }
    file
}

/// Noise that is brighter in one colour.
fn picture(channel: usize, seed: u64) -> Vec<u8> {
    let mut random = Philox::new(seed, channel as u64);
    bmp(32, 32, || {
        let mut colour = [0; 3].map(|_| random.below(200) as u8);
        colour[channel] += 40;
        colour
    })
}

/// Red cats and blue dogs.
fn pets(name: &str) -> Folder {
    let folder = Folder::new(name);
    for (class, channel) in [("cat", 2), ("dog", 0)] {
        fs::create_dir_all(folder.0.join("pets").join(class)).expect("the folder is ours");
        for number in 0..40 {
            folder.write(&format!("pets/{class}/{number}.bmp"), &picture(channel, number));
        }
    }
    folder
}

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    example("pictures", folder).args(arguments).output().expect("the program starts")
}

#[track_caller]
fn succeeds(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

#[test]
fn classes_are_learned_by_name() {
    let folder = pets("classes");
    succeeds(&folder, &["--data", "pets", "--quiet"]);
    let judged = succeeds(&folder, &["eval", "--data", "pets"]);
    assert!(judged.starts_with("samples: 8\n") && judged.ends_with("accuracy: 1.000\n"), "{judged}");
    let report = fs::read_to_string(folder.0.join("run/report.html")).expect("a run writes it");
    assert!(report.contains(">cat<") && report.contains(">dog<"), "the confusion matrix has names");

    // Dogs are dogs where there are no cats, too.
    fs::create_dir_all(folder.0.join("others/dog")).expect("the folder is ours");
    for number in 100..110 {
        folder.write(&format!("others/dog/{number}.bmp"), &picture(0, number));
    }
    let judged = succeeds(&folder, &["eval", "--all", "--data", "others"]);
    assert!(judged.starts_with("samples: 10\n") && judged.ends_with("accuracy: 1.000\n"), "{judged}");
    fs::rename(folder.0.join("others/dog"), folder.0.join("others/emu")).expect("the folder is ours");
    says(
        &run(&folder, &["eval", "--all", "--data", "others"]),
        &["others/emu: the model has learned no class `emu`, but `cat`, `dog`; remove the folder"],
    );
}

#[test]
fn pictures_of_no_class_are_predicted() {
    let folder = pets("predicted");
    succeeds(&folder, &["--data", "pets", "--quiet"]);
    fs::create_dir_all(folder.0.join("new")).expect("the folder is ours");
    folder.write("new/blue.bmp", &picture(0, 200));
    folder.write("new/red.bmp", &picture(2, 201));
    let lines = succeeds(&folder, &["predict", "--data", "new"]);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[0], "file,class,output_0,output_1");
    assert!(lines[1].starts_with("blue.bmp,dog,") && lines[2].starts_with("red.bmp,cat,"), "{lines:?}");
    // One file; and folders of classes that nobody knows.
    let lines = succeeds(&folder, &["predict", "--data", "new/red.bmp"]);
    assert!(lines.lines().nth(1).is_some_and(|line| line.starts_with("new/red.bmp,cat,")), "{lines}");
    let lines = succeeds(&folder, &["predict", "--data", "pets"]);
    assert!(lines.lines().any(|line| line.starts_with("dog/7.bmp,dog,")), "{lines}");
    // There is nothing to learn from them.
    let remedy = "each class is a folder of images, such as `cat` and `dog`: give the folder above them";
    for (arguments, problem) in [
        (["train", "--out", "other", "--data", "new"], "new: it holds 2 images, but no folders"),
        (["eval", "--out", "run", "--data", "new"], "new: it holds 2 images, but no folders"),
        (
            ["train", "--out", "other", "--data", "new/red.bmp"],
            "red.bmp: it is one of the images, of no class",
        ),
    ] {
        says(&run(&folder, &arguments), &[problem, remedy]);
    }
    assert!(!folder.0.join("other").exists(), "nothing was begun");
}

#[test]
fn what_is_wrong_with_pictures_is_named() {
    let folder = pets("wrong");
    let whole = picture(0, 0);
    for (name, content, fragments) in [
        (
            "text.bmp",
            &b"this is a text"[..],
            &["dog/text.bmp: this is not an image in PNG, JPEG, WebP or BMP"][..],
        ),
        ("empty.png", b"", &["dog/empty.png: this is not an image"]),
        (
            "cut.bmp",
            &whole[..1000],
            &["dog/cut.bmp: the image cannot be decoded", "fetch or convert it again"],
        ),
        (
            "wide.bmp",
            &bmp(32, 48, || [0; 3]),
            &["dog/wide.bmp: the image has 32x48 pixels", "the type says 32x32", "`.fit(Fit::Crop)`"],
        ),
    ] {
        let path = folder.write(&format!("pets/dog/{name}"), content);
        says(&run(&folder, &["--data", "pets", "--quiet"]), fragments);
        assert!(!folder.0.join("run/last.safetensors").exists(), "nothing was trained");
        fs::remove_file(path).expect("it was written");
    }
    says(&run(&folder, &["--data", "absent"]), &["cannot open the folder absent: No such file or directory"]);
    fs::create_dir(folder.0.join("pets/emu")).expect("the folder is ours");
    says(&run(&folder, &["--data", "pets"]), &["pets/emu: this class has no images", "or remove the folder"]);
    folder.write("pets/emu/1.bmp", &picture(1, 0));
    says(
        &run(&folder, &["--data", "pets", "--validation", "0", "--out", "three"]),
        &["pets has 3 classes (cat, dog, emu), and label 2 is `emu`, but the model has outputs for 2"],
    );
}
