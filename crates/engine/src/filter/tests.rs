//! Results and errors of filters: each line observed on Milvus 2.3.5, or taken from its source.
//!
//! Guarantees: [`check`] runs a filter over a table of seven rows, [`refuse`] checks the position and the message of an
//! error. Random filters agree with a naive evaluator, and random texts never panic. Leaves out: nothing.

use super::*;
use crate::batch::tests::{row, schema};

/// Keys 1 to 7 in this order.
fn table() -> Batch {
    let rows = [
        row(1, "a", 3, 0.5, true),
        row(2, "ab", -7, -1.0, false),
        row(3, "b%", 0, f64::NAN, true),
        row(4, "", i64::MAX, f64::INFINITY, false),
        row(5, "文档 5", i64::MIN, 5.0, true),
        row(6, "it's \"x\"", 10, 1e300, false),
        row(7, "a\\%", 9_007_199_254_740_993, -0.0, false),
    ];
    Batch::of_rows(&schema(), &rows).expect("a batch")
}

fn check(text: &str, expected: &[i64]) {
    let filter = Filter::parse(text, &schema()).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    let batch = table();
    let flags = filter.select(&batch);
    assert_eq!(flags.len(), batch.rows());
    let found: Vec<i64> =
        batch.keys().iter().zip(flags).filter(|(_, flag)| *flag).map(|(key, _)| *key).collect();
    assert_eq!(found, expected, "{text}");
}

fn refuse(text: &str, place: &str, words: &str) {
    let refusal = Filter::parse(text, &schema()).expect_err(text);
    assert_eq!(refusal.code, "bad_filter");
    let comma = if place.is_empty() || place.contains(',') { "" } else { "," };
    assert!(refusal.error.contains(&format!("character {place}{comma}")), "{text}: {}", refusal.error);
    assert!(refusal.error.contains(words), "{text}: {}", refusal.error);
}

const ALL: [i64; 7] = [1, 2, 3, 4, 5, 6, 7];

#[test]
fn comparisons() {
    check("", &ALL);
    check(" \t\r\n", &ALL);
    check("id < 3", &[1, 2]);
    check("3 > id", &[1, 2]);
    check("id<=2&&id>=2", &[2]);
    check("id>3and id<6", &[4, 5]);
    check("id >= 3 and id != 4 && (id < 6)", &[3, 5]);
    check("id == 1 or id == 2 and n == 0", &[1]);
    check("(id == 1 or id == 2) and n == 3", &[1]);
    check("id == 1 || id == 7", &[1, 7]);
    check("n == 9223372036854775807", &[4]);
    check("n <= -9223372036854775807 - 1", &[5]);
    check("+n == 3 and +(+b) == true", &[1]);
    check("b == true", &[1, 3, 5]);
    check("true == b", &[1, 3, 5]);
    check("b != TRUE", &[2, 4, 6, 7]);
    check("b == False", &[2, 4, 6, 7]);
    check("b < true", &[2, 4, 6, 7]);
    check("b == (1 < 2)", &[1, 3, 5]);
    check("text == \"ab\"", &[2]);
    check("text < 'b'", &[1, 2, 4, 7]);
    check("text >= \"b\"", &[3, 5, 6]);
    check("text != ''", &[1, 2, 3, 5, 6, 7]);
    check("text == '文档 5'", &[5]);
    check("x > 1", &[4, 5, 6]);
    check("x == 5 or x == 0.5", &[1, 5]);
    check("x == 0", &[7]);
    check("x != x", &[3]);
    check("x != 5", &[1, 2, 3, 4, 6, 7]);
    check("not (x > 1)", &[1, 2, 3, 7]);
    check("n < x", &[2, 4, 5, 6]);
    check("n == id", &[]);
    check("n != n", &[]);
    check("text == text", &ALL);
    check("b == b", &ALL);
}

#[test]
fn words_and_blanks() {
    refuse("id > 1 AND id < 3", "8, at “AND id < 3”", "expected an operator");
    refuse("id > 1 OR id < 3", "8", "expected an operator");
    refuse("NOT (id > 1)", "5", "expected an operator");
    refuse("id IN [1]", "4", "expected an operator");
    refuse("id not  in [1]", "4", "expected an operator");
    refuse("id not\tin [1]", "4", "expected an operator");
    refuse("id in[1]", "4, at “in[1]”", "expected an operator");
    check("id in[1,2]", &[1, 2]);
    check("id not in[1,2,3,4,5]", &[6, 7]);
    refuse("id = 3", "4, at “= 3”", "expected");
    refuse("id > 3 # 4", "8", "expected");
    refuse("id\u{a0}> 3", "3", "expected");
    refuse("id >", "5, at the end", "expected a field");
    refuse("文档 > 3", "1, at “文档 > 3”", "expected");
    refuse("text == '文' id", "13, at “id”", "expected an operator");
    refuse("(id < 3", "8, at the end", "closing parenthesis");
    refuse("id < 3)", "7", "expected an operator");
    refuse("id < 3 and", "11, at the end", "expected a field");
    refuse("id == $meta", "7", "expected");
    refuse("id[0] == 1", "1", "JSON");
    refuse("exists id", "1", "JSON");
    refuse("json_contains(id, 1)", "1", "JSON");
    refuse("id == [1, 2]", "7", "expected a field");
}

#[test]
fn fields() {
    refuse("colour == 3", "1, at “colour == 3”", "no field “colour”");
    refuse("id > 1 and Id > 1", "12", "no field “Id”");
    for text in ["vector == 1", "vector in []", "1 < id and vector like 'a'"] {
        let place = text.find("vector").expect("a place") + 1;
        refuse(text, &place.to_string(), "“vector” is a vector");
    }
}

#[test]
fn a_filter_is_a_predicate() {
    let words = "predicate is not a boolean expression";
    for text in ["b", "id", "true", "1", "'a'", "n + 1", "1 + 1", "1 < 2", "not (1 < 2)", "true and false"] {
        refuse(text, "1", words);
    }
    refuse("(b)", "2", words);
    refuse("b and id > 3", "1", "between boolean expressions");
    refuse("id > 3 and b", "12", "between boolean expressions");
    refuse("id > 3 or true", "11", "between boolean expressions");
    refuse("id > 3 and 1 < 2", "12", "between boolean expressions");
}

#[test]
fn not() {
    check("not (id > 3)", &[1, 2, 3]);
    check("!(id > 3)", &[1, 2, 3]);
    check("not not (id > 3)", &[4, 5, 6, 7]);
    check("not text like \"a%\"", &[3, 4, 5, 6]);
    check("not (id > 1) and id < 3", &[1]);
    check("b == not true", &[2, 4, 6, 7]);
    refuse("not n > 3", "5, at “n > 3”", "not can only be applied on boolean expression");
    refuse("not b", "5", "not can only be applied on boolean expression");
    refuse("not id in [1]", "5", "");
    refuse("not 1", "5", "not can only");
    check("not(id in [1])", &ALL[1..]);
    // The longest token wins: “not in” and “ner”.
    refuse("not inner > 3", "1, at “not inner > ”", "expected a field");
}

#[test]
fn like() {
    check("text like \"a%\"", &[1, 2, 7]);
    check("text LIKE 'a%'", &[1, 2, 7]);
    check("text like 'ab'", &[2]);
    check("text like ''", &ALL);
    check("text like '%'", &ALL);
    check("text like 'a%%'", &[1, 2, 7]);
    check("text like 'a_'", &[]);
    check("text like '文%' or text like 'it\\'s%'", &[5, 6]);
    check("text like 'a\\\\%'", &[7]);
    check("text like 'b\\\\%'", &[]);
    for text in ["text like '%a'", "text like 'a%b'", "text like 'a%b%'", "text like '%a%'"] {
        refuse(text, "1", "unsupported pattern");
    }
    refuse("n like 'a%'", "1", "varchar");
    refuse("'a' like 'a%'", "1", "varchar");
    refuse("text Like 'a%'", "6", "expected an operator");
    refuse("text like a", "11, at “a”", "a text in quotes");
    refuse("text like ('a')", "11", "a text in quotes");
}

#[test]
fn whole_numbers_and_fractions() {
    refuse("n > 1.5", "5, at “1.5”", "“n” is int64, and this constant is double");
    refuse("n == 1.0", "6", "int64");
    refuse("1.5 < n", "1", "int64");
    refuse("n in [1, 1.5]", "10, at “1.5]”", "int64");
    refuse("1.5 < n < 3", "1", "int64");
    refuse("1 < n < 3.0", "9", "int64");
    refuse("n == 2 ** 2", "6", "int64");
    refuse("n == '3'", "6", "varchar");
    refuse("text == 3", "9", "int64");
    refuse("b == 1", "6", "bool");
    refuse("n == true", "6", "bool");
    refuse("text == n", "1", "varchar is never compared with int64");
    refuse("b == n", "1", "bool is never compared with int64");
    refuse("x == b", "1", "double is never compared with bool");
    refuse("true < false", "1", "no order");
    refuse("1 == 'a'", "1", "never compared");
    refuse("(n > 1) == true", "2", "not compared again");
    refuse("n > 1 > 0", "1", "not compared again");
}

#[test]
fn ranges() {
    check("1 < id < 5", &[2, 3, 4]);
    check("5 >= id >= 2 + 1", &[3, 4, 5]);
    check("5 > id >= 3", &[3, 4]);
    check("5 < id < 1", &[]);
    check("\"a\" < text < \"c\"", &[2, 3, 7]);
    check("0 < x <= 5", &[1, 5]);
    check("0.5 <= x < 5.5 and 1 <= id < 3", &[1]);
    refuse("1 < id > 0", "1", "not compared again");
    refuse("1 < id < n", "10", "expected a constant");
    refuse("n < id < 3", "1", "expected a constant");
    refuse("1 < (id) < 3", "1", "not compared again");
    refuse("false < b < true", "9", "bool");
    refuse("'a' < n < 'b'", "1", "int64");
    refuse("1 < id < 5 < 7", "1", "not compared again");
}

#[test]
fn lists() {
    check("id in [1, 3,99]", &[1, 3]);
    check("id in [1,2,]", &[1, 2]);
    check("id in [ ]", &[]);
    check("id not in []", &ALL);
    check("id not in [3, 3, 1, 2]", &[4, 5, 6, 7]);
    check("id in [1 + 1, 0x3, -4]", &[2, 3]);
    check("x in [5, 0, 0.5]", &[1, 5, 7]);
    check("x not in [5]", &[1, 2, 3, 4, 6, 7]);
    check("text in ['ab', \"a\", '']", &[1, 2, 4]);
    check("b in [true]", &[1, 3, 5]);
    check("b not in [true, false]", &[]);
    refuse("id in [,]", "8", "expected a field");
    refuse("id in [1", "9, at the end", "closing bracket");
    refuse("id in 1", "7", "a list in brackets");
    refuse("id in (1, 2)", "7", "a list in brackets");
    refuse("id in [n]", "8", "expected a constant");
    refuse("id in [1, 'a']", "11", "varchar");
    refuse("1 in [1]", "1", "single field");
    refuse("n + 1 in [1]", "1", "single field");
    refuse("1 in id", "6", "a list in brackets");
}

#[test]
fn arithmetic_on_fields() {
    check("n + 1 == 4", &[1]);
    check("1 + n == 4", &[1]);
    check("n - 1 != 2", &ALL[1..]);
    check("2 * n == 6", &[1]);
    check("6 == n * 2", &[1]);
    check("n / 2 == -3", &[2]);
    check("n % 3 == -1", &[2]);
    check("(n + 1) == 4", &[1]);
    check("n + 1 == -9223372036854775807 - 1", &[4]);
    check("n / -1 == 7", &[2]);
    check("n / -1 == -9223372036854775807 - 1", &[5]);
    check("n % 2 == 1 and id > 4", &[]);
    check("x * 2 == 1", &[1]);
    check("x + 0.5 == 1", &[1]);
    check("x / 0 == 1", &[]);
    refuse("n + 1 > 3", "1", "== or != only");
    refuse("n + 1 + 1 == 5", "1", "only one operation");
    refuse("n + (n + 1) == 5", "1", "only one operation");
    refuse("n + id == 5", "1", "between fields");
    refuse("n + 1 == id", "1", "a constant only");
    refuse("3 - n == 1", "1", "to the left");
    refuse("n + 1 == 2.0", "10", "int64");
    refuse("n * 1.5 == 3", "5", "answers wrongly");
    refuse("1.5 * n == 3", "1", "answers wrongly");
    refuse("n % 2.5 == 1", "5", "answers wrongly");
    refuse("x % 2 == 1", "1", "integer types");
    refuse("n / 0 == 1", "5", "division by zero kills Milvus 2.3.5");
    refuse("n % 0 == 1", "5", "division by zero");
    refuse("text + 'a' == 'b'", "1", "between numbers");
    refuse("b + 1 == 2", "1", "between numbers");
    refuse("n + true == 2", "5", "bool");
    refuse("-n == 3", "2", "only before numbers");
    refuse("n ** 2 == 4", "1", "on constants");
}

#[test]
fn constants_fold_as_in_go() {
    let three = "n == ";
    for constant in ["7 / 2", "1 + 2", "0x3", "0b11", "03", "7 % 4", "+3", "- -3", "2 * 3 / 2", "5 - 1 - 1"] {
        check(&format!("{three}{constant}"), &[1]);
    }
    check("id == -(-7 % 3) and n == 3", &[1]);
    check("n == 012", &[6]);
    check("n == 9223372036854775807 + 1", &[5]);
    check("id == 010 - 1", &[7]);
    check("x == 10 / 2.0", &[5]);
    check("x == 7 / 2 + 2", &[5]);
    check("x == 1. / 2", &[1]);
    check("x == .5", &[1]);
    check("x == 5e-1 or x == 0.05E+2", &[1, 5]);
    check("x == 4 ** .5 ** 1 + 3", &[5]);
    check("x == -2 ** 2 + 9", &[5]);
    check("x == 2 ** 3 ** 2 - 59", &[5]);
    check("x == 2 ** -1", &[1]);
    check("x > 1e308 * 10", &[]);
    check("x in [1e308 * 10]", &[4]);
    check("x == 0.5", &[1]);
    refuse("x == 0x1p3", "7", "expected an operator");
    check("x in [1e308 * 10 - 1e308 * 10, 5]", &[5]);
    refuse("n == 9223372036854775808", "6", "above 9223372036854775807");
    refuse("n == -9223372036854775808", "7", "above 9223372036854775807");
    refuse("x == 1e400", "6", "beyond double");
    refuse("n == 08", "7", "expected an operator");
    refuse("n == 1 / 0", "6", "division by zero");
    refuse("x == 1.0 % 2", "6", "integer types");
    refuse("text == \"a\" + \"b\"", "9", "between numbers");
    refuse("x == -true", "7", "only before numbers");
    for operator in ["1 << 2", "8 >> 1", "1 & 1", "1 ^ 1", "1 | 1", "~1"] {
        refuse(operator, "", "not supported");
    }
}

#[test]
fn texts() {
    check(r#"text == "it's \"x\"""#, &[6]);
    check(r#"text == 'it\'s "x"'"#, &[6]);
    check(r#"text == "\141""#, &[1]);
    check(r#"text == "\x61b""#, &[2]);
    check(r#"text == "\xe6\x96\x87档 5""#, &[5]);
    check(r#"text == "\u6587\U00006863\x205""#, &[5]);
    check(r#"text == "a\\%""#, &[7]);
    check(
        r#"text == 'a
'"#
        .replace('\n', "\\n")
        .as_str(),
        &[],
    );
    for bad in [r#""\?""#, r#""\1""#, r#""\400""#, r#""\x6""#, r#""\xff""#, r#""\ud800""#, "\"\\\n\""] {
        refuse(&format!("text == {bad}"), "9", "");
    }
    for open in ["'a", "\"a", "'a\nb'", r"'\q'", r"'a\'", "u8'a"] {
        refuse(&format!("text == {open}"), "9", "ends with its quote");
    }
    assert_eq!(lex::unquote("u8\"a\"").as_deref(), Ok("8\"a"));
    assert_eq!(lex::unquote(r"'\a\b\f\n\r\t\v'").as_deref(), Ok("\x07\x08\x0c\n\r\t\x0b"));
}

#[test]
fn named_keys() {
    let keys = |text| Filter::parse(text, &schema()).expect(text).named_keys();
    assert_eq!(keys("id == 5"), Some(vec![5]));
    assert_eq!(keys("5 == (+id)"), Some(vec![5]));
    assert_eq!(keys("(id in [3, 1, 3])"), Some(vec![1, 3]));
    assert_eq!(keys("id in []"), Some(vec![]));
    for text in ["", "n == 5", "id != 5", "id >= 5", "id not in [5]", "id == 5 or id == 6", "id == n"] {
        assert_eq!(keys(text), None, "{text}");
    }
    assert!(Filter::parse(" ", &schema()).expect("blank").is_all());
    assert!(!Filter::parse("id > 0", &schema()).expect("reads").is_all());
}

#[test]
fn depth_is_bounded() {
    for (part, many) in
        [("(", 1_000_000), ("not ", 100_000), ("- ", 100_000), ("id in [", 100_000), ("1 < id < ", 99_999)]
    {
        assert!(Filter::parse(&part.repeat(many), &schema()).is_err());
    }
    for (part, end) in [("1+", "1 == id"), ("not ", "(id > 3)"), ("- ", "1 == id"), ("1 ** ", "1 == id")] {
        let refusal = Filter::parse(&(part.repeat(10_000) + end), &schema()).expect_err(part);
        assert!(refusal.error.contains("nests deeper"), "{part}: {refusal}");
    }
    let deep = format!("{}id > 3{}", "(".repeat(90), ")".repeat(90));
    check(&deep, &[4, 5, 6, 7]);
    check(&format!("{}id == 7", "id == 1 or ".repeat(10_000)), &[1, 7]);
    check(&format!("id in [{}3]", "3,".repeat(10_000)), &[3]);
}
