//! Flat columns of a Parquet file (texts and numbers, no lists), a batch of rows at a time: several times as fast as whole
//! rows, because no field is a value of its own.

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::schema::types::Type;

use crate::data::cell::Cell;

/// Rows of a batch.
pub(super) const BATCH: usize = 4096;

/// Whether `field` is a column that is read here.
pub(super) fn is_flat(field: &Type) -> bool {
    if !field.is_primitive() || field.get_basic_info().repetition() == Repetition::REPEATED {
        return false;
    }
    let kind = field.get_basic_info().converted_type();
    let has_other_meaning = field.get_basic_info().logical_type_ref().is_some();
    match field.get_physical_type() {
        Physical::BYTE_ARRAY => kind == ConvertedType::UTF8,
        Physical::BOOLEAN | Physical::INT32 | Physical::INT64 | Physical::FLOAT | Physical::DOUBLE => {
            kind == ConvertedType::NONE && !has_other_meaning
        }
        Physical::INT96 | Physical::FIXED_LEN_BYTE_ARRAY => false,
    }
}

/// One column of a row group, and the batch of it that is at hand.
pub(super) struct FlatColumn {
    values: Values,
    /// 0 where nothing is, by row; empty where the column has something in every row.
    levels: Vec<i16>,
    /// The next value.
    next: usize,
}

enum Values {
    Flags(ColumnReaderImpl<BoolType>, Vec<bool>),
    Ints(ColumnReaderImpl<Int32Type>, Vec<i32>),
    Longs(ColumnReaderImpl<Int64Type>, Vec<i64>),
    Floats(ColumnReaderImpl<FloatType>, Vec<f32>),
    Doubles(ColumnReaderImpl<DoubleType>, Vec<f64>),
    Texts(ColumnReaderImpl<ByteArrayType>, Vec<ByteArray>),
}

impl FlatColumn {
    /// `None` if it is of a kind that is not read here.
    pub(super) fn new(reader: ColumnReader) -> Option<Self> {
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => Values::Flags(reader, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Values::Ints(reader, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Values::Longs(reader, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Values::Floats(reader, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Values::Doubles(reader, Vec::new()),
            ColumnReader::ByteArrayColumnReader(reader) => Values::Texts(reader, Vec::new()),
            ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => return None,
        };
        Some(Self { values, levels: Vec::new(), next: 0 })
    }

    /// Reads the next `n` rows.
    pub(super) fn fill(&mut self, n: usize) -> Result<(), ParquetError> {
        self.levels.clear();
        self.next = 0;
        macro_rules! fill {
            ($reader:expr, $values:expr) => {{
                $values.clear();
                let mut done = 0;
                while done < n {
                    let (n_rows, ..) = $reader.read_records(n - done, Some(&mut self.levels), None, $values)?;
                    if n_rows == 0 {
                        return Err(ParquetError::EOF(format!("{} rows are missing", n - done)));
                    }
                    done += n_rows;
                }
            }};
        }
        match &mut self.values {
            Values::Flags(reader, values) => fill!(reader, values),
            Values::Ints(reader, values) => fill!(reader, values),
            Values::Longs(reader, values) => fill!(reader, values),
            Values::Floats(reader, values) => fill!(reader, values),
            Values::Doubles(reader, values) => fill!(reader, values),
            Values::Texts(reader, values) => fill!(reader, values),
        }
        Ok(())
    }

    /// Goes to row `row` of the batch, the one after the last, and says which value is its.
    pub(super) fn step(&mut self, row: usize) -> Option<usize> {
        let is_there = self.levels.get(row).is_none_or(|level| *level > 0);
        let at = self.next;
        self.next += usize::from(is_there);
        is_there.then_some(at)
    }

    /// The cell of value `at`.
    pub(super) fn cell(&self, at: Option<usize>) -> Cell<'_> {
        let Some(at) = at else { return Cell::Missing };
        let number = |text: String| Cell::Number(text.into());
        match &self.values {
            Values::Flags(_, values) => Cell::Flag(values[at]),
            Values::Ints(_, values) => number(values[at].to_string()),
            Values::Longs(_, values) => number(values[at].to_string()),
            Values::Floats(_, values) => number(values[at].to_string()),
            Values::Doubles(_, values) => number(values[at].to_string()),
            Values::Texts(_, values) => values[at].as_utf8().map_or(Cell::Other("bytes".into()), |text| Cell::Text(text.into())),
        }
    }
}
