//! Arguments of methods that are hardly ever guessed right.

use crate::generate::{Arg, Args, Generator};
use macrograd_compiler::graph::types::product;
use macrograd_compiler::graph::{ElementType, Size};
use macrograd_compiler::ops::call::Argument;

/// Makes the arguments of a call.
pub(crate) type Recipe = fn(&mut Generator) -> Option<Args>;

/// By method. A recipe may give up, and what it gives may be refused: there are more attempts.
pub(crate) const RECIPES: &[(&str, Recipe)] = &[
    ("attention", attention),
    ("batch_norm", batch_norm),
    ("batch_var", batch_var),
    ("cast", cast),
    ("concat", concat),
    ("conv2d", conv2d),
    ("cross_entropy", labelled),
    ("expand", expand),
    ("gather", gather),
    ("masked_fill", masked_fill),
    ("matmul", matmul),
    ("multi_margin_loss", labelled),
    ("nll_loss", labelled),
    ("permute", permute),
    ("reshape", reshape),
    ("select", select),
    ("slice", slice),
    ("to_f32", to_f32),
    ("unflatten", unflatten),
];

fn positional(args: Vec<Arg>) -> Args {
    args.into_iter().map(|arg| (None, arg)).collect()
}

fn literal(size: &Size) -> Option<i64> {
    size.as_literal()
}

/// Queries, keys and values of one shape: keys are a parameter where all sizes are literal, else the queries.
fn attention(generator: &mut Generator) -> Option<Args> {
    let query = generator.variable(|ty| ty.element == ElementType::Real && ty.rank() >= 3)?;
    let shape = generator.shape(&query);
    let value = generator.variable(|ty| ty.element == ElementType::Real && ty.shape == shape)?;
    let is_literal = shape.iter().all(|size| literal(size).is_some());
    let key = if is_literal { generator.parameter(shape.clone()) } else { query.clone() };
    let mut args = positional(vec![query, key, value]);
    if generator.random.chance(0.4) {
        let mut scores = shape[..shape.len() - 1].to_vec();
        scores.push(shape[shape.len() - 2].clone());
        args.push((Some("mask"), generator.like(&scores)));
    }
    if generator.random.chance(0.5) {
        args.push((Some("window"), generator.integer(2)));
    }
    if generator.random.chance(0.2) {
        args.push((Some("dropout"), generator.number(0.5)));
    }
    Some(args)
}

/// Per channel of an image.
fn batch_norm(generator: &mut Generator) -> Option<Args> {
    let x = generator.of_rank(4)?;
    let channels = Size::literal(literal(&generator.shape(&x)[1])?);
    let mean = generator.parameter(vec![channels.clone()]);
    let var = generator.variable(|ty| ty.shape == [channels.clone()] && ty.element == ElementType::Real);
    let var = var.unwrap_or_else(|| generator.parameter(vec![channels.clone()]));
    let mut args = positional(vec![x, mean, var]);
    if generator.random.chance(0.5) {
        args.push((Some("weight"), generator.parameter(vec![channels.clone()])));
        args.push((Some("bias"), generator.parameter(vec![channels])));
    }
    Some(args)
}

fn batch_var(generator: &mut Generator) -> Option<Args> {
    let x = generator.of_rank(4)?;
    let channels = literal(&generator.shape(&x)[1])?;
    let mean = generator.parameter(vec![channels.into()]);
    Some(positional(vec![x, mean]))
}

/// Two or three tensors that differ along one axis.
fn concat(generator: &mut Generator) -> Option<Args> {
    let first = generator.float()?;
    let shape = generator.shape(&first);
    let axis = generator.random.below(shape.len().max(1));
    let mut list = vec![first];
    for _ in 0..1 + generator.random.below(2) {
        let fits = |other: &[Size]| {
            other.len() == shape.len() && (0..shape.len()).all(|at| at == axis || other[at] == shape[at])
        };
        list.push(generator.variable(|ty| ty.element == ElementType::Real && fits(&ty.shape))?);
    }
    let (list, axis) = (generator.list(list), generator.integer(axis as i64));
    Some(vec![(None, list), (Some("axis"), axis)])
}

fn conv2d(generator: &mut Generator) -> Option<Args> {
    let x = generator.of_rank(4)?;
    let channels = literal(&generator.shape(&x)[1])?;
    let groups = *generator.random.pick(&[1, 1, 1, 2, 3, 4]);
    if channels % groups != 0 {
        return None;
    }
    let out = groups * (1 + generator.random.below(3) as i64);
    let kernel = [(); 2].map(|()| Size::literal(1 + generator.random.below(3) as i64));
    let [height, width] = kernel;
    let weight = generator.parameter(vec![out.into(), (channels / groups).into(), height, width]);
    let mut args = positional(vec![x, weight]);
    for (name, least) in [("stride", 1), ("padding", 0), ("dilation", 1)] {
        if generator.random.chance(0.4) {
            let [a, b] = [(); 2].map(|()| least + generator.random.below(2 + (least == 0) as usize) as i64);
            let value = if generator.random.chance(0.5) {
                generator.integer(a)
            } else {
                generator.list(vec![generator.integer(a), generator.integer(b)])
            };
            args.push((Some(name), value));
        }
    }
    if groups > 1 {
        args.push((Some("groups"), generator.integer(groups)));
    }
    Some(args)
}

/// Scores along the last axis, or axis 1 of more, with labels for the other axes.
fn labelled(generator: &mut Generator) -> Option<Args> {
    let scores = generator.variable(|ty| ty.element == ElementType::Real && ty.rank() > 0)?;
    let mut shape = generator.shape(&scores);
    let axis = if generator.random.chance(0.5) { shape.len() - 1 } else { usize::from(shape.len() > 1) };
    let classes = literal(&shape.remove(axis))?;
    let label = generator.labels(classes, shape);
    Some(positional(vec![scores, label]))
}

/// Some places along an axis, for each place along the others.
fn gather(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| ty.element == ElementType::Real && ty.rank() > 0)?;
    let mut shape = generator.shape(&x);
    let axis = generator.random.below(shape.len());
    let places = literal(&shape[axis])?;
    shape[axis] = (1 + generator.random.below(3) as i64).into();
    let index = generator.labels(places, shape);
    Some(positional(vec![x, generator.integer(axis as i64), index]))
}

/// Ones repeated, axes added.
fn expand(generator: &mut Generator) -> Option<Args> {
    let x = generator.float()?;
    let mut shape = generator.shape(&x);
    for size in &mut shape {
        if size.is_one() && generator.random.chance(0.7) {
            *size = (2 + generator.random.below(2) as i64).into();
        }
    }
    if generator.random.chance(0.4) {
        shape.insert(0, 2.into());
    }
    let shape = shape_argument(generator, &shape);
    Some(positional(vec![x, shape]))
}

fn shape_argument(generator: &Generator, shape: &[Size]) -> Arg {
    generator.list(shape.iter().map(|size| generator.size(size)).collect())
}

/// By a weight of any rank, or by the transpose of what is at hand.
fn matmul(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| ty.element == ElementType::Real && ty.rank() > 0)?;
    let inner = generator.shape(&x).pop()?;
    let fits = |shape: &[Size]| shape.len() > 1 && shape[shape.len() - 2] == inner;
    let at_hand = generator.variable(|ty| ty.element == ElementType::Real && fits(&ty.shape));
    let y = match at_hand {
        Some(y) if generator.random.chance(0.6) => y,
        _ => {
            let columns = 1 + generator.random.below(5) as i64;
            let shape = match generator.random.below(4) {
                0 => vec![Size::literal(literal(&inner)?)],
                1 => vec![2.into(), Size::literal(literal(&inner)?), columns.into()],
                _ => vec![Size::literal(literal(&inner)?), columns.into()],
            };
            generator.parameter(shape)
        }
    };
    Some(positional(vec![x, y]))
}

fn permute(generator: &mut Generator) -> Option<Args> {
    let x = generator.float()?;
    let mut left: Vec<i64> = (0..generator.shape(&x).len() as i64).collect();
    let mut axes = Vec::new();
    while !left.is_empty() {
        let axis = left.remove(generator.random.below(left.len()));
        axes.push(generator.integer(axis));
    }
    let axes = generator.list(axes);
    Some(positional(vec![x, axes]))
}

/// An axis in two parts, one of them inferred.
fn unflatten(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| ty.element == ElementType::Real && ty.rank() > 0)?;
    let shape = generator.shape(&x);
    let axis = generator.random.below(shape.len());
    let divisors =
        literal(&shape[axis]).into_iter().flat_map(|size| (1..=size).filter(move |part| size % part == 0));
    let divisor = *generator.random.pick(&divisors.chain([1]).collect::<Vec<_>>());
    let axis = generator.integer(axis as i64);
    let sizes = [-1, divisor].map(|size| generator.integer(size));
    let sizes = generator.list(sizes.to_vec());
    Some(positional(vec![x, axis, sizes]))
}

/// Neighbouring axes merged, or one axis split in two.
fn reshape(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| ty.element == ElementType::Real && ty.rank() > 0)?;
    let mut shape = generator.shape(&x);
    let at = generator.random.below(shape.len());
    match generator.random.below(4) {
        0 => shape = vec![product(&shape)],
        1 if at + 1 < shape.len() => {
            let merged = product(&shape.splice(at..at + 2, []).collect::<Vec<_>>());
            shape.insert(at, merged);
        }
        2 => shape.insert(at, Size::one()),
        _ => {
            let size = literal(&shape[at])?;
            let divisor = (2..=size).find(|divisor| size % divisor == 0)?;
            shape.splice(at..at + 1, [(size / divisor).into(), divisor.into()]);
        }
    }
    if shape.iter().any(|size| size.to_string().contains('^')) {
        return None;
    }
    let shape = shape_argument(generator, &shape);
    Some(positional(vec![x, shape]))
}

/// By a mask of the same shape.
fn masked_fill(generator: &mut Generator) -> Option<Args> {
    let mask = generator.variable(|ty| ty.element == ElementType::Bool)?;
    let shape = generator.shape(&mask);
    let same = generator.variable(|ty| ty.element == ElementType::Real && ty.shape == shape);
    let x = match same {
        Some(x) => x,
        None => generator.like(&shape),
    };
    let value = generator.number(0.5);
    Some(positional(vec![x, mask, value]))
}

fn select(generator: &mut Generator) -> Option<Args> {
    let condition = generator.variable(|ty| ty.element == ElementType::Bool)?;
    let shape = generator.shape(&condition);
    let same = generator.variable(|ty| ty.element == ElementType::Real && ty.shape == shape);
    let x = match same {
        Some(x) => x,
        None => generator.like(&shape),
    };
    let y = match generator.random.below(3) {
        0 => generator.number(0.5),
        1 => generator.like(&shape),
        _ => generator.float()?,
    };
    let mut values = vec![x, y];
    values.rotate_left(generator.random.below(2));
    values.insert(0, condition);
    Some(positional(values))
}

/// Ranges, with open ends, and single places.
fn slice(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| ty.element == ElementType::Real && ty.rank() > 0)?;
    let shape = generator.shape(&x);
    let mut args = vec![x];
    let mut narrowed = false;
    for size in &shape {
        let least = literal(size).unwrap_or(1);
        let full = Arg { text: "..".to_string(), value: Argument::Range(None, None) };
        let arg = match generator.random.below(4) {
            0 if least > 1 => {
                let start = generator.random.below(least as usize) as i64;
                let end = start + 1 + generator.random.below((least - start) as usize) as i64;
                Arg {
                    text: format!("{start}..{end}"),
                    value: Argument::Range(Some(start.into()), Some(end.into())),
                }
            }
            1 if least > 1 => {
                let start = generator.random.below(least as usize) as i64;
                Arg { text: format!("{start}.."), value: Argument::Range(Some(start.into()), None) }
            }
            2 => {
                let place = generator.random.below(least as usize) as i64;
                generator.integer(place)
            }
            _ => full,
        };
        narrowed |= arg.text != "..";
        args.push(arg);
    }
    narrowed.then(|| positional(args))
}

fn to_f32(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| ty.element != ElementType::Real)?;
    Some(positional(vec![x]))
}

/// To `f64` only: where the others round depends on the last bit of what is rounded.
fn cast(generator: &mut Generator) -> Option<Args> {
    let x = generator.variable(|ty| ty.element == ElementType::Real)?;
    let element = Arg { text: "\"f64\"".to_string(), value: Argument::Text("f64".to_string()) };
    Some(positional(vec![x, element]))
}
