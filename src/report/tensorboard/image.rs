//! Images as PNG.

use png::{BitDepth, ColorType, Encoder};

use super::proto::Image;

/// The image of `channels` 1 or 3 in planes of `height` x `width` values; none when the encoder refuses its size.
pub fn encode(planes: &[f32], channels: usize, height: usize, width: usize) -> Option<Image> {
    let pixels = height * width;
    let mut bytes = Vec::with_capacity(planes.len());
    for pixel in 0..pixels {
        // A cast takes NaN to 0.
        bytes.extend((0..channels).map(|channel| (planes[channel * pixels + pixel] * 255.0).round() as u8));
    }
    let color = if channels == 1 { ColorType::Grayscale } else { ColorType::Rgb };
    let mut encoded = Vec::new();
    let mut encoder = Encoder::new(&mut encoded, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&bytes).ok()?;
    writer.finish().ok()?;
    Some(Image {
        height: i32::try_from(height).ok()?,
        width: i32::try_from(width).ok()?,
        colorspace: i32::try_from(channels).ok()?,
        encoded_image_string: encoded,
    })
}
