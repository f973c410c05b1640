//! Tokenizers in Hugging Face's format, against its library for Python.

mod folder;

use folder::Folder;
use macrograd::data::Dataset;
use macrograd::data::text::{Tokenizer, Windows};
use serde_json::Value;

fn path(name: &str) -> String {
    format!("{}/tests/tokenizer/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn texts_have_the_tokens_of_the_library_for_python() {
    let expected: Value =
        serde_json::from_slice(&std::fs::read(path("expected")).expect("checked in")).expect("JSON");
    for name in ["bpe", "wordpiece"] {
        let tokenizer = Tokenizer::open(path(name)).expect("a good file");
        for case in expected[name].as_array().expect("cases") {
            let numbers = |key: &str| -> Vec<u32> {
                case[key]
                    .as_array()
                    .expect("numbers")
                    .iter()
                    .map(|x| x.as_u64().expect("a number") as u32)
                    .collect()
            };
            let text = case["text"].as_str().expect("a text");
            assert_eq!(tokenizer.encode(text).expect("tokens"), numbers("ids"), "{name}: {text}");
            let special = tokenizer.encode_with_special(text).expect("tokens");
            assert_eq!(special, numbers("special"), "{name}: {text}");
            assert_eq!(
                tokenizer.decode(&special).expect("a text"),
                case["decoded"].as_str().expect("a text")
            );
            assert!(special.iter().all(|&number| (number as usize) < tokenizer.vocab_size()));
        }
    }
    let tokenizer = Tokenizer::open(path("wordpiece")).expect("a good file");
    assert_eq!(
        (tokenizer.number("[CLS]"), tokenizer.token(3), tokenizer.number("zebra")),
        (Some(2), Some("[SEP]".into()), None)
    );
    let data = Windows::<3, u32>::new(tokenizer.encode("the cat sat on the mat").expect("tokens"));
    assert_eq!(data.len(), 3);
}

#[test]
fn wrong_files_are_named() {
    let folder = Folder::new("wrong");
    for content in ["", "{}", "[1]", "{\"model\": {\"type\": \"BPE\"}}"] {
        let error =
            Tokenizer::open(folder.write("wrong.json", content.as_bytes())).expect_err("no tokenizer");
        println!("{error}");
        assert!(error.to_string().contains("wrong.json: it is not a tokenizer"), "{error}");
    }
    let error = Tokenizer::open(folder.0.join("absent")).expect_err("no file");
    assert!(error.to_string().contains("cannot read"), "{error}");
}
