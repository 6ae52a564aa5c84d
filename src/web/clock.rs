//! The lab's only wall clocks, and the ways to yield to the browser between two pieces of work.
//!
//! Guarantees: time is in milliseconds since the page or worker began, but for [`today`], which a learner's record
//! needs; [`breathe`] yields to messages and storage events without the 4 ms that nested timers are clamped to. Leaves
//! out: virtual time, which belongs to the lab.

use std::cell::RefCell;
use std::pin::pin;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Milliseconds since this page or worker began.
pub fn now_ms() -> f64 {
    now()
}

/// Today as a number: days since 1 January 1970, in universal time.
pub fn today() -> u32 {
    (js_sys::Date::now() / 86_400_000.0).max(0.0) as u32
}

/// Resolves after this many milliseconds.
pub async fn sleep(ms: u32) {
    gloo_timers::future::TimeoutFuture::new(ms).await;
}

/// The output of a future, if it resolves within this many milliseconds.
pub async fn within<T>(ms: u32, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(sleep(ms))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

thread_local! {
    static DOOR: RefCell<Option<Door>> = const { RefCell::new(None) };
}

/// A message channel to oneself: a message is a separate task, so tasks that are already queued run first.
struct Door {
    channel: MessageChannel,
    waiting: std::rc::Rc<RefCell<Vec<oneshot::Sender<()>>>>,
    _on_message: Closure<dyn FnMut()>,
}

impl Door {
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let waiting = std::rc::Rc::new(RefCell::new(Vec::<oneshot::Sender<()>>::new()));
        let on_message = {
            let waiting = waiting.clone();
            Closure::<dyn FnMut()>::new(move || {
                for waiter in waiting.take() {
                    // A waiter that is gone need not be woken.
                    let _ = waiter.send(());
                }
            })
        };
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, waiting, _on_message: on_message })
    }
}

/// Yields to the browser: everything queued for delivery is delivered before this resolves.
pub async fn breathe() {
    let turn = DOOR.with_borrow_mut(|door| {
        if door.is_none() {
            *door = Door::new();
        }
        let door = door.as_ref()?;
        let (tell, receiver) = oneshot::channel();
        door.waiting.borrow_mut().push(tell);
        door.channel.port2().post_message(&JsValue::NULL).ok()?;
        Some(receiver)
    });
    match turn {
        // The sender lives as long as the worker, so this cannot be cancelled.
        Some(turn) => drop(turn.await),
        None => sleep(0).await,
    }
}
