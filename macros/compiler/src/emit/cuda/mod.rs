//! The second printer: fused loops as CUDA C, from the expressions from which the first one makes Rust.
//!
//! Nothing launches the kernels yet. They are printed where somebody reads them, and tests compile and run every one, so
//! that plans stay such that a GPU can follow them.
//!
//! A kernel takes its sizes as arguments, as the Rust function of a loop does, so loops that differ in sizes alone share
//! one. Blocks have `THREADS` threads, in one dimension; any number of blocks gives the same bits. What `THREADS`,
//! `index_t`, `Sum` and `math` are stands in the headers that lie with the hand-written kernels. Loops compute in `f32`, truth
//! values included, so all tensors are of `float`; nothing is printed for models that compute in `f64`.

mod kernel;
mod pass;
mod scalar;
mod text;

use super::collapsed::Collapsed;
use super::origins::describe_loop;
use crate::graph::Size;
use crate::plan::{FusedLoop, Plan, Step};
use kernel::KernelPrinter;
use pass::passes;
use std::collections::HashMap;

/// Kernels of the loops of some plans, each distinct one once.
#[derive(Default)]
pub struct Kernels {
    /// Places in `loops`, by what sets loops apart.
    places: HashMap<String, usize>,
    loops: Vec<PrintedLoop>,
}

/// A loop in print.
struct PrintedLoop {
    /// What it computes, everywhere that it stands.
    uses: Vec<String>,
    /// Name and text of a kernel for each pass.
    kernels: Vec<(String, String)>,
}

/// A kernel and what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Its name.
    pub kernel: String,
    /// One argument for each parameter, in order.
    pub arguments: Vec<Argument>,
}

/// What stands for a parameter of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A size, of 64 bits.
    Size(Size),
    /// A size as a `float`.
    Number(Size),
    /// The elements of a store of the loop, by its index.
    Store(usize),
    /// The elements of a load of the loop, by its index.
    Load(usize),
}

impl Kernels {
    /// Adds the loops of a plan, with those inside other steps.
    pub fn add_plan(&mut self, plan: &Plan) {
        plan.for_each_step(&mut |step| match step {
            Step::Fused(fused) => drop(self.add_loop(fused, plan)),
            Step::Kernel(_) | Step::Copy(_) | Step::Repeat(_) | Step::IfElse(_) => {}
        });
    }

    /// Adds a loop; what runs it, one launch after the other.
    pub fn add_loop(&mut self, fused: &FusedLoop, plan: &Plan) -> Vec<Launch> {
        let collapsed = Collapsed::new(fused);
        let passes = passes(&collapsed);
        let printers: Vec<KernelPrinter<'_>> =
            passes.iter().map(|pass| KernelPrinter::new(&collapsed, pass, plan)).collect();
        let next = self.loops.len();
        let place = *self.places.entry(collapsed.key()).or_insert(next);
        if place == next {
            let name = |index: usize, printer: &KernelPrinter<'_>| match printers.len() {
                1 => format!("loop_{next}_{}", printer.subject()),
                _ => format!("loop_{next}_{index}_{}", printer.subject()),
            };
            let print = |(index, printer): (usize, &KernelPrinter<'_>)| {
                let name = name(index, printer);
                let text = printer.print(&name);
                (name, text)
            };
            let kernels = printers.iter().enumerate().map(print).collect();
            self.loops.push(PrintedLoop { uses: Vec::new(), kernels });
        }
        let printed = &mut self.loops[place];
        let what = describe_loop(fused, plan);
        if !printed.uses.contains(&what) {
            printed.uses.push(what);
        }
        let launch = |((kernel, _), printer): (&(String, String), &KernelPrinter<'_>)| Launch {
            kernel: kernel.clone(),
            arguments: printer.arguments(),
        };
        printed.kernels.iter().zip(&printers).map(launch).collect()
    }

    /// Number of distinct loops.
    pub fn num_loops(&self) -> usize {
        self.loops.len()
    }

    /// Names of the kernels, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.loops.iter().flat_map(|printed| &printed.kernels).map(|(name, _)| name.as_str())
    }

    /// All kernels, as one file.
    ///
    /// ```text
    /// #include "loops.cuh"
    ///
    /// // fc: add, [N, 10]
    /// extern "C" __global__ void __launch_bounds__(THREADS) loop_0_fc_add(…) { … }
    /// ```
    pub fn text(&self) -> String {
        let mut text = "#include \"loops.cuh\"\n".to_string();
        for printed in &self.loops {
            text.push('\n');
            for what in &printed.uses {
                text.push_str(&format!("// {what}\n"));
            }
            for (_, kernel) in &printed.kernels {
                text.push_str(kernel);
            }
        }
        text
    }
}
