//! `quorum-lab maelstrom`: the lab's own Raft as a program that `judge` and Maelstrom run.
//!
//! `--mistake WORD` makes it err in a way that the judge finds. Guarantees: it ends with its input, with status 0, and
//! with 2 for an unknown mistake. Leaves out: a help of its own; `docs/your-own-raft.md` describes it.

use std::ffi::OsString;
use std::io::BufReader;
use std::process::ExitCode;

use quorum_judge::node::{Mistake, serve};

/// Runs it with the arguments after its word.
pub(super) fn main(arguments: &[OsString]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let mistake = match words[..] {
        [] => None,
        ["--mistake", word] if Mistake::named(word).is_some() => Mistake::named(word),
        _ => {
            let words = Mistake::ALL.map(Mistake::word).join("|");
            super::complain(&format!("maelstrom [--mistake {words}]"));
            return ExitCode::from(2);
        }
    };
    let folder = std::env::var_os("QUORUM_JUDGE_DIR").map(Into::into);
    let output = std::io::BufWriter::new(std::io::stdout().lock());
    match serve(BufReader::new(std::io::stdin()), output, folder, mistake) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            super::complain(&error.to_string());
            ExitCode::from(3)
        }
    }
}
