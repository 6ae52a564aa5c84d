//! The path of a write: log files, the growing segment, sealed ones, flushed objects.
//!
//! Guarantees: what is drawn on a black line is durable; deleted rows are hatched; each figure is also given as text.
//! Leaves out: history; this is the state at this moment.

use std::rc::Rc;

use yew::prelude::*;

use super::percent;
use crate::ui::format::bytes as byte_text;
use crate::ui::icons::ic;
use quorum_facade::snapshot::{SegmentFacts, SegmentState, Snapshot, WalFile};
use quorum_i18n::Lang;

/// Files and segments drawn per station; older ones are counted.
const MOST: usize = 8;
const FILES: usize = 4;
/// More flushed segments than this are drawn in rows below, not in a column.
const COLUMN: usize = 3;

/// The stations.
pub(super) fn path(lang: Lang, now: &Rc<Snapshot>) -> Html {
    let engine = now.engine.clone().unwrap_or_default();
    let off = now.nodes.first().is_some_and(|node| !node.alive);
    let of = |state: SegmentState| -> Vec<&SegmentFacts> {
        engine.segments.iter().filter(|segment| segment.state == state).collect()
    };
    let empty = |state: SegmentState| match (off, state) {
        (false, _) => lang.t("path-empty"),
        (true, SegmentState::Flushed) => lang.t("path-off-objects"),
        (true, _) => lang.t("path-off"),
    };
    let station = |word: &'static str, title: String, note: String, state: SegmentState| {
        let segments = of(state);
        let hidden = segments.len().saturating_sub(MOST);
        let widest = segments.iter().map(|segment| segment.rows).max().unwrap_or(1);
        html! {
            <li class="pt" data-station={word} data-segments={segments.len().to_string()}>
                <h3>{ title }<small>{ note }</small></h3>
                if segments.is_empty() { <p class="fine">{ empty(state) }</p> }
                if hidden > 0 { <p class="fine">{ lang.f("path-more", &[("n", hidden.into())]) }</p> }
                <ul>{ for segments[hidden..].iter().map(|segment| one_segment(lang, segment, widest)) }</ul>
            </li>
        }
    };
    let objects = lang.f("path-flushed-s", &[("bytes", byte_text(lang, engine.object_bytes).into())]);
    html! {
        <ol class={classes!("path", (of(SegmentState::Flushed).len() > COLUMN).then_some("path-many"))}>
            { log(lang, now) }
            { station("growing", lang.t("path-growing"), lang.t("path-memory"), SegmentState::Growing) }
            { station("sealed", lang.t("path-sealed"), lang.t("path-memory"), SegmentState::Sealed) }
            { station("flushed", lang.t("path-flushed"), objects, SegmentState::Flushed) }
        </ol>
    }
}

/// The log's station.
fn log(lang: Lang, now: &Snapshot) -> Html {
    let wal = &now.wal;
    let hidden = wal.files.len().saturating_sub(FILES);
    let widest = wal.files.iter().map(|file| file.bytes).max().unwrap_or(1) as f64;
    let file = |file: &WalFile| {
        let durable = percent(file.durable_bytes as f64, file.bytes as f64);
        html! {
            <li key={file.file}>
                <span class="sg sg-log"
                    style={format!("width:{};--k:{durable}", percent(file.bytes as f64, widest))}
                    aria-hidden="true">
                    <i />
                </span>
                <span class="num">
                    <b class="mono">{ format!("wal-{:06}", file.file) }</b>
                    { " " }
                    { byte_text(lang, file.bytes) }
                </span>
            </li>
        }
    };
    let lsns =
        lang.f("path-lsn", &[("checkpoint", wal.checkpoint_lsn.into()), ("durable", wal.durable_lsn.into())]);
    html! {
        <li class="pt" data-station="wal" data-checkpoint={wal.checkpoint_lsn.to_string()}>
            <h3>{ lang.t("path-wal") }<small class="num">{ byte_text(lang, wal.bytes) }</small></h3>
            if wal.files.is_empty() { <p class="fine">{ lang.t("path-no-log") }</p> }
            if hidden > 0 { <p class="fine">{ lang.f("wal-more-files", &[("n", hidden.into())]) }</p> }
            <ul>{ for wal.files[hidden..].iter().map(file) }</ul>
            <p class="fine num">{ lsns }</p>
        </li>
    }
}

/// A segment: its length is its number of rows, relative to the longest of its station.
fn one_segment(lang: Lang, segment: &SegmentFacts, widest: u32) -> Html {
    let tone = match segment.state {
        SegmentState::Growing => "sg-growing",
        SegmentState::Sealed => "sg-sealed",
        SegmentState::Flushed => "sg-flushed",
    };
    let (rows, deleted) = (f64::from(segment.rows), f64::from(segment.deleted));
    let style = format!("width:{};--d:{}", percent(rows, f64::from(widest)), percent(deleted, rows));
    // Keeps a figure together with its unit.
    let bytes = byte_text(lang, segment.bytes).replace(' ', "\u{a0}");
    let size = [("rows", segment.rows.into()), ("bytes", bytes.into())];
    html! {
        <li key={segment.id} data-segment={segment.id.to_string()}>
            <span class={classes!("sg", tone)} {style} aria-hidden="true"><i /></span>
            <span class="num">
                <b>{ lang.f("segment-n", &[("n", segment.id.into())]) }</b>{ " " }
                if segment.indexed { <em class="v-kept">{ ic("check") }{ lang.t("segment-indexed") }</em> }
                <span>{ lang.f("segment-size", &size) }</span>
                if segment.deleted > 0 {
                    <em class="v-gone">{ lang.f("segment-deleted", &[("n", segment.deleted.into())]) }</em>
                }
            </span>
        </li>
    }
}
