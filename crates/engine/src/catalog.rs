//! The catalogue: collections by name, the operations that change them, and queries on them.
//!
//! Planning reads the catalogue and creates an [`Operation`], or refuses like Milvus 2.3.5; applying executes an
//! operation and nothing else. Guarantees: the same operations with the same LSNs make the same catalogue; applying
//! never panics, whatever a damaged log contains. Leaves out: durability (an operation is applied after its log record
//! is written), and when to seal, flush and compact.

use litemap::LiteMap;
use std::sync::Arc;

use super::batch::Batch;
use super::collection::{Collection, Found, Query, Record, Search};
use super::filter::Filter;
use super::index::{IndexSpec, Params};
use super::operation::Operation;
use super::schema::{Schema, check_name};
use super::segment::{Segment, SegmentState};
use quorum_types::{Lsn, Refusal};
use quorum_wal::format::{MAX_PAYLOAD_BYTES, RowsFront};

/// Bytes before the keys in a deletion's record.
const DELETE_FRONT_BYTES: u64 = 8;

/// The collections.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub(super) collections: LiteMap<u32, Collection>,
    pub(super) next_collection: u32,
    pub(super) next_segment: u64,
    /// For every import, its collection and the number of its rows applied.
    pub(super) imports: LiteMap<u64, (u32, u64)>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self { collections: LiteMap::new(), next_collection: 1, next_segment: 1, imports: LiteMap::new() }
    }
}

impl Catalog {
    // --- lookups

    /// The collections by number.
    pub fn collections(&self) -> impl Iterator<Item = (u32, &Collection)> + '_ {
        self.collections.iter().map(|(number, collection)| (*number, collection))
    }

    /// A collection by number.
    pub fn collection(&self, number: u32) -> Option<&Collection> {
        self.collections.get(&number)
    }

    fn named(&self, name: &str) -> Option<(u32, &Collection)> {
        self.collections().find(|(_, collection)| collection.name == name)
    }

    /// A collection by name.
    pub fn find(&self, name: &str) -> Result<(u32, &Collection), Refusal> {
        self.named(name).ok_or_else(|| {
            let error = format!("collection not found: there is none named “{name}”; create it first");
            Refusal::new("collection_not_found", error)
        })
    }

    /// How many rows of an import are applied.
    pub fn imported(&self, import: u64) -> u64 {
        self.imports.get(&import).map_or(0, |(_, position)| *position)
    }

    /// Every import, with the number of its rows applied.
    pub fn imports(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.imports.iter().map(|(import, (_, position))| (*import, *position))
    }

    // --- planning

    /// Plans to create a collection; no operation if it exists with the same fields, as in Milvus.
    pub fn create_collection(&self, name: &str, schema: Schema) -> Result<Option<Operation>, Refusal> {
        check_name("collection", name)?;
        match self.named(name) {
            Some((_, there)) if *there.schema == schema => Ok(None),
            Some(_) => {
                let error = format!("there is a collection “{name}” with other fields; drop it first");
                Err(Refusal::new("collection_exists", error))
            }
            None => {
                let collection = self.next_collection;
                Ok(Some(Operation::CreateCollection { collection, name: name.to_owned(), schema }))
            }
        }
    }

    /// Plans to drop a collection; no operation if it does not exist, as in Milvus.
    pub fn drop_collection(&self, name: &str) -> Option<Operation> {
        self.named(name).map(|(collection, _)| Operation::DropCollection { collection })
    }

    /// Plans to insert rows.
    pub fn insert(&self, name: &str, rows: &[Record], upsert: bool) -> Result<Operation, Refusal> {
        let (collection, there) = self.find(name)?;
        if rows.is_empty() {
            return Err(Refusal::new("bad_rows", "num_rows should be greater than 0: give at least one row"));
        }
        let batch = Batch::of_rows(&there.schema, rows)?;
        if batch.bytes() as u64 + RowsFront::BYTES > MAX_PAYLOAD_BYTES {
            return Err(Refusal::new("bad_rows", "the rows take more than 64 MiB; insert fewer at once"));
        }
        let front = RowsFront { collection, upsert, ..RowsFront::default() };
        Ok(Operation::Insert { front, batch: Arc::new(batch) })
    }

    /// Plans to delete rows that satisfy a filter; also returns how many keys it names, or rows it finds, as Milvus
    /// counts.
    pub fn delete(&self, name: &str, filter: &str) -> Result<(Option<Operation>, u64), Refusal> {
        let (collection, there) = self.find(name)?;
        let parsed = Filter::parse(filter, &there.schema)?;
        if parsed.is_all() {
            return Err(Refusal::new("bad_filter", "delete needs a filter, such as id in [1, 2]"));
        }
        let keys = match parsed.named_keys() {
            Some(keys) => keys,
            None if there.loaded => there.keys(&parsed),
            None => return Err(not_loaded(name)),
        };
        let count = keys.len() as u64;
        if count * 8 > MAX_PAYLOAD_BYTES - DELETE_FRONT_BYTES {
            let error = "the keys take more than 64 MiB; delete fewer rows at once";
            return Err(Refusal::new("bad_filter", error));
        }
        let keys = super::collection::sorted(&keys);
        Ok(((!keys.is_empty()).then_some(Operation::Delete { collection, keys }), count))
    }

    /// Plans to create an index for sealed segments; no operation if it exists already.
    pub fn create_index(
        &self,
        name: &str,
        field: &str,
        (index_type, metric_type): (&str, &str),
        params: &Params,
    ) -> Result<Option<Operation>, Refusal> {
        let (collection, there) = self.find(name)?;
        let vector = there.schema.vector().map(|(at, _)| there.schema.fields()[at].name.as_str());
        if there.schema.find(field).is_none() || Some(field) != vector {
            let error = match vector {
                Some(vector) => {
                    format!("an index is for the vector field, which is “{vector}”, not “{field}”")
                }
                None => "the collection has no vector field to make an index for".to_owned(),
            };
            return Err(Refusal::new("bad_index", error));
        }
        let spec = IndexSpec::parse(index_type, metric_type, params)?;
        match there.index {
            Some(found) if found == spec => Ok(None),
            Some(found) => {
                let error = format!(
                    "at most one distinct index is allowed per field, and there is one of type {}; drop it first",
                    found.word()
                );
                Err(Refusal::new("index_exists", error))
            }
            None => Ok(Some(Operation::CreateIndex { collection, spec })),
        }
    }

    /// Plans to drop the index; no operation if there is none. A loaded collection keeps it.
    pub fn drop_index(&self, name: &str) -> Result<Option<Operation>, Refusal> {
        let (collection, there) = self.find(name)?;
        if there.loaded && there.index.is_some() {
            return Err(Refusal::new("loaded", "the collection is loaded; release it before its index goes"));
        }
        Ok(there.index.map(|_| Operation::DropIndex { collection }))
    }

    /// Plans to load the collection, for which Milvus requires an index (code 700); no operation if it is loaded.
    pub fn load(&self, name: &str) -> Result<Option<Operation>, Refusal> {
        let (collection, there) = self.find(name)?;
        if there.index.is_none() && there.has_vectors() {
            let error = format!("index not found[collection={name}]: create an index before load");
            return Err(Refusal::new("index_not_found", error));
        }
        Ok((!there.loaded).then_some(Operation::Load { collection, loaded: true }))
    }

    /// Plans to release the collection; no operation if it is not loaded.
    pub fn release(&self, name: &str) -> Result<Option<Operation>, Refusal> {
        let (collection, there) = self.find(name)?;
        Ok(there.loaded.then_some(Operation::Load { collection, loaded: false }))
    }

    /// Plans to seal the growing segment; no operation if there is none.
    pub fn seal(&self, name: &str) -> Result<Option<Operation>, Refusal> {
        let (collection, there) = self.find(name)?;
        Ok(there.growing().map(|_| Operation::Seal { collection }))
    }

    /// Plans to merge segments that have lost more than this percentage of their rows; no operation if there are none.
    pub fn compact(&self, name: &str, deleted_percent: u64) -> Result<Option<Operation>, Refusal> {
        let (collection, there) = self.find(name)?;
        let worn = there.segments.iter().filter(|segment| {
            segment.state != SegmentState::Growing
                && u64::from(segment.deleted_rows()) * 100 > u64::from(segment.rows()) * deleted_percent
        });
        let segments: Vec<u64> = worn.map(|segment| segment.id).collect();
        Ok((!segments.is_empty()).then_some(Operation::Compact { collection, segments }))
    }

    // --- applying

    /// Applies an operation.
    pub fn apply(&mut self, lsn: Lsn, operation: Operation) -> Result<(), &'static str> {
        const UNKNOWN: &str = "the record names an unknown collection";
        const FULL: &str = "there are no more numbers for collections or segments";
        // A record begins at most one segment.
        let numbers_left = self.next_segment < u64::MAX;
        match operation {
            Operation::CreateCollection { collection, name, schema } => {
                if collection != self.next_collection {
                    return Err("the record gives a collection a number out of turn");
                }
                self.next_collection = collection.checked_add(1).ok_or(FULL)?;
                self.collections.insert(collection, Collection::new(name, schema));
            }
            Operation::DropCollection { collection } => {
                self.collections.remove(&collection).ok_or(UNKNOWN)?;
                // Imported rows are gone with it, and may be imported again.
                self.imports.retain(|_, (into, _)| *into != collection);
            }
            Operation::Insert { front, batch } => {
                let there = self.collections.get_mut(&front.collection).ok_or(UNKNOWN)?;
                if !numbers_left {
                    return Err(FULL);
                }
                there.insert(lsn, &front, batch, &mut self.next_segment)?;
                if front.import != 0 {
                    self.imports.insert(front.import, (front.collection, front.position));
                }
            }
            Operation::Delete { collection, keys } => {
                let there = self.collections.get_mut(&collection).ok_or(UNKNOWN)?;
                there.delete(lsn, &super::collection::sorted(&keys));
            }
            Operation::CreateIndex { collection, spec } => {
                self.collections.get_mut(&collection).ok_or(UNKNOWN)?.index = Some(spec);
            }
            Operation::DropIndex { collection } => {
                let there = self.collections.get_mut(&collection).ok_or(UNKNOWN)?;
                there.index = None;
                there.segments.iter_mut().for_each(|segment| Arc::make_mut(segment).set_index(None));
            }
            Operation::Load { collection, loaded } => {
                self.collections.get_mut(&collection).ok_or(UNKNOWN)?.loaded = loaded;
            }
            Operation::Seal { collection } => {
                self.collections.get_mut(&collection).ok_or(UNKNOWN)?.seal();
            }
            Operation::Compact { collection, segments } => {
                let there = self.collections.get_mut(&collection).ok_or(UNKNOWN)?;
                if !numbers_left {
                    return Err(FULL);
                }
                there.compact(&segments, &mut self.next_segment)?;
            }
        }
        Ok(())
    }

    // --- segments, for flushing and building indexes

    /// All segments, with their collections.
    pub fn segments(&self) -> impl Iterator<Item = (u32, &Arc<Segment>)> + '_ {
        self.collections()
            .flat_map(|(number, collection)| collection.segments.iter().map(move |segment| (number, segment)))
    }

    /// The catalogue as it is, for a checkpoint that is made while it changes. It cannot be changed itself.
    pub fn frozen(&self) -> Self {
        let mut frozen = self.clone();
        for (_, collection) in frozen.collections.iter_mut() {
            for segment in &mut collection.segments {
                *segment = Arc::new(segment.frozen());
            }
        }
        frozen
    }

    /// Mutable access to a segment: its state, its object or its index.
    pub fn segment_mut(&mut self, id: u64) -> Option<&mut Segment> {
        let segments = self.collections.iter_mut().flat_map(|(_, collection)| &mut collection.segments);
        segments.into_iter().find(|segment| segment.id == id).map(Arc::make_mut)
    }

    // --- reading

    /// Executes a query.
    pub fn query(&self, name: &str, query: &Query) -> Result<Vec<Record>, Refusal> {
        self.loaded(name)?.query(query)
    }

    /// Executes a search.
    pub fn search(&self, name: &str, search: &Search) -> Result<Vec<Vec<Found>>, Refusal> {
        self.loaded(name)?.search(search)
    }

    fn loaded(&self, name: &str) -> Result<&Collection, Refusal> {
        let (_, there) = self.find(name)?;
        if there.loaded { Ok(there) } else { Err(not_loaded(name)) }
    }
}

fn not_loaded(name: &str) -> Refusal {
    let error = format!("collection not loaded[collection={name}]: create an index and load it first");
    Refusal::new("collection_not_loaded", error)
}
