//! Drills on servers that this test starts itself: one that works, and every way in which one can fail.

#![expect(clippy::disallowed_methods, reason = "the small server serves each connection in a thread")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use quorum_real::drill::{Job, Outcome, PREFIX, play};
use quorum_real::rest::Rest;
use quorum_real::server::{Server, Trouble};
use serde_json::{Value, json};

/// How a server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Manner {
    #[default]
    Works,
    /// Wants a token that nobody has.
    Locked,
    /// Has no REST v2.
    Old,
    /// Refuses inserts after this number of them: its disk is full.
    FullAfter(u64),
    /// Closes its connections after this number of searches and does not answer any more.
    DiesAfter(u64),
    /// Forgets what it has acknowledged, from this key on.
    Forgets(i64),
    /// Answers in HTML.
    Html,
    /// Makes collections, but does not index them.
    NoIndex,
}

/// A small server with the paths and the form of answers of Milvus's REST v2.
#[derive(Clone, Default)]
struct Small {
    manner: Manner,
    rows: Arc<Mutex<BTreeMap<String, BTreeSet<i64>>>>,
    searches: Arc<AtomicU64>,
    inserts: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Small {
    /// Starts it; its address.
    fn start(manner: Manner) -> (Self, String) {
        let small = Self { manner, ..Self::default() };
        small.rows.lock().expect("rows").insert("theirs".to_owned(), BTreeSet::from([1, 2, 3]));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = small.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(connection));
            }
        });
        (small, address)
    }

    fn dead(&self) -> bool {
        self.over.load(SeqCst)
    }

    fn serve(&self, mut connection: TcpStream) {
        let mut reader = BufReader::new(connection.try_clone().expect("a connection"));
        loop {
            let (mut path, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                match reader.read_line(&mut line) {
                    Ok(bytes) if bytes > 0 && !self.dead() => {}
                    Ok(_) => return,
                    Err(_) => {
                        // Not text: as servers answer a client that begins with TLS.
                        let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                        return;
                    }
                }
                if let Some(rest) = line.strip_prefix("POST ") {
                    path = rest.split(' ').next().unwrap_or_default().to_owned();
                }
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap_or(0);
                }
                if line == "\r\n" {
                    break;
                }
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                return;
            }
            let (status, text) = self.answer(&path, &serde_json::from_slice(&body).unwrap_or_default());
            if self.dead() {
                return;
            }
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{text}", text.len());
            if connection.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, path: &str, body: &Value) -> (u16, String) {
        match self.manner {
            Manner::Locked => {
                return (200, json!({ "code": 1800, "message": "user hasn't authenticate" }).to_string());
            }
            Manner::Old => return (404, "404 page not found".to_owned()),
            Manner::Html => return (502, "<html>Bad Gateway</html>".to_owned()),
            _ => {}
        }
        let done = |data: Value| (200, json!({ "code": 0, "data": data }).to_string());
        let name = body["collectionName"].as_str().unwrap_or_default().to_owned();
        let mut rows = self.rows.lock().expect("rows");
        match path.trim_start_matches("/v2/vectordb/") {
            "collections/list" => done(json!(rows.keys().collect::<Vec<_>>())),
            "collections/create" => {
                rows.insert(name, BTreeSet::new());
                if self.manner == Manner::NoIndex {
                    return (200, json!({ "code": 1100, "message": "invalid index type" }).to_string());
                }
                done(json!({}))
            }
            "collections/drop" => {
                rows.remove(&name);
                done(json!({}))
            }
            "entities/insert" => {
                let inserts = self.inserts.fetch_add(1, SeqCst);
                if matches!(self.manner, Manner::FullAfter(most) if inserts >= most) {
                    let full = json!({ "code": 65535, "message": "write: no space left on device" });
                    return (200, full.to_string());
                }
                let keys = body["data"].as_array().into_iter().flatten().filter_map(|row| row["id"].as_i64());
                let kept = keys.filter(|key| !matches!(self.manner, Manner::Forgets(from) if *key >= from));
                rows.entry(name).or_default().extend(kept);
                done(json!({}))
            }
            "entities/search" => {
                let searches = self.searches.fetch_add(1, SeqCst);
                if matches!(self.manner, Manner::DiesAfter(most) if searches >= most) {
                    self.over.store(true, SeqCst);
                }
                let limit = body["limit"].as_u64().unwrap_or(0) as usize;
                done(json!(rows.get(&name).into_iter().flatten().take(limit).collect::<Vec<_>>()))
            }
            "entities/query" => {
                // As Milvus writes 64-bit numbers without a certain header: as text.
                let keys = rows.get(&name).into_iter().flatten();
                done(json!(keys.map(|key| json!({ "id": key.to_string() })).collect::<Vec<_>>()))
            }
            _ => (404, String::new()),
        }
    }

    /// Our collections that are left, and whether the one that was there before is as it was.
    fn left(&self) -> (Vec<String>, bool) {
        let rows = self.rows.lock().expect("rows");
        let ours = rows.keys().filter(|name| name.starts_with(PREFIX)).cloned().collect();
        (ours, rows.get("theirs") == Some(&BTreeSet::from([1, 2, 3])))
    }
}

/// Plays the shortest drill a hundred times faster.
fn drilled(address: &str, fault: Option<&str>) -> (Job, Outcome) {
    let mut job = Job::new("failover-proxy", 7, &[("rows".to_owned(), 50)]).expect("a job");
    job.pace = 100;
    job.fault_command = fault.map(str::to_owned);
    let connect =
        || -> Result<Box<dyn Server>, Trouble> { Ok(Box::new(Rest::new(address, Some("u:p"), None)?)) };
    let outcome = play(&job, &connect, &|| false, &|_| {});
    (job, outcome)
}

fn codes(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.troubles.iter().map(|noted| (noted.code.as_str(), noted.during)).collect()
}

#[test]
fn a_drill_on_a_server_that_works_is_reported_like_the_labs_and_leaves_nothing_behind() {
    let (small, address) = Small::start(Manner::Works);
    let (job, outcome) = drilled(&address, Some("test \"$QUORUM_EVENT,$QUORUM_STRIKES\" = fault,proxy"));
    let report = job.report(&outcome).expect("a report");
    let run = &report.runs[0];
    assert!(codes(&outcome).is_empty(), "{outcome:?}");
    assert!(outcome.verified() && run.queries.failed == 0 && run.queries.total > 0, "{:?}", run.queries);
    assert!(run.rpo.acknowledged > 1 && run.rpo.lost_writes.is_empty() && run.met(), "{:?}", run.rpo);
    assert_eq!(outcome.faults.iter().map(|fault| fault.status).collect::<Vec<_>>(), [Some(0)]);
    assert_eq!(small.left(), (Vec::new(), true));
}

#[test]
fn rows_that_a_server_forgets_are_counted_as_lost() {
    let (small, address) = Small::start(Manner::Forgets(55));
    let (job, outcome) = drilled(&address, None);
    let run = job.report(&outcome).expect("a report").runs.remove(0);
    assert!(outcome.verified() && outcome.lost_rows() > 0 && !run.met(), "{outcome:?}");
    assert_eq!(run.rpo.lost_writes.len() as u64, outcome.lost_rows(), "a row an insert");
    assert_eq!(run.rpo.lost_writes[0].id, 55);
    assert_eq!(small.left(), (Vec::new(), true));
}

#[test]
fn a_server_that_dies_during_the_test_has_a_report_with_what_is_known() {
    let (_, address) = Small::start(Manner::DiesAfter(20));
    let (job, outcome) = drilled(&address, None);
    let run = job.report(&outcome).expect("a report").runs.remove(0);
    assert!(run.queries.ok >= 19 - 1 && run.queries.failed > 0 && run.rto_ms.is_none(), "{:?}", run.queries);
    let lost = run.targets.iter().find(|target| target.name == "lost").expect("the target");
    assert_eq!((lost.value, lost.met), (None, false), "no loss is claimed, and none is ruled out");
    let codes = codes(&outcome);
    assert!(codes.contains(&("target_unreachable", "test")), "{codes:?}");
    assert!(codes.contains(&("target_unreachable", "verify")), "{codes:?}");
    assert_eq!(outcome.left_behind, outcome.collections);
}

#[test]
fn a_full_disk_a_locked_and_an_old_server_and_wrong_addresses_are_told_apart() {
    let (small, full) = Small::start(Manner::FullAfter(5));
    let (job, outcome) = drilled(&full, None);
    assert!(codes(&outcome).contains(&("target_full", "test")), "{outcome:?}");
    assert!(outcome.verified() && job.report(&outcome).is_some());
    assert_eq!(small.left(), (Vec::new(), true));
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let (_, works) = Small::start(Manner::Works);
    for (address, code) in [
        (Small::start(Manner::Locked).1, "target_denied"),
        (Small::start(Manner::Old).1, "target_version"),
        (Small::start(Manner::Html).1, "target_unreachable"),
        (closed, "target_unreachable"),
        ("http://no-such-host.invalid:1".to_owned(), "target_unreachable"),
        ("ftp://127.0.0.1".to_owned(), "target_unreachable"),
        // TLS to a server that speaks plain HTTP.
        (works.replace("http:", "https:"), "target_tls"),
    ] {
        let (job, outcome) = drilled(&address, None);
        assert_eq!(codes(&outcome), [(code, "connect")], "{address}: {outcome:?}");
        assert!(job.report(&outcome).is_none() && outcome.collections.is_empty());
    }
}

#[test]
fn a_command_that_fails_is_noted_and_a_scenario_without_a_cluster_is_refused() {
    let (_, address) = Small::start(Manner::Works);
    let (_, outcome) = drilled(&address, Some("exit 3"));
    assert_eq!(codes(&outcome), [("target_refused", "fault")]);
    assert_eq!(outcome.faults[0].status, Some(3));
    for scenario in ["kill-the-leader", "dr-drill", "frogs"] {
        assert_eq!(Job::new(scenario, 1, &[]).expect_err("refused").code, "target_scenario");
    }
}

#[test]
fn a_collection_that_cannot_be_indexed_is_dropped() {
    let (small, address) = Small::start(Manner::NoIndex);
    let (_, outcome) = drilled(&address, None);
    assert_eq!(codes(&outcome), [("target_refused", "fill")]);
    assert_eq!((outcome.collections.len(), outcome.left_behind.len()), (1, 0), "{outcome:?}");
    assert_eq!(small.left(), (Vec::new(), true));
}

#[test]
fn a_fault_is_healed_even_if_the_drill_is_stopped_after_it() {
    let (small, address) = Small::start(Manner::Works);
    let file = std::env::temp_dir().join(format!("quorum-lab-heal-{}", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let mut job = Job::new("failover-partition", 7, &[("rows".to_owned(), 50)]).expect("a job");
    job.pace = 100;
    job.fault_command = Some(format!("echo $QUORUM_EVENT >> '{}'", file.display()));
    let connect =
        || -> Result<Box<dyn Server>, Trouble> { Ok(Box::new(Rest::new(&address, Some("u:p"), None)?)) };
    let outcome = play(&job, &connect, &|| file.exists(), &|_| {});
    let events = std::fs::read_to_string(&file).expect("the commands ran");
    let _ = std::fs::remove_file(&file);
    assert_eq!(events, "fault\nheal\n");
    assert!(outcome.stopped && outcome.records.len() == 1, "{outcome:?}");
    assert_eq!(outcome.faults.iter().map(|fault| fault.status).collect::<Vec<_>>(), [Some(0), Some(0)]);
    assert_eq!(small.left(), (Vec::new(), true));
}
