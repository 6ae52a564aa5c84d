//! The command line as a process: outputs that are closed or full end it with a status, never with a signal; Ctrl-C
//! ends it with what is done so far; where no terminal is, no progress is drawn.
//!
//! Promises: every way of writing is tried, with one of the two outputs closed and with both; the signal is sent when
//! the program listens for it, so that no clock decides. Leaves out: what is written otherwise.

#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

/// How the outputs are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Closed,
    Full,
    Open,
}

fn output(end: End) -> Stdio {
    match end {
        // A pipe whose reading end is gone before anything is written.
        End::Closed => std::io::pipe().expect("a pipe").1.into(),
        End::Full => OpenOptions::new().write(true).open("/dev/full").expect("a full device").into(),
        End::Open => Stdio::null(),
    }
}

/// The exit status of a command; none if a signal ended it.
fn status(arguments: &[&str], line: &str, out: End, err: End) -> Option<i32> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_quorum-lab"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(output(out))
        .stderr(output(err))
        .spawn()
        .expect("starts");
    if let Some(mut lines) = child.stdin.take() {
        for _ in 0..20_000 {
            if lines.write_all(line.as_bytes()).is_err() {
                break;
            }
        }
    }
    child.wait().expect("ends").code()
}

#[test]
fn a_closed_or_full_output_ends_every_command_with_a_status() {
    for (arguments, line) in [
        (&["engine"][..], "{\"op\":\"list_collections\"}\n"),
        (&["raft"], "{\"op\":\"hello\"}\n"),
        (&["lessons", "list"], ""),
        (&["drill", "--list", "--json"], ""),
        (&["--help"], ""),
        (&["completions", "zsh"], ""),
        (&["man", "drill"], ""),
        (&["drill", "kill-the-leader", "--jobs", "2"], ""),
        (&["swarm", "--seeds", "0..2", "--events", "100", "--json"], ""),
    ] {
        for (out, err) in [
            (End::Closed, End::Closed),
            (End::Closed, End::Open),
            (End::Full, End::Full),
            (End::Full, End::Closed),
            (End::Full, End::Open),
        ] {
            assert_eq!(status(arguments, line, out, err), Some(3), "{arguments:?} {out:?} {err:?}");
        }
    }
    // Words that cannot be said change no status.
    for err in [End::Closed, End::Full, End::Open] {
        assert_eq!(status(&["frogs"], "", End::Open, err), Some(2), "{err:?}");
    }
}

/// Waits until a process catches SIGINT; false if it ends before that.
fn listens(child: &mut Child) -> bool {
    const SIGINT: u32 = 2;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        if caught >> (SIGINT - 1) & 1 == 1 {
            return true;
        }
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return false;
        }
        std::thread::yield_now();
    }
}

/// What a command prints, and how it ends, when Ctrl-C is pressed as soon as it listens.
fn interrupted(arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_quorum-lab"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    assert!(listens(&mut child), "it ended by itself");
    let pressed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(pressed.success());
    child.wait_with_output().expect("ends")
}

#[test]
fn ctrl_c_prints_what_is_done_so_far() {
    for arguments in [
        &["swarm", "--seeds", "0..1000000000", "--json"][..],
        &["drill", "failover-all", "--runs", "100000", "--json"],
        // Somewhere inside its first seed.
        &["swarm", "--seeds", "0..1", "--events", "1000000000000", "--json", "--jobs", "1"],
    ] {
        let Output { status, stdout, stderr } = interrupted(arguments);
        let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert_eq!(status.code(), Some(130), "{arguments:?}: {err}");
        let report: serde_json::Value = serde_json::from_str(&out).expect("one JSON object");
        assert_eq!(report["interrupted"], true, "{arguments:?}");
        let included = &report["included"];
        assert!(included["done"].as_u64() < included["of"].as_u64(), "{included}");
        // Nothing is drawn, and nothing is wrong.
        assert_eq!(err, "");
    }
    let Output { status, stdout, .. } = interrupted(&["swarm", "--seeds", "0..1000000000", "--lang", "en"]);
    let words = String::from_utf8_lossy(&stdout);
    assert_eq!(status.code(), Some(130));
    assert!(words.contains("ended by Ctrl-C") || words.starts_with("Ended by Ctrl-C"), "{words}");
}
