//! Linear maps along one axis: each place of the result is a weighted sum of a few places of the operand, by a rule of
//! padding, windows, parts or resampling. What pads, unfolds, pools adaptively and interpolates is made of them; the
//! gradient of one is its transpose.

use super::call::Method;
use super::{KernelCall, Operation, Vjp, check_count};
use crate::graph::scalar::Number;
use crate::graph::types::product;
use crate::graph::{Builder, Float, Size, TensorType, Value};
use crate::reference::{Array, Sizes};
use proc_macro2::TokenStream;
use quote::quote;

/// Models call the operations that are made of it.
pub const METHODS: &[Method] = &[];

/// What lies beyond the ends of an axis.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Edge {
    /// A fill value.
    Constant,
    /// The axis mirrored at its first and last place, which are not repeated.
    Reflect,
    /// The first and the last place.
    Replicate,
    /// The other end.
    Circular,
}

/// How coordinates of the result become coordinates of the operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Resample {
    /// The factor that the user gave; without one, the sizes decide.
    pub scale_factor: Option<Number>,
    /// Whether the centres of the first and last places coincide, rather than their outer edges.
    pub align_corners: bool,
    /// Whether the filter is widened where the result is smaller.
    pub antialias: bool,
}

/// Which places of the operand, with which weights, make up a place of the result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rule {
    /// Place `o - before`.
    Pad {
        /// Places added before the first; negative ones are cut off.
        before: i64,
        /// What is there.
        edge: Edge,
    },
    /// Place `o` is tap `o % kernel` of window `o / kernel`; places in the padding have no tap.
    Windows {
        /// Taps of a window.
        kernel: usize,
        /// Distance between windows.
        stride: usize,
        /// Distance between taps.
        dilation: usize,
        /// Places before the first.
        padding: usize,
    },
    /// Place `o` is tap `o % kernel` of part `o / kernel`, or the part's last place if it is shorter; parts as for
    /// `AdaptiveMean`.
    AdaptiveWindows {
        /// Taps of a part.
        kernel: usize,
    },
    /// The mean of the places from `floor(o size / out)` to `ceil((o + 1) size / out)`, exclusive.
    AdaptiveMean,
    /// The nearest place before, or with `exact` around, the coordinate.
    Nearest {
        /// The factor that the user gave; without one, the sizes decide.
        scale_factor: Option<Number>,
        /// Whether coordinates are those of centres.
        exact: bool,
    },
    /// Linear interpolation.
    Linear(Resample),
    /// Cubic convolution.
    Cubic(Resample),
}

/// The map of an axis.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AxisMap {
    /// The axis.
    pub axis: usize,
    /// Its size in the result.
    pub size: Size,
    /// What its places are made of.
    pub rule: Rule,
    /// The value of places that are made of nothing.
    pub fill: Number,
}

/// The transpose of a map: its gradient.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AxisMapGrad {
    /// The axis.
    pub axis: usize,
    /// Its size in the operand of the map: in the result of this.
    pub size: Size,
    /// The map's rule.
    pub rule: Rule,
}

/// Maps an axis.
pub(super) fn axis_map(
    builder: &mut Builder,
    value: Value,
    axis: usize,
    size: Size,
    rule: Rule,
    fill: f64,
) -> Value {
    builder.add(AxisMap { axis, size, rule, fill: Number::new(fill) }, &[value])
}

/// `shape` with another size of an axis.
fn with_size(ty: &TensorType, axis: usize, size: &Size) -> Result<Vec<TensorType>, String> {
    if axis >= ty.rank() {
        return Err(format!("axis {axis} of {ty}"));
    }
    let mut shape = ty.shape.clone();
    shape[axis] = size.clone();
    Ok(vec![TensorType { element: ty.element, shape }])
}

/// The call of a kernel that maps from `from` to `to`.
fn kernel(
    call: &KernelCall<'_>,
    name: &str,
    (axis, rule): (usize, &Rule),
    from: &[Size],
    to: &[Size],
    fill: Option<Number>,
) -> TokenStream {
    let (runtime, out, input) = (call.runtime, &call.outputs[0], &call.inputs[0]);
    let name = proc_macro2::Ident::new(name, proc_macro2::Span::call_site());
    let (outer, inner) = (product(&from[..axis]).to_tokens(), product(&from[axis + 1..]).to_tokens());
    let (len, out_len) = (from[axis].to_tokens(), to[axis].to_tokens());
    let path = quote!(#runtime::ops::axis_map);
    let rule = rule.to_tokens(&path);
    let fill = fill.map(|fill| {
        let value = emit_fill(fill.value());
        quote!(, #value)
    });
    quote!(#path::#name(#out, #input, &#path::AxisMap {
        outer: #outer, len: #len, out_len: #out_len, inner: #inner, rule: #rule,
    } #fill))
}

/// A fill, which may be infinite, by its bits where it has no literal.
fn emit_fill(value: f64) -> TokenStream {
    match Float::current() {
        Float::F32 if (value as f32).is_finite() => {
            let value = value as f32;
            quote!(#value)
        }
        Float::F32 => {
            let bits = (value as f32).to_bits();
            quote!(f32::from_bits(#bits))
        }
        Float::F64 if value.is_finite() => quote!(#value),
        Float::F64 => {
            let bits = value.to_bits();
            quote!(f64::from_bits(#bits))
        }
    }
}

impl Rule {
    fn to_tokens(self, path: &TokenStream) -> TokenStream {
        let factor = |factor: Option<Number>| match factor.map(Number::value) {
            Some(value) => quote!(Some(#value)),
            None => quote!(None),
        };
        let resample = |Resample { scale_factor, align_corners, antialias }: Resample| {
            let scale_factor = factor(scale_factor);
            quote!(#path::Resample {
                scale_factor: #scale_factor, align_corners: #align_corners, antialias: #antialias,
            })
        };
        match self {
            Rule::Pad { before, edge } => {
                let magnitude = proc_macro2::Literal::u64_unsuffixed(before.unsigned_abs());
                let minus = (before < 0).then(|| quote!(-));
                let before = quote!(#minus #magnitude);
                let edge = proc_macro2::Ident::new(&format!("{edge:?}"), proc_macro2::Span::call_site());
                quote!(#path::Rule::Pad { before: #before, edge: #path::Edge::#edge })
            }
            Rule::Windows { kernel, stride, dilation, padding } => quote!(#path::Rule::Windows {
                kernel: #kernel, stride: #stride, dilation: #dilation, padding: #padding,
            }),
            Rule::AdaptiveWindows { kernel } => quote!(#path::Rule::AdaptiveWindows { kernel: #kernel }),
            Rule::AdaptiveMean => quote!(#path::Rule::AdaptiveMean),
            Rule::Nearest { scale_factor, exact } => {
                let scale_factor = factor(scale_factor);
                quote!(#path::Rule::Nearest { scale_factor: #scale_factor, exact: #exact })
            }
            Rule::Linear(options) => {
                let resample = resample(options);
                quote!(#path::Rule::Linear(#resample))
            }
            Rule::Cubic(options) => {
                let resample = resample(options);
                quote!(#path::Rule::Cubic(#resample))
            }
        }
    }

    /// Places of the operand and their weights in place `o` of the result.
    fn taps(&self, o: usize, len: usize, out: usize) -> Vec<(usize, f64)> {
        let (last, o, len, out) = (len as i64 - 1, o as i64, len as i64, out as i64);
        let part = |index: i64, count: i64| (index * len / count, ((index + 1) * len + count - 1) / count);
        let one = |place: i64| vec![(place as usize, 1.0)];
        match *self {
            Rule::Pad { before, edge } => {
                let place = o - before;
                match edge {
                    _ if (0..len).contains(&place) => one(place),
                    Edge::Constant => Vec::new(),
                    Edge::Reflect => one(last - (last - place.abs()).abs()),
                    Edge::Replicate => one(place.clamp(0, last)),
                    Edge::Circular => one(place.rem_euclid(len)),
                }
            }
            Rule::Windows { kernel, stride, dilation, padding } => {
                let (window, tap) = (o / kernel as i64, o % kernel as i64);
                let place = window * stride as i64 + tap * dilation as i64 - padding as i64;
                if (0..len).contains(&place) { one(place) } else { Vec::new() }
            }
            Rule::AdaptiveWindows { kernel } => {
                let (start, end) = part(o / kernel as i64, out / kernel as i64);
                one((start + o % kernel as i64).min(end - 1))
            }
            Rule::AdaptiveMean => {
                let (start, end) = part(o, out);
                (start..end).map(|place| (place as usize, 1.0 / (end - start) as f64)).collect()
            }
            Rule::Nearest { scale_factor, exact } => {
                let scale = scale_factor.map_or(len as f64 / out as f64, |factor| 1.0 / factor.value());
                let source = (o as f64 + if exact { 0.5 } else { 0.0 }) * scale;
                one((source.floor() as i64).min(last))
            }
            Rule::Linear(resample) if resample.antialias => resample.smooth(1.0, &linear_filter, o, len, out),
            Rule::Cubic(resample) if resample.antialias => {
                resample.smooth(2.0, &|x| cubic_filter(x, -0.5), o, len, out)
            }
            Rule::Linear(resample) => {
                let source = resample.source(o, len, out).clamp(0.0, last as f64);
                let first = source.floor();
                vec![
                    (first as usize, first + 1.0 - source),
                    ((first as i64 + 1).min(last) as usize, source - first),
                ]
            }
            Rule::Cubic(resample) => {
                let source = resample.source(o, len, out);
                let first = source.floor() as i64 - 1;
                let weight = |place: i64| cubic_filter(source - place as f64, -0.75);
                (first..first + 4).map(|place| (place.clamp(0, last) as usize, weight(place))).collect()
            }
        }
    }
}

/// `1 - |x|` around 0.
fn linear_filter(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys' cubic convolution, 1981.
fn cubic_filter(x: f64, a: f64) -> f64 {
    match x.abs() {
        x @ 0.0..1.0 => (a + 2.0) * x.powi(3) - (a + 3.0) * x.powi(2) + 1.0,
        x @ 1.0..2.0 => a * x.powi(3) - 5.0 * a * x.powi(2) + 8.0 * a * x - 4.0 * a,
        _ => 0.0,
    }
}

impl Resample {
    fn scale(&self, len: i64, out: i64) -> f64 {
        match (self.align_corners, self.scale_factor) {
            (true, _) if out == 1 => 0.0,
            (true, _) => (len - 1) as f64 / (out - 1) as f64,
            (false, Some(factor)) => 1.0 / factor.value(),
            (false, None) => len as f64 / out as f64,
        }
    }

    fn source(&self, o: i64, len: i64, out: i64) -> f64 {
        let centre = if self.align_corners { 0.0 } else { 0.5 };
        (o as f64 + centre) * self.scale(len, out) - centre
    }

    /// Taps of a filter of this support, widened by the scale and normalised.
    fn smooth(
        &self,
        support: f64,
        filter: &dyn Fn(f64) -> f64,
        o: i64,
        len: i64,
        out: i64,
    ) -> Vec<(usize, f64)> {
        let scale = self.scale(len, out);
        let (centre, stretch) = (scale * (o as f64 + 0.5), scale.max(1.0));
        let first = ((centre - support * stretch + 0.5).trunc() as i64).max(0);
        let end = ((centre + support * stretch + 0.5).trunc() as i64).min(len);
        let taps =
            (first..end).map(|place| (place as usize, filter((place as f64 + 0.5 - centre) / stretch)));
        let taps: Vec<(usize, f64)> = taps.collect();
        let sum: f64 = taps.iter().map(|(_, weight)| weight).sum();
        taps.into_iter().map(|(place, weight)| (place, weight / sum)).collect()
    }
}

impl Operation for AxisMap {
    fn text(&self) -> String {
        format!("map of axis {} to {} by {:?}, fill {:?}", self.axis, self.size, self.rule, self.fill)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        with_size(inputs[0], self.axis, &self.size)
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, size) = (vjp.grad(), vjp.shape(0)[self.axis].clone());
        let AxisMap { axis, rule, .. } = *self;
        Ok(vec![Some(vjp.builder.add(AxisMapGrad { axis, size, rule }, &[grad]))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let shape = sizes.shape(&outputs[0].shape);
        vec![Array::from_fn(&shape, |index| {
            let taps = self.rule.taps(index[self.axis], inputs[0].shape[self.axis], shape[self.axis]);
            let mut place = index.to_vec();
            let terms = taps.iter().map(|&(at, weight)| {
                place[self.axis] = at;
                weight * inputs[0].at(&place)
            });
            let sum: f64 = terms.sum();
            if taps.is_empty() { self.fill.value() } else { sum }
        })]
    }

    fn flops(&self, _: &[&TensorType], outputs: &[&TensorType]) -> Size {
        self.rule.flops(outputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (from, to) = (&call.input_types[0].shape, &call.output_types[0].shape);
        Some(kernel(call, "axis_map", (self.axis, &self.rule), from, to, Some(self.fill)))
    }
}

impl Operation for AxisMapGrad {
    fn text(&self) -> String {
        format!("transposed map of axis {} to {} by {:?}", self.axis, self.size, self.rule)
    }

    fn infer(&self, inputs: &[&TensorType]) -> Result<Vec<TensorType>, String> {
        check_count(inputs, 1)?;
        with_size(inputs[0], self.axis, &self.size)
    }

    fn vjp(&self, vjp: &mut Vjp<'_>) -> Result<Vec<Option<Value>>, String> {
        let (grad, size) = (vjp.grad(), vjp.shape(0)[self.axis].clone());
        Ok(vec![Some(axis_map(vjp.builder, grad, self.axis, size, self.rule, 0.0))])
    }

    fn evaluate(&self, inputs: &[&Array], outputs: &[TensorType], sizes: &Sizes) -> Vec<Array> {
        let mut out = Array::full(&sizes.shape(&outputs[0].shape), 0.0);
        let (len, out_len) = (out.shape[self.axis], inputs[0].shape[self.axis]);
        inputs[0].for_each(|index, grad| {
            let mut place = index.to_vec();
            for (at, weight) in self.rule.taps(index[self.axis], len, out_len) {
                place[self.axis] = at;
                let offset = out.offset(&place);
                out.data[offset] += weight * grad;
            }
        });
        vec![out]
    }

    fn flops(&self, inputs: &[&TensorType], _: &[&TensorType]) -> Size {
        self.rule.flops(inputs[0])
    }

    fn kernel(&self, call: &KernelCall<'_>) -> Option<TokenStream> {
        let (from, to) = (&call.output_types[0].shape, &call.input_types[0].shape);
        Some(kernel(call, "axis_map_grad", (self.axis, &self.rule), from, to, None))
    }
}

impl Rule {
    /// Two for each tap of a filter of fixed width; copies are free, and means and widened filters count as two taps.
    fn flops(&self, output: &TensorType) -> Size {
        let taps = match self {
            Rule::Pad { .. } | Rule::Windows { .. } | Rule::AdaptiveWindows { .. } | Rule::Nearest { .. } => {
                0
            }
            Rule::AdaptiveMean | Rule::Linear(_) => 2,
            Rule::Cubic(_) => 4,
        };
        output.numel().mul(&Size::literal(2 * taps))
    }
}
