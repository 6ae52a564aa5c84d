//! Searches for schedules in the worker, and schedules as texts: what an address carries and a replay begins from.
//!
//! A search shares its worker with the run that is open: it gets a slice of some milliseconds whenever the run has had
//! its own. Promises: progress is told ten times a second and once at the end, however it ends; a text of a schedule is
//! held against the bounds of the lab before anything is opened, and a refusal says what is wrong with it. Leaves out:
//! the search itself (`lab::swarm`), and drawing.

use js_sys::JSON;
use wasm_bindgen::JsValue;

use super::wire::{HuntFacts, HuntFound};
use super::{clock, plain, read};
use crate::lab::swarm::{Hunt, Schedule};
use crate::lab::{Lab, Rule};
use crate::types::Refusal;

/// A slice of searching takes about this long.
const SLICE_MS: f64 = 12.0;
/// Progress is told this often.
const TELL_MS: f64 = 100.0;
/// Events between two looks at the clock.
const EVENTS_A_LOOK: u64 = 200;
/// Seeds that are tried where nothing else is asked for.
pub const SEEDS: u64 = 200;
/// Events of each where nothing else is asked for.
pub const EVENTS: u64 = 10_000;
/// The most seeds that can be asked for at once.
pub const MOST_SEEDS: u64 = 100_000;
/// The most events of each.
pub const MOST_EVENTS: u64 = 1_000_000;
/// The longest text of a schedule, in bytes.
const LONGEST: usize = 24_000;
/// The most deeds in one.
const MOST_DEEDS: usize = 500;

/// A search in its worker.
#[derive(Debug)]
pub struct Hunting {
    hunt: Hunt,
    facts: HuntFacts,
    told_ms: f64,
    post: fn(HuntFacts),
}

impl Hunting {
    /// A search, of which `post` tells the page.
    pub fn new(rule: Option<Rule>, first: u64, seeds: u64, events: u64, post: fn(HuntFacts)) -> Self {
        let facts = HuntFacts { rule, first, total: seeds, running: true, ..HuntFacts::default() };
        post(facts.clone());
        Self { hunt: Hunt::new(rule, first, seeds, events), facts, told_ms: clock::now_ms(), post }
    }

    /// Searches for a slice; whether there is more to do.
    pub fn work(&mut self) -> bool {
        let began = clock::now_ms();
        let (over, now) = loop {
            let over = self.hunt.go(EVENTS_A_LOOK).done;
            let now = clock::now_ms();
            if over || now - began > SLICE_MS {
                break (over, now);
            }
        };
        if over {
            self.end();
        } else if now - self.told_ms >= TELL_MS {
            self.told_ms = now;
            self.note();
            (self.post)(self.facts.clone());
        }
        !over
    }

    /// Ends it and tells the page what came of it so far.
    pub fn end(&mut self) {
        self.note();
        self.facts.running = false;
        self.facts.found = self.hunt.found().and_then(|found| {
            Some(HuntFound {
                invariant: found.violation.invariant.clone(),
                detail: found.violation.detail.clone(),
                tried: found.tried,
                nodes: found.schedule.nodes,
                seed: found.schedule.seed,
                run: text(&found.schedule)?,
            })
        });
        (self.post)(self.facts.clone());
    }

    fn note(&mut self) {
        let progress = self.hunt.progress();
        self.facts.tried = progress.tried;
        self.facts.events = progress.events;
        self.facts.shrinking = progress.shrinking;
        self.facts.deeds = progress.deeds;
    }
}

/// A schedule as a text.
fn text(schedule: &Schedule) -> Option<String> {
    text_of(&plain::to_js(schedule).ok()?)
}

/// An object as a text; a text as it is.
pub fn text_of(value: &JsValue) -> Option<String> {
    value.as_string().or_else(|| Some(String::from(JSON::stringify(value).ok()?)))
}

/// The schedule that a text holds.
pub fn schedule(text: &str) -> Result<Schedule, Refusal> {
    let refuse = |why: String| Refusal::new("bad_run", why);
    if text.len() > LONGEST {
        return Err(refuse(format!("run: {} bytes, {LONGEST} are allowed", text.len())));
    }
    let value = JSON::parse(text).map_err(|_| refuse("run: not JSON".to_owned()))?;
    let schedule: Schedule = read::read(&value).map_err(|unread| refuse(format!("run: {unread}")))?;
    if schedule.deeds.len() > MOST_DEEDS {
        return Err(refuse(format!("run: {} deeds, {MOST_DEEDS} are allowed", schedule.deeds.len())));
    }
    match schedule.deeds.windows(2).find(|pair| pair[0].t_us > pair[1].t_us) {
        Some(pair) => {
            Err(refuse(format!("run: the deed at {} stands behind one at {}", pair[1].t_us, pair[0].t_us)))
        }
        None => Ok(schedule),
    }
}

/// The run that a text holds, at its beginning.
pub fn replay(text: &str, lang: &str) -> Result<Lab, Refusal> {
    let lab = Lab::replay(&schedule(text)?, lang);
    lab.map_err(|refusal| Refusal::new("bad_run", format!("run: {}", refusal.error)))
}
