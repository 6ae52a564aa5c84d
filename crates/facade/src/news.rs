//! Which events are worth telling: the sentences of a story, and where a run that waits for something stops.
//!
//! Guarantees: one answer for narration and for waiting, in every world; what happens at every heartbeat or every
//! minute is no news. Leaves out: the sentences (`src/ui`), and waiting (`run_until`).

use crate::event::{
    DropReason, EngineEvent, Event, EventKind, MessageKind, MilvusEvent, NetworkEvent, OpStatus, RaftEvent,
    RegionEvent, ServiceEvent, StorageEvent,
};

/// Whether an event is worth telling; `cluster` if it is one of a Milvus cluster or of two regions.
pub fn is_news(event: &Event, cluster: bool) -> bool {
    use EventKind as K;
    match &event.kind {
        kind if cluster && !(is_news_of_pods(kind) && is_news_of_regions(kind)) => false,
        K::Storage(StorageEvent::WalAppended { .. })
        | K::Storage(StorageEvent::FsyncBegan { .. })
        | K::Storage(StorageEvent::FsyncEnded { .. })
        | K::Storage(StorageEvent::RecoveryProgress { .. })
        | K::Raft(RaftEvent::Committed { .. })
        | K::Network(NetworkEvent::Sent { .. })
        | K::Network(NetworkEvent::Delivered { .. })
        | K::Engine(EngineEvent::InsertBegan { .. })
        | K::Storage(StorageEvent::Sealed { .. })
        | K::Service(ServiceEvent::OpStart { .. }) => false,
        // A write that keeps retrying is narrated at the 2nd, 4th, 8th attempt.
        K::Service(ServiceEvent::OpRetry { attempt, .. }) => attempt.is_power_of_two(),
        K::Service(ServiceEvent::OpEnd { status, .. }) => *status != OpStatus::Ok,
        K::Network(NetworkEvent::Dropped { message, why, .. }) => {
            *why == DropReason::LinkCut && matches!(message, MessageKind::Vote | MessageKind::Append)
        }
        _ => true,
    }
}

/// Whether an event is worth telling in a Milvus cluster, beyond what is anywhere.
fn is_news_of_pods(kind: &EventKind) -> bool {
    use EventKind as K;
    match kind {
        K::Milvus(MilvusEvent::SearchServed { partial, .. }) => *partial,
        // The writer's rows arrive every second; the outcome of the last one is shown among the instruments.
        K::Milvus(MilvusEvent::WriteStep { .. })
        | K::Milvus(MilvusEvent::SegmentAssigned { .. })
        | K::Milvus(MilvusEvent::OrderEnded { ok: true, .. })
        | K::Engine(EngineEvent::Acknowledged { .. })
        | K::Engine(EngineEvent::InsertBegan { .. })
        | K::Raft(RaftEvent::VoteGranted { .. })
        | K::Raft(RaftEvent::VoteRefused { .. })
        | K::Raft(RaftEvent::PreCampaigned { .. })
        | K::Service(ServiceEvent::OpRetry { .. })
        | K::Network(NetworkEvent::Dropped { .. })
        | K::Storage(StorageEvent::Recovered { .. })
        | K::Storage(StorageEvent::RecoveryBegan { .. })
        | K::Raft(RaftEvent::SnapshotTaken { .. })
        | K::Raft(RaftEvent::SnapshotInstalled { .. })
        | K::Storage(StorageEvent::WalRotated { .. })
        | K::Storage(StorageEvent::Checkpointed { .. })
        | K::Storage(StorageEvent::FlushBegan { .. })
        | K::Raft(RaftEvent::LogTruncated { .. }) => false,
        _ => true,
    }
}

/// Whether an event is worth telling in two regions, beyond what is anywhere.
fn is_news_of_regions(kind: &EventKind) -> bool {
    use EventKind as K;
    match kind {
        // These occur every minute; their outcome is shown among the instruments.
        K::Region(RegionEvent::RowWritten { .. })
        | K::Region(RegionEvent::ReadEnd { .. })
        | K::Region(RegionEvent::Shipped { .. })
        | K::Service(ServiceEvent::OpEnd { .. }) => false,
        K::Region(RegionEvent::CountsSynced { rows, .. }) => *rows > 0,
        _ => true,
    }
}
