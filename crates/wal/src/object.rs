//! Objects: files that are written whole, once, and never changed; flushed segments and manifests of checkpoints.
//!
//! An object consists of the log's own file header and records, so that the same checksums detect misplaced, stale and
//! damaged bytes. Guarantees: what was written reads back record by record, or the damage is reported with file and
//! offset; an object that is truncated anywhere cannot be read. Leaves out: which objects belong together (the
//! manifest's task), and removing those that no manifest names (the engine's).

use super::format::{
    FILE_HEADER_BYTES, FileHeader, HEADER_BYTES, Header, Kind, MAX_PAYLOAD_BYTES, Place, VERSION, long_sum,
    sum,
};
use super::replay::Damage;
use crate::disk::Disk;
use quorum_types::{Lsn, NodeId};

/// An object being written.
#[derive(Clone, Copy, Debug)]
pub struct ObjectWriter {
    node: NodeId,
    file: u32,
    epoch: u32,
}

impl ObjectWriter {
    /// Begins an object; an existing object with this number is removed.
    pub fn begin(disk: &mut Disk, node: NodeId, file: u32, epoch: u32) -> Self {
        disk.remove(file);
        disk.append(file, FileHeader { version: VERSION, node, file, epoch, first_lsn: 0 }.encode());
        Self { node, file, epoch }
    }

    /// Adds a record. `durable_lsn` of an object's records counts them from 1, so that a missing record is always
    /// detected.
    pub fn add(&self, disk: &mut Disk, number: u64, kind: Kind, lsn: Lsn, payload: Vec<u8>) {
        // A manifest is written in pieces of this length, and a chunk of rows came from a record of the log.
        assert!(payload.len() as u64 <= MAX_PAYLOAD_BYTES, "a record of an object is not too large");
        let place = Place { node: self.node, file: self.file, offset: disk.len(self.file) };
        let header = Header {
            length: payload.len() as u32,
            kind,
            lsn,
            durable_lsn: number,
            epoch: self.epoch,
            payload_sum: sum(&payload),
        };
        disk.append(self.file, header.encode(place));
        disk.append(self.file, payload);
    }
}

/// An object being read.
#[derive(Clone, Debug)]
pub struct ObjectReader {
    node: NodeId,
    file: u32,
    offset: u64,
    records: u64,
    buffer: Vec<u8>,
}

impl ObjectReader {
    /// Opens an object. The error says what is wrong with its file header.
    pub fn open(disk: &Disk, node: NodeId, file: u32) -> Result<Self, Damage> {
        let mut reader = Self { node, file, offset: 0, records: 0, buffer: Vec::new() };
        disk.read(file, 0, FILE_HEADER_BYTES, &mut reader.buffer);
        let header = FileHeader::decode(&reader.buffer).map_err(|why| reader.damage(why))?;
        if (header.version, header.node, header.file) != (VERSION, node, file) {
            return Err(reader.damage("it belongs to another place or version"));
        }
        reader.offset = FILE_HEADER_BYTES;
        Ok(reader)
    }

    fn damage(&self, why: &str) -> Damage {
        Damage { file: self.file, offset: self.offset, why: why.to_owned() }
    }

    /// The next record; none at the end of the file. The error says where the object is damaged, and how.
    pub fn next_record(&mut self, disk: &Disk) -> Result<Option<(Header, &[u8])>, Damage> {
        let Some(header) = self.next_header(disk)? else { return Ok(None) };
        let length = u64::from(header.length);
        self.buffer.clear();
        disk.read(self.file, self.offset + HEADER_BYTES, length, &mut self.buffer);
        if sum(&self.buffer) != header.payload_sum {
            return Err(self.damage("its payload fails its checksum"));
        }
        self.pass(&header);
        Ok(Some((header, &self.buffer)))
    }

    /// The header of the next record, into the buffer too; none at the end of the file.
    fn next_header(&mut self, disk: &Disk) -> Result<Option<Header>, Damage> {
        let len = disk.len(self.file);
        if self.offset == len {
            return Ok(None);
        }
        self.buffer.clear();
        disk.read(self.file, self.offset, HEADER_BYTES, &mut self.buffer);
        let place = Place { node: self.node, file: self.file, offset: self.offset };
        let header = Header::decode(&self.buffer, place).map_err(|why| self.damage(why))?;
        let length = u64::from(header.length);
        if header.durable_lsn != self.records + 1 {
            return Err(self.damage("a record before it is missing"));
        }
        if len - self.offset < HEADER_BYTES + length {
            return Err(self.damage("it is cut short"));
        }
        Ok(Some(header))
    }

    /// Goes on behind the record with this header.
    fn pass(&mut self, header: &Header) {
        self.offset += HEADER_BYTES + u64::from(header.length);
        self.records += 1;
    }

    /// The number of records read so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The number of bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.offset
    }
}

/// A number that another object does not have: the checksum of all headers, which hold the checksums of the payloads.
/// The error says which header is damaged. Payloads are not read.
pub fn identity(disk: &Disk, node: NodeId, file: u32) -> Result<u64, Damage> {
    let mut reader = ObjectReader::open(disk, node, file)?;
    let mut headers = reader.buffer.clone();
    while let Some(header) = reader.next_header(disk)? {
        headers.extend_from_slice(&reader.buffer);
        reader.pass(&header);
    }
    Ok(long_sum(&headers))
}
