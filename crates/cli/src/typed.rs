//! Parses the command line into a request.
//!
//! Options are moved after the words, wherever they were typed; then the grammar's parser reads both. Guarantees:
//! options may precede the command, as they always could; the last occurrence of an option counts, and `--set` and
//! `--preset` apply in the order in which they were typed; an option of another command has no effect and causes a
//! warning. Invalid input is rejected in the user's language (`bad_input`), and no input panics. Leaves out: whether
//! names exist (scenarios, settings, rules), which the modules that define them check.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{ArgMatches, Command};

use super::bad_input;
use super::grammar::{LANGUAGES, PROGRAM, RUNS_FOLDER, Use, command};
use super::shards::Shard;
use quorum_drill::promise::{Promised, RUNS};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Engine,
    Raft,
    Swarm,
    /// The program to be judged, with its arguments.
    Judge(Vec<OsString>),
    /// The rules of a world.
    SwarmRules,
    SwarmMerge,
    CheckHistory(Option<PathBuf>),
    DrillList,
    DrillTrend,
    DrillMerge,
    DrillNotes,
    DrillSettings(String),
    /// A scenario; none where `--test` names it.
    Drill(Option<String>),
    Load,
    Plan,
    Copy,
    LessonsCheck(Option<PathBuf>),
    LessonsLint(Option<PathBuf>),
    LessonsMerge,
    LessonsList,
    LessonsPaths,
    LessonsFacts,
    LessonsGuide,
    LessonsWords,
    LessonsBundle(PathBuf),
    LessonsNew(String),
    ExamList,
    Exam,
    Grade(Vec<PathBuf>),
    Link(Option<PathBuf>),
    /// The word of a standard.
    Pack(String),
    /// A log.
    Replay(PathBuf),
    /// A drill or a saved run.
    Export(String),
    Completions(String),
    Man(Vec<String>),
    /// Print this: help, or the version.
    Show(String),
}

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) what: What,
    pub(super) seed: Option<u64>,
    pub(super) runs: u64,
    pub(super) set: Vec<(String, u64)>,
    pub(super) json: bool,
    pub(super) trace: Option<PathBuf>,
    pub(super) dir: Option<PathBuf>,
    pub(super) csv: bool,
    /// Which columns of a log are what.
    pub(super) columns: Option<String>,
    pub(super) html: Option<PathBuf>,
    pub(super) lang: Lang,
    pub(super) seeds: Option<(u64, u64)>,
    pub(super) events: Option<u64>,
    pub(super) rule_off: Option<String>,
    pub(super) world: Option<String>,
    pub(super) runbook: Option<String>,
    pub(super) test: Option<String>,
    /// What is promised, and on how many fresh runs it is tried.
    pub(super) promise: Option<Promised>,
    pub(super) fresh: Option<u64>,
    pub(super) save: Option<PathBuf>,
    pub(super) label: Option<String>,
    pub(super) trend: Option<PathBuf>,
    pub(super) config: Option<PathBuf>,
    pub(super) rows: Option<u64>,
    pub(super) rounds: Option<u64>,
    /// Where `lessons check` writes the solutions as runs.
    pub(super) runs_folder: Option<PathBuf>,
    pub(super) base: Option<String>,
    pub(super) read: Option<String>,
    /// Who plays an exam: `reference`, `nothing`, or a file.
    pub(super) play: Option<String>,
    pub(super) incident: Option<String>,
    /// Slugs with commas between.
    pub(super) lessons: Option<String>,
    pub(super) mastery: Option<u64>,
    pub(super) page: Option<PathBuf>,
    pub(super) workload: Option<String>,
    pub(super) nodes: Option<u64>,
    pub(super) seconds: Option<u64>,
    /// Kinds of faults, with commas between.
    pub(super) faults: Option<String>,
    pub(super) history: Option<PathBuf>,
    /// The command of a Raft core.
    pub(super) node: Option<String>,
    pub(super) replay: Option<PathBuf>,
    pub(super) out: Option<PathBuf>,
    /// The part of the work that is done here.
    pub(super) shard: Option<Shard>,
    /// Files of parts.
    pub(super) merge: Vec<PathBuf>,
    /// A real server, and how it is reached.
    pub(super) target: Option<String>,
    pub(super) uri: Option<String>,
    pub(super) token: Option<String>,
    pub(super) fault_cmd: Option<String>,
    pub(super) compare: bool,
    pub(super) dry_run: bool,
    pub(super) python: Option<PathBuf>,
    pub(super) ca: Option<PathBuf>,
    /// The number of threads; by default, the number of cores.
    pub(super) jobs: Option<usize>,
    /// The language of help and of what is wrong.
    pub(super) spoken: Lang,
    /// What was typed and changes nothing.
    pub(super) notes: Vec<String>,
}

/// A piece of the command line.
#[derive(Debug)]
enum Piece {
    Word(OsString),
    /// An option that some command has, with its value.
    Option(String, Option<OsString>),
    /// What looks like an option and is none.
    Unknown(OsString),
}

/// Parses the arguments after the program's name. `system` is the language of error messages unless one is requested.
pub(super) fn parse(arguments: &[OsString], system: Lang) -> Result<Asked, Refusal> {
    let tag = named(arguments);
    if let Some(tag) = tag.as_deref().filter(|tag| !spoken_tag(tag)) {
        return Err(bad_input::no_language(tag, system));
    }
    let spoken = tag.map_or(system, |tag| Lang::parse(&tag));
    let root = command(spoken, Use::Parse);
    let mut known = BTreeMap::new();
    options(&root, &mut known);
    let pieces = pieces(arguments, &known);
    let words: Vec<&OsStr> = pieces.iter().filter_map(Piece::word).collect();
    let (path, asked_of) = resolve(&root, &words);
    let mut typed: Vec<OsString> = vec![PROGRAM.into()];
    typed.extend(words.iter().take(path.len()).map(|&word| word.to_owned()));
    let unknown = pieces.iter().find_map(|piece| match piece {
        Piece::Unknown(text) => Some(text.clone()),
        _ => None,
    });
    let mut notes = Vec::new();
    if pieces.iter().any(|piece| matches!(piece, Piece::Option(name, _) if name == "version")) {
        typed = vec![PROGRAM.into(), "--version".into()];
    } else if let Some(text) = unknown {
        // The first that is unknown says enough.
        typed.push(text);
    } else {
        notes = order(&pieces, asked_of, &path, spoken, &mut typed);
        let rest = words.get(path.len()..).unwrap_or_default();
        if rest.iter().any(|word| word.as_encoded_bytes().starts_with(b"-")) {
            typed.push("--".into());
        }
        typed.extend(rest.iter().map(|&word| word.to_owned()));
    }
    match root.clone().try_get_matches_from(typed) {
        Ok(matches) => asked(&matches, &root, spoken, notes),
        Err(error) if bad_input::is_answer(&error) => {
            Ok(Asked { notes, ..nothing(What::Show(bad_input::answer(&error)), spoken) })
        }
        Err(error) => Err(bad_input::refusal(&error, &path, spoken)),
    }
}

/// Whether a tag names a language that there are catalogues for: `en`, `zh-CN`.
fn spoken_tag(tag: &str) -> bool {
    let language = tag.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(language))
}

/// The language that is asked for by name, before anything else is read.
fn named(arguments: &[OsString]) -> Option<String> {
    let mut found = None;
    let mut left = arguments.iter().map(|argument| argument.to_string_lossy());
    while let Some(argument) = left.next() {
        match argument.strip_prefix("--lang") {
            _ if argument == "--" => break,
            Some("") => found = left.next().map(|tag| tag.into_owned()).or(found),
            Some(value) => found = value.strip_prefix('=').map(str::to_owned).or(found),
            None => {}
        }
    }
    found
}

/// How many values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    None,
    One,
    /// All words up to the next option, as a shell writes them for `part-*.json`.
    Many,
}

/// Every option of every command, and how many values it takes.
fn options(command: &Command, into: &mut BTreeMap<String, Values>) {
    for argument in command.get_arguments() {
        if let Some(long) = argument.get_long() {
            let many = argument.get_num_args().is_some_and(|values| values.max_values() > 1);
            let values = match argument.get_action().takes_values() {
                false => Values::None,
                true if many => Values::Many,
                true => Values::One,
            };
            into.insert(long.to_owned(), values);
        }
    }
    command.get_subcommands().for_each(|inner| options(inner, into));
}

/// Takes the command line to pieces. What follows an option that takes a value is its value, unless it is an option
/// itself.
fn pieces(arguments: &[OsString], known: &BTreeMap<String, Values>) -> Vec<Piece> {
    let raw = clap_lex::RawArgs::new(arguments);
    let (mut cursor, mut pieces) = (raw.cursor(), Vec::new());
    while let Some(argument) = raw.next(&mut cursor) {
        if argument.is_escape() {
            pieces.extend(raw.remaining(&mut cursor).map(|word| Piece::Word(word.to_owned())));
            break;
        }
        let (name, value) = match argument.to_value_os().to_str() {
            Some("-h") => ("help", None),
            Some("-V") => ("version", None),
            _ => match argument.to_long() {
                Some((name, value)) => (name.unwrap_or_default(), value.map(OsStr::to_owned)),
                None if argument.is_short() => ("", None),
                None => {
                    pieces.push(Piece::Word(argument.to_value_os().to_owned()));
                    continue;
                }
            },
        };
        let Some(takes) = known.get(name) else {
            pieces.push(Piece::Unknown(argument.to_value_os().to_owned()));
            continue;
        };
        let is_option = |next: &clap_lex::ParsedArg<'_>| {
            next.to_long().and_then(|(name, _)| name.ok()).is_some_and(|name| known.contains_key(name))
        };
        let value = match value {
            None if *takes != Values::None && raw.peek(&cursor).is_some_and(|next| !is_option(&next)) => {
                raw.next_os(&mut cursor).map(OsStr::to_owned)
            }
            value => value,
        };
        pieces.push(Piece::Option(name.to_owned(), value));
        while *takes == Values::Many && raw.peek(&cursor).is_some_and(|next| next.to_long().is_none()) {
            let more = raw.next_os(&mut cursor).map(OsStr::to_owned);
            pieces.push(Piece::Option(name.to_owned(), more));
        }
    }
    pieces
}

impl Piece {
    fn word(&self) -> Option<&OsStr> {
        match self {
            Self::Word(word) => Some(word),
            Self::Option(..) | Self::Unknown(_) => None,
        }
    }
}

/// The command that the first words name, as far as they do, and these words.
fn resolve<'a>(root: &'a Command, words: &[&OsStr]) -> (Vec<String>, &'a Command) {
    let (mut path, mut at) = (Vec::new(), root);
    for word in words {
        let Some(inner) = word.to_str().and_then(|word| at.find_subcommand(word)) else { break };
        path.push(inner.get_name().to_owned());
        at = inner;
    }
    (path, at)
}

/// Moves the options after the command that has them; returns warnings about options that it does not have.
fn order(
    pieces: &[Piece],
    of: &Command,
    path: &[String],
    lang: Lang,
    typed: &mut Vec<OsString>,
) -> Vec<String> {
    let mut notes = Vec::new();
    for piece in pieces {
        let Piece::Option(name, value) = piece else { continue };
        let mut option = OsString::from(format!("--{name}"));
        if !of.get_arguments().any(|argument| argument.get_long() == Some(name)) {
            // Where no command is named, the parser says what is missing.
            if !path.is_empty() {
                let command = format!("{PROGRAM} {}", path.join(" "));
                let figures =
                    [("option", option.to_string_lossy().into_owned().into()), ("command", command.into())];
                notes.push(lang.f("cli-note-unused", &figures));
            }
            continue;
        }
        if let Some(value) = value {
            option.push("=");
            option.push(value);
        }
        typed.push(option);
    }
    notes
}

/// Nothing but what to do.
fn nothing(what: What, spoken: Lang) -> Asked {
    Asked {
        what,
        seed: None,
        runs: 1,
        set: Vec::new(),
        json: false,
        trace: None,
        dir: None,
        csv: false,
        columns: None,
        html: None,
        lang: Lang::default(),
        seeds: None,
        events: None,
        rule_off: None,
        world: None,
        runbook: None,
        test: None,
        promise: None,
        fresh: None,
        save: None,
        label: None,
        trend: None,
        config: None,
        rows: None,
        rounds: None,
        runs_folder: None,
        base: None,
        read: None,
        play: None,
        incident: None,
        lessons: None,
        mastery: None,
        page: None,
        workload: None,
        nodes: None,
        seconds: None,
        faults: None,
        history: None,
        node: None,
        replay: None,
        out: None,
        shard: None,
        merge: Vec::new(),
        target: None,
        uri: None,
        token: None,
        fault_cmd: None,
        compare: false,
        dry_run: false,
        python: None,
        ca: None,
        jobs: None,
        spoken,
        notes: Vec::new(),
    }
}

/// The value of an option, if the command has it and it was given.
fn one<T: Clone + Send + Sync + 'static>(of: &ArgMatches, name: &str) -> Option<T> {
    of.try_get_one::<T>(name).ok().flatten().cloned()
}

/// All values of an option, each with its place on the command line.
fn all<T: Clone + Send + Sync + 'static>(of: &ArgMatches, name: &str) -> Vec<(usize, T)> {
    let values = of.try_get_many::<T>(name).ok().flatten();
    let places = values.as_ref().and_then(|_| of.indices_of(name));
    places.into_iter().flatten().zip(values.into_iter().flatten().cloned()).collect()
}

/// Settings in the order in which `--set` and `--preset` stand.
fn settings(of: &ArgMatches, lang: Lang) -> Result<Vec<(String, u64)>, Refusal> {
    let mut found: Vec<(usize, Vec<(String, u64)>)> = Vec::new();
    for (place, setting) in all::<(String, u64)>(of, "set") {
        found.push((place, vec![setting]));
    }
    for (place, name) in all::<String>(of, "preset") {
        found.push((place, quorum_drill::preset(&name).map_err(|refusal| bad_input::nearer(refusal, lang))?));
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().flat_map(|(_, settings)| settings).collect())
}

fn asked(matches: &ArgMatches, root: &Command, spoken: Lang, notes: Vec<String>) -> Result<Asked, Refusal> {
    let (mut path, mut of) = (Vec::new(), matches);
    while let Some((name, inner)) = of.subcommand() {
        path.push(name);
        of = inner;
    }
    let flag = |name: &str| one::<bool>(of, name).unwrap_or(false);
    let text = |name: &str| one::<String>(of, name);
    let file = |name: &str| one::<PathBuf>(of, name);
    let number = |name: &str| one::<u64>(of, name);
    let promise = one::<Promised>(of, "promise");
    Ok(Asked {
        what: what(&path, of, root, spoken)?,
        seed: number("seed"),
        // One run says nothing about the next ones.
        runs: number("runs").unwrap_or(if promise.is_some() { RUNS } else { 1 }),
        set: settings(of, spoken)?,
        json: flag("json"),
        trace: file("trace"),
        dir: file("dir"),
        csv: flag("csv"),
        columns: text("columns"),
        html: file("html"),
        lang: text("lang").map_or_else(Lang::default, |tag| Lang::parse(&tag)),
        seeds: one(of, "seeds"),
        events: number("events"),
        rule_off: text("break"),
        world: text("world"),
        runbook: text("runbook"),
        test: text("test"),
        promise,
        fresh: number("fresh"),
        save: file("save"),
        label: text("label"),
        trend: file("trend"),
        config: file("config"),
        rows: number("rows"),
        rounds: number("rounds"),
        runs_folder: file(RUNS_FOLDER),
        base: text("base"),
        read: text("read"),
        play: file("play").map(|file| file.to_string_lossy().into_owned()),
        incident: text("incident"),
        lessons: text("lessons"),
        mastery: number("mastery"),
        page: file("page"),
        workload: text("workload"),
        nodes: number("nodes"),
        seconds: number("seconds"),
        faults: text("faults"),
        history: file("history"),
        node: text("node"),
        replay: file("replay"),
        out: file("out"),
        shard: one(of, "shard"),
        merge: all(of, "merge").into_iter().map(|(_, file)| file).collect(),
        target: text("target"),
        uri: text("uri"),
        token: text("token"),
        fault_cmd: text("fault-cmd"),
        compare: flag("compare"),
        dry_run: flag("dry-run"),
        python: file("python"),
        ca: file("ca"),
        jobs: one(of, "jobs"),
        spoken,
        notes,
    })
}

/// What the commands that were named do.
fn what(path: &[&str], of: &ArgMatches, root: &Command, spoken: Lang) -> Result<What, Refusal> {
    let words = || all::<String>(of, "word").into_iter().map(|(_, word)| word).collect::<Vec<_>>();
    let text = || one::<String>(of, "word").unwrap_or_default();
    let path_word = || one::<PathBuf>(of, "word");
    let flag = |name: &str| one::<bool>(of, name).unwrap_or(false);
    let merged = || !all::<PathBuf>(of, "merge").is_empty();
    let nothing_to_do = || Refusal::new("bad_arguments", spoken.t("cli-bad-nothing"));
    Ok(match path {
        [] => return Err(nothing_to_do()),
        ["engine"] => What::Engine,
        ["raft"] => What::Raft,
        ["swarm"] if merged() => What::SwarmMerge,
        ["drill"] if merged() => What::DrillMerge,
        ["lessons", "check"] if merged() => What::LessonsMerge,
        ["swarm"] if flag("rules") => What::SwarmRules,
        ["swarm"] => What::Swarm,
        ["judge"] => What::Judge(all::<OsString>(of, "word").into_iter().map(|(_, word)| word).collect()),
        ["check-history"] => What::CheckHistory(path_word()),
        ["drill", "notes"] => What::DrillNotes,
        ["drill"] => match one::<String>(of, "word") {
            Some(scenario) if flag("settings") => What::DrillSettings(scenario),
            Some(scenario) => What::Drill(Some(scenario)),
            None if flag("list") => What::DrillList,
            None if one::<PathBuf>(of, "trend").is_some() => What::DrillTrend,
            None if one::<String>(of, "test").is_some() => What::Drill(None),
            None => return Err(Refusal::new("bad_arguments", spoken.t("cli-bad-no-scenario"))),
        },
        ["load"] => What::Load,
        ["dr", "plan"] => What::Plan,
        ["dr", "copy"] => What::Copy,
        ["lessons", "check"] if flag("lint") => What::LessonsLint(path_word()),
        ["lessons", "check"] => What::LessonsCheck(path_word()),
        ["lessons", "list"] => What::LessonsList,
        ["lessons", "paths"] => What::LessonsPaths,
        ["lessons", "facts"] => What::LessonsFacts,
        ["lessons", "guide"] => What::LessonsGuide,
        ["lessons", "words"] => What::LessonsWords,
        ["lessons", "bundle"] => What::LessonsBundle(path_word().unwrap_or_default()),
        ["lessons", "new"] => What::LessonsNew(text()),
        ["exam"] if flag("list") => What::ExamList,
        ["exam"] => What::Exam,
        ["grade"] => {
            let files = all::<PathBuf>(of, "word").into_iter().map(|(_, file)| file);
            What::Grade(files.collect())
        }
        ["link"] => What::Link(path_word()),
        ["pack"] => What::Pack(text()),
        ["replay"] => What::Replay(path_word().unwrap_or_default()),
        ["export"] => What::Export(path_word().unwrap_or_default().to_string_lossy().into_owned()),
        ["completions"] => What::Completions(text()),
        ["man"] => What::Man(words()),
        ["help"] => What::Show(super::manual::help(root, &words(), spoken)?),
        _ => return Err(nothing_to_do()),
    })
}
