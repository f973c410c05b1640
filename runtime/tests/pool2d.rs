//! Pooling against its plain form and PyTorch.

mod common;

use common::{check, random_integers, random_values, reference};
use macrograd_runtime::ops::avg_pool2d::{avg_pool2d, avg_pool2d_grad, avg_pool2d_grad_ref, avg_pool2d_ref};
use macrograd_runtime::ops::max_pool2d::{
    max_pool2d, max_pool2d_at, max_pool2d_at_ref, max_pool2d_grad, max_pool2d_grad_ref, max_pool2d_ref,
};
use macrograd_runtime::ops::pool2d::Pool2d;

const PLAIN: Pool2d = Pool2d {
    planes: 1,
    height: 1,
    width: 1,
    kernel: [2, 2],
    stride: [2, 2],
    padding: [0, 0],
    dilation: [1, 1],
    ceil_mode: false,
    count_include_pad: true,
};

/// Geometries: common ones, odd ones, more columns than a block, more work than one part.
fn pools() -> Vec<Pool2d> {
    let mut pools = Vec::new();
    let sizes =
        [(1, 1, 1), (0, 4, 4), (3, 2, 2), (2, 7, 5), (2, 6, 5), (5, 13, 17), (1, 3, 150), (2, 131, 16)];
    for (planes, height, width) in sizes {
        for (kernel, stride, padding) in [
            ([2, 2], [2, 2], [0, 0]),
            ([3, 3], [2, 2], [1, 1]),
            ([3, 3], [1, 1], [1, 1]),
            ([3, 2], [3, 1], [1, 0]),
            ([2, 5], [1, 3], [0, 2]),
            ([1, 1], [2, 2], [0, 0]),
            ([height, width], [1, 1], [0, 0]),
        ] {
            for ceil_mode in [false, true] {
                pools.push(Pool2d { planes, height, width, kernel, stride, padding, ceil_mode, ..PLAIN });
            }
        }
    }
    pools.push(Pool2d { planes: 20, height: 56, width: 57, ..PLAIN });
    pools.push(Pool2d { planes: 9, height: 57, width: 56, kernel: [3, 3], padding: [1, 1], ..PLAIN });
    pools.push(Pool2d { planes: 5000, height: 7, width: 7, kernel: [7, 7], ..PLAIN });
    pools
}

/// Random integers, with NaN and infinities in every eleventh place of odd planes' inputs.
fn input_of(pool: &Pool2d) -> Vec<f32> {
    let mut input = random_integers(pool.input_len(), 1);
    let plane = pool.height * pool.width;
    for i in (0..input.len()).filter(|i| i / plane % 2 == 1).step_by(11) {
        input[i] = [f32::NAN, f32::NEG_INFINITY, f32::INFINITY][i / 11 % 3];
    }
    input
}

#[test]
fn max_pool2d_matches_its_plain_form() {
    for pool in pools() {
        for dilation in [[1, 1], [2, 1], [1, 3]] {
            let pool = Pool2d { dilation, ..pool };
            if dilation != [1, 1] && pool.planes > 5 {
                continue;
            }
            let input = input_of(&pool);
            let expected = reference(pool.output_len(), |output| max_pool2d_ref(output, &input, &pool));
            check(&format!("{pool:?}"), &expected, 0.0, |output| max_pool2d(output, &input, &pool));

            let grad_output = random_integers(pool.output_len(), 2);
            let expected =
                reference(pool.input_len(), |grad| max_pool2d_grad_ref(grad, &grad_output, &input, &pool));
            check(&format!("gradient, {pool:?}"), &expected, 0.0, |grad| {
                max_pool2d_grad(grad, &grad_output, &input, &pool);
            });

            let values = random_values(pool.input_len(), 5);
            let expected =
                reference(pool.output_len(), |output| max_pool2d_at_ref(output, &values, &input, &pool));
            check(&format!("values at the maxima, {pool:?}"), &expected, 0.0, |output| {
                max_pool2d_at(output, &values, &input, &pool);
            });
        }
    }
}

#[test]
fn avg_pool2d_matches_its_plain_form() {
    for pool in pools() {
        for count_include_pad in [false, true] {
            let pool = Pool2d { count_include_pad, ..pool };
            let input = random_values(pool.input_len(), 3);
            let expected = reference(pool.output_len(), |output| avg_pool2d_ref(output, &input, &pool));
            // Only a window that is the whole plane is summed in another order.
            check(&format!("{pool:?}"), &expected, 1e-5, |output| avg_pool2d(output, &input, &pool));

            let grad_output = random_values(pool.output_len(), 4);
            let expected = reference(pool.input_len(), |grad| avg_pool2d_grad_ref(grad, &grad_output, &pool));
            check(&format!("gradient, {pool:?}"), &expected, 1e-6, |grad| {
                avg_pool2d_grad(grad, &grad_output, &pool);
            });
        }
    }
}

/// Outputs of PyTorch 2.15 for `1, 2, ..` or its sine in a plane.
#[test]
fn pooling_matches_pytorch() {
    let counted = |len: usize| (1..=len).map(|i| i as f32).collect::<Vec<_>>();
    let image = Pool2d { height: 3, width: 5, padding: [1, 1], ceil_mode: true, ..PLAIN };
    let without_pad = Pool2d { count_include_pad: false, ..image };
    let larger = Pool2d { height: 4, kernel: [3, 3], ..image };
    let wide = Pool2d { height: 4, kernel: [2, 3], stride: [2, 3], ..image };
    for (pool, expected) in [
        (image, &[0.25, 1.25, 2.25, 4.25, 10.0, 12.0][..]),
        (without_pad, &[1.0, 2.5, 4.5, 8.5, 10.0, 12.0]),
        (larger, &[1.777_777_8, 3.666_666_7, 3.111_111_2, 7.666_666_5, 13.0, 9.666_667, 5.5, 9.0, 6.5]),
        (wide, &[0.5, 2.0, 6.0, 11.5, 5.5, 9.5]),
    ] {
        let input = counted(pool.input_len());
        check(&format!("{pool:?}"), expected, 1e-6, |output| avg_pool2d(output, &input, &pool));
    }
    let ones = vec![1.0; larger.output_len()];
    let (a, b) = (0.111_111_11, 0.222_222_22);
    let mut expected = vec![a, b, a, b, a, b, 2.0 * b, b, 2.0 * b, b, a, b, a, b, a];
    expected.extend([0.277_777_8, 0.555_555_6, 0.277_777_8, 0.555_555_6, 0.277_777_8]);
    check("gradient of avg_pool2d", &expected, 1e-6, |grad| avg_pool2d_grad(grad, &ones, &larger));

    let sines: Vec<f32> = counted(15).iter().map(|x| x.sin()).collect();
    let plain = Pool2d { height: 3, width: 5, ..PLAIN };
    for (pool, expected) in [
        (
            Pool2d { kernel: [3, 3], padding: [1, 1], ..plain },
            &[0.909_297_4, 0.989_358_25, 0.412_118_5, 0.656_986_6, 0.990_607_4, 0.990_607_4][..],
        ),
        (
            Pool2d { ceil_mode: true, ..plain },
            &[0.909_297_4, 0.989_358_25, -0.544_021_1, -0.536_572_93, 0.990_607_4, 0.650_287_87],
        ),
        (Pool2d { stride: [1, 1], dilation: [2, 2], ..plain }, &[0.841_470_96, 0.990_607_4, 0.650_287_87]),
    ] {
        check(&format!("{pool:?}"), expected, 1e-6, |output| max_pool2d(output, &sines, &pool));
    }
}

/// PyTorch gives the gradient to the last NaN of a window, to the first of equal maxima, and also where all are -inf.
#[test]
fn ties_and_nan_choose_as_pytorch() {
    let pool = Pool2d { height: 2, width: 2, ..PLAIN };
    let padded = Pool2d { height: 2, width: 2, kernel: [3, 3], padding: [1, 1], ..PLAIN };
    let (nan, low) = (f32::NAN, f32::NEG_INFINITY);
    for (input, chosen) in
        [([1.0, nan, nan, 2.0], 2), ([3.0, 3.0, 3.0, 2.0], 0), ([low; 4], 0), ([nan, 5.0, 1.0, nan], 3)]
    {
        let mut expected = [0.0; 4];
        expected[chosen] = 1.0;
        for pool in [pool, padded] {
            check("chosen", &expected, 0.0, |grad| max_pool2d_grad(grad, &[1.0], &input, &pool));
        }
    }
}

#[test]
#[should_panic(expected = "exceeds half the window")]
fn too_much_padding_is_refused() {
    Pool2d { padding: [2, 0], ..PLAIN }.out_height();
}

#[test]
fn a_window_larger_than_the_input_has_no_output() {
    assert_eq!(Pool2d { kernel: [3, 3], ..PLAIN }.output_len(), 0);
    // Rounding up, it has one, as in PyTorch.
    assert_eq!(Pool2d { ceil_mode: true, ..PLAIN }.out_width(), 1);
}
