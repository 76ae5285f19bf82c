//! The formats of tables that are written: what each holds, and which one the name of a file asks for.

use std::path::Path;

use crate::choice::{Choice, choice};

choice! {
    /// A format that tables are written in.
    #[derive(Hash)]
    pub enum TableFormat {
        Csv {
            name: "csv",
            label: ".csv",
            sentence: "A table with commas and a first row of names; a vector is spread over the columns v0, v1 and so on, and its space is not in it.",
        },
        Tsv {
            name: "tsv",
            label: ".tsv",
            sentence: "Of vectors the numbers only, with tabs and without names, as TensorBoard's projector loads them: neither phrases nor space. Of anything else a table with a first row of names.",
        },
        Jsonl {
            name: "jsonl",
            label: ".jsonl",
            sentence: "One JSON object a line, with the space, and a vector as a list; numbers that are not finite are null.",
        },
        Parquet {
            name: "parquet",
            label: ".parquet",
            sentence: "Columns, compressed with Snappy, a vector as a list of floats: all there is.",
        },
        Npy {
            name: "npy",
            label: ".npy",
            sentence: "NumPy's array: the numbers only, neither phrases nor space.",
        },
        Safetensors {
            name: "safetensors",
            label: ".safetensors",
            sentence: "Vectors as the tensor \"embeddings\", with phrases and space beside it: all there is.",
        },
        Projector {
            name: "projector",
            label: "Projector folder",
            sentence: "A folder that TensorBoard's projector and the standalone one load: vectors.tsv, metadata.tsv and the configuration of each. Tabs and line ends in a text become spaces, as it can't hold them.",
        },
    }
}

/// What kind of table it is: not every format holds every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Vectors or coordinates, one a row.
    Vectors,
    /// Numbers whose rows and columns both have names.
    Matrix,
    /// Rows of cells.
    Records,
}

impl TableFormat {
    /// Whether it can hold a table of `shape`, and this program was built with it.
    pub fn holds(self, shape: Shape) -> bool {
        match self {
            Self::Csv | Self::Tsv | Self::Jsonl => true,
            Self::Parquet => cfg!(feature = "parquet"),
            Self::Npy => shape != Shape::Records,
            Self::Safetensors | Self::Projector => shape == Shape::Vectors,
        }
    }

    /// The end of the name of a file in it; `None`: it is a folder.
    pub fn ending(self) -> Option<&'static str> {
        (self != Self::Projector).then(|| self.name())
    }

    /// Whether a spreadsheet opens such a file and runs what looks like a formula.
    pub fn is_of_spreadsheets(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// The format that `path` asks for by its end: the ending of a file, or a `/` for a folder.
    pub fn of_path(path: &Path) -> Option<Self> {
        let last = path.as_os_str().as_encoded_bytes().last()?;
        if std::path::is_separator(char::from(*last)) {
            return Some(Self::Projector);
        }
        let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
        let ending = if ending == "ndjson" { Self::Jsonl.name() } else { ending.as_str() };
        Self::ALL.iter().copied().find(|format| format.ending() == Some(ending))
    }

    /// The format for a table of `shape` at `path`: that which was `asked` for, or the one that the path ends in.
    ///
    /// # Errors
    /// If the path ends in none, in another than was asked for, or the format can't hold such a table.
    pub fn choose(path: &Path, asked: Option<Self>, shape: Shape) -> Result<Self, String> {
        let named = Self::of_path(path);
        let refused = |got: String| Err(format!("{}: expected {}, got {got}", path.display(), endings(shape)));
        match (asked, named) {
            (Some(asked), Some(named)) if asked != named => Err(format!(
                "{}: expected a name that fits the format {}, got one that ends as {} does",
                path.display(),
                asked.name(),
                named.name()
            )),
            (Some(format), _) | (None, Some(format)) if format.holds(shape) => Ok(format),
            (Some(format), _) | (None, Some(format)) => refused(format!("{}, which {}", format.name(), format.cannot(shape))),
            (None, None) => refused("another one".to_owned()),
        }
    }

    /// Why it can't hold a table of `shape`.
    fn cannot(self, shape: Shape) -> &'static str {
        match (self, shape) {
            (Self::Parquet, _) => "this program was built without",
            (Self::Npy, _) => "holds numbers only",
            _ => "holds vectors only",
        }
    }
}

/// What names of files with a table of `shape` end in, for messages.
fn endings(shape: Shape) -> String {
    let formats = TableFormat::ALL.iter().filter(|format| format.holds(shape));
    let endings: Vec<String> = formats.filter_map(|format| Some(format!(".{}", format.ending()?))).collect();
    let folder = if TableFormat::Projector.holds(shape) { " (or in / for a folder for TensorBoard's projector)" } else { "" };
    let (last, others) =
        endings.split_last().map_or((String::new(), String::new()), |(last, others)| (last.clone(), others.join(", ")));
    format!("a name that ends in {others} or {last}{folder}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_path_asks_for_a_format() {
        let format = |path: &str| TableFormat::of_path(Path::new(path));
        for known in TableFormat::ALL.iter().filter(|format| format.ending().is_some()) {
            assert_eq!(format(&format!("a/b.{}", known.name())), Some(*known));
            assert_eq!(format(&format!("B.{}", known.name().to_uppercase())), Some(*known));
        }
        assert_eq!((format("lines.ndjson"), format("folder/")), (Some(TableFormat::Jsonl), Some(TableFormat::Projector)));
        assert_eq!((format("vectors"), format("v.projector"), format("v.txt"), format("")), (None, None, None, None));
    }

    #[test]
    fn a_format_that_does_not_fit_is_refused_with_those_that_do() {
        let choose = |path: &str, asked, shape| TableFormat::choose(Path::new(path), asked, shape);
        assert_eq!(choose("v.dat", Some(TableFormat::Csv), Shape::Records), Ok(TableFormat::Csv));
        let error = choose("v.npy", None, Shape::Records).expect_err("no table");
        assert!(error.starts_with("v.npy: expected a name that ends in .csv, .tsv") && error.contains("numbers only"), "{error}");
        assert!(!error.contains("safetensors"), "{error}");
        let error = choose("v.txt", None, Shape::Vectors).expect_err("no table");
        assert!(error.contains(".safetensors (or in / for a folder"), "{error}");
        let error = choose("v.csv", Some(TableFormat::Projector), Shape::Vectors).expect_err("no folder");
        assert!(error.contains("projector") && error.contains("csv"), "{error}");
    }
}
