//! How much memory a copy of a cluster holds.
//!
//! A copy shares rows, log entries and written bytes with the cluster until the cluster lets go of them; from then on
//! the copy alone holds them. Guarantees: within some percent of what an allocator counts in a cluster of the default
//! size (`crates/facade/tests/memory.rs`). Leaves out: graphs and lists of indexes, requests in flight.

use super::Milvus;
use super::near::Part;
use super::requests::LogEntry;
use super::topology::Component;
use quorum_sim::copied::{Copied, Shared};
use quorum_sim::replica::Replica;
use quorum_types::{Micros, SECOND};

/// What a pod and what belongs to it hold, and what a member of a group holds besides its log.
const POD: u64 = 1_500;
/// An entry of a Raft log with its data, and the two counters of each.
const ENTRY: u64 = 130;
/// The end of a file that a disk copies; what is before is shared.
const TAIL: u64 = 65_536;

impl Milvus {
    /// The memory that a copy of it holds.
    pub fn copied(&self) -> Copied {
        let members = self.members.values().map(|member| {
            let (first, last) = span(member);
            (last - first) * size_of::<usize>() as u64 + member.log.disk.bytes() % TAIL
        });
        let sources = self.logs.sources.values().chain([&self.logs.objects]);
        let records = sources.map(|source| source.records.len() as u64);
        // A log store has its entries twice, on its disk and in memory.
        let stores = self.logs.stores.values().map(|store| 2 * store.len() as u64);
        let entries =
            stores.sum::<u64>() + self.logs.writers.values().map(|writer| writer.len() as u64).sum::<u64>();
        let own = (self.pods.len() + self.members.values().count()) as u64 * POD
            + members.sum::<u64>()
            + records.sum::<u64>() * 48
            + entries * size_of::<LogEntry>() as u64
            + self.checkers.memory() as u64 * 40;
        let mut shared = vec![self.copied_rows()];
        shared.extend(Component::ALL.into_iter().filter_map(|kind| self.copied_entries(kind)));
        Copied { own, shared }
    }

    /// Rows are let go when they expire; their vectors are held by clients, by segments and by query nodes.
    fn copied_rows(&self) -> Shared {
        let bytes = |rows: Part<'_>| size_of_val(rows.ids) + size_of_val(rows.vectors);
        let sealed =
            self.sealed.iter().filter(|sealed| sealed.span.is_some()).map(|sealed| sealed.rows.part());
        let held = self.clients.acknowledged_rows().chain(sealed).map(bytes).sum::<usize>();
        let ttl_us = self.settings.ttl_s * SECOND;
        Shared { bytes: held as u64, for_us: if ttl_us == 0 { Micros::MAX } else { ttl_us } }
    }

    /// The members of a group share their entries; an entry is let go when the log is compacted.
    fn copied_entries(&self, kind: Component) -> Option<Shared> {
        let members = self.members.iter().filter(|(id, _)| self.component(*id) == Some(kind));
        let (first, last) =
            members.map(|(_, member)| span(member)).max_by_key(|(first, last)| last - first)?;
        let entries = last - first;
        Some(Shared { bytes: entries * ENTRY, for_us: self.now / last.max(1) * entries })
    }
}

/// The entries of a member's log: the index before the first, and the last.
fn span(member: &Replica) -> (u64, u64) {
    let span = member.raft().map(|raft| (raft.log().first().saturating_sub(1), raft.log().last().0));
    span.map_or((0, 0), |(first, last)| (first.min(last), last))
}
