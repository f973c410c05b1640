//! Strided copies, their gradient and concatenation against their plain forms.

mod common;

use common::{check, random_values, reference};
use macrograd_runtime::ops::concat::{concat, concat_ref};
use macrograd_runtime::ops::strided_copy::{
    strided_copy, strided_copy_ref, strided_scatter, strided_scatter_ref,
};

struct Case {
    name: String,
    sizes: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
    /// Length of the strided side.
    len: usize,
}

fn contiguous(sizes: &[usize]) -> Vec<usize> {
    (0..sizes.len()).map(|d| sizes[d + 1..].iter().product()).collect()
}

fn permutation(sizes: &[usize], order: &[usize]) -> Case {
    let strides = contiguous(sizes);
    Case {
        name: format!("permute {sizes:?} by {order:?}"),
        sizes: order.iter().map(|&d| sizes[d]).collect(),
        strides: order.iter().map(|&d| strides[d]).collect(),
        offset: 0,
        len: sizes.iter().product(),
    }
}

fn slice(sizes: &[usize], axis: usize, first: usize, count: usize, step: usize) -> Case {
    let mut strides = contiguous(sizes);
    let mut sliced = sizes.to_vec();
    let offset = first * strides[axis];
    sliced[axis] = count;
    strides[axis] *= step;
    let name = format!("slice {sizes:?} along {axis}: {count} from {first} by {step}");
    Case { name, sizes: sliced, strides, offset, len: sizes.iter().product() }
}

fn broadcast(sizes: &[usize], strides: &[usize], len: usize) -> Case {
    let name = format!("broadcast {sizes:?} by {strides:?}");
    Case { name, sizes: sizes.to_vec(), strides: strides.to_vec(), offset: 0, len }
}

/// Copies whose addresses differ, so that they have a gradient.
fn disjoint_cases() -> Vec<Case> {
    vec![
        permutation(&[], &[]),
        permutation(&[1], &[0]),
        permutation(&[0, 3], &[1, 0]),
        permutation(&[17, 31], &[1, 0]),
        permutation(&[16, 32], &[1, 0]),
        permutation(&[1, 40], &[1, 0]),
        permutation(&[2, 3, 5], &[2, 1, 0]),
        permutation(&[2, 3, 5], &[1, 0, 2]),
        permutation(&[3, 17, 4, 9], &[0, 2, 3, 1]),
        permutation(&[3, 4, 9, 17], &[0, 3, 1, 2]),
        permutation(&[33, 2, 18], &[2, 0, 1]),
        permutation(&[19, 2, 35], &[2, 1, 0]),
        permutation(&[2, 3, 2, 2, 1, 3, 2, 2], &[7, 3, 5, 0, 1, 6, 4, 2]),
        permutation(&[211, 307], &[1, 0]),
        permutation(&[5, 64, 28, 28], &[0, 2, 3, 1]),
        slice(&[7], 0, 2, 3, 2),
        slice(&[7, 5], 0, 1, 4, 1),
        slice(&[7, 5], 1, 1, 3, 1),
        slice(&[7, 5], 1, 4, 1, 1),
        slice(&[7, 5], 1, 0, 0, 1),
        slice(&[4, 9, 16], 1, 1, 4, 2),
        slice(&[4, 9, 16], 2, 0, 8, 2),
        slice(&[400, 3, 67], 1, 1, 2, 1),
        slice(&[90_000], 0, 1, 29_999, 3),
    ]
}

#[test]
fn strided_copy_matches_its_plain_form() {
    let mut cases = disjoint_cases();
    cases.push(broadcast(&[3, 5], &[0, 1], 5));
    cases.push(broadcast(&[3, 5], &[1, 0], 3));
    cases.push(broadcast(&[2, 3, 17], &[0, 0, 0], 1));
    cases.push(broadcast(&[4, 17, 33], &[1, 0, 4], 4 * 33));
    cases.push(broadcast(&[300, 200], &[0, 1], 200));
    cases.push(broadcast(&[6, 5], &[1, 1], 10));
    for Case { name, sizes, strides, offset, len } in cases {
        let input = random_values(len, 1);
        let expected = reference(sizes.iter().product(), |output| {
            strided_copy_ref(output, &input, &sizes, &strides, offset);
        });
        check(&name, &expected, 0.0, |output| strided_copy(output, &input, &sizes, &strides, offset));
    }
}

#[test]
fn strided_scatter_matches_its_plain_form() {
    let mut cases = disjoint_cases();
    // Shared addresses: the last index wins.
    cases.push(broadcast(&[3, 5], &[0, 1], 7));
    cases.push(broadcast(&[3, 5], &[1, 0], 4));
    for Case { name, sizes, strides, offset, len } in cases {
        let input = random_values(sizes.iter().product(), 1);
        let expected = reference(len, |output| strided_scatter_ref(output, &input, &sizes, &strides, offset));
        check(&name, &expected, 0.0, |output| strided_scatter(output, &input, &sizes, &strides, offset));
    }
}

#[test]
#[should_panic(expected = "addresses element 6 of 6")]
fn an_address_outside_the_input_is_refused() {
    strided_copy(&mut [0.0; 6], &[0.0; 6], &[2, 3], &[3, 1], 1);
}

#[test]
fn concat_matches_its_plain_form() {
    for (outer, lens) in [
        (1, vec![3]),
        (5, vec![1, 16, 7]),
        (0, vec![2, 3]),
        (3, vec![0, 2, 0]),
        (4, vec![]),
        (3, vec![0]),
        (521, vec![64, 33]),
    ] {
        let inputs: Vec<Vec<f32>> =
            lens.iter().enumerate().map(|(i, &len)| random_values(outer * len, i as u64)).collect();
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let expected = reference(outer * lens.iter().sum::<usize>(), |output| {
            concat_ref(output, &inputs, &lens, outer);
        });
        let name = format!("{outer} x {lens:?}");
        check(&name, &expected, 0.0, |output| concat(output, &inputs, &lens, outer));
    }
}
