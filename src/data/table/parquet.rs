//! Parquet files: columns with types and with cells that may be missing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::column::{Column, Values};
use super::reader::check_names;
use super::{Source, Table};
use crate::Error;
use crate::data::idx::bad_file;

/// Reads the bytes of a file.
pub(super) fn open(bytes: Vec<u8>, path: &Path) -> Result<Table, Error> {
    let damaged = |problem: &str| {
        let remedy = match problem.split_once("Disabled feature at compile time: ") {
            Some((_, packing)) => {
                format!(
                    "it is packed by {packing}, but snappy, gzip, zstd and none are read; write it with one of these"
                )
            }
            None => {
                let problem = problem.trim_start_matches("Parquet error: ");
                format!("the Parquet file cannot be read ({problem}); write it again")
            }
        };
        bad_file(path, remedy)
    };
    // The crate panics at some of the files that are damaged; a file of a user must not end a program.
    let columns = catch_unwind(AssertUnwindSafe(|| read(bytes)))
        .map_err(|_| damaged("its parts contradict each other"))?
        .map_err(|error| damaged(&error.to_string()))?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    check_names(&names, path)?;
    let source = Source { path: path.to_owned(), columns, lines: None, has_header: false };
    if source.num_rows() == 0 {
        return Err(bad_file(path, "it has no rows".to_owned()));
    }
    let rows = (0..source.num_rows()).collect();
    Ok(Table { source: Arc::new(source), rows })
}

fn read(bytes: Vec<u8>) -> Result<Vec<Column>, ParquetError> {
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns = Vec::with_capacity(schema.num_columns());
    for (place, descriptor) in schema.columns().iter().enumerate() {
        let mut values = empty(descriptor);
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group)?;
            let rows = group.metadata().num_rows() as usize;
            if let Values::Other { len, .. } = &mut values {
                *len += rows;
            } else {
                append(&mut values, group.get_column_reader(place)?, descriptor, rows)?;
            }
        }
        columns.push(Column { name: descriptor.path().string(), values });
    }
    if let Some(column) = columns.iter().find(|column| column.values.len() != columns[0].values.len()) {
        return Err(ParquetError::General(format!("column {} has another length", column.name)));
    }
    Ok(columns)
}

/// A column of the right kind, without cells.
fn empty(descriptor: &ColumnDescriptor) -> Values {
    let other = |type_name: String| Values::Other { type_name, len: 0 };
    if descriptor.max_rep_level() > 0 {
        return other("lists".to_owned());
    }
    let (logical, converted) = (descriptor.logical_type_ref(), descriptor.converted_type());
    let is_decimal = matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL;
    let is_text = matches!(logical, None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json));
    let is_number = matches!(logical, None | Some(LogicalType::Integer(_)));
    match descriptor.physical_type() {
        PhysicalType::BOOLEAN => Values::Wholes(Vec::new()),
        PhysicalType::INT32 | PhysicalType::INT64 if is_decimal => Values::Reals(Vec::new()),
        PhysicalType::INT32 | PhysicalType::INT64 if is_number => Values::Wholes(Vec::new()),
        PhysicalType::FLOAT | PhysicalType::DOUBLE => Values::Reals(Vec::new()),
        PhysicalType::BYTE_ARRAY if is_text && !is_decimal => Values::Words(Vec::new()),
        PhysicalType::FIXED_LEN_BYTE_ARRAY if matches!(logical, Some(LogicalType::Float16)) => {
            Values::Reals(Vec::new())
        }
        physical => other(match logical {
            Some(logical) => format!("the type {logical:?}"),
            None => format!("the type {physical}"),
        }),
    }
}

/// Reads the cells of one group of rows.
fn append(
    values: &mut Values,
    reader: ColumnReader,
    descriptor: &ColumnDescriptor,
    rows: usize,
) -> Result<(), ParquetError> {
    let present = descriptor.max_def_level();
    let unsigned = matches!(descriptor.logical_type_ref(), Some(LogicalType::Integer(int)) if !int.is_signed)
        || matches!(
            descriptor.converted_type(),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64
        );
    let unit = 10_f64.powi(-descriptor.type_scale().max(0));
    match (values, reader) {
        (Values::Wholes(cells), ColumnReader::BoolColumnReader(reader)) => {
            cells.extend(cells_of(reader, rows, present, |truth| Ok(i64::from(truth)))?);
        }
        (Values::Wholes(cells), ColumnReader::Int32ColumnReader(reader)) => {
            let whole = |x: i32| Ok(if unsigned { i64::from(x as u32) } else { i64::from(x) });
            cells.extend(cells_of(reader, rows, present, whole)?);
        }
        (Values::Wholes(cells), ColumnReader::Int64ColumnReader(reader)) => {
            let whole = |x: i64| {
                let is_too_large = unsigned && x < 0;
                let problem = "a whole number above 9223372036854775807";
                if is_too_large { Err(ParquetError::General(problem.to_owned())) } else { Ok(x) }
            };
            cells.extend(cells_of(reader, rows, present, whole)?);
        }
        (Values::Reals(cells), ColumnReader::Int32ColumnReader(reader)) => {
            cells.extend(cells_of(reader, rows, present, |x| Ok(f64::from(x) * unit))?);
        }
        (Values::Reals(cells), ColumnReader::Int64ColumnReader(reader)) => {
            cells.extend(cells_of(reader, rows, present, |x| Ok(x as f64 * unit))?);
        }
        (Values::Reals(cells), ColumnReader::FloatColumnReader(reader)) => {
            cells.extend(cells_of(reader, rows, present, |x| Ok(f64::from(x)))?);
        }
        (Values::Reals(cells), ColumnReader::DoubleColumnReader(reader)) => {
            cells.extend(cells_of(reader, rows, present, Ok)?);
        }
        (Values::Reals(cells), ColumnReader::FixedLenByteArrayColumnReader(reader)) => {
            cells.extend(cells_of(reader, rows, present, |x| Ok(half(x.data())))?);
        }
        (Values::Words(cells), ColumnReader::ByteArrayColumnReader(reader)) => {
            let text = |x: ByteArray| x.as_utf8().map(str::to_owned);
            cells.extend(cells_of(reader, rows, present, text)?);
        }
        _ => return Err(ParquetError::General(format!("column {} changes its type", descriptor.name()))),
    }
    Ok(())
}

/// All cells of a group: a definition level below `present` means that there is none.
fn cells_of<D: DataType, T>(
    mut reader: ColumnReaderImpl<D>,
    rows: usize,
    present: i16,
    convert: impl Fn(D::T) -> Result<T, ParquetError>,
) -> Result<Vec<Option<T>>, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let (records, _, _) = reader.read_records(rows - read, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::General(format!(
                "a column has {read} cells, but there are {rows} rows"
            )));
        }
        read += records;
    }
    let mut values = values.into_iter();
    let mut cell = |is_present: bool| match is_present {
        false => Ok(None),
        true => match values.next() {
            Some(value) => convert(value).map(Some),
            None => Err(ParquetError::General("a column has fewer cells than it says".to_owned())),
        },
    };
    if present == 0 {
        return (0..rows).map(|_| cell(true)).collect();
    }
    levels.iter().map(|&level| cell(level == present)).collect()
}

/// The value of two bytes of binary16, the lower one first.
fn half(bytes: &[u8]) -> f64 {
    let bits = u16::from_le_bytes([bytes[0], bytes[1]]);
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff) / 1024.0);
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-14),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}
