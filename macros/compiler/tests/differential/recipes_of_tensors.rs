//! Arguments of methods that take conditions, make tensors of sizes and numbers, or look rows up.

use crate::generate::{Arg, Args, Generator};
use crate::recipes::Recipe;
use macrograd_compiler::graph::{ElementType, Size};

/// By method.
pub(crate) const RECIPES: &[(&str, Recipe)] = &[
    ("all", condition),
    ("any", condition),
    ("arange", arange),
    ("bucketize", bucketize),
    ("conv_transpose1d", conv_transpose::<1>),
    ("conv_transpose2d", conv_transpose::<2>),
    ("embedding", embedding),
    ("eye", eye),
    ("full", full),
    ("index_add", index_add),
    ("linspace", linspace),
    ("logical_and", conditions),
    ("logical_not", condition),
    ("logical_or", conditions),
    ("logical_xor", conditions),
    ("max_unpool1d", max_unpool::<1>),
    ("max_unpool2d", max_unpool::<2>),
    ("meshgrid", meshgrid),
    ("multilabel_margin_loss", lists_of_labels),
    ("one_hot", one_hot),
    ("ones", shape),
    ("searchsorted", searchsorted),
    ("stack", stack),
    ("zeros", shape),
];

fn positional<const COUNT: usize>(args: [Arg; COUNT]) -> Option<Args> {
    Some(args.into_iter().map(|arg| (None, arg)).collect())
}

fn condition(generator: &mut Generator) -> Option<Args> {
    let condition = generator.variable(|ty| ty.element == ElementType::Bool)?;
    positional([condition])
}

fn conditions(generator: &mut Generator) -> Option<Args> {
    let [a, b] = [(); 2].map(|()| generator.variable(|ty| ty.element == ElementType::Bool));
    positional([a?, b?])
}

fn sizes(generator: &mut Generator) -> Arg {
    let count = 1 + generator.random.below(3);
    let sizes: Vec<i64> = (0..count).map(|_| 1 + generator.random.below(4) as i64).collect();
    generator.list(sizes.into_iter().map(|size| generator.integer(size)).collect())
}

fn shape(generator: &mut Generator) -> Option<Args> {
    let sizes = sizes(generator);
    positional([sizes])
}

fn full(generator: &mut Generator) -> Option<Args> {
    let sizes = sizes(generator);
    positional([sizes, generator.number(0.5)])
}

fn eye(generator: &mut Generator) -> Option<Args> {
    let size = 1 + generator.random.below(4) as i64;
    positional([generator.integer(size)])
}

fn arange(generator: &mut Generator) -> Option<Args> {
    let count = 1 + generator.random.below(4);
    positional([generator.number(0.0), generator.number(count as f64), generator.number(0.5)])
}

fn linspace(generator: &mut Generator) -> Option<Args> {
    let steps = 1 + generator.random.below(5) as i64;
    positional([generator.number(-1.0), generator.number(2.0), generator.integer(steps)])
}

fn vector(generator: &mut Generator) -> Option<Arg> {
    generator.variable(|ty| ty.element == ElementType::Real && ty.rank() == 1)
}

fn meshgrid(generator: &mut Generator) -> Option<Args> {
    let (x, y) = (vector(generator)?, vector(generator)?);
    positional([generator.list(vec![x, y])])
}

fn conv_transpose<const AXES: usize>(generator: &mut Generator) -> Option<Args> {
    let x = generator.of_rank(AXES + 2)?;
    let mut shape = vec![generator.shape(&x)[1].as_literal()?.into()];
    shape.extend((0..=AXES).map(|_| Size::literal(1 + generator.random.below(3) as i64)));
    positional([x, generator.parameter(shape)])
}

/// Two labels for each row.
fn lists_of_labels(generator: &mut Generator) -> Option<Args> {
    let scores = generator.of_rank(2)?;
    let shape = generator.shape(&scores);
    let labels = generator.labels(shape[1].as_literal()?, vec![shape[0].clone(), 2.into()]);
    positional([scores, labels])
}

/// A single boundary, which is sorted whatever it is: in unsorted ones every way to search finds another place.
fn searchsorted(generator: &mut Generator) -> Option<Args> {
    let values = generator.float()?;
    positional([generator.parameter(vec![1.into()]), values])
}

fn bucketize(generator: &mut Generator) -> Option<Args> {
    let values = generator.float()?;
    positional([values, generator.parameter(vec![1.into()])])
}

/// Tensors of one shape.
fn stack(generator: &mut Generator) -> Option<Args> {
    let first = generator.float()?;
    let shape = generator.shape(&first);
    let second = generator.like(&shape);
    positional([generator.list(vec![first, second])])
}

fn one_hot(generator: &mut Generator) -> Option<Args> {
    let classes = 1 + generator.random.below(4) as i64;
    let labels = generator.labels(classes, vec![3.into()]);
    positional([labels, generator.integer(classes)])
}

fn embedding(generator: &mut Generator) -> Option<Args> {
    let rows = 1 + generator.random.below(4) as i64;
    let index = generator.labels(rows, vec![2.into(), 3.into()]);
    let weight = generator.parameter(vec![rows.into(), 3.into()]);
    let mut args = positional([index, weight])?;
    if generator.random.chance(0.5) {
        args.push((Some("max_norm"), generator.number(1.0)));
    }
    Some(args)
}

/// Axes of size 2 become twice as long.
fn max_unpool<const AXES: usize>(generator: &mut Generator) -> Option<Args> {
    let mut shape = vec![1.into(), 2.into()];
    shape.extend([2; AXES].map(Size::from));
    let indices = generator.labels(4i64.pow(AXES as u32), shape.clone());
    let x = generator.parameter(shape);
    positional([x, indices, generator.integer(2)])
}

/// Two rows are added to places of a tensor of literal sizes.
fn index_add(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| {
        ty.element == ElementType::Real
            && ty.rank() > 0
            && ty.shape.iter().all(|size| size.as_literal().is_some())
    })?;
    let mut shape = generator.shape(&x);
    let index = generator.labels(shape[0].as_literal()?, vec![2.into()]);
    shape[0] = 2.into();
    positional([x, generator.integer(0), index, generator.parameter(shape)])
}
