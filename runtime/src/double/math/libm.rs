//! Functions of one number at a time, by the crate `libm`: their forms for vectors would need tables or long
//! polynomials in two parts. Each is within 1 ULP, as its sources state.

use crate::isa::Isa;

macro_rules! functions {
    ($($(#[$attribute:meta])* $name:ident($($x:ident),*) = $function:ident;)*) => {
        $(
            $(#[$attribute])*
            #[inline]
            pub fn $name<S: Isa>($($x: f64),*) -> f64 {
                libm::$function($($x),*)
            }
        )*
    };
}

functions! {
    /// Complement of the error function, `1 - erf(x)` without its cancellation.
    erfc(x) = erfc;
    /// Sine.
    sin(x) = sin;
    /// Cosine.
    cos(x) = cos;
    /// Tangent.
    tan(x) = tan;
    /// Inverse sine; NaN beyond -1 and 1.
    asin(x) = asin;
    /// Inverse cosine; NaN beyond -1 and 1.
    acos(x) = acos;
    /// Inverse tangent.
    atan(x) = atan;
    /// The angle of the point `(x, y)`, with the signs of both.
    atan2(y, x) = atan2;
    /// `x^y`, with the limits of IEEE 754: NaN for negative `x` unless `y` is whole, 1 for `y = 0` and for `x = 1`
    /// whatever the other is.
    pow(x, y) = pow;
}
