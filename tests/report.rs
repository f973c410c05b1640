//! The page of a run: what is in it, that it is whole, and that nothing in it is markup of somebody else.
#![allow(missing_docs)]

use macrograd::metrics::{ConfusionMatrix, Metric};
use macrograd::report::{HtmlReport, Mistake, Picture};
use macrograd::train::{EpochRecord, History};

fn history(epochs: u64) -> History {
    let record = |epoch: u64| EpochRecord {
        epoch,
        step: 10 * epoch,
        seconds: 0.5,
        values: vec![
            ("loss".to_owned(), 1.0 / epoch as f64),
            ("val_loss".to_owned(), if epoch == 2 { f64::NAN } else { 1.5 / epoch as f64 }),
            ("<odd> & \"name\"".to_owned(), f64::INFINITY),
            ("grad_norm/fc.weight".to_owned(), 3.0),
        ],
    };
    History { epochs: (1..=epochs).map(record).collect(), ended: None }
}

/// Every opened tag is closed, in order. Ours are written in lower case, without `/` in the end but for those of SVG.
fn check_tags(html: &str) {
    let empty = ["!doctype", "meta", "img"];
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').expect("a tag ends");
        let name = inside.split([' ', '/']).find(|part| !part.is_empty()).expect("a tag has a name");
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !inside.ends_with('/') && !empty.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_page_has_all_that_it_was_given() {
    let mut confusion = ConfusionMatrix::new(2).class_names(["cat", "<dog>"]);
    confusion.update(&[0.9, 0.2, 0.7], &[1_u8, 0, 0]).unwrap();
    let mistake = Mistake {
        sample: 7,
        picture: Picture::of(&[1, 2, 2], &[0.0, 1.0, 2.0, 3.0]),
        label: "cat".to_owned(),
        predicted: "<dog>".to_owned(),
        confidence: 0.9,
    };
    let page = HtmlReport::new("A & B")
        .history(&history(3))
        .confusion(&confusion)
        .mistakes(&[mistake.clone(), Mistake { picture: None, sample: 8, ..mistake }])
        .text("Settings", "lr = 1 < 2")
        .to_html();
    check_tags(&page);
    for part in [
        "<title>A &amp; B</title>",
        "loss: epoch 2: 0.5000",
        "&lt;odd&gt; &amp; &quot;name&quot;",
        "no finite value",
        "by tensor",
        "<th>&lt;dog&gt;</th>",
        "src=\"data:image/bmp;base64,Qk1",
        "sample 8: cat, taken for <b>&lt;dog&gt;</b> (90 %)",
        "lr = 1 &lt; 2",
    ] {
        assert!(page.contains(part), "`{part}` is not in {page}");
    }
    assert!(!page.contains("http"), "nothing comes from elsewhere");
    // NaN is left out of the curve, not drawn somewhere.
    assert!(!page.contains("NaN,") && !page.contains(",NaN"), "{page}");
}

#[test]
fn runs_of_any_length_have_a_page() {
    for epochs in [0, 1, 2, 30, 31, 500] {
        check_tags(&HtmlReport::new("run").history(&history(epochs)).to_html());
    }
}
