//! The macro through which generated code states its element-wise loops.

/// Declares a function that runs a loop over rows at the full vector width of the machine, cut in parts for the
/// threads of the pool.
///
/// `write` and `read` operands hold one slice of the stated length per row and are cut between rows; `whole` operands
/// are seen by every part; a `partial` operand holds one slice of the stated length per *part*, which the caller
/// combines afterwards (see [`combine_parts`](crate::parallel::combine_parts)). The body is compiled once per instruction set.
///
/// ```ignore
/// fused! {
///     fn add_bias<S>(rows; channels; scale; write { out: channels } partial { total: 1 } read { x: channels } whole { bias }) {
///         total[0] = 0.0;
///         for row in 0..rows {
///             let (out, x) = (&mut out[row * channels..][..channels], &x[row * channels..][..channels]);
///             for j in 0..channels { out[j] = S::mul_add(x[j], scale, bias[j]); }
///         }
///     }
/// }
/// add_bias(rows, channels, scale, out, total, x, bias, parts);
/// ```
#[macro_export]
macro_rules! fused {
    (
        $(#[$attribute:meta])*
        fn $name:ident<$isa:ident>(
            $rows:ident; $($size:ident),*; $($scalar:ident),*;
            write { $($write:ident: $write_len:expr),* $(,)? }
            partial { $($partial:ident: $partial_len:expr),* $(,)? }
            read { $($read:ident: $read_len:expr),* $(,)? }
            whole { $($whole:ident),* $(,)? }
        ) $body:block
    ) => {
        $(#[$attribute])*
        #[allow(unused_variables, unused_mut, unused_parens, clippy::all)]
        fn $name(
            $rows: usize, $($size: usize,)* $($scalar: f32,)*
            $($write: &mut [f32],)* $($partial: &mut [f32],)* $($read: &[f32],)* $($whole: &[f32],)*
            parts: usize,
        ) {
            struct Body<'a> {
                $rows: usize, $($size: usize,)* $($scalar: f32,)*
                $($write: &'a mut [f32],)* $($partial: &'a mut [f32],)* $($read: &'a [f32],)* $($whole: &'a [f32],)*
                lifetime: ::core::marker::PhantomData<&'a ()>,
            }
            impl $crate::isa::Loop for Body<'_> {
                type Output = ();
                #[inline(always)]
                fn run<$isa: $crate::isa::Isa>(self) {
                    let Body { $rows, $($size,)* $($scalar,)* $($write,)* $($partial,)* $($read,)* $($whole,)* lifetime: _ } = self;
                    $body
                }
            }
            impl $crate::parallel::RowLoop for Body<'_> {
                fn num_rows(&self) -> usize { self.$rows }
                fn split(self, row_cut: usize, part_cut: usize) -> (Self, Self) {
                    let Body { $rows, $($size,)* $($scalar,)* $($write,)* $($partial,)* $($read,)* $($whole,)* lifetime } = self;
                    $(let $write = $write.split_at_mut(row_cut * ($write_len));)*
                    $(let $partial = $partial.split_at_mut(part_cut * ($partial_len));)*
                    $(let $read = $read.split_at(row_cut * ($read_len));)*
                    (
                        Body { $rows: row_cut, $($size,)* $($scalar,)* $($write: $write.0,)* $($partial: $partial.0,)* $($read: $read.0,)* $($whole,)* lifetime },
                        Body { $rows: $rows - row_cut, $($size,)* $($scalar,)* $($write: $write.1,)* $($partial: $partial.1,)* $($read: $read.1,)* $($whole,)* lifetime },
                    )
                }
            }
            let body = Body {
                $rows, $($size,)* $($scalar,)*
                $($write: &mut $write[..$rows * ($write_len)],)*
                $($partial: &mut $partial[..parts * ($partial_len)],)*
                $($read: &$read[..$rows * ($read_len)],)*
                $($whole,)*
                lifetime: ::core::marker::PhantomData,
            };
            $crate::parallel::run_rows(body, parts);
        }
    };
}
