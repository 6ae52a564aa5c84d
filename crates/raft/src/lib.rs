//! Raft, as a pure state machine: no clock, no network, no disk, no threads. The README has an example.
//!
//! This text is the specification. Section numbers are those of Ongaro and Ousterhout, “In Search of an
//! Understandable Consensus Algorithm (Extended Version)”, 2014; with “thesis”, those of Ongaro's “Consensus: Bridging
//! Theory and Practice”, 2014. Where these leave a choice, it is etcd's, and `tests/differential.rs` names what differs.
//!
//! **Driving it.** The caller feeds [`Raft::tick`], [`Raft::step`], [`Raft::propose`], [`Raft::change_conf`],
//! [`Raft::transfer`], [`Raft::read`], [`Raft::compact`] and [`Raft::persisted`], and after each of them, and once after a
//! start, takes [`Raft::take_ready`]. A [`Ready`] is obeyed in this order:
//! 1. write `hard_state`, then `snapshot` (it replaces the log and the state machine), then `append` (the log is cut
//!    behind the index that it names, and the entries follow); nothing is synced yet. Where a crash may keep the one
//!    and lose the other, a commit index beyond the index that `append` names is written behind its entries;
//! 2. send `messages` at once;
//! 3. send `after_persist` only when what was written in step 1, and everything before it, is durable, and drop
//!    what is then of an older term than the node's: a promise to a deposed leader must not leave late;
//! 4. apply `committed`, after the snapshot if there is one. A configuration in it is applied here already;
//! 5. serve each of `reads` once everything up to its index is applied;
//! 6. call [`Raft::persisted`] with the last index and term that an fsync covers, when it ends. What was written before
//!    the log was cut last is not to be reported afterwards.
//!
//! A snapshot that `compact` gives is durable before what it stands for is let go. Sending is split from persisting so
//! that a leader's disk works while its followers' do (thesis 10.2.1): a leader counts itself towards a commit only once
//! its own entries are durable, like everyone else.
//!
//! **Terms (5.1).** Time is cut into terms; a term has at most one leader. A message with a higher term makes
//! its receiver a follower of that term, with a timer begun anew; a request with a lower term is answered with the
//! receiver's term, so that its sender learns. Pre-votes and the questions of impaired nodes change no term.
//!
//! **Elections (5.2).** A follower that hears no leader for its timeout becomes a candidate: it raises its term,
//! votes for itself, and asks for votes once that is durable. The timeout is drawn anew from one to two times
//! the base, the latter excluded, so that ties break. A node gives one vote a term, and only to a candidate whose
//! log is at least as up to date as its own: a later last term, or the same and no shorter (5.4.1). Term and vote
//! are durable before an answer leaves; otherwise a restart could vote twice. Every answer says what the voter knows to be
//! committed: a candidate may have missed the commitment of a change that would let it be elected, or keep it from
//! standing.
//!
//! **Pre-vote (thesis 9.6).** With it on, a candidacy is rehearsed in the term that would come next; nobody's term or vote
//! changes by it, and only a majority's yes lets the term rise. A node that was cut off disturbs nobody when it is back.
//!
//! **Check-quorum (thesis 6.2, 4.2.3).** With it on, a leader that within an election timeout did not hear a majority
//! follows; and who has heard a leader within the base timeout takes no notice of candidates, but for one whom that
//! leader named. After a restart the same holds for one base timeout if the caller says so
//! ([`Raft::wait_out_lease`]): what was heard before is forgotten, but a lease may rest on it.
//!
//! **Replication (5.3).** A leader appends proposals and sends them with the index and term of the entry before
//! them. A follower that lacks that entry refuses and names its last entry whose term is not higher, and the leader
//! likewise skips what cannot agree, so that a probe is spent on a term and not on an entry. Entries that conflict are
//! removed; entries that agree stay. An answer “yes” leaves only when the entries are durable. Whoever took one append is
//! sent more without waiting, at most a window of them (thesis 10.2.1); a heartbeat that is answered brings to light what
//! was lost. A leader refuses proposals while it holds too many bytes of its own that are not committed.
//!
//! **Commitment (5.4.2).** An entry is committed when a majority holds it durably *and* it is of the leader's own
//! term; older entries are committed along with it. A new leader therefore begins with an empty entry (section 8).
//! Followers learn of it at once, with an empty append if there is nothing else to send. A follower commits no further
//! than it is known to agree with the leader. The commit index is written with term and vote, and with every configuration
//! that is applied; in between a restart forgets it and learns it again. It must not reach the disk ahead of the entries
//! that it covers: behind a log that ends earlier it would stand for what they were to replace.
//!
//! **Snapshots (7).** The state machine at an applied index can stand for the log up to there. A follower whose next entry
//! is gone is sent the snapshot and nothing else until it is in, or until an election timeout has passed; then it is tried
//! again. A follower that holds the snapshot's last entry keeps its log; for any other the snapshot replaces it, with the
//! configuration in it.
//!
//! **Membership (thesis 4).** A change is an entry and counts once it is applied, as in etcd (in the thesis once it is
//! written). One is under way at a time: the next may be proposed when the last is applied, by a new leader when
//! everything that it found is. A single change moves one vote; a joint one moves several through a configuration in whose
//! two halves everything must be decided, until a *leave* (4.3). A learner receives and is not counted (4.2.1). Because a
//! node applies a change before it answers for what follows, and writes the commit index with it, no majority is counted
//! in a configuration that is two changes old. A leader that loses its vote tells the others what is committed and steps
//! down (4.2.2).
//!
//! **Transfer (thesis 3.10).** The leader takes no proposals, brings the other up to date, and tells it to stand at once,
//! without rehearsal and past check-quorum. After an election timeout it gives up.
//!
//! **Reads (6.4 of the thesis).** A read takes the commit index and waits until a majority has answered a round that began
//! afterwards; before the first commit of its term a leader lets reads wait. A follower asks the leader. With
//! check-quorum, a lease spares the round: it lasts from the beginning of the last round that a majority answered until a
//! tenth before the base timeout is over. Who has told another to stand has no lease any more in this term. A leader that was
//! elected while an earlier one may hold a lease, by hand for instance, commits nothing until that is over (`reads`).
//!
//! **Repair.** A node that cannot read what it had answered for neither votes nor stands until it holds it again, also where
//! the configuration has changed since (`repair`, with the argument and its sources).
//! The caller remembers that across restarts until [`Note::RepairEnded`].
//!
//! **Rules.** Each of [`RULES`] can be switched off, and breaks then what it names. Those of disks and clients are obeyed
//! by whoever drives this.
//!
//! **What is left out:** snapshots in pieces; limits by the size of a message; automatic leaving of a joint configuration;
//! priorities; witnesses. A number that was removed comes back with its disk or not at all: an answer that it gave in an
//! earlier life still counts. Nobody is repaired while a majority is impaired.

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
pub use progress::{Flow, Progress};
pub use quorum::{Outcome, majority, reached, vote};
pub use reads::ReadMode;
pub use refused::Refused;
pub use rules::{RULES, Rule, RuleFacts, Rules};

// They hold the core against a crate that is there only natively.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

/// The example of the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
