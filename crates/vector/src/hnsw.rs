//! HNSW: a search descends a layered graph from far to near.
//!
//! Guarantees: a result holds only allowed rows, none twice, and is as long as FLAT's: if a walk finds too few, or
//! would be longer than a scan of the allowed rows, rows are scanned instead. The index can be built a few rows at a
//! time. Leaves out: rows that were added after the build began.

use std::sync::Arc;

use super::distance::{Measure, Metric, Soundness};
use super::flat::{Allow, scan};
use super::graph::{Graph, Visited};
use super::rng::Rng;
use super::rows::Rows;
use super::top::Top;

/// The random stream that draws layers.
const STREAM: u64 = 2;
/// No row is in a layer above this one.
const HIGHEST: u8 = 15;
/// Sample size for estimating how many rows a filter allows.
const ASKED: u32 = 1_024;
/// A filter that allows fewer than one row in this many is answered by a scan.
const FEW: u64 = 20;
/// A walk costs as much as a scan of this many times its width in rows, multiplied by the inverse of the allowed share:
/// if half of the rows are allowed, twice as much.
const DEAR: u64 = 16;

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
        if soundness == Soundness::Huge || graph.entry().is_none() || self.scan_is_shorter(width, allow) {
            return scan(rows, self.len(), &measure, allow, top);
        }
        let mut visited = Visited::default();
        let entry = [graph.descend(rows, &measure, 0)];
        let allowed = |row| allow.is_none_or(|allow| allow(row));
        let found = graph.walk(rows, &measure, &entry, width, 0, &mut visited, allowed);
        let walked = visited.len();
        if found.len() < top.k() {
            return walked + scan(rows, self.len(), &measure, allow, top);
        }
        for key in found {
            top.offer(key.row(), key.distance(self.metric()));
        }
        let huge = self.0.huge.iter().filter(|row| allowed(**row));
        huge.clone().for_each(|row| top.offer(*row, measure.to(rows.row(*row))));
        walked + huge.count() as u32
    }

    /// Whether a walk would visit more rows than a scan. Checks a sample of rows against the filter.
    fn scan_is_shorter(&self, width: usize, allow: Allow<'_>) -> bool {
        let len = self.len();
        let Some(allow) = allow else { return width >= len as usize };
        let asked = len.min(ASKED);
        // Multiples of the golden ratio are evenly spread, and correlate with no pattern of the rows.
        let row = |at: u32| match len {
            0..=ASKED => at,
            _ => ((u64::from(at.wrapping_mul(0x9E37_79B9)) * u64::from(len)) >> 32) as u32,
        };
        let yes = (0..asked).filter(|at| allow(row(*at))).count() as u64;
        let (asked, width) = (u64::from(asked), width as u64);
        yes * FEW < asked || yes * (yes * u64::from(len) / asked.max(1)) <= DEAR * width * asked
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
