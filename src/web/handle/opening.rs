//! The result of an opening, for scripts: where rows are kept, and the progress of reading the log.
//!
//! Guarantees: an opening is answered when a lone engine has read its log; where that takes very long it is answered
//! anyway, and the answer says so. Leaves out: opening (`session`).

use serde::Serialize;

use super::refused;
use crate::web::clock;
use crate::web::session::Session;
use crate::web::wire::Storage;
use quorum_facade::snapshot::RecoveryFacts;
use quorum_types::Refusal;

/// The result of an opening.
#[derive(Serialize)]
pub(super) struct Opened {
    ok: bool,
    kept: bool,
    storage: Storage,
    /// The progress of reading the log, where there is one; complete, unless it takes very long.
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

/// How long an opening waits for the log to be read. A longer read continues, and progress listeners receive its
/// progress.
const RECOVERY_MS: u32 = 10_000;

/// The progress of reading the log, as sent to progress listeners.
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
