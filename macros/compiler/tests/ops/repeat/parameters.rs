//! Stacks of the state in loops, and their single elements outside.

use super::{Body, Loop, layer, looped};
use crate::support::*;
use macrograd_compiler::autodiff::{Request, differentiate};
use macrograd_compiler::graph::{Builder, Role, Size, StateRef, Value};
use macrograd_compiler::ops::parameter::Parameter;
use macrograd_compiler::optimise::optimise;
use macrograd_compiler::reference::{Array, Bindings, Sizes, run};

/// A parameter of the state.
fn parameter(b: &mut Builder, tensor: usize, stacks: &[(usize, usize)], shape: Vec<Size>) -> Value {
    let state = StateRef { tensor, stacks: stacks.to_vec() };
    b.add(Parameter { state, shape, trainable: true }, &[])
}

/// Tensors of the state, filled from their number; stacks collected as the runtime lays them out.
fn state(reference: &StateRef, shape: &[usize]) -> Array {
    let Some((&(count, step), rest)) = reference.stacks.split_first() else {
        return Random::new(reference.tensor as u64 + 100).array(shape);
    };
    let elements = (0..count).map(|index| {
        state(&StateRef { tensor: reference.tensor + index * step, stacks: rest.to_vec() }, shape)
    });
    let elements: Vec<Array> = elements.collect();
    let mut whole = vec![count];
    whole.extend(&elements[0].shape);
    Array { shape: whole, data: elements.into_iter().flat_map(|element| element.data).collect() }
}

/// Gradients of the parameters of a graph with a scalar output, before and after clean-up.
fn parameter_gradients(build: impl Fn(&mut Builder) -> Value, shape: &[usize]) -> Vec<(StateRef, Array)> {
    let mut b = builder();
    let value = build(&mut b);
    let loss = op!(&mut b, sum(value));
    let graph = b.finish(vec![(Role::Output(0), loss)]);
    assert_verified(&graph);
    let request = Request { given_seed: false, input_gradients: false, num_inputs: 0 };
    let joint = differentiate(&graph, request).expect("the loop has a gradient");
    assert_verified(&joint);
    let optimised = optimise(&joint);
    assert_verified(&optimised);
    let bind = |reference: &StateRef| state(reference, shape);
    let bindings = Bindings { inputs: &[], state: &bind, sizes: &Sizes::default() };
    let (results, again) = (run(&joint, &bindings), run(&optimised, &bindings));
    let mut grads = Vec::new();
    for ((role, result), again) in joint.roles.iter().zip(results).zip(again) {
        assert_close(&again, &result, 1e-12, "after optimise");
        if let Role::GradParameter(reference) = role {
            grads.push((reference.clone(), result));
        }
    }
    grads
}

/// The gradient of a stack is that of its elements, one after the other.
fn assert_stack_of(grads: &[(StateRef, Array)], elements: &[(StateRef, Array)]) {
    let mut left: Vec<f64> = Vec::new();
    let mut right: Vec<(usize, &Array)> = Vec::new();
    for (_, grad) in grads {
        left.extend(&grad.data);
    }
    right.extend(elements.iter().map(|(reference, grad)| (reference.tensor, grad)));
    right.sort_by_key(|(tensor, _)| *tensor);
    let right: Vec<f64> = right.iter().flat_map(|(_, grad)| grad.data.iter().copied()).collect();
    let array = |data: Vec<f64>| Array { shape: vec![data.len()], data };
    assert_close(&array(left), &array(right), 1e-12, "gradient of a stack");
}

#[test]
fn stacks_of_parameters() {
    let body: Body<'_> = &|b, carried, elements| vec![layer(b, carried[0], elements[0], carried[0])];
    let stacked = parameter_gradients(
        |b| {
            let (start, stack) = (parameter(b, 0, &[], shape![2]), parameter(b, 1, &[(3, 4)], shape![2]));
            looped(b, &Loop::new(3, &[start], &[stack]), body)[0]
        },
        &[2],
    );
    assert_eq!(stacked.len(), 2);
    assert_eq!(stacked[1].0, StateRef { tensor: 1, stacks: vec![(3, 4)] });
    assert_eq!(stacked[1].1.shape, [3, 2]);
    let elements = parameter_gradients(
        |b| {
            let mut x = parameter(b, 0, &[], shape![2]);
            for tensor in [1, 5, 9] {
                let weight = parameter(b, tensor, &[], shape![2]);
                x = layer(b, x, weight, x);
            }
            x
        },
        &[2],
    );
    assert_eq!(elements.len(), 4);
    assert_stack_of(&stacked, &elements);
}

#[test]
fn an_element_by_index_adds_to_the_stack() {
    let body: Body<'_> = &|b, carried, elements| vec![layer(b, carried[0], elements[0], carried[0])];
    let stacked = parameter_gradients(
        |b| {
            let element = parameter(b, 5, &[], shape![2]);
            let start = op!(b, exp(element));
            let stack = parameter(b, 1, &[(3, 4)], shape![2]);
            let out = looped(b, &Loop::new(3, &[start], &[stack]), body)[0];
            let last = parameter(b, 9, &[], shape![2]);
            op!(b, mul(out, last))
        },
        &[2],
    );
    assert_eq!(stacked.len(), 1, "one gradient for the whole stack");
    let elements = parameter_gradients(
        |b| {
            let element = parameter(b, 5, &[], shape![2]);
            let mut x = op!(b, exp(element));
            for tensor in [1, 5, 9] {
                let weight = parameter(b, tensor, &[], shape![2]);
                x = layer(b, x, weight, x);
            }
            let last = parameter(b, 9, &[], shape![2]);
            op!(b, mul(x, last))
        },
        &[2],
    );
    assert_eq!(elements.len(), 3, "uses of one tensor add up");
    assert_stack_of(&stacked, &elements);
}

#[test]
fn stacks_of_stacks() {
    // Two blocks of three layers and one tensor of their own.
    let nested = parameter_gradients(
        |b| {
            let start = parameter(b, 0, &[], shape![2]);
            let layers = parameter(b, 1, &[(2, 4), (3, 1)], shape![2]);
            let scales = parameter(b, 4, &[(2, 4)], shape![2]);
            looped(b, &Loop::new(2, &[start], &[layers, scales]), &|b, carried, elements| {
                let inner = Loop::new(3, &[carried[0]], &[elements[0]]);
                let y = looped(b, &inner, &|b, carried, elements| {
                    vec![layer(b, carried[0], elements[0], carried[0])]
                })[0];
                vec![op!(b, mul(y, elements[1]))]
            })[0]
        },
        &[2],
    );
    assert_eq!(nested.len(), 3);
    assert_eq!(nested[1].1.shape, [2, 3, 2]);
    let elements = parameter_gradients(
        |b| {
            let mut x = parameter(b, 0, &[], shape![2]);
            for block in 0..2 {
                for tensor in 0..3 {
                    let weight = parameter(b, 1 + 4 * block + tensor, &[], shape![2]);
                    x = layer(b, x, weight, x);
                }
                let scale = parameter(b, 4 + 4 * block, &[], shape![2]);
                x = op!(b, mul(x, scale));
            }
            x
        },
        &[2],
    );
    let find = |tensor: usize| {
        elements
            .iter()
            .find(|(reference, _)| reference.tensor == tensor)
            .expect("every tensor has a gradient")
            .clone()
    };
    assert_stack_of(&nested[..1], &[find(0)]);
    assert_stack_of(&nested[1..2], &[1, 2, 3, 5, 6, 7].map(find));
    assert_stack_of(&nested[2..], &[4, 8].map(find));
}

/// Two blocks of three layers (tensors 1 to 3 and 5 to 7) and one tensor of their own (4 and 8): all layers in a loop,
/// those of one block, the same layer of every block, one layer, and the blocks' own tensors.
#[test]
fn parts_of_stacks_of_stacks_add_to_the_whole() {
    let body: Body<'_> = &|b, carried, elements| vec![layer(b, carried[0], elements[0], carried[0])];
    let stacked = parameter_gradients(
        |b| {
            let start = parameter(b, 0, &[], shape![2]);
            let all = parameter(b, 1, &[(2, 4), (3, 1)], shape![2]);
            let x = looped(b, &Loop::new(2, &[start], &[all]), &|b, carried, elements| {
                looped(b, &Loop::new(3, &[carried[0]], &[elements[0]]), body)
            })[0];
            let second_block = parameter(b, 5, &[(3, 1)], shape![2]);
            let x = looped(b, &Loop::new(3, &[x], &[second_block]), body)[0];
            let second_layers = parameter(b, 2, &[(2, 4)], shape![2]);
            let x = looped(b, &Loop::new(2, &[x], &[second_layers]), body)[0];
            let last = parameter(b, 7, &[], shape![2]);
            let x = layer(b, x, last, x);
            [4, 8].into_iter().fold(x, |x, tensor| {
                let own = parameter(b, tensor, &[], shape![2]);
                layer(b, x, own, x)
            })
        },
        &[2],
    );
    let tensors: Vec<usize> = stacked.iter().map(|(reference, _)| reference.tensor).collect();
    assert_eq!(tensors, [0, 1, 4, 8], "one gradient for all layers");
    let elements = parameter_gradients(
        |b| {
            let start = parameter(b, 0, &[], shape![2]);
            [1, 2, 3, 5, 6, 7, 5, 6, 7, 2, 6, 7, 4, 8].into_iter().fold(start, |x, tensor| {
                let weight = parameter(b, tensor, &[], shape![2]);
                layer(b, x, weight, x)
            })
        },
        &[2],
    );
    assert_eq!(elements.len(), 9);
    let find = |tensor: usize| {
        elements
            .iter()
            .find(|(reference, _)| reference.tensor == tensor)
            .expect("every tensor has a gradient")
            .clone()
    };
    assert_stack_of(&stacked[..1], &[find(0)]);
    assert_stack_of(&stacked[1..2], &[1, 2, 3, 5, 6, 7].map(find));
    assert_stack_of(&stacked[2..], &[4, 8].map(find));
}
