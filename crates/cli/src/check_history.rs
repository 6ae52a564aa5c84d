//! `quorum-lab check-history`: checks whether a history of client operations, one JSON line each, is linearizable.
//!
//! Guarantees: the answer is one line of JSON; keys and values may be any JSON and are the same if they are equal as
//! JSON; a malformed line is rejected with its number and nothing is checked. Leaves out: the check itself (`history`).

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use quorum_linearize::{Cause, Contradiction, Kind, Op, Status};
use quorum_types::Refusal;

/// Above this, different integers may become equal when JSON is read.
const EXACT_BELOW: f64 = 18_446_744_073_709_551_615.0;
/// A value longer than this is cut short in a sentence.
const LONG: usize = 60;

/// Judges what comes in, or a file; whether it is linearizable.
pub(super) fn run(file: Option<&Path>, mut input: impl Read, out: &mut impl Write) -> Result<bool, Refusal> {
    let mut bytes = Vec::new();
    let cannot = |error: std::io::Error| Refusal::new("cannot_read", error.to_string());
    let read = match file {
        None => input.read_to_end(&mut bytes).map_err(cannot),
        Some(path) => std::fs::File::open(path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|error| Refusal::new("cannot_read", format!("{}: {error}", path.display()))),
    };
    match read.and_then(|_| judge(&bytes)) {
        Ok((linearizable, answer)) => {
            super::write(out, &answer)?;
            Ok(linearizable)
        }
        Err(refusal) => {
            let (code, error) = (Value::from(refusal.code.as_str()), Value::from(refusal.error.as_str()));
            super::write(out, &format!(r#"{{"ok":false,"code":{code},"error":{error}}}"#))?;
            Err(refusal)
        }
    }
}

/// The verdict on the lines, and the answer that contains it.
fn judge(bytes: &[u8]) -> Result<(bool, String), Refusal> {
    let (mut history, mut lines, mut names) = (Vec::new(), Vec::new(), Names::default());
    for (number, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let bad = |why: String| Refusal::new("bad_line", format!("line {}: {why}", number + 1));
        let text = std::str::from_utf8(line).map_err(|_| bad("not UTF-8".to_owned()))?;
        let line: Line = serde_json::from_str(text)
            .map_err(|error| bad(error.to_string().replace(" at line 1 column ", " at column ")))?;
        history.push(line.op(&mut names).map_err(bad)?);
        lines.push(text);
    }
    let verdict = quorum_linearize::check(&history);
    let linearizable = verdict.linearizable();
    let mut answer =
        format!(r#"{{"ok":true,"linearizable":{linearizable},"ops":{},"keys":{}"#, verdict.ops, verdict.keys);
    if let Some(why) = &verdict.why {
        // The operations are printed exactly as they were read, to the byte.
        let ops: Vec<&str> = why.ops.iter().map(|&place| lines[place]).collect();
        let key = &line(lines[why.at]).key;
        let text = Value::from(sentence(why, &history, &lines));
        answer.push_str(&format!(r#","why":{{"key":{key},"ops":[{}],"text":{text}}}"#, ops.join(",")));
    }
    answer.push('}');
    Ok((linearizable, answer))
}

/// A line as it stands there.
#[derive(Default, Deserialize)]
struct Line {
    #[serde(default)]
    client: Value,
    key: Value,
    kind: String,
    #[serde(default, deserialize_with = "there")]
    arg: Option<Value>,
    #[serde(default)]
    value: Value,
    status: String,
    start: u64,
    #[serde(default)]
    end: Option<u64>,
}

/// Distinguishes `null` from a missing field.
fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads a line again that was read before.
fn line(text: &str) -> Line {
    serde_json::from_str(text).unwrap_or_default()
}

impl Line {
    fn op(self, names: &mut Names) -> Result<Op, String> {
        let status = match self.status.as_str() {
            "ok" => Status::Ok,
            "fail" => Status::Fail,
            "info" => Status::Info,
            other => return Err(format!("status “{other}” is none of ok, fail, info")),
        };
        if self.end.is_some_and(|end| end < self.start) {
            return Err("it ends before it starts".to_owned());
        }
        let kind = match (self.kind.as_str(), self.arg) {
            ("read", _) => {
                let value = names.number(self.value)?;
                Kind::Read { value: (status == Status::Ok).then_some(value) }
            }
            ("write", Some(value)) => Kind::Write { value: names.number(value)? },
            ("write", None) => return Err("a write needs the value as its arg".to_owned()),
            ("cas", Some(Value::Array(pair))) => {
                let Ok([from, to]) = <[Value; 2]>::try_from(pair) else {
                    return Err("a cas needs [from, to] as its arg".to_owned());
                };
                let swapped = match (status, self.value) {
                    (Status::Ok, Value::Bool(swapped)) => Some(swapped),
                    (Status::Ok, _) => return Err("a cas that is ok has value true or false".to_owned()),
                    _ => None,
                };
                Kind::Cas { from: names.number(from)?, to: names.number(to)?, swapped }
            }
            ("cas", _) => return Err("a cas needs [from, to] as its arg".to_owned()),
            (other, _) => return Err(format!("kind “{other}” is none of read, write, cas")),
        };
        // A key is a name of its own even if it is null.
        let key = names.number(Value::Array(vec![self.key]))?;
        let client = names.number(self.client)?;
        Ok(Op { client, key, kind, status, start: self.start, end: self.end })
    }
}

/// Numbers for JSON values: equal ones have one, and null has 0.
#[derive(Default)]
struct Names {
    known: BTreeMap<Name, u64>,
}

/// A JSON value in a form that can be compared: numbers are what counts most.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Whole(i128),
    Text(String),
    Other(String),
}

impl Names {
    fn number(&mut self, value: Value) -> Result<u64, String> {
        let name = match plain(value)? {
            Value::Null => return Ok(0),
            Value::Number(number) => match number.as_i128() {
                Some(whole) => Name::Whole(whole),
                None => Name::Other(number.to_string()),
            },
            Value::String(text) => Name::Text(text),
            other => Name::Other(other.to_string()),
        };
        let next = self.known.len() as u64 + 1;
        Ok(*self.known.entry(name).or_insert(next))
    }
}

/// The same value with `5.0` written as `5`, wherever it stands.
fn plain(value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            Some(float) if float.abs() >= EXACT_BELOW => {
                return Err(format!(
                    "the number {number} is too large to be distinguished from others; send it as a string"
                ));
            }
            Some(float) if float.fract() == 0.0 => {
                Value::from(serde_json::Number::from_i128(float as i128).unwrap_or(number))
            }
            _ => Value::Number(number),
        },
        Value::Array(values) => Value::Array(values.into_iter().map(plain).collect::<Result<_, _>>()?),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| Ok((name, plain(value)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other,
    })
}

/// The contradiction for a person.
fn sentence(why: &Contradiction, history: &[Op], lines: &[&str]) -> String {
    let at = line(lines[why.at]);
    let (op, key) = (phrase(&at), short(&at.key));
    let seen = match (history[why.at].kind, &at.arg) {
        (Kind::Cas { .. }, Some(Value::Array(pair))) => short(pair.first().unwrap_or(&Value::Null)),
        _ => short(&at.value),
    };
    match why.cause {
        Cause::NeverWritten => format!("Nothing ever wrote {seen} to {key}, and yet {op}."),
        Cause::NotYetWritten => {
            format!("On key {key}, {op}; but whatever wrote {seen} started only after that had ended.")
        }
        Cause::Overwritten { by } => {
            let by = phrase(&line(lines[by]));
            format!("On key {key}, {op}; but {seen} had been overwritten before that started: {by}.")
        }
        Cause::Together if why.ops.len() == 1 => {
            format!("On key {key}, {op}, which no register would answer.")
        }
        Cause::Together => {
            format!(
                "No order of these {} operations on key {key} explains all their answers; the last is that {op}.",
                why.ops.len()
            )
        }
    }
}

/// What an operation did, and when.
fn phrase(line: &Line) -> String {
    let client = short(&line.client);
    let arg = line.arg.as_ref().map(short).unwrap_or_default();
    let did = match (line.kind.as_str(), &line.value, line.status.as_str()) {
        ("read", value, _) => format!("read {}", short(value)),
        ("write", ..) => format!("wrote {arg}"),
        (_, Value::Bool(true), "ok") => format!("swapped {arg}"),
        (_, Value::Bool(false), "ok") => format!("was refused to swap {arg}"),
        _ => format!("tried to swap {arg}"),
    };
    let end = line.end.map_or_else(|| "no end".to_owned(), |end| end.to_string());
    format!("client {client} {did} (from {} to {end})", line.start)
}

/// A value as JSON, cut short if it is long.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONG {
        return text;
    }
    text.chars().take(LONG).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    /// The answer to some lines, and the exit status that goes with it.
    fn answer(lines: &[u8]) -> (u8, String) {
        let mut out = Vec::new();
        let status = match run(None, lines, &mut out) {
            Ok(true) => 0,
            Ok(false) => 1,
            Err(_) => 2,
        };
        (status, String::from_utf8(out).expect("UTF-8"))
    }

    fn check(lines: &str, status: u8, expected: &Expect) {
        let (left, text) = answer(lines.as_bytes());
        expected.assert_eq(&text);
        assert_eq!(left, status);
    }

    const WRITES: &str = r#"{"client":1,"key":"x","kind":"write","arg":5,"status":"ok","start":10,"end":15}
{"client":2,"key":"x","kind":"cas","arg":[5,"six"],"value":true,"status":"ok","start":20,"end":25}
"#;

    #[test]
    fn histories_are_answered_to_the_byte() {
        check(
            "",
            0,
            &expect![[r#"
            {"ok":true,"linearizable":true,"ops":0,"keys":0}
        "#]],
        );
        check(
            WRITES,
            0,
            &expect![[r#"
            {"ok":true,"linearizable":true,"ops":2,"keys":1}
        "#]],
        );
        let read = |value: &str, start: u64| {
            format!(
                r#" {{"client":3, "key":"x","kind":"read","value":{value},"status":"ok","start":{start},"end":{start}9}}"#
            )
        };
        check(
            &format!("{WRITES}\n{}\r\n", read("\"six\"", 3)),
            0,
            &expect![[r#"
            {"ok":true,"linearizable":true,"ops":3,"keys":1}
        "#]],
        );
        check(
            &format!("{}\n{WRITES}", read("5.0", 30)),
            1,
            &expect![[r#"
                {"ok":true,"linearizable":false,"ops":3,"keys":1,"why":{"key":"x","ops":[{"client":1,"key":"x","kind":"write","arg":5,"status":"ok","start":10,"end":15},{"client":2,"key":"x","kind":"cas","arg":[5,"six"],"value":true,"status":"ok","start":20,"end":25},{"client":3, "key":"x","kind":"read","value":5.0,"status":"ok","start":30,"end":309}],"text":"On key \"x\", client 3 read 5.0 (from 30 to 309); but 5.0 had been overwritten before that started: client 2 swapped [5,\"six\"] (from 20 to 25)."}}
            "#]],
        );
        check(
            &format!("{}\n{WRITES}", read("null", 30)),
            1,
            &expect![[r#"
            {"ok":true,"linearizable":false,"ops":3,"keys":1,"why":{"key":"x","ops":[{"client":1,"key":"x","kind":"write","arg":5,"status":"ok","start":10,"end":15},{"client":3, "key":"x","kind":"read","value":null,"status":"ok","start":30,"end":309}],"text":"On key \"x\", client 3 read null (from 30 to 309); but null had been overwritten before that started: client 1 wrote 5 (from 10 to 15)."}}
        "#]],
        );
        check(
            &format!("{WRITES}{}", read("{\"a\":[1]}", 30)),
            1,
            &expect![[r#"
            {"ok":true,"linearizable":false,"ops":3,"keys":1,"why":{"key":"x","ops":[{"client":3, "key":"x","kind":"read","value":{"a":[1]},"status":"ok","start":30,"end":309}],"text":"Nothing ever wrote {\"a\":[1]} to \"x\", and yet client 3 read {\"a\":[1]} (from 30 to 309)."}}
        "#]],
        );
        check(
            &format!("{WRITES}{}", read("\"six\"", 1)),
            1,
            &expect![[r#"
                {"ok":true,"linearizable":false,"ops":3,"keys":1,"why":{"key":"x","ops":[{"client":3, "key":"x","kind":"read","value":"six","status":"ok","start":1,"end":19},{"client":2,"key":"x","kind":"cas","arg":[5,"six"],"value":true,"status":"ok","start":20,"end":25}],"text":"On key \"x\", client 3 read \"six\" (from 1 to 19); but whatever wrote \"six\" started only after that had ended."}}
            "#]],
        );
    }

    #[test]
    fn what_contradicts_is_shown_in_sentences() {
        check(
            r#"{"client":1,"key":"k","kind":"write","arg":1,"status":"ok","start":0,"end":1}
{"client":2,"key":"k","kind":"write","arg":2,"status":"info","start":2,"end":null}
{"client":3,"key":"other","kind":"read","value":null,"status":"ok","start":2,"end":9}
{"client":3,"key":"k","kind":"read","value":2,"status":"ok","start":10,"end":12}
{"client":4,"key":"k","kind":"read","value":1,"status":"ok","start":13,"end":14}
"#,
            1,
            &expect![[r#"
                {"ok":true,"linearizable":false,"ops":5,"keys":2,"why":{"key":"k","ops":[{"client":1,"key":"k","kind":"write","arg":1,"status":"ok","start":0,"end":1},{"client":2,"key":"k","kind":"write","arg":2,"status":"info","start":2,"end":null},{"client":3,"key":"k","kind":"read","value":2,"status":"ok","start":10,"end":12},{"client":4,"key":"k","kind":"read","value":1,"status":"ok","start":13,"end":14}],"text":"No order of these 4 operations on key \"k\" explains all their answers; the last is that client 4 read 1 (from 13 to 14)."}}
            "#]],
        );
        check(
            r#"{"client":1,"key":7,"kind":"write","arg":1,"status":"ok","start":0,"end":1}
{"client":"b","key":7,"kind":"cas","arg":[1,2],"value":false,"status":"ok","start":2,"end":4}
{"client":"b","key":7,"kind":"write","arg":3,"status":"fail","start":5,"end":6}
"#,
            1,
            &expect![[r#"
                {"ok":true,"linearizable":false,"ops":3,"keys":1,"why":{"key":7,"ops":[{"client":1,"key":7,"kind":"write","arg":1,"status":"ok","start":0,"end":1},{"client":"b","key":7,"kind":"cas","arg":[1,2],"value":false,"status":"ok","start":2,"end":4}],"text":"No order of these 2 operations on key 7 explains all their answers; the last is that client \"b\" was refused to swap [1,2] (from 2 to 4)."}}
            "#]],
        );
        check(
            r#"{"key":null,"kind":"cas","arg":[null,null],"value":false,"status":"ok","start":2,"end":4}"#,
            1,
            &expect![[r#"
                {"ok":true,"linearizable":false,"ops":1,"keys":1,"why":{"key":null,"ops":[{"key":null,"kind":"cas","arg":[null,null],"value":false,"status":"ok","start":2,"end":4}],"text":"On key null, client null was refused to swap [null,null] (from 2 to 4), which no register would answer."}}
            "#]],
        );
    }

    #[test]
    fn a_line_that_cannot_be_used_is_refused_with_its_number() {
        let check = |from: &str, to: &str, why: &str| {
            let line = r#"{"client":1,"key":"x","kind":"cas","arg":[1,2],"value":true,"status":"ok","start":10,"end":15}"#;
            let (status, text) = answer(format!("{WRITES}\n{}\n{WRITES}", line.replace(from, to)).as_bytes());
            let answer: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(
                (status, &answer["ok"], &answer["code"]),
                (2, &false.into(), &"bad_line".into()),
                "{text}"
            );
            let error = answer["error"].as_str().expect("a sentence");
            assert!(error.starts_with("line 4: ") && error.contains(why), "{error}");
        };
        check("}", "", "EOF");
        check(r#""key":"x","#, "", "missing field `key`");
        check("cas", "swap", "kind “swap”");
        check("[1,2]", "[1,2,3]", "[from, to]");
        check("[1,2]", "5", "[from, to]");
        check("[1,2]", "[1,2e300]", "too large");
        check("true", "null", "true or false");
        check("\"ok\"", "\"maybe\"", "status “maybe”");
        check("15", "9", "ends before");
        check("15", "-1", "expected u64");
        check("10", "1.5", "expected u64");
        check("cas", "write\",\"arg\":1,\"client\":\"", "duplicate field");
        check(r#""kind":"cas","arg":[1,2]"#, r#""kind":"write""#, "its arg");
        assert_eq!(answer(b"\xff").0, 2);
        let mut out = Vec::new();
        let refusal = run(Some(Path::new("/no/such/file")), &b""[..], &mut out).expect_err("no file");
        assert_eq!(refusal.code, "cannot_read");
    }

    #[test]
    fn equal_json_is_one_value_and_other_json_another() {
        let same = |a: &str, b: &str| {
            let lines = format!(
                "{{\"key\":0,\"kind\":\"write\",\"arg\":{a},\"status\":\"ok\",\"start\":0,\"end\":1}}\n\
                 {{\"key\":0,\"kind\":\"read\",\"value\":{b},\"status\":\"ok\",\"start\":2,\"end\":3}}"
            );
            answer(lines.as_bytes()).0 == 0
        };
        for (a, b) in
            [("5", "5.0"), ("-0.0", "0"), ("[1.0]", "[ 1 ]"), ("null", "null"), (r#""\u0041""#, "\"A\"")]
        {
            assert!(same(a, b), "{a} {b}");
        }
        assert!(same(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#));
        for (a, b) in
            [("5", "\"5\""), ("0", "null"), ("false", "0"), ("\"\"", "null"), ("[1]", "1"), ("0.1", "0.2")]
        {
            assert!(!same(a, b), "{a} {b}");
        }
        assert!(!same("18446744073709551615", "18446744073709551614"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_line_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..100),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        ) {
            let mut changed = WRITES.as_bytes().to_vec();
            for (at, byte) in &changes {
                let at = at.index(changed.len());
                changed[at] = *byte;
            }
            if !changes.is_empty() {
                changed.extend_from_slice(&bytes);
            }
            let (_, text) = answer(&changed);
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok_and(|answer| answer["ok"].is_boolean()), "{text}");
        }
    }
}
