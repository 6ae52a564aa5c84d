//! The command line: the same lab without a page.
//!
//! Promises: the same arguments give the same bytes; exit status 0 when all went well, 1 when a check failed,
//! 2 when the input cannot be used, 3 when the machine failed: answers could not be written, or a folder could not; no
//! input panics, and neither does an output that is closed. Leaves out: serving the page (`cargo xtask serve`).

use std::io::Write;
use std::process::ExitCode;

use lexopt::prelude::*;

use quorum_i18n::Lang;
use quorum_types::Refusal;

pub mod check_history;
pub mod dr;
pub mod drill;
#[cfg(test)]
mod drill_tests;
pub mod engine;
#[cfg(test)]
mod engine_tests;
pub mod files;
pub mod lessons;
pub mod load;
pub mod raft;
#[cfg(test)]
mod raft_tests;
pub mod swarm;
pub mod trend;

/// What the command line asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    words: Vec<String>,
    seed: Option<u64>,
    runs: u64,
    set: Vec<(String, u64)>,
    json: bool,
    trace: Option<std::path::PathBuf>,
    dir: Option<std::path::PathBuf>,
    list: bool,
    settings: bool,
    help: bool,
    csv: bool,
    html: Option<std::path::PathBuf>,
    lang: Lang,
    seeds: Option<(u64, u64)>,
    events: Option<u64>,
    rule_off: Option<String>,
    runbook: Option<String>,
    test: Option<String>,
    save: Option<std::path::PathBuf>,
    label: Option<String>,
    trend: Option<std::path::PathBuf>,
    config: Option<std::path::PathBuf>,
    rows: Option<u64>,
    rounds: Option<u64>,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let done = parse(lexopt::Parser::from_env()).and_then(|asked| obey(&asked, &mut out));
    let flushed = out.flush().map_err(cannot_answer);
    let code = match done.and_then(|held| flushed.map(|()| held)) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(refusal) => {
            // Whoever closed the output has read enough: `head` is not told of it.
            if refusal.code != OUTPUT_CLOSED {
                // With nowhere left to say it, the exit status has to do: `eprintln!` would panic.
                let _ = writeln!(std::io::stderr(), "quorum-lab: {}", refusal.error);
            }
            exit_code(&refusal.code)
        }
    };
    ExitCode::from(code)
}

/// Nobody reads the answers any more.
const OUTPUT_CLOSED: &str = "output_closed";
/// The answers do not go where they are sent.
const OUTPUT_FAILED: &str = "output_failed";

fn exit_code(code: &str) -> u8 {
    if matches!(code, OUTPUT_CLOSED | OUTPUT_FAILED | files::STORAGE | files::DISK_FULL) { 3 } else { 2 }
}

/// The refusal of an answer that could not be written.
fn cannot_answer(error: std::io::Error) -> Refusal {
    let closed = error.kind() == std::io::ErrorKind::BrokenPipe;
    let code = if closed { OUTPUT_CLOSED } else { OUTPUT_FAILED };
    Refusal::new(code, format!("the answers cannot be written: {error}"))
}

fn parse(mut parser: lexopt::Parser) -> Result<Asked, Refusal> {
    let mut asked = Asked { runs: 1, ..Asked::default() };
    let unusable =
        |error: lexopt::Error| Refusal::new("bad_arguments", format!("{error}; see quorum-lab --help"));
    while let Some(argument) = parser.next().map_err(unusable)? {
        let number = |parser: &mut lexopt::Parser| -> Result<u64, Refusal> {
            parser.value().and_then(|value| value.parse()).map_err(unusable)
        };
        match argument {
            Long("seed") => asked.seed = Some(number(&mut parser)?),
            Long("runs") => asked.runs = number(&mut parser)?,
            Long("set") => {
                let text = parser.value().and_then(|value| value.string()).map_err(unusable)?;
                asked.set.push(setting(&text)?);
            }
            Long("seeds") => {
                let text = parser.value().and_then(|value| value.string()).map_err(unusable)?;
                asked.seeds = Some(range(&text)?);
            }
            Long("events") => asked.events = Some(number(&mut parser)?),
            Long("break") => {
                let text = parser.value().and_then(|value| value.string()).map_err(unusable)?;
                asked.rule_off = Some(text);
            }
            Long("preset") => {
                let text = parser.value().and_then(|value| value.string()).map_err(unusable)?;
                asked.set.extend(quorum_drill::preset(&text)?);
            }
            Long("json") => asked.json = true,
            Long("csv") => asked.csv = true,
            Long("html") => asked.html = Some(parser.value().map_err(unusable)?.into()),
            Long("trace") => asked.trace = Some(parser.value().map_err(unusable)?.into()),
            Long("runbook") => {
                asked.runbook = Some(parser.value().and_then(|value| value.string()).map_err(unusable)?);
            }
            Long("test") => {
                asked.test = Some(parser.value().and_then(|value| value.string()).map_err(unusable)?);
            }
            Long("save") => asked.save = Some(parser.value().map_err(unusable)?.into()),
            Long("label") => {
                asked.label = Some(parser.value().and_then(|value| value.string()).map_err(unusable)?);
            }
            Long("trend") => asked.trend = Some(parser.value().map_err(unusable)?.into()),
            Long("config") => asked.config = Some(parser.value().map_err(unusable)?.into()),
            Long("rows") => asked.rows = Some(number(&mut parser)?),
            Long("rounds") => asked.rounds = Some(number(&mut parser)?),
            Long("dir") => asked.dir = Some(parser.value().map_err(unusable)?.into()),
            Long("list") => asked.list = true,
            Long("settings") => asked.settings = true,
            Long("lang") => {
                let text = parser.value().and_then(|value| value.string()).map_err(unusable)?;
                asked.lang = Lang::parse(&text);
            }
            Long("help") | Short('h') => asked.help = true,
            Value(word) => asked.words.push(word.string().map_err(unusable)?),
            other => return Err(unusable(other.unexpected())),
        }
    }
    Ok(asked)
}

fn setting(text: &str) -> Result<(String, u64), Refusal> {
    let wrong = || Refusal::new("bad_arguments", format!("--set takes NAME=NUMBER, not “{text}”"));
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    Ok((name.to_owned(), value.parse().map_err(|_| wrong())?))
}

fn range(text: &str) -> Result<(u64, u64), Refusal> {
    let wrong = || Refusal::new("bad_arguments", format!("--seeds takes FIRST..END, not “{text}”"));
    let (first, end) = text.split_once("..").ok_or_else(wrong)?;
    let (first, end) = (first.parse().map_err(|_| wrong())?, end.parse().map_err(|_| wrong())?);
    if first < end { Ok((first, end)) } else { Err(wrong()) }
}

/// Does what is asked; whether every check held.
fn obey(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let words: Vec<&str> = asked.words.iter().map(String::as_str).collect();
    if asked.help {
        write(out, &asked.lang.t("cli-help"))?;
        return Ok(true);
    }
    match words.as_slice() {
        ["engine"] => engine::serve(asked.dir.as_deref(), std::io::stdin().lock(), out),
        ["raft"] => raft::serve(std::io::stdin().lock(), out),
        ["swarm"] => {
            let (first, end) = asked.seeds.unwrap_or((0, 100));
            let plan = swarm::Plan {
                first,
                end,
                events: asked.events.unwrap_or(swarm::EVENTS),
                rule_off: asked.rule_off.clone(),
            };
            swarm::run(&plan, asked.json, asked.lang, out)
        }
        ["check-history"] => check_history::run(None, std::io::stdin().lock(), out),
        ["check-history", file] => check_history::run(Some(file.as_ref()), std::io::empty(), out),
        ["drill"] if asked.list => drill::list(asked, out),
        ["drill"] if asked.trend.is_some() => trend::compare(asked, out),
        ["drill"] if asked.test.is_some() => drill::run(drill::note_test(asked)?, asked, out),
        ["drill", "notes"] => drill::notes(asked, out),
        ["drill", scenario] if asked.settings => drill::settings(scenario, asked, out),
        ["drill", scenario] => drill::run(scenario, asked, out),
        ["load"] => load::run(asked, out),
        ["dr", "plan"] => dr::plan(asked, out),
        ["dr", "copy"] => dr::copy(asked, out),
        ["lessons", "check"] => lessons::check(None, out),
        ["lessons", "check", path] => lessons::check(Some(path), out),
        ["lessons", "list"] => lessons::list(asked, out),
        ["lessons", "words"] => lessons::words(out),
        ["lessons", "bundle", folder] => lessons::bundle(folder, out),
        ["lessons", "new", folder] => lessons::new(folder, out),
        [] => Err(Refusal::new("bad_arguments", "nothing to do; see quorum-lab --help")),
        _ => Err(Refusal::new(
            "bad_arguments",
            format!("“{}” is not understood; see quorum-lab --help", words.join(" ")),
        )),
    }
}

pub(crate) fn write(out: &mut impl Write, text: &str) -> Result<(), Refusal> {
    writeln!(out, "{text}").map_err(cannot_answer)
}

pub(crate) fn write_json(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Refusal> {
    let text = serde_json::to_string(value).map_err(|error| Refusal::new("json", error.to_string()))?;
    write(out, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn check(arguments: &[&str]) -> Result<(bool, String), String> {
        let parser = lexopt::Parser::from_args(arguments.iter());
        let mut out = Vec::new();
        let done = parse(parser).and_then(|asked| obey(&asked, &mut out)).map_err(|refusal| refusal.code)?;
        Ok((done, String::from_utf8_lossy(&out).into_owned()))
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for (arguments, code) in [
            (&[][..], "bad_arguments"),
            (&["drill", "rain-of-frogs"], "unknown_scenario"),
            (&["drill", "kill-the-leader", "--set", "colour=1"], "unknown_setting"),
            (&["drill", "kill-the-leader", "--set", "heartbeat_ms"], "bad_arguments"),
            (&["drill", "kill-the-leader", "--set", "heartbeat_ms=0"], "bad_setting"),
            (&["drill", "kill-the-leader", "--runs", "0"], "bad_runs"),
            (&["drill", "kill-the-leader", "--seed", "-1"], "bad_arguments"),
            (&["drill", "failover-all", "--preset", "frogs"], "unknown_preset"),
            (&["drill", "failover-all", "--json", "--csv"], "bad_arguments"),
            (&["drill", "kill-the-leader", "--colour"], "bad_arguments"),
            (&["drill", "kill-the-leader", "--config", "dr_config.yaml"], "no_config"),
            (&["drill", "dr-drill", "--config", "no/such/file.yaml"], "bad_config"),
            (&["dr", "copy", "--rows", "99999999"], "too_large"),
            (&["dr", "plan", "--set", "colour=1"], "unknown_setting"),
            (&["dr"], "bad_arguments"),
        ] {
            assert_eq!(check(arguments), Err(code.to_owned()), "{arguments:?}");
        }
    }
}
