//! Encodes Raft's state as records of the log, and decodes it.
//!
//! The layouts are in `docs/wal-format.md`. Guarantees: encoded state decodes to the same state; invalid bytes are
//! refused with a reason and never cause a panic. Leaves out: where the records lie.

use std::sync::Arc;

use super::super::machine::{self, Machine};
use quorum_raft::{Conf, Entry, EntryKind, HardState, Log, Snapshot};
use quorum_types::NodeId;
use quorum_wal::Kind;
use quorum_wal::format::{Boot, Fields, Header};

/// No run reaches a term above this; a log that contains one was not written by a member.
const MAX_TERM: u64 = 1 << 48;
/// The kind of an entry is in the highest bit of its length.
const CONF_BIT: u32 = 1 << 31;

/// Raft's state as recovered from a log.
#[derive(Clone, Debug, Default)]
pub struct Rebuild {
    /// Term, vote and commit index.
    pub hard: HardState,
    /// The log.
    pub log: Log,
    /// Whether the node had lost data and not yet recovered it when this was written.
    pub impaired: bool,
    /// The dimension of the vectors in clients' writes; none if entries and snapshots are opaque.
    pub dim: Option<u32>,
    /// The state machine that the log's snapshot holds, unless it is opaque or there is no snapshot.
    pub machine: Option<Machine>,
}

/// Encodes the payload of a hard-state record.
pub(crate) fn encode_hard_state(hard: HardState) -> Vec<u8> {
    let mut payload = hard.term.to_le_bytes().to_vec();
    payload.extend_from_slice(&hard.vote.unwrap_or(0).to_le_bytes());
    payload.extend_from_slice(&hard.commit.to_le_bytes());
    payload
}

/// The length of an entries record's payload before its entries.
const ENTRIES_FRONT_BYTES: u64 = 12;
/// The length of an entry before its data.
const ENTRY_FRONT_BYTES: u64 = 12;
/// The length of a snapshot record's payload without the nodes of its configuration and its data.
const SNAPSHOT_FRONT_BYTES: u64 = 32;

/// The maximum length of an entry's data or a snapshot's, so that a record can hold it: what the core gets
/// ([`quorum_raft::Config::max_data_bytes`]).
pub(crate) fn max_data_bytes(max_payload_bytes: u64) -> u64 {
    let front = SNAPSHOT_FRONT_BYTES.max(ENTRIES_FRONT_BYTES + ENTRY_FRONT_BYTES);
    max_payload_bytes.saturating_sub(front).max(1)
}

/// How many of these entries one record can hold; at least one, because no entry is longer than [`max_data_bytes`].
pub(crate) fn entries_that_fit(entries: &[Arc<Entry>], max_payload_bytes: u64) -> usize {
    let mut bytes = ENTRIES_FRONT_BYTES;
    let fit = entries.iter().take_while(|entry| {
        bytes += ENTRY_FRONT_BYTES + entry.data.len() as u64;
        bytes <= max_payload_bytes
    });
    fit.count().max(1)
}

/// Encodes the payload of an entries record.
pub(crate) fn encode_entries(prev: u64, entries: &[Arc<Entry>]) -> Vec<u8> {
    let bytes: usize = entries.iter().map(|entry| 12 + entry.data.len()).sum();
    let mut payload = Vec::with_capacity(12 + bytes);
    payload.extend_from_slice(&prev.to_le_bytes());
    payload.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    for entry in entries {
        let conf = if entry.kind == EntryKind::Conf { CONF_BIT } else { 0 };
        payload.extend_from_slice(&entry.term.to_le_bytes());
        payload.extend_from_slice(&(entry.data.len() as u32 | conf).to_le_bytes());
        payload.extend_from_slice(&entry.data);
    }
    payload
}

/// Where the entry with an index lies in an entries record, its term and length included: offset and length of its data
/// in bytes.
pub(crate) fn entry_in(payload: &[u8], index: u64) -> Option<(u64, u64)> {
    let mut fields = Fields(payload);
    let (prev, count) = (fields.u64()?, fields.u32()?);
    for at in (1..=u64::from(count)).map(|offset| prev.saturating_add(offset)) {
        fields.u64()?;
        let bytes = fields.u32()? & !CONF_BIT;
        if at == index {
            return Some(((payload.len() - fields.0.len()) as u64, u64::from(bytes)));
        }
        fields.take(bytes as usize)?;
    }
    None
}

/// The highest number of a client's write in a record's payload.
pub(super) fn last_op(kind: Kind, payload: &[u8]) -> Option<u64> {
    if kind == Kind::Snapshot {
        return machine::last_op(&decode_snapshot(payload)?.data);
    }
    if kind != Kind::Entries {
        return None;
    }
    let mut fields = Fields(payload);
    fields.u64()?;
    let mut last = None;
    for _ in 0..fields.u32()? {
        fields.u64()?;
        let bytes = fields.u32()?;
        let data = fields.take((bytes & !CONF_BIT) as usize)?;
        if bytes & CONF_BIT == 0 {
            last = last.max(machine::op_of(data));
        }
    }
    last
}

/// Encodes the payload of a snapshot record.
pub(crate) fn encode_snapshot(snapshot: &Snapshot) -> Vec<u8> {
    let mut payload = snapshot.index.to_le_bytes().to_vec();
    payload.extend_from_slice(&snapshot.term.to_le_bytes());
    let Conf { voters, outgoing, learners, learners_next } = &snapshot.conf;
    for list in [voters, outgoing, learners, learners_next] {
        payload.extend_from_slice(&(list.len() as u32).to_le_bytes());
        list.iter().for_each(|id| payload.extend_from_slice(&id.to_le_bytes()));
    }
    payload.extend_from_slice(&snapshot.data);
    payload
}

fn decode_snapshot(payload: &[u8]) -> Option<Snapshot> {
    let mut fields = Fields(payload);
    let (index, term) = (fields.u64()?, fields.u64()?);
    let mut lists: [Vec<NodeId>; 4] = Default::default();
    for list in &mut lists {
        for _ in 0..fields.u32()? {
            list.push(fields.u32()?);
        }
    }
    let [voters, outgoing, learners, learners_next] = lists;
    let conf = Conf { voters, outgoing, learners, learners_next };
    Some(Snapshot { index, term, conf, data: fields.0.into() })
}

impl Rebuild {
    /// The state of a new node with this configuration, before anything is read.
    pub fn new(conf: Conf) -> Self {
        let snapshot = Snapshot { conf, ..Snapshot::default() };
        Self { log: Log::after_snapshot(Arc::new(snapshot)), ..Self::default() }
    }

    /// Processes a replayed record; returns how many clients' writes it holds. The error says why the payload does not
    /// follow from the records before it.
    pub fn take(&mut self, header: &Header, payload: &[u8]) -> Result<u64, &'static str> {
        match header.kind {
            Kind::Boot => {
                let boot = Boot::decode(payload).ok_or("the boot record is cut short")?;
                self.impaired = boot.proven_lsn > boot.found_lsn;
                Ok(0)
            }
            Kind::HardState => self.take_hard_state(payload),
            Kind::Entries => self.take_entries(payload),
            Kind::Snapshot => self.take_snapshot(payload),
            Kind::Insert | Kind::Delete | Kind::Catalog | Kind::Segments | Kind::Manifest | Kind::Index => {
                Err("this is a standalone engine's record in a replica's log")
            }
        }
    }

    fn take_hard_state(&mut self, payload: &[u8]) -> Result<u64, &'static str> {
        let mut fields = Fields(payload);
        let term = fields.u64().ok_or("the hard state is cut short")?;
        let vote = fields.u32().ok_or("the hard state is cut short")?;
        // Logs of the first replica sets do not contain the commit index.
        let commit = fields.u64().unwrap_or(0);
        if term < self.hard.term {
            return Err("the hard state goes back to an older term");
        }
        if term > MAX_TERM {
            return Err("the hard state has a term that no election reaches");
        }
        self.hard = HardState { term, vote: (vote != 0).then_some(vote), commit };
        Ok(0)
    }

    fn take_snapshot(&mut self, payload: &[u8]) -> Result<u64, &'static str> {
        let snapshot = decode_snapshot(payload).ok_or("the snapshot is cut short")?;
        if snapshot.term > MAX_TERM {
            return Err("the snapshot has a term that no election reaches");
        }
        // A member that started with an empty machine instead would answer reads as if nothing had been written.
        if let Some(dim) = self.dim {
            let machine = Machine::restore(dim, &snapshot.data);
            self.machine = Some(machine.ok_or("the snapshot's state machine does not decode")?);
        }
        if self.log.term(snapshot.index) == Some(snapshot.term) {
            self.log.compact(Arc::new(snapshot));
        } else {
            self.log = Log::after_snapshot(Arc::new(snapshot));
        }
        Ok(0)
    }

    fn take_entries(&mut self, payload: &[u8]) -> Result<u64, &'static str> {
        let short = "the entries are cut short";
        let mut fields = Fields(payload);
        let prev = fields.u64().ok_or(short)?;
        let count = fields.u32().ok_or(short)?;
        if prev > self.log.last().0 || prev + 1 < self.log.first() {
            return Err("the entries leave a gap in the Raft log");
        }
        self.log.truncate(prev);
        let mut writes = 0;
        for _ in 0..count {
            let term = fields.u64().ok_or(short)?;
            if term > MAX_TERM {
                return Err("an entry has a term that no election reaches");
            }
            let bytes = fields.u32().ok_or(short)?;
            let data: Arc<[u8]> = fields.take((bytes & !CONF_BIT) as usize).ok_or(short)?.into();
            let kind = if bytes & CONF_BIT == 0 { EntryKind::Normal } else { EntryKind::Conf };
            let entry = Entry { term, kind, data };
            if self.dim.is_some_and(|dim| !machine::readable(dim, &entry)) {
                return Err("an entry does not decode");
            }
            writes += u64::from(!entry.data.is_empty());
            self.log.push(Arc::new(entry));
        }
        Ok(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_short_is_refused() {
        let header = |kind, payload: &[u8]| Header {
            length: payload.len() as u32,
            kind,
            lsn: 1,
            durable_lsn: 0,
            epoch: 1,
            payload_sum: 0,
        };
        let entries = [
            Arc::new(Entry::normal(3, [])),
            Arc::new(Entry { kind: EntryKind::Conf, ..Entry::normal(3, [1; 7]) }),
        ];
        let conf = Conf::new([1, 2, 3], [4]);
        let snapshot = Snapshot { index: 5, term: 2, conf: conf.clone(), data: Arc::from([9; 4]) };
        let payloads = [
            (Kind::Entries, encode_entries(0, &entries), 0),
            (Kind::HardState, encode_hard_state(HardState { term: 3, vote: Some(2), commit: 1 }), 8),
            (Kind::Snapshot, encode_snapshot(&snapshot), 4),
        ];
        let mut whole = Rebuild::new(conf);
        for (kind, payload, may_lack) in payloads {
            for cut in 0..payload.len() - may_lack {
                let mut rebuild = Rebuild::default();
                assert!(
                    rebuild.take(&header(kind, &payload[..cut]), &payload[..cut]).is_err(),
                    "{kind:?} {cut}"
                );
            }
            whole.take(&header(kind, &payload), &payload).expect("a whole record");
        }
        assert_eq!(whole.hard, HardState { term: 3, vote: Some(2), commit: 1 });
        assert_eq!((whole.log.first(), whole.log.last()), (6, (5, 2)));
        assert_eq!(**whole.log.snapshot(), snapshot);
        assert_eq!(encode_snapshot(&snapshot).len() as u64, SNAPSHOT_FRONT_BYTES + 4 * 4 + 4);
        assert_eq!(encode_entries(0, &entries).len() as u64, 12 + 12 + 12 + 7);
        for (max_payload_bytes, fit) in [(43, 2), (42, 1), (24, 1), (0, 1)] {
            assert_eq!(entries_that_fit(&entries, max_payload_bytes), fit, "{max_payload_bytes}");
        }
        let back = encode_hard_state(HardState { term: 2, vote: None, commit: 0 });
        assert!(whole.take(&header(Kind::HardState, &back), &back).is_err(), "an older term");
    }
}
