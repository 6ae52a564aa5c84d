//! The lower half of the stage: the bucket with its backups, the operations panel with the runbook and the alerts.
//!
//! Guarantees: a backup shows only what is known of it: a damaged one looks like any other until it has been read.
//! Leaves out: writing runbooks (`runbook`).

use yew::prelude::*;

use super::narrate::{alert_by, book_text, channels_text, step_text, why_text};
use super::time::{long, minute};
use super::value_of;
use crate::ui::icons::ic;
use quorum_facade::regions::runbook::Runbook;
use quorum_facade::regions::settings::CHANNELS;
use quorum_facade::regions::snapshot::{AlertFacts, BackupFacts, BackupState, RunbookStep};
use quorum_facade::snapshot::RegionsFacts;
use quorum_i18n::Lang;
use quorum_types::Micros;

/// Maximum number of backups drawn, the newest ones.
const TILES: usize = 40;
/// Maximum number of alerts listed, the newest ones.
const ALERTS: usize = 4;

/// How a state is written.
pub(super) fn state_word(state: BackupState) -> &'static str {
    match state {
        BackupState::Writing => "writing",
        BackupState::Unverified => "unverified",
        BackupState::Verified => "verified",
        BackupState::Bad => "bad",
        BackupState::Failed => "failed",
    }
}

/// The bucket.
pub(super) fn bucket(lang: Lang, facts: &RegionsFacts, now: Micros) -> Html {
    let skip = facts.backups.len().saturating_sub(TILES);
    let tile = |backup: &BackupFacts| {
        let word = state_word(backup.state);
        let kind = if backup.full { lang.t("rg-full") } else { lang.t("rg-incremental") };
        let label = lang.f(
            "rg-backup-aria",
            &[
                ("n", backup.id.into()),
                ("kind", kind.into()),
                ("time", minute(lang, backup.as_of_us).into()),
                ("gb", format!("{:.1}", backup.gb).into()),
                ("state", lang.f(&format!("rg-backup-{word}"), &[]).into()),
            ],
        );
        html! {
            <li key={backup.id}
                class={classes!("rg-t", format!("rg-t-{word}"), (!backup.full).then_some("rg-t-inc"))}
                data-backup={backup.id.to_string()}
                data-state={word} title={label.clone()}><span class="vh">{ label }</span></li>
        }
    };
    let usable = |backup: &&BackupFacts| {
        !matches!(backup.state, BackupState::Writing | BackupState::Bad | BackupState::Failed)
    };
    let newest = facts.backups.iter().rev().find(usable);
    let age = newest.map(|backup| {
        let state = lang.f(&format!("rg-backup-{}", state_word(backup.state)), &[]);
        let age = long(lang, now.saturating_sub(backup.as_of_us));
        lang.f("rg-newest", &[("age", age.into()), ("state", state.into())])
    });
    html! {
        <section class="rg-box rg-bucket" data-view="bucket" data-backups={facts.backups.len().to_string()}>
            <h3>{ ic("disk") }{ lang.t("rg-bucket") }
                <span class="num">
                    { lang.f(
                        "rg-backups-n",
                        &[
                            ("n", facts.backups.len().into()),
                            ("days", value_of(facts, "retention_days").into())
                        ]
                    ) }
                </span>
                if let Some(next) =
                    facts.next_backup_us {
                        <span class="num rg-next">
                            { lang.f("rg-next-backup", &[("time", minute(lang, next).into())]) }
                        </span>
                    }
            </h3>
            <ol class="rg-tiles">{ for facts.backups[skip..].iter().map(tile) }</ol>
            <p class="fine">{ age.unwrap_or_else(|| lang.t("rg-no-backup")) }</p>
        </section>
    }
}

/// The operations panel: the health checks, the progress of the runbook's steps, the alerts.
pub(super) fn failover_box(lang: Lang, facts: &RegionsFacts, now: Micros) -> Html {
    let failover = &facts.failover;
    let limit = value_of(facts, "failure_threshold");
    let waits = failover.steps.is_empty();
    let head = match (waits, failover.running, failover.ok) {
        (true, _, _) => lang.t("rg-failover-waits"),
        (_, true, _) => {
            lang.f("rg-failover-runs", &[("time", long(lang, now.saturating_sub(failover.began_us)).into())])
        }
        (_, _, Some(false)) => lang.t("rg-failover-failed"),
        _ => lang.t("rg-failover-done"),
    };
    let ready: Vec<&'static str> = match Runbook::parse(&facts.runbook) {
        Ok(runbook) if waits => runbook.steps.iter().map(|step| step.word()).collect(),
        _ => Vec::new(),
    };
    let misses = lang.f("rg-checks", &[("n", facts.misses.into()), ("of", limit.into())]);
    let last = facts.alerts.iter().rev().take(ALERTS);
    let alert = |alert: &AlertFacts| {
        html! {
            <li data-alert={alert.alert.clone()}>
                <b class="num">{ minute(lang, alert.t_us) }</b>
                <span>{ alert_by(lang, &alert.alert, &alert.channels) }</span>
            </li>
        }
    };
    html! {
        <section class="rg-box rg-failover" data-view="failover" data-running={failover.running.to_string()}
            data-ok={failover.ok.map(|ok| ok.to_string())}>
            <h3>{ ic("list") }{ lang.t("rg-failover") }<span>{ head }</span>
                <span class="rg-checks" role="img" aria-label={misses.clone()} title={misses}>
                    {
                        for (0..limit.min(10))
                            .map(
                                |n| html! {
                                    <i class={classes!((n < u64::from(facts.misses)).then_some("x"))} />
                                }
                            )
                    }
                </span>
            </h3>
            <ol class="rg-steps">
                { for failover.steps.iter().enumerate().map(|(n, step)| one_step(lang, n, step, now)) }
                {
                    for ready.into_iter().enumerate()
                        .map(
                            |(
                                n,
                                word
                            )| html! {
                                <li class="rg-todo">
                                    <i>{ n + 1 }</i>
                                    <span>{ step_text(lang, word) }</span>
                                </li>
                            }
                        )
                }
            </ol>
            if let Some(step) = failover.steps.iter().find(|step| step.ok == Some(false)) {
                <p class="rg-why v-gone" data-why={step.why.clone()}>{ ic("cross") }{ why_text(lang, &step.why) }</p>
            }
            <p class="fine" data-view="book-in-force"
                data-book={Runbook::parse(&facts.runbook).ok().and_then(|book| book.name())}>
                { lang.f("rg-failover-book", &[("name", book_text(lang, &facts.runbook).into())]) }</p>
            <p class="fine" data-view="channels">{ channels(lang, facts) }</p>
            if !facts.alerts.is_empty() {
                <ul class="rg-alerts" aria-label={lang.t("rg-alerts")}>{ for last.map(alert) }</ul>
            }
        </section>
    }
}

/// The channels that alerts would go out by.
fn channels(lang: Lang, facts: &RegionsFacts) -> String {
    let open = CHANNELS.iter().filter(|(_, setting)| value_of(facts, setting) == 1);
    let open: Vec<String> = open.map(|(word, _)| (*word).to_owned()).collect();
    if open.is_empty() {
        return lang.t("rg-alerts-none");
    }
    lang.f("rg-alerts-how", &[("channels", channels_text(lang, &open).into())])
}

fn one_step(lang: Lang, n: usize, step: &RunbookStep, now: Micros) -> Html {
    let (word, sign) = match (step.began_us, step.ok) {
        (_, Some(true)) => ("done", Some("check")),
        (_, Some(false)) => ("failed", Some("cross")),
        (Some(_), None) => ("runs", None),
        (None, None) => ("todo", None),
    };
    let took = step.began_us.map(|began| step.ended_us.unwrap_or(now).saturating_sub(began));
    let said = lang.f(&format!("rg-step-is-{word}"), &[]);
    html! {
        <li key={n} class={format!("rg-{word}")} data-step={step.step.word()} data-state={word}>
            <i>if let Some(sign) = sign { { ic(sign) } } else { { n + 1 } }</i>
            <span>{ step_text(lang, step.step.word()) }<span class="vh">{ said }</span></span>
            if let Some(took) = took { <small class="num">{ long(lang, took) }</small> }
            if let Some(as_of) = step.evidence_us {
                <small class="rg-evidence">{ lang.f("rg-evidence", &[("time", minute(lang, as_of).into())]) }</small>
            }
            if step.ok == Some(true) && !step.why.is_empty() {
                <small class="rg-evidence v-open" data-but={step.why.clone()}>{ why_text(lang, &step.why) }</small>
            }
        </li>
    }
}
