//! The tools: actions on the selection and on the whole; and the instruments in one line.
//!
//! Guarantees: an action that makes no sense now is not offered; each tool has a key. Leaves out: runbooks and
//! configurations, which have their own editors.

use std::rc::Rc;

use yew::prelude::*;

use super::narrate::surprise_text;
use super::region_actions::{Possible, Spot, possible};
use super::region_cards::standing;
use super::rto_rpo::{outage, rpo_so_far};
use super::time::long;
use super::{collection, facts, region};
use crate::ui::barred::barred;
use crate::ui::cluster::Pick;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::intent::{Intent, RegionIntent};
use quorum_facade::regions::action::Surprise;
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::{Lang, grouped};

/// The inputs of the tools.
#[derive(PartialEq)]
pub struct ToolsProps {
    /// The snapshot.
    pub now: Rc<Snapshot>,
    /// What is selected.
    pub pick: Option<Pick>,
    /// Whether the run accepts commands.
    pub running: bool,
    /// Called with the chosen action.
    pub onintent: Callback<Intent>,
}

/// The tools.
pub fn tools(lang: Lang, props: &ToolsProps) -> Html {
    let ToolsProps { now, pick, running, onintent } = props;
    let Some(facts) = facts(now) else { return Html::default() };
    let spot = pick.and_then(Spot::of);
    let Possible { lose, back, wipe, cut, slow, heal } = possible(facts, spot);
    let button = |word: &'static str,
                  icon: &'static str,
                  label: String,
                  key: &'static str,
                  action: Option<RegionIntent>| {
        let action = action.filter(|_| *running);
        let onclick = {
            let onintent = onintent.clone();
            Callback::from(move |_: MouseEvent| {
                if let Some(action) = action {
                    onintent.emit(Intent::Region(action));
                }
            })
        };
        let why = barred(lang, action.map(Intent::Region), false);
        html! {
            <li>
                <button type="button" class="tool" data-act={word}
                    aria-disabled={inert(action.is_none() || why.is_some())} data-barred={why.as_ref().map(|_| "")}
                    aria-description={why.clone()} title={why} aria-keyshortcuts={key} {onclick}>
                { ic(icon) }<span class="tool-t">{ label }</span><kbd aria-hidden="true">{ key }</kbd>
            </button></li>
        }
    };
    html! {
        <section class="tools rg-tools" aria-label={lang.t("tools-region")} data-view="region-tools">
            <ul>
                { button("lose", "kill", lang.t("rg-tool-lose"), "K", lose) }
                { button("return", "restart", lang.t("rg-tool-return"), "R", back) }
                { button("wipe", "disk", lang.t("rg-tool-wipe"), "W", wipe) }
                { button(
                    "isolate",
                    "cut",
                    if spot == Some(Spot::Link) { lang.t("rg-tool-cut") } else { lang.t("rg-tool-isolate") },
                    "X",
                    cut
                ) }
                { button("slow", "pause", lang.t("rg-tool-slow"), "L", slow) }
                { button("heal", "heal", lang.t("rg-tool-heal"), "H", heal) }
                { button("backup", "down", lang.t("rg-tool-backup"), "B", Some(RegionIntent::Backup)) }
                { button("switchover", "right", lang.t("rg-tool-switchover"), "S", Some(RegionIntent::Switchover)) }
                { button("failover", "warn", lang.t("rg-tool-failover"), "F", Some(RegionIntent::Failover)) }
                { button("run", "list", lang.t("rg-tool-run"), "O", Some(RegionIntent::Run)) }
                { more(lang, *running, onintent) }
            </ul>
            <p class="tools-s" aria-live="polite">{ picked(lang, now, spot) }</p>
        </section>
    }
}

/// Less common tools: mistakes, surprises, the way back.
fn more(lang: Lang, running: bool, onintent: &Callback<Intent>) -> Html {
    let button = |word: String, label: String, action: RegionIntent| {
        let onclick = onintent.reform(move |_: MouseEvent| Intent::Region(action));
        let why = barred(lang, running.then_some(Intent::Region(action)), false);
        html! {
            <button class="btn" type="button" data-act={word} aria-disabled={inert(!running || why.is_some())}
                data-barred={why.as_ref().map(|_| "")} aria-description={why.clone()} title={why} {onclick}>
                { label }
            </button>
        }
    };
    let at_random = onintent.reform(|_: MouseEvent| {
        // Chosen at random in the page, so that the learner does not know it; the run records it as a command, and
        // replays it.
        let n = (js_sys::Math::random() * Surprise::ALL.len() as f64) as usize;
        Intent::Region(RegionIntent::Surprise(Surprise::ALL[n.min(Surprise::ALL.len() - 1)]))
    });
    html! {
        <li class="more">
            <details>
                <summary class="tool" data-act="more">
                    { ic("list") }
                    <span class="tool-t">{ lang.t("tool-more") }</span>
                </summary>
                <div class="more-x" data-view="more" role="group" aria-label={lang.t("tool-more")}>
                    <h3 class="h-inst">{ lang.t("rg-more-back") }</h3>
                    <div class="more-r">
                        { button("merge-back".to_owned(), lang.t("rg-merge-back"), RegionIntent::MergeBack) }
                        { button("fail-back".to_owned(), lang.t("rg-fail-back"), RegionIntent::FailBack) }
                    </div>
                    <p class="fine">{ lang.t("rg-more-back-s") }</p>
                    <h3 class="h-inst">{ lang.t("rg-more-mistake") }</h3>
                    <div class="more-r">
                        {
                            for (0..3)
                                .map(
                                    |n| button(
                                        format!("mistake-{n}"),
                                        collection(n as u32).to_owned(),
                                        RegionIntent::Mistake(n)
                                    )
                                )
                        }
                    </div>
                    <h3 class="h-inst">{ lang.t("rg-more-surprise") }</h3>
                    <div class="more-r">
                        <button class="btn btn-go" type="button" data-act="surprise-random"
                            aria-disabled={inert(!running)} onclick={at_random}>
                            { lang.t("rg-surprise-random") }
                        </button>
                        {
                            for Surprise::ALL.into_iter()
                                .map(
                                    |one| button(
                                        format!("surprise-{}", one.word()),
                                        surprise_text(lang, one.word()),
                                        RegionIntent::Surprise(one)
                                    )
                                )
                        }
                    </div>
                    <p class="fine">{ lang.t("rg-more-surprise-s") }</p>
                </div>
            </details>
        </li>
    }
}

/// The selection, and its state.
fn picked(lang: Lang, now: &Snapshot, spot: Option<Spot>) -> Html {
    let Some(facts) = facts(now) else { return Html::default() };
    let (head, note) = match spot {
        None => (lang.t("rg-pick"), lang.t("rg-pick-keys")),
        Some(Spot::Link) => (lang.t("rg-link"), lang.t("rg-pick-link")),
        Some(Spot::Region(of)) => {
            let state = facts.sites.get(of).map(standing).unwrap_or("dark");
            (region(lang, of), lang.f(&format!("rg-is-{state}"), &[]))
        }
        Some(Spot::Node(of, node)) => (
            lang.f("rg-node", &[("region", region(lang, of).into()), ("n", (node + 1).into())]),
            lang.t("rg-pick-node"),
        ),
    };
    html! { <>{ head }{ " " }<small>{ note }</small></> }
}

/// The instruments in one line.
pub fn vitals(lang: Lang, now: &Rc<Snapshot>) -> Html {
    let Some(facts) = facts(now) else { return Html::default() };
    let hour = 3_600e6;
    let part = |value: f64, target: f64| format!("--v:{:.1}%", (value / target * 100.0).min(100.0));
    let one = |label: String, value: String, beside: String, style: String| {
        html! {
            <div class="vt"><h2>{ label }</h2><p><b class="num">{ value }</b>{ " " }<small>{ beside }</small></p>
                <span class="vt-bar" {style} aria-hidden="true"><i /></span></div>
        }
    };
    let rto = outage(facts, now.t_us).map(|(us, _)| us);
    let rpo = rpo_so_far(facts);
    let serving = facts.sites.iter().position(|site| site.alive && site.primary && !site.fenced);
    let who = serving.map_or_else(
        || lang.t("rg-nobody"),
        |of| lang.f("rg-serving", &[("region", region(lang, of).into())]),
    );
    let figure = |us: Option<u64>| us.map_or_else(|| "—".to_owned(), |us| long(lang, us));
    html! {
        <section class="vitals" aria-label={lang.t("vitals-region")}>
            <div class="vt vt-q">
                <p>
                    { who }
                    { " · " }
                    { lang.f("rg-vital-lag", &[("time", long(lang, facts.link.lag_us).into())]) }
                </p>
            </div>
            { one("RTO".to_owned(), figure(rto), "< 1 h".to_owned(), part(rto.unwrap_or(0) as f64, hour)) }
            { one("RPO".to_owned(), figure(rpo), "< 1 h".to_owned(), part(rpo.unwrap_or(0) as f64, hour)) }
            { one(
                lang.t("rg-lost-writes"),
                grouped(facts.lost_total),
                String::new(),
                part(facts.lost_total as f64, 1.0)
            ) }
        </section>
    }
}
