//! Samples that a model gets wrong, with a picture where they are one.

use super::escaped;

/// An image of one or three channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Red, green and blue of each pixel, row by row.
    pub pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// An image as a model takes it, `[C, H, W]` with one or three channels: the smallest value becomes black and the
    /// largest white, since images are often shifted and scaled. `None` for other shapes.
    pub fn of(shape: &[usize], values: &[f32]) -> Option<Picture> {
        let &[channels, height, width] = shape else { return None };
        let plane = height * width;
        if !matches!(channels, 1 | 3) || plane == 0 || values.len() != channels * plane {
            return None;
        }
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (low, high) =
            (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
        let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
        let byte = |value: f32| ((value - low) * scale).round() as u8;
        let pixel =
            |at: usize| std::array::from_fn(|channel| byte(values[(channel % channels) * plane + at]));
        Some(Picture { height, width, pixels: (0..plane).map(pixel).collect() })
    }

    /// As an address that holds the image itself.
    fn to_url(&self) -> String {
        format!("data:image/bmp;base64,{}", base64(&self.to_bmp()))
    }

    /// As a Windows bitmap: every browser shows it, and no compression is needed for so few pixels.
    fn to_bmp(&self) -> Vec<u8> {
        const HEADER: usize = 54;
        let row_len = (3 * self.width).next_multiple_of(4);
        let len = HEADER + row_len * self.height;
        let mut bytes = Vec::with_capacity(len);
        bytes.extend(b"BM");
        bytes.extend((len as u32).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend((HEADER as u32).to_le_bytes());
        // The header of the image: its own length, sizes, one plane of 24 bits, no compression, no palette.
        bytes.extend(40_u32.to_le_bytes());
        bytes.extend((self.width as i32).to_le_bytes());
        bytes.extend((self.height as i32).to_le_bytes());
        bytes.extend([1, 0, 24, 0]);
        bytes.extend([0; 24]);
        // Rows from the lowest up, blue before green before red.
        for row in self.pixels.chunks(self.width).rev() {
            let start = bytes.len();
            bytes.extend(row.iter().flat_map(|[red, green, blue]| [blue, green, red]));
            bytes.resize(start + row_len, 0);
        }
        bytes
    }
}

/// A sample whose label the model finds unlikely.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Its number.
    pub sample: usize,
    /// Its picture, if it is one.
    pub picture: Option<Picture>,
    /// Its class.
    pub label: String,
    /// The class that the model prefers.
    pub predicted: String,
    /// How likely the model finds that, from 0 to 1.
    pub confidence: f64,
}

impl Mistake {
    pub(super) fn to_html(&self) -> String {
        let Mistake { sample, label, predicted, confidence, picture } = self;
        let image = picture.as_ref().map_or(String::new(), |picture| {
            format!("<img alt=\"sample {sample}\" src=\"{}\">", picture.to_url())
        });
        let (label, predicted, percent) = (escaped(label), escaped(predicted), 100.0 * confidence);
        format!(
            "<figure>{image}<figcaption>sample {sample}: {label}, taken for <b>{predicted}</b> ({percent:.0} %)\
             </figcaption></figure>\n"
        )
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, at| word << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let is_padding = digit > group.len();
            let at = (word >> (18 - 6 * digit)) & 63;
            text.push(if is_padding { '=' } else { char::from(BASE64[at as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        for (text, encoded) in cases {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn pictures_take_the_whole_range() {
        let picture = Picture::of(&[1, 1, 3], &[-1.0, 0.0, 1.0]).unwrap();
        assert_eq!(picture.pixels, [[0; 3], [128; 3], [255; 3]]);
        let colours = Picture::of(&[3, 1, 1], &[0.0, 1.0, 2.0]).unwrap();
        assert_eq!(colours.pixels, [[0, 128, 255]]);
        assert_eq!(Picture::of(&[1, 1, 2], &[3.0, 3.0]).unwrap().pixels, [[0; 3]; 2]);
        for shape in [&[2, 1, 1][..], &[1, 2], &[1, 0, 4]] {
            assert!(Picture::of(shape, &[0.0, 0.0]).is_none(), "{shape:?}");
        }
        // Rows end at a multiple of four bytes.
        assert_eq!(picture.to_bmp().len(), 54 + 12);
        assert_eq!(&picture.to_bmp()[54..], [0, 0, 0, 128, 128, 128, 255, 255, 255, 0, 0, 0]);
    }
}
