//! Byte layouts of the log: file header, record header, and the payloads that belong to the log itself.
//!
//! Guarantees: encoding follows the specification byte for byte; decoding never panics and never reads past its input.
//! Leaves out: engine payloads (`engine::batch`) and the meaning of Raft entries.

use quorum_types::{Lsn, NodeId};

/// The version that is written.
pub const VERSION: u16 = 2;
/// The length of a file header, in bytes.
pub const FILE_HEADER_BYTES: u64 = 40;
/// The length of a record header, in bytes.
pub const HEADER_BYTES: u64 = 36;
/// The maximum length of a payload, in bytes.
pub const MAX_PAYLOAD_BYTES: u64 = 64 << 20;
/// By default, a file that has reached this length is followed by another.
pub const ROTATE_BYTES: u64 = 4 << 20;
/// The first eight bytes of a file.
pub const MAGIC: [u8; 8] = *b"QLABWAL2";
/// The magic bytes of version 1, whose checksums were different.
const MAGIC_1: [u8; 8] = *b"QLABWAL0";
/// Files from this number on are objects: flushed segments and checkpoint manifests.
pub const FIRST_OBJECT: u32 = 1 << 28;
/// Objects from this number on are indexes, each of the segment's object that has the same number after
/// [`FIRST_OBJECT`].
pub const FIRST_INDEX: u32 = 3 << 27;
/// Objects from this number on are manifests.
pub const FIRST_MANIFEST: u32 = 1 << 29;

/// The file of the index of a segment's object.
pub fn index_of(object: u32) -> u32 {
    object.saturating_sub(FIRST_OBJECT).saturating_add(FIRST_INDEX)
}

/// The object without which a file is of no use: for an index its segment's, otherwise the file itself.
pub fn owner_of(file: u32) -> u32 {
    if (FIRST_INDEX..FIRST_MANIFEST).contains(&file) { file - FIRST_INDEX + FIRST_OBJECT } else { file }
}

/// The display name of a file.
pub fn file_name(file: u32) -> String {
    if file >= FIRST_MANIFEST {
        format!("manifest-{:06}", file - FIRST_MANIFEST)
    } else if file >= FIRST_INDEX {
        format!("index-{:06}", file - FIRST_INDEX)
    } else if file >= FIRST_OBJECT {
        format!("segment-{:06}", file - FIRST_OBJECT)
    } else {
        format!("wal-{file:06}.log")
    }
}

/// The number of a file with this name; none if the name is not one of the engine's.
pub fn file_number(name: &str) -> Option<u32> {
    let (first, digits) = if let Some(rest) = name.strip_prefix("wal-") {
        (0, rest.strip_suffix(".log")?)
    } else if let Some(rest) = name.strip_prefix("segment-") {
        (FIRST_OBJECT, rest)
    } else if let Some(rest) = name.strip_prefix("index-") {
        (FIRST_INDEX, rest)
    } else {
        (FIRST_MANIFEST, name.strip_prefix("manifest-")?)
    };
    let number = digits.parse::<u32>().ok()?.checked_add(first)?;
    (file_name(number) == name).then_some(number)
}

/// The content of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The log was opened.
    Boot,
    /// Rows inserted or upserted.
    Insert,
    /// Raft's term and vote.
    HardState,
    /// Raft log entries.
    Entries,
    /// Keys deleted.
    Delete,
    /// A collection, an index or the set of loaded collections changed.
    Catalog,
    /// Segments were sealed or compacted.
    Segments,
    /// The content of a checkpoint; in objects only.
    Manifest,
    /// A replica's state machine, replacing everything before.
    Snapshot,
    /// A piece of a segment's index; in objects only.
    Index,
}

/// Every kind, by its number.
pub const KINDS: [Kind; 10] = [
    Kind::Boot,
    Kind::Insert,
    Kind::HardState,
    Kind::Entries,
    Kind::Delete,
    Kind::Catalog,
    Kind::Segments,
    Kind::Manifest,
    Kind::Snapshot,
    Kind::Index,
];

impl Kind {
    /// Its number on disk.
    pub fn number(self) -> u16 {
        self as u16 + 1
    }

    /// The kind with this number.
    pub(crate) fn from_number(number: u16) -> Option<Self> {
        KINDS.get(usize::from(number).checked_sub(1)?).copied()
    }
}

/// A record's header, without its checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The length of the payload, in bytes.
    pub length: u32,
    /// The kind of its payload.
    pub kind: Kind,
    /// Its LSN.
    pub lsn: Lsn,
    /// The LSN that was durable when it was written.
    pub durable_lsn: Lsn,
    /// The opening in which it was written.
    pub epoch: u32,
    /// The checksum of the payload.
    pub payload_sum: u32,
}

/// The position of a record; its header's checksum covers this as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The node whose log it is.
    pub node: NodeId,
    /// The file's number.
    pub file: u32,
    /// Offset of the header, in bytes from the beginning of the file.
    pub offset: u64,
}

/// The checksum of some bytes: the low half of their XXH3.
pub fn sum(bytes: &[u8]) -> u32 {
    long_sum(bytes) as u32
}

/// The whole XXH3 of some bytes.
pub(crate) fn long_sum(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

fn header_sum(fixed: &[u8], place: Place) -> u32 {
    let mut bytes = [0; 48];
    let fixed = &fixed[..fixed.len().min(32)];
    bytes[..fixed.len()].copy_from_slice(fixed);
    bytes[32..36].copy_from_slice(&place.node.to_le_bytes());
    bytes[36..40].copy_from_slice(&place.file.to_le_bytes());
    bytes[40..48].copy_from_slice(&place.offset.to_le_bytes());
    sum(&bytes)
}

impl Header {
    /// Encodes this header at its place, in 36 bytes.
    pub fn encode(&self, place: Place) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[0..4].copy_from_slice(&self.length.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.kind.number().to_le_bytes());
        bytes[8..16].copy_from_slice(&self.lsn.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.durable_lsn.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.payload_sum.to_le_bytes());
        let sum = header_sum(&bytes[..32], place);
        bytes[32..36].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Decodes a header from its 36 bytes; otherwise returns what is wrong with it.
    pub fn decode(bytes: &[u8], place: Place) -> Result<Self, &'static str> {
        let mut fields = Fields(bytes);
        let too_short = "the header is cut short";
        let length = fields.u32().ok_or(too_short)?;
        let kind = fields.u16().ok_or(too_short)?;
        let flags = fields.u16().ok_or(too_short)?;
        let lsn = fields.u64().ok_or(too_short)?;
        let durable_lsn = fields.u64().ok_or(too_short)?;
        let epoch = fields.u32().ok_or(too_short)?;
        let payload_sum = fields.u32().ok_or(too_short)?;
        let found = fields.u32().ok_or(too_short)?;
        if found != header_sum(&bytes[..32], place) {
            return Err("the header fails its checksum");
        }
        let kind = Kind::from_number(kind).ok_or("the header names an unknown kind")?;
        if flags != 0 {
            return Err("the header has unknown flags");
        }
        if u64::from(length) > MAX_PAYLOAD_BYTES {
            return Err("the header claims more than 64 MiB");
        }
        Ok(Self { length, kind, lsn, durable_lsn, epoch, payload_sum })
    }
}

/// A log file's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// Format version.
    pub version: u16,
    /// The node whose log it is.
    pub node: NodeId,
    /// Its number.
    pub file: u32,
    /// The opening in which it was begun.
    pub epoch: u32,
    /// The LSN of its first record.
    pub first_lsn: Lsn,
}

impl FileHeader {
    /// Encodes the header, in 40 bytes.
    pub fn encode(&self) -> [u8; FILE_HEADER_BYTES as usize] {
        let mut bytes = [0; FILE_HEADER_BYTES as usize];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&self.version.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.node.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.file.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_lsn.to_le_bytes());
        let sum = sum(&bytes[..36]);
        bytes[36..40].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Decodes a file header; otherwise returns what is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut fields = Fields(bytes);
        let too_short = "the file header is cut short";
        let magic = fields.take(8).ok_or(too_short)?;
        let version = fields.u16().ok_or(too_short)?;
        fields.take(2).ok_or(too_short)?;
        let node = fields.u32().ok_or(too_short)?;
        let file = fields.u32().ok_or(too_short)?;
        let epoch = fields.u32().ok_or(too_short)?;
        let first_lsn = fields.u64().ok_or(too_short)?;
        fields.take(4).ok_or(too_short)?;
        let found = fields.u32().ok_or(too_short)?;
        if magic == MAGIC_1 {
            return Ok(Self { version: 1, node, file, epoch, first_lsn });
        }
        if magic != MAGIC {
            return Err("this is not a log file");
        }
        if found != sum(&bytes[..36]) {
            return Err("the file header fails its checksum");
        }
        Ok(Self { version, node, file, epoch, first_lsn })
    }
}

/// The payload of a boot record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot {
    /// The opening that it begins.
    pub epoch: u32,
    /// The LSN up to which the log, or the client, proved that records were acknowledged.
    pub proven_lsn: Lsn,
    /// The LSN up to which records were found.
    pub found_lsn: Lsn,
}

impl Boot {
    /// Encodes the payload.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(24);
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&0u32.to_le_bytes());
        bytes.extend_from_slice(&self.proven_lsn.to_le_bytes());
        bytes.extend_from_slice(&self.found_lsn.to_le_bytes());
        bytes
    }

    /// Decodes the payload; none if the bytes are not a boot payload.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let epoch = fields.u32()?;
        fields.u32()?;
        let boot = Self { epoch, proven_lsn: fields.u64()?, found_lsn: fields.u64()? };
        fields.0.is_empty().then_some(boot)
    }
}

/// The fixed-length front of a record of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsFront {
    /// The collection's number.
    pub collection: u32,
    /// Whether rows with the same keys are deleted first.
    pub upsert: bool,
    /// The import that these rows belong to; 0 for none.
    pub import: u64,
    /// The number of rows of that import in the log, including these.
    pub position: u64,
}

impl RowsFront {
    /// Its length, in bytes.
    pub const BYTES: u64 = 24;

    /// Encodes the front.
    pub fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.collection.to_le_bytes());
        into.extend_from_slice(&u32::from(self.upsert).to_le_bytes());
        into.extend_from_slice(&self.import.to_le_bytes());
        into.extend_from_slice(&self.position.to_le_bytes());
    }

    /// Decodes it from the start of some bytes.
    pub fn decode(fields: &mut Fields<'_>) -> Option<Self> {
        let collection = fields.u32()?;
        let upsert = match fields.u32()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        Some(Self { collection, upsert, import: fields.u64()?, position: fields.u64()? })
    }
}

/// The description of rows in columns, which precedes the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsShape {
    /// The number of rows.
    pub rows: u32,
    /// The column that holds the primary keys.
    pub primary: u32,
    /// The columns.
    pub columns: Vec<ColumnShape>,
}

/// The description of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnShape {
    /// The type: 1 int64, 2 double, 3 bool, 4 varchar, 5 float vector.
    pub code: u32,
    /// The dimension of vectors; 0 for the others.
    pub dim: u32,
    /// The column's length, in bytes.
    pub bytes: u32,
}

impl ColumnShape {
    /// Encodes the shape.
    pub fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&three(self.code, self.dim, self.bytes));
    }
}

/// The bytes of three numbers.
fn three(a: u32, b: u32, c: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[0..4].copy_from_slice(&a.to_le_bytes());
    bytes[4..8].copy_from_slice(&b.to_le_bytes());
    bytes[8..12].copy_from_slice(&c.to_le_bytes());
    bytes
}

impl RowsShape {
    /// The length of the shape of this many columns, in bytes.
    pub fn bytes_of_shape(columns: usize) -> u64 {
        12 + 12 * columns as u64
    }

    /// The length of the shape itself, in bytes.
    pub(crate) fn front_bytes(&self) -> u64 {
        Self::bytes_of_shape(self.columns.len())
    }

    /// The length of the shape and all columns, in bytes.
    pub fn bytes(&self) -> u64 {
        self.front_bytes() + self.columns.iter().map(|column| u64::from(column.bytes)).sum::<u64>()
    }

    /// Encodes the shape.
    pub fn encode(&self, into: &mut Vec<u8>) {
        Self::encode_front(self.rows, self.columns.len() as u32, self.primary, into);
        self.columns.iter().for_each(|column| column.encode(into));
    }

    /// Encodes what comes before the columns' shapes.
    pub fn encode_front(rows: u32, columns: u32, primary: u32, into: &mut Vec<u8>) {
        into.extend_from_slice(&three(rows, columns, primary));
    }

    /// Decodes it from the start of some bytes.
    pub fn decode(fields: &mut Fields<'_>) -> Option<Self> {
        let rows = fields.u32()?;
        let count = fields.u32()?;
        let primary = fields.u32()?;
        let mut columns = Vec::new();
        for _ in 0..count {
            columns.push(ColumnShape { code: fields.u32()?, dim: fields.u32()?, bytes: fields.u32()? });
        }
        Some(Self { rows, primary, columns })
    }
}

/// Reads little-endian fields from the start of some bytes; returns none at their end.
#[derive(Debug)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// The next two bytes as a number.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next four bytes as a number.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes as a number.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
