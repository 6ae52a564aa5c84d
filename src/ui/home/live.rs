//! The home page's stage: a replica set that runs in a worker of its own, and whose nodes a click kills.
//!
//! Guarantees: before its worker answers, and where there is none, a picture stands in its place and says so; time
//! passes only after an action and until its effects are seen, so that an idle page needs no processor; the worker
//! ends with the view, and the page's own session knows nothing of it. Leaves out: everything that the lab can do.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::ui::cluster::{Pick, PictureProps, picture};
use crate::ui::format::span;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::links::link;
use crate::ui::{use_lang, use_media};
use crate::web::address::Address;
use crate::web::session::{OpenRequest, Session, Subscription, Update};
use crate::web::wire::{HostState, Pace};
use quorum_facade::snapshot::{NodeFacts, Role, Snapshot};
use quorum_facade::{Action, Command, Control};
use quorum_i18n::Lang;
use quorum_types::{Micros, NodeId, SECOND};

/// The replica set.
const TOPOLOGY: &str = "replica-set:5";
/// Its seed; every visitor sees the same run until the first click.
const SEED: u64 = 7;
/// The run begins with a leader and some writes: it is taken this far before it is shown.
const BEGIN_US: Micros = 5 * SECOND;
/// The page is drawn and quiet this long before the worker starts by itself.
const IDLE_MS: u32 = 1_500;
/// Time passes at least this long after an action.
const LEAST_US: Micros = 5 * SECOND;
/// Without a leader it stands still after this long.
const MOST_US: Micros = 20 * SECOND;

/// The properties of the stage.
#[derive(Properties, PartialEq)]
pub(super) struct LiveProps {
    /// The picture that stands in its place.
    pub(super) still: Rc<Snapshot>,
    /// The address of the same replica set in the lab.
    pub(super) lab: Address,
    /// Called with the address to open.
    pub(super) onopen: Callback<Address>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StageState {
    /// The picture; no worker was started.
    Still,
    /// The worker starts.
    Coming,
    /// It runs.
    Live,
    /// There is no worker, or its code did not arrive.
    Absent,
}

/// The run: its session, and what the view has to know of it between two updates.
#[derive(Clone)]
struct Stage {
    session: Session,
    /// When the last action was, in virtual time; none while time stands still.
    acted_us: Rc<Cell<Option<Micros>>>,
    /// The node that was killed last.
    struck: UseStateSetter<Option<NodeId>>,
    moment: UseStateSetter<Option<Rc<Snapshot>>>,
    standing: UseStateSetter<StageState>,
}

impl Stage {
    /// Starts the worker and takes the run to its beginning; likewise to start again.
    fn begin(&self, lang: Lang, calm: bool) {
        self.acted_us.set(None);
        self.struck.set(None);
        self.standing.set(StageState::Coming);
        self.session.set_snapshot_interval(if calm { 100 } else { 16 });
        self.session.open(OpenRequest {
            topology: Some(TOPOLOGY.to_owned()),
            seed: Some(SEED),
            lang: lang.code().to_owned(),
            speed: Some(0.0),
            ..OpenRequest::default()
        });
        let stage = self.clone();
        spawn_local(async move {
            let opening = stage.session.opening();
            if stage.session.first_moment(opening).await.is_err() {
                return;
            }
            let run = Command::Control(Control::Run { us: BEGIN_US });
            // A refusal is reported as a state of the host.
            drop(stage.session.execute(run).await);
            if let Some(now) = stage.session.moment().filter(|_| stage.session.opening() == opening) {
                stage.moment.set(Some(now));
                stage.standing.set(StageState::Live);
            }
        });
    }

    /// Follows the run.
    fn hear(&self, update: &Update) {
        match update {
            Update::Moment(now) if now.t_us >= BEGIN_US => {
                if self.acted_us.get().is_some_and(|acted_us| is_over(now, acted_us)) {
                    self.acted_us.set(None);
                    self.session.pace(Pace::Hold);
                }
                self.moment.set(Some(Rc::clone(now)));
            }
            Update::Host(host)
                if matches!(
                    host.state,
                    HostState::NoWorker { .. } | HostState::Refused { .. } | HostState::Panicked { .. }
                ) =>
            {
                self.standing.set(StageState::Absent);
            }
            _ => {}
        }
    }

    /// Kills a node, restarts a dead one, cuts or heals a link; and lets time pass.
    fn act(&self, pick: Pick) {
        let Some(now) = self.session.moment() else { return };
        let action = match pick {
            Pick::Node(node) if now.nodes.iter().any(|facts| facts.id == node && facts.alive) => {
                self.struck.set(Some(node));
                Action::Kill { node, torn_bytes: 0, sectors: None }
            }
            Pick::Node(node) => Action::Restart { node },
            Pick::Link(a, b) if now.cut.iter().any(|pair| *pair == (a, b) || *pair == (b, a)) => {
                Action::HealLink { from: Some(a), to: Some(b) }
            }
            Pick::Link(from, to) => Action::Cut { from, to, one_way: false },
            // Messages are looked into in the lab.
            Pick::Message(_) => return,
        };
        self.acted_us.set(Some(now.t_us));
        let session = self.session.clone();
        spawn_local(async move {
            // What a click asks for is possible; if the worker is gone, the host's state says so.
            drop(session.execute(Command::Cluster(action)).await);
            session.pace(Pace::Speed { x: 1.0 });
            session.pace(Pace::Play);
        });
    }
}

/// Whether the effects of the last action have been seen.
fn is_over(now: &Snapshot, acted_us: Micros) -> bool {
    let passed_us = now.t_us.saturating_sub(acted_us);
    let disturbed = now.failover.as_ref().is_some_and(|failover| failover.under_way);
    passed_us >= MOST_US || (passed_us >= LEAST_US && leader(now).is_some() && !disturbed)
}

/// The node that leads.
fn leader(now: &Snapshot) -> Option<&NodeFacts> {
    now.nodes.iter().find(|node| node.alive && node.reachable && node.role == Role::Leader)
}

/// The stage.
#[component]
pub(super) fn LiveStage(props: &LiveProps) -> Html {
    let lang = use_lang();
    let calm = use_media("(prefers-reduced-motion: reduce)");
    let moment = use_state(|| None::<Rc<Snapshot>>);
    let standing = use_state_eq(|| StageState::Still);
    let struck = use_state_eq(|| None::<NodeId>);
    let session = use_memo((), |()| Session::new());
    let acted_us = use_memo((), |()| Cell::new(None));
    let stage = Stage {
        session: (*session).clone(),
        acted_us,
        struck: struck.setter(),
        moment: moment.setter(),
        standing: standing.setter(),
    };
    use_run(&stage, lang, calm);
    let wake = {
        let (stage, standing) = (stage.clone(), standing.clone());
        Callback::from(move |()| {
            if *standing == StageState::Still {
                stage.begin(lang, calm);
            }
        })
    };
    let live = moment.as_ref().filter(|_| *standing == StageState::Live);
    let onpick = {
        let stage = stage.clone();
        Callback::from(move |pick: Option<Pick>| {
            if let Some(pick) = pick {
                stage.act(pick);
            }
        })
    };
    let drawn = PictureProps {
        moment: live.unwrap_or(&props.still).clone(),
        compact: true,
        onpick,
        ..PictureProps::default()
    };
    html! {
        <div class="hero-v" data-view="live" data-standing={word(*standing)}
            onpointerover={wake.reform(|_: PointerEvent| ())} onfocusin={wake.reform(|_: FocusEvent| ())}>
            if live.is_some() {
                <div class="hero-s" role="group" aria-label={lang.t("home-live-how")}>{ picture(lang, &drawn) }</div>
            } else {
                <div class="hero-s" aria-hidden="true" inert=true>{ picture(lang, &drawn) }</div>
            }
            <p class="hero-n" role="status">{ said(lang, *standing, live.map(|now| &**now), *struck) }</p>
            { buttons(lang, &stage, live.map(|now| &**now), (*standing, calm), props) }
        </div>
    }
}

/// Follows the run while the view is shown, starts it when the page is idle, and ends its worker with the view.
#[hook]
fn use_run(stage: &Stage, lang: Lang, calm: bool) {
    let stage = stage.clone();
    use_effect_with((), move |()| {
        let subscription: Subscription = {
            let stage = stage.clone();
            stage.session.clone().subscribe(move |update| stage.hear(update))
        };
        let timer = {
            let stage = stage.clone();
            Timeout::new(IDLE_MS, move || {
                if stage.session.opening() == 0 {
                    stage.begin(lang, calm);
                }
            })
        };
        move || {
            drop((subscription, timer));
            stage.session.pull_plug();
        }
    });
}

fn word(standing: StageState) -> &'static str {
    match standing {
        StageState::Still => "still",
        StageState::Coming => "coming",
        StageState::Live => "live",
        StageState::Absent => "absent",
    }
}

/// What is seen, in a sentence.
fn said(lang: Lang, standing: StageState, now: Option<&Snapshot>, struck: Option<NodeId>) -> String {
    let Some(now) = now else {
        return lang.t(match standing {
            StageState::Absent => "home-live-absent",
            _ => "home-live-still",
        });
    };
    let up = now.nodes.iter().filter(|node| node.alive).count();
    let down = struck.filter(|struck| now.nodes.iter().any(|node| node.id == *struck && !node.alive));
    let outage = now.failover.as_ref();
    match (leader(now), down) {
        (Some(leader), None) => lang.f("home-live-runs", &[("node", leader.id.into())]),
        (Some(leader), Some(down)) => {
            let args = [
                ("down", down.into()),
                ("node", leader.id.into()),
                ("term", leader.term.into()),
                ("failed", outage.map_or(0, |outage| outage.failed).into()),
                ("lost", outage.map_or(0, |outage| outage.lost).into()),
                ("span", outage.and_then(|outage| outage.rto_us).map_or_else(String::new, span).into()),
            ];
            match outage {
                Some(outage) if outage.new_leader.is_none() || outage.rto_us.is_none() => {
                    lang.f("home-live-taken", &args)
                }
                Some(_) => lang.f("home-live-over", &args),
                None => lang.f("home-live-follower", &args),
            }
        }
        (None, _) if now.majority.can_elect => lang.t("home-live-election"),
        (None, _) => lang.f("home-live-stuck", &[("up", up.into()), ("need", now.majority.need.into())]),
    }
}

/// Kill the leader, start again, go on in the lab.
fn buttons(
    lang: Lang,
    stage: &Stage,
    now: Option<&Snapshot>,
    (standing, calm): (StageState, bool),
    props: &LiveProps,
) -> Html {
    let leads = now.and_then(leader).map(|leader| leader.id);
    let kill = {
        let stage = stage.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(leader) = stage.session.moment().as_deref().and_then(leader) {
                stage.act(Pick::Node(leader.id));
            }
        })
    };
    let again = {
        let stage = stage.clone();
        Callback::from(move |_: MouseEvent| stage.begin(lang, calm))
    };
    let label = match leads {
        Some(node) => lang.f("home-live-kill", &[("node", node.into())]),
        None => lang.t("home-live-kill-none"),
    };
    html! {
        <p class="row hero-b">
            <button type="button" class="btn btn-gone" data-act="home-kill" aria-disabled={inert(leads.is_none())}
                onclick={kill}>
                { ic("kill") }{ label }
            </button>
            <button type="button" class="btn" data-act="home-again"
                aria-disabled={inert(!matches!(standing, StageState::Live | StageState::Absent))} onclick={again}>
                { ic("restart") }{ lang.t("home-live-again") }
            </button>
            { link(&props.onopen, props.lab.clone(), "btn btn-quiet", lang.t("home-live-lab").into()) }
        </p>
    }
}
