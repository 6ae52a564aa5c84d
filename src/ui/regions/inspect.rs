//! The inspector of two regions: a region and its lag, a backup, a client's resolver.
//!
//! Guarantees: figures come from the running regions; of a backup's condition only what is known is shown. Leaves out:
//! asking (`ui/inspect`).

use yew::prelude::*;

use super::backups::state_word;
use super::region_actions::Spot;
use super::time::{long, minute};
use super::{collection, facts, region};
use crate::ui::format::bytes;
use crate::ui::inspect::{
    Chosen, Looking, figures, folded, frame, nothing, part, sign, use_chosen, use_look, waiting, yes_no,
};
use crate::ui::use_lang;
use quorum_facade::inspect::{BackupDetail, Inspected, ResolverDetail, SiteDetail, Target};
use quorum_facade::snapshot::RegionsFacts;
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// How many backups are listed, the newest first.
const LISTED: usize = 12;

/// What is selected, in detail, with lists of what else can be looked into.
#[component]
pub(crate) fn RegionInspector(props: &Looking) -> Html {
    let lang = use_lang();
    let own = match props.pick.and_then(Spot::of) {
        Some(Spot::Region(region) | Spot::Node(region, _)) => Some(Target::Site(region as u32)),
        _ => None,
    };
    let Chosen { target, onchoose, onclose } = use_chosen(props, own);
    let look = use_look(props, target);
    let Some(now) = facts(&props.now) else { return Html::default() };
    let lists = html! { <>{ backups(lang, now, &onchoose) }{ resolvers(lang, now, &onchoose) }</> };
    let Some(target) = target else {
        return nothing(lang, lang.t("rg-in-hint"), lists);
    };
    let at = props.now.t_us;
    let (title, note, body) = match look.as_ref().and_then(|look| look.facts.as_deref()) {
        Some(Inspected::Site(site)) => {
            let role = if site.primary { lang.t("rg-in-primary") } else { lang.t("rg-in-standby") };
            (region(lang, site.site as usize), role, one_site(lang, site, at))
        }
        Some(Inspected::Backup(backup)) => (
            lang.f("rg-in-backup", &[("n", backup.id.into())]),
            lang.f(&format!("rg-backup-{}", state_word(backup.state)), &[]),
            one_backup(lang, backup, at),
        ),
        Some(Inspected::Resolver(resolver)) => (
            client_name(lang, resolver.client, resolver.place),
            String::new(),
            one_resolver(lang, resolver, at),
        ),
        _ => (lang.t("in-title"), String::new(), waiting(lang, look.as_ref())),
    };
    let word = match target {
        Target::Site(site) => format!("site-{site}"),
        Target::Backup(id) => format!("backup-{id}"),
        Target::Resolver(client) => format!("resolver-{client}"),
        _ => String::new(),
    };
    frame(lang, (title, note), word, onclose, html! { <>{ body }{ lists }</> })
}

fn client_name(lang: Lang, client: u32, place: u32) -> String {
    lang.f("rg-in-client", &[("n", (client + 1).into()), ("place", region(lang, place as usize).into())])
}

fn backups(lang: Lang, facts: &RegionsFacts, onchoose: &Callback<Target>) -> Html {
    let listed = facts.backups.iter().rev().take(LISTED).map(|backup| {
        let kind = if backup.full { lang.t("rg-full") } else { lang.t("rg-incremental") };
        let name = lang.f("rg-in-backup", &[("n", backup.id.into())]);
        (backup.id, format!("{name} · {kind} · {}", minute(lang, backup.as_of_us)))
    });
    folded(lang.t("rg-in-backups"), listed.collect(), "backup", &onchoose.reform(Target::Backup))
}

fn resolvers(lang: Lang, facts: &RegionsFacts, onchoose: &Callback<Target>) -> Html {
    let listed = facts.clients.iter().enumerate().map(|(at, client)| {
        let names = region(lang, client.resolved as usize);
        (at as u64, format!("{} → {names}", client_name(lang, at as u32, client.place)))
    });
    let onresolver = onchoose.reform(|client: u64| Target::Resolver(client as u32));
    folded(lang.t("rg-in-resolvers"), listed.collect(), "resolver", &onresolver)
}

/// How long until a moment, or how long ago it was.
fn until(lang: Lang, at: Micros, now: Micros) -> String {
    if at > now {
        lang.f("rg-in-left", &[("left", long(lang, at - now).into()), ("at", minute(lang, at).into())])
    } else {
        lang.f("rg-in-over", &[("ago", long(lang, now - at).into()), ("at", minute(lang, at).into())])
    }
}

fn one_site(lang: Lang, site: &SiteDetail, now: Micros) -> Html {
    let mut rows = vec![
        (lang.t("rg-in-epoch"), grouped(site.epoch)),
        (lang.t("rg-in-fenced"), yes_no(lang, site.fenced)),
        (lang.t("rg-in-draining"), yes_no(lang, site.draining)),
        (lang.t("rg-in-lsn"), grouped(site.lsn)),
        (
            lang.t("rg-in-kept"),
            lang.f(
                "rg-in-kept-n",
                &[("n", grouped(site.kept.0).into()), ("after", grouped(site.kept.1).into())],
            ),
        ),
        (lang.t("rg-in-named-by"), grouped(u64::from(site.named_by))),
    ];
    if let Some(lease) = site.lease_until_us {
        rows.push((lang.t("rg-in-lease"), until(lang, lease, now)));
    }
    let lag = vec![
        (lang.t("rg-in-other"), grouped(site.other_lsn)),
        (lang.t("rg-in-applied"), grouped(site.applied_lsn)),
        (lang.t("rg-in-unsent"), grouped(site.lacks.0)),
        (lang.t("rg-in-under-way"), grouped(site.lacks.1)),
        (lang.t("rg-in-lag"), long(lang, site.lag_us)),
        (lang.t("rg-in-gap"), yes_no(lang, site.gap)),
    ];
    html! { <>{ figures(rows) }{ part(lang.t("rg-in-follows"), figures(lag)) }</> }
}

fn one_backup(lang: Lang, backup: &BackupDetail, now: Micros) -> Html {
    let kind = if backup.full { lang.t("rg-full") } else { lang.t("rg-incremental") };
    let chain = if backup.chain.is_empty() {
        lang.t("rg-in-chain-broken")
    } else {
        backup.chain.iter().map(|id| format!("#{id}")).collect::<Vec<_>>().join(" → ")
    };
    let gb = |mb: u64| lang.f("rg-in-gb", &[("n", format!("{:.1}", mb as f64 / 1e3).into())]);
    let mut rows = vec![
        (lang.t("rg-in-kind"), kind),
        (lang.t("rg-in-of"), region(lang, backup.region as usize)),
        (lang.t("rg-in-as-of"), until(lang, backup.as_of_us, now)),
        (lang.t("rg-in-size"), gb(backup.mb)),
        (
            lang.t("rg-in-files"),
            lang.f(
                "rg-in-files-n",
                &[("n", backup.files.0.into()), ("bytes", bytes(lang, backup.files.1).into())],
            ),
        ),
        (lang.t("rg-in-upto"), grouped(backup.lsn)),
        (lang.t("rg-in-chain"), chain),
        (lang.t("rg-in-chain-size"), gb(backup.chain_mb)),
        (lang.t("rg-in-continues"), yes_no(lang, backup.continues)),
    ];
    if !backup.full {
        rows.push((lang.t("rg-in-records"), grouped(backup.records)));
    }
    let holds = backup.rows.iter().enumerate();
    let holds = holds.map(|(at, rows)| (collection(at as u32).to_owned(), grouped(*rows)));
    html! { <>{ figures(rows) }{ part(lang.t("rg-in-holds"), figures(holds.collect())) }</> }
}

fn one_resolver(lang: Lang, resolver: &ResolverDetail, now: Micros) -> Html {
    let name = |to: Option<u32>| region(lang, to.map_or(usize::MAX, |to| to as usize));
    let holds = resolver.holds();
    let word = if holds { lang.t("rg-in-true") } else { lang.t("rg-in-untrue") };
    let rows = vec![
        (lang.t("rg-in-names"), name(resolver.names)),
        (lang.t("rg-in-record"), name(resolver.record)),
        (lang.t("rg-in-until"), until(lang, resolver.until_us, now)),
        (lang.t("rg-in-stubborn"), yes_no(lang, resolver.stubborn)),
        (lang.t("rg-in-sent-to"), region(lang, resolver.sent_to as usize)),
        (lang.t("rg-in-answered"), yes_no(lang, resolver.answered)),
    ];
    html! {
       <>
           <p class="insp-v" data-holds={holds.to_string()}>{ sign(holds, String::new()) }{ " " }{ word }</p>
           { figures(rows) }
       </>
    }
}
