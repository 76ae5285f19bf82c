//! Files of phrases, pairs and vectors: what people have, and what goes wrong with it.

use std::io::Write;

use embedding_playground::choice::Choice;
use embedding_playground::data::{
    self, Cells, Contents, DataError, Given, Labels, Meaning, Numbers, PairSet, PhraseRows, Place, Reading, Remark, Role, Shape,
    Table, TableFormat, Values, VectorTable, Way, Writing, write_table,
};
use embedding_playground::progress;

fn given(name: &str, bytes: impl AsRef<[u8]>) -> Given {
    Given::new(name, bytes.as_ref().to_vec()).expect("a file")
}

/// What `read` makes of `bytes` in memory, which is what it makes of them in a file.
fn read_twice<T: PartialEq + std::fmt::Debug>(
    name: &str,
    bytes: impl AsRef<[u8]>,
    read: impl Fn(&Given) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(std::path::Path::new(name).file_name().unwrap_or("p".as_ref()));
    std::fs::write(&path, bytes.as_ref()).expect("a file");
    let from_memory = read(&given(name, bytes));
    // As it lies in its file, and as large texts do.
    for large in [u64::MAX, 0] {
        let from_file = read(&Given::open_from(&path, large).expect("a file"));
        // Numbers that are none are not even themselves.
        assert_eq!(format!("{from_file:?}"), format!("{from_memory:?}"), "{name}");
    }
    from_memory
}

fn phrases_as(name: &str, bytes: impl AsRef<[u8]>, reading: &Reading) -> Result<PhraseRows, DataError> {
    read_twice(name, bytes, |given| data::read_phrases(given, reading, &mut progress::ignore))
}

fn pairs_as(name: &str, bytes: impl AsRef<[u8]>, reading: &Reading) -> Result<PairSet, DataError> {
    read_twice(name, bytes, |given| data::read_pairs(given, reading, &mut progress::ignore))
}

fn vectors_as(name: &str, bytes: impl AsRef<[u8]>, reading: &Reading) -> Result<VectorTable, DataError> {
    read_twice(name, bytes, |given| data::read_vectors(given, reading))
}

#[test]
fn what_is_no_text_stays_in_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let numbers: Vec<f32> = (0..600).map(|number| number as f32).collect();
    let array = npy("<f4", "False", "(300, 2)", &numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
    let path = folder.path().join("v.npy");
    std::fs::write(&path, &array).expect("a file");
    let given = Given::open(&path).expect("a file");
    assert_eq!((given.whole(), given.len(), given.head()), (None, array.len() as u64, &array[..]));
    assert_eq!(data::read_vectors(&given, &Reading::default()).expect("vectors").numbers, Numbers::F32(numbers));
    // Whoever replaces the file does not change what is read; whoever cuts it is told of.
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the file");
    file.set_len(500).expect("a shorter file");
    let error = data::read_vectors(&given, &Reading::default()).expect_err("a file that was cut").to_string();
    assert!(error.contains("open it again") && error.contains("v.npy"), "{error}");
    // Nor are parts of two files taken for one, of whatever kind they are.
    for (name, bytes) in [("v.npy", &array[..]), ("p.csv", b"anchor,positive\na,b\nc,d\n"), ("p.txt", b"one\ntwo\n")] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let given = Given::open_from(&path, 0).expect("a file");
        let read = |given: &Given| match name {
            "v.npy" => data::read_vectors(given, &Reading::default()).map(drop),
            _ => data::preview(given, &Reading::default(), None).map(drop),
        };
        assert_eq!(read(&given), Ok(()), "{name}");
        std::thread::sleep(std::time::Duration::from_millis(20));
        let mut other = bytes.to_vec();
        other[bytes.len() - 2] ^= 1;
        std::fs::write(&path, other).expect("the same length, another byte");
        let error = read(&given).expect_err("a file that changed").to_string();
        assert!(error.contains("written into while it was read"), "{name}: {error}");
    }
    std::fs::write(folder.path().join("p.txt"), "one\ntwo\n").expect("a file");
    assert_eq!(Given::open(&folder.path().join("p.txt")).expect("a file").whole(), Some(&b"one\ntwo\n"[..]));
}

fn phrases(name: &str, bytes: impl AsRef<[u8]>) -> Vec<String> {
    phrases_as(name, bytes, &Reading::default()).unwrap_or_else(|error| panic!("{name}: {error}")).phrases
}

fn pairs(name: &str, bytes: impl AsRef<[u8]>) -> PairSet {
    pairs_as(name, bytes, &Reading::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn vectors(name: &str, bytes: impl AsRef<[u8]>) -> VectorTable {
    vectors_as(name, bytes, &Reading::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn phrases_error(name: &str, bytes: impl AsRef<[u8]>) -> String {
    phrases_as(name, bytes, &Reading::default()).expect_err("a bad file").to_string()
}

fn pairs_error(name: &str, bytes: impl AsRef<[u8]>) -> String {
    pairs_as(name, bytes, &Reading::default()).expect_err("a bad file").to_string()
}

fn vectors_error(name: &str, bytes: impl AsRef<[u8]>) -> String {
    vectors_as(name, bytes, &Reading::default()).expect_err("a bad file").to_string()
}

/// Anchor, positive, negative and score of every pair.
fn rows(set: &PairSet) -> Vec<(&str, &str, Option<&str>, Option<f32>)> {
    let text = |row: u32| &*set.phrases[row as usize];
    set.pairs
        .iter()
        .map(|pair| (text(pair.anchor), text(pair.positive), pair.negative.map(text), pair.score.map(data::Score::value)))
        .collect()
}

fn said(remarks: &[Remark]) -> String {
    remarks.iter().map(|remark| remark.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn said_by(set: &PairSet) -> String {
    said(&set.remarks)
}

fn roles(named: &[(&str, Role)]) -> Reading {
    Reading { roles: named.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect(), ..Reading::default() }
}

// Text and its encodings.

fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn texts_are_read_in_their_encoding_or_it_is_asked() {
    let text = "red roses\r\nthé vert\r\nblue sea\r\n";
    let wanted = ["red roses", "thé vert", "blue sea"];
    assert_eq!(phrases("p.txt", text), wanted);
    assert_eq!(phrases("p.txt", [b"\xef\xbb\xbf", text.as_bytes()].concat()), wanted);
    for is_big in [false, true] {
        assert_eq!(phrases("p.txt", utf16(&format!("\u{feff}{text}"), is_big)), wanted);
        let unmarked = phrases_as("p.txt", utf16(text, is_big), &Reading::default()).expect("phrases");
        assert_eq!(unmarked.phrases, wanted);
        assert!(said(&unmarked.remarks).contains(if is_big { "UTF-16BE" } else { "UTF-16LE" }));
    }
    let western = b"red roses\nth\xe9 vert\n";
    let error = phrases_error("p.txt", western);
    assert!(error.contains("line 2") && error.contains("0xe9") && error.contains("\"thé vert\""), "{error}");
    for (name, second) in [("windows-1252", "thé vert"), ("latin1", "thé vert"), ("windows-1251", "thй vert")] {
        let reading = Reading { encoding: Some(name.parse().expect("an encoding")), ..Reading::default() };
        assert_eq!(phrases_as("p.txt", western, &reading).expect("phrases").phrases[1], second, "{name}");
    }
    let reading = Reading { encoding: Some("shift_jis".parse().expect("an encoding")), ..Reading::default() };
    assert!(phrases_as("p.txt", b"a\x80\xffb\n", &reading).expect_err("no Shift_JIS").to_string().contains("Shift_JIS"));
    assert!("utf-9".parse::<data::Encoding>().expect_err("no encoding").contains("windows-1252"));
}

#[test]
fn lines_may_end_in_any_of_the_usual_ways() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["one", "", " two ", "three"].join(end);
        assert_eq!(phrases("p.txt", &text), ["one", " two ", "three"], "{end:?}");
        let table = ["text,n", "one,1", "two,2", ""].join(end);
        assert_eq!(phrases("p.csv", &table), ["one", "two"], "{end:?}");
        let error = pairs_error("p.csv", ["anchor,positive", "a,b", "", "c"].join(end));
        assert!(error.starts_with("line 4"), "{end:?}: {error}");
    }
}

#[test]
fn a_line_of_a_megabyte_is_a_phrase_and_messages_stay_short() {
    let long = "x".repeat(1 << 20);
    assert_eq!(phrases("p.txt", &long), std::slice::from_ref(&long));
    assert!(pairs_error("p.jsonl", format!("{{{long}\n")).len() < 300);
    assert!(pairs_error("p.csv", format!("anchor,positive\na,\"{long}\n")).len() < 300);
}

// Separated text.

#[test]
fn the_separator_is_found_and_said_where_the_name_says_another() {
    for (separator, word) in [(",", ""), (";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")] {
        let text = ["text,topic", "the cat sleeps,animals", "rain,weather"].map(|line| line.replace(',', separator)).join("\n");
        let read = phrases_as("p.csv", &text, &Reading::default()).expect("phrases");
        assert_eq!(read.phrases, ["the cat sleeps", "rain"], "{separator:?}");
        assert_eq!(read.groups, [Some("animals".to_owned()), Some("weather".to_owned())]);
        assert_eq!(!read.remarks.is_empty(), !word.is_empty(), "{:?}", read.remarks);
        assert!(said(&read.remarks).contains(word));
    }
    // Commas in every cell are no separators beside semicolons that make a table.
    let set = pairs("p.csv", "question;answer\na, he said;b\nc, he said;d\n");
    assert_eq!(rows(&set), [("a, he said", "b", None, None), ("c, he said", "d", None, None)]);
    let set = pairs("p.csv", "question;answer\na;b, c\nd;e\n");
    assert_eq!(rows(&set)[0], ("a", "b, c", None, None));
    // Excel's first line.
    for text in ["sep=,\ntext,n\none,1\n", "sep=;\r\ntext;n\r\none;1\r\n"] {
        assert_eq!(phrases("p.csv", text), ["one"], "{text:?}");
    }
    assert!(pairs_error("p.csv", "sep=;\nanchor;positive\na;b\nc\n").starts_with("line 4"));
    let reading = Reading { separator: Some(b'|'), ..Reading::default() };
    assert_eq!(phrases_as("p.txt", "text|n\none, two|1\n", &reading).expect("phrases").phrases, ["one, two"]);
}

#[test]
fn quotes_that_do_not_close_are_refused_with_their_line() {
    let open = phrases_error("p.csv", "text\n\"the first line\nthe second line\n");
    assert!(open.starts_with("line 2") && open.contains("never closes"), "{open}");
    let later = pairs_error("p.csv", "anchor,positive\na,b\nc,\"d\ne,f\n");
    assert!(later.starts_with("line 3"), "{later}");
    // It seems to close at a quote that opens another cell.
    let closed = pairs_error("p.csv", "anchor,positive\na,\"b\nc,\"d\"\n");
    assert!(closed.starts_with("line 2") && closed.contains("behind the closing one"), "{closed}");
    assert_eq!(phrases("p.csv", "text,n\n\"say \"\"hi\"\"\n to them\",1\nc,2\n"), ["say \"hi\"\n to them", "c"]);
    let reading = Reading { plain_quotes: true, ..Reading::default() };
    assert_eq!(phrases_as("p.csv", "text\n\"a\nb\n", &reading).expect("phrases").phrases, ["\"a", "b"]);
}

#[test]
fn tables_of_tabs_are_read_with_quotes_where_these_make_sense() {
    let quoted = phrases_as("p.tsv", "text\ttopic\n\"say \"\"hi\"\"\"\ta\n\"plain\"\tb\n", &Reading::default()).expect("phrases");
    assert_eq!(quoted.phrases, ["say \"hi\"", "plain"]);
    assert_eq!(quoted.remarks[0].way, Some(Way::PlainQuotes));
    let plain = phrases_as("p.tsv", "text\ttopic\n\"Well\" she said\ta\n5\" pipe\tb\n", &Reading::default()).expect("phrases");
    assert_eq!(plain.phrases, ["\"Well\" she said", "5\" pipe"]);
    assert!(said(&plain.remarks).contains("as they stand"));
}

#[test]
fn rows_that_say_nothing_or_the_names_again_are_left_out_and_counted() {
    let text = "text,n\none,1\n,2\ntext,n\n  ,3\ntwo,4\n";
    let read = phrases_as("p.csv", text, &Reading::default()).expect("phrases");
    assert_eq!(read.phrases, ["one", "two"]);
    assert_eq!(
        said(&read.remarks),
        "2 rows are left out, as they have no phrase; 1 row is left out, as it repeats the names of the columns"
    );
    let read = phrases_as("p.jsonl", "{\"text\":\"a\"}\n{\"text\":null}\n{\"k\":2}\n", &Reading::default()).expect("phrases");
    assert_eq!(read.phrases, ["a"]);
    assert!(said(&read.remarks).contains("2 rows are left out"));
    // JSON tells an empty text from none.
    let read = phrases_as("p.jsonl", "{\"text\":\"a\"}\n{\"text\":\"\"}\n", &Reading::default()).expect("phrases");
    assert_eq!(
        (read.phrases.as_slice(), said(&read.remarks).as_str()),
        (["a".to_owned(), String::new()].as_slice(), "1 phrase is without a letter in it")
    );
    let set = pairs("p.csv", "anchor,positive,score\na,b,1\nc,,1\nd,e,\nf,g,0\n");
    assert_eq!(rows(&set), [("a", "b", None, Some(1.0)), ("f", "g", None, Some(0.0))]);
    assert!(said(&set.remarks).contains("2 rows are left out, as they have an empty cell"));
}

#[test]
fn a_header_is_known_by_what_stands_in_it_and_below() {
    let of_names = [
        ("0,1,2\n0.5,1.5,2.5\n3.5,0.5,1.0\n", 2, 3),
        ("dim_0,dim_1\n0.5,1.5\n3.5,0.5\n", 2, 2),
        ("2019,2020,2021\n5,3,2\n1,0,7\n", 2, 3),
        ("a,b\n1,2\n3,4\n5,6\n", 3, 2),
        ("word,0,1\ndog,0.5,1.5\ncat,0.5,2.5\n", 2, 2),
    ];
    for (text, n, dims) in of_names {
        let read = vectors("v.csv", text);
        assert_eq!((read.numbers.len(), read.dims), (n * dims, dims), "{text:?}");
    }
    let of_data =
        [("0.5,1.5\n3.5,0.5\n", 2, 2), ("1,0\n0,1\n1,1\n", 3, 2), ("2,4,9\n1,3,5\n", 2, 3), ("dog,0.5,1.5\ncat,1,2\n", 2, 2)];
    for (text, n, dims) in of_data {
        let read = vectors("v.csv", text);
        assert_eq!((read.numbers.len(), read.dims), (n * dims, dims), "{text:?}");
    }
    let guessed = vectors("v.csv", "0,1,2\n0.5,1.5,2.5\n");
    assert_eq!(guessed.remarks[0].way, Some(Way::NoHeader));
    let overruled = Reading { header: Some(false), ..Reading::default() };
    assert_eq!(vectors_as("v.csv", "0,1,2\n0.5,1.5,2.5\n", &overruled).expect("vectors").numbers.len(), 6);
    // Texts above texts.
    let titles =
        phrases_as("p.csv", "headline\nthe cat sat on the mat\nrain fell all day\n", &Reading::default()).expect("phrases");
    assert_eq!((titles.phrases.len(), titles.remarks[0].way), (2, Some(Way::NoHeader)));
    let lines = phrases_as("p.csv", "black tea\ngreen tea\n", &Reading::default()).expect("phrases");
    assert_eq!((lines.phrases.len(), lines.remarks[0].way), (2, Some(Way::Header)));
}

// JSON.

#[test]
fn json_comes_a_line_at_a_time_in_arrays_and_as_an_answer() {
    for (name, text) in [
        ("p.jsonl", "{\"text\":\"a\"}\n\n{\"text\":\"b\"}\n"),
        ("p.json", "[{\"text\":\"a\"},{\"text\":\"b\"}]"),
        ("p.json", "[\n  {\"text\": \"a\"},\n  {\"text\": \"b\"}\n]\n"),
        ("p.json", "[\"a\", \"b\"]"),
        ("p.jsonl", "\"a\"\n\"b\"\n"),
        ("p.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n"),
        ("p.txt", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n"),
    ] {
        assert_eq!(phrases(name, text), ["a", "b"], "{text:?}");
    }
    assert_eq!(rows(&pairs("p.jsonl", "[\"a\",\"b\"]\n[\"c\",\"d\"]\n")), [("a", "b", None, None), ("c", "d", None, None)]);
    let written = phrases("p.jsonl", "{\"text\":12345678901234567890123}\n{\"text\":1.10}\n{\"text\":1e2}\n{\"text\":true}\n");
    assert_eq!(written, ["12345678901234567890123", "1.10", "1e2", "true"]);
    let answer = "{\"data\":[{\"index\":1,\"embedding\":[3,4.5]},{\"index\":0,\"embedding\":[1,2]}],\"model\":\"m\"}";
    let read = vectors("v.json", answer);
    assert_eq!((read.numbers, read.dims), (Numbers::F64(vec![1.0, 2.0, 3.0, 4.5]), 2));
    assert!(said(&read.remarks).contains("order"));
    let object = "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"embedding\":[1,2]}]}";
    assert_eq!(vectors("v.json", object).phrases, [""; 0]);
    assert_eq!(vectors("v.json", "{\"embeddings\":[[1,2],[3,4]]}").numbers.len(), 4);
    assert_eq!(vectors("v.json", "[[1,2],[3,4]]").numbers.len(), 4);
}

#[test]
fn broken_json_is_refused_with_the_line() {
    for (name, text, line) in [
        ("p.jsonl", "{\"text\":\"a\"}\n{\"text\":\n", "line 2"),
        ("p.json", "[\n{\"text\":\"a\"},\n{\"text\"}\n]", "line 3"),
        ("p.json", "[\"a\",", "line 1"),
        ("p.jsonl", "{\"text\":\"a\"}\n[1]\n", "line 2"),
        ("p.jsonl", "{\"text\":\"a\"}\n{\"text\":{\"b\":1}}\n", "line 2"),
    ] {
        let error = phrases_error(name, text);
        assert!(error.starts_with(line), "{text:?}: {error}");
    }
    assert!(vectors_error("v.jsonl", "{\"vector\":[1,2]}\n{\"vector\":[1,\"x\"]}\n").starts_with("line 2"));
    assert!(vectors_error("v.jsonl", "{\"vector\":[1,2]}\n{\"vector\":[1]}\n").starts_with("line 2: expected 2 numbers"));
    let two_spaces = "{\"vector\":[1,2],\"space\":\"a\"}\n{\"vector\":[1,2],\"space\":\"b\"}\n";
    assert!(vectors_error("v.jsonl", two_spaces).contains("can't be compared"));
}

// Pairs.

#[test]
fn columns_of_pairs_are_known_by_the_names_people_use() {
    let triplets = [("a", "b", Some("c"), None), ("d", "e", None, None)];
    for text in [
        "anchor,positive,negative\na,b,c\nd,e,\n",
        "query,positive,negative\na,b,c\nd,e,\n",
        "Negative, Positive ,ANCHOR\nc,b,a\n,e,d\n",
        "question,answer,hard_negative\na,b,c\nd,e,\n",
        "sentence_A,sentence_B,neg\na,b,c\nd,e,\n",
        "premise,hypothesis,negative_1\na,b,c\nd,e,\n",
    ] {
        assert_eq!(rows(&pairs("p.csv", text)), triplets, "{text:?}");
    }
    for name in ["label", "labels", "is_duplicate", "score", "Similarity_Score", "gold_label", "relatedness_score"] {
        let set = pairs("p.csv", format!("sentence1,sentence2,{name}\na,b,1\nc,d,0\n"));
        assert_eq!(rows(&set), [("a", "b", None, Some(1.0)), ("c", "d", None, Some(0.0))], "{name}");
        assert_eq!(set.remarks, [], "{name}");
    }
    let many = pairs("p.csv", "query,positive,negative_1,negative_2,negative_3\na,b,c,d,e\nf,g,h,,\n");
    let first: Vec<_> = ["c", "d", "e"].map(|negative| ("a", "b", Some(negative), None)).to_vec();
    assert_eq!(rows(&many)[..3], first);
    assert_eq!(rows(&many)[3..], [("f", "g", Some("h"), None)]);
    let lists = pairs("p.jsonl", "{\"query\":\"a\",\"pos\":[\"b\",\"c\"],\"neg\":[\"d\",\"e\"]}\n");
    assert_eq!(lists.pairs.len(), 4);
    assert!(said(&lists.remarks).contains("1 row with several"));
}

#[test]
fn columns_without_known_names_are_read_by_order_or_asked() {
    let ordered = pairs("p.csv", "left side,right side\na b c d e,f g h i j\nk l m n o,p q r s t\n");
    assert_eq!(ordered.pairs.len(), 2);
    assert!(said(&ordered.remarks).contains("\"left side\" as the anchor"), "{:?}", ordered.remarks);
    let scored = pairs("p.tsv", "a\tb\t0.8\nc\td\t0.2\n");
    assert_eq!(rows(&scored), [("a", "b", None, Some(0.8)), ("c", "d", None, Some(0.2))]);
    assert_eq!(rows(&pairs("p.csv", "a,b,c\nd,e,f\n"))[0], ("a", "b", Some("c"), None));
    let one_known = pairs("p.csv", "question,reply text\nwhat is that thing,it is a cat\n");
    assert_eq!(rows(&one_known), [("what is that thing", "it is a cat", None, None)]);
    let asked = pairs_error("p.jsonl", "{\"w\":\"a\",\"x\":\"b\",\"y\":\"c\",\"z\":\"d\"}\n");
    assert!(asked.contains("anchor and positive") && asked.contains("w, x, y, z"), "{asked}");
    let told = roles(&[("z", Role::Anchor), ("w", Role::Positive), ("x", Role::Negative)]);
    let set = pairs_as("p.jsonl", "{\"w\":\"a\",\"x\":\"b\",\"y\":\"c\",\"z\":\"d\"}\n", &told).expect("pairs");
    assert_eq!(rows(&set), [("d", "a", Some("b"), None)]);
    assert!(said(&set.remarks).contains("1 column is not read: \"y\""), "{:?}", set.remarks);
    let unread = pairs("p.csv", "id,anchor,positive,source\n1,a,b,web\n");
    assert!(said(&unread.remarks).contains("\"id\", \"source\""), "{:?}", unread.remarks);
    assert!(
        pairs_as("p.csv", "anchor,positive\na,b\n", &roles(&[("nope", Role::Score)]))
            .expect_err("no column")
            .to_string()
            .contains("anchor, positive")
    );
    assert!(pairs_error("p.csv", "anchor\na\n").contains("positive"));
}

#[test]
fn labels_that_are_not_0_and_1_are_asked_for() {
    let bools = pairs(
        "p.jsonl",
        "{\"sentence1\":\"a\",\"sentence2\":\"b\",\"label\":true}\n{\"sentence1\":\"c\",\"sentence2\":\"d\",\"label\":false}\n",
    );
    assert_eq!(rows(&bools), [("a", "b", None, Some(1.0)), ("c", "d", None, Some(0.0))]);
    assert_eq!(rows(&pairs("p.csv", "text1,text2,label\na,b,TRUE\nc,d,False\n"))[1].3, Some(0.0));
    let nli = "premise,hypothesis,label\na,b,0\nc,d,2\ne,f,1\ng,h,-1\n";
    let error = pairs_error("p.csv", nli);
    assert!(error.contains("2 (1 times)") && !error.contains("divided"), "{error}");
    let words = "premise,hypothesis,gold_label\na,b,entailment\nc,d,contradiction\ne,f,neutral\n";
    assert!(pairs_error("p.csv", words).contains("neutral (1 times)"));
    let labels = Labels { positive: vec!["0".into(), "Entailment".into()], negative: vec!["2".into(), "contradiction".into()] };
    let reading = Reading { labels, ..Reading::default() };
    for (text, n_left) in [(nli, 2), (words, 1)] {
        let set = pairs_as("p.csv", text, &reading).expect("pairs");
        assert_eq!(rows(&set), [("a", "b", None, Some(1.0)), ("c", "d", None, Some(0.0))]);
        let is = if n_left == 1 { "1 row is" } else { "2 rows are" };
        assert!(said(&set.remarks).contains(&format!("{is} left out, as the label is neither")), "{:?}", set.remarks);
    }
}

#[test]
fn scores_are_scaled_where_that_is_said_and_decimal_commas_need_another_separator() {
    let sts = "sentence1,sentence2,score\na,b,4.5\nc,d,0.5\n";
    let error = pairs_as("p.csv", sts, &Reading::default()).expect_err("out of range");
    assert!(matches!(error, DataError::Score { fits_five: true, .. }), "{error}");
    let reading = Reading { score_max: 5.0, ..Reading::default() };
    assert_eq!(rows(&pairs_as("p.csv", sts, &reading).expect("pairs"))[0].3, Some(0.9));
    assert!(pairs_error("p.csv", "sentence1,sentence2,score\na,b,\"0,9\"\n").contains("decimal comma"));
    assert_eq!(rows(&pairs("p.csv", "sentence1;sentence2;score\na;b;0,9\nc;d;0,1\n"))[0].3, Some(0.9));
    assert!(pairs_error("p.csv", "sentence1,sentence2,score\na,b,17\n").contains("got 17"));
    assert!(pairs_error("p.csv", "sentence1,sentence2,score\na,b,nan\n").contains("finite"));
}

#[test]
fn pairs_that_are_none_are_left_out_and_counted() {
    let text = "anchor,positive,negative\na,b,c\na,a,c\na,b,b\nd,e,d\na,b,c\n";
    let set = pairs("p.csv", text);
    assert_eq!(rows(&set), [("a", "b", Some("c"), None), ("a", "b", None, None), ("d", "e", None, None)]);
    let said = said(&set.remarks);
    for part in [
        "1 pair is left out, as anchor and positive are the same",
        "2 negatives are left out",
        "1 pair is left out, as an earlier one",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let contrary = pairs("p.csv", "anchor,positive,label\na,b,1\na,b,0\na,b,0\na,b,1\n");
    assert_eq!(contrary.pairs.len(), 2);
    assert!(said_by(&contrary).contains("1 pair is there with another label"), "{:?}", contrary.remarks);
    assert!(pairs_error("p.csv", "anchor,positive\na,a\n").contains("got none"));
    assert!(pairs_error("p.csv", "").contains("empty"));
    assert!(pairs_error("p.csv", "anchor,positive\n").contains("empty"));
    assert!(pairs_error("p.csv", "anchor,positive\na,b,c\n").starts_with("line 2"));
}

// Vectors.

fn npy(descr: &str, is_fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{\"shape\" :{shape},'descr':  '{descr}' , 'fortran_order':{is_fortran}}}\n");
    let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn numpy_arrays_are_read_as_their_header_says() {
    let wanted = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let by_columns = [1.0, 4.0, 2.0, 5.0, 3.0, 6.0];
    let f32s = |numbers: &[f64]| numbers.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect::<Vec<u8>>();
    let files = [
        npy("<f4", "False", "(2, 3)", &f32s(&wanted)),
        npy("<f4", "True", "(2,3,)", &f32s(&by_columns)),
        npy("<f8", " False", "( 2,3)", &wanted.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>()),
        npy(">f8", "True", "(2L, 3L)", &by_columns.iter().flat_map(|x| x.to_be_bytes()).collect::<Vec<u8>>()),
        npy(">f4", "False", "(2, 3)", &wanted.iter().flat_map(|x| (*x as f32).to_be_bytes()).collect::<Vec<u8>>()),
        npy("<f2", "False", "(2, 3)", &[0x00, 0x3c, 0x00, 0x40, 0x00, 0x42, 0x00, 0x44, 0x00, 0x45, 0x00, 0x46]),
        npy("<i8", "False", "(2, 3)", &wanted.iter().flat_map(|x| (*x as i64).to_le_bytes()).collect::<Vec<u8>>()),
        npy("|u1", "False", "(2, 3)", &[1, 2, 3, 4, 5, 6]),
    ];
    for bytes in &files {
        let read = vectors("v.npy", bytes);
        assert_eq!((read.numbers.widened(), read.dims), (wanted.to_vec(), 3));
        assert_eq!(vectors("called.bin", bytes).dims, 3, "known by what is in it");
    }
    let precise = 1.0 + 1e-12;
    let read = vectors("v.npy", npy("<f8", "False", "(1, 1)", &f64::to_le_bytes(precise)));
    assert_eq!(read.numbers, Numbers::F64(vec![precise]));
    for (bytes, part) in [
        (npy("<f4", "False", "(6,)", &f32s(&wanted)), "1 dimensions"),
        (npy("<f4", "False", "(1, 2, 3)", &f32s(&wanted)), "3 dimensions"),
        (npy("<f4", "False", "(2, 4)", &f32s(&wanted)), "needs 32"),
        (npy("|O", "False", "(2, 3)", &[]), "Python objects"),
        (npy("<c8", "False", "(1, 3)", &f32s(&wanted)), "c8"),
        (npy("<f4", "False", "(0, 3)", &[]), "at least one vector"),
        (npy("<f4", "False", "(1, 1)", &f32::NAN.to_le_bytes()), "row 1: expected finite"),
        (b"\x93NUMPY\x01\x00\xff\xff{".to_vec(), "cut short"),
        (b"not numpy".to_vec(), "NumPy"),
    ] {
        let error = vectors_error("v.npy", bytes);
        assert!(error.contains(part), "{error}");
    }
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        writer.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

#[test]
fn archives_of_arrays_give_the_one_that_is_meant() {
    let array = |first: u8| npy("|u1", "False", "(1, 2)", &[first, 9]);
    let labels = npy("|u1", "False", "(2,)", &[0, 1]);
    assert_eq!(vectors("v.npz", npz(&[("x", array(1))])).numbers, Numbers::F64(vec![1.0, 9.0]));
    let with_labels = vectors("v.npz", npz(&[("labels", labels), ("x", array(2))]));
    assert_eq!(with_labels.numbers, Numbers::F64(vec![2.0, 9.0]));
    assert!(said(&with_labels.remarks).contains("not labels"));
    let two = npz(&[("x", array(3)), ("y", array(4))]);
    assert!(vectors_error("v.npz", &two).contains("x, y"));
    let reading = Reading { array: Some("y".to_owned()), ..Reading::default() };
    assert_eq!(vectors_as("v.npz", &two, &reading).expect("vectors").numbers, Numbers::F64(vec![4.0, 9.0]));
    assert!(
        vectors_error("v.npz", &two[..two.len() / 2]).contains("zip")
            || vectors_error("v.npz", &two[..two.len() / 2]).contains("npz")
    );
}

#[test]
fn nothing_behind_an_array_is_dropped() {
    for text in [
        "[{\"text\":\"a\"}][{\"text\":\"b\"}]",
        "[\"a\",\"b\"] xyz",
        "[\"a\",\"b\"],[\"c\"]",
        "[\n{\"text\":\"a\"}\n]\n[\n{\"text\":\"b\"}\n]\n",
    ] {
        assert!(phrases_error("p.json", text).contains("trailing characters"), "{text}");
    }
    assert!(vectors_error("v.json", "[[1,2],[3,4]][[5,6]]").contains("trailing characters"));
    assert_eq!(phrases("p.json", "[\"a\",\"b\"] \n\n"), ["a", "b"]);
}

/// Numbers above numbers may be names or not: what is known by its name decides, and where nothing does that is said.
#[test]
fn numbered_columns_beside_known_names_are_names() {
    for text in
        ["word,0,1\ncat,3,5\ndog,7,2\nsun,4,4\n", "text,1,2\ncat,3,5\ndog,7,2\nsun,4,4\n", "word,768\ncat,3\ndog,5\nsun,4\n"]
    {
        let read = vectors("v.csv", text);
        assert_eq!(read.phrases, ["cat", "dog", "sun"], "{text}");
        assert!(said(&read.remarks).contains("as the names of the columns"), "{text}: {}", said(&read.remarks));
    }
    let pairs = pairs_as("p.csv", "anchor,positive,0\na,b,1\nc,d,0\n", &Reading::default()).expect("pairs");
    assert_eq!(pairs.phrases.iter().map(|text| &**text).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(phrases("p.csv", "id,text,0\n1,cat,3\n2,dog,4\n"), ["cat", "dog"]);
    // A word of vectors may be one that columns are called, too.
    let read = vectors("v.csv", "text,0.25,0.5\ncat,3,5.5\n");
    assert_eq!(read.phrases, ["text", "cat"]);
    for text in ["0,1\n3,5\n7,2\n4,4\n", "0\n3.5\n7.25\n1.5\n"] {
        let read = vectors("v.csv", text);
        assert!(said(&read.remarks).contains("was read as data"), "{text}: {}", said(&read.remarks));
    }
}

#[test]
fn a_column_that_is_named_by_its_user_makes_the_first_row_names() {
    let named = |name: &str, role: Role| Reading { roles: [(name.to_owned(), role)].into(), ..Reading::default() };
    let read = phrases_as("p.csv", "a,b\nx,hello\ny,red\n", &named("b", Role::Phrase)).expect("phrases");
    assert_eq!(read.phrases, ["hello", "red"]);
    let read = phrases_as("p.csv", "Werk,Autor\nFaust,Goethe\nNathan,Lessing\n", &named("autor", Role::Phrase)).expect("phrases");
    assert_eq!(read.phrases, ["Goethe", "Lessing"]);
    let read = phrases_as("p.csv", "a,b\nx,hello\ny,red\n", &named("2", Role::Phrase)).expect("phrases");
    assert_eq!(read.phrases, ["b", "hello", "red"], "a number is a place");
}

#[test]
fn numbers_in_another_form_are_no_phrases() {
    for odd in ["\"0,5\"", "50%", "1.5f", "#N/A", "true"] {
        let text = format!("v0,v1,v2\n{odd},1,4\n{odd},3,5\n{odd},2,7\n");
        assert!(
            vectors_error("v.csv", &text).contains("expected numbers in the column \"v0\""),
            "{text}: {}",
            vectors_error("v.csv", &text)
        );
    }
    // Whoever says which are the numbers has said enough.
    let roles = [("v1".to_owned(), Role::Dimension), ("v2".to_owned(), Role::Dimension)].into();
    let read = vectors_as("v.csv", "v0,v1,v2\n50%,1,4\n60%,3,5\n", &Reading { roles, ..Reading::default() }).expect("vectors");
    assert_eq!(read.dims, 2);
    let read = vectors("v.csv", "name,v1,v2\ncat,1,4\ndog,3,5\n");
    assert!(read.phrases == ["cat", "dog"] && said(&read.remarks).contains("as no name tells"), "{}", said(&read.remarks));
}

/// Only blanks and tabs part words from numbers: other white space is a word, as fastText has some.
#[test]
fn white_space_of_other_kinds_is_a_word_of_vectors() {
    for word in ["\u{3000}", "\u{a0}", "\u{85}", "\u{2028}", "a\u{a0}b"] {
        let read = vectors("v.txt", format!("3 2\ncat 1 2\n{word} 3 4\nx 5 7\n"));
        assert_eq!((&read.phrases[1][..], read.dims), (word, 2), "{word:?}");
        let first = vectors("v.txt", format!("3 2\n{word} 3 4\ncat 1 2\nx 5 7\n"));
        assert_eq!(&first.phrases[0][..], word, "{word:?}");
    }
}

/// A phrase may look like a list of numbers where not all do.
#[test]
fn one_phrase_in_brackets_is_no_vector() {
    let read = vectors("v.csv", "phrase,v0,v1\nthe cat,1,2\n[1],3,4\nrain,5,6\n");
    assert_eq!((read.phrases, read.dims), (["the cat", "[1]", "rain"].map(str::to_owned).to_vec(), 2));
    let read = vectors("v.csv", "text,embedding\nthe cat,\"[1,2]\"\n[1],\"[3,4]\"\nsun,\"[5,7]\"\n");
    assert_eq!((read.phrases, read.dims), (["the cat", "[1]", "sun"].map(str::to_owned).to_vec(), 2));
    // What is wrong in a column of vectors is told with its line, as ever.
    let odd = vectors_error("v.csv", "text,embedding\nthe cat,\"[1,2]\"\nrain,nothing\nsun,\"[5,7]\"\n");
    assert!(odd.contains("line 3"), "{odd}");
    let excel = phrases("p.csv", "\"sep=;\"\ntext;topic\nthe cat;a\nthe dog;b\n");
    assert_eq!(excel, ["the cat", "the dog"]);
    let long = format!("{},b\nc,d\n", "w".repeat(1 << 20));
    assert!(pairs_error("p.csv", &long).contains("a first row of at most 1048576 bytes"), "{}", pairs_error("p.csv", &long));
}

/// Numbers whose bytes are not those that were saved are refused, in an archive that is packed and in one that is not.
#[test]
fn an_archive_in_which_a_bit_is_another_is_refused() {
    let numbers: Vec<u8> = (0..3200_u32).flat_map(|number| (number as f32 * 0.37).sin().to_le_bytes()).collect();
    let array = npy("<f4", "False", "(200, 16)", &numbers);
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file("x.npy", options).expect("an entry");
        writer.write_all(&array).expect("bytes");
        let mut bytes = writer.finish().expect("an archive").into_inner();
        assert_eq!(vectors("v.npz", &bytes).dims, 16);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        let error = vectors_error("v.npz", &bytes);
        assert!(error.contains("NumPy"), "{method:?}: {error}");
    }
}

/// Headers that announce more than there is memory for, or more than a number holds.
#[test]
fn headers_that_were_made_up_are_refused() {
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend((1_u32 << 22).to_le_bytes());
    long.resize(1 << 22, b' ');
    assert!(vectors_error("v.npy", &long).contains("a header of 4194304 bytes"), "{}", vectors_error("v.npy", &long));
    let packed = npz(&[("x", long)]);
    assert!(vectors_error("v.npz", &packed).contains("a header of 4194304 bytes"), "{}", vectors_error("v.npz", &packed));
    let each = (1_u64 << 61) - 1;
    let tensor =
        |n: u64| format!("\"{n}\":{{\"dtype\":\"U8\",\"shape\":[{each}],\"data_offsets\":[{},{}]}}", n * each, (n + 1) * each);
    let header = format!("{{{}}}", (0..8).map(tensor).collect::<Vec<_>>().join(","));
    let tensors = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    assert!(vectors_error("v.safetensors", &tensors).contains("are announced"), "{}", vectors_error("v.safetensors", &tensors));
}

/// Larger than what is read at a time, so that letters and ends of lines lie on both sides of a cut.
#[test]
fn large_texts_are_read_as_small_ones_are() {
    for end in ["\n", "\r\n"] {
        let line = |number: usize| format!("{}ä€𝄞 {number}{end}", "é".repeat(number % 7));
        let mut text: String = (0..40_000).map(line).collect();
        assert!(text.len() > 700_000);
        assert_eq!(phrases_as("p.txt", &text, &Reading::default()).expect("phrases").phrases.len(), 40_000);
        let quoted = |number: usize| format!("\"a{end}{number}, ä€𝄞\",\"b \"\"{number}\"\"\"{end}");
        let table: String = (0..20_000).map(quoted).collect();
        let pairs = pairs_as("p.csv", format!("anchor,positive{end}{table}"), &Reading::default()).expect("pairs");
        assert_eq!(pairs.pairs.len(), 20_000);
        let mut cut = text.clone().into_bytes();
        cut.extend("𝄞".bytes().take(3));
        let error = phrases_as("p.txt", &cut, &Reading::default()).expect_err("a letter that is cut");
        assert!(matches!(error, DataError::Encoding { place: Place::Line(40_001), .. }), "{error}");
        text.push_str(&"x".repeat(5 << 20));
        assert_eq!(phrases_as("p.txt", &text, &Reading::default()).expect("phrases").phrases.len(), 40_001, "a long line");
        let wide = "x\n".repeat(3 << 20);
        let pairs = pairs_as("p.csv", format!("anchor,positive\na,\"{wide}\"\n"), &Reading::default()).expect("a pair");
        assert_eq!(pairs.phrases.len(), 2, "a cell of many lines");
    }
}

#[test]
fn numbers_of_a_table_are_told_from_words_ids_and_years() {
    let files: [(&str, &str, Vec<f64>, &[&str]); 9] = [
        ("v.csv", "word,a,b\nnan,1,2\n1e5,3,4\n", vec![1.0, 2.0, 3.0, 4.0], &["nan", "1e5"]),
        ("v.csv", "id,v0,v1\n0,1.5,2\n1000,3,4\n", vec![1.5, 2.0, 3.0, 4.0], &[]),
        ("v.csv", "year,x,y\n1990,1.5,2\n1991,3,4\n", vec![1.5, 2.0, 3.0, 4.0], &[]),
        ("v.csv", ",0,1\n0,1.5,2\n1,3,4\n", vec![1.5, 2.0, 3.0, 4.0], &[]),
        ("v.csv", "0,1.5,2.5\n1,3.5,4.5\n", vec![1.5, 2.5, 3.5, 4.5], &[]),
        ("v.tsv", "1.5\t2\n3\t4\n", vec![1.5, 2.0, 3.0, 4.0], &[]),
        ("v.csv", "phrase;x;y\na;1,5;2\nb;3;4\n", vec![1.5, 2.0, 3.0, 4.0], &["a", "b"]),
        ("v.txt", "2 2\ndog 1.5 2\nwild cat 3 4\n", vec![1.5, 2.0, 3.0, 4.0], &["dog", "wild cat"]),
        ("v.txt", "# saved by numpy\n1.5e+00 2.0e+00\n3.0e+00 4.0e+00\n", vec![1.5, 2.0, 3.0, 4.0], &[]),
    ];
    for (name, text, numbers, words) in files {
        let read = vectors(name, text);
        assert_eq!((read.numbers, read.dims), (Numbers::F64(numbers), 2), "{text:?}");
        assert_eq!(read.phrases, words, "{text:?}");
    }
    let told =
        Reading { roles: [("year".to_owned(), Role::Dimension), ("x".to_owned(), Role::Dimension)].into(), ..Reading::default() };
    assert_eq!(vectors_as("v.csv", "year,x,y\n1990,1.5,2\n", &told).expect("vectors").numbers, Numbers::F64(vec![1990.0, 1.5]));
}

#[test]
fn bad_vector_files_are_refused_with_the_place() {
    for (name, text, part) in [
        ("v.csv", "a,b\n1,2\n1e400,3\n", "line 3: expected a finite number, got 1e400, which is too large"),
        ("v.csv", "a,b\n1,2\n3,nan\n", "line 3"),
        ("v.csv", "a,b\n1,2\n3\n", "line 3"),
        ("v.tsv", "1\t2\n3\tx\n", "line 2: expected a number"),
        ("v.txt", "3 2\na 1 2\nb 3 4\n", "3 vectors, as the first line says, got 2"),
        ("v.txt", "a 1 2\nb 3\n", "line 2"),
        ("v.csv", "", "empty"),
    ] {
        let error = vectors_error(name, text);
        assert!(error.contains(part), "{text:?}: {error}");
    }
}

#[test]
fn kinds_of_file_that_are_not_read_are_refused_by_name() {
    let mut workbook = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    workbook.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).expect("an entry");
    let workbook = workbook.finish().expect("an archive").into_inner();
    let files: [(&str, Vec<u8>, &str); 8] = [
        ("p.xlsx", workbook.clone(), "Excel workbook (.xlsx)"),
        ("p.csv", workbook, "Excel workbook (.xlsx)"),
        ("p.xls", b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), "old Excel"),
        ("p.h5", b"\x89HDF\r\n".to_vec(), "HDF5"),
        ("p.feather", b"ARROW1\0\0".to_vec(), "Feather"),
        ("p.pkl", b"\x80\x04\x95".to_vec(), "pickle"),
        ("p.csv.zst", b"\x28\xb5\x2f\xfd\x04".to_vec(), "zstd"),
        ("p.pdf", b"%PDF-1.7".to_vec(), "PDF"),
    ];
    for (name, bytes, word) in files {
        for error in [phrases_error(name, &bytes), pairs_error(name, &bytes), vectors_error(name, &bytes)] {
            assert!(error.contains(word), "{name}: {error}");
        }
    }
    let array = npy("|u1", "False", "(1, 2)", &[1, 2]);
    assert!(phrases_error("v.npy", &array).contains("a file of vectors"));
    assert!(pairs_error("v.npy", &array).contains("vectors"));
}

#[test]
fn packed_files_are_unpacked_and_that_is_said() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"text,n\none,1\ntwo,2\n").expect("bytes");
    let packed = packer.finish().expect("bytes");
    let read = phrases_as("p.csv.gz", &packed, &Reading::default()).expect("phrases");
    assert_eq!(read.phrases, ["one", "two"]);
    assert!(said(&read.remarks).contains("gzip"));
    assert!(Given::new("p.csv.gz", packed[..packed.len() - 9].to_vec()).expect_err("cut").to_string().contains("gzip"));
}

fn written(table: &Table, format: TableFormat) -> Vec<u8> {
    let writing = Writing { format, guards_cells: false };
    match write_table(table, writing, &mut progress::ignore).expect("bytes").contents {
        Contents::File(bytes) => bytes,
        Contents::Folder(_) => panic!("a folder"),
    }
}

#[test]
fn vectors_read_back_as_written_in_every_format() {
    let values = [0.1, -2.5e-8, 3.0, 0.25, 1e10, -0.0];
    let precise = [0.1, 1.0 + f64::EPSILON, 3.0, 1e-300, 0.3, 12345678.901234567];
    for format in TableFormat::ALL.iter().copied().filter(|format| format.ending().is_some() && format.holds(Shape::Vectors)) {
        let name = format!("v.{}", format.name());
        let table = Table::default().of_space(Some("a space".to_owned())).with_phrases(["one, two", "12"]);
        let read = vectors(&name, written(&table.clone().with_vectors(3, Values::Single(values.as_slice().into())), format));
        let narrow: Vec<f32> = read.numbers.widened().into_iter().map(|number| number as f32).collect();
        assert_eq!((narrow.as_slice(), read.dims), (values.as_slice(), 3), "{name}");
        let has_phrases = !matches!(format, TableFormat::Npy | TableFormat::Tsv);
        assert_eq!(read.phrases.len(), if has_phrases { 2 } else { 0 }, "{name}");
        let has_space = matches!(format, TableFormat::Jsonl | TableFormat::Parquet | TableFormat::Safetensors);
        assert_eq!(read.space.is_some(), has_space, "{name}");
        let wide = vectors(&name, written(&table.with_vectors(3, Values::Double(precise.as_slice().into())), format));
        assert_eq!(wide.numbers.widened(), precise, "{name}");
    }
}

// Parquet, as others write it.

#[cfg(feature = "parquet")]
#[test]
fn parquet_of_other_programs_is_read() {
    let file = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        std::fs::read(path).expect("a fixture")
    };
    let set = pairs("p.parquet", file("pairs_pyarrow.parquet"));
    let wanted = [
        ("what is tea", "a drink", Some("a car"), Some(1.0)),
        ("what is tea", "a drink", Some("a stone"), Some(1.0)),
        ("red, \"roses\"", "flowers\nthat are red", None, Some(0.5)),
    ];
    assert_eq!(rows(&set), wanted);
    assert!(said(&set.remarks).contains("1 row is left out") && said(&set.remarks).contains("\"id\""), "{:?}", set.remarks);
    assert_eq!(phrases("p.parquet", file("phrases_pandas.parquet")), ["one", "two"]);
    let wanted = [0.1_f32, -2.5e-8, 3.0, 1.0, 2.0, 4.0];
    for (name, words) in [("vectors_polars.parquet", 2), ("vectors_fixed.parquet", 0), ("vectors_columns.parquet", 2)] {
        let read = vectors("called.bin", file(name));
        let narrow: Vec<f32> = read.numbers.widened().into_iter().map(|number| number as f32).collect();
        assert_eq!((narrow.as_slice(), read.dims, read.phrases.len()), (wanted.as_slice(), 3, words), "{name}");
    }
    let whole = file("pairs_pyarrow.parquet");
    for cut in [4, 40, whole.len() - 5] {
        assert!(pairs_error("p.parquet", &whole[..cut]).contains("Parquet"), "{cut}");
    }
}

#[test]
fn what_is_in_a_file_counts_more_than_its_name() {
    for (name, text) in [
        ("p.csv", "{\"phrase\":\"a\"}\n{\"phrase\":\"b\"}\n"),
        ("-", "[{\"text\":\"a\"},\n{\"text\":\"b\"}]"),
        ("p.txt", "[\n  \"a\",\n  \"b\"\n]\n"),
    ] {
        let read = phrases_as(name, text, &Reading::default()).expect("phrases");
        assert_eq!(read.phrases, ["a", "b"], "{text:?}");
        assert!(said(&read.remarks).contains("read as JSON"), "{:?}", read.remarks);
    }
    assert_eq!(phrases("p.txt", "[intro] hello\n{sic} there\n"), ["[intro] hello", "{sic} there"]);
    assert_eq!(vectors("v.txt", "[0.1, 0.2]\n[0.3, 0.4]\n").dims, 2);
    let zeros = phrases_error("p.txt", b"a\0b\nc\n");
    assert!(zeros.starts_with("line 1") && zeros.contains("zero"), "{zeros}");
    assert!(phrases_error("p.txt", b"\xff\xfe\0\0a\0\0\0").contains("UTF-32"));
    assert_eq!(phrases("p.txt", "a\rb\nc\r\nd"), ["a", "b", "c", "d"]);
}

#[test]
fn commas_in_phrases_and_numbers_are_no_separators_beside_others() {
    let set = pairs("p.csv", "a, b;c, d\ne, f;g, h\n");
    assert_eq!(rows(&set), [("a, b", "c, d", None, None), ("e, f", "g, h", None, None)]);
    assert!(said(&set.remarks).contains("semicolons"));
    let half = Numbers::F64(vec![0.5, 1.5, 2.5, 3.25]);
    for (name, text) in
        [("v.csv", "0,5;1,5\n2,5;3,25\n"), ("v.txt", "0,5 1,5\n2,5 3,25\n"), ("v.csv", "x;y\n0,5;1,5\n2,5;3,25\n")]
    {
        assert_eq!(vectors(name, text).numbers, half, "{text:?}");
    }
    assert_eq!(vectors("v.txt", "dog 0,5 1,5\ncat 2,5 3,25\n").phrases, ["dog", "cat"]);
    // Two whole numbers are a row like others where no words follow.
    assert_eq!(vectors("v.txt", "2 2\n3 4\n5 9\n").numbers.len(), 6);
    let counted = vectors("v.txt", "2 2\n0.5 1.5\n2.5 3.25\n");
    assert_eq!(counted.numbers, half);
    assert!(said(&counted.remarks).contains("first line (2 2)"));
}

#[test]
fn vectors_in_cells_are_lists_as_pandas_writes_them() {
    for text in ["text,embedding\na,\"[0.5, 1.5]\"\nb,\"[2.5, 3.25]\"\n", "text,embedding\na,[0.5 1.5]\nb,\"[2.5\n 3.25]\"\n"] {
        let read = vectors("v.csv", text);
        assert_eq!((read.numbers, read.phrases), (Numbers::F64(vec![0.5, 1.5, 2.5, 3.25]), vec!["a".to_owned(), "b".to_owned()]));
    }
    assert_eq!(phrases("p.csv", "text,n\n\"[1, 2]\",1\n"), ["[1, 2]"]);
    let error = pairs_error("p.csv", "query,positives\na,\"['b', 'c']\"\n");
    assert!(error.starts_with("line 2") && error.contains("a list written as text"), "{error}");
}

#[test]
fn more_names_of_scores_are_known_and_shares_beside_two_texts_are_scores() {
    let mrpc = pairs("p.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t7\t8\ta b\tc d\n0\t9\t10\te f\tg h\n");
    assert_eq!(rows(&mrpc), [("a b", "c d", None, Some(1.0)), ("e f", "g h", None, Some(0.0))]);
    let unnamed = pairs("p.csv", "query,passage,how much\na,b,0.9\nc,d,0.1\n");
    assert_eq!(rows(&unnamed)[0].3, Some(0.9));
    assert!(said(&unnamed.remarks).contains("\"how much\" as the score"), "{:?}", unnamed.remarks);
    let views = pairs("p.csv", "query,passage,views\na,b,17\nc,d,3\n");
    assert!(rows(&views)[0].3.is_none() && said(&views.remarks).contains("not read: \"views\""));
    // Three columns of texts with names of their own are asked for, not guessed.
    assert!(pairs_error("p.csv", "url,title,body\nhttp,a title of it,the body of it\n").contains("url, title, body"));
    let both = Labels { positive: vec!["a".into()], negative: vec!["A".into()] };
    let error = pairs_as("p.csv", "anchor,positive,label\na,b,a\n", &Reading { labels: both, ..Reading::default() });
    assert!(error.expect_err("one meaning").to_string().contains("one thing"));
    let without = pairs("p.csv", "anchor,positive,negative\na,b,c\nd,e,\n");
    assert!(said(&without.remarks).contains("1 row is without a negative"));
}

#[test]
fn columns_of_one_name_and_words_for_nothing_are_said() {
    let twins = phrases_as("p.csv", "id,text,text\n1,a,b\n", &Reading::default()).expect("phrases");
    assert!(
        twins.phrases == ["a"] && said(&twins.remarks).contains("several columns are called \"text\""),
        "{:?}",
        twins.remarks
    );
    assert_eq!(phrases_as("p.csv", "id,text,text\n1,a,b\n", &roles(&[("3", Role::Phrase)])).expect("phrases").phrases, ["b"]);
    let nulls = phrases_as("p.csv", "text,n\nNA,1\nnull,2\na,3\n", &Reading::default()).expect("phrases");
    assert!(nulls.phrases.len() == 3 && said(&nulls.remarks).contains("2 phrases are such as NA"), "{:?}", nulls.remarks);
    let none = phrases_error("p.jsonl", "{\"text\":null}\n{\"text\":null}\n");
    assert!(none.contains("2 rows are left out"), "{none}");
    let index = vectors("v.csv", "x,y,index\n0.5,0.3,0.9\n0.7,0.1,0.2\n");
    assert!(index.dims == 2 && said(&index.remarks).contains("1 column is no dimension: \"index\""), "{:?}", index.remarks);
}

#[test]
fn a_column_of_few_texts_is_a_group_and_no_pair() {
    let text: String = (0..9).map(|row| format!("phrase number {row},{}\n", ["tea", "rain", "rock"][row % 3])).collect();
    for header in ["", "what,kind of\n"] {
        let table = given("p.csv", format!("{header}{text}"));
        let shown = data::preview(&table, &Reading::default(), None).expect("a preview");
        assert_eq!(shown.meaning, Meaning::Phrases, "{header:?}");
        assert_eq!(shown.columns.iter().map(|column| column.role).collect::<Vec<_>>(), [Role::Phrase, Role::Group]);
    }
}

#[test]
fn a_first_row_with_one_word_that_is_a_name_is_not_taken_for_names_in_silence() {
    let times = vectors("v.csv", "time,0.5,1.5\nyear,1,2.5\n");
    assert_eq!((times.numbers.len(), times.phrases.len()), (4, 2), "{:?}", times.remarks);
    for text in ["no,nein\nyes,ja\n", ",what\nq1,a1\n", "answer,Antwort\nquestion,Frage\n"] {
        let set = pairs("p.csv", text);
        assert!(said(&set.remarks).contains("the first row ("), "{text:?}: {:?}", set.remarks);
    }
    let lines = phrases("p.txt", "no, thanks\nyes, please\n");
    assert_eq!(lines, ["no, thanks", "yes, please"]);
    let prose = "Text, question, answer\nThis is, what, I wrote\n";
    let table = phrases_as("p.txt", prose, &Reading::default()).expect("phrases");
    assert_eq!(table.remarks[0].way, Some(Way::Separator));
    let lines = Reading { separator: Some(b'\n'), ..Reading::default() };
    assert_eq!(phrases_as("p.txt", prose, &lines).expect("phrases").phrases.len(), 2);
}

#[test]
fn what_is_said_of_columns_is_done_or_refused() {
    let by_name = |name: &str| roles(&[(name, Role::Phrase)]);
    let text = "Text,text,a,a,1\nb,c,d,e,f\n";
    for (name, wanted) in [("Text", "b"), ("text", "c"), ("A", ""), ("1", "f"), ("2", "c")] {
        let read = phrases_as("p.csv", text, &Reading { header: Some(true), ..by_name(name) });
        assert_eq!(read.map(|read| read.phrases[0].clone()).unwrap_or_default(), wanted, "{name}");
    }
    let twice = roles(&[("2", Role::Anchor), ("answer", Role::Positive)]);
    assert!(pairs_as("p.csv", "question,answer\na,b\n", &twice).expect_err("two roles").to_string().contains("one role"));
    let second = Reading { roles_by_place: [(1, Role::Phrase)].into(), ..Reading::default() };
    assert_eq!(phrases_as("p.csv", "text,text\na,b\n", &second).expect("phrases").phrases, ["b"]);
    let labels = Labels { positive: vec!["entailment".into()], negative: vec![] };
    let without = Reading { labels, ..Reading::default() };
    let error = pairs_as("p.csv", "premise,hypothesis,verdict\na,b,entailment\n", &without).expect_err("no labels");
    assert!(error.to_string().contains("labels or scores"), "{error}");
    let scaled = Reading { score_max: 5.0, ..Reading::default() };
    assert!(pairs_as("p.csv", "anchor,positive\na,b\n", &scaled).is_err());
}

#[test]
fn comments_commas_and_keys_that_are_there_twice_are_said() {
    let hash = vectors("v.txt", "# 0.5 1.5\ndog 2.5 3.25\n");
    assert_eq!(hash.phrases, ["#", "dog"]);
    assert_eq!(vectors("v.txt", "# saved\n2 2\ndog 1.5 2\ncat 3 4\n").phrases, ["dog", "cat"]);
    assert_eq!(vectors("v.txt", "18446744073709551615 2\n0.5 1.5\n").numbers.len(), 4);
    let ids = vectors("v.txt", "0 0.5 1.5\n1 2.5 3.5\n");
    assert!(ids.dims == 2 && said(&ids.remarks).contains("counts the lines"), "{:?}", ids.remarks);
    let commas = vectors("v.tsv", "x\ty\n1,234\t2\n3\t4\n");
    assert!(said(&commas.remarks).contains("the comma in 1 number was read as a decimal point"), "{:?}", commas.remarks);
    let twice = phrases_as("p.jsonl", "{\"text\":\"a\",\"text\":\"b\"}\n", &Reading::default()).expect("phrases");
    assert!(twice.phrases == ["b"] && said(&twice.remarks).contains("twice in 1 object"), "{:?}", twice.remarks);
    assert!(vectors_error("v.jsonl", "{\"text\":[\"a\"],\"vector\":[1,2]}\n").contains("one text as the phrase"));
    let some = vectors("v.jsonl", "{\"text\":\"a\",\"vector\":[1,2]}\n{\"vector\":[3,4]}\n");
    assert!(said(&some.remarks).contains("1 of 2 vectors have no phrase"), "{:?}", some.remarks);
    assert!(vectors_error("v.json", "{\"data\":[{\"embedding\":\"AACAPw==\"}]}").contains("base64"));
    assert_eq!(phrases("p.csv", "ORCID,name\n17,ann lee\n").len(), 1);
    assert_eq!(phrases("p.txt", "ORCHIDS are flowers\nBZh is a name\n").len(), 2);
}

#[test]
fn tables_with_large_cells_in_quotes_keep_their_separator() {
    let cell = format!("\"{}\"", "a line of it\n".repeat(3000));
    let text: String = (0..60).map(|row| format!("{row};{cell}\n")).collect();
    assert!(text.len() > 2 << 20);
    assert_eq!(phrases("p.csv", format!("id;text\n{text}")).len(), 60);
    let plain = Reading { plain_quotes: true, ..Reading::default() };
    let set = pairs_as("p.csv", "\"a;b\nc;d\n", &plain).expect("pairs");
    assert_eq!(rows(&set)[0], ("\"a", "b", None, None));
}

// Documents and judgements.

#[test]
fn documents_and_judgements_are_read_as_retrieval_benchmarks_write_them() {
    let documents = |name: &str, text: &str| data::read_documents(&given(name, text), &Reading::default(), &mut progress::ignore);
    let beir = "{\"_id\":\"d1\",\"title\":\"Tea\",\"text\":\"a drink\"}\n{\"_id\":\"d2\",\"title\":\"\",\"text\":\"water\"}\n{\"_id\":\"d3\",\"text\":\"\"}\n";
    let read = documents("corpus.jsonl", beir).expect("documents");
    let found: Vec<_> =
        read.documents.iter().map(|found| (found.id.as_str(), found.title.as_deref(), found.text.as_str())).collect();
    assert_eq!(found, [("d1", Some("Tea"), "a drink"), ("d2", None, "water")]);
    assert!(said(&read.remarks).contains("1 row is left out, as it has no text"));
    let lines = documents("p.txt", "a drink\n\nwater\n").expect("documents");
    assert_eq!(lines.documents.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(documents("p.jsonl", "{\"text\":[1,2]}\n").is_err());

    let judgements =
        |name: &str, text: &str| data::read_judgements(&given(name, text), &Reading::default(), &mut progress::ignore);
    for (name, text) in [
        ("test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n"),
        ("test.csv", "qid,pid,relevance\nq1,d1,1\nq1,d2,0\n"),
        ("qrels.tsv", "q1\t0\td1\t1\nq1\t0\td2\t0\n"),
        ("test.jsonl", "{\"query\":\"q1\",\"doc\":\"d1\",\"grade\":1}\n{\"query\":\"q1\",\"doc\":\"d2\",\"grade\":0}\n"),
    ] {
        let read = judgements(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: Vec<_> =
            read.judgements.iter().map(|found| (found.query.as_str(), found.document.as_str(), found.grade)).collect();
        assert_eq!(found, [("q1", "d1", 1.0), ("q1", "d2", 0.0)], "{name}");
    }
    assert_eq!(judgements("test.csv", "query,document\nq1,d1\n").expect("judgements").judgements[0].grade, 1.0);
    let error = judgements("test.csv", "qid,pid,relevance\nq1,d1,much\n").expect_err("no number").to_string();
    assert!(error.starts_with("line 2: expected a number as the grade"), "{error}");
    assert!(judgements("test.csv", "a,b,score\nx,y,1\n").expect_err("no names").to_string().contains("query and document"));
}

// The preview.

#[test]
fn a_preview_shows_what_would_be_read() {
    let table = given("p.csv", "id;question;answer\n1;a b;c\n2;d;e\n");
    let shown = data::preview(&table, &Reading::default(), None).expect("a preview");
    assert_eq!((shown.meaning, shown.separator, shown.has_names), (Meaning::Pairs, Some(b';'), true));
    let found: Vec<(&str, Role)> = shown.columns.iter().map(|column| (column.name.as_str(), column.role)).collect();
    assert_eq!(found, [("id", Role::Unread), ("question", Role::Anchor), ("answer", Role::Positive)]);
    assert_eq!(shown.columns[1].cells, ["a b", "d"]);
    let as_phrases = data::preview(&table, &Reading::default(), Some(Meaning::Phrases)).expect("a preview");
    assert_eq!(as_phrases.columns.iter().filter(|column| column.role == Role::Phrase).count(), 1);
    // What can't be told apart is shown to be told.
    let unclear = given("p.jsonl", "{\"w\":\"a\",\"x\":\"b\",\"y\":\"c\",\"z\":\"d\"}\n");
    let shown = data::preview(&unclear, &Reading::default(), Some(Meaning::Pairs)).expect("a preview");
    assert!(shown.columns.iter().all(|column| column.role == Role::Unread));
    for (text, meaning) in [
        ("text,topic\na,b\n", Meaning::Phrases),
        ("title,views\nthe cat sat on it,5\nrain fell on us,7\n", Meaning::Phrases),
        ("a b c,d e f\ng h i,j k l\n", Meaning::Pairs),
        ("x,y,z\n0.1,0.2,0.3\n", Meaning::Vectors),
    ] {
        assert_eq!(
            data::preview(&given("p.csv", text), &Reading::default(), None).expect("a preview").meaning,
            meaning,
            "{text:?}"
        );
    }
}

/// Measured with the output of `benches/peers/read_pairs.py` beside: `cargo test -- --ignored --nocapture a_million`.
#[test]
#[ignore = "takes a minute"]
fn a_million_pairs_are_read() {
    let text = |seed: u64, row: u64| {
        let word = |k: u64| (seed + row * 8 + k).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 46;
        (0..8).map(|k| format!("w{}", word(k))).collect::<Vec<_>>().join(" ")
    };
    let rows: Vec<[String; 2]> = (0..1_000_000).map(|row| [text(1, row), text(1 << 40, row)]).collect();
    let csv: String = rows.iter().map(|[a, b]| format!("{a},{b}\n")).collect();
    let jsonl: String = rows.iter().map(|[a, b]| format!("{{\"anchor\":\"{a}\",\"positive\":\"{b}\"}}\n")).collect();
    let column = |side: usize| Cells::texts(rows.iter().map(|row| row[side].as_str()));
    let parquet = written(&Table::default().with("anchor", column(0)).with("positive", column(1)), TableFormat::Parquet);
    drop(rows);
    let files =
        [("m.csv", format!("anchor,positive\n{csv}").into_bytes()), ("m.jsonl", jsonl.into_bytes()), ("m.parquet", parquet)];
    let folder = std::env::temp_dir();
    for (name, bytes) in files {
        std::fs::write(folder.join(name), &bytes).expect("a file");
        let started = std::time::Instant::now();
        let set = pairs(name, bytes);
        println!("{name}: {} pairs in {:.2} s", set.pairs.len(), started.elapsed().as_secs_f64());
        assert_eq!(set.pairs.len(), 1_000_000);
    }
}
