//! `swarm --replay FILE` in the world that the file names: the run of a violation that `swarm --json` printed.
//!
//! Guarantees: what is wrong with a file is refused before anything runs; the report has the form of a search for one
//! seed, and its violation repeats what was found as long as the program does. Leaves out: schedules for a user's own
//! Raft core (`guests`), and shrinking, which the search has done.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::swarm::{Report, say, stopwatch};
use super::typed::Asked;
use super::{End, guests, swarm};
use quorum_facade::Lab;
use quorum_facade::swarm::{Limits, Replay, RunOf, SwarmWorld, SwitchableRule, WorldKind};
use quorum_facade::with_world;
use quorum_types::Refusal;

/// Repeats the schedule in a file: in its world, or with Raft cores if it is one for them.
pub(super) fn run(path: &Path, asked: &Asked, out: &mut impl Write) -> Result<End, Refusal> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Refusal::new("cannot_read", format!("{} cannot be read: {error}", path.display()))
    })?;
    let bad = |why: &str| Refusal::new("bad_schedule", format!("{} is no schedule: {why}", path.display()));
    let found = if asked.node.is_some() { None } else { read(&text).map_err(|why| bad(&why))? };
    // Cores are tested in a replica set with all rules on.
    let is_for_cores = |replay: &Replay| replay.world == WorldKind::Cluster && replay.off.is_empty();
    let Some(replay) = found.filter(|replay| !is_for_cores(replay)) else {
        return guests::replay(&text, &bad, asked, out);
    };
    if let Some(word) = &asked.world
        && swarm::world(Some(word))? != replay.world
    {
        return Err(bad(&format!("the schedule is one of the world {}, not of {word}", replay.world.word())));
    }
    // The page's own checks: unknown settings and rules, numbers that are too large, actions of another world.
    Lab::replay(&replay, "en").map_err(|refusal| bad(&refusal.error))?;
    let seconds = stopwatch();
    let mut report =
        with_world!(replay.world, W => repeat::<W>(&replay, asked.events)).map_err(|why| bad(&why))?;
    report.wall_s = seconds();
    say(&report, asked.json, asked.lang, out)
}

/// The schedule in a text; none if it has no form of ours, which the reader for Raft cores explains better.
fn read(text: &str) -> Result<Option<Replay>, String> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Ok(None) };
    let Ok(found) = quorum_guest::search::schedule_in(&value) else { return Ok(None) };
    match serde_json::from_value(found.clone()) {
        Ok(replay) => Ok(Some(replay)),
        Err(_) if found.get("world").is_none() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Plays a schedule to its end, as the search does.
fn repeat<W: SwarmWorld>(replay: &Replay, events: Option<u64>) -> Result<Report, String> {
    let schedule = serde_json::to_value(replay).and_then(serde_json::from_value);
    let schedule = schedule.map_err(|error| error.to_string())?;
    // With a rule off the search goes on until that rule's invariant breaks, whatever breaks before it.
    let off = replay.off.first().and_then(|name| W::Rule::named(name));
    let limits = Limits::against(off, events.unwrap_or(W::EVENTS));
    Ok(Report::of_one(replay, &RunOf::<W>::new(schedule, limits, true).finish()))
}

#[cfg(test)]
mod tests {
    use crate::tests::{Folder, check, refused};
    use serde_json::Value;

    #[test]
    fn what_a_search_found_is_repeated_in_every_world() {
        for (world, rule) in [
            ("cluster", "persist_vote"),
            ("standalone", "fsync_before_ack"),
            ("milvus", "fence_by_epoch"),
            ("regions", "fence_before_promote"),
        ] {
            let folder = Folder::new(&format!("replay-{world}"));
            let search = ["swarm", "--world", world, "--seeds", "0..200", "--break", rule, "--json"];
            let (ok, found) = check(&search).expect("a report");
            assert!(!ok, "{world}: {rule} off breaks something");
            let found: Value = serde_json::from_str(&found).expect("JSON");
            let path = folder.path("found.json");
            std::fs::write(&path, found.to_string()).expect("written");
            let (ok, again) = check(&["swarm", "--replay", &path, "--json"]).expect("a report");
            assert!(!ok, "{world}");
            let again: Value = serde_json::from_str(&again).expect("JSON");
            for field in ["seed", "invariant", "detail", "schedule", "link"] {
                let of = |report: &Value| report["violations"][0][field].clone();
                assert_eq!(of(&found), of(&again), "{world}: {field}");
            }
            // With the rule on, the same schedule breaks nothing.
            let mut mended = found["violations"][0]["schedule"].clone();
            mended["off"] = Value::Array(Vec::new());
            std::fs::write(&path, mended.to_string()).expect("written");
            let (ok, _) = check(&["swarm", "--replay", &path, "--json"]).expect("a report");
            assert!(ok, "{world}: {rule} on");
        }
    }

    #[test]
    fn a_file_that_no_world_can_run_is_refused_with_the_reason() {
        let folder = Folder::new("replay-refused");
        let path = folder.path("bad.json");
        for (text, says) in [
            (r#"{"world":"moon","nodes":3,"seed":1,"settings":[],"off":[],"deeds":[]}"#, "moon"),
            (
                r#"{"world":"milvus","nodes":15,"seed":1,"settings":[["replicasss",2]],"off":[],"deeds":[]}"#,
                "replicasss",
            ),
            (
                r#"{"world":"milvus","nodes":15,"seed":1,"settings":[],"off":["persist_vote"],"deeds":[]}"#,
                "off",
            ),
            (
                r#"{"world":"regions","nodes":2,"seed":1,"settings":[],"off":[],"deeds":[{"t_us":1,"op":"wipe","node":1}]}"#,
                "wipe",
            ),
            (
                r#"{"world":"milvus","nodes":15,"seed":1,"settings":[],"off":[],"deeds":[{"t_us":99999999999999999,"op":"heal"}]}"#,
                "t_us",
            ),
        ] {
            std::fs::write(&path, text).expect("written");
            let refusal = refused(&["swarm", "--replay", &path]);
            assert_eq!(refusal.code, "bad_schedule", "{text}");
            assert!(refusal.error.contains(says), "{}", refusal.error);
        }
        let text = r#"{"world":"milvus","nodes":15,"seed":1,"settings":[],"off":[],"deeds":[]}"#;
        std::fs::write(&path, text).expect("written");
        let refusal = refused(&["swarm", "--world", "regions", "--replay", &path]);
        assert!(refusal.error.contains("regions") && refusal.error.contains("milvus"), "{}", refusal.error);
    }
}
