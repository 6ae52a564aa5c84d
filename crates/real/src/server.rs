//! A Milvus server as a drill sees it: seven requests, and what can go wrong with them.
//!
//! Guarantees: whatever a client library or a server says is mapped to one [`Kind`], and the original text is kept.
//! Leaves out: how requests travel (`rest`, `bridge`).

use serde::Serialize;

use crate::cancel::{Cancel, Unanswered};

/// What went wrong, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nobody answers at this address, or not in time.
    Unreachable,
    /// The encrypted connection could not be made.
    Tls,
    /// The user or the password is wrong, or the user may not do this.
    Denied,
    /// The server does not know these requests.
    Version,
    /// The server's disk is full, or its quota is used up.
    Full,
    /// The program that passes requests on could not be started, or has ended.
    Bridge,
    /// The server refused the request for another reason.
    Refused,
    /// The request was given up because the drill is to end: nothing is wrong.
    Stopped,
}

impl Kind {
    /// Its word: part of the code that programs see, and of the catalogues' messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Denied => "denied",
            Self::Version => "version",
            Self::Full => "full",
            Self::Bridge => "bridge",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
        }
    }

    /// What a sentence of a server or a client library is about.
    pub fn of(text: &str) -> Self {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        // In this order: a full disk is also “unavailable”, and a failed handshake also a failed connection.
        if has(&["no space left", "disk quota", "quota exceeded", "quota exhausted", "enospc", "disk full"]) {
            Self::Full
        } else if has(&[
            "unauthenticated",
            "auth check failure",
            "authenticat",
            "permission den",
            "wrong password",
        ]) {
            Self::Denied
        } else if has(&["certificate", "ssl", "tls", "handshake", "wrong_version_number", "corrupt message"])
        {
            Self::Tls
        } else if has(&["unimplemented", "unknown method", "unknown service", "page not found"]) {
            Self::Version
        } else if has(&[
            "refused",
            "unavailable",
            "fail connecting",
            "failed to connect",
            "timed out",
            "timeout",
            "deadline",
            "connection",
            "broken pipe",
            "reset by peer",
            "not found in dns",
            "name resolution",
            "unexpected end",
        ]) {
            Self::Unreachable
        } else {
            Self::Refused
        }
    }
}

/// A request that was not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What it is about.
    pub kind: Kind,
    /// What the server or the client library said.
    pub said: String,
}

impl Trouble {
    /// Trouble of a known kind.
    pub fn new(kind: Kind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into() }
    }

    /// Trouble of the kind that its text tells.
    pub fn told(said: impl Into<String>) -> Self {
        let said = said.into();
        Self { kind: Kind::of(&said), said }
    }
}

impl From<Unanswered> for Trouble {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Late => Self::new(Kind::Unreachable, "no answer in time"),
            Unanswered::Gone => Self::new(Kind::Bridge, "the client ended before it had an answer"),
            Unanswered::Stopped => Self::new(Kind::Stopped, "stopped"),
        }
    }
}

/// What a server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Its version; none where the protocol has no request for it.
    pub version: Option<String>,
    /// What carried the requests.
    pub client: String,
}

/// A connection to a server. Every request has a timeout of its own, in milliseconds.
pub trait Server: Send {
    /// From now on gives a request up when the drill is to end. Not for requests that are measured: this may cost time.
    fn cancel(&mut self, cancel: &Cancel);
    /// Connects, and asks for the version where that can be asked.
    fn connect(&mut self, timeout_ms: u64) -> Result<Facts, Trouble>;
    /// The names of all collections.
    fn collections(&mut self, timeout_ms: u64) -> Result<Vec<String>, Trouble>;
    /// Makes a collection with an integer key `id` and a vector field `vector`, indexed and loaded.
    fn create(&mut self, name: &str, dim: u64, timeout_ms: u64) -> Result<(), Trouble>;
    /// Inserts rows with ascending keys.
    fn insert(
        &mut self,
        name: &str,
        first_id: i64,
        rows: &[Vec<f32>],
        timeout_ms: u64,
    ) -> Result<(), Trouble>;
    /// Searches for the nearest rows; how many were found.
    fn search(&mut self, name: &str, ask: &Search<'_>, timeout_ms: u64) -> Result<u64, Trouble>;
    /// The keys from `first` on, `end` not included, that the server has, read with strong consistency.
    fn ids(&mut self, name: &str, first: i64, end: i64, timeout_ms: u64) -> Result<Vec<i64>, Trouble>;
    /// Drops the collection.
    fn drop_collection(&mut self, name: &str, timeout_ms: u64) -> Result<(), Trouble>;
}

/// A search.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// For what.
    pub vector: &'a [f32],
    /// For how many rows.
    pub limit: u64,
    /// `Strong`, `Bounded`, `Session` or `Eventually`.
    pub consistency: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_and_libraries_say_is_told_apart() {
        for (text, kind) in [
            ("rocksdb: IO error: No space left on device", Kind::Full),
            ("memory quota exceeded [reason=…]", Kind::Full),
            ("auth check failure, please check api key is correct", Kind::Denied),
            ("<_InactiveRpcError: UNAUTHENTICATED>", Kind::Denied),
            ("invalid peer certificate: UnknownIssuer", Kind::Tls),
            ("Handshake failed with fatal error SSL_ERROR_SSL", Kind::Tls),
            ("StatusCode.UNIMPLEMENTED", Kind::Version),
            ("Fail connecting to server on 127.0.0.1:1. Timeout", Kind::Unreachable),
            ("io: Connection refused (os error 111)", Kind::Unreachable),
            ("collection not loaded", Kind::Refused),
        ] {
            assert_eq!(Kind::of(text), kind, "{text}");
        }
    }
}
