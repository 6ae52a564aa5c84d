//! Programs of other people, judged by the lab's network, faults and checker.
//!
//! [`maelstrom::judge`] runs any program that speaks Maelstrom's protocol (JSON lines on stdin and stdout) as several
//! processes in real time, between a seeded network and clients, and judges the history of their operations. [`node`]
//! is the lab's own Raft as such a program. Source of the protocol: Maelstrom's `doc/protocol.md` and
//! `doc/workloads.md`.
//!
//! Guarantees: no program, however broken, makes this crate panic or wait without a limit, and no process that it
//! started outlives a run; what is reported is what the program did. Leaves out: words for people, which the command
//! line has in two languages; and runs that repeat exactly (`guest` has those).

pub mod guard;
pub mod maelstrom;
pub mod node;
