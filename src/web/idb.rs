//! A thin layer over the browser's IndexedDB: open a database, run a transaction, await a request.
//!
//! Guarantees: every write transaction requests `durability: "strict"`; every failure is returned as a typed
//! [`StoreError`]; a transaction is complete only when the browser has reported it. It is written on web-sys because
//! the store needs what wrappers hide: several transactions queued at once, and a check inside a transaction's own
//! callback that can still abort it. An opening that the browser does not answer times out, and a database that the
//! browser closes is reported. Leaves out: what is stored (`store`).

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{
    DomException, IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest,
    IdbTransaction,
};

use super::clock;

/// How long the browser may take to open a database. Chromium takes seconds when it first has to repair one.
pub const OPEN_MS: u32 = 15_000;

/// How long after a failed write the browser may take to say that it has closed the database.
const CLOSING_MS: f64 = 1_000.0;

/// Why a storage operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// There is no IndexedDB here.
    Missing,
    /// The browser denies it: private mode, or a third-party frame.
    Denied,
    /// The quota is exhausted.
    Full,
    /// The stored data was written by a newer version.
    Newer,
    /// Another writer has taken over.
    TakenOver,
    /// A log file has a hole: no extent begins at this offset.
    Damaged {
        /// The node that the file belongs to.
        node: u32,
        /// The file number.
        file: u32,
        /// Where the next extent should have begun.
        offset: u64,
    },
    /// The browser has closed the database.
    Closed,
    /// The browser did not open the database in time.
    Silent,
    /// Any other error, with the browser's message.
    Failed(String),
}

impl StoreError {
    /// The error for a thrown value or a failed request.
    pub fn from_js(error: &JsValue) -> Self {
        let Some(exception) = error.dyn_ref::<DomException>() else {
            return Self::Failed(format!("{error:?}"));
        };
        match exception.name().as_str() {
            "QuotaExceededError" => Self::Full,
            "VersionError" => Self::Newer,
            "SecurityError" | "NotAllowedError" => Self::Denied,
            // Chromium in a cross-site frame, where the visitor blocks storage of such frames.
            "UnknownError" if exception.message().contains("denied permission") => Self::Denied,
            // A request in flight when the browser closed the database. A transaction aborted by its own code has no
            // error.
            "AbortError" => Self::Closed,
            name => Self::Failed(format!("{name}: {}", exception.message())),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// `IDBDatabase`, for the one method whose options web-sys counts as unstable.
    #[wasm_bindgen(extends = IdbDatabase)]
    #[derive(Clone, Debug)]
    type StrictDatabase;

    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn transaction_with_options(
        this: &StrictDatabase,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// An open database. Closed when dropped.
#[derive(Debug)]
pub struct Database {
    inner: StrictDatabase,
    lost: Rc<Lost>,
    _on_close: Closure<dyn FnMut()>,
    /// Another version of the page may want to upgrade: close at once, so that it is not blocked.
    _on_version_change: Closure<dyn FnMut()>,
}

/// The callback for a database that is closed from outside this module.
#[derive(Default)]
struct Lost {
    is: std::cell::Cell<bool>,
    tell: RefCell<Option<Box<dyn Fn()>>>,
}

impl core::fmt::Debug for Lost {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Lost").field("is", &self.is).finish_non_exhaustive()
    }
}

impl Lost {
    fn note(&self) {
        self.is.set(true);
        if let Some(tell) = &*self.tell.borrow() {
            tell();
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.inner.set_onclose(None);
        self.inner.set_onversionchange(None);
        self.inner.close();
    }
}

impl Database {
    /// Opens a database, and creates its object stores if it is new.
    pub async fn open(name: &str, version: u32, stores: &[&str]) -> Result<Self, StoreError> {
        let request = factory()?.open_with_u32(name, version).map_err(|e| StoreError::from_js(&e))?;
        let names: Vec<String> = stores.iter().map(|&s| s.to_owned()).collect();
        let upgrade = {
            let request = request.clone();
            Closure::once(move || create_stores(&request, &names))
        };
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let opened = clock::within(OPEN_MS, settled(&request)).await;
        request.set_onupgradeneeded(None);
        let Some(opened) = opened else {
            close_when_it_comes(&request);
            return Err(StoreError::Silent);
        };
        let opened = opened.map_err(|error| match error {
            // Firefox in private mode, and Chromium where cookies are blocked.
            StoreError::Failed(text) if text.starts_with("InvalidStateError") => StoreError::Denied,
            other => other,
        });
        let inner: StrictDatabase = opened?.unchecked_into();
        let lost = Rc::new(Lost::default());
        let on_close = {
            let lost = lost.clone();
            Closure::<dyn FnMut()>::new(move || lost.note())
        };
        let on_version_change = {
            let (database, lost): (IdbDatabase, _) = (inner.clone().unchecked_into(), lost.clone());
            Closure::<dyn FnMut()>::new(move || {
                database.close();
                lost.note();
            })
        };
        inner.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        inner.set_onversionchange(Some(on_version_change.as_ref().unchecked_ref()));
        Ok(Self { inner, lost, _on_close: on_close, _on_version_change: on_version_change })
    }

    /// Calls `tell` when the database is closed without having been dropped, at once if it is already closed: the
    /// browser has removed the storage, or another page wants to delete or upgrade it.
    pub fn when_lost(&self, tell: impl Fn() + 'static) {
        self.lost.tell.replace(Some(Box::new(tell)));
        if self.lost.is.get() {
            self.lost.note();
        }
    }

    /// A view of whether it is being closed, for a failed write to ask.
    pub fn closing(&self) -> Closing {
        Closing { inner: self.inner.clone(), lost: self.lost.clone() }
    }

    /// A read-only transaction.
    pub fn read(&self, stores: &[&str]) -> Result<Transaction, StoreError> {
        self.transaction(stores, "readonly")
    }

    /// A read-write transaction, with strict durability. Transactions whose stores overlap run in the order in which
    /// they were created.
    pub fn write(&self, stores: &[&str]) -> Result<Transaction, StoreError> {
        self.transaction(stores, "readwrite")
    }

    fn transaction(&self, stores: &[&str], mode: &str) -> Result<Transaction, StoreError> {
        let names: Array = stores.iter().map(|&name| JsValue::from_str(name)).collect();
        let options = Object::new();
        set(&options, "durability", &JsValue::from_str("strict"));
        let inner = self
            .inner
            .transaction_with_options(&names, mode, &options)
            .map_err(|e| if self.lost.is.get() { StoreError::Closed } else { StoreError::from_js(&e) })?;
        Ok(Transaction { inner })
    }
}

/// Whether a database is being closed from outside. The browser may fail a transaction before it says so.
#[derive(Clone, Debug)]
pub struct Closing {
    inner: StrictDatabase,
    lost: Rc<Lost>,
}

impl Closing {
    /// Whether it is closed, or will be within a second.
    pub async fn soon(&self) -> bool {
        let began = clock::now_ms();
        while !self.is_closed() {
            if clock::now_ms() - began > CLOSING_MS {
                return false;
            }
            clock::sleep(10).await;
        }
        true
    }

    /// Whether no transaction can begin any more: a closed database refuses them before it says that it is closed.
    fn is_closed(&self) -> bool {
        let Some(name) = self.inner.object_store_names().get(0) else { return self.lost.is.get() };
        let names = Array::of1(&JsValue::from_str(&name));
        let begun = self.inner.transaction_with_options(&names, "readonly", &Object::new());
        self.lost.is.get() || begun.is_err()
    }
}

/// Deletes a database; resolves when the browser confirms it.
pub async fn delete_database(name: &str) -> Result<(), StoreError> {
    let request = factory()?.delete_database(name).map_err(|e| StoreError::from_js(&e))?;
    settled(&request).await.map(|_| ())
}

/// A transaction. It commits by itself when it has no more requests.
#[derive(Clone, Debug)]
pub struct Transaction {
    inner: IdbTransaction,
}

impl Transaction {
    /// One of its object stores.
    pub fn store(&self, name: &str) -> Result<IdbObjectStore, StoreError> {
        self.inner.object_store(name).map_err(|e| StoreError::from_js(&e))
    }

    /// Aborts the transaction. One that is already complete stays as it is.
    pub fn abort(&self) {
        // The only error is "already complete", and then there is nothing to abort.
        drop(self.inner.abort());
    }

    /// Resolves when the transaction has committed or aborted. Must be called before control returns to the browser, or
    /// the completion event may be missed.
    pub fn finished(&self) -> impl Future<Output = Result<(), StoreError>> + use<> {
        let (tell, receiver) = oneshot::channel();
        let tell = std::rc::Rc::new(std::cell::Cell::new(Some(tell)));
        let on_complete = {
            let tell = tell.clone();
            Closure::<dyn FnMut()>::new(move || {
                if let Some(tell) = tell.take() {
                    // Sending fails if the caller no longer waits.
                    drop(tell.send(Ok(())));
                }
            })
        };
        let on_abort = {
            let inner = self.inner.clone();
            Closure::<dyn FnMut()>::new(move || {
                let error = inner.error().map_or_else(
                    || StoreError::Failed("aborted".to_owned()),
                    |exception| StoreError::from_js(&exception),
                );
                if let Some(tell) = tell.take() {
                    // As above.
                    drop(tell.send(Err(error)));
                }
            })
        };
        self.inner.set_oncomplete(Some(on_complete.as_ref().unchecked_ref()));
        self.inner.set_onabort(Some(on_abort.as_ref().unchecked_ref()));
        let inner = self.inner.clone();
        // A caller that stops waiting must not leave the browser with closures that were freed.
        let listening = Deaf(move || {
            inner.set_oncomplete(None);
            inner.set_onabort(None);
            // No result: the closures are captured, so that they live as long as they are set.
            let _ = (&on_complete, &on_abort);
        });
        async move {
            let outcome = receiver.await.unwrap_or_else(|_| Err(StoreError::Failed("gone".to_owned())));
            drop(listening);
            outcome
        }
    }
}

/// Resolves with a request's result. Listens from the call on, not from the first poll.
pub fn settled(request: &IdbRequest) -> impl Future<Output = Result<JsValue, StoreError>> + use<> {
    let (tell, receiver) = oneshot::channel();
    let tell = std::rc::Rc::new(std::cell::Cell::new(Some(tell)));
    let on_end = {
        let request = request.clone();
        Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            // An error that is handled here must not be reported to the console as unhandled.
            event.prevent_default();
            let outcome = request.result().and_then(|value| match request.error() {
                Ok(Some(exception)) => Err(exception.into()),
                _ => Ok(value),
            });
            if let Some(tell) = tell.take() {
                // Sending fails if the caller no longer waits.
                drop(tell.send(outcome));
            }
        })
    };
    request.set_onsuccess(Some(on_end.as_ref().unchecked_ref()));
    request.set_onerror(Some(on_end.as_ref().unchecked_ref()));
    let request = request.clone();
    let listening = Deaf({
        let request = request.clone();
        move || {
            request.set_onsuccess(None);
            request.set_onerror(None);
            // No result: the closure is captured, so that it lives as long as it is set.
            let _ = &on_end;
        }
    });
    async move {
        let outcome = receiver.await;
        drop(listening);
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(thrown)) => {
                let error = match request.error() {
                    Ok(Some(exception)) => exception.into(),
                    _ => thrown,
                };
                Err(StoreError::from_js(&error))
            }
            Err(_) => Err(StoreError::Failed("gone".to_owned())),
        }
    }
}

/// Removes event listeners when dropped; the closure that does so owns them.
struct Deaf<F: FnMut()>(F);

impl<F: FnMut()> Drop for Deaf<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Closes the database of an abandoned opening, if it is opened after all.
fn close_when_it_comes(request: &IdbOpenDbRequest) {
    let close = {
        let request = request.clone();
        Closure::once_into_js(move |_: JsValue| {
            if let Ok(database) = request.result() {
                database.unchecked_into::<IdbDatabase>().close();
            }
        })
    };
    request.set_onsuccess(Some(close.unchecked_ref()));
}

/// The range of keys from one to another, inclusive.
pub fn range(from: &JsValue, to: &JsValue) -> Result<IdbKeyRange, StoreError> {
    IdbKeyRange::bound(from, to).map_err(|e| StoreError::from_js(&e))
}

/// Sets a property of a plain object made here, which cannot fail.
pub fn set(object: &Object, name: &str, value: &JsValue) {
    drop(Reflect::set(object, &JsValue::from_str(name), value));
}

/// `indexedDB`, in a page or in a worker. Merely reading it throws where storage is denied.
fn factory() -> Result<IdbFactory, StoreError> {
    let found = Reflect::get(&js_sys::global(), &JsValue::from_str("indexedDB"))
        .map_err(|e| StoreError::from_js(&e))?;
    if found.is_undefined() || found.is_null() {
        Err(StoreError::Missing)
    } else {
        Ok(found.unchecked_into())
    }
}

fn create_stores(request: &IdbOpenDbRequest, names: &[String]) {
    let Ok(database) = request.result() else { return };
    let database: IdbDatabase = database.unchecked_into();
    for name in names {
        if !database.object_store_names().contains(name) {
            // A failure here aborts the upgrade, and the open request reports it.
            drop(database.create_object_store(name));
        }
    }
}
