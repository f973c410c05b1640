//! Many models, many fields, many modules and crates.

use crate::support::*;
use macrograd::prelude::*;
use macrograd_other_crate as other;

pub mod left {
    use macrograd::prelude::*;

    #[model]
    pub struct Twin {
        fc: nn::Linear<2, 3>,
    }

    #[model]
    impl Twin {
        pub fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 3> {
            self.fc(x)
        }
    }
}

pub mod right {
    use macrograd::prelude::*;

    /// Another model of the same name.
    #[model]
    pub struct Twin {
        fc: nn::Linear<3, 1>,
    }

    #[model]
    impl Twin {
        pub fn forward<N: Dim>(&self, x: Tensor<N, 3>) -> Tensor<N, 1> {
            self.fc(x).tanh()
        }
    }

    pub mod private {
        // Users of `Outer` need not be able to name `Inner`.
        #[macrograd::model(part)]
        struct Inner {
            fc: macrograd::nn::Linear<2, 2>,
        }

        #[macrograd::model]
        impl Inner {
            fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 2> {
                self.fc(x)
            }
        }

        #[macrograd::model(part)]
        pub(crate) struct Outer {
            inner: Inner,
        }

        #[macrograd::model]
        impl Outer {
            fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 2> {
                self.inner(x) * 2.0
            }
        }
    }
}

#[model]
struct Twins {
    outer: right::private::Outer,
    left: left::Twin,
    right: right::Twin,
}

#[model]
impl Twins {
    fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 1> {
        self.right(self.left(self.outer(x)))
    }
}

#[test]
fn models_of_one_name_in_two_modules() {
    let model = Twins::new(Device::cpu(), 1);
    let (mut a, mut b) = (left::Twin::new(Device::cpu(), 2), right::Twin::new(Device::cpu(), 2));
    for part in ["fc.weight", "fc.bias"] {
        value_mut(&mut a, part).copy_from_slice(value(&model, &format!("left.{part}")));
        value_mut(&mut b, part).copy_from_slice(value(&model, &format!("right.{part}")));
    }
    let x = sample(2, 1);
    let weight = value(&model, "outer.inner.fc.weight");
    let bias = value(&model, "outer.inner.fc.bias");
    let h: Vec<f32> =
        (0..2).map(|i| 2.0 * (x[0] * weight[i * 2] + x[1] * weight[i * 2 + 1] + bias[i])).collect();
    let expected = b.forward(&a.forward(&Tensor::from_vec((1, Const::<2>), h)));
    let found = model.forward(&Tensor::from_vec((1, Const::<2>), x));
    assert_close("twins", found.as_slice(), expected.as_slice(), 1e-5);
}

/// Layers of another crate, one of them a compiled model.
#[model]
pub struct Abroad {
    tower: other::Tower,
    scaled: other::Scaled<{ other::WIDTH }>,
    head: nn::Linear<{ other::WIDTH + 1 }, 2>,
}

#[model]
impl Abroad {
    pub fn forward<N: Dim>(&self, x: Tensor<N, { other::WIDTH }>) -> Tensor<N, 2> {
        let x = other::square_plus(self.scaled(self.tower(x)));
        self.head(concat([x, x[(.., 0..1)]], axis = 1))
    }

    pub fn loss<N: Dim>(&self, x: Tensor<N, { other::WIDTH }>) -> Tensor {
        self.forward(x).mean()
    }
}

#[test]
fn models_of_another_crate_are_layers() {
    let mut model = Abroad::new(Device::cpu(), 1);
    assert!(value(&model, "tower.layers.1.scale.weight").iter().all(|&x| x == 2.0));
    let mut tower = other::Tower::new(Device::cpu(), 2);
    for name in names::<other::Tower>() {
        value_mut(&mut tower, name).copy_from_slice(value(&model, &format!("tower.{name}")));
    }
    let x = Tensor::from_vec((3, Const::<6>), sample(18, 1));
    let h = tower.forward(&x);
    for row in 0..3 {
        let layer = |name: &str, x: &[f64]| -> Vec<f64> {
            let rows = value(&model, &format!("{name}.weight")).chunks(x.len());
            let dot = |row: &[f32]| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
            rows.zip(value(&model, &format!("{name}.bias")))
                .map(|(row, b)| dot(row) + f64::from(*b))
                .collect()
        };
        let h: Vec<f64> = h.row(row).iter().map(|&h| f64::from(h)).collect();
        let mut y: Vec<f64> = layer("scaled.fc", &h).iter().map(|y| (2.0 * y).powi(2) + 6.0).collect();
        y.push(y[0]);
        let expected: Vec<f32> = layer("head", &y).iter().map(|&y| y as f32).collect();
        assert_close("forward", model.forward(&x).row(row), &expected, 1e-5);
    }
    let (_, grads) = model.loss_grad(&x);
    check_gradients(&mut model, &grads, |model| model.loss(&x));
}

mod macrograd_under_another_name {
    pub use ::macrograd as grad;
    use grad::prelude::*;

    #[model(crate = crate::scale::macrograd_under_another_name::grad)]
    pub struct Renamed {
        fc: nn::Linear<2, 2>,
    }

    #[model]
    impl Renamed {
        pub fn loss<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor {
            self.fc(x).sum()
        }
    }

    #[test]
    fn the_crate_may_have_another_name() {
        let model = Renamed::new(Device::cpu(), 1);
        let (loss, grads) = model.loss_grad(&Tensor::full((3, Const::<2>), 0.0f32));
        let _: (f32, RenamedGrads) = (loss, grads);
    }
}

/// One hundred fields.
macro_rules! hundred {
    ($($field:ident)*) => {
        #[model(id = "hundred")]
        pub struct Hundred {
            $($field: nn::Linear<2, 2>,)*
        }

        #[model]
        impl Hundred {
            pub fn loss<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor {
                $(let x = self.$field(x) + x;)*
                x.mean()
            }
        }
    };
}

hundred!(f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 f25 f26
    f27 f28 f29 f30 f31 f32 f33 f34 f35 f36 f37 f38 f39 f40 f41 f42 f43 f44 f45 f46 f47 f48 f49 f50 f51 f52 f53 f54
    f55 f56 f57 f58 f59 f60 f61 f62 f63 f64 f65 f66 f67 f68 f69 f70 f71 f72 f73 f74 f75 f76 f77 f78 f79 f80 f81 f82
    f83 f84 f85 f86 f87 f88 f89 f90 f91 f92 f93 f94 f95 f96 f97 f98 f99);

#[test]
fn a_hundred_fields() {
    assert_eq!(Hundred::PARAMETERS, 600);
    let mut model = Hundred::new(Device::cpu(), 1);
    for (index, name) in names::<Hundred>().into_iter().enumerate() {
        let shrunk: Vec<f32> =
            sample(value(&model, name).len(), index as u64).iter().map(|x| x * 0.1).collect();
        value_mut(&mut model, name).copy_from_slice(&shrunk);
    }
    let x = Tensor::from_vec((1, Const::<2>), sample(2, 1));
    let mut h: Vec<f64> = x.as_slice().iter().map(|&x| f64::from(x)).collect();
    for field in 0..100 {
        let weight = value(&model, &format!("f{field:02}.weight"));
        let bias = value(&model, &format!("f{field:02}.bias"));
        let dot = |i: usize| h[0] * f64::from(weight[2 * i]) + h[1] * f64::from(weight[2 * i + 1]);
        h = (0..2).map(|i| dot(i) + f64::from(bias[i]) + h[i]).collect();
    }
    let (loss, grads) = model.loss_grad(&x);
    assert_close("loss", &[loss], &[((h[0] + h[1]) / 2.0) as f32], 1e-4);
    // The last bias is added to the result as it is.
    assert_close("gradient", gradient::<Hundred>(&grads, "f99.bias"), &[0.5, 0.5], 1e-6);
}

/// Six deep.
macro_rules! deeper {
    ($($outer:ident $id:literal $inner:ty;)*) => {$(
        #[model(part, id = $id)]
        pub struct $outer {
            inner: $inner,
        }

        #[model]
        impl $outer {
            pub fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 2> {
                self.inner(x) + x
            }
        }
    )*};
}

deeper!(Deep1 "deep 1" nn::Linear<2, 2>; Deep2 "deep 2" Deep1; Deep3 "deep 3" Deep2; Deep4 "deep 4" Deep3;
    Deep5 "deep 5" Deep4;);

#[model]
#[derive(Clone, Debug)]
pub(crate) struct Deep6 {
    inner: Deep5,
}

#[model]
impl Deep6 {
    pub(crate) fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 2> {
        self.inner(x)
    }
}

#[test]
fn six_deep_cloned_and_shown() {
    let mut model = Deep6::new(Device::cpu(), 1);
    let name = "inner.inner.inner.inner.inner.inner.weight";
    assert_eq!(names::<Deep6>()[0], name);
    let weight = model.inner().inner().inner().inner().inner().inner().weight().as_slice().to_vec();
    assert_eq!(weight, value(&model, name));
    let x = sample(2, 1);
    let found = model.forward(&Tensor::from_vec((1, Const::<2>), x.clone()));
    let bias = value(&model, "inner.inner.inner.inner.inner.inner.bias");
    let linear = |i: usize| x[0] * weight[2 * i] + x[1] * weight[2 * i + 1] + bias[i];
    let expected: Vec<f32> = (0..2).map(|i| linear(i) + 5.0 * x[i]).collect();
    assert_close("forward", found.as_slice(), &expected, 1e-5);

    let copy = model.clone();
    value_mut(&mut model, name).fill(0.0);
    assert_eq!(value(&copy, name), weight);
    let text = format!("{copy:?}");
    assert!(text.contains("Deep6") && text.contains(name) && text.contains("[2, 2]"), "{text}");
    assert!(format!("{:?}", model.zero_grads()).contains(name));
}

#[test]
fn models_inside_functions() {
    #[model(part)]
    struct Local {
        fc: nn::Linear<2, 2>,
    }

    #[model]
    impl Local {
        fn forward<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor<N, 2> {
            self.fc(x)
        }
    }

    #[model]
    struct Inside {
        local: Local,
    }

    #[model]
    impl Inside {
        fn loss<N: Dim>(&self, x: Tensor<N, 2>) -> Tensor {
            self.local(x).sum()
        }
    }

    let model = Inside::new(Device::cpu(), 1);
    let (_, grads) = model.loss_grad(&Tensor::full((3, Const::<2>), 0.5f32));
    assert_eq!(gradient::<Inside>(&grads, "local.fc.weight"), [1.5; 4]);
    assert_eq!(gradient::<Inside>(&grads, "local.fc.bias"), [3.0; 2]);
}

/// Names that mean something elsewhere.
#[model]
#[derive(Clone)]
pub struct Names {
    r#type: nn::Linear<2, 2>,
    clone: nn::Linear<2, 2>,
    state: nn::Linear<2, 2>,
    values: Param<2>,
    drop: [nn::Linear<2, 2>; 2],
    x: nn::Linear<2, 2>,
}

#[model]
impl Names {
    pub fn loss<N: Dim>(&self, r#in: Tensor<N, 2>, state: Tensor<N, 2>, arena: Tensor<N, 2>) -> Tensor {
        let mut out = self.state(self.clone(self.r#type(r#in))) * self.values;
        for drop in &self.drop {
            out = drop(out);
        }
        let grads = self.x(out + state * 2.0);
        (grads + arena).sum()
    }
}

#[test]
fn names_that_mean_something_elsewhere() {
    let mut model = Names::new(Device::cpu(), 1);
    value_mut(&mut model, "values").fill(1.0);
    assert_eq!(names::<Names>()[0], "type.weight");
    assert_eq!(model.r#type().weight().as_slice(), value(&model, "type.weight"));
    assert_eq!(model.drop(1).bias().as_slice(), value(&model, "drop.1.bias"));
    let x = Tensor::from_vec((2, Const::<2>), sample(4, 1));
    let (_, grads) = model.loss_grad(&x, &x, &x);
    check_gradients(&mut model, &grads, |model| model.loss(&x, &x, &x));
    let copy = Clone::clone(&model);
    assert_eq!(Model::state(&copy).values(), Model::state(&model).values());
}
