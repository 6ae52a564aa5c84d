//! Service events: client operations, outages with their phases, failed health checks, and invariant violations.

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};

/// An event that a client, a health check or a checker observed.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum ServiceEvent {
    /// The client began write `op`.
    OpStart { op: u64 } = 59,
    /// The client retries `op`, at another node or after a pause.
    OpRetry { op: u64, attempt: u32, to: NodeId },
    /// Write `op` ended.
    OpEnd { op: u64, status: OpStatus, took_us: Micros },
    /// The first request after a fault at `fault_us` failed.
    ServiceLost { fault_us: Micros },
    /// The first request after the outage was answered; the phases add up to `rto_us`.
    ServiceRestored { rto_us: Micros, phases: Vec<PhaseTime>, failed: u64 },
    /// An invariant is violated.
    InvariantBroken { name: String, detail: String },
    /// A health check of the pod failed; `misses` counts consecutive failures.
    ProbeMissed { misses: u32 } = 66,
    /// The client has reached its limit of operations and stops; it can be started again.
    ClientStopped { writes: u64 } = 112,
    /// A finite batch of searches is over: `failed` of `searches` failed.
    BatchEnded { searches: u64, failed: u64, took_us: Micros },
}

/// How a client's operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpStatus {
    /// Acknowledged: durable on a majority and applied.
    Ok,
    /// Failed: it certainly took no effect.
    Fail,
    /// Unknown: it may have taken effect, or may still do so.
    Info,
}

/// A phase of an outage; together the phases make up the RTO. A replica set has the first four, in this order; a Milvus
/// cluster has detect, election or lease wait, replay, segment load, route refresh, client retry; two regions have
/// detect, decide, provision, restore, rebuild, verify, DNS, client retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// From the fault to the first candidacy.
    Detect,
    /// From the first candidacy to the new leader's election.
    Election,
    /// From the election until the leader has committed an entry of its own term, and so applied all entries before it.
    Replay,
    /// From the end of the previous phase to the first answered request.
    ClientRetry,
    /// Until the failed node's lease had expired and another node had taken its place.
    LeaseWait,
    /// Until the last segment that had to be loaded was served.
    SegmentLoad,
    /// Until the proxies had new routes.
    RouteRefresh,
    /// Until an operator had answered the call and decided.
    Decide,
    /// Until the standby's cluster was large enough.
    Provision,
    /// Until a backup was restored.
    Restore,
    /// Until indexes were built.
    Rebuild,
    /// Until the restored data had been checked, and the old primary fenced.
    Verify,
    /// Until the name pointed to the other region and resolvers had picked this up.
    Dns,
}

/// The duration of a phase of an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PhaseTime {
    /// The phase.
    pub phase: Phase,
    /// Its duration.
    pub us: Micros,
}
