//! Columns in memory, and what their cells are.

/// A column with its name.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) values: Values,
}

/// The cells of a column.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// As a text file has them: what a cell is depends on what it is read as.
    Texts { texts: Texts, decimal_comma: bool },
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    Words(Vec<Option<String>>),
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    Reals(Vec<Option<f64>>),
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    Wholes(Vec<Option<i64>>),
    /// Of a type that is neither number nor text, which it names.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code))]
    Other { type_name: String, len: usize },
}

/// Many short texts in one.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.all[start..self.ends[index]]
    }
}

/// A cell read as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number<'a> {
    Missing,
    /// A whole number, exactly.
    Whole(i64),
    /// Finite, and not whole, or too large for it.
    Real(f64),
    /// A text that is no number, or one that is not finite.
    Not(&'a str),
}

/// What stands for nothing where a number is expected, in any case of letters.
const MISSING_NUMBERS: [&str; 9] = ["", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-"];
/// What stands for nothing where a text is expected.
const MISSING_TEXTS: [&str; 6] = ["", "na", "n/a", "#n/a", "nan", "null"];

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Values::Texts { texts, .. } => texts.ends.len(),
            Values::Words(words) => words.len(),
            Values::Reals(reals) => reals.len(),
            Values::Wholes(wholes) => wholes.len(),
            Values::Other { len, .. } => *len,
        }
    }

    pub(super) fn number(&self, row: usize) -> Number<'_> {
        match self {
            Values::Texts { texts, decimal_comma } => number_of(texts.get(row), *decimal_comma),
            Values::Words(words) => {
                words[row].as_deref().map_or(Number::Missing, |word| number_of(word, false))
            }
            Values::Reals(reals) => match reals[row] {
                None => Number::Missing,
                Some(real) => real_of(real).unwrap_or(Number::Not(if real > 0.0 { "inf" } else { "-inf" })),
            },
            Values::Wholes(wholes) => wholes[row].map_or(Number::Missing, Number::Whole),
            Values::Other { type_name, .. } => Number::Not(type_name),
        }
    }

    /// The cell as a text without white space around it; None when it is missing.
    pub(super) fn text(&self, row: usize) -> Option<String> {
        let text = match self {
            Values::Texts { texts, .. } => texts.get(row).trim().to_owned(),
            Values::Words(words) => words[row].as_ref()?.trim().to_owned(),
            Values::Reals(reals) => reals[row]?.to_string(),
            Values::Wholes(wholes) => wholes[row]?.to_string(),
            // Nobody gets here: `Table::column` refuses such columns.
            Values::Other { .. } => return None,
        };
        (!is_one_of(&text, &MISSING_TEXTS)).then_some(text)
    }
}

fn is_one_of(text: &str, list: &[&str]) -> bool {
    list.iter().any(|entry| entry.eq_ignore_ascii_case(text))
}

fn number_of(text: &str, decimal_comma: bool) -> Number<'_> {
    let text = text.trim();
    if is_one_of(text, &MISSING_NUMBERS) {
        return Number::Missing;
    }
    if let Ok(whole) = text.parse() {
        return Number::Whole(whole);
    }
    let real = if decimal_comma { text.replace(',', ".").parse() } else { text.parse() };
    real.ok().and_then(real_of).unwrap_or(Number::Not(text))
}

/// None for infinity; NaN is how programs write that there is nothing.
fn real_of<'a>(real: f64) -> Option<Number<'a>> {
    // Up to here reals that are whole have exact whole numbers.
    const MOST: f64 = 9_007_199_254_740_992.0;
    if real.is_nan() {
        Some(Number::Missing)
    } else if real.fract() == 0.0 && real.abs() <= MOST {
        Some(Number::Whole(real as i64))
    } else {
        real.is_finite().then_some(Number::Real(real))
    }
}
