//! The run's disks in IndexedDB: log files as extents, and a stamp beside them.
//!
//! Layout, version 1: object store `extents`, key `[node, file, offset]`, value the bytes (`Uint8Array`); object store
//! `meta` with `version`, `run` (the stamp, as a plain object) and `writer` (the fence).
//!
//! Guarantees: a ticket is safe when its transaction has committed with strict durability; transactions commit in order
//! or not at all, because each one checks the fence that the previous one wrote (`token:number`) and advances it. A
//! writer that has been fenced off, or whose earlier transaction failed, therefore cannot write another byte. Data of a
//! newer version is refused and left unchanged. Leaves out: when to write (`host`), what the bytes mean (the lab).

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
};

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{IdbCursorWithValue, IdbObjectStore, IdbRequest};

use super::{
    clock, given,
    idb::{self, Database, StoreError, Transaction, settled},
    plain,
    plan::{self, Operation, Piece, Step},
    tails::Tails,
};
use quorum_facade::{
    Committed, DiskWrite, Done, PersistBatch, RunStamp, STORE_VERSION, Storage, StoredFile, StoredRun,
};
use quorum_types::NodeId;

const EXTENTS: &str = "extents";
const META: &str = "meta";
const BOTH: [&str; 2] = [EXTENTS, META];

/// Transactions that may be queued in the browser at once: enough that the disk never waits for the worker.
const DEPTH: usize = 4;
/// Maximum number of bytes read at once while loading.
const LOAD_BYTES: u64 = 16 << 20;
/// Maximum number of extents read at once while loading.
const LOAD_EXTENTS: usize = 4_096;

/// The open store of one run. Only its writer changes it.
#[derive(Debug)]
pub struct Store {
    database: Database,
    token: String,
    /// The number of the next transaction.
    next: u64,
    waiting: VecDeque<PersistBatch>,
    tails: Tails,
    in_flight: Rc<Cell<usize>>,
}

impl Store {
    /// Opens the database of that name, refuses data of a newer version, and fences off earlier writers. `token` must
    /// differ from that of any other writer.
    pub async fn open(name: &str, token: &str, erase: bool) -> Result<Self, StoreError> {
        let database = Database::open(name, STORE_VERSION, &BOTH).await?;
        let prepared = Self::prepare(&database, token, erase);
        // Queued after writers that have not ended, this may wait as long as the opening itself.
        clock::within(idb::OPEN_MS, prepared).await.unwrap_or(Err(StoreError::Silent))?;
        Ok(Self {
            database,
            token: token.to_owned(),
            next: 1,
            waiting: VecDeque::new(),
            tails: Tails::default(),
            in_flight: Rc::default(),
        })
    }

    /// Calls `tell` when the database is closed while this store still writes it.
    pub fn when_lost(&self, tell: impl Fn() + 'static) {
        self.database.when_lost(tell);
    }

    /// Checks the stored version against this one, and fences off earlier writers.
    async fn prepare(database: &Database, token: &str, erase: bool) -> Result<(), StoreError> {
        let transaction = database.write(&BOTH)?;
        let finished = transaction.finished();
        let prepared = Self::prepare_in(&transaction, token, erase).await;
        if prepared.is_err() {
            // A partial transaction must not commit.
            transaction.abort();
        }
        let finished = finished.await;
        prepared.and(finished)
    }

    async fn prepare_in(transaction: &Transaction, token: &str, erase: bool) -> Result<(), StoreError> {
        let meta = transaction.store(META)?;
        for store in [&meta, &transaction.store(EXTENTS)?] {
            // A foreign database of the same name: it could be neither written nor read correctly.
            let key_path = store.key_path().map_err(|e| StoreError::from_js(&e))?;
            if !key_path.is_null() || store.auto_increment() {
                return Err(StoreError::Failed(format!("object store {} has keys of its own", store.name())));
            }
        }
        let version = settled(&get(&meta, "version")?).await?.as_f64();
        if version.is_some_and(|version| version > f64::from(STORE_VERSION)) {
            return Err(StoreError::Newer);
        }
        if erase {
            check(transaction.store(EXTENTS)?.clear())?;
            check(meta.clear())?;
        }
        put(&meta, "version", &JsValue::from_f64(f64::from(STORE_VERSION)))?;
        put(&meta, "writer", &fence(token, 0))
    }

    /// Reads the stored run; none if it has never been stamped. `progress` receives the bytes read and, as far as it is
    /// known, the bytes to read.
    pub async fn load(&self, mut progress: impl FnMut(u64, u64)) -> Result<Option<StoredRun>, StoreError> {
        let meta = self.database.read(&[META])?.store(META)?;
        let stamp = settled(&get(&meta, "run")?).await?;
        if stamp.is_undefined() {
            return Ok(None);
        }
        let stamp: RunStamp =
            given::stored(&stamp).map_err(|unread| StoreError::Failed(unread.to_string()))?;
        let keys = self.extent_keys().await?;
        let mut reader = Reader::new(&keys);
        progress(0, reader.total);
        let chunks = chunks(&keys);
        let ask = |chunk: &&[ExtentKey]| {
            let extents = self.database.read(&[EXTENTS])?.store(EXTENTS)?;
            let range = idb::range(&chunk[0].to_js(), &chunk[chunk.len() - 1].to_js())?;
            Ok::<_, StoreError>(settled(&check(extents.get_all_with_key(&range))?))
        };
        // The browser reads the next chunk while this one is copied.
        let mut asked = chunks.first().map(ask).transpose()?;
        for (at, chunk) in chunks.iter().enumerate() {
            let Some(values) = asked.take() else { break };
            asked = chunks.get(at + 1).map(ask).transpose()?;
            let values = values.await?;
            for (key, value) in chunk.iter().zip(values.unchecked_into::<Array>().iter()) {
                reader.take(*key, &value)?;
            }
            progress(reader.bytes, reader.total);
        }
        Ok(Some(StoredRun { stamp, files: reader.files, receipts_rows: None, outstanding_rows: None }))
    }

    /// Writes a run from a backup into an empty store. The stamp comes first: the data after it has to be as long as it
    /// says, so that an incomplete write is never taken for the whole.
    pub async fn put(&mut self, run: &StoredRun) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for StoredFile { node, file, extents } in &run.files {
            let mut offset = 0;
            for bytes in extents {
                writes.push(DiskWrite::Append { node: *node, file: *file, offset, bytes: bytes.clone() });
                offset += bytes.len() as u64;
            }
        }
        let failed = Rc::new(RefCell::new(None));
        let done: Done<StoreError> = {
            let failed = failed.clone();
            Rc::new(move |outcome| {
                if let Err(error) = outcome {
                    failed.borrow_mut().get_or_insert(error);
                }
            })
        };
        for writes in [Vec::new(), writes] {
            self.submit(PersistBatch { ticket: 0, writes, stamp: run.stamp.clone() });
        }
        while !self.is_idle() {
            self.pump(&done);
            clock::sleep(1).await;
        }
        failed.take().map_or(Ok(()), Err)
    }

    async fn extent_keys(&self) -> Result<Vec<ExtentKey>, StoreError> {
        let extents = self.database.read(&[EXTENTS])?.store(EXTENTS)?;
        let keys: Array = settled(&check(extents.get_all_keys())?).await?.unchecked_into();
        keys.iter().map(|key| ExtentKey::from_js(&key)).collect()
    }

    /// Submits one transaction to the browser.
    fn start(
        &mut self,
        step: &Step,
        taken_over: Rc<Cell<bool>>,
    ) -> Result<impl Future<Output = Result<(), StoreError>> + use<>, StoreError> {
        let transaction = self.database.write(&BOTH)?;
        let finished = transaction.finished();
        match self.fill(&transaction, step, taken_over) {
            Ok(check_fence) => Ok(async move {
                let outcome = finished.await;
                drop(check_fence);
                outcome
            }),
            Err(error) => {
                // A partial transaction must not commit.
                transaction.abort();
                Err(error)
            }
        }
    }

    /// Issues a transaction's requests: the fence first, the stamp last.
    fn fill(
        &mut self,
        transaction: &Transaction,
        step: &Step,
        taken_over: Rc<Cell<bool>>,
    ) -> Result<Closure<dyn FnMut()>, StoreError> {
        let number = self.next;
        self.next += 1;
        let meta = transaction.store(META)?;
        let asked = get(&meta, "writer")?;
        let expected = fence(&self.token, number - 1);
        let own = format!("{}:", self.token);
        let check_fence = {
            let (asked, transaction) = (asked.clone(), transaction.clone());
            Closure::once(move || {
                let found = asked.result().unwrap_or_default();
                if found != expected {
                    taken_over.set(!found.as_string().is_some_and(|found| found.starts_with(&own)));
                    transaction.abort();
                }
            })
        };
        asked.set_onsuccess(Some(check_fence.as_ref().unchecked_ref()));
        put(&meta, "writer", &fence(&self.token, number))?;
        self.carry_out(&transaction.store(EXTENTS)?, &step.operations)?;
        if let Some((_, stamp)) = &step.completes {
            put(&meta, "run", &plain::to_js(stamp).map_err(StoreError::Failed)?)?;
        }
        Ok(check_fence)
    }

    /// Issues the requests for a transaction's operations. They run in order.
    fn carry_out(&mut self, extents: &IdbObjectStore, operations: &[Operation]) -> Result<(), StoreError> {
        for operation in operations {
            match operation {
                Operation::Extent { node, file, offset, pieces } => {
                    let (node, file) = (*node, *file);
                    match self.tails.note(node, file, *offset, pieces) {
                        None => put_extent(extents, node, file, *offset, pieces)?,
                        Some(all) => {
                            let end = *offset + plan::length(pieces) as u64;
                            let range: JsValue = file_range(node, file, all.offset, end)?.into();
                            check(extents.delete(&range))?;
                            put_extent(extents, node, file, all.offset, &all.pieces)?;
                        }
                    }
                }
                Operation::Truncate { node, file, bytes } => {
                    self.tails.forget(*node, *file);
                    truncate(extents, *node, *file, *bytes)?;
                }
                Operation::Remove { node, file } => {
                    self.tails.forget(*node, *file);
                    let range: JsValue = file_range(*node, *file, 0, u64::MAX)?.into();
                    check(extents.delete(&range))?;
                }
            }
        }
        Ok(())
    }
}

impl Storage for Store {
    type Fault = StoreError;

    /// Queues a batch. It is written when [`Store::pump`] is called; batches that wait in the meantime share
    /// transactions, as in a group commit.
    fn submit(&mut self, batch: PersistBatch) {
        self.waiting.push_back(batch);
    }

    /// Whether everything that was submitted has been committed.
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.get() == 0
    }

    /// Starts transactions up to the queue limit. `done` is called once for each, in order.
    fn pump(&mut self, done: &Done<StoreError>) {
        // A batch may become several transactions; all of them are queued, so that their order is fixed.
        if self.waiting.is_empty() || self.in_flight.get() >= DEPTH {
            return;
        }
        for step in plan::plan(std::mem::take(&mut self.waiting)) {
            let done = done.clone();
            let began = clock::now_ms();
            let (ticket, bytes) = (step.completes.as_ref().map(|(ticket, _)| *ticket), step.bytes as u64);
            let taken_over = Rc::new(Cell::new(false));
            let started = self.start(&step, taken_over.clone());
            let (in_flight, closing) = (self.in_flight.clone(), self.database.closing());
            in_flight.set(in_flight.get() + 1);
            wasm_bindgen_futures::spawn_local(async move {
                let outcome = match started {
                    Ok(finished) => finished.await,
                    Err(error) => Err(error),
                };
                // A write that races with the closing of the database fails in one of several ways; what happened is
                // that it was closed.
                let outcome = match outcome {
                    Err(StoreError::Failed(_)) if !taken_over.get() && closing.soon().await => {
                        Err(StoreError::Closed)
                    }
                    other => other,
                };
                in_flight.set(in_flight.get() - 1);
                done(match outcome {
                    Ok(()) => Ok(Committed { ticket, bytes, took_ms: clock::now_ms() - began }),
                    Err(_) if taken_over.get() => Err(StoreError::TakenOver),
                    Err(error) => Err(error),
                });
            });
        }
    }
}

fn fence(token: &str, number: u64) -> JsValue {
    JsValue::from_str(&format!("{token}:{number}"))
}

fn put_extent(
    extents: &IdbObjectStore,
    node: NodeId,
    file: u32,
    offset: u64,
    pieces: &[Piece],
) -> Result<(), StoreError> {
    let key = ExtentKey { node, file, offset };
    check(extents.put_with_key(&joined(pieces), &key.to_js())).map(|_| ())
}

/// Truncates a file: extents after the cut are deleted, the one across it is shortened.
fn truncate(extents: &IdbObjectStore, node: NodeId, file: u32, bytes: u64) -> Result<(), StoreError> {
    if bytes > 0 {
        let range = file_range(node, file, 0, bytes - 1)?;
        let asked = extents
            .open_cursor_with_range_and_direction(&range, web_sys::IdbCursorDirection::Prev)
            .map_err(|e| StoreError::from_js(&e))?;
        let shorten = {
            let asked = asked.clone();
            Closure::once_into_js(move || drop(shorten_to(&asked, bytes)))
        };
        asked.set_onsuccess(Some(shorten.unchecked_ref()));
    }
    let behind: JsValue = file_range(node, file, bytes, u64::MAX)?.into();
    check(extents.delete(&behind)).map(|_| ())
}

/// Shortens the extent under the cursor, if it extends beyond the cut.
fn shorten_to(asked: &IdbRequest, bytes: u64) -> Result<(), JsValue> {
    let found = asked.result()?;
    if found.is_null() {
        return Ok(());
    }
    let cursor: IdbCursorWithValue = found.unchecked_into();
    let Ok(key) = ExtentKey::from_js(&cursor.key()?) else { return Ok(()) };
    let value: Uint8Array = cursor.value()?.unchecked_into();
    let keep = bytes - key.offset;
    if keep < u64::from(value.length()) {
        // `slice`, not `subarray`: the whole buffer of a view would be stored.
        cursor.update(&value.slice(0, u32::try_from(keep).unwrap_or(u32::MAX)))?;
    }
    Ok(())
}

/// Joins the pieces into one array for the browser to store.
fn joined(pieces: &[Piece]) -> Uint8Array {
    if let [piece] = pieces {
        return Uint8Array::from(piece.as_slice());
    }
    let whole = Uint8Array::new_with_length(u32::try_from(plan::length(pieces)).unwrap_or(u32::MAX));
    let mut at = 0;
    for piece in pieces {
        let part = piece.as_slice();
        let end = at + u32::try_from(part.len()).unwrap_or(u32::MAX);
        whole.subarray(at, end).copy_from(part);
        at = end;
    }
    whole
}

/// The location of an extent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ExtentKey {
    node: NodeId,
    file: u32,
    offset: u64,
}

#[expect(clippy::cast_precision_loss, reason = "offsets stay far below 2^53")]
impl ExtentKey {
    fn to_js(self) -> JsValue {
        let key = [f64::from(self.node), f64::from(self.file), self.offset as f64];
        key.iter().map(|&part| JsValue::from_f64(part)).collect::<Array>().into()
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole numbers"
    )]
    fn from_js(key: &JsValue) -> Result<Self, StoreError> {
        let parts: Vec<f64> = Array::from(key).iter().filter_map(|part| part.as_f64()).collect();
        match parts[..] {
            [node, file, offset] if parts.iter().all(|p| p.fract() == 0.0 && *p >= 0.0) => {
                Ok(Self { node: node as NodeId, file: file as u32, offset: offset as u64 })
            }
            _ => Err(StoreError::Failed(format!("unreadable key {key:?}"))),
        }
    }
}

fn file_range(node: NodeId, file: u32, from: u64, to: u64) -> Result<web_sys::IdbKeyRange, StoreError> {
    idb::range(&ExtentKey { node, file, offset: from }.to_js(), &ExtentKey { node, file, offset: to }.to_js())
}

/// Splits the list of extents into chunks that are read at once.
fn chunks(keys: &[ExtentKey]) -> Vec<&[ExtentKey]> {
    let mut parts = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for at in 0..keys.len() {
        bytes += known_length(keys, at).unwrap_or(plan::EXTENT as u64);
        if bytes >= LOAD_BYTES || at + 1 - begin >= LOAD_EXTENTS || at + 1 == keys.len() {
            parts.push(&keys[begin..=at]);
            (begin, bytes) = (at + 1, 0);
        }
    }
    parts
}

/// An extent's length, derived from the offset of the next one of its file.
fn known_length(keys: &[ExtentKey], at: usize) -> Option<u64> {
    let (key, next) = (keys[at], keys.get(at + 1)?);
    ((key.node, key.file) == (next.node, next.file)).then(|| next.offset.saturating_sub(key.offset))
}

/// Assembles extents into files.
struct Reader {
    files: Vec<StoredFile>,
    /// The length of the file that is being read.
    end: u64,
    bytes: u64,
    total: u64,
}

impl Reader {
    fn new(keys: &[ExtentKey]) -> Self {
        let total = (0..keys.len()).filter_map(|at| known_length(keys, at)).sum();
        Self { files: Vec::new(), end: 0, bytes: 0, total }
    }

    fn take(&mut self, key: ExtentKey, value: &JsValue) -> Result<(), StoreError> {
        let same = self.files.last().is_some_and(|last| (last.node, last.file) == (key.node, key.file));
        if !same {
            self.files.push(StoredFile { node: key.node, file: key.file, extents: Vec::new() });
            self.end = 0;
        }
        let damaged = StoreError::Damaged { node: key.node, file: key.file, offset: self.end };
        let (Some(last), Some(value)) = (self.files.last_mut(), value.dyn_ref::<Uint8Array>()) else {
            return Err(damaged);
        };
        if key.offset != self.end {
            return Err(damaged);
        }
        let length = value.length() as usize;
        let bytes = Arc::new(value.to_vec());
        last.extents.push(bytes);
        self.end += length as u64;
        self.bytes += length as u64;
        // The last extent of a file adds the length that the keys do not give.
        self.total = self.total.max(self.bytes);
        Ok(())
    }
}

fn get(store: &IdbObjectStore, key: &str) -> Result<IdbRequest, StoreError> {
    check(store.get(&JsValue::from_str(key)))
}

fn put(store: &IdbObjectStore, key: &str, value: &JsValue) -> Result<(), StoreError> {
    check(store.put_with_key(value, &JsValue::from_str(key))).map(|_| ())
}

fn check(request: Result<IdbRequest, JsValue>) -> Result<IdbRequest, StoreError> {
    request.map_err(|error| StoreError::from_js(&error))
}
