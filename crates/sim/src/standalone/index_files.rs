//! Indexes in files beside the objects of their segments, so that a recovery reads them instead of building them.
//!
//! A file of an index is written after its segment's object is durable, and is of use only with exactly that object:
//! it names the object's identity. Guarantees: a file that is damaged, cut short, stale or missing costs time and never
//! changes an answer: its index is built again; a full disk keeps an index from being stored, and nothing else. Leaves
//! out: the bytes of an index (`engine::index`), and building one (`flush`).

use super::flush::{Background, Building};
use super::{NODE, ScheduledEvent, Standalone};
use crate::event::StorageEvent;
use quorum_engine::Segment;
use quorum_engine::index::{Index, IndexSpec, Origin};
use quorum_wal::disk::Disk;
use quorum_wal::format::{FILE_HEADER_BYTES, HEADER_BYTES, index_of};
use quorum_wal::object::{ObjectReader, ObjectWriter, identity};
use quorum_wal::{Damage, Kind};

/// The most bytes of an index in a record.
const PIECE_BYTES: usize = 1 << 20;

impl Standalone {
    /// Writes the files of all indexes that have none and whose segments are in objects, as far as there is room.
    pub(super) fn store_indexes(&mut self) {
        let mut unstored = Vec::new();
        for (segment, spec, dim) in self.indexed() {
            if let (Some(object), Some(index)) = (segment.object, segment.index())
                && self.log.disk.len(index_of(object)) == 0
                && let Ok(origin) = origin(&self.log.disk, segment, object, (spec, dim))
            {
                unstored.push((object, index.encode(&origin)));
            }
        }
        let mut wrote = false;
        for (object, bytes) in unstored {
            let records = bytes.len().div_ceil(PIECE_BYTES) as u64;
            if self.has_room(FILE_HEADER_BYTES + records * HEADER_BYTES + bytes.len() as u64) {
                write(&mut self.log.disk, index_of(object), (self.epoch, self.checkpoint_lsn), &bytes);
                wrote = true;
            }
        }
        // With `autosync` off nothing that was written becomes durable by the way.
        if wrote && self.autosync {
            self.begin_sync_beside();
        }
    }

    /// The segments of collections that have an index, with its definition and the dimension.
    fn indexed(&self) -> impl Iterator<Item = (&Segment, IndexSpec, u32)> {
        self.catalog.collections().flat_map(|(_, there)| {
            let vectors = there.index.zip(there.schema.vector());
            let segments = there.segments.iter();
            vectors.into_iter().flat_map(move |(spec, (_, dim))| {
                segments.clone().map(move |segment| (&**segment, spec, dim))
            })
        })
    }

    /// The length of the file of a segment's index; 0 if there is none.
    pub(super) fn stored_index_bytes(&self, segment: u64) -> u64 {
        let found = self.indexed().find(|(there, ..)| there.id == segment);
        let object = found.and_then(|(segment, ..)| segment.object);
        object.map_or(0, |object| self.log.disk.len(index_of(object)))
    }

    /// Takes the index of a segment from its file. If the file is of no use it goes, and the index is built.
    pub(super) fn read_index(&mut self, building: Box<Building>) {
        // Meanwhile the segment may be gone, or its collection may have another index or none.
        let found =
            self.indexed().find(|(there, spec, _)| there.id == building.segment && *spec == building.spec);
        let Some((segment, object, spec)) =
            found.and_then(|(segment, spec, dim)| Some((segment, segment.object?, (spec, dim))))
        else {
            return self.proceed_with_indexes();
        };
        let (file, id, rows) = (index_of(object), segment.id, segment.rows());
        let bytes = self.log.disk.len(file);
        match read(&self.log.disk, segment, object, spec) {
            Ok(Some(index)) => {
                if let Some(segment) = self.catalog.segment_mut(id) {
                    segment.set_index(Some(index));
                }
                let took_us = self.now - building.began_us;
                self.emit(StorageEvent::IndexRead { segment: id, rows, bytes, took_us });
                return self.proceed_with_indexes();
            }
            Ok(None) => {}
            Err(damage) => {
                self.emit(StorageEvent::IndexRefused { segment: id, file, offset: damage.offset });
            }
        }
        self.log.disk.remove(file);
        self.background = Background::Index(building);
        self.event_queue.schedule(self.now, ScheduledEvent::Index);
    }
}

/// What the index of a segment belongs to. The error says which header of the segment's object is damaged.
fn origin(
    disk: &Disk,
    segment: &Segment,
    object: u32,
    (spec, dim): (IndexSpec, u32),
) -> Result<Origin, Damage> {
    Ok(Origin { spec, dim, rows: segment.rows(), object: identity(disk, NODE, object)? })
}

fn write(disk: &mut Disk, file: u32, (epoch, lsn): (u32, u64), bytes: &[u8]) {
    let writer = ObjectWriter::begin(disk, NODE, file, epoch);
    for (number, piece) in (1..).zip(bytes.chunks(PIECE_BYTES)) {
        writer.add(disk, number, Kind::Index, lsn, piece.to_vec());
    }
}

/// Reads the index of a segment; none if the file belongs to something else. The error says where it is damaged.
fn read(
    disk: &Disk,
    segment: &Segment,
    object: u32,
    spec: (IndexSpec, u32),
) -> Result<Option<Index>, Damage> {
    let file = index_of(object);
    let mut reader = ObjectReader::open(disk, NODE, file)?;
    let mut bytes = Vec::with_capacity(disk.len(file) as usize);
    while let Some((header, payload)) = reader.next_record(disk)? {
        if header.kind != Kind::Index {
            return Err(Damage { file, offset: 0, why: "it is no index".to_owned() });
        }
        bytes.extend_from_slice(payload);
    }
    let origin = origin(disk, segment, object, spec)?;
    let damaged = |why: &str| Damage { file, offset: FILE_HEADER_BYTES, why: why.to_owned() };
    Index::decode(&bytes, &origin).map_err(damaged)
}

#[cfg(test)]
mod tests;
