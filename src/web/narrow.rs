//! What of a flood of events is passed on to the page.
//!
//! Promises: while events are few, all are passed on, in order; when they are many, first those go that only
//! the picture shows (messages sent and delivered, log writes), then the oldest; how many went is counted,
//! so that nobody takes the rest for the whole. Leaves out: the digest and the meters, which the lab itself
//! draws from every event.

use quorum_facade::{Event, EventKind, NetworkEvent, StorageEvent};

/// With more events than this in a frame, fine ones are left out.
const MANY: usize = 200;
/// More than this are never passed on at once.
const MOST: usize = 400;

/// Adds events to those that wait to be sent; returns how many were left out.
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
