//! HNSW: a search descends a layered graph from far to near.
//!
//! Guarantees: a result holds only allowed rows, none twice, and is as long as FLAT's: if a walk finds too few, or
//! would be longer than a scan of the allowed rows, rows are scanned instead. The index can be built a few rows at a
//! time. Leaves out: rows that were added after the build began.

use std::collections::BinaryHeap;
use std::sync::Arc;

use super::distance::{Measure, Metric, Soundness};
use super::flat::{Allow, scan};
use super::graph::{Graph, HIGHEST, Visited};
use super::rng::Rng;
use super::rows::Rows;
use super::stored::{Bytes, write};
use super::top::{Key, Top};

/// The random stream that draws layers.
const STREAM: u64 = 2;
/// Sample size for estimating how many rows a filter allows.
const ASKED: u32 = 1_024;
/// A filter that allows fewer than one row in this many is answered by a scan: a walk would not get far.
const FEW: u64 = 50;
/// A walk costs as much as a scan of this many times its width in rows, multiplied by the inverse of the allowed share:
/// if half of the rows are allowed, twice as much.
const DEAR: u64 = 16;
/// A walk through allowed rows alone costs as much as measuring this many times its width in rows.
const DEARER: u64 = 40;
/// Asking a filter this often costs as much as measuring a row.
const CHEAP: u64 = 32;
/// A walk among few rows begins at the best of so many of them, since its entry may be far from all.
const TRIED: usize = 32;
/// How many of those it begins at.
const BEGUN: usize = 4;

/// The parameters of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HnswParams {
    /// Links of a row in each layer, twice as many in the lowest; at least 2.
    pub m: u32,
    /// Number of near rows from which the links of a new row are chosen; at least `m`.
    pub ef_construction: u32,
    /// The seed from which the layers of rows are drawn.
    pub seed: u64,
}

/// An HNSW index. Clones share their contents.
#[derive(Clone, Debug)]
pub struct Hnsw(Arc<Built>);

#[derive(Clone, Debug)]
struct Built {
    graph: Graph,
    /// Rows that are not in the graph, because distances to them may be infinite; every search measures them.
    huge: Vec<u32>,
}

impl Hnsw {
    /// Builds an index.
    pub fn build(rows: &Rows<'_>, metric: Metric, params: HnswParams) -> Self {
        let mut builder = HnswBuilder::new(rows, metric, params);
        loop {
            if let Some(hnsw) = builder.step(rows, u32::MAX) {
                return hnsw;
            }
        }
    }

    /// Offers to `top` the nearest allowed rows that a walk of width `ef` finds; the width is at least the number of
    /// rows that `top` keeps. Returns how many rows were measured. `rows` must begin with those that the index was
    /// built over.
    pub fn search(&self, rows: &Rows<'_>, query: &[f32], ef: u32, allow: Allow<'_>, top: &mut Top) -> u32 {
        let (graph, measure) = (&self.0.graph, Measure::new(self.metric(), query));
        let soundness = measure.soundness();
        if query.len() != rows.dim() || soundness == Soundness::Nowhere || top.k() == 0 {
            return 0;
        }
        let width = (ef as usize).max(top.k());
        let sample = allow.map(|allow| Sample::take(self.len(), allow));
        let scans = match &sample {
            None => width >= self.len() as usize,
            Some(sample) => sample.prefers_scan(u64::from(self.len()), width as u64),
        };
        if soundness == Soundness::Huge || graph.entry().is_none() || scans {
            return scan(rows, self.len(), &measure, allow, top);
        }
        let mut entries = vec![graph.descend(rows, &measure, 0)];
        let tried = sample.as_ref().map_or(&[][..], Sample::tried);
        let mut keys: BinaryHeap<Key> = BinaryHeap::new();
        // A row without links is not in the graph.
        let begins = |row: &&u32| **row != entries[0].row() && !graph.links(0, **row).is_empty();
        for row in tried.iter().filter(begins) {
            keys.push(graph.key(rows, &measure, *row));
            if keys.len() > BEGUN {
                keys.pop();
            }
        }
        entries.extend(keys);
        let through = allow.filter(|_| sample.as_ref().is_some_and(|sample| !sample.allows_most()));
        let (found, measured) =
            graph.walk(rows, &measure, &entries, (width, 0), &mut Visited::default(), (allow, through));
        let measured = 1 + tried.len() as u32 + measured;
        if found.len() < top.k() {
            return measured + scan(rows, self.len(), &measure, allow, top);
        }
        for key in found {
            top.offer(key.row(), key.distance(self.metric()));
        }
        let huge = self.0.huge.iter().filter(|row| allow.is_none_or(|allow| allow(**row)));
        huge.clone().for_each(|row| top.offer(*row, measure.to(rows.row(*row))));
        measured + huge.count() as u32
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.0.graph.metric()
    }

    /// Number of rows in the index.
    pub fn len(&self) -> u32 {
        self.0.graph.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows each layer holds, the lowest first.
    pub fn layers(&self) -> Vec<u32> {
        let graph = &self.0.graph;
        let mut layers = vec![0; graph.entry().map_or(0, |entry| usize::from(graph.level(entry)) + 1)];
        for row in 0..graph.len() {
            let levels = usize::from(graph.level(row)) + 1;
            layers.iter_mut().take(levels).for_each(|count| *count += 1);
        }
        layers
    }

    /// The row at which searches begin; it is in the highest layer.
    pub fn entry(&self) -> Option<u32> {
        self.0.graph.entry()
    }

    /// The links of a row in a layer; none if it is not in that layer.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn links(&self, layer: u8, row: u32) -> &[u32] {
        self.0.graph.links(layer, row)
    }

    /// Memory use in bytes.
    pub fn bytes(&self) -> u64 {
        self.0.graph.bytes() + 4 * self.0.huge.len() as u64
    }

    /// Appends its encoding to `into`.
    pub fn encode(&self, into: &mut Vec<u8>) {
        self.0.graph.encode(into);
        write(into, [self.0.huge.len() as u32]);
        write(into, self.0.huge.iter().copied());
    }

    /// Decodes an index of `len` rows, or returns what is wrong with the bytes.
    pub fn decode(bytes: &[u8], metric: Metric, m: u32, len: u32) -> Result<Self, &'static str> {
        let mut from = Bytes(bytes);
        let graph = Graph::decode(&mut from, metric, m.max(2), len)?;
        let count = from.one()?;
        let huge: Vec<u32> = from.many(count)?.collect();
        if !from.0.is_empty() {
            return Err("something follows the graph");
        }
        if !huge.is_sorted_by(|a, b| a < b) || huge.last().is_some_and(|row| *row >= len) {
            return Err("rows beside the graph are out of order");
        }
        Ok(Self(Arc::new(Built { graph, huge })))
    }
}

/// What a filter says about some of the rows, which lie everywhere.
struct Sample {
    asked: u64,
    /// The allowed ones.
    allowed: Vec<u32>,
}

impl Sample {
    fn take(len: u32, allow: &dyn Fn(u32) -> bool) -> Self {
        let asked = len.min(ASKED);
        // Multiples of the golden ratio are evenly spread, and correlate with no pattern of the rows.
        let row = |at: u32| match len {
            0..=ASKED => at,
            _ => ((u64::from(at.wrapping_mul(0x9E37_79B9)) * u64::from(len)) >> 32) as u32,
        };
        let allowed = (0..asked).map(row).filter(|row| allow(*row)).collect();
        Self { asked: u64::from(asked), allowed }
    }

    /// Whether a walk through all rows meets enough allowed ones.
    fn allows_most(&self) -> bool {
        3 * self.allowed.len() as u64 >= 2 * self.asked
    }

    /// Whether a scan costs less than a walk, or a walk would find too little.
    fn prefers_scan(&self, len: u64, width: u64) -> bool {
        let (asked, yes) = (self.asked, self.allowed.len() as u64);
        if self.allows_most() {
            return yes * (yes * len / asked.max(1)) <= DEAR * width * asked;
        }
        yes * FEW < asked || yes * len + asked * len / CHEAP <= DEARER * width * asked
    }

    /// Rows where a walk may begin; none if so many are allowed that it gets everywhere.
    fn tried(&self) -> &[u32] {
        let few = 2 * self.allowed.len() < self.asked as usize;
        if few { &self.allowed[..self.allowed.len().min(TRIED)] } else { &[] }
    }
}

/// An HNSW index under construction.
#[derive(Clone, Debug)]
pub struct HnswBuilder {
    built: Built,
    m: u32,
    width: usize,
    rng: Rng,
    /// Rows in the index when it is built.
    len: u32,
    visited: Visited,
}

impl HnswBuilder {
    /// Begins an index over the current rows. Every step must see the same rows; more may follow them.
    pub fn new(rows: &Rows<'_>, metric: Metric, params: HnswParams) -> Self {
        let m = params.m.max(2);
        let width = params.ef_construction.max(m) as usize;
        let built = Built { graph: Graph::new(metric, m), huge: Vec::new() };
        let (rng, visited) = (Rng::new(params.seed, STREAM), Visited::default());
        Self { built, m, width, rng, len: rows.len(), visited }
    }

    /// Inserts up to `budget` rows, at least one. Returns the index when it is built; the builder is empty then.
    pub fn step(&mut self, rows: &Rows<'_>, budget: u32) -> Option<Hnsw> {
        let begin = self.built.graph.len();
        let end = self.len.min(begin.saturating_add(budget.max(1)));
        for row in begin..end {
            self.insert(rows, row);
        }
        (end == self.len).then(|| {
            let empty = Built { graph: Graph::new(self.built.graph.metric(), self.m), huge: Vec::new() };
            self.len = 0;
            Hnsw(Arc::new(std::mem::replace(&mut self.built, empty)))
        })
    }

    /// The number of inserted rows, and of all rows.
    pub fn progress(&self) -> (u64, u64) {
        (u64::from(self.built.graph.len()), u64::from(self.len))
    }

    fn insert(&mut self, rows: &Rows<'_>, row: u32) {
        let level = self.draw();
        match Measure::new(self.built.graph.metric(), rows.row(row)).soundness() {
            Soundness::Sound => {
                self.built.graph.push(rows, level);
                self.built.graph.insert(rows, row, self.width, &mut self.visited);
            }
            Soundness::Huge => {
                self.built.graph.push(rows, 0);
                self.built.huge.push(row);
            }
            Soundness::Nowhere => self.built.graph.push(rows, 0),
        }
    }

    /// The highest layer of a row: at least `l` with probability `m` to the power of `-l`, as in the paper, drawn
    /// without a logarithm, whose result differs between platforms.
    fn draw(&mut self) -> u8 {
        (0..HIGHEST).take_while(|_| self.rng.below(self.m) == 0).count() as u8
    }
}
