//! Tensors that `torch.save` wrote (PyTorch 1.6 or later): a zip archive of a pickle, which says which tensors there are,
//! and a file with the numbers of each storage.
//!
//! Nothing is run. Of the machine that a pickle is written for only what dictionaries of tensors need is followed; all
//! else is forgotten at once, so that neither memory nor depth can grow beyond what the file itself has.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek};
use std::path::Path;
use std::rc::Rc;

use safetensors::Dtype;
use zip::ZipArchive;

use super::ModelError;
use crate::files;
use crate::memory::Need;

const EXPECTED: &str = "a file of tensors that torch.save wrote (PyTorch 1.6 or later)";

/// The pickle in the archive, in a folder of any name.
const PICKLE: &str = "data.pkl";

/// Bytes of a pickle at most: a model of ten thousand tensors has two million. Each may put a value of 24 on the stack.
const MAX_PICKLE: u64 = 16 << 20;

/// Tuples in tuples are kept so deep: the arguments of a tensor with a type of its own need three.
const MAX_DEPTH: u8 = 4;

/// Gets each tensor: its name, the kind of its numbers, its shape, and the numbers in the order of the shape, as bytes.
pub(super) type Take<'t> = dyn FnMut(&str, Dtype, &[usize], &[u8]) -> Result<(), ModelError> + 't;

/// Gives all tensors of real numbers in the file at `path` to `take`, by name.
///
/// # Errors
/// If it is no such file, is damaged, or a tensor is larger than what it is a part of; those of `take`.
pub(super) fn read(path: &Path, take: &mut Take<'_>) -> Result<(), ModelError> {
    let fail = |got: String| failed(path, &got);
    let (file, _) = files::open(path)?;
    let mut archive = ZipArchive::new(file).map_err(|error| fail(error.to_string()))?;
    let names: Result<Vec<String>, _> = archive.file_names().map(|name| name.map(Cow::into_owned)).collect();
    let names = names.map_err(|error| fail(error.to_string()))?;
    let folder = names.iter().find_map(|name| name.strip_suffix(PICKLE)).ok_or_else(|| fail(format!("no {PICKLE} in it")))?;
    let order = format!("{folder}byteorder");
    if names.contains(&order) && entry(&mut archive, &order, 16).map_err(fail)? != b"little" {
        return Err(fail("numbers with the largest byte first".to_owned()));
    }
    let pickle = entry(&mut archive, &format!("{folder}{PICKLE}"), MAX_PICKLE).map_err(fail)?;
    let tensors = Machine::new(&pickle).run().map_err(fail)?;
    if tensors.is_empty() {
        return Err(fail("none".to_owned()));
    }
    ask_for(path, &tensors)?;
    // Parts of one storage mostly follow each other.
    let mut held: (Rc<str>, Vec<u8>) = ("".into(), Vec::new());
    for (name, tensor) in &tensors {
        let Storage { kind, key, .. } = &*tensor.storage;
        if held.0 != *key {
            let file = format!("{folder}data/{key}");
            held = (key.clone(), entry(&mut archive, &file, tensor.storage.n_bytes() as u64).map_err(fail)?);
        }
        let numbers = tensor.numbers(&held.1).map_err(|got| fail(format!("{name} of {got}")))?;
        take(name, *kind, &tensor.size, &numbers)?;
    }
    Ok(())
}

/// At most so many bytes of the file `name` in an archive.
fn entry(archive: &mut ZipArchive<impl Read + Seek>, name: &str, most: u64) -> Result<Vec<u8>, String> {
    let entry = archive.by_name(name).map_err(|error| format!("{error}: {name}"))?;
    let mut bytes = Vec::new();
    entry.take(most).read_to_end(&mut bytes).map_err(|error| format!("{error}: {name}"))?;
    Ok(bytes)
}

fn failed(path: &Path, got: &str) -> ModelError {
    let got = format!("{}; save it as safetensors, or fetch or copy it again", crate::data::excerpt(got, 300));
    ModelError::Part { file: path.display().to_string(), expected: EXPECTED, got }
}

/// Asks for the largest storage, and for all tensors with 32 bits a number.
fn ask_for(path: &Path, tensors: &BTreeMap<Rc<str>, Rc<Tensor>>) -> Result<(), ModelError> {
    let numbers = tensors.values().fold(0_usize, |sum, tensor| sum.saturating_add(tensor.n_numbers().unwrap_or(usize::MAX)));
    let largest = tensors.values().map(|tensor| tensor.storage.n_bytes()).max().unwrap_or_default();
    let need = Need::of("this model", "choose a smaller model").and(path.display().to_string(), &[numbers, size_of::<f32>()]);
    Ok(need.and("what is read at once", &[largest, 2]).ask()?)
}

/// A file of numbers of one kind.
#[derive(Debug)]
struct Storage {
    kind: Dtype,
    key: Rc<str>,
    n: usize,
}

impl Storage {
    fn width(&self) -> usize {
        self.kind.bitsize() / 8
    }

    fn n_bytes(&self) -> usize {
        self.n.saturating_mul(self.width())
    }
}

/// A part of a storage, seen in a shape.
#[derive(Debug)]
struct Tensor {
    storage: Rc<Storage>,
    offset: usize,
    size: Vec<usize>,
    stride: Vec<usize>,
}

impl Tensor {
    fn n_numbers(&self) -> Option<usize> {
        self.size.iter().try_fold(1_usize, |n, side| n.checked_mul(*side))
    }

    /// One more than the largest place in the storage that it reaches, if it is one.
    fn end(&self) -> Option<usize> {
        let steps = self.size.iter().zip(&self.stride);
        let last = steps
            .into_iter()
            .try_fold(self.offset, |last, (side, stride)| last.checked_add(side.saturating_sub(1).checked_mul(*stride)?));
        last?.checked_add(1)
    }

    /// Whether its numbers stand one behind the other.
    fn is_whole(&self) -> bool {
        let mut step = 1;
        self.size.iter().zip(&self.stride).rev().all(|(side, stride)| {
            let fits = *side == 1 || *stride == step;
            step *= side;
            fits
        })
    }

    /// Its numbers in the order of its shape.
    fn numbers(&self, storage: &[u8]) -> Result<Vec<u8>, String> {
        let (n, width) = (self.n_numbers().unwrap_or(usize::MAX), self.storage.width());
        if n == 0 {
            return Ok(Vec::new());
        }
        let there = storage.len() / width;
        if n > there || self.end().is_none_or(|end| end > there) {
            let Self { size, stride, offset, .. } = self;
            return Err(format!("the shape {size:?} in steps of {stride:?} from number {offset} on, where {there} are"));
        }
        if self.is_whole() {
            return Ok(storage[self.offset * width..(self.offset + n) * width].to_vec());
        }
        let mut bytes = Vec::with_capacity(n * width);
        let mut place = vec![0; self.size.len()];
        for _ in 0..n {
            let at = self.offset + place.iter().zip(&self.stride).map(|(index, stride)| index * stride).sum::<usize>();
            bytes.extend_from_slice(&storage[at * width..(at + 1) * width]);
            for (index, side) in place.iter_mut().zip(&self.size).rev() {
                *index += 1;
                if *index < *side {
                    break;
                }
                *index = 0;
            }
        }
        Ok(bytes)
    }
}

/// What stands on the stack, as far as it matters.
#[derive(Debug, Clone)]
enum Value {
    Mark,
    Number(i64),
    Text(Rc<str>),
    /// Module and name, with a space between.
    Class(Rc<str>),
    /// Its items, and how deep tuples stand in it.
    Tuple(Rc<[Value]>, u8),
    /// The tensors in a dictionary, by name.
    Tensors(Rc<RefCell<BTreeMap<Rc<str>, Rc<Tensor>>>>),
    Storage(Rc<Storage>),
    Tensor(Rc<Tensor>),
    Other,
}

/// Follows a pickle.
struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    memo: HashMap<u32, Value>,
}

impl<'a> Machine<'a> {
    fn new(pickle: &'a [u8]) -> Self {
        Self { rest: pickle, stack: Vec::new(), memo: HashMap::new() }
    }

    /// The tensors in the dictionary that it makes.
    fn run(mut self) -> Result<BTreeMap<Rc<str>, Rc<Tensor>>, String> {
        while let [operation, rest @ ..] = self.rest {
            self.rest = rest;
            if *operation == b'.' {
                return match self.pop()? {
                    Value::Tensors(tensors) => Ok(tensors.take()),
                    _ => Err("something else than a dictionary".to_owned()),
                };
            }
            self.follow(*operation)?;
        }
        Err("a pickle that is cut short".to_owned())
    }

    fn follow(&mut self, operation: u8) -> Result<(), String> {
        let value = match operation {
            0x80 => return self.bytes(1).map(drop),
            0x95 => return self.bytes(8).map(drop),
            b'0' => return self.pop().map(drop),
            b'1' | b'e' => return self.pop_to_mark().map(drop),
            b'a' => return self.pop().map(drop),
            b's' | b'u' | b'b' => return self.set(operation),
            b'q' | b'r' | 0x94 => return self.remember(operation),
            b'2' => self.last()?.clone(),
            b'h' | b'j' => self.remembered(operation)?,
            b'c' => Value::Class(format!("{} {}", self.line()?, self.line()?).into()),
            0x93 => self.class()?,
            b'K' => Value::Number(self.length(1)?),
            b'M' => Value::Number(self.length(2)?),
            b'J' => Value::Number(i64::from(self.length(4)? as i32)),
            0x8a => self.long()?,
            b'G' => self.bytes(8).map(|_| Value::Other)?,
            b'X' | b'T' | b'B' => self.text(4)?,
            0x8c | b'U' | b'C' => self.text(1)?,
            0x8d | 0x8e => self.text(8)?,
            b'N' | 0x88 | 0x89 | b']' => Value::Other,
            b'l' => self.pop_to_mark().map(|_| Value::Other)?,
            b'(' => Value::Mark,
            b')' => tuple(Vec::new()),
            b't' => tuple(self.pop_to_mark()?),
            0x85..=0x87 => {
                let n = usize::from(operation - 0x84);
                let start = self.stack.len().checked_sub(n).ok_or("an empty stack")?;
                tuple(self.stack.split_off(start))
            }
            b'}' => Value::Tensors(Rc::default()),
            b'd' => {
                let items = self.pop_to_mark()?;
                put_all(&Value::Tensors(Rc::default()), items)
            }
            b'Q' => storage(&self.pop()?),
            b'R' | 0x81 => {
                let (with, what) = (self.pop()?, self.pop()?);
                made(&what, &with)
            }
            other => return Err(format!("the operation 0x{other:02x} in its pickle, which no dictionary of tensors needs")),
        };
        self.stack.push(value);
        Ok(())
    }

    fn bytes(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (bytes, rest) = self.rest.split_at_checked(n).ok_or("a pickle that is cut short")?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A number of `n` bytes, the smallest first.
    fn length(&mut self, n: usize) -> Result<i64, String> {
        Ok(self.bytes(n)?.iter().rev().fold(0_i64, |number, byte| number << 8 | i64::from(*byte)))
    }

    fn line(&mut self) -> Result<String, String> {
        let end = self.rest.iter().position(|byte| *byte == b'\n').ok_or("a pickle that is cut short")?;
        let line = self.bytes(end + 1)?;
        Ok(String::from_utf8_lossy(&line[..end]).into_owned())
    }

    /// Bytes behind their number, which itself has `n` bytes.
    fn text(&mut self, n: usize) -> Result<Value, String> {
        let length = usize::try_from(self.length(n)?).map_err(|_| "a pickle that is cut short")?;
        Ok(std::str::from_utf8(self.bytes(length)?).map_or(Value::Other, |text| Value::Text(text.into())))
    }

    fn long(&mut self) -> Result<Value, String> {
        let n = self.length(1)? as usize;
        let bytes = self.bytes(n)?;
        if n > 8 {
            return Ok(Value::Other);
        }
        let mut whole = [if bytes.last().is_some_and(|byte| *byte > 0x7f) { 0xff } else { 0 }; 8];
        whole[..n].copy_from_slice(bytes);
        Ok(Value::Number(i64::from_le_bytes(whole)))
    }

    fn class(&mut self) -> Result<Value, String> {
        let (name, module) = (self.pop()?, self.pop()?);
        Ok(match (module, name) {
            (Value::Text(module), Value::Text(name)) => Value::Class(format!("{module} {name}").into()),
            _ => Value::Other,
        })
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| "an empty stack".to_owned())
    }

    fn last(&self) -> Result<&Value, String> {
        self.stack.last().ok_or_else(|| "an empty stack".to_owned())
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.stack.iter().rposition(|value| matches!(value, Value::Mark)).ok_or("a mark that is missing")?;
        let values = self.stack.split_off(mark + 1);
        self.stack.pop();
        Ok(values)
    }

    fn remember(&mut self, operation: u8) -> Result<(), String> {
        let place = match operation {
            b'q' => self.length(1)?,
            b'r' => self.length(4)?,
            _ => self.memo.len() as i64,
        };
        let value = self.last()?.clone();
        self.memo.insert(place as u32, value);
        Ok(())
    }

    fn remembered(&mut self, operation: u8) -> Result<Value, String> {
        let place = self.length(if operation == b'h' { 1 } else { 4 })? as u32;
        self.memo.get(&place).cloned().ok_or_else(|| format!("a reference to {place}, which is not there"))
    }

    /// Puts one item, or all since the mark, or a state, into what is then on top.
    fn set(&mut self, operation: u8) -> Result<(), String> {
        match operation {
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                put_all(self.last()?, vec![key, value]);
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                put_all(self.last()?, items);
            }
            // What a dictionary says of itself is none of its tensors.
            _ => drop(self.pop()?),
        }
        Ok(())
    }
}

/// Keys and values, of which those that are tensors by name go into the dictionary; gives that.
fn put_all(dictionary: &Value, items: Vec<Value>) -> Value {
    if let Value::Tensors(tensors) = dictionary {
        for pair in items.chunks_exact(2) {
            if let [Value::Text(name), Value::Tensor(tensor)] = pair {
                tensors.borrow_mut().insert(name.clone(), tensor.clone());
            }
        }
    }
    dictionary.clone()
}

/// A tuple, in which what stands too deep is forgotten.
fn tuple(mut items: Vec<Value>) -> Value {
    let mut deepest = 0;
    for item in &mut items {
        match item {
            Value::Tuple(_, depth) if *depth >= MAX_DEPTH => *item = Value::Other,
            Value::Tuple(_, depth) => deepest = deepest.max(*depth),
            _ => {}
        }
    }
    Value::Tuple(items.into(), deepest + 1)
}

/// A storage by what names it: `("storage", its class, the name of its file, a device, how many numbers)`.
fn storage(named: &Value) -> Value {
    let Value::Tuple(items, _) = named else { return Value::Other };
    let [_, Value::Class(class), Value::Text(key), _, Value::Number(n), ..] = &items[..] else { return Value::Other };
    let kind = match &**class {
        "torch FloatStorage" => Dtype::F32,
        "torch DoubleStorage" => Dtype::F64,
        "torch HalfStorage" => Dtype::F16,
        "torch BFloat16Storage" => Dtype::BF16,
        _ => return Value::Other,
    };
    let n = usize::try_from(*n).unwrap_or_default();
    Value::Storage(Rc::new(Storage { kind, key: key.clone(), n }))
}

/// What is made of a class or a function and its arguments.
fn made(what: &Value, with: &Value) -> Value {
    let (Value::Class(name), Value::Tuple(arguments, _)) = (what, with) else { return Value::Other };
    match (&**name, &arguments[..]) {
        ("collections OrderedDict" | "collections defaultdict", _) => Value::Tensors(Rc::default()),
        ("torch._utils _rebuild_tensor_v2", [Value::Storage(storage), Value::Number(offset), size, stride, ..]) => {
            let parts = (usize::try_from(*offset).ok(), sizes_of(size), sizes_of(stride));
            let (Some(offset), Some(size), Some(stride)) = parts else { return Value::Other };
            match size.len() == stride.len() {
                true => Value::Tensor(Rc::new(Tensor { storage: storage.clone(), offset, size, stride })),
                false => Value::Other,
            }
        }
        ("torch._utils _rebuild_parameter", [tensor @ Value::Tensor(_), ..]) => tensor.clone(),
        ("torch._tensor _rebuild_from_type_v2", [function, _, arguments, ..]) => made(function, arguments),
        _ => Value::Other,
    }
}

fn sizes_of(value: &Value) -> Option<Vec<usize>> {
    let Value::Tuple(items, _) = value else { return None };
    let size = |item: &Value| if let Value::Number(number) = item { usize::try_from(*number).ok() } else { None };
    items.iter().map(size).collect()
}
