//! What goes out as numbers and tables: every format, as values, as a process and from the window.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use embedding_playground::choice::Choice;
use embedding_playground::data::{
    Cells, Column, Contents, Given, Numbers, Reading, Rows, Shape, Table, TableFormat, Values, VectorTable, WriteError, Writing,
    Written, read_vectors, write_table,
};
use embedding_playground::jobs::{Job, News, Order, Outcome, TableSource, Work, Worker};
use embedding_playground::playground::{Act, Export, Exported, Playground};
use embedding_playground::progress;
use embedding_playground::space::{MAX_SIMILARITY, nearest, neighbours_table, similarity_table};
use serde_json::{Value, json};

use crate::cli::{done, failed, folder, run, write};
use crate::support;

/// Phrases that formats have trouble with.
const PHRASES: [&str; 20] = [
    "hello",
    "=1+1",
    "-5",
    "+x",
    "@cmd",
    "\tlead",
    "\rret",
    "say \"hi\"",
    "\"quoted",
    "two\nlines",
    "win\r\nlines",
    "tab\there",
    "nul\0in",
    "1234",
    "ünï 漢字 🙂",
    "a,b;c|d",
    "'apos",
    " spaced ",
    "   ",
    "",
];

/// Those of them that a spreadsheet would run.
const FORMULAS: usize = 6;

/// Numbers whose shortest forms are hard to get right.
const NUMBERS: [f32; 6] = [0.1, -2.5e-8, 3.0, 1e10, -0.0, f32::MIN_POSITIVE];

fn table() -> Table {
    let values: Vec<f32> = (0..2 * PHRASES.len()).map(|index| NUMBERS[index % NUMBERS.len()]).collect();
    let table = Table::default().of_space(Some("a space".to_owned())).with_note("axes", "two of them");
    table.with_phrases(PHRASES).with_vectors(2, Values::Single(values.into()))
}

fn bits(values: impl IntoIterator<Item = f32>) -> Vec<u32> {
    values.into_iter().map(f32::to_bits).collect()
}

fn narrow(numbers: Numbers) -> Vec<f32> {
    numbers.widened().into_iter().map(|number| number as f32).collect()
}

fn read_back(ending: &str, bytes: Vec<u8>) -> VectorTable {
    let given = Given::new(format!("v.{ending}"), bytes).expect("a file");
    read_vectors(&given, &Reading::default()).expect("vectors")
}

fn table_bits() -> Vec<u32> {
    bits((0..2 * PHRASES.len()).map(|index| NUMBERS[index % NUMBERS.len()]))
}

fn written(table: &Table, format: TableFormat, guards_cells: bool) -> Written {
    write_table(table, Writing { format, guards_cells }, &mut progress::ignore).expect("a table")
}

fn bytes(table: &Table, format: TableFormat) -> Vec<u8> {
    file(written(table, format, false))
}

fn file(written: Written) -> Vec<u8> {
    match written.contents {
        Contents::File(bytes) => bytes,
        Contents::Folder(_) => panic!("a folder"),
    }
}

fn cells(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bytes);
    reader.records().map(|record| record.expect("a row").iter().map(str::to_owned).collect()).collect()
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(bytes).expect("text").lines();
    lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn csv_keeps_phrases_to_the_letter_and_numbers_to_the_bit() {
    let rows = cells(&bytes(&table(), TableFormat::Csv), b',');
    assert_eq!(rows[0], ["phrase", "v0", "v1"]);
    let phrases: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(phrases, PHRASES);
    let numbers = rows[1..].iter().flat_map(|row| &row[1..]).map(|cell| cell.parse().expect("a number"));
    assert_eq!(bits(numbers), table_bits());
    assert_eq!(rows[1][1], "0.1", "the shortest form");
}

#[test]
fn tsv_of_vectors_is_numbers_only_and_of_rows_quotes_what_needs_it() {
    let text = String::from_utf8(bytes(&table(), TableFormat::Tsv)).expect("text");
    let numbers = text.split_ascii_whitespace().map(|cell| cell.parse().expect("a number"));
    assert_eq!((bits(numbers), text.lines().count()), (table_bits(), PHRASES.len()));
    let texts = Table::default().with_phrases(PHRASES).with("other", Cells::texts(PHRASES));
    let made = bytes(&texts, TableFormat::Tsv);
    let rows = cells(&made, b'\t');
    assert!(rows[1..].iter().zip(PHRASES).all(|(row, phrase)| *row == [phrase, phrase]), "{rows:?}");
    let quoted = |phrase: &str| format!("\"{}\"", phrase.replace('"', "\"\""));
    let needs = ["\tlead", "\rret", "say \"hi\"", "\"quoted", "two\nlines", "win\r\nlines", "tab\there"];
    for phrase in PHRASES.iter().filter(|phrase| !phrase.is_empty()) {
        let cell = if needs.contains(phrase) { quoted(phrase) } else { (*phrase).to_owned() };
        let line = format!("{cell}\t{cell}\n");
        assert!(String::from_utf8_lossy(&made).contains(&line), "{line:?}");
    }
}

#[test]
fn jsonl_and_safetensors_hold_phrases_numbers_and_space() {
    let made = bytes(&table(), TableFormat::Jsonl);
    assert!(made.starts_with(b"{\"phrase\":\"hello\",\"vector\":[0.1,-2.5e-8],\"space\":\"a space\"}\n"));
    let lines = json_lines(&made);
    assert!(lines.iter().zip(PHRASES).all(|(line, phrase)| line["phrase"] == phrase && line["space"] == "a space"));
    for format in [TableFormat::Jsonl, TableFormat::Safetensors] {
        let back = read_back(format.name(), bytes(&table(), format));
        assert_eq!((back.dims, bits(narrow(back.numbers))), (2, table_bits()), "{format:?}");
        assert_eq!((back.phrases.as_slice(), back.space.as_deref()), (PHRASES.map(str::to_owned).as_slice(), Some("a space")));
    }
    let tensors = bytes(&table(), TableFormat::Safetensors);
    let tensors = safetensors::SafeTensors::deserialize(&tensors).expect("tensors");
    assert_eq!(tensors.tensor("embeddings").expect("the tensor").shape(), [PHRASES.len(), 2]);
}

#[test]
fn npy_has_the_precision_of_the_numbers() {
    let single = bytes(&table(), TableFormat::Npy);
    assert!((single.len() - size_of::<f32>() * 2 * PHRASES.len()).is_multiple_of(64), "the data begins at a multiple of 64");
    let text = String::from_utf8_lossy(&single[..80]).into_owned();
    assert!(text.contains("'<f4'") && text.contains("(20, 2)"), "{text}");
    assert_eq!(bits(narrow(read_back("npy", single).numbers)), table_bits());
    let exact = [0.1_f64, 1.0 / 3.0, -2e-300, 5.0];
    let double = bytes(&Table::default().with_vectors(2, Values::Double(Arc::from(exact))), TableFormat::Npy);
    assert!(String::from_utf8_lossy(&double[..80]).contains("'<f8'"));
    let data: Vec<u8> = exact.iter().flat_map(|number| number.to_le_bytes()).collect();
    assert!(double.ends_with(&data) && (double.len() - data.len()).is_multiple_of(64), "the data begins at a multiple of 64");
    let text = bytes(&Table::default().with_vectors(2, Values::Double(Arc::from(exact))), TableFormat::Csv);
    let back: Vec<f64> = cells(&text, b',')[1..].iter().flatten().map(|cell| cell.parse().expect("a number")).collect();
    assert_eq!(back, exact);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read_back_to_the_letter_and_has_the_usual_lists() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let cells = Table::default().with_phrases(PHRASES).with("score", Cells::Singles(vec![None; PHRASES.len()]));
    let cells = cells.with("number", Cells::Integers((0..PHRASES.len() as i64).collect()));
    let Table { space, notes, mut columns } = table();
    columns.extend(cells.columns.into_iter().skip(1));
    let made = bytes(&Table { space, notes, columns }, TableFormat::Parquet);
    let reader = SerializedFileReader::new(bytes_of(made)).expect("a file");
    let metadata = reader.metadata().file_metadata();
    let schema = metadata.schema_descr();
    assert_eq!(schema.column(1).path().string(), "vector.list.element");
    assert_eq!((schema.column(1).max_def_level(), schema.column(1).max_rep_level()), (3, 1));
    let known = metadata.key_value_metadata().expect("notes");
    assert!(known.iter().any(|pair| pair.key == "space" && pair.value.as_deref() == Some("a space")));
    let mut numbers = Vec::new();
    for (index, row) in reader.get_row_iter(None).expect("rows").enumerate() {
        let row = row.expect("a row");
        let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
        assert_eq!(*fields[0], Field::Str(PHRASES[index].to_owned()));
        let Field::ListInternal(list) = fields[1] else { panic!("{:?}", fields[1]) };
        numbers.extend(list.elements().iter().map(|field| if let Field::Float(number) = field { *number } else { f32::NAN }));
        assert_eq!((fields[2], fields[3]), (&Field::Null, &Field::Long(index as i64)));
    }
    assert_eq!(bits(numbers), table_bits());
}

#[cfg(feature = "parquet")]
fn bytes_of(made: Vec<u8>) -> std::fs::File {
    let mut file = tempfile::tempfile().expect("a file");
    std::io::Write::write_all(&mut file, &made).expect("written");
    file
}

#[test]
fn the_projector_gets_a_line_for_every_row_and_what_changed_is_counted() {
    let Contents::Folder(parts) = written(&table(), TableFormat::Projector, false).contents else { panic!("a file") };
    let part = |name: &str| {
        let bytes = parts.iter().find(|(part, _)| *part == name).and_then(|(_, bytes)| bytes.clone()).expect("a part");
        String::from_utf8(bytes).expect("text")
    };
    assert_eq!(part("vectors.tsv").lines().count(), PHRASES.len());
    let metadata = part("metadata.tsv");
    let lines: Vec<&str> = metadata.split('\n').collect();
    assert_eq!((lines.len(), lines[0], lines[9], lines[11]), (PHRASES.len() + 1, "hello", "two lines", "tab here"));
    assert_eq!((lines[18], lines[19], lines[20]), ("(blank)", "(blank)", ""), "blank lines would be skipped");
    assert!(!metadata.contains(['\t', '\r']));
    let config: Value = serde_json::from_str(&part("projector_config.json")).expect("JSON");
    assert_eq!(config["embeddings"][0]["tensorShape"], json!([PHRASES.len(), 2]));
    assert!(part("projector_config.pbtxt").contains("metadata_path: \"metadata.tsv\"\n  tensor_shape: 20\n  tensor_shape: 2\n"));
    let remarks = written(&table(), TableFormat::Projector, false).remarks;
    assert!(remarks.iter().any(|remark| remark.starts_with("7 texts are not to the letter")), "{remarks:?}");
    // A second column makes the first line one of names; without phrases there is no such file.
    let mut grouped = table();
    grouped.columns.insert(1, Column { name: "group", cells: Cells::texts(PHRASES.map(|_| "all")) });
    let Contents::Folder(parts) = written(&grouped, TableFormat::Projector, false).contents else { panic!("a file") };
    assert!(parts[1].1.as_ref().is_some_and(|bytes| bytes.starts_with(b"phrase\tgroup\nhello\tall\n")));
    let numbers = Table::default().with_vectors(1, Values::Single(Arc::from([1.0])));
    let Contents::Folder(parts) = written(&numbers, TableFormat::Projector, false).contents else { panic!("a file") };
    assert_eq!((parts[1].0, &parts[1].1), ("metadata.tsv", &None));
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_counted_and_guarded_when_asked() {
    let negative = Table::default().with_phrases(PHRASES).with("n", Cells::Doubles(vec![Some(-1.5); PHRASES.len()]));
    for (format, delimiter) in [(TableFormat::Csv, b','), (TableFormat::Tsv, b'\t')] {
        let kept = written(&negative, format, false);
        assert_eq!(kept.n_formulas, FORMULAS);
        let sentence = kept.formulas_sentence(Writing { format, guards_cells: false }, "do this").expect("a sentence");
        assert!(sentence.starts_with("6 cells") && sentence.ends_with("kept to the letter; do this"), "{sentence}");
        let guarded = written(&negative, format, true);
        assert_eq!(guarded.n_formulas, FORMULAS);
        let rows = cells(&file(guarded), delimiter);
        for (row, phrase) in rows[1..].iter().zip(PHRASES) {
            let is_formula = phrase.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert_eq!(row[0], format!("{}{phrase}", if is_formula { "'" } else { "" }));
            assert_eq!(row[1], "-1.5", "numbers are never guarded");
        }
    }
    assert_eq!(written(&negative, TableFormat::Jsonl, true).n_formulas, 0, "no spreadsheet runs these");
    assert!(String::from_utf8_lossy(&bytes(&negative, TableFormat::Jsonl)).contains("\"=1+1\""));
}

#[test]
fn what_a_format_cannot_hold_is_refused_or_said() {
    let rows = Table::default().with("n", Cells::Integers(vec![1, 2]));
    for format in TableFormat::ALL {
        let made = write_table(&rows, Writing { format: *format, guards_cells: false }, &mut progress::ignore);
        assert_eq!(made.is_ok(), format.holds(Shape::Records), "{format:?}: {made:?}");
    }
    let said = |format| written(&table(), format, false).remarks.join("; ");
    assert!(
        said(TableFormat::Npy).starts_with("the phrases, space and axes are not in a .npy file"),
        "{}",
        said(TableFormat::Npy)
    );
    assert!(said(TableFormat::Tsv).starts_with("the phrases, space and axes are not in a .tsv file"));
    assert!(said(TableFormat::Csv).starts_with("the space and axes are not in a .csv file"));
    assert!(said(TableFormat::Jsonl).starts_with("the axes are not in a .jsonl file"));
    assert_eq!(said(TableFormat::Safetensors), "");
    let odd = Table::default().with("n", Cells::Doubles(vec![Some(f64::NAN), None, Some(1.0)]));
    let made = written(&odd, TableFormat::Jsonl, false);
    assert!(made.remarks.iter().any(|remark| remark.starts_with("1 numbers that are not finite are null")), "{:?}", made.remarks);
    assert_eq!(file(made), b"{\"n\":null}\n{\"n\":null}\n{\"n\":1.0}\n");
    let ragged = Table::default().with("a", Cells::Integers(vec![1])).with("b", Cells::Integers(vec![1, 2]));
    let error = write_table(&ragged, Writing { format: TableFormat::Csv, guards_cells: false }, &mut progress::ignore);
    assert!(error.expect_err("other lengths").to_string().contains("2 rows in the column \"b\", 1 in the first"));
    let mut cancel = |_| std::ops::ControlFlow::Break(());
    let long = Table::default().with("n", Cells::Integers((0..1000).collect()));
    for format in TableFormat::ALL.iter().filter(|format| format.holds(Shape::Records)) {
        let cancelled = write_table(&long, Writing { format: *format, guards_cells: false }, &mut cancel);
        assert_eq!(cancelled, Err(WriteError::Cancelled), "{format:?}");
    }
}

#[test]
fn neighbours_and_similarity_are_those_that_are_asked_one_by_one() {
    let values: Vec<f64> = (0..300 * 5).map(|index| f64::from((index * 7919) % 101) / 50.0 - 1.0).collect();
    let vectors = support::vectors(&values, 5);
    let phrases: Vec<Arc<str>> = (0..300).map(|row| format!("phrase {row}").into()).collect();
    let table = neighbours_table(&phrases, &vectors, 4, &mut progress::ignore).expect("not cancelled");
    let lines = json_lines(&bytes(&table, TableFormat::Jsonl));
    assert_eq!(lines.len(), 1200);
    for (row, phrase) in phrases.iter().enumerate() {
        for (rank, found) in nearest(&vectors, row, 4).iter().enumerate() {
            let line = &lines[4 * row + rank];
            assert_eq!((&line["phrase"], &line["rank"]), (&json!(phrase.as_ref()), &json!(rank + 1)));
            let cosine = line["cosine"].as_f64().expect("a number");
            assert!((cosine - f64::from(found.cosine)).abs() < 2e-7, "{row} {rank}: {cosine} {}", found.cosine);
        }
    }
    let table = similarity_table(&phrases, &vectors, &mut progress::ignore).expect("memory").expect("not cancelled");
    let Some(Rows { dims: 300, values: Values::Single(cosines), names: Some(names) }) = table.vectors() else {
        panic!("no matrix")
    };
    assert_eq!(names, &phrases);
    assert!((0..300).all(|row| (cosines[301 * row] - 1.0).abs() < 1e-6 && cosines[row] == cosines[300 * row]), "symmetric");
    assert!(neighbours_table(&phrases, &vectors, 1000, &mut progress::ignore).is_some_and(|table| table.len() == 300 * 299));
    assert_eq!(similarity_table(&phrases, &vectors, &mut |_| std::ops::ControlFlow::Break(())), Ok(None));
}

fn write_phrases(folder: &Path) {
    let lines: Vec<String> =
        PHRASES.iter().filter(|phrase| !phrase.is_empty()).map(|phrase| json!({"phrase": phrase}).to_string()).collect();
    write(folder, "phrases.jsonl", lines.join("\n"));
}

/// What was said on stderr by a run that went well.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {text}");
    text
}

#[test]
fn embed_and_project_write_every_kind() {
    let folder = folder();
    write_phrases(folder.path());
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a file");
    done(folder.path(), &["embed", "phrases.jsonl", "--out", "v.jsonl"]);
    for format in TableFormat::ALL.iter().filter(|format| format.holds(Shape::Vectors)) {
        let end = format.ending().map_or("/".to_owned(), |ending| format!(".{ending}"));
        done(folder.path(), &["embed", "phrases.jsonl", "--out", &format!("v{end}")]);
        done(folder.path(), &["project", "v.jsonl", "--out", &format!("c{end}")]);
    }
    let vectors = read_back("jsonl", read("v.jsonl"));
    assert_eq!(vectors.phrases, PHRASES[..19]);
    for ending in ["npy", "tsv", "csv", "safetensors"] {
        let back = read_back(ending, read(&format!("v.{ending}")));
        assert_eq!(bits(narrow(back.numbers)), bits(narrow(vectors.numbers.clone())), "{ending}");
    }
    let places = json_lines(&read("c.jsonl"));
    assert!(places[0]["space"].as_str().is_some_and(|space| space.starts_with("map of ")));
    let rows = cells(&read("c.csv"), b',');
    let lines = String::from_utf8(read("c.jsonl")).expect("text");
    for ((row, place), line) in rows[1..].iter().zip(&places).zip(lines.lines()) {
        assert_eq!(row[0], place["phrase"].as_str().expect("a phrase"));
        assert!(line.contains(&format!("\"vector\":[{},{}]", row[1], row[2])), "{line} {row:?}");
    }
    assert!(String::from_utf8_lossy(&read("c.npy")[..80]).contains("'<f8'"), "coordinates are not cut to single precision");
    for name in ["vectors.tsv", "metadata.tsv", "projector_config.pbtxt", "projector_config.json"] {
        assert!(folder.path().join("v").join(name).is_file() && folder.path().join("c").join(name).is_file(), "{name}");
    }
    // Standard output takes any format, and a name without an ending too.
    assert_eq!(done(folder.path(), &["embed", "phrases.jsonl", "--format", "csv"]).into_bytes(), read("v.csv"));
    done(folder.path(), &["embed", "phrases.jsonl", "--format", "npy", "--out", "vectors"]);
    assert_eq!(read("vectors"), read("v.npy"));
    // The same folder again is written again; another kind of folder is not touched.
    done(folder.path(), &["embed", "phrases.jsonl", "--format", "projector", "--out", "v"]);
    std::fs::create_dir(folder.path().join("mine")).expect("a folder");
    write(folder.path(), "mine/notes.txt", "mine");
    assert!(failed(folder.path(), &["embed", "phrases.jsonl", "--out", "mine/"]).contains("of another kind"));
    assert_eq!(read("mine/notes.txt"), b"mine");
}

#[test]
fn embed_writes_neighbours_and_similarity() {
    let folder = folder();
    write(folder.path(), "phrases.txt", "a rose\na tulip\na trombone\n");
    let printed = done(folder.path(), &["embed", "phrases.txt", "--neighbours", "n.csv", "-k", "2", "--similarity", "s.tsv"]);
    assert_eq!(printed, "", "no vectors are printed where something else is asked for");
    let rows = cells(&std::fs::read(folder.path().join("n.csv")).expect("a file"), b',');
    assert_eq!(rows.len(), 7);
    assert_eq!(
        (&rows[0], &rows[1][..3]),
        (
            &["phrase", "rank", "neighbour", "cosine"].map(str::to_owned).to_vec(),
            &["a rose", "1", "a tulip"].map(str::to_owned)[..]
        )
    );
    let matrix = cells(&std::fs::read(folder.path().join("s.tsv")).expect("a file"), b'\t');
    assert_eq!(matrix[0], ["phrase", "a rose", "a tulip", "a trombone"]);
    assert_eq!((&matrix[1][2], &matrix[2][1]), (&rows[1][3], &rows[1][3]));
    let many: Vec<String> = (0..=MAX_SIMILARITY).map(|row| format!("phrase {row}")).collect();
    write(folder.path(), "many.txt", many.join("\n"));
    let message = failed(folder.path(), &["embed", "many.txt", "--similarity", "s.npy"]);
    assert!(message.contains("at most 5000") && message.contains("5001") && message.contains("--neighbours"), "{message}");
    assert!(!folder.path().join("s.npy").exists());
}

#[test]
fn compare_and_train_write_their_numbers() {
    let folder = folder();
    let runs = ["compare", "--seeds", "1,2,3", "--lesson", "roses", "--steps", "5", "--json", "--out"];
    let summary: Value = serde_json::from_str(&done(folder.path(), &[&runs[..], &["a.jsonl"]].concat())).expect("JSON");
    done(folder.path(), &[&runs[..], &["a.csv"]].concat());
    let lines = json_lines(&std::fs::read(folder.path().join("a.jsonl")).expect("a file"));
    assert_eq!(lines.len(), 8 * 3, "8 measures of 3 pairs of runs, or of 3 runs with the groups");
    for measure in ["linear_cka", "raw_distance", "adjusted_rand_groups"] {
        let of: Vec<&Value> = lines.iter().filter(|line| line["measure"] == measure).collect();
        let mean = of.iter().map(|line| line["value"].as_f64().expect("a number")).sum::<f64>() / 3.0;
        let told = summary[format!("{measure}_mean")].as_f64().expect("a number");
        assert!((mean - told).abs() < 1e-12 && of[0]["mean"] == told, "{measure}: {mean} {told}");
        let right = if measure == "adjusted_rand_groups" { "groups" } else { "seed 3" };
        assert_eq!(
            (&of[1]["left"], &of[2]["right"]),
            (&json!(if right == "groups" { "seed 2" } else { "seed 1" }), &json!(right))
        );
    }
    assert_eq!(cells(&std::fs::read(folder.path().join("a.csv")).expect("a file"), b',').len(), 25);
    done(folder.path(), &["train", "--lesson", "roses", "--steps", "7", "--curves", "c.jsonl", "--out", "run.safetensors"]);
    let curves = json_lines(&std::fs::read(folder.path().join("c.jsonl")).expect("a file"));
    assert_eq!((curves.len(), &curves[7]["step"]), (8, &json!(7)));
    assert!(curves[7]["loss"].is_f64() && curves[7]["heldout_loss"].is_null() && curves[7]["batch_loss"].is_f64());
    assert!(folder.path().join("run.safetensors").is_file());
}

#[test]
fn the_command_line_says_what_a_spreadsheet_would_run() {
    let folder = folder();
    write_phrases(folder.path());
    let kept = said(folder.path(), &["embed", "phrases.jsonl", "--out", "v.csv"]);
    assert!(kept.contains("note: v.csv: 6 cells of text begin with =") && kept.contains("--guard-cells"), "{kept}");
    let guarded = said(folder.path(), &["embed", "phrases.jsonl", "--out", "v.csv", "--guard-cells"]);
    assert!(guarded.contains("6 cells that a spreadsheet would run as a formula got a leading apostrophe"), "{guarded}");
    let rows = cells(&std::fs::read(folder.path().join("v.csv")).expect("a file"), b',');
    assert_eq!((rows[2][0].as_str(), rows[1][0].as_str()), ("'=1+1", "hello"));
    let folder_said = said(folder.path(), &["embed", "phrases.jsonl", "--out", "p/"]);
    assert!(folder_said.contains("6 texts are not to the letter"), "{folder_said}");
}

#[test]
fn pairs_are_written_as_they_were_read_and_read_back() {
    let folder = folder();
    write(folder.path(), "p.csv", "query;answer;negative_1;negative_2\na, b;c;d;e\nf;g;h;\na, b;c;d;e\n");
    for name in ["o.csv", "o.tsv", "o.jsonl"] {
        said(folder.path(), &["train", "p.csv", "--steps", "1", "--dims", "4", "--write-pairs", name]);
        let again = said(
            folder.path(),
            &["train", name, "--steps", "1", "--dims", "4", "--json", "--write-pairs", "again.jsonl", "--force"],
        );
        assert!(!again.contains("left out"), "{again}");
        let lines = json_lines(&std::fs::read(folder.path().join("again.jsonl")).expect("a file"));
        let found: Vec<[&str; 3]> =
            lines.iter().map(|line| ["anchor", "positive", "negative"].map(|key| line[key].as_str().unwrap_or(""))).collect();
        assert_eq!(found, [["a, b", "c", "d"], ["a, b", "c", "e"], ["f", "g", "h"]], "{name}");
    }
    // What somebody collected is not replaced without a word.
    let output = run(folder.path(), &["train", "p.csv", "--steps", "1", "--dims", "4", "--write-pairs", "o.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--force"));
}

#[test]
fn bad_endings_are_refused_before_the_work() {
    let folder = folder();
    write(folder.path(), "phrases.txt", "a\nb\n");
    let refused = |arguments: &[&str], expected: &[&str]| {
        let message = failed(folder.path(), arguments);
        expected.iter().for_each(|part| assert!(message.contains(part), "{arguments:?}: {message}"));
    };
    refused(&["embed", "phrases.txt", "--out", "v.xyz"], &["v.xyz", ".npy", ".safetensors", "/"]);
    refused(&["embed", "phrases.txt", "--out", "v.npy", "--format", "csv"], &["v.npy", "csv"]);
    refused(&["embed", "phrases.txt", "--format", "projector"], &["--out FOLDER"]);
    refused(&["embed", "phrases.txt", "--format", "csv", "--json"], &["--out FILE"]);
    refused(&["embed", "phrases.txt", "--neighbours", "n.npy"], &["n.npy", ".csv", "numbers only"]);
    refused(&["embed", "phrases.txt", "--similarity", "s.safetensors"], &["s.safetensors", ".npy", "vectors only"]);
    refused(&["embed", "phrases.txt", "--out", "n.csv", "--neighbours", "./n.csv"], &["n.csv", "twice"]);
    refused(&["embed", "phrases.txt", "--out", "missing/v.csv"], &["missing"]);
    refused(&["embed", "missing.txt", "--neighbours", "missing/n.csv"], &["missing/n.csv"]);
    refused(&["train", "--lesson", "roses", "--curves", "c.npy"], &["c.npy", ".csv"]);
    refused(&["train", "--lesson", "roses", "--curves", "c.safetensors", "--out", "c.safetensors"], &["twice"]);
    refused(&["compare", "--seeds", "1,2", "--lesson", "roses", "--out", "a.txt"], &["a.txt", ".jsonl"]);
    refused(&["project", "phrases.txt", "--out", "c"], &["c: expected a name that ends in"]);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing was written");
}

fn pairs_export(path: std::path::PathBuf) -> Export {
    let writing = Writing { format: TableFormat::Jsonl, guards_cells: true };
    Export { what: Exported::Pairs, n_neighbours: 10, path, writing }
}

#[test]
fn the_worker_writes_pairs_and_says_what_cannot_be_exported() {
    let folder = folder();
    let path = folder.path().join("pairs.jsonl");
    let (mut playground, _) = Playground::with_lesson("roses");
    let worker = Worker::start(|| {}).expect("a thread");
    let carry_out = |orders: Vec<Order>| orders.into_iter().for_each(|order| worker.carry_out(order));
    carry_out(playground.apply(Act::ExportTable(pairs_export(path.clone()))));
    while !path.exists() {
        let event = worker.recv_timeout(Duration::from_secs(60)).expect("news");
        carry_out(playground.absorb(event));
    }
    let lines = json_lines(&std::fs::read(&path).expect("a file"));
    let document = playground.document();
    assert_eq!(lines.len(), document.pairs.len());
    for (line, pair) in lines.iter().zip(document.pairs.iter()) {
        assert_eq!(
            (&line["anchor"], &line["positive"]),
            (&json!(document.text(pair.anchor)), &json!(document.text(pair.positive)))
        );
        assert_eq!(line["negative"], pair.negative.map_or(Value::Null, |id| json!(document.text(id))));
        assert_eq!(line.get("score"), None, "no pair has one");
    }
    let mut empty = Playground::empty();
    assert!(empty.apply(Act::ExportTable(pairs_export(path))).is_empty(), "nothing for the worker");
    let notice = empty.notice().expect("a notice");
    assert!(notice.is_error && notice.text == "Pairs can't be exported: there are no pairs yet.", "{}", notice.text);
    for what in Exported::ALL {
        assert!(empty.exportable(*what, 10, None).is_err(), "{what:?}");
    }
}

#[test]
fn a_table_that_is_being_written_can_be_cancelled() {
    let folder = folder();
    let path = folder.path().join("n.csv");
    let table = Arc::new(Table::default().with("n", Cells::Integers((0..10_000).collect())));
    let writing = Writing { format: TableFormat::Csv, guards_cells: false };
    let worker = Worker::start(|| {}).expect("a thread");
    worker.carry_out(Order::Stop(1));
    worker.carry_out(Order::Start(Job { id: 1, work: Work::ExportTable(path.clone(), TableSource::Ready(table), writing) }));
    let outcome = loop {
        if let News::Ended(outcome) = worker.recv_timeout(Duration::from_secs(60)).expect("news").news {
            break outcome;
        }
    };
    assert_eq!(outcome, Outcome::Cancelled);
    assert!(!path.exists());
}

#[cfg(feature = "gui")]
mod window {
    //! The dialog by its labels.

    use std::time::{Duration, Instant};

    use eframe::egui::accesskit::Role;
    use eframe::egui::{Key, Modifiers};
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};
    use embedding_playground::ui::App;

    use super::{cells, json_lines};

    type Window = Harness<'static, App>;

    fn window() -> Window {
        crate::ui::window()
    }

    fn settle(window: &mut Window) {
        let patience = Instant::now() + Duration::from_secs(60);
        window.step();
        while window.state().playground().is_busy() {
            assert!(Instant::now() < patience, "waited in vain");
            std::thread::sleep(Duration::from_millis(5));
            window.step();
        }
        window.run_steps(3);
    }

    fn click(window: &mut Window, role: Role, label: &str) {
        window.get_by_role_and_label(role, label).click();
        window.run_steps(3);
    }

    fn open(window: &mut Window) {
        window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
        window.run_steps(3);
    }

    fn type_path(window: &mut Window, path: &std::path::Path) {
        window.get_by_label("Path of the export").click();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.get_by_label("Path of the export").type_text(&path.to_string_lossy());
        window.run_steps(2);
    }

    fn value_of_path(window: &Window) -> String {
        window.get_by_label("Path of the export").accesskit_node().value().unwrap_or_default()
    }

    fn export(window: &mut Window) -> String {
        click(window, Role::Button, "Export");
        settle(window);
        let notice = window.state().playground().notice().expect("it says what became of it").clone();
        assert!(!notice.is_error, "{}", notice.text);
        notice.text
    }

    #[test]
    fn five_kinds_are_exported_one_after_the_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let mut window = window();
        let kinds = [
            ("Vectors", ".jsonl", "vectors.jsonl", 42),
            ("Coordinates on the map", ".jsonl", "places.jsonl", 42),
            ("Neighbours", ".jsonl", "neighbours.jsonl", 420),
            ("Similarity", ".jsonl", "similarity.jsonl", 42),
            ("Curves", ".jsonl", "curves.jsonl", 201),
        ];
        for (what, format, name, n_rows) in kinds {
            open(&mut window);
            click(&mut window, Role::RadioButton, what);
            click(&mut window, Role::Button, format);
            type_path(&mut window, &at(name));
            let notice = export(&mut window);
            assert!(notice.contains(name), "{notice}");
            assert_eq!(json_lines(&std::fs::read(at(name)).expect("a file")).len(), n_rows, "{what}");
        }
        let first = &json_lines(&std::fs::read(at("vectors.jsonl")).expect("a file"))[0];
        assert!(first["phrase"].is_string() && first["group"].is_string() && first["vector"].is_array(), "{first}");
    }

    #[test]
    fn the_ending_follows_the_format_and_what_is_written_is_said() {
        let mut window = window();
        open(&mut window);
        assert!(window.query_by_label_contains("42 vectors of").is_some());
        assert!(window.query_by_label_contains("step 0 of ").is_some());
        assert!(value_of_path(&window) == "vectors.csv");
        for (format, path) in [(".npy", "vectors.npy"), ("Projector folder", "vectors/"), (".tsv", "vectors.tsv")] {
            click(&mut window, Role::Button, format);
            assert!(value_of_path(&window) == path, "{path}");
        }
        click(&mut window, Role::Button, ".npy");
        click(&mut window, Role::RadioButton, "Neighbours");
        assert!(value_of_path(&window) == "neighbours.csv", "an array can't hold them");
        assert!(window.query_by_role_and_label(Role::Button, ".npy").is_none());
        assert!(window.query_by_label_contains("420 rows: the 10 nearest of each of 42 phrases").is_some());
        assert!(window.query_by_label_contains("no runs or models are compared yet").is_some(), "what is greyed says why");
        click(&mut window, Role::Button, "Cancel");
        assert!(window.query_by_label("Path of the export").is_none());
    }

    #[test]
    fn cells_are_guarded_unless_the_box_is_empty_and_files_are_asked_about() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pairs.csv");
        let mut window = window();
        window.get_by_label("Type a phrase").click();
        window.run_steps(2);
        window.get_by_label("Type a phrase").type_text("=danger()");
        window.run_steps(2);
        window.key_press(Key::Enter);
        settle(&mut window);
        let phrase = |path: &std::path::Path| {
            let rows = cells(&std::fs::read(path).expect("a file"), b',');
            rows.last().expect("a row")[0].clone()
        };
        open(&mut window);
        type_path(&mut window, &path);
        let notice = export(&mut window);
        assert!(notice.contains("1 cell that a spreadsheet would run") && phrase(&path) == "'=danger()", "{notice}");
        open(&mut window);
        click(&mut window, Role::CheckBox, "Guard cells that a spreadsheet would run");
        click(&mut window, Role::Button, "Export");
        assert!(window.query_by_label_contains("There is a file of this name already").is_some());
        assert_eq!(phrase(&path), "'=danger()", "nothing is replaced before the answer");
        click(&mut window, Role::Button, "Replace");
        settle(&mut window);
        let notice = window.state().playground().notice().expect("a notice").text.clone();
        assert!(notice.contains("kept to the letter") && phrase(&path) == "=danger()", "{notice}");
    }

    #[test]
    fn the_numbers_of_a_comparison_and_a_folder_are_exported() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut window = window();
        window.get_by_label("Seeds").click();
        window.run_steps(3);
        settle(&mut window);
        open(&mut window);
        click(&mut window, Role::RadioButton, "Agreement of the comparison");
        assert!(window.query_by_label_contains("8 measures of 6 pairs of runs (seed ").is_some());
        let path = folder.path().join("agreement.csv");
        type_path(&mut window, &path);
        export(&mut window);
        assert_eq!(cells(&std::fs::read(&path).expect("a file"), b',').len(), 1 + 7 * 6 + 4);
        open(&mut window);
        click(&mut window, Role::RadioButton, "Vectors");
        click(&mut window, Role::Button, "Projector folder");
        type_path(&mut window, &folder.path().join("projector"));
        export(&mut window);
        let metadata = std::fs::read_to_string(folder.path().join("projector/metadata.tsv")).expect("a file");
        assert!(metadata.starts_with("phrase\tgroup\n") && metadata.lines().count() == 43, "{metadata}");
    }
}
