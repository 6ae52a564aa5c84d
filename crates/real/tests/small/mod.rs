//! A small server with the paths and answers of Milvus's REST v2, for tests of drills; in every way in which one can
//! fail.
//!
//! Guarantees: it listens on a port of its own, and counts what it is asked for. Leaves out: vectors.

#![expect(clippy::disallowed_methods, reason = "the small server serves each connection in a thread")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use quorum_real::drill::PREFIX;
use serde_json::{Value, json};

/// How a server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
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
    /// Takes connections and never answers.
    Silent,
    /// Never answers an insert after this number of them.
    SilentAfter(u64),
}

/// A small server with the paths and the form of answers of Milvus's REST v2.
#[derive(Clone, Debug, Default)]
pub(crate) struct Small {
    manner: Manner,
    rows: Arc<Mutex<BTreeMap<String, BTreeSet<i64>>>>,
    /// How many searches it was asked for.
    pub(crate) searches: Arc<AtomicU64>,
    inserts: Arc<AtomicU64>,
    /// How many requests of any kind.
    pub(crate) requests: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Small {
    /// Starts it; its address.
    pub(crate) fn start(manner: Manner) -> (Self, String) {
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
            self.requests.fetch_add(1, SeqCst);
            if self.silent(&path) {
                // Held open until the client goes.
                let _ = reader.read(&mut [0]);
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

    fn silent(&self, path: &str) -> bool {
        match self.manner {
            Manner::Silent => true,
            Manner::SilentAfter(most) => path.ends_with("insert") && self.inserts.load(SeqCst) >= most,
            _ => false,
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
    pub(crate) fn left(&self) -> (Vec<String>, bool) {
        let rows = self.rows.lock().expect("rows");
        let ours = rows.keys().filter(|name| name.starts_with(PREFIX)).cloned().collect();
        (ours, rows.get("theirs") == Some(&BTreeSet::from([1, 2, 3])))
    }
}
