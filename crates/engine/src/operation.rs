//! Operations on a catalogue, as they are logged.
//!
//! Guarantees: an operation contains everything needed to apply it, so that replaying a log restores the same
//! catalogue; `decode(encode(operation)) == operation`; decoding checks every length and never panics. Leaves out:
//! whether an operation makes sense (the catalogue's), checksums (the log's).

use std::sync::Arc;

use super::batch::Batch;
use super::bytes::{Reader, SHORT, Writer};
use super::index::{IndexSpec, read_index, write_index};
use super::schema::{Field, FieldType, Schema};
use quorum_wal::Kind;
use quorum_wal::format::{Fields, RowsFront};

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Inserts rows.
    Insert {
        /// The target, with metadata.
        front: RowsFront,
        /// The rows.
        batch: Arc<Batch>,
    },
    /// Deletes the rows with these keys, if they exist.
    Delete {
        /// The collection.
        collection: u32,
        /// The keys, ascending.
        keys: Vec<i64>,
    },
    /// Creates a collection.
    CreateCollection {
        /// Its number.
        collection: u32,
        /// Its name.
        name: String,
        /// Its fields.
        schema: Schema,
    },
    /// Drops a collection.
    DropCollection {
        /// Its number.
        collection: u32,
    },
    /// Defines the index of sealed segments from now on.
    CreateIndex {
        /// The collection.
        collection: u32,
        /// The index.
        spec: IndexSpec,
    },
    /// Drops the index.
    DropIndex {
        /// The collection.
        collection: u32,
    },
    /// Loads or releases the collection.
    Load {
        /// The collection.
        collection: u32,
        /// True: loaded; false: released.
        loaded: bool,
    },
    /// Seals the growing segment; the next rows begin another.
    Seal {
        /// The collection.
        collection: u32,
    },
    /// Merges these segments without their deleted rows.
    Compact {
        /// The collection.
        collection: u32,
        /// The segments, ascending.
        segments: Vec<u64>,
    },
}

impl Operation {
    /// The kind of its log record.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Insert { .. } => Kind::Insert,
            Self::Delete { .. } => Kind::Delete,
            Self::Seal { .. } | Self::Compact { .. } => Kind::Segments,
            _ => Kind::Catalog,
        }
    }

    /// The payload of its log record.
    pub fn encode(&self) -> Vec<u8> {
        let mut into = Writer(Vec::new());
        match self {
            Self::Insert { front, batch } => {
                into.0.reserve(RowsFront::BYTES as usize + batch.bytes());
                front.encode(&mut into.0);
                batch.encode(&mut into.0);
            }
            Self::Delete { collection, keys } => {
                into.u32(*collection).u32(keys.len() as u32);
                keys.iter().for_each(|key| into.0.extend_from_slice(&key.to_le_bytes()));
            }
            Self::CreateCollection { collection, name, schema } => {
                into.u32(1).u32(*collection).text(name);
                write_schema(schema, &mut into);
            }
            Self::DropCollection { collection } => {
                into.u32(2).u32(*collection);
            }
            Self::CreateIndex { collection, spec } => {
                into.u32(3).u32(*collection);
                write_index(spec, &mut into);
            }
            Self::DropIndex { collection } => {
                into.u32(4).u32(*collection);
            }
            Self::Load { collection, loaded } => {
                into.u32(if *loaded { 5 } else { 6 }).u32(*collection);
            }
            Self::Seal { collection } => {
                into.u32(1).u32(*collection);
            }
            Self::Compact { collection, segments } => {
                into.u32(2).u32(*collection).u32(segments.len() as u32);
                for segment in segments {
                    into.u64(*segment);
                }
            }
        }
        into.0
    }

    /// Decodes the payload of a record of this kind, or returns what is wrong with it.
    pub fn decode(kind: Kind, payload: &[u8]) -> Result<Self, &'static str> {
        let mut from = Reader(Fields(payload));
        let operation = match kind {
            Kind::Insert => {
                let front = RowsFront::decode(&mut from.0).ok_or(SHORT)?;
                return Ok(Self::Insert { front, batch: Arc::new(Batch::decode(from.0.0)?) });
            }
            Kind::Delete => {
                let collection = from.u32()?;
                Self::Delete { collection, keys: from.many(|from| from.u64().map(|key| key as i64))? }
            }
            Kind::Segments => match from.u32()? {
                1 => Self::Seal { collection: from.u32()? },
                2 => Self::Compact { collection: from.u32()?, segments: from.many(Reader::u64)? },
                _ => return Err("an unknown change of segments"),
            },
            Kind::Catalog => Self::decode_catalog(&mut from)?,
            _ => return Err("this record is not an engine's"),
        };
        if from.0.0.is_empty() { Ok(operation) } else { Err("something follows the change") }
    }

    fn decode_catalog(from: &mut Reader<'_>) -> Result<Self, &'static str> {
        let what = from.u32()?;
        let collection = from.u32()?;
        Ok(match what {
            1 => Self::CreateCollection { collection, name: from.text()?, schema: read_schema(from)? },
            2 => Self::DropCollection { collection },
            3 => Self::CreateIndex { collection, spec: read_index(from)? },
            4 => Self::DropIndex { collection },
            5 | 6 => Self::Load { collection, loaded: what == 5 },
            _ => return Err("an unknown change of the catalogue"),
        })
    }
}

pub(super) fn write_schema(schema: &Schema, into: &mut Writer) {
    into.u32(schema.fields().len() as u32);
    for field in schema.fields() {
        let (code, size) = match field.kind {
            FieldType::Int64 => (1, 0),
            FieldType::Double => (2, 0),
            FieldType::Bool => (3, 0),
            FieldType::VarChar { max_length } => (4, max_length),
            FieldType::FloatVector { dim } => (5, dim),
        };
        into.text(&field.name).u32(code).u32(size).u32(u32::from(field.primary));
    }
}

pub(super) fn read_schema(from: &mut Reader<'_>) -> Result<Schema, &'static str> {
    let fields = from.many(|from| {
        let name = from.text()?;
        let (code, size) = (from.u32()?, from.u32()?);
        let kind = match code {
            1 => FieldType::Int64,
            2 => FieldType::Double,
            3 => FieldType::Bool,
            4 => FieldType::VarChar { max_length: size },
            5 => FieldType::FloatVector { dim: size },
            _ => return Err("a field is of an unknown type"),
        };
        if code < 4 && size != 0 {
            return Err("a field that has no size gives one");
        }
        Ok(Field { name, kind, primary: from.flag()? })
    })?;
    Schema::new(fields).map_err(|_| "the fields make no collection")
}
