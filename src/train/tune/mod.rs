//! Searching hyper-parameters: what to try next, learned from what was tried.
//!
//! A [`Space`] says which hyper-parameters there are, each with a [`Range`]. A [`Study`] is asked for a [`Trial`], and told
//! its [`Outcome`]; in between it may be shown scores of epochs, and says which trials are not worth going on with. It can
//! be saved at any time, goes on from the file, and shows what it found as a table.
//!
//! It knows nothing about models, so a loop joins it with whatever is to be tuned. With a
//! [`Trainer`](crate::train::Trainer), scores are reported by a callback:
//!
//! ```
//! use std::sync::{Arc, Mutex};
//!
//! use macrograd::data::{Loader, TensorDataset};
//! use macrograd::metrics::Direction;
//! use macrograd::optim::Sgd;
//! use macrograd::prelude::*;
//! use macrograd::train::Trainer;
//! use macrograd::train::tune::{MedianPruning, Outcome, Range, Space, Study};
//!
//! #[model]
//! struct Line {
//!     slope: nn::Linear<1, 1>,
//! }
//!
//! #[model]
//! impl Line {
//!     fn loss<N: Dim>(&self, x: Tensor<N, 1>, y: Tensor<N, 1>) -> Tensor {
//!         self.slope(x).mse_loss(y)
//!     }
//! }
//!
//! let x = Tensor::from_vec((4, Const::<1>), vec![0.0, 1.0, 2.0, 3.0]);
//! let y = Tensor::from_vec((4, Const::<1>), vec![1.0, 3.0, 5.0, 7.0]);
//! let data = Loader::new(TensorDataset::new((x, y))?, 2);
//!
//! let space = Space::new().with("lr", Range::log(1e-3, 1.0)).with("momentum", Range::choice([0.0, 0.9]));
//! let study = Study::new(space, Direction::LowerIsBetter).prune(MedianPruning::default());
//! let study = Arc::new(Mutex::new(study));
//! for _ in 0..20 {
//!     let trial = study.lock().unwrap().ask();
//!     let number = trial.number;
//!     let (is_pruned, judge) = (Arc::new(Mutex::new(false)), Arc::clone(&study));
//!     let pruned = Arc::clone(&is_pruned);
//!     let mut trainer = Trainer::new(Line::new(Device::cpu(), 0), Line::loss_grad_batch)
//!         .optimizer(Sgd::new(trial.real("lr")).momentum(trial.real("momentum")))
//!         .epochs(10)
//!         .on_epoch(move |moment| {
//!             let loss = moment.require("loss", "the search")?;
//!             if judge.lock().unwrap().report(number, moment.progress.epoch + 1, loss)? {
//!                 *pruned.lock().unwrap() = true;
//!                 moment.stop("it does worse than most");
//!             }
//!             Ok(())
//!         })
//!         .quiet();
//!     let outcome = match trainer.fit(&data) {
//!         Ok(history) => {
//!             let loss = history.last("loss").expect("there are epochs");
//!             if *is_pruned.lock().unwrap() { Outcome::Pruned(loss) } else { Outcome::Finished(loss) }
//!         }
//!         // Such as a loss that is not finite, at too high a learning rate.
//!         Err(error) => Outcome::Failed(error.to_string()),
//!     };
//!     study.lock().unwrap().tell(number, outcome)?;
//! }
//! let study = study.lock().unwrap();
//! println!("{}", study.table());
//! assert!(study.best().unwrap().score().unwrap() < 0.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! After each trial, [`Study::save`] keeps the search; [`Study::resume`] goes on with it.
//!
//! How much each hyper-parameter matters is not reported: trials of a search crowd where scores are good, and a measure
//! from those alone would say more about the search than about the model.

mod error;
mod file;
mod parzen;
mod pruning;
mod scale;
mod space;
mod study;
mod table;
mod tpe;
mod trial;

pub use error::TuneError;
pub use pruning::MedianPruning;
pub use space::{Range, Space, Value};
pub use study::{Sampler, Study};
pub use trial::{Outcome, Trial, TrialRecord};
