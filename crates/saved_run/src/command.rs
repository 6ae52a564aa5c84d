//! Commands in a few bytes: a code for what is usual, otherwise the numbers of the command and of its fields.
//!
//! Guarantees: every command that can be an entry has a form, with no field that is at its default; what is read is
//! parsed like any command from outside. Leaves out: whether a command is allowed (`facade`).

use serde_json::{Map, Value};

use super::read::Reader;
use super::tables::{FIELDS, OPS};
use super::value::{self, Values};
use super::write::Writer;
use super::{forged, newer};
use quorum_facade::Command;
use quorum_facade::command::TAG;
use quorum_types::Refusal;

// The codes: the lowest six bits of an entry's first byte. 0 and 2 are no commands (`END`, `GO`).
const OTHER: u8 = 1;
const ACT: u8 = 3;
const PREDICT: u8 = 4;
const EXPLAIN: u8 = 5;
const READ: u8 = 6;
const SHOW_ALL: u8 = 7;
const SHOW_STEP: u8 = 8;
const RULES_OFF: u8 = 9;
const RULES_ON: u8 = 10;
const INSERT: u8 = 11;
const UNDO: u8 = 12;
const SET: u8 = 13;
const REGION: u8 = 14;
/// One for each of [`NODE_OPS`]; the node's number follows.
const FIRST_ON_NODE: u8 = 16;
const HEAL: u8 = 20;
const POWER_CUT: u8 = 21;
const RECOVER: u8 = 22;
const FLUSH: u8 = 23;
/// [`NODE_OPS`] times nodes 1 to [`PACKED_NODES`].
const FIRST_PACKED: u8 = 24;
const PACKED_NODES: u8 = 9;
const NODE_OPS: [&str; 4] = ["kill", "restart", "pause", "resume"];
const LAST_PACKED: u8 = FIRST_PACKED + NODE_OPS.len() as u8 * PACKED_NODES - 1;

/// Codes of commands without fields.
const PLAIN: [(u8, &str); 6] = [
    (SHOW_ALL, "show_me"),
    (UNDO, "undo"),
    (HEAL, "heal"),
    (POWER_CUT, "power_cut"),
    (RECOVER, "recover"),
    (FLUSH, "flush"),
];
/// Codes of commands whose only fields are these texts.
const TEXTS: [(u8, &str, &[&str]); 5] = [
    (ACT, "act", &["name"]),
    (PREDICT, "predict", &["step", "choose"]),
    (EXPLAIN, "explain", &["step", "choose"]),
    (READ, "read", &["step"]),
    (SHOW_STEP, "show_me", &["step"]),
];

/// A command in pieces.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) code: u8,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Number(u64),
    Text(String),
    Value(Value),
}

impl Packed {
    /// Writes what follows the code.
    pub(super) fn write(&self, to: &mut Writer) {
        for piece in &self.pieces {
            match piece {
                Piece::Number(number) => to.number(*number),
                Piece::Text(text) => to.text(text),
                Piece::Value(value) => value::write(to, value),
            }
        }
    }
}

/// A command as the fields of an object, its name apart.
fn taken_apart(command: &Command) -> Result<(String, Map<String, Value>), Refusal> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(command) else {
        return Err(forged("a command is no object"));
    };
    match fields.remove(TAG) {
        Some(Value::String(op)) => Ok((op, fields)),
        _ => Err(forged("a command has no name")),
    }
}

fn put_together(op: &str, fields: &Map<String, Value>) -> Result<Command, Refusal> {
    let mut fields = fields.clone();
    fields.insert(TAG.to_owned(), op.into());
    Command::read(fields).map_err(|unread| forged(&format!("{op}: {unread}")))
}

/// Packs a command, without the fields that are at their defaults.
pub(super) fn pack(command: &Command) -> Result<Packed, Refusal> {
    let (op, whole) = taken_apart(command)?;
    let is_whole = |fields: &Map<String, Value>| {
        put_together(&op, fields)
            .and_then(|read| taken_apart(&read))
            .is_ok_and(|read| read == (op.clone(), whole.clone()))
    };
    let mut fields = whole.clone();
    for name in whole.keys() {
        let mut fewer = fields.clone();
        fewer.remove(name);
        if is_whole(&fewer) {
            fields = fewer;
        }
    }
    if !is_whole(&fields) {
        let error = format!("“{op}” has a number that JSON cannot write");
        return Err(Refusal::new("run_not_known", error));
    }
    Ok(short(&op, &fields).unwrap_or_else(|| other(&op, fields)))
}

/// The short form of a usual command.
fn short(op: &str, fields: &Map<String, Value>) -> Option<Packed> {
    let has_only =
        |names: &[&str]| fields.len() == names.len() && names.iter().all(|name| fields.contains_key(*name));
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(|text| Piece::Text(text.to_owned()));
    let number = |name: &str| fields.get(name).and_then(Value::as_u64);
    let packed = |code, pieces| Some(Packed { code, pieces });
    if fields.is_empty()
        && let Some((code, _)) = PLAIN.iter().find(|(_, known)| *known == op)
    {
        return packed(*code, Vec::new());
    }
    if let Some((code, _, names)) = TEXTS.iter().find(|(_, known, names)| *known == op && has_only(names)) {
        return packed(*code, names.iter().map(|name| text(name)).collect::<Option<_>>()?);
    }
    match op {
        "free_play" if has_only(&["on"]) => {
            let on = fields.get("on")?.as_bool()?;
            packed(if on { RULES_OFF } else { RULES_ON }, Vec::new())
        }
        "insert" if has_only(&["rows"]) => packed(INSERT, vec![Piece::Number(number("rows")?)]),
        "set" if has_only(&["name", "value"]) => {
            packed(SET, vec![text("name")?, Piece::Number(number("value")?)])
        }
        "region" => region(fields),
        _ if has_only(&["node"]) => {
            let at = NODE_OPS.iter().position(|known| *known == op)? as u8;
            let node = number("node")?;
            match u8::try_from(node).ok().filter(|node| (1..=PACKED_NODES).contains(node)) {
                Some(node) => packed(FIRST_PACKED + at * PACKED_NODES + node - 1, Vec::new()),
                None => packed(FIRST_ON_NODE + at, vec![Piece::Number(node)]),
            }
        }
        _ => None,
    }
}

/// The fields of a command to two regions that may be left out, each a bit of a number.
const REGION_FIELDS: [&str; 3] = ["region", "value", "text"];

fn region(fields: &Map<String, Value>) -> Option<Packed> {
    let mut pieces = vec![Piece::Text(fields.get("deed")?.as_str()?.to_owned())];
    let given = REGION_FIELDS.iter().enumerate().filter(|(_, name)| fields.contains_key(**name));
    let (bits, given): (Vec<u64>, Vec<&str>) = given.map(|(bit, name)| (1 << bit, *name)).unzip();
    if given.len() + 1 != fields.len() {
        return None;
    }
    pieces.push(Piece::Number(bits.iter().sum()));
    for name in given {
        pieces.push(match fields.get(name)? {
            Value::String(text) => Piece::Text(text.clone()),
            value => Piece::Number(value.as_u64()?),
        });
    }
    Some(Packed { code: REGION, pieces })
}

/// Any command: its number, and its fields by number.
fn other(op: &str, fields: Map<String, Value>) -> Packed {
    let mut pieces = Vec::new();
    let word = |pieces: &mut Vec<Piece>, table: &[&str], word: &str| match table
        .iter()
        .position(|known| *known == word)
    {
        Some(at) => pieces.push(Piece::Number(at as u64 + 1)),
        None => pieces.extend([Piece::Number(0), Piece::Text(word.to_owned())]),
    };
    word(&mut pieces, &OPS, op);
    pieces.push(Piece::Number(fields.len() as u64));
    for (name, value) in fields {
        word(&mut pieces, &FIELDS, &name);
        pieces.push(Piece::Value(value));
    }
    Packed { code: OTHER, pieces }
}

/// The command of a code, with what follows it.
pub(super) fn unpack(code: u8, from: &mut Reader<'_>) -> Result<Command, Refusal> {
    let mut fields = Map::new();
    if let Some((_, op)) = PLAIN.iter().find(|(known, _)| *known == code) {
        return put_together(op, &fields);
    }
    if let Some((_, op, names)) = TEXTS.iter().find(|(known, ..)| *known == code) {
        for name in *names {
            fields.insert((*name).to_owned(), from.text()?.into());
        }
        return put_together(op, &fields);
    }
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    let op = match code {
        RULES_OFF | RULES_ON => {
            put("on", (code == RULES_OFF).into());
            "free_play"
        }
        INSERT => {
            put("rows", from.number()?.into());
            "insert"
        }
        SET => {
            put("name", from.text()?.into());
            put("value", from.number()?.into());
            "set"
        }
        REGION => {
            put("deed", from.text()?.into());
            let given = from.number()?;
            if given >> REGION_FIELDS.len() != 0 {
                return Err(newer("field"));
            }
            for (bit, name) in REGION_FIELDS.iter().enumerate().filter(|(bit, _)| given >> bit & 1 == 1) {
                put(name, if bit == 2 { from.text()?.into() } else { from.number()?.into() });
            }
            "region"
        }
        FIRST_ON_NODE..HEAL => {
            put("node", from.number()?.into());
            NODE_OPS[usize::from(code - FIRST_ON_NODE)]
        }
        FIRST_PACKED..=LAST_PACKED => {
            let at = code - FIRST_PACKED;
            put("node", u64::from(at % PACKED_NODES + 1).into());
            NODE_OPS[usize::from(at / PACKED_NODES)]
        }
        OTHER => return unpack_other(from),
        _ => return Err(newer("code of a command")),
    };
    put_together(op, &fields)
}

fn unpack_other(from: &mut Reader<'_>) -> Result<Command, Refusal> {
    let word = |from: &mut Reader<'_>, table: &[&str], what: &str| match from.number()?.checked_sub(1) {
        None => from.text(),
        Some(at) => {
            let known = usize::try_from(at).ok().and_then(|at| table.get(at));
            known.map(|word| (*word).to_owned()).ok_or_else(|| newer(what))
        }
    };
    let op = word(from, &OPS, "command")?;
    let (mut fields, mut values) = (Map::new(), Values::default());
    for _ in 0..from.number()? {
        let name = word(from, &FIELDS, "field")?;
        fields.insert(name, values.read(from, 0)?);
    }
    put_together(&op, &fields)
}
