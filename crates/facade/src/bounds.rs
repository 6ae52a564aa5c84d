//! The bounds of the façade: of virtual time, numbers, names and lists.
//!
//! Guarantees: an error names the field, its value and the limit, with the code `out_of_range` for numbers and
//! `too_large` for sizes. Leaves out: which command has which fields (`limits`), and limits specific to one world
//! (nodes, settings, rows of a generated insert), which that world checks itself.

use quorum_regions::action::RawAction;
use quorum_types::{Micros, Refusal, SECOND};

/// The greatest whole number that a JavaScript number, and so a page, holds exactly.
pub const MOST_EXACT: u64 = (1 << 53) - 1;
/// Virtual time ends here, after 142 years: half of the largest number that a page can represent, so that everything
/// scheduled from the last moment on still has an exact time.
pub const MOST_TIME_US: Micros = 1 << 52;
/// The longest time that one command may let pass, hold something back for, or repeat something after: a leap year.
pub const MOST_SPAN_US: Micros = 366 * 86_400 * SECOND;
/// The largest drift of a clock, in parts per million; the simulation caps what is beyond −900,000 and 9,000,000.
pub(crate) const MOST_DRIFT_PPM: u64 = 10_000_000;

/// The longest name of anything (Milvus 2.3: `proxy.maxNameLength` 255; some names here carry more than a name).
pub(crate) const MOST_NAME_BYTES: usize = 1_024;
/// The longest filter; ours, for Milvus 2.3 limits only the whole request. It holds some 10,000 keys of `in`.
pub(crate) const MOST_FILTER_BYTES: usize = 65_536;
/// The longest text of any other kind: a configuration, a runbook.
pub(crate) const MOST_TEXT_BYTES: usize = 256 * 1_024;
/// The largest insert (Milvus 2.2.x and 2.6.x documentation, Milvus Limits: insert 64 MB a request).
pub(crate) const MOST_INSERT_BYTES: u64 = 64 << 20;
/// Vectors in one search (Milvus 2.2.x and 2.6.x documentation, Milvus Limits: nq 16,384).
pub(crate) const MOST_VECTORS: usize = 16_384;
/// The largest dimension of a vector (Milvus 2.3: `proxy.maxDimension`).
pub(crate) const MOST_DIM: usize = 32_768;
/// Numbers compared in one search: vectors × rows × dimension. Ours: about four seconds in a browser.
pub(crate) const MOST_COMPARED: u64 = 4_000_000_000;
/// Entries of any other list: nodes, fields, changes of a configuration.
pub(crate) const MOST_LISTED: usize = 1_024;
/// Values (numbers, fields, entries of lists) that one call of a page may carry. Ours: a page reads them on its own
/// thread, a million in about half a second; it is room for 15,000 rows of 128 dimensions.
pub const MOST_VALUES: usize = 2_000_000;
/// Letters (UTF-16 units) of all texts in one call of a page.
pub const MOST_LETTERS: usize = 4 << 20;
/// How deeply lists and objects of one call of a page may lie in each other. A change of a configuration in a schedule
/// that is opened lies six deep.
pub const MOST_DEPTH: usize = 10;
/// The largest backup that a page restores.
pub const MOST_BACKUP_BYTES: usize = 512 << 20;
/// Operations of clients in one answer.
pub(crate) const MOST_OPERATIONS: u64 = quorum_sim::client::LISTED as u64;
/// Actions in a schedule.
pub(crate) const MOST_ACTIONS: usize = 500;

/// Rejects a number that is too large.
pub fn number(name: &str, value: u64, most: u64) -> Result<(), Refusal> {
    if value <= most {
        return Ok(());
    }
    Err(Refusal::new("out_of_range", format!("{name} is {value}; the most is {most}")))
}

/// Rejects a text or list that is too long.
pub fn size(name: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    Err(Refusal::new("too_large", format!("{name} has {count}; at most {most} are taken")))
}

pub(crate) fn names(list: &[(&str, &str)]) -> Result<(), Refusal> {
    list.iter().try_for_each(|(name, text)| size(name, text.len(), MOST_NAME_BYTES))
}

/// Rejects a moment beyond the end of virtual time.
pub fn moment(name: &str, t_us: Micros) -> Result<(), Refusal> {
    number(name, t_us, MOST_TIME_US)
}

/// Rejects a span that is too long, or that would end beyond the end of virtual time.
pub fn span(name: &str, us: Micros, now: Micros) -> Result<(), Refusal> {
    number(name, us, MOST_SPAN_US.min(MOST_TIME_US.saturating_sub(now)))
}

/// Rejects an action on two regions that is too large, before it is parsed.
pub(crate) fn region(raw: &RawAction) -> Result<(), Refusal> {
    names(&[("deed", &raw.action)])?;
    number("value", raw.value.unwrap_or(0), MOST_EXACT)?;
    size("text", raw.text.as_ref().map_or(0, String::len), MOST_TEXT_BYTES)
}
