//! Types of values.

use super::size::Size;
use proc_macro2::{Ident, Span};
use std::fmt;

/// Element types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ElementType {
    /// 32-bit floating point: the type of everything that is computed.
    F32,
    /// The result of a comparison. Held as 0.0 or 1.0 where it has to be in memory.
    Bool,
    /// Unsigned 8-bit integer: inputs only.
    U8,
    /// Unsigned 32-bit integer: inputs, and indices that are computed, such as those of `argmax`.
    U32,
    /// Signed 64-bit integer: inputs only.
    I64,
}

impl ElementType {
    /// The type with this name in Rust.
    pub fn from_name(name: &str) -> Option<ElementType> {
        Some(match name {
            "f32" => ElementType::F32,
            "bool" => ElementType::Bool,
            "u8" => ElementType::U8,
            "u32" => ElementType::U32,
            "i64" => ElementType::I64,
            _ => return None,
        })
    }

    /// Its name in Rust.
    pub fn name(self) -> &'static str {
        match self {
            ElementType::F32 => "f32",
            ElementType::Bool => "bool",
            ElementType::U8 => "u8",
            ElementType::U32 => "u32",
            ElementType::I64 => "i64",
        }
    }

    /// Its name as a token.
    pub fn ident(self) -> Ident {
        Ident::new(self.name(), Span::call_site())
    }

    /// Whether values are whole numbers given by the user: labels and indices.
    pub fn is_integer(self) -> bool {
        match self {
            ElementType::U8 | ElementType::U32 | ElementType::I64 => true,
            ElementType::F32 | ElementType::Bool => false,
        }
    }
}

/// Element type and shape of a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TensorType {
    /// Type of the elements.
    pub element: ElementType,
    /// Sizes of the dimensions, outermost first.
    pub shape: Vec<Size>,
}

impl TensorType {
    /// An `f32` tensor.
    pub fn f32(shape: Vec<Size>) -> TensorType {
        TensorType { element: ElementType::F32, shape }
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn numel(&self) -> Size {
        product(&self.shape)
    }
}

/// Product of sizes.
pub fn product(sizes: &[Size]) -> Size {
    sizes.iter().fold(Size::one(), |product, size| product.mul(size))
}

/// `[N, 16, 4, 4]`.
pub fn shape_text(shape: &[Size]) -> String {
    let sizes: Vec<String> = shape.iter().map(Size::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.element != ElementType::F32 {
            f.write_str(self.element.name())?;
        }
        f.write_str(&shape_text(&self.shape))
    }
}
