//! Saved runs in addresses.
//!
//! Guarantees: what [`relative_to`] writes, [`find_in`] finds, whatever else stands in the address; the older form, a
//! schedule as JSON under `run`, is found as well. Leaves out: opening either.

use super::{from_text, to_text};
use quorum_types::Refusal;

/// The name of the parameter after `#`.
pub const PARAMETER: &str = "r";
/// The ending of files with a saved run.
pub const FILE_ENDING: &str = "quorum";
/// The name of the parameter of earlier versions: a schedule as JSON, after `?` or after `#`.
const SCHEDULE: &str = "run";

/// What an address contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The bytes of a saved run, not decoded yet.
    Bytes(Vec<u8>),
    /// A schedule as JSON.
    Schedule(String),
}

/// The address of a saved run, on the page at `base`. The text after `#` there is replaced.
pub fn relative_to(base: &str, bytes: &[u8]) -> String {
    let page = base.split('#').next().unwrap_or_default();
    format!("{page}#{PARAMETER}={}", to_text(bytes))
}

/// What an address, its fragment, or the letters of a run alone contain.
pub fn find_in(address: &str) -> Result<Found, Refusal> {
    let address = address.trim();
    let (page, fragment) = address.split_once('#').unwrap_or((address, ""));
    let query = page.split_once('?').map_or("", |(_, query)| query);
    let value = |text: &str, name: &str| {
        let mut pairs = form_urlencoded::parse(text.as_bytes());
        pairs.find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.into_owned())
    };
    if let Some(letters) = value(fragment, PARAMETER) {
        return from_text(&letters).map(Found::Bytes);
    }
    if let Some(schedule) = value(query, SCHEDULE).or_else(|| value(fragment, SCHEDULE)) {
        return Ok(Found::Schedule(schedule));
    }
    match address.contains(['#', '?', '/', '=']) || address.is_empty() {
        true => Err(Refusal::new("run_not_there", "the address contains no run: nothing follows #r=")),
        false => from_text(address).map(Found::Bytes),
    }
}
