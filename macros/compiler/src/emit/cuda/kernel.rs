//! The text of one kernel: a pass over the elements of a loop.

use super::Argument;
use super::pass::Pass;
use super::scalar::{Names, print_scalar};
use super::text::{Lines, identifier, number_name, product, reduction_name, size_name};
use crate::emit::collapsed::{Collapsed, collect_sizes};
use crate::emit::origins::value_name;
use crate::graph::{Size, Value};
use crate::ops::reduce::ReduceKind;
use crate::plan::{Plan, Store};
use std::collections::BTreeSet;

/// Prints the kernel of a pass.
pub(super) struct KernelPrinter<'a> {
    collapsed: &'a Collapsed<'a>,
    pass: &'a Pass,
    plan: &'a Plan,
    /// Loads, and statements after them, that the stores of the pass need.
    needed: BTreeSet<usize>,
}

impl<'a> KernelPrinter<'a> {
    pub(super) fn new(collapsed: &'a Collapsed<'a>, pass: &'a Pass, plan: &'a Plan) -> KernelPrinter<'a> {
        let fused = collapsed.fused;
        let mut needed: BTreeSet<usize> =
            pass.stores.iter().map(|&store| fused.stores[store].source).collect();
        for (index, statement) in fused.statements.iter().enumerate().rev() {
            if needed.contains(&(collapsed.num_loads() + index)) {
                statement.for_each_arg(&mut |operand| {
                    needed.insert(operand);
                });
            }
        }
        KernelPrinter { collapsed, pass, plan, needed }
    }

    /// What the kernel is called after: its first store.
    pub(super) fn subject(&self) -> String {
        let name = identifier(&value_name(self.store(self.pass.stores[0]).value, self.plan));
        // Without the number of the value: other values share the kernel.
        name.rsplit_once('_').map_or(name.clone(), |(name, _)| name.to_string())
    }

    /// What the kernel is given.
    pub(super) fn arguments(&self) -> Vec<Argument> {
        self.parameters().into_iter().map(|(_, argument)| argument).collect()
    }

    /// The kernel as text.
    ///
    /// ```text
    /// extern "C" __global__ void __launch_bounds__(THREADS) loop_0_fc_add(
    ///     index_t size0, index_t size1,
    ///     float* __restrict__ out_fc_add_5,
    ///     const float* __restrict__ in_fc_bias_4)
    /// { … }
    /// ```
    pub(super) fn print(&self, name: &str) -> String {
        // Sizes on one line, each tensor on one of its own.
        let (sizes, tensors): (Vec<_>, Vec<_>) = self
            .parameters()
            .into_iter()
            .partition(|(_, argument)| matches!(argument, Argument::Size(_) | Argument::Number(_)));
        let declarations = |parameters: Vec<(String, Argument)>, separator: &str| -> String {
            let declarations: Vec<String> = parameters.into_iter().map(|(text, _)| text).collect();
            declarations.join(separator)
        };
        let (sizes, tensors) = (declarations(sizes, ", "), declarations(tensors, ",\n    "));
        let body = if self.is_reduced() { self.reduction() } else { self.element_wise() };
        format!(
            "extern \"C\" __global__ void __launch_bounds__(THREADS) {name}(\n    {sizes},\n    {tensors})\n{{\n{body}}}\n"
        )
    }

    fn store(&self, index: usize) -> &'a Store {
        &self.collapsed.fused.stores[index]
    }

    fn is_reduced(&self) -> bool {
        self.pass.kept.contains(&false)
    }

    /// Whether a store of the pass has one element for each of the space.
    fn is_full(&self, store: usize) -> bool {
        self.present(self.collapsed.num_loads() + store).iter().all(|&present| present)
    }

    /// Along which merged axes an operand extends.
    fn present(&self, operand: usize) -> &'a [bool] {
        &self.collapsed.present[operand]
    }

    /// Loads that the pass reads.
    fn loads(&self) -> impl Iterator<Item = usize> + '_ {
        self.needed.iter().copied().take_while(|&operand| operand < self.collapsed.num_loads())
    }

    /// The store of the pass in whose memory a load lies.
    fn taken_over_by(&self, load: usize) -> Option<usize> {
        self.pass.stores.iter().copied().find(|&store| self.store(store).in_place == Some(load))
    }

    /// Parameters with what is given for them.
    fn parameters(&self) -> Vec<(String, Argument)> {
        let collapsed = self.collapsed;
        let sizes = collapsed.sizes.iter().enumerate();
        let mut parameters: Vec<(String, Argument)> = sizes
            .map(|(axis, size)| (format!("index_t {}", size_name(axis)), Argument::Size(size.clone())))
            .collect();
        let mut numbers = Vec::new();
        for statement in self.statements() {
            collect_sizes(&collapsed.fused.statements[statement], &mut numbers);
        }
        for (index, size) in collapsed.scalars.iter().enumerate().filter(|(_, size)| numbers.contains(size)) {
            parameters.push((format!("float {}", number_name(index)), Argument::Number(size.clone())));
        }
        for &store in &self.pass.stores {
            let declaration = format!("float* __restrict__ {}", self.target(store));
            parameters.push((declaration, Argument::Store(store)));
        }
        for load in self.loads().filter(|&load| self.taken_over_by(load).is_none()) {
            let declaration = format!("const float* __restrict__ {}", self.source(load));
            parameters.push((declaration, Argument::Load(load)));
        }
        parameters
    }

    /// Statements that the pass computes, by their index.
    fn statements(&self) -> impl Iterator<Item = usize> + '_ {
        let num_loads = self.collapsed.num_loads();
        self.needed.iter().filter_map(move |operand| operand.checked_sub(num_loads))
    }

    fn value_name(&self, value: Value) -> String {
        identifier(&value_name(value, self.plan))
    }

    /// The variable of a load's or a statement's element.
    fn operand(&self, operand: usize) -> String {
        let fused = self.collapsed.fused;
        let name = self.value_name(match operand.checked_sub(fused.loads.len()) {
            None => fused.loads[operand].value,
            Some(statement) => fused.origins[statement],
        });
        if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
    }

    /// The elements of a store.
    fn target(&self, store: usize) -> String {
        format!("out_{}", self.value_name(self.store(store).value))
    }

    /// The elements of a load.
    fn source(&self, load: usize) -> String {
        match self.taken_over_by(load) {
            Some(store) => self.target(store),
            None => format!("in_{}", self.value_name(self.collapsed.fused.loads[load].value)),
        }
    }

    /// What a store combines its elements into.
    fn total(&self, store: usize) -> String {
        format!("total_{}", self.value_name(self.store(store).value))
    }

    /// One thread per element.
    ///
    /// ```text
    /// for (index_t element = first_thread(); element < elements; element += num_threads()) { … }
    /// ```
    fn element_wise(&self) -> String {
        let axes = self.axes(true);
        let mut lines = Lines::default();
        lines.push(1, format!("const index_t elements = {};", product(&axes)));
        lines.push(
            1,
            "for (index_t element = first_thread(); element < elements; element += num_threads()) {"
                .to_string(),
        );
        self.indices("element", &axes, 2, &mut lines);
        self.element(2, &mut lines);
        lines.push(1, "}".to_string());
        lines.text
    }

    /// A block for so many neighbouring elements of the reduced stores; its threads share what is to be combined for
    /// each.
    ///
    /// ```text
    /// for (index_t first = first_column<columns>(); first < num_columns; first += column_step<columns>()) {
    ///     const index_t column = first + threadIdx.x % columns;
    ///     float total_fc_bias_18 = Sum::identity();
    ///     if (column < num_columns) {
    ///         for (index_t row = threadIdx.x / columns; row < num_rows; row += THREADS / columns) { … }
    ///     }
    ///     total_fc_bias_18 = combine_block<Sum, columns>(total_fc_bias_18);
    ///     if (is_first_row<columns>() && column < num_columns) out_fc_bias_18[column] = total_fc_bias_18;
    /// }
    /// ```
    fn reduction(&self) -> String {
        let (kept, reduced) = (self.axes(true), self.axes(false));
        // Where neighbours in memory belong to different totals, neighbouring threads take them.
        let columns = if self.pass.kept[self.collapsed.inner()] { "COLUMNS" } else { "1" };
        let totals: Vec<(usize, ReduceKind)> = self
            .pass
            .stores
            .iter()
            .filter(|&&store| !self.is_full(store))
            .map(|&store| {
                (store, self.store(store).reduce.expect("an axis is missing only where it is reduced"))
            })
            .collect();
        let mut lines = Lines::default();
        lines.push(1, format!("constexpr unsigned columns = {columns};"));
        lines.push(
            1,
            format!("const index_t num_columns = {}, num_rows = {};", product(&kept), product(&reduced)),
        );
        lines.push(
            1,
            "for (index_t first = first_column<columns>(); first < num_columns; first += column_step<columns>()) {"
                .to_string(),
        );
        lines.push(2, "const index_t column = first + threadIdx.x % columns;".to_string());
        for &(store, kind) in &totals {
            lines.push(2, format!("float {} = {}::identity();", self.total(store), reduction_name(kind)));
        }
        lines.push(2, "if (column < num_columns) {".to_string());
        self.indices("column", &kept, 3, &mut lines);
        lines.push(
            3,
            "for (index_t row = threadIdx.x / columns; row < num_rows; row += THREADS / columns) {"
                .to_string(),
        );
        self.indices("row", &reduced, 4, &mut lines);
        self.element(4, &mut lines);
        lines.push(3, "}".to_string());
        lines.push(2, "}".to_string());
        for &(store, kind) in &totals {
            let (total, kind) = (self.total(store), reduction_name(kind));
            lines.push(2, format!("{total} = combine_block<{kind}, columns>({total});"));
        }
        lines.push(2, "if (is_first_row<columns>() && column < num_columns) {".to_string());
        for &(store, _) in &totals {
            lines.push(3, format!("{}[column] = {};", self.target(store), self.total(store)));
        }
        lines.push(2, "}".to_string());
        lines.push(1, "}".to_string());
        lines.text
    }

    /// Loads, statements and stores of one element.
    fn element(&self, depth: usize, lines: &mut Lines) {
        let (collapsed, fused) = (self.collapsed, self.collapsed.fused);
        let operand = |index: usize| self.operand(index);
        let size = |size: &Size| {
            let index = collapsed.scalars.iter().position(|known| known == size);
            number_name(index.expect("sizes were collected"))
        };
        let names = Names { operand: &operand, size: &size };
        for load in self.loads() {
            let place = self.place(load);
            lines.push(depth, format!("const float {} = {}[{place}];", operand(load), self.source(load)));
        }
        for statement in self.statements() {
            let variable = operand(collapsed.num_loads() + statement);
            let expression = print_scalar(&fused.statements[statement], &names);
            lines.push(depth, format!("const float {variable} = {expression};"));
        }
        for &store in &self.pass.stores {
            let value = operand(self.store(store).source);
            lines.push(
                depth,
                match self.store(store).reduce {
                    Some(kind) if !self.is_full(store) => {
                        let total = self.total(store);
                        format!("{total} = {}::combine({total}, {value});", reduction_name(kind))
                    }
                    // Reduced along axes of size 1 only, or not at all.
                    Some(_) | None => {
                        format!(
                            "{}[{}] = {value};",
                            self.target(store),
                            self.place(collapsed.num_loads() + store)
                        )
                    }
                },
            );
        }
    }

    /// The index of an operand's element: `index0 * size2 + index2`, or a variable that counts just these axes.
    fn place(&self, operand: usize) -> String {
        let present = self.present(operand);
        if let Some(counter) = self.counter(present) {
            return counter.to_string();
        }
        let axes = (0..present.len()).filter(|&axis| present[axis]);
        let place = axes.fold(None, |place: Option<String>, axis| {
            let index = self.index(axis);
            Some(match place {
                None => index,
                Some(place) if place.contains(' ') => format!("({place}) * {} + {index}", size_name(axis)),
                Some(place) => format!("{place} * {} + {index}", size_name(axis)),
            })
        });
        place.unwrap_or_else(|| "0".to_string())
    }

    /// The loop variable that counts the elements along these axes.
    fn counter(&self, present: &[bool]) -> Option<&'static str> {
        let kept = &self.pass.kept;
        if !self.is_reduced() {
            return (present == kept).then_some("element");
        }
        if present == kept && present.contains(&true) {
            return Some("column");
        }
        present.iter().zip(kept).all(|(present, is_kept)| present != is_kept).then_some("row")
    }

    /// Merged axes along which the reduced stores extend, or those along which they do not.
    fn axes(&self, is_kept: bool) -> Vec<usize> {
        (0..self.pass.kept.len()).filter(|&axis| self.pass.kept[axis] == is_kept).collect()
    }

    /// The index along an axis: a variable of its own, unless the loop variable counts this axis alone.
    fn index(&self, axis: usize) -> String {
        let is_kept = self.pass.kept[axis];
        match (self.axes(is_kept).len(), self.is_reduced(), is_kept) {
            (1, false, _) => "element".to_string(),
            (1, true, true) => "column".to_string(),
            (1, true, false) => "row".to_string(),
            _ => format!("index{axis}"),
        }
    }

    /// Indices along several axes that a variable counts, as far as some operand needs them.
    fn indices(&self, counter: &str, axes: &[usize], depth: usize, lines: &mut Lines) {
        if axes.len() < 2 {
            return;
        }
        let num_loads = self.collapsed.num_loads();
        let stores = self.pass.stores.iter().map(|store| num_loads + store);
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for operand in self.loads().chain(stores) {
            let present = self.present(operand);
            // Totals are stored at the column.
            let is_total = operand >= num_loads && !self.is_full(operand - num_loads);
            if self.counter(present).is_none() && !is_total {
                used.extend(axes.iter().filter(|&&axis| present[axis]));
            }
        }
        for (position, &axis) in axes.iter().enumerate().filter(|(_, axis)| used.contains(axis)) {
            let further = &axes[position + 1..];
            let above = match further {
                [] => counter.to_string(),
                [one] => format!("{counter} / {}", size_name(*one)),
                several => format!("{counter} / ({})", product(several)),
            };
            let index = if position == 0 { above } else { format!("{above} % {}", size_name(axis)) };
            lines.push(depth, format!("const index_t {} = {index};", self.index(axis)));
        }
    }
}
