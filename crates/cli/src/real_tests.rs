//! Where the command line leaves the lab: dry runs, logs, kits.

use super::tests::{Folder, check, refused};

const TARGET: [&str; 6] =
    ["drill", "failover-partition", "--target", "milvus", "--uri", "http://127.0.0.1:1"];

#[test]
fn a_dry_run_shows_everything_and_sends_nothing() {
    let more = ["--dry-run", "--token", "root:secret", "--fault-cmd", "./cut.sh", "--lang"];
    for lang in ["zh", "en"] {
        let (ok, text) = check(&[&TARGET[..], &more, &[lang]].concat()).expect("shown");
        // There is no such script, and this is a check that fails.
        for part in ["http://127.0.0.1:1", "quorum_lab_", "./cut.sh", "partition", "40"] {
            assert!(!ok && text.contains(part), "{part}: {text}");
        }
        assert_eq!(text.matches("./cut.sh").count(), 2, "{text}");
        assert!(!text.contains("secret") && !text.contains("cli-real"), "{text}");
    }
    let (_, json) = check(&[&TARGET[..], &["--dry-run", "--json"]].concat()).expect("shown");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["dry_run"], &json["tests"][0]["heal_after_s"]), (&true.into(), &40.into()));
    for (command, found) in [("true", Some(true)), ("no-such-program --x", Some(false)), ("$CUT", None)] {
        let (ok, json) =
            check(&[&TARGET[..], &["--dry-run", "--json", "--fault-cmd", command]].concat()).expect("shown");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(
            (ok, &json["fault_cmd_found"]),
            (found != Some(false), &serde_json::json!(found)),
            "{command}"
        );
    }
}

#[test]
fn an_address_without_http_is_refused_before_anything_else_with_one_that_would_do() {
    for (uri, near) in [
        ("127.0.0.1:19530", "http://127.0.0.1:19530"),
        ("tcp://db.example.org:19530", "http://db.example.org:19530"),
        ("./milvus.db", "http://./milvus.db"),
        ("https://", "http://127.0.0.1:19530"),
        ("http://:19530", "http://127.0.0.1:19530"),
        ("", "http://127.0.0.1:19530"),
    ] {
        for more in [&["--dry-run"][..], &[], &["--python", "python3"]] {
            let typed = ["drill", "failover-proxy", "--target", "milvus", "--uri", uri, "--lang", "en"];
            let refusal = refused(&[&typed[..], more].concat());
            assert_eq!(refusal.code, "bad_arguments");
            assert!(refusal.error.contains("https://") && refusal.error.contains(near), "{}", refusal.error);
        }
    }
    // Without `--target` the lab's own drill would be played, and could be taken for one on the server.
    for more in [&["--uri", "http://h:1"][..], &["--dry-run"], &["--fault-cmd", "true"], &["--compare"]] {
        let refusal = refused(&[&["drill", "failover-proxy", "--lang", "en"][..], more].concat());
        assert!(refusal.code == "bad_arguments" && refusal.error.contains(more[0]), "{}", refusal.error);
        assert!(refusal.error.contains("--target milvus"), "{}", refusal.error);
    }
    let note = ["drill", "--test", "coordinator", "--target", "milvus", "--uri", "http://h:1", "--dry-run"];
    assert!(check(&note).expect("shown").1.contains("failover-coordinator"));
    let both = refused(&[&TARGET[..], &["--dry-run", "--json", "--csv"]].concat());
    assert_eq!(both.code, "bad_arguments");
}

#[test]
fn a_server_that_is_not_there_has_a_report_and_an_explanation() {
    let (ok, json) = check(&[&TARGET[..], &["--json", "--compare"]].concat()).expect("reported");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(!ok && json["runs"].as_array().is_some_and(Vec::is_empty), "{json}");
    assert_eq!(json["target"]["troubles"][0]["code"], "target_unreachable");
    assert_eq!(json["lab"]["runs"].as_array().map(Vec::len), Some(1));
    let (_, text) = check(&[&TARGET[..], &["--lang", "en"]].concat()).expect("reported");
    assert!(text.contains("Nobody answers at this address"), "{text}");
    for (more, part) in [
        (&["--runs", "3"][..], "--runs does not go with --target"),
        (&["--uri", "http://root:secret@h:1"], "MILVUS_TOKEN"),
        (&["--target", "postgres"], "--target takes milvus"),
    ] {
        let refusal = refused(&[&TARGET[..], more, &["--lang", "en"]].concat());
        assert!(refusal.code == "bad_arguments" && refusal.error.contains(part), "{}", refusal.error);
        assert!(!refusal.error.contains("secret"));
    }
    let leader = refused(&["drill", "kill-the-leader", "--target", "milvus", "--uri", "http://127.0.0.1:1"]);
    assert_eq!(leader.code, "target_scenario");
}

/// A request a second, of which those of half a minute fail.
fn log() -> String {
    let row = |s: u64| {
        let ok = !(60..92).contains(&s);
        format!("{},{},{}\n", 1_700_000_000 + s, if ok { "ok" } else { "fail" }, if ok { 14 } else { 4 })
    };
    "time,status,latency_ms\n".to_owned() + &(0..150).map(row).collect::<String>()
}

#[test]
fn a_log_is_measured_drawn_and_likened() {
    let folder = Folder::new("real-log");
    let (path, html) = (folder.path("log.csv"), folder.path("page.html"));
    std::fs::write(&path, log()).expect("written");
    let (met, json) = check(&["replay", "--csv", &path, "--json", "--html", &html]).expect("replayed");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(!met);
    assert_eq!((&json["queries"]["total"], &json["queries"]["failed"]), (&150.into(), &32.into()));
    // From the beginning of the first failed request to the end of the first good one.
    assert_eq!(json["rto_ms"], 32_004.0);
    assert_eq!(json["client_rto_ms"], 32_000.0);
    let likely: Vec<&str> = json["like"]
        .as_array()
        .into_iter()
        .flatten()
        .take(2)
        .filter_map(|one| one["cause"].as_str())
        .collect();
    assert!(likely.contains(&"restart") || likely.contains(&"one-proxy"), "{likely:?}");
    let page = std::fs::read_to_string(&html).expect("a page");
    assert_eq!((page.matches("class=\"bad\"").count(), page.matches("class=\"ok\"").count()), (32, 118));
    for lang in ["zh", "en"] {
        let (_, text) = check(&["replay", "--csv", &path, "--lang", lang]).expect("replayed");
        assert!(text.contains('×') && text.contains("--seed") && !text.contains("cli-"), "{text}");
    }
    std::fs::write(&path, log().replace("1700000010,ok", "1700000010,perhaps")).expect("written");
    let refusal = refused(&["replay", "--csv", &path, "--lang", "en"]);
    assert_eq!(refusal.code, "bad_log");
    assert!(refusal.error.contains("line 12, column 2: “perhaps” is no status"), "{}", refusal.error);
    assert_eq!(check(&["replay", "--csv", &folder.path("none.csv")]), Err("cannot_read".to_owned()));
}

#[test]
fn a_tester_that_hung_was_not_served_and_what_a_log_does_not_say_is_not_claimed() {
    let folder = Folder::new("real-gap");
    let path = folder.path("log.csv");
    let rows =
        |from: u64, to: u64| (from..to).map(|n| format!("{},0\n", 1_700_000_000 + n)).collect::<String>();
    let written = |text: &str| std::fs::write(&path, text).expect("written");
    // A request a second, and in the middle nothing for 41 s. All that was asked was answered.
    written(&format!("sent_at,rc\n{}{}", rows(0, 30), rows(70, 100)));
    let (met, json) = check(&["replay", "--csv", &path, "--json"]).expect("replayed");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(!met && json["hung"] == true, "{json}");
    assert_eq!(
        (&json["longest_gap"]["from_ms"], &json["longest_gap"]["ms"]),
        (&29_000.0.into(), &41_000.0.into())
    );
    assert_eq!(json["queries"]["success_rate"], 1.0, "of those that were made");
    assert!(json["availability"].as_f64().is_some_and(|share| (0.55..0.65).contains(&share)), "{json}");
    for figure in ["mean", "p50", "p95", "p99"] {
        assert!(json["latency_ms"][figure].is_null(), "{figure}: {json}");
    }
    for (lang, hung) in [("en", "The tester hung once, for 41.00 s"), ("zh", "停顿了 1 次")] {
        let (_, text) = check(&["replay", "--csv", &path, "--lang", lang]).expect("replayed");
        assert!(text.contains(hung) && !text.contains("0.0 ms") && !text.contains("cli-"), "{text}");
    }
    // The same without the gap.
    written(&format!("sent_at,rc\n{}", rows(0, 60)));
    let (met, json) = check(&["replay", "--csv", &path, "--json"]).expect("replayed");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(met && json["hung"] == false && json["availability"] == 1.0, "{json}");
}

#[test]
fn a_column_that_is_not_recognized_is_answered_with_an_option_that_reads_it() {
    let folder = Folder::new("real-columns");
    let path = folder.path("log.csv");
    std::fs::write(&path, "issued,answer,spent_ms\n1700000000,ok,4\n1700000001,ok,4\n").expect("written");
    let refusal = refused(&["replay", "--csv", &path, "--lang", "en"]);
    let option = "--columns time=issued,status=answer,latency=spent_ms";
    assert!(refusal.code == "bad_log" && refusal.error.contains(option), "{}", refusal.error);
    let named = option.split_once(' ').expect("an option").1;
    let (_, json) = check(&["replay", "--csv", &path, "--columns", named, "--json"]).expect("replayed");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["columns"]["time"], &json["latency_ms"]["p50"]), (&"issued".into(), &4.0.into()));
    let refusal = refused(&["replay", "--csv", &path, "--columns", "status=rc", "--lang", "en"]);
    assert!(
        refusal.error.contains("no column “rc”. There are: issued, answer, spent_ms"),
        "{}",
        refusal.error
    );
    assert_eq!(check(&["replay", "--csv", &path, "--columns", "rc"]), Err("bad_arguments".to_owned()));
}

#[test]
fn a_kit_is_written_once_and_a_saved_run_has_one_too() {
    let folder = Folder::new("real-kit");
    let out = folder.path("kit");
    let (_, json) = check(&["export", "failover-partition", "--out", &out, "--json"]).expect("written");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let files = json["files"].as_array().expect("files");
    assert!(
        files.len() >= 7
            && files
                .iter()
                .all(|file| { folder.0.join("kit").join(file.as_str().unwrap_or_default()).is_file() })
    );
    // cron runs it by its name.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            std::fs::metadata(folder.0.join("kit/backup.sh")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o111, 0o111);
    }
    let again = refused(&["export", "failover-partition", "--out", &out, "--lang", "en"]);
    assert!(again.code == "exists" && again.error.contains("is there already"), "{}", again.error);
    assert_eq!(check(&["export", "frogs"]), Err("unknown_scenario".to_owned()));
    let junk = folder.path("junk.quorum");
    std::fs::write(&junk, [0xff; 40]).expect("written");
    assert!(check(&["export", &junk]).is_err());
    let (_, text) = check(&["export", "dr-drill", "--lang", "en"]).expect("listed");
    assert!(text.contains("dr_config.yaml") && text.contains("Nothing was written"), "{text}");
}
