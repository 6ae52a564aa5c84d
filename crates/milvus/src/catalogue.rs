//! What a coordinator knows from the metadata store: an answer of it, as of a moment.
//!
//! Guarantees: it does not change: a coordinator that needs to know more asks again. Leaves out: how it comes about
//! (`metadata_store`).

use super::flushed::FlushedSegment;
use super::kept::Kept;
use quorum_types::{Micros, NodeId};
use std::sync::Arc;

/// What a coordinator knows from the metadata store.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    pub(super) flushed: Vec<FlushedSegment>,
    /// The log up to here was flushed once.
    pub(super) checkpoint: u64,
    /// Rows of the log up to here are older than the TTL.
    pub(super) expired: u64,
    /// Pods with a session, and their lives, in order of their numbers.
    pub(super) sessions: Vec<(NodeId, u64)>,
    /// In 2.6: the streaming node that owns the log.
    pub(super) owner: Option<NodeId>,
    /// Snapshots and jobs.
    pub(super) kept: Arc<Kept>,
    /// Segments that were recorded and are not needed any more, but for snapshots.
    pub(super) dropped: Arc<Vec<u64>>,
    /// When the store answered.
    pub(super) as_of_us: Micros,
}

impl Catalogue {
    /// Whether this life of a pod has a session.
    pub(super) fn has_session(&self, node: NodeId, life: Option<u64>) -> bool {
        let found = self.sessions.iter().find(|(known, _)| *known == node);
        found.is_some_and(|(_, known)| life.is_none_or(|life| life == *known))
    }
}
