//! Reductions, running sums and products, and operations that move elements: one compiled model for each family of
//! kernels.

cases! { "layers_shapes";
    reduce_first(x: [3, 4, 5]) -> [4, 5] { x.min(0) + x.prod(0) + x.max(0) + x.sum(0) };
    reduce_middle(x: [3, 4, 5]) -> [3, 5] { x.min(1) + x.prod(1) + x.max(1) + x.sum(1) };
    reduce_last(x: [3, 4, 37]) -> [3, 4] { x.min(2) + x.prod(2) + x.max(2) + x.sum(2) };
    reduce_all(x: [6, 7]) -> [] {
        (x / 3.0).min() + (1.0 + x / 9.0).prod() + x.std() + x.logsumexp() + x.norm(3)
    };
    prod_with_zeros(x: [6, 5]) -> [6] { x.prod(1) };
    spread(x: [3, 6]) -> [3] { x.var(1) + x.std(1, correction = 0) };
    norms(x: [3, 6]) -> [3] { x.norm(2, 1) + x.norm(1, 1) + x.norm("inf", 1) + x.norm(1.5, 1) };
    cumsum(x: [2, 3, 17]) -> [2, 3, 17] { x.cumsum(1) * x.cumsum(2) };
    cumprod(x: [3, 5]) -> [3, 5] { x.cumprod(1) + x.cumprod(0) };
    cumprod_with_zeros(x: [6, 5]) -> [6, 5] { x.cumprod(1) };
    flip(x: [2, 3, 4]) -> [2, 3, 4] { x.flip(1) * x.flip([0, 2]) };
    roll(x: [2, 3, 4]) -> [2, 3, 4] { x.roll(1, 1) * x.roll([-1, 2], [0, 2]) + x.roll(5) };
    step_by(x: [3, 8]) -> [3, 4] { x.slice(.., 1..).step_by(2, 1) * x.step_by(2, 1) };
    diagonals(x: [4, 4]) -> [4, 4] { x.diagonal(1).diag(-1) + x.trace() + x.diag() };
    masked_scores(x: [3, 4], mask: [4]) -> [3] {
        x.masked_fill(mask > 0.0, f32::NEG_INFINITY).logsumexp(1)
    };
    triangles(x: [4, 4]) -> [4, 4] { x.tril(1).matmul(x.triu()) };
    parts(x: [3, 4]) -> [3, 4] {
        let rows = x.unbind();
        let [left, right] = x.split([1, 3], axis = 1);
        let [first, second] = x.chunk(2, axis = 1);
        let picked = stack([rows[0] * rows[1], rows[2], x.at(0, 1)]);
        picked * concat([right, left], axis = 1) * concat([second, first], axis = 1)
    };
    copies(x: [2, 3]) -> [4, 9] {
        x.repeat([2, 3]) * x.repeat_interleave(2, axis = 0).repeat_interleave(3, axis = 1)
    };
    new_tensors(x: [4, 4]) -> [4, 4] {
        x * arange(4.0) + linspace(-1, 1, 4) + eye(4).matmul(x) + full([4, 4], 0.25) + zeros([4])
    };
    one_hot(x: [4, 5], label: u8[4]) -> [4, 5] { label.one_hot(5) * x };
    moved_labels(x: [8, 3], label: u8[2, 3]) -> [8, 3] {
        let turned = label.flip(1).t().slice(1..);
        let rolled = label.roll(1, 1).slice(.., ..2);
        concat([turned, rolled]).reshape([8]).one_hot(3) * x
    };
    moved_long_labels(x: [8, 3], label: i64[2, 3]) -> [8, 3] {
        let turned = label.flip(1).t().slice(1..);
        let rolled = label.roll(1, 1).slice(.., ..2);
        concat([turned, rolled]).reshape([8]).one_hot(3) * x
    };
}

mod run_time_sizes {
    use macrograd::Error;
    use macrograd::prelude::*;

    #[model]
    struct Net {
        #[init(ones)]
        scale: Param,
    }

    #[model]
    impl Net {
        pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 3> {
            let places = (arange(N) as f32).unsqueeze(1);
            let [before, last] = x.split([N - 1, 1]);
            let turned = concat([last, before]);
            let mixed = x.cumsum(0) + x.flip(0) * places + x.roll(-1, 0) + turned.cumprod(0);
            (mixed + zeros([N, 3]) + ones_like(x) + eye(N).matmul(x) + eye(N, 3)) * self.scale
        }

        /// Elements of all types that are moved and returned.
        pub fn moved<N: Dim>(
            &self,
            byte: Tensor<u8, N, 2>,
            word: Tensor<u32, N, 2>,
            long: Tensor<i64, N, 2>,
        ) -> (Tensor<u8, 2, N>, Tensor<u32, N, 2>, Tensor<i64, { 2 * N }, 2>, Tensor<i64, 2, 3, N>) {
            let wide = long.t().unsqueeze(1).expand([2, 3, N]);
            (byte.flip(0).t(), word.roll(1, 0), concat([long, long.flip([0, 1])]), wide)
        }

        /// Reduced in several parts, if there are enough rows.
        pub fn columns<N: Dim>(&self, x: Tensor<N, 300>) -> (Tensor<300>, Tensor<300>, Tensor<300>) {
            (x.min(0), x.max(0), x.prod(0))
        }

        pub fn classes<N: Dim>(&self, label: Tensor<i64, N>) -> Tensor<2, N> {
            label.flip(0).one_hot(2).t()
        }
    }

    #[test]
    fn values_and_gradients() {
        let net = Net::new(Device::cpu(), 0);
        for rows in [1, 2, 5, 17] {
            let x = Tensor::from_fn((rows, Const::<3>), |at| 0.5 + (at[0] * 3 + at[1]) as f32 % 7.0 / 7.0);
            let at = |row: usize, column: usize| f64::from(x.as_slice()[row * 3 + column]);
            let (mut workspace, mut grads) = (net.workspace(), net.zero_grads());
            let (y, saved) = net.forward_train(&mut workspace, &x);
            for (index, &found) in y.as_slice().iter().enumerate() {
                let (row, column) = (index / 3, index % 3);
                let sum: f64 = (0..=row).map(|row| at(row, column)).sum();
                let product: f64 = (0..=row).map(|row| at((row + rows - 1) % rows, column)).product();
                let flipped = at(rows - 1 - row, column) * row as f64;
                let expected = sum
                    + flipped
                    + at((row + 1) % rows, column)
                    + product
                    + 1.0
                    + at(row, column)
                    + f64::from(u8::from(row == column));
                assert!((f64::from(found) - expected).abs() < 1e-4 * expected.abs(), "{rows}: {index}");
            }
            // Differences of the sum of all elements in one direction.
            let grad = saved.backward(&net, &Tensor::full((rows, Const::<3>), 1.0), &mut grads);
            let total = |step: f32| -> f64 {
                let moved =
                    Tensor::from_vec((rows, Const::<3>), x.as_slice().iter().map(|x| x + step).collect());
                net.forward(&moved).as_slice().iter().map(|&y| f64::from(y)).sum()
            };
            let difference = (total(1e-3) - total(-1e-3)) / 2e-3;
            let derivative: f64 = grad.as_slice().iter().map(|&grad| f64::from(grad)).sum();
            assert!((difference - derivative).abs() < 1e-2 * derivative.abs(), "{difference} {derivative}");
        }
    }

    #[test]
    fn parts_of_a_reduction_are_combined() {
        let net = Net::new(Device::cpu(), 0);
        for rows in [1, 3, 400] {
            // Powers of two, whose products are exact.
            let x = Tensor::from_fn((rows, Const::<300>), |at| {
                [1.0, -2.0, 0.5, -0.25, 4.0, -1.0f32][(at[0] * 7 + at[1] * 11) % 6]
            });
            let (min, max, product) = net.columns(&x);
            for column in 0..300 {
                let values = (0..rows).map(|row| x.as_slice()[row * 300 + column]);
                assert_eq!(min.as_slice()[column], values.clone().fold(f32::INFINITY, f32::min));
                assert_eq!(max.as_slice()[column], values.clone().fold(f32::NEG_INFINITY, f32::max));
                assert_eq!(product.as_slice()[column], values.product::<f32>());
            }
        }
    }

    #[test]
    fn whole_numbers_are_moved() {
        let net = Net::new(Device::cpu(), 0);
        let byte = Tensor::from_vec((3, Const::<2>), vec![1u8, 2, 3, 4, 5, 255]);
        let word = Tensor::from_vec((3, Const::<2>), vec![1u32, 2, 3, 4, 5, u32::MAX]);
        let long = Tensor::from_vec((3, Const::<2>), vec![1i64, -2, 3, 4, i64::MIN, i64::MAX]);
        let (byte, word, long, wide) = net.moved(&byte, &word, &long);
        assert_eq!(byte.as_slice(), [5, 3, 1, 255, 4, 2]);
        assert_eq!(word.as_slice(), [5, u32::MAX, 1, 2, 3, 4]);
        assert_eq!(long.as_slice(), [1, -2, 3, 4, i64::MIN, i64::MAX, i64::MAX, i64::MIN, 4, 3, -2, 1]);
        assert_eq!(wide.as_slice()[..6], [1, 3, i64::MIN, 1, 3, i64::MIN]);
        assert_eq!(wide.as_slice()[12..], [-2, 4, i64::MAX, -2, 4, i64::MAX]);
    }

    #[test]
    fn a_label_out_of_range_is_an_error() {
        let net = Net::new(Device::cpu(), 0);
        let good = net.classes(&Tensor::from_vec((3,), vec![0i64, 0, 1]));
        assert_eq!(good.as_slice(), [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        let bad = Tensor::from_vec((3,), vec![0i64, 2, 1]);
        let error = net.try_classes(&bad).expect_err("2 is out of range");
        assert!(matches!(error, Error::LabelOutOfRange { position: 1, label: 2, classes: 2 }), "{error}");
    }
}
