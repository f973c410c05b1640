//! Folders of images, a folder for each class.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use image::{DynamicImage, ImageReader};
use macrograd_runtime::{Const, Tensor};

use super::augment::{Image, crop_planes, resize_planes};
use super::class_folder::{ClassFolder, InClassFolders};
use super::idx::bad_file;
use super::{Dataset, augment};
use crate::Error;

/// Endings of the files that are taken for images.
const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "webp", "bmp"];

/// What becomes of images that have another size than the type says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// They are an error, which names the file and both sizes.
    #[default]
    Exact,
    /// They are resized, whatever their proportions.
    Stretch,
    /// They are resized so that they cover the size, and what is outside at two sides is cut off.
    Crop,
}

/// Images in the folders of their classes, `folder/cat/7.png`: PNG, JPEG, WebP and BMP. Samples are images with values
/// from 0 to 1 and the numbers of their classes, which are sorted by name.
///
/// `C` channels are 1 (grey), 3 (red, green, blue) or 4 (with opacity); images are converted. Files are found when the
/// folder is opened and read when they are asked for, so a [`Loader`](super::Loader) decodes them on its threads. Decoding is
/// what takes most time, so let it have several [`workers`](super::Loader::workers).
///
/// ```no_run
/// use macrograd::data::{Dataset, Fit, ImageFolder, Loader, augment};
///
/// let data = ImageFolder::<3, 32, 32>::open("pets")?.fit(Fit::Crop);
/// println!("{} images of {:?}", data.len(), data.classes());
/// let (validation, train) = data.split(0.2, /* seed */ 7);
/// let train = train.augment(|(image, label), random| (augment::flip(image, random), label));
/// for batch in Loader::new(train, 64).shuffle(/* seed */ 7).workers(4).epoch(0) {
///     let (images, labels) = batch?;
///     assert_eq!(images.shape().0, labels.numel());
/// }
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder<const C: usize, const H: usize, const W: usize> {
    folder: ClassFolder,
    fit: Fit,
}

impl<const C: usize, const H: usize, const W: usize> ImageFolder<C, H, W> {
    /// Finds the images of a folder, at any depth below the folders of their classes. Names that start with a point are
    /// passed over. One image, or a folder of images that holds no folders, can be opened, too; it has no classes, so that
    /// there is something to predict but nothing to learn: its samples are errors.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder cannot be opened; [`Error::BadFile`] when it holds neither classes nor images, or a class has no images.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = ClassFolder::open(folder.as_ref(), &ENDINGS, "images")?;
        Ok(ImageFolder { folder, fit: Fit::default() })
    }

    /// What becomes of images of another size.
    #[must_use]
    pub fn fit(mut self, fit: Fit) -> Self {
        self.fit = fit;
        self
    }

    /// Names of the classes, in the order of their numbers.
    pub fn classes(&self) -> &[String] {
        self.folder.classes()
    }

    /// The class of each image, 0 where there are none: what [`split`](super::split) divides by.
    pub fn labels(&self) -> Vec<u32> {
        (0..self.len()).map(|index| self.folder.number(index)).collect()
    }

    /// The file of an image.
    ///
    /// # Panics
    /// When the index is not below the number of images.
    #[track_caller]
    pub fn path(&self, index: usize) -> &Path {
        self.folder.path(index)
    }
}

impl<const C: usize, const H: usize, const W: usize> Dataset for ImageFolder<C, H, W> {
    type Sample = (augment::Image<C, H, W>, u32);

    fn len(&self) -> usize {
        self.folder.len()
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        let label = self.folder.label(index)?;
        Ok((read_image(self.folder.path(index), self.fit)?, label))
    }
}

impl<const C: usize, const H: usize, const W: usize> InClassFolders for ImageFolder<C, H, W> {
    fn class_folder(&self) -> &ClassFolder {
        &self.folder
    }

    fn class_folder_mut(&mut self) -> &mut ClassFolder {
        &mut self.folder
    }

    fn file_of_sample(&self, index: usize) -> usize {
        index
    }
}

/// Reads one image with values from 0 to 1, such as one whose class is to be predicted. The format is seen from the content,
/// not from the name.
///
/// # Numerics
/// Grey is made of colours as PIL does it (ITU-R BT.601, rounded to 8 bits); resizing is that of
/// [`augment::transform::resize`], on reals.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is no image or damaged, or has another size, if
/// `fit` is [`Fit::Exact`].
pub fn read_image<const C: usize, const H: usize, const W: usize>(
    path: impl AsRef<Path>,
    fit: Fit,
) -> Result<Image<C, H, W>, Error> {
    const { assert!(C == 1 || C == 3 || C == 4, "images have 1, 3 or 4 channels") };
    const { assert!(H > 0 && W > 0, "images have at least one pixel") };
    let path = path.as_ref();
    let decoded = decode(path)?;
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    if fit == Fit::Exact && (height, width) != (H, W) {
        let problem = format!(
            "the image has {height}x{width} pixels (rows and columns), but the type says {H}x{W}; say what becomes of it by \
             `.fit(Fit::Crop)` or `.fit(Fit::Stretch)`"
        );
        return Err(bad_file(path, problem));
    }
    let (planes, size) = (planes_of::<C>(decoded), (height, width));
    let planes = match fit {
        _ if size == (H, W) => planes,
        Fit::Exact | Fit::Stretch => resize_planes(&planes, C, size, (H, W)),
        Fit::Crop => {
            let (place, part) = covered(size, (H, W));
            resize_planes(&crop_planes(&planes, C, size, place, part), C, part, (H, W))
        }
    };
    Ok(Tensor::from_vec((Const, Const, Const), planes))
}

fn decode(path: &Path) -> Result<DynamicImage, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let file = File::open(path).map_err(failed)?;
    let reader = ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(failed)?;
    if reader.format().is_none() {
        let problem = "this is not an image in PNG, JPEG, WebP or BMP; convert it, or remove the file";
        return Err(bad_file(path, problem.to_owned()));
    }
    let decoded = reader.decode().map_err(|error| {
        bad_file(
            path,
            format!("the image cannot be decoded ({error}); fetch or convert it again, or remove the file"),
        )
    })?;
    if decoded.width() == 0 || decoded.height() == 0 {
        return Err(bad_file(path, "the image has no pixels; remove the file".to_owned()));
    }
    Ok(decoded)
}

/// The largest part in the middle with the proportions of a size: its corner and its own size.
fn covered(
    (height, width): (usize, usize),
    (rows, columns): (usize, usize),
) -> ((usize, usize), (usize, usize)) {
    // Whole numbers: `height / width` against `rows / columns`.
    let part = if height * columns > width * rows {
        ((width * rows / columns).max(1), width)
    } else {
        (height, (height * columns / rows).max(1))
    };
    (((height - part.0) / 2, (width - part.1) / 2), part)
}

/// Values from 0 to 1, channel by channel.
fn planes_of<const C: usize>(decoded: DynamicImage) -> Vec<f32> {
    let bytes = match C {
        1 => match decoded {
            DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_) => decoded.into_luma8().into_raw(),
            DynamicImage::ImageLumaA8(_) | DynamicImage::ImageLumaA16(_) => decoded.into_luma8().into_raw(),
            _ => decoded.into_rgb8().into_raw().chunks_exact(3).map(grey).collect(),
        },
        3 => decoded.into_rgb8().into_raw(),
        _ => decoded.into_rgba8().into_raw(),
    };
    let channel = |channel: usize| bytes.iter().skip(channel).step_by(C);
    (0..C).flat_map(channel).map(|&byte| f32::from(byte) / 255.0).collect()
}

fn grey(rgb: &[u8]) -> u8 {
    // 0.299, 0.587 and 0.114 of 65536, rounded.
    let sum = [19_595, 38_470, 7_471].iter().zip(rgb).map(|(weight, &x)| weight * u32::from(x)).sum::<u32>();
    ((sum + 0x8000) >> 16) as u8
}
