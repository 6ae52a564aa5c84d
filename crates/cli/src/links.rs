//! `link`: the address of a saved run, and the file of an address.
//!
//! Guarantees: a file that is no saved run has no address, and an address without one gives no file; the file of an
//! address of an earlier version is a saved run of the same schedule, at its beginning. Leaves out: replaying
//! (`grade`).

use std::io::Write;

use super::typed::Asked;
use super::{grade, write};
use quorum_facade::Lab;
use quorum_facade::saved::{Arrival, Began, SavedRun};
use quorum_facade::swarm::Replay;
use quorum_saved_run::{Found, decode, encode, find_in, relative_to};
use quorum_types::Refusal;

/// The page, where no other is named: the address then works from the page's own folder.
const PAGE: &str = "index.html";

/// Prints the address of a file, or writes the file of an address.
pub(super) fn run(
    file: Option<&std::path::Path>,
    asked: &Asked,
    out: &mut impl Write,
) -> Result<bool, Refusal> {
    match (file, &asked.read, &asked.out) {
        (Some(file), None, None) => {
            let bytes = grade::read(file)?;
            decode(&bytes).map_err(|refusal| in_words(asked, &refusal))?;
            write(out, &relative_to(asked.base.as_deref().unwrap_or(PAGE), &bytes))?;
        }
        (None, Some(address), Some(file)) => {
            let bytes = bytes_of(address).map_err(|refusal| in_words(asked, &refusal))?;
            std::fs::write(file, bytes)
                .map_err(|why| Refusal::new("cannot_write", format!("{}: {why}", file.display())))?;
        }
        _ => return Err(Refusal::new("bad_arguments", asked.spoken.t("cli-bad-link"))),
    }
    Ok(true)
}

/// The refusal with the sentence that the page says.
fn in_words(asked: &Asked, refusal: &Refusal) -> Refusal {
    Refusal::new(&refusal.code, quorum_i18n::refused(asked.spoken, &refusal.code, &refusal.error))
}

/// The bytes of the run in an address.
fn bytes_of(address: &str) -> Result<Vec<u8>, Refusal> {
    match find_in(address)? {
        Found::Bytes(bytes) => decode(&bytes).map(|_| bytes),
        Found::Schedule(json) => {
            let replay: Replay =
                serde_json::from_str(&json).map_err(|why| Refusal::new("bad_run", format!("run: {why}")))?;
            let mut saved = SavedRun {
                began: Began::Schedule(Box::new(replay)),
                entries: Vec::new(),
                moment: Arrival::AtRest { t_us: 0 },
                fingerprint: 0,
            };
            saved.fingerprint = Lab::repeat(&saved, "en")?.fingerprint();
            encode(&saved)
        }
    }
}
