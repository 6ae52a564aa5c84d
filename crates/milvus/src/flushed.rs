//! Flushed segments, as they are named in the metadata store and in messages.

use super::kept::Kept;
use quorum_types::{Micros, NodeId};
use std::sync::Arc;

/// A flushed segment in the metadata store: it holds the rows of the log after `after` up to `upto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlushedSegment {
    pub(super) segment: u64,
    pub(super) rows: u64,
    pub(super) after: u64,
    pub(super) upto: u64,
    /// When its newest row was flushed.
    pub(super) newest_us: Micros,
}

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
