//! The effects of snapshots and jobs on the world, and what the world remembers of them.
//!
//! The first member of the metadata store that applies an entry tells the world: rows begin or cease to count, events
//! are emitted, the checkers learn of it. Guarantees: an entry has its effects once; rows of a job count only while
//! searches may see them. Leaves out: what the store keeps (`kept`), and who does the work (`jobs`).

use litemap::LiteMap;
use std::sync::Arc;

use super::Milvus;
use super::kept::{self, Changed, FIRST_JOB_SEGMENT, Kept, Phase, Purpose, REASONS, Words};
use super::near;
use super::net::Answer;
use super::requests::{Task, TaskState};
use super::rules::Rule;
use super::snapshot::{JobFacts, SnapshotFacts};
use super::topology::Component;
use crate::event::MilvusEvent;
use quorum_types::NodeId;
use quorum_types::sort::sort;

/// Ranges of rows: the first, and the one after the last; ascending.
type Ranges = Arc<[(i64, i64)]>;

/// What the world remembers of orders, snapshots and jobs.
#[derive(Clone, Debug, Default)]
pub(super) struct Keeping {
    /// The highest entry whose effects have happened.
    applied: u64,
    /// How many orders clients have given: each has a number.
    orders: u64,
    /// How many segments jobs have written; numbers are allocated from it.
    written: u64,
    /// Rows of jobs that searches see.
    rows: Option<Ranges>,
    /// Segments that were collected, and that a query node may still have in its memory.
    collected: LiteMap<u64, ()>,
    /// Segments that the object store has lost, ascending.
    lost: Vec<u64>,
    /// A data node's memory of parts of jobs: by node, then by job, part, and whether it is only read.
    tasks: LiteMap<NodeId, LiteMap<(u64, u64, bool), TaskState>>,
    /// How often a coordinator has given a part to another node: by coordinator, then by job and part.
    tries: LiteMap<(NodeId, u64, u64), usize>,
    /// The jobs whose parts a coordinator has handed out, to be read or to be written.
    handed_out: LiteMap<(NodeId, u64, bool), ()>,
}

/// A data node remembers this many parts.
const PARTS: usize = 4_096;

impl Keeping {
    /// The number of the next order.
    pub(super) fn next_order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    /// The number of the next segment.
    pub(super) fn next_segment(&mut self) -> u64 {
        self.written += 1;
        FIRST_JOB_SEGMENT + self.written
    }

    /// A segment was collected: the object store no longer has it.
    pub(super) fn collect(&mut self, segment: u64) {
        self.collected.insert(segment, ());
    }

    /// Whether a segment was collected.
    pub(super) fn is_collected(&self, segment: u64) -> bool {
        self.collected.contains_key(&segment)
    }

    /// The segments that were collected, and whose rows the simulation still has.
    pub(super) fn collected(&self) -> impl Iterator<Item = u64> + '_ {
        self.collected.keys().copied()
    }

    /// Nothing has a segment any more.
    pub(super) fn forget_segment(&mut self, segment: u64) {
        self.collected.remove(&segment);
    }

    /// Whether the object store has a segment no more: it has lost it, or the segment was collected.
    pub(super) fn is_lost(&self, segment: u64) -> bool {
        self.is_collected(segment) || self.lost.binary_search(&segment).is_ok()
    }

    /// Whether an entry of the metadata store is applied for the first time, by whichever member: it has its effects.
    pub(super) fn is_first(&mut self, index: u64) -> bool {
        let first = index > self.applied;
        self.applied = self.applied.max(index);
        first
    }

    /// The object store loses these segments.
    pub(super) fn lose(&mut self, segments: Vec<u64>) {
        self.lost = segments;
        sort(&mut self.lost);
    }

    /// Rows of jobs that searches see.
    pub(super) fn rows_of_jobs(&self) -> Ranges {
        self.rows.clone().unwrap_or_default()
    }

    /// A pod loses its memory.
    pub(super) fn forget(&mut self, id: NodeId) {
        self.tasks.remove(&id);
        self.tries.retain(|(coordinator, ..), _| *coordinator != id);
        self.handed_out.retain(|(coordinator, ..), ()| *coordinator != id);
    }

    /// A coordinator hands out the parts of a job. Returns whether it does so for the first time.
    pub(super) fn hand_out(&mut self, id: NodeId, job: u64, read: bool) -> bool {
        self.handed_out.insert((id, job, read), ()).is_none()
    }

    /// How far a data node is with a part.
    pub(super) fn task(&self, id: NodeId, task: &Task) -> Option<TaskState> {
        self.tasks.get(&id)?.get(&task.key()).copied()
    }

    /// A data node remembers how far it is with a part.
    pub(super) fn set_task(&mut self, id: NodeId, task: &Task, state: TaskState) {
        let of = self.tasks.entry(id).or_default();
        of.insert(task.key(), state);
        while of.len() > PARTS {
            // The parts of the oldest job.
            let Some(oldest) = of.keys().next().copied() else { break };
            of.remove(&oldest);
        }
    }

    /// How often a coordinator has given a part to another node.
    pub(super) fn tries(&self, id: NodeId, job: u64, part: u64) -> usize {
        self.tries.get(&(id, job, part)).copied().unwrap_or(0)
    }

    /// A coordinator gives it to another one.
    pub(super) fn try_another(&mut self, id: NodeId, job: u64, part: u64) {
        *self.tries.entry((id, job, part)).or_insert(0) += 1;
    }

    /// A coordinator forgets the parts of jobs that have ended.
    pub(super) fn forget_tries(&mut self, id: NodeId, kept: &Kept) {
        let open = |job: u64| kept.job(job).is_some_and(|job| !job.phase.ended());
        self.tries.retain(|(coordinator, job, _), _| *coordinator != id || open(*job));
        self.handed_out.retain(|(coordinator, job, _), ()| *coordinator != id || open(*job));
    }
}

/// The segments that jobs have written, among these.
pub(super) fn of_jobs(segments: impl Iterator<Item = u64>) -> Vec<u64> {
    segments.filter(|segment| *segment > FIRST_JOB_SEGMENT).collect()
}

/// Whether a row is in one of these ranges.
pub(super) fn among(ranges: &[(i64, i64)], id: i64) -> bool {
    let at = ranges.partition_point(|(first, _)| *first <= id);
    at.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|(_, end)| id < *end)
}

/// Rows as ranges.
fn ranges(mut ids: Vec<i64>) -> Ranges {
    sort(&mut ids);
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for id in ids {
        match ranges.last_mut().filter(|(_, end)| id <= *end) {
            Some((_, end)) => *end = (*end).max(id + 1),
            None => ranges.push((id, id + 1)),
        }
    }
    ranges.into()
}

impl Milvus {
    /// A member of the metadata store has applied an entry of a snapshot or a job.
    pub(super) fn kept_applied(&mut self, id: NodeId, index: u64, entry: &Words) {
        let whole = self.rules.on(Rule::ImportAllOrNothing);
        let (kept, around) = self.store.kept_of(id);
        let changed = Arc::make_mut(kept).apply(entry, around, whole);
        let kept = kept.clone();
        self.store.drop_segments(id, &changed.unneeded);
        if self.keeping.is_first(index) {
            self.kept_changed(id, &kept, &changed);
        }
        if let Some(caller) = self.store.take_waiting(id, entry[6]) {
            let answer = changed.refused.map_or(Answer::Done, Answer::Failed);
            self.reply(id, caller, entry[6], answer);
        }
    }

    /// The effects of an entry.
    fn kept_changed(&mut self, id: NodeId, kept: &Kept, changed: &Changed) {
        if let Some((upto, segments)) = &changed.truncated {
            self.rows_truncated(*upto, segments);
        }
        for job in &changed.left {
            self.checkers.job_left(*job);
        }
        if let Some(name) = changed.dropped {
            self.checkers.snapshot_dropped(name);
            self.emit(Some(id), MilvusEvent::SnapshotDropped { snapshot: name });
        }
        if let Some(name) = changed.snapshot {
            self.snapshot_changed(id, kept, name);
        }
        if let Some(job) = changed.job {
            self.job_changed(id, kept, job);
        }
        if changed.rows {
            self.keeping.rows = Some(ranges(self.ids_of_jobs(kept)));
            // What is nearest has to be chosen again.
            self.nearest.clear();
        }
    }

    /// The rows of jobs that searches see.
    fn ids_of_jobs(&self, kept: &Kept) -> Vec<i64> {
        let shown = kept.collection().filter(|(_, shown)| *shown);
        let rows = shown.filter_map(|(segment, _)| near::find(&self.sealed, segment));
        rows.flat_map(|sealed| sealed.rows.ids.iter().copied()).collect()
    }

    /// Everything that was flushed is deleted: the log up to a position, in these segments.
    fn rows_truncated(&mut self, upto: u64, segments: &[u64]) {
        let gone: Vec<&near::Sealed> =
            segments.iter().filter_map(|segment| near::find(&self.sealed, *segment)).collect();
        let below = gone.iter().flat_map(|sealed| sealed.rows.ids.iter()).max().map_or(i64::MIN, |id| id + 1);
        let rows = gone.iter().map(|sealed| sealed.rows.len() as u64).sum();
        self.clients.expire(upto, below);
        self.emit(None, MilvusEvent::RowsDeleted { rows });
    }

    /// A snapshot was begun, or its manifest is written.
    fn snapshot_changed(&mut self, id: NodeId, kept: &Kept, name: u64) {
        let Some(snapshot) = kept.snapshots.iter().find(|known| known.name == name) else { return };
        let rows = snapshot.segments.iter().map(|(_, rows)| rows).sum();
        if snapshot.written {
            let (segments, upto) = (snapshot.segments.len() as u32, snapshot.span.1);
            self.emit(Some(id), MilvusEvent::SnapshotMade { snapshot: name, segments, rows, upto });
            return;
        }
        let find =
            |(segment, _): &(u64, u64)| Some((*segment, &*near::find(&self.sealed, *segment)?.rows.ids));
        let there: Vec<(u64, &[i64])> = snapshot.segments.iter().filter_map(find).collect();
        self.checkers.snapshot_taken(name, snapshot.span, snapshot.segments.len(), &there);
    }

    /// A job has another state.
    fn job_changed(&mut self, id: NodeId, kept: &Kept, number: u64) {
        let Some(job) = kept.job(number) else { return };
        let find = |segment: u64| Some((segment, &*near::find(&self.sealed, segment)?.rows.ids));
        let there: Vec<(u64, &[i64])> = job.segments().filter_map(find).collect();
        let ended = (job.phase == Phase::Completed && !job.shown).then_some(job.purpose);
        match ended {
            Some(Purpose::Restore { snapshot }) => self.checkers.restored(number, snapshot, &there),
            Some(Purpose::Import { .. }) => {
                let first = job.parts.first().map_or(0, |part| part.first_id);
                self.checkers.imported(number, (first, first + job.rows() as i64), &there);
            }
            None => {}
        }
        let segments: Vec<u64> = job.segments().collect();
        self.checkers.job_has(number, job.phase == Phase::Completed, segments);
        if job.shown {
            self.emit(Some(id), MilvusEvent::JobShown { job: number, rows: job.rows() });
            return;
        }
        let (done, of) = job.progress();
        let event = MilvusEvent::JobMoved {
            job: number,
            purpose: purpose(job.purpose).to_owned(),
            state: job.phase.word().to_owned(),
            done: done as u32,
            of: of as u32,
            why: why(job.why).to_owned(),
        };
        self.emit(Some(id), event);
    }

    /// What the metadata store keeps, as its leader knows it, or else the member that knows most.
    pub(super) fn kept_now(&self) -> Arc<Kept> {
        let leader = self.acting(Component::Meta);
        let members = leader.into_iter().chain(self.of(Component::Meta));
        let mut known = members.filter_map(|id| self.store.kept_at(id));
        known.next().cloned().unwrap_or_default()
    }

    /// The snapshots, for drawing.
    pub(super) fn snapshot_facts(&self, kept: &Kept) -> Vec<SnapshotFacts> {
        let facts = |known: &kept::KeptSnapshot| SnapshotFacts {
            snapshot: known.name,
            at_us: known.begun_us,
            upto: known.span.1,
            segments: known.segments.iter().map(|(segment, _)| *segment).collect(),
            rows: known.segments.iter().map(|(_, rows)| rows).sum(),
            written: known.written,
        };
        kept.snapshots.iter().map(facts).collect()
    }

    /// The jobs, for drawing.
    pub(super) fn job_facts(&self, kept: &Kept) -> Vec<JobFacts> {
        let facts = |job: &kept::KeptJob| {
            let (done, of) = job.progress();
            JobFacts {
                job: job.job,
                purpose: purpose(job.purpose).to_owned(),
                snapshot: match job.purpose {
                    Purpose::Restore { snapshot } => Some(snapshot),
                    Purpose::Import { .. } => None,
                },
                apart: job.apart,
                state: job.phase.word().to_owned(),
                why: why(job.why).to_owned(),
                rows: job.rows(),
                done: done as u32,
                of: of as u32,
                shown: job.is_shown(),
                took_us: if job.phase.ended() {
                    job.ended_us - job.begun_us
                } else {
                    self.now - job.begun_us
                },
            }
        };
        kept.jobs.iter().map(facts).collect()
    }
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Import { .. } => "import",
        Purpose::Restore { .. } => "restore",
    }
}

fn why(why: usize) -> &'static str {
    REASONS.get(why).filter(|_| why > 0).copied().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_ranges_or_not() {
        let found = ranges(vec![7, 3, 4, 3, 9, 8]);
        assert_eq!(*found, [(3, 5), (7, 10)]);
        let inside: Vec<i64> = (0..12).filter(|id| among(&found, *id)).collect();
        assert_eq!(inside, [3, 4, 7, 8, 9]);
        assert!(!among(&[], 1));
    }
}
