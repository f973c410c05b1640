//! The trainer: what it computes, what it keeps, and how it goes on.

#[path = "train/callbacks.rs"]
mod callbacks;
#[path = "train/defaults.rs"]
mod defaults;
#[path = "train/files.rs"]
mod files;
mod folder;
#[path = "train/kill.rs"]
mod kill;
#[path = "train/lbfgs.rs"]
mod lbfgs;
#[path = "train/loop_by_hand.rs"]
mod loop_by_hand;
#[path = "train/model.rs"]
mod model;
#[path = "train/range.rs"]
mod range;
#[path = "train/resume.rs"]
mod resume;
#[path = "train/saving.rs"]
mod saving;
#[path = "train/schedule_free.rs"]
mod schedule_free;
