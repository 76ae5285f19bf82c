//! Files of phrases, pairs and vectors: what people have, and what goes wrong with it.

use embedding_playground::data::{
    self, DataError, Format, PairSet, TableFormat, VectorRows, read_phrases, read_vectors, write_vectors,
};
use embedding_playground::progress;

fn read_pairs(bytes: &[u8], format: Format) -> Result<PairSet, DataError> {
    data::read_pairs(&mut &*bytes, format, 1.0, bytes.len() as u64, &mut progress::ignore)
}

fn pairs_error(text: &str, format: Format) -> String {
    read_pairs(text.as_bytes(), format).expect_err("a bad file").to_string()
}

#[test]
fn pairs_are_read_by_name_or_by_order_from_every_format() {
    let files = [
        (Format::Csv, "anchor,positive,negative\na,b,c\n\"d, e\",f,\n"),
        (Format::Csv, "\u{feff}id,Positive,Anchor,Negative\r\n1,b,a,c\r\n2,f,\"d, e\",\r\n"),
        (Format::Tsv, "a\tb\tc\nd, e\tf\t\n"),
        (Format::Jsonl, "{\"question\":\"a\",\"answer\":\"b\",\"bad\":\"c\"}\n{\"question\":\"d, e\",\"answer\":\"f\"}\n"),
        (Format::Jsonl, "{\"positive\":\"b\",\"anchor\":\"a\",\"negative\":\"c\"}\n\n{\"anchor\":\"d, e\",\"positive\":\"f\"}\n"),
    ];
    for (format, text) in files {
        let set = read_pairs(text.as_bytes(), format).expect("pairs");
        let phrase = |row: u32| &*set.phrases[row as usize];
        let found: Vec<_> =
            set.pairs.iter().map(|pair| (phrase(pair.anchor), phrase(pair.positive), pair.negative.map(phrase))).collect();
        assert_eq!(found, [("a", "b", Some("c")), ("d, e", "f", None)], "{text:?}");
    }
}

#[test]
fn columns_without_known_names_are_read_by_order_with_a_remark() {
    let named = read_pairs(b"sentence1,sentence2,label\na,b,1\n", Format::Csv).expect("pairs");
    assert_eq!(named.remark, None);
    let files = [
        (Format::Csv, "foo,bar\na,b\n", 2, None, "line 1 names no known columns and was read as a pair: \"foo\" and \"bar\""),
        (Format::Tsv, "a\tb\t0.8\nc\td\t0.2\n", 2, Some(0.8), "pair: \"a\" and \"b\", with the score \"0.8\""),
        (Format::Csv, "a,b,c\n", 1, None, "with the negative \"c\""),
        (Format::Csv, "question,answer,label\na,b,0\n", 1, Some(0.0), "\"answer\" as the positive and \"label\" as the score"),
        (Format::Csv, "score,q,a\n1,a,b\n", 1, Some(1.0), "\"q\" was read as the anchor"),
        (Format::Jsonl, "{\"q\":\"a\",\"to\":\"b\",\"like\":0.5}\n", 1, Some(0.5), "\"like\" as the score"),
        (Format::Jsonl, "{\"q\":\"a\",\"to\":\"b\",\"not\":\"c\"}\n", 1, None, "\"not\" as the negative"),
    ];
    for (format, text, n_pairs, score, said) in files {
        let set = read_pairs(text.as_bytes(), format).expect("pairs");
        assert_eq!(set.pairs.len(), n_pairs, "{text:?}");
        assert_eq!(set.pairs[0].score.map(data::Score::value), score, "{text:?}");
        let remark = set.remark.unwrap_or_default();
        assert!(remark.contains(said), "{remark}");
    }
    assert!(pairs_error("a,label\nb,1\n", Format::Csv).contains("no column \"anchor\""));
    assert!(pairs_error("a,b,0.5\nc,d,e\n", Format::Csv).contains("line 2: expected a number as label or score"));
}

#[test]
fn bad_pair_files_are_refused_with_the_line() {
    assert!(pairs_error("", Format::Csv).contains("empty"));
    assert!(pairs_error("anchor,positive\n", Format::Csv).contains("empty"));
    assert!(pairs_error("anchor,text\na,b\n", Format::Csv).contains("no column \"positive\""));
    assert!(pairs_error("anchor,positive\na,b\nc\n", Format::Csv).contains("line 3"));
    assert!(pairs_error("anchor,positive\na,\n", Format::Csv).contains("line 2: expected a phrase as positive"));
    for same in ["a,a\n", "a,b,a\n", "a,b,b\n"] {
        assert!(pairs_error(same, Format::Csv).contains("different phrases"));
    }
    assert!(pairs_error("just one column\n", Format::Tsv).contains("1 column"));
    assert!(pairs_error("{\"anchor\": 1\n", Format::Jsonl).contains("line 1: expected a JSON object"));
    let bytes = b"anchor,positive\na,b\nc,\xff\n";
    let error = read_pairs(bytes, Format::Csv).expect_err("not UTF-8").to_string();
    assert!(error.contains("line 3") && error.contains("0xff"), "{error}");
}

#[test]
fn a_line_of_a_megabyte_is_a_phrase_and_messages_stay_short() {
    let long = "x".repeat(1 << 20);
    assert_eq!(read_phrases(long.as_bytes(), Format::Lines, None).expect("phrases"), std::slice::from_ref(&long));
    assert!(pairs_error(&format!("{{{long}\n"), Format::Jsonl).len() < 300);
}

#[test]
fn phrases_come_from_lines_or_a_column() {
    assert_eq!(read_phrases(b"one\n\n two \n", Format::Lines, None).expect("phrases"), ["one", " two "]);
    assert_eq!(read_phrases(b"id,text\n1,one\n2,two\n", Format::Csv, None).expect("phrases"), ["one", "two"]);
    assert_eq!(read_phrases(b"id\ttitle\n1\tone\n", Format::Tsv, Some("title")).expect("phrases"), ["one"]);
    assert_eq!(read_phrases(b"{\"title\":\"one\"}\n", Format::Jsonl, Some("title")).expect("phrases"), ["one"]);
    let error = read_phrases(b"id,text\n1,one\n", Format::Csv, Some("titel")).expect_err("no column").to_string();
    assert!(error.contains("id, text"), "{error}");
    assert!(read_phrases(b"\n  \n", Format::Lines, None).is_err());
}

#[test]
fn vectors_read_back_as_written_in_every_format() {
    let rows = VectorRows {
        values: vec![0.1, -2.5e-8, 3.0, 0.25, 1e10, -0.0],
        dims: 3,
        phrases: vec!["one, two".to_owned(), "12".to_owned()],
        space: Some("a space".to_owned()),
    };
    let formats = [
        (Format::Npy, TableFormat::Npy),
        (Format::Csv, TableFormat::Csv),
        (Format::Tsv, TableFormat::Tsv),
        (Format::Jsonl, TableFormat::Jsonl),
    ];
    for (format, written) in formats {
        let mut bytes = Vec::new();
        write_vectors(&rows, written, &mut bytes).expect("bytes");
        let back = read_vectors(&bytes, format).expect("vectors");
        assert_eq!((&back.values, back.dims), (&rows.values, 3), "{format:?}");
        if matches!(format, Format::Csv | Format::Jsonl) {
            assert_eq!(back.phrases, rows.phrases, "{format:?}");
        }
    }
}

#[test]
fn bad_vector_files_are_refused() {
    let error = |text: &str, format: Format| read_vectors(text.as_bytes(), format).expect_err("a bad file").to_string();
    assert!(error("0.1,0.x2,0.3\n1,2,3\n", Format::Csv).contains("line 1"), "a typo is no header");
    assert!(error("1\t2\n3\n", Format::Tsv).contains("line 2"));
    assert!(error("1\t2\n3\tnan\n", Format::Tsv).contains("finite"));
    assert!(error("1\t2\n3\tx\n", Format::Tsv).contains("a number"));
    assert!(error("", Format::Csv).contains("empty"));
    assert!(error("not numpy", Format::Npy).contains("NumPy"));
    let two_spaces = "{\"vector\":[1,2],\"space\":\"a\"}\n{\"vector\":[1,2],\"space\":\"b\"}\n";
    assert!(error(two_spaces, Format::Jsonl).contains("can't be compared"));
    let mut truncated = Vec::new();
    write_vectors(&VectorRows { values: vec![1.0; 6], dims: 3, ..Default::default() }, TableFormat::Npy, &mut truncated)
        .expect("bytes");
    assert!(read_vectors(&truncated[..truncated.len() - 3], Format::Npy).is_err());
}
