//! Snapshots, imports and restores of a cluster: what there is, the buttons for orders, and their sentences.
//!
//! Guarantees: every line is one of the snapshot's facts; a button gives the order that scripts and lessons give by the
//! same action. Leaves out: flushes that happen by themselves (`narrate`).

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::format::span;
use crate::ui::intent::{Intent, Order, PodAction};
use crate::ui::memo::memo;
use quorum_facade::milvus::snapshot::{JobFacts, SnapshotFacts};
use quorum_facade::snapshot::Snapshot;
use quorum_facade::{Event as WorldEvent, EventKind, MilvusEvent};
use quorum_i18n::Lang;

/// Rows of an import that a button begins.
const IMPORTED: u64 = 2_000;
/// The last jobs that are shown.
const SHOWN: usize = 4;

/// The inputs of the panel.
#[derive(PartialEq)]
struct Props {
    snapshots: Vec<SnapshotFacts>,
    jobs: Vec<JobFacts>,
    running: bool,
    onintent: Callback<Intent>,
}

/// The panel.
pub(super) fn kept(now: &Rc<Snapshot>, running: bool, onintent: &Callback<Intent>) -> Html {
    let Some(facts) = now.milvus.as_deref() else { return Html::default() };
    let first = facts.jobs.len().saturating_sub(SHOWN);
    let jobs = facts.jobs[first..].to_vec();
    memo(panel, Props { snapshots: facts.snapshots.clone(), jobs, running, onintent: onintent.clone() })
}

fn panel(lang: Lang, props: &Props) -> Html {
    let Props { snapshots, jobs, running, onintent } = props;
    let next = snapshots.iter().map(|known| known.snapshot).max().unwrap_or(0) + 1;
    let button = |key: &'static str, order: Order| {
        let onclick = onintent.reform(move |_: MouseEvent| Intent::Cluster(PodAction::Order(order)));
        html! { <button class="btn" data-order={key} disabled={!running} {onclick}>{ lang.f(key, &[]) }</button> }
    };
    let one = |known: &SnapshotFacts| {
        let of = known.snapshot;
        let text = [
            ("n", of.into()),
            ("rows", known.rows.into()),
            ("segments", (known.segments.len() as u64).into()),
        ];
        let key = if known.written { "mc-snapshot-is" } else { "mc-snapshot-pending" };
        html! {
            <div class="mc-choice" data-snapshot={of.to_string()}>
                <p class="fine num">{ lang.f(key, &text) }</p>
                { button("mc-order-restore", Order::Restore { snapshot: of, apart: false }) }
                { button("mc-order-apart", Order::Restore { snapshot: of, apart: true }) }
                { button("mc-order-drop", Order::DropSnapshot(of)) }
            </div>
        }
    };
    html! {
        <section class="gauge" data-meter="kept" data-snapshots={snapshots.len().to_string()}>
            <h2 class="h-inst">{ lang.t("mc-kept") }</h2>
            <p class="fine">{ lang.t("mc-kept-means") }</p>
            <div class="mc-choice">
                { button("mc-order-flush", Order::Flush) }
                { button("mc-order-snapshot", Order::Snapshot(next)) }
                { button("mc-order-import", Order::Import(IMPORTED)) }
                { button("mc-order-truncate", Order::Truncate) }
            </div>
            { for snapshots.iter().map(one) }
            { for jobs.iter().map(|job| html! {
                <p class="fine num" data-job={job.job.to_string()} data-state={job.state.clone()}>
                    { job_text(lang, job) }
                </p>
            }) }
        </section>
    }
}

/// A job's state in words.
fn state_text(lang: Lang, state: &str) -> String {
    lang.t(match state {
        "pending" => "mc-job-pending",
        "pre_importing" => "mc-job-pre-importing",
        "importing" => "mc-job-importing",
        "completed" => "mc-job-completed",
        _ => "mc-job-failed",
    })
}

/// A job's name.
fn name_text(lang: Lang, purpose: &str, job: u64) -> String {
    let key = if purpose == "import" { "mc-job-import" } else { "mc-job-restore" };
    lang.f(key, &[("n", job.into())])
}

/// A reason in words; nothing for none.
fn why_text(lang: Lang, why: &str) -> String {
    let key = match why {
        "" | "none" => return String::new(),
        "bad_row" => "mc-why-bad-row",
        "timeout" => "mc-why-timeout",
        "objects_lost" => "mc-why-objects-lost",
        "no_snapshot" => "mc-why-no-snapshot",
        "snapshot_exists" => "mc-why-snapshot-exists",
        "snapshot_in_use" => "mc-why-snapshot-in-use",
        "nothing_flushed" => "mc-why-nothing-flushed",
        "too_many" => "mc-why-too-many",
        "no_collection" => "mc-why-no-collection",
        "no_data_coord" => "mc-why-no-data-coord",
        "no_meta" => "mc-why-no-meta",
        _ => "mc-why-no-answer",
    };
    lang.t(key)
}

fn job_text(lang: Lang, job: &JobFacts) -> String {
    let args = [
        ("job", name_text(lang, &job.purpose, job.job).into()),
        ("rows", job.rows.into()),
        ("state", state_text(lang, &job.state).into()),
        ("done", u64::from(job.done).into()),
        ("of", u64::from(job.of).into()),
        ("time", span(job.took_us).into()),
        ("why", why_text(lang, &job.why).into()),
    ];
    match job.state.as_str() {
        "failed" => lang.f("mc-job-line-failed", &args),
        "completed" if job.apart => lang.f("mc-job-line-apart", &args),
        "completed" if job.shown => lang.f("mc-job-line-shown", &args),
        _ => lang.f("mc-job-line", &args),
    }
}

/// The sentence for an event of orders, snapshots and jobs.
pub(super) fn sentence(lang: Lang, event: &WorldEvent, pod: &str) -> Option<String> {
    let EventKind::Milvus(kind) = &event.kind else { return None };
    Some(match kind {
        MilvusEvent::OrderEnded { ok: false, why, .. } => {
            lang.f("mc-ev-order-refused", &[("why", why_text(lang, why).into())])
        }
        MilvusEvent::SnapshotMade { snapshot, segments, rows, .. } => lang.f(
            "mc-ev-snapshot",
            &[("n", (*snapshot).into()), ("segments", (*segments).into()), ("rows", (*rows).into())],
        ),
        MilvusEvent::SnapshotDropped { snapshot } => {
            lang.f("mc-ev-snapshot-dropped", &[("n", (*snapshot).into())])
        }
        MilvusEvent::SnapshotsListed { snapshots } => {
            let names = snapshots.iter().map(u64::to_string).collect::<Vec<_>>();
            lang.f(
                "mc-ev-snapshots",
                &[("n", (names.len() as u64).into()), ("names", super::list(lang, &names).into())],
            )
        }
        MilvusEvent::JobMoved { job, purpose, state, done, of, why } => {
            let key = if why.is_empty() { "mc-ev-job" } else { "mc-ev-job-failed" };
            let args = [
                ("job", name_text(lang, purpose, *job).into()),
                ("state", state_text(lang, state).into()),
                ("done", (*done).into()),
                ("of", (*of).into()),
                ("why", why_text(lang, why).into()),
            ];
            lang.f(key, &args)
        }
        MilvusEvent::PartBegan { job, part, rows } => {
            let part = u64::from(*part) + 1;
            let args = [
                ("pod", pod.into()),
                ("job", (*job).into()),
                ("part", part.into()),
                ("rows", (*rows).into()),
            ];
            lang.f("mc-ev-part", &args)
        }
        MilvusEvent::JobShown { job, rows } => {
            lang.f("mc-ev-job-shown", &[("job", (*job).into()), ("rows", (*rows).into())])
        }
        MilvusEvent::RowsDeleted { rows } => lang.f("mc-ev-deleted", &[("rows", (*rows).into())]),
        MilvusEvent::ObjectsLost { segments } => lang.f("mc-ev-objects-lost", &[("n", (*segments).into())]),
        _ => return None,
    })
}
