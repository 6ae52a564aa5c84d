//! The stage: both regions with the link between them, the DNS name above, the bucket and the operations panel below.
//!
//! Guarantees: [`stage`] draws one snapshot and nothing else, so that a test can show it without a worker; `LiveStage`
//! follows a session's snapshots. Leaves out: measurements (`rto_rpo`) and actions on the selection (`tools`).

use std::rc::Rc;

use yew::prelude::*;

use super::backups::{bucket, failover_box};
use super::region_actions::Spot;
use super::region_cards::{between, clients, lines, name, site};
use super::rto_rpo::struck;
use super::{facts, region};
use crate::ui::cluster::Pick;
use crate::ui::icons::ic;
use crate::ui::intent::Intent;
use crate::ui::use_lang;
use crate::web::session::{Session, Update};
use quorum_facade::snapshot::{RegionsFacts, Snapshot};
use quorum_i18n::{Lang, grouped};

/// The live stage's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct LiveProps {
    /// The session whose snapshots are drawn.
    pub(crate) session: Session,
    /// What is selected.
    pub(crate) pick: Option<Pick>,
    /// Called when something is selected.
    pub(crate) onpick: Callback<Option<Pick>>,
    /// Called with actions on the run.
    pub(crate) onintent: Callback<Intent>,
}

/// The stage, following every snapshot of a session.
#[component]
pub(crate) fn LiveStage(props: &LiveProps) -> Html {
    let lang = use_lang();
    let moment = use_state(|| props.session.moment());
    {
        let moment = moment.clone();
        use_effect_with(props.session.clone(), move |session| {
            moment.set(session.moment());
            let subscription = session.subscribe(move |update| {
                if let Update::Moment(now) = update {
                    moment.set(Some(Rc::clone(now)));
                }
            });
            move || drop(subscription)
        });
    }
    let (pick, onpick, onintent) = (props.pick, props.onpick.clone(), props.onintent.clone());
    let shown = (*moment).clone().map(|moment| stage(lang, &StageProps { moment, pick, onpick, onintent }));
    shown.unwrap_or_default()
}

/// The inputs of the stage.
#[derive(Default)]
pub struct StageProps {
    /// The snapshot.
    pub moment: Rc<Snapshot>,
    /// What is selected.
    pub pick: Option<Pick>,
    /// Called when something is selected.
    pub onpick: Callback<Option<Pick>>,
    /// Called with actions on the run.
    pub onintent: Callback<Intent>,
}

/// One snapshot of two regions.
pub fn stage(lang: Lang, props: &StageProps) -> Html {
    let StageProps { moment, pick, onpick, onintent } = props;
    let Some(facts) = facts(moment) else { return Html::default() };
    let spot = pick.and_then(Spot::of);
    let now = moment.t_us;
    html! {
        <div class="rg-stage" data-view="regions" data-dns={facts.dns.to_string()}>
            { banner(lang, facts) }
            <div class="rg-grid">
                { clients(lang, facts, 0) }
                { name(lang, facts, now) }
                { clients(lang, facts, 1) }
                { lines(facts) }
                { site(lang, facts, 0, spot, (onpick, onintent)) }
                { between(lang, facts, now, spot, onpick) }
                { site(lang, facts, 1, spot, (onpick, onintent)) }
                { bucket(lang, facts, now) }
                { failover_box(lang, facts, now) }
            </div>
        </div>
    }
}

/// The most severe problem, and what to do next; nothing when all is well.
fn banner(lang: Lang, facts: &RegionsFacts) -> Html {
    let Some((word, tone, title, text)) = bad_day(lang, facts) else { return Html::default() };
    // Data loss is announced at once, everything else politely.
    let role = if word == "split" { "alert" } else { "status" };
    html! {
        <div class={classes!("banner", tone)} {role} data-banner={word}>
            { ic("warn") }<p><b>{ title }</b>{ " " }<span>{ text }</span></p>
        </div>
    }
}

type BadDay = (&'static str, &'static str, String, String);

fn bad_day(lang: Lang, facts: &RegionsFacts) -> Option<BadDay> {
    let takes =
        |site: &quorum_facade::regions::snapshot::SiteFacts| site.alive && site.primary && !site.fenced;
    let primaries = facts.sites.iter().filter(|site| takes(site)).count();
    let day = |word: &'static str, tone: &'static str| {
        let (title, text) =
            (lang.f(&format!("rg-bad-{word}-title"), &[]), lang.f(&format!("rg-bad-{word}"), &[]));
        Some((word, tone, title, text))
    };
    let down = struck(facts).filter(|disaster| disaster.rto_us.is_none());
    let failed = facts.failover.ok == Some(false) && !facts.failover.running;
    if primaries > 1 {
        let split = [("n", grouped(facts.split_writes).into())];
        return Some(("split", "bn-gone", lang.t("rg-bad-split-title"), lang.f("rg-bad-split", &split)));
    }
    if facts.sites.len() > 1 && facts.sites.iter().all(|site| !site.alive) {
        return day("both", "bn-gone");
    }
    if failed && down.is_some() {
        return day("runbook", "bn-gone");
    }
    if let Some(disaster) = down {
        let hit = region(lang, disaster.region as usize);
        let what = if facts.failover.running { "rg-bad-switching" } else { "rg-bad-down" };
        let text = lang.f(what, &[("failed", disaster.failed.into())]);
        return Some(("down", "bn-open", lang.f("rg-bad-down-title", &[("region", hit.into())]), text));
    }
    if facts.link.gap {
        return day("gap", "bn-open");
    }
    None
}
