//! `drill --target milvus --dry-run`: what would be done, without doing any of it.
//!
//! Guarantees: nothing is sent and no command is run; a command for faults that cannot be run is named, and then the
//! exit status is 1. Leaves out: whether the server is there.

use std::io::Write;

use serde::Serialize;

use super::Drill;
use super::words::{cannot_run, one_line};
use crate::{End, write, write_json};
use quorum_drill::export::seconds;
use quorum_real::drill::PREFIX;
use quorum_real::fault::{Found, find};
use quorum_types::Refusal;

/// A test as it would be played.
#[derive(Serialize)]
struct Test {
    test: &'static str,
    strikes: Vec<&'static str>,
    searches: u64,
    inserts: u64,
    fault_s: u64,
    heal_after_s: Option<u64>,
    ends_s: u64,
}

/// Shows the plan.
pub(super) fn run(drill: &Drill<'_>, out: &mut impl Write) -> Result<End, Refusal> {
    let Drill { job, uri, asked } = drill;
    let second = 1_000_000;
    let tests: Vec<Test> = job
        .tests
        .iter()
        .map(|test| Test {
            test: test.name,
            strikes: test.strikes.iter().map(|strike| strike.word()).collect(),
            searches: job.requests(test)[0],
            inserts: job.requests(test)[1],
            fault_s: test.fault_us / second,
            heal_after_s: test.heals_after_us.map(|us| us / second),
            ends_s: test.ends_us / second,
        })
        .collect();
    let settings = &job.settings;
    let unusable = cannot_run(job, asked.lang);
    let end = End::of(unusable.is_none());
    if asked.json {
        let path = std::env::var_os("PATH");
        let found = job.fault_command.as_deref().and_then(|command| match find(command, path.as_deref()) {
            Found::Unknown => None,
            found => Some(found == Found::Yes),
        });
        let plan = serde_json::json!({
            "dry_run": true, "uri": uri, "through": drill.through(),
            "collection_prefix": PREFIX, "rows": settings.rows, "dim": settings.dim,
            "rows_per_insert": settings.insert_rows, "consistency": job.level(),
            "timeout_ms": settings.client_timeout_ms, "fault_cmd": job.fault_command, "fault_cmd_found": found,
            "tests": tests,
        });
        return write_json(out, &plan).map(|()| end);
    }
    let lang = asked.lang;
    let figures = [
        ("uri", one_line(uri).into()),
        ("through", drill.through().into()),
        ("prefix", PREFIX.into()),
        ("rows", settings.rows.into()),
        ("dim", settings.dim.into()),
        ("level", job.level().into()),
        ("timeout", seconds(settings.client_timeout_ms as f64).into()),
    ];
    write(out, &lang.f("cli-real-dry", &figures))?;
    for test in &tests {
        let figures = [
            ("test", test.test.into()),
            ("searches", test.searches.into()),
            ("inserts", test.inserts.into()),
            ("rows", settings.insert_rows.into()),
            ("fault", test.fault_s.into()),
            ("ends", test.ends_s.into()),
            ("strikes", test.strikes.join(", ").into()),
        ];
        write(out, &lang.f("cli-real-dry-test", &figures))?;
        if let Some(after) = test.heal_after_s {
            write(out, &lang.f("cli-real-dry-heal", &[("after", after.into())]))?;
        }
    }
    match &job.fault_command {
        Some(command) => {
            write(out, &lang.f("cli-real-dry-command", &[("command", one_line(command).into())]))?;
        }
        None => write(out, &lang.t("cli-real-no-fault"))?,
    }
    if let Some(why) = unusable {
        write(out, &why)?;
    }
    write(out, &lang.t("cli-real-dry-end")).map(|()| end)
}
