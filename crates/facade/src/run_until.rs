//! Runs until something happens: an event worth telling, a new leader, an outage, a broken invariant, a goal.
//!
//! Guarantees: time stops after the step in which it happened, so the next step is the first one after it; it ends at
//! the latest at its bound, or where nothing more happens by itself; the answer has the event, or says that there was
//! none. Leaves out: pacing, which is up to the host, and which events are news (`news`).

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::event::{Event, EventKind, MilvusEvent, RaftEvent, RegionEvent, ServiceEvent};
use super::news::is_news;
use super::{Lab, Topology, Until, Wait};
use quorum_lesson::Grader;
use quorum_types::{Micros, Refusal, SECOND};

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
    fn is(self, event: &Event, cluster: bool) -> bool {
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
fn is_outage(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Service(ServiceEvent::ServiceLost { .. } | ServiceEvent::ServiceRestored { .. })
    )
}

/// Whether a client's write ended without an acknowledgement.
fn ends_unanswered(event: &Event) -> bool {
    use super::event::OpStatus;
    matches!(event.kind, EventKind::Service(ServiceEvent::OpEnd { status, .. }) if status != OpStatus::Ok)
}

/// How many goals a grader's lesson has.
fn goals_of(grader: &Grader) -> usize {
    grader.lesson().steps.iter().map(|step| step.goals.len()).sum()
}

/// What was found for the wait in progress.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    event: Option<Event>,
    goal: Option<String>,
}

impl Found {
    fn is_there(&self) -> bool {
        self.event.is_some() || self.goal.is_some()
    }
}

impl Lab {
    /// The wait of a run until something happens, for at most this long.
    pub(super) fn until(&mut self, what: Awaited, most_us: Micros) -> Result<Until, Refusal> {
        let goals = match (what, &self.grader) {
            (Awaited::Goal, None) => return Err(Refusal::new("no_lesson", "this run is no lesson")),
            (Awaited::Goal, Some(grader)) if grader.met().len() >= goals_of(grader) => {
                return Err(Refusal::new("goals_met", "every goal of this lesson is met"));
            }
            (_, grader) => grader.as_ref().map_or(0, |grader| grader.met().len()),
        };
        if self.waits.is_empty() {
            self.found = Found::default();
        }
        Ok(Until::Happens { what, by: self.now_us().saturating_add(most_us), goals })
    }

    /// Looks for what the first wait waits for, in what has just happened.
    pub(super) fn look_for(&mut self, fresh: &[Event]) {
        let Some(Wait { until: Until::Happens { what, goals, .. }, .. }) = self.waits.front() else { return };
        if self.found.is_there() {
            return;
        }
        let cluster = self.topology == Topology::External;
        let mut fits = fresh.iter().filter(|event| what.is(event, cluster));
        // A request may end in the step that makes an outage of it, which says more.
        let outage = fits.clone().find(|event| is_outage(event));
        self.found.event = outage.or_else(|| fits.next()).cloned();
        if *what == Awaited::Goal {
            let met = self.grader.as_ref().and_then(|grader| grader.met().get(*goals));
            self.found.goal = met.map(|goal| (*goal).to_owned());
        }
    }

    /// The answer of a run until something happens, once it is over: it was found, or nothing more comes before the
    /// bound.
    pub(super) fn happened(&mut self, stopped: bool) -> Option<Answer> {
        if !stopped && !self.found.is_there() {
            return None;
        }
        let Found { event, goal } = std::mem::take(&mut self.found);
        Some(Answer::Happened { ok: true, t_us: self.now_us(), event, goal })
    }
}
