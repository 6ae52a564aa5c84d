//! `quorumLab.hunt`: the search for a schedule that breaks a rule, for scripts.
//!
//! Guarantees: a schedule that was found comes with a link that replays it. Leaves out: searching (`schedule_search`).

use js_sys::{Object, Promise};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::{Door, bad_arguments, tell, unreadable};
use crate::web::address::{self, replay_at};
use crate::web::given::{self, Unread};
use crate::web::schedule_text;
use crate::web::wire::SearchFacts;
use quorum_facade::Rule;
use serde_json::Value;

/// The arguments of `hunt`.
#[derive(Deserialize)]
struct SearchArguments {
    rule: Option<Rule>,
    seeds: Option<u64>,
    events: Option<u64>,
}

/// The result of a search.
#[derive(Serialize)]
struct SearchResult {
    ok: bool,
    tried: u64,
    events: u64,
    found: Option<FoundRun>,
}

/// The schedule that was found.
#[derive(Serialize)]
struct FoundRun {
    invariant: String,
    detail: String,
    schedule: Value,
    link: String,
}

/// A schedule as an object.
fn plain_schedule(text: &str) -> Value {
    let schedule =
        schedule_text::schedule(text).ok().and_then(|schedule| serde_json::to_string(&schedule).ok());
    schedule.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null)
}

/// Searches, and resolves when the search is over.
pub(super) fn schedule_search(door: &Door, arguments: JsValue) -> Promise {
    // Without arguments, all rules are on.
    let asked = if arguments.is_undefined() { Object::new().into() } else { arguments };
    let asked: Result<SearchArguments, Unread> = given::read(&asked);
    let session = door.session.clone();
    door.ask(Box::pin(async move {
        let asked = asked.map_err(|unread| unreadable(&session, &unread))?;
        let seeds = asked.seeds.unwrap_or(schedule_text::SEEDS);
        let events = asked.events.unwrap_or(schedule_text::EVENTS);
        if !(1..=schedule_text::MOST_SEEDS).contains(&seeds)
            || !(1..=schedule_text::MOST_EVENTS).contains(&events)
        {
            return Err(bad_arguments(&session, "seeds, events"));
        }
        let rule = asked.rule;
        let first = session
            .search_schedules(rule, seeds, events)
            .ok_or_else(|| session.refusal("refused-nothing-open"))?;
        let over = session.search_over(rule, first).await;
        if over.missing || over.gone {
            let key = if over.gone { "refused-no-worker" } else { "refused-no-program" };
            return Err(session.refusal(key));
        }
        let found = over.found.as_ref().map(|found| FoundRun {
            invariant: found.invariant.clone(),
            detail: found.detail.clone(),
            schedule: plain_schedule(&found.run),
            link: replay_at(&address::Address::default(), found.nodes, found.seed, &found.run).over(""),
        });
        tell(&SearchResult { ok: true, tried: over.tried, events: over.events, found })
    }))
}

/// The progress of a search, as sent to progress listeners.
#[derive(Serialize)]
pub(super) struct SearchProgress {
    kind: &'static str,
    rule: Option<Rule>,
    tried: u64,
    seeds: u64,
    events: u64,
    shrinking: u64,
    #[serde(rename = "deeds")]
    actions: u64,
    done: bool,
}

impl SearchProgress {
    pub(super) fn of(facts: &SearchFacts) -> Self {
        Self {
            kind: "hunt",
            rule: facts.rule,
            tried: facts.tried,
            seeds: facts.total,
            events: facts.events,
            shrinking: facts.shrinking,
            actions: facts.actions,
            done: !facts.running,
        }
    }
}
