//! `quorumLab.drill`: failover tests and disaster drills for scripts.
//!
//! Guarantees: the report is the one that the command line writes as JSON. Leaves out: playing them (`drilling`).

use js_sys::{JSON, Object, Promise, Reflect};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;

use super::{Door, unreadable};
use crate::web::given::{self, Unread};
use crate::web::texts;
use crate::web::wire::{DrillFacts, DrillForm};
use quorum_drill::Plan;
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// Default number of runs.
const RUNS: u64 = 100;

/// The arguments of `drill`.
#[derive(Deserialize)]
struct DrillArguments {
    scenario: String,
    seed: Option<u64>,
    runs: Option<u64>,
    set: Option<BTreeMap<String, u64>>,
    runbook: Option<String>,
}

/// The progress of failover tests, as sent to progress listeners.
#[derive(Serialize)]
pub(super) struct DrillProgress {
    kind: &'static str,
    scenario: String,
    runs: u64,
    failovers_over: u64,
    failovers: u64,
    /// The fraction of the current run that is over, by its virtual time.
    within: f64,
    done: bool,
}

impl DrillProgress {
    pub(super) fn of(facts: &DrillFacts) -> Self {
        Self {
            kind: "drill",
            scenario: facts.scenario.clone(),
            runs: facts.runs,
            failovers_over: facts.done,
            failovers: facts.total,
            within: facts.within_permille as f64 / 1_000.0,
            done: !facts.running,
        }
    }
}

/// Plays failover tests, and resolves with their report when they are complete.
pub(super) fn drill(door: &Door, arguments: JsValue) -> Promise {
    let asked: Result<DrillArguments, Unread> = given::read(&arguments);
    let session = door.session.clone();
    door.ask(Box::pin(async move {
        let asked = asked.map_err(|unread| unreadable(&session, &unread))?;
        let set: Vec<(String, u64)> =
            asked.set.unwrap_or_default().iter().map(|(name, value)| (name.clone(), *value)).collect();
        let DrillArguments { scenario, seed, runs, runbook, .. } = asked;
        if texts::lesson(session.lang(), &scenario).await.is_err() {
            return Err(session.refusal("refused-no-texts"));
        }
        if !session.is_open() {
            return Err(session.refusal("refused-nothing-open"));
        }
        let number = session.drill_plan(Plan { scenario, seed, runs: runs.unwrap_or(RUNS), set, runbook });
        let over = session.drill_over(number).await;
        let over = over.ok_or_else(|| session.refusal("refused-reopened"))?;
        if let Some((code, error)) = &over.fault {
            return Err(Refusal::new(code, error.clone()));
        }
        let text = session.write_drill(DrillForm::Json, Lang::En).await;
        let report = text.and_then(|text| JSON::parse(&text).ok());
        let report = report.ok_or_else(|| session.refusal("refused-reopened"))?;
        let answer = Object::new();
        for (name, value) in [("ok", JsValue::TRUE), ("report", report)] {
            // Setting a property of a plain object does not fail.
            drop(Reflect::set(&answer, &name.into(), &value));
        }
        Ok(answer.into())
    }))
}
