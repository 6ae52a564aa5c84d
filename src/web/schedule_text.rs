//! Schedules as text: what an address carries and a replay starts from; and the bounds of a search.
//!
//! Guarantees: the text of a schedule is validated against the lab's bounds before anything is opened, and a refusal
//! states what is wrong. Leaves out: searching (`schedule_search`), and drawing.

use js_sys::JSON;

use super::given;
use quorum_facade::Lab;
use quorum_facade::limits;
use quorum_facade::swarm::Replay;
use quorum_types::Refusal;
use serde_json::Value;

/// Default number of seeds.
pub const SEEDS: u64 = 200;
/// Default number of events per seed.
pub const EVENTS: u64 = 10_000;
/// Maximum number of seeds per search.
pub const MOST_SEEDS: u64 = 100_000;
/// Maximum number of events per seed.
pub const MOST_EVENTS: u64 = 1_000_000;
/// The longest text of a schedule, in bytes.
const LONGEST: usize = 24_000;

/// The text of what a script passes as a schedule: a text as it is, an object as JSON. None for a text that is too long
/// or an object that is not a schedule.
pub fn text_of(run: Value) -> Option<String> {
    match run {
        Value::String(text) => (text.len() <= LONGEST).then_some(text),
        object => text(&given::of_value(object).ok()?),
    }
}

/// A schedule as a text.
pub fn text(schedule: &Replay) -> Option<String> {
    serde_json::to_string(schedule).ok()
}

/// Parses the text of a schedule.
pub fn schedule(text: &str) -> Result<Replay, Refusal> {
    let refuse = |why: String| Refusal::new("bad_run", why);
    if text.len() > LONGEST {
        return Err(refuse(format!("run: {} bytes, {LONGEST} are allowed", text.len())));
    }
    let value = JSON::parse(text).map_err(|_| refuse("run: not JSON".to_owned()))?;
    let schedule: Replay = given::read(&value).map_err(|unread| refuse(format!("run: {unread}")))?;
    limits::replay(&schedule).map_err(|refusal| refuse(format!("run: {}", refusal.error)))?;
    match schedule.actions.windows(2).find(|pair| pair[0].t_us > pair[1].t_us) {
        Some(pair) => Err(refuse(format!(
            "run: the action at {} is listed after one at {}",
            pair[1].t_us, pair[0].t_us
        ))),
        None => Ok(schedule),
    }
}

/// The run that the text describes, at its beginning.
pub fn replay(text: &str, lang: &str) -> Result<Lab, Refusal> {
    let lab = Lab::replay(&schedule(text)?, lang);
    lab.map_err(|refusal| Refusal::new("bad_run", format!("run: {}", refusal.error)))
}
