//! Events of two regions as sentences, and what the timeline marks.
//!
//! Guarantees: every narrated event has a sentence that says who, what and, where it failed, why and what to do; a
//! surprise is not narrated before it has an effect. Leaves out: which events are narrated (`quorum_facade::news`), and
//! other worlds' events.

use super::time::long;
use super::{collection, region};
use crate::ui::marks::RegionMark;
use quorum_facade::{Event, EventKind, FaultEvent, NetworkEvent, RegionEvent, ServiceEvent};
use quorum_i18n::{Arg, Lang, say_known};

/// The sentence for an event of two regions; none for an event that is not narrated.
pub fn sentence(lang: Lang, event: &Event) -> Option<String> {
    site_sentence(lang, event)
        .or_else(|| data_sentence(lang, &event.kind))
        .or_else(|| failover_sentence(lang, &event.kind))
        .or_else(|| service_sentence(lang, &event.kind))
}

fn who(lang: Lang, of: u32) -> (&'static str, Arg) {
    ("region", region(lang, of as usize).into())
}

/// A node by its region and its number there: Beijing's are 1 to 9, Shanghai's 11 to 19.
fn node(lang: Lang, event: &Event) -> [(&'static str, Arg); 2] {
    let id = event.node.unwrap_or_default();
    [who(lang, id / 10), ("n", (id % 10).into())]
}

/// Regions, the link, the DNS name, clients.
fn site_sentence(lang: Lang, event: &Event) -> Option<String> {
    Some(match &event.kind {
        EventKind::Region(RegionEvent::RegionLost { region, wiped: false }) => {
            lang.f("rg-ev-lost", &[who(lang, *region)])
        }
        EventKind::Region(RegionEvent::RegionLost { region, .. }) => {
            lang.f("rg-ev-wiped", &[who(lang, *region)])
        }
        EventKind::Region(RegionEvent::RegionReturned { region, records }) => {
            lang.f("rg-ev-returned", &[who(lang, *region), ("n", (*records).into())])
        }
        EventKind::Region(RegionEvent::RegionIsolated { region }) => {
            lang.f("rg-ev-isolated", &[who(lang, *region)])
        }
        EventKind::Region(RegionEvent::RegionLink { kb_s: 0 }) => lang.t("rg-ev-link-cut"),
        EventKind::Region(RegionEvent::RegionLink { kb_s }) => lang.f("rg-ev-link", &[("n", (*kb_s).into())]),
        EventKind::Network(NetworkEvent::NetworkHealed { .. }) => lang.t("rg-ev-healed"),
        EventKind::Fault(FaultEvent::Killed) => lang.f("rg-ev-node-killed", &node(lang, event)),
        EventKind::Fault(FaultEvent::Restarted) => lang.f("rg-ev-node-started", &node(lang, event)),
        EventKind::Region(RegionEvent::Promoted { region, epoch, lsn }) => lang
            .f("rg-ev-promoted", &[who(lang, *region), ("epoch", (*epoch).into()), ("lsn", (*lsn).into())]),
        EventKind::Region(RegionEvent::Demoted { region, epoch }) => {
            lang.f("rg-ev-demoted", &[who(lang, *region), ("epoch", (*epoch).into())])
        }
        EventKind::Region(RegionEvent::DnsChanged { region }) => lang.f("rg-ev-dns", &[who(lang, *region)]),
        EventKind::Region(RegionEvent::ClientMoved { client, region }) => {
            lang.f("rg-ev-client-moved", &[("client", (u64::from(*client) + 1).into()), who(lang, *region)])
        }
        _ => return None,
    })
}

/// Copies of the data: shipping, comparisons, backups, losses.
fn data_sentence(lang: Lang, kind: &EventKind) -> Option<String> {
    let backup = |n: u64| ("n", Arg::from(n));
    Some(match kind {
        EventKind::Region(RegionEvent::CountsSynced { collection: of, rows }) => {
            lang.f("rg-ev-counts", &[("name", collection(*of).into()), ("rows", (*rows).into())])
        }
        EventKind::Region(RegionEvent::Resynced { rows, .. }) => {
            lang.f("rg-ev-resynced", &[("rows", (*rows).into())])
        }
        EventKind::Region(RegionEvent::BackupBegan { backup: id, full: true }) => {
            lang.f("rg-ev-backup-began", &[backup(*id)])
        }
        EventKind::Region(RegionEvent::BackupBegan { backup: id, .. }) => {
            lang.f("rg-ev-backup-began-inc", &[backup(*id)])
        }
        EventKind::Region(RegionEvent::BackupEnded { backup: id, rows, mb, .. }) => lang.f(
            "rg-ev-backup-ended",
            &[backup(*id), ("rows", (*rows).into()), ("gb", (mb.div_ceil(1_000)).into())],
        ),
        EventKind::Region(RegionEvent::BackupFailed { backup: id, why }) => {
            lang.f("rg-ev-backup-failed", &[backup(*id), ("why", why_text(lang, why).into())])
        }
        EventKind::Region(RegionEvent::BackupPruned { backup: id }) => {
            lang.f("rg-ev-backup-pruned", &[backup(*id)])
        }
        EventKind::Region(RegionEvent::BackupRestored { backup: id, region, rows, took_us, .. }) => lang.f(
            "rg-ev-restored",
            &[
                backup(*id),
                who(lang, *region),
                ("rows", (*rows).into()),
                ("time", long(lang, *took_us).into()),
            ],
        ),
        EventKind::Region(RegionEvent::WriteDied { op, died }) => {
            lang.f("rg-ev-write-died", &[("op", (*op).into()), ("died", died_text(lang, died).into())])
        }
        EventKind::Region(RegionEvent::FailedBack { region, merged, discarded }) => lang.f(
            "rg-ev-failed-back",
            &[who(lang, *region), ("merged", (*merged).into()), ("discarded", (*discarded).into())],
        ),
        EventKind::Region(RegionEvent::LogDumped { region, after, records, missing, .. }) => lang.f(
            "rg-ev-dumped",
            &[
                who(lang, *region),
                ("lsn", (*after).into()),
                ("n", (*records).into()),
                ("missing", (*missing).into()),
            ],
        ),
        EventKind::Region(RegionEvent::MistakeMade { collection: of, rows }) => {
            lang.f("rg-ev-mistake", &[("name", collection(*of).into()), ("rows", (*rows).into())])
        }
        _ => return None,
    })
}

/// Operations: alerts, runbooks, surprises, configurations.
fn failover_sentence(lang: Lang, kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::Service(ServiceEvent::ProbeMissed { misses }) => {
            lang.f("rg-ev-missed", &[("n", (*misses).into())])
        }
        EventKind::Region(RegionEvent::AlertRaised { alert, channels }) => {
            lang.f("rg-ev-alert", &[("alert", alert_by(lang, alert, channels).into())])
        }
        EventKind::Region(RegionEvent::RunbookBegan { steps }) => {
            lang.f("rg-ev-runbook-began", &[("n", (*steps).into())])
        }
        EventKind::Region(RegionEvent::StepBegan { step, word }) => {
            let step = u64::from(*step) + 1;
            lang.f("rg-ev-step-began", &[("n", step.into()), ("step", step_text(lang, word).into())])
        }
        EventKind::Region(RegionEvent::StepEnded { step, word, ok: true, took_us, why })
            if !why.is_empty() =>
        {
            lang.f(
                "rg-ev-step-but",
                &[
                    ("n", (u64::from(*step) + 1).into()),
                    ("step", step_text(lang, word).into()),
                    ("time", long(lang, *took_us).into()),
                    ("why", why_text(lang, why).into()),
                ],
            )
        }
        EventKind::Region(RegionEvent::StepEnded { step, word, ok: true, took_us, .. }) => lang.f(
            "rg-ev-step-ended",
            &[
                ("n", (u64::from(*step) + 1).into()),
                ("step", step_text(lang, word).into()),
                ("time", long(lang, *took_us).into()),
            ],
        ),
        EventKind::Region(RegionEvent::StepEnded { step, word, why, .. }) => lang.f(
            "rg-ev-step-failed",
            &[
                ("n", (u64::from(*step) + 1).into()),
                ("step", step_text(lang, word).into()),
                ("why", why_text(lang, why).into()),
            ],
        ),
        EventKind::Region(RegionEvent::RunbookEnded { ok: true }) => lang.t("rg-ev-runbook-ended"),
        EventKind::Region(RegionEvent::RunbookEnded { .. }) => lang.t("rg-ev-runbook-failed"),
        EventKind::Region(RegionEvent::SurprisePrepared { .. }) => lang.t("rg-ev-surprise"),
        EventKind::Region(RegionEvent::SurpriseFelt { surprise }) => {
            lang.f("rg-ev-surprise-felt", &[("surprise", surprise_text(lang, surprise).into())])
        }
        EventKind::Region(RegionEvent::ConfigTaken { changed, keys }) if keys.is_empty() => {
            lang.f("rg-ev-config", &[("n", (*changed).into())])
        }
        EventKind::Region(RegionEvent::ConfigTaken { changed, keys }) => {
            lang.f("rg-ev-config-keys", &[("n", (*changed).into()), ("keys", keys.join(", ").into())])
        }
        _ => return None,
    })
}

/// What clients experienced.
fn service_sentence(lang: Lang, kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::Fault(FaultEvent::Opened { .. }) => lang.t("rg-ev-opened"),
        EventKind::Service(ServiceEvent::ServiceLost { .. }) => lang.t("rg-ev-service-lost"),
        EventKind::Service(ServiceEvent::ServiceRestored { rto_us, failed, .. }) => lang.f(
            "rg-ev-service-restored",
            &[("time", long(lang, *rto_us).into()), ("failed", (*failed).into())],
        ),
        _ => return None,
    })
}

/// The catalogue's text for a word of a family; the word itself where the catalogue has none.
fn family(lang: Lang, family: &str, word: &str) -> String {
    let key = format!("rg-{family}-{}", word.replace([' ', '_'], "-"));
    say_known(lang, &key, &[]).unwrap_or_else(|| word.replace('_', " "))
}

/// An alert's text.
pub fn alert_text(lang: Lang, alert: &str) -> String {
    family(lang, "alert", alert)
}

/// The channels of alerts by name.
pub fn channels_text(lang: Lang, channels: &[String]) -> String {
    let names: Vec<String> =
        channels.iter().map(|channel| lang.f(&format!("rg-channel-{channel}"), &[])).collect();
    super::list(lang, &names)
}

/// An alert's text, and the channels that it would go out by.
pub fn alert_by(lang: Lang, alert: &str, channels: &[String]) -> String {
    let said = alert_text(lang, alert);
    if channels.is_empty() {
        return lang.f("rg-alert-nobody", &[("alert", said.into())]);
    }
    let by = channels_text(lang, channels);
    lang.f("rg-alert-by", &[("alert", said.into()), ("channels", by.into())])
}

/// A runbook's name: a built-in one's own, or the name for a custom one.
pub fn book_text(lang: Lang, text: &str) -> String {
    let name = quorum_facade::regions::Runbook::parse(text).ok().and_then(|book| book.name());
    name.map_or_else(|| lang.t("rg-book-own"), |name| lang.f(&format!("rg-book-{name}"), &[]))
}

/// Why a step failed, and what to do about it.
pub fn why_text(lang: Lang, why: &str) -> String {
    family(lang, "why", why)
}

/// Where a write was lost.
pub fn died_text(lang: Lang, died: &str) -> String {
    family(lang, "died", died)
}

/// A step of a runbook.
pub fn step_text(lang: Lang, word: &str) -> String {
    family(lang, "step", word)
}

/// What a surprise was.
pub fn surprise_text(lang: Lang, surprise: &str) -> String {
    family(lang, "s", surprise)
}

/// What a write did.
pub fn change_text(lang: Lang, change: &str) -> String {
    family(lang, "change", change)
}

/// Whether an event can only come from two regions.
pub(crate) fn tells_regions(kind: &EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Region(RegionEvent::RowWritten { .. })
            | K::Region(RegionEvent::ReadEnd { .. })
            | K::Region(RegionEvent::BackupBegan { .. })
            | K::Region(RegionEvent::RegionLost { .. })
            | K::Region(RegionEvent::ClientMoved { .. })
    )
}

/// Whether an event only repeats the previous one.
pub(crate) fn repeats(last: &EventKind, next: &EventKind) -> bool {
    use EventKind as K;
    match (last, next) {
        (
            K::Region(RegionEvent::WriteDied { died, .. }),
            K::Region(RegionEvent::WriteDied { died: again, .. }),
        ) => died == again,
        (
            K::Region(RegionEvent::ClientMoved { region, .. }),
            K::Region(RegionEvent::ClientMoved { region: again, .. }),
        ) => region == again,
        _ => false,
    }
}

/// What the timeline marks.
pub(crate) fn mark(kind: &EventKind) -> Option<RegionMark> {
    use EventKind as K;
    Some(match kind {
        K::Region(RegionEvent::RegionLost { region, .. }) => RegionMark::Lost(*region),
        K::Region(RegionEvent::RegionReturned { region, .. }) => RegionMark::Returned(*region),
        K::Region(RegionEvent::RegionIsolated { .. }) => RegionMark::Cut,
        K::Region(RegionEvent::RegionLink { kb_s }) if *kb_s < 100 => RegionMark::Cut,
        K::Region(RegionEvent::RegionLink { .. }) => RegionMark::Healed,
        K::Region(RegionEvent::Promoted { region, .. }) => RegionMark::Promoted(*region),
        K::Region(RegionEvent::DnsChanged { region }) => RegionMark::Dns(*region),
        K::Region(RegionEvent::BackupEnded { backup, .. }) => RegionMark::Backup(*backup),
        K::Region(RegionEvent::BackupFailed { backup, .. }) => RegionMark::BackupFailed(*backup),
        K::Region(RegionEvent::MistakeMade { .. }) => RegionMark::Mistake,
        _ => return None,
    })
}

/// How a mark is drawn: tone, icon, words.
pub(crate) fn mark_text(lang: Lang, mark: RegionMark) -> (&'static str, &'static str, String) {
    let of = |region: u32| [who(lang, region)];
    match mark {
        RegionMark::Lost(region) => ("mk-gone", "kill", lang.f("rg-mark-lost", &of(region))),
        RegionMark::Returned(region) => ("mk-kept", "restart", lang.f("rg-mark-returned", &of(region))),
        RegionMark::Cut => ("mk-apart", "cut", lang.t("rg-mark-cut")),
        RegionMark::Healed => ("mk-kept", "heal", lang.t("rg-mark-healed")),
        RegionMark::Promoted(region) => ("mk-crown", "crown", lang.f("rg-mark-promoted", &of(region))),
        RegionMark::Dns(region) => ("", "right", lang.f("rg-mark-dns", &of(region))),
        RegionMark::Backup(n) => ("", "disk", lang.f("rg-mark-backup", &[("n", n.into())])),
        RegionMark::BackupFailed(n) => {
            ("mk-gone", "disk", lang.f("rg-mark-backup-failed", &[("n", n.into())]))
        }
        RegionMark::Mistake => ("mk-gone", "warn", lang.t("rg-mark-mistake")),
    }
}
