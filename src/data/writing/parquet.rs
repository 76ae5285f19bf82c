//! Parquet without arrow: flat columns, and vectors as lists in the three levels that pandas, pyarrow and polars read.
//!
//! ```text
//! optional group vector (LIST) { repeated group list { optional float element; } }
//! ```

use std::ops::Range;
use std::sync::Arc;

use ::parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{ColumnPath, Type};

use super::error::{Pace, WriteError};
use super::table::{Cells, Column, Rows, Table, Values};

/// Numbers of a group of rows, about: readers take a group at a time.
const NUMBERS_A_GROUP: usize = 4_000_000;

/// Writes `table`; its space and notes are key-value pairs of the file.
pub(super) fn write_parquet(table: &Table, pace: &mut Pace<'_, '_>) -> Result<Vec<u8>, WriteError> {
    let fields = table.columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<_, _>>();
    let schema = fields.and_then(|fields| Type::group_type_builder("schema").with_fields(fields).build());
    let schema = Arc::new(schema.map_err(WriteError::other)?);
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, Arc::new(properties(table))).map_err(WriteError::other)?;
    let width: usize = table.columns.iter().map(|column| width_of(&column.cells)).sum();
    let rows_a_group = (NUMBERS_A_GROUP / width.max(1)).max(1);
    for start in (0..table.len()).step_by(rows_a_group) {
        let rows = start..(start + rows_a_group).min(table.len());
        let mut group = writer.next_row_group().map_err(WriteError::other)?;
        for column in &table.columns {
            let Some(mut place) = group.next_column().map_err(WriteError::other)? else { break };
            write_column(&mut place, &column.cells, rows.clone()).map_err(WriteError::other)?;
            place.close().map_err(WriteError::other)?;
        }
        group.close().map_err(WriteError::other)?;
        pace.rows(rows.end)?;
    }
    writer.close().map_err(WriteError::other)?;
    Ok(out)
}

fn width_of(cells: &Cells) -> usize {
    match cells {
        Cells::Vectors(rows) => rows.dims,
        Cells::Texts(_) | Cells::Integers(_) | Cells::Singles(_) | Cells::Doubles(_) => 1,
    }
}

fn properties(table: &Table) -> WriterProperties {
    let space = table.space.iter().map(|space| ("space", space));
    let notes = table.notes.iter().map(|(name, note)| (*name, note));
    let known: Vec<KeyValue> = space.chain(notes).map(|(key, value)| KeyValue::new(key.to_owned(), value.clone())).collect();
    let builder = WriterProperties::builder()
        .set_created_by(concat!(env!("CARGO_PKG_NAME"), " version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata((!known.is_empty()).then_some(known));
    // Numbers of vectors hardly repeat: a dictionary of them would be made and thrown away.
    let vectors = table.columns.iter().filter(|column| matches!(column.cells, Cells::Vectors(_)));
    let without = |builder, column: &Column| {
        ::parquet::file::properties::WriterPropertiesBuilder::set_column_dictionary_enabled(builder, list_path(column), false)
    };
    vectors.fold(builder, without).build()
}

fn list_path(column: &Column) -> ColumnPath {
    ColumnPath::new(vec![column.name.to_owned(), "list".to_owned(), "element".to_owned()])
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let flat = |physical| Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::OPTIONAL);
    match &column.cells {
        Cells::Texts(_) => flat(Physical::BYTE_ARRAY)
            .with_converted_type(ConvertedType::UTF8)
            .with_logical_type(Some(LogicalType::String))
            .build(),
        Cells::Integers(_) => flat(Physical::INT64).build(),
        Cells::Singles(_) => flat(Physical::FLOAT).build(),
        Cells::Doubles(_) => flat(Physical::DOUBLE).build(),
        Cells::Vectors(rows) => list_field(column.name, rows),
    }
}

fn list_field(name: &str, rows: &Rows) -> Result<Type, ParquetError> {
    let physical = if matches!(rows.values, Values::Single(_)) { Physical::FLOAT } else { Physical::DOUBLE };
    let element = Type::primitive_type_builder("element", physical).with_repetition(Repetition::OPTIONAL).build()?;
    let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED).with_fields(vec![Arc::new(element)]);
    Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_converted_type(ConvertedType::LIST)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(list.build()?)])
        .build()
}

fn write_column(place: &mut SerializedColumnWriter<'_>, cells: &Cells, rows: Range<usize>) -> Result<(), ParquetError> {
    match cells {
        Cells::Texts(cells) => {
            let bytes = |text: &Arc<str>| ByteArray::from(text.as_bytes().to_vec());
            write_flat::<ByteArrayType>(place, cells[rows].iter().map(|cell| cell.as_ref().map(bytes)))
        }
        Cells::Integers(cells) => write_flat::<Int64Type>(place, cells[rows].iter().copied().map(Some)),
        Cells::Singles(cells) => write_flat::<FloatType>(place, cells[rows].iter().copied()),
        Cells::Doubles(cells) => write_flat::<DoubleType>(place, cells[rows].iter().copied()),
        Cells::Vectors(vectors) => match &vectors.values {
            Values::Single(values) => write_list::<FloatType>(place, &values[vectors.range(rows)], vectors.dims),
            Values::Double(values) => write_list::<DoubleType>(place, &values[vectors.range(rows)], vectors.dims),
        },
    }
}

fn write_flat<T: DataType>(
    place: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let cells: Vec<Option<T::T>> = cells.collect();
    // 1: there is a value; 0: there is none.
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.into_iter().flatten().collect();
    place.typed::<T>().write_batch(&values, Some(&levels), None).map(drop)
}

fn write_list<T: DataType>(place: &mut SerializedColumnWriter<'_>, values: &[T::T], dims: usize) -> Result<(), ParquetError> {
    // 3: list, entry and number are all there. A list begins at 0 and goes on with 1.
    let levels = vec![3; values.len()];
    let repetitions: Vec<i16> = (0..values.len()).map(|index| i16::from(!index.is_multiple_of(dims))).collect();
    place.typed::<T>().write_batch(values, Some(&levels), Some(&repetitions)).map(drop)
}
