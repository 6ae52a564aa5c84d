//! The client of a replica set: numbered operations, retries, and their outcomes as the client knows them.
//!
//! A write goes to the node that answered last; “I do not lead” redirects it, silence sends it to the next node, and
//! after the deadline it is given up. Outcomes are what the client can know: *ok* was acknowledged, *fail* was refused
//! by every node that was asked, *info* is unknown. Guarantees: never reports a write as ok that was not acknowledged
//! to it; asks every node sooner or later, regardless of which leader the nodes name. Its operations on registers and
//! their answers form a history that can be checked. Leaves out: which operations it begins, and when (`cluster`).

use litemap::LiteMap;
use std::collections::VecDeque;

use super::event::OpStatus;
use super::history::{History, Outcome, SeenAsk, SeenOp, outcome, unanswered};
use super::machine::Applied;
use super::ranges::Ranges;
use super::request::{Ask, Served};
use quorum_linearize::{Kind, Op, Status};
use quorum_types::sort::sort;
use quorum_types::{Micros, NodeId};

/// The number of outcomes kept for the picture.
const RECENT: usize = 24;
/// The number of operations kept to be listed.
pub const LISTED: usize = 300;
/// How long it waits before it retries if no node knows the leader.
const PAUSE_US: Micros = 100_000;

/// An operation in progress.
#[derive(Clone, Copy, Debug)]
struct Write {
    ask: Ask,
    began_us: Micros,
    attempt: u32,
    /// The node that the current attempt was sent to.
    to: NodeId,
    /// Whether some attempt was never answered, so that it may have taken effect.
    unanswered: bool,
    /// Whether the current attempt waits for an answer.
    waiting: bool,
    /// How many times in a row it was redirected to the named leader.
    sent_on: u32,
}

/// An action that the client requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Sends this attempt to this node now.
    Send {
        /// The write.
        op: u64,
        /// The attempt.
        attempt: u32,
        /// The node.
        to: NodeId,
    },
    /// Wakes the client for another attempt at this time.
    Wake {
        /// The time.
        at_us: Micros,
        /// The write.
        op: u64,
        /// The attempt that times out then.
        attempt: u32,
    },
    /// The write has ended.
    End {
        /// The write.
        op: u64,
        /// The outcome.
        status: OpStatus,
        /// How long it took.
        took_us: Micros,
    },
}

/// The client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Whether it begins writes by itself.
    pub on: bool,
    nodes: u32,
    route: NodeId,
    /// Its position in its walk through the nodes, one after the other, while no node serves it. A redirect is a detour
    /// from this walk: a node that was removed from the set names the last leader it knew forever, and a walk that
    /// continued from there would return to the same node and the same name forever.
    walk: NodeId,
    next_op: u64,
    /// The first operation since the run was opened.
    first_op: u64,
    open: LiteMap<u64, Write>,
    counts: [u64; 3],
    acknowledged: Ranges,
    recent: VecDeque<OpStatus>,
    /// The operations on registers and their answers, in the order in which they ended.
    history: Vec<Op>,
    /// The last operations of any kind, in the order in which they ended.
    ended: VecDeque<SeenOp>,
    /// The last known value of each register.
    seen: LiteMap<u64, u64>,
}

impl Client {
    /// Creates a client of `nodes` nodes whose next write is `next_op`, with the writes that were acknowledged to it
    /// before.
    pub fn new(nodes: u32, next_op: u64, acknowledged: Vec<(u64, u64)>) -> Self {
        Self {
            on: true,
            nodes,
            route: 1,
            walk: 1,
            next_op,
            first_op: next_op,
            open: LiteMap::new(),
            counts: [0; 3],
            acknowledged: Ranges(acknowledged),
            recent: VecDeque::new(),
            history: Vec::new(),
            ended: VecDeque::new(),
            seen: LiteMap::new(),
        }
    }

    /// Begins an operation, at the node that answered last or at this one; returns its number.
    pub fn begin(&mut self, now: Micros, ask: Ask, at: Option<NodeId>) -> (u64, Wish) {
        let op = self.next_op;
        self.next_op += 1;
        let to = at.unwrap_or(self.route);
        let write =
            Write { ask, began_us: now, attempt: 1, to, unanswered: false, waiting: true, sent_on: 0 };
        self.open.insert(op, write);
        (op, Wish::Send { op, attempt: 1, to })
    }

    /// The request of an operation in progress.
    pub fn ask(&self, op: u64) -> Option<Ask> {
        self.open.get(&op).map(|write| write.ask)
    }

    /// The last known value of a register.
    pub fn seen(&self, key: u64) -> u64 {
        self.seen.get(&key).copied().unwrap_or(0)
    }

    /// The history of operations on registers; operations in progress count as of unknown outcome. In a run that was
    /// opened again, so does a write of a value that only an earlier opening can have written: what it knew is gone.
    pub fn history(&self) -> Vec<Op> {
        let open =
            self.open.iter().filter_map(|(op, write)| history_op(*op, write, OpStatus::Info, None, None));
        let mut history: Vec<Op> = self.history.iter().copied().chain(open).collect();
        if self.first_op > 1 {
            history.extend(written_before(&history));
        }
        history
    }

    /// The last operations up to now; with `find`, an order that explains the answers of the whole run.
    pub fn seen_history(&self, last: usize, find: bool) -> History {
        History::of(self.seen_ops().collect(), self.begun(), last, find.then(|| self.history()))
    }

    /// The last operations that have ended, and those in progress.
    pub(crate) fn seen_ops(&self) -> impl Iterator<Item = SeenOp> + '_ {
        let open = self.open.iter().map(|(op, write)| seen_op(*op, write, Outcome::Open, None, None));
        self.ended.iter().cloned().chain(open)
    }

    /// The number of operations on registers that have ended.
    pub fn judged(&self) -> usize {
        self.history.len()
    }

    /// A node has answered an attempt.
    pub fn answered(
        &mut self,
        now: Micros,
        from: NodeId,
        op: u64,
        attempt: u32,
        outcome: Result<Served, Option<NodeId>>,
    ) -> Option<Wish> {
        let nodes = self.nodes;
        let write = self.open.get_mut(&op)?;
        match outcome {
            Ok(served) => {
                write.to = from;
                if !matches!(write.ask, Ask::Read { .. }) {
                    self.route = from;
                    self.walk = from;
                }
                Some(self.end(now, op, OpStatus::Ok, Some(served)))
            }
            Err(_) if attempt != write.attempt => None,
            // An operation that was redirected more often than there are nodes is going in circles.
            Err(Some(leader)) if leader != from && write.sent_on < nodes => {
                self.route = leader;
                write.waiting = false;
                write.sent_on += 1;
                self.again(op)
            }
            Err(_) => {
                write.waiting = false;
                Some(Wish::Wake { at_us: now + PAUSE_US, op, attempt })
            }
        }
    }

    /// The time for an attempt is over: begins the next one, at the next node.
    pub fn wake(&mut self, op: u64, attempt: u32) -> Option<Wish> {
        let write = self.open.get_mut(&op)?;
        if write.attempt != attempt {
            return None;
        }
        write.unanswered |= write.waiting;
        let circles = write.sent_on >= self.nodes;
        write.sent_on = 0;
        // Several writes may wait at the same silent node; the first of them changes the route for all.
        if self.route == write.to || circles {
            let vain = write.to;
            self.walk_on(vain);
        }
        self.again(op)
    }

    /// The next node of its walk, except the one that was just asked in vain.
    fn walk_on(&mut self, vain: NodeId) {
        self.walk = self.walk % self.nodes + 1;
        if self.walk == vain {
            self.walk = self.walk % self.nodes + 1;
        }
        self.route = self.walk;
    }

    fn again(&mut self, op: u64) -> Option<Wish> {
        let write = self.open.get_mut(&op)?;
        write.attempt += 1;
        write.waiting = true;
        write.to = self.route;
        Some(Wish::Send { op, attempt: write.attempt, to: self.route })
    }

    /// The time for a write is over.
    pub fn give_up(&mut self, now: Micros, op: u64) -> Option<Wish> {
        let write = self.open.get(&op)?;
        let status = if write.unanswered || write.waiting { OpStatus::Info } else { OpStatus::Fail };
        Some(self.end(now, op, status, None))
    }

    fn end(&mut self, now: Micros, op: u64, status: OpStatus, served: Option<Served>) -> Wish {
        let ended = self.open.remove(&op);
        let began_us = ended.map_or(now, |write| write.began_us);
        self.counts[status as usize] += 1;
        if let Some(write) = ended {
            self.remember(now, op, &write, status, served);
            if self.ended.len() == LISTED {
                self.ended.pop_front();
            }
            let seen = outcome(known(status), matches!(write.ask, Ask::Read { .. }));
            self.ended.push_back(seen_op(op, &write, seen, served, Some(now)));
            if status == OpStatus::Ok && !matches!(write.ask, Ask::Read { .. }) {
                self.acknowledged.add(op);
            }
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(status);
        Wish::End { op, status, took_us: now - began_us }
    }

    fn remember(&mut self, now: Micros, op: u64, write: &Write, status: OpStatus, served: Option<Served>) {
        let Some(op_record) = history_op(op, write, status, served, Some(now)) else { return };
        self.history.push(op_record);
        match (write.ask, served) {
            (Ask::Read { key }, Some(Served::Value(value))) => self.seen.insert(key, value),
            (Ask::Put { key, value }, Some(_)) => self.seen.insert(key, value),
            (Ask::Swap { key, to, .. }, Some(Served::Wrote(Applied { swapped: Some(true), .. }))) => {
                self.seen.insert(key, to)
            }
            _ => None,
        };
    }

    /// The number of the next write.
    pub fn next_op(&self) -> u64 {
        self.next_op
    }

    /// The node that it tries first.
    pub fn route(&self) -> NodeId {
        self.route
    }

    /// The number of writes with this outcome since the run was opened.
    pub fn count(&self, status: OpStatus) -> u64 {
        self.counts[status as usize]
    }

    /// The number of writes begun since the run was opened.
    pub fn begun(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.open()
    }

    /// The number of writes in progress.
    pub fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// The last outcomes, oldest first.
    pub fn recent(&self) -> Vec<OpStatus> {
        self.recent.iter().copied().collect()
    }

    /// All acknowledged writes, as ranges.
    pub fn acknowledged(&self) -> &Ranges {
        &self.acknowledged
    }
}

/// An outcome as a history records it.
fn known(status: OpStatus) -> Status {
    match status {
        OpStatus::Ok => Status::Ok,
        OpStatus::Fail => Status::Fail,
        OpStatus::Info => Status::Info,
    }
}

/// An operation as it is listed.
fn seen_op(
    op: u64,
    write: &Write,
    outcome: Outcome,
    served: Option<Served>,
    end_us: Option<Micros>,
) -> SeenOp {
    let ask = match (unanswered(write.ask), served) {
        (SeenAsk::Read { key, .. }, Some(Served::Value(value))) => SeenAsk::Read { key, value: Some(value) },
        (SeenAsk::Swap { key, from, to, .. }, Some(Served::Wrote(applied))) => {
            SeenAsk::Swap { key, from, to, swapped: applied.swapped }
        }
        (ask, _) => ask,
    };
    SeenOp {
        op,
        ask,
        outcome,
        node: Some(write.to),
        attempts: write.attempt,
        start_us: write.began_us,
        end_us,
        lane: 0,
        place: None,
    }
}

/// Writes of the values in a history that none of its operations has written, of unknown outcome from the beginning on.
fn written_before(history: &[Op]) -> Vec<Op> {
    let of = |value: fn(Kind) -> Option<u64>| -> Vec<(u64, u64)> {
        let mut all: Vec<(u64, u64)> =
            history.iter().filter_map(|op| Some((op.key, value(op.kind)?))).collect();
        sort(&mut all);
        all.dedup();
        all
    };
    let written = of(|kind| match kind {
        Kind::Write { value } | Kind::Cas { to: value, .. } => Some(value),
        Kind::Read { .. } => None,
    });
    let mut earlier = of(|kind| match kind {
        Kind::Read { value } => value,
        Kind::Cas { from, swapped: Some(true), .. } => Some(from),
        Kind::Cas { .. } | Kind::Write { .. } => None,
    });
    // A register that was never written holds 0.
    earlier.retain(|(key, value)| *value != 0 && written.binary_search(&(*key, *value)).is_err());
    let write = |(key, value)| {
        let kind = Kind::Write { value };
        Op { client: 0, key, kind, status: Status::Info, start: 0, end: None }
    };
    earlier.into_iter().map(write).collect()
}

/// An operation on a register as a history records it; none for rows.
fn history_op(
    op: u64,
    write: &Write,
    status: OpStatus,
    served: Option<Served>,
    now: Option<Micros>,
) -> Option<Op> {
    let (key, kind) = match write.ask {
        Ask::Insert => return None,
        Ask::Put { key, value } => (key, Kind::Write { value }),
        Ask::Swap { key, from, to } => {
            let swapped = match served {
                Some(Served::Wrote(applied)) => applied.swapped,
                _ => None,
            };
            (key, Kind::Cas { from, to, swapped })
        }
        Ask::Read { key } => {
            let value = if let Some(Served::Value(value)) = served { Some(value) } else { None };
            (key, Kind::Read { value })
        }
    };
    let status = known(status);
    let end = now.filter(|_| status != Status::Info);
    Some(Op { client: op, key, kind, status, start: write.began_us, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_opened_again_explains_what_an_earlier_opening_wrote() {
        for (next_op, linearizable) in [(1, false), (60, true)] {
            let mut client = Client::new(3, next_op, Vec::new());
            let mut read = |now: Micros, value: u64| {
                let (op, _) = client.begin(now, Ask::Read { key: 0 }, None);
                client.answered(now + 10, 1, op, 1, Ok(Served::Value(value)));
            };
            read(100, 57);
            read(200, 57);
            assert_eq!(quorum_linearize::unexplained(&client.history()).is_none(), linearizable, "{next_op}");
        }
        // What this opening has written is judged as ever.
        let mut client = Client::new(3, 60, Vec::new());
        let (op, _) = client.begin(0, Ask::Put { key: 0, value: 60 }, None);
        client.answered(10, 1, op, 1, Ok(Served::Wrote(Applied { op, swapped: None })));
        let (op, _) = client.begin(20, Ask::Put { key: 0, value: 61 }, None);
        client.answered(30, 1, op, 1, Ok(Served::Wrote(Applied { op, swapped: None })));
        let (op, _) = client.begin(40, Ask::Read { key: 0 }, None);
        client.answered(50, 1, op, 1, Ok(Served::Value(60)));
        assert_eq!(quorum_linearize::unexplained(&client.history()), Some(0), "a stale read");
    }

    #[test]
    fn a_write_is_unknown_once_an_attempt_went_unanswered() {
        let mut client = Client::new(3, 1, Vec::new());
        let (op, _) = client.begin(0, Ask::Insert, None);
        assert_eq!(client.answered(1, 1, op, 1, Err(Some(2))), Some(Wish::Send { op, attempt: 2, to: 2 }));
        assert_eq!(client.wake(op, 1), None, "the first attempt was answered");
        assert_eq!(client.wake(op, 2), Some(Wish::Send { op, attempt: 3, to: 3 }));
        assert!(matches!(client.answered(3, 3, op, 3, Err(None)), Some(Wish::Wake { attempt: 3, .. })));
        assert_eq!(client.give_up(9, op), Some(Wish::End { op, status: OpStatus::Info, took_us: 9 }));
        assert_eq!(client.give_up(9, op), None);
        let (op, _) = client.begin(10, Ask::Insert, None);
        client.answered(11, 3, op, 1, Err(None));
        assert_eq!(client.give_up(20, op), Some(Wish::End { op, status: OpStatus::Fail, took_us: 10 }));
    }

    /// Nodes that refuse, each naming these leaders: the nodes that one write goes to until it has asked this one.
    fn check_reaches(says: &[Option<NodeId>], wanted: NodeId) -> Vec<NodeId> {
        let mut client = Client::new(says.len() as u32, 1, Vec::new());
        let (op, mut wish) = client.begin(0, Ask::Insert, None);
        let mut asked = Vec::new();
        for _ in 0..100 {
            wish = match wish {
                Wish::Send { to, .. } if to == wanted => return asked,
                Wish::Send { op, attempt, to } => {
                    asked.push(to);
                    client.answered(0, to, op, attempt, Err(says[to as usize - 1])).expect("goes on")
                }
                Wish::Wake { op, attempt, .. } => client.wake(op, attempt).expect("goes on"),
                Wish::End { .. } => break,
            };
        }
        panic!("write {op} never comes to node {wanted}: {asked:?}");
    }

    #[test]
    fn names_of_leaders_that_are_long_gone_do_not_keep_it_from_asking_everyone() {
        // The first node was removed while the fifth led, which was removed as well.
        let says = [Some(5), Some(4), None, Some(4), None, None];
        assert_eq!(check_reaches(&says, 4), [1, 5, 2]);
        let says = [Some(5), None, None, None, None, None];
        assert_eq!(check_reaches(&says, 4), [1, 5, 2, 3]);
        // Some name each other.
        assert_eq!(check_reaches(&[Some(2), Some(1), None], 3), [1, 2, 1, 2]);
    }
}
