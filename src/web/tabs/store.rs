//! The storage of one node: IndexedDB, one transaction for each batch, with strict durability.
//!
//! Layout, version 1: object store `state` with `identity`, `hard` and `snapshot`; object store `log` with the entries
//! by index. Guarantees: a batch is stored as a whole or not at all. Leaves out: the records (`quorum-tabs`).

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{IdbObjectStore, IdbRequest};

use crate::web::idb::{self, Database, StoreError, Transaction, settled};
use quorum_tabs::{Batch, Stored};

const VERSION: u32 = 1;
const STATE: &str = "state";
const LOG: &str = "log";

/// The storage of a node.
#[derive(Debug)]
pub(super) struct NodeStore {
    database: Database,
}

impl NodeStore {
    pub(super) async fn open(name: &str) -> Result<Self, StoreError> {
        Ok(Self { database: Database::open(name, VERSION, &[STATE, LOG]).await? })
    }

    /// Calls `tell` when the database is closed while this node still uses it.
    pub(super) fn when_lost(&self, tell: impl Fn() + 'static) {
        self.database.when_lost(tell);
    }

    /// The identity that was stored when the number was first taken.
    pub(super) async fn identity(&self) -> Result<Option<String>, StoreError> {
        let state = self.database.read(&[STATE])?.store(STATE)?;
        Ok(settled(&get(&state, "identity")?).await?.as_string())
    }

    pub(super) async fn put_identity(&self, identity: &str) -> Result<(), StoreError> {
        let transaction = self.database.write(&[STATE])?;
        let finished = transaction.finished();
        put(&transaction.store(STATE)?, &"identity".into(), &identity.into())?;
        finished.await
    }

    /// Everything that is stored.
    pub(super) async fn load(&self) -> Result<Stored, StoreError> {
        let transaction = self.database.read(&[STATE, LOG])?;
        let (state, log) = (transaction.store(STATE)?, transaction.store(LOG)?);
        // All are requested before the first is awaited, so that they are of one transaction.
        let hard = settled(&get(&state, "hard")?);
        let snapshot = settled(&get(&state, "snapshot")?);
        let keys = settled(&check(log.get_all_keys())?);
        let values = settled(&check(log.get_all())?);
        let (hard, snapshot) = (bytes(&hard.await?), bytes(&snapshot.await?));
        let (keys, values): (Array, Array) = (keys.await?.unchecked_into(), values.await?.unchecked_into());
        let entry = |(key, value): (JsValue, JsValue)| {
            // What is no index or no bytes is damage, which the node finds.
            (key.as_f64().unwrap_or(0.0) as u64, bytes(&value).unwrap_or_default())
        };
        Ok(Stored { hard, snapshot, entries: keys.iter().zip(values.iter()).map(entry).collect() })
    }

    /// Begins to store a batch; resolves when it is durable.
    pub(super) fn write(
        &self,
        batch: &Batch,
    ) -> Result<impl Future<Output = Result<(), StoreError>> + use<>, StoreError> {
        let transaction = self.database.write(&[STATE, LOG])?;
        let finished = transaction.finished();
        match fill(&transaction, batch) {
            Ok(()) => Ok(finished),
            Err(error) => {
                // A partial transaction must not commit.
                transaction.abort();
                Err(error)
            }
        }
    }
}

fn fill(transaction: &Transaction, batch: &Batch) -> Result<(), StoreError> {
    let (state, log) = (transaction.store(STATE)?, transaction.store(LOG)?);
    if batch.drop_upto > 0 {
        delete(&log, 1, batch.drop_upto)?;
    }
    if let Some(cut) = batch.cut_after {
        delete(&log, cut + 1, 1 << 60)?;
    }
    if let Some(hard) = &batch.hard {
        put(&state, &"hard".into(), &Uint8Array::from(&hard[..]))?;
    }
    if let Some(snapshot) = &batch.snapshot {
        put(&state, &"snapshot".into(), &Uint8Array::from(&snapshot[..]))?;
    }
    for (index, entry) in &batch.puts {
        put(&log, &(*index as f64).into(), &Uint8Array::from(&entry[..]))?;
    }
    Ok(())
}

/// Deletes the entries of a range, both ends included.
fn delete(log: &IdbObjectStore, from: u64, to: u64) -> Result<(), StoreError> {
    let range: JsValue = idb::range(&(from as f64).into(), &(to as f64).into())?.into();
    check(log.delete(&range)).map(drop)
}

fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    (!value.is_undefined()).then(|| value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default())
}

pub(super) fn get(store: &IdbObjectStore, key: &str) -> Result<IdbRequest, StoreError> {
    check(store.get(&JsValue::from_str(key)))
}

pub(super) fn put(store: &IdbObjectStore, key: &JsValue, value: &JsValue) -> Result<(), StoreError> {
    check(store.put_with_key(value, key)).map(drop)
}

fn check(request: Result<IdbRequest, JsValue>) -> Result<IdbRequest, StoreError> {
    request.map_err(|error| StoreError::from_js(&error))
}
