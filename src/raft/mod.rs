//! Raft, as a pure state machine: no clock, no network, no disk, no threads.
//!
//! This text is the specification; section numbers are those of Ongaro and Ousterhout, “In Search of an
//! Understandable Consensus Algorithm (Extended Version)”, 2014.
//!
//! **Driving it.** The caller feeds [`Raft::tick`], [`Raft::step`], [`Raft::propose`] and
//! [`Raft::persisted`], and after each of them takes [`Raft::take_ready`]. A [`Ready`] is obeyed in this order:
//! 1. write `hard_state` and `append` to the log (not yet synced);
//! 2. send `messages` at once;
//! 3. send `after_persist` only when what was written in step 1, and everything before it, is durable, and drop
//!    what is then of an older term than the node's: a promise to a deposed leader must not leave late;
//! 4. apply `committed`;
//! 5. call [`Raft::persisted`] when the entries are durable.
//!
//! Sending is split from persisting so that a leader's disk works while its followers' do (thesis, 10.2.1): a
//! leader counts itself towards a commit only once its own entries are durable, like everyone else.
//!
//! **Terms (5.1).** Time is cut into terms; a term has at most one leader. A message with a higher term makes
//! its receiver a follower of that term; one with a lower term is answered with the receiver's term, so that
//! its sender learns.
//!
//! **Elections (5.2).** A follower that hears no leader for its timeout becomes a candidate: it raises its term,
//! votes for itself, and asks for votes once that is durable. The timeout is drawn anew from one to two times
//! the base whenever it starts, so that ties break. A node gives one vote a term, and only to a candidate whose
//! log is at least as up to date as its own: a later last term, or the same and no shorter (5.4.1). Term and vote
//! are durable before an answer leaves; otherwise a restart could vote twice.
//!
//! **Replication (5.3).** A leader appends proposals and sends them with the index and term of the entry before
//! them. A follower that lacks that entry refuses and says where its log departs (the conflicting term and its
//! first index, end of 5.3), so that the leader goes back a term at a time. Entries that conflict are removed;
//! entries that agree stay. An answer “yes” leaves only when the entries are durable.
//!
//! **Commitment (5.4.2).** An entry is committed when a majority holds it durably *and* it is of the leader's own
//! term; older entries are committed along with it. A new leader therefore begins with an empty entry (section 8).
//!
//! **What is left out here**, and safe to leave out: pre-vote, check-quorum, leader transfer, read index,
//! snapshots and membership changes. Without check-quorum a leader that is cut off goes on believing; it cannot
//! commit, and steps down when it hears of a higher term.

mod conf;
mod core;
mod election;
mod log;
mod membership;
mod message;
mod progress;
mod quorum;
mod reads;
mod repair;
mod replication;
mod rules;

pub use self::core::{Config, Leader, NoVote, Note, Raft, ReadState, Ready, Refused, Restored, Role};
pub use conf::{Change, Conf, ConfChange};
pub use log::{Entry, EntryKind, HardState, Log, Snapshot};
pub use message::{Body, Message};
pub use progress::{Flow, Progress};
pub use quorum::{Outcome, majority, reached, vote};
pub use reads::ReadMode;
pub use rules::{RULES, Rule, RuleFacts, Rules};

#[cfg(test)]
mod tests;
