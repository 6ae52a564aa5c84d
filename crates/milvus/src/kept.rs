//! What the metadata store keeps of snapshots and jobs, and how an entry of its log changes that.
//!
//! A snapshot names the segments that were flushed when its entry was applied; it copies nothing. A job imports rows
//! or restores a snapshot: it consists of parts, and its segments belong to the collection once it has ended well, all
//! together. Guarantees: an entry that is applied twice changes nothing the second time; two members that have applied
//! the same entries keep the same. Leaves out: who does the work (`jobs`), who asks for it (`orders`), and the effects
//! on the world (`keeping`).

use super::flushed::FlushedSegment;
use quorum_types::Micros;

/// An entry of the metadata store's log: a tag, what it says, when it was proposed, and for which call.
pub(super) type Words = [u64; 7];

/// Entries of snapshots and jobs have tags from here on.
pub(super) const FIRST_TAG: u64 = 16;
const SNAPSHOT: u64 = 16;
const WRITTEN: u64 = 17;
const DROP_SNAPSHOT: u64 = 18;
const IMPORT: u64 = 19;
const RESTORE: u64 = 20;
const READ: u64 = 21;
const PART: u64 = 22;
const PHASE: u64 = 23;
const END: u64 = 24;
const SHOWN: u64 = 25;
const DROP_JOB: u64 = 26;
const TRUNCATE: u64 = 27;

/// Imported rows are numbered from here on: no writer gets that far.
pub(super) const FIRST_IMPORTED: i64 = 1 << 40;
/// Numbers of rows that a job may use.
const PER_JOB: i64 = 1 << 20;
/// Segments that jobs write are numbered from here on.
pub(super) const FIRST_JOB_SEGMENT: u64 = 20_000_000;
/// This many jobs that have ended and hold nothing are remembered.
const REMEMBERED: usize = 16;
/// No more snapshots, and no more other jobs, are kept (Milvus 2.6 configuration: dataCoord.import.maxImportJobNum
/// 1024).
const MOST: usize = 64;
/// An import has no more parts.
const MOST_PARTS: u64 = 100;

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptSnapshot {
    pub(super) name: u64,
    /// The order that asked for it: the same one may reach the store twice.
    order: u64,
    pub(super) begun_us: Micros,
    /// It holds what was flushed of the log after the first position up to the second.
    pub(super) span: (u64, u64),
    /// Its segments, with their rows.
    pub(super) segments: Vec<(u64, u64)>,
    /// Whether its manifest is in the object store: only then is it one.
    pub(super) written: bool,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It imports rows; the last part may have a row that cannot be imported.
    Import { bad: bool },
    /// It copies the segments of a snapshot.
    Restore { snapshot: u64 },
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[repr(u64)]
pub(super) enum Phase {
    Pending,
    PreImporting,
    Importing,
    Completed,
    Failed,
}

impl Phase {
    const ALL: [Self; 5] =
        [Self::Pending, Self::PreImporting, Self::Importing, Self::Completed, Self::Failed];

    /// Whether the job is over.
    pub(super) fn ended(self) -> bool {
        self >= Self::Completed
    }

    /// Its word in events and snapshots of the world.
    pub(super) fn word(self) -> &'static str {
        ["pending", "pre_importing", "importing", "completed", "failed"][self as usize]
    }
}

/// Why a job has failed. Their numbers are in entries.
pub(super) const REASONS: [&str; 4] = ["none", "bad_row", "timeout", "objects_lost"];

/// A part of a job, which one data node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// For a restore: the segment that is copied.
    pub(super) source: u64,
    pub(super) first_id: i64,
    pub(super) rows: u64,
    /// Whether its file was read.
    pub(super) read: bool,
    /// The segment that it has become.
    pub(super) segment: Option<u64>,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptJob {
    /// Its number: that of the order.
    pub(super) job: u64,
    pub(super) purpose: Purpose,
    /// Whether its rows become a collection of their own.
    pub(super) apart: bool,
    pub(super) phase: Phase,
    pub(super) begun_us: Micros,
    pub(super) ended_us: Micros,
    pub(super) why: usize,
    pub(super) parts: Vec<Part>,
    /// Whether searches see its rows: from the moment when all of its segments are served.
    pub(super) shown: bool,
    /// With a rule off: searches see each part as soon as it is done.
    piecemeal: bool,
}

impl KeptJob {
    fn new(job: u64, purpose: Purpose, begun_us: Micros, parts: Vec<Part>) -> Self {
        let (phase, ended_us, why) = (Phase::Pending, 0, 0);
        let (apart, shown, piecemeal) = (false, false, false);
        Self { job, purpose, apart, phase, begun_us, ended_us, why, parts, shown, piecemeal }
    }

    /// Its segments.
    pub(super) fn segments(&self) -> impl Iterator<Item = u64> + '_ {
        self.parts.iter().filter_map(|part| part.segment)
    }

    /// Its rows.
    pub(super) fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Parts of work done, out of all.
    pub(super) fn progress(&self) -> (u64, u64) {
        let reads = matches!(self.purpose, Purpose::Import { .. });
        let read = if reads { self.parts.iter().filter(|part| part.read).count() as u64 } else { 0 };
        let all = self.parts.len() as u64;
        (read + self.segments().count() as u64, if reads { 2 * all } else { all })
    }

    /// Whether query nodes shall load its segments.
    pub(super) fn is_loaded(&self) -> bool {
        !self.apart && (self.phase == Phase::Completed || self.piecemeal)
    }

    /// Whether searches see its segments.
    pub(super) fn is_shown(&self) -> bool {
        self.is_loaded() && (self.shown || self.piecemeal)
    }
}

/// Snapshots and jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) snapshots: Vec<KeptSnapshot>,
    pub(super) jobs: Vec<KeptJob>,
    /// The newest order to delete everything that was carried out.
    truncated: u64,
}

/// What an entry is applied to: the rest of a member's state.
pub(super) struct Around<'s> {
    pub(super) flushed: &'s mut Vec<FlushedSegment>,
    pub(super) checkpoint: u64,
    pub(super) expired: &'s mut u64,
}

/// A change of snapshots and jobs, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Begin a snapshot under a name.
    Snapshot { name: u64, order: u64 },
    /// Its manifest is written.
    Written { name: u64, order: u64 },
    /// Drop it.
    DropSnapshot { name: u64 },
    /// Begin to import rows in parts of at most this many.
    Import { job: u64, rows: u64, part_rows: u64, bad: bool },
    /// Begin to restore a snapshot.
    Restore { job: u64, snapshot: u64, apart: bool },
    /// A part's file was read.
    Read { job: u64, part: u64 },
    /// A part has become a segment.
    Part { job: u64, part: u64, segment: u64 },
    /// A job goes on.
    Phase { job: u64, phase: Phase },
    /// A job has ended.
    End { job: u64, ok: bool, why: usize },
    /// All segments of a job are served: searches see them from here on.
    Shown { job: u64 },
    /// What a job wrote is dropped.
    DropJob { job: u64 },
    /// Drop everything that is flushed.
    Truncate { order: u64 },
}

impl Keep {
    /// Its entry.
    pub(super) fn words(self, now: Micros, call: u64) -> Words {
        let (tag, [a, b, c, d]) = match self {
            Self::Snapshot { name, order } => (SNAPSHOT, [name, order, 0, 0]),
            Self::Written { name, order } => (WRITTEN, [name, order, 0, 0]),
            Self::DropSnapshot { name } => (DROP_SNAPSHOT, [name, 0, 0, 0]),
            Self::Import { job, rows, part_rows, bad } => (IMPORT, [job, rows, part_rows, u64::from(bad)]),
            Self::Restore { job, snapshot, apart } => (RESTORE, [job, snapshot, u64::from(apart), 0]),
            Self::Read { job, part } => (READ, [job, part, 0, 0]),
            Self::Part { job, part, segment } => (PART, [job, part, segment, 0]),
            Self::Phase { job, phase } => (PHASE, [job, phase as u64, 0, 0]),
            Self::End { job, ok, why } => (END, [job, u64::from(ok), why as u64, 0]),
            Self::Shown { job } => (SHOWN, [job, 0, 0, 0]),
            Self::DropJob { job } => (DROP_JOB, [job, 0, 0, 0]),
            Self::Truncate { order } => (TRUNCATE, [order, 0, 0, 0]),
        };
        [tag, a, b, c, d, now, call]
    }
}

/// What an entry has changed, for those who watch.
#[derive(Clone, Debug, Default)]
pub(super) struct Changed {
    /// The reason for a refusal.
    pub(super) refused: Option<&'static str>,
    /// A snapshot was begun, or its manifest was written.
    pub(super) snapshot: Option<u64>,
    /// A snapshot was dropped.
    pub(super) dropped: Option<u64>,
    /// A job has a new state.
    pub(super) job: Option<u64>,
    /// Segments that are not needed any more, but for snapshots.
    pub(super) unneeded: Vec<u64>,
    /// Jobs whose segments no longer belong to the collection.
    pub(super) left: Vec<u64>,
    /// Segments that were dropped with the rows of the log up to a position.
    pub(super) truncated: Option<(u64, Vec<u64>)>,
    /// Which rows count is another question now.
    pub(super) rows: bool,
}

impl Changed {
    fn refused(why: &'static str) -> Self {
        Self { refused: Some(why), ..Self::default() }
    }
}

impl Kept {
    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.snapshots.is_empty() && self.jobs.is_empty()
    }

    /// A job.
    pub(super) fn job(&self, job: u64) -> Option<&KeptJob> {
        self.jobs.iter().find(|known| known.job == job)
    }

    /// A snapshot that is one.
    pub(super) fn snapshot(&self, name: u64) -> Option<&KeptSnapshot> {
        self.snapshots.iter().find(|known| known.name == name && known.written)
    }

    /// Whether a snapshot refers to a segment.
    pub(super) fn pins(&self, segment: u64) -> bool {
        self.snapshots.iter().any(|known| known.segments.iter().any(|(of, _)| *of == segment))
    }

    /// Whether a job needs a segment that it has written.
    pub(super) fn uses(&self, segment: u64) -> bool {
        let lives = |job: &&KeptJob| job.phase != Phase::Failed;
        self.jobs.iter().filter(lives).any(|job| job.segments().any(|known| known == segment))
    }

    /// The segments of the collection that jobs have written, and whether searches see them.
    pub(super) fn collection(&self) -> impl Iterator<Item = (u64, bool)> + '_ {
        let jobs = self.jobs.iter().filter(|job| job.is_loaded());
        jobs.flat_map(|job| job.segments().map(|segment| (segment, job.is_shown())))
    }

    /// Applies an entry. `whole`: nothing of a job is seen before it has ended.
    pub(super) fn apply(&mut self, entry: &Words, around: Around<'_>, whole: bool) -> Changed {
        let [tag, a, b, c, d, now, _] = *entry;
        match tag {
            SNAPSHOT => self.begin_snapshot((a, b), now, &around),
            WRITTEN => {
                let known = self.snapshots.iter_mut().find(|known| (known.name, known.order) == (a, b));
                let Some(known) = known else { return Changed::refused("no_snapshot") };
                known.written = true;
                Changed { snapshot: Some(a), ..Changed::default() }
            }
            DROP_SNAPSHOT => self.drop_snapshot(a),
            IMPORT => self.begin_import(a, (b, c.max(1)), d == 1, now),
            RESTORE => self.begin_restore(a, b, c == 1, now),
            READ | PART => self.part_done(tag, (a, b), c, whole),
            PHASE => {
                let phase = Phase::ALL.get(b as usize).copied();
                let goes_on = |known: &&mut KeptJob| phase.is_some_and(|phase| known.phase < phase);
                let found = self.open_job(a).filter(goes_on);
                let Some((job, phase)) = found.zip(phase) else { return Changed::default() };
                job.phase = phase;
                Changed { job: Some(a), ..Changed::default() }
            }
            END => self.end_job(a, b == 1, c as usize, now),
            SHOWN => {
                let job = self.jobs.iter_mut().find(|known| known.job == a);
                let Some(job) = job.filter(|job| job.phase == Phase::Completed && !job.shown) else {
                    return Changed::default();
                };
                job.shown = true;
                Changed { job: Some(a), rows: true, ..Changed::default() }
            }
            DROP_JOB => self.drop_job(a),
            TRUNCATE => self.truncate(a, around),
            _ => Changed::default(),
        }
    }

    /// A job that has not ended.
    fn open_job(&mut self, job: u64) -> Option<&mut KeptJob> {
        self.jobs.iter_mut().find(|known| known.job == job && !known.phase.ended())
    }

    fn begin_snapshot(&mut self, (name, order): (u64, u64), now: Micros, around: &Around<'_>) -> Changed {
        if let Some(known) = self.snapshots.iter().find(|known| known.name == name) {
            let same = known.order == order;
            return if same { Changed::default() } else { Changed::refused("snapshot_exists") };
        }
        if self.snapshots.len() >= MOST {
            return Changed::refused("too_many");
        }
        // What lies after a gap in the log is flushed, and not yet up to its position.
        let flushed = around.flushed.iter().filter(|known| known.upto <= around.checkpoint);
        let mut segments: Vec<(u64, u64)> = flushed.map(|known| (known.segment, known.rows)).collect();
        for job in self.jobs.iter().filter(|job| job.is_shown() && job.phase == Phase::Completed) {
            segments.extend(job.parts.iter().filter_map(|part| Some((part.segment?, part.rows))));
        }
        if segments.is_empty() {
            return Changed::refused("nothing_flushed");
        }
        let span = (*around.expired, around.checkpoint);
        self.snapshots.push(KeptSnapshot { name, order, begun_us: now, span, segments, written: false });
        Changed { snapshot: Some(name), ..Changed::default() }
    }

    fn drop_snapshot(&mut self, name: u64) -> Changed {
        let reads = |job: &KeptJob| job.purpose == Purpose::Restore { snapshot: name } && !job.phase.ended();
        if self.jobs.iter().any(reads) {
            return Changed::refused("snapshot_in_use");
        }
        let before = self.snapshots.len();
        self.snapshots.retain(|known| known.name != name);
        let gone = self.snapshots.len() < before;
        if gone {
            Changed { dropped: Some(name), ..Changed::default() }
        } else {
            Changed::refused("no_snapshot")
        }
    }

    fn begin_import(&mut self, job: u64, (rows, part_rows): (u64, u64), bad: bool, now: Micros) -> Changed {
        if self.job(job).is_some() {
            return Changed::default();
        }
        let part_rows = part_rows.max(rows.div_ceil(MOST_PARTS));
        let first = FIRST_IMPORTED + job as i64 * PER_JOB;
        let part = |n: u64| Part {
            source: 0,
            first_id: first + (n * part_rows) as i64,
            rows: part_rows.min(rows - n * part_rows),
            read: false,
            segment: None,
        };
        let parts = (0..rows.div_ceil(part_rows)).map(part).collect();
        self.begin_job(KeptJob::new(job, Purpose::Import { bad }, now, parts))
    }

    fn begin_restore(&mut self, job: u64, name: u64, apart: bool, now: Micros) -> Changed {
        if self.job(job).is_some() {
            return Changed::default();
        }
        let Some(snapshot) = self.snapshot(name) else { return Changed::refused("no_snapshot") };
        let part = |(source, rows): &(u64, u64)| Part {
            source: *source,
            first_id: 0,
            rows: *rows,
            read: true,
            segment: None,
        };
        let parts = snapshot.segments.iter().map(part).collect();
        let job = KeptJob::new(job, Purpose::Restore { snapshot: name }, now, parts);
        self.begin_job(KeptJob { apart, ..job })
    }

    fn begin_job(&mut self, job: KeptJob) -> Changed {
        let ended = |known: &KeptJob| known.phase == Phase::Failed;
        if self.jobs.iter().filter(|known| !ended(known)).count() >= MOST {
            return Changed::refused("too_many");
        }
        while self.jobs.iter().filter(|known| ended(known)).count() > REMEMBERED {
            let Some(oldest) = self.jobs.iter().position(ended) else { break };
            self.jobs.remove(oldest);
        }
        let number = job.job;
        self.jobs.push(job);
        Changed { job: Some(number), ..Changed::default() }
    }

    /// A part was read, or has become a segment. Two nodes may have done the same: the first counts.
    fn part_done(&mut self, tag: u64, (job, part): (u64, u64), segment: u64, whole: bool) -> Changed {
        let Some(known) = self.open_job(job) else { return Changed::default() };
        let Some(part) = known.parts.get_mut(part as usize) else { return Changed::default() };
        if tag == READ {
            part.read = true;
            return Changed { job: Some(job), ..Changed::default() };
        }
        if part.segment.is_some() {
            return Changed::default();
        }
        part.segment = Some(segment);
        known.piecemeal = !whole;
        Changed { job: Some(job), rows: !whole, ..Changed::default() }
    }

    fn end_job(&mut self, job: u64, ok: bool, why: usize, now: Micros) -> Changed {
        let Some(known) = self.open_job(job) else { return Changed::default() };
        let ok = ok && known.parts.iter().all(|part| part.segment.is_some());
        known.phase = if ok { Phase::Completed } else { Phase::Failed };
        known.ended_us = now;
        known.why = why.min(REASONS.len() - 1);
        let seen = known.is_loaded() && known.piecemeal;
        let (left, unneeded) =
            if ok { (Vec::new(), Vec::new()) } else { (vec![job], known.segments().collect()) };
        Changed { job: Some(job), rows: seen, left, unneeded, ..Changed::default() }
    }

    fn drop_job(&mut self, job: u64) -> Changed {
        let Some(at) = self.jobs.iter().position(|known| known.job == job && known.phase.ended()) else {
            return Changed::refused("no_collection");
        };
        let unneeded = self.jobs.remove(at).segments().collect();
        Changed { left: vec![job], unneeded, rows: true, ..Changed::default() }
    }

    fn truncate(&mut self, order: u64, around: Around<'_>) -> Changed {
        if order <= self.truncated {
            return Changed::default();
        }
        self.truncated = order;
        let Around { flushed, checkpoint, expired } = around;
        let gone = flushed.extract_if(.., |known| known.upto <= checkpoint);
        let gone: Vec<u64> = gone.map(|known| known.segment).collect();
        *expired = (*expired).max(checkpoint);
        let seen = |job: &KeptJob| !job.apart && job.phase == Phase::Completed;
        let mut unneeded = gone.clone();
        let mut left = Vec::new();
        for job in self.jobs.extract_if(.., |job| seen(job)) {
            unneeded.extend(job.segments());
            left.push(job.job);
        }
        Changed { truncated: Some((checkpoint, gone)), left, unneeded, rows: true, ..Changed::default() }
    }
}
