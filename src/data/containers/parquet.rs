//! Parquet, by the `parquet` crate without arrow: rows of cells, of which only the columns that are wanted are read.

use std::io::BufReader;
use std::ops::ControlFlow;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;
use smallvec::SmallVec;

use super::flat::{BATCH, FlatColumn, is_flat};
use super::{Records, TakeRecord};
use crate::data::cell::{Cell, Place, Record};
use crate::data::given::GivenReader;
use crate::data::{DataError, Given, Remark, excerpt};
use crate::guarded::guarded;

pub(super) struct Parquet {
    reader: SerializedFileReader<Chunks>,
    columns: Vec<String>,
    n_bytes: usize,
}

/// The file for the library, which asks for the parts that it needs.
struct Chunks(Given);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<GivenReader>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(self.0.reader(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = usize::try_from(start).ok().and_then(|start| start.checked_add(length));
        let Some(end) = end.filter(|end| *end as u64 <= self.0.len()) else {
            return Err(ParquetError::EOF(format!("{length} bytes from byte {start} on, in a file of {}", self.0.len())));
        };
        if let Some(bytes) = self.0.shared() {
            return Ok(Bytes::from_owner(Held(bytes)).slice(end - length..end));
        }
        let mut bytes = vec![0; length];
        self.0.read_at(start, &mut bytes).map_err(|error| ParquetError::General(error.to_string()))?;
        Ok(bytes.into())
    }
}

/// Keeps the bytes of a file for the reader, without a copy.
struct Held(std::sync::Arc<Vec<u8>>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What the library makes of a file, which it may not survive.
fn read_by<R>(call: impl FnOnce() -> Result<R, ParquetError>) -> Result<R, DataError> {
    match guarded(call) {
        Ok(read) => read.map_err(|error| damaged(&error)),
        Err(fault) => Err(damaged(&ParquetError::General(fault))),
    }
}

fn damaged(error: &ParquetError) -> DataError {
    let advice = if error.to_string().contains("Disabled feature") { "; write it with snappy, gzip, lz4 or zstd" } else { "" };
    DataError::Damaged(format!("expected a whole Parquet file, got {}{advice}", excerpt(&error.to_string(), 300)))
}

/// The table in `given`.
pub(super) fn open(given: &Given) -> Result<Parquet, DataError> {
    let reader = read_by(|| SerializedFileReader::new(Chunks(given.clone())))?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let columns: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    if columns.is_empty() {
        return Err(DataError::Empty { expected: "columns" });
    }
    Ok(Parquet { columns, n_bytes: usize::try_from(given.len()).unwrap_or(usize::MAX), reader })
}

impl Parquet {
    /// The schema of the columns that are wanted, in the order of the file.
    fn schema_of(&self, columns: &[usize]) -> Result<Type, ParquetError> {
        let schema = self.reader.metadata().file_metadata().schema();
        let fields = columns.iter().filter_map(|column| schema.get_fields().get(*column).cloned()).collect();
        Type::group_type_builder(schema.name()).with_fields(fields).build()
    }

    fn read_rows(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<(), DataError> {
        let mut read: Vec<usize> = wanted.to_vec();
        read.sort_unstable();
        read.dedup();
        let mut rows = read_by(|| self.reader.get_row_iter(Some(self.schema_of(&read)?)))?;
        for index in 0.. {
            let Some(row) = read_by(|| rows.next().transpose())? else { break };
            let fields = row.into_columns();
            let mut cells: Vec<Cell<'_>> = fields.into_iter().map(|(_, field)| cell_of(field)).collect();
            // Usually nothing is asked for twice, and in the order of the file.
            if read != wanted {
                let place = |column: &usize| read.binary_search(column).ok();
                cells = wanted.iter().filter_map(|column| cells.get(place(column)?).cloned()).collect();
            }
            if take(&self.record(index, &cells))? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }

    fn read_columns(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<(), DataError> {
        let mut n_before = 0;
        for group in 0..self.reader.num_row_groups() {
            let group = read_by(|| self.reader.get_row_group(group))?;
            let n_rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
            let mut columns = Vec::with_capacity(wanted.len());
            for column in wanted {
                let leaf = self.leaf_of(*column);
                let reader = read_by(|| group.get_column_reader(leaf))?;
                columns.extend(FlatColumn::new(reader));
            }
            for start in (0..n_rows).step_by(BATCH) {
                let n = BATCH.min(n_rows - start);
                read_by(|| columns.iter_mut().try_for_each(|column| column.fill(n)))?;
                if self.give_batch(&mut columns, n_before + start, n, take)? == ControlFlow::Break(()) {
                    return Ok(());
                }
            }
            n_before += n_rows;
        }
        Ok(())
    }

    /// The place of a flat column among those that hold values: one before it may hold several.
    fn leaf_of(&self, column: usize) -> usize {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        (0..schema.num_columns()).find(|leaf| schema.get_column_root_idx(*leaf) == column).unwrap_or(column)
    }

    fn give_batch(
        &self,
        columns: &mut [FlatColumn],
        first: usize,
        n: usize,
        take: &mut TakeRecord<'_>,
    ) -> Result<ControlFlow<()>, DataError> {
        for row in 0..n {
            let places: SmallVec<[Option<usize>; 4]> = columns.iter_mut().map(|column| column.step(row)).collect();
            let cells: SmallVec<[Cell<'_>; 4]> = columns.iter().zip(places).map(|(column, at)| column.cell(at)).collect();
            if take(&self.record(first + row, &cells))? == ControlFlow::Break(()) {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn record<'r>(&self, index: usize, cells: &'r [Cell<'r>]) -> Record<'r> {
        let n_rows = self.reader.metadata().file_metadata().num_rows().max(1) as usize;
        Record { place: Place::Row(index + 1), cells, decimal_comma: false, at: self.n_bytes / n_rows * index }
    }
}

impl Records for Parquet {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn has_names(&self) -> bool {
        true
    }

    fn remarks(&self) -> &[Remark] {
        &[]
    }

    fn space(&self) -> Option<String> {
        let known = self.reader.metadata().file_metadata().key_value_metadata()?;
        known.iter().find(|pair| pair.key == "space").and_then(|pair| pair.value.clone())
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        let fields = self.reader.metadata().file_metadata().schema().get_fields();
        let are_flat = wanted.iter().all(|column| fields.get(*column).is_some_and(|field| is_flat(field)));
        if are_flat && !wanted.is_empty() { self.read_columns(wanted, take) } else { self.read_rows(wanted, take) }?;
        Ok(0)
    }
}

fn cell_of(field: Field) -> Cell<'static> {
    match field {
        Field::Null => Cell::Missing,
        Field::Bool(flag) => Cell::Flag(flag),
        Field::Str(text) => Cell::Text(text.into()),
        Field::Bytes(bytes) => bytes.as_utf8().map_or(Cell::Other("bytes".into()), |text| Cell::Text(text.to_owned().into())),
        Field::Float(number) => Cell::Number(number.to_string().into()),
        Field::Double(number) => Cell::Number(number.to_string().into()),
        Field::ListInternal(list) => list_cell(list.elements()),
        Field::Decimal(_) => Cell::Number(field.to_string().into()),
        Field::Date(_) | Field::TimestampMillis(_) | Field::TimestampMicros(_) => Cell::Text(field.to_string().into()),
        field => match number_of(&field) {
            Some(_) => Cell::Number(field.to_string().into()),
            None => Cell::Other(field.to_string().into()),
        },
    }
}

fn list_cell(elements: &[Field]) -> Cell<'static> {
    if elements.is_empty() {
        return Cell::Missing;
    }
    if let Some(numbers) = elements.iter().map(number_of).collect::<Option<Vec<f64>>>() {
        return Cell::Numbers(numbers);
    }
    let text = |field: &Field| if let Field::Str(text) = field { Some(text.clone()) } else { None };
    elements.iter().map(text).collect::<Option<Vec<String>>>().map_or(Cell::Other("a list".into()), Cell::Texts)
}

fn number_of(field: &Field) -> Option<f64> {
    Some(match field {
        Field::Byte(number) => f64::from(*number),
        Field::Short(number) => f64::from(*number),
        Field::Int(number) => f64::from(*number),
        Field::Long(number) => *number as f64,
        Field::UByte(number) => f64::from(*number),
        Field::UShort(number) => f64::from(*number),
        Field::UInt(number) => f64::from(*number),
        Field::ULong(number) => *number as f64,
        Field::Float16(number) => number.to_f64(),
        Field::Float(number) => f64::from(*number),
        Field::Double(number) => *number,
        _ => return None,
    })
}
