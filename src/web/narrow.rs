//! Limits the number of events that are passed on to the page.
//!
//! Guarantees: few events are all passed on, in order; of many, first those are dropped that only the picture shows
//! (messages sent and delivered, log writes), then the oldest; the number of dropped events is counted, so that the
//! rest is not mistaken for the whole. Leaves out: the digest and the meters, which the lab itself computes from every
//! event.

use quorum_facade::{Event, EventKind, NetworkEvent, StorageEvent};

/// With more events than this in a frame, fine-grained ones are dropped.
const MANY: usize = 200;
/// Maximum number of events passed on at once.
const MOST: usize = 400;

/// Appends events to those waiting to be sent; returns how many were dropped.
pub fn add(waiting: &mut Vec<Event>, new: Vec<Event>) -> u64 {
    let all = waiting.len() + new.len();
    waiting.extend(new);
    if waiting.len() > MANY {
        waiting.retain(|event| !is_fine(&event.kind));
    }
    if waiting.len() > MOST {
        waiting.drain(..waiting.len() - MOST);
    }
    (all - waiting.len()) as u64
}

fn is_fine(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Network(NetworkEvent::Sent { .. })
            | EventKind::Network(NetworkEvent::Delivered { .. })
            | EventKind::Storage(StorageEvent::WalAppended { .. })
            | EventKind::Storage(StorageEvent::FsyncBegan { .. })
            | EventKind::Storage(StorageEvent::FsyncEnded { .. })
            | EventKind::Storage(StorageEvent::WalRotated { .. })
    )
}
