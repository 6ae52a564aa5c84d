//! Schemas: fields, their types, and their values.
//!
//! Guarantees: every [`Schema`] is one that Milvus 2.3.5 would accept, within the types that the lab supports: one
//! int64 primary key, at most one vector field. Leaves out: dynamic fields, partitions, automatic keys, JSON and
//! arrays.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use quorum_types::Refusal;

/// Maximum length of a collection's or field's name, in bytes (Milvus 2.3: `proxy.maxNameLength`).
const MAX_NAME_BYTES: usize = 255;
/// Maximum number of fields (Milvus 2.3: `proxy.maxFieldNum`).
const MAX_FIELDS: usize = 64;
/// Maximum length of a varchar, in bytes (Milvus 2.3: `MaxLength` of a varchar field).
const MAX_VARCHAR_BYTES: u32 = 65_535;
/// Maximum dimension (Milvus 2.3: `proxy.maxDimension`).
const MAX_DIM: u32 = 32_768;

/// Names reserved for Milvus's own fields (2.3.5: `internal/rootcoord`, the proxy since 2.1). The third one, `$meta`,
/// is not a valid field name anyway.
const SYSTEM_FIELDS: [&str; 2] = ["RowID", "Timestamp"];

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Whole numbers of 64 bits.
    Int64,
    /// Numbers in double precision.
    Double,
    /// True or false.
    Bool,
    /// Text of at most this many bytes of UTF-8.
    VarChar {
        /// The maximum in bytes.
        max_length: u32,
    },
    /// Vectors of single-precision numbers.
    FloatVector {
        /// The dimension.
        dim: u32,
    },
}

impl FieldType {
    /// Milvus's name for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Int64 => "int64",
            Self::Double => "double",
            Self::Bool => "bool",
            Self::VarChar { .. } => "varchar",
            Self::FloatVector { .. } => "float_vector",
        }
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FieldType,
    /// Whether it is the primary key.
    pub primary: bool,
}

/// The fields of a collection, checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Schema {
    fields: Vec<Field>,
    primary: usize,
}

impl Schema {
    /// A schema of these fields, or what is wrong with them.
    pub fn new(fields: Vec<Field>) -> Result<Self, Refusal> {
        let bad = |error: String| Err(Refusal::new("bad_schema", error));
        if fields.is_empty() || fields.len() > MAX_FIELDS {
            return bad(format!("a collection has 1 to {MAX_FIELDS} fields, not {}", fields.len()));
        }
        for (at, field) in fields.iter().enumerate() {
            check_name("field", &field.name)?;
            if SYSTEM_FIELDS.contains(&field.name.as_str()) {
                return bad(format!(
                    "schema contains system field: RowID, Timestamp, $meta; call the field “{}” something else",
                    field.name
                ));
            }
            if fields[..at].iter().any(|other| other.name == field.name) {
                return bad(format!("there are two fields “{}”", field.name));
            }
            match field.kind {
                FieldType::VarChar { max_length } if !(1..=MAX_VARCHAR_BYTES).contains(&max_length) => {
                    return bad(format!(
                        "field “{}”: max_length must be 1 to {MAX_VARCHAR_BYTES}, not {max_length}",
                        field.name
                    ));
                }
                FieldType::FloatVector { dim } if !(1..=MAX_DIM).contains(&dim) => {
                    return bad(format!("field “{}”: dim must be 1 to {MAX_DIM}, not {dim}", field.name));
                }
                _ => {}
            }
        }
        let vectors = fields.iter().filter(|field| matches!(field.kind, FieldType::FloatVector { .. }));
        if vectors.count() > 1 {
            return bad("a collection has at most one vector field".to_owned());
        }
        let mut keys = fields.iter().enumerate().filter(|(_, field)| field.primary);
        let (Some((primary, key)), None) = (keys.next(), keys.next()) else {
            return bad(
                "a collection has exactly one primary key; mark one int64 field as primary".to_owned()
            );
        };
        if key.kind != FieldType::Int64 {
            return bad(format!("the primary key “{}” must be int64, not {}", key.name, key.kind.word()));
        }
        Ok(Self { fields, primary })
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Which field is the primary key.
    pub fn primary(&self) -> usize {
        self.primary
    }

    /// The index of a field.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The vector field: its index and dimension.
    pub fn vector(&self) -> Option<(usize, u32)> {
        self.fields.iter().enumerate().find_map(|(at, field)| match field.kind {
            FieldType::FloatVector { dim } => Some((at, dim)),
            _ => None,
        })
    }
}

/// Checks a name as Milvus does: a letter or underscore, then letters, digits and underscores.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), Refusal> {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') && name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    let error = format!(
        "“{name}” is no name of a {what}: begin with a letter or _, go on with letters, digits and _, at most \
         {MAX_NAME_BYTES} bytes"
    );
    Err(Refusal::new("bad_name", error))
}

/// A value of a field.
///
/// In JSON with named fields it is the bare value; otherwise its kind precedes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// A text.
    Text(String),
    /// A vector.
    Vector(Vec<f32>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Self::serialize(self, serializer);
        }
        match self {
            Self::Bool(yes) => yes.serialize(serializer),
            Self::Int(number) => number.serialize(serializer),
            Self::Double(number) => number.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::Vector(numbers) => numbers.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Self::deserialize(deserializer);
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The prefix of a text for a number which JSON cannot write: NaN, Infinity and -Infinity.
pub const NUMBER_MARK: char = '\u{1}';

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a number, a text, true, false or a list of numbers")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(|_| E::custom("a whole number above 2^63 - 1"))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Double(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        // JSON has no literals for NaN and the infinities; they are written as marked texts.
        Ok(marked(value).map_or_else(|| Value::Text(value.to_owned()), Value::Double))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut numbers = Vec::new();
        while let Some(Single(number)) = seq.next_element()? {
            numbers.push(number);
        }
        Ok(Value::Vector(numbers))
    }
}

/// The number in a marked text.
fn marked(text: &str) -> Option<f64> {
    text.strip_prefix(NUMBER_MARK)?.parse().ok()
}

/// A number of a vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Single(pub f32);

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return f32::deserialize(deserializer).map(Self);
        }
        deserializer.deserialize_any(SingleVisitor)
    }
}

struct SingleVisitor;

impl Visitor<'_> for SingleVisitor {
    type Value = Single;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Single, E> {
        Ok(Single(number as f32))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Single, E> {
        Ok(Single(number as f32))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Single, E> {
        Ok(Single(number as f32))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Single, E> {
        marked(text).map(|number| Single(number as f32)).ok_or_else(|| E::custom("a text, not a number"))
    }
}
