//! The data of a program: read, cut into parts, and brought to where the model is.

#[cfg(any(feature = "images", feature = "wav"))]
mod folder;
mod table;

use std::cell::Cell;
use std::error::Error as StdError;
use std::path::Path;
use std::sync::Arc;

use super::{Failure, IntoParts, LossGradOf, Settings};
use crate::data::{Dataset, Loader, Sample};
use crate::train::source::Source;
use crate::{Error, Model};
pub use table::OfTable;

/// Data whose batches a model takes, behind functions that read it. What is learned from the data, such as the names of
/// classes, is kept in the folder of the run.
pub struct Data<B> {
    /// Whether a part of it is kept for validation.
    pub(super) is_cut: bool,
    /// Whether features are normalised, unless a setting says otherwise.
    pub(super) is_normalised: bool,
    /// What to train with.
    pub(super) parts: ReadParts<B>,
    /// What to judge a trained model by, of the run in a folder: the part for validation, or all.
    pub(super) judged: ReadJudged<B>,
    /// The names of the classes in the run in a folder, if the data has them.
    pub(super) classes: ReadClasses,
}

type ReadParts<B> = Box<dyn Fn(&Settings) -> Result<Parts<B>, Failure>>;
type ReadJudged<B> = Box<dyn Fn(&Settings, &Path, Which) -> Result<ToJudge<B>, Failure>>;
type ReadClasses = Box<dyn Fn(&Path) -> Result<Vec<String>, Failure>>;
/// Writes what was learned from the data to a folder.
pub(super) type Keep = Box<dyn FnOnce(&Path) -> Result<(), Error> + Send>;

/// Batches to train with, batches to validate with, and a function that keeps what was learned in a folder.
pub(super) struct Parts<B> {
    pub(super) train: Box<dyn Source<B>>,
    pub(super) validation: Box<dyn Source<B>>,
    pub(super) keep: Keep,
}

/// Batches for a trained model.
pub(super) struct ToJudge<B> {
    pub(super) source: Box<dyn Source<B>>,
    /// The file that each sample is from, where they are from many.
    pub(super) files: Option<Vec<String>>,
}

impl<B> From<Box<dyn Source<B>>> for ToJudge<B> {
    fn from(source: Box<dyn Source<B>>) -> Self {
        ToJudge { source, files: None }
    }
}

/// Which samples are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those for validation.
    Validation,
    /// All of one data set; those for validation, where there are two.
    All,
    /// As `All`; they need no targets.
    ToPredict,
}

/// Reads data of a type.
pub type ReadOf<S> = fn(&Settings) -> Result<S, Box<dyn StdError + Send + Sync>>;

/// A function that reads data of the type `S`, whose batches are `B`. Of what type the data is decides how it is handled:
/// [`OfTable`] and [`OfFolder`] are tried before [`OfAny`], whose `data` needs one reference more.
pub struct Reader<S, B> {
    read: ReadOf<S>,
    /// The functions for data of which nothing is known but that it can be cut into parts. They are made where the types
    /// are checked, so that one mistake in them is one error.
    plain: Cell<Option<Data<B>>>,
}

/// A reader of data for a model: its samples are what the loss takes.
pub fn data_for<M: Model, B: 'static, S: IntoParts + 'static>(
    _: LossGradOf<M, B>,
    read: ReadOf<S>,
) -> Reader<S, B>
where
    <S::Train as Dataset>::Sample: Sample<Batch = B>,
{
    Reader { read, plain: Cell::new(Some(plain(read))) }
}

fn run<S>(read: ReadOf<S>, settings: &Settings) -> Result<S, Failure> {
    read(settings).map_err(|error| Failure::run(error.to_string()))
}

fn plain<B: 'static, S: IntoParts + 'static>(read: ReadOf<S>) -> Data<B>
where
    <S::Train as Dataset>::Sample: Sample<Batch = B>,
{
    let cut = move |settings: &Settings, part: f64| -> Result<(S::Train, S::Validation), Failure> {
        Ok(run(read, settings)?.into_parts(part, settings.whole("seed")))
    };
    let part = |settings: &Settings| if S::IS_CUT { settings.real("validation") } else { 0.0 };
    Data {
        is_cut: S::IS_CUT,
        is_normalised: false,
        parts: Box::new(move |settings| {
            let (train, validation) = cut(settings, part(settings))?;
            Ok(Parts {
                train: to_train_with(train, settings),
                validation: in_order(validation, settings),
                keep: Box::new(|_| Ok(())),
            })
        }),
        judged: Box::new(move |settings, _, which| {
            if which == Which::Validation || !S::IS_CUT {
                return Ok(in_order(cut(settings, part(settings))?.1, settings).into());
            }
            Ok(in_order(cut(settings, 0.0)?.0, settings).into())
        }),
        classes: Box::new(|_| Ok(Vec::new())),
    }
}

/// Files in the folders of their classes.
pub trait OfFolder<B> {
    /// The functions of the program.
    fn data(&self) -> Data<B>;
}

/// Data of any type.
pub trait OfAny<B> {
    /// The functions of the program; they are handed out once.
    fn data(&self) -> Data<B>;
}

impl<B, S> OfAny<B> for &Reader<S, B> {
    fn data(&self) -> Data<B> {
        self.plain.take().expect("a program asks once")
    }
}

/// A data set of any type, so that a program has one type of loader.
type AnyDataset<S> = Arc<dyn Dataset<Sample = S>>;

/// Batches in an order of their own for each epoch.
fn to_train_with<D: Dataset>(data: D, settings: &Settings) -> Box<dyn Source<<D::Sample as Sample>::Batch>> {
    Box::new(loader(Arc::new(data), settings).shuffle(settings.whole("seed")))
}

fn in_order<D: Dataset>(data: D, settings: &Settings) -> Box<dyn Source<<D::Sample as Sample>::Batch>> {
    Box::new(loader(Arc::new(data), settings))
}

fn loader<S: Sample>(data: AnyDataset<S>, settings: &Settings) -> Loader<AnyDataset<S>> {
    Loader::new(data, settings.whole("batch") as usize).workers(settings.whole("workers") as usize)
}
