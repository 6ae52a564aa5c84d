//! A single engine's disk as one file, for backup and restore.
//!
//! Layout, little-endian: `QLABBAK1`, version, count of files, topology (0 with the generated collection, 1 without),
//! boot as u32 each; seed, virtual time, durable LSN, acknowledged rows as u64 each; a checksum of all that as u32.
//! Then for each file its number (u32), its length (u64), its bytes, and a checksum of these three (u32).
//!
//! Guarantees: holds exactly the durable data, as a power failure would leave it; a missing, added or changed byte is
//! detected and reported with its position before anything is opened; reading never panics. Leaves out: where the file
//! is stored, and who may replace what (the host).

use super::Lab;
use super::answer::Answer;
use super::run::Advance;
use super::run::{RunConfig, RunStamp, StoredFile, StoredRun};
use super::topology::Topology;
use quorum_sim::standalone::{NODE, Standalone};
use quorum_types::{Micros, Refusal};
use quorum_wal::format::{file_name, sum};

const MAGIC: [u8; 8] = *b"QLABBAK1";
const VERSION: u32 = 1;
/// Bytes before the first file.
const HEADER_BYTES: usize = 8 + 4 * 4 + 4 * 8 + 4;
/// Bytes of a file's header and checksum.
const FRAME_BYTES: u64 = 4 + 8 + 4;

/// Where a backup cannot be read, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Offset from the beginning of the backup, in bytes.
    pub offset: u64,
    /// The number of the file in it, once one has begun.
    pub file: Option<u32>,
    /// Why.
    pub why: &'static str,
}

impl From<Fault> for Answer {
    fn from(fault: Fault) -> Self {
        let Fault { offset, file, why } = fault;
        let place = file.map(|file| format!(" in {}", file_name(file))).unwrap_or_default();
        let error = format!("the backup cannot be read at offset {offset}{place}: {why}");
        Self::Refused { ok: false, code: "bad_backup".to_owned(), error, file, offset: Some(offset) }
    }
}

impl Lab {
    /// The engine's disk as one file.
    pub fn backup(&self) -> Result<Vec<u8>, Refusal> {
        self.world.backup(self.config.seed, self.topology == Topology::Engine)
    }
}

/// An engine's disk as one file; `bare` if it began without the generated collection.
pub(super) fn write(world: &Standalone, seed: u64, bare: bool) -> Vec<u8> {
    let disk = &world.log().disk;
    let files: Vec<(u32, u64)> =
        disk.files().map(|(file, _, durable)| (file, durable)).filter(|(_, bytes)| *bytes > 0).collect();
    let bytes: u64 = files.iter().map(|(_, bytes)| bytes + FRAME_BYTES).sum();
    let mut out = Vec::with_capacity(HEADER_BYTES + usize::try_from(bytes).unwrap_or(0));
    out.extend_from_slice(&MAGIC);
    let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
    for number in [VERSION, count, u32::from(bare), world.epoch()] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in [seed, world.now, world.log().durable_lsn(), world.acknowledged()] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    let header = sum(&out);
    out.extend_from_slice(&header.to_le_bytes());
    for (file, bytes) in files {
        let from = out.len();
        out.extend_from_slice(&file.to_le_bytes());
        out.extend_from_slice(&bytes.to_le_bytes());
        disk.read(file, 0, bytes, &mut out);
        let whole = sum(&out[from..]);
        out.extend_from_slice(&whole.to_le_bytes());
    }
    out
}

/// Reads a backup.
pub fn read(bytes: &[u8]) -> Result<StoredRun, Fault> {
    let mut from = Reader { bytes, at: 0, file: None };
    if from.take(8)? != MAGIC {
        return Err(Fault { offset: 0, file: None, why: "this is no backup of this lab" });
    }
    let [version, count, bare, boot] = [from.u32()?, from.u32()?, from.u32()?, from.u32()?];
    let [seed, t_us, durable_lsn, acknowledged] = [from.u64()?, from.u64()?, from.u64()?, from.u64()?];
    from.sum(0, "the header's sum does not fit")?;
    if version != VERSION {
        return Err(Fault { offset: 8, file: None, why: "a newer version wrote it" });
    }
    let mut files: Vec<StoredFile> = Vec::new();
    for _ in 0..count {
        let begin = from.at;
        let number = from.u32()?;
        from.file = Some(number);
        let length = usize::try_from(from.u64()?).unwrap_or(usize::MAX);
        let bytes = from.take(length)?.to_vec();
        from.sum(begin, "the file's sum does not fit")?;
        if files.last().is_some_and(|last| last.file >= number) {
            return Err(from.fault(begin, "files are out of order"));
        }
        files.push(StoredFile { node: NODE, file: number, extents: vec![bytes.into()] });
    }
    if from.at < bytes.len() {
        return Err(Fault { offset: from.at as u64, file: None, why: "there is more than the files" });
    }
    let topology = if bare == 1 { Topology::Engine } else { Topology::Standalone };
    let stamp = RunStamp {
        boot,
        t_us,
        seed,
        topology: topology.word(),
        durable_lsns: vec![(NODE, durable_lsn)],
        ..RunStamp::default()
    };
    Ok(StoredRun { stamp, files, receipts_rows: Some(acknowledged), outstanding_rows: None })
}

/// Opens a backup in memory and recovers from it; returns the result, or where and why it is rejected.
pub fn check(bytes: &[u8]) -> Answer {
    match read(bytes) {
        Ok(stored) => dry_run(stored),
        Err(fault) => fault.into(),
    }
}

fn dry_run(stored: StoredRun) -> Answer {
    let config = RunConfig {
        lesson: None,
        topology: Some(stored.stamp.topology.clone()),
        seed: stored.stamp.seed,
        kept: false,
        lang: String::new(),
    };
    match Lab::open(config, Some(stored)) {
        Ok(mut lab) => {
            // A run in memory gets its writes confirmed at once; it never waits.
            while lab.world.recovering() && lab.advance(Micros::MAX, 1) == Advance::Budget {}
            lab.world.recovered()
        }
        Err(refusal) => refusal.into(),
    }
}

/// Reads bytes from a position.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    file: Option<u32>,
}

impl<'a> Reader<'a> {
    fn fault(&self, at: usize, why: &'static str) -> Fault {
        Fault { offset: at as u64, file: self.file, why }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(taken) = rest.get(..length) else {
            return Err(self.fault(self.bytes.len(), "it ends too early"));
        };
        self.at += length;
        Ok(taken)
    }

    fn number(&mut self, length: usize) -> Result<u64, Fault> {
        Ok(self.take(length)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.number(4).map(|number| number as u32)
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        self.number(8)
    }

    /// Reads the checksum of everything since `from`, and compares it.
    fn sum(&mut self, from: usize, why: &'static str) -> Result<(), Fault> {
        let found = sum(self.bytes.get(from..self.at).unwrap_or_default());
        if self.u32()? == found { Ok(()) } else { Err(self.fault(from, why)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, EngineCommand};

    fn lab(stored: Option<StoredRun>) -> Lab {
        let config = RunConfig {
            lesson: None,
            topology: Some("standalone".to_owned()),
            seed: 3,
            kept: false,
            lang: "en".to_owned(),
        };
        let mut lab = Lab::open(config, stored).expect("opens");
        while lab.busy() || lab.snapshot().rows.pending > 0 {
            lab.advance(Micros::MAX, 1);
        }
        lab
    }

    fn answer(lab: &mut Lab, command: Command) -> Answer {
        lab.execute(1, command);
        while lab.busy() {
            lab.advance(Micros::MAX, 1);
        }
        lab.take_answers().pop().expect("answered").1
    }

    fn small() -> (Lab, Vec<u8>) {
        let mut lab = lab(None);
        answer(&mut lab, Command::insert(3, 3));
        answer(&mut lab, Command::Engine(EngineCommand::Flush { collection: "docs".to_owned() }));
        answer(&mut lab, Command::insert(2, 1));
        let bytes = lab.backup().expect("a backup");
        (lab, bytes)
    }

    #[test]
    fn what_was_acknowledged_comes_back_and_nothing_is_unproven() {
        let (before, bytes) = small();
        assert!(matches!(check(&bytes), Answer::Recovered { ok: true, rows: 5, .. }), "{:?}", check(&bytes));
        let after = lab(Some(read(&bytes).expect("reads")));
        let rows = after.snapshot().rows;
        assert_eq!((rows.visible, rows.acknowledged, rows.unproven), (5, 5, 0));
        assert_eq!(after.snapshot().seed, before.snapshot().seed);
        let rows = Command::query("", &["*"], None);
        let (mut before, mut after) = (before, after);
        assert_eq!(answer(&mut before, rows.clone()), answer(&mut after, rows));
    }

    #[test]
    fn a_backup_that_ends_too_early_or_too_late_is_refused_at_its_end() {
        let (_, bytes) = small();
        for end in 0..bytes.len() {
            let fault = read(&bytes[..end]).expect_err("cut");
            assert_eq!(fault.offset, end as u64, "cut at {end}: {fault:?}");
        }
        let more = [&bytes[..], &[0]].concat();
        assert_eq!(read(&more).expect_err("longer").offset, bytes.len() as u64);
    }

    #[test]
    fn a_changed_byte_is_found_and_named_wherever_it_is() {
        let (_, bytes) = small();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let fault = read(&changed).expect_err("changed");
            assert!(fault.offset <= bytes.len() as u64, "changed at {at}: {fault:?}");
            assert_eq!(fault.file.is_some(), at >= HEADER_BYTES, "changed at {at}: {fault:?}");
        }
    }

    #[test]
    fn a_log_that_is_damaged_inside_a_whole_backup_is_refused_with_its_place() {
        let mut lab = lab(None);
        answer(&mut lab, Command::insert(30, 10));
        let flip = Command::Engine(EngineCommand::Corrupt {
            file: 0,
            offset: 900,
            kind: crate::command::Corruption::Bitflip,
        });
        answer(&mut lab, flip);
        let refused = check(&lab.backup().expect("a backup"));
        let Answer::Refused { code, file, offset, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!((code.as_str(), *file), ("wal_corrupt", Some(0)));
        assert!(offset.is_some_and(|offset| offset <= 900), "{refused:?}");
    }
}
