//! The write lock: one writing tab per database, by Web Locks, with a way to hand over.
//!
//! Guarantees: [`acquire`] takes the lock at once or reports that another tab holds it; [`take_over`] asks the holder
//! to finish and release it, and steals the lock when the holder does not answer. Stealing is safe because every
//! transaction checks the store's fence (`store`). Where there are no Web Locks, every tab is admitted and the fence
//! alone keeps writers apart. Leaves out: what a writer does when it is asked to release the lock (`host`).

use std::{cell::Cell, rc::Rc};

use futures_channel::oneshot;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::{clock, idb::set};

/// How long a holder may take to finish before its lock is stolen.
const PATIENCE_MS: f64 = 2_000.0;
/// Interval between checks whether it has.
const LOOK_MS: u32 = 50;
/// How long the browser may take to report whether a lock is free.
const ANSWER_MS: u32 = 5_000;
/// The channel on which tabs negotiate who writes.
const CHANNEL: &str = "quorum-lab/writers";

#[wasm_bindgen]
extern "C" {
    /// `LockManager`, which web-sys counts as unstable.
    type Locks;

    #[wasm_bindgen(method, catch)]
    fn request(this: &Locks, name: &str, options: &Object, callback: &JsValue) -> Result<Promise, JsValue>;
}

/// The right to write, until dropped.
#[derive(Debug)]
pub struct Lock {
    release: Option<js_sys::Function>,
}

impl Lock {
    /// Whether a browser's lock is behind it: where there are none, every tab is admitted.
    pub fn is_held(&self) -> bool {
        self.release.is_some()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            // A promise's resolve function does not throw.
            drop(release.call0(&JsValue::UNDEFINED));
        }
    }
}

/// Takes the lock if it is free. None when another tab holds it. `lost` is called when it is stolen later.
pub async fn acquire(name: &str, lost: impl Fn() + 'static) -> Option<Lock> {
    request(name, false, Rc::new(lost)).await
}

/// Asks the holder to release the lock, waits for it, and steals the lock when it does not.
pub async fn take_over(name: &str, lost: impl Fn() + 'static) -> Option<Lock> {
    let lost: Rc<dyn Fn()> = Rc::new(lost);
    if let Some(lock) = request(name, false, lost.clone()).await {
        return Some(lock);
    }
    ask_to_let_go(name);
    let began = clock::now_ms();
    while clock::now_ms() - began < PATIENCE_MS {
        clock::sleep(LOOK_MS).await;
        if let Some(lock) = request(name, false, lost.clone()).await {
            return Some(lock);
        }
    }
    request(name, true, lost).await
}

async fn request(name: &str, steal: bool, lost: Rc<dyn Fn()>) -> Option<Lock> {
    let Some(locks) = locks() else { return Some(Lock { release: None }) };
    let options = Object::new();
    set(&options, if steal { "steal" } else { "ifAvailable" }, &JsValue::TRUE);
    let (tell, receiver) = oneshot::channel::<Option<Lock>>();
    let tell = Rc::new(Cell::new(Some(tell)));
    let granted = {
        let tell = tell.clone();
        Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let Some(tell) = tell.take() else { return JsValue::UNDEFINED };
            if lock.is_null() || lock.is_undefined() {
                // Sending fails if the caller no longer waits.
                drop(tell.send(None));
                return JsValue::UNDEFINED;
            }
            // The lock is held until this promise resolves.
            let mut release = None;
            let held = Promise::new(&mut |resolve, _| release = Some(resolve));
            drop(tell.send(Some(Lock { release })));
            held.into()
        })
    };
    let Ok(whole) = locks.request(name, &options, &granted) else { return Some(Lock { release: None }) };
    wasm_bindgen_futures::spawn_local(async move {
        // Rejects when the lock is stolen, or when the frame may not use locks at all.
        if wasm_bindgen_futures::JsFuture::from(whole).await.is_err() {
            match tell.take() {
                Some(tell) => drop(tell.send(Some(Lock { release: None }))),
                None => lost(),
            }
        }
    });
    match clock::within(ANSWER_MS, receiver).await {
        Some(receiver) => receiver.ok().flatten(),
        // A browser that does not answer is treated as one without locks.
        None => Some(Lock { release: None }),
    }
}

/// Calls `released` when the holder of this lock releases it or ends. Never where there are no Web Locks.
pub fn when_released(name: &str, released: impl FnOnce() + 'static) {
    let Some(locks) = locks() else { return };
    // Released as soon as it is granted: the callback does not return a promise.
    let granted = Closure::once_into_js(move |_: JsValue| released());
    if let Ok(whole) = locks.request(name, &Object::new(), &granted) {
        // Where the frame may not use locks at all, `released` is never called.
        wasm_bindgen_futures::spawn_local(async move {
            drop(wasm_bindgen_futures::JsFuture::from(whole).await);
        });
    }
}

fn locks() -> Option<Locks> {
    let navigator = Reflect::get(&js_sys::global(), &JsValue::from_str("navigator")).ok()?;
    let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
    (!locks.is_undefined() && !locks.is_null()).then(|| locks.unchecked_into())
}

fn ask_to_let_go(name: &str) {
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        // A request that is not sent is not granted: the caller's patience ends, and it steals the lock.
        drop(channel.post_message(&JsValue::from_str(name)));
        channel.close();
    }
}

/// Listens to other tabs that ask to write, until dropped.
#[derive(Debug)]
pub struct Ear {
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

/// Calls `asked` with the database's name whenever another tab asks to write it. None where tabs cannot communicate.
pub fn listen(asked: impl Fn(String) + 'static) -> Option<Ear> {
    let channel = BroadcastChannel::new(CHANNEL).ok()?;
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(name) = event.data().as_string() {
            asked(name);
        }
    });
    channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    Some(Ear { channel, _on_message: on_message })
}
