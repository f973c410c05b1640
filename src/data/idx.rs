//! IDX files, plain or gzipped: the format of MNIST and its successors.
//!
//! A file is two zero bytes, the element type, the number of dimensions, the size of each dimension as a big-endian
//! 32-bit integer, then the elements in row-major order. Only unsigned bytes (type 8) are read. Whether a file is
//! gzipped is seen from its first bytes, not from its name.
//!
//! # Source
//! Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats".

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use macrograd_runtime::Error;

/// Element type of unsigned bytes.
const UNSIGNED_BYTE: u8 = 8;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Grey images of one size, as an IDX file holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Number of images.
    pub count: usize,
    /// Rows of each image.
    pub height: usize,
    /// Columns of each image.
    pub width: usize,
    /// Brightness from 0 to 255; image by image, row by row.
    pub pixels: Vec<u8>,
}

/// Reads a file of images: three dimensions, `[count, height, width]`.
///
/// ```no_run
/// let images = macrograd::data::idx::read_images("train-images-idx3-ubyte.gz")?;
/// println!("{} images of {}x{} pixels", images.count, images.height, images.width);
/// # Ok::<(), macrograd::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is not an IDX file of unsigned bytes, has
/// another number of dimensions, ends too early, goes on after its last element, or is a damaged gzip stream.
pub fn read_images(path: impl AsRef<Path>) -> Result<Images, Error> {
    let path = path.as_ref();
    parse_images(open(path)?, path)
}

/// Reads a file of labels: one dimension.
///
/// # Errors
/// As for [`read_images`].
pub fn read_labels(path: impl AsRef<Path>) -> Result<Vec<u8>, Error> {
    let path = path.as_ref();
    parse_labels(open(path)?, path)
}

/// As [`read_images`], from any reader; `path` is what errors name.
pub(super) fn parse_images(reader: impl BufRead, path: &Path) -> Result<Images, Error> {
    let ([count, height, width], pixels) = parse(reader, path, "images")?;
    Ok(Images { count, height, width, pixels })
}

/// As [`read_labels`], from any reader; `path` is what errors name.
pub(super) fn parse_labels(reader: impl BufRead, path: &Path) -> Result<Vec<u8>, Error> {
    let ([_], labels) = parse(reader, path, "labels")?;
    Ok(labels)
}

fn open(path: &Path) -> Result<BufReader<File>, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let file = File::open(path).map_err(failed)?;
    // Opening a folder succeeds on Unix, and the first read would fail with a message that names neither.
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(bad_file(path, "this is a folder; give the path of one IDX file".to_string()));
    }
    Ok(BufReader::new(file))
}

/// Dimensions and elements of a file that must hold `RANK` dimensions; `content` is "images" or "labels".
fn parse<const RANK: usize>(
    mut reader: impl BufRead,
    path: &Path,
    content: &str,
) -> Result<([usize; RANK], Vec<u8>), Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    if reader.fill_buf().map_err(failed)?.starts_with(&GZIP_MAGIC) {
        parse_plain(MultiGzDecoder::new(reader), path, content, true)
    } else {
        parse_plain(reader, path, content, false)
    }
}

fn parse_plain<const RANK: usize>(
    mut reader: impl Read,
    path: &Path,
    content: &str,
    gzipped: bool,
) -> Result<([usize; RANK], Vec<u8>), Error> {
    let failed = |source| read_error(path, source, gzipped);
    let mut header = Vec::new();
    reader.by_ref().take(4 + 4 * RANK as u64).read_to_end(&mut header).map_err(failed)?;
    check_magic::<RANK>(&header, path, content)?;
    let dimensions: [usize; RANK] = std::array::from_fn(|axis| {
        let at = 4 + 4 * axis;
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize
    });
    let Some(expected) = dimensions.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))
    else {
        return Err(bad_file(
            path,
            format!(
                "its header declares the impossible shape {dimensions:?}; the file is damaged, fetch it again"
            ),
        ));
    };
    // The vector grows with what is really there, so a false header cannot make us ask for memory.
    let mut elements = Vec::new();
    reader.by_ref().take(expected as u64).read_to_end(&mut elements).map_err(failed)?;
    if elements.len() < expected {
        return Err(bad_file(
            path,
            format!(
                "the file is truncated: its header declares {content} of shape {dimensions:?}, {expected} bytes, but \
                 {} bytes follow; fetch it again",
                elements.len()
            ),
        ));
    }
    let trailing = io::copy(&mut reader, &mut io::sink()).map_err(failed)?;
    if trailing > 0 {
        return Err(bad_file(
            path,
            format!(
                "{trailing} bytes follow the {expected} bytes of {content} that its header declares (shape \
                 {dimensions:?}); the file is damaged or was put together wrongly, fetch it again"
            ),
        ));
    }
    elements.shrink_to_fit();
    Ok((dimensions, elements))
}

/// Checks the first bytes of a file that must hold unsigned bytes in `RANK` dimensions.
fn check_magic<const RANK: usize>(header: &[u8], path: &Path, content: &str) -> Result<(), Error> {
    let wanted = 4 + 4 * RANK;
    let magic = match header {
        [a, b, c, d, ..] => [*a, *b, *c, *d],
        _ => {
            return Err(bad_file(
                path,
                format!(
                    "the file is truncated: an IDX file of {content} starts with a header of {wanted} bytes, but it \
                     has {}; fetch it again",
                    header.len()
                ),
            ));
        }
    };
    let [zero, also_zero, element_type, rank] = magic;
    let found = u32::from_be_bytes(magic);
    let expected = u32::from_be_bytes([0, 0, UNSIGNED_BYTE, RANK as u8]);
    let problem = if zero != 0 || also_zero != 0 {
        format!(
            "not an IDX file: it starts with {found:#010x}, an IDX file of {content} with {expected:#010x}; check that \
             the download is complete and is not a web page or another archive"
        )
    } else if element_type != UNSIGNED_BYTE {
        format!(
            "its elements are {} (type {element_type:#04x}), but {content} must be unsigned bytes (type 0x08); \
             convert the file",
            element_type_name(element_type)
        )
    } else if usize::from(rank) != RANK {
        let hint = match rank {
            1 => "this is a file of labels",
            3 => "this is a file of images",
            _ => "this is another kind of file",
        };
        format!(
            "wrong magic number {found:#010x} ({rank} dimensions): a file of {content} starts with {expected:#010x} \
             ({RANK}); {hint}, give the path of the {content}"
        )
    } else if header.len() < wanted {
        format!("the file is truncated: its header has {} bytes of {wanted}; fetch it again", header.len())
    } else {
        return Ok(());
    };
    Err(bad_file(path, problem))
}

fn element_type_name(element_type: u8) -> &'static str {
    match element_type {
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => "of an unknown type",
    }
}

/// The decoder reports damage as an I/O error; the file system did nothing wrong then.
fn read_error(path: &Path, source: io::Error, gzipped: bool) -> Error {
    match source.kind() {
        io::ErrorKind::UnexpectedEof if gzipped => {
            bad_file(path, "the gzip stream is truncated; fetch the file again".to_string())
        }
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput if gzipped => {
            bad_file(path, format!("the gzip stream is damaged ({source}); fetch the file again"))
        }
        _ => Error::Io { action: "read", path: path.to_path_buf(), source },
    }
}

pub(super) fn bad_file(path: &Path, problem: String) -> Error {
    Error::BadFile { path: path.to_path_buf(), problem }
}
