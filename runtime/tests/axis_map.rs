//! Linear maps along an axis and their transposes against their plain forms, and their rules against PyTorch.

mod common;

use common::{check, random_values, reference};
use macrograd_runtime::ops::axis_map::{
    AxisMap, Edge, Resample, Rule, axis_map, axis_map_grad, axis_map_grad_ref, axis_map_ref,
};

const PLAIN: Resample = Resample { scale_factor: None, align_corners: false, antialias: false };
const CORNERS: Resample = Resample { align_corners: true, ..PLAIN };
const SMOOTH: Resample = Resample { antialias: true, ..PLAIN };

/// Rules with the sizes of axes that they suit.
fn rules() -> Vec<(Rule, usize, usize)> {
    let mut rules = Vec::new();
    for edge in [Edge::Constant, Edge::Reflect, Edge::Replicate, Edge::Circular] {
        rules.push((Rule::Pad { before: 2, edge }, 5, 8));
        rules.push((Rule::Pad { before: 0, edge }, 33, 40));
        rules.push((Rule::Pad { before: -2, edge }, 5, 2));
        rules.push((Rule::Pad { before: -1, edge }, 17, 18));
    }
    rules.push((Rule::Pad { before: 9, edge: Edge::Constant }, 1, 20));
    rules.push((Rule::Pad { before: -7, edge: Edge::Constant }, 5, 2));
    rules.push((Rule::Pad { before: 4, edge: Edge::Constant }, 5, 3));
    rules.push((Rule::Pad { before: 1, edge: Edge::Constant }, 0, 3));
    rules.push((Rule::Pad { before: 9, edge: Edge::Replicate }, 1, 20));
    rules.push((Rule::Windows { kernel: 3, stride: 1, dilation: 1, padding: 0 }, 6, 12));
    rules.push((Rule::Windows { kernel: 3, stride: 2, dilation: 2, padding: 3 }, 7, 15));
    rules.push((Rule::Windows { kernel: 2, stride: 5, dilation: 1, padding: 1 }, 13, 6));
    rules.push((Rule::Windows { kernel: 1, stride: 1, dilation: 1, padding: 0 }, 1, 1));
    rules.push((Rule::AdaptiveWindows { kernel: 3 }, 7, 9));
    rules.push((Rule::AdaptiveMean, 7, 3));
    rules.push((Rule::AdaptiveMean, 3, 7));
    rules.push((Rule::AdaptiveMean, 40, 1));
    for (len, out_len) in [(5, 8), (8, 5), (1, 3), (6, 1), (33, 66), (4, 4)] {
        for exact in [false, true] {
            rules.push((Rule::Nearest { scale_factor: None, exact }, len, out_len));
        }
        for resample in [PLAIN, CORNERS, SMOOTH] {
            rules.push((Rule::Linear(resample), len, out_len));
            rules.push((Rule::Cubic(resample), len, out_len));
        }
    }
    let scaled = Resample { scale_factor: Some(1.7), ..PLAIN };
    rules.push((Rule::Linear(scaled), 7, 11));
    rules.push((Rule::Cubic(scaled), 7, 11));
    rules.push((Rule::Nearest { scale_factor: Some(1.7), exact: false }, 7, 11));
    rules
}

fn maps() -> Vec<AxisMap> {
    let mut maps = Vec::new();
    for (rule, len, out_len) in rules() {
        for (outer, inner) in [(1, 1), (5, 1), (3, 7), (1, 64), (2, 33), (0, 3)] {
            maps.push(AxisMap { outer, len, out_len, inner, rule });
        }
    }
    // Enough to be cut into parts.
    let windows = Rule::Windows { kernel: 3, stride: 1, dilation: 1, padding: 1 };
    for (outer, len, inner) in [(700, 37, 1), (70, 9, 50), (1, 50, 2000)] {
        maps.push(AxisMap { outer, len, out_len: 3 * len, inner, rule: windows });
        maps.push(AxisMap { outer, len, out_len: 2 * len, inner, rule: Rule::Linear(PLAIN) });
    }
    maps
}

#[test]
fn maps_match_their_plain_forms() {
    for map in maps() {
        let input = random_values(map.outer * map.len * map.inner, 1);
        let out_len = map.outer * map.out_len * map.inner;
        let expected = reference(out_len, |output| axis_map_ref(output, &input, &map, 2.5));
        check(&format!("{map:?}"), &expected, 1e-5, |output| axis_map(output, &input, &map, 2.5));

        let grad_output = random_values(out_len, 2);
        let expected = reference(input.len(), |grad| axis_map_grad_ref(grad, &grad_output, &map));
        check(&format!("gradient, {map:?}"), &expected, 1e-5, |grad| axis_map_grad(grad, &grad_output, &map));
    }
}

/// Outputs of PyTorch 2.15 for `0, 1, .., len - 1`: places, and where interpolation is linear, coordinates.
#[test]
fn rules_match_pytorch() {
    let nearest = |scale_factor, exact| Rule::Nearest { scale_factor, exact };
    let cases: &[(Rule, usize, &[f32])] = &[
        (
            Rule::Pad { before: 2, edge: Edge::Constant },
            4,
            &[-1.0, -1.0, 0.0, 1.0, 2.0, 3.0, -1.0, -1.0, -1.0],
        ),
        (Rule::Pad { before: -1, edge: Edge::Constant }, 4, &[1.0, 2.0, 3.0, -1.0, -1.0]),
        (Rule::Pad { before: 2, edge: Edge::Constant }, 4, &[-1.0, -1.0, 0.0, 1.0, 2.0]),
        (Rule::Pad { before: 2, edge: Edge::Reflect }, 4, &[2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0]),
        (Rule::Pad { before: -1, edge: Edge::Reflect }, 4, &[1.0, 2.0, 3.0, 2.0, 1.0]),
        (Rule::Pad { before: 2, edge: Edge::Reflect }, 4, &[2.0, 1.0, 0.0, 1.0, 2.0]),
        (Rule::Pad { before: 2, edge: Edge::Replicate }, 4, &[0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0]),
        (Rule::Pad { before: -1, edge: Edge::Replicate }, 4, &[1.0, 2.0, 3.0, 3.0, 3.0]),
        (Rule::Pad { before: 2, edge: Edge::Replicate }, 4, &[0.0, 0.0, 0.0, 1.0, 2.0]),
        (Rule::Pad { before: 2, edge: Edge::Circular }, 4, &[2.0, 3.0, 0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0]),
        (Rule::AdaptiveMean, 7, &[1.0, 3.0, 5.0]),
        (Rule::AdaptiveMean, 3, &[0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.0]),
        (Rule::AdaptiveMean, 10, &[1.0, 3.0, 6.0, 8.0]),
        (nearest(None, false), 3, &[0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0]),
        (nearest(None, true), 3, &[0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0]),
        (nearest(None, false), 7, &[0.0, 2.0, 4.0]),
        (nearest(None, true), 7, &[1.0, 3.0, 5.0]),
        (nearest(None, false), 5, &[0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]),
        (nearest(None, true), 5, &[0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]),
        (
            nearest(None, false),
            41,
            &[
                0.0, 1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 9.0, 11.0, 12.0, 14.0, 15.0, 16.0, 18.0, 19.0, 21.0, 22.0,
                24.0, 25.0, 26.0, 28.0, 29.0, 31.0, 32.0, 33.0, 35.0, 36.0, 38.0, 39.0,
            ],
        ),
        (
            nearest(None, true),
            41,
            &[
                0.0, 2.0, 3.0, 4.0, 6.0, 7.0, 9.0, 10.0, 12.0, 13.0, 14.0, 16.0, 17.0, 19.0, 20.0, 21.0,
                23.0, 24.0, 26.0, 27.0, 28.0, 30.0, 31.0, 33.0, 34.0, 36.0, 37.0, 38.0, 40.0,
            ],
        ),
        (nearest(Some(2.6), false), 5, &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0]),
        (nearest(Some(2.6), true), 5, &[0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]),
        (
            Rule::Linear(Resample { scale_factor: Some(2.6), ..PLAIN }),
            5,
            &[
                0.0, 0.0769231, 0.4615385, 0.8461539, 1.230769, 1.615385, 2.0, 2.384615, 2.769231, 3.153846,
                3.538462, 3.923077, 4.0,
            ],
        ),
        (nearest(Some(0.7), false), 9, &[0.0, 1.0, 2.0, 4.0, 5.0, 7.0]),
        (nearest(Some(0.7), true), 9, &[0.0, 2.0, 3.0, 5.0, 6.0, 7.0]),
        (
            Rule::Linear(Resample { scale_factor: Some(0.7), ..PLAIN }),
            9,
            &[0.2142857, 1.642857, 3.071429, 4.5, 5.928572, 7.357143],
        ),
        (Rule::Linear(PLAIN), 3, &[0.0, 0.1428571, 0.5714285, 1.0, 1.428572, 1.857143, 2.0]),
        (Rule::Linear(CORNERS), 3, &[0.0, 0.3333333, 0.6666667, 1.0, 1.333333, 1.666667, 2.0]),
        (Rule::Linear(PLAIN), 7, &[0.6666666, 3.0, 5.333333]),
        (Rule::Linear(CORNERS), 7, &[0.0, 3.0, 6.0]),
        (Rule::Linear(PLAIN), 1, &[0.0, 0.0, 0.0]),
        (Rule::Linear(CORNERS), 1, &[0.0, 0.0, 0.0]),
        (
            Rule::Cubic(PLAIN),
            5,
            &[-0.0928345, 0.3490601, 1.088135, 1.647217, 2.352783, 2.911865, 3.65094, 4.092835],
        ),
        (Rule::Cubic(CORNERS), 5, &[0.0, 0.4752189, 1.186589, 1.670554, 2.329447, 2.813411, 3.524782, 4.0]),
        (
            Rule::Cubic(SMOOTH),
            5,
            &[-0.0719557, 0.3444457, 1.0625, 1.6875, 2.3125, 2.9375, 3.655554, 4.071956],
        ),
        (Rule::Linear(SMOOTH), 5, &[0.0, 0.4375, 1.0625, 1.6875, 2.3125, 2.9375, 3.5625, 4.0]),
        (Rule::Cubic(PLAIN), 8, &[0.23175, 1.864001, 3.5, 5.135998, 6.76825]),
        (Rule::Cubic(CORNERS), 8, &[0.0, 1.703125, 3.5, 5.296875, 7.0]),
        (Rule::Cubic(SMOOTH), 8, &[0.3258863, 1.877912, 3.5, 5.122088, 6.674113]),
        (Rule::Linear(SMOOTH), 8, &[0.4090909, 1.925926, 3.5, 5.074074, 6.59091]),
    ];
    for &(rule, len, expected) in cases {
        let input: Vec<f32> = (0..len).map(|place| place as f32).collect();
        let map = AxisMap { outer: 1, len, out_len: expected.len(), inner: 1, rule };
        check(&format!("{map:?}"), expected, 1e-6, |output| axis_map(output, &input, &map, -1.0));
    }
}

#[test]
#[should_panic(expected = "a tap at 3 of an axis of 3")]
fn an_edge_reflected_too_far_is_refused() {
    let rule = Rule::Pad { before: 3, edge: Edge::Reflect };
    axis_map(&mut [0.0; 6], &[0.0; 3], &AxisMap { outer: 1, len: 3, out_len: 6, inner: 1, rule }, 0.0);
}
