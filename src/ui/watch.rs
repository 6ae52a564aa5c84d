//! The throttled copy of a run that the panes show: updated eight times a second.
//!
//! Guarantees: a change of shape (a role, a link, a goal, an outage, the end of a recovery) is published at once, mere
//! figures at most every 125 ms; the last snapshot before a pulled plug is kept for comparison. Leaves out: the stage
//! and the clock, which follow every snapshot themselves.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::stories::Stories;
use super::story::Story;
use super::worlds::{self, Pods};
use crate::web::measure::Measured;
use crate::web::session::{Session, Update};
use crate::web::wire::{HostFacts, HostState, SearchFacts};
use quorum_facade::Snapshot;
use quorum_facade::snapshot::Role;
use quorum_types::NodeId;

/// Maximum age of figures, in milliseconds.
const CALM_MS: u32 = 125;

/// The throttled copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct View {
    /// The state of the host.
    pub(crate) host: Rc<HostFacts>,
    /// The run.
    pub(crate) now: Option<Rc<Snapshot>>,
    /// The last snapshot before the worker ended, until another plug is pulled.
    pub(crate) before: Option<Rc<Snapshot>>,
    /// Whether that snapshot's rows were durable, as the host said at the time.
    pub(crate) before_durable: bool,
    /// The history of the run.
    pub(crate) story: Rc<Story>,
    /// The measurements since the page was opened.
    pub(crate) measured: Vec<Rc<Measured>>,
    /// The last search for a schedule.
    pub(crate) search: Option<Rc<SearchFacts>>,
}

impl View {
    /// The state of the host, including a refused log: the lab then runs, so that its bytes can be inspected, but opens
    /// nothing.
    pub(crate) fn state(&self) -> HostState {
        let refused = self.now.as_ref().and_then(|now| now.recovery.as_ref()?.refused.clone());
        match (&self.host.state, refused) {
            (HostState::Running, Some(error)) => HostState::Refused { code: "wal_corrupt".to_owned(), error },
            (state, _) => state.clone(),
        }
    }
}

/// The parts of a snapshot that change its shape, not just its figures.
#[derive(Default, PartialEq)]
struct Shape {
    roles: Vec<(Role, bool, bool)>,
    cut: Vec<(NodeId, NodeId)>,
    goals: Vec<bool>,
    outage: Option<(u64, bool)>,
    recovered: Option<(bool, bool)>,
    pending: bool,
    broken: usize,
    rules_off: usize,
    script: Option<(u32, u32)>,
    pods: Pods,
    /// The line, and whether it is repeated.
    line: Option<(u32, bool, usize)>,
}

impl Shape {
    fn of(moment: &Snapshot) -> Self {
        Self {
            roles: moment.nodes.iter().map(|node| (node.role, node.paused, node.reachable)).collect(),
            cut: moment.cut.clone(),
            goals: moment.lesson.iter().flat_map(|lesson| lesson.goals.iter().map(|goal| goal.met)).collect(),
            outage: moment.failover.as_ref().map(|outage| (outage.fault_us, outage.under_way)),
            recovered: moment.recovery.as_ref().map(|recovery| (recovery.done, recovery.refused.is_some())),
            pending: moment.rows.pending > 0,
            broken: moment.invariants.iter().filter(|one| !one.holds).count(),
            rules_off: moment.group.as_ref().map_or(0, |group| group.rules_off.len()),
            script: moment.group.as_ref().and_then(|group| group.script),
            pods: worlds::pods(moment),
            line: moment.timeline.as_ref().map(|line| (line.line, line.repeats, line.lines.len())),
        }
    }
}

#[derive(Default)]
struct Watching {
    view: View,
    shape: Shape,
    stories: Stories,
    timer: Option<Timeout>,
}

/// The throttled copy of a session's run.
#[hook]
pub(crate) fn use_watch(session: &Session) -> View {
    let shown = use_state_eq(View::default);
    {
        let shown = shown.clone();
        use_effect_with(session.clone(), move |session| {
            let watching = Rc::new(RefCell::new(Watching::default()));
            {
                let mut first = watching.borrow_mut();
                first.view.host = session.host();
                first.view.now = session.moment();
                first.view.measured = session.measured();
                first.view.search = session.last_search();
                shown.set(first.view.clone());
            }
            let kept = Rc::clone(&watching);
            let subscription = session.subscribe(move |update| hear(&watching, &shown, update));
            move || {
                drop(subscription);
                // The timer must not outlive the view that it updates.
                kept.borrow_mut().timer = None;
            }
        });
    }
    (*shown).clone()
}

fn hear(watching: &Rc<RefCell<Watching>>, shown: &UseStateHandle<View>, update: &Update) {
    let at_once = watching.borrow_mut().take(update);
    if at_once {
        publish(watching, shown);
    } else if watching.borrow().timer.is_none() {
        let (later, shown) = (Rc::clone(watching), shown.clone());
        let timer = Timeout::new(CALM_MS, move || publish(&later, &shown));
        watching.borrow_mut().timer = Some(timer);
    }
}

fn publish(watching: &Rc<RefCell<Watching>>, shown: &UseStateHandle<View>) {
    let view = {
        let mut watching = watching.borrow_mut();
        watching.timer = None;
        watching.view.clone()
    };
    shown.set(view);
}

impl Watching {
    /// Applies an update; returns whether it has to be published at once.
    fn take(&mut self, update: &Update) -> bool {
        match update {
            Update::Host(host) => self.take_host(host),
            Update::Moment(moment) => {
                let shape = Shape::of(moment);
                let changed = shape != self.shape;
                self.shape = shape;
                self.view.story = self.stories.settle(moment.timeline.as_ref(), moment.t_us);
                self.view.now = Some(Rc::clone(moment));
                changed
            }
            Update::Happened(events, skipped) => {
                self.stories.hear(events, *skipped);
                false
            }
            Update::Measured(measured) => {
                self.view.measured.retain(|other| other.what != measured.what);
                self.view.measured.push(Rc::clone(measured));
                !measured.running
            }
            Update::ScheduleSearch(search) => {
                self.view.search = Some(Rc::clone(search));
                !search.running
            }
            // The view that shows them subscribes by itself.
            Update::Drill(_) => false,
        }
    }

    fn take_host(&mut self, host: &Rc<HostFacts>) -> bool {
        let stopped = host.state.is_gone();
        let was_running = self.view.host.state == HostState::Running;
        if stopped && was_running {
            self.view.before = self.view.now.clone();
            self.view.before_durable = self.view.host.storage == crate::web::wire::Storage::Durable;
            if let Some(now) = self.view.now.clone().filter(|_| host.state == HostState::Unplugged) {
                self.view.story = self.stories.cut_power(now.timeline.as_ref(), now.t_us);
            }
        }
        let changed = host.state != self.view.host.state
            || host.storage != self.view.host.storage
            || host.playing != self.view.host.playing
            || (host.speed - self.view.host.speed).abs() > f64::EPSILON;
        self.view.host = Rc::clone(host);
        changed
    }
}
