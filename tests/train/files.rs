//! What a run leaves in its folder.

use std::collections::BTreeSet;

use macrograd::metrics::Direction;
use macrograd::prelude::*;
use macrograd::train::{TrainError, WriteReport};

use crate::folder::Folder;
use crate::model::{Net, bits, train_data, trainer};

fn files(folder: &Folder) -> BTreeSet<String> {
    std::fs::read_dir(&folder.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_folder_has_the_files_that_the_documentation_names() {
    let folder = Folder::new("files");
    let mut trainer = trainer()
        .epochs(4)
        .monitor("val_accuracy", Direction::HigherIsBetter)
        .keep_every(2)
        .folder(&folder.0);
    let history = trainer.fit(&train_data()).unwrap();
    let expected = [
        "best.safetensors",
        "epoch-2.safetensors",
        "epoch-4.safetensors",
        "history.csv",
        "history.jsonl",
        "last.safetensors",
    ];
    assert_eq!(files(&folder), expected.map(str::to_owned).into());
    // All of them are models.
    for name in ["last.safetensors", "epoch-4.safetensors"] {
        let net = Net::load(folder.0.join(name), Device::cpu()).unwrap();
        assert_eq!(bits(&net), bits(trainer.model()), "{name}");
    }
    let best = history.best("val_accuracy", Direction::HigherIsBetter).unwrap();
    let saved = Net::load(folder.0.join("best.safetensors"), Device::cpu()).unwrap();
    let mut trainer = crate::model::trainer().epochs(best.epoch);
    trainer.fit(&train_data()).unwrap();
    assert_eq!(bits(&saved), bits(trainer.model()));
}

#[test]
fn tables_hold_the_values_of_each_epoch() {
    let folder = Folder::new("tables");
    let mut trainer = trainer().epochs(2).validate_every(2).folder(&folder.0).on_epoch(|moment| {
        moment.log("odd, \"name\"", f64::NAN);
        Ok(())
    });
    let history = trainer.fit(&train_data()).unwrap();
    let csv = std::fs::read_to_string(folder.0.join("history.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "epoch,step,seconds,loss,lr,\"odd, \"\"name\"\"\",val_loss,val_accuracy");
    assert_eq!(lines.len(), 3);
    let cells: Vec<&str> = lines[1].split(',').collect();
    let loss = history.epochs[0].value("loss").unwrap().to_string();
    assert_eq!([cells[0], cells[1], cells[3], cells[4]], ["1", "7", &loss, "0.01"]);
    assert_eq!(&cells[5..], ["NaN", "", ""], "no validation in the first epoch");
    let json = std::fs::read_to_string(folder.0.join("history.jsonl")).unwrap();
    let rows: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["val_loss"].as_f64(), history.epochs[1].value("val_loss"));
    assert!(rows[0]["odd, \"name\""].is_null());
}

#[test]
fn another_run_is_not_overwritten_unless_that_is_allowed() {
    let folder = Folder::new("in-use");
    trainer().folder(&folder.0).fit(&train_data()).unwrap();
    let error = trainer().folder(&folder.0).fit(&train_data()).unwrap_err();
    assert!(matches!(error, TrainError::FolderInUse { .. }));
    let path = folder.0.display();
    assert_eq!(
        error.to_string(),
        format!(
            "the folder {path} holds a run already: continue it (`resume`, `--resume`), replace it (`overwrite`, `--overwrite`), or choose another folder (`--out`)"
        )
    );
    // Nothing of the old run can be taken for the new one, whatever happens to that.
    std::fs::write(folder.0.join("notes.txt"), "mine").unwrap();
    let mut fails = trainer()
        .keep_every(1)
        .folder(&folder.0)
        .overwrite()
        .on_step(|_| Err(TrainError::Callback("no".into())));
    fails.fit(&train_data()).unwrap_err();
    assert_eq!(files(&folder), ["notes.txt".to_owned()].into());
    trainer().folder(&folder.0).fit(&train_data()).unwrap();
}

#[test]
fn the_best_parameters_can_be_taken_in_the_end() {
    let folder = Folder::new("best");
    // The rate grows until it destroys the model.
    let mut trainer = trainer()
        .epochs(4)
        .schedule(|steps| macrograd::optim::Schedule::linear(1.0, 400.0, steps))
        .folder(&folder.0)
        .restore_best();
    let history = trainer.fit(&train_data()).unwrap();
    let best = history.best("val_loss", Direction::LowerIsBetter).unwrap();
    assert!(best.epoch < 4, "{history:?}");
    let saved = Net::load(folder.0.join("best.safetensors"), Device::cpu()).unwrap();
    assert_eq!(bits(trainer.model()), bits(&saved));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new("blocked");
    let file = folder.0.join("file");
    std::fs::write(&file, "").unwrap();
    let error = trainer().folder(file.join("run")).fit(&train_data()).unwrap_err().to_string();
    assert!(error.starts_with("cannot create the folder") && error.contains("run"), "{error}");
}

#[test]
fn the_page_of_a_short_run_has_all_of_its_epochs() {
    let folder = Folder::new("page");
    // Epochs take less than the pause between two pages.
    trainer().epochs(4).folder(&folder.0).callback(WriteReport::new("page")).fit(&train_data()).unwrap();
    let page = std::fs::read_to_string(folder.0.join("report.html")).unwrap();
    for epoch in 1..=4 {
        assert!(page.contains(&format!("<tr><td>{epoch}</td>")), "{page}");
    }
}
