//! The messages between page and worker as browsers carry them: bytes, in a buffer that is transferred.
//!
//! Guarantees: a message is one `ArrayBuffer`, or, with an attachment of bytes, a list of the two; anything else (the
//! worker's bootstrap messages) is not a message. Leaves out: the messages themselves and their encoding
//! (`quorum-wire`).

use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

pub use quorum_wire::{
    Absence, DrillFacts, DrillForm, DrillOrder, FoundSchedule, HostFacts, HostState, MemoryReason, Pace,
    SearchFacts, Storage, StoreFigures,
};

/// From the page to the worker; attached bytes are a `Uint8Array`.
pub type ToWorker = quorum_wire::ToWorker<JsValue>;
/// From the worker to the page, likewise.
pub type ToPage = quorum_wire::ToPage<JsValue>;

/// A message with an optional attachment of bytes.
pub trait Message: Serialize + DeserializeOwned {
    /// The attached bytes.
    fn beside(&self) -> Option<&JsValue>;
    /// The message with the bytes that arrived with it.
    #[must_use]
    fn with(self, bytes: JsValue) -> Self;
}

impl Message for ToWorker {
    fn beside(&self) -> Option<&JsValue> {
        self.bytes()
    }

    fn with(self, bytes: JsValue) -> Self {
        self.with_bytes(bytes)
    }
}

impl Message for ToPage {
    fn beside(&self) -> Option<&JsValue> {
        self.bytes()
    }

    fn with(self, bytes: JsValue) -> Self {
        self.with_bytes(bytes)
    }
}

/// A message, packed for posting.
#[derive(Debug)]
pub struct Packed {
    /// The message.
    pub data: JsValue,
    /// Its own buffer, which is transferred; not the one of attached bytes.
    pub buffer: ArrayBuffer,
}

/// Packs a message for posting.
pub fn pack<M: Message>(message: &M) -> Result<Packed, String> {
    let buffer = Uint8Array::from(&quorum_wire::encode(message)?[..]).buffer();
    let data = match message.beside() {
        Some(bytes) => Array::of2(&buffer, bytes).into(),
        None => buffer.clone().into(),
    };
    Ok(Packed { data, buffer })
}

/// Unpacks a posted message.
pub fn unpack<M: Message>(data: &JsValue) -> Result<M, String> {
    let pair = data.dyn_ref::<Array>();
    let buffer = pair.map_or_else(|| data.clone(), |pair| pair.get(0));
    let buffer: ArrayBuffer = buffer.dyn_into().map_err(|_| "no message".to_owned())?;
    let message: M = quorum_wire::decode(&Uint8Array::new(&buffer).to_vec())?;
    let needs = message.beside().is_some();
    match pair.map(|pair| pair.get(1)) {
        Some(bytes) if bytes.has_type::<Uint8Array>() => Ok(message.with(bytes)),
        None if !needs => Ok(message),
        _ => Err("a message without its bytes".to_owned()),
    }
}
