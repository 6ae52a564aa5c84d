//! The channel of a group: every tab hears every packet.
//!
//! Guarantees: packets of one tab arrive in the order in which it posted them, or not at all once it has closed; what
//! is no bytes is not heard. Leaves out: what packets mean, and whether they are addressed to this tab.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel, until dropped.
#[derive(Debug)]
pub(super) struct Cable {
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

impl Cable {
    /// Listens on a channel; none where tabs cannot communicate.
    pub(super) fn open(name: &str, hear: impl Fn(Vec<u8>) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(bytes) = event.data().dyn_ref::<Uint8Array>() {
                hear(bytes.to_vec());
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, _on_message: on_message })
    }

    /// Posts a packet. One that cannot be posted is a lost one, which the protocol expects.
    pub(super) fn post(&self, bytes: &[u8]) {
        drop(self.channel.post_message(&Uint8Array::from(bytes)));
    }
}
