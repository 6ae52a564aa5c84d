//! Imports and restores: the data coordinator hands out their parts, data nodes do them.
//!
//! The coordinator asks a data node for every part that is not done, and once a beat how far it is; a node that does
//! not answer loses the part to another, and one that has started again begins it again. A part of an import is a file:
//! it is read first (as in Milvus: pre-import), and only when all can be read are they written as segments with their
//! indexes. A part of a restore is a segment, copied within the object store. Guarantees: a job's rows are in no search
//! before the job has ended and all of its segments are served by every replica; a failed job leaves only files that
//! are collected as garbage. Simplified: a job's rows follow from its number; a node does one part at a time, and how
//! long that takes follows from the rows. Leaves out: what the metadata store keeps (`kept`), and orders (`orders`).

use super::kept::{Keep, Kept, KeptJob, Phase, Purpose};
use super::near::{self, Rows, Sealed};
use super::net::{Answer, Ask, Why};
use super::requests::{Task, TaskState};
use super::topology::{Component, ControlPlane};
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::{MS, Micros, NodeId, SECOND};

/// The numbers of reasons.
const BAD_ROW: usize = 1;
const TIMEOUT: usize = 2;
const OBJECTS_LOST: usize = 3;

impl Milvus {
    /// Asks the metadata store to change what it keeps; it is asked again at the next beat if need be.
    fn keep(&mut self, id: NodeId, keep: Keep) {
        self.ask_acting(id, Component::Meta, Ask::Keep(keep), Why::Kept);
    }

    // --- the coordinator

    /// The metadata store has recorded a change: the coordinator wants to see what follows.
    pub(super) fn kept_is_known(&mut self, id: NodeId, answer: &Answer) {
        if matches!(answer, Answer::Done) && self.data_coords.contains_key(&id) {
            self.ask_acting(id, Component::Meta, Ask::Catalogue, Why::Catalogue);
        }
    }

    /// The data coordinator looks after jobs and snapshots: at every beat, and whenever the metadata store has told it
    /// what there is. Only at a beat does it ask again for parts that it has handed out.
    pub(super) fn run_jobs(&mut self, id: NodeId, beat: bool) {
        if !self.in_charge(id) {
            return;
        }
        let Some(catalogue) = self.data_coords.get(&id).and_then(|known| known.catalogue.clone()) else {
            return;
        };
        let kept = catalogue.kept.clone();
        if kept.is_empty() {
            return;
        }
        self.drop_orphans(id, &kept);
        self.keeping.forget_tries(id, &kept);
        for job in &kept.jobs {
            self.run_job(id, job, beat);
        }
    }

    /// Snapshots whose manifest nobody has written are dropped: their coordinator has died.
    fn drop_orphans(&mut self, id: NodeId, kept: &Kept) {
        let patience_us = self.settings.snapshot_pending_s * SECOND;
        let now = self.now;
        let orphans =
            kept.snapshots.iter().filter(|known| !known.written && now >= known.begun_us + patience_us);
        for name in orphans.map(|known| known.name) {
            self.keep(id, Keep::DropSnapshot { name });
        }
    }

    fn run_job(&mut self, id: NodeId, job: &KeptJob, beat: bool) {
        let number = job.job;
        let (ttl_us, patience_us) = (self.settings.ttl_s * SECOND, self.settings.job_timeout_s * SECOND);
        if job.phase == Phase::Completed {
            // Rows that came back with a restore are as old as their restore.
            if ttl_us > 0 && !job.apart && self.now >= job.ended_us + ttl_us {
                self.keep(id, Keep::DropJob { job: number });
            }
            return;
        }
        if job.phase.ended() {
            return;
        }
        if self.now >= job.begun_us + patience_us {
            self.keep(id, Keep::End { job: number, ok: false, why: TIMEOUT });
            return;
        }
        let reads = matches!(job.purpose, Purpose::Import { .. });
        let all_read = job.parts.iter().all(|part| part.read);
        let all_written = job.parts.iter().all(|part| part.segment.is_some());
        match job.phase {
            Phase::Pending => {
                let phase = if reads { Phase::PreImporting } else { Phase::Importing };
                self.keep(id, Keep::Phase { job: number, phase });
            }
            Phase::PreImporting if all_read => {
                self.keep(id, Keep::Phase { job: number, phase: Phase::Importing });
            }
            Phase::Importing if all_written => self.keep(id, Keep::End { job: number, ok: true, why: 0 }),
            _ if self.keeping.hand_out(id, number, job.phase == Phase::PreImporting) || beat => {
                self.hand_out(id, job);
            }
            _ => {}
        }
    }

    /// Asks data nodes for the parts that are not done.
    fn hand_out(&mut self, id: NodeId, job: &KeptJob) {
        let nodes = self.data_nodes_there(id);
        if nodes.is_empty() {
            return;
        }
        let read = job.phase == Phase::PreImporting;
        let bad = job.purpose == Purpose::Import { bad: true };
        let last = job.parts.len().saturating_sub(1);
        for (part, of) in job.parts.iter().enumerate() {
            if if read { of.read } else { of.segment.is_some() } {
                continue;
            }
            let (number, bad) = (part as u64, bad && part == last && !read);
            let (source, first_id, rows) = (of.source, of.first_id, of.rows);
            let task = Task { job: job.job, part: number, read, source, first_id, rows, bad };
            let node = nodes[(part + self.keeping.tries(id, job.job, number)) % nodes.len()];
            self.call(id, node, Ask::Task(task), Why::Task { task, node });
        }
    }

    /// The data nodes that a coordinator knows to be there. In the course's topology they have no sessions.
    fn data_nodes_there(&self, id: NodeId) -> Vec<NodeId> {
        let Some(coordinator) = self.data_coords.get(&id) else { return Vec::new() };
        let sessions = self.control_plane != ControlPlane::Raft;
        let has_session = |node: &NodeId| {
            coordinator.catalogue.as_ref().is_some_and(|known| known.has_session(*node, None))
        };
        let there = |node: &NodeId| !coordinator.gone.contains_key(node) && (!sessions || has_session(node));
        self.of(Component::DataNode).into_iter().filter(there).collect()
    }

    /// A data node has said how far it is.
    pub(super) fn task_answered(&mut self, id: NodeId, task: Task, answer: &Answer) {
        let Answer::Task(state) = answer else { return };
        let Task { job, part, read, .. } = task;
        match *state {
            TaskState::Running => {}
            TaskState::Done { .. } if read => self.keep(id, Keep::Read { job, part }),
            TaskState::Done { segment } => self.keep(id, Keep::Part { job, part, segment }),
            TaskState::Failed { why } => self.keep(id, Keep::End { job, ok: false, why }),
        }
    }

    /// It did not answer: another one gets the part, unless it has got it already.
    pub(super) fn task_broken(&mut self, id: NodeId, task: Task, node: NodeId) {
        let nodes = self.data_nodes_there(id);
        let tries = self.keeping.tries(id, task.job, task.part);
        let chosen = nodes.get((task.part as usize + tries) % nodes.len().max(1));
        if chosen == Some(&node) {
            self.keeping.try_another(id, task.job, task.part);
        }
    }

    /// The query coordinator lets searches see jobs whose segments are served.
    pub(super) fn show_jobs(&mut self, id: NodeId) {
        let Some(kept) = self.kept_known(id) else { return };
        for job in kept.jobs.iter().filter(|job| job.is_loaded() && !job.is_shown()) {
            let segments: Vec<u64> = job.segments().collect();
            if self.all_serve(id, &segments) {
                self.keep(id, Keep::Shown { job: job.job });
            }
        }
    }

    // --- the data node

    /// A data node is asked to do a part, or how far it is.
    pub(super) fn task_asked(&mut self, id: NodeId, from: NodeId, call: u64, task: Task) {
        if let Some(state) = self.keeping.task(id, &task) {
            self.reply(id, from, call, Answer::Task(state));
            return;
        }
        self.keeping.set_task(id, &task, TaskState::Running);
        self.reply(id, from, call, Answer::Task(TaskState::Running));
        let Task { job, part, rows, .. } = task;
        self.emit(Some(id), MilvusEvent::PartBegan { job, part: part as u32, rows });
        let takes_us = self.task_us(&task);
        self.work(id, takes_us, Job::Task { task });
    }

    /// How long a part takes.
    fn task_us(&self, task: &Task) -> Micros {
        let Task { read, source, rows, .. } = *task;
        let settings = &self.settings;
        let at = |rows_per_s: u64| rows * SECOND / rows_per_s.max(1);
        if source > 0 {
            // Copied within the store, with its index.
            let late_us = self.object_store.ms * MS;
            return settings.segment_mb * SECOND / settings.object_mb_per_s.max(1) + late_us;
        }
        if read {
            return self.object_us(0) + at(settings.preimport_rows_per_s);
        }
        2 * self.object_us(0)
            + at(settings.import_rows_per_s)
            + rows * 1_000 / settings.index_krows_per_s.max(1)
    }

    /// A data node has done a part.
    pub(super) fn task_done(&mut self, id: NodeId, task: Task) {
        let state = match task {
            Task { read: true, .. } => TaskState::Done { segment: 0 },
            Task { bad: true, .. } => TaskState::Failed { why: BAD_ROW },
            _ => self.write_part(&task),
        };
        self.keeping.set_task(id, &task, state);
    }

    /// Writes the segment of a part.
    fn write_part(&mut self, task: &Task) -> TaskState {
        let (seed, now) = (self.seed, self.now);
        let segment = self.keeping.next_segment();
        let Task { source, first_id, rows, .. } = *task;
        let sealed = if source > 0 {
            let found = near::find(&self.sealed, source).filter(|_| !self.keeping.is_lost(source));
            let Some(found) = found else { return TaskState::Failed { why: OBJECTS_LOST } };
            found.copied(segment, now)
        } else {
            let rows = Rows::made(seed, self.settings.dim, first_id, rows);
            let mut sealed = Sealed::written(segment, rows, (0, 0), now);
            sealed.build_index(seed, &self.settings);
            sealed
        };
        self.checkers.segment_seen(segment, &sealed.rows.ids);
        self.sealed.push(sealed);
        TaskState::Done { segment }
    }
}
