//! NumPy's files of one array, `.npy`.
//!
//! Formats 1.0 to 3.0 are read, in any byte order; arrays in Fortran's order, whose first axis varies fastest, are brought
//! into row-major order. Elements are booleans, whole numbers and reals; `float16` needs the feature `half`. The type of
//! the tensor says what is expected, and a file that holds something else is an error with both:
//!
//! ```
//! use macrograd::data::npy;
//! use macrograd::{Tensor, shape};
//! # let path = std::env::temp_dir().join(format!("macrograd-doc-{}.npy", std::process::id()));
//!
//! let points = Tensor::from_vec((2, macrograd::Const::<3>), vec![0.0_f32, 1.0, 2.0, 3.0, 4.0, 5.0]);
//! npy::write(&path, &points)?; // np.load(path) in Python
//! let read: Tensor<f32, shape![usize, 3]> = npy::read(&path)?;
//! assert_eq!(read, points);
//! # std::fs::remove_file(&path).unwrap();
//! # Ok::<(), macrograd::Error>(())
//! ```
//!
//! # Source
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

mod element;
mod header;

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use macrograd_runtime::{Error, Shape, Tensor};

use super::idx::bad_file;
use crate::replace::replace;
pub use element::NpyElement;
use header::Header;

/// Reads a file as a tensor.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::BadFile`] when it is not a `.npy` file, is damaged, or holds
/// elements of another type or an array of another shape.
pub fn read<T: NpyElement, S: Shape>(path: impl AsRef<Path>) -> Result<Tensor<T, S>, Error> {
    let path = path.as_ref();
    parse(&mut open(path)?, path)
}

/// As [`read`], from any reader; `path` is what errors name.
pub(super) fn parse<T: NpyElement, S: Shape>(
    reader: &mut (impl Read + ?Sized),
    path: &Path,
) -> Result<Tensor<T, S>, Error> {
    let (sizes, elements) = parse_vec(reader, path)?;
    let Some(shape) = S::from_sizes(&sizes) else {
        let wanted = std::any::type_name::<S>().replace("macrograd_runtime::tensor::", "");
        let literal: Vec<String> = sizes.iter().map(usize::to_string).collect();
        let problem = format!(
            "its array has shape {sizes:?}, but a tensor of shape {wanted} is asked for; ask for `shape![{}]`, or \
             reshape the array in Python",
            literal.join(", ")
        );
        return Err(bad_file(path, problem));
    };
    Tensor::try_from_vec(shape, elements)
}

/// Reads a file of any shape: the sizes of its axes, and its elements in row-major order.
///
/// # Errors
/// As for [`read`], except for the shape.
pub fn read_vec<T: NpyElement>(path: impl AsRef<Path>) -> Result<(Vec<usize>, Vec<T>), Error> {
    let path = path.as_ref();
    parse_vec(&mut open(path)?, path)
}

fn open(path: &Path) -> Result<BufReader<File>, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let file = File::open(path).map_err(failed)?;
    // Opening a folder succeeds on Unix, and the first read would fail with a message that names neither.
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(bad_file(path, "this is a folder; give the path of one .npy file".to_string()));
    }
    Ok(BufReader::new(file))
}

/// As [`read_vec`], from any reader.
pub(super) fn parse_vec<T: NpyElement>(
    reader: &mut (impl Read + ?Sized),
    path: &Path,
) -> Result<(Vec<usize>, Vec<T>), Error> {
    let header = Header::read(reader, path)?;
    header.check_type::<T>(path)?;
    let bytes = read_elements(reader, &header, size_of::<T>(), path)?;
    let elements: Vec<T> = if header.big_endian {
        let mut bytes = bytes;
        bytes.chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
        bytes.chunks_exact(size_of::<T>()).map(T::from_le).collect()
    } else {
        bytes.chunks_exact(size_of::<T>()).map(T::from_le).collect()
    };
    let elements = if header.fortran_order { row_major(&elements, &header.shape) } else { elements };
    Ok((header.shape, elements))
}

/// Writes a tensor in format 1.0, little-endian and in row-major order. The file is written beside its final place and
/// renamed when it is complete; the folder must exist.
///
/// # Errors
/// [`Error::Io`] when the file cannot be created, written or put in place.
pub fn write<T: NpyElement, S: Shape>(path: impl AsRef<Path>, tensor: &Tensor<T, S>) -> Result<(), Error> {
    let header = header::text::<T>(tensor.shape().sizes().as_ref());
    replace(path.as_ref(), |out| {
        out.write_all(&header)?;
        let mut bytes = Vec::new();
        for &element in tensor.as_slice() {
            bytes.clear();
            element.push_le(&mut bytes);
            out.write_all(&bytes)?;
        }
        Ok(())
    })
}

/// A tensor as a whole file in memory.
#[cfg(feature = "npz")]
pub(super) fn bytes<T: NpyElement, S: Shape>(tensor: &Tensor<T, S>) -> Vec<u8> {
    let mut bytes = header::text::<T>(tensor.shape().sizes().as_ref());
    tensor.as_slice().iter().for_each(|&element| element.push_le(&mut bytes));
    bytes
}

/// The bytes of all elements, exactly as many as the header says.
fn read_elements(
    reader: &mut (impl Read + ?Sized),
    header: &Header,
    element_bytes: usize,
    path: &Path,
) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let shape = &header.shape;
    // Without its zeros, so that nothing that multiplies sizes overflows, in whatever order.
    let product = shape
        .iter()
        .filter(|&&size| size > 0)
        .try_fold(element_bytes, |bytes, &size| bytes.checked_mul(size));
    let Some(product) = product else {
        return Err(bad_file(
            path,
            format!("its header declares the impossible shape {shape:?}; the file is damaged, save it again"),
        ));
    };
    let expected = if shape.contains(&0) { 0 } else { product };
    // The vector grows with what is really there, so a false header cannot make us ask for memory.
    let mut bytes = Vec::new();
    reader.take(expected as u64).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() < expected {
        return Err(bad_file(
            path,
            format!(
                "the file is truncated: its header declares an array of shape {shape:?}, {expected} bytes, but {} bytes \
                 follow; save or copy it again",
                bytes.len()
            ),
        ));
    }
    let trailing = io::copy(reader, &mut io::sink()).map_err(failed)?;
    if trailing > 0 {
        return Err(bad_file(
            path,
            format!(
                "{trailing} bytes follow the {expected} bytes that its header declares (shape {shape:?}); save one array \
                 to a file"
            ),
        ));
    }
    Ok(bytes)
}

/// The elements of an array whose first axis varies fastest, in the order in which the last one does.
fn row_major<T: Copy>(elements: &[T], shape: &[usize]) -> Vec<T> {
    let strides: Vec<usize> = shape
        .iter()
        .scan(1, |stride, &size| {
            let this = *stride;
            *stride *= size;
            Some(this)
        })
        .collect();
    let (mut index, mut place) = (vec![0; shape.len()], 0);
    let mut result = Vec::with_capacity(elements.len());
    for _ in 0..elements.len() {
        result.push(elements[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    result
}
