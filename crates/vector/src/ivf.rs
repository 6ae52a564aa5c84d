//! IVF_FLAT: rows are sorted into lists by their nearest centroid, and a search reads only the nearest lists.
//!
//! Guarantees: a search of all lists returns exactly the same as FLAT; the index can be built a few rows at a time.
//! Leaves out: rows that were added after the build began.

use std::sync::Arc;

use super::distance::{Measure, Metric};
use super::flat::Allow;
use super::kmeans::{Centroids, Kmeans};
use super::rows::Rows;
use super::stored::{Bytes, write};
use super::top::Top;

/// An IVF_FLAT index. Clones share their contents.
#[derive(Clone, Debug)]
pub struct Ivf(Arc<Lists>);

#[derive(Debug)]
struct Lists {
    metric: Metric,
    centroids: Centroids,
    /// Where each list begins in `rows`, followed by the end of the last one.
    starts: Vec<u32>,
    /// The rows of all lists, ascending within each.
    rows: Vec<u32>,
}

impl Ivf {
    /// Builds an index of `nlist` lists, or one list per row if there are fewer rows.
    pub fn build(rows: &Rows<'_>, metric: Metric, nlist: u32, seed: u64) -> Self {
        let mut builder = IvfBuilder::new(rows, metric, nlist, seed);
        loop {
            if let Some(ivf) = builder.step(rows, u32::MAX) {
                return ivf;
            }
        }
    }

    /// Offers to `top` the allowed rows of the `nprobe` nearest lists; at least one list, at most all. Returns how many
    /// rows were measured. `rows` must begin with those that the index was built over.
    pub fn search(
        &self,
        rows: &Rows<'_>,
        query: &[f32],
        nprobe: u32,
        allow: Allow<'_>,
        top: &mut Top,
    ) -> u32 {
        if query.len() != rows.dim() {
            return 0;
        }
        let (measure, mut measured) = (Measure::new(self.0.metric, query), 0);
        for list in self.probes(query, nprobe) {
            for row in self.list(list) {
                if allow.is_none_or(|allow| allow(*row)) {
                    measured += 1;
                    top.offer(*row, measure.to(rows.row(*row)));
                }
            }
        }
        measured
    }

    /// The lists that a search reads, nearest first.
    pub(crate) fn probes(&self, query: &[f32], nprobe: u32) -> Vec<u32> {
        self.0.centroids.ranked(query, nprobe.max(1))
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.0.metric
    }

    /// Number of rows in the index.
    pub fn len(&self) -> u32 {
        self.0.rows.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.rows.is_empty()
    }

    /// Number of lists.
    pub fn nlist(&self) -> u32 {
        self.0.centroids.len()
    }

    /// The length of each list.
    pub fn lists(&self) -> Vec<u32> {
        self.0.starts.windows(2).map(|two| two[1] - two[0]).collect()
    }

    /// The rows of a list, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such list.
    pub fn list(&self, list: u32) -> &[u32] {
        let at = list as usize;
        &self.0.rows[self.0.starts[at] as usize..self.0.starts[at + 1] as usize]
    }

    /// The centroid of a list.
    #[cfg(test)]
    pub(crate) fn centroid(&self, list: u32) -> &[f32] {
        self.0.centroids.centroid(list)
    }

    /// Memory use in bytes.
    pub fn bytes(&self) -> u64 {
        self.0.centroids.bytes() + 4 * (self.0.starts.len() + self.0.rows.len()) as u64
    }

    /// Appends its encoding to `into`: the number of lists, their centroids, their lengths, and their rows.
    pub fn encode(&self, into: &mut Vec<u8>) {
        write(into, [self.nlist()]);
        self.0.centroids.encode(into);
        write(into, self.lists());
        write(into, self.0.rows.iter().copied());
    }

    /// Decodes an index of `len` rows of `dim` numbers, or returns what is wrong with the bytes.
    pub fn decode(bytes: &[u8], metric: Metric, dim: u32, len: u32) -> Result<Self, &'static str> {
        let mut from = Bytes(bytes);
        let nlist = from.one()?;
        let centroids = Centroids::decode(&mut from, metric, dim, nlist)?;
        let (mut starts, mut end) = (vec![0], 0_u32);
        for count in from.many(nlist)? {
            end = end.checked_add(count).filter(|end| *end <= len).ok_or("the lists hold too many rows")?;
            starts.push(end);
        }
        let rows: Vec<u32> = from.many(len)?.collect();
        let lists = Lists { metric, centroids, starts, rows };
        // Ascending within each list and each once: every row is then in exactly one list.
        let mut seen = vec![false; len as usize];
        let ascending = lists
            .starts
            .windows(2)
            .all(|two| lists.rows.get(two[0] as usize..two[1] as usize).is_some_and(|list| list.is_sorted()));
        let fresh =
            |row: &u32| seen.get_mut(*row as usize).is_some_and(|seen| !std::mem::replace(seen, true));
        if !ascending || end != len || !from.0.is_empty() || !lists.rows.iter().all(fresh) {
            return Err("the lists do not hold each row once");
        }
        Ok(Self(Arc::new(lists)))
    }
}

/// An IVF_FLAT index under construction.
#[derive(Clone, Debug)]
pub struct IvfBuilder {
    metric: Metric,
    kmeans: Kmeans,
    /// Rows in the index.
    len: u32,
    /// The list of each row so far.
    homes: Vec<u32>,
}

impl IvfBuilder {
    /// Begins an index over the current rows. Every step must see the same rows; more may follow them.
    pub fn new(rows: &Rows<'_>, metric: Metric, nlist: u32, seed: u64) -> Self {
        let len = rows.len();
        let lists = nlist.max(1).min(len);
        Self { metric, kmeans: Kmeans::new(rows, metric, lists, seed), len, homes: Vec::new() }
    }

    /// Processes up to `budget` rows, at least one. Returns the index when it is built.
    pub fn step(&mut self, rows: &Rows<'_>, budget: u32) -> Option<Ivf> {
        let mut budget = budget.max(1);
        let centroids = self.kmeans.step(rows, &mut budget)?;
        let begin = self.homes.len() as u32;
        let end = self.len.min(begin.saturating_add(budget));
        self.homes.extend((begin..end).map(|row| centroids.nearest(rows.row(row))));
        (end == self.len).then(|| Ivf(Arc::new(lists(self.metric, centroids.clone(), &self.homes))))
    }

    /// The number of processed rows, and of rows to process in all; a row is processed several times.
    pub fn progress(&self) -> (u64, u64) {
        let (done, all) = self.kmeans.progress();
        (done + self.homes.len() as u64, all + u64::from(self.len))
    }
}

/// Distributes the rows to their lists.
fn lists(metric: Metric, centroids: Centroids, homes: &[u32]) -> Lists {
    let mut starts = vec![0; centroids.len() as usize + 1];
    for home in homes {
        starts[*home as usize + 1] += 1;
    }
    for list in 1..starts.len() {
        starts[list] += starts[list - 1];
    }
    let (mut next, mut rows) = (starts.clone(), vec![0; homes.len()]);
    for (row, home) in (0..).zip(homes) {
        let place = &mut next[*home as usize];
        rows[*place as usize] = row;
        *place += 1;
    }
    Lists { metric, centroids, starts, rows }
}
