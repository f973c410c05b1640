//! Folders with a folder for each class: a run keeps the names of the classes, and files of no class can be predicted.

use std::path::Path;

use super::{Data, Failure, OfFolder, Parts, Reader, ToJudge, Which, in_order, run, to_train_with};
use crate::data::Sample;
use crate::data::class_folder::{InClassFolders, load_classes};
use crate::train::cli::Settings;

/// A file of a run.
const CLASSES: &str = "classes.json";

impl<B: 'static, D> OfFolder<B> for Reader<D, B>
where
    D: InClassFolders + 'static,
    D::Sample: Sample<Batch = B>,
{
    fn data(&self) -> Data<B> {
        let read = self.read;
        Data {
            is_cut: true,
            is_normalised: false,
            parts: Box::new(move |settings| parts(run(read, settings)?, settings)),
            judged: Box::new(move |settings, folder, which| {
                judged(run(read, settings)?, settings, folder, which)
            }),
            classes: Box::new(|folder| Ok(load_classes(&folder.join(CLASSES))?)),
        }
    }
}

fn parts<D: InClassFolders + 'static>(
    data: D,
    settings: &Settings,
) -> Result<Parts<<D::Sample as Sample>::Batch>, Failure> {
    let folder = data.class_folder();
    folder.check_labels()?;
    let folder = folder.clone();
    let (validation, train) = data.split(settings.real("validation"), settings.whole("seed"));
    Ok(Parts {
        train: to_train_with(train, settings),
        validation: in_order(validation, settings),
        keep: Box::new(move |to| folder.save_classes(&to.join(CLASSES))),
    })
}

/// Files with the numbers of classes that the model was trained with. Those to predict need no class.
fn judged<D: InClassFolders + 'static>(
    mut data: D,
    settings: &Settings,
    folder: &Path,
    which: Which,
) -> Result<ToJudge<<D::Sample as Sample>::Batch>, Failure> {
    if which == Which::ToPredict {
        data.class_folder_mut().ignore_labels();
        let name = |index| data.class_folder().name(data.file_of_sample(index));
        let files = (0..data.len()).map(name).collect();
        return Ok(ToJudge { source: in_order(data, settings), files: Some(files) });
    }
    data.class_folder_mut().number_as(&load_classes(&folder.join(CLASSES))?)?;
    if which == Which::All {
        return Ok(in_order(data, settings).into());
    }
    Ok(in_order(data.split(settings.real("validation"), settings.whole("seed")).0, settings).into())
}
