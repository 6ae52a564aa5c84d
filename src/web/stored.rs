//! Everything that this browser stores for the lab, as a list, and how to erase it.
//!
//! Guarantees: what is listed is what is there, found by the lab's own prefix and never by a list of what it might have
//! stored; a kind of storage that is denied or missing counts as empty, and [`Inventory::denied`] says whether all are.
//! Leaves out: other pages of the same site.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::address::local_storage;
use super::{idb, offline, packed, record};

/// What the names of all that the lab stores begin with; caches have a space in place of the slash, and then the folder
/// of the page that they are for.
const PREFIX: &str = "quorum-lab";

/// Something that can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An entry of `localStorage`.
    Entry(String),
    /// A database.
    Database(String),
    /// Files of a build.
    Cache(String),
    /// All of it.
    Everything,
}

/// What is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Entries of `localStorage`, with their lengths in bytes.
    pub entries: Vec<(String, u64)>,
    /// Databases.
    pub databases: Vec<String>,
    /// Builds.
    pub caches: Vec<String>,
    /// What the browser says all of the site takes, and may take.
    pub used_of: Option<(u64, u64)>,
    /// Whether the browser allows the page no storage.
    pub denied: bool,
    /// What is kept of this build.
    pub kept: Option<offline::Kept>,
    /// Whether the page was opened as a file and holds all of the lab.
    pub is_file: bool,
}

impl Inventory {
    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.databases.is_empty() && self.caches.is_empty()
    }
}

/// Looks for everything.
pub async fn inventory() -> Inventory {
    let databases = databases().await;
    let entries = entries();
    Inventory {
        denied: entries.is_none() && databases.is_none(),
        entries: entries.unwrap_or_default(),
        databases: databases.unwrap_or_default(),
        caches: caches().await,
        used_of: used_of().await,
        kept: offline::kept().await,
        is_file: packed::files().is_some() && is_file(),
    }
}

/// Erases something; false where the browser has not confirmed it, as when another tab has a database open.
pub async fn erase(thing: &Thing) -> bool {
    match thing {
        Thing::Entry(key) => erase_entry(key),
        Thing::Database(name) => erase_database(name).await,
        // The worker first, which would fill the cache again.
        Thing::Cache(name) => unregister().await & erase_cache(name).await,
        Thing::Everything => {
            let mut gone = unregister().await;
            let all = inventory().await;
            // Twice: a worker that was just opening its cache has created it again.
            for _ in 0..2 {
                for name in caches().await {
                    gone &= erase_cache(&name).await;
                }
            }
            for name in &all.databases {
                gone &= erase_database(name).await;
            }
            all.entries.iter().fold(gone, |gone, (key, _)| gone & erase_entry(key))
        }
    }
}

fn is_file() -> bool {
    web_sys::window().is_some_and(|window| window.location().protocol().is_ok_and(|word| word == "file:"))
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with(['/', ' ']))
}

fn entries() -> Option<Vec<(String, u64)>> {
    let storage = local_storage()?;
    let keys = (0..storage.length().unwrap_or_default()).filter_map(|at| storage.key(at).ok().flatten());
    let mut entries: Vec<(String, u64)> = keys
        .filter(|key| is_ours(key))
        .map(|key| {
            let text = storage.get_item(&key).ok().flatten().unwrap_or_default();
            let bytes = (key.len() + text.len()) as u64;
            (key, bytes)
        })
        .collect();
    entries.sort_unstable();
    Some(entries)
}

fn erase_entry(key: &str) -> bool {
    if key == record::KEY {
        record::erase();
    }
    local_storage().is_some_and(|storage| storage.remove_item(key).is_ok())
}

/// How long a database that another tab has open may take to close.
const CLOSING_MS: u32 = 5_000;

async fn erase_database(name: &str) -> bool {
    let erased = super::clock::within(CLOSING_MS, idb::delete_database(name)).await;
    erased.is_some_and(|erased| erased.is_ok())
}

/// The lab's databases; none where they are denied. A browser that cannot list them has none to show here.
async fn databases() -> Option<Vec<String>> {
    let factory = global("indexedDB")?;
    let listed = call(&factory, "databases", &[]).await;
    let listed = match listed {
        Ok(listed) => Array::from(&listed),
        Err(Uncalled::Missing) => Array::new(),
        Err(Uncalled::Refused) => return None,
    };
    let names = listed.iter().filter_map(|facts| get(&facts, "name")?.as_string());
    Some(sorted(names))
}

async fn caches() -> Vec<String> {
    let Some(caches) = global("caches") else { return Vec::new() };
    let names = call(&caches, "keys", &[]).await.map(|names| Array::from(&names)).unwrap_or_default();
    sorted(names.iter().filter_map(|name| name.as_string()))
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.filter(|name| is_ours(name)).collect();
    names.sort_unstable();
    names
}

async fn erase_cache(name: &str) -> bool {
    let Some(caches) = global("caches") else { return false };
    call(&caches, "delete", &[JsValue::from_str(name)]).await.is_ok()
}

/// Ends the service worker of this page; true where there is none.
async fn unregister() -> bool {
    let workers = global("navigator").and_then(|navigator| get(&navigator, "serviceWorker"));
    let Some(workers) = workers.filter(JsValue::is_object) else { return true };
    match call(&workers, "getRegistration", &[]).await {
        Ok(registration) if registration.is_object() => call(&registration, "unregister", &[]).await.is_ok(),
        Ok(_) => true,
        Err(_) => false,
    }
}

async fn used_of() -> Option<(u64, u64)> {
    let storage = get(&global("navigator")?, "storage").filter(JsValue::is_object)?;
    let estimate = call(&storage, "estimate", &[]).await.ok()?;
    let number = |name: &str| get(&estimate, name)?.as_f64().map(|bytes| bytes as u64);
    Some((number("usage")?, number("quota")?))
}

/// Why a function has returned nothing.
enum Uncalled {
    /// This browser does not have it.
    Missing,
    /// It threw, or its promise was rejected.
    Refused,
}

async fn call(object: &JsValue, name: &str, args: &[JsValue]) -> Result<JsValue, Uncalled> {
    let function: Function = get(object, name).and_then(|f| f.dyn_into().ok()).ok_or(Uncalled::Missing)?;
    let promise = function.apply(object, &args.iter().collect()).map_err(|_| Uncalled::Refused)?;
    JsFuture::from(Promise::resolve(&promise)).await.map_err(|_| Uncalled::Refused)
}

/// A property of an object; none if reading it throws, as it does where storage is denied.
fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok()
}

fn global(name: &str) -> Option<JsValue> {
    get(&js_sys::global(), name).filter(JsValue::is_object)
}
