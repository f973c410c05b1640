//! The macros that generated code calls: the one through which fused loops are stated, which serves those of all
//! computing types, and the gate of models in f64.

/// Declares a function that runs a loop over rows at the full vector width of the machine, cut in parts for the
/// threads of the pool.
///
/// `write` and `read` operands hold one slice of the stated length per row and are cut between rows; `whole` operands
/// are seen by every part; a `partial` operand holds one slice of the stated length per *part*, which the caller
/// combines afterwards (see [`combine_parts`](crate::parallel::combine_parts)). The body is compiled once per instruction set.
/// `in path, type;` in front names the module like this one, and the computing type, if they are not those of the root.
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
        in $fused:path, $float:ty;
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
        // Called from many places, each of which would repeat how the operands are put together.
        #[inline(never)]
        #[allow(unused_variables, unused_mut, unused_parens, clippy::all)]
        fn $name(
            $rows: usize, $($size: usize,)* $($scalar: $float,)*
            $($write: &mut [$float],)* $($partial: &mut [$float],)* $($read: &[$float],)* $($whole: &[$float],)*
            parts: usize,
        ) {
            use $fused as loops;
            struct Body;
            impl loops::FusedLoop for Body {
                #[inline(always)]
                fn run<$isa: $crate::isa::Isa>(mut part: loops::Part<'_>) {
                    let $rows = part.rows();
                    $(let $size = part.size();)*
                    $(let $scalar = part.scalar();)*
                    $(let $write = part.output();)*
                    $(let $partial = part.output();)*
                    $(let $read = part.input();)*
                    $(let $whole = part.input();)*
                    $body
                }
            }
            let operands = [
                $(loops::Operand::write($write, $write_len),)*
                $(loops::Operand::partial($partial, $partial_len),)*
                $(loops::Operand::read($read, $read_len),)*
                $(loops::Operand::whole($whole),)*
            ];
            let kernel = const { loops::Kernel::of::<Body>() };
            loops::run(kernel, $rows, &[$($size),*], &[$($scalar),*], &operands, parts);
        }
    };
    ($($loop:tt)*) => { $crate::fused! { in $crate::fused, f32; $($loop)* } };
}

/// Holds all that is generated for a model in f64, whose kernels need the feature `f64`.
#[cfg(feature = "f64")]
#[macro_export]
#[doc(hidden)]
macro_rules! double {
    ($($model:tt)*) => { $($model)* };
}

/// See the other form of this macro.
#[cfg(not(feature = "f64"))]
#[macro_export]
#[doc(hidden)]
macro_rules! double {
    ($($model:tt)*) => {
        ::core::compile_error!(
            "models that compute in `f64` need the feature `f64` of macrograd: write `macrograd = { version = \"…\", features = [\"f64\"] }` in Cargo.toml"
        );
    };
}
