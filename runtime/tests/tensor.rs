//! Tensors: element counts are checked, shapes convert, rows are rows.

use macrograd_runtime::{Const, Dim, Error, Shape, Tensor, TensorView, shape};

#[test]
fn shapes_know_their_sizes() {
    assert_eq!(().numel(), 1);
    assert_eq!((3, Const::<4>).sizes(), [3, 4]);
    assert_eq!((3, Const::<4>).numel(), 12);
    assert_eq!(<(usize, Const<4>)>::RANK, 2);
    assert_eq!(<(usize, Const<4>)>::from_sizes(&[3, 4]), Some((3, Const)));
    assert_eq!(<(usize, Const<4>)>::from_sizes(&[3, 5]), None);
    assert_eq!(<(usize, Const<4>)>::from_sizes(&[3]), None);
    assert_eq!(<(usize, usize, usize, usize, usize, usize, usize, usize)>::RANK, 8);
}

#[test]
fn the_shape_macro_names_the_type() {
    fn numel<N: Dim>(n: N) -> usize {
        const SIDE: usize = 28;
        let image: shape![N, 1, { SIDE }, 28] = (n, Const, Const, Const);
        image.numel()
    }
    assert_eq!(numel(2), 2 * 784);
    assert_eq!(numel(Const::<3>), 3 * 784);
    let scalar: shape![] = ();
    assert_eq!(scalar.numel(), 1);
}

#[test]
fn the_number_of_elements_must_match() {
    let error = Tensor::try_from_vec((2, Const::<3>), vec![0.0; 5]).expect_err("6 elements are needed");
    assert!(matches!(error, Error::ElementCount { expected: 6, found: 5, .. }));
    assert_eq!(error.to_string(), "a tensor of shape [2, 3] holds 6 elements, but 5 were given");
    assert!(TensorView::new((2, 3), &[0.0f32; 7]).is_err());
    assert!(TensorView::new((2, 3), &[0.0f32; 6]).is_ok());
}

#[test]
#[should_panic(expected = "holds 6 elements, but 5 were given")]
fn the_short_form_panics_with_both_numbers() {
    Tensor::from_vec((2, 3), vec![0u8; 5]);
}

#[test]
fn elements_are_row_major() {
    let tensor = Tensor::from_fn((2, 3, Const::<4>), |index| index[0] * 100 + index[1] * 10 + index[2]);
    assert_eq!(tensor.as_slice()[..6], [0, 1, 2, 3, 10, 11]);
    assert_eq!(tensor.numel(), 24);
    assert_eq!(tensor.row(1)[..2], [100, 101]);
    assert_eq!(tensor.view().row(0).len(), 12);
    let flat = tensor.clone().reshape((24,));
    assert_eq!(flat.as_slice(), tensor.as_slice());
    assert_eq!(flat.row(13), [101]);
    assert_eq!(tensor.view().to_tensor(), tensor);
    assert_eq!(Tensor::scalar(2.5).item(), 2.5);
    assert_eq!(Tensor::<f32, _>::zeros((2, 2)), Tensor::full((2, 2), 0.0));
    assert_eq!(Tensor::from_fn((), |index| index.len()).item(), 0);
}

#[test]
fn elements_can_be_changed() {
    let mut tensor = Tensor::full((2, 2), 1);
    tensor.as_mut_slice()[3] = 7;
    assert_eq!(tensor.shape(), (2, 2));
    assert_eq!(tensor.into_vec(), [1, 1, 1, 7]);
}

#[test]
#[should_panic(expected = "row 2 of a tensor with 2 rows")]
fn a_row_outside_is_refused() {
    Tensor::full((2, 2), 1).row(2);
}

#[test]
#[should_panic(expected = "a scalar has no rows")]
fn a_scalar_has_no_rows() {
    Tensor::scalar(1).row(0);
}

#[test]
fn debug_shows_shape_and_first_elements() {
    assert_eq!(format!("{:?}", Tensor::full((Const::<2>, 1), 3)), "Tensor[2, 1] [3, 3]");
    let long = format!("{:?}", Tensor::full((20,), 1));
    assert!(long.starts_with("Tensor[20] [1, 1") && long.ends_with(", …]"), "{long}");
}
