//! Which sentences of a story the log lists.
//!
//! Guarantees: every event is of exactly one kind; a search finds a sentence that contains every one of its words.
//! Leaves out: the sentences.

use quorum_facade::{Event, EventKind, FaultEvent, MilvusEvent, NetworkEvent, RegionEvent};
use quorum_types::NodeId;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Faults of nodes, disks, clocks and links, and their ends.
    Faults,
    /// Votes, leaders, leases, roles; runbooks and promotions.
    Leadership,
    /// Logs, segments, indexes, snapshots, backups, shipping.
    Storage,
    /// Clients, health checks, checkers.
    Clients,
}

impl About {
    /// All kinds, each with its name in the document and its message.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Faults, "faults", "log-faults"),
        (Self::Leadership, "leadership", "log-leadership"),
        (Self::Storage, "storage", "log-storage"),
        (Self::Clients, "clients", "log-clients"),
    ];

    /// What an event is about.
    pub fn of(kind: &EventKind) -> Self {
        use EventKind as K;
        match kind {
            K::Fault(FaultEvent::BudgetExceeded { .. }) => Self::Clients,
            K::Fault(_) => Self::Faults,
            K::Network(NetworkEvent::Sent { .. } | NetworkEvent::Delivered { .. }) => Self::Clients,
            K::Network(_) => Self::Faults,
            K::Raft(_) => Self::Leadership,
            K::Storage(_) | K::Engine(_) => Self::Storage,
            K::Service(_) => Self::Clients,
            K::Milvus(event) => Self::of_pods(event),
            K::Region(event) => Self::of_regions(event),
        }
    }

    fn of_pods(event: &MilvusEvent) -> Self {
        use MilvusEvent as M;
        match event {
            M::PodReady { .. } | M::Exited { .. } | M::ObjectsLost { .. } => Self::Faults,
            M::RoleTaken { .. } | M::RoleEnded { .. } | M::LeaseExpired { .. } | M::Fenced { .. } => {
                Self::Leadership
            }
            M::TakenOut { .. }
            | M::RouteFailed { .. }
            | M::RoutesRefreshed { .. }
            | M::InsertFailed { .. }
            | M::SearchServed { .. }
            | M::WriteLost { .. } => Self::Clients,
            _ => Self::Storage,
        }
    }

    fn of_regions(event: &RegionEvent) -> Self {
        use RegionEvent as R;
        match event {
            R::RegionLost { .. }
            | R::RegionReturned { .. }
            | R::RegionIsolated { .. }
            | R::RegionLink { .. }
            | R::MistakeMade { .. }
            | R::SurprisePrepared { .. }
            | R::SurpriseFelt { .. } => Self::Faults,
            R::RunbookBegan { .. }
            | R::StepBegan { .. }
            | R::StepEnded { .. }
            | R::RunbookEnded { .. }
            | R::Promoted { .. }
            | R::Demoted { .. }
            | R::DnsChanged { .. }
            | R::FailedBack { .. }
            | R::ConfigTaken { .. } => Self::Leadership,
            R::RowWritten { .. }
            | R::ReadEnd { .. }
            | R::ClientMoved { .. }
            | R::WriteDied { .. }
            | R::AlertRaised { .. } => Self::Clients,
            _ => Self::Storage,
        }
    }
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Words that the sentence contains.
    pub query: String,
    /// What the event is about.
    pub about: Option<About>,
    /// Where it happened.
    pub node: Option<NodeId>,
}

impl Filter {
    /// Whether an event with this sentence is listed.
    pub fn fits(&self, event: &Event, sentence: &str) -> bool {
        let about = self.about.is_none_or(|about| About::of(&event.kind) == about);
        let node = self.node.is_none_or(|node| event.node == Some(node));
        about && node && {
            let sentence = sentence.to_lowercase();
            self.query.to_lowercase().split_whitespace().all(|word| sentence.contains(word))
        }
    }
}

/// The nodes on which something happened, in order.
pub fn nodes<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<NodeId> {
    let mut all: Vec<NodeId> = Vec::new();
    for node in events.filter_map(|event| event.node).filter(|node| *node > 0) {
        if let Err(place) = all.binary_search(&node) {
            all.insert(place, node);
        }
    }
    all
}

/// Sentences as text, one a line: the time, a tab, the sentence.
pub fn lines(told: &[(String, String)]) -> String {
    told.iter().map(|(time, sentence)| format!("{time}\t{}\n", sentence.replace(['\n', '\t'], " "))).collect()
}
