//! `swarm --node CMD`: the search of `swarm`, with Raft cores that are programs of the user.
//!
//! Guarantees: with a core that is deterministic, the same arguments give the same bytes except for `wall_s`, on any
//! number of threads; the first seed that breaks ends the search, and its schedule is shortened and repeated once, so
//! that a core that is not deterministic is found out. Leaves out: the simulation (`quorum-guest`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;

use serde::Serialize;

use super::typed::Asked;
use super::work::{Context, Done, Going, Kind, Partial, each};
use super::{End, bad_input, swarm, write, write_json};
use quorum_facade::swarm::{Cluster, Replay, Schedule, TimedCommand};
use quorum_guest::ours::Ours;
use quorum_guest::program::{Cores, Fault, Programs};
use quorum_guest::search::{EVENTS, Outcome, generate, hello, read, run as run_one};
use quorum_guest::shrink::shrink;
use quorum_guest::world::{Caps, Violation};
use quorum_i18n::{Arg, Lang};
use quorum_types::{Refusal, SECOND};

/// What came of a search.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// The command; none for our own core.
    node: Option<String>,
    seeds: u64,
    events: u64,
    virtual_s: u64,
    wall_s: f64,
    /// Actions done, by kind.
    faults: BTreeMap<String, u64>,
    /// Operations of clients that were judged.
    operations: u64,
    violations: Vec<Broken>,
    #[serde(flatten)]
    partial: Option<Partial>,
}

/// What broke.
#[derive(Debug, Serialize)]
struct Broken {
    seed: u64,
    invariant: String,
    detail: String,
    event: u64,
    shrunk: Vec<TimedCommand>,
    schedule: Replay,
    link: String,
    /// Whether the same schedule gave the same violation once more.
    repeats: bool,
}

thread_local! {
    /// The processes of a thread that runs seeds: started once, as starting them takes longer than a run.
    static PROGRAMS: RefCell<Option<(Vec<OsString>, Programs)>> = const { RefCell::new(None) };
}

/// Does something with a thread's processes of this command.
fn with_programs<T>(command: &[OsString], act: impl FnOnce(&mut Programs) -> T) -> T {
    PROGRAMS.with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.as_ref().is_none_or(|(known, _)| known != command) {
            *kept = Some((command.to_vec(), Programs::new(command.to_vec())));
        }
        match &mut *kept {
            Some((_, programs)) => act(programs),
            None => act(&mut Programs::new(command.to_vec())),
        }
    })
}

/// Searches with the cores of a command.
pub(super) fn search(
    node: &str,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let command = command(node, asked.spoken)?;
    let caps = with_programs(&command, |programs| hello(programs))
        .map_err(|fault| unusable(&fault, asked.spoken))?;
    let (first, end) = asked.seeds.unwrap_or((0, 100));
    let events = asked.events.unwrap_or(EVENTS);
    let seconds = swarm::stopwatch();
    let count = end.saturating_sub(first);
    let line = context.line(count, &context.lang.t("cli-progress-seeds"));
    let work = |at: u64, _: &Going<'_>| {
        let outcome =
            with_programs(&command, |programs| run_one(&generate(first + at), events, programs, caps));
        Some(Done { last: outcome.violation.is_some(), value: outcome })
    };
    let mut report = Report { node: Some(node.to_owned()), ..Report::default() };
    let (mut virtual_us, mut broken) = (0, None);
    let covered = each(context, &line, count, work, |at, outcome| {
        virtual_us += outcome.virtual_us;
        report.add(&outcome);
        if let Some(violation) = outcome.violation {
            broken.get_or_insert((first + at, violation));
        }
    });
    report.virtual_s = virtual_us / SECOND;
    if let Some((seed, violation)) = broken {
        line.say(&context.lang.t("cli-progress-shrinking"));
        let found = with_programs(&command, |programs| {
            let going = || {
                line.look();
                !context.stop.asked()
            };
            let (schedule, violation) = shrink(generate(seed), violation, events, programs, caps, &going);
            let again = run_one(&schedule, events, programs, caps).violation;
            Broken::of(seed, &schedule, &violation, again.as_ref() == Some(&violation))
        });
        report.violations.push(found?);
    }
    report.partial = covered.partial(first, Kind::Seeds);
    drop(line);
    // Their processes end before anything is printed.
    PROGRAMS.with(|kept| kept.borrow_mut().take());
    report.wall_s = seconds();
    print(&report, asked, out)
}

/// Repeats the schedule in a text, with the cores of a command or with ours; `bad` refuses the text with a reason.
pub(super) fn replay(
    text: &str,
    bad: &impl Fn(&str) -> Refusal,
    asked: &Asked,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let schedule = read(text).map_err(|why| bad(&why))?;
    let events = asked.events.unwrap_or(EVENTS);
    let seconds = swarm::stopwatch();
    let (mut ours, mut theirs);
    let cores: &mut dyn Cores = match &asked.node {
        Some(node) => {
            theirs = Programs::new(command(node, asked.spoken)?);
            &mut theirs
        }
        None => {
            ours = Ours::default();
            &mut ours
        }
    };
    let caps: Caps = hello(cores).map_err(|fault| unusable(&fault, asked.spoken))?;
    let outcome = run_one(&schedule, events, cores, caps);
    let mut report =
        Report { node: asked.node.clone(), virtual_s: outcome.virtual_us / SECOND, ..Report::default() };
    report.add(&outcome);
    if let Some(violation) = &outcome.violation {
        let again = run_one(&schedule, events, cores, caps).violation;
        let repeats = again.as_ref() == Some(violation);
        report.violations.push(Broken::of(schedule.seed, &schedule, violation, repeats)?);
    }
    report.wall_s = seconds();
    print(&report, asked, out)
}

impl Report {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.events += outcome.events;
        self.operations += outcome.operations;
        for (name, times) in &outcome.faults {
            *self.faults.entry(name.clone()).or_default() += times;
        }
    }
}

impl Broken {
    fn of(seed: u64, schedule: &Schedule, violation: &Violation, repeats: bool) -> Result<Self, Refusal> {
        let replay =
            Replay::of::<Cluster>(schedule).map_err(|why| Refusal::new("bad_run", why.to_string()))?;
        let link = swarm::link(&replay);
        let Violation { invariant, detail, event, .. } = violation.clone();
        Ok(Self {
            seed,
            invariant,
            detail,
            event,
            shrunk: replay.actions.clone(),
            schedule: replay,
            link,
            repeats,
        })
    }
}

/// A command line as words; what stands in quotes is one word.
fn command(text: &str, lang: Lang) -> Result<Vec<OsString>, Refusal> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_with(String::new);
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_with(String::new).push(c),
        }
    }
    words.extend(word);
    if quote.is_some() || words.is_empty() {
        let sentence = lang.f("cli-bad-node", &[("command", bad_input::shown(text).into())]);
        return Err(bad_input::unusable(&sentence, None, "quorum-lab swarm", lang));
    }
    Ok(words.into_iter().map(OsString::from).collect())
}

/// A core that cannot even say hello.
fn unusable(fault: &Fault, lang: Lang) -> Refusal {
    Refusal::new("bad_node", lang.f("cli-node-unusable", &[("why", fault.0.as_str().into())]))
}

fn print(report: &Report, asked: &Asked, out: &mut impl Write) -> Result<End, Refusal> {
    let end = match &report.partial {
        Some(_) => End::Interrupted,
        None => End::of(report.violations.is_empty()),
    };
    if asked.json {
        write_json(out, report)?;
        return Ok(end);
    }
    let lang = asked.lang;
    if let Some(partial) = &report.partial {
        write(out, &partial.text(lang))?;
    }
    let figures = [
        ("seeds", Arg::from(report.seeds)),
        ("events", Arg::from(report.events)),
        ("seconds", Arg::from(report.virtual_s)),
        ("operations", Arg::from(report.operations)),
        ("violations", Arg::from(report.violations.len() as u64)),
    ];
    write(out, &lang.f("cli-swarm", &figures))?;
    for broken in &report.violations {
        write(out, &format!("{}  {}  {}", broken.seed, broken.invariant, broken.detail))?;
        for timed in &broken.shrunk {
            write(out, &format!("    {}", serde_json::to_string(timed).unwrap_or_default()))?;
        }
        if !broken.repeats {
            write(out, &lang.t("cli-node-moody"))?;
        }
        write(out, &lang.f("cli-node-next", &[("link", broken.link.as_str().into())]))?;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_taken_apart_like_in_a_shell() {
        let words = |text: &str| {
            let words = command(text, Lang::En).map_err(|refusal| refusal.code);
            words
                .map(|words| words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            words("python3  'my raft.py' --x=\"a b\"").as_deref(),
            Ok(&["python3", "my raft.py", "--x=a b"].map(str::to_owned)[..])
        );
        assert_eq!(words("'' a").as_deref(), Ok(&["".to_owned(), "a".to_owned()][..]));
        assert_eq!(words(" "), Err("bad_arguments".to_owned()));
        assert_eq!(words("a 'b"), Err("bad_arguments".to_owned()));
    }

    #[test]
    fn a_core_that_is_none_and_a_schedule_that_is_none_are_refused() {
        for (arguments, code) in [
            (&["swarm", "--node", "/no/such/core"][..], "bad_node"),
            (&["swarm", "--node", "'"], "bad_arguments"),
            (&["swarm", "--replay", "/no/such/file"], "cannot_read"),
            (&["swarm", "--replay", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")], "bad_schedule"),
        ] {
            assert_eq!(crate::tests::refused(arguments).code, code, "{arguments:?}");
        }
    }

    #[test]
    fn a_schedule_is_replayed_on_our_own_core() {
        let path = std::env::temp_dir().join(format!("quorum-replay-{}.json", std::process::id()));
        let mut schedule = generate(3);
        schedule.actions.truncate(5);
        std::fs::write(&path, serde_json::to_string(&schedule).expect("JSON")).expect("a file");
        let shown = path.to_string_lossy();
        let words = ["swarm", "--replay", &shown, "--json"];
        let (end, text) = crate::tests::run_with(&words, &crate::tests::context(1)).expect("a replay");
        let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            (end, &report["seeds"], &report["node"]),
            (End::Held, &1.into(), &serde_json::Value::Null)
        );
        assert!(report["operations"].as_u64() > Some(20), "{text}");
        let _ = std::fs::remove_file(&path);
    }
}
