//! Strided copies, their gradient and concatenation against their plain forms.

mod common;

use common::{check, random_values, reference, run_everywhere};
use macrograd_runtime::arena::{view, view_mut};
use macrograd_runtime::ops::concat::{concat, concat_ref};
use macrograd_runtime::ops::strided_copy::{
    strided_copy, strided_copy_ref, strided_scatter, strided_scatter_ref,
};

struct Case {
    name: String,
    sizes: Vec<usize>,
    strides: Vec<isize>,
    offset: usize,
    /// Length of the strided side.
    len: usize,
}

fn contiguous(sizes: &[usize]) -> Vec<isize> {
    (0..sizes.len()).map(|d| sizes[d + 1..].iter().product::<usize>() as isize).collect()
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
    let offset = first * strides[axis] as usize;
    sliced[axis] = count;
    strides[axis] *= step as isize;
    let name = format!("slice {sizes:?} along {axis}: {count} from {first} by {step}");
    Case { name, sizes: sliced, strides, offset, len: sizes.iter().product() }
}

/// Some axes from the last place to the first, after a permutation.
fn flip(sizes: &[usize], order: &[usize], axes: &[usize]) -> Case {
    let mut case = permutation(sizes, order);
    for &axis in axes {
        case.offset += case.sizes[axis].saturating_sub(1) * case.strides[axis] as usize;
        case.strides[axis] *= -1;
    }
    case.name = format!("{}, {axes:?} backwards", case.name);
    case
}

fn broadcast(sizes: &[usize], strides: &[isize], len: usize) -> Case {
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
    cases.push(flip(&[1], &[0], &[0]));
    cases.push(flip(&[0, 3], &[0, 1], &[0]));
    cases.push(flip(&[17], &[0], &[0]));
    cases.push(flip(&[90_001], &[0], &[0]));
    cases.push(flip(&[5, 7], &[0, 1], &[0]));
    cases.push(flip(&[5, 7], &[0, 1], &[1]));
    cases.push(flip(&[5, 7], &[0, 1], &[0, 1]));
    cases.push(flip(&[300, 211], &[0, 1], &[0, 1]));
    cases.push(flip(&[3, 17, 19], &[0, 2, 1], &[0]));
    cases.push(flip(&[3, 17, 19], &[0, 2, 1], &[1]));
    cases.push(flip(&[3, 17, 19], &[0, 2, 1], &[2]));
    cases.push(flip(&[64, 3, 100], &[2, 1, 0], &[1]));
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

/// Elements of every type are moved alike.
#[test]
fn other_elements_move_as_f32_does() {
    let cases = [
        permutation(&[17, 33], &[1, 0]),
        slice(&[7, 50], 1, 3, 20, 2),
        flip(&[9, 300, 11], &[2, 0, 1], &[1]),
    ];
    for Case { name, sizes, strides, offset, len } in cases {
        let places: Vec<f32> = (0..len).map(|place| place as f32).collect();
        let expected = reference(sizes.iter().product(), |output| {
            strided_copy_ref(output, &places, &sizes, &strides, offset);
        });
        let bytes: Vec<u8> = (0..len).map(|place| place as u8).collect();
        let words: Vec<u32> = (0..len as u32).collect();
        let long: Vec<i64> = (0..len as i64).map(|place| place << 33).collect();
        for (_, output) in run_everywhere(expected.len(), |output| {
            strided_copy(view_mut::<u8>(output), &bytes, &sizes, &strides, offset);
        }) {
            let wrapped: Vec<u8> = expected.iter().map(|&place| place as usize as u8).collect();
            assert_eq!(view::<u8>(&output), wrapped, "{name}: bytes");
        }
        for (_, output) in run_everywhere(expected.len(), |output| {
            strided_copy(view_mut::<u32>(output), &words, &sizes, &strides, offset);
        }) {
            let exact: Vec<u32> = expected.iter().map(|&place| place as u32).collect();
            assert_eq!(view::<u32>(&output), exact, "{name}: words");
        }
        let mut output = vec![-1; expected.len()];
        strided_copy(&mut output, &long, &sizes, &strides, offset);
        let exact: Vec<i64> = expected.iter().map(|&place| (place as i64) << 33).collect();
        assert_eq!(output, exact, "{name}: long");
    }
}

#[test]
#[should_panic(expected = "addresses element -1 of 6")]
fn an_address_before_the_input_is_refused() {
    strided_copy(&mut [0.0; 3], &[0.0; 6], &[3], &[-1], 1);
}

#[test]
#[should_panic(expected = "run backwards")]
fn a_scatter_does_not_run_backwards() {
    strided_scatter(&mut [0.0; 3], &[0.0; 3], &[3], &[-1], 2);
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
