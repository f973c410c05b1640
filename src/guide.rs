//! The guide: how to use macrograd, in ten chapters, for people who write Rust. Each chapter can be read alone. The
//! programs in it are compiled and run with the tests of this crate, and the messages that it quotes are those that the
//! compiler and the programs print.
//!
//! | chapter | answers |
//! | --- | --- |
//! | [First model in five minutes](first_model) | how to get from a CSV file to a trained model and its predictions |
//! | [From PyTorch](from_pytorch) | what stands in the place of `nn.Module`, autograd, `DataLoader`, the training loop and checkpoints |
//! | [From Keras](from_keras) | what stands in the place of `Sequential`, `compile`, `fit`, callbacks and saved models |
//! | [Data](data) | how samples are read, divided, changed and put into batches |
//! | [Layers](layers) | how models are put together, and how layers of your own are written |
//! | [Operations](operations) | what expressions in a model can say, and how to add an operation |
//! | [Control flow](control_flow) | stacks, scans, decisions, bounded loops, and gradients inside of models |
//! | [Training](training) | declared programs, the trainer, callbacks, files of a run, and loops of your own |
//! | [Debugging](debugging) | what errors and warnings mean, and how to see values, memory and generated code |
//! | [How it works](how_it_works) | what happens between the struct and the machine code |
//!
//! The guide explains by example. The pages [`language`](crate::language), [`ops`](crate::ops), [`init`](crate::init) and
//! [`equivalents`](crate::equivalents) and the documentation of each item are the reference.

#[doc = include_str!("guide/first_model.md")]
pub mod first_model {}
#[doc = include_str!("guide/from_pytorch.md")]
pub mod from_pytorch {}
#[doc = include_str!("guide/from_keras.md")]
pub mod from_keras {}
#[doc = include_str!("guide/data.md")]
pub mod data {}
#[doc = include_str!("guide/layers.md")]
pub mod layers {}
#[doc = include_str!("guide/operations.md")]
pub mod operations {}
#[doc = include_str!("guide/control_flow.md")]
pub mod control_flow {}
#[doc = include_str!("guide/training.md")]
pub mod training {}
#[doc = include_str!("guide/debugging.md")]
pub mod debugging {}
#[doc = include_str!("guide/how_it_works.md")]
pub mod how_it_works {}
