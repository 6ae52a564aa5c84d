//! The layered graph of HNSW: links between rows, searches, and insertion.
//!
//! Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable small
//! world graphs", 2018; algorithm numbers are the paper's. Guarantees: deterministic, ties go to the smaller row; at
//! most `m` links a row above layer 0 and `2 m` there. Leaves out: rows that have no distance to others, which get no
//! links (`hnsw` keeps track of them).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::distance::{Measure, Metric, square};
use super::flat::Allow;
use super::rows::Rows;
use super::stored::{Bytes, write};
use super::top::Key;

/// No row is in a layer above this one.
pub(crate) const HIGHEST: u8 = 15;
/// Stored instead of the entry of a graph that has none.
const NO_ROW: u32 = u32::MAX;
/// Numbers between two of a row that are read ahead: those of two lines of a cache.
const TOUCHED: usize = 32;
/// Links of a row in a layer of any graph that is decoded.
const MOST_LINKS: u32 = 64;

/// The graph.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    metric: Metric,
    m: u32,
    /// The length of each row, if the metric needs it.
    lengths: Vec<f32>,
    /// The layer of each row.
    levels: Vec<u8>,
    /// Layer 0: for each row the number of its links, and room for `2 m` of them.
    ground: Vec<u32>,
    /// The layers above: for each of a row's layers the number of its links, and room for `m` of them.
    upper: Vec<u32>,
    /// Where each row begins in `upper`.
    places: Vec<u32>,
    /// Where searches begin: a row of the highest layer.
    entry: Option<u32>,
}

impl Graph {
    /// A graph without rows.
    pub(crate) fn new(metric: Metric, m: u32) -> Self {
        let (lengths, levels, ground, upper, places) = Default::default();
        Self { metric, m, lengths, levels, ground, upper, places, entry: None }
    }

    /// The metric.
    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> u32 {
        self.levels.len() as u32
    }

    /// Where searches begin.
    pub(crate) fn entry(&self) -> Option<u32> {
        self.entry
    }

    /// The highest layer of a row.
    pub(crate) fn level(&self, row: u32) -> u8 {
        self.levels[row as usize]
    }

    /// Memory use in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let numbers = self.ground.len() + self.upper.len() + self.places.len() + self.lengths.len();
        4 * numbers as u64 + self.levels.len() as u64
    }

    /// The links of a row in a layer; none if it is not in that layer.
    #[inline]
    pub(crate) fn links(&self, layer: u8, row: u32) -> &[u32] {
        if layer > self.level(row) {
            return &[];
        }
        let at = self.place(layer, row);
        let numbers = if layer == 0 { &self.ground } else { &self.upper };
        &numbers[at + 1..at + 1 + numbers[at] as usize]
    }

    /// Maximum number of links of a row in a layer.
    fn room(&self, layer: u8) -> usize {
        (if layer == 0 { 2 * self.m } else { self.m }) as usize
    }

    /// The position of a row's number of links; the links follow.
    #[inline]
    fn place(&self, layer: u8, row: u32) -> usize {
        match layer {
            0 => row as usize * (self.room(0) + 1),
            _ => self.places[row as usize] as usize + (usize::from(layer) - 1) * (self.room(layer) + 1),
        }
    }

    /// Writes the links of a row.
    fn set_links(&mut self, layer: u8, row: u32, links: impl Iterator<Item = u32>) {
        let (at, room) = (self.place(layer, row), self.room(layer));
        let numbers = if layer == 0 { &mut self.ground } else { &mut self.upper };
        let mut count = 0;
        for (place, link) in numbers[at + 1..=at + room].iter_mut().zip(links) {
            *place = link;
            count += 1;
        }
        numbers[at] = count;
    }

    /// Appends its encoding to `into`: entry, levels, for each row and layer the number of its links, the links, and
    /// the lengths.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        write(into, [self.entry.unwrap_or(NO_ROW)]);
        into.extend_from_slice(&self.levels);
        let all = || self.layers_of_rows().map(|(layer, row)| self.links(layer, row));
        let mut links = 0;
        for of_row in all() {
            into.extend_from_slice(&(of_row.len() as u16).to_le_bytes());
            links += of_row.len() as u32;
        }
        write(into, [links]);
        all().for_each(|of_row| write(into, of_row.iter().copied()));
        write(into, self.lengths.iter().map(|length| length.to_bits()));
    }

    /// Every row in each of its layers, layer 0 of all rows first.
    fn layers_of_rows(&self) -> impl Iterator<Item = (u8, u32)> + '_ {
        let above = |(row, level): (u32, &u8)| (1..=*level).map(move |layer| (layer, row));
        (0..self.len()).map(|row| (0, row)).chain((0..).zip(&self.levels).flat_map(above))
    }

    /// Decodes a graph of `len` rows, or returns what is wrong with the bytes. Nothing is reserved that the bytes do
    /// not pay for.
    pub(crate) fn decode(
        from: &mut Bytes<'_>,
        metric: Metric,
        m: u32,
        len: u32,
    ) -> Result<Self, &'static str> {
        let mut graph = Self::new(metric, m);
        let entry = from.one()?;
        graph.levels = from.take(len as usize)?.to_vec();
        let uppers: usize = graph.levels.iter().map(|level| usize::from(*level)).sum();
        let counts = from.take(2 * (len as usize + uppers))?.as_chunks::<2>().0;
        if m > MOST_LINKS || graph.levels.iter().any(|level| *level > HIGHEST) {
            return Err("the graph has more links or layers than any");
        }
        let place = |level: &u8| {
            let begin = graph.upper.len() as u32;
            graph.upper.resize(begin as usize + usize::from(*level) * (m as usize + 1), 0);
            begin
        };
        graph.places = graph.levels.iter().map(place).collect();
        graph.ground = vec![0; len as usize * (2 * m as usize + 1)];
        let count = from.one()?;
        let mut links = from.many(count)?;
        let layers: Vec<(u8, u32)> = graph.layers_of_rows().collect();
        for ((layer, row), count) in layers.into_iter().zip(counts) {
            let count = usize::from(u16::from_le_bytes(*count));
            if count > graph.room(layer) || links.len() < count {
                return Err("a row has more links than there is room for");
            }
            graph.set_links(layer, row, links.by_ref().take(count));
        }
        let linked = graph.ground.chunks_exact(2 * m as usize + 1);
        let above = graph.upper.chunks_exact(m as usize + 1);
        let within = |of_row: &[u32]| of_row[1..].iter().all(|link| *link < len);
        if links.len() > 0 || !linked.map(within).chain(above.map(within)).all(|within| within) {
            return Err("a link leads nowhere");
        }
        if metric == Metric::Cosine {
            graph.lengths = from.many(len)?.map(f32::from_bits).collect();
        }
        graph.entry = (entry != NO_ROW).then_some(entry);
        let level = graph.entry.map(|entry| graph.levels.get(entry as usize).copied());
        if level.is_some_and(|level| level.is_none() || level < graph.levels.iter().max().copied()) {
            return Err("searches would begin nowhere");
        }
        Ok(graph)
    }

    /// Makes room for the next row, without links.
    pub(crate) fn push(&mut self, rows: &Rows<'_>, level: u8) {
        let row = self.len();
        if self.metric == Metric::Cosine {
            self.lengths.push(square(rows.row(row)).sqrt());
        }
        self.levels.push(level);
        self.ground.resize(self.ground.len() + self.room(0) + 1, 0);
        self.places.push(self.upper.len() as u32);
        self.upper.resize(self.upper.len() + usize::from(level) * (self.room(1) + 1), 0);
    }

    /// Measures distances from a row.
    fn measure<'r>(&self, rows: &Rows<'r>, row: u32) -> Measure<'r> {
        let length = self.lengths.get(row as usize).copied().unwrap_or(0.0);
        Measure::of_length(self.metric, rows.row(row), length)
    }

    /// Measures the distance to a row; instead of one that is farther than `bound`, another that is farther may come.
    #[inline(always)]
    fn key_within(&self, rows: &Rows<'_>, measure: &Measure<'_>, row: u32, bound: f32) -> Key {
        let length = self.lengths.get(row as usize).copied().unwrap_or(0.0);
        Key::new(self.metric, measure.within(rows.row(row), length, bound), row)
    }

    /// Measures the distance to a row.
    pub(crate) fn key(&self, rows: &Rows<'_>, measure: &Measure<'_>, row: u32) -> Key {
        self.key_within(rows, measure, row, self.metric.farthest())
    }

    /// Algorithm 1: links the newest row, for which space was added already.
    pub(crate) fn insert(&mut self, rows: &Rows<'_>, row: u32, width: usize, visited: &mut Visited) {
        let level = self.level(row);
        let Some(entry) = self.entry else {
            self.entry = Some(row);
            return;
        };
        let measure = self.measure(rows, row);
        let top = self.level(entry);
        let mut near = vec![self.descend(rows, &measure, level)];
        for layer in (0..=level.min(top)).rev() {
            near = self.walk(rows, &measure, &near, (width, layer), visited, (None, None)).0;
            let chosen = self.choose(rows, &near, self.m as usize);
            self.set_links(layer, row, chosen.iter().map(|key| key.row()));
            for key in chosen {
                self.link_back(rows, layer, key, row);
            }
        }
        if level > top {
            self.entry = Some(row);
        }
    }

    /// Adds a link to `row` from the row of `key`, whose distance is in `key`. If there is no room, the best links are
    /// kept.
    fn link_back(&mut self, rows: &Rows<'_>, layer: u8, key: Key, row: u32) {
        let from = key.row();
        let links = self.links(layer, from);
        if links.len() < self.room(layer) {
            let at = self.place(layer, from);
            let numbers = if layer == 0 { &mut self.ground } else { &mut self.upper };
            let count = numbers[at] + 1;
            numbers[at] = count;
            numbers[at + count as usize] = row;
            return;
        }
        let measure = self.measure(rows, from);
        let mut keys: Vec<Key> = links.iter().map(|link| self.key(rows, &measure, *link)).collect();
        keys.push(Key::new(self.metric, key.distance(self.metric), row));
        let keys = BinaryHeap::from(keys).into_sorted_vec();
        let chosen = self.choose(rows, &keys, self.room(layer));
        self.set_links(layer, from, chosen.iter().map(|key| key.row()));
    }

    /// Algorithm 4, keeping pruned candidates: of candidates, nearest first, those that are nearer to the row than to
    /// any chosen before; then the nearest of the rest, until there are `count`.
    fn choose(&self, rows: &Rows<'_>, candidates: &[Key], count: usize) -> Vec<Key> {
        let (mut chosen, mut pruned) = (Vec::with_capacity(count), Vec::new());
        for key in candidates {
            if chosen.len() == count {
                break;
            }
            let measure = self.measure(rows, key.row());
            // One of several equal rows is enough: the others would crowd out links to all other rows.
            let bound = key.distance(self.metric);
            let hidden = |other: &Key| {
                let between = self.key_within(rows, &measure, other.row(), bound);
                between.nearer(*key) || (!key.nearer(between) && measure.query() == rows.row(other.row()))
            };
            if chosen.iter().any(hidden) { pruned.push(*key) } else { chosen.push(*key) }
        }
        let missing = count - chosen.len();
        chosen.extend(pruned.into_iter().take(missing));
        chosen
    }

    /// Descends greedily from the entry to just above `layer` and returns the nearest row found.
    pub(crate) fn descend(&self, rows: &Rows<'_>, measure: &Measure<'_>, layer: u8) -> Key {
        let entry = self.entry.unwrap_or(0);
        let key = |row: u32| self.key(rows, measure, row);
        let mut best = key(entry);
        for layer in (layer + 1..=self.level(entry)).rev() {
            loop {
                let nearest = self.links(layer, best.row()).iter().map(|link| key(*link)).min();
                match nearest {
                    Some(nearest) if nearest < best => best = nearest,
                    _ => break,
                }
            }
        }
        best
    }

    /// Algorithm 2: the nearest `width` allowed rows of a layer, nearest first, and how many rows were measured.
    ///
    /// `through` is the filter of the rows that are measured: instead of a row that it refuses, the walk takes those
    /// that this row links to (after ACORN, arXiv 2403.04871). So its length hardly depends on how many rows are
    /// allowed, as long as each has an allowed one within two links.
    pub(crate) fn walk(
        &self,
        rows: &Rows<'_>,
        measure: &Measure<'_>,
        entries: &[Key],
        (width, layer): (usize, u8),
        visited: &mut Visited,
        (allow, through): (Allow<'_>, Allow<'_>),
    ) -> (Vec<Key>, u32) {
        let allowed = |row: u32| allow.is_none_or(|allow| allow(row));
        let mut found: BinaryHeap<Key> = entries.iter().copied().filter(|key| allowed(key.row())).collect();
        let mut ahead: BinaryHeap<Reverse<Key>> = entries.iter().copied().map(Reverse).collect();
        let mut near = Vec::with_capacity(self.room(layer));
        let mut measured = 0;
        visited.clear(self.len());
        entries.iter().for_each(|key| _ = visited.visit(key.row()));
        while let Some(Reverse(next)) = ahead.pop() {
            if found.len() >= width && found.peek().is_some_and(|farthest| next > *farthest) {
                break;
            }
            near.clear();
            match through {
                None => {
                    near.extend(self.links(layer, next.row()).iter().filter(|link| visited.visit(**link)))
                }
                Some(through) => self.near_allowed(layer, next.row(), visited, through, &mut near),
            }
            measured += near.len() as u32;
            touch(rows, &near);
            for row in &near {
                let farthest = found.peek().filter(|_| found.len() >= width).copied();
                let bound = farthest.map_or(self.metric.farthest(), |key| key.distance(self.metric));
                let key = self.key_within(rows, measure, *row, bound);
                if farthest.is_none_or(|farthest| key < farthest) {
                    ahead.push(Reverse(key));
                    if through.is_some() || allowed(*row) {
                        if farthest.is_some() {
                            found.pop();
                        }
                        found.push(key);
                    }
                }
            }
        }
        (found.into_sorted_vec(), measured)
    }

    /// The allowed rows that a row links to, and, until there are `m`, those that the others link to; none that was
    /// visited.
    fn near_allowed(
        &self,
        layer: u8,
        row: u32,
        visited: &mut Visited,
        allow: &dyn Fn(u32) -> bool,
        near: &mut Vec<u32>,
    ) {
        let links = self.links(layer, row);
        near.extend(links.iter().filter(|link| !visited.has(**link) && allow(**link)));
        near.iter().for_each(|row| _ = visited.visit(*row));
        let most = (self.m as usize).max(near.len());
        for between in links {
            if near.len() >= most {
                return;
            }
            // A link that is allowed was visited above or before.
            if visited.visit(*between) {
                let beyond = self.links(layer, *between).iter();
                near.extend(
                    beyond.filter(|link| !visited.has(**link) && allow(**link) && visited.visit(**link)),
                );
            }
        }
    }
}

/// Reads a little of each row, so that memory brings all of them at once instead of one after the other. (WebAssembly
/// has no instruction that asks for memory ahead of time.)
#[inline]
fn touch(rows: &Rows<'_>, some: &[u32]) {
    let read =
        |row: &u32| rows.row(*row).iter().step_by(TOUCHED).fold(0, |sum, number| sum ^ number.to_bits());
    std::hint::black_box(some.iter().fold(0, |sum, row| sum ^ read(row)));
}

/// The visited rows of a walk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visited {
    /// A bit for each row.
    bits: Vec<u64>,
    /// The rows whose bits are set, so that clearing costs no more than the walk did.
    rows: Vec<u32>,
}

impl Visited {
    /// Clears all rows, and makes room for `len`.
    fn clear(&mut self, len: u32) {
        for row in self.rows.drain(..) {
            self.bits[row as usize / 64] = 0;
        }
        let words = len.div_ceil(64) as usize;
        if self.bits.len() < words {
            self.bits.resize(words, 0);
        }
    }

    /// Whether a row is visited.
    #[inline]
    fn has(&self, row: u32) -> bool {
        self.bits[row as usize / 64] >> (row % 64) & 1 == 1
    }

    /// Marks a row as visited. Returns whether it is new.
    #[inline]
    fn visit(&mut self, row: u32) -> bool {
        let (word, bit) = (&mut self.bits[row as usize / 64], 1 << (row % 64));
        let new = *word & bit == 0;
        if new {
            *word |= bit;
            self.rows.push(row);
        }
        new
    }
}
