//! Perplexity and BLEU.

use crate::golden::{Golden, assert_close, check, labels, reals, values};
use macrograd::Tensor;
use macrograd::metrics::{Bleu, Direction, Metric, MetricError, Perplexity, Smoothing};

#[test]
fn perplexity_agrees_with_pytorch() {
    let (logits, labels) = (reals("perplexity/logits"), labels("perplexity/labels"));
    let expected = values("perplexity/value")[0];
    check("perplexity", &mut Perplexity::new().ignore_index(-100), &logits, &labels, expected);

    // The vocabulary along axis 1.
    let [batch, seq_len, vocab_size] = logits.shape[..] else { panic!("{:?}", logits.shape) };
    let turned = Tensor::from_fn((batch, vocab_size, seq_len), |index| {
        logits.data[(index[0] * seq_len + index[2]) * vocab_size + index[1]]
    });
    let turned = Golden { shape: vec![batch, vocab_size, seq_len], data: turned.into_vec() };
    check("turned", &mut Perplexity::new().class_axis(1).ignore_index(-100), &turned, &labels, expected);
}

#[test]
fn perplexity_of_equal_logits_is_the_size_of_the_vocabulary() {
    let mut perplexity = Perplexity::new();
    perplexity.update(&Tensor::full((2, 8), 900.0), &[3_u8, 0]).expect("large logits");
    assert_close("equal logits", perplexity.value(), 8.0);
    assert_close("in nats", perplexity.cross_entropy(), 8.0_f64.ln());
    perplexity
        .update(&Tensor::from_vec((1, 2), vec![0.0, f32::NEG_INFINITY]), &[1_u8])
        .expect("an excluded token");
    assert_eq!(perplexity.value(), f64::INFINITY);
    perplexity.update(&Tensor::from_vec((1, 2), vec![0.0, f32::NAN]), &[0_u8]).expect("no order is needed");
    assert!(perplexity.value().is_nan());
}

/// Sentences of a tensor, without the -1 after their ends.
fn sentences(tensor: &Golden<i64>) -> Vec<Vec<i64>> {
    let len = tensor.shape[tensor.shape.len() - 1];
    tensor.data.chunks(len).map(|row| row.iter().copied().filter(|&token| token >= 0).collect()).collect()
}

#[test]
fn bleu_agrees_with_sacrebleu() {
    for case in ["bleu", "bleu_short", "bleu_no_4grams", "bleu_3_tokens", "bleu_nothing"] {
        let texts = sentences(&labels(&format!("{case}/sentences")));
        let references = labels(&format!("{case}/references"));
        let num_references = references.shape[1];
        let references = sentences(&references);
        for (name, smoothing) in [
            ("none", Smoothing::None),
            ("floor", Smoothing::Floor(0.1)),
            ("floor_half", Smoothing::Floor(0.5)),
            ("add_one", Smoothing::AddK(1.0)),
            ("add_third", Smoothing::AddK(0.25)),
            ("exp", Smoothing::Exp),
        ] {
            let mut bleu = Bleu::new().smoothing(smoothing);
            assert!(bleu.value().is_nan());
            for round in 0..2 {
                for (text, references) in texts.iter().zip(references.chunks(num_references)) {
                    bleu.update(text, references).expect("there are references");
                }
                let name = format!("{case}/{name}");
                assert_close(&name, bleu.value(), values(&name)[0]);
                // Settings stay.
                bleu.reset();
                assert!(bleu.value().is_nan(), "round {round}");
            }
        }
    }
}

#[test]
fn bleu_takes_words_and_other_orders() {
    let mut bleu = Bleu::new().max_order(2);
    bleu.update_words(" the  the the cat\n", &["the cat the dog"]).expect("a reference");
    // `the` twice and `cat`; `the cat`.
    assert_close("two words", bleu.value(), (3.0_f64 / 4.0 * 1.0 / 3.0).sqrt());
    assert_eq!(bleu.direction(), Direction::HigherIsBetter);
    bleu.reset();
    bleu.update(&["a"; 0], &[["a", "b"]]).expect("an empty sentence");
    assert_eq!(bleu.value(), 0.0);
    let error = bleu.update::<&str, [&str; 1]>(&["a"], &[]).expect_err("no references");
    assert_eq!(error, MetricError::NoReference);
}
