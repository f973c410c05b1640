//! The page of a run: its curves, and what the model gets wrong.

use super::kit::{Judged, Kit, Trained, Visit};
use super::{Failure, Output, Settings};
use crate::metrics::{ConfusionMatrix, Metric, Targets};
use crate::report::{HtmlReport, Mistake, Picture};
use crate::train::{History, WriteReport};

/// Most classes of a matrix that a person can read.
const MAX_CLASSES: usize = 40;
/// How many mistakes are shown.
const NUM_MISTAKES: usize = 24;

/// The texts of the page.
fn texts(kit: &dyn Kit, settings: &Settings) -> [(&'static str, String); 2] {
    [("Settings", settings.to_toml()), ("Layers", kit.about().summary.to_owned())]
}

fn title(kit: &dyn Kit) -> &'static str {
    match kit.about().about {
        "" => kit.model().name,
        about => about,
    }
}

/// What keeps the curves up to date while the run goes on.
pub(super) fn while_it_runs(kit: &dyn Kit, settings: &Settings) -> WriteReport {
    let page = WriteReport::new(title(kit));
    texts(kit, settings).into_iter().fold(page, |page, (heading, text)| page.text(heading, text))
}

/// The page of a run that has ended: with a confusion matrix and the worst mistakes, where the model chooses classes.
pub(super) fn at_the_end(
    kit: &dyn Kit,
    settings: &Settings,
    names: &[String],
    history: &History,
    trained: &dyn Trained,
) -> Result<HtmlReport, Failure> {
    let mut page = HtmlReport::new(title(kit)).history(history);
    if let Some(found) = judge(names, trained)? {
        page = page.confusion(&found.confusion);
        if !found.mistakes.is_empty() {
            page = page.mistakes(&found.mistakes);
        }
    }
    let texts = texts(kit, settings);
    Ok(texts.into_iter().fold(page, |page, (heading, text)| page.text(heading, &text)))
}

struct Found {
    confusion: ConfusionMatrix,
    mistakes: Vec<Mistake>,
}

/// Looks at all samples; nothing where outputs are not scores of classes, or targets not labels.
fn judge(names: &[String], trained: &dyn Trained) -> Result<Option<Found>, Failure> {
    let mut confusion: Option<ConfusionMatrix> = None;
    let mut worst: Vec<(f64, Mistake)> = Vec::new();
    let mut first_sample = 0;
    trained.visit(&mut |Judged { len, output, targets, pictured }| {
        let chosen = match (&output.sizes[..], &targets) {
            (&[_, classes @ 2..=MAX_CLASSES], Some(targets)) => Some((classes, targets)),
            _ => None,
        };
        let (Some((classes, targets)), Ok(view)) = (chosen, output.view()) else {
            confusion = None;
            return Ok(Visit::Stop);
        };
        let matrix = confusion.get_or_insert_with(|| new_matrix(classes, names));
        if matrix.accumulate(view, *targets).is_err() {
            confusion = None;
            return Ok(Visit::Stop);
        }
        let pictures = pictured();
        worst.extend(mistakes(&output, targets, first_sample, matrix.names(), pictures.as_ref()));
        worst.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        worst.truncate(NUM_MISTAKES);
        first_sample += len;
        Ok(Visit::GoOn)
    })?;
    let mistakes = worst.into_iter().map(|(_, mistake)| mistake).collect();
    Ok(confusion.map(|confusion| Found { confusion, mistakes }))
}

fn new_matrix(classes: usize, names: &[String]) -> ConfusionMatrix {
    let matrix = ConfusionMatrix::new(classes);
    if names.len() == classes { matrix.class_names(names) } else { matrix }
}

/// The samples of a batch that the model gets wrong, with the probability of their label.
fn mistakes(
    output: &Output,
    targets: &Targets<'_>,
    first_sample: usize,
    names: &[String],
    pictures: Option<&Output>,
) -> Vec<(f64, Mistake)> {
    let mut mistakes = Vec::new();
    for (index, scores) in output.rows().enumerate() {
        let Ok(label) = targets.label(index) else { continue };
        let Ok(label) = usize::try_from(label) else { continue };
        let Some(predicted) = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])) else {
            continue;
        };
        if label == predicted || label >= scores.len() {
            continue;
        }
        let probability = |class: usize| {
            let sum: f64 = scores.iter().map(|&score| f64::from(score - scores[class]).exp()).sum();
            1.0 / sum
        };
        let picture = pictures.and_then(|pictures| {
            let values = pictures.rows().nth(index)?;
            Picture::of(&pictures.sizes[1..], values)
        });
        let mistake = Mistake {
            sample: first_sample + index,
            picture,
            label: names[label].clone(),
            predicted: names[predicted].clone(),
            confidence: probability(predicted),
        };
        mistakes.push((probability(label), mistake));
    }
    mistakes
}
