//! Tokens as published language models have them.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::data::idx::bad_file;

/// A tokenizer in Hugging Face's format, a file `tokenizer.json`: BPE, WordPiece, Unigram or words, with what is done before
/// and after.
///
/// ```no_run
/// use macrograd::data::text::{self, Tokenizer, Windows};
///
/// let tokenizer = Tokenizer::open("gpt2/tokenizer.json")?;
/// let data = Windows::<256, u32>::new(tokenizer.encode(&text::read("hamlet.txt")?)?);
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tokenizer {
    path: PathBuf,
    tokenizer: tokenizers::Tokenizer,
}

impl Tokenizer {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::BadFile`] when it is no tokenizer.
    pub fn open(path: impl AsRef<Path>) -> Result<Tokenizer, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        })?;
        let tokenizer = tokenizers::Tokenizer::from_bytes(&bytes).map_err(|error| {
            let problem = format!("it is not a tokenizer ({error}); give the `tokenizer.json` of a model");
            bad_file(path, problem)
        })?;
        Ok(Tokenizer { path: path.to_owned(), tokenizer })
    }

    /// How many tokens there are, with those that were added to the model's; all numbers are below it, unless the file
    /// leaves some out.
    pub fn vocab_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The number of a token.
    pub fn number(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    /// The token with a number.
    pub fn token(&self, number: u32) -> Option<String> {
        self.tokenizer.id_to_token(number)
    }

    /// A text as the numbers of its tokens, without special ones.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the tokenizer cannot make tokens of this text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, Error> {
        self.encode_as(text, false)
    }

    /// As [`encode`](Tokenizer::encode), with the special tokens that the file asks for, such as `[CLS]` in front.
    ///
    /// # Errors
    /// As for [`encode`](Tokenizer::encode).
    pub fn encode_with_special(&self, text: &str) -> Result<Vec<u32>, Error> {
        self.encode_as(text, true)
    }

    fn encode_as(&self, text: &str, special: bool) -> Result<Vec<u32>, Error> {
        let encoding = self.tokenizer.encode_fast(text, special);
        let encoding =
            encoding.map_err(|error| bad_file(&self.path, format!("a text has no tokens: {error}")))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Numbers of tokens as a text, without special ones.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the tokenizer cannot make a text of these.
    pub fn decode(&self, numbers: &[u32]) -> Result<String, Error> {
        let decoded = self.tokenizer.decode(numbers, true);
        decoded.map_err(|error| bad_file(&self.path, format!("tokens have no text: {error}")))
    }
}
