//! The standalone engine on the stage: log files on their ground line, bytes, and the rows.
//!
//! Guarantees: what is drawn on the black line is durable; a record that was cut off is named with what it claimed.
//! Leaves out: the plug, progress and proof (`panel`).

pub mod bytes;

use std::rc::Rc;

use yew::prelude::*;

use self::bytes::LiveBytes;
use super::engine::console::console;
use super::engine::measured::measured;
use super::engine::{EngineProps, engine_block};
use super::format::bytes as byte_text;
use super::memo::memo;
use super::proof::{AnswerBlock, Answered, Found, Proof};
use crate::web::measure::Measured;
use crate::web::session::Session;
use quorum_facade::snapshot::{RecoveryFacts, RowCounts, Snapshot, WalFacts, WalFile};
use quorum_i18n::{Lang, grouped};

/// Maximum number of files drawn; older ones are counted.
const FILES: usize = 4;

/// The inputs of the stage.
pub(crate) struct StageProps {
    /// The session, to read bytes from.
    pub(crate) session: Session,
    /// The run.
    pub(crate) now: Rc<Snapshot>,
    /// Whether there is a worker to ask.
    pub(crate) running: bool,
    /// The last query's result.
    pub(crate) found: Option<Rc<Found>>,
    /// The last proof.
    pub(crate) proof: Option<Rc<Proof>>,
    /// The engine's block.
    pub(crate) engine: EngineProps,
    /// Whether that block comes before the log's bytes.
    pub(crate) engine_first: bool,
    /// The measurements.
    pub(crate) measured: Vec<Rc<Measured>>,
}

/// The stage of a standalone engine.
pub(crate) fn wal_stage(lang: Lang, props: &StageProps) -> Html {
    let StageProps { session, now, running, found, proof, engine, engine_first, measured: done } = props;
    let answers = html! {
        <>
            if let Some(found) = found { <AnswerBlock answer={Answered::Found(found.clone())} /> }
            if let Some(proof) = proof { <AnswerBlock answer={Answered::Proof(proof.clone())} /> }
        </>
    };
    html! {
        <>
            if *engine_first { { engine_block(lang, engine) }{ console(session, engine) }{ answers.clone() } }
            { for done.iter().map(|done| memo(measured, Rc::clone(done))) }
            { memo(files, now.wal.clone()) }
            if let Some(recovery) = now.recovery.as_ref().filter(|recovery| recovery.torn_bytes.is_some()) {
                { memo(gone, recovery.clone()) }
            }
            if now.wal.bytes > 0 {
                <LiveBytes session={session.clone()} node={now.wal.node.max(1)} log_bytes={now.wal.bytes}
                    durable_lsn={now.wal.durable_lsn} boot={now.boot} running={*running} />
            }
            if !*engine_first { { engine_block(lang, engine) } }
            { memo(counted, now.rows) }
            if !*engine_first { { answers } }
        </>
    }
}

/// The log files, oldest first, each with its durable part on the ground line.
fn files(lang: Lang, wal: &WalFacts) -> Html {
    if wal.bytes == 0 {
        return html! {
            <section class="blockx">
                <h2 class="h-blk">{ lang.t("wal-files") }</h2><p class="fine empty">{ lang.t("wal-empty") }</p>
            </section>
        };
    }
    let hidden = wal.files.len().saturating_sub(FILES);
    // The durable frontier runs through the first file that has more to sync, else it ends the last one.
    let frontier = wal
        .files
        .iter()
        .find(|file| file.durable_bytes < file.bytes)
        .or(wal.files.last())
        .map(|file| file.file);
    let widest = wal.files.iter().map(|file| file.bytes).max().unwrap_or(1).max(1);
    let label = lang.f(
        "wal-files-aria",
        &[("files", wal.files.len().into()), ("bytes", wal.bytes.into()), ("lsn", wal.durable_lsn.into())],
    );
    html! {
        <section class="blockx" data-meter="durable" data-lsn={wal.durable_lsn.to_string()}>
            <h2 class="h-blk">
                { lang.t("wal-files") }
                <small class="num">
                    { lang.f(
                        "wal-files-s",
                        &[("bytes", byte_text(lang, wal.bytes).into()), ("lsn", wal.durable_lsn.into())]
                    ) }
                    if hidden > 0 { { " · " }{ lang.f("wal-more-files", &[("n", hidden.into())]) } }
                </small>
            </h2>
            <div class="fm" role="img" aria-label={label}>
                { for wal.files[hidden..].iter().map(|file| one_file(lang, file, widest, frontier == Some(file.file))) }
            </div>
        </section>
    }
}

/// A file: its length relative to the longest, the durable part solid and on the ground line.
fn one_file(lang: Lang, file: &WalFile, widest: u64, frontier: bool) -> Html {
    let part = |bytes: u64| bytes as f64 / widest as f64 * 100.0;
    let durable = if file.bytes == 0 { 0.0 } else { file.durable_bytes as f64 / file.bytes as f64 * 100.0 };
    let open = file.durable_bytes < file.bytes;
    // The line's name stands where there is more room.
    let early = part(file.bytes).max(3.0) * durable < 50.0 * 100.0;
    html! {
        <div class="fm-f" key={file.file} data-file={file.file.to_string()}>
            <p class="fm-n mono">{ format!("wal-{:06}", file.file) }</p>
            <div class="fm-r">
                <span class="fm-w" style={format!("width:{:.1}%", part(file.bytes).max(3.0))}>
                    <i class="fm-d" style={format!("width:{:.2}%", durable)} />
                    if open {
                        <i class="fm-o" style={format!("width:{:.2}%", 100.0 - durable)} />
                    }
                    if frontier {
                        <b class={classes!("fm-dl", early.then_some("fm-dl-l"))}
                            style={format!("left:{:.2}%", durable)}>
                            <span>{ lang.t("wal-durable-line") }</span>
                        </b>
                    }
                </span>
            </div>
            <p class="fm-s num">
                <span>{ byte_text(lang, file.bytes) }</span>
                <span>{ lang.f("wal-file-records", &[("n", file.records.into())]) }</span>
            </p>
        </div>
    }
}

/// The torn record that recovery cut off: what it claimed, and what was there.
fn gone(lang: Lang, recovery: &RecoveryFacts) -> Html {
    let (claimed, found) = recovery.torn_bytes.unwrap_or_default();
    let (file, offset) = recovery.at.unwrap_or_default();
    let part = if claimed == 0 { 0.0 } else { (found as f64 / claimed as f64 * 100.0).clamp(1.0, 100.0) };
    html! {
        <section class="blockx gone" data-view="torn" data-claimed={claimed.to_string()} data-found={found.to_string()}>
            <h2 class="h-blk">{ lang.t("wal-gone-title") }</h2>
            <div class="gone-b" aria-hidden="true"><i style={format!("width:{:.2}%", part)} /></div>
            <p class="gone-t">
                { lang.f("wal-gone", &[
                    ("file", file.into()), ("offset", format!("{offset:06X}").into()),
                    ("claimed", claimed.into()), ("found", found.into()),
                ]) }
            </p>
        </section>
    }
}

/// Maximum number of blocks drawn; beyond that a block represents several rows.
const BLOCKS: u64 = 40;

/// The rows as blocks: acknowledged ones on the ground line, unproven and unfinished ones open.
fn counted(lang: Lang, rows: &RowCounts) -> Html {
    let total = rows.acknowledged + rows.unproven + rows.pending;
    let mut unit = 1_000;
    while total.div_ceil(unit) > BLOCKS {
        unit *= 10;
    }
    let blocks = |n: u64, tone: &'static str| {
        (0..n.div_ceil(unit))
            .map(move |place| html! { <i key={format!("{tone}{place}")} class={classes!("blk", tone)} /> })
    };
    html! {
        <section class="blockx" aria-label={lang.t("rows-region")}>
            <h2 class="h-blk">
                { lang.t("rows-where") }
                if total > 0 {
                    <small class="num">
                        <i class="blk blk-k" />
                        { " = " }
                        { lang.f("rows-n", &[("n", unit.into())]) }
                    </small>
                }
            </h2>
            if total > 0 {
                <div class="blks" aria-hidden="true">
                    { for blocks(rows.acknowledged, "b-kept") }
                    { for blocks(rows.unproven, "b-doubt") }
                    { for blocks(rows.pending, "b-open") }
                </div>
            }
            <dl class="cnt">
                { count(lang, "submitted", rows.submitted, "rows-submitted", "") }
                { count(lang, "acknowledged", rows.acknowledged, "rows-acknowledged", "rows-acknowledged-s") }
                { count(lang, "count", rows.visible, "rows-visible", "rows-visible-s") }
                if rows.unproven > 0 {
                    { count(lang, "unproven", rows.unproven, "rows-unproven", "rows-unproven-s") }
                }
                if rows.pending > 0 {
                    { count(lang, "pending", rows.pending, "rows-pending", "") }
                }
            </dl>
        </section>
    }
}

fn count(lang: Lang, meter: &'static str, n: u64, head: &'static str, note: &'static str) -> Html {
    html! {
        <div data-meter={meter} data-value={n.to_string()}>
            <dt>{ lang.f(head, &[]) }</dt><dd class="num">{ grouped(n) }</dd>
            if !note.is_empty() { <dd>{ lang.f(note, &[]) }</dd> }
        </div>
    }
}
