//! Why an event happened: the chain of its causes, from the trace itself.
//!
//! A copy of the run goes back to a saved moment and repeats its steps, now with a recording (`recorder`). The chain
//! then follows the event backwards: to the event before it in the same step, to the message, sync, timer or work that
//! the step processed, to the step that scheduled that, and so on to a command or to the beginning of the run. What no
//! step scheduled, such as silence, is explained by `antecedents`. Guarantees: each cause is a part of this run, and
//! earlier than its effect; the same run gives the same chain; the run itself does not change. Leaves out: other causes
//! that were needed as well, such as the votes before the last one: the chain names one cause of each effect.

use super::Lab;
use super::answer::Answer;
use super::antecedents::{antecedent, is_fault};
use super::causes::{Because, Cause, Chain};
use super::change::Change;
use super::event::{Event, EventKind, MessageKind, NetworkEvent, RaftEvent, StorageEvent};
use super::recorder::{COMMAND, Recorder, START, Step};
use quorum_lesson::field_visitor::tag;
use quorum_types::{Micros, NodeId, Refusal};

/// The longest chain.
const MOST_CAUSES: usize = 64;
/// The most steps that are repeated to find causes.
const MOST_STEPS: u64 = 400_000;
/// The first number of steps to go back; four times as many each time that causes lie further back.
const FIRST_STEPS: u64 = 1_024;

/// Causes lie before the recorded steps.
struct Further;

/// A position in the recording: a step, and an event of it.
type Place = (usize, usize);

impl Lab {
    /// Why an event happened: the last one of this kind (and node, and time, if given) up to now.
    pub(super) fn why(
        &self,
        kind: Option<&str>,
        node: Option<NodeId>,
        t_us: Option<Micros>,
    ) -> Result<Answer, Refusal> {
        let mut copy = self.clone();
        // The copy has no store. What it repeats was stored, or is no matter: it ends with this answer.
        copy.leave_store();
        copy.may_seek()?;
        let now = self.point();
        let asked = |event: &Event| {
            kind.is_none_or(|kind| tag(&event.kind, |tag| tag == kind))
                && node.is_none_or(|node| event.node == Some(node))
                && t_us.is_none_or(|t_us| event.t_us == t_us)
        };
        let mut back = FIRST_STEPS;
        loop {
            let from_start = copy.record_from(now.0.saturating_sub(back), now);
            let recorder = copy.recorder.take().unwrap_or_default();
            let trace = Trace { lab: &copy, recorder: &recorder, from_start };
            let last = from_start || back >= MOST_STEPS;
            match trace.last(&asked) {
                Some(place) => {
                    if let Ok(causes) = trace.chain(place, last) {
                        let complete = causes.last().is_some_and(is_root);
                        return Ok(Answer::Why { ok: true, chain: Chain { causes, complete } });
                    }
                }
                None if last => return Err(no_such_event()),
                None => {}
            }
            back = back.saturating_mul(4).min(MOST_STEPS);
        }
    }

    /// Goes back to the last saved moment at least this early, and repeats with a recording up to a point; returns
    /// whether that was the beginning.
    fn record_from(&mut self, steps: u64, until: (u64, usize)) -> bool {
        self.restore(|moment| moment.steps <= steps);
        self.recorder = Some(Recorder::default());
        let from_start = self.point().0 == 0;
        self.silently(|lab| {
            let there = |lab: &Self| lab.point().0 >= until.0 && lab.point().1 >= until.1;
            while !there(lab) && !lab.one_step() {}
        });
        from_start
    }
}

fn no_such_event() -> Refusal {
    Refusal::new(
        "no_such_event",
        "no such event happened up to this moment, or it is too long ago to be explained",
    )
}

/// Whether a chain may end here.
fn is_root(cause: &Cause) -> bool {
    match &cause.event {
        Some(event) => is_fault(event),
        None => !matches!(cause.word.as_str(), "message" | "sync"),
    }
}

/// The recording of a run.
struct Trace<'a> {
    lab: &'a Lab,
    recorder: &'a Recorder,
    /// Whether it begins with the run.
    from_start: bool,
}

impl Trace<'_> {
    fn step(&self, at: usize) -> Option<&Step> {
        self.recorder.steps.get(at)
    }

    fn event(&self, (step, at): Place) -> Option<&Event> {
        self.step(step)?.events.get(at)
    }

    /// The last event that satisfies a condition.
    fn last(&self, fits: &dyn Fn(&Event) -> bool) -> Option<Place> {
        self.before((self.recorder.steps.len(), 0), fits)
    }

    /// The last event before a place that satisfies a condition.
    fn before(&self, (step, at): Place, fits: &dyn Fn(&Event) -> bool) -> Option<Place> {
        let here = self.step(step).map(|here| &here.events[..at]).unwrap_or_default();
        if let Some(found) = here.iter().rposition(fits) {
            return Some((step, found));
        }
        let steps = self.recorder.steps.get(..step)?;
        steps
            .iter()
            .enumerate()
            .rev()
            .find_map(|(place, step)| step.events.iter().rposition(fits).map(|found| (place, found)))
    }

    /// The node that was last elected in a node's group before a place.
    fn leader(&self, place: Place, node: Option<NodeId>) -> Option<NodeId> {
        let elected = |event: &Event| {
            matches!(event.kind, EventKind::Raft(RaftEvent::BecameLeader { .. }))
                && event.node.zip(node).is_none_or(|(one, two)| self.lab.world.same_group(one, two))
        };
        self.event(self.before(place, &elected)?)?.node
    }

    /// The chain of causes of an event; `last` says that no earlier recording can be made.
    fn chain(&self, asked: Place, last: bool) -> Result<Vec<Cause>, Further> {
        let mut causes = Vec::new();
        let (mut place, mut because) = (asked, Because::Asked);
        while causes.len() < MOST_CAUSES {
            let Some((event, step)) = self.event(place).zip(self.step(place.0)) else { break };
            causes.push(of_event(event, step, because, self.lab));
            let explained = antecedent(event, self.leader(place, event.node));
            let rule = explained.as_ref();
            let found = rule.and_then(|rule| Some((self.before(place, &rule.fits)?, rule.because)));
            if rule.is_some() && found.is_none() && !last {
                return Err(Further);
            }
            let next = match found {
                Some(found) => Some(found),
                // A fault has no cause in the system, only the command that made it.
                None => match self.telling(place, Some(event)).filter(|_| !is_fault(event)) {
                    Some(earlier) => Some(((place.0, earlier), Because::Step)),
                    None => self.leave(place.0, &mut causes, last)?,
                },
            };
            let Some(next) = next else { break };
            (place, because) = next;
        }
        Ok(causes)
    }

    /// The last event of a step before a position that is more than traffic. For an effect in the same step it is of
    /// another kind: many rows that take the same path at once do not cause each other.
    fn telling(&self, (step, before): Place, effect: Option<&Event>) -> Option<usize> {
        let events = &self.step(step)?.events;
        let kind = |event: &Event| tag(&event.kind, str::to_owned);
        let effect = effect.map(kind);
        events[..before.min(events.len())].iter().rposition(|event| {
            is_telling(&event.kind) && effect.as_ref().is_none_or(|effect| *effect != kind(event))
        })
    }

    /// Leaves a step for the one that scheduled it, through steps without events of their own; adds what the steps
    /// processed. None at the end of the chain.
    fn leave(
        &self,
        from: usize,
        causes: &mut Vec<Cause>,
        last: bool,
    ) -> Result<Option<(Place, Because)>, Further> {
        let mut at = from;
        while causes.len() < MOST_CAUSES {
            let Some(step) = self.step(at) else { return Ok(None) };
            let word = step.label.word;
            let because = because_of(word);
            if word == COMMAND || word == START || step.number == 0 {
                causes.push(of_step(step, Because::Step, self.lab));
                return Ok(None);
            }
            if matches!(because, Because::Message | Because::Sync) {
                causes.push(of_step(step, because, self.lab));
            }
            let parent = match self.recorder.place(step.cause) {
                Some(parent) if step.cause != 0 || self.from_start => parent,
                // The beginning is recorded only if something happened in it.
                _ if last => return Ok(None),
                _ => return Err(Further),
            };
            // Periodic work was scheduled by its own last turn, and by nothing else.
            let is_periodic = |step: &Step| PERIODIC.contains(&step.label.word);
            if is_periodic(step)
                && self.step(parent).is_none_or(|parent| is_periodic(parent) || parent.number == 0)
            {
                causes.push(of_step(step, Because::Scheduled, self.lab));
                return Ok(None);
            }
            let limit = self.step(parent).map_or(0, |parent| sent_at(parent, step.label.message));
            if let Some(found) = self.telling((parent, limit), None) {
                let because = if because == Because::Scheduled { because } else { Because::Step };
                return Ok(Some(((parent, found), because)));
            }
            at = parent;
        }
        Ok(None)
    }
}

/// The labels of steps that come again and again by themselves.
const PERIODIC: [&str; 5] = ["periodic", "health_check", "lease_check", "client", "timer"];

/// How a step with this label leads to its events.
fn because_of(word: &str) -> Because {
    match word {
        "message" => Because::Message,
        "sync" => Because::Sync,
        COMMAND | START => Because::Step,
        _ => Because::Scheduled,
    }
}

/// The position of an event that sends a message, or the end.
fn sent_at(step: &Step, message: Option<u64>) -> usize {
    let sent = |kind: &EventKind| match kind {
        EventKind::Network(NetworkEvent::Sent { id, .. }) => Some(*id) == message,
        _ => false,
    };
    step.events.iter().position(|event| sent(&event.kind)).unwrap_or(step.events.len())
}

/// Whether an event is more than the traffic and the bookkeeping of its step.
fn is_telling(kind: &EventKind) -> bool {
    match kind {
        EventKind::Network(network) => !matches!(
            network,
            NetworkEvent::Sent { .. } | NetworkEvent::Delivered { .. } | NetworkEvent::Dropped { .. }
        ),
        EventKind::Storage(storage) => !matches!(
            storage,
            StorageEvent::WalAppended { .. }
                | StorageEvent::FsyncBegan { .. }
                | StorageEvent::FsyncEnded { .. }
                | StorageEvent::WalRotated { .. }
                | StorageEvent::RecoveryProgress { .. }
        ),
        _ => true,
    }
}

fn of_event(event: &Event, step: &Step, because: Because, lab: &Lab) -> Cause {
    let mut cause = of_step(step, because, lab);
    "event".clone_into(&mut cause.word);
    cause.node = event.node;
    cause.event = Some(event.clone());
    (cause.from, cause.message, cause.kind, cause.sent_us, cause.command) = (None, None, None, None, None);
    cause.changes = match (&event.kind, event.node) {
        (EventKind::Raft(RaftEvent::ElectionTimeout { timeout_us }), Some(node))
            if lab.world.has_clocks() =>
        {
            vec![Change::DelayTimer { node, us: *timeout_us / 2 }]
        }
        _ => Vec::new(),
    };
    cause
}

/// The kind of the message that a step delivered.
fn delivered(step: &Step) -> Option<MessageKind> {
    step.events.iter().find_map(|event| match event.kind {
        EventKind::Network(NetworkEvent::Delivered { message, .. }) => Some(message),
        _ => None,
    })
}

fn of_step(step: &Step, because: Because, lab: &Lab) -> Cause {
    let message = step.label.message;
    let changes = match (message, step.label.word) {
        (Some(message), _) if lab.world.drops_messages() => vec![Change::DropMessage { message }],
        (None, COMMAND) => vec![Change::WithoutCommand],
        _ => Vec::new(),
    };
    Cause {
        t_us: step.at_us,
        because,
        word: step.label.word.to_owned(),
        node: step.label.node,
        event: None,
        from: step.label.from,
        message,
        sent_us: message.map(|_| step.label.sent_us),
        kind: delivered(step),
        command: step.command.clone(),
        steps: step.before.0,
        commands: step.before.1 as u64,
        changes,
    }
}
