//! A browser tab as one Raft node in real time, without the browser.
//!
//! [`TabNode`] takes the time, packets of other tabs, finished writes to storage and requests of the learner; it
//! returns packets to send and batches to store. The core is `quorum-raft`, the one of every replica set in the lab.
//! `docs/tabs-as-nodes.md` says what differs from a simulated replica set and derives the bound for a new leader.
//!
//! Guarantees: the same calls give the same results; a message that depends on durable state leaves only when the batch
//! that holds that state is stored; a write counts as acknowledged only when it is committed and applied here, and is
//! applied at most once; no packet and no stored record causes a panic. Leaves out: clocks, channels, locks and
//! IndexedDB, which are the page's (`src/web/tabs`), and every sentence.

mod bytes;
mod disk;
mod drive;
mod facts;
mod group;
mod machine;
mod node;
mod packet;
mod watch;

pub use bytes::{decode, encode};
pub use disk::{Batch, Damage, Stored};
pub use facts::{
    Answer, Attempt, Checked, Event, EventKind, Facts, Failover, Fate, Line, Order, Peer, Read, Report,
    RoleWord, Seen, What, Why,
};
pub use group::{BOUND_US, Group, SIZES};
pub use machine::{MAX_KEY_CHARS, MAX_TEXT_CHARS, Value};
pub use node::{Start, TabNode};

#[cfg(test)]
mod tests;
