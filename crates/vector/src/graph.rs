//! The layered graph of HNSW: links between rows, searches, and insertion.
//!
//! Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable small
//! world graphs", 2018; algorithm numbers are the paper's. Guarantees: deterministic, ties go to the smaller row; at
//! most `m` links a row above layer 0 and `2 m` there. Leaves out: rows that have no distance to others, which get no
//! links (`hnsw` keeps track of them).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::distance::{Measure, Metric, square};
use super::rows::Rows;
use super::top::Key;

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

    /// Measures the distance to a row.
    #[inline]
    fn key(&self, rows: &Rows<'_>, measure: &Measure<'_>, row: u32) -> Key {
        let length = self.lengths.get(row as usize).copied().unwrap_or(0.0);
        Key::new(self.metric, measure.with_length(rows.row(row), length), row)
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
            near = self.walk(rows, &measure, &near, width, layer, visited, |_| true);
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
            let hidden = |other: &Key| {
                let between = self.key(rows, &measure, other.row());
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

    /// Algorithm 2: the nearest `width` rows of a layer that `collect` accepts, nearest first. All rows are walked
    /// through, accepted or not.
    #[expect(clippy::too_many_arguments, reason = "the paper's, and a walk's memory")]
    pub(crate) fn walk(
        &self,
        rows: &Rows<'_>,
        measure: &Measure<'_>,
        entries: &[Key],
        width: usize,
        layer: u8,
        visited: &mut Visited,
        collect: impl Fn(u32) -> bool,
    ) -> Vec<Key> {
        let mut found: BinaryHeap<Key> = entries.iter().copied().filter(|key| collect(key.row())).collect();
        let mut ahead: BinaryHeap<Reverse<Key>> = entries.iter().copied().map(Reverse).collect();
        visited.clear(self.len());
        entries.iter().for_each(|key| _ = visited.visit(key.row()));
        while let Some(Reverse(next)) = ahead.pop() {
            if found.len() >= width && found.peek().is_some_and(|furthest| next > *furthest) {
                break;
            }
            for link in self.links(layer, next.row()) {
                if !visited.visit(*link) {
                    continue;
                }
                let key = self.key(rows, measure, *link);
                let full = found.len() >= width;
                if full && found.peek().is_some_and(|furthest| key > *furthest) {
                    continue;
                }
                ahead.push(Reverse(key));
                if collect(*link) {
                    if full {
                        found.pop();
                    }
                    found.push(key);
                }
            }
        }
        found.into_sorted_vec()
    }
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

    /// The number of visited rows.
    pub(crate) fn len(&self) -> u32 {
        self.rows.len() as u32
    }
}
