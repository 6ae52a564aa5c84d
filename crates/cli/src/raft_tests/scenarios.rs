//! Runs the scenarios in `scenarios/raft`, one a file.
//!
//! A file begins with comments: `# Raft 5.2` names what it checks (a section of the paper or the thesis, etcd, or a
//! part of this program), and the next line says what must hold. Then come lines as `quorum-lab raft` reads them. Below
//! a line follows the expected answer, on one or more lines:
//!
//! - `{"expect":{"role":"leader","term":1}}`: these fields of the answer, as printed and next to each other;
//! - `{"net":{"id":1,…}}`: the next message that `net` lists; all of them have to be named;
//! - `{"violation":"election_safety"}`: the next invariant that `check` finds broken; all of them have to be named.
//!
//! Guarantees: a difference is reported with file and line; a line without an expectation must be answered
//! `{"ok":true}`; a flag that is only printed when it is true must be expected; a file without an expectation or
//! without a source fails. A file that switches a rule off must break the invariant that the rule protects, and the
//! same lines with the rule on break nothing. Leaves out: scenarios of the core alone, message by message
//! (`raft/scenarios`).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{last, run};

/// What a scenario may cite.
const SOURCES: [&str; 6] =
    ["# Raft ", "# thesis ", "# etcd ", "# repair.rs", "# FAST 2018", "# quorum-lab raft"];
/// Fields that an answer has only when they say something: they must be expected.
const FLAGS: [&str; 4] = ["lost", "recovering", "excused", "ok"];
/// Rules that no scenario here breaks: it takes time or clients to break them (`sim::swarm`).
const ELSEWHERE: [&str; 2] = ["randomised_timeouts", "apply_once"];

/// A line of a scenario that is sent, its number, and the lines that follow it until the next.
struct Sent<'a> {
    number: usize,
    line: &'a str,
    expected: Vec<(usize, &'a str)>,
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/raft");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let mut files: Vec<PathBuf> = list(&root).iter().flat_map(|folder| list(folder)).collect();
    files.sort();
    files
}

/// What is inside a line such as `{"expect":{…}}`.
fn within<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix(&format!("{{\"{word}\":"))?.strip_suffix('}')
}

fn parse(text: &str) -> Vec<Sent<'_>> {
    let mut list: Vec<Sent<'_>> = Vec::new();
    for (number, line) in
        (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#') && !line.is_empty())
    {
        let expects = ["expect", "net", "violation"].iter().any(|word| within(line, word).is_some());
        match list.last_mut().filter(|_| expects) {
            Some(sent) => sent.expected.push((number, line)),
            None => list.push(Sent { number, line, expected: Vec::new() }),
        }
    }
    list
}

/// Compares the fields that a line expects with those of an answer; the text too, so that their order counts.
fn expect_fields(inner: &str, answer: &str, value: &Value) -> Result<(), String> {
    let wrong = || format!("expected {inner}, answered {answer}");
    let expected: Value = serde_json::from_str(inner).map_err(|error| format!("{error}: {inner}"))?;
    let fields = expected.as_object().filter(|fields| !fields.is_empty()).ok_or_else(wrong)?;
    let text = inner.strip_prefix('{').and_then(|text| text.strip_suffix('}')).ok_or_else(wrong)?;
    let same = fields.iter().all(|(name, field)| value.get(name) == Some(field));
    if same && answer.contains(text) { Ok(()) } else { Err(wrong()) }
}

/// Compares an answer with what is expected of it; otherwise returns the line that is wrong, and why.
fn judge(sent: &Sent<'_>, answer: &str) -> Result<(), (usize, String)> {
    let value: Value = serde_json::from_str(answer).map_err(|error| (sent.number, error.to_string()))?;
    let listed = |name: &str| value[name].as_array().cloned().unwrap_or_default().into_iter();
    let (mut net, mut violations) = (listed("net"), listed("violations"));
    let mut named = vec![("ok", json!(true))];
    for (number, line) in &sent.expected {
        let result = if let Some(inner) = within(line, "expect") {
            let expected: Value = serde_json::from_str(inner).unwrap_or_default();
            let flags = FLAGS.iter().filter_map(|flag| Some((*flag, expected.get(flag)?.clone())));
            named.extend(flags);
            expect_fields(inner, answer, &value)
        } else if let Some(inner) = within(line, "net") {
            let message = net.next().map_or("nothing".to_owned(), |message| message.to_string());
            let same = serde_json::from_str::<Value>(inner).is_ok_and(|inner| {
                let text = inner.to_string();
                text == message
            });
            let printed = answer.contains(inner);
            if same && printed { Ok(()) } else { Err(format!("expected {inner}, on its way is {message}")) }
        } else {
            let broken = violations.next().map_or(Value::Null, |violation| violation["inv"].clone());
            let inner = within(line, "violation").unwrap_or_default();
            let text = broken.to_string();
            if text == inner { Ok(()) } else { Err(format!("expected {inner}, broken is {broken}")) }
        };
        result.map_err(|why| (*number, why))?;
    }
    if let Some(more) = net.next().filter(|_| names(sent, "net")) {
        return Err((sent.number, format!("{more} is on its way as well")));
    }
    if let Some(more) = violations.next().filter(|_| names(sent, "violation")) {
        return Err((sent.number, format!("{} is broken as well", more["inv"])));
    }
    let unnamed = FLAGS.iter().find(|flag| {
        let field = value.get(**flag);
        let expected = named.iter().rfind(|(name, _)| name == *flag).map(|(_, field)| field);
        field.is_some() && field != expected
    });
    if let Some(flag) = unnamed {
        return Err((sent.number, format!("“{flag}” is not expected, answered {answer}")));
    }
    if sent.expected.is_empty() && answer != "{\"ok\":true}" {
        return Err((sent.number, format!("expected only {{\"ok\":true}}, answered {answer}")));
    }
    Ok(())
}

fn names(sent: &Sent<'_>, word: &str) -> bool {
    sent.expected.iter().any(|(_, line)| within(line, word).is_some())
}

/// The rule that a scenario switches off.
fn off(list: &[Sent<'_>]) -> Option<(usize, String)> {
    list.iter().enumerate().find_map(|(at, sent)| {
        let value: Value = serde_json::from_str(sent.line).ok()?;
        (value["op"] == "rule" && value["on"] == false)
            .then(|| Some((at, value["name"].as_str()?.to_owned())))?
    })
}

/// The invariants that are broken at the end of these lines.
fn broken(lines: &str) -> Vec<Value> {
    let answer = last(&format!("{lines}\n{{\"op\":\"check\"}}"));
    answer["violations"].as_array().into_iter().flatten().map(|violation| violation["inv"].clone()).collect()
}

/// A scenario without a rule breaks what that rule protects; with it, the same lines break nothing.
fn compare_rule(list: &[Sent<'_>]) -> Result<(), String> {
    let Some((at, rule)) = off(list) else { return Ok(()) };
    let mut lines: Vec<&str> = list.iter().map(|sent| sent.line).collect();
    let rules = last("{\"op\":\"rules\"}");
    let mut all = rules["rules"].as_array().into_iter().flatten();
    let breaks = all.find(|facts| facts["name"] == rule.as_str()).map(|facts| facts["breaks"].clone());
    let breaks = breaks.ok_or_else(|| format!("there is no rule {rule}"))?;
    let found = broken(&lines.join("\n"));
    if !found.contains(&breaks) {
        return Err(format!("without {rule}, {breaks} is not among {found:?}"));
    }
    lines.remove(at);
    let found = broken(&lines.join("\n"));
    if found.is_empty() { Ok(()) } else { Err(format!("with {rule}, {found:?} are broken")) }
}

/// Runs a scenario; otherwise says where it differs from what it expects.
fn compare(name: &str, text: &str) -> Result<(), String> {
    let head = text.lines().take_while(|line| line.starts_with('#'));
    if head.count() < 2 || !SOURCES.iter().any(|source| text.starts_with(source)) {
        return Err(format!("{name}:1: no source, or nothing that must hold"));
    }
    let list = parse(text);
    if list.iter().all(|sent| sent.expected.is_empty()) {
        return Err(format!("{name}:1: no expectation"));
    }
    let lines: Vec<&str> = list.iter().map(|sent| sent.line).collect();
    let answers = run(lines.join("\n").as_bytes());
    if answers.len() != list.len() {
        return Err(format!("{name}: {} lines have {} answers", list.len(), answers.len()));
    }
    for (sent, answer) in list.iter().zip(&answers) {
        judge(sent, answer).map_err(|(number, why)| format!("{name}:{number}: {why}"))?;
    }
    compare_rule(&list).map_err(|why| format!("{name}: {why}"))
}

#[test]
fn every_scenario_holds() {
    let mut failures = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a text");
        failures.extend(compare(&path.display().to_string(), &text).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_rule_that_lines_can_break_has_a_scenario() {
    let texts: Vec<String> =
        files().iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect();
    let rules = last("{\"op\":\"rules\"}");
    for facts in rules["rules"].as_array().expect("rules") {
        let name = facts["name"].as_str().expect("a name");
        let line = format!("{{\"op\":\"rule\",\"name\":\"{name}\",\"on\":false}}");
        let there = texts.iter().any(|text| text.contains(&line));
        assert_eq!(there, !ELSEWHERE.contains(&name), "{name}");
    }
}

#[test]
fn a_wrong_expectation_fails_with_its_line() {
    let right = r#"# Raft 5.2
# A candidate asks for votes.
{"op":"init","seed":1,"voters":[1,2,3]}
{"op":"campaign","node":1}
{"op":"net"}
{"net":{"id":1,"from":1,"to":2,"kind":"vote","term":1,"last":[0,0],"transfer":false}}
{"net":{"id":2,"from":1,"to":3,"kind":"vote","term":1,"last":[0,0],"transfer":false}}
{"op":"state","node":1}
{"expect":{"role":"candidate","term":1}}
{"op":"check"}
{"expect":{"violations":[]}}
"#;
    assert_eq!(compare("f", right), Ok(()));
    let fails = |from: &str, to: &str, at: &str| {
        assert!(right.contains(from), "{from}");
        let why = compare("f", &right.replace(from, to)).expect_err("it fails");
        assert!(why.starts_with(at), "{why}");
    };
    fails("\"candidate\",\"term\":1", "\"candidate\",\"term\":2", "f:9:");
    fails("\"role\":\"candidate\",\"term\":1", "\"term\":1,\"role\":\"candidate\"", "f:9:");
    fails("\"to\":3", "\"to\":2", "f:7:");
    fails("{\"expect\":{\"violations\":[]}}", "{\"violation\":\"election_safety\"}", "f:11:");
    // One message is not named; one answer says more than that it is right; a refusal is not expected.
    let second = right.lines().nth(6).expect("a line");
    fails(second, "", "f:5:");
    fails("{\"expect\":{\"violations\":[]}}\n", "", "f:10:");
    fails("{\"op\":\"campaign\",\"node\":1}", "{\"op\":\"campaign\",\"node\":9}", "f:4:");
    fails("# Raft 5.2", "# An election", "f:1:");
    let bare: Vec<&str> = right.lines().take(4).collect();
    assert_eq!(compare("f", &bare.join("\n")), Err("f:1: no expectation".to_owned()));
    let harmless =
        right.replace("[1,2,3]}\n", "[1,2,3]}\n{\"op\":\"rule\",\"name\":\"vote_once\",\"on\":false}\n");
    assert!(compare("f", &harmless).expect_err("it breaks nothing").contains("without vote_once"));
}
