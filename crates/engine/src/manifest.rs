//! The manifest of a checkpoint: the whole catalogue except the rows, which are in the objects it names.
//!
//! Guarantees: a manifest and its objects restore the catalogue, except for indexes, which have files of their own or
//! are rebuilt; decoding checks every length and never panics. Leaves out: writing and reading objects (the engine's).

use std::sync::Arc;

use super::batch::Batch;
use super::bytes::{Reader, Writer};
use super::catalog::Catalog;
use super::collection::Collection;
use super::index::{read_index, write_index};
use super::operation::{read_schema, write_schema};
use super::segment::{Segment, SegmentState};
use quorum_types::Lsn;
use quorum_types::sort::sort;
use quorum_wal::format::Fields;

/// Counters above this are rejected.
const MAX_COUNT: u64 = 1 << 50;

/// The fields of a manifest besides the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Front {
    /// Every record up to here is included in the checkpoint.
    pub lsn: Lsn,
    /// Rows acknowledged by then.
    pub acknowledged_rows: u64,
    /// Rows that were complete in the log by then, without proof that they were acknowledged.
    pub unproven_rows: u64,
}

/// A segment whose rows are in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The segment.
    pub segment: u64,
    /// Its collection, and its position there.
    pub place: (u32, usize),
    /// The object.
    pub object: u32,
    /// Records in it.
    pub records: u64,
    /// Rows in them.
    pub rows: u32,
    /// Which of the rows are deleted.
    pub deleted: Vec<u32>,
}

impl Catalog {
    /// Restores a segment's rows from its object; refused if they are not rows of its collection.
    pub fn restore(&mut self, part: &Part, lsn: Lsn, batch: Arc<Batch>) -> Result<(), &'static str> {
        const UNKNOWN: &str = "no such segment";
        let there = self.collections.get_mut(&part.place.0).ok_or(UNKNOWN)?;
        if !batch.fits(&there.schema) {
            return Err("the rows have other columns than their collection");
        }
        self.part_mut(part).ok_or(UNKNOWN)?.append(lsn, batch);
        Ok(())
    }

    /// Mutable access to the segment of a checkpoint's part. It is found by its place: a search for each part would
    /// take time in proportion to the square of their number.
    pub fn part_mut(&mut self, part: &Part) -> Option<&mut Segment> {
        let (collection, at) = part.place;
        let segment = self.collections.get_mut(&collection)?.segments.get_mut(at)?;
        (segment.id == part.segment).then(|| Arc::make_mut(segment))
    }
}

/// Encodes a catalogue's manifest. Every segment must be in an object.
pub fn encode(front: &Front, catalog: &Catalog) -> Vec<u8> {
    let mut into = Writer::default();
    into.u64(front.lsn).u64(front.acknowledged_rows).u64(front.unproven_rows);
    into.u32(catalog.next_collection).u64(catalog.next_segment);
    into.u32(catalog.imports.len() as u32);
    for (import, (collection, position)) in &catalog.imports {
        into.u64(*import).u32(*collection).u64(*position);
    }
    into.u32(catalog.collections.len() as u32);
    for (number, collection) in &catalog.collections {
        write_collection(*number, collection, &mut into);
    }
    into.0
}

fn write_collection(number: u32, collection: &Collection, into: &mut Writer) {
    into.u32(number).text(&collection.name).u32(u32::from(collection.loaded));
    write_schema(&collection.schema, into);
    into.u32(u32::from(collection.index.is_some()));
    if let Some(spec) = &collection.index {
        write_index(spec, into);
    }
    let (low, high) = collection.id_range.unwrap_or((1, 0));
    into.u64(low as u64).u64(high as u64);
    into.u32(collection.segments.len() as u32);
    for segment in &collection.segments {
        let grows = segment.state == SegmentState::Growing;
        into.u64(segment.id).u32(u32::from(grows)).u32(segment.object.unwrap_or(0));
        into.u64(segment.chunks().len() as u64).u32(segment.rows()).u32(segment.deleted_rows());
        for row in segment.deleted() {
            into.u32(row);
        }
    }
}

/// Decodes a manifest: the catalogue with empty segments, and the objects with their rows.
pub fn decode(bytes: &[u8]) -> Result<(Front, Catalog, Vec<Part>), &'static str> {
    let mut from = Reader(Fields(bytes));
    let front = Front { lsn: from.u64()?, acknowledged_rows: from.u64()?, unproven_rows: from.u64()? };
    let (next_collection, next_segment) = (from.u32()?, from.u64()?);
    let counts = [front.lsn, front.acknowledged_rows, front.unproven_rows, next_segment];
    if counts.iter().any(|count| *count > MAX_COUNT) || u64::from(next_collection) > MAX_COUNT >> 20 {
        return Err("a number in the manifest is beyond what any run counts to");
    }
    let imports = from.many(|from| Ok((from.u64()?, (from.u32()?, from.u64()?))))?;
    let mut parts = Vec::new();
    let collections = from.many(|from| read_collection(from, &mut parts))?;
    if !from.0.0.is_empty() {
        return Err("something follows the manifest");
    }
    let mut segments: Vec<u64> = parts.iter().map(|part| part.segment).collect();
    sort(&mut segments);
    segments.dedup();
    let numbered = collections.iter().all(|(number, _)| *number < next_collection)
        && segments.iter().all(|segment| *segment < next_segment);
    if !numbered || segments.len() != parts.len() {
        return Err("a collection or segment has a number out of turn");
    }
    let mut catalog = Catalog { next_collection, next_segment, ..Catalog::default() };
    for (number, collection) in collections {
        catalog.collections.insert(number, collection);
    }
    for (import, rows) in imports {
        catalog.imports.insert(import, rows);
    }
    Ok((front, catalog, parts))
}

fn read_collection(from: &mut Reader<'_>, parts: &mut Vec<Part>) -> Result<(u32, Collection), &'static str> {
    let (number, name, loaded) = (from.u32()?, from.text()?, from.flag()?);
    let mut collection = Collection::new(name, read_schema(from)?);
    collection.loaded = loaded;
    if from.flag()? {
        collection.index = Some(read_index(from)?);
    }
    let (low, high) = (from.u64()? as i64, from.u64()? as i64);
    collection.id_range = match (low, high) {
        (1, 0) => None,
        (low, high) if low <= high => Some((low, high)),
        _ => return Err("the smallest key is above the largest"),
    };
    let first = parts.len();
    collection.segments = from.many(|from| {
        let mut segment = Segment::new(from.u64()?);
        segment.state = if from.flag()? { SegmentState::Growing } else { SegmentState::Flushed };
        let object = from.u32()?;
        let (records, rows) = (from.u64()?, from.u32()?);
        let deleted = from.many(Reader::u32)?;
        let place = (number, parts.len() - first);
        parts.push(Part { segment: segment.id, place, object, records, rows, deleted });
        Ok(Arc::new(segment))
    })?;
    let before_last = collection.segments.iter().rev().skip(1);
    if before_last.into_iter().any(|segment| segment.state == SegmentState::Growing) {
        return Err("a segment grows that is not the last");
    }
    Ok((number, collection))
}
