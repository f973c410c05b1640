//! Dropout of weights: the same ones in both passes, whatever the threads and the instruction set.

use super::common::{random_values, reference, run_everywhere, same_bits};
use super::{Operands, check_case, forward, grads, shape};
use macrograd_runtime::ops::attention::{
    Attention, AttentionSaved, Mask, WeightDropout, attention, attention_grad, attention_ref,
};
use macrograd_runtime::random::RandomKey;

const DROPOUT: WeightDropout = WeightDropout {
    rate: 0.3,
    key: RandomKey { seed: 0x0123_4567_89ab_cdef, step: 5 },
    site: 0xfedc_ba98_7654_3210,
};

/// The same with weights dropped at a rate.
fn dropped(rate: f32, shape: &Attention) -> Attention {
    Attention { dropout: Some(WeightDropout { rate, ..DROPOUT }), ..*shape }
}

#[test]
fn dropout_of_sizes_around_blocks() {
    for (queries, keys) in
        [(1, 1), (2, 3), (15, 16), (63, 64), (64, 128), (65, 127), (67, 129), (1, 257), (131, 5)]
    {
        for rate in [0.1, 0.5, 0.999_999_94, 1e-10] {
            check_case("dropout", &dropped(rate, &shape(queries, keys, 8, 8)), None);
        }
    }
    // Blocks of fewer keys, as vectors are long.
    check_case("long vectors", &dropped(0.3, &shape(3, 40, 8000, 2)), None);
    check_case("no queries", &dropped(0.3, &shape(0, 3, 4, 4)), None);
    check_case("no keys", &dropped(0.3, &shape(3, 0, 4, 4)), None);
}

#[test]
fn dropout_of_groups_bands_and_masks() {
    let grouped = Attention { batch: 5, heads: 6, groups: 3, ..shape(67, 71, 16, 16) };
    check_case("groups", &dropped(0.3, &grouped), None);
    let split = Attention { heads: 2, ..shape(131, 521, 16, 16) };
    check_case("splits", &dropped(0.3, &split), None);
    let long = Attention { last: Some(0), batch: 2, heads: 4, groups: 2, ..shape(197, 197, 8, 8) };
    check_case("causal", &dropped(0.3, &long), None);
    check_case("window", &dropped(0.3, &Attention { first: Some(-9), ..long }), None);
    check_case("nothing is visible", &dropped(0.3, &Attention { last: Some(-200), ..long }), None);

    let base = Attention { batch: 2, heads: 4, groups: 2, ..shape(67, 131, 8, 8) };
    let (queries, keys) = (base.queries, base.keys);
    for (rows, columns) in [(queries, keys), (1, keys), (queries, 1), (1, 1)] {
        let mut values = random_values(base.heads * rows * columns, 9);
        values.iter_mut().step_by(3).for_each(|hidden| *hidden = f32::NEG_INFINITY);
        let leading = [(base.batch, 0), (base.heads, rows * columns)];
        let mask = Mask { values: &values, leading: &leading, rows, columns };
        check_case("mask", &dropped(0.3, &base), Some(&mask));
        check_case("mask and band", &dropped(0.3, &Attention { last: Some(40), ..base }), Some(&mask));
    }
}

/// Results and gradients, one after the other.
fn step<'a>(operands: &'a Operands, shape: &'a Attention) -> (usize, impl Fn(&mut [f32]) + Sync + 'a) {
    let Operands { query, key, value, grad_output } = operands;
    let rows = shape.batch * shape.heads * shape.queries;
    let lens = [grad_output, query, key, value].map(Vec::len);
    let run = move |out: &mut [f32]| {
        let (output, out) = out.split_at_mut(grad_output.len());
        let (log_sum, out) = out.split_at_mut(rows);
        attention(output, log_sum, query, key, value, None, shape);
        let saved = AttentionSaved { query, key, value, mask: None, output, log_sum };
        attention_grad(grads(out, operands, false), grad_output, &saved, shape);
    };
    (rows + lens.iter().sum::<usize>(), run)
}

#[test]
fn a_rate_of_zero_keeps_all_and_one_drops_all() {
    let plain = Attention { heads: 2, groups: 2, last: Some(0), ..shape(70, 140, 8, 8) };
    let operands = Operands::new(&plain);
    let (len, kept) = step(&operands, &plain);
    let without = run_everywhere(len, kept);
    let zero = dropped(0.0, &plain);
    for ((level, without), (_, with)) in without.iter().zip(run_everywhere(len, step(&operands, &zero).1)) {
        assert!(same_bits(without, &with), "{level:?}");
    }
    let one = dropped(1.0, &plain);
    let logarithms = operands.grad_output.len()..operands.grad_output.len() + plain.heads * plain.queries;
    for ((level, without), (_, out)) in without.iter().zip(run_everywhere(len, step(&operands, &one).1)) {
        assert!(same_bits(&without[logarithms.clone()], &out[logarithms.clone()]), "{level:?}");
        let others = out[..logarithms.start].iter().chain(&out[logarithms.end..]);
        assert!(others.into_iter().all(|&x| x == 0.0), "{level:?}");
    }
}

/// What each weight is multiplied by, `[head, query, key]`: values are the unit vectors and all scores are equal.
fn factors(shape: &Attention) -> Vec<f32> {
    let shape = Attention { head_dim: 0, value_dim: shape.keys, ..*shape };
    let mut operands = Operands::new(&shape);
    operands.value.fill(0.0);
    for matrix in operands.value.chunks_exact_mut(shape.keys * shape.keys) {
        matrix.iter_mut().step_by(shape.keys + 1).for_each(|one| *one = shape.keys as f32);
    }
    let rows = shape.batch * shape.heads * shape.queries;
    let mut outputs = run_everywhere(operands.grad_output.len() + rows, forward(&operands, None, &shape));
    let (_, mut first) = outputs.remove(0);
    first.truncate(operands.grad_output.len());
    for (level, other) in outputs {
        assert!(first.iter().zip(other).all(|(&a, b)| (a == 0.0) == (b == 0.0)), "{level:?} drops others");
    }
    first
}

#[test]
fn weights_are_kept_at_the_rate_and_scaled() {
    for rate in [0.1, 0.5, 0.8] {
        let shape = dropped(rate, &Attention { batch: 2, heads: 3, groups: 3, ..shape(100, 150, 0, 0) });
        let factors = factors(&shape);
        let scale = 1.0 / (1.0 - rate);
        assert!(factors.iter().all(|&factor| factor == 0.0 || (factor - scale).abs() < 1e-5 * scale));
        let share = |kept: usize, of: usize| {
            let deviation = (rate * (1.0 - rate) / of as f32).sqrt();
            let share = kept as f32 / of as f32;
            assert!((share - (1.0 - rate)).abs() < 5.0 * deviation, "rate {rate} keeps {kept} of {of}");
        };
        let count = |range: &[f32]| range.iter().filter(|&&factor| factor != 0.0).count();
        share(count(&factors), factors.len());
        for query in factors.chunks_exact(shape.keys) {
            share(count(query), shape.keys);
        }
        for key in 0..shape.keys {
            let column = factors.iter().skip(key).step_by(shape.keys);
            share(column.filter(|&&factor| factor != 0.0).count(), factors.len() / shape.keys);
        }
    }
}

#[test]
fn the_mask_depends_on_seed_step_site_head_query_and_key() {
    let shape = dropped(0.5, &Attention { batch: 2, heads: 2, groups: 1, ..shape(130, 130, 0, 0) });
    let base = factors(&shape);
    assert!(same_bits(&base, &factors(&shape)));
    let differ = |name: &str, a: &[f32], b: &[f32]| {
        let equal = a.iter().zip(b).filter(|(a, b)| (**a == 0.0) == (**b == 0.0)).count();
        let share = equal as f32 / a.len().min(b.len()) as f32;
        assert!((share - 0.5).abs() < 0.05, "{name}: {share} agree");
    };
    let WeightDropout { key, site, .. } = DROPOUT;
    for other in [
        WeightDropout { key: RandomKey { seed: key.seed + 1, ..key }, ..DROPOUT },
        WeightDropout { key: RandomKey { step: key.step + 1, ..key }, ..DROPOUT },
        WeightDropout { site: site + 1, ..DROPOUT },
    ] {
        let other = factors(&Attention { dropout: Some(WeightDropout { rate: 0.5, ..other }), ..shape });
        differ("key and site", &base, &other);
    }
    let head_len = shape.queries * shape.keys;
    for head in 1..4 {
        differ("heads", &base[..head_len], &base[head * head_len..]);
    }
    for distance in [1, 16, 63, 64, 65] {
        differ("keys", &base, &base[distance..]);
        differ("queries", &base[..head_len], &base[distance * shape.keys..head_len]);
    }
}

/// `sum of grad_output * output` of the plain form, with operands and mask moved along random directions.
fn moved_sum(operands: &Operands, mask: &[f32], directions: [&[f32]; 4], by: f32, shape: &Attention) -> f64 {
    let moved = |values: &[f32], direction: &[f32]| -> Vec<f32> {
        values.iter().zip(direction).map(|(x, d)| x + by * d).collect()
    };
    let Operands { query, key, value, grad_output } = operands;
    let [of_query, of_key, of_value, of_mask] = directions;
    let mask = moved(mask, of_mask);
    let mask = Mask { values: &mask, leading: &[(1, 0), (2, 0)], rows: shape.queries, columns: shape.keys };
    let (mut output, mut log_sum) = (vec![0.0; grad_output.len()], vec![0.0; 2 * shape.queries]);
    let (query, key, value) = (moved(query, of_query), moved(key, of_key), moved(value, of_value));
    attention_ref(&mut output, &mut log_sum, &query, &key, &value, Some(&mask), shape);
    output.iter().zip(grad_output).map(|(&y, &dy)| f64::from(y) * f64::from(dy)).sum()
}

#[test]
fn gradients_through_dropout_are_those_of_differences() {
    let shape = Attention { heads: 2, groups: 2, last: Some(30), ..shape(37, 69, 6, 5) };
    let shape = dropped(0.4, &shape);
    let operands = Operands::new(&shape);
    let Operands { query, key, value, .. } = &operands;
    let mut mask = random_values(shape.queries * shape.keys, 5);
    // A query that sees nothing.
    mask[..shape.keys].fill(f32::NEG_INFINITY);
    let lens = [query.len(), key.len(), value.len(), mask.len()];
    let zeros = lens.map(|len| vec![0.0; len]);
    let out = {
        let mask =
            Mask { values: &mask, leading: &[(1, 0), (2, 0)], rows: shape.queries, columns: shape.keys };
        let (mut output, mut log_sum) = (vec![0.0; operands.grad_output.len()], vec![0.0; 2 * shape.queries]);
        attention(&mut output, &mut log_sum, query, key, value, Some(&mask), &shape);
        let saved =
            AttentionSaved { query, key, value, mask: Some(&mask), output: &output, log_sum: &log_sum };
        reference(lens.iter().sum(), |out| {
            attention_grad(grads(out, &operands, true), &operands.grad_output, &saved, &shape);
        })
    };
    let mut rest = out.as_slice();
    for (index, &len) in lens.iter().enumerate() {
        let (grad, others) = rest.split_at(len);
        rest = others;
        let direction = random_values(len, 20 + index as u64);
        let mut directions = zeros.each_ref().map(Vec::as_slice);
        directions[index] = &direction;
        let step = 1e-2;
        let [above, below] = [step, -step].map(|by| moved_sum(&operands, &mask, directions, by, &shape));
        let expected = (above - below) / (2.0 * f64::from(step));
        let found: f64 = grad.iter().zip(&direction).map(|(&g, &d)| f64::from(g) * f64::from(d)).sum();
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error < 2e-3, "operand {index}: {found}, expected {expected}");
    }
}

#[test]
#[should_panic(expected = "is a probability")]
fn a_rate_above_one_is_refused() {
    let shape = dropped(1.5, &shape(1, 1, 1, 1));
    attention(&mut [0.0], &mut [0.0], &[0.0], &[0.0], &[0.0], None, &shape);
}

#[test]
#[should_panic(expected = "more than 2^34 weights")]
fn more_weights_than_random_words_are_refused() {
    let shape = dropped(0.5, &shape((1 << 17) + 1, 1 << 17, 0, 0));
    attention(&mut [], &mut vec![0.0; shape.queries], &[], &[], &[], None, &shape);
}
