//! Holds the two catalogues together, the code to the catalogues, and the compiled texts to what Fluent would return.
//!
//! Guarantees: a failure names the message. Leaves out: whether a translation is a good one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::langid;

use super::{Arg, Catalogue, Lang, Part, asset, grouped, learnt, say};
use quorum_texts::compile::{compile, pack};
use quorum_texts::{CLI, Program};

const ZH: &str = include_str!("../catalogues/zh.ftl");
const EN: &str = include_str!("../catalogues/en.ftl");

/// Message names of a catalogue with the arguments each one uses.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    assert!(FluentResource::try_new(source.to_owned()).is_ok(), "a catalogue does not parse");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines() {
        let head = line.split_once(" =").map(|(name, _)| name);
        if let Some(name) = head.filter(|name| !name.is_empty() && !name.starts_with([' ', '#', '['])) {
            assert!(!found.contains_key(name), "`{name}` is there twice");
            current = name.to_owned();
            found.insert(current.clone(), BTreeSet::new());
        }
        for part in line.split('$').skip(1) {
            let argument: String = part.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            if let Some(arguments) = found.get_mut(&current) {
                arguments.insert(argument);
            }
        }
    }
    found
}

#[test]
fn both_catalogues_have_the_same_messages_and_arguments() {
    let (zh, en) = (messages(ZH), messages(EN));
    let missing: Vec<_> = zh.keys().filter(|name| !en.contains_key(*name)).collect();
    assert!(missing.is_empty(), "en.ftl lacks {missing:?}");
    let missing: Vec<_> = en.keys().filter(|name| !zh.contains_key(*name)).collect();
    assert!(missing.is_empty(), "zh.ftl lacks {missing:?}");
    for (name, arguments) in &zh {
        assert_eq!(Some(arguments), en.get(name), "arguments of `{name}`");
    }
}

/// Every Rust file under `src`.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("i18n/src/tests.rs") {
            into.push(path);
        }
    }
}

/// The sources of the page and of every crate.
fn sources_of_all(into: &mut Vec<PathBuf>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["src", "crates"] {
        sources(&root.join(folder), into);
    }
}

#[test]
fn every_message_that_the_code_names_is_there() {
    let known = messages(ZH);
    let mut files = Vec::new();
    sources_of_all(&mut files);
    let mut gaps = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default();
        for opening in [".t(\"", ".f(\"", "i18n::say(lang, \"", "key: \""] {
            for part in text.split(opening).skip(1) {
                let name = part.split('"').next().unwrap_or_default();
                if !known.contains_key(name) {
                    gaps.push(format!("{}: {name}", file.display()));
                }
            }
        }
    }
    assert!(gaps.is_empty(), "not in the catalogues: {gaps:#?}");
}

/// Beginnings of messages that are named by what they tell of: `role-leader`, `field-lsn`.
const FAMILIES: [&str; 82] = [
    "cli-like-",
    "cli-log-",
    "co-op-",
    "cause-",
    "because-",
    "in-f-",
    "mc-msg-",
    "co-ev-",
    "co-me-",
    "co-fi-",
    "co-kind-",
    "co-test-",
    "co-score-",
    "co-wd-",
    "gl-w-",
    "gl-d-",
    "home-em-f-",
    "home-track-",
    "broke-",
    "inv-",
    "invariant-",
    "rule-",
    "why-",
    "err-",
    "fault-",
    "field-",
    "role-",
    "short-",
    "act-",
    "change-",
    "drill-died-",
    "drill-disaster-",
    "drill-do-",
    "drill-grade-",
    "drill-note-",
    "drill-rpo-class-",
    "drill-rto-class-",
    "drill-name-dr-",
    "drill-stage-",
    "drill-stage5-",
    "drill-surprise-",
    "drill-why-",
    "mc-fail-",
    "mc-kind-",
    "mc-ld-what-",
    "mc-ld-why-",
    "mc-short-",
    "mc-state-",
    "mc-set-",
    "mc-unit-",
    "mc-said-",
    "outage-cause-",
    "rg-alert-",
    "rg-backup-",
    "rg-bad-",
    "rg-book-",
    "rg-cfg-",
    "rg-change-",
    "rg-channel-",
    "rg-cmp-",
    "rg-died-",
    "rg-hb-",
    "rg-is-",
    "rg-mode-",
    "rg-price-",
    "rg-s-",
    "rg-said-",
    "rg-set-",
    "rg-step-",
    "rg-unit-",
    "rg-why-",
    "start-",
    "tn-fate-",
    "ex-lacks-",
    "ex-title-",
    "ex-report-",
    "ex-why-",
    "ex-tool-",
    "ex-err-",
    "ex-k-",
    "ex-f-",
    "ex-w-",
];

#[test]
fn every_cause_that_the_first_script_names_is_explained_and_no_other() {
    let script = include_str!("../../../www/start.js");
    let known = messages(ZH);
    // A cause stands where it is made, as a fault or in place.
    let mut causes: BTreeSet<&str> = BTreeSet::new();
    for opening in ["fault(\"", "cause: \"", "return \"", "? null : \""] {
        for part in script.split(opening).skip(1) {
            causes.insert(part.split('"').next().unwrap_or_default());
        }
    }
    let causes: BTreeSet<&str> =
        causes.into_iter().filter(|cause| known.contains_key(&format!("start-{cause}-do"))).collect();
    assert!(causes.len() >= 13, "{causes:?}");
    let plain = ["wait", "slow", "title", "retry", "own-tab"];
    for name in known.keys().filter_map(|name| name.strip_prefix("start-")) {
        let cause = name.strip_suffix("-do").unwrap_or(name);
        assert!(plain.contains(&cause) || causes.contains(cause), "www/start.js never says start-{name}");
        assert!(plain.contains(&cause) || known.contains_key(&format!("start-{cause}")), "start-{cause}");
    }
    for part in script.split("say(\"start-").skip(1) {
        let name = part.split('"').next().unwrap_or_default();
        // What ends in nothing is put together with a cause.
        assert!(name.is_empty() || plain.contains(&name), "start-{name} is not in the catalogues");
    }
}

#[test]
fn every_message_is_said_somewhere() {
    let mut files = Vec::new();
    sources_of_all(&mut files);
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect();
    let silent: Vec<String> = messages(ZH)
        .into_keys()
        .filter(|name| !FAMILIES.iter().any(|family| name.starts_with(family)))
        .filter(|name| !code.contains(&format!("\"{name}\"")))
        .collect();
    assert!(silent.is_empty(), "nothing says {silent:?}");
}

#[test]
fn the_page_goes_without_what_only_the_command_line_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues");
    let names = |program| -> [Vec<String>; 2] {
        let packed = quorum_texts::catalogues(&folder, program).expect("they are read").packed;
        packed.map(|parts| parts.iter().flat_map(|part| names_of(&part.text)).collect())
    };
    let [native, page] = [Program::Native, Program::Page].map(names);
    for (all, some) in native.iter().zip(&page) {
        let expected: Vec<&String> = all.iter().filter(|name| !name.starts_with(CLI)).collect();
        assert!(expected.len() < all.len());
        assert_eq!(some.iter().collect::<Vec<_>>(), expected);
    }
    let mut files = Vec::new();
    sources_of_all(&mut files);
    for file in files.iter().filter(|file| !file.to_string_lossy().contains("crates/cli/")) {
        let text = fs::read_to_string(file).unwrap_or_default();
        let said = text.split(&format!("\"{CLI}")).nth(1).and_then(|rest| rest.split('"').next());
        // The beginning alone is where it is defined.
        assert_eq!(
            said.filter(|rest| !rest.is_empty()),
            None,
            "{} says a message of the command line's",
            file.display()
        );
    }
}

#[test]
fn every_breach_has_a_sentence_with_its_figures() {
    let checkers = [
        include_str!("../../sim/src/checkers.rs"),
        include_str!("../../milvus/src/checkers.rs"),
        include_str!("../../milvus/src/checkers/log_stores.rs"),
        include_str!("../../milvus/src/checkers/kept.rs"),
        include_str!("../../milvus/src/checkers/roles.rs"),
        include_str!("../../milvus/src/checkers/segments.rs"),
        include_str!("../../regions/src/checkers.rs"),
        include_str!("../../regions/src/checkers/service.rs"),
    ];
    let known = messages(ZH);
    let mut said: Vec<String> = Vec::new();
    for part in checkers.iter().flat_map(|text| text.split("Breach::new(").skip(1)) {
        let mut parts = part.split('"').skip(1).step_by(2);
        let (Some(what), Some(text)) = (parts.next(), parts.next()) else { panic!("{part}") };
        let mut names: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        // A figure may be indexed itself, so that the first bracket need not be the last.
        let mut open = 1;
        let inside = |sign: &char| {
            open += i32::from(*sign == '[') - i32::from(*sign == ']');
            open > 0
        };
        let figures = part.split_once("&[").map_or("", |(_, behind)| behind);
        let figures: String = figures.chars().take_while(inside).collect();
        let count = figures.split(',').filter(|figure| !figure.trim().is_empty()).count();
        assert_eq!(count, names.len(), "{what}: {figures}");
        names.sort_unstable();
        let arguments = &known[&format!("broke-{what}")];
        assert_eq!(arguments.iter().map(String::as_str).collect::<Vec<_>>(), names, "{what}");
        said.push(format!("broke-{what}"));
    }
    said.sort();
    said.dedup();
    let all: Vec<&String> = known.keys().filter(|name| name.starts_with("broke-")).collect();
    assert!(said.len() >= 45 && all.iter().all(|name| said.contains(name)), "{said:?} for {all:?}");
}

#[test]
fn numbers_are_grouped_and_plurals_chosen() {
    assert_eq!(grouped(0), "0");
    assert_eq!(grouped(999), "999");
    assert_eq!(grouped(1_000), "1,000");
    assert_eq!(grouped(1_234_567), "1,234,567");
    let args: [(&str, Arg); 3] = [("nodes", 5.into()), ("need", 3.into()), ("reachable", 3.into())];
    assert_eq!(say(Lang::Zh, "majority-can-elect", &args), "5 个节点，多数派 3，可达 3：能选主");
    assert_eq!(say(Lang::En, "majority-can-elect", &args), "5 nodes, majority 3, reachable 3: can elect");
    assert_eq!(say(Lang::En, "rows-n", &[("n", 11_000.into())]), "11,000 rows");
    assert_eq!(say(Lang::En, "rows-n", &[("n", 1.into())]), "1 row");
    assert_eq!(say(Lang::En, "no-such-message", &[]), "no-such-message");
}

/// Fluent itself over a catalogue, without isolation marks and with whole numbers in groups of three.
fn fluent(lang: Lang, source: &str) -> FluentBundle<FluentResource> {
    let tag = match lang {
        Lang::Zh => langid!("zh-CN"),
        Lang::En => langid!("en"),
    };
    let mut bundle = FluentBundle::new(vec![tag]);
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 && number.value.abs() < 9e15 => {
            let sign = if number.value < 0.0 { "\u{2212}" } else { "" };
            Some(format!("{sign}{}", grouped(number.value.abs() as u64)))
        }
        _ => None,
    }));
    bundle
        .add_resource(FluentResource::try_new(source.to_owned()).expect("it parses"))
        .expect("no name twice");
    bundle
}

fn fluent_says(bundle: &FluentBundle<FluentResource>, key: &str, args: &[(&str, Arg)]) -> String {
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        return key.to_owned();
    };
    let mut values = FluentArgs::new();
    for (name, value) in args {
        values.set(
            *name,
            match value {
                Arg::Number(number) => FluentValue::from(*number),
                Arg::Text(text) => FluentValue::String(Cow::Borrowed(text)),
            },
        );
    }
    bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
}

/// Holds a reader to Fluent: each message with each argument missing, and with each of these values for all.
fn hold_to_fluent(catalogues: [&Catalogue<'_>; 2], sources: [&str; 2]) {
    let values = || {
        let numbers = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            2.0,
            42.0,
            1_234_567.0,
            -5.0,
            1.5,
            -1.5,
            0.1 + 0.2,
            1e-7,
            8_999_999_999_999_999.0,
        ]
        .into_iter()
        .chain([
            9e15,
            -9e15,
            1e300,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ]);
        let texts = ["", "text", "S1", "one", "other", "1", "*other", "{ $n }", "三 \u{2}n\u{2}\n"];
        numbers.map(Arg::Number).chain(texts.map(Arg::from))
    };
    for (lang, source) in [(Lang::Zh, sources[0]), (Lang::En, sources[1])] {
        let bundle = fluent(lang, source);
        let known = messages(source);
        let catalogue = catalogues[lang as usize];
        for (name, arguments) in &known {
            let same = |args: &[(&str, Arg)]| {
                let expected = fluent_says(&bundle, name, args);
                assert_eq!(
                    catalogue.say(name, args).as_deref(),
                    Some(&*expected),
                    "{lang:?} `{name}` with {args:?}"
                );
            };
            same(&[]);
            for value in values() {
                let all: Vec<(&str, Arg)> =
                    arguments.iter().map(|argument| (argument.as_str(), value.clone())).collect();
                same(&all);
                for gap in 0..all.len() {
                    let mut some = all.clone();
                    some.remove(gap);
                    same(&some);
                    // The argument that comes last counts.
                    let mut more = all.clone();
                    more.push((all[gap].0, Arg::Number(1.0)));
                    same(&more);
                }
            }
        }
    }
}

/// What of Fluent is read, whether the catalogues use it today or not.
const ODD: &str = "# A comment\n\n## A group\n\n### All\n\nplain = text\nonly = { $n }\n\
    pair = {$n}{ $m }\n  and a line\n\n    and another\n\
    exact = a { $n ->\n  [0] none\n  [1] just { $m }\n  [-5] minus\n  [007] seven\n  [one] one\n  [S1] node\n \
    *[other] { $n }, { $m }\n } b\n\
    default-first = { $n ->\n *[many] many\n  [1] 1\n  [other] others\n }{ $n ->\n *[one] 1\n  [few] few\n }.\n\
    z-last = 😀 z\n";

/// Both catalogues of sources that are the same in both languages, packed.
fn packed(source: &str) -> [String; 2] {
    compile([("zh", source), ("en", source)]).expect("it is read").map(|messages| pack(&messages))
}

#[test]
fn what_is_said_is_what_fluent_says() {
    let [zh, en] = compile([("zh", ZH), ("en", EN)]).expect("they are read").map(|messages| pack(&messages));
    hold_to_fluent([&Catalogue::read(Lang::Zh, &zh), &Catalogue::read(Lang::En, &en)], [ZH, EN]);
    let [zh, en] = packed(ODD);
    let (zh, en) = (Catalogue::read(Lang::Zh, &zh), Catalogue::read(Lang::En, &en));
    assert_eq!(en.pieces.len(), 2 * messages(ODD).len());
    hold_to_fluent([&zh, &en], [ODD, ODD]);
    let says = |n: f64| en.say("exact", &[("n", Arg::Number(n)), ("m", "m".into())]).unwrap_or_default();
    assert_eq!(
        [0.0, 1.0, -1.0, 7.0, 8.0].map(says),
        ["a none b", "a just m b", "a one b", "a seven b", "a 8, m b"]
    );
}

/// The names of a packed part's messages.
fn names_of(packed: &str) -> Vec<String> {
    let pieces: Vec<&str> = packed.split(super::NEXT).collect();
    pieces[..pieces.len() / 2].iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_parts_of_a_catalogue_are_their_files_and_have_every_message_once() {
    for lang in [Lang::Zh, Lang::En] {
        let mut names = Vec::new();
        for part in Part::ALL {
            let packed = learnt(lang, part).unwrap();
            assert!(asset(lang, part).holds(packed), "{lang:?} {part:?}");
            let broken = packed.replacen('-', "", 1);
            assert!(!super::learn(lang, broken), "what is not whole is not learnt");
            let own = names_of(packed);
            assert!(own.len() > 80 && own.iter().all(|name| Part::of(name) == part), "{part:?}");
            names.extend(own);
        }
        names.sort_unstable();
        let expected: Vec<String> = messages(EN).into_keys().collect();
        assert_eq!(names, expected);
    }
}

/// A view must not say what is in a part that is not loaded where it is shown: a reader would see an ellipsis.
#[test]
fn a_view_says_only_what_is_in_the_parts_that_it_loads() {
    // Rows of a list of keys and marks on a time line that only a cluster has.
    const OF_A_CLUSTER: [&str; 5] =
        ["ui/desk/", "ui/milvus/", "ui/key_map.rs", "ui/instruments.rs", "ui/timeline.rs"];
    // Names of drills, of which outages on the page need only the phases of two regions.
    const OF_REGIONS: [&str; 5] =
        ["ui/desk/", "ui/regions/", "ui/instruments.rs", "drill/src/", "lab/regions"];
    // The home page, the pages in its place, and the title of the document.
    const OF_HOME: [&str; 10] = [
        "course/facts",
        "ui/home",
        "ui/embedding/",
        "ui/desk/",
        "ui/app.rs",
        "course/glossary",
        "course/progress",
        "course/open",
        "course/print",
        "ui/stored",
    ];
    const OF_BOTH: [&str; 4] = ["ui/desk/", "ui/milvus/", "ui/regions/", "drill/src/"];
    let may = |part: Part, file: &str| match part {
        Part::Common => true,
        Part::Milvus => OF_A_CLUSTER.iter().any(|place| file.contains(place)),
        Part::Regions => OF_REGIONS.iter().any(|place| file.contains(place)),
        Part::Home => OF_HOME.iter().any(|place| file.contains(place)),
        Part::Tabs => file.contains("ui/tabs/"),
        Part::Exam => file.contains("ui/exam/"),
        Part::Drills => OF_BOTH.iter().any(|place| file.contains(place)),
    };
    let mut files = Vec::new();
    sources_of_all(&mut files);
    let all = messages(EN);
    let mut wrong = Vec::new();
    for file in &files {
        let path = file.to_string_lossy().replace('\\', "/");
        // Native programs have every part.
        if path.contains("crates/cli/") || path.contains("tests") {
            continue;
        }
        let text = fs::read_to_string(file).unwrap_or_default();
        for name in all.keys().filter(|name| !may(Part::of(name), &path)) {
            if text.contains(&format!("\"{name}\"")) {
                wrong.push(format!("{path}: {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_not_read_is_refused_with_file_and_line() {
    for (source, fault) in [
        ("a = 1\n-term = 2", "line 2: terms are not read"),
        ("a = 1\n    .title = 2", "line 2: attributes are not read"),
        ("a =\n    .title = 2", "line 2: attributes are not read"),
        ("a = 1\nb = 2\na = 3", "line 3: `a` is there twice"),
        ("a = 1\nb = { NUMBER($n) }", "line 2: in braces only an argument is read, such as { $n }"),
        ("a = 1\nb = {a}", "line 2: in braces only an argument is read, such as { $n }"),
        ("a = { \"\" }", "line 1: in braces only an argument is read, such as { $n }"),
        ("a = b\n    { { $n } }", "line 2: in braces only an argument is read, such as { $n }"),
        ("a = { 5 ->\n *[one] b\n }", "line 1: in braces only an argument is read, such as { $n }"),
        ("a = { $n ->\n *[1.5] b\n }", "line 2: a number that chooses must be whole and small"),
        ("a = { $n ->\n *[9007199254740993] b\n }", "line 2: a number that chooses must be whole and small"),
        ("a = { $n ->\n *[one] { $m ->\n *[one] b\n }\n }", "line 2: a choice inside a choice is not read"),
        ("a = b\u{2}c", "line 1: a control character"),
        ("a = b\n\nc = { $n", "line 3: Expected a token starting with \"}\""),
        ("a = b\nc = d", "line 2: `c` is not in en"),
    ] {
        assert_eq!(compile([("zh", source), ("en", "a = 1")]), Err(format!("zh: {fault}")), "{source}");
    }
    assert_eq!(
        compile([("zh", "a = 1"), ("en", "a = 1\nb = 2")]),
        Err("en: line 2: `b` is not in zh".into())
    );
}

#[test]
fn damage_is_no_panic() {
    let [_, packed] = packed(ODD);
    let names: Vec<String> = messages(ODD).into_keys().collect();
    let read = |damaged: &str| {
        for (lang, n) in [(Lang::Zh, Arg::Number(2.0)), (Lang::En, Arg::Number(1.0)), (Lang::En, "S1".into())]
        {
            let catalogue = Catalogue::read(lang, damaged);
            for name in names.iter().map(String::as_str).chain(["", "text"]) {
                let _ = catalogue.say(name, &[("n", n.clone())]);
                let _ = catalogue.say(name, &[]);
            }
        }
    };
    for at in 0..=packed.len() {
        let (before, after) = packed.as_bytes().split_at(at);
        read(&String::from_utf8_lossy(before));
        read(&String::from_utf8_lossy(after));
        for bit in 0..8 {
            let mut flipped = packed.clone().into_bytes();
            if let Some(byte) = flipped.get_mut(at) {
                *byte ^= 1 << bit;
            }
            read(&String::from_utf8_lossy(&flipped));
        }
        for other in ["\u{1}", "\u{2}", "\u{3}", "\u{4}", "\u{5}", "*", "界"] {
            let whole = [before, other.as_bytes(), after].concat();
            read(&String::from_utf8_lossy(&whole));
        }
    }
}

/// The codes that refusals below the page's own words are made with.
fn codes() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources_of_all(&mut files);
    // What only a command line or a driver of bare nodes says never reaches the page.
    // The exam says its own refusals (`ex-err-…`).
    let elsewhere = [
        "crates/cli/",
        "crates/course/",
        "crates/exam/",
        "crates/real/",
        "crates/drill/src/outside.rs",
        "crates/sim/src/group/",
    ];
    let mut codes = BTreeSet::new();
    for file in
        files.iter().filter(|file| !elsewhere.iter().any(|path| file.to_string_lossy().contains(path)))
    {
        let text = fs::read_to_string(file).unwrap_or_default();
        // Tests make refusals of their own.
        let text = text.split("\nmod tests {").next().unwrap_or_default();
        for part in text.split("Refusal::new(").skip(1) {
            if let Some(rest) = part.trim_start().strip_prefix('"') {
                codes.extend(rest.split('"').next().filter(|code| !code.is_empty()).map(str::to_owned));
            }
        }
    }
    // Those that are chosen first and made later.
    let chosen =
        ["node_paused", "node_running", "not_leader", "transfer", "full", "pending_conf", "bad_conf"];
    codes.extend(chosen.map(str::to_owned));
    codes
}

#[test]
fn every_code_that_the_page_can_show_is_said_in_both_languages() {
    let (zh, en) = (messages(ZH), messages(EN));
    let codes = codes();
    assert!(codes.len() > 70, "{codes:?}");
    let said_otherwise = ["store_damaged", "store_unreadable", "panicked", "nothing_open", "storage"];
    let keys = codes.iter().filter(|code| !said_otherwise.contains(&code.as_str()));
    let keys = keys.map(|code| format!("err-{}", code.replace('_', "-")));
    let missing: Vec<String> = keys.filter(|key| !zh.contains_key(key) || !en.contains_key(key)).collect();
    assert!(missing.is_empty(), "nothing says {missing:?}");
    for code in codes.iter().map(String::as_str).chain(["nothing_open", "no_worker", "from_another_time"]) {
        let english = "line 52: the English sentence";
        let (zh, en) = (super::refused(Lang::Zh, code, english), super::refused(Lang::En, code, english));
        if !super::refusals::WORDED.contains(&code) {
            assert!(zh.chars().any(|c| c > '\u{2e7f}'), "{code}: {zh}");
            assert!(zh != en && !en.contains("err-") && !zh.contains("refused-"), "{code}: {en}");
        }
    }
    // Only what the reader wrote themselves keeps the place in it.
    assert!(!super::refused(Lang::Zh, "nobody", "line 52: nobody").contains("52"));
    assert!(super::refused(Lang::En, "bad_config", "line 5: no such key").contains("line 5"));
}

#[test]
fn damage_is_said_in_both_languages_however_the_log_puts_it() {
    for why in [
        "its payload fails its checksum",
        "the file before it, wal-000001.log, is missing",
        "it begins with LSN 7, but LSN 5 is next",
        "something that nobody has thought of",
    ] {
        let said = super::damage(Lang::Zh, why);
        assert!(said.chars().any(|c| c > '\u{2e7f}') && !said.contains("damage-"), "{said}");
    }
}
