//! Safe reading of values that scripts pass in.
//!
//! A script may pass anything: accessors and proxies that throw, cyclic objects, lists of billions of elements.
//! [`plain_value`] converts the value into a tree, and serde deserialises the tree. Guarantees: nothing here throws; a
//! value longer than the lab accepts is refused by its length, before it is read; an error names the field at fault; a
//! whole number is read as one only where JavaScript represents it exactly (up to 2^53 − 1). Only an object's own
//! enumerable fields are read, and undefined fields count as absent. Leaves out: what the values mean.

use js_sys::{Array, ArrayBuffer, JsString};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use quorum_facade::command::TAG;
use quorum_facade::flat::Fields;
use quorum_facade::limits::{MOST_DEPTH, MOST_EXACT, MOST_LETTERS, MOST_VALUES};
use quorum_facade::{Command, NUMBER_MARK, Unreadable};
use quorum_types::Refusal;
use serde_json::Value;

#[wasm_bindgen]
extern "C" {
    /// A list or an object that a script passed in.
    type Given;

    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn get(this: &Given, name: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn at(this: &Given, place: u32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch)]
    fn length(this: &Given) -> Result<JsValue, JsValue>;

    // A proxy may throw in any of these, even when only checked for being a list.
    #[wasm_bindgen(js_namespace = Array, js_name = isArray, catch)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    fn keys(value: &JsValue) -> Result<Array, JsValue>;
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// There is no command of this name.
    UnknownOp(String),
    /// A field is missing or has the wrong type.
    Field(String),
    /// The value is larger than the lab accepts.
    TooLarge(String),
    /// The value is well-formed but makes no sense.
    Refused(Refusal),
}

impl core::fmt::Display for Unread {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownOp(op) => f.write_str(op),
            Self::Refused(refusal) => f.write_str(&refusal.error),
            Self::Field(why) | Self::TooLarge(why) => f.write_str(why),
        }
    }
}

impl Unread {
    /// The same error, in a field of this name.
    fn within(mut self, name: &str) -> Self {
        if let Self::Field(why) | Self::TooLarge(why) = &mut self {
            why.insert_str(0, &format!("{}: ", short(name)));
        }
        self
    }
}

/// Number of characters of an error that a refusal repeats.
const QUOTED_LETTERS: usize = 300;

/// The beginning of a text: an error may quote what was passed in, and that may be long.
fn short(text: &str) -> &str {
    match text.char_indices().nth(QUOTED_LETTERS) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The remaining size budget of one call.
#[derive(Debug)]
struct Guard {
    values: usize,
    letters: usize,
    depth: usize,
    /// The greatest number that is read as a whole number.
    most: f64,
}

/// An object counts as this many values, in addition to its fields.
const OBJECT_VALUES: usize = 4;
/// Values of one message of another page, and the letters of all its texts.
const MOST_POSTED_VALUES: usize = 10_000;
const MOST_POSTED_LETTERS: usize = 1_000_000;
/// Whole numbers that a JavaScript number holds exactly.
const SAFE: f64 = MOST_EXACT as f64;

impl Guard {
    fn values(&mut self, count: usize) -> Result<(), Unread> {
        self.values = self.values.checked_sub(count).ok_or_else(|| {
            Unread::TooLarge(format!("{count} more values; a call has at most {MOST_VALUES}"))
        })?;
        Ok(())
    }

    fn text(&mut self, text: &JsString) -> Result<String, Unread> {
        let letters = text.length() as usize;
        self.letters = self.letters.checked_sub(letters).ok_or_else(|| {
            Unread::TooLarge(format!("a text of {letters} letters; a call has at most {MOST_LETTERS}"))
        })?;
        Ok(String::from(text))
    }

    fn value(&mut self, value: &JsValue) -> Result<Value, Unread> {
        if let Some(number) = value.as_f64() {
            return Ok(number_value(number, self.most));
        }
        if let Some(text) = value.dyn_ref::<JsString>() {
            return self.text(text).map(Value::String);
        }
        if let Some(yes) = value.as_bool() {
            return Ok(Value::Bool(yes));
        }
        if value.is_null() || value.is_undefined() {
            return Ok(Value::Null);
        }
        if !value.is_object() {
            return Err(Unread::Field(
                "neither a number, a text, true, false, a list nor an object".to_owned(),
            ));
        }
        let deeper = self.depth.checked_sub(1);
        self.depth =
            deeper.ok_or_else(|| Unread::Field(format!("lists and objects more than {MOST_DEPTH} deep")))?;
        let is_list = ArrayBuffer::is_view(value) || is_array(value).map_err(throws)?;
        let read = if is_list { self.list(value.unchecked_ref()) } else { self.object(value) };
        self.depth += 1;
        read
    }

    fn list(&mut self, list: &Given) -> Result<Value, Unread> {
        let length = list.length().map_err(throws)?.as_f64();
        let length = length.filter(|length| (0.0..=f64::from(u32::MAX)).contains(length));
        let length = length.ok_or_else(|| Unread::Field("a list is wanted".to_owned()))?;
        self.values(length as usize)?;
        let list = (0..length as u32).map(|at| self.value(&list.at(at).map_err(throws)?));
        list.collect::<Result<_, _>>().map(Value::Array)
    }

    fn object(&mut self, object: &JsValue) -> Result<Value, Unread> {
        let names = keys(object).map_err(throws)?;
        self.values(OBJECT_VALUES + names.length() as usize)?;
        let mut fields = Fields::new();
        for name in names.iter() {
            let Some(word) = name.dyn_ref::<JsString>() else { continue };
            let word = self.text(word)?;
            let value = object.unchecked_ref::<Given>().get(&name).map_err(throws);
            let value = value
                .and_then(|value| if value.is_undefined() { Ok(None) } else { self.value(&value).map(Some) });
            if let Some(value) = value.map_err(|unread| unread.within(&word))? {
                fields.insert(word, value);
            }
        }
        Ok(Value::Object(fields))
    }
}

fn throws(_: JsValue) -> Unread {
    Unread::Field("looking at it throws".to_owned())
}

fn number_value(number: f64, most: f64) -> Value {
    let whole = number.fract() == 0.0;
    if whole && number.abs() <= SAFE {
        (number as i64).into()
    } else if whole && number > 0.0 && number <= most {
        (number as u64).into()
    } else if number.is_finite() {
        number.into()
    } else {
        // JSON has no representation for NaN and infinity: they are written as text with a mark in front.
        format!("{NUMBER_MARK}{number}").into()
    }
}

/// Converts what a script passes in to a tree of values. Accepts anything; never throws.
pub fn plain_value(value: &JsValue) -> Result<Value, Unread> {
    Guard { values: MOST_VALUES, letters: MOST_LETTERS, depth: MOST_DEPTH, most: SAFE }.value(value)
}

/// Reads an object that this page has stored ([`plain::to_js`](super::plain::to_js)): numbers that were rounded are
/// still whole, and there is no limit on its length.
pub fn stored<T: DeserializeOwned>(value: &JsValue) -> Result<T, Unread> {
    let (values, letters) = (usize::MAX, usize::MAX);
    of_value(Guard { values, letters, depth: MOST_DEPTH, most: u64::MAX as f64 }.value(value)?)
}

/// Converts what another page has posted to a tree of values: a message is short.
pub fn small_value(value: &JsValue) -> Result<Value, Unread> {
    Guard { values: MOST_POSTED_VALUES, letters: MOST_POSTED_LETTERS, depth: MOST_DEPTH, most: SAFE }
        .value(value)
}

/// Reads an object that another page has posted.
pub fn small<T: DeserializeOwned>(value: &JsValue) -> Result<T, Unread> {
    of_value(small_value(value)?)
}

/// Reads an object that a script passes in.
pub fn read<T: DeserializeOwned>(value: &JsValue) -> Result<T, Unread> {
    of_value(plain_value(value)?)
}

/// Reads an object.
pub fn of_value<T: DeserializeOwned>(value: Value) -> Result<T, Unread> {
    let Value::Object(fields) = value else { return Err(Unread::Field("an object is wanted".to_owned())) };
    // serde does not say which field an error is in: it is in the one that causes the same error alone.
    let read = |fields: Fields| T::deserialize(Value::Object(fields)).map_err(|fault| fault.to_string());
    read(fields.clone()).map_err(|why| fault(&fields, &why, &|fields| read(fields).err()))
}

/// The error in an object, with the name of the field at fault, if there is one. `alone` returns the error that some of
/// the fields cause.
fn fault(fields: &Fields, why: &str, alone: &dyn Fn(Fields) -> Option<String>) -> Unread {
    // NaN and infinity are represented by marked text.
    let unread = Unread::Field(short(why).replace("string \"\\u{1}", "number \""));
    if why.starts_with("missing field") {
        return unread;
    }
    let with = |names: &[&String]| {
        let mut some = Fields::new();
        for name in names {
            if let Some(value) = fields.get(*name) {
                some.insert((*name).clone(), value.clone());
            }
        }
        alone(some).is_some_and(|fault| fault == why)
    };
    let tag: Vec<&String> = fields.keys().filter(|name| *name == TAG).collect();
    if !tag.is_empty() && with(&tag) {
        return unread;
    }
    let found = fields.keys().filter(|name| *name != TAG).find(|name| with(&[&tag[..], &[*name]].concat()));
    match found {
        Some(name) => unread.within(name),
        None => unread,
    }
}

/// A field of an object.
pub fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.get(name)
}

/// Reads a command.
pub fn command(value: Value) -> Result<Command, Unread> {
    let Value::Object(fields) = value else {
        return Err(Unread::Field("an object is wanted".to_owned()).within(TAG));
    };
    Command::read(fields.clone()).map_err(|unreadable| match unreadable {
        Unreadable::UnknownOp(op) => Unread::UnknownOp(short(&op).to_owned()),
        Unreadable::Refused(refusal) => Unread::Refused(refusal),
        Unreadable::Field(why) => {
            fault(&fields, &why, &|fields| Command::read(fields).err().map(|fault| fault.to_string()))
        }
    })
}
