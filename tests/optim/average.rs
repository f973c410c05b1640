//! Averages of parameters, and gradients of several batches.

use super::support::*;
use macrograd::optim::{Accumulator, Averaged, Sgd};
use macrograd::{Model, ModelGrads};

/// A model all of whose values, frozen ones and buffers included, are one number.
fn filled(value: f32) -> Plain {
    let mut model: Plain = new_model();
    model.0.values_mut().fill(value);
    model
}

#[test]
fn an_ema_starts_with_the_first_update_and_moves_by_its_decay() {
    let mut average = Averaged::ema(&filled(9.0), 0.75);
    assert_eq!((average.model().0.values()[0], average.num_averaged()), (9.0, 0));
    average.update(&filled(1.0));
    assert_eq!(average.model().0.values()[0], 1.0);
    average.update(&filled(2.0));
    average.update(&filled(3.0));
    // 1, then 0.75 1 + 0.25 2, then 0.75 1.25 + 0.25 3.
    assert_eq!(average.model().0.values()[..25], [1.6875; 25]);
    assert_eq!(average.model().0.values()[48..51], [1.6875; 3], "frozen parameters are parameters");
    assert_eq!(average.model().0.values()[64..68], [3.0; 4], "buffers are copied");
    assert_eq!(average.num_averaged(), 3);
}

#[test]
fn an_equal_average_is_the_mean() {
    let mut average = Averaged::equal(&filled(9.0)).average_buffers(true);
    for value in [1.0, 2.0, 6.0] {
        average.update(&filled(value));
    }
    assert!(average.model().0.values().iter().all(|&value| (value - 3.0).abs() < 1e-6));
    assert!((average.into_model().0.values()[64] - 3.0).abs() < 1e-6);
}

#[test]
fn an_average_goes_on_from_where_it_was_stored() {
    let mut whole = Averaged::equal(&filled(0.0));
    let mut first = Averaged::equal(&filled(0.0));
    for value in [1.0, 2.0] {
        whole.update(&filled(value));
        first.update(&filled(value));
    }
    let mut second = Averaged::equal(&filled(0.0));
    let num_averaged = first.num_averaged();
    second.restore(first.into_model(), num_averaged);
    whole.update(&filled(6.0));
    second.update(&filled(6.0));
    assert_eq!(whole.model().0.values(), second.model_mut().0.values());
}

#[test]
#[should_panic(expected = "`decay` is 1, but must be at least 0 and below 1")]
fn an_ema_takes_something_in() {
    let _ = Averaged::ema(&filled(0.0), 1.0);
}

/// Gradients that are one number, proposing another for the buffers.
fn gradients(value: f32, buffer: f32) -> PlainGrads {
    let mut grads = PlainGrads::zeros();
    let (values, buffers) = grads.gradients_mut().parts_mut();
    values.fill(value);
    buffers.fill(buffer);
    grads
}

#[test]
fn every_group_gives_its_mean() {
    let mut model: Plain = new_model();
    let mut accumulator = Accumulator::new(3);
    for group in 0..2 {
        for (batch, value) in [1.0, f32::from(group as u8), 5.0].into_iter().enumerate() {
            let mean = accumulator.add(&mut model, &mut gradients(value, value + 10.0));
            assert_eq!(mean.is_some(), batch == 2);
            if let Some(mean) = mean {
                let expected = (6.0 + f32::from(group as u8)) / 3.0;
                assert!(mean.gradients().values().iter().all(|&value| (value - expected).abs() < 1e-6));
            }
            assert_eq!(model.state().values()[64], value + 10.0, "the buffers of each batch are committed");
        }
    }
    assert!(accumulator.finish().is_none());
}

#[test]
fn a_group_can_end_early_and_batches_have_weights() {
    let mut model: Plain = new_model();
    let mut accumulator = Accumulator::new(8);
    assert!(accumulator.add_weighted(&mut model, &mut gradients(f32::NAN, 0.0), 1.0).is_none());
    assert!(accumulator.finish().is_some());
    assert!(accumulator.add_weighted(&mut model, &mut gradients(1.0, 0.0), 3.0).is_none());
    assert!(accumulator.add_weighted(&mut model, &mut gradients(5.0, 0.0), 1.0).is_none());
    let mean = accumulator.finish().expect("two batches are there");
    Sgd::new(0.5).step(&mut model, mean);
    assert_eq!(model.state().values()[0], 1.0 - 0.5 * 2.0);
}

#[test]
#[should_panic(expected = "`weight` is 0, but must be positive and finite")]
fn weights_are_positive() {
    let _ = Accumulator::new(2).add_weighted(&mut filled(0.0), &mut gradients(1.0, 0.0), 0.0);
}
