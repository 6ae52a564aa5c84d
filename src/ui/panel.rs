//! The standalone engine's panel: the plug, work in progress, recovery, proof, and the storage's performance.
//!
//! Guarantees: the states before and after a pulled plug are compared in words, with the page's own copy of the last
//! snapshot; wall-clock figures come from the host. Leaves out: the log itself (`wal`).

use std::rc::Rc;

use yew::prelude::*;

use super::controls::{KeepingProps, keeping};
use super::engine::chart::course;
use super::engine::rate;
use super::format::{bytes as byte_text, millis, span};
use super::icons::ic;
use super::inert::inert;
use super::intent::Intent;
use super::memo::memo;
use super::possible::asleep;
use super::proof::{Proving, proof_gauge};
use crate::web::wire::{HostFacts, HostState, StoreFigures};
use quorum_facade::Tail;
use quorum_facade::snapshot::{RecoveryFacts, RowCounts, Snapshot};
use quorum_i18n::{Lang, damage, grouped};

/// The inputs of the panel.
pub(crate) struct PanelProps {
    /// The state of the host.
    pub(crate) host: Rc<HostFacts>,
    /// The state of the run.
    pub(crate) state: HostState,
    /// The run.
    pub(crate) now: Rc<Snapshot>,
    /// The last snapshot before the worker ended.
    pub(crate) before: Option<Rc<Snapshot>>,
    /// Whether that snapshot's rows were durable.
    pub(crate) before_durable: bool,
    /// The progress of checking.
    pub(crate) proving: Proving,
    /// Whether the run is to be kept.
    pub(crate) kept: bool,
    /// Whether erasing waits for confirmation.
    pub(crate) asking: UseStateHandle<bool>,
    /// Called with the chosen action.
    pub(crate) onintent: Callback<Intent>,
}

/// The panel.
pub(crate) fn panel(lang: Lang, props: &PanelProps) -> Html {
    let PanelProps { host, state, now, before, before_durable, proving, kept, asking, onintent } = props;
    let running = *state == HostState::Running;
    let compared = before.as_ref().filter(|_| running && recovered(now)).map(|before| VerdictProps {
        before: before.rows,
        durable: *before_durable,
        unproven: now.rows.unproven,
        found: now.recovery.as_ref().map_or(0, |recovery| recovery.inserted),
        read: now.recovery.as_ref().map_or(0, |recovery| recovery.rows),
    });
    let recovery = RecoveringProps { recovery: now.recovery.clone(), store: host.store.clone() };
    let storage = host.storage.clone();
    let kept = KeepingProps { kept: *kept, storage, asking: asking.clone(), onintent: onintent.clone() };
    html! {
        <>
            { power(lang, state, now, onintent) }
            { powerless(lang, state, now, before.as_deref()) }
            if let Some(compared) = compared { { memo(verdict, compared) } }
            { memo(inserting, now.rows) }
            { memo(recovering, recovery) }
            { proof_gauge(lang, proving, running && now.rows.visible > 0, onintent) }
            { memo(storing, host.store.clone()) }
            { keeping(lang, &kept) }
        </>
    }
}

/// Whether this run is past its recovery, if it had any.
fn recovered(now: &Snapshot) -> bool {
    now.recovery.as_ref().is_none_or(|recovery| recovery.done)
}

/// Bytes written and not yet durable.
fn unsynced(now: &Snapshot) -> u64 {
    now.wal.files.iter().map(|file| file.bytes.saturating_sub(file.durable_bytes)).sum()
}

/// The plug while there is power, and the switch when there is none: of the page's worker, or of an engine whose power
/// failed at a moment of the learner's choosing. It is one button, so that it keeps the focus when it becomes the
/// other.
fn power(lang: Lang, state: &HostState, now: &Snapshot, onintent: &Callback<Intent>) -> Html {
    let gone = state.is_gone();
    let off = gone || is_off(state, now);
    let (act, intent, key) = match (gone, off) {
        (true, _) => ("reopen", Intent::Reopen, None),
        (false, true) => ("restart-engine", Intent::RestartEngine, Some("R")),
        _ => ("pull-plug", Intent::PullPlug, Some("P")),
    };
    let unsynced = unsynced(now);
    let (title, note) = match (gone, off) {
        (true, _) => (lang.t("reopen"), lang.t("reopen-s")),
        (false, true) => (lang.f("act-restart-engine", &[]), lang.t("engine-off-s")),
        _ if unsynced > 0 => (lang.t("power"), lang.f("power-s", &[("n", byte_text(lang, unsynced).into())])),
        _ => (lang.t("power"), lang.t("power-s-clean")),
    };
    let onclick = onintent.reform(move |_: MouseEvent| intent);
    html! {
        <button class={classes!("power", off.then_some("power-on"))} type="button" data-act={act}
            aria-keyshortcuts={key} title={(!off).then(|| lang.t("power-aria"))}
            aria-disabled={inert(!off && *state != HostState::Running)} {onclick}>
            <span class="power-i">{ ic(if off { "restart" } else { "plug" }) }</span>
            <span class="power-t"><b>{ title }</b><small class="num">{ note }</small></span>
            if let Some(key) = key { <kbd aria-hidden="true">{ key }</kbd> }
        </button>
    }
}

/// Whether the engine has no power while the worker still runs.
fn is_off(state: &HostState, now: &Snapshot) -> bool {
    *state == HostState::Running && asleep(now)
}

/// What is said while there is no power.
fn powerless(lang: Lang, state: &HostState, now: &Snapshot, before: Option<&Snapshot>) -> Html {
    if state.is_gone() {
        return html! {
            <div class="note note-gone" data-view="unplugged">
                <p><b>{ lang.t("unplugged") }</b></p>
                if let Some(before) = before { <p>{ last_words(lang, before.rows) }</p> }
                <p>{ lang.t("unplugged-promise") }</p>
            </div>
        };
    }
    if is_off(state, now) {
        return html! {
            <div class="note note-gone" data-view="engine-off"><p><b>{ lang.t("engine-off") }</b></p></div>
        };
    }
    Html::default()
}

/// What was acknowledged and what was not when the power went.
fn last_words(lang: Lang, rows: RowCounts) -> String {
    let acknowledged = ("acknowledged", rows.acknowledged.into());
    if rows.pending > 0 {
        lang.f("unplugged-last", &[acknowledged, ("pending", rows.pending.into())])
    } else {
        lang.f("unplugged-last-clean", &[acknowledged])
    }
}

#[derive(PartialEq)]
struct VerdictProps {
    before: RowCounts,
    durable: bool,
    unproven: u64,
    /// Rows of all inserts that were found.
    found: u64,
    /// Rows that were read; without those that are deleted and cleared away.
    read: u64,
}

/// Before and after, compared.
fn verdict(lang: Lang, props: &VerdictProps) -> Html {
    let VerdictProps { before, durable, unproven, found, read } = props;
    // The last snapshot may be older than the last acknowledgement, which the log or the receipts prove.
    let proven = if *durable { found.saturating_sub(*unproven) } else { 0 };
    let acknowledged = before.acknowledged.max(proven);
    let args = [("before", acknowledged.into()), ("now", (*found).into())];
    let missing = acknowledged.saturating_sub(*found);
    let (tone, said) = if !durable {
        ("note-open", lang.f("verdict-memory", &args))
    } else if missing == 0 {
        ("", lang.f("verdict-kept", &args))
    } else {
        let [before, now] = args;
        ("note-gone", lang.f("verdict-lost", &[before, now, ("n", missing.into())]))
    };
    let dropped = (before.acknowledged + before.pending).saturating_sub(*found);
    html! {
        <div class={classes!("note", tone)} data-view="verdict" data-missing={missing.to_string()}>
            <p><b>{ said }</b></p>
            if *durable && *unproven > 0 {
                <p>{ lang.f("verdict-extra", &[("n", (*unproven).into())]) }</p>
            }
            if *durable && read < found {
                <p>{ lang.f("verdict-deleted", &[("n", (found - read).into())]) }</p>
            }
            if *durable && missing == 0 && dropped > 0 {
                <p>{ lang.f("verdict-dropped", &[("n", dropped.into())]) }</p>
            }
        </div>
    }
}

/// An insert in progress.
fn inserting(lang: Lang, rows: &RowCounts) -> Html {
    let total = rows.acknowledged + rows.pending;
    let part = if total == 0 { 0.0 } else { rows.acknowledged as f64 / total as f64 * 100.0 };
    let label = lang.f("insert-aria", &[("done", rows.acknowledged.into()), ("total", total.into())]);
    html! {
        <section class="gauge" data-meter="progress">
            <h2 class="h-inst">{ lang.t("insert-progress") }</h2>
            <p class="rows">
                <b class="num">{ grouped(rows.acknowledged) }</b>
                <i class="num">{ lang.f("insert-of", &[("n", total.into())]) }</i>
            </p>
            <div class="pbar" role="progressbar" aria-label={label} aria-valuemin="0"
                aria-valuemax={total.to_string()} aria-valuenow={rows.acknowledged.to_string()}>
                <i class="p1" style={format!("width:{:.2}%", part)} />
                if rows.pending > 0 { <i class="p2" style={format!("width:{:.2}%", 100.0 - part)} /> }
            </div>
            <p class="pbar-k num">
                <span>{ lang.t("rows-acknowledged") }</span>
                if rows.pending > 0 {
                    <span>{ lang.t("rows-pending") }{ " " }{ grouped(rows.pending) }</span>
                } else {
                    <span>{ lang.t("insert-idle") }</span>
                }
            </p>
        </section>
    }
}

#[derive(PartialEq)]
struct RecoveringProps {
    recovery: Option<RecoveryFacts>,
    store: StoreFigures,
}

/// The recovery in progress, or the last one.
fn recovering(lang: Lang, props: &RecoveringProps) -> Html {
    let Some(recovery) = &props.recovery else {
        return html! {
            <section class="gauge" data-meter="tail">
                <h2 class="h-inst">{ lang.t("recovery-progress") }</h2><p class="fine">{ lang.t("recovery-none") }</p>
            </section>
        };
    };
    let part = if recovery.total_bytes == 0 {
        100.0
    } else {
        recovery.bytes as f64 / recovery.total_bytes as f64 * 100.0
    };
    let read = lang.f(
        "recovery-bytes",
        &[
            ("done", byte_text(lang, recovery.bytes).into()),
            ("total", byte_text(lang, recovery.total_bytes).into()),
        ],
    );
    html! {
        <section class="gauge" data-meter="tail" data-tail={tail_word(recovery.tail)}
            data-done={recovery.done.to_string()}>
            <h2 class="h-inst">
                { lang.t("recovery-progress") }
                <span class="num">
                    { lang.f("recovery-took", &[("time", span(recovery.took_us).into())]) }
                </span>
            </h2>
            <p class="rows">
                <b class="num">{ grouped(recovery.rows) }</b>
                <i>{ lang.f("recovery-records", &[("n", recovery.records.into())]) }</i>
            </p>
            <div class="pbar" role="progressbar" aria-label={read.clone()} aria-valuemin="0"
                aria-valuemax="100" aria-valuenow={format!("{:.0}", part)}>
                <i class="p1" style={format!("width:{:.2}%", part)} />
            </div>
            <p class="pbar-k num">
                <span>{ read }</span>
                if props.store.load_ms > 0.0 {
                    <span>
                        { lang.f(
                            "recovery-wall",
                            &[
                                ("load", millis(props.store.load_ms).into()),
                                ("replay", millis(props.store.replay_ms).into())
                            ]
                        ) }
                    </span>
                }
            </p>
            <p class={classes!("tailx", (recovery.tail != Tail::Clean).then_some("v-gone"))}>
                { tail_text(lang, recovery) }
            </p>
        </section>
    }
}

fn tail_word(tail: Tail) -> &'static str {
    match tail {
        Tail::Clean => "clean",
        Tail::Torn => "torn",
        Tail::Corrupt => "corrupt",
    }
}

fn tail_text(lang: Lang, recovery: &RecoveryFacts) -> String {
    match recovery.tail {
        Tail::Clean => lang.t("recovery-clean"),
        Tail::Corrupt => match &recovery.refused {
            Some(why) => damage(lang, why),
            None => lang.t("recovery-corrupt"),
        },
        Tail::Torn => {
            let (claimed, found) = recovery.torn_bytes.unwrap_or_default();
            lang.f("recovery-torn", &[("claimed", claimed.into()), ("found", found.into())])
        }
    }
}

/// The storage's performance, by this browser's wall clock, while it works.
pub fn storing(lang: Lang, store: &StoreFigures) -> Html {
    let commits = lang
        .f("store-commits", &[("n", store.commits.into()), ("bytes", byte_text(lang, store.bytes).into())]);
    let args = [("rows", rate(store.rows_per_s).into()), ("mb", millis(store.mb_per_s).into())];
    let said =
        if store.commits > 0 { lang.f("store-rate", &args) } else { lang.f("store-rate-memory", &args[..1]) };
    let most = store.recent_ms.iter().copied().fold(0.0, f64::max);
    let dots = lang.f("store-dots", &[("n", store.recent_ms.len().into()), ("most", millis(most).into())]);
    html! {
        <section class="gauge" data-view="store">
            <h2 class="h-inst">{ lang.t("store-figures") }<span class="num">{ commits }</span></h2>
            if store.commits == 0 && store.rows_per_s == 0.0 {
                <p class="fine">{ lang.t("store-rate-none") }</p>
            }
            if store.rows_per_s > 0.0 { <p class="mid-l num">{ said.clone() }</p> }
            if store.recent_rows_per_s.len() > 1 {
                { course(("store-rows", lang.t("measure-rows-s")), &store.recent_rows_per_s, true, said) }
            }
            if store.commits > 0 {
                <dl class="lat num" title={lang.t("store-note")}>
                    {
                        for [
                            ("p50", store.commit_p50_ms),
                            ("p95", store.commit_p95_ms),
                            ("p99", store.commit_p99_ms)
                        ].map(
                            |(name, ms)| html! {
                        <div><dt>{ name }</dt><dd>{ millis(ms) }{ " ms" }</dd></div>
                    }) }
                </dl>
                if store.recent_ms.len() > 1 {
                    { course(("store-commits", "ms".to_owned()), &store.recent_ms, false, dots.clone()) }
                    <p class="fine num">{ dots }</p>
                }
                <p class="fine">{ lang.t("store-commit") }</p>
            }
        </section>
    }
}
