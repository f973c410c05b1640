//! Tables: features are normalised by the part to train with, and files without targets can be predicted.

use std::path::Path;

use super::{Data, Failure, Parts, Reader, Which, in_order, run, to_train_with};
use crate::Error;
use crate::data::{Dataset, Encoding, Featured, Field, Normaliser, Sample, Table, TableData, TableLabel};
use crate::train::cli::Settings;

/// Files of a run.
const ENCODING: &str = "encoding.json";
const NORMALISER: &str = "normaliser.json";

/// Rows of a table.
pub trait OfTable<B> {
    /// The functions of the program.
    fn data(&self) -> Data<B>;
}

impl<B: 'static, const N: usize, L: TableLabel> OfTable<B> for Reader<TableData<N, L>, B>
where
    ([f32; N], L): Sample<Batch = B> + Featured<N>,
{
    fn data(&self) -> Data<B> {
        let read = self.read;
        Data {
            is_cut: true,
            is_normalised: true,
            parts: Box::new(move |settings| parts(run(read, settings)?, settings)),
            judged: Box::new(move |settings, folder, which| {
                let rows = rows(run(read, settings), settings, folder, which)?;
                let normaliser = Normaliser::load(folder.join(NORMALISER))?;
                let rows = normaliser.applied_to(rows);
                if which != Which::Validation {
                    return Ok(in_order(rows, settings).into());
                }
                let (validation, _) = rows.split(settings.real("validation"), settings.whole("seed"));
                Ok(in_order(validation, settings).into())
            }),
            classes: Box::new(|folder| Ok(Encoding::<N>::load(folder.join(ENCODING))?.classes())),
        }
    }
}

fn parts<B: 'static, const N: usize, L: TableLabel>(
    rows: TableData<N, L>,
    settings: &Settings,
) -> Result<Parts<B>, Failure>
where
    ([f32; N], L): Sample<Batch = B> + Featured<N>,
{
    let encoding = rows.encoding().clone();
    let (validation, train) = rows.split(settings.real("validation"), settings.whole("seed"));
    let normaliser = match settings.flag("normalise") && !train.is_empty() {
        true => Normaliser::fit(&train)?.leave(encoding.one_hot_places()),
        // It leaves all as it is.
        false => Normaliser::identity(),
    };
    let (train, validation) = (normaliser.applied_to(train), normaliser.applied_to(validation));
    Ok(Parts {
        train: to_train_with(train, settings),
        validation: in_order(validation, settings),
        keep: Box::new(move |folder| {
            encoding.save(folder.join(ENCODING))?;
            normaliser.save(folder.join(NORMALISER))
        }),
    })
}

/// Rows encoded as those that the model was trained with. The file that is to be predicted may lack targets; then it is
/// read as any table is.
fn rows<const N: usize, L: TableLabel + Field>(
    read: Result<TableData<N, L>, Failure>,
    settings: &Settings,
    folder: &Path,
    which: Which,
) -> Result<TableData<N, L>, Failure> {
    let encoding = Encoding::load(folder.join(ENCODING))?;
    let found = match read {
        Ok(rows) if which == Which::ToPredict => rows.encoded_without_labels(&encoding)?,
        Ok(rows) => rows.encoded_as(&encoding)?,
        Err(failure) => {
            let path = settings.has("data").then(|| settings.text("data"));
            let Some(path) = path.filter(|_| which == Which::ToPredict) else { return Err(failure) };
            let table: Result<Table, Error> = Table::open(path);
            TableData::without_labels(&table?, &encoding)?
        }
    };
    Ok(found)
}
