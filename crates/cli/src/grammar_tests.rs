//! What can be typed: old ways of typing it, suggestions, and input that means harm.
//!
//! Guarantees: every way of typing that worked before the grammar was a table still works; whatever is typed, the
//! answer is a result or a sentence in the reader's language. Leaves out: what the commands do with it.

use std::ffi::OsString;

use super::tests::refused;
use super::typed::{Asked, What, parse};
use quorum_i18n::Lang;
use quorum_types::Refusal;

fn asked(arguments: &[&str]) -> Result<Asked, Refusal> {
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    parse(&arguments, Lang::Zh)
}

/// Holds that all of these mean the same.
#[track_caller]
fn check_same(ways: &[&[&str]], expected: &str) {
    for way in ways {
        let asked = asked(way).unwrap_or_else(|refusal| panic!("{way:?}: {refusal}"));
        let Asked { what, seed, runs, set, json, seeds, events, rule_off, test, jobs, notes, .. } = asked;
        let text = format!(
            "{what:?} {seed:?} {runs} {set:?} {json} {seeds:?} {events:?} {rule_off:?} {test:?} {jobs:?} {notes:?}"
        );
        assert_eq!(text, expected, "{way:?}");
    }
}

/// Holds that this is refused with these words in Chinese and in English.
#[track_caller]
fn check_refused(arguments: &[&str], zh: &str, en: &str) {
    for (lang, expected) in [("zh", zh), ("en", en)] {
        let refusal = refused(&[arguments, &["--lang", lang]].concat());
        assert_eq!(refusal.code, "bad_arguments", "{arguments:?}: {}", refusal.error);
        assert!(refusal.error.contains(expected), "{arguments:?}: {}", refusal.error);
        assert!(!refusal.error.contains("cli-") && !refusal.error.contains("{$"), "{}", refusal.error);
    }
}

#[test]
fn options_stand_where_they_always_could() {
    check_same(
        &[
            &["drill", "failover-all", "--seed", "7", "--runs=3", "--json"],
            &["--json", "drill", "--seed=7", "failover-all", "--runs", "3"],
            &["--runs", "3", "--seed", "7", "--json", "drill", "failover-all"],
            // Of two the later counts, and a flag is a flag however often it is there.
            &["drill", "failover-all", "--seed", "1", "--seed", "7", "--runs", "3", "--json", "--json"],
            &["drill", "--seed", "7", "--runs", "3", "--json", "--", "failover-all"],
        ],
        "Drill(Some(\"failover-all\")) Some(7) 3 [] true None None None None None []",
    );
    check_same(
        &[&["swarm", "--seeds", "0..200", "--break", "vote_once", "--events", "5", "--jobs", "2"]],
        "Swarm None 1 [] false Some((0, 200)) Some(5) Some(\"vote_once\") None Some(2) []",
    );
    check_same(
        &[
            &["drill", "notes", "--runs", "2"],
            &["drill", "--runs", "2", "notes"],
            &["--runs", "2", "drill", "notes"],
        ],
        "DrillNotes None 2 [] false None None None None None []",
    );
    check_same(&[&["drill", "--list"]], "DrillList None 1 [] false None None None None None []");
    check_same(
        &[&["drill", "--test", "worker"]],
        "Drill(None) None 1 [] false None None None Some(\"worker\") None []",
    );
    check_same(
        &[&["drill", "dr-drill", "--settings"]],
        "DrillSettings(\"dr-drill\") None 1 [] false None None None None None []",
    );
    check_same(
        &[&["lessons", "check", "here"]],
        "LessonsCheck(Some(\"here\")) None 1 [] false None None None None None []",
    );
    // What these print is JSON anyway.
    for command in [&["lessons", "check"][..], &["engine"], &["raft"], &["check-history"]] {
        assert!(
            asked(&[command, &["--json"]].concat()).is_ok_and(|asked| asked.notes.is_empty()),
            "{command:?}"
        );
    }
}

#[test]
fn settings_and_presets_count_in_the_order_in_which_they_stand() {
    let set = |arguments: &[&str]| {
        let asked = asked(&[&["drill", "failover-all"], arguments].concat()).expect("it is understood");
        asked.set.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    let milvus = "rto_target_ms=30000 failed_target=0 success_target_permille=990";
    assert_eq!(set(&["--set", "a=1", "--preset", "milvus", "--set", "b=2"]), format!("a=1 {milvus} b=2"));
    assert_eq!(set(&["--preset", "milvus", "--set", "a=1", "--set", "a=2"]), format!("{milvus} a=1 a=2"));
    assert_eq!(refused(&["drill", "failover-all", "--preset", "milvsu"]).code, "unknown_preset");
}

#[test]
fn an_option_of_another_command_changes_nothing_and_is_named() {
    let said = |arguments: &[&str]| asked(arguments).expect("it is understood").notes.join("\n");
    let swarm = ["swarm", "--seed", "3", "--lang", "en"];
    assert_eq!(said(&swarm), "--seed changes nothing in quorum-lab swarm, and is passed over");
    assert_eq!(
        said(&["lessons", "list", "--rows", "3"]),
        "--rows 对 quorum-lab lessons list 不起作用，已忽略"
    );
    assert_eq!(said(&["drill", "failover-all", "--jobs", "3"]), "");
}

#[test]
fn the_nearest_name_is_offered() {
    check_refused(
        &["dril"],
        "没有命令“dril”；是不是想写 drill？",
        "no command “dril” in quorum-lab; did you mean drill?",
    );
    check_refused(
        &["lessons", "chek"],
        "是不是想写 check？",
        "did you mean check? See quorum-lab lessons --help",
    );
    check_refused(
        &["swarm", "--sedes", "1..2"],
        "是不是想写 --seeds？",
        "has no option --sedes; did you mean --seeds?",
    );
    check_refused(
        &["drill", "failover-all", "--run"],
        "--runs",
        "did you mean --runs? See quorum-lab drill --help",
    );
    check_refused(&["drill", "--test", "workers"], "是不是想写 worker？", "did you mean worker?");
    check_refused(
        &["completions", "fisch"],
        "是不是想写 fish？",
        "one of bash, zsh, fish, not “fisch”; did you mean fish?",
    );
    check_refused(&["help", "dr", "pln"], "是不是想写 plan？", "did you mean plan?");
    for (arguments, code, zh, en) in [
        (
            &["drill", "failover-al"][..],
            "unknown_scenario",
            "没有演练“failover-al”；是不是想写 failover-all？",
            "did you mean failover-all? There are ",
        ),
        (
            &["drill", "failover-all", "--set", "helth_check_ms=1"],
            "unknown_setting",
            "是不是想写 health_check_ms？",
            "did you mean health_check_ms?",
        ),
        (
            &["swarm", "--break", "vote-once"],
            "unknown_rule",
            "是不是想写 vote_once？",
            "did you mean vote_once?",
        ),
        (&["load", "--preset", "curse"], "unknown_preset", "是不是想写 course？", "did you mean course?"),
        (
            &["drill", "zzzz"],
            "unknown_scenario",
            "没有演练“zzzz”；可用的有 kill-the-leader, ",
            "“zzzz”; there are kill-the-leader, ",
        ),
    ] {
        for (lang, expected) in [("zh", zh), ("en", en)] {
            let refusal = refused(&[arguments, &["--lang", lang]].concat());
            assert_eq!(refusal.code, code);
            assert!(refusal.error.contains(expected), "{}", refusal.error);
        }
    }
}

#[test]
fn what_is_missing_or_too_much_is_said() {
    check_refused(&[], "没有说要做什么", "nothing to do; see quorum-lab --help");
    check_refused(&["drill"], "要演练什么", "which drill?");
    check_refused(&["dr"], "后面要跟它的一个命令", "needs one of its commands; see quorum-lab dr --help");
    check_refused(&["lessons", "new"], "还缺 NN-SLUG", "needs NN-SLUG");
    check_refused(&["swarm", "now"], "多了一个词“now”", "“now” is one word too many for quorum-lab swarm");
    check_refused(&["swarm", "--seeds"], "--seeds 后面缺一个值", "--seeds needs a value");
    check_refused(&["drill", "x", "--html", "--json"], "--html 后面缺一个值", "--html needs a value");
    check_refused(&["swarm", "--json=yes"], "--json", "--json has a value too many or too few");
    check_refused(&["swarm", "-x"], "没有选项 -x", "has no option -x");
    check_refused(&["drill", "failover-all", "--json", "--csv"], "不能一起用", "exclude each other");
    check_refused(
        &["drill", "failover-proxy", "--save", "/nowhere", "--label", "../x"],
        "--label",
        "--label takes up to",
    );
}

#[test]
fn numbers_out_of_reach_are_refused_with_a_sentence() {
    for number in
        ["-1", "1.5", "", " 1", "18446744073709551616", "0x10", "一", "NaN", "99999999999999999999999"]
    {
        check_refused(&["drill", "failover-all", "--seed", number], "要一个 0 到 ", "takes a whole number");
        check_refused(&["swarm", "--jobs", number], "个线程", "takes 1 to 1,024 threads");
    }
    for jobs in ["0", "1025"] {
        check_refused(&["swarm", "--jobs", jobs], "要 1 到 1,024 个线程", "takes 1 to 1,024 threads, not “");
    }
    for range in ["5..5", "5..4", "-5..3", "3", "..", "1..", "1...3", "0..18446744073709551616", ""] {
        check_refused(&["swarm", "--seeds", range], "FIRST..END", "takes FIRST..END");
    }
    for setting in ["heartbeat_ms", "=", "a=", "a=-1", "a=1=2", ""] {
        check_refused(&["drill", "failover-all", "--set", setting], "NAME=", "takes NAME=NUMBER");
    }
}

#[test]
fn input_that_means_harm_is_refused_and_cut_short() {
    let long = "x".repeat(100_000);
    let escape = "\u{1b}[2J\u{7}\n";
    for arguments in [
        vec![&*long],
        vec!["drill", &long],
        vec!["swarm", "--seeds", &long],
        vec!["swarm", "--break", &long],
        vec!["drill", "failover-all", "--set", &long],
        vec!["help", &long],
        vec![escape],
        vec!["swarm", "--seeds", escape],
        vec!["drill", escape],
        vec!["", "", ""],
        vec!["-"],
        vec!["--"],
        vec!["--", "--help"],
        vec!["---"],
        vec!["--="],
        vec!["swarm", "--", "--seeds"],
    ] {
        let refusal = refused(&arguments);
        assert!(refusal.error.len() < 2_000, "{} bytes", refusal.error.len());
        assert!(!refusal.error.contains(['\u{1b}', '\u{7}', '\n']), "{:?}", refusal.error);
    }
}

#[cfg(unix)]
#[test]
fn what_is_not_utf_8_is_refused_where_text_is_needed_and_taken_as_a_path() {
    use std::os::unix::ffi::OsStringExt;
    let odd = |text: &[u8]| OsString::from_vec(text.to_vec());
    let words = |texts: &[&[u8]]| texts.iter().map(|text| odd(text)).collect::<Vec<_>>();
    for arguments in [
        words(&[b"\xff"]),
        words(&[b"--\xff"]),
        words(&[b"-\xff"]),
        words(&[b"drill", b"\xff"]),
        words(&[b"drill", b"x", b"--seed", b"\xff"]),
        words(&[b"drill", b"x", b"--label", b"\xff"]),
        words(&[b"swarm", b"--seeds=\xff"]),
        words(&[b"swarm", b"--\xff=1"]),
    ] {
        for lang in [Lang::Zh, Lang::En] {
            let refusal = parse(&arguments, lang).expect_err("refused");
            assert_eq!(refusal.code, "bad_arguments", "{arguments:?}");
            assert!(!refusal.error.contains("cli-"), "{}", refusal.error);
        }
    }
    let engine = parse(&words(&[b"engine", b"--dir=\xff"]), Lang::Zh).expect("a path");
    assert_eq!(engine.dir.map(OsString::from), Some(odd(b"\xff")));
    let history = parse(&words(&[b"check-history", b"\xff"]), Lang::Zh).expect("a path");
    assert_eq!(history.what, What::CheckHistory(Some(odd(b"\xff").into())));
}

#[test]
fn the_language_is_known_before_anything_else_is_read() {
    let said = |arguments: &[&str], system| {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        parse(&arguments, system).expect_err("refused").error
    };
    let is_english = |text: &str| text.contains("has no option");
    assert!(is_english(&said(&["swarm", "--frogs", "--lang", "en"], Lang::Zh)));
    assert!(is_english(&said(&["--lang=en", "swarm", "--frogs"], Lang::Zh)));
    assert!(is_english(&said(&["swarm", "--frogs"], Lang::En)));
    assert!(!is_english(&said(&["swarm", "--frogs", "--lang", "zh"], Lang::En)));
    let variables = |found: &'static [(&str, &str)]| {
        super::system_lang(|name| found.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned()))
    };
    assert_eq!(variables(&[("LANG", "en_US.UTF-8")]), Lang::En);
    assert_eq!(variables(&[("LC_ALL", ""), ("LANG", "en_GB")]), Lang::En);
    assert_eq!(variables(&[("LC_ALL", "zh_CN.UTF-8"), ("LANG", "en_US")]), Lang::Zh);
    assert_eq!(variables(&[("LANG", "C")]), Lang::Zh);
    assert_eq!(variables(&[]), Lang::Zh);
    // Reports are in Chinese unless `--lang` says otherwise.
    let arguments = [OsString::from("load")];
    assert_eq!(parse(&arguments, Lang::En).map(|asked| (asked.lang, asked.spoken)), Ok((Lang::Zh, Lang::En)));
}
