//! Types of values.

use super::size::Size;
use std::fmt;

/// Element types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ElementType {
    /// 32-bit floating point: the type of everything that is computed.
    F32,
    /// 64-bit floating point: held, moved and cast, as are the types that follow but for `Bool`.
    F64,
    /// IEEE's 16-bit floating point.
    F16,
    /// The upper half of an `f32`.
    Bf16,
    /// The result of a comparison. Held as 0.0 or 1.0 where it has to be in memory.
    Bool,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer: the type of indices that are computed, such as those of `argmax`.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
}

impl ElementType {
    /// All of them.
    pub const ALL: [ElementType; 13] = [
        ElementType::F32,
        ElementType::F64,
        ElementType::F16,
        ElementType::Bf16,
        ElementType::Bool,
        ElementType::U8,
        ElementType::U16,
        ElementType::U32,
        ElementType::U64,
        ElementType::I8,
        ElementType::I16,
        ElementType::I32,
        ElementType::I64,
    ];

    /// Those of numbers, between which casts go.
    pub fn numbers() -> impl Iterator<Item = ElementType> {
        ElementType::ALL.into_iter().filter(|element| *element != ElementType::Bool)
    }

    /// Their names, quoted, for a message.
    pub fn list(elements: impl IntoIterator<Item = ElementType>) -> String {
        let names: Vec<String> =
            elements.into_iter().map(|element| format!("`{}`", element.name())).collect();
        names.join(", ")
    }

    /// The type with this name in Rust.
    pub fn from_name(name: &str) -> Option<ElementType> {
        ElementType::ALL.into_iter().find(|element| element.name() == name)
    }

    /// Its name in Rust.
    pub fn name(self) -> &'static str {
        match self {
            ElementType::F32 => "f32",
            ElementType::F64 => "f64",
            ElementType::F16 => "f16",
            ElementType::Bf16 => "bf16",
            ElementType::Bool => "bool",
            ElementType::U8 => "u8",
            ElementType::U16 => "u16",
            ElementType::U32 => "u32",
            ElementType::U64 => "u64",
            ElementType::I8 => "i8",
            ElementType::I16 => "i16",
            ElementType::I32 => "i32",
            ElementType::I64 => "i64",
        }
    }

    /// Bytes of an element in a tensor.
    pub fn size(self) -> usize {
        match self {
            ElementType::U8 | ElementType::I8 => 1,
            ElementType::F16 | ElementType::Bf16 | ElementType::U16 | ElementType::I16 => 2,
            ElementType::F32 | ElementType::Bool | ElementType::U32 | ElementType::I32 => 4,
            ElementType::F64 | ElementType::U64 | ElementType::I64 => 8,
        }
    }

    /// Elements of the arena, which are 4 bytes each, that one element takes. A smaller one takes a whole one.
    pub fn words(self) -> usize {
        self.size().div_ceil(4)
    }

    /// Whether values are whole numbers: labels and indices.
    pub fn is_integer(self) -> bool {
        !self.is_real() && self != ElementType::Bool
    }

    /// Whether values are whole numbers of which some are negative.
    pub fn is_signed(self) -> bool {
        matches!(self, ElementType::I8 | ElementType::I16 | ElementType::I32 | ElementType::I64)
    }

    /// Whether values are real numbers, through which gradients pass.
    pub fn is_real(self) -> bool {
        matches!(self, ElementType::F32 | ElementType::F64 | ElementType::F16 | ElementType::Bf16)
    }

    /// Whether values are only held, moved and cast, not computed with.
    pub fn is_held(self) -> bool {
        !matches!(self, ElementType::F32 | ElementType::Bool)
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
