//! The rules of Raft with a switch each, and the search for a schedule that shows what a rule is for.
//!
//! Guarantees: a switch shows the run's state and nothing else; a search reports how much it tried and what it found,
//! and never claims that there is nothing to find. Leaves out: searching (`facade::swarm`), and what a schedule does
//! (`actions`).

use std::rc::Rc;

use yew::prelude::*;

use super::inert::inert;
use super::intent::Intent;
use super::narrate::{invariant, invariant_sentence};
use super::schedule;
use crate::web::address::{Address, replay_at};
use crate::web::schedule_text::schedule;
use crate::web::wire::{FoundSchedule, SearchFacts};
use quorum_facade::{RULES, Rule, RuleFacts};
use quorum_i18n::Lang;

/// The inputs of the rules' panel.
#[derive(PartialEq)]
pub struct RulesProps {
    /// Names of the rules that are off.
    pub off: Vec<String>,
    /// Whether the list is expanded.
    pub open: bool,
    /// The rule whose details are shown.
    pub picked: Option<Rule>,
    /// The last search.
    pub search: Option<Rc<SearchFacts>>,
    /// Whether the run accepts commands.
    pub running: bool,
    /// Language, theme and size, for links.
    pub address: Address,
    /// Called with the chosen action.
    pub onintent: Callback<Intent>,
}

/// The panel.
pub fn rules(lang: Lang, props: &RulesProps) -> Html {
    let RulesProps { off, open, onintent, running, .. } = props;
    let count = match off.len() {
        0 => lang.f("rules-all-on", &[("n", RULES.len().into())]),
        n => lang.f("rules-off", &[("n", n.into())]),
    };
    let (fold, all_on) =
        (onintent.reform(|_: MouseEvent| Intent::FoldRules), onintent.reform(|_| Intent::RulesOn));
    html! {
        <section class="gauge" data-view="rules" data-off={off.len().to_string()}>
            <h2 class="h-inst">
                <button class="linkbtn fold" type="button" data-act="rules" aria-expanded={open.to_string()}
                    onclick={fold}>
                    { lang.t("rules-title") }
                </button>
                <span class={classes!("num", (!off.is_empty()).then_some("v-gone"))}>{ count }</span>
            </h2>
            if *open {
                <p class="fine">{ lang.t("rules-lead") }</p>
                if !off.is_empty() {
                    <button class="btn" type="button" data-act="rules-on" aria-disabled={inert(!running)}
                        onclick={all_on}>
                        { lang.t("rules-on") }
                    </button>
                }
                <ul class="rules">{ for RULES.iter().map(|facts| one(lang, props, facts)) }</ul>
                <div class="rule-all">
                    { search_button(lang, props, None) }
                    { search(lang, props, None) }
                </div>
            }
        </section>
    }
}

/// A rule: its switch, its name, and its purpose while its details are shown.
fn one(lang: Lang, props: &RulesProps, facts: &'static RuleFacts) -> Html {
    let RuleFacts { rule, name, breaks } = *facts;
    let on = !props.off.iter().any(|off| off == name);
    let picked = props.picked == Some(rule);
    let label = lang.f(&format!("rule-{name}"), &[]);
    let switch = props.onintent.reform(move |_: MouseEvent| Intent::Rule(rule, !on));
    let look = props.onintent.reform(move |_: MouseEvent| Intent::PickRule(rule));
    html! {
        <li class={classes!("rule", (!on).then_some("rule-off"), picked.then_some("rule-sel"))} data-rule={name}>
            <button class="switch" type="button" role="switch" data-act="rule" aria-checked={on.to_string()}
                aria-label={label.clone()} aria-disabled={inert(!props.running)} onclick={switch}><i /></button>
            <button class="rule-n" type="button" data-act="rule-more" aria-expanded={picked.to_string()} onclick={look}>
                <span>{ label }</span>
                if !on { <small>{ lang.t("rule-is-off") }</small> }
            </button>
            if picked {
                <div class="rule-x">
                    <p>{ lang.f(&format!("why-{name}"), &[]) }</p>
                    <p class="fine">
                        { lang.f(
                            "rule-breaks",
                            &[
                                ("invariant", invariant(lang, breaks).into()),
                                ("sentence", invariant_sentence(lang, breaks).into())
                            ]
                        ) }
                    </p>
                    { search_button(lang, props, Some(rule)) }
                    { search(lang, props, Some(rule)) }
                </div>
            }
        </li>
    }
}

/// The button that starts, continues or stops a search.
fn search_button(lang: Lang, props: &RulesProps, rule: Option<Rule>) -> Html {
    let mine = props.search.as_ref().filter(|search| search.rule == rule);
    if mine.is_some_and(|search| search.running) {
        let stop = props.onintent.reform(|_: MouseEvent| Intent::StopScheduleSearch);
        return html! {
            <button class="btn" type="button" data-act="find-stop" onclick={stop}>
                { lang.t("find-stop") }
            </button>
        };
    }
    let begin = props.onintent.reform(move |_: MouseEvent| Intent::ScheduleSearch(rule));
    let text = match (mine, rule) {
        (Some(_), _) => lang.t("find-again"),
        (None, Some(_)) => lang.t("find-begin"),
        (None, None) => lang.t("find-all"),
    };
    html! {
        <button class={classes!("btn", rule.is_some().then_some("btn-go"))} type="button"
            data-act={if rule.is_some() { "find" } else { "find-all" }}
            aria-disabled={inert(!props.running)} onclick={begin}>{ text }</button>
    }
}

/// The state of a search: running, shrinking its finding, or complete.
fn search(lang: Lang, props: &RulesProps, rule: Option<Rule>) -> Html {
    let Some(search) = props.search.as_ref().filter(|search| search.rule == rule) else {
        return Html::default();
    };
    let state = match (search.running, search.actions, &search.found) {
        (true, 0, _) => "searching",
        (true, ..) => "shrinking",
        (false, _, Some(_)) => "found",
        (false, ..) if search.missing => "missing",
        (false, ..) => "none",
    };
    let tried = [("n", search.tried.into()), ("of", search.total.into()), ("events", search.events.into())];
    let part = search.tried as f64 / search.total.max(1) as f64 * 100.0;
    html! {
        <div class="find" data-view="find" data-state={state} data-tried={search.tried.to_string()}>
            // Figures change too fast to be read out; the outcome is announced.
            <p class="vh" role="status">{ said(lang, search, state) }</p>
            if state == "searching" {
                <p class="fine num" aria-hidden="true">{ lang.f("find-tried", &tried) }</p>
                <div class="pbar pbar-s" aria-hidden="true"><i class="p1" style={format!("width:{:.1}%", part)} /></div>
            }
            if state == "shrinking" {
                <p class="fine num" aria-hidden="true">
                    { lang.f(
                        "find-shrinking",
                        &[("actions", search.actions.into()), ("n", search.shrinking.into())]
                    ) }
                </p>
            }
            if state == "none" || state ==
                "missing" { <p class="fine num" aria-hidden="true">{ said(lang, search, state) }</p> }
            if let Some(found) = &search.found { { found_view(lang, props, found) } }
        </div>
    }
}

/// A search's state in a sentence.
fn said(lang: Lang, search: &SearchFacts, state: &str) -> String {
    match (state, &search.found) {
        ("searching", _) => lang.t("find-searching"),
        ("shrinking", _) => lang.t("find-found-shrinking"),
        ("missing", _) => lang.t("refused-no-program"),
        (_, Some(found)) => headline(lang, found),
        _ => lang.f("find-none", &[("n", search.tried.into()), ("events", search.events.into())]),
    }
}

fn headline(lang: Lang, found: &FoundSchedule) -> String {
    let args = [("n", found.tried.into()), ("invariant", invariant(lang, &found.invariant).into())];
    lang.f("find-found", &args)
}

/// The finding: what breaks, the shortest schedule, and the links to replay it.
fn found_view(lang: Lang, props: &RulesProps, found: &FoundSchedule) -> Html {
    // It comes from this page's worker; what cannot be parsed is not shown.
    let actions = schedule(&found.run).map(|schedule| schedule.actions).unwrap_or_default();
    let replay = props.onintent.reform(|_: MouseEvent| Intent::Replay);
    let args =
        [("nodes", found.nodes.into()), ("seed", found.seed.to_string().into()), ("n", actions.len().into())];
    let link = link(&props.address, found);
    html! {
        <div class="note note-gone" data-view="found" data-invariant={found.invariant.clone()}
            data-actions={actions.len().to_string()}>
            <p aria-hidden="true"><b>{ headline(lang, found) }</b></p>
            <p class="fine">{ invariant_sentence(lang, &found.invariant) }</p>
            <p class="fine num">{ lang.f("find-schedule", &args) }</p>
            if actions.is_empty() {
                <p class="fine">{ lang.t("find-no-actions") }</p>
            } else {
                { schedule::list(lang, &actions, None) }
            }
            <p class="row">
                <button class="btn btn-go" type="button" data-act="find-replay" onclick={replay}>
                    { lang.t("find-replay") }
                </button>
                <a class="btn btn-quiet" data-act="find-link" href={link}>{ lang.t("find-link") }</a>
            </p>
        </div>
    }
}

fn link(address: &Address, found: &FoundSchedule) -> String {
    replay_at(address, found.nodes, found.seed, &found.run).link()
}
