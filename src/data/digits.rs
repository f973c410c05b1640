//! Handwritten digits of 8x8 pixels.

use super::Split;
use super::folder::{embedded, embedded_files};

/// The brightest pixel: each counts the black dots in a 4x4 block of the scan.
const WHITE: u8 = 16;

/// 1,797 handwritten digits of 8x8 pixels, for models that train in a second.
///
/// # Source
/// E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits" (test set), UCI Machine Learning Repository,
/// 1998, <https://doi.org/10.24432/C50P49>, CC BY 4.0, as distributed with scikit-learn.
#[derive(Clone, Copy, Debug)]
pub struct Digits;

impl Digits {
    /// Names of the classes, by label.
    pub const CLASSES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// The data set, which comes with the library: 1,500 images to train and 297 to test, in a fixed mixed order.
    /// Pixels are whole numbers from 0 to 16 and reach batches as 0 to 1.
    ///
    /// ```
    /// use macrograd::data::Digits;
    ///
    /// let data = Digits::embedded();
    /// assert_eq!((data.train.len(), data.test.len()), (1_500, 297));
    /// ```
    pub fn embedded() -> Split<8, 8> {
        let Split { train, test } = embedded(embedded_files!("digits"), Self::CLASSES.len());
        Split { train: train.white(WHITE), test: test.white(WHITE) }
    }
}
