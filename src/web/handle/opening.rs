//! What an opening came to, for scripts: where rows are kept, and how far reading the log is.
//!
//! Promises: an opening is answered when a lone engine has read its log; where that takes very long it is answered all
//! the same, and says so. Leaves out: opening (`session`).

use serde::Serialize;

use super::refused;
use crate::web::clock;
use crate::web::session::Session;
use crate::web::wire::Storage;
use quorum_facade::snapshot::RecoveryFacts;
use quorum_types::Refusal;

/// What opening came to.
#[derive(Serialize)]
pub(super) struct Opened {
    ok: bool,
    kept: bool,
    storage: Storage,
    /// How far reading the log is, where there is one; done, unless it takes very long.
    recovery: Option<RecoveryFacts>,
}

impl Opened {
    pub(super) fn of(session: &Session) -> Self {
        let host = session.host();
        Self {
            ok: true,
            kept: host.storage == Storage::Durable,
            storage: host.storage.clone(),
            recovery: session.moment().and_then(|moment| moment.recovery.clone()),
        }
    }
}

/// How long an opening waits for the log to be read. What takes longer goes on, and listeners to progress are told.
const RECOVERY_MS: u32 = 10_000;

/// How far reading the log is, as listeners to progress are told.
#[derive(Clone, Copy, PartialEq, Serialize)]
pub(super) struct RecoveryProgress {
    kind: &'static str,
    bytes: u64,
    total_bytes: u64,
    rows: u64,
    done: bool,
}

impl RecoveryProgress {
    pub(super) fn of(facts: &RecoveryFacts) -> Self {
        let RecoveryFacts { done, bytes, total_bytes, rows, .. } = *facts;
        Self { kind: "recovery", bytes, total_bytes, rows, done }
    }
}

/// Resolves when the run is open and has read its log, or is refused.
pub(super) async fn opened(session: &Session) -> Result<Opened, Refusal> {
    let opening = session.opening();
    let host = session.settled(opening).await?;
    if let Some(refusal) = refused(session, &host) {
        return Err(refusal);
    }
    if let Some(over) = clock::within(RECOVERY_MS, session.recovered(opening)).await {
        over?;
    }
    refused(session, &session.host()).map_or_else(|| Ok(Opened::of(session)), Err)
}
