//! Letters and their numbers.

use std::path::Path;

use serde_json::json;

use crate::Error;
use crate::data::idx::bad_file;
use crate::data::json;

/// The characters that a text is made of, numbered in the order of Unicode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letters {
    /// Sorted.
    letters: Vec<char>,
}

impl Letters {
    /// All characters that occur in a text.
    pub fn of(text: &str) -> Letters {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        Letters { letters }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// The number of a character.
    pub fn number(&self, letter: char) -> Option<u32> {
        self.letters.binary_search(&letter).ok().map(|number| number as u32)
    }

    /// The character with a number.
    pub fn letter(&self, number: u32) -> Option<char> {
        self.letters.get(number as usize).copied()
    }

    /// A text as numbers.
    ///
    /// # Errors
    /// [`Error::Other`] for a character that is none of these, with its place.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, Error> {
        let mut numbers = Vec::with_capacity(text.len());
        for (place, letter) in text.chars().enumerate() {
            let Some(number) = self.number(letter) else {
                let line = 1 + text.chars().take(place).filter(|&letter| letter == '\n').count();
                let problem = format!(
                    "the character {letter:?} in line {line} of the text is not one of the {} that are known; leave it out, \
                     or take the letters of a text that has it",
                    self.len()
                );
                return Err(Error::Other(problem.into()));
            };
            numbers.push(number);
        }
        Ok(numbers)
    }

    /// Numbers as a text.
    ///
    /// # Panics
    /// When a number is not below [`len`](Letters::len).
    #[track_caller]
    pub fn decode(&self, numbers: &[u32]) -> String {
        let letter = |&number: &u32| match self.letter(number) {
            Some(letter) => letter,
            None => panic!("{number} is not the number of one of {} letters", self.len()),
        };
        numbers.iter().map(letter).collect()
    }

    /// Writes a JSON file, which replaces an earlier one at once or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let letters: String = self.letters.iter().collect();
        json::write(path.as_ref(), &json!({ "letters": letters }))
    }

    /// Reads a file of [`save`](Letters::save).
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::BadFile`] when it is another file.
    pub fn load(path: impl AsRef<Path>) -> Result<Letters, Error> {
        let path = path.as_ref();
        let content = json::read(path)?;
        let letters: Option<Vec<char>> =
            content.get("letters").and_then(|x| Some(x.as_str()?.chars().collect()));
        match letters {
            Some(letters) if letters.is_sorted_by(|a, b| a < b) => Ok(Letters { letters }),
            _ => {
                let problem = "it does not hold sorted letters; give a file that `Letters::save` has written";
                Err(bad_file(path, problem.to_owned()))
            }
        }
    }
}
