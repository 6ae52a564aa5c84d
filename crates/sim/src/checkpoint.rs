//! Checkpoints: a catalogue written to objects, and read back after a start.
//!
//! A checkpoint is a manifest and the segment objects that it names. Objects are synced before the manifest is written,
//! and the manifest before anything older is deleted, so that one complete checkpoint and the log after it exist at all
//! times. Guarantees: reading back gives the newest complete checkpoint; a manifest that was being written when the
//! power failed is skipped as long as the log before it still exists; damage is reported with file and offset. Leaves
//! out: when to make a checkpoint, and indexes, which have files of their own (`standalone::index_files`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::log_disk::{LogDisk, SHARED_BYTES};
use quorum_engine::contents::contents;
use quorum_engine::manifest::{self, Front, Part};
use quorum_engine::{Batch, Catalog, Segment};
use quorum_types::sort::sort;
use quorum_types::{Lsn, NodeId};
use quorum_wal::disk::Disk;
use quorum_wal::format::{
    FILE_HEADER_BYTES, FIRST_INDEX, FIRST_MANIFEST, FIRST_OBJECT, HEADER_BYTES, MAX_PAYLOAD_BYTES, index_of,
};
use quorum_wal::object::{ObjectReader, ObjectWriter};
use quorum_wal::{Damage, Kind};

/// Rows in memory that an object holds too: the object, where their bytes begin, and the rows.
type InObject = (u32, u64, Arc<Batch>);

/// Lets a disk read what objects hold from the rows in memory, as far as the host has it.
fn share(rows: &mut Vec<InObject>, disk: &mut Disk) {
    for (object, offset, batch) in rows.drain(..).filter(|(.., batch)| batch.bytes() >= SHARED_BYTES) {
        disk.share(object, offset, &contents(None, &batch));
    }
}

/// A checkpoint being written.
#[derive(Clone, Debug)]
pub struct Writing {
    /// The catalogue as it was at the beginning.
    frozen: Catalog,
    /// The manifest's other contents.
    pub front: Front,
    /// The segments that still have to be written.
    left: VecDeque<u64>,
    /// The segment being written, its object, and its next chunk.
    current: Option<(u64, ObjectWriter, usize)>,
    next_object: u32,
    /// Objects written, with their segments.
    pub written: Vec<(u64, u32)>,
    /// What was written and is not shared.
    unshared: Vec<InObject>,
    /// What [`Disk::rewrites`] was at the beginning.
    rewrites: u64,
}

/// The number after the highest file at or above `first` and below `end`.
fn next_number(disk: &Disk, first: u32, end: u32) -> u32 {
    let there = disk.files().map(|(file, ..)| file).filter(|file| (first..end).contains(file)).max();
    there.map_or(first + 1, |highest| highest + 1)
}

fn ascending(files: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut files: Vec<u32> = files.collect();
    sort(&mut files);
    files
}

impl Writing {
    /// Begins a checkpoint of a catalogue.
    pub fn begin(catalog: &Catalog, front: Front, disk: &Disk) -> Self {
        let left = catalog.segments().filter(|(_, segment)| segment.object.is_none());
        Self {
            left: left.map(|(_, segment)| segment.id).collect(),
            frozen: catalog.frozen(),
            front,
            current: None,
            next_object: next_number(disk, FIRST_OBJECT, FIRST_INDEX),
            written: Vec::new(),
            unshared: Vec::new(),
            rewrites: disk.rewrites(),
        }
    }

    /// Lets the disk read what was written so far from the rows in memory, once the host has it. Not if a fault has
    /// changed bytes of the disk since: that has to stay.
    pub(crate) fn share(&mut self, disk: &mut Disk) {
        if disk.rewrites() == self.rewrites {
            share(&mut self.unshared, disk);
        }
    }

    /// Segments and bytes to be written.
    pub fn size(&self) -> (u32, u64) {
        let bytes = |id: &u64| self.segment(*id).map_or(0, Segment::bytes);
        (self.left.len() as u32, self.left.iter().map(bytes).sum())
    }

    /// The bytes that the checkpoint will take on the disk, with the header of the log file that follows it.
    pub(crate) fn bytes_needed(&self) -> u64 {
        let object = |segment: &Segment| {
            let records = segment.chunks().iter().map(|chunk| HEADER_BYTES + chunk.batch.bytes() as u64);
            FILE_HEADER_BYTES + records.sum::<u64>()
        };
        let objects: u64 = self.left.iter().filter_map(|id| self.segment(*id)).map(object).sum();
        objects + self.manifest_bytes()
    }

    /// The bytes of the next piece.
    pub(crate) fn next_bytes(&self) -> u64 {
        let (id, at, header) = match (&self.current, self.left.front()) {
            (Some((id, _, at)), _) => (*id, *at, 0),
            (None, Some(id)) => (*id, 0, FILE_HEADER_BYTES),
            (None, None) => return self.manifest_bytes(),
        };
        let chunk = self.segment(id).and_then(|segment| segment.chunks().get(at));
        header + chunk.map_or(0, |chunk| HEADER_BYTES + chunk.batch.bytes() as u64)
    }

    /// The bytes of the manifest, with the header of the log file that follows it.
    fn manifest_bytes(&self) -> u64 {
        let manifest = manifest::encode(&self.front, &self.frozen).len() as u64;
        let records = manifest.div_ceil(MAX_PAYLOAD_BYTES).max(1);
        2 * FILE_HEADER_BYTES + manifest + records * HEADER_BYTES
    }

    /// The objects that were begun.
    pub(crate) fn begun(&self) -> Vec<u32> {
        let current = self.current.as_ref().map(|_| self.next_object);
        self.written.iter().map(|(_, object)| *object).chain(current).collect()
    }

    /// A segment as it was at the beginning.
    pub(crate) fn segment(&self, id: u64) -> Option<&Segment> {
        self.frozen.segments().map(|(_, segment)| &**segment).find(|segment| segment.id == id)
    }

    /// Writes the next piece of an object; returns its bytes, or none when all objects are written.
    pub fn step(&mut self, disk: &mut Disk, node: NodeId, epoch: u32) -> Option<u64> {
        let (id, writer, at) = match self.current.take() {
            Some(current) => current,
            None => {
                let id = self.left.pop_front()?;
                // A crash may have brought back the index of an earlier object with this number.
                disk.remove(index_of(self.next_object));
                (id, ObjectWriter::begin(disk, node, self.next_object, epoch), 0)
            }
        };
        let segment = self.segment(id)?;
        let chunks = segment.chunks().len();
        let mut bytes = 0;
        if let Some(chunk) = segment.chunks().get(at) {
            let mut payload = Vec::new();
            chunk.batch.encode(&mut payload);
            bytes = payload.len() as u64;
            let chunk = chunk.clone();
            let offset = disk.len(self.next_object) + HEADER_BYTES;
            writer.add(disk, at as u64 + 1, Kind::Insert, chunk.lsn, payload);
            self.unshared.push((self.next_object, offset, chunk.batch));
        }
        if at + 1 < chunks {
            self.current = Some((id, writer, at + 1));
        } else {
            self.written.push((id, self.next_object));
            let object = self.next_object;
            if let Some(segment) = self.frozen.segment_mut(id) {
                segment.object = Some(object);
            }
            self.next_object += 1;
        }
        Some(bytes)
    }

    /// Writes the manifest; returns its file number.
    pub fn write_manifest(&self, disk: &mut Disk, node: NodeId, epoch: u32) -> u32 {
        let file = next_number(disk, FIRST_MANIFEST, u32::MAX);
        let writer = ObjectWriter::begin(disk, node, file, epoch);
        self.add_manifest(disk, &writer, MAX_PAYLOAD_BYTES as usize);
        file
    }

    /// One record, unless it cannot hold all the deletions.
    fn add_manifest(&self, disk: &mut Disk, writer: &ObjectWriter, most_bytes: usize) {
        let bytes = manifest::encode(&self.front, &self.frozen);
        for (number, piece) in (1..).zip(bytes.chunks(most_bytes)) {
            writer.add(disk, number, Kind::Manifest, self.front.lsn, piece.to_vec());
        }
    }

    /// The files that belong to this checkpoint, its manifest among them; ascending.
    pub fn files(&self, manifest: u32) -> Vec<u32> {
        let objects = self.frozen.segments().filter_map(|(_, segment)| segment.object);
        ascending(objects.chain([manifest]))
    }
}

/// A checkpoint being read.
#[derive(Clone, Debug)]
pub struct Loading {
    /// The manifest's contents apart from the catalogue.
    pub front: Front,
    /// The catalogue, as far as it has been read.
    pub catalog: Catalog,
    /// Files that belong to it, ascending.
    pub files: Vec<u32>,
    /// Bytes to be read.
    pub total_bytes: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What is left to be read.
    pub(crate) parts: VecDeque<Part>,
    reader: Option<ObjectReader>,
    /// What was read and is not shared.
    unshared: Vec<InObject>,
}

impl Loading {
    /// Finds the newest intact manifest; none if there is no checkpoint. The error is the damage of a manifest that
    /// cannot be replaced by an older one or by the log.
    pub fn begin(log: &LogDisk) -> Result<Option<Self>, Damage> {
        let mut manifests: Vec<u32> =
            log.disk.files().map(|(file, ..)| file).filter(|file| *file >= FIRST_MANIFEST).collect();
        manifests.reverse();
        let mut damage = None;
        for file in manifests {
            match read_manifest(&log.disk, log.node, file) {
                Ok((front, catalog, parts)) => {
                    let files = ascending(parts.iter().map(|part| part.object).chain([file]));
                    let total_bytes = files.iter().map(|file| log.disk.len(*file)).sum();
                    return Ok(Some(Self {
                        front,
                        catalog,
                        files,
                        total_bytes,
                        bytes: log.disk.len(file),
                        parts: parts.into(),
                        reader: None,
                        unshared: Vec::new(),
                    }));
                }
                Err(found) => damage = Some(found),
            }
        }
        // If the log's beginning still exists, the manifest was the first one, and torn.
        match damage {
            Some(damage) if log.disk.len(1) == 0 => Err(damage),
            _ => Ok(None),
        }
    }

    /// Reads about this many more bytes; returns true when everything is read. The error says which object is damaged,
    /// and where.
    pub fn step(&mut self, disk: &Disk, node: NodeId, budget_bytes: u64) -> Result<bool, Damage> {
        let goal = self.bytes + budget_bytes;
        while self.bytes < goal {
            let Some(part) = self.parts.front() else { return Ok(true) };
            let reader = match &mut self.reader {
                Some(reader) => reader,
                None => self.reader.insert(ObjectReader::open(disk, node, part.object)?),
            };
            let offset = reader.bytes_read();
            let damaged = |why: &str| Damage { file: part.object, offset, why: why.to_owned() };
            let record = reader.next_record(disk)?.map(|(header, payload)| (header, Batch::decode(payload)));
            let read = reader.bytes_read() - offset;
            match record {
                Some((header, Ok(batch))) if header.kind == Kind::Insert => {
                    let batch = Arc::new(batch);
                    self.catalog.restore(part, header.lsn, Arc::clone(&batch)).map_err(damaged)?;
                    self.unshared.push((part.object, offset + HEADER_BYTES, batch));
                }
                Some((_, Err(why))) => return Err(damaged(why)),
                Some(_) => return Err(damaged("a record of another kind lies in a segment")),
                None => {
                    let segment = self.catalog.part_mut(part).ok_or_else(|| damaged("no such segment"))?;
                    let whole = reader.records() == part.records && segment.rows() == part.rows;
                    if !whole || !segment.mark_deleted(&part.deleted) {
                        return Err(damaged("the segment is not as long as its manifest says"));
                    }
                    segment.object = Some(part.object);
                    self.reader = None;
                    self.parts.pop_front();
                }
            }
            self.bytes += read;
        }
        Ok(self.parts.is_empty())
    }

    /// Lets the disk read what was read so far from the rows in memory.
    pub(crate) fn share(&mut self, disk: &mut Disk) {
        share(&mut self.unshared, disk);
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.catalog.segments().map(|(_, segment)| u64::from(segment.rows())).sum()
    }

    /// Rows that are left to be read and are not deleted.
    pub(crate) fn rows_left(&self) -> u64 {
        let rows = |part: &Part| u64::from(part.rows).saturating_sub(part.deleted.len() as u64);
        self.parts.iter().map(rows).sum()
    }

    /// Every record up to this LSN is in it.
    pub fn lsn(&self) -> Lsn {
        self.front.lsn
    }
}

fn read_manifest(disk: &Disk, node: NodeId, file: u32) -> Result<(Front, Catalog, Vec<Part>), Damage> {
    let damaged = |why: &str| Damage { file, offset: 0, why: why.to_owned() };
    let mut reader = ObjectReader::open(disk, node, file)?;
    let mut bytes = Vec::new();
    while let Some((header, payload)) = reader.next_record(disk)? {
        if header.kind != Kind::Manifest {
            return Err(damaged("it is no manifest"));
        }
        bytes.extend_from_slice(payload);
    }
    manifest::decode(&bytes).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload;

    #[test]
    fn a_manifest_of_many_records_reads_back_or_is_refused() {
        let front = Front { lsn: 3, acknowledged_rows: 2, unproven_rows: 1 };
        let mut disk = Disk::default();
        let writing = Writing::begin(&workload::catalog(8), front.clone(), &disk);
        let writer = ObjectWriter::begin(&mut disk, 1, FIRST_MANIFEST + 1, 1);
        writing.add_manifest(&mut disk, &writer, 10);
        let (read, catalog, parts) = read_manifest(&disk, 1, FIRST_MANIFEST + 1).expect("reads");
        assert_eq!((read, parts), (front, Vec::new()));
        assert!(catalog.find("docs").is_ok_and(|(_, there)| there.loaded));
        for len in (0..disk.len(FIRST_MANIFEST + 1)).rev() {
            disk.truncate(FIRST_MANIFEST + 1, len);
            let damage = read_manifest(&disk, 1, FIRST_MANIFEST + 1).expect_err("it is cut");
            assert_eq!(damage.file, FIRST_MANIFEST + 1);
        }
    }
}
