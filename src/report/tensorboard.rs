//! Event files of TensorBoard.

mod graph;
mod histogram;
mod image;
mod proto;
mod record;

use std::fs::File;
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use macrograd_runtime::{Dim, Shape, TensorView};
use prost::Message;

use super::ReportError;
use super::error::MAX_SIDE;
pub use graph::GraphNode;
use proto::{Event, Summary, What};

/// Bytes that are collected before they are written: many scalars, few images.
const BUFFER_BYTES: usize = 1 << 16;

/// Events are in the file at the latest with the first one after this time, so that a run can be watched.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// Writes what TensorBoard shows of a run: a folder is a run, and has a file for each `TensorBoard`.
///
/// Events are collected and written in whole records, so that a reader of an unfinished file finds no half of one.
/// [`flush`](TensorBoard::flush) writes what there is; so does dropping it, but without a word about errors.
///
/// ```
/// use macrograd::report::TensorBoard;
///
/// # fn main() -> Result<(), macrograd::report::ReportError> {
/// # let folder = std::env::temp_dir().join(format!("macrograd-tensorboard-{}", std::process::id()));
/// let mut board = TensorBoard::create(folder.join("runs/first"))?;
/// for step in 0..100 {
///     let loss = 1.0 / (1.0 + step as f32);
///     board.scalar("loss/train", step, loss)?;
/// }
/// board.text("settings", 0, "lr **0.01**, batch size 64")?;
/// board.close()?; // then: tensorboard --logdir runs
/// # std::fs::remove_dir_all(folder).ok();
/// # Ok(()) }
/// ```
///
/// Tags with the same text before a `/` are shown together. Each event carries the time of its call.
///
/// # Source
/// The records of TensorFlow's `TFRecordWriter` (length and data, each with a masked CRC-32C) with its messages
/// `tensorflow.Event`.
#[derive(Debug)]
pub struct TensorBoard {
    path: PathBuf,
    file: File,
    /// Whole records that are not in the file.
    pending: Vec<u8>,
    /// Bytes of the records in the file.
    written: u64,
    last_flush: Instant,
}

impl TensorBoard {
    /// Starts a file `events.out.tfevents.<seconds since 1970>.<host>` in a folder, which is created if need be. The host
    /// is that of the environment variable `HOSTNAME`, or `macrograd`.
    ///
    /// # Errors
    /// When the folder or the file cannot be created or written.
    pub fn create(folder: impl AsRef<Path>) -> Result<TensorBoard, ReportError> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder)
            .map_err(|source| ReportError::Create { path: folder.to_path_buf(), source })?;
        let (path, file) = create_file(folder)?;
        let (pending, last_flush) = (Vec::new(), Instant::now());
        let mut board = TensorBoard { path, file, pending, written: 0, last_flush };
        board.event(0, What::FileVersion("brain.Event:2".to_owned()))?;
        board.flush()?;
        Ok(board)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A point of a curve. NaN and infinities are shown as what they are.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f32) -> Result<(), ReportError> {
        self.event(step, What::Summary(Summary::of_scalar(tag, value)))
    }

    /// How values are distributed: their number in 30 intervals of equal width from the smallest to the largest one.
    ///
    /// # Errors
    /// When there are no values, one of them is not finite, or the file cannot be written.
    pub fn histogram(&mut self, tag: &str, step: u64, values: &[f32]) -> Result<(), ReportError> {
        let (path, tag) = (self.path.clone(), tag.to_owned());
        if values.is_empty() {
            return Err(ReportError::EmptyHistogram { path, tag });
        }
        if let Some(position) = values.iter().position(|value| !value.is_finite()) {
            let num_bad = values.iter().filter(|value| !value.is_finite()).count();
            return Err(ReportError::NotFinite { path, tag, num_bad, num_values: values.len(), position });
        }
        self.event(step, What::Summary(Summary::of_histogram(tag, histogram::of_values(values))))
    }

    /// An image, as PNG of 8 bits: 0 is black, 1 white or full colour; what lies outside is cut off, NaN is black.
    ///
    /// # Shapes
    /// - `image`: `[channels, height, width]`, 1 channel for grey or 3 for red, green and blue
    ///
    /// # Errors
    /// When it has another number of channels, no pixel or more than 32,768 on a side, or the file cannot be written.
    pub fn image<C: Dim, H: Dim, W: Dim>(
        &mut self,
        tag: &str,
        step: u64,
        image: TensorView<'_, f32, (C, H, W)>,
    ) -> Result<(), ReportError> {
        let shape @ [channels, height, width] = image.shape().sizes();
        let sides = 1..=MAX_SIDE;
        let encoded = match channels {
            1 | 3 if sides.contains(&height) && sides.contains(&width) => {
                image::encode(image.as_slice(), channels, height, width)
            }
            _ => None,
        };
        let Some(encoded) = encoded else {
            return Err(ReportError::Image { path: self.path.clone(), tag: tag.to_owned(), shape });
        };
        self.event(step, What::Summary(Summary::of_image(tag, encoded)))
    }

    /// A text in Markdown.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn text(&mut self, tag: &str, step: u64, text: &str) -> Result<(), ReportError> {
        self.event(step, What::Summary(Summary::of_text(tag, text)))
    }

    /// The graph of a model, such as [`GraphNode::of_model`] gives it. A run has one: the last that is written.
    ///
    /// # Errors
    /// When two nodes have the same name, an input is not the name of a node, or the file cannot be written.
    pub fn graph(&mut self, nodes: &[GraphNode]) -> Result<(), ReportError> {
        graph::check(nodes, &self.path)?;
        self.event(0, What::GraphDef(graph::encode(nodes).encode_to_vec()))
    }

    /// Writes what is not in the file yet.
    ///
    /// # Errors
    /// When the file cannot be written. It then ends with a whole record as far as the system allows, and what is missing
    /// is kept for another try.
    pub fn flush(&mut self) -> Result<(), ReportError> {
        self.last_flush = Instant::now();
        if let Err(source) = self.file.write_all(&self.pending) {
            // A record of which a part was written would hide all that follow.
            self.file.set_len(self.written).and_then(|()| self.file.seek(SeekFrom::End(0))).ok();
            return Err(ReportError::Write { path: self.path.clone(), source });
        }
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// Writes what is not in the file yet, and ends it.
    ///
    /// # Errors
    /// As for [`flush`](TensorBoard::flush).
    pub fn close(mut self) -> Result<(), ReportError> {
        self.flush()
    }

    fn event(&mut self, step: u64, what: What) -> Result<(), ReportError> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let event = Event { wall_time: since_1970.as_secs_f64(), step, what: Some(what) };
        record::append(&mut self.pending, &event.encode_to_vec());
        if self.pending.len() >= BUFFER_BYTES || self.last_flush.elapsed() >= FLUSH_INTERVAL {
            self.flush()?;
        }
        Ok(())
    }
}

impl Drop for TensorBoard {
    fn drop(&mut self) {
        if !self.pending.is_empty() {
            self.flush().ok();
        }
    }
}

/// A new file in the folder. Files of the same second and host have numbers.
fn create_file(folder: &Path) -> Result<(PathBuf, File), ReportError> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let name = format!("events.out.tfevents.{seconds:010}.{}", host());
    let mut path = folder.join(&name);
    let mut number = 0;
    loop {
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                number += 1;
                path = folder.join(format!("{name}.{number}"));
            }
            Err(source) => return Err(ReportError::Create { path, source }),
        }
    }
}

/// The name of this machine as a part of a file name.
fn host() -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match std::env::var("HOSTNAME") {
        Ok(host) if !host.is_empty() && host.chars().all(is_plain) => host,
        Ok(_) | Err(_) => "macrograd".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_kept_for_another_try() {
        let folder = std::env::temp_dir().join(format!("macrograd-tensorboard-{}-kept", std::process::id()));
        let mut board = TensorBoard::create(&folder).expect("a folder of its own");
        let path = board.path().to_path_buf();
        let writable = std::mem::replace(&mut board.file, File::open(&path).expect("the file is there"));

        board.scalar("loss", 0, 1.0).expect("nothing is written yet");
        let error = board.flush().expect_err("the file is open for reading").to_string();
        assert!(error.starts_with(&format!("cannot write {}: ", path.display())), "{error}");
        assert!(
            error.ends_with("; make room, or give this program access: a `TensorBoard` keeps what is not written for the next `flush`"),
            "{error}"
        );
        let num_pending = board.pending.len() as u64;
        let before = std::fs::metadata(&path).expect("the file is there").len();
        assert_eq!(before, board.written);

        board.file = writable;
        board.flush().expect("the file can be written again");
        assert_eq!(std::fs::metadata(&path).expect("the file is there").len(), before + num_pending);
        drop(board);
        std::fs::remove_dir_all(&folder).ok();
    }
}
