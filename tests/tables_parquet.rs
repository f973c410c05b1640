//! Tables in Parquet files, as pyarrow writes them.

mod folder;

use folder::Folder;
use macrograd::Error;
use macrograd::data::{Dataset, Feature, Fill, Philox, Table};

const ROWS: usize = 20;

fn path(name: &str) -> String {
    format!("{}/tests/parquet/{name}.parquet", env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn assert_says<T>(result: Result<T, Error>, fragments: &[&str]) {
    let text = result.err().expect("the table is wrong").to_string();
    println!("{text}");
    for fragment in fragments {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

#[test]
fn every_compression_and_encoding_gives_the_same_columns() {
    for name in ["snappy", "zstd", "gzip", "plain"] {
        let table = Table::open(path(name)).expect("pyarrow's file");
        assert_eq!(table.len(), ROWS);
        let check = |column: &str, value: &dyn Fn(f32) -> f32| {
            let expected: Vec<f32> = (0..ROWS).map(|i| value(i as f32)).collect();
            assert_eq!(table.numbers(column).expect("numbers"), expected, "{column} of {name}");
        };
        check("f32", &|i| i * 0.5);
        check("f64", &|i| i - 0.25);
        check("f16", &|i| i / 4.0);
        check("i8", &|i| i - 10.0);
        check("i64", &|i| i * 1e12);
        check("u8", &|i| i + 236.0);
        check("u32", &|i| 4_294_967_295.0 - i);
        check("truth", &|i| f32::from(u8::from(i % 3.0 == 0.0)));
        check("price", &|i| (f64::from(i) * 0.01) as f32);
        check("point.x", &|i| i);
        assert_says(table.numbers("some_real"), &["row 3, column `some_real`: the number is missing"]);
        assert_says(table.numbers("point.y"), &["row 2, column `point.y`: the number is missing"]);
        let words = table.texts("some_word").expect("texts");
        assert_eq!(words[..4], [Some("w0".into()), Some("w1".into()), None, Some("w1".into())]);
        assert_eq!(table.categories("kind").expect("texts").numbers[..3], [1, 0, 1]);
        let columns = [Feature::number("some_real"), Feature::one_hot("kind")];
        let data =
            table.features_of::<3>(columns).fill_missing(Fill::Value(-1.0)).label("word").expect("good");
        assert_eq!(data.classes(), ["apple", "fig", "pear"]);
        assert_eq!(data.sample(2).expect("in memory"), ([-1.0, 0.0, 1.0], 1));
        let truth = table.features(["i8"]).label("truth").expect("0 and 1");
        assert_eq!(truth.classes(), ["0", "1"]);
        assert_says(table.numbers("day"), &["column `day` holds the type Date", "convert it"]);
        assert_says(table.numbers("list.list.element"), &["holds lists"]);
        assert_says(table.numbers("word"), &["row 1, column `word`: `pear` is not a number"]);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    assert_says(Table::open(path("brotli")), &["brotli.parquet", "it is packed by brotli, but snappy"]);
    assert_says(Table::open(path("empty")), &["empty.parquet: it has no rows"]);
}

#[test]
fn damaged_files_never_panic() {
    // Panics inside of the crate are caught, but would be printed.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let folder = Folder::new("damaged");
    for name in ["snappy", "gzip", "plain"] {
        let whole = std::fs::read(path(name)).expect("checked in");
        let check = |bytes: &[u8]| {
            let damaged = folder.write("damaged.parquet", bytes);
            let _ = Table::open(damaged).and_then(|table| table.features(["f32"]).label("word"));
        };
        for end in (4..whole.len()).step_by(97) {
            check(&whole[..end]);
        }
        for seed in 0..150 {
            let (mut random, mut bytes) = (Philox::new(seed, 0), whole.clone());
            for _ in 0..=random.below(4) {
                let place = 4 + random.below(bytes.len() - 4);
                bytes[place] = random.next_u32() as u8;
            }
            check(&bytes);
        }
    }
    std::panic::set_hook(hook);
    let cut = folder.write("cut.parquet", &std::fs::read(path("plain")).expect("checked in")[..3000]);
    assert_says(Table::open(cut), &["cut.parquet: the Parquet file cannot be read", "write it again"]);
}
