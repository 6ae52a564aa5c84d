//! Values of a command's fields: what JSON has, in as few bytes as possible.
//!
//! Guarantees: numbers are read as exactly the numbers that were written; lists and objects nest at most as deep as
//! [`MOST_DEPTH`](quorum_facade::limits::MOST_DEPTH). Leaves out: which fields there are (`command`).

use serde_json::{Map, Number, Value};

use super::read::Reader;
use super::write::Writer;
use super::{forged, newer};
use quorum_facade::limits::{MOST_DEPTH, MOST_VALUES};
use quorum_types::Refusal;

const NULL: u64 = 0;
const FALSE: u64 = 1;
const TRUE: u64 = 2;
const POSITIVE: u64 = 3;
const NEGATIVE: u64 = 4;
/// A number with a fraction that 32 bits hold.
const SINGLE: u64 = 5;
const DOUBLE: u64 = 6;
const TEXT: u64 = 7;
const LIST: u64 = 8;
const OBJECT: u64 = 9;
/// Small numbers, 0 to 117, are their own mark.
const FIRST_SMALL: u64 = 10;
const MOST_SMALL: u64 = 0x7f - FIRST_SMALL;

/// Writes a value.
pub(super) fn write(to: &mut Writer, value: &Value) {
    match value {
        Value::Null => to.number(NULL),
        Value::Bool(false) => to.number(FALSE),
        Value::Bool(true) => to.number(TRUE),
        Value::Number(number) => write_number(to, number),
        Value::String(text) => {
            to.number(TEXT);
            to.text(text);
        }
        Value::Array(list) => {
            to.number(LIST);
            to.number(list.len() as u64);
            list.iter().for_each(|item| write(to, item));
        }
        Value::Object(fields) => {
            to.number(OBJECT);
            to.number(fields.len() as u64);
            for (name, value) in fields {
                to.text(name);
                write(to, value);
            }
        }
    }
}

fn write_number(to: &mut Writer, number: &Number) {
    if let Some(whole) = number.as_u64() {
        if whole <= MOST_SMALL {
            return to.number(FIRST_SMALL + whole);
        }
        to.number(POSITIVE);
        return to.number(whole);
    }
    if let Some(whole) = number.as_i64() {
        to.number(NEGATIVE);
        return to.number((-1 - whole).unsigned_abs());
    }
    let double = number.as_f64().unwrap_or_default();
    let single = double as f32;
    if f64::from(single).to_bits() == double.to_bits() {
        to.number(SINGLE);
        to.raw(&single.to_le_bytes());
    } else {
        to.number(DOUBLE);
        to.raw(&double.to_le_bytes());
    }
}

/// Reads values of one command.
#[derive(Debug, Default)]
pub(super) struct Values {
    count: usize,
}

impl Values {
    pub(super) fn read(&mut self, from: &mut Reader<'_>, depth: usize) -> Result<Value, Refusal> {
        self.count += 1;
        if depth > MOST_DEPTH || self.count > MOST_VALUES {
            return Err(forged("a command nests too deep or has too many values"));
        }
        Ok(match from.number()? {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            POSITIVE => from.number()?.into(),
            NEGATIVE => {
                let below = i64::try_from(from.number()?).map_err(|_| forged("a number is too small"))?;
                (-1 - below).into()
            }
            SINGLE => {
                let bytes = from.raw(4)?.try_into().unwrap_or_default();
                float(f64::from(f32::from_le_bytes(bytes)))?
            }
            DOUBLE => float(f64::from_le_bytes(from.raw(8)?.try_into().unwrap_or_default()))?,
            TEXT => Value::String(from.text()?),
            LIST => {
                let mut list = Vec::new();
                for _ in 0..from.number()? {
                    list.push(self.read(from, depth + 1)?);
                }
                Value::Array(list)
            }
            OBJECT => {
                let mut fields = Map::new();
                for _ in 0..from.number()? {
                    let name = from.text()?;
                    fields.insert(name, self.read(from, depth + 1)?);
                }
                Value::Object(fields)
            }
            small @ FIRST_SMALL..=0x7f => (small - FIRST_SMALL).into(),
            _ => return Err(newer("kind of value")),
        })
    }
}

fn float(number: f64) -> Result<Value, Refusal> {
    Number::from_f64(number).map(Value::Number).ok_or_else(|| forged("a number is not finite"))
}
