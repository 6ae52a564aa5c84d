//! Enums as flat objects: the variant's word under a tag, and its fields beside it.
//!
//! Events and actions are enums of enums (a topic, then a variant). Derived serde code writes them with both levels,
//! which is right for compact formats without names. JSON, lessons and scripts have one flat object instead, such as
//! `{"op": "kill", "node": 3}`. Serde can derive that form too, but its readers of tagged enums are many times larger,
//! and they cannot read compact formats. Guarantees: [`Flat::of`] reads what [`write()`] writes; a word belongs to one
//! topic; an error names the word or the field. Leaves out: which formats are compact (`is_human_readable` says it).

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde::ser::{
    self, Impossible, Serialize, SerializeMap, SerializeStruct, SerializeStructVariant, Serializer,
};
use serde_json::Value;

/// The fields beside a tag.
pub type Fields = serde_json::Map<String, Value>;
/// Why a value could not be read.
pub type Unread = serde_json::Error;

/// An enum that has a flat form.
pub trait Flat: Sized {
    /// The words of its variants.
    fn words() -> Vec<&'static str>;

    /// The variant of this word with these fields.
    fn of(tag: &str, fields: Fields) -> Result<Self, Unread>;
}

/// Reports that no variant has this word, in serde's wording.
pub fn unknown(tag: &str, words: &[&str]) -> Unread {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    Unread::custom(format_args!("unknown variant `{tag}`, expected one of {}", words.join(", ")))
}

/// The words of an enum with derived serde code.
pub fn words_of<T: DeserializeOwned>() -> &'static [&'static str] {
    /// Records the variants that an enum declares, and reads nothing.
    struct Ask<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(Self::Error::custom("no enum"))
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = variants;
            Err(Self::Error::custom("asked"))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }

    let mut words: &'static [&'static str] = &[];
    // It always fails: only the words are needed.
    let _ = T::deserialize(Ask(&mut words));
    words
}

/// The fields of the variant of this word of an enum with derived serde code; none for a variant without fields.
pub fn fields_of<T: DeserializeOwned>(tag: &str) -> &'static [&'static str] {
    /// Records the fields that a variant declares, and reads nothing.
    struct Ask<'a>(&'a str, &'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            visitor.visit_enum(self)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }

        // The content of a variant that is a struct.
        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.1 = fields;
            Err(Self::Error::custom("asked"))
        }
    }

    impl<'de> EnumAccess<'de> for Ask<'_> {
        type Error = serde::de::value::Error;
        type Variant = Self;

        fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Self::Error> {
            let tag: StrDeserializer<'_, Self::Error> = self.0.into_deserializer();
            Ok((seed.deserialize(tag)?, self))
        }
    }

    impl<'de> VariantAccess<'de> for Ask<'_> {
        type Error = serde::de::value::Error;

        fn unit_variant(self) -> Result<(), Self::Error> {
            Ok(())
        }

        fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Self::Error> {
            seed.deserialize(self)
        }

        fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Self::Error> {
            Err(Self::Error::custom("no names"))
        }

        fn struct_variant<V: Visitor<'de>>(
            self,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.1 = fields;
            Err(Self::Error::custom("asked"))
        }
    }

    let mut fields: &'static [&'static str] = &[];
    // It fails if there are fields: only their names are needed.
    let _ = T::deserialize(Ask(tag, &mut fields));
    fields
}

/// Reads a variant of an enum with derived serde code. The error names an unknown tag, or a field that is missing or of
/// the wrong type.
pub fn read<T: DeserializeOwned>(tag: &str, fields: Fields) -> Result<T, Unread> {
    T::deserialize(Tagged { tag, fields })
}

struct Tagged<'a> {
    tag: &'a str,
    fields: Fields,
}

impl<'de> Deserializer<'de> for Tagged<'_> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Tagged<'_> {
    type Error = Unread;
    type Variant = Variant;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Variant), Unread> {
        let tag: StrDeserializer<'_, Unread> = self.tag.into_deserializer();
        Ok((seed.deserialize(tag)?, Variant(self.fields)))
    }
}

struct Variant(Fields);

impl<'de> VariantAccess<'de> for Variant {
    type Error = Unread;

    // As with serde's own tagged enums, a variant without fields ignores fields beside its tag.
    fn unit_variant(self) -> Result<(), Unread> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unread> {
        seed.deserialize(Value::Object(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Unread> {
        Err(Unread::custom("a variant without names has no flat form"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        Value::Object(self.0).deserialize_map(visitor)
    }
}

/// Writes an enum into a map: its word under `tag`, if there is one, and its fields. For an enum of enums, the inner
/// one. An error means that the map failed, or that the value is no enum.
pub fn write<M: SerializeMap, T: Serialize + ?Sized>(
    map: &mut M,
    tag: Option<&'static str>,
    value: &T,
) -> Result<(), M::Error> {
    value.serialize(Entries { map, tag, outer: None, sparse: false })
}

/// Like [`write()`], but leaves out the fields that have no value.
pub fn write_sparse<M: SerializeMap, T: Serialize + ?Sized>(
    map: &mut M,
    tag: Option<&'static str>,
    value: &T,
) -> Result<(), M::Error> {
    value.serialize(Entries { map, tag, outer: None, sparse: true })
}

struct Entries<'a, M> {
    map: &'a mut M,
    tag: Option<&'static str>,
    sparse: bool,
    /// The word of the variant that this is the content of; what counts if it is a struct.
    outer: Option<&'static str>,
}

impl<M: SerializeMap> Entries<'_, M> {
    fn word(&mut self, word: &'static str) -> Result<(), M::Error> {
        match self.tag {
            Some(tag) => self.map.serialize_entry(tag, word),
            None => Ok(()),
        }
    }
}

/// Methods for types that have no flat form.
macro_rules! nothing {
    ($($method:ident($($kind:ty),*) -> $ok:ty),* $(,)?) => {
        $(fn $method(self, $(_: $kind),*) -> Result<$ok, M::Error> {
            Err(<M::Error as ser::Error>::custom("only enums have a flat form"))
        })*
    };
}

impl<'a, M: SerializeMap> Serializer for Entries<'a, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = Impossible<(), M::Error>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    nothing!(
        serialize_bool(bool) -> (),
        serialize_i8(i8) -> (),
        serialize_i16(i16) -> (),
        serialize_i32(i32) -> (),
        serialize_i64(i64) -> (),
        serialize_u8(u8) -> (),
        serialize_u16(u16) -> (),
        serialize_u32(u32) -> (),
        serialize_u64(u64) -> (),
        serialize_f32(f32) -> (),
        serialize_f64(f64) -> (),
        serialize_char(char) -> (),
        serialize_str(&str) -> (),
        serialize_bytes(&[u8]) -> (),
        serialize_none() -> (),
        serialize_unit() -> (),
        serialize_unit_struct(&'static str) -> (),
        serialize_seq(Option<usize>) -> Self::SerializeSeq,
        serialize_tuple(usize) -> Self::SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_map(Option<usize>) -> Self::SerializeMap,
    );

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(mut self, _: &'static str, _: u32, word: &'static str) -> Result<(), M::Error> {
        self.word(word)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        inner: &T,
    ) -> Result<(), M::Error> {
        inner.serialize(Self { outer: Some(word), ..self })
    }

    fn serialize_struct(mut self, _: &'static str, _: usize) -> Result<Self, M::Error> {
        match self.outer {
            Some(word) => self.word(word)?,
            None => return Err(<M::Error as ser::Error>::custom("only enums have a flat form")),
        }
        Ok(self)
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        word: &'static str,
        _: usize,
    ) -> Result<Self, M::Error> {
        self.word(word)?;
        Ok(self)
    }
}

impl<M: SerializeMap> SerializeStruct for Entries<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.map.serialize_entry(name, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<M: SerializeMap> SerializeStructVariant for Entries<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        if self.sparse && serde_json::to_string(value).is_ok_and(|text| text == "null") {
            return Ok(());
        }
        self.map.serialize_entry(name, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, EventKind, FaultEvent, NetworkEvent, ServiceEvent};

    fn check(kind: EventKind, json: &str) {
        let event = Event { t_us: 5, node: Some(3), kind };
        assert_eq!(serde_json::to_string(&event).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<Event>(json).expect("an event"), event);
    }

    #[test]
    fn an_event_is_one_flat_object() {
        check(FaultEvent::Killed.into(), r#"{"t_us":5,"node":3,"kind":"killed"}"#);
        check(
            NetworkEvent::LinkCut { from: 1, to: 2 }.into(),
            r#"{"t_us":5,"node":3,"kind":"link_cut","from":1,"to":2}"#,
        );
        check(
            ServiceEvent::ServiceRestored { rto_us: 7, phases: Vec::new(), failed: 1 }.into(),
            r#"{"t_us":5,"node":3,"kind":"service_restored","rto_us":7,"phases":[],"failed":1}"#,
        );
    }

    #[test]
    fn a_word_belongs_to_one_topic() {
        let mut words = EventKind::words();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }

    #[test]
    fn faults_name_the_word_or_the_field() {
        let fault = |json: &str| serde_json::from_str::<Event>(json).expect_err(json).to_string();
        let unknown = fault(r#"{"t_us":5,"node":3,"kind":"melted"}"#);
        assert!(unknown.starts_with("unknown variant `melted`, expected one of `opened`"), "{unknown}");
        let missing = fault(r#"{"t_us":5,"node":3,"kind":"link_cut","from":1}"#);
        assert!(missing.starts_with("missing field `to`"), "{missing}");
    }
}
