//! Sounds in WAV files.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use hound::{SampleFormat, WavReader};
use macrograd_runtime::{Const, Tensor};

use super::Dataset;
use super::class_folder::{ClassFolder, InClassFolders};
use super::idx::bad_file;
use crate::Error;

/// A sound in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples in a second.
    pub rate: u32,
    /// The samples of each channel, from -1 to 1.
    pub channels: Vec<Vec<f32>>,
}

impl Sound {
    /// Reads a file: whole numbers of 8 to 32 bits, or reals of 32.
    ///
    /// ```no_run
    /// let sound = macrograd::data::wav::Sound::open("bell.wav")?;
    /// println!("{} seconds", sound.channels[0].len() as f32 / sound.rate as f32);
    /// # Ok::<(), macrograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::BadFile`] when it is no WAV file, damaged, or in another format.
    pub fn open(path: impl AsRef<Path>) -> Result<Sound, Error> {
        let path = path.as_ref();
        let mut reader = open(path)?;
        let (spec, length) = (reader.spec(), reader.duration() as usize);
        let samples = read(&mut reader, length, path)?;
        let channels = usize::from(spec.channels);
        let channel = |channel: usize| samples.iter().skip(channel).step_by(channels).copied().collect();
        Ok(Sound { rate: spec.sample_rate, channels: (0..channels).map(channel).collect() })
    }

    /// The mean of the channels.
    pub fn mono(&self) -> Vec<f32> {
        let length = self.channels.first().map_or(0, Vec::len);
        let sum = |place: usize| self.channels.iter().map(|channel| channel[place]).sum::<f32>();
        (0..length).map(|place| sum(place) / self.channels.len() as f32).collect()
    }
}

/// Sounds in the folders of their classes, `folder/bell/7.wav`, cut into windows of `T` samples in one channel, with the
/// numbers of the classes, which are sorted by name.
///
/// Files are found and measured when the folder is opened, and read when windows are asked for. Several channels become
/// their mean. A sound shorter than a window is one window, with silence at its end; otherwise what is left at the end of a
/// sound is not used. Sounds are not resampled: all must have the same rate.
///
/// ```no_run
/// use macrograd::data::wav::SoundFolder;
/// use macrograd::data::{Dataset, Loader};
///
/// let data = SoundFolder::<16000>::open("commands", /* samples in a second */ 16000)?.hop(8000);
/// for batch in Loader::new(data, 64).shuffle(/* seed */ 7).workers(2).epoch(0) {
///     let (sounds, labels) = batch?; // [64, 1, 16000] and [64]
///     assert_eq!(sounds.shape().0, labels.numel());
/// }
/// # Ok::<(), macrograd::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SoundFolder<const T: usize> {
    folder: ClassFolder,
    /// Samples of each file.
    lengths: Vec<usize>,
    /// Windows before each file, and of all.
    starts: Vec<usize>,
    hop: usize,
}

impl<const T: usize> SoundFolder<T> {
    /// Finds the sounds of a folder, at any depth below the folders of their classes. Windows follow each other without
    /// overlap. One sound, or a folder of sounds that holds no folders, can be opened, too; it has no classes, so that there
    /// is something to predict but nothing to learn: its samples are errors.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder or file cannot be opened; [`Error::BadFile`] when it holds neither classes nor sounds, a class has no
    /// sounds, or a file is no WAV file, has no samples or another rate.
    pub fn open(folder: impl AsRef<Path>, rate: u32) -> Result<Self, Error> {
        const { assert!(T > 0, "windows have at least one sample") };
        let folder = ClassFolder::open(folder.as_ref(), &["wav"], "sounds")?;
        let length = |path: &Path| {
            let reader = open(path)?;
            let found = reader.spec().sample_rate;
            if found != rate {
                let problem = format!(
                    "the sound has {found} samples in a second, but {rate} are asked for; convert it, such as by `sox in.wav \
                     -r {rate} out.wav`"
                );
                return Err(bad_file(path, problem));
            }
            match reader.duration() {
                0 => Err(bad_file(path, "the sound has no samples; remove the file".to_owned())),
                length => Ok(length as usize),
            }
        };
        let lengths = folder.paths().map(length).collect::<Result<_, _>>()?;
        Ok(SoundFolder { folder, lengths, starts: Vec::new(), hop: T }.with_starts())
    }

    /// How many samples after the start of a window the next one starts: `T` otherwise.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn hop(mut self, hop: usize) -> Self {
        assert!(hop > 0, "`hop` is 0, but windows must get on");
        self.hop = hop;
        self.with_starts()
    }

    fn with_starts(mut self) -> Self {
        let (hop, mut before) = (self.hop, 0);
        self.starts = vec![0];
        self.starts.extend(self.lengths.iter().map(|length| {
            before += length.saturating_sub(T) / hop + 1;
            before
        }));
        self
    }

    /// Names of the classes, in the order of their numbers.
    pub fn classes(&self) -> &[String] {
        self.folder.classes()
    }

    /// The number of the file that a window is of: what [`split`](super::split) keeps together as a group.
    ///
    /// # Panics
    /// When the index is not below the number of windows.
    #[track_caller]
    pub fn file_of(&self, index: usize) -> usize {
        assert!(index < self.len(), "window {index} of {}", self.len());
        self.starts.partition_point(|&start| start <= index) - 1
    }

    /// The class of each window, 0 where there are none.
    pub fn labels(&self) -> Vec<u32> {
        (0..self.len()).map(|index| self.folder.number(self.file_of(index))).collect()
    }
}

impl<const T: usize> Dataset for SoundFolder<T> {
    type Sample = (Tensor<f32, (Const<1>, Const<T>)>, u32);

    fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    fn sample(&self, index: usize) -> Result<Self::Sample, Error> {
        let file = self.file_of(index);
        let (path, label) = (self.folder.path(file), self.folder.label(file)?);
        let start = (index - self.starts[file]) * self.hop;
        let mut reader = open(path)?;
        // A file may have changed since it was measured; reading then says so.
        let seek = reader.seek(start as u32);
        seek.map_err(|source| Error::Io { action: "read", path: path.to_path_buf(), source })?;
        let channels = usize::from(reader.spec().channels);
        let samples = read(&mut reader, T.min(self.lengths[file] - start), path)?;
        let mut window: Vec<f32> = samples
            .chunks(channels)
            .map(|channels| channels.iter().sum::<f32>() / channels.len() as f32)
            .collect();
        window.resize(T, 0.0);
        Ok((Tensor::from_vec((Const, Const), window), label))
    }
}

impl<const T: usize> InClassFolders for SoundFolder<T> {
    fn class_folder(&self) -> &ClassFolder {
        &self.folder
    }

    fn class_folder_mut(&mut self) -> &mut ClassFolder {
        &mut self.folder
    }

    fn file_of_sample(&self, index: usize) -> usize {
        self.file_of(index)
    }
}

fn open(path: &Path) -> Result<WavReader<BufReader<File>>, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_path_buf(), source };
    let file = File::open(path).map_err(failed)?;
    let reader = WavReader::new(BufReader::new(file)).map_err(|error| wrong(path, error))?;
    if reader.spec().channels == 0 {
        return Err(bad_file(path, "the sound has no channels; fetch or convert it again".to_owned()));
    }
    Ok(reader)
}

/// So many samples of all channels, from where the reader stands, from -1 to 1.
fn read(reader: &mut WavReader<BufReader<File>>, length: usize, path: &Path) -> Result<Vec<f32>, Error> {
    let (spec, count) = (reader.spec(), length * usize::from(reader.spec().channels));
    let samples: Result<Vec<f32>, hound::Error> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().take(count).collect(),
        SampleFormat::Int => {
            let scale = 1.0 / (1_u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            reader.samples::<i32>().take(count).map(|sample| Ok(sample? as f32 * scale)).collect()
        }
    };
    let samples = samples.map_err(|error| wrong(path, error))?;
    if samples.len() == count {
        return Ok(samples);
    }
    let problem = format!("it has {} samples where {count} were expected; fetch it again", samples.len());
    Err(bad_file(path, problem))
}

fn wrong(path: &Path, error: hound::Error) -> Error {
    let problem = match error {
        // The file was opened, so it ends too early, or the disk fails, which the text then says.
        hound::Error::IoError(source) => format!("the file is truncated ({source}); fetch it again"),
        hound::Error::Unsupported | hound::Error::FormatError("bits per sample is not 32") => {
            "its format is not read, but whole numbers of 8 to 32 bits and reals of 32 bits are; convert it"
                .to_owned()
        }
        other => format!("it is not a WAV file, or damaged ({other}); fetch or convert it again"),
    };
    bad_file(path, problem)
}
