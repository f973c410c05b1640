//! Callbacks that write what a run has been through for other programs to show.

#[cfg(feature = "tensorboard")]
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::TrainError;
use super::callback::Run;
#[cfg(feature = "tensorboard")]
use super::callback::{Callback, Moment};
use super::observer::{Event, Observer, observer};
#[cfg(feature = "tensorboard")]
use crate::Model;
use crate::report::HtmlReport;
#[cfg(feature = "tensorboard")]
use crate::report::{GraphNode, TensorBoard};

/// Writes a page with the curves of the run after each epoch, at most once a second, and in the end: `report.html` in the
/// folder of the run. Without a folder it does nothing.
///
/// ```
/// use macrograd::train::WriteReport;
///
/// let callback = WriteReport::new("digits").text("Layers", "…");
/// ```
#[derive(Clone, Debug)]
pub struct WriteReport {
    title: String,
    texts: Vec<(String, String)>,
    last: Option<Instant>,
}

/// How long epochs share a page: those of small models take milliseconds, and a page holds all epochs before.
const PAUSE: Duration = Duration::from_secs(1);

impl WriteReport {
    /// A page with this title.
    pub fn new(title: impl Into<String>) -> Self {
        WriteReport { title: title.into(), texts: Vec::new(), last: None }
    }

    /// Adds a text below the curves, such as the table of layers.
    #[must_use]
    pub fn text(mut self, heading: impl Into<String>, text: impl Into<String>) -> Self {
        self.texts.push((heading.into(), text.into()));
        self
    }
}

impl Observer for WriteReport {
    fn on(&mut self, event: Event, run: &mut Run<'_>) -> Result<(), TrainError> {
        let is_due = match event {
            Event::Record => self.last.is_none_or(|last| last.elapsed() >= PAUSE),
            Event::End => true,
            _ => false,
        };
        let Some(folder) = run.folder.filter(|_| is_due) else { return Ok(()) };
        self.last = Some(Instant::now());
        let page = HtmlReport::new(&self.title).history(run.history);
        let page = self.texts.iter().fold(page, |page, (heading, text)| page.text(heading, text));
        Ok(page.write(folder.join("report.html"))?)
    }
}
observer!(WriteReport);

/// Writes the graph of the model, the values of each epoch, the loss of each step and histograms of the parameters as event
/// files of TensorBoard.
///
/// ```no_run
/// use macrograd::train::WriteTensorBoard;
///
/// let callback = WriteTensorBoard::new("runs/first").every(50).histograms().graph("forward");
/// // then: tensorboard --logdir runs
/// ```
#[cfg(feature = "tensorboard")]
pub struct WriteTensorBoard {
    /// Otherwise `tensorboard` in that of the run.
    folder: Option<PathBuf>,
    every: u64,
    histograms: bool,
    graph: Option<String>,
    file: Option<TensorBoard>,
}

#[cfg(feature = "tensorboard")]
impl WriteTensorBoard {
    /// Event files in a folder, which `tensorboard --logdir` names.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        WriteTensorBoard { folder: Some(folder.into()), ..WriteTensorBoard::in_run() }
    }

    /// Event files in the folder `tensorboard` of the run's own folder, so that runs do not mix.
    pub fn in_run() -> Self {
        WriteTensorBoard { folder: None, every: 10, histograms: false, graph: None, file: None }
    }

    /// The loss and the learning rate of every so many steps; of every tenth otherwise.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    #[track_caller]
    pub fn every(mut self, steps: u64) -> Self {
        assert!(steps > 0, "`steps` is 0, but must be positive");
        self.every = steps;
        self
    }

    /// Histograms of all parameters after each epoch, too.
    #[must_use]
    pub fn histograms(mut self) -> Self {
        self.histograms = true;
        self
    }

    /// The graph of this function instead of the one that training uses: see
    /// [`GraphNode::of_model`](crate::report::GraphNode::of_model).
    #[must_use]
    pub fn graph(mut self, function: impl Into<String>) -> Self {
        self.graph = Some(function.into());
        self
    }
}

#[cfg(feature = "tensorboard")]
impl<M: Model> Callback<M> for WriteTensorBoard {
    fn on_start(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let folder = match (&self.folder, moment.folder) {
            (Some(folder), _) => folder.clone(),
            (None, Some(folder)) => folder.join("tensorboard"),
            (None, None) => {
                let problem = "`WriteTensorBoard::in_run` needs a run with a folder: say `.folder(path)`, or where the events go \
                               by `WriteTensorBoard::new(path)`";
                return Err(TrainError::Callback(problem.into()));
            }
        };
        let graph = GraphNode::of_model::<M>(self.graph.as_deref())?;
        // A run that is continued writes another file into the folder: TensorBoard joins them by their steps.
        let file = self.file.insert(TensorBoard::create(&folder)?);
        if !graph.is_empty() {
            file.graph(&graph)?;
        }
        Ok(file.flush()?)
    }

    fn on_step(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let progress = moment.progress;
        let Some(file) = self.file.as_mut().filter(|_| progress.step.is_multiple_of(self.every)) else {
            return Ok(());
        };
        file.scalar("step/loss", progress.step, progress.loss as f32)?;
        file.scalar("step/lr", progress.step, progress.lr as f32)?;
        if let Some(norm) = progress.grad_norm {
            file.scalar("step/grad_norm", progress.step, norm as f32)?;
        }
        Ok(())
    }

    fn on_record(&mut self, moment: &mut Moment<'_, M>) -> Result<(), TrainError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let step = moment.progress.step;
        for (name, value) in moment.values() {
            file.scalar(&format!("epoch/{name}"), step, *value as f32)?;
        }
        if self.histograms {
            let values = moment.model.state().values();
            for tensor in M::layout().tensors {
                let values = &values[tensor.offset..][..tensor.numel()];
                let values: Vec<f32> = values.iter().map(|&value| value.into() as f32).collect();
                file.histogram(tensor.name, step, &values)?;
            }
        }
        Ok(file.flush()?)
    }
}
