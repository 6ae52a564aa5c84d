//! Raft as a pure state machine: no clock, no network, no disk, no threads. The README has an example.
//!
//! This text is the specification. Section numbers are those of Ongaro and Ousterhout, “In Search of an Understandable
//! Consensus Algorithm (Extended Version)”, 2014; with “thesis”, those of Ongaro's “Consensus: Bridging Theory and
//! Practice”, 2014. Where these leave a choice, this crate follows etcd, and `tests/differential.rs` lists the
//! differences.
//!
//! **Driving it.** The caller calls [`Raft::tick`], [`Raft::step`], [`Raft::propose`], [`Raft::change_conf`],
//! [`Raft::transfer`], [`Raft::read`], [`Raft::compact`] and [`Raft::persisted`], and after each of them, and once
//! after a start, takes [`Raft::take_ready`]. It processes a [`Ready`] in this order:
//! 1. write `hard_state`, then `snapshot` (it replaces the log and the state machine), then `append` (the log is cut
//!    after the index that it names, and the entries follow); nothing is synced yet. If a crash may keep one of these
//!    and lose another, a commit index beyond the index that `append` names is written after its entries;
//! 2. send `messages` at once;
//! 3. send `after_persist` only when everything written in step 1, and everything before it, is durable, and drop
//!    messages whose term is by then older than the node's: a promise to a deposed leader must not be sent late;
//! 4. apply `committed`, after the snapshot if there is one. A configuration in it has already been applied here;
//! 5. serve each of `reads` once everything up to its index is applied;
//! 6. call [`Raft::persisted`] with the last index and term that an fsync covers, when the fsync ends. Data written
//!    before the last cut of the log must not be reported afterwards.
//!
//! A snapshot that `compact` returns must be durable before the log that it replaces is deleted. Sending is separate
//! from persisting so that a leader's disk works while its followers' disks do (thesis 10.2.1): a leader counts itself
//! towards a commit only once its own entries are durable, like every other node.
//!
//! **Terms (5.1).** Time is divided into terms; a term has at most one leader. A message with a higher term makes its
//! receiver a follower of that term, with a restarted timer; a request with a lower term is answered with the
//! receiver's term, so that its sender learns of it. Pre-votes and the questions of impaired nodes change no term.
//!
//! **Elections (5.2).** A follower that hears from no leader for its timeout becomes a candidate: it raises its term,
//! votes for itself, and asks for votes once that is durable. Each timeout is drawn again from one to two times the
//! base, the latter excluded, so that ties break. A node gives one vote per term, and only to a candidate whose log is
//! at least as up to date as its own: a later last term, or the same and no shorter (5.4.1). Term and vote are durable
//! before an answer is sent; otherwise a restart could vote twice. Every answer contains what the voter knows to be
//! committed: a candidate may have missed the commitment of a change that would let it be elected, or keep it from
//! standing.
//!
//! **Pre-vote (thesis 9.6).** With pre-vote on, a candidate first asks for votes in the next term without entering it;
//! no node's term or vote changes by this, and the term rises only if a majority agrees. A node that was cut off
//! disturbs no other node when it is back.
//!
//! **Check-quorum (thesis 6.2, 4.2.3).** With check-quorum on, a leader that did not hear from a majority within an
//! election timeout becomes a follower; and a node that has heard from a leader within the base timeout ignores
//! candidates, except one that this leader named. After a restart the same holds for one base timeout if the caller
//! requests it ([`Raft::wait_out_lease`]): the node has forgotten what it heard before, but a lease may depend on it.
//!
//! **Replication (5.3).** A leader appends proposals and sends them with the index and term of the entry before them. A
//! follower that lacks that entry refuses and names its last entry whose term is not higher, and the leader likewise
//! skips entries that cannot agree, so that a probe covers a term and not a single entry. Conflicting entries are
//! removed; entries that agree stay. A positive answer is sent only when the entries are durable. A follower that
//! accepted one append is sent more without waiting, up to a window of them (thesis 10.2.1); the answer to a heartbeat
//! reveals which were lost. A leader refuses proposals while it holds too many uncommitted bytes of its own.
//!
//! **Commitment (5.4.2).** An entry is committed when a majority holds it durably *and* it is of the leader's own term;
//! older entries are committed along with it. A new leader therefore begins with an empty entry (section 8). Followers
//! learn of a commitment at once, with an empty append if there is nothing else to send. A follower commits no further
//! than it is known to agree with the leader. The commit index is written with term and vote, and with every
//! configuration that is applied; an index learned in between is lost in a restart and learned again. The commit index
//! must not reach the disk before the entries that it covers: in a log that ends earlier it would apply to the entries
//! that they were to replace.
//!
//! **Snapshots (7).** The state machine at an applied index can replace the log up to that index. A follower whose next
//! entry is gone is sent the snapshot and nothing else until it is installed, or until an election timeout has passed;
//! then it is sent again. A follower that holds the snapshot's last entry keeps its log; in any other follower the
//! snapshot replaces the log, and brings its configuration.
//!
//! **Membership (thesis 4).** A change is an entry and takes effect once it is applied, as in etcd (in the thesis once
//! it is written). Only one is in progress at a time: the next may be proposed when the last is applied, by a new
//! leader when everything that it found is applied. A single change moves one vote; a joint one moves several through a
//! configuration in both of whose halves everything must be decided, until a *leave* (4.3). A learner receives entries
//! and is not counted (4.2.1). Because a node applies a change before it acknowledges what follows, and writes the
//! commit index with it, no majority is counted in a configuration that is two changes old. A leader that loses its
//! vote notifies the others of what is committed and steps down (4.2.2).
//!
//! **Transfer (thesis 3.10).** The leader accepts no proposals, brings the other node up to date, and makes it stand at
//! once, without pre-vote and despite check-quorum. After an election timeout it gives up.
//!
//! **Reads (6.4 of the thesis).** A read takes the commit index and waits until a majority has answered a round that
//! began afterwards; before the first commit of its term a leader makes reads wait. A follower asks the leader. With
//! check-quorum, a lease replaces the round: it lasts from the beginning of the last round that a majority answered
//! until a tenth before the base timeout is over. A leader that has made another node stand has no lease for the rest
//! of this term. A leader that was elected while an earlier one may hold a lease, for example by hand, commits nothing
//! until that lease is over (`reads`).
//!
//! **Repair.** A node that cannot read entries it had acknowledged neither votes nor stands until it holds them again,
//! even if the configuration has changed since (`repair`, with the argument and its sources). The caller remembers this
//! across restarts until [`Note::RepairEnded`].
//!
//! **Rules.** Each of [`RULES`] can be switched off, and the property that it names is then violated. The caller
//! enforces the rules of disks and clients.
//!
//! **What is left out:** snapshots in pieces; limits by the size of a message; automatic leaving of a joint
//! configuration; priorities; witnesses. A node number that was removed returns with its disk or not at all: an answer
//! that it gave in an earlier life still counts. No node is repaired while a majority is impaired.

mod conf;
mod core;
mod election;
mod impaired;
mod log;
mod membership;
mod message;
mod progress;
mod quorum;
mod reads;
mod refused;
mod repair;
mod replication;
mod rules;

pub use self::core::{Config, Leader, NoVote, Note, Raft, ReadState, Ready, Restored, Role};
pub use conf::{Change, Conf, ConfChange};
pub use log::{Entry, EntryKind, HardState, Log, Snapshot};
pub use message::{Body, Known, Message};
pub use progress::{Progress, ProgressState};
pub use quorum::{VoteResult, committed_index, majority, vote_result};
pub use reads::ReadMode;
pub use refused::Refused;
pub use rules::{RULES, Rule, RuleFacts, Rules};

// These tests compare the core with a crate that is only available natively.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

/// Runs the README's example as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
