//! NumPy's files: one array (.npy, versions 1 to 3), or a zip archive of several (.npz).
//!
//! The format is that of `numpy.lib.format`: a magic string, a version, the length of a header, the header as a Python
//! literal of a dict with `descr`, `fortran_order` and `shape`, the data.

use std::io::{self, BufReader, Read};

use half::f16;

use super::array::{Array, Numbers, ask_for_numbers, read_numbers};
use crate::data::given::MAX_UNPACKED;
use crate::data::{DataError, Given, Reading, Remark, Way};

/// How the numbers are stored.
#[derive(Clone, Copy)]
struct Kind {
    letter: char,
    size: usize,
    is_big_endian: bool,
}

struct Header {
    kind: Kind,
    is_fortran: bool,
    shape: Vec<usize>,
}

/// The one array of a .npy file.
pub(super) fn open_npy(given: &Given) -> Result<Array, DataError> {
    array_of(&mut BufReader::new(given.reader(0)), given.len(), true)
}

/// The array of a .npz file that is asked for, or the one of two dimensions.
pub(super) fn open_npz(given: &Given, reading: &Reading) -> Result<Array, DataError> {
    let damaged = |cause: &dyn std::fmt::Display| DataError::Damaged(format!("expected a NumPy .npz archive, got {cause}"));
    let mut archive = zip::ZipArchive::new(BufReader::new(given.reader(0))).map_err(|error| damaged(&error))?;
    let (mut names, mut found) = (Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?.into_owned();
        let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else { continue };
        let is_wanted = match &reading.array {
            Some(wanted) => *wanted == name,
            None => {
                let start = header_bytes(&mut entry).map_err(|error| damaged(&error))?;
                header_of(&start).is_ok_and(|header| header.shape.len() == 2)
            }
        };
        found.extend(is_wanted.then(|| (index, name.clone())));
        names.push(name);
    }
    let [(index, name)] = found.as_slice() else {
        return Err(DataError::Array { wanted: reading.array.clone(), found: names });
    };
    let mut entry = archive.by_index(*index).map_err(|error| damaged(&error))?;
    let n_bytes = entry.size();
    if n_bytes >= MAX_UNPACKED {
        return Err(damaged(&"an array of more than 4 GiB; save a part of it"));
    }
    // How many bytes there are is only what the archive says.
    let mut array = array_of(&mut entry, n_bytes, false)?;
    // Only who reads to the end is told that the sum of all bytes is another.
    io::copy(&mut entry, &mut io::sink()).map_err(|error| damaged(&error))?;
    if names.len() > 1 && reading.array.is_none() {
        let others: Vec<&str> = names.iter().map(String::as_str).filter(|other| other != name).collect();
        let text = format!("the array {name:?} was read, and not {}", others.join(", "));
        array.remarks.push(Remark::new(text, Way::Array));
    }
    Ok(array)
}

fn damaged(got: impl std::fmt::Display) -> DataError {
    DataError::Damaged(format!("expected a NumPy .npy file with a two-dimensional array of numbers, got {got}"))
}

/// The array that `reader` gives, of a file of `n_bytes`; `is_there`: it has so many.
fn array_of(reader: &mut dyn Read, n_bytes: u64, is_there: bool) -> Result<Array, DataError> {
    let start = header_bytes(reader).map_err(damaged)?;
    let header = header_of(&start)?;
    let [n_rows, dims] = header.shape[..] else {
        let hint = if header.shape.len() == 1 {
            "; x[numpy.newaxis, :] is one vector, x[:, numpy.newaxis] many of one number"
        } else {
            ""
        };
        return Err(damaged(format!("one of {} dimensions{hint}", header.shape.len())));
    };
    let needed = n_rows.checked_mul(dims).and_then(|n| n.checked_mul(header.kind.size));
    let n_data = n_bytes.saturating_sub(start.len() as u64);
    if needed.map(|needed| needed as u64) != Some(n_data) {
        let got = format!("{n_data} bytes of data where the shape ({n_rows}, {dims}) needs {}", needed.unwrap_or(usize::MAX));
        return Err(damaged(got));
    }
    let numbers = numbers_of(&header, reader, n_rows * dims, is_there)?;
    let numbers = if header.is_fortran {
        match numbers {
            Numbers::F32(numbers) => Numbers::F32(transposed(&numbers, n_rows, dims)),
            Numbers::F64(numbers) => Numbers::F64(transposed(&numbers, n_rows, dims)),
        }
    } else {
        numbers
    };
    Array::new(numbers, dims)
}

/// Columns after columns as rows after rows.
fn transposed<T: Copy>(columns: &[T], n_rows: usize, dims: usize) -> Vec<T> {
    (0..n_rows).flat_map(|row| (0..dims).map(move |dim| columns[dim * n_rows + row])).collect()
}

fn numbers_of(header: &Header, reader: &mut dyn Read, n: usize, is_there: bool) -> Result<Numbers, DataError> {
    let kind = header.kind;
    macro_rules! read {
        ($t:ty, $wrap:expr, $map:expr) => {{
            let number = |bytes: [u8; size_of::<$t>()]| {
                let value = if kind.is_big_endian { <$t>::from_be_bytes(bytes) } else { <$t>::from_le_bytes(bytes) };
                $map(value)
            };
            let width = if kind.letter == 'f' && kind.size < size_of::<f64>() { size_of::<f32>() } else { size_of::<f64>() };
            ask_for_numbers(n, width, if header.is_fortran { 2 } else { 1 })?;
            Ok($wrap(read_numbers(reader, n, is_there, number).map_err(damaged)?))
        }};
    }
    match (kind.letter, kind.size) {
        ('f', 2) => read!(f16, Numbers::F32, f16::to_f32),
        ('f', 4) => read!(f32, Numbers::F32, |value| value),
        ('f', 8) => read!(f64, Numbers::F64, |value| value),
        ('i', 1) => read!(i8, Numbers::F64, f64::from),
        ('i', 2) => read!(i16, Numbers::F64, f64::from),
        ('i', 4) => read!(i32, Numbers::F64, f64::from),
        ('i', 8) => read!(i64, Numbers::F64, |value| value as f64),
        ('u' | 'b', 1) => read!(u8, Numbers::F64, f64::from),
        ('u', 2) => read!(u16, Numbers::F64, f64::from),
        ('u', 4) => read!(u32, Numbers::F64, f64::from),
        ('u', 8) => read!(u64, Numbers::F64, |value| value as f64),
        (letter, size) => Err(damaged(format!("numbers of the type {letter}{size} (save x.astype('<f4') instead)"))),
    }
}

/// Bytes of a header: NumPy writes some hundred, and thousands for arrays with names.
const MAX_HEADER: u64 = 1 << 20;

/// All that stands before the numbers, as far as it is there.
fn header_bytes(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.take(8).read_to_end(&mut start)?;
    let n_length = if start.get(6) == Some(&1) { 2 } else { 4 };
    reader.take(n_length).read_to_end(&mut start)?;
    let length = start.get(8..).unwrap_or_default().iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
    if length > MAX_HEADER {
        return Err(io::Error::other(format!("a header of {length} bytes, of which at most {MAX_HEADER} are read")));
    }
    reader.take(length).read_to_end(&mut start)?;
    Ok(start)
}

fn header_of(start: &[u8]) -> Result<Header, DataError> {
    let body = start.strip_prefix(b"\x93NUMPY").ok_or_else(|| damaged("no NumPy signature"))?;
    let (start, len): (usize, usize) = match body {
        [1, _, a, b, ..] => (4, usize::from(u16::from_le_bytes([*a, *b]))),
        [2 | 3, _, a, b, c, d, ..] => (6, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        _ => return Err(damaged("an unknown version")),
    };
    let header = body.get(start..start.saturating_add(len)).ok_or_else(|| damaged("a header that is cut short"))?;
    let header = std::str::from_utf8(header).map_err(|_| damaged("a header that is not text"))?;
    let whole = || damaged(format!("the header {:?}", crate::data::excerpt(header.trim(), 80)));
    Ok(Header {
        kind: kind_of(value_of(header, "descr").ok_or_else(whole)?)?,
        is_fortran: value_of(header, "fortran_order").ok_or_else(whole)?.starts_with("True"),
        shape: shape_of(value_of(header, "shape").ok_or_else(whole)?).ok_or_else(whole)?,
    })
}

/// What stands behind `key` in a Python literal of a dict, up to its end.
fn value_of<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let quoted = [format!("'{key}'"), format!("\"{key}\"")];
    let at = quoted.iter().find_map(|quoted| Some(header.find(quoted.as_str())? + quoted.len()))?;
    Some(header[at..].trim_start().strip_prefix(':')?.trim_start())
}

fn kind_of(descr: &str) -> Result<Kind, DataError> {
    let unquoted = descr.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
    let text = unquoted.ok_or_else(|| damaged("a structured array (save the numbers as a plain one)"))?;
    let mut letters = text.chars();
    let order = letters.next().unwrap_or_default();
    let letter = letters.next().unwrap_or_default();
    if letter == 'O' || text == "O" {
        return Err(damaged("Python objects (save numbers: x.astype('<f4'))"));
    }
    let size = letters.as_str().parse().map_err(|_| damaged(format!("the type {text:?}")))?;
    Ok(Kind { letter, size, is_big_endian: order == '>' })
}

fn shape_of(text: &str) -> Option<Vec<usize>> {
    let inside = text.strip_prefix('(')?.split_once(')')?.0;
    inside.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.trim_end_matches('L').parse().ok()).collect()
}
