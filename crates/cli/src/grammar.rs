//! The grammar of the command line: every command, word, option and example, in one table.
//!
//! The parser, the help, the completions and the manual pages are all generated from it, with texts in the user's
//! language. Guarantees: input is the same in every language, and only output differs; help is the same bytes in every
//! terminal, without colours or wrapping. Leaves out: older syntax that still has to work, such as options before the
//! command (`typed`), and what the commands do.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};

use super::shards::Shard;
use super::standard::Standard;
use quorum_drill::promise::Promised;
use quorum_drill::suites::NOTE_TESTS;
use quorum_facade::swarm::WorldKind;
use quorum_i18n::Lang;
use quorum_judge::maelstrom::Workload;

/// The folder that `lessons check` writes runs into. It is typed `--runs`, which counts runs elsewhere.
pub(super) const RUNS_FOLDER: &str = "runs-folder";
/// The program's name.
pub(super) const PROGRAM: &str = "quorum-lab";
/// Most threads that can be asked for.
pub(super) const MOST_JOBS: u64 = 1_024;
/// The languages that reports can be in.
pub(super) const LANGUAGES: [&str; 2] = ["zh", "en"];
/// The shells that completions are written for.
const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// What a command is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// To read what was typed. Names that something else checks are taken as they are.
    Parse,
    /// To be completed by a shell, which gets the names that can be given.
    Complete,
}

/// What an option or a word takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Text,
    Number,
    Jobs,
    File,
    Folder,
    /// One file or more.
    Files,
    /// A file or a folder.
    Path,
    /// NAME=VALUE, again and again.
    Setting,
    Preset,
    Range,
    World,
    Rule,
    Runbook,
    NoteTest,
    /// Milliseconds, or a figure of a drill.
    Promise,
    Scenario,
    Shell,
    /// A language.
    Lang,
    /// A standard of packages.
    Standard,
    /// A part of the work.
    Shard,
    /// Files of parts: one or more after the option.
    Shards,
    /// Commands, one after the other.
    Commands,
    /// A program and its arguments.
    Program,
    /// What clients of a program ask for.
    Workload,
    /// Kinds of faults of a program, with commas between.
    Faults,
}

/// An option: its name, what stands for its value, what it takes, and the message that explains it.
struct Choice(&'static str, &'static str, Takes, &'static str);

/// A positional argument: its placeholder, the values it accepts, the message that explains it, whether it is required.
struct Word(&'static str, Takes, &'static str, bool);

/// A command.
struct Spec {
    name: &'static str,
    about: &'static str,
    word: Option<Word>,
    options: &'static [&'static str],
    /// Accepted because it changes nothing: what the command prints is JSON anyway.
    json_anyway: bool,
    /// What can be typed, and the message that says what it is for.
    examples: &'static [(&'static str, &'static str)],
    inner: &'static [Spec],
}

/// A command without words, options and examples, to begin with.
const PLAIN: Spec =
    Spec { name: "", about: "", word: None, options: &[], json_anyway: false, examples: &[], inner: &[] };

const OPTIONS: [Choice; 56] = [
    Choice("seed", "S", Takes::Number, "cli-o-seed"),
    Choice("runs", "N", Takes::Number, "cli-o-runs"),
    Choice("seeds", "A..B", Takes::Range, "cli-o-seeds"),
    Choice("events", "N", Takes::Number, "cli-o-events"),
    Choice("world", "WORLD", Takes::World, "cli-o-world"),
    Choice("rules", "", Takes::Nothing, "cli-o-rules"),
    Choice("break", "RULE", Takes::Rule, "cli-o-break"),
    Choice("set", "NAME=VALUE", Takes::Setting, "cli-o-set"),
    Choice("preset", "NAME", Takes::Preset, "cli-o-preset"),
    Choice("config", "FILE", Takes::File, "cli-o-config"),
    Choice("runbook", "FILE|NAME", Takes::Runbook, "cli-o-runbook"),
    Choice("test", "TEST", Takes::NoteTest, "cli-o-test"),
    Choice("promise", "MS|FIGURE", Takes::Promise, "cli-o-promise"),
    Choice("fresh", "N", Takes::Number, "cli-o-fresh"),
    Choice("rows", "N", Takes::Number, "cli-o-rows"),
    Choice("rounds", "N", Takes::Number, "cli-o-rounds"),
    Choice("list", "", Takes::Nothing, "cli-o-list"),
    Choice("settings", "", Takes::Nothing, "cli-o-settings"),
    Choice("trend", "FOLDER", Takes::Folder, "cli-o-trend"),
    Choice("save", "FOLDER", Takes::Folder, "cli-o-save"),
    Choice("label", "NAME", Takes::Text, "cli-o-label"),
    Choice("html", "FILE", Takes::File, "cli-o-html"),
    Choice("trace", "FILE", Takes::File, "cli-o-trace"),
    Choice("csv", "", Takes::Nothing, "cli-o-csv"),
    Choice("columns", "ROLE=…", Takes::Text, "cli-o-columns"),
    Choice("json", "", Takes::Nothing, "cli-o-json"),
    Choice("dir", "FOLDER", Takes::Folder, "cli-o-dir"),
    Choice("lessons", "SLUG,…", Takes::Text, "cli-o-lessons"),
    Choice("mastery", "N", Takes::Number, "cli-o-mastery"),
    Choice("page", "FOLDER", Takes::Folder, "cli-o-page"),
    Choice("out", "FILE", Takes::File, "cli-o-out"),
    Choice("jobs", "N", Takes::Jobs, "cli-o-jobs"),
    Choice("lang", "zh|en", Takes::Lang, "cli-o-lang"),
    Choice(RUNS_FOLDER, "FOLDER", Takes::Folder, "cli-o-runs-folder"),
    Choice("lint", "", Takes::Nothing, "cli-o-lint"),
    Choice("base", "URL", Takes::Text, "cli-o-base"),
    Choice("read", "ADDRESS", Takes::Text, "cli-o-read"),
    Choice("workload", "WORD", Takes::Workload, "cli-o-workload"),
    Choice("nodes", "N", Takes::Number, "cli-o-nodes"),
    Choice("seconds", "N", Takes::Number, "cli-o-seconds"),
    Choice("faults", "KINDS", Takes::Faults, "cli-o-faults"),
    Choice("history", "FILE", Takes::File, "cli-o-history"),
    Choice("node", "CMD", Takes::Text, "cli-o-node"),
    Choice("replay", "FILE", Takes::File, "cli-o-replay"),
    Choice("play", "WHO|FILE", Takes::File, "cli-o-play"),
    Choice("incident", "ID", Takes::Text, "cli-o-incident"),
    Choice("shard", "I/N", Takes::Shard, "cli-o-shard"),
    Choice("merge", "FILE", Takes::Shards, "cli-o-merge"),
    Choice("target", "milvus", Takes::Text, "cli-o-target"),
    Choice("uri", "ADDRESS", Takes::Text, "cli-o-uri"),
    Choice("token", "TOKEN", Takes::Text, "cli-o-token"),
    Choice("fault-cmd", "CMD", Takes::Text, "cli-o-fault-cmd"),
    Choice("compare", "", Takes::Nothing, "cli-o-compare"),
    Choice("dry-run", "", Takes::Nothing, "cli-o-dry-run"),
    Choice("python", "FILE", Takes::File, "cli-o-python"),
    Choice("ca", "FILE", Takes::File, "cli-o-ca"),
];

const COMMANDS: &[Spec] = &[
    DRILL,
    LOAD,
    DISASTERS,
    SWARM,
    JUDGE,
    LESSONS,
    EXAM,
    GRADE,
    LINK,
    PACK,
    REPLAY,
    EXPORT,
    Spec {
        name: "engine",
        about: "cli-on-engine",
        options: &["dir"],
        json_anyway: true,
        examples: &[
            ("quorum-lab engine < lines.jsonl", "cli-e-engine"),
            ("quorum-lab engine --dir data < lines.jsonl", "cli-e-engine-dir"),
        ],
        ..PLAIN
    },
    Spec {
        name: "raft",
        about: "cli-on-raft",
        json_anyway: true,
        examples: &[("quorum-lab raft < lines.jsonl", "cli-e-raft")],
        ..PLAIN
    },
    Spec {
        name: "check-history",
        about: "cli-on-check-history",
        word: Some(Word("FILE", Takes::File, "cli-a-history", false)),
        json_anyway: true,
        examples: &[
            ("quorum-lab check-history history.jsonl", "cli-e-history"),
            ("quorum-lab check-history < history.jsonl", "cli-e-history-lines"),
        ],
        ..PLAIN
    },
    Spec {
        name: "completions",
        about: "cli-on-completions",
        word: Some(Word("SHELL", Takes::Shell, "cli-a-shell", true)),
        examples: &[
            ("quorum-lab completions bash > quorum-lab.bash", "cli-e-bash"),
            ("quorum-lab completions zsh > _quorum-lab", "cli-e-zsh"),
            ("quorum-lab completions fish > quorum-lab.fish", "cli-e-fish"),
        ],
        ..PLAIN
    },
    Spec {
        name: "man",
        about: "cli-on-man",
        word: Some(Word("COMMAND", Takes::Commands, "cli-a-command", false)),
        examples: &[
            ("quorum-lab man > quorum-lab.1", "cli-e-man"),
            ("quorum-lab man drill --lang en | man -l -", "cli-e-man-drill"),
        ],
        ..PLAIN
    },
    Spec {
        name: "help",
        about: "cli-on-help",
        word: Some(Word("COMMAND", Takes::Commands, "cli-a-command", false)),
        examples: &[("quorum-lab help drill notes", "cli-e-help")],
        ..PLAIN
    },
];

const DRILL: Spec = Spec {
    name: "drill",
    about: "cli-on-drill",
    word: Some(Word("SCENARIO", Takes::Scenario, "cli-a-scenario", false)),
    options: &[
        "list",
        "settings",
        "test",
        "seed",
        "runs",
        "jobs",
        "set",
        "preset",
        "config",
        "runbook",
        "promise",
        "fresh",
        "json",
        "csv",
        "html",
        "trace",
        "save",
        "label",
        "trend",
        "shard",
        "merge",
        "out",
        "target",
        "uri",
        "token",
        "fault-cmd",
        "compare",
        "dry-run",
        "python",
        "ca",
    ],
    examples: &[
        ("quorum-lab drill --list", "cli-e-drill-list"),
        ("quorum-lab drill failover-coordinator --settings", "cli-e-drill-settings"),
        ("quorum-lab drill failover-all --runs 1000 --jobs 4", "cli-e-drill-runs"),
        (
            "quorum-lab drill failover-coordinator --seed 7 --set health_check_ms=60000 --json --trace trace.jsonl",
            "cli-e-drill-set",
        ),
        ("quorum-lab drill failover-zone --runs 100 --preset milvus --html report.html", "cli-e-drill-html"),
        ("quorum-lab drill --test coordinator", "cli-e-drill-test"),
        ("quorum-lab drill dr-drill --config dr_config.yaml", "cli-e-drill-config"),
        ("quorum-lab drill dr-runbook --runs 1000 --runbook careful", "cli-e-drill-runbook"),
        ("quorum-lab drill failover-coordinator --runs 1000 --promise p99", "cli-e-drill-promise"),
        ("quorum-lab drill failover-coordinator --runs 100 --promise 14000 --json", "cli-e-drill-promise-ms"),
        ("quorum-lab drill failover-suite --save reports --label 2026-11", "cli-e-drill-save"),
        ("quorum-lab drill --trend reports", "cli-e-drill-trend"),
        ("quorum-lab drill failover-all --runs 1000 --shard 0/8 --out part-0.json", "cli-e-drill-shard"),
        ("quorum-lab drill --merge part-*.json --html report.html", "cli-e-drill-merge"),
        (
            "quorum-lab drill failover-proxy --target milvus --uri http://127.0.0.1:19530 --dry-run",
            "cli-e-drill-dry-run",
        ),
        (
            "quorum-lab drill failover-proxy --target milvus --uri http://127.0.0.1:19530 --fault-cmd ./kill-proxy.sh",
            "cli-e-drill-target",
        ),
    ],
    inner: &[Spec {
        name: "notes",
        about: "cli-on-drill-notes",
        options: &["seed", "runs", "jobs", "json"],
        examples: &[("quorum-lab drill notes --runs 20", "cli-e-notes")],
        ..PLAIN
    }],
    ..PLAIN
};

const LOAD: Spec = Spec {
    name: "load",
    about: "cli-on-load",
    options: &["seed", "set", "preset", "json"],
    examples: &[
        ("quorum-lab load", "cli-e-load"),
        ("quorum-lab load --seed 7 --set routing=2 --json", "cli-e-load-set"),
    ],
    ..PLAIN
};

const DISASTERS: Spec = Spec {
    name: "dr",
    about: "cli-on-dr",
    inner: &[
        Spec {
            name: "plan",
            about: "cli-on-dr-plan",
            options: &["config", "set", "preset", "runbook", "json"],
            examples: &[
                ("quorum-lab dr plan --config dr_config.yaml", "cli-e-plan"),
                ("quorum-lab dr plan --preset note-world --json", "cli-e-plan-world"),
            ],
            ..PLAIN
        },
        Spec {
            name: "copy",
            about: "cli-on-dr-copy",
            options: &["seed", "rows", "rounds", "json"],
            examples: &[("quorum-lab dr copy --rows 17000 --rounds 1", "cli-e-copy")],
            ..PLAIN
        },
    ],
    ..PLAIN
};

const SWARM: Spec = Spec {
    name: "swarm",
    about: "cli-on-swarm",
    options: &[
        "world", "seeds", "events", "break", "rules", "node", "replay", "jobs", "json", "shard", "merge",
        "out",
    ],
    examples: &[
        ("quorum-lab swarm --seeds 0..1000", "cli-e-swarm"),
        ("quorum-lab swarm --seeds 0..1000 --break lease_bounded --json", "cli-e-swarm-break"),
        ("quorum-lab swarm --seeds 0..200 --events 3000 --jobs 2", "cli-e-swarm-jobs"),
        ("quorum-lab swarm --world milvus --seeds 0..100", "cli-e-swarm-world"),
        ("quorum-lab swarm --world regions --rules --json", "cli-e-swarm-rules"),
        ("quorum-lab swarm --node ./my-raft --seeds 0..200", "cli-e-swarm-node"),
        ("quorum-lab swarm --node ./my-raft --replay found.json", "cli-e-swarm-replay"),
        ("quorum-lab swarm --seeds 0..1000000 --shard 3/8 --out part-3.json", "cli-e-swarm-shard"),
        ("quorum-lab swarm --merge part-*.json", "cli-e-swarm-merge"),
    ],
    ..PLAIN
};

const JUDGE: Spec = Spec {
    name: "judge",
    about: "cli-on-judge",
    word: Some(Word("CMD", Takes::Program, "cli-a-program", true)),
    options: &["workload", "nodes", "seconds", "seed", "faults", "html", "history", "json"],
    examples: &[
        ("quorum-lab judge --html report.html -- python3 raft.py", "cli-e-judge"),
        ("quorum-lab judge --workload g-set --faults none -- node g_set.js", "cli-e-judge-set"),
        (
            "quorum-lab judge --faults partition,pause,kill --seconds 30 --seed 7 -- ./my-raft",
            "cli-e-judge-kill",
        ),
        ("quorum-lab judge -- quorum-lab maelstrom", "cli-e-judge-own"),
    ],
    ..PLAIN
};

const LESSONS: Spec = Spec {
    name: "lessons",
    about: "cli-on-lessons",
    inner: &[
        Spec {
            name: "check",
            about: "cli-on-lessons-check",
            word: Some(Word("PATH", Takes::Path, "cli-a-lessons", false)),
            options: &[RUNS_FOLDER, "lint", "jobs", "shard", "merge", "out"],
            json_anyway: true,
            examples: &[
                ("quorum-lab lessons check", "cli-e-check"),
                ("quorum-lab lessons check --runs solutions", "cli-e-check-runs"),
                ("quorum-lab lessons check lessons/30-my-lesson", "cli-e-check-path"),
                ("quorum-lab lessons check --lint lessons", "cli-e-check-lint"),
            ],
            ..PLAIN
        },
        Spec {
            name: "list",
            about: "cli-on-lessons-list",
            options: &["json"],
            examples: &[("quorum-lab lessons list --lang en", "cli-e-lessons-list")],
            ..PLAIN
        },
        Spec {
            name: "paths",
            about: "cli-on-lessons-paths",
            options: &["json"],
            examples: &[("quorum-lab lessons paths", "cli-e-lessons-paths")],
            ..PLAIN
        },
        Spec {
            name: "facts",
            about: "cli-on-lessons-facts",
            options: &["json"],
            examples: &[("quorum-lab lessons facts --json --lang en", "cli-e-lessons-facts")],
            ..PLAIN
        },
        Spec {
            name: "guide",
            about: "cli-on-lessons-guide",
            options: &["out"],
            examples: &[("quorum-lab lessons guide --lang en --out guide.html", "cli-e-lessons-guide")],
            ..PLAIN
        },
        Spec {
            name: "words",
            about: "cli-on-lessons-words",
            examples: &[("quorum-lab lessons words", "cli-e-words")],
            ..PLAIN
        },
        Spec {
            name: "new",
            about: "cli-on-lessons-new",
            word: Some(Word("NN-SLUG", Takes::Text, "cli-a-new", true)),
            examples: &[("quorum-lab lessons new 30-my-lesson", "cli-e-new")],
            ..PLAIN
        },
        Spec {
            name: "bundle",
            about: "cli-on-lessons-bundle",
            word: Some(Word("FOLDER", Takes::Folder, "cli-a-bundle", true)),
            examples: &[("quorum-lab lessons bundle lessons/30-my-lesson > lesson.md", "cli-e-bundle")],
            ..PLAIN
        },
    ],
    ..PLAIN
};

const EXAM: Spec = Spec {
    name: "exam",
    about: "cli-on-exam",
    options: &["list", "seed", "incident", "play", "save", "jobs", "json"],
    examples: &[
        ("quorum-lab exam --list", "cli-e-exam-list"),
        ("quorum-lab exam --seed 7 --play reference --json", "cli-e-exam"),
        ("quorum-lab exam --seed 7 --incident corrupt-log --play nothing", "cli-e-exam-one"),
        ("quorum-lab exam --seed 7 --play my-runbook.json --save runs", "cli-e-exam-file"),
        ("quorum-lab exam --play runs/exam-7-corrupt-log.quorum", "cli-e-exam-run"),
    ],
    ..PLAIN
};

const GRADE: Spec = Spec {
    name: "grade",
    about: "cli-on-grade",
    word: Some(Word("FILE", Takes::Files, "cli-a-grade", true)),
    options: &["json", "jobs"],
    examples: &[
        ("quorum-lab grade solution.quorum", "cli-e-grade"),
        ("quorum-lab grade --json one.quorum two.quorum --jobs 4", "cli-e-grade-json"),
    ],
    ..PLAIN
};

const LINK: Spec = Spec {
    name: "link",
    about: "cli-on-link",
    word: Some(Word("FILE", Takes::File, "cli-a-link", false)),
    options: &["base", "read", "out"],
    examples: &[
        ("quorum-lab link run.quorum --base https://example.org/lab/", "cli-e-link"),
        ("quorum-lab link --read index.html#r=AQ --out run.quorum", "cli-e-link-read"),
    ],
    ..PLAIN
};

const PACK: Spec = Spec {
    name: "pack",
    about: "cli-on-pack",
    word: Some(Word("STANDARD", Takes::Standard, "cli-a-standard", true)),
    options: &["lessons", "mastery", "page", "out", "json"],
    examples: &[
        ("quorum-lab pack scorm12 --out course.zip", "cli-e-pack"),
        (
            "quorum-lab pack cmi5 --lessons kill-the-leader,pre-vote --mastery 80 --lang en --out two.zip",
            "cli-e-pack-lessons",
        ),
    ],
    ..PLAIN
};

const REPLAY: Spec = Spec {
    name: "replay",
    about: "cli-on-replay",
    word: Some(Word("FILE", Takes::File, "cli-a-log", true)),
    options: &["csv", "columns", "set", "preset", "json", "html"],
    examples: &[
        ("quorum-lab replay --csv log.csv", "cli-e-replay"),
        ("quorum-lab replay --csv log.csv --columns start=issued,status=answer", "cli-e-replay-columns"),
        ("quorum-lab replay --csv access.csv --html outage.html --lang en", "cli-e-replay-html"),
    ],
    ..PLAIN
};

const EXPORT: Spec = Spec {
    name: "export",
    about: "cli-on-export",
    word: Some(Word("RUN", Takes::Path, "cli-a-export", true)),
    options: &["set", "preset", "out", "json"],
    examples: &[
        ("quorum-lab export failover-partition --out kit", "cli-e-export"),
        ("quorum-lab export run.quorum --out kit", "cli-e-export-run"),
    ],
    ..PLAIN
};

/// The whole command line.
pub(super) fn command(lang: Lang, made_for: Use) -> Command {
    let root = Spec {
        name: PROGRAM,
        about: "cli-help",
        examples: &[
            ("quorum-lab drill kill-the-leader --lang en", "cli-e-first"),
            ("quorum-lab swarm --seeds 0..200", "cli-e-swarm"),
            ("quorum-lab help drill", "cli-e-help"),
        ],
        inner: COMMANDS,
        ..PLAIN
    };
    let version = asking("version", 'V', ArgAction::Version, "cli-o-version", lang);
    of_spec(&root, PROGRAM, lang, made_for).version(env!("CARGO_PKG_VERSION")).arg(version)
}

/// A command of the table, with those inside it.
fn of_spec(spec: &Spec, path: &str, lang: Lang, made_for: Use) -> Command {
    let mut command = Command::new(spec.name)
        .about(lang.t(spec.about))
        .override_usage(usage(spec, path, lang))
        .help_template(template(spec, lang))
        .subcommand_help_heading(lang.t("cli-h-commands"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .args_override_self(true)
        // The program itself says what it can do; a drill can be asked for by its scenario.
        .subcommand_required(!spec.inner.is_empty() && spec.word.is_none() && spec.name != PROGRAM);
    if let Some(word) = &spec.word {
        command = command.arg(of_word(word, lang, made_for));
    }
    for name in spec.options {
        command = command.args(option(name, lang, made_for));
    }
    if spec.json_anyway {
        command = command.args(option("json", lang, made_for).map(|json| json.hide(true)));
    }
    command = command.args(option("lang", lang, made_for));
    command = command.arg(asking("help", 'h', ArgAction::Help, "cli-o-help", lang));
    for inner in spec.inner {
        command = command.subcommand(of_spec(inner, &format!("{path} {}", inner.name), lang, made_for));
    }
    command.after_help(examples(spec, lang))
}

/// The order of a help, with our headings; the parser's own have colons that no Chinese text has.
fn template(spec: &Spec, lang: Lang) -> String {
    let mut parts = vec!["{about}".to_owned(), lang.f("cli-h-usage", &[("usage", "{usage}".into())])];
    let mut part = |heading: &str, what: &str| {
        parts.push(lang.f("cli-h-part", &[("heading", lang.t(heading).into())]) + "\n" + what);
    };
    if spec.word.is_some() {
        part("cli-h-words", "{positionals}");
    }
    if !spec.inner.is_empty() {
        part("cli-h-commands", "{subcommands}");
    }
    part("cli-h-options", "{options}");
    parts.join("\n\n") + "{after-help}"
}

/// How a command is typed.
fn usage(spec: &Spec, path: &str, lang: Lang) -> String {
    let mut usage = path.to_owned();
    if !spec.inner.is_empty() && spec.word.is_none() {
        usage.push_str(&format!(" {}", lang.t("cli-h-command")));
    }
    if let Some(Word(name, takes, _, needed)) = &spec.word {
        let more = if matches!(takes, Takes::Commands | Takes::Files) { "…" } else { "" };
        if *takes == Takes::Program {
            // Options after it are its own.
            return usage + &format!(" {} -- {name}…", lang.t("cli-h-some-options"));
        }
        usage.push_str(&if *needed { format!(" {name}{more}") } else { format!(" [{name}{more}]") });
    }
    usage + &format!(" {}", lang.t("cli-h-some-options"))
}

/// What can be typed, each with what it is for.
fn examples(spec: &Spec, lang: Lang) -> String {
    if spec.examples.is_empty() {
        return if spec.name == PROGRAM { String::new() } else { lang.t("cli-h-inside") };
    }
    let mut text = lang.f("cli-h-part", &[("heading", lang.t("cli-h-examples").into())]);
    for (typed, key) in spec.examples {
        text.push_str(&format!("\n  {typed}\n      {}", lang.t(key)));
    }
    if spec.name == PROGRAM {
        text.push_str(&format!("\n\n{}", lang.t("cli-h-status")));
    }
    if spec.options.contains(&"break") {
        for world in WorldKind::ALL {
            let heading = lang.f("cli-h-rules", &[("world", world.word().into())]);
            let heading = lang.f("cli-h-part", &[("heading", heading.into())]);
            text.push_str(&format!("\n\n{heading}{}", in_lines(&rules(world))));
        }
    }
    text
}

/// The names of a world's rules.
fn rules(world: WorldKind) -> Vec<&'static str> {
    world.rules().iter().map(|rule| rule.name).collect()
}

/// Names in lines that fit a terminal.
fn in_lines(names: &[&str]) -> String {
    const MOST: usize = 96;
    let mut lines = vec![String::new()];
    for name in names {
        if lines.last().is_some_and(|line| line.len() + name.len() > MOST) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str("  ");
            line.push_str(name);
        }
    }
    lines.iter().map(|line| format!("\n{line}")).collect()
}

/// `--help`, or `--version`, which only the program itself has.
fn asking(name: &'static str, short: char, action: ArgAction, key: &str, lang: Lang) -> Arg {
    let heading = lang.t("cli-h-options");
    Arg::new(name).long(name).short(short).action(action).help(lang.t(key)).help_heading(heading)
}

fn of_word(word: &Word, lang: Lang, made_for: Use) -> Arg {
    let Word(name, takes, key, needed) = word;
    let arg = Arg::new("word").value_name(*name).required(*needed).help(lang.t(key));
    taking(arg, *takes, made_for).help_heading(lang.t("cli-h-words"))
}

fn option(name: &str, lang: Lang, made_for: Use) -> Option<Arg> {
    let Choice(name, value, takes, key) = OPTIONS.iter().find(|option| option.0 == name)?;
    let long = if *name == RUNS_FOLDER { "runs" } else { *name };
    let arg = Arg::new(*name).long(long).help(lang.t(key)).help_heading(lang.t("cli-h-options"));
    let arg = if *takes == Takes::Nothing { arg } else { arg.value_name(*value) };
    Some(taking(arg, *takes, made_for))
}

/// Lets an argument take what it takes.
fn taking(arg: Arg, takes: Takes, made_for: Use) -> Arg {
    if takes == Takes::Nothing {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.hide_possible_values(true);
    let named = |names: Vec<&'static str>| match made_for {
        Use::Parse => ValueParser::string(),
        Use::Complete => PossibleValuesParser::new(names).into(),
    };
    match takes {
        Takes::Nothing | Takes::Text => arg.value_parser(ValueParser::string()),
        Takes::Number => arg.value_parser(number),
        Takes::Jobs => arg.value_parser(jobs),
        Takes::File => arg.value_parser(value_parser!(std::path::PathBuf)).value_hint(ValueHint::FilePath),
        Takes::Files => {
            let arg = arg.value_parser(value_parser!(std::path::PathBuf)).value_hint(ValueHint::FilePath);
            arg.num_args(1..).action(ArgAction::Append)
        }
        Takes::Folder => arg.value_parser(value_parser!(std::path::PathBuf)).value_hint(ValueHint::DirPath),
        Takes::Path => arg.value_parser(value_parser!(std::path::PathBuf)).value_hint(ValueHint::AnyPath),
        Takes::Setting => arg.value_parser(setting).action(ArgAction::Append),
        Takes::Preset => arg
            .value_parser(named(vec!["course", "milvus", "milvus-2.3.5", "note-world"]))
            .action(ArgAction::Append),
        Takes::Range => arg.value_parser(range),
        // `en-GB` is understood as well; another language is refused before anything is parsed (`typed`).
        Takes::Lang => arg.value_parser(named(LANGUAGES.to_vec())),
        Takes::World => arg.value_parser(named(WorldKind::ALL.map(WorldKind::word).to_vec())),
        Takes::Rule => arg.value_parser(named(WorldKind::ALL.into_iter().flat_map(rules).collect())),
        Takes::Runbook => arg.value_parser(ValueParser::string()).value_hint(ValueHint::FilePath),
        Takes::NoteTest => arg.value_parser(named(NOTE_TESTS.iter().map(|(test, _)| *test).collect())),
        Takes::Promise => arg.value_parser(promised),
        Takes::Scenario => arg.value_parser(named(quorum_drill::scenarios())),
        Takes::Shell => arg.value_parser(PossibleValuesParser::new(SHELLS)),
        Takes::Standard => arg.value_parser(PossibleValuesParser::new(Standard::ALL.map(Standard::word))),
        Takes::Shard => arg.value_parser(shard),
        Takes::Shards => {
            let arg = arg.value_parser(value_parser!(std::path::PathBuf)).value_hint(ValueHint::FilePath);
            arg.num_args(1..).action(ArgAction::Append)
        }
        Takes::Commands => arg.value_parser(ValueParser::string()).num_args(0..).action(ArgAction::Append),
        Takes::Program => {
            let arg = arg.value_parser(ValueParser::os_string()).value_hint(ValueHint::CommandWithArguments);
            arg.num_args(1..).trailing_var_arg(true).action(ArgAction::Append)
        }
        Takes::Workload => arg.value_parser(named(Workload::ALL.map(Workload::word).to_vec())),
        Takes::Faults => arg.value_parser(ValueParser::string()),
    }
}

/// What is wrong with a value, where it is more than its spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// No whole number of 64 bits.
    Number,
    /// No number of threads.
    Jobs,
    /// Not NAME=NUMBER.
    Setting,
    /// Not FIRST..END, or nothing between them.
    Range,
    /// Not I/N with I below N.
    Shard,
    /// Neither milliseconds nor a figure.
    Promise,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{self:?}")
    }
}

impl std::error::Error for Wrong {}

fn number(text: &str) -> Result<u64, Wrong> {
    u64::from_str(text).map_err(|_| Wrong::Number)
}

fn jobs(text: &str) -> Result<usize, Wrong> {
    let jobs = u64::from_str(text).map_err(|_| Wrong::Jobs)?;
    usize::try_from(jobs).ok().filter(|_| (1..=MOST_JOBS).contains(&jobs)).ok_or(Wrong::Jobs)
}

fn shard(text: &str) -> Result<Shard, Wrong> {
    text.parse().map_err(|()| Wrong::Shard)
}

fn promised(text: &str) -> Result<Promised, Wrong> {
    text.parse().map_err(|()| Wrong::Promise)
}

fn setting(text: &str) -> Result<(String, u64), Wrong> {
    let (name, value) = text.split_once('=').ok_or(Wrong::Setting)?;
    Ok((name.to_owned(), value.parse().map_err(|_| Wrong::Setting)?))
}

fn range(text: &str) -> Result<(u64, u64), Wrong> {
    let (first, end) = text.split_once("..").ok_or(Wrong::Range)?;
    let (first, end) = (number(first).map_err(|_| Wrong::Range)?, number(end).map_err(|_| Wrong::Range)?);
    if first < end { Ok((first, end)) } else { Err(Wrong::Range) }
}
