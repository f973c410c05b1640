//! Tables: features are normalised by the part to train with, and files without targets can be predicted.

use std::error::Error as StdError;
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
                let rows = rows(read(settings), settings, folder, which)?;
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

/// Rows encoded as those that the model was trained with, in a table that the declaration reads, or, if it does not, that is
/// read as any table is.
fn rows<const N: usize, L: TableLabel + Field>(
    read: Result<TableData<N, L>, Box<dyn StdError + Send + Sync>>,
    settings: &Settings,
    folder: &Path,
    which: Which,
) -> Result<TableData<N, L>, Failure> {
    let encoding = Encoding::load(folder.join(ENCODING))?;
    let found = match read {
        Ok(rows) if which == Which::ToPredict => rows.encoded_without_labels(&encoding)?,
        Ok(rows) => rows.encoded_as(&encoding)?,
        Err(error) => {
            // What the run has learned reads files that say less: without targets, or without some class of a column.
            let is_of_content = matches!(error.downcast_ref(), Some(Error::BadFile { .. }));
            let failure = Failure::run(error.to_string());
            let path = settings.has("data").then(|| settings.text("data"));
            let Some(path) = path.filter(|_| which == Which::ToPredict || is_of_content) else {
                return Err(failure);
            };
            let table: Table = Table::open(path)?;
            if which == Which::ToPredict {
                return Ok(TableData::without_labels(&table, &encoding)?);
            }
            match L::labelled(&table, &encoding) {
                Some(rows) => rows?,
                None => {
                    encoding.features(&table)?;
                    return Err(failure);
                }
            }
        }
    };
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::Feature;
    use crate::train::cli::settings::File;
    use crate::train::cli::{Kind, Setting};

    #[test]
    fn columns_of_classes_are_those_of_the_run() {
        let folder = std::env::temp_dir().join(format!("macrograd-table-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let read = |name: &str, rows: &str| {
            let path = folder.join(name).to_str().unwrap().to_owned();
            std::fs::write(&path, format!("size,colour,kind\n{rows}")).unwrap();
            let columns = [Feature::number("size"), Feature::one_hot("colour")];
            let data = Table::open(&path).and_then(|table| table.features_of::<4>(columns).label("kind"));
            let default = Some(crate::train::cli::Value::Text(path));
            let known = [Setting { name: "data", help: "", kind: Kind::Path, default }];
            let settings = Settings::resolve(&known, &BTreeMap::new(), |_| None, &File::None).unwrap();
            (data.map_err(Into::into), settings)
        };
        let (trained, _) = read("train.csv", "1,red,a\n2,blue,b\n3,green,c\n");
        trained.unwrap().encoding().save(folder.join(ENCODING)).unwrap();
        let judged = |name: &str, lines: &str| {
            let (data, settings) = read(name, lines);
            rows(data, &settings, &folder, Which::All)
        };
        // Fewer colours, or fewer kinds.
        let few = judged("few.csv", "5,red,c\n6,green,b\n").unwrap();
        assert_eq!((few.labels(), &few.features()[1][..]), (&[2, 1][..], &[6.0, 0.0, 1.0, 0.0][..]));
        let other = judged("other.csv", "5,red,c\n6,grey,b\n").unwrap_err().to_string();
        assert!(
            other.ends_with("grey` is not one of the known classes; the classes are `blue`, `green`, `red`"),
            "{other}"
        );
        let mistake = judged("mistake.csv", "5,red\n").unwrap_err().to_string();
        assert!(mistake.contains("line 2"), "{mistake}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
