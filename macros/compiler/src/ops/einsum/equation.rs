//! The equation of `einsum`: names of the axes of each operand and of the result.

use super::super::call::{Argument, Call, Problem, describe};
use super::{Factor, ORDINALS, list_names, nearest, repeated, shape_text};

/// What stands for any number of axes.
const ELLIPSIS: &str = "...";

/// An equation as written.
pub(super) struct Equation {
    /// Names of the axes of each operand.
    pub(super) inputs: Vec<Term>,
    /// Those of the result, unless it is implicit.
    output: Option<Term>,
}

/// Names of the axes of one tensor, `...` among them at most once.
pub(super) struct Term {
    names: Vec<String>,
}

impl Equation {
    /// Reads the text in argument 0; there is a term for each tensor that was given.
    pub(super) fn parse(call: &Call<'_>) -> Result<Equation, Problem> {
        let text = match call.given(0) {
            Some(Argument::Text(text)) => text,
            other => {
                let found = other.map_or("nothing".to_string(), |arg| describe(arg, call.builder));
                return Err(Problem::from(format!("`equation` of `einsum` is a text, found {found}"))
                    .at(0)
                    .help("call it as a function: `einsum(\"b i k, b k j -> b i j\", a, b)`"));
            }
        };
        let (inputs, output) = match text.split_once("->") {
            Some((inputs, output)) => (inputs, Some(output)),
            None => (text.as_str(), None),
        };
        let inputs: Vec<&str> = inputs.split(',').collect();
        let is_named = inputs.iter().copied().chain(output).any(has_blank_between_names);
        let read = |term: &str| Term::parse(term, is_named);
        let equation = Equation {
            inputs: inputs.iter().map(|term| read(term)).collect::<Result<_, _>>()?,
            output: output.map(read).transpose()?,
        };
        let given = (1..call.args.len()).filter(|&index| call.given(index).is_some()).count();
        if given != equation.inputs.len() {
            let names = equation.inputs.len();
            return Err(Problem::from(format!(
                "the equation {text:?} names the axes of {names} {}, but {given} {} given",
                if names == 1 { "tensor" } else { "tensors" },
                if given == 1 { "is" } else { "are" }
            ))
            .at(0)
            .help("separate the axes of the tensors by commas, in the order of the arguments"));
        }
        Ok(equation)
    }

    /// Names of the axes of the result, each of which an operand has.
    pub(super) fn output_axes(&self, operands: &[Factor]) -> Result<Vec<String>, Problem> {
        let all: Vec<&String> = operands.iter().flat_map(|operand| &operand.axes).collect();
        let mut repeated_axes: Vec<String> =
            all.iter().copied().filter(|axis| is_of_ellipsis(axis)).cloned().collect();
        // The names of the axes of `...` say how far they are from the last one.
        repeated_axes.sort_by_key(|axis| std::cmp::Reverse(axis.len()));
        repeated_axes.dedup();
        let Some(output) = &self.output else {
            let mut once: Vec<String> = all
                .iter()
                .copied()
                .filter(|axis| !is_of_ellipsis(axis) && all.iter().filter(|a| a == &axis).count() == 1)
                .cloned()
                .collect();
            once.sort();
            return Ok([repeated_axes, once].concat());
        };
        let mut axes = Vec::new();
        for name in &output.names {
            if name == ELLIPSIS {
                axes.append(&mut repeated_axes);
                continue;
            }
            if !all.contains(&name) {
                let mut known: Vec<&str> =
                    all.iter().filter(|axis| !is_of_ellipsis(axis)).map(|axis| axis.as_str()).collect();
                known.sort_unstable();
                known.dedup();
                let problem = Problem::from(format!("the result has an axis `{name}` that no operand has"))
                    .at(0)
                    .note(format!("the operands have {}", list_names(known.iter().copied())));
                // Every letter is near every other.
                let near = nearest(name, known.iter().copied()).filter(|_| name.chars().count() > 1);
                return Err(match near {
                    Some(near) => problem.help(format!("did you mean `{near}`")),
                    None => {
                        problem.help(format!("remove `{name}` after `->`, or name an axis of an operand so"))
                    }
                });
            }
            axes.push(name.clone());
        }
        if let Some((_, second)) = repeated(&axes) {
            return Err(Problem::from(format!("axis `{}` stands twice in the result", axes[second]))
                .at(0)
                .help("name each axis of the result once"));
        }
        Ok(axes)
    }
}

/// Whether two names of a term are separated by a blank.
fn has_blank_between_names(term: &str) -> bool {
    term.split_whitespace().filter(|name| *name != ELLIPSIS).count() > 1
}

/// Whether an axis is one of those that `...` stands for.
fn is_of_ellipsis(axis: &str) -> bool {
    axis.starts_with(ELLIPSIS)
}

impl Term {
    fn parse(text: &str, is_named: bool) -> Result<Term, Problem> {
        let words: Vec<String> = if is_named {
            text.replace(ELLIPSIS, " ... ").split_whitespace().map(str::to_string).collect()
        } else {
            let letters = |part: &str| -> Vec<String> {
                part.chars().filter(|c| !c.is_whitespace()).map(String::from).collect()
            };
            let parts: Vec<Vec<String>> = text.split(ELLIPSIS).map(letters).collect();
            parts.join(&ELLIPSIS.to_string())
        };
        let is_name = |word: &str| {
            word.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && word.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        if let Some(word) = words.iter().find(|word| *word != ELLIPSIS && !is_name(word)) {
            return Err(Problem::from(format!("`{word}` in the equation of `einsum` is no name of an axis"))
                .at(0)
                .help("names begin with a letter, blanks stand between them, commas between tensors: \"b i k, b k j -> b i j\""));
        }
        if words.iter().filter(|word| *word == ELLIPSIS).count() > 1 {
            return Err(Problem::from(format!("`...` stands twice in {:?}", text.trim()))
                .at(0)
                .help("let it stand for the axes of one place, and name the others"));
        }
        Ok(Term { names: words })
    }

    /// A name for each axis of operand `index`.
    pub(super) fn name_axes(&self, call: &mut Call<'_>, index: usize) -> Result<Vec<String>, Problem> {
        let shape = call.shape(index + 1)?;
        let has_ellipsis = self.names.iter().any(|name| name == ELLIPSIS);
        let named = self.names.len() - usize::from(has_ellipsis);
        if named > shape.len() || (named < shape.len() && !has_ellipsis) {
            let least = if has_ellipsis { "at least " } else { "" };
            return Err(Problem::from(format!(
                "the equation names {least}{named} {} of the {} operand, which has {}: {}",
                if named == 1 { "axis" } else { "axes" },
                ORDINALS[index],
                shape.len(),
                shape_text(&shape)
            ))
            .at(index + 1)
            .help("write a name for each axis, with blanks between, or `...` for those that are left as they are"));
        }
        let mut axes = Vec::new();
        for name in &self.names {
            if name == ELLIPSIS {
                // Aligned at the end: the last axis is `...`, the one before `....`, and so on.
                let count = shape.len() - named;
                axes.extend((0..count).rev().map(|from_end| format!("{ELLIPSIS}{}", ".".repeat(from_end))));
            } else {
                axes.push(name.clone());
            }
        }
        Ok(axes)
    }
}
