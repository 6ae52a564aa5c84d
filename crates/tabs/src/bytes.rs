//! Values as bytes: packets, records, and what page and worker send each other.
//!
//! Guarantees: what was encoded is decoded as it was; decoding takes all of the bytes or fails, and never panics.
//! Leaves out: versions, which packets have and databases have (`packet`, the page's stores).

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Encodes a value with postcard; none if it cannot be encoded, which no type of this crate is.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Option<Vec<u8>> {
    postcard::to_allocvec(value).ok()
}

/// Decodes a value; it has to use all of the bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
