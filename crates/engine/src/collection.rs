//! A collection: its segments, and the view of them in queries, counts and searches.
//!
//! Guarantees: only applied operations are visible; rows come in order of their key, each key once (the newest), like
//! in Milvus 2.3.5; `count(*)` counts every visible row, repeated keys too. Clones share their segments. Leaves out:
//! names and numbers of collections (the catalogue's), and when segments are sealed (`sim::standalone`'s).
//!
//! **Repeated keys in a search.** Milvus does not reject a second row with the same primary key, and this engine does
//! not either. As there, a search takes the `offset + limit` nearest rows of each segment, merges them, and of the rows
//! with one key keeps the nearest. Copies therefore take the places of other rows of their segment, and a search may
//! return fewer rows than its limit although there are more (milvus-io/milvus issues 24197 and 28615; issue 36199 calls
//! it “by design”). A search for more until there are enough would be exact, and would hide what a user of Milvus
//! meets. Rows that were deleted or replaced by an upsert take no places: each segment leaves them out before it takes
//! its nearest.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::batch::Batch;
use super::filter::Filter;
use super::index::{self, IndexSpec, Params, Probe};
use super::schema::{FieldType, Schema, Value};
use super::segment::{Segment, SegmentState};
use quorum_types::sort::{sort, sort_by, sort_by_key};
use quorum_types::{Lsn, Refusal};
use quorum_wal::format::RowsFront;

/// Largest `limit + offset` (Milvus 2.3: `quotaAndLimits.limits.topK`).
pub(crate) const MAX_WINDOW_ROWS: u64 = 16_384;
/// The output field that counts.
pub(crate) const COUNT: &str = "count(*)";

/// Values by the names of their fields.
pub type Record = Vec<(String, Value)>;

/// A collection.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub schema: Arc<Schema>,
    /// The index that sealed segments get.
    pub index: Option<IndexSpec>,
    /// Whether it is loaded, so that it can be queried and searched.
    pub loaded: bool,
    /// Its segments, oldest first.
    pub segments: Vec<Arc<Segment>>,
    /// The smallest and the largest key ever inserted.
    pub id_range: Option<(i64, i64)>,
}

/// A query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The filter's text; empty for every row.
    pub filter: String,
    /// The fields to return besides the key; `count(*)` alone counts.
    pub output_fields: Vec<String>,
    /// At most this many rows.
    pub limit: Option<u64>,
    /// This many rows are left out first; without a limit it is ignored, as in Milvus 2.3.5.
    pub offset: u64,
}

/// A search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// The vector field; may be empty.
    pub field: String,
    /// The query vectors.
    pub data: Vec<Vec<f32>>,
    /// The number of nearest rows.
    pub limit: u64,
    /// This many of them are left out first.
    pub offset: u64,
    /// The metric's name, if it is to be checked.
    pub metric_type: Option<String>,
    /// `nprobe`, `ef`.
    pub params: Params,
    /// Only rows that satisfy this.
    pub filter: String,
    /// The fields to return besides key and distance.
    pub output_fields: Vec<String>,
}

/// A row that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its key.
    pub key: i64,
    /// Its distance, as Milvus reports it.
    pub distance: f32,
    /// The fields asked for.
    pub fields: Record,
}

/// A row by its position.
type Place<'a> = (&'a Segment, u32);

impl Collection {
    /// An empty collection.
    pub fn new(name: String, schema: Schema) -> Self {
        Self {
            name,
            schema: Arc::new(schema),
            index: None,
            loaded: false,
            segments: Vec::new(),
            id_range: None,
        }
    }

    // --- changes

    /// Inserts rows; `next_segment` is the number of a segment that begins with them.
    pub(super) fn insert(
        &mut self,
        lsn: Lsn,
        front: &RowsFront,
        batch: Arc<Batch>,
        next_segment: &mut u64,
    ) -> Result<(), &'static str> {
        if !batch.fits(&self.schema) {
            return Err("the rows have other columns than their collection");
        }
        if front.upsert {
            self.delete(lsn, &sorted(batch.keys()));
        }
        for id in batch.keys() {
            let (low, high) = self.id_range.unwrap_or((*id, *id));
            self.id_range = Some((low.min(*id), high.max(*id)));
        }
        if self.growing().is_none() {
            self.segments.push(Arc::new(Segment::new(*next_segment)));
            *next_segment += 1;
        }
        if let Some(segment) = self.segments.last_mut() {
            Arc::make_mut(segment).append(lsn, batch);
        }
        Ok(())
    }

    /// Deletes rows with these keys, ascending. Returns how many there were.
    pub(super) fn delete(&mut self, lsn: Lsn, keys: &[i64]) -> u64 {
        let mut count = 0;
        for segment in &mut self.segments {
            let found = segment.find(lsn, keys);
            if !found.is_empty() {
                Arc::make_mut(segment).bury(&found);
                count += found.len() as u64;
            }
        }
        count
    }

    /// Seals the growing segment.
    pub(super) fn seal(&mut self) {
        if let Some(segment) = self.segments.last_mut().filter(|last| last.state == SegmentState::Growing) {
            Arc::make_mut(segment).state = SegmentState::Sealed;
        }
    }

    /// Merges segments without their deleted rows; the result takes the position of the first of them.
    pub(super) fn compact(&mut self, ids: &[u64], next_segment: &mut u64) -> Result<(), &'static str> {
        let chosen: Vec<&Segment> =
            self.segments.iter().map(Arc::as_ref).filter(|segment| ids.contains(&segment.id)).collect();
        if chosen.len() != ids.len() || chosen.iter().any(|segment| segment.state == SegmentState::Growing) {
            return Err("a segment to be compacted is not there, or still grows");
        }
        let merged = Segment::merged(*next_segment, &chosen);
        *next_segment += 1;
        // Without segments to merge there is no position, and no row to insert at it.
        let at = self.segments.iter().position(|segment| ids.contains(&segment.id)).unwrap_or(0);
        self.segments.retain(|segment| !ids.contains(&segment.id));
        if merged.rows() > 0 {
            self.segments.insert(at, Arc::new(merged));
        }
        Ok(())
    }

    /// The growing segment.
    pub fn growing(&self) -> Option<&Segment> {
        self.segments.last().map(Arc::as_ref).filter(|last| last.state == SegmentState::Growing)
    }

    // --- reads

    /// Rows that are visible.
    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.rows() - segment.deleted_rows())).sum()
    }

    /// Flushed rows, including deleted ones: Milvus's `num_entities`.
    pub fn num_entities(&self) -> u64 {
        let flushed = self.segments.iter().filter(|segment| segment.state == SegmentState::Flushed);
        flushed.map(|segment| u64::from(segment.rows())).sum()
    }

    fn count_all(&self, filter: &Filter) -> u64 {
        self.segments.iter().map(|segment| segment.count(filter)).sum()
    }

    /// The keys of the rows that satisfy a filter, ascending, each once.
    pub fn keys(&self, filter: &Filter) -> Vec<i64> {
        let keys: Vec<i64> = self.places(filter).iter().filter_map(key_of).collect();
        sorted(&keys)
    }

    fn places(&self, filter: &Filter) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        for segment in &self.segments {
            let chosen = segment.select(filter);
            places.extend((0..).zip(chosen).filter(|(_, chosen)| *chosen).map(|(at, _)| (&**segment, at)));
        }
        places
    }

    /// Executes a query; for `count(*)` the result is one record with the count.
    pub fn query(&self, query: &Query) -> Result<Vec<Record>, Refusal> {
        let filter = Filter::parse(&query.filter, &self.schema)?;
        if let [field] = query.output_fields.as_slice()
            && field.trim().eq_ignore_ascii_case(COUNT)
        {
            if query.limit.is_some() {
                let error = "count entities with pagination is not allowed: leave out the limit";
                return Err(Refusal::new("bad_window", error));
            }
            return Ok(vec![vec![(COUNT.to_owned(), Value::Int(self.count_all(&filter) as i64))]]);
        }
        let columns = self.output_columns(&query.output_fields)?;
        if filter.is_all() && query.limit.is_none() {
            let error = "empty expression should be used with limit: give a filter or a limit";
            return Err(Refusal::new("bad_window", error));
        }
        let (offset, limit) = match query.limit {
            Some(limit) => window(query.offset, limit)?,
            None => (0, usize::MAX),
        };
        let mut rows: Vec<(i64, Reverse<Lsn>, Reverse<u32>, Place<'_>)> = Vec::new();
        for (segment, at) in self.places(&filter) {
            if let Some((chunk, row)) = segment.locate(at) {
                let key = chunk.batch.keys()[row];
                rows.push((key, Reverse(chunk.lsn), Reverse(at), (segment, at)));
            }
        }
        // Of rows with one key the newest comes first, and is kept.
        sort_by_key(&mut rows, |a| (a.0, a.1, a.2));
        rows.dedup_by_key(|(key, ..)| *key);
        let wanted = rows.into_iter().skip(offset).take(limit);
        Ok(wanted.map(|(.., place)| self.record(place, &columns)).collect())
    }

    /// The nearest rows to each query vector.
    pub fn search(&self, search: &Search) -> Result<Vec<Vec<Found>>, Refusal> {
        let bad = |error: String| Refusal::new("bad_search", error);
        let spec =
            self.index.ok_or_else(|| bad("the collection has no index; create one first".to_owned()))?;
        let (at, dim) = self.schema.vector().ok_or_else(|| bad("it has no vector field".to_owned()))?;
        let field = &self.schema.fields()[at].name;
        if !search.field.is_empty() && search.field != *field {
            return Err(bad(format!("“{}” is not the vector field; that is “{field}”", search.field)));
        }
        if search.data.is_empty() || search.data.len() as u64 > MAX_WINDOW_ROWS {
            return Err(bad(format!("give 1 to {MAX_WINDOW_ROWS} vectors to search near")));
        }
        if let Some(vector) = search.data.iter().find(|vector| vector.len() != dim as usize) {
            return Err(bad(format!("a vector of {} numbers, and dim is {dim}", vector.len())));
        }
        if let Some(word) = &search.metric_type {
            index::check_metric(&spec, word)?;
        }
        let (offset, limit) = window(search.offset, search.limit)?;
        let probe = Probe::parse(&spec, &search.params, search.offset + search.limit)?;
        let filter = Filter::parse(&search.filter, &self.schema)?;
        let columns = self.output_columns(&search.output_fields)?;
        let chosen: Vec<Option<Vec<bool>>> = self
            .segments
            .iter()
            .map(|segment| {
                let all = filter.is_all() && segment.deleted_rows() == 0;
                (!all).then(|| segment.select(&filter))
            })
            .collect();
        let vectors: Vec<_> = self.segments.iter().map(|segment| segment.vectors(dim)).collect();
        let near = |query: &Vec<f32>| {
            let mut found: Vec<(f32, Place<'_>)> = Vec::new();
            // A query with NaN or infinity in it has no nearest rows, which is not an error.
            let sound = query.iter().all(|number| number.is_finite());
            let segments = self.segments.iter().zip(&vectors).zip(&chosen).filter(|_| sound);
            for ((segment, rows), chosen) in segments {
                let allow = chosen.as_ref().map(|chosen| move |at: u32| chosen[at as usize]);
                let allow = allow.as_ref().map(|allow| allow as &dyn Fn(u32) -> bool);
                let hits = index::nearest(
                    segment.index(),
                    rows,
                    (spec.metric, probe),
                    query,
                    (allow, offset + limit),
                );
                found.extend(hits.iter().map(|hit| (hit.distance, (&**segment, hit.row))));
            }
            sort_by(&mut found, |(a, _), (b, _)| {
                if spec.metric.nearer(*a, *b) {
                    std::cmp::Ordering::Less
                } else if spec.metric.nearer(*b, *a) {
                    std::cmp::Ordering::Greater
                } else {
                    std::cmp::Ordering::Equal
                }
            });
            // A bit set of the type that segments use for their rows.
            let mut seen = BTreeSet::<(i64, u32)>::new();
            let once =
                found.into_iter().filter_map(|(distance, place)| Some((key_of(&place)?, distance, place)));
            once.filter(|(key, ..)| seen.insert((*key, 0)))
                .skip(offset)
                .take(limit)
                .map(|(key, distance, place)| Found { key, distance, fields: self.record(place, &columns) })
                .collect()
        };
        Ok(search.data.iter().map(near).collect())
    }

    /// The columns that output fields name; the key is always included.
    fn output_columns(&self, names: &[String]) -> Result<Vec<usize>, Refusal> {
        let mut chosen = vec![false; self.schema.fields().len()];
        chosen[self.schema.primary()] = true;
        for name in names {
            match self.schema.find(name) {
                Some(at) => chosen[at] = true,
                None if name == "*" => chosen.fill(true),
                None => {
                    let there: Vec<&str> =
                        self.schema.fields().iter().map(|field| field.name.as_str()).collect();
                    let error = format!("field {name} not exist; there are {}", there.join(", "));
                    return Err(Refusal::new("unknown_field", error));
                }
            }
        }
        Ok((0..chosen.len()).filter(|at| chosen[*at]).collect())
    }

    fn record(&self, (segment, at): Place<'_>, columns: &[usize]) -> Record {
        let Some((chunk, row)) = segment.locate(at) else { return Record::new() };
        let value = |column: &usize| {
            let field = self.schema.fields().get(*column)?;
            Some((field.name.clone(), chunk.batch.columns().get(*column)?.value(row)?))
        };
        columns.iter().filter_map(value).collect()
    }

    /// Memory use of its rows in bytes.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes()).sum()
    }

    /// Whether it has a vector field that can be indexed.
    pub(crate) fn has_vectors(&self) -> bool {
        self.schema.fields().iter().any(|field| matches!(field.kind, FieldType::FloatVector { .. }))
    }
}

fn key_of((segment, at): &Place<'_>) -> Option<i64> {
    let (chunk, row) = segment.locate(*at)?;
    chunk.batch.keys().get(row).copied()
}

/// Keys in order, each once.
pub(super) fn sorted(keys: &[i64]) -> Vec<i64> {
    let mut keys = keys.to_vec();
    sort(&mut keys);
    keys.dedup();
    keys
}

/// Checks limit and offset. Returns the offset and length of the window.
fn window(offset: u64, limit: u64) -> Result<(usize, usize), Refusal> {
    if limit == 0 || offset.saturating_add(limit) > MAX_WINDOW_ROWS {
        let error = format!("limit must be at least 1 and offset + limit at most {MAX_WINDOW_ROWS}");
        return Err(Refusal::new("bad_window", error));
    }
    Ok((offset as usize, limit as usize))
}
