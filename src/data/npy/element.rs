//! Types of elements that NumPy and tensors share.

/// A type of elements that `.npy` files hold: `bool`, whole numbers of 8 to 64 bits, `f32`, `f64`, and `f16` with the
/// feature `half`.
pub trait NpyElement: Copy + Default + 'static {
    /// Its name in Rust.
    const NAME: &'static str;
    /// Its name in NumPy's headers, without the byte order: `f4`.
    const DESCR: &'static str;

    /// The value of as many bytes as the type has, the lowest one first.
    #[doc(hidden)]
    fn from_le(bytes: &[u8]) -> Self;
    /// Appends the bytes of the value, the lowest one first.
    #[doc(hidden)]
    fn push_le(self, bytes: &mut Vec<u8>);
}

macro_rules! elements {
    ($($ty:ident $descr:literal),*) => {
        $(impl NpyElement for $ty {
            const NAME: &'static str = stringify!($ty);
            const DESCR: &'static str = $descr;

            fn from_le(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$ty>()];
                array.copy_from_slice(bytes);
                <$ty>::from_le_bytes(array)
            }

            fn push_le(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        })*
    };
}
elements!(i8 "i1", i16 "i2", i32 "i4", i64 "i8", u8 "u1", u16 "u2", u32 "u4", u64 "u8", f32 "f4", f64 "f8");
#[cfg(feature = "half")]
use macrograd_runtime::element::f16;
#[cfg(feature = "half")]
elements!(f16 "f2");

impl NpyElement for bool {
    const NAME: &'static str = "bool";
    const DESCR: &'static str = "b1";

    fn from_le(bytes: &[u8]) -> Self {
        bytes != [0]
    }

    fn push_le(self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self));
    }
}

/// The type in Rust and NumPy's name for what a header calls `descr`.
pub(super) fn names(descr: &str) -> Option<(&'static str, &'static str)> {
    Some(match descr {
        "b1" => ("bool", "bool"),
        "i1" => ("i8", "int8"),
        "i2" => ("i16", "int16"),
        "i4" => ("i32", "int32"),
        "i8" => ("i64", "int64"),
        "u1" => ("u8", "uint8"),
        "u2" => ("u16", "uint16"),
        "u4" => ("u32", "uint32"),
        "u8" => ("u64", "uint64"),
        "f2" => ("f16", "float16"),
        "f4" => ("f32", "float32"),
        "f8" => ("f64", "float64"),
        _ => return None,
    })
}
