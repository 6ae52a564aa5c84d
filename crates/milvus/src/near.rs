//! Rows, segments and nearest-neighbour search in them.
//!
//! A segment's rows never change, so the nearest rows to a vector are computed once and cached. Guarantees: vectors are
//! really compared, by the metric and the index of the collection; rows that do not count are left out before the best
//! are chosen, never after, since they would take places of rows that do; the number of computed distances is counted;
//! the expected result of a search is computed row by row. Leaves out: when a search may run (`query_node`), and the
//! later life of segments (`compaction`).

use litemap::LiteMap;
use std::sync::Arc;

use super::settings::Settings;
use quorum_types::{Micros, Rng};
use quorum_vector::{Hnsw, HnswParams, Ivf, Measure, Metric, Rows as Vectors, Top, flat};

/// Random streams from here on make rows, from the other constant on queries.
const ROW_STREAM: u64 = 1 << 32;
const QUERY_STREAM: u64 = 1 << 48;
/// Graph parameters (Milvus 2.5 docs, HNSW: M 30 and efConstruction 360 by default; fewer for segments this small).
const GRAPH: HnswParams = HnswParams { m: 16, ef_construction: 100, seed: 0 };

/// Rows with their vectors.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) ids: Arc<[i64]>,
    pub(super) vectors: Arc<[f32]>,
}

impl Rows {
    /// Rows `first..first + count` of a seed.
    pub(super) fn made(seed: u64, dim: u64, first: i64, count: u64) -> Self {
        let ids: Arc<[i64]> = (0..count as i64).map(|n| first + n).collect();
        let mut vectors = vec![0.0; (dim * count) as usize];
        for (id, vector) in ids.iter().zip(vectors.chunks_mut(dim.max(1) as usize)) {
            Rng::new(seed, ROW_STREAM.wrapping_add(id.cast_unsigned())).fill_units(vector);
        }
        Self { ids, vectors: vectors.into() }
    }

    /// The rows of all parts that live, each once.
    pub(super) fn joined(parts: &[Self], lives: &dyn Fn(i64) -> bool) -> Self {
        let (mut ids, mut vectors) = (Vec::new(), Vec::new());
        // Rows nearly always come in order: then none is there twice.
        let in_order = parts.iter().flat_map(|part| part.ids.iter()).is_sorted_by(|a, b| a < b);
        let mut there = LiteMap::new_vec();
        for part in parts {
            let dim = part.vectors.len() / part.ids.len().max(1);
            for (id, vector) in part.ids.iter().zip(part.vectors.chunks(dim.max(1))) {
                if lives(*id) && (in_order || there.insert(*id, ()).is_none()) {
                    ids.push(*id);
                    vectors.extend_from_slice(vector);
                }
            }
        }
        Self { ids: ids.into(), vectors: vectors.into() }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// All of them, as a part of a search.
    pub(super) fn part(&self) -> Part<'_> {
        Part { ids: &self.ids, vectors: &self.vectors }
    }
}

/// Rows that are searched together; none of them is there twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'r> {
    pub(super) ids: &'r [i64],
    pub(super) vectors: &'r [f32],
}

/// The last rows that were made: a write's rows are made where they are read from the log, where they are flushed, and
/// where their client has the acknowledgement.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    /// By the number of the first row.
    rows: [Rows; Made::WRITES],
}

impl Made {
    /// Number of writes that are remembered.
    const WRITES: usize = 16;
    /// Larger writes are not remembered; in numbers of all vectors.
    const MOST: u64 = 4_096;

    /// Rows `first..first + count` of a seed and a dimension, which are always the same.
    pub(super) fn rows(&mut self, seed: u64, dim: u64, first: i64, count: u64) -> Rows {
        if count == 0 || count.saturating_mul(dim) > Self::MOST {
            return Rows::made(seed, dim, first, count);
        }
        let known = &mut self.rows[(first.cast_unsigned() / count) as usize % Self::WRITES];
        if known.ids.first() != Some(&first) || known.len() as u64 != count {
            *known = Rows::made(seed, dim, first, count);
        }
        known.clone()
    }
}

/// A segment in the object store; every copy shares its rows.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub(super) segment: u64,
    pub(super) rows: Rows,
    /// For a segment written in this cluster: it holds the rows of the log after the first position up to the second.
    pub(super) span: Option<(u64, u64)>,
    /// When it was written.
    pub(super) written_us: Micros,
    index: Option<Index>,
}

#[derive(Clone, Debug)]
enum Index {
    Lists(Ivf),
    Graph(Hnsw),
}

/// The segment with a number, as the object store has it.
pub(super) fn find(sealed: &[Sealed], segment: u64) -> Option<&Sealed> {
    sealed.iter().find(|sealed| sealed.segment == segment)
}

impl Sealed {
    /// A segment that was written at a given moment, without an index.
    pub(super) fn written(segment: u64, rows: Rows, span: (u64, u64), now: Micros) -> Self {
        Self { segment, rows, span: Some(span), written_us: now, index: None }
    }

    /// Whether it has an index.
    pub(super) fn indexed(&self) -> bool {
        self.index.is_some()
    }

    /// A copy with its index, which holds no part of the log.
    pub(super) fn copied(&self, segment: u64, now: Micros) -> Self {
        Self { segment, span: Some((0, 0)), written_us: now, ..self.clone() }
    }

    /// Builds the index that the collection has.
    pub(super) fn build_index(&mut self, seed: u64, settings: &Settings) {
        let (metric, nlist) = (metric(settings), settings.nlist as u32);
        let few = (self.rows.len() as u64) < settings.index_min_rows || self.rows.len() == 0;
        let vectors = Vectors::new(settings.dim as usize, [&*self.rows.vectors]);
        self.index = match settings.index_type {
            _ if few => None,
            1 => Some(Index::Lists(Ivf::build(&vectors, metric, nlist, seed ^ self.segment))),
            2 => {
                let params = HnswParams { seed: seed ^ self.segment, ..GRAPH };
                Some(Index::Graph(Hnsw::build(&vectors, metric, params)))
            }
            _ => None,
        };
    }

    /// The nearest rows to a vector among those that live, through the index if there is one.
    pub(super) fn nearest(&self, settings: &Settings, query: &[f32], lives: &dyn Fn(i64) -> bool) -> Nearest {
        let vectors = Vectors::new(query.len(), [&*self.rows.vectors]);
        let mut top = Top::new(metric(settings), settings.top_k as usize);
        let allow = |row: u32| lives(self.rows.ids[row as usize]);
        let measured = match &self.index {
            None => flat(&vectors, metric(settings), query, Some(&allow), &mut top),
            Some(Index::Lists(ivf)) => {
                // The centroids are measured too.
                ivf.nlist() + ivf.search(&vectors, query, settings.nprobe as u32, Some(&allow), &mut top)
            }
            Some(Index::Graph(hnsw)) => {
                let ef = settings.ef.max(settings.top_k) as u32;
                hnsw.search(&vectors, query, ef, Some(&allow), &mut top)
            }
        };
        Nearest { hits: keyed(settings, top, &self.rows.ids).into(), distances: u64::from(measured) }
    }
}

/// The sealed segments that a cluster begins with.
pub(super) fn sealed(seed: u64, settings: &Settings) -> Vec<Sealed> {
    let (count, rows) = (settings.segments, settings.rows);
    let bound = |n: u64| (rows * n / count) as i64;
    (0..count)
        .map(|n| {
            let rows = Rows::made(seed, settings.dim, bound(n), (bound(n + 1) - bound(n)) as u64);
            let mut sealed = Sealed { segment: n + 1, rows, span: None, written_us: 0, index: None };
            sealed.build_index(seed, settings);
            sealed
        })
        .collect()
}

/// The nearest rows to a vector in a segment: distance and row; the smaller number is nearer.
#[derive(Clone, Debug, Default)]
pub(super) struct Nearest {
    pub(super) hits: Arc<[(f32, i64)]>,
    /// Distances that were computed.
    pub(super) distances: u64,
}

/// A query vector.
pub(super) fn query(seed: u64, dim: u64, number: u64) -> Vec<f32> {
    let mut vector = vec![0.0; dim as usize];
    Rng::new(seed, QUERY_STREAM.wrapping_add(number)).fill_units(&mut vector);
    vector
}

/// The nearest of these rows that live, row by row.
pub(super) fn exact<'r>(
    settings: &Settings,
    query: &[f32],
    parts: impl Iterator<Item = Part<'r>>,
    lives: &dyn Fn(i64) -> bool,
) -> Vec<(f32, i64)> {
    let mut hits = Vec::new();
    let measure = Measure::new(metric(settings), query);
    parts.for_each(|part| measure_part(settings, &measure, part, lives, &mut hits));
    best(settings, hits, true)
}

/// Adds the nearest rows of a part that live, in no order.
fn measure_part(
    settings: &Settings,
    measure: &Measure<'_>,
    part: Part<'_>,
    lives: &dyn Fn(i64) -> bool,
    hits: &mut Vec<(f32, i64)>,
) {
    let query = measure.query();
    if part.ids.len() > settings.top_k as usize {
        let vectors = Vectors::new(query.len(), [part.vectors]);
        let mut top = Top::new(measure.metric(), settings.top_k as usize);
        let allow = |row: u32| lives(part.ids[row as usize]);
        flat(&vectors, measure.metric(), query, Some(&allow), &mut top);
        hits.extend(keyed(settings, top, part.ids));
        return;
    }
    // None of so few is left out, except where there is no distance.
    let sign = sign(settings);
    let rows = part.ids.iter().zip(part.vectors.chunks_exact(query.len().max(1)));
    for (id, vector) in rows.filter(|(id, _)| lives(**id)) {
        let distance = measure.to(vector);
        if !distance.is_nan() {
            // Minus zero is zero, as in a search that chooses.
            hits.push((sign * (distance + 0.0), *id));
        }
    }
}

/// The best of all hits, each row once if they are reduced by their keys.
pub(super) fn best(settings: &Settings, mut hits: Vec<(f32, i64)>, by_key: bool) -> Vec<(f32, i64)> {
    // The standard sort, which is compiled for this alone: every search of every client comes through here.
    hits.sort_unstable_by(nearer);
    if by_key {
        hits.dedup_by_key(|hit| hit.1);
    }
    hits.truncate(settings.top_k as usize);
    hits
}

fn metric(settings: &Settings) -> Metric {
    match settings.metric {
        0 => Metric::L2,
        1 => Metric::Cosine,
        _ => Metric::Ip,
    }
}

/// What makes the smaller distance the nearer one.
fn sign(settings: &Settings) -> f32 {
    if settings.metric == 0 { 1.0 } else { -1.0 }
}

/// Hits by row number, with distances normalized so that the smaller is nearer for every metric.
fn keyed(settings: &Settings, top: Top, ids: &[i64]) -> Vec<(f32, i64)> {
    let sign = sign(settings);
    top.into_sorted().into_iter().map(|hit| (sign * hit.distance, ids[hit.row as usize])).collect()
}

/// Nearer first; ties go to the lower number.
fn nearer(a: &(f32, i64), b: &(f32, i64)) -> core::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(set: &[(&str, u64)]) -> Settings {
        let mut settings = Settings::default();
        for (name, value) in [("dim", 128), ("segments", 1), ("rows", 2_000)].iter().chain(set) {
            settings.set(name, *value).expect("a setting");
        }
        settings
    }

    /// Mean recall over many queries, and distances per search.
    fn measured(set: &[(&str, u64)]) -> (f64, u64) {
        let settings = settings(set);
        let sealed = &sealed(3, &settings)[0];
        let (mut found, mut distances) = (0, 0);
        for number in 0..50 {
            let vector = query(3, settings.dim, number);
            let near = sealed.nearest(&settings, &vector, &|_| true);
            let truth = exact(&settings, &vector, [sealed.rows.part()].into_iter(), &|_| true);
            assert!(near.hits.len() <= 10 && truth.len() == 10, "{set:?}");
            found += truth.iter().filter(|(_, id)| near.hits.iter().any(|(_, hit)| hit == id)).count();
            distances += near.distances;
        }
        (found as f64 / 500.0, distances / 50)
    }

    #[test]
    fn an_index_computes_fewer_distances_and_finds_less() {
        for metric in 0..3 {
            let flat = measured(&[("metric", metric)]);
            assert_eq!(flat, (1.0, 2_000), "metric {metric}");
            let few = measured(&[("metric", metric), ("index_type", 1), ("nprobe", 1)]);
            let note = measured(&[("metric", metric), ("index_type", 1), ("nprobe", 10)]);
            let all = measured(&[("metric", metric), ("index_type", 1), ("nprobe", 128)]);
            assert!(
                few.0 < note.0 && note.0 < 0.9 && all == (1.0, 2_128),
                "{metric}: {few:?} {note:?} {all:?}"
            );
            assert!(few.1 < note.1 && note.1 < 500, "{metric}: {few:?} {note:?}");
            let graph = measured(&[("metric", metric), ("index_type", 2), ("ef", 64)]);
            assert!(graph.0 > note.0 && graph.1 <= 2_000, "{metric}: {graph:?}");
        }
    }

    #[test]
    fn rows_that_do_not_count_take_no_places() {
        for index_type in 0..3 {
            let settings = settings(&[("index_type", index_type), ("nprobe", 128), ("ef", 500)]);
            let sealed = &sealed(3, &settings)[0];
            let vector = query(3, settings.dim, 7);
            let whole = sealed.nearest(&settings, &vector, &|_| true);
            // Whatever is nearest is gone: as many others are found.
            let gone: Vec<i64> = whole.hits.iter().map(|(_, id)| *id).collect();
            let lives = |id: i64| !gone.contains(&id);
            let rest = sealed.nearest(&settings, &vector, &lives);
            let truth = exact(&settings, &vector, [sealed.rows.part()].into_iter(), &lives);
            assert_eq!(*rest.hits, *truth, "index {index_type}");
            assert!(
                rest.hits.len() == 10 && rest.hits.iter().all(|(_, id)| lives(*id)),
                "index {index_type}"
            );
        }
    }

    #[test]
    fn a_part_is_searched_alike_whether_rows_are_left_out_or_not() {
        for metric in 0..3 {
            let settings = settings(&[("metric", metric), ("dim", 8)]);
            let rows = Rows::made(3, 8, 100, 40);
            let odd = |id: i64| id % 3 != 0;
            // A row of zeros has no cosine, and an inner product of minus zero.
            let mut vectors = rows.vectors.to_vec();
            vectors[24..32].fill(-0.0);
            let rows = Rows { vectors: vectors.into(), ..rows };
            let small: Vec<Part<'_>> = rows
                .ids
                .chunks(7)
                .zip(rows.vectors.chunks(56))
                .map(|(ids, vectors)| Part { ids, vectors })
                .collect();
            let vector = query(3, 8, 1);
            let bits =
                |hits: Vec<(f32, i64)>| hits.iter().map(|hit| (hit.0.to_bits(), hit.1)).collect::<Vec<_>>();
            let whole = bits(exact(&settings, &vector, [rows.part()].into_iter(), &odd));
            assert_eq!(bits(exact(&settings, &vector, small.into_iter(), &odd)), whole, "metric {metric}");
            assert_eq!(whole.len(), 10);
        }
    }

    #[test]
    fn rows_that_were_made_before_are_the_same() {
        let mut made = Made::default();
        for first in [0, 5, 10, 0, 80, 0, 3, 3] {
            for count in [5, 0, 5_000] {
                let (ours, fresh) = (made.rows(7, 4, first, count), Rows::made(7, 4, first, count));
                assert_eq!((ours.ids, ours.vectors), (fresh.ids, fresh.vectors), "{first} {count}");
            }
        }
    }

    #[test]
    fn below_the_least_size_every_row_is_looked_at() {
        assert_eq!(measured(&[("index_type", 1), ("index_min_rows", 2_001)]), (1.0, 2_000));
    }
}
