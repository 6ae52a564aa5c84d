//! Rows, fields and counts at the façade's interface: plain objects with the names that Milvus uses.
//!
//! Guarantees: a row is serialized as an object of its fields, in their order, and deserialized from one. Leaves out:
//! what the values mean (the engine).

use litemap::LiteMap;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use quorum_engine::schema::Single;
use quorum_engine::{Record, Value};
pub use quorum_sim::standalone::action::FieldSpec;

/// A row: values by the names of their fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row(pub Record);

impl Row {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// The value of a field of whole numbers.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a text field.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a vector field.
    pub fn vector(&self, name: &str) -> Option<Vec<f32>> {
        match self.get(name)? {
            Value::Vector(vector) => Some(vector.clone()),
            _ => None,
        }
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an object of fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut record = Record::new();
        while let Some(entry) = map.next_entry()? {
            record.push(entry);
        }
        Ok(Row(record))
    }
}

/// Reads vectors to search near, in which NaN and infinity may stand as marked texts.
pub(super) fn vectors<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<f32>>, D::Error> {
    let vectors = Vec::<Vec<Single>>::deserialize(deserializer)?;
    Ok(vectors.into_iter().map(|vector| vector.into_iter().map(|number| number.0).collect()).collect())
}

/// The rows of an insert.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertRows {
    /// This many rows, generated from the run's seed.
    Made(u64),
    /// These.
    Given(Vec<Row>),
}

impl From<u64> for InsertRows {
    fn from(rows: u64) -> Self {
        Self::Made(rows)
    }
}

/// Rows where fields have no names.
#[derive(Serialize, Deserialize)]
enum CompactRows<R> {
    Made(u64),
    Given(R),
}

impl Serialize for InsertRows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return match self {
                Self::Made(rows) => CompactRows::Made(*rows),
                Self::Given(rows) => CompactRows::Given(rows),
            }
            .serialize(serializer);
        }
        match self {
            Self::Made(rows) => serializer.serialize_u64(*rows),
            Self::Given(rows) => rows.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for InsertRows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Ok(match CompactRows::deserialize(deserializer)? {
                CompactRows::Made(rows) => Self::Made(rows),
                CompactRows::Given(rows) => Self::Given(rows),
            });
        }
        deserializer.deserialize_any(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = InsertRows;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a number of rows, or a list of rows")
    }

    fn visit_u64<E: Error>(self, rows: u64) -> Result<InsertRows, E> {
        Ok(InsertRows::Made(rows))
    }

    fn visit_i64<E: Error>(self, rows: i64) -> Result<InsertRows, E> {
        u64::try_from(rows).map(InsertRows::Made).map_err(|_| E::custom("a negative number of rows"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<InsertRows, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = seq.next_element()? {
            rows.push(row);
        }
        Ok(InsertRows::Given(rows))
    }
}

/// Counts of collections, by name.
pub(crate) type CollectionStats = LiteMap<String, CollectionCounts>;

/// Counts of a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionCounts {
    /// Rows that are flushed, deleted ones too.
    pub num_entities: u64,
    /// Rows that are visible.
    pub rows: u64,
    /// Segments that rows come to.
    pub growing: u64,
    /// Segments that are sealed or flushed.
    pub sealed: u64,
}

/// Counts of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalStats {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The first record that is still there.
    pub first_lsn: u64,
    /// The last record that is durable.
    pub durable_lsn: u64,
    /// Every record up to here is in a checkpoint.
    pub checkpoint_lsn: u64,
}
