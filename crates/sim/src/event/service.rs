//! Service: what clients ask and get, outages with their phases, missed health checks, and invariants.

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};

/// Something that a client, a health check or a checker noticed.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum ServiceEvent {
    /// The client began write `op`.
    OpStart { op: u64 } = 59,
    /// The client tries `op` again, at another node or after a pause.
    OpRetry { op: u64, attempt: u32, to: NodeId },
    /// Write `op` ended.
    OpEnd { op: u64, status: OpStatus, took_us: Micros },
    /// The first request failed after a fault at `fault_us`.
    ServiceLost { fault_us: Micros },
    /// The first request after the outage was answered; phases add up to `rto_us`.
    ServiceRestored { rto_us: Micros, phases: Vec<PhaseTime>, failed: u64 },
    /// An invariant does not hold.
    InvariantBroken { name: String, detail: String },
    /// A check of the pod's health failed, so many in a row by now.
    ProbeMissed { misses: u32 } = 66,
    /// The client has begun as many operations as it may, and stops; it can be started again.
    ClientStopped { writes: u64 } = 112,
    /// A finite batch of searches is over: so many, so many of them failed.
    BatchEnded { searches: u64, failed: u64, took_us: Micros },
}

/// How a client's operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpStatus {
    /// Acknowledged: durable on a majority and applied.
    Ok,
    /// It certainly took no effect.
    Fail,
    /// Unknown: it may have taken effect, or may yet.
    Info,
}

/// A phase of an outage; together they make up the RTO. A replica set has the first four, in their order; a Milvus cluster
/// has detect, election or lease wait, replay, segment load, route refresh, client retry; two regions have detect, decide,
/// provision, restore, rebuild, verify, DNS, client retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// From the fault to the first candidacy.
    Detect,
    /// From the first candidacy to the new leader's election.
    Election,
    /// From the election until the leader has committed an entry of its own term, and so applied all before it.
    Replay,
    /// From there to the first answered request.
    ClientRetry,
    /// Until the lease of the one that died was over and another had taken its place.
    LeaseWait,
    /// Until the last segment that had to be loaded was served.
    SegmentLoad,
    /// Until proxies had new routes.
    RouteRefresh,
    /// Until somebody had answered the call and decided.
    Decide,
    /// Until the standby's cluster was large enough.
    Provision,
    /// Until a backup was restored.
    Restore,
    /// Until indexes were built.
    Rebuild,
    /// Until what was there had been checked, and the old primary fenced.
    Verify,
    /// Until the name pointed to the other region and resolvers knew.
    Dns,
}

/// How long a phase of an outage took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PhaseTime {
    /// Which phase.
    pub phase: Phase,
    /// Its length.
    pub us: Micros,
}
