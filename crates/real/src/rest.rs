//! Requests over Milvus's REST v2, which servers from 2.4 on have at the port of the proxy.
//!
//! Paths and fields are those of Milvus's `internal/distributed/proxy/httpserver` (`request_v2.go`, `handler_v2.go`).
//! Guarantees: every request ends by its timeout, and one that heeds the drill's end also by that; an answer is read up
//! to a bound; the token never appears in an error.
//! Leaves out: the server's version, for which REST v2 has no request; retries, which would hide what a drill measures.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::cancel::Cancel;
use crate::server::{Facts, Kind, Search, Server, Trouble};

/// An answer is not read further than this.
const MOST_BYTES: u64 = 64 << 20;
/// A request's own timeout should come first: so much longer is waited for its thread.
const GRACE_MS: u64 = 2_000;
/// More of an error's text is not kept.
const MOST_SAID: usize = 500;
/// Milvus's code for a user who is not known, or whose password is wrong (`merr.ErrNeedAuthenticate`).
const NEEDS_AUTHENTICATION: i64 = 1_800;

/// A server at an address.
#[derive(Clone, Debug)]
pub struct Rest {
    agent: Agent,
    base: String,
    token: Option<String>,
    cancel: Option<Cancel>,
}

impl Rest {
    /// A server at `uri`, of which only scheme, host, port and a path before `/v2` count. `ca_pem` are the certificates
    /// of authorities to trust, in place of the usual ones.
    pub fn new(uri: &str, token: Option<&str>, ca_pem: Option<&[u8]>) -> Result<Self, Trouble> {
        let known = uri.starts_with("http://") || uri.starts_with("https://");
        if !known {
            return Err(Trouble::new(Kind::Unreachable, "the address has to begin with http:// or https://"));
        }
        let mut tls = TlsConfig::builder();
        if let Some(pem) = ca_pem {
            let wrong = |why: ureq::Error| Trouble::new(Kind::Tls, why.to_string());
            let items = parse_pem(pem).collect::<Result<Vec<PemItem<'_>>, ureq::Error>>().map_err(wrong)?;
            let certificates = items.into_iter().filter_map(|item| match item {
                PemItem::Certificate(certificate) => Some(certificate),
                _ => None,
            });
            let certificates: Vec<_> = certificates.collect();
            if certificates.is_empty() {
                return Err(Trouble::new(Kind::Tls, "the file has no certificate"));
            }
            tls = tls.root_certs(RootCerts::from(certificates));
        }
        let config = Agent::config_builder().http_status_as_error(false).tls_config(tls.build()).build();
        let token = token.map(str::to_owned);
        Ok(Self {
            agent: config.new_agent(),
            base: uri.trim_end_matches('/').to_owned(),
            token,
            cancel: None,
        })
    }

    /// Makes a request, and takes the answer's `data`.
    #[expect(
        clippy::disallowed_methods,
        reason = "the client library cannot be interrupted; a thread of its own can be left to its timeout"
    )]
    fn ask(&self, path: &str, body: &Value, timeout_ms: u64) -> Result<Value, Trouble> {
        let Some(cancel) = &self.cancel else { return self.send(path, body, timeout_ms) };
        let (send, answers) = channel();
        let (asking, path, body) = (self.clone(), path.to_owned(), body.clone());
        std::thread::spawn(move || {
            // Nobody listens any more if the request was given up.
            let _ = send.send(asking.send(&path, &body, timeout_ms));
        });
        cancel.wait(&answers, timeout_ms + GRACE_MS)?
    }

    /// The same in this thread.
    fn send(&self, path: &str, body: &Value, timeout_ms: u64) -> Result<Value, Trouble> {
        let mut request = self
            .agent
            .post(format!("{}/v2/vectordb/{path}", self.base))
            .config()
            .timeout_global(Some(Duration::from_millis(timeout_ms)))
            .build()
            .header("Content-Type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = request.send(body.to_string()).map_err(of_ureq)?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(MOST_BYTES).read_to_string().map_err(of_ureq)?;
        answer(status, &text)
    }
}

/// What an answer says. Milvus answers most errors with status 200 and a code of its own.
fn answer(status: u16, text: &str) -> Result<Value, Trouble> {
    let said = || format!("HTTP {status}: {}", text.chars().take(MOST_SAID).collect::<String>());
    match status {
        401 | 403 => return Err(Trouble::new(Kind::Denied, said())),
        404 | 405 => return Err(Trouble::new(Kind::Version, said())),
        _ => {}
    }
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        // A proxy before the server answers in HTML while the server is away.
        let kind = if status >= 500 { Kind::Unreachable } else { Kind::Version };
        return Err(Trouble::new(kind, said()));
    };
    match value.get("code").and_then(Value::as_i64) {
        // 200 is the code of success in the first releases that had these paths.
        Some(0 | 200) => Ok(value.get_mut("data").map(Value::take).unwrap_or_default()),
        Some(NEEDS_AUTHENTICATION) => Err(Trouble::new(Kind::Denied, said())),
        _ => Err(Trouble::told(said())),
    }
}

fn of_ureq(error: ureq::Error) -> Trouble {
    let kind = match &error {
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => Kind::Tls,
        // Not HTTP at all, such as a port that expects TLS.
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => Kind::Tls,
        ureq::Error::Io(why) if Kind::of(&why.to_string()) == Kind::Tls => Kind::Tls,
        _ => Kind::Unreachable,
    };
    Trouble::new(kind, error.to_string())
}

/// A key in an answer: without a certain header Milvus writes 64-bit numbers as text.
fn key(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl Server for Rest {
    fn cancel(&mut self, cancel: &Cancel) {
        self.cancel = Some(cancel.clone());
    }

    fn connect(&mut self, timeout_ms: u64) -> Result<Facts, Trouble> {
        self.collections(timeout_ms)?;
        Ok(Facts { version: None, client: "REST v2".to_owned() })
    }

    fn collections(&mut self, timeout_ms: u64) -> Result<Vec<String>, Trouble> {
        let data = self.ask("collections/list", &json!({}), timeout_ms)?;
        let names = data.as_array().into_iter().flatten().filter_map(Value::as_str);
        Ok(names.map(str::to_owned).collect())
    }

    fn create(&mut self, name: &str, dim: u64, timeout_ms: u64) -> Result<(), Trouble> {
        let body = json!({
            "collectionName": name, "dimension": dim, "metricType": "L2", "idType": "Int64", "autoID": false,
            "primaryFieldName": "id", "vectorFieldName": "vector",
        });
        self.ask("collections/create", &body, timeout_ms).map(drop)
    }

    fn insert(
        &mut self,
        name: &str,
        first_id: i64,
        rows: &[Vec<f32>],
        timeout_ms: u64,
    ) -> Result<(), Trouble> {
        let rows: Vec<Value> =
            (first_id..).zip(rows).map(|(id, vector)| json!({ "id": id, "vector": vector })).collect();
        let body = json!({ "collectionName": name, "data": rows });
        self.ask("entities/insert", &body, timeout_ms).map(drop)
    }

    fn search(&mut self, name: &str, ask: &Search<'_>, timeout_ms: u64) -> Result<u64, Trouble> {
        let body = json!({
            "collectionName": name, "data": [ask.vector], "annsField": "vector", "limit": ask.limit,
            "outputFields": ["id"], "consistencyLevel": ask.consistency,
        });
        let data = self.ask("entities/search", &body, timeout_ms)?;
        Ok(data.as_array().map_or(0, Vec::len) as u64)
    }

    fn ids(&mut self, name: &str, first: i64, end: i64, timeout_ms: u64) -> Result<Vec<i64>, Trouble> {
        let body = json!({
            "collectionName": name, "filter": format!("id >= {first} and id < {end}"), "outputFields": ["id"],
            "limit": end - first, "consistencyLevel": "Strong",
        });
        let data = self.ask("entities/query", &body, timeout_ms)?;
        Ok(data.as_array().into_iter().flatten().filter_map(|row| key(row.get("id")?)).collect())
    }

    fn drop_collection(&mut self, name: &str, timeout_ms: u64) -> Result<(), Trouble> {
        self.ask("collections/drop", &json!({ "collectionName": name }), timeout_ms).map(drop)
    }
}
