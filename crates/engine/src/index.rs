//! Indexes of sealed segments: types, parameters, building and searching.
//!
//! Guarantees: parameters are those that Milvus 2.3.5 accepts; an index that is not built yet does not affect results,
//! because its segment is scanned. Leaves out: the algorithms (`vector`), and when an index is built (the engine's).

use super::bytes::{Reader, Writer};
use quorum_types::Refusal;
use quorum_vector::{Hit, Hnsw, HnswBuilder, HnswParams, Ivf, IvfBuilder, Metric, Rows, Top};
use std::collections::BTreeMap;

/// Segments with fewer rows are scanned, indexed or not (Milvus 2.3: `rootCoord.minSegmentSizeToEnableIndex`).
pub(crate) const MIN_INDEX_ROWS: u32 = 1_024;
/// Seed for all randomness in an index: the same rows make the same index everywhere.
const SEED: u64 = 0x5107;
/// The default `nprobe` (knowhere 2.2).
const DEFAULT_NPROBE: u32 = 8;
/// Maximum of `ef` (Milvus 2.3).
const MAX_EF: u64 = 32_768;
/// Maximum of `nlist` and `nprobe` (Milvus 2.3).
const MAX_LISTS: u64 = 65_536;

/// The type of an index, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// FLAT: every row is measured.
    Flat,
    /// IVF_FLAT: rows in lists around centroids.
    IvfFlat {
        /// Number of lists.
        nlist: u32,
    },
    /// HNSW: a graph of near neighbours.
    Hnsw {
        /// Neighbours per row.
        m: u32,
        /// Candidates during construction.
        ef_construction: u32,
    },
}

/// The definition of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IndexSpec {
    /// Its type.
    pub kind: IndexKind,
    /// Its metric.
    pub metric: Metric,
}

/// Parameters by name.
pub type Params = BTreeMap<String, u64>;

impl IndexSpec {
    /// Parses Milvus's parameters, or returns what is wrong with them.
    pub fn parse(index_type: &str, metric_type: &str, params: &Params) -> Result<Self, Refusal> {
        let metric = parse_metric(metric_type)?;
        let asked = |name: &str, low: u64, high: u64| -> Result<u32, Refusal> {
            let value = params.get(name).copied().ok_or_else(|| {
                let error = format!("{index_type} needs params.{name}, {low} to {high}");
                Refusal::new("bad_params", error)
            })?;
            bounded(name, value, low, high)
        };
        let kind = match index_type {
            "FLAT" => IndexKind::Flat,
            "IVF_FLAT" => IndexKind::IvfFlat { nlist: asked("nlist", 1, MAX_LISTS)? },
            "HNSW" => {
                IndexKind::Hnsw { m: asked("M", 4, 64)?, ef_construction: asked("efConstruction", 8, 512)? }
            }
            other => {
                let error = format!("there is no index type “{other}”; there are FLAT, IVF_FLAT and HNSW");
                return Err(Refusal::new("bad_index", error));
            }
        };
        Ok(Self { kind, metric })
    }

    /// Milvus's name for its type.
    pub fn word(&self) -> &'static str {
        match self.kind {
            IndexKind::Flat => "FLAT",
            IndexKind::IvfFlat { .. } => "IVF_FLAT",
            IndexKind::Hnsw { .. } => "HNSW",
        }
    }
}

fn parse_metric(word: &str) -> Result<Metric, Refusal> {
    match word {
        "L2" => Ok(Metric::L2),
        "IP" => Ok(Metric::Ip),
        "COSINE" => Ok(Metric::Cosine),
        other => {
            let error = format!("there is no metric type “{other}” for vectors; there are L2, IP and COSINE");
            Err(Refusal::new("bad_metric", error))
        }
    }
}

/// Checks that a search's metric is the index's.
pub(crate) fn check_metric(spec: &IndexSpec, word: &str) -> Result<(), Refusal> {
    if parse_metric(word)? == spec.metric {
        return Ok(());
    }
    Err(Refusal::new("bad_metric", format!("metric type not match: the index was not built for {word}")))
}

fn bounded(name: &str, value: u64, low: u64, high: u64) -> Result<u32, Refusal> {
    if (low..=high).contains(&value) {
        return Ok(value as u32);
    }
    Err(Refusal::new("bad_params", format!("params.{name} must be {low} to {high}, not {value}")))
}

/// The parameters of a search in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    nprobe: u32,
    ef: u32,
}

impl Probe {
    /// Parses the parameters of a search for the `k` nearest, or returns what is wrong with them.
    pub fn parse(spec: &IndexSpec, params: &Params, k: u64) -> Result<Self, Refusal> {
        let nprobe = match (spec.kind, params.get("nprobe")) {
            (IndexKind::IvfFlat { .. }, Some(nprobe)) => bounded("nprobe", *nprobe, 1, MAX_LISTS)?,
            _ => DEFAULT_NPROBE,
        };
        let ef = match (spec.kind, params.get("ef")) {
            (IndexKind::Hnsw { .. }, Some(ef)) => bounded("ef", *ef, k, MAX_EF)?,
            // knowhere 2.2 uses the limit, at least 16.
            _ => k.max(16) as u32,
        };
        Ok(Self { nprobe, ef })
    }
}

/// The index of a segment.
#[derive(Clone, Debug)]
pub enum Index {
    /// Lists.
    Ivf(Ivf),
    /// A graph.
    Hnsw(Hnsw),
}

/// The version of stored indexes. Another way to build them, which finds other rows, needs another one.
const STORED_VERSION: u32 = 1;

/// What a stored index belongs to. One that belongs to something else is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The definition that it was built by.
    pub spec: IndexSpec,
    /// Numbers in a vector.
    pub dim: u32,
    /// Rows of its segment.
    pub rows: u32,
    /// The identity of the object that holds them (`quorum_wal::object::identity`).
    pub object: u64,
}

impl Origin {
    fn encode(&self) -> Vec<u8> {
        let mut into = Writer::default();
        into.u32(STORED_VERSION);
        write_index(&self.spec, &mut into);
        into.u32(self.dim).u32(self.rows).u64(self.object);
        into.0
    }
}

impl Index {
    /// Its encoding (`docs/wal-format.md`, “Indexes”), beginning with what it belongs to.
    pub fn encode(&self, origin: &Origin) -> Vec<u8> {
        let mut bytes = origin.encode();
        match self {
            Self::Ivf(ivf) => ivf.encode(&mut bytes),
            Self::Hnsw(hnsw) => hnsw.encode(&mut bytes),
        }
        bytes
    }

    /// Decodes an index; none if it belongs to something else. The error says what is wrong with the bytes.
    pub fn decode(bytes: &[u8], origin: &Origin) -> Result<Option<Self>, &'static str> {
        let Some(bytes) = bytes.strip_prefix(origin.encode().as_slice()) else { return Ok(None) };
        let Origin { spec, dim, rows, .. } = *origin;
        match spec.kind {
            IndexKind::Flat => Ok(None),
            IndexKind::IvfFlat { .. } => Ivf::decode(bytes, spec.metric, dim, rows).map(Self::Ivf).map(Some),
            IndexKind::Hnsw { m, .. } => Hnsw::decode(bytes, spec.metric, m, rows).map(Self::Hnsw).map(Some),
        }
    }
}

/// An index under construction, a few rows at a time.
#[derive(Clone, Debug)]
pub enum Builder {
    /// Lists.
    Ivf(Box<IvfBuilder>),
    /// A graph.
    Hnsw(Box<HnswBuilder>),
}

impl Builder {
    /// Starts building an index; none for a type that needs no building.
    pub fn begin(spec: &IndexSpec, rows: &Rows<'_>) -> Option<Self> {
        if rows.len() < MIN_INDEX_ROWS {
            return None;
        }
        match spec.kind {
            IndexKind::Flat => None,
            IndexKind::IvfFlat { nlist } => {
                Some(Self::Ivf(Box::new(IvfBuilder::new(rows, spec.metric, nlist, SEED))))
            }
            IndexKind::Hnsw { m, ef_construction } => {
                let params = HnswParams { m, ef_construction, seed: SEED };
                Some(Self::Hnsw(Box::new(HnswBuilder::new(rows, spec.metric, params))))
            }
        }
    }

    /// This many rows take a few milliseconds.
    pub fn step_rows(&self) -> u32 {
        match self {
            Self::Ivf(_) => 1_024,
            Self::Hnsw(_) => 32,
        }
    }

    /// Processes about this many more rows. Returns the index when it is done.
    pub fn step(&mut self, rows: &Rows<'_>, budget_rows: u32) -> Option<Index> {
        match self {
            Self::Ivf(builder) => builder.step(rows, budget_rows).map(Index::Ivf),
            Self::Hnsw(builder) => builder.step(rows, budget_rows).map(Index::Hnsw),
        }
    }
}

/// Finds the nearest of a segment's rows: through its index if it has one, otherwise by a full scan.
pub fn nearest(
    index: Option<&Index>,
    rows: &Rows<'_>,
    (metric, probe): (Metric, Probe),
    query: &[f32],
    (allow, k): (Option<&dyn Fn(u32) -> bool>, usize),
) -> Vec<Hit> {
    let mut top = Top::new(metric, k);
    let _measured = match index {
        None => quorum_vector::flat(rows, metric, query, allow, &mut top),
        Some(Index::Ivf(ivf)) => ivf.search(rows, query, probe.nprobe, allow, &mut top),
        Some(Index::Hnsw(hnsw)) => hnsw.search(rows, query, probe.ef, allow, &mut top),
    };
    top.into_sorted()
}

pub(super) fn write_index(spec: &IndexSpec, into: &mut Writer) {
    let (kind, first, second) = match spec.kind {
        IndexKind::Flat => (1, 0, 0),
        IndexKind::IvfFlat { nlist } => (2, nlist, 0),
        IndexKind::Hnsw { m, ef_construction } => (3, m, ef_construction),
    };
    let metric = match spec.metric {
        Metric::L2 => 1,
        Metric::Ip => 2,
        Metric::Cosine => 3,
    };
    into.u32(kind).u32(first).u32(second).u32(metric);
}

pub(super) fn read_index(from: &mut Reader<'_>) -> Result<IndexSpec, &'static str> {
    let (kind, first, second, metric) = (from.u32()?, from.u32()?, from.u32()?, from.u32()?);
    let kind = match kind {
        1 => IndexKind::Flat,
        2 => IndexKind::IvfFlat { nlist: first },
        3 => IndexKind::Hnsw { m: first, ef_construction: second },
        _ => return Err("an index is of an unknown type"),
    };
    let spare = match kind {
        IndexKind::Flat => first | second,
        IndexKind::IvfFlat { .. } => second,
        IndexKind::Hnsw { .. } => 0,
    };
    if spare != 0 {
        return Err("an index has a parameter that its type does not know");
    }
    let metric = match metric {
        1 => Metric::L2,
        2 => Metric::Ip,
        3 => Metric::Cosine,
        _ => return Err("an index has an unknown metric"),
    };
    Ok(IndexSpec { kind, metric })
}
