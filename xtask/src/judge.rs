//! `cargo xtask test-judge`: Maelstrom's own demo programs, and the cores of `examples/your-own-raft`, as users run
//! them.
//!
//! Guarantees: the demos are fetched at one commit into `target/maelstrom` and never copied into the repository; what
//! is wrong with a program that errs is one named line; an interpreter that is not there is named and passed over.
//! Leaves out: whether a contradiction is true, which the lab's own tests hold.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{output, run};
use crate::{Outcome, root, tools};

/// Where the demos come from, and the commit that was read.
const SOURCE: &str = "https://github.com/jepsen-io/maelstrom";
const COMMIT: &str = "cb7f072";

/// A demo: workload, seconds, interpreter, file.
struct Demo(&'static str, &'static str, &'static str, &'static str);

/// What is right.
const RIGHT: [Demo; 5] = [
    Demo("echo", "3", "python3", "python/echo.py"),
    Demo("broadcast", "5", "python3", "python/broadcast.py"),
    Demo("echo", "3", "node", "js/echo.js"),
    Demo("g-set", "5", "node", "js/crdt_gset.js"),
    Demo("broadcast", "5", "node", "js/gossip.js"),
];

/// Maelstrom's Raft errs in two places, which the judge found: a leader's answers are counted for another follower than
/// the one that gave them, because a closure sees the last turn of its loop; and an append that comes late removes
/// entries that were acknowledged after it was sent. Without these it is right.
const REPAIRED: Demo = Demo("lin-kv", "20", "python3", "python/raft.py");
const REPAIRS: [(&str, &str); 2] = [
    (
        "                    def handler(res):\n",
        "                    def handler(res, _ni=_ni, _entries=_entries, _node=_node):\n",
    ),
    (
        "            self.log.truncate(body['prev_log_index'])\n            self.log.append(body['entries'])\n",
        "            for i, e in enumerate(body['entries'], body['prev_log_index'] + 1):\n\
         \x20               if i <= self.log.size() and self.log.get(i)['term'] != e['term']:\n\
         \x20                   self.log.truncate(i - 1)\n\
         \x20               if i > self.log.size():\n\
         \x20                   self.log.append([e])\n",
    ),
];

/// The same with one line changed: what stands there, and what instead.
const WRONG: [(Demo, &str, &str); 3] = [
    (
        // A read at any node, from its own state.
        Demo("lin-kv", "20", "python3", "python/raft.py"),
        "            if self.state == 'leader':\n                # Record who",
        "            if msg['body']['type'] == 'read' and msg['body']['key'] in self.state_machine.state:\n\
         \x20               self.net.reply(msg, {'type': 'read_ok',\n\
         \x20                   'value': self.state_machine.state[msg['body']['key']]})\n\
         \x20           elif self.state == 'leader':\n                # Record who",
    ),
    (
        // What was sent counts as received.
        Demo("broadcast", "10", "python3", "python/broadcast.py"),
        "        if resp[\"type\"] == \"broadcast_many_ok\":\n            sent.update(to_send)",
        "        sent.update(to_send)",
    ),
    (
        // Elements stay where they were added.
        Demo("g-set", "5", "node", "js/crdt_gset.js"),
        "if (peer !== node.nodeId())",
        "if (false)",
    ),
];

/// Seeds of each program.
const SEEDS: u64 = 20;

/// Runs all of it; all arguments are refused.
pub(crate) fn judge(args: &[String]) -> Outcome {
    if !args.is_empty() {
        return Err("test-judge takes no further words".to_owned());
    }
    // A build for tests: its engine is optimised, and it is there already where tests are run.
    run(tools::cargo().args(["build", "--bin", "quorum-lab"]))?;
    let lab = crate::target().join("debug/quorum-lab");
    let demos = fetch()?;
    let mut faults = Vec::new();
    for Demo(workload, seconds, interpreter, file) in &RIGHT {
        if there(interpreter) {
            let passed = seeds(&lab, (workload, seconds), interpreter, &demos.join(file), 0);
            report(file, passed, SEEDS, "pass", passed == SEEDS, &mut faults);
        }
    }
    let Demo(workload, seconds, interpreter, file) = &REPAIRED;
    if there(interpreter) {
        let repaired = change(&demos.join(file), "repaired", &REPAIRS)?;
        let passed = seeds(&lab, (workload, seconds), interpreter, &repaired, 0);
        report(&format!("{file}, repaired"), passed, SEEDS, "pass", passed == SEEDS, &mut faults);
        let failed = seeds(&lab, (workload, seconds), interpreter, &demos.join(file), 1);
        report(&format!("{file}, as it is"), failed, SEEDS, "fail", true, &mut faults);
    }
    for (Demo(workload, seconds, interpreter, file), from, to) in &WRONG {
        if there(interpreter) {
            let changed = change(&demos.join(file), "changed", &[(from, to)])?;
            let failed = seeds(&lab, (workload, seconds), interpreter, &changed, 1);
            report(&format!("{file}, changed"), failed, SEEDS, "fail", failed > 0, &mut faults);
        }
    }
    cores(&lab, &mut faults);
    let slow = ["test", "-p", "quorum-judge", "-p", "quorum-guest", "--", "--include-ignored"];
    run(tools::cargo().args(slow)).unwrap_or_else(|why| faults.push(why));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn report(what: &str, count: u64, of: u64, verb: &str, good: bool, faults: &mut Vec<String>) {
    let line = format!("{what}: {count} of {of} seeds {verb}");
    println!("{line}");
    if !good {
        faults.push(line);
    }
}

fn there(program: &str) -> bool {
    let there = output(Command::new(program).arg("--version")).is_some();
    if !there {
        println!("{program} is not here; its programs are passed over");
    }
    there
}

/// The demos' folder, fetched if it is not there.
fn fetch() -> Result<PathBuf, String> {
    let folder = root().join("target/maelstrom");
    if !folder.join("demo").is_dir() {
        run(Command::new("git").args(["clone", "--quiet", SOURCE]).arg(&folder))?;
        run(Command::new("git").arg("-C").arg(&folder).args(["checkout", "--quiet", COMMIT]))?;
    }
    Ok(folder.join("demo"))
}

/// A copy of a demo with these places changed, beside it, because it imports its neighbours.
fn change(file: &Path, word: &str, changes: &[(&str, &str)]) -> Result<PathBuf, String> {
    let mut text = fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
    for (from, to) in changes {
        if !text.contains(from) {
            return Err(format!("{} no longer has a line that is changed", file.display()));
        }
        text = text.replace(from, to);
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let changed = file.with_file_name(format!("{word}_{name}"));
    fs::write(&changed, text).map_err(|why| format!("{}: {why}", changed.display()))?;
    Ok(changed)
}

/// How many seeds end with this status.
fn seeds(lab: &Path, (workload, seconds): (&str, &str), interpreter: &str, file: &Path, status: i32) -> u64 {
    let ends = |seed: &u64| {
        let mut judge = Command::new(lab);
        judge.args([
            "judge",
            "--workload",
            workload,
            "--seconds",
            seconds,
            "--seed",
            &seed.to_string(),
            "--json",
        ]);
        judge.args(["--", interpreter]).arg(file).stdout(Stdio::null());
        judge.status().is_ok_and(|ended| ended.code() == Some(status))
    };
    (1..=SEEDS).filter(ends).count() as u64
}

/// Each core of the exercises has a mistake, which has to be found.
fn cores(lab: &Path, faults: &mut Vec<String>) {
    let folder = root().join("examples/your-own-raft");
    let target = crate::target().join("your-own-raft");
    let mut found = |name: &str, command: String| {
        let mut swarm = Command::new(lab);
        swarm.args(["swarm", "--node", &command, "--seeds", "0..200", "--lang", "en"]);
        let good = swarm.status().is_ok_and(|ended| ended.code() == Some(1));
        report(name, u64::from(good), 1, "of the mistakes found in 200", good, faults);
    };
    if there("python3") {
        found("python", format!("python3 '{}'", folder.join("python/raft.py").display()));
    }
    let go = target.join("raft");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&go).arg(".").current_dir(folder.join("go"));
    if build.status().is_ok_and(|ended| ended.success()) {
        found("go", format!("'{}'", go.display()));
    } else {
        println!("go is not here; its core is passed over");
    }
    let manifest = folder.join("rust/Cargo.toml");
    let mut build = tools::cargo();
    build.args(["build", "--release", "--manifest-path"]).arg(&manifest).arg("--target-dir").arg(&target);
    match run(&mut build) {
        Ok(()) => found("rust", format!("'{}'", target.join("release/your-own-raft").display())),
        Err(why) => println!("{why}"),
    }
}
