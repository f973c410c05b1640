//! NumPy's files: those of NumPy itself (`golden/npy.py`), those written here, and damaged ones.

mod folder;

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use folder::Folder;
use macrograd::data::npy::{self, NpyElement};
use macrograd::{Const, Error, Shape, Tensor, f16, shape};
use macrograd_runtime::random::Philox;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/npy").join(name)
}

/// A file of format 1.0 with this dictionary.
fn file(dictionary: &str, elements: &[u8]) -> Vec<u8> {
    let length = (dictionary.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], dictionary.as_bytes(), elements].concat()
}

/// The text of an error about contents, which must name the file and hold each of the fragments.
#[track_caller]
fn assert_says<T: Debug>(result: Result<T, Error>, path: &Path, fragments: &[&str]) {
    let error = result.expect_err("the file is wrong");
    assert!(matches!(error, Error::BadFile { .. }), "{error:?}");
    let text = error.to_string();
    for fragment in [path.to_str().expect("a readable path")].iter().chain(fragments) {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

/// NumPy's file of a type, and the same after it was written here.
#[track_caller]
fn assert_reads<T: NpyElement + PartialEq + Debug>(folder: &Folder, name: &str, expected: [T; 6]) {
    let read: Tensor<T, shape![usize, 3]> = npy::read(golden(name)).expect("NumPy's file");
    assert_eq!((read.shape().0, read.as_slice()), (2, &expected[..]), "{name}");
    let path = folder.0.join(name);
    npy::write(&path, &read).expect("the folder is writable");
    assert_eq!(npy::read_vec(&path).expect("our own file"), (vec![2, 3], expected.to_vec()), "{name}");
}

#[test]
fn every_type_is_read_and_written() {
    let folder = Folder::new("types");
    assert_reads::<i8>(&folder, "i1.npy", [0, -1, -2, -3, -100, -7]);
    assert_reads::<i16>(&folder, "i2.npy", [0, -1, -2, -3, -100, -7]);
    assert_reads::<i32>(&folder, "i4.npy", [0, -1, -2, -3, -100, -7]);
    assert_reads::<i64>(&folder, "i8.npy", [0, -1, -2, -3, -100, -7]);
    assert_reads::<u8>(&folder, "u1.npy", [0, 1, 2, 3, 100, 7]);
    assert_reads::<u16>(&folder, "u2.npy", [0, 1, 2, 3, 100, 7]);
    assert_reads::<u32>(&folder, "u4.npy", [0, 1, 2, 3, 100, 7]);
    assert_reads::<u64>(&folder, "u8.npy", [0, 1, 2, 3, 100, 7]);
    assert_reads::<f16>(&folder, "f2.npy", [0.0, -1.0, -2.0, -3.0, -100.0, -7.0].map(f16::from_f32));
    assert_reads::<f32>(&folder, "f4.npy", [0.0, -1.0, -2.0, -3.0, -100.0, -7.0]);
    assert_reads::<f64>(&folder, "f8.npy", [0.0, -1.0, -2.0, -3.0, -100.0, -7.0]);
    assert_eq!(npy::read_vec(golden("b1.npy")).expect("NumPy's file"), (vec![3], vec![true, false, true]));
}

#[test]
fn byte_order_memory_order_and_versions_make_no_difference() {
    let big: Tensor<i32, (usize,)> = npy::read(golden("big_i4.npy")).expect("NumPy's file");
    assert_eq!(big.as_slice(), [1, -2, 70000]);
    let big: Tensor<f64, (Const<2>,)> = npy::read(golden("big_f8.npy")).expect("NumPy's file");
    assert_eq!(big.as_slice(), [0.5, -1e300]);
    let fortran: Tensor<f32, shape![2, 3, 4]> = npy::read(golden("fortran.npy")).expect("NumPy's file");
    assert_eq!(fortran.as_slice(), (0..24).map(|value| value as f32).collect::<Vec<_>>());
    for version in ["version2.npy", "version3.npy"] {
        assert_eq!(npy::read_vec(golden(version)).expect("NumPy's file"), (vec![4], vec![0_u16, 1, 2, 3]));
    }
}

#[test]
fn scalars_and_empty_arrays_are_arrays() {
    let folder = Folder::new("edges");
    let scalar: Tensor<f64, ()> = npy::read(golden("scalar.npy")).expect("NumPy's file");
    assert_eq!(scalar.item(), 2.5);
    let empty: Tensor<f32, (usize, usize)> = npy::read(golden("empty.npy")).expect("NumPy's file");
    assert_eq!(empty.shape(), (3, 0));
    fn again<S: Shape>(path: &Path, tensor: &Tensor<f64, S>) {
        npy::write(path, tensor).expect("the folder is writable");
        let read: Tensor<f64, S> = npy::read(path).expect("our own file");
        assert_eq!(read.as_slice(), tensor.as_slice());
    }
    again(&folder.0.join("a.npy"), &scalar);
    // Replaces the first one.
    again(&folder.0.join("a.npy"), &Tensor::<f64, (usize, usize)>::zeros((0, 5)));
    again(&folder.0.join("a.npy"), &Tensor::<f64, _>::zeros((1, 2, 1, 2, 1, 2, 1, 2)));
    assert_eq!(fs::read_dir(&folder.0).expect("our folder").count(), 1, "nothing is left aside");
}

#[test]
fn what_was_asked_for_and_what_is_there_are_both_named() {
    let path = golden("f8.npy");
    assert_says(
        npy::read::<f32, (usize, usize)>(&path),
        &path,
        &["its elements are f64, but f32 is asked for", "ask for `f64`", "`.astype(np.float32)`"],
    );
    let wrong = npy::read::<f64, shape![usize, 4]>(&path);
    assert_says(wrong, &path, &["shape [2, 3]", "(usize, Const<4>)", "ask for `shape![2, 3]`"]);
    let half = golden("f2.npy");
    assert_says(npy::read_vec::<f32>(&half), &half, &["ask for `f16` with the feature `half`"]);
    for (name, fragment) in [
        ("structured.npy", "structured, with several fields"),
        ("object.npy", "Python objects (`O`)"),
        ("text.npy", "texts (`U2`)"),
        ("complex.npy", "complex numbers (`c16`)"),
    ] {
        let path = golden(name);
        assert_says(npy::read_vec::<f32>(&path), &path, &[fragment]);
    }
}

#[test]
fn other_files_are_told_apart() {
    let folder = Folder::new("other");
    let says = |content: &[u8], fragments: &[&str]| {
        let path = folder.write("file.npy", content);
        assert_says(npy::read_vec::<u8>(&path), &path, fragments);
    };
    says(b"", &["truncated", "ends inside its header"]);
    says(b"hello, world", &["not a .npy file", "np.save"]);
    says(b"PK\x03\x04zip archive", &["zip archive", "np.save"]);
    says(b"\x93NUMPY\x09\x00\x00\x00", &["its format is 9.0", "1.0, 2.0 and 3.0"]);
    says(b"\x93NUMPY\x02\x00\xff\xff\xff\xff", &["claims to have 4294967295 bytes"]);
    says(&file("{'descr': '|u1', 'shape': (1,)}", b"1"), &["its header cannot be read"]);
    says(&file("{'descr': '|u1', 'fortran_order': 1, 'shape': (1,)}", b"1"), &["its header cannot be read"]);
    let good = "{'shape': (2L, ), 'fortran_order': False, \"descr\": '|u1'}";
    assert_eq!(
        npy::read_vec(folder.write("good.npy", &file(good, b"ab"))).expect("good"),
        (vec![2], b"ab".to_vec())
    );
    says(&file(good, b"a"), &["truncated", "shape [2]", "2 bytes, but 1 bytes follow"]);
    says(&file(good, b"abc"), &["1 bytes follow the 2 bytes", "one array"]);
    assert_says(npy::read_vec::<u8>(&folder.0), &folder.0, &["this is a folder"]);
    let absent = npy::read_vec::<u8>(folder.0.join("absent.npy"));
    assert!(matches!(absent, Err(Error::Io { action: "read", .. })));
}

/// Neither takes memory before it is known to be needed.
#[test]
fn shapes_beyond_any_file_are_refused() {
    let folder = Folder::new("huge");
    for (shape, fragment) in [
        ("(1152921504606846976,)", "the file is truncated"),
        ("(1152921504606846976, 1152921504606846976)", "impossible shape"),
        ("(1152921504606846976, 1152921504606846976, 0)", "impossible shape"),
        ("(99999999999999999999999,)", "its header cannot be read"),
        ("(-1,)", "its header cannot be read"),
    ] {
        for order in ["True", "False"] {
            let header = format!("{{'descr': '<u2', 'fortran_order': {order}, 'shape': {shape}, }}");
            let path = folder.write("file.npy", &file(&header, &[1, 2]));
            assert_says(npy::read_vec::<u16>(&path), &path, &[fragment]);
        }
    }
}

#[test]
fn damaged_files_end_in_errors() {
    let folder = Folder::new("damaged");
    for name in ["fortran.npy", "f4.npy", "version3.npy"] {
        let whole = fs::read(golden(name)).expect("a golden file");
        for length in 0..whole.len() {
            let path = folder.write("cut.npy", &whole[..length]);
            assert_says(npy::read_vec::<f32>(&path), &path, &["its"]);
        }
        let mut random = Philox::new(1, 0);
        for _ in 0..600 {
            let mut flipped = whole.clone();
            for _ in 0..=random.below(3) {
                flipped[random.below(whole.len())] = random.next_u32() as u8;
            }
            let path = folder.write("flipped.npy", &flipped);
            // Some changes are of values only; no other may do more than say what is wrong.
            let result = npy::read_vec::<f32>(&path);
            assert!(matches!(result, Ok(_) | Err(Error::BadFile { .. })), "{result:?}");
        }
    }
}
