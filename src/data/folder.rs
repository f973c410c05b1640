//! Folders of IDX files in the naming of MNIST.

use std::io;
use std::path::{Path, PathBuf};

use macrograd_runtime::Error;

use super::idx::{self, Images, bad_file};
use super::image_dataset::num_classes_of;
use super::{ImageDataset, Split};

/// Folders that hold a data set as MNIST does, such as MNIST itself, Fashion-MNIST, KMNIST or one's own: the files
/// `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each
/// plain or with `.gz`, also spelt `train-images.idx3-ubyte`.
#[derive(Clone, Copy, Debug)]
pub struct MnistFolder;

impl MnistFolder {
    /// Reads the four files of a folder. There are as many classes as the greatest label of both halves plus one.
    ///
    /// ```no_run
    /// use macrograd::data::{MnistFolder, Split};
    ///
    /// let data: Split<28, 28> = MnistFolder::open("datasets/kmnist")?;
    /// # Ok::<(), macrograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] when the folder does not exist or a file cannot be read; [`Error::BadFile`] when files are
    /// missing (with the names tried) or their contents are wrong, as for [`ImageDataset::open`].
    pub fn open<const H: usize, const W: usize>(folder: impl AsRef<Path>) -> Result<Split<H, W>, Error> {
        open_folder(folder.as_ref(), None)
    }
}

/// The data set of a folder, with the given number of classes or as many as the labels need.
pub(super) fn open_folder<const H: usize, const W: usize>(
    folder: &Path,
    num_classes: Option<usize>,
) -> Result<Split<H, W>, Error> {
    let [train_images, train_labels, test_images, test_labels] = find_files(folder)?;
    let train = Half::read(train_images, train_labels)?;
    let test = Half::read(test_images, test_labels)?;
    let num_classes =
        num_classes.unwrap_or_else(|| num_classes_of(&train.labels).max(num_classes_of(&test.labels)));
    Ok(Split { train: train.into_dataset(num_classes)?, test: test.into_dataset(num_classes)? })
}

/// Two files as read.
struct Half {
    images: Images,
    images_path: PathBuf,
    labels: Vec<u8>,
    labels_path: PathBuf,
}

impl Half {
    fn read(images_path: PathBuf, labels_path: PathBuf) -> Result<Half, Error> {
        let images = idx::read_images(&images_path)?;
        let labels = idx::read_labels(&labels_path)?;
        Ok(Half { images, images_path, labels, labels_path })
    }

    fn into_dataset<const H: usize, const W: usize>(
        self,
        num_classes: usize,
    ) -> Result<ImageDataset<H, W>, Error> {
        ImageDataset::from_files(self.images, &self.images_path, self.labels, &self.labels_path, num_classes)
    }
}

/// The names under which a file is looked for, in this order.
fn spellings(half: &str, content: &str) -> [String; 4] {
    let kind = if content == "images" { "idx3" } else { "idx1" };
    [
        format!("{half}-{content}-{kind}-ubyte"),
        format!("{half}-{content}-{kind}-ubyte.gz"),
        format!("{half}-{content}.{kind}-ubyte"),
        format!("{half}-{content}.{kind}-ubyte.gz"),
    ]
}

/// Images and labels for training, images and labels for testing.
fn find_files(folder: &Path) -> Result<[PathBuf; 4], Error> {
    const FILES: [(&str, &str); 4] =
        [("train", "images"), ("train", "labels"), ("t10k", "images"), ("t10k", "labels")];
    check_folder(folder)?;
    let mut missing = Vec::new();
    let found = FILES.map(|(half, content)| {
        let names = spellings(half, content);
        let path = names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        if path.is_none() {
            missing.push(format!("no file of {half} {content} (tried {})", quoted(&names)));
        }
        path.unwrap_or_default()
    });
    if missing.is_empty() {
        return Ok(found);
    }
    Err(bad_file(
        folder,
        format!("{}; put the files there, or give the folder that has them", missing.join("; ")),
    ))
}

fn check_folder(folder: &Path) -> Result<(), Error> {
    let remedy = "give the folder that holds `train-images-idx3-ubyte.gz` and its three companions";
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(bad_file(folder, format!("this is not a folder; {remedy}"))),
        Err(error) => {
            let source = io::Error::new(error.kind(), format!("{error}; {remedy}"));
            Err(Error::Io { action: "open the folder", path: folder.to_path_buf(), source })
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The data set of files that lie inside the library.
#[cfg(feature = "embedded-data")]
pub(super) fn embedded<const H: usize, const W: usize>(
    files: [(&str, &[u8]); 4],
    num_classes: usize,
) -> Split<H, W> {
    fn read(images: (&str, &[u8]), labels: (&str, &[u8])) -> Result<Half, Error> {
        let (images_path, labels_path) = (PathBuf::from(images.0), PathBuf::from(labels.0));
        Ok(Half {
            images: idx::parse_images(images.1, &images_path)?,
            labels: idx::parse_labels(labels.1, &labels_path)?,
            images_path,
            labels_path,
        })
    }
    let [train_images, train_labels, test_images, test_labels] = files;
    let open = |images, labels| read(images, labels)?.into_dataset(num_classes);
    let invariant = "embedded files are fixed when the library is built, and its tests open them";
    Split {
        train: open(train_images, train_labels).expect(invariant),
        test: open(test_images, test_labels).expect(invariant),
    }
}

/// The four files of a folder below `data/`, inside the library.
#[cfg(feature = "embedded-data")]
macro_rules! embedded_files {
    ($folder:literal) => {{
        macro_rules! file {
            ($name:literal) => {
                (
                    concat!("embedded ", $folder, "/", $name),
                    include_bytes!(concat!("../../data/", $folder, "/", $name)).as_slice(),
                )
            };
        }
        [
            file!("train-images-idx3-ubyte.gz"),
            file!("train-labels-idx1-ubyte.gz"),
            file!("t10k-images-idx3-ubyte.gz"),
            file!("t10k-labels-idx1-ubyte.gz"),
        ]
    }};
}
#[cfg(feature = "embedded-data")]
pub(super) use embedded_files;
