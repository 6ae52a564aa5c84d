//! Saved runs: their letters in addresses, their bytes in files, and opening them.
//!
//! The code that reads and writes them is a chunk, which page and worker fetch when one is saved or opened. Guarantees:
//! an address with a saved run alone names the lesson or topology that the run is of; what cannot be read is refused
//! with its reason, and nothing else happens. Leaves out: the format (`quorum_saved_run`), and repeating a run (the
//! lab).

use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::address::{Address, is_saved};
use super::worlds::incomplete;
use quorum_facade::saved::SavedRun;
use quorum_facade::swarm::WorldKind;
use quorum_facade::{Lab, RunConfig};
use quorum_lesson::bundle::PREFIX;
use quorum_saved_run as format;
use quorum_types::Refusal;

/// The ending of files.
pub const FILE_ENDING: &str = format::FILE_ENDING;
/// What reads and writes saved runs.
#[derive(Clone, Copy)]
pub(crate) struct Code {
    /// The letters of the present moment of a run.
    pub(crate) save: fn(&Lab) -> Result<String, Refusal>,
    /// The run of these letters.
    pub(crate) read: fn(&str) -> Result<SavedRun, Refusal>,
    /// The letters of a file.
    pub(crate) letters: fn(&[u8]) -> Result<String, Refusal>,
    /// The file of these letters.
    pub(crate) bytes: fn(&str) -> Result<Vec<u8>, Refusal>,
    /// The run itself, at its moment, in a language.
    pub(crate) open: fn(&SavedRun, &str) -> Result<Lab, Refusal>,
}

crate::chunk::kept_code! {
    /// Fetches it.
    saved_runs: Code = Code { save, read, letters, bytes: format::from_text, open: Lab::reopen }
}

fn save(lab: &Lab) -> Result<String, Refusal> {
    format::encode(&lab.saved_run()?).map(|bytes| format::to_text(&bytes))
}

fn read(letters: &str) -> Result<SavedRun, Refusal> {
    format::decode(&format::from_text(letters)?)
}

fn letters(bytes: &[u8]) -> Result<String, Refusal> {
    format::decode(bytes).map(|_| format::to_text(bytes))
}

/// The code, once it is fetched.
pub(crate) async fn code() -> Result<Code, Refusal> {
    fetch().await.map_err(incomplete)?;
    loaded().ok_or_else(|| incomplete("chunks/saved_runs".to_owned()))
}

/// The world that a saved run needs, as far as its lesson is known.
pub fn world(saved: &SavedRun) -> Option<WorldKind> {
    WorldKind::of_run(&RunConfig {
        lesson: saved.lesson().map(str::to_owned),
        topology: saved.topology(),
        seed: 0,
        kept: false,
        lang: String::new(),
    })
}

/// What an address with this saved run opens, beside its appearance; refused if the run cannot be read.
pub async fn named_by(letters: &str, address: &Address) -> Result<Address, Refusal> {
    let saved = (code().await?.read)(letters)?;
    let slug = saved.lesson().map(str::to_owned);
    // A lesson in a file is found by the address that it came from.
    let from_elsewhere = slug.as_deref().is_some_and(|slug| slug.starts_with(PREFIX));
    let source = address.lesson.clone().filter(|named| from_elsewhere && named.contains("://"));
    Ok(Address {
        lesson: source.or(slug),
        topology: saved.topology(),
        run: Some(letters.to_owned()),
        speed: address.speed,
        ..address.bare()
    })
}

/// The letters of the saved run in a file.
pub async fn letters_of(file: &Blob) -> Result<String, Refusal> {
    if file.size() > format::MOST_BYTES as f64 {
        return Err(Refusal::new("run_too_large", format!("{} bytes", file.size())));
    }
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer = buffer.map_err(|_| Refusal::new("run_damaged", "the file cannot be read"))?;
    (code().await?.letters)(&Uint8Array::new(&buffer).to_vec())
}

/// Completes an address with a saved run by what the run is of. One that cannot be read keeps what it names, or names
/// an engine: opening it then says why.
pub async fn complete(address: &mut Address) {
    let Some(letters) = address.run.clone().filter(|run| is_saved(run)) else { return };
    match named_by(&letters, address).await {
        Ok(named) => *address = named,
        Err(_) if address.lesson.is_none() && address.topology.is_none() => {
            address.topology = Some("standalone".to_owned());
            address.view = None;
        }
        Err(_) => {}
    }
}
