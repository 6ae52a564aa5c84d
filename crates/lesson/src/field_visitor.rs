//! Access to the fields of events and commands by name, for every current and future kind.
//!
//! A serde `Serializer` that produces no output: it passes each field's name and value to a callback. Guarantees:
//! numbers, texts, words and booleans are passed as they are; a list as its length, and a list of pairs of a word and a
//! number (the phases of an outage) also as `phases.detect` and so on; it stops as soon as the callback returns false.
//! Leaves out: nested tables, and fractional numbers.

use core::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

use super::predicate::Found;

/// Passes the fields of a value to `look`, in their order, until it returns false.
pub fn fields<T: Serialize>(value: &T, look: &mut dyn FnMut(&str, Found<'_>) -> bool) {
    let _ = value.serialize(Fields { look, outer: None });
}

/// Passes on the tag of a tagged value, such as an event's kind or a command's `op`.
pub fn tag<R: Default>(value: &dyn ByName, mut read: impl FnMut(&str) -> R) -> R {
    let mut result = R::default();
    value.fields(&mut |_, found| {
        if let Found::Text(word) = found {
            result = read(word);
        }
        false
    });
    result
}

/// An event or a command as goals see it: fields by name.
pub trait ByName {
    /// Passes the tag as `kind`, then the fields, to `look` until it returns false.
    fn fields(&self, look: &mut dyn FnMut(&str, Found<'_>) -> bool);
}

impl<T: Serialize> ByName for T {
    fn fields(&self, look: &mut dyn FnMut(&str, Found<'_>) -> bool) {
        fields(self, look);
    }
}

/// The name under which a variant's word is shown.
const TAG: &str = "kind";

/// The callback returned false, or the value cannot be shown.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("enough")
    }
}

impl core::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Look<'a> = &'a mut dyn FnMut(&str, Found<'_>) -> bool;

/// Reads the outermost table.
struct Fields<'a> {
    look: Look<'a>,
    /// The word of the variant that this is the content of; what counts if it is a struct.
    outer: Option<&'static str>,
}

/// Reads the value of a field; of an element of a list, `word` is what came before its number.
struct One<'a> {
    look: Look<'a>,
    name: &'a str,
    element: Option<&'a mut Pair>,
}

/// What is known of an element of a list.
#[derive(Default)]
struct Pair {
    word: String,
    number: Option<i64>,
}

impl One<'_> {
    fn found(self, found: Found<'_>) -> Result<(), Stop> {
        match (self.element, found) {
            (Some(pair), Found::Text(word)) => {
                pair.word.clear();
                pair.word.push_str(word);
                Ok(())
            }
            (Some(pair), Found::Number(number)) => {
                pair.number = Some(number);
                Ok(())
            }
            (Some(_), Found::Bool(_)) => Ok(()),
            (None, found) => {
                if (self.look)(self.name, found) {
                    Ok(())
                } else {
                    Err(Stop)
                }
            }
        }
    }
}

/// Methods that hand numbers on.
macro_rules! numbers {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, v: $kind) -> Result<(), Stop> {
            self.found(Found::Number(i64::try_from(v).unwrap_or(i64::MAX)))
        })*
    };
}

impl<'a> Serializer for One<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = Impossible<(), Stop>;
    type SerializeTupleVariant = Impossible<(), Stop>;
    type SerializeMap = Impossible<(), Stop>;
    type SerializeStruct = Inner<'a>;
    type SerializeStructVariant = Impossible<(), Stop>;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );

    fn serialize_bool(self, v: bool) -> Result<(), Stop> {
        self.found(Found::Bool(v))
    }

    fn serialize_str(self, v: &str) -> Result<(), Stop> {
        self.found(Found::Text(v))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Stop> {
        self.found(Found::Text(variant))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Stop> {
        Ok(List { look: self.look, name: self.name, length: 0, pair: Pair::default() })
    }

    fn serialize_tuple(self, len: usize) -> Result<List<'a>, Stop> {
        self.serialize_seq(Some(len))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inner<'a>, Stop> {
        Ok(Inner(self))
    }

    // What is none of these is not shown.
    fn serialize_f32(self, _: f32) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_f64(self, _: f64) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_char(self, _: char) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }
}

/// A list: counted, and its pairs of a word and a number shown.
struct List<'a> {
    look: Look<'a>,
    name: &'a str,
    length: i64,
    pair: Pair,
}

impl ser::SerializeSeq for List<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.length += 1;
        self.pair = Pair::default();
        // An element that is neither a word nor a number leaves the pair empty.
        let _ = value.serialize(One { look: self.look, name: self.name, element: Some(&mut self.pair) });
        match (self.pair.word.as_str(), self.pair.number) {
            ("", _) | (_, None) => Ok(()),
            (word, Some(number)) => {
                let name = format!("{}.{word}", self.name);
                if (self.look)(&name, Found::Number(number)) { Ok(()) } else { Err(Stop) }
            }
        }
    }

    fn end(self) -> Result<(), Stop> {
        if (self.look)(self.name, Found::Number(self.length)) { Ok(()) } else { Err(Stop) }
    }
}

impl ser::SerializeTuple for List<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Stop> {
        ser::SerializeSeq::end(self)
    }
}

/// A table inside: looked into only as an element of a list.
struct Inner<'a>(One<'a>);

impl ser::SerializeStruct for Inner<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Stop> {
        let One { look, name, element } = &mut self.0;
        match element {
            Some(pair) => value.serialize(One { look: *look, name, element: Some(pair) }),
            None => Ok(()),
        }
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

impl<'a> ser::SerializeStruct for Fields<'a> {
    type Ok = ();
    type Error = Stop;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(One { look: self.look, name, element: None })
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

impl ser::SerializeStructVariant for Fields<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Stop> {
        ser::SerializeStruct::serialize_field(self, name, value)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

impl Fields<'_> {
    fn word(&mut self, word: &'static str) -> Result<(), Stop> {
        if (self.look)(TAG, Found::Text(word)) { Ok(()) } else { Err(Stop) }
    }
}

/// Methods of what no tagged value is.
macro_rules! nothing {
    ($($method:ident($($kind:ty),*)),*) => {
        $(fn $method(self, $(_: $kind),*) -> Result<(), Stop> { Err(Stop) })*
    };
}

impl<'a> Serializer for Fields<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Impossible<(), Stop>;
    type SerializeTuple = Impossible<(), Stop>;
    type SerializeTupleStruct = Impossible<(), Stop>;
    type SerializeTupleVariant = Impossible<(), Stop>;
    type SerializeMap = Impossible<(), Stop>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    nothing!(
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_bool(bool),
        serialize_str(&str),
        serialize_bytes(&[u8]),
        serialize_none(),
        serialize_unit(),
        serialize_unit_struct(&'static str)
    );

    // The form without tags: the outer enum says nothing, the inner one says the word.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_unit_variant(mut self, _: &'static str, _: u32, word: &'static str) -> Result<(), Stop> {
        self.word(word)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        value.serialize(Self { outer: Some(word), ..self })
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_tuple(self, _: usize) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Stop>, Stop> {
        Err(Stop)
    }

    fn serialize_struct(mut self, _: &'static str, _: usize) -> Result<Self, Stop> {
        if let Some(word) = self.outer {
            self.word(word)?;
        }
        Ok(self)
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        word: &'static str,
        _: usize,
    ) -> Result<Self, Stop> {
        self.word(word)?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_sim::event::{
        EventKind, FaultEvent, MessageKind, NetworkEvent, OpStatus, Phase, PhaseTime, RaftEvent, ServiceEvent,
    };

    fn check(kind: &EventKind, expected: &str) {
        let mut shown = Vec::new();
        fields(kind, &mut |name, found| {
            shown.push(match found {
                Found::Number(number) => format!("{name}={number}"),
                Found::Text(text) => format!("{name}={text}"),
                Found::Bool(yes) => format!("{name}={yes}"),
            });
            true
        });
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn fields_of_any_event_are_shown_by_name() {
        check(&EventKind::Fault(FaultEvent::Killed), "kind=killed");
        check(
            &EventKind::Service(ServiceEvent::OpEnd { op: 3, status: OpStatus::Info, took_us: 9 }),
            "kind=op_end op=3 status=info took_us=9",
        );
        check(
            &EventKind::Raft(RaftEvent::ConfChanged {
                index: 1,
                voters: vec![1, 2],
                outgoing: vec![],
                learners: vec![7],
            }),
            "kind=conf_changed index=1 voters=2 outgoing=0 learners=1",
        );
        let phases = [(Phase::Detect, 5), (Phase::Election, 7)].map(|(phase, us)| PhaseTime { phase, us });
        check(
            &EventKind::Service(ServiceEvent::ServiceRestored {
                rto_us: 12,
                phases: phases.to_vec(),
                failed: 1,
            }),
            "kind=service_restored rto_us=12 phases.detect=5 phases.election=7 phases=2 failed=1",
        );
        check(
            &EventKind::Fault(FaultEvent::RuleSwitched { rule: "vote_once".to_owned(), on: false }),
            "kind=rule_switched rule=vote_once on=false",
        );
    }

    #[test]
    fn the_tag_comes_first_and_nothing_after_it_is_looked_at() {
        let sent = EventKind::Network(NetworkEvent::Sent {
            id: 1,
            from: 1,
            to: 2,
            message: MessageKind::Vote,
            term: 1,
        });
        assert_eq!(tag(&sent, str::to_owned), "sent");
        let mut looks = 0;
        fields(&sent, &mut |_, _| {
            looks += 1;
            looks < 2
        });
        assert_eq!(looks, 2);
    }
}
