//! Raft cores of other people in the lab's simulation.
//!
//! A guest is a program that is a pure Raft core: it reads commands as JSON lines (`tick`, `deliver`, `propose`,
//! `persisted`, `crash`, `restart` …, as `quorum-lab raft` names them) and answers each with what it wants written,
//! sent and served. The world here is the one of [`quorum_sim`]: its network, disks that forget what was not synced,
//! clocks, client, checkers and schedules of faults, all in virtual time and from one seed.
//!
//! Guarantees: with a guest that is deterministic, the same schedule gives the same run to the last event; a guest
//! that ends, hangs or answers nonsense is a violation named `program`, never a hang or a panic; what it did is
//! checked by the same code that checks our own core ([`ours`]). Leaves out: changes of the membership, leases,
//! pre-vote, damaged and lying disks: a guest needs none of that to be a Raft.

mod disk;
mod member;
pub mod ours;
pub mod program;
pub mod protocol;
pub mod search;
pub mod shrink;
pub mod world;
