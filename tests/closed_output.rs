//! The command line when nobody reads it: outputs that are closed or full end it with a status, never with a signal.
//!
//! Promises: every way of writing is tried, with one of the two outputs closed and with both. Leaves out: what is written.

#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::{Command, Stdio};

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
