//! What a run can wait for, and which events are that.
//!
//! Guarantees: depends on the event alone. Leaves out: waiting (`run_until`), and which events are news (`news`).

use serde::{Deserialize, Serialize};

use super::event::{Event, EventKind, MilvusEvent, OpStatus, RaftEvent, RegionEvent, ServiceEvent};
use super::news::is_news;
use quorum_types::{Micros, SECOND};

/// How long a run waits if nothing is said: ten minutes.
const USUAL_US: Micros = 600 * SECOND;

/// What a run waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Awaited {
    /// An event that is worth telling.
    #[default]
    Event,
    /// An election, or another node, pod or region that takes over.
    Leader,
    /// A write without an acknowledgement, the beginning of an outage, or its end.
    Service,
    /// A broken invariant.
    Invariant,
    /// A goal of the lesson.
    Goal,
}

/// The default bound.
pub(super) fn usual_us() -> Micros {
    USUAL_US
}

impl Awaited {
    /// Whether it is this event; `cluster` if it is one of a Milvus cluster or of two regions.
    pub(super) fn is(self, event: &Event, cluster: bool) -> bool {
        use EventKind as K;
        match self {
            // Checks keep failing until a switch is over: only the first three are news.
            Self::Event => {
                let again =
                    matches!(event.kind, K::Service(ServiceEvent::ProbeMissed { misses }) if misses > 3);
                !again && is_news(event, cluster)
            }
            Self::Leader => matches!(
                event.kind,
                K::Raft(RaftEvent::Campaigned { .. } | RaftEvent::BecameLeader { .. })
                    | K::Milvus(MilvusEvent::RoleTaken { .. })
                    | K::Region(RegionEvent::Promoted { .. })
            ),
            Self::Service => {
                matches!(
                    event.kind,
                    K::Milvus(MilvusEvent::InsertFailed { .. } | MilvusEvent::WriteLost { .. })
                        | K::Region(RegionEvent::WriteDied { .. })
                ) || is_outage(event)
                    || ends_unanswered(event)
            }
            Self::Invariant => matches!(event.kind, K::Service(ServiceEvent::InvariantBroken { .. })),
            // Goals are not events: the grader says so.
            Self::Goal => false,
        }
    }
}

/// Whether an outage begins or ends.
pub(super) fn is_outage(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Service(ServiceEvent::ServiceLost { .. } | ServiceEvent::ServiceRestored { .. })
    )
}

/// Whether a client's write ended without an acknowledgement.
fn ends_unanswered(event: &Event) -> bool {
    matches!(event.kind, EventKind::Service(ServiceEvent::OpEnd { status, .. }) if status != OpStatus::Ok)
}
