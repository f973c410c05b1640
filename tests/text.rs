//! Texts: letters, windows, lines with labels, and tensors as data sets.

mod folder;

use folder::Folder;
use macrograd::data::text::{self, LabelledLines, Letters, Windows, padded};
use macrograd::data::{Dataset, Loader, TensorDataset};
use macrograd::{Const, Error, Tensor};

#[track_caller]
fn assert_says<T>(result: Result<T, Error>, fragments: &[&str]) {
    let text = result.err().expect("something is wrong").to_string();
    println!("{text}");
    for fragment in fragments {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

#[test]
fn letters_are_numbered_in_order() {
    let letters = Letters::of("hello, wörld");
    assert_eq!(letters.len(), 10);
    assert_eq!((letters.letter(0), letters.letter(9), letters.letter(10)), (Some(' '), Some('ö'), None));
    assert_eq!((letters.number('h'), letters.number('x')), (Some(4), None));
    let numbers = letters.encode("wörld, hello").expect("known letters");
    assert_eq!(letters.decode(&numbers), "wörld, hello");
    assert_says(letters.encode("hello\nhex"), &["'\\n' in line 1", "one of the 10 that are known"]);
    assert_says(Letters::of("h\nelo").encode("hello\nhex"), &["'x' in line 2"]);
    let folder = Folder::new("letters");
    let path = folder.path("letters.json");
    letters.save(&path).expect("a writable folder");
    assert_eq!(Letters::load(&path).expect("as written"), letters);
    for wrong in ["", "{}", "{\"letters\": 3}", "{\"letters\": \"ba\"}", "{\"letters\": \"aab\"}"] {
        assert_says(Letters::load(folder.write("wrong.json", wrong.as_bytes())), &["wrong.json"]);
    }
    assert!(Letters::of("").is_empty());
}

#[test]
#[should_panic(expected = "3 is not the number of one of 2 letters")]
fn unknown_numbers_have_no_letter() {
    Letters::of("ab").decode(&[0, 3]);
}

#[test]
fn windows_hold_what_comes_next() {
    for len in 0..12_u8 {
        for stride in 1..6 {
            let data = Windows::<3, u8>::new((0..len).collect()).stride(stride);
            let expected: Vec<usize> =
                (0..usize::from(len)).step_by(stride).filter(|i| i + 3 < len.into()).collect();
            assert_eq!(data.len(), expected.len(), "{len} {stride}");
            for (index, start) in expected.into_iter().enumerate() {
                let start = start as u8;
                let (read, next) = data.sample(index).expect("in memory");
                assert_eq!((read, next), ([start, start + 1, start + 2], [start + 1, start + 2, start + 3]));
            }
        }
    }
    let loader = Loader::new(Windows::<4, u32>::new((0..30).collect()), 8).shuffle(1).workers(2);
    for batch in loader.epoch(0) {
        let (read, next) = batch.expect("in memory");
        assert!(read.as_slice().iter().zip(next.as_slice()).all(|(a, b)| a + 1 == *b));
    }
}

#[test]
fn sequences_are_filled_up() {
    assert_eq!(padded::<3, u32>(&[], 9), ([9, 9, 9], 0));
    assert_eq!(padded::<3, u32>(&[1, 2, 3], 9), ([1, 2, 3], 3));
    assert_eq!(padded::<0, u32>(&[1], 9), ([], 0));
}

#[test]
fn lines_have_labels() {
    let lines =
        LabelledLines::parse("spam\tbuy now\r\n\nham\t hello\tyou \nspam\tcheap\n").expect("good lines");
    assert_eq!(lines.classes(), ["ham", "spam"]);
    assert_eq!(
        (lines.labels(), lines.texts()),
        (&[1, 0, 1][..], &["buy now".into(), "hello\tyou".into(), "cheap".into()][..])
    );
    let letters = Letters::of("buy now hello\t");
    let error = lines.samples(|text| Ok(padded::<9, u32>(&letters.encode(text)?, 0)));
    assert_says(error, &["lines: line 4: the character 'c'"]);
    assert_says(LabelledLines::parse("a\tb\nc d\n"), &["line 2: there is no tab"]);
    assert_says(LabelledLines::parse("\tb\n"), &["line 1: there is no label before the tab"]);
    assert_says(LabelledLines::parse("a\t \n"), &["line 1: there is no text after the tab"]);
    assert_says(LabelledLines::parse(" \n"), &["it has no lines"]);
    let folder = Folder::new("lines");
    let path = folder.write("lines.tsv", "\u{feff}a\tü\n".as_bytes());
    assert_eq!(LabelledLines::open(path).expect("a good file").classes(), ["a"]);
    assert_says(
        LabelledLines::open(folder.write("latin.tsv", b"a\tb\na\t\xfc\n")),
        &["line 2: byte 0xfc", "iconv"],
    );
    assert_says(text::read(folder.write("empty.txt", b"")), &["empty.txt: the file is empty"]);
    assert_says(text::read(folder.write("utf16.txt", b"\xff\xfea\0")), &["UTF-16"]);
    assert_says(text::read(folder.0.join("absent")), &["cannot read"]);
}

#[test]
fn tensors_are_data_sets_of_their_rows() {
    let x = Tensor::from_fn((5, Const::<2>, Const::<3>), |at| (at[0] * 100 + at[1] * 10 + at[2]) as f32);
    let y = Tensor::from_vec((5,), vec![0_i64, 1, 2, 3, 4]);
    let data = TensorDataset::new((x.clone(), y.clone())).expect("five rows each");
    let (row, label) = data.sample(3).expect("in memory");
    assert_eq!((row.as_slice(), label), (&[300.0, 301.0, 302.0, 310.0, 311.0, 312.0][..], 3));
    let batch = Loader::new(data, 5).epoch(0).next().expect("one").expect("in memory");
    assert_eq!(batch, (x.clone(), y));
    assert_says(TensorDataset::new((x, Tensor::from_vec((4,), vec![0_u8; 4]))), &["have [5, 4] rows"]);
    let none = TensorDataset::new((Tensor::<f32, _>::from_vec((0, Const::<3>), vec![]),)).expect("no rows");
    assert!(none.is_empty());
}
