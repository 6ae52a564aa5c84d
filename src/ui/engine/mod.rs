//! The engine's block on the stage: the path of a write at this moment, and the engine's actions.
//!
//! Guarantees: everything drawn is also listed in words; a button that has no effect now is disabled; an armed crash
//! point looks armed. Leaves out: the log's bytes (`wal`), the plug (`panel`).

pub mod chart;
pub(crate) mod console;
mod disk;
pub mod measured;
mod path;
pub mod request;
pub(crate) mod views;

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use self::path::path;
use super::icons::ic;
use super::inert::inert;
use super::intent::Intent;
use super::memo::memo;
use super::narrate::moment_key;
use super::possible::{asleep, import_at, import_total};
use quorum_facade::Moment;
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::{Lang, grouped};

/// The inputs of the block.
#[derive(Default)]
pub struct EngineProps {
    /// The run.
    pub now: Rc<Snapshot>,
    /// Whether a worker runs and the log was opened.
    pub running: bool,
    /// Whether a measurement is running.
    pub measuring: bool,
    /// Whether the disk can be chosen: in free play.
    pub free: bool,
    /// Called with the chosen action.
    pub onintent: Callback<Intent>,
}

/// The engine's block.
pub fn engine_block(lang: Lang, props: &EngineProps) -> Html {
    let now = &props.now;
    html! {
        <section class="blockx" data-view="engine" aria-label={lang.t("engine-title")}>
            <h2 class="h-blk">{ lang.t("engine-title") }<small>{ lang.t("engine-note") }</small></h2>
            { memo(path, Rc::clone(now)) }
            { memo(importing, last_import(now)) }
            { actions(lang, props) }
            if props.free { { disk::disk(lang, props) } }
        </section>
    }
}

/// How many rows of the last import are in, and its total, as far as that is known.
fn last_import(now: &Snapshot) -> Option<(u64, Option<u64>)> {
    let (import, rows) = now.engine.as_ref()?.imports.last().copied()?;
    Some((rows, import_total(now, import)))
}

/// The progress of the last import, with a mark at every fifth.
fn importing(lang: Lang, import: &Option<(u64, Option<u64>)>) -> Html {
    let Some((rows, total)) = *import else { return Html::default() };
    let percent = total.map_or(100, |total| rows.min(total) * 100 / total.max(1));
    let said = match total {
        Some(total) => {
            lang.f("import-at", &[("n", rows.into()), ("total", total.into()), ("percent", percent.into())])
        }
        None => lang.f("import-in", &[("n", rows.into())]),
    };
    html! {
        <div class="imp" data-meter="import" data-rows={rows.to_string()}
            data-total={total.map(|total| total.to_string())}>
            <p class="fine num">{ said.clone() }</p>
            <div class="pbar pbar-5" role="progressbar" aria-label={said} aria-valuemin="0"
                aria-valuemax="100" aria-valuenow={percent.to_string()}>
                <i class="p1" style={format!("width:{percent}%")} />
            </div>
            <p class="fine">{ lang.f("import-note", &[]) }</p>
        </div>
    }
}

/// The buttons.
fn actions(lang: Lang, props: &EngineProps) -> Html {
    let EngineProps { now, running, measuring, onintent, .. } = props;
    let button = |intent: Intent,
                  word: &'static str,
                  icon: &'static str,
                  key: &'static str,
                  label: String| {
        let onclick = onintent.reform(move |_: MouseEvent| intent);
        let grave = matches!(intent, Intent::FlipBit);
        html! {
            <button class={classes!("btn", "btn-s", grave.then_some("btn-gone"))} type="button" data-act={word}
                aria-disabled={inert(!intent.possible(*running, false, Some(now)))} aria-keyshortcuts={(!key.is_empty())
                    .then_some(key)}
                {onclick}>
                { ic(icon) }{ label }
                if !key.is_empty() { <kbd aria-hidden="true">{ key }</kbd> }
            </button>
        }
    };
    let (_, position, rows) = import_at(now);
    let import = if position > 0 {
        lang.f("import-go-on", &[("n", position.into())])
    } else {
        lang.f("act-import-n", &[("n", rows.into())])
    };
    html! {
        <div class="actions" role="group" aria-label={lang.t("engine-actions")}>
            { button(Intent::Flush, "flush", "disk", "F", lang.f("act-flush", &[])) }
            { button(Intent::Search, "search", "hint", "S", lang.f("act-search", &[])) }
            { button(Intent::DeleteHundred, "delete-hundred", "cross", "D", lang.f("act-delete-hundred", &[])) }
            { button(Intent::Compact, "compact", "hold", "C", lang.f("act-compact", &[])) }
            { button(Intent::Import, "import-100000", "down", "I", import) }
            { trap(lang, props) }
            { button(Intent::FlipBit, "flip-bit", "warn", "", lang.f("act-flip-bit", &[])) }
            if asleep(now) {
                { button(Intent::RestartEngine, "restart-engine", "restart", "R", lang.f("act-restart-engine", &[])) }
            }
            if *measuring {
                { button(Intent::StopMeasuring, "stop-measuring", "hold", "", lang.t("act-measure-stop")) }
            } else {
                { button(Intent::MeasureBatches, "measure-batches", "list", "", lang.f("act-measure-batches", &[])) }
                { button(Intent::MeasureRecovery, "measure-recovery", "list", "", lang.f("act-measure-recovery", &[])) }
                { button(Intent::MeasureDisks, "measure-disks", "list", "", lang.f("act-measure-disks", &[])) }
            }
        </div>
    }
}

/// The moment at which the power will fail.
fn trap(lang: Lang, props: &EngineProps) -> Html {
    let armed = props.now.engine.as_ref().and_then(|engine| engine.trap);
    let onchange = props.onintent.reform(|event: Event| Intent::CrashAt(chosen(&event)));
    let option = |moment: Option<Moment>| {
        let key = moment.map_or("trap-none", moment_key);
        html! { <option value={key} selected={moment == armed}>{ lang.f(key, &[]) }</option> }
    };
    html! {
        <label class={classes!("trap", armed.is_some().then_some("trap-on"))} data-view="trap"
            data-armed={armed.is_some().to_string()}>
            { ic("plug") }<span>{ if armed.is_some() { lang.t("trap-armed") } else { lang.t("trap") } }</span>
            <select data-act="crash-at" disabled={!props.running} {onchange}>
                { option(None) }
                { for Moment::ALL.iter().map(|moment| option(Some(*moment))) }
            </select>
        </label>
    }
}

/// The chosen moment; none is the first of the list.
fn chosen(event: &Event) -> Option<Moment> {
    let select: web_sys::HtmlSelectElement = event.target()?.dyn_into().ok()?;
    let place = usize::try_from(select.selected_index()).ok()?;
    Moment::ALL.get(place.checked_sub(1)?).copied()
}

/// A ratio as a percentage, for widths.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    format!("{:.1}%", if whole > 0.0 { (part / whole * 100.0).clamp(0.0, 100.0) } else { 0.0 })
}

/// Formats rows per second.
pub(crate) fn rate(x: f64) -> String {
    grouped(x.max(0.0).round() as u64)
}
