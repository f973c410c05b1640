//! Whole models inside one process: what each stage of the compiler makes of them, their gradients, their plans.

mod budget;
mod control;
mod gradients;
mod layers;
mod linker;
mod lints;
mod plans;
mod second_order;
mod structs;
mod text;
