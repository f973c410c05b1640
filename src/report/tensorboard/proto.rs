//! The messages of an event file, as far as they are written here. Names and numbers of fields are those of
//! TensorFlow's `event.proto`, `summary.proto`, `histogram.proto`, `tensor.proto` and `graph.proto`.

use prost::{Message, Oneof};

/// Readers take any version that is not newer than they are; this one is older than all that show graphs today.
pub const GRAPH_VERSION: i32 = 22;

/// The size of a dimension that is known at run time only.
pub const UNKNOWN_SIZE: i64 = -1;

/// `DT_STRING`
const STRING: i32 = 7;

/// `DATA_CLASS_TENSOR`
const TENSOR: i32 = 2;

#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    #[prost(int64, tag = "2")]
    pub step: i64,
    #[prost(oneof = "What", tags = "3, 4, 5")]
    pub what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    /// A [`GraphDef`] in bytes.
    #[prost(bytes = "vec", tag = "4")]
    GraphDef(Vec<u8>),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<SummaryMetadata>,
    #[prost(oneof = "Content", tags = "2, 4, 5, 8")]
    pub value: Option<Content>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Content {
    #[prost(float, tag = "2")]
    SimpleValue(f32),
    #[prost(message, tag = "4")]
    Image(Image),
    #[prost(message, tag = "5")]
    Histo(HistogramProto),
    #[prost(message, tag = "8")]
    Tensor(TensorProto),
}

#[derive(Clone, PartialEq, Message)]
pub struct SummaryMetadata {
    #[prost(message, optional, tag = "1")]
    pub plugin_data: Option<PluginData>,
    #[prost(int32, tag = "4")]
    pub data_class: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct PluginData {
    #[prost(string, tag = "1")]
    pub plugin_name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Image {
    #[prost(int32, tag = "1")]
    pub height: i32,
    #[prost(int32, tag = "2")]
    pub width: i32,
    /// Number of channels.
    #[prost(int32, tag = "3")]
    pub colorspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    pub encoded_image_string: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub struct HistogramProto {
    #[prost(double, tag = "1")]
    pub min: f64,
    #[prost(double, tag = "2")]
    pub max: f64,
    #[prost(double, tag = "3")]
    pub num: f64,
    #[prost(double, tag = "4")]
    pub sum: f64,
    #[prost(double, tag = "5")]
    pub sum_squares: f64,
    #[prost(double, repeated, tag = "6")]
    pub bucket_limit: Vec<f64>,
    #[prost(double, repeated, tag = "7")]
    pub bucket: Vec<f64>,
}

/// A tensor of texts.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    /// Present without axes for a scalar.
    #[prost(message, optional, tag = "2")]
    pub tensor_shape: Option<TensorShapeProto>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub string_val: Vec<Vec<u8>>,
}

/// The shape of a scalar.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {}

#[derive(Clone, PartialEq, Message)]
pub struct GraphDef {
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeDef>,
    #[prost(message, optional, tag = "4")]
    pub versions: Option<VersionDef>,
}

#[derive(Clone, PartialEq, Message)]
pub struct NodeDef {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub op: String,
    #[prost(string, repeated, tag = "3")]
    pub input: Vec<String>,
    /// Entries of a map.
    #[prost(message, repeated, tag = "5")]
    pub attr: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Attribute {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<AttrValue>,
}

/// One of its fields is there.
#[derive(Clone, PartialEq, Message)]
pub struct AttrValue {
    #[prost(message, optional, tag = "1")]
    pub list: Option<ListValue>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub s: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ListValue {
    #[prost(message, repeated, tag = "7")]
    pub shape: Vec<Shape>,
}

/// A `TensorShapeProto` of a graph.
#[derive(Clone, PartialEq, Message)]
pub struct Shape {
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Dim {
    /// [`UNKNOWN_SIZE`] where it is not a number.
    #[prost(int64, tag = "1")]
    pub size: i64,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct VersionDef {
    #[prost(int32, tag = "1")]
    pub producer: i32,
}

impl Summary {
    fn new(tag: impl Into<String>, metadata: Option<SummaryMetadata>, value: Content) -> Summary {
        Summary { value: vec![Value { tag: tag.into(), metadata, value: Some(value) }] }
    }

    pub fn of_scalar(tag: &str, value: f32) -> Summary {
        Summary::new(tag, None, Content::SimpleValue(value))
    }

    pub fn of_histogram(tag: String, histogram: HistogramProto) -> Summary {
        Summary::new(tag, None, Content::Histo(histogram))
    }

    pub fn of_image(tag: &str, image: Image) -> Summary {
        Summary::new(tag, None, Content::Image(image))
    }

    /// Only the metadata tell a text from any other tensor.
    pub fn of_text(tag: &str, text: &str) -> Summary {
        let plugin_data = Some(PluginData { plugin_name: "text".to_owned() });
        let metadata = SummaryMetadata { plugin_data, data_class: TENSOR };
        let string_val = vec![text.as_bytes().to_vec()];
        let tensor = TensorProto { dtype: STRING, tensor_shape: Some(TensorShapeProto {}), string_val };
        Summary::new(tag, Some(metadata), Content::Tensor(tensor))
    }
}
