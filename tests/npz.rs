//! Archives of NumPy's arrays, as numpy writes them and as they are written here.

mod folder;

use folder::Folder;
use macrograd::data::{Philox, npz};
use macrograd::{Error, Tensor, shape};

fn path(name: &str) -> String {
    format!("{}/tests/npz/{name}.npz", env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn assert_says<T>(result: Result<T, Error>, fragments: &[&str]) {
    let text = result.err().expect("something is wrong").to_string();
    println!("{text}");
    for fragment in fragments {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

#[test]
fn archives_of_numpy_are_read() {
    for name in ["stored", "compressed"] {
        let archive = npz::Archive::open(path(name)).expect("numpy's file");
        assert_eq!(archive.names().collect::<Vec<_>>(), ["x", "y", "scalar", "big", "columns first"]);
        let x: Tensor<f32, shape![usize, 3]> = archive.read("x").expect("four rows");
        assert_eq!(x.as_slice(), (0..12).map(|i| i as f32 / 2.0).collect::<Vec<_>>());
        let y: Tensor<u8, shape![4]> = archive.read("y").expect("four labels");
        assert_eq!(y.as_slice(), [3, 1, 0, 2]);
        assert_eq!(archive.read::<f64, ()>("scalar").expect("a number").item(), 2.5);
        for name in ["big", "columns first"] {
            let (sizes, elements) = match name {
                "big" => {
                    let (sizes, elements) = archive.read_vec::<i32>(name).expect("whole numbers");
                    (sizes, elements.into_iter().map(i64::from).collect())
                }
                _ => archive.read_vec::<i64>(name).expect("whole numbers"),
            };
            assert_eq!((sizes, elements), (vec![2, 3], vec![0, 1, 2, 3, 4, 5]));
        }
        assert_says(archive.read_vec::<f32>("z"), &["there is no array `z`; the arrays are `x`, `y`"]);
        assert_says(archive.read_vec::<f64>("x"), &["npz/x: its elements are f32, but f64 is asked for"]);
        assert_says(archive.read::<f32, shape![2, 6]>("x"), &["shape [4, 3]"]);
    }
}

#[test]
fn archives_are_written() {
    let folder = Folder::new("written");
    let path = folder.path("a.npz");
    let (x, y) = (Tensor::from_vec((2, 3), vec![1.5_f32; 6]), Tensor::from_vec((0,), Vec::<i16>::new()));
    npz::Writer::new().array("x", &y).array("y", &y).array("x", &x).write(&path).expect("a writable folder");
    let archive = npz::Archive::open(&path).expect("as written");
    assert_eq!(format!("{archive:?}"), "Archive(y, x)");
    assert_eq!(archive.read::<f32, (usize, usize)>("x").expect("as written"), x);
    assert_eq!(archive.read::<i16, (usize,)>("y").expect("as written"), y);
    npz::Writer::new().write(&path).expect("a writable folder");
    assert_says(npz::Archive::open(&path).expect("empty").read_vec::<f32>("x"), &["the archive is empty"]);
}

#[test]
fn wrong_files_are_errors() {
    let folder = Folder::new("wrong");
    assert_says(npz::Archive::open(folder.write("a.npz", b"a text")), &["a.npz: it is not an .npz file"]);
    assert_says(npz::Archive::open(folder.write("a.npz", b"")), &["a.npz: it is not an .npz file"]);
    assert_says(npz::Archive::open(folder.write("a.npy", b"\x93NUMPY")), &["a single array", "`npy::read`"]);
    assert_says(npz::Archive::open(folder.0.join("absent")), &["cannot read"]);
    for name in ["stored", "compressed"] {
        let whole = std::fs::read(path(name)).expect("checked in");
        let read = |bytes: &[u8]| -> Result<(), Error> {
            let archive = npz::Archive::open(folder.write("damaged.npz", bytes))?;
            archive.read_vec::<f32>("x")?;
            archive.read_vec::<u8>("y")?;
            Ok(())
        };
        for end in (0..whole.len()).step_by(13) {
            assert!(read(&whole[..end]).is_err(), "the end of an archive says what is in it");
        }
        for seed in 0..300 {
            let (mut random, mut bytes) = (Philox::new(seed, 0), whole.clone());
            for _ in 0..=random.below(4) {
                let place = random.below(bytes.len());
                bytes[place] = random.next_u32() as u8;
            }
            let _ = read(&bytes);
        }
        // A bit of an element: the check sum tells.
        let mut bytes = whole.clone();
        let place = if name == "stored" { 200 } else { 120 };
        bytes[place] ^= 1;
        let error = read(&bytes);
        let problem = if name == "stored" { "the array `x` is damaged" } else { "damaged.npz" };
        assert_says(error, &[problem]);
    }
}
