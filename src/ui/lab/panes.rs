//! The three panes: the text, the stage, the gauges beside it.
//!
//! Guarantees: each shows what fits the world that runs, and a message while there is none. Leaves out: header, tools
//! and time (`lab`).

use std::rc::Rc;

use yew::prelude::*;

use super::pane_state::PaneState;
use super::{LabProps, runs_cluster};
use crate::ui::banners::opens_nothing;
use crate::ui::cluster::Pick;
use crate::ui::controls::{KeepingProps, keeping};
use crate::ui::course;
use crate::ui::engine::EngineProps;
use crate::ui::free_play::{PaneProps, actions, free_play, possible, text_pane};
use crate::ui::inspect::Looking;
use crate::ui::intent::Intent;
use crate::ui::memo::memo;
use crate::ui::panel::PanelProps;
use crate::ui::proof::Proving;
use crate::ui::rules::RulesProps;
use crate::ui::schedule::{ReplayProps, ReplayTextProps, replay, replay_text};
use crate::ui::wal::StageProps;
use crate::ui::watch::View;
use crate::ui::{format, worlds};
use crate::web::address::Address;
use crate::web::schedule_text::schedule;
use crate::web::wire::{HostState, Storage};
use quorum_facade::Snapshot;
use quorum_i18n::Lang;

/// The settings of a cluster, where there is no lesson to read.
fn setup(props: &LabProps, view: &View, action: &Callback<Intent>) -> Option<Html> {
    let now = view.now.clone().filter(|now| worlds::is_there(now) && props.address.lesson.is_none())?;
    let (address, onopen) = (props.address.clone(), props.onreplay.clone());
    let onopen =
        onopen.reform(move |topology: String| Address { topology: Some(topology), ..address.clone() });
    let topology = props.address.topology.clone().unwrap_or_default();
    let running = view.state() == HostState::Running;
    Some(worlds::setup(now, topology, running, action.clone(), onopen))
}

/// The lesson pane with the state of the run that it needs.
pub(super) fn reading(
    props: &LabProps,
    view: &View,
    action: &Callback<Intent>,
    alone: bool,
    lang: Lang,
) -> Html {
    if let Some(pane) = course::lesson_pane((&props.session, &props.address), view, action, &props.onreplay) {
        return pane;
    }
    if let Some(pane) = setup(props, view, action) {
        return pane;
    }
    if let Some(run) = &props.address.run
        && let Ok(schedule) = schedule(run)
    {
        let found =
            view.search.as_ref().and_then(|search| search.found.as_ref()).filter(|found| found.run == *run);
        let found = found.map(|found| found.invariant.clone());
        let shown = ReplayTextProps { schedule: Rc::new(schedule), found };
        return replay_text(lang, &shown);
    }
    if opens_nothing(&view.host.state) {
        // The banner says why.
        return text_pane(lang, lang.t("not-opened"), Vec::new(), Html::default());
    }
    let stopped = view.host.state.is_gone();
    let can = possible(&actions(alone), view.state() == HostState::Running, stopped, view.now.as_deref());
    let onintent = {
        let action = action.clone();
        Callback::from(move |name: &'static str| {
            if let Some(intent) = Intent::by_name(name) {
                action.emit(intent);
            }
        })
    };
    let nodes = view.now.as_ref().map_or(0, |now| now.nodes.len());
    let shown = PaneProps {
        possible: can,
        alone,
        nodes,
        seed: view.now.as_ref().map_or(props.address.seed.unwrap_or(1), |now| now.seed),
        kept: view.host.storage == Storage::Durable,
        address: props.address.clone(),
        onopen: props.onreplay.clone(),
        onintent,
    };
    free_play(lang, &shown)
}

/// The pane beside the stage: the engine's panel, or the replica set's instruments.
pub(super) fn gauges(
    props: &LabProps,
    view: &View,
    pane_state: &PaneState,
    action: &Callback<Intent>,
    alone: bool,
    lang: Lang,
) -> Html {
    let now = view.now.clone().unwrap_or_default();
    let host = view.host.clone();
    let (kept, asking, onintent) = (props.kept, pane_state.asking.clone(), action.clone());
    let looking = looking(props, view, pane_state);
    if runs_cluster(&now, &props.address) {
        let shown = worlds::is_there(&now);
        let running = view.state() == HostState::Running;
        return if shown {
            let world = worlds::gauges((&props.session, &props.address), &now, running, &onintent);
            html! { <>{ replayed(props, &now) }{ worlds::inspector(looking) }{ world }</> }
        } else {
            Html::default()
        };
    }
    if !alone {
        let state = view.state();
        let shown = RulesProps {
            off: now.group.as_ref().map(|group| group.rules_off.clone()).unwrap_or_default(),
            open: pane_state.rules.0,
            picked: pane_state.rules.1,
            search: view.search.clone(),
            running: state == HostState::Running,
            address: props.address.clone(),
            onintent: onintent.clone(),
        };
        let kept = KeepingProps { kept, storage: host.storage.clone(), asking, onintent };
        return html! {
            <>
                { replayed(props, &now) }
                if let Some(views) = worlds::replica_set() {
                    { (views.inspector)(looking.clone()) }
                    { (views.gauges)(&now, shown) }
                    { (views.history)(looking) }
                }
                if props.address.run.is_none() { { keeping(lang, &kept) } }
            </>
        };
    }
    let shown = PanelProps {
        host,
        state: view.state(),
        now,
        before: pane_state.before(view),
        before_durable: view.before_durable,
        proving: (*pane_state.proving).clone(),
        kept,
        asking,
        onintent,
    };
    worlds::engine().map(|views| (views.panel)(lang, &shown)).unwrap_or_default()
}

/// What an inspector looks at.
fn looking(props: &LabProps, view: &View, pane_state: &PaneState) -> Looking {
    let pick = pane_state.pick.clone();
    Looking {
        session: props.session.clone(),
        now: view.now.clone().unwrap_or_default(),
        pick: pane_state.pick(),
        onpick: Callback::from(move |to: Option<Pick>| pick.set(to)),
        running: view.host.state == HostState::Running,
    }
}

/// The actions of a replayed run, and which of them are done; nothing for any other run.
fn replayed(props: &LabProps, now: &Snapshot) -> Html {
    // A schedule that cannot be parsed cannot run either: then the banner says why.
    let Some(schedule) = props.address.run.as_deref().and_then(|run| schedule(run).ok()) else {
        return Html::default();
    };
    memo(replay, ReplayProps { schedule: Rc::new(schedule), done: now.replay.map_or(0, |(done, _)| done) })
}

/// The stage, or a message while there is none.
pub(super) fn stage(
    props: &LabProps,
    view: &View,
    pane_state: &PaneState,
    action: &Callback<Intent>,
    alone: bool,
    compact: bool,
    lang: Lang,
) -> Html {
    let slug = props.address.lesson.clone().or_else(|| props.address.topology.clone());
    let waiting =
        match &view.host.state {
            HostState::Starting => Some(lang.t("booting")),
            HostState::Loading { bytes, total_bytes } => {
                let text = |n: u64| format::bytes(lang, n);
                Some(lang.f(
                    "loading-store",
                    &[("done", text(*bytes).into()), ("total", text(*total_bytes).into())],
                ))
            }
            // A banner says why, and what can be done instead.
            HostState::Refused { .. } => Some(lang.t("not-opened")),
            _ => None,
        };
    let shown = view.now.as_ref().or(view.before.as_ref());
    let proof = if let Proving::Done(proof) = &*pane_state.proving { Some(proof.clone()) } else { None };
    let onpick = {
        let pick = pane_state.pick.clone();
        Callback::from(move |to: Option<Pick>| pick.set(to))
    };
    let body = match (shown, alone) {
        (None, _) => {
            let text = match view.host.state {
                HostState::NoWorker { .. } => lang.t("banner-no-worker-title"),
                _ => waiting.clone().unwrap_or_else(|| lang.t("booting")),
            };
            html! { <p class="booting" role="status">{ text }</p> }
        }
        (Some(now), true) => {
            let shown = StageProps {
                session: props.session.clone(),
                now: now.clone(),
                running: view.host.state == HostState::Running,
                found: (*pane_state.found).clone(),
                proof,
                engine: EngineProps {
                    now: now.clone(),
                    running: view.state() == HostState::Running,
                    measuring: view.measured.iter().any(|measured| measured.running),
                    free: props.address.lesson.is_none(),
                    onintent: action.clone(),
                },
                measured: view.measured.clone(),
                engine_first: props.address.lesson.as_deref().is_none_or(is_about_the_engine),
            };
            worlds::engine().map(|views| (views.stage)(lang, &shown)).unwrap_or_default()
        }
        (Some(now), false) if runs_cluster(now, &props.address) => html! {
            { worlds::stage(&props.session, now, pane_state.pick(), onpick, action) }
        },
        (Some(_), false) => worlds::replica_set()
            .map(|views| (views.stage)(&props.session, compact, pane_state.pick(), onpick))
            .unwrap_or_default(),
    };
    let off = view.host.state.is_gone();
    html! {
        <main class={classes!("stage", alone.then_some("stage-doc"), off.then_some("stage-off"))} data-lesson={slug}
            tabindex={if alone { "0" } else { "-1" }} aria-label={lang.t("stage-region")} aria-busy={waiting.is_some()
                .to_string()}>
            { body }
        </main>
    }
}

/// Whether a lesson uses the engine's block; for the others the log's bytes come first.
fn is_about_the_engine(slug: &str) -> bool {
    quorum_lesson::find(slug).is_some_and(|lesson| {
        let mut actions = lesson.steps.iter().flat_map(|step| &step.actions);
        actions.any(|name| {
            !matches!(
                Intent::by_name(name),
                None | Some(
                    Intent::Insert(_)
                        | Intent::QueryFirstTen
                        | Intent::PullPlug
                        | Intent::Reopen
                        | Intent::Prove
                )
            )
        })
    })
}
