//! Types of values.

use super::float::Float;
use super::size::Size;
use std::fmt;

/// Element types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ElementType {
    /// The computing type of the model, see [`Float`]: the type of everything that is computed. Those that follow, but
    /// for `Bool`, are held, moved and cast.
    Real,
    /// 32-bit floating point, in models that compute in another type.
    F32,
    /// 64-bit floating point, in models that compute in another type.
    F64,
    /// IEEE's 16-bit floating point.
    F16,
    /// The upper half of an `f32`.
    Bf16,
    /// The result of a comparison. Held as 0.0 or 1.0 of the computing type where it has to be in memory.
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
    /// Those that are the same in every model.
    const OTHERS: [ElementType; 11] = [
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

    /// All that the model has. One of the types of [`Float`] is its computing type, the others are held.
    pub fn all() -> impl Iterator<Item = ElementType> {
        Float::ALL.into_iter().map(ElementType::of_float).chain(ElementType::OTHERS)
    }

    /// Those of numbers, between which casts go.
    pub fn numbers() -> impl Iterator<Item = ElementType> {
        ElementType::all().filter(|element| *element != ElementType::Bool)
    }

    /// What `f32` or `f64` is in the model.
    fn of_float(float: Float) -> ElementType {
        match float {
            _ if float == Float::current() => ElementType::Real,
            Float::F32 => ElementType::F32,
            Float::F64 => ElementType::F64,
        }
    }

    /// Their names, quoted, for a message.
    pub fn list(elements: impl IntoIterator<Item = ElementType>) -> String {
        let names: Vec<String> =
            elements.into_iter().map(|element| format!("`{}`", element.name())).collect();
        names.join(", ")
    }

    /// The type with this name in Rust.
    pub fn from_name(name: &str) -> Option<ElementType> {
        ElementType::all().find(|element| element.name() == name)
    }

    /// Its name in Rust.
    pub fn name(self) -> &'static str {
        match self {
            ElementType::Real => Float::current().name(),
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
            ElementType::Real | ElementType::Bool => Float::current().size(),
            ElementType::F32 | ElementType::U32 | ElementType::I32 => 4,
            ElementType::F64 | ElementType::U64 | ElementType::I64 => 8,
        }
    }

    /// Words of the arena, which are of the computing type, that one element takes. A smaller one takes a whole one.
    pub fn words(self) -> usize {
        self.size().div_ceil(Float::current().size())
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
        matches!(
            self,
            ElementType::Real | ElementType::F32 | ElementType::F64 | ElementType::F16 | ElementType::Bf16
        )
    }

    /// Whether values are only held, moved and cast, not computed with.
    pub fn is_held(self) -> bool {
        !matches!(self, ElementType::Real | ElementType::Bool)
    }
}

/// The help for a held real where one that is computed is needed. In a layer that other models use `as _` is the better
/// cast, since it follows the computing type of each.
pub fn computed_in() -> String {
    match Float::current() {
        Float::F32 => "computing is done in `f32`: cast it with `as f32`".to_string(),
        Float::F64 => {
            "computing is done in `f64`: cast it with `as f64`, or with `as _` in a layer for models of every type"
                .to_string()
        }
    }
}

/// A help that ends with a cast to the computing type.
pub fn as_real(text: &str) -> String {
    format!("{text}`as {}`", ElementType::Real.name())
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
    /// A tensor of the computing type.
    pub fn real(shape: Vec<Size>) -> TensorType {
        TensorType { element: ElementType::Real, shape }
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
        if self.element != ElementType::Real {
            f.write_str(self.element.name())?;
        }
        f.write_str(&shape_text(&self.shape))
    }
}
