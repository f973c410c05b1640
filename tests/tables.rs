//! Tables: what is read of text files, how rows become samples, and what is said about files that are wrong.

mod folder;

use folder::Folder;
use macrograd::Error;
use macrograd::data::{Dataset, Encoding, Feature, Fill, Loader, Normaliser, Philox, Table};

const IRIS: &str = "\
sepal_length,sepal_width,petal_length,petal_width,species
5.1,3.5,1.4,0.2,setosa
7.0,3.2,4.7,1.4,versicolor
6.3,3.3,6.0,2.5,virginica
4.9,3.0,1.4,0.2,setosa
";

/// The text of an error, which starts with the name of the table and holds each of the fragments.
#[track_caller]
fn assert_says<T>(result: Result<T, Error>, fragments: &[&str]) {
    let text = result.err().expect("the table is wrong").to_string();
    println!("{text}");
    for fragment in ["table: "].iter().chain(fragments) {
        assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
    }
}

fn table(text: &str) -> Table {
    Table::parse(text).expect("a good table")
}

#[test]
fn the_first_ten_minutes() {
    let folder = Folder::new("iris");
    let path = folder.write("iris.csv", IRIS.as_bytes());
    let table = Table::open(&path).expect("a good file");
    assert_eq!(
        format!("{table:?}"),
        "Table(4 rows of sepal_length, sepal_width, petal_length, petal_width, species)"
    );
    let data = table
        .features(["sepal_length", "sepal_width", "petal_length", "petal_width"])
        .label("species")
        .expect("four numbers and a class");
    assert_eq!(data.classes(), ["setosa", "versicolor", "virginica"]);
    assert_eq!(data.sample(2).expect("in memory"), ([6.3, 3.3, 6.0, 2.5], 2));
    assert_eq!(data.labels(), [0, 1, 2, 0]);
    let (validation, train) = data.split(0.25, 7);
    assert_eq!((validation.len(), train.len()), (1, 3));
    assert_eq!(train.dataset().classes().len(), 3);
    for batch in Loader::new(train, 2).shuffle(1).epoch(0) {
        let (features, labels) = batch.expect("in memory");
        assert_eq!(features.shape().0, labels.numel());
    }
}

#[test]
fn every_way_to_write_the_same_table() {
    let expected = [[1.5, -2.0], [300.0, 0.25]];
    let texts = [
        "x,y\n1.5,-2\n3e2,0.25\n",
        "x;y\n1.5;-2\n3e2;0.25",
        "x\ty\r\n1.5\t-2\r\n3e2\t0.25\r\n",
        "x|y\r1.5|-2\r3e2|.25\r",
        "\u{feff}x,y\n1.5,-2\n3e2,0.25\n",
        "\n\n\"x\", y\n\n\"1.5\" ,\"-2\"\n   \n 300 , 0.25 \n\n\n",
        "x,text,y\n1.5,\"a, \"\"b\"\"\nc\",-2\n+300,\"\",0.250\n",
    ];
    for text in texts {
        let data = table(text).features(["x", "y"]).unlabelled().expect("numbers");
        assert_eq!(data, expected.map(|features| (features,)), "{text:?}");
    }
    let quoted = table(texts[6]);
    assert_eq!(quoted.texts("text").expect("it exists"), [Some("a, \"b\"\nc".to_owned()), None]);
    let folder = Folder::new("ways");
    for (name, text) in ["a.csv", "b.csv", "c.tsv"].into_iter().zip(texts) {
        let path = folder.write(name, text.as_bytes());
        assert_eq!(Table::open(path).expect("a good file").numbers("x").expect("numbers"), [1.5, 300.0]);
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, texts[0].as_bytes()).expect("writing to memory");
    let path = folder.write("a.csv.gz", &encoder.finish().expect("writing to memory"));
    assert_eq!(Table::open(path).expect("a good file").len(), 2);
    let german = Table::reader().decimal_comma().parse("x;y\n1,5;-2\n300;0,25\n").expect("a good table");
    assert_eq!(german.features(["x", "y"]).unlabelled().expect("numbers")[1], ([300.0, 0.25],));
    let latin = folder.write("latin.csv", b"stra\xdfe\n1\n");
    assert_eq!(Table::reader().latin1().open(latin).expect("Latin-1").names().next(), Some("straße"));
    let single = table("x\n1\n2\n");
    assert_eq!(single.numbers("x").expect("numbers"), [1.0, 2.0]);
    let index = table(",x\n0,5\n1,6\n");
    assert_eq!(index.names().collect::<Vec<_>>(), ["column 1", "x"]);
}

/// Writes fields as a careful program does, and reads them again.
#[test]
fn random_fields_come_back() {
    const PIECES: [&str; 12] = ["a", "\"", ",", "\n", "\r\n", "\r", "é", " b ", "\"\"", ";", "1", "🦀"];
    for seed in 0..300 {
        let mut random = Philox::new(seed, 1);
        let (rows, columns) = (1 + random.below(5), 1 + random.below(4));
        let mut field =
            || -> String { (0..random.below(5)).map(|_| PIECES[random.below(PIECES.len())]).collect() };
        // The last column is never blank, so no row is.
        let cells: Vec<Vec<String>> =
            (0..rows).map(|_| (0..columns).map(|_| field()).chain(["end".to_owned()]).collect()).collect();
        let names: Vec<String> = (0..=columns).map(|column| format!("c{column}")).collect();
        for separator in [',', ';', '\t', '|'] {
            let line = |fields: &[String]| {
                let quoted = fields.iter().map(|field| {
                    let plain = !field.contains(['"', '\n', '\r', separator]);
                    if plain { field.clone() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
                });
                quoted.collect::<Vec<_>>().join(&separator.to_string())
            };
            let text: Vec<String> = [names.clone()].iter().chain(&cells).map(|row| line(row)).collect();
            let table = Table::reader().separator(separator).parse(&text.join("\n")).expect("a good table");
            for (column, name) in names.iter().enumerate() {
                let texts = table.texts(name).expect("it exists");
                for (row, text) in texts.iter().enumerate() {
                    assert_eq!(text.as_deref().unwrap_or(""), cells[row][column].trim(), "{text:?}");
                }
            }
        }
    }
}

/// Whatever is cut out of a file or changed in it: an error or a table, never a panic.
#[test]
fn damaged_files_never_panic() {
    let text = "a,\"b \"\"c\"\"\",d\n1,\"x\ny\",é\n2.5,,\"z\"\n";
    let folder = Folder::new("damaged");
    let check = |bytes: &[u8]| {
        let path = folder.write("damaged.csv", bytes);
        if let Ok(table) = Table::open(path) {
            let _ = table.features(["a"]).fill_missing(Fill::Mean).label("d");
            let _ = table.categories("d");
        }
    };
    for end in 0..text.len() {
        check(&text.as_bytes()[..end]);
    }
    for seed in 0..500 {
        let (mut random, mut bytes) = (Philox::new(seed, 2), text.as_bytes().to_vec());
        for _ in 0..=random.below(3) {
            let place = random.below(bytes.len());
            bytes[place] = b"\"\n\r,;\t\x00\xff\xe9a1 "[random.below(12)];
        }
        check(&bytes);
    }
}

#[test]
fn wrong_files_are_told_apart() {
    let folder = Folder::new("wrong");
    let says = |name: &str, content: &[u8], fragments: &[&str]| {
        let path = folder.write(name, content);
        let text = Table::open(&path).expect_err("the file is wrong").to_string();
        println!("{text}");
        for fragment in [path.to_str().expect("readable")].iter().chain(fragments) {
            assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
        }
    };
    says("empty.csv", b"", &["the file is empty", "a line of column names"]);
    says("blank.csv", b"\n \n", &["the file is blank"]);
    says("header.csv", b"a,b\n", &["a line of column names, but no rows", "names([…])"]);
    says("utf16.csv", b"\xff\xfea\0,\0b\0", &["UTF-16", "iconv"]);
    says("utf16.csv", b"a\0,\0b\0\n\0", &["zero bytes"]);
    says("latin.csv", b"a,b\n1,2\nstra\xdfe,3\n", &["line 3", "0xdf is not UTF-8", ".latin1()"]);
    says("book.xlsx", b"PK\x03\x04....", &["an Excel workbook", "save the sheet as CSV"]);
    says("bad.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 9, 9], &["the gzip stream is damaged"]);
    #[cfg(not(feature = "parquet"))]
    says("data.parquet", b"PAR1....PAR1", &["Parquet", "the feature `parquet`"]);
    let absent = folder.0.join("absent.csv");
    let text = Table::open(&absent).expect_err("no file").to_string();
    assert!(text.contains("cannot read") && text.contains("absent.csv"), "{text}");
    let text = Table::open(&folder.0).expect_err("a folder").to_string();
    assert!(text.contains("this is a folder"), "{text}");
}

#[test]
fn wrong_rows_are_named_by_their_lines() {
    assert_says(Table::parse("a,b\n1,2\n\n3\n"), &["line 4", "1 field,", "line 1 names 2 columns", "','"]);
    assert_says(Table::parse("a,b,c\n1,2,3\n4,5\n"), &["line 3", "2 fields", "add the missing fields"]);
    assert_says(Table::parse("a;b\n1;\"x\ny\"\n1;2;3\n"), &["line 4", "3 fields", "';'", "in quotes"]);
    assert_says(
        Table::parse("a,b\n1,\"x\n2,3\n"),
        &["line 2", "a quote that is opened here is never closed"],
    );
    assert_says(Table::parse("a,b\n1,\"x\"y\n"), &["line 2", "`y` follows a closing quote"]);
    assert_says(Table::parse("a,b,a\n1,2,3\n"), &["columns 1 and 3 are both called `a`"]);
    let named = Table::reader().names(["a", "b"]);
    assert_says(named.parse("1,2,3\n"), &["line 1", "3 fields", "2 columns are named"]);
    assert_says(named.parse(""), &["it has no rows"]);
}

#[test]
fn missing_columns_are_listed_with_the_closest() {
    let iris = table(IRIS);
    assert_says(
        iris.features(["sepal_lenght"]).label("species"),
        &[
            "there is no column `sepal_lenght`; did you mean `sepal_length`? the columns are `sepal_length`, `sepal_width`",
        ],
    );
    assert_says(iris.features(["sepal_width"]).label("Species"), &["did you mean `species`?"]);
    assert_says(iris.features(["sepal_width"]).target("colour"), &["no column `colour`; the columns are"]);
    assert_says(table("1,2\n3,4\n").numbers("x"), &["its first line looks like a row", "names([…])"]);
}

#[test]
fn cells_that_are_no_numbers_are_shown_with_their_place() {
    let table = table("x,y,z\n1,2,3\n\"two\nlines\",1e300,\n3,inf,\"3,5\"\n");
    assert_says(table.numbers("x"), &["line 3, column `x`: `two\nlines` is not a number", "one_hot"]);
    assert_says(table.numbers("y"), &["line 3, column `y`: the number is too large for `f32`"]);
    assert_says(table.numbers("z"), &["line 3, column `z`: the number is missing", ".fill_missing(…)"]);
    assert_says(
        table.select([2]).numbers("y"),
        &["line 5, column `y`: `inf` is not finite; leave the row out"],
    );
    assert_says(table.select([2]).numbers("z"), &["`3,5` is not a number", "decimal_comma()"]);
    let long = format!("x\n{}\n", "a".repeat(100));
    assert_says(Table::parse(&long).expect("good").numbers("x"), &["aaaa…` is not a number"]);
}

#[test]
fn missing_cells_are_filled_on_demand() {
    for missing in ["", "NA", "n/a", "NaN", "nan", "null", "None", "?", "-", " NA "] {
        let table = table(&format!("x,y\n1,a\n{missing},b\n4,a\n"));
        assert_says(table.features(["x"]).label("y"), &["line 3, column `x`: the number is missing"]);
        let mean = table.features(["x"]).fill_missing(Fill::Mean).label("y").expect("filled");
        assert_eq!(mean.features(), [[1.0], [2.5], [4.0]]);
        let value = table.features(["x"]).fill_missing(Fill::Value(-1.0)).label("y").expect("filled");
        assert_eq!(value.features(), [[1.0], [-1.0], [4.0]]);
        // Other rows are filled with the mean of those it was learned from.
        let encoding = table.select([0]).features(["x"]).fill_missing(Fill::Mean).label("y").expect("filled");
        assert_eq!(encoding.encoding().features(&table.select([1])).expect("filled"), [([1.0],)]);
    }
    let table = table("x,y\n,a\nNA,b\n");
    assert_says(
        table.features(["x"]).fill_missing(Fill::Mean).label("y"),
        &["all numbers of column `x` are missing"],
    );
    let classes = Table::parse("c,y\nred,1\n,2\nblue,3\n").expect("good");
    let hot = || classes.features_of::<2>([Feature::one_hot("c")]);
    assert_says(hot().target("y"), &["line 3, column `c`: the class is missing"]);
    let filled = hot().fill_missing(Fill::Mean).target("y").expect("filled");
    assert_eq!(filled.features(), [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]);
}

#[test]
fn labels_are_classes_by_name_or_by_number() {
    let table = table("x,name,digit,year,half,sign,mixed,gap\n1,b,3,2020,0.5,-1,1,a\n2,a,0,2021,1.5,1,x,\n");
    let x = || table.features(["x"]);
    let names = x().label("name").expect("names");
    assert_eq!((names.labels(), names.classes()), (&[1, 0][..], vec!["a".to_owned(), "b".to_owned()]));
    let digits = x().label_as::<u8>("digit").expect("whole numbers");
    assert_eq!((digits.labels(), digits.classes().len()), (&[3_u8, 0][..], 4));
    assert_eq!(x().label("mixed").expect("names").classes(), ["1", "x"]);
    assert_says(
        x().label("half"),
        &["line 2, column `half`: 0.5 is not the number of a class", ".target(\"half\")"],
    );
    assert_says(x().label("sign"), &["line 2, column `sign`", "from 0", "-1", ".label_by_value(\"sign\")"]);
    let signs = x().label_by_value("sign").expect("any value");
    assert_eq!((signs.labels(), signs.classes()), (&[0, 1][..], vec!["-1".to_owned(), "1".to_owned()]));
    assert_says(
        x().label_as::<u8>("year"),
        &["line 2, column `year`: class 2020 does not fit the type `u8`"],
    );
    assert_says(x().label("gap"), &["line 3, column `gap`: the class is missing"]);
    // By value, not letter by letter.
    let text: String =
        ["x,y\n"].into_iter().map(str::to_owned).chain((1..=11).map(|y| format!("0,{y}\n"))).collect();
    let many = Table::parse(&text).expect("good");
    let many = many.features(["x"]).label_by_value("y").expect("any value");
    assert_eq!(many.classes()[9..], ["10", "11"]);
}

#[test]
fn targets_are_reals() {
    let table = table("x,price,tax\n1,10,0.5\n2,20.5,1\n");
    let one = table.features(["x"]).target("price").expect("numbers");
    assert_eq!(one.sample(1).expect("in memory"), ([2.0], 20.5));
    assert!(one.classes().is_empty());
    let two = table.features(["x"]).targets(["price", "tax"]).expect("numbers");
    assert_eq!(two.sample(0).expect("in memory"), ([1.0], [10.0, 0.5]));
}

#[test]
fn the_number_of_features_is_checked() {
    let table = table("x,colour,y\n1,red,0\n2,blue,1\n3,green,0\n");
    let columns = || [Feature::number("x"), Feature::one_hot("colour")];
    let data = table.features_of::<4>(columns()).label("y").expect("one and three");
    assert_eq!(data.encoding().names(), ["x", "colour=blue", "colour=green", "colour=red"]);
    assert_eq!(data.features(), [[1.0, 0.0, 0.0, 1.0], [2.0, 1.0, 0.0, 0.0], [3.0, 0.0, 1.0, 0.0]]);
    assert_says(
        table.features_of::<5>(columns()).label("y"),
        &["4 features (`x` 1, `colour` 3), but 5", "`4`"],
    );
}

#[test]
fn an_encoding_serves_tables_to_come() {
    let folder = Folder::new("encoding");
    let path = folder.path("encoding.json");
    let train = table("x,colour,y\n1,red,no\n,blue,yes\n4,red,no\n");
    let columns = [Feature::number("x"), Feature::one_hot("colour")];
    let data = train.features_of::<3>(columns).fill_missing(Fill::Mean).label("y").expect("good");
    data.encoding().save(&path).expect("a writable folder");
    let encoding = Encoding::<3>::load(&path).expect("as written");
    assert_eq!(&encoding, data.encoding());
    assert_eq!(encoding.classes(), ["no", "yes"]);
    // Without the label, with the columns in another order, and with others.
    let new = table("colour,other,x\nblue,?,NA\n");
    assert_eq!(encoding.features(&new).expect("known"), [([2.5, 1.0, 0.0],)]);
    let test = encoding.labelled(&table("y,x,colour\nyes,0,red\n")).expect("known");
    assert_eq!(test.sample(0).expect("in memory"), ([0.0, 0.0, 1.0], 1));
    assert_says(
        encoding.features(&table("x,colour\n1,bleu\n")),
        &["line 2, column `colour`: `bleu` is not one of the known classes; the classes are `blue`, `red`"],
    );
    assert_says(
        encoding.labelled(&table("x,colour,y\n1,red,maybe\n")),
        &["`maybe` is not one of the known classes"],
    );
    assert_says(encoding.features(&table("x\n1\n")), &["there is no column `colour`"]);
    let text = Encoding::<2>::load(&path).expect_err("three features").to_string();
    assert!(text.contains("3 features (`x` 1, `colour` 2), but 2 are asked for"), "{text}");
    let numbers = table("x,y\n1,0\n2,2\n");
    let numbers = numbers.features(["x"]).label("y").expect("numbers");
    numbers.encoding().save(&path).expect("a writable folder");
    let encoding = Encoding::<1>::load(&path).expect("as written");
    assert_says(
        encoding.labelled(&table("x,y\n1,3\n")),
        &["line 2", "`3` is not one of the 3 known classes, 0 to 2"],
    );
    for content in
        ["", "{", "[]", "{}", "{\"features\": [1]}", "{\"features\": [{\"column\": \"x\", \"fill\": \"a\"}]}"]
    {
        let path = folder.write("wrong.json", content.as_bytes());
        let text = Encoding::<1>::load(&path).expect_err("not an encoding").to_string();
        assert!(text.contains("wrong.json"), "{text}");
    }
}

#[test]
fn a_normaliser_learns_from_the_training_part_only() {
    let samples: Vec<([f32; 3], u32)> = (0..50).map(|i| ([i as f32, 5.0, 1.0 - i as f32], i % 3)).collect();
    let (validation, train) = samples.clone().split(0.3, 5);
    let normaliser = Normaliser::fit(&train).expect("finite");
    assert_eq!((normaliser.scale()[1], normaliser.shift()[1]), (1.0, 5.0), "a constant is shifted only");
    let folder = Folder::new("normaliser");
    let path = folder.path("normaliser.json");
    normaliser.save(&path).expect("a writable folder");
    assert_eq!(Normaliser::<3>::load(&path).expect("as written"), normaliser, "to the last bit");
    let mean_and_variance = |data: &dyn Fn(usize) -> f32, len: usize| {
        let mean = (0..len).map(data).sum::<f32>() / len as f32;
        (mean, (0..len).map(|i| (data(i) - mean).powi(2)).sum::<f32>() / len as f32)
    };
    let (train, validation) = (normaliser.applied_to(train), normaliser.applied_to(validation));
    for feature in [0, 2] {
        let of = |i: usize| train.sample(i).expect("in memory").0[feature];
        let (mean, variance) = mean_and_variance(&of, train.len());
        assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
        let of = |i: usize| validation.sample(i).expect("in memory").0[feature];
        assert!(mean_and_variance(&of, validation.len()).0.abs() > 1e-3, "not learned from this part");
    }
    let range = Normaliser::fit_range(&samples).expect("finite").leave([2]);
    assert_eq!(range.apply([49.0, 6.0, -3.0]), [1.0, 1.0, -3.0]);
    assert_eq!(range.apply([0.0, 5.0, 8.0]), [0.0, 0.0, 8.0]);
    let text = Normaliser::<2>::load(&path).expect_err("three features").to_string();
    assert!(text.contains("it normalises 3 features") && text.contains("2 are asked for"), "{text}");
    let none: Vec<([f32; 1], u32)> = Vec::new();
    let text = Normaliser::fit(&none).expect_err("no samples").to_string();
    assert!(text.contains("without samples"), "{text}");
    let text = Normaliser::fit(&vec![([1.0_f32],), ([f32::NAN],)]).expect_err("NaN").to_string();
    assert!(text.contains("sample 1 of the data set: feature 0 is NaN"), "{text}");
    // Augmentation before, normalisation after.
    let augmented = range.applied_to(samples.augment(|(mut x, y), _| {
        x[0] += 49.0;
        (x, y)
    }));
    let first = augmented.training_sample(0, &mut Philox::new(0, 0)).expect("in memory");
    assert_eq!((first.0[0], augmented.sample(0).expect("in memory").0[0]), (1.0, 0.0));
}

#[test]
fn parts_of_a_table_keep_their_lines() {
    let whole = table("x,y\n0,a\n1,b\n2,c\nthree,d\n4,e\n");
    assert_says(whole.select([4, 3]).numbers("x"), &["line 5"]);
    let (first, second) = whole.split(0.4, 3);
    assert_eq!((first.len(), second.len()), (2, 3));
    let mut all = [first.texts("y").expect("it exists"), second.texts("y").expect("it exists")].concat();
    all.sort();
    assert_eq!(all.into_iter().flatten().collect::<String>(), "abcde");
    assert!(first.select([]).is_empty());
    assert_says(
        first.select([]).features(["x"]).label("x"),
        &["there are no rows to learn the classes from"],
    );
}
