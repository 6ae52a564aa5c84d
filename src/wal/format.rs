//! Byte layouts of the log: file header, record header, and the payloads that belong to the log itself.
//!
//! Promises: encoding is the specification's to the byte; decoding never panics and never reads past what it
//! was given. Leaves out: engine payloads (`db::batch`) and Raft entries' meaning.

use crate::types::{Lsn, NodeId};

/// The version that is written.
pub const VERSION: u16 = 1;
/// Length of a file header.
pub const FILE_HEADER_BYTES: u64 = 40;
/// Length of a record header.
pub const HEADER_BYTES: u64 = 36;
/// Longest payload.
pub const MAX_PAYLOAD_BYTES: u64 = 64 << 20;
/// A file that has reached this length is followed by another.
pub const ROTATE_BYTES: u64 = 4 << 20;
/// The first eight bytes of a file.
pub const MAGIC: [u8; 8] = *b"QLABWAL0";

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The log was opened.
    Boot,
    /// Rows of a standalone engine.
    Insert,
    /// Raft's term and vote.
    HardState,
    /// Raft log entries.
    Entries,
}

impl Kind {
    /// Its number on disk.
    pub fn number(self) -> u16 {
        match self {
            Self::Boot => 1,
            Self::Insert => 2,
            Self::HardState => 3,
            Self::Entries => 4,
        }
    }

    /// The kind of a number.
    pub fn from_number(number: u16) -> Option<Self> {
        [Self::Boot, Self::Insert, Self::HardState, Self::Entries]
            .into_iter()
            .find(|kind| kind.number() == number)
    }
}

/// A record's header, without its checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of payload.
    pub length: u32,
    /// What it holds.
    pub kind: Kind,
    /// Its LSN.
    pub lsn: Lsn,
    /// What was durable when it was written.
    pub durable_lsn: Lsn,
    /// The opening it was written in.
    pub epoch: u32,
    /// Checksum of the payload.
    pub payload_crc: u32,
}

/// Where a record lies; part of what its header's checksum covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose log.
    pub node: NodeId,
    /// Which file.
    pub file: u32,
    /// Offset of the header.
    pub offset: u64,
}

/// CRC-32 (IEEE) of some bytes.
pub fn crc(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

fn header_crc(fixed: &[u8], place: Place) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(fixed);
    hasher.update(&place.node.to_le_bytes());
    hasher.update(&place.file.to_le_bytes());
    hasher.update(&place.offset.to_le_bytes());
    hasher.finalize()
}

impl Header {
    /// The 36 bytes of this header at its place.
    pub fn encode(&self, place: Place) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[0..4].copy_from_slice(&self.length.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.kind.number().to_le_bytes());
        bytes[8..16].copy_from_slice(&self.lsn.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.durable_lsn.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.payload_crc.to_le_bytes());
        let crc = header_crc(&bytes[..32], place);
        bytes[32..36].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads a header from its 36 bytes; says what is wrong with it otherwise.
    pub fn decode(bytes: &[u8], place: Place) -> Result<Self, &'static str> {
        let mut fields = Fields(bytes);
        let too_short = "the header is cut short";
        let length = fields.u32().ok_or(too_short)?;
        let kind = fields.u16().ok_or(too_short)?;
        let flags = fields.u16().ok_or(too_short)?;
        let lsn = fields.u64().ok_or(too_short)?;
        let durable_lsn = fields.u64().ok_or(too_short)?;
        let epoch = fields.u32().ok_or(too_short)?;
        let payload_crc = fields.u32().ok_or(too_short)?;
        let found = fields.u32().ok_or(too_short)?;
        if found != header_crc(&bytes[..32], place) {
            return Err("the header fails its checksum");
        }
        let kind = Kind::from_number(kind).ok_or("the header names an unknown kind")?;
        if flags != 0 {
            return Err("the header has unknown flags");
        }
        if u64::from(length) > MAX_PAYLOAD_BYTES {
            return Err("the header claims more than 64 MiB");
        }
        Ok(Self { length, kind, lsn, durable_lsn, epoch, payload_crc })
    }
}

/// A log file's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// Format version.
    pub version: u16,
    /// Whose log.
    pub node: NodeId,
    /// Its number.
    pub file: u32,
    /// The opening it was begun in.
    pub epoch: u32,
    /// LSN of its first record.
    pub first_lsn: Lsn,
}

impl FileHeader {
    /// The 40 bytes.
    pub fn encode(&self) -> [u8; FILE_HEADER_BYTES as usize] {
        let mut bytes = [0; FILE_HEADER_BYTES as usize];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&self.version.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.node.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.file.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_lsn.to_le_bytes());
        let crc = crc(&bytes[..36]);
        bytes[36..40].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads a file header; says what is wrong with it otherwise.
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
        if magic != MAGIC {
            return Err("this is not a log file");
        }
        if found != crc(&bytes[..36]) {
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
    /// Up to here the log, or the client, proved that records were acknowledged.
    pub proven_lsn: Lsn,
    /// Up to here records were found.
    pub found_lsn: Lsn,
}

impl Boot {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(24);
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&0u32.to_le_bytes());
        bytes.extend_from_slice(&self.proven_lsn.to_le_bytes());
        bytes.extend_from_slice(&self.found_lsn.to_le_bytes());
        bytes
    }

    /// Reads it back; none if the bytes are not a boot payload.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let epoch = fields.u32()?;
        fields.u32()?;
        let boot = Self { epoch, proven_lsn: fields.u64()?, found_lsn: fields.u64()? };
        fields.0.is_empty().then_some(boot)
    }
}

/// The fixed front of an insert payload, from which its columns' places follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InsertShape {
    /// Which collection.
    pub collection: u32,
    /// How many rows.
    pub rows: u32,
    /// The vectors' dimension.
    pub dim: u32,
    /// Bytes of all texts.
    pub text_bytes: u32,
}

impl InsertShape {
    /// Its own length.
    pub const BYTES: u64 = 16;

    /// Its bytes.
    pub fn encode(&self, into: &mut Vec<u8>) {
        for field in [self.collection, self.rows, self.dim, self.text_bytes] {
            into.extend_from_slice(&field.to_le_bytes());
        }
    }

    /// Reads it off the front.
    pub fn decode(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            collection: fields.u32()?,
            rows: fields.u32()?,
            dim: fields.u32()?,
            text_bytes: fields.u32()?,
        })
    }

    /// The length of a payload of this shape.
    pub fn bytes(&self) -> u64 {
        let rows = u64::from(self.rows);
        Self::BYTES
            + rows * (8 + 8 + 4)
            + u64::from(self.text_bytes)
            + rows.saturating_mul(u64::from(self.dim) * 4)
    }
}

/// Reads little-endian fields off the front of some bytes; none where they end.
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
