//! The client of a replica set: numbered writes, retries, and what it knows of their fate.
//!
//! A write goes to the node that answered last; “I do not lead” sends it on, silence sends it to the next node,
//! and after the deadline it is given up. Judged by what the client can know: *ok* was acknowledged, *fail* was
//! refused by everyone who was asked, *info* is unknown. Promises: never calls a write ok that was not
//! acknowledged to it. Leaves out: reads.

use std::collections::VecDeque;

use super::event::OpStatus;
use crate::types::{Map, Micros, NodeId};

/// How many outcomes it remembers for the picture.
const RECENT: usize = 24;
/// How long it waits before it asks again where nobody knows the leader.
const PAUSE_US: Micros = 100_000;

/// A write under way.
#[derive(Clone, Copy, Debug)]
struct Write {
    began_us: Micros,
    attempt: u32,
    /// The node that the present attempt went to.
    to: NodeId,
    /// Whether some attempt was never answered, so that it may have taken effect.
    unanswered: bool,
    /// Whether the present attempt waits for an answer.
    waiting: bool,
}

/// What the client wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Send this attempt to this node now.
    Send {
        /// The write.
        op: u64,
        /// The attempt.
        attempt: u32,
        /// The node.
        to: NodeId,
    },
    /// Wake it for another attempt at this time.
    Wake {
        /// When.
        at_us: Micros,
        /// The write.
        op: u64,
        /// The attempt that is given up then.
        attempt: u32,
    },
    /// The write has ended.
    End {
        /// The write.
        op: u64,
        /// How.
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
    next_op: u64,
    open: Map<u64, Write>,
    counts: [u64; 3],
    acknowledged: Ranges,
    recent: VecDeque<OpStatus>,
}

impl Client {
    /// A client of `nodes` nodes whose next write is `next_op`, with what it was acknowledged before.
    pub fn new(nodes: u32, next_op: u64, acknowledged: Vec<(u64, u64)>) -> Self {
        Self {
            on: true,
            nodes,
            route: 1,
            next_op,
            open: Map::new(),
            counts: [0; 3],
            acknowledged: Ranges(acknowledged),
            recent: VecDeque::new(),
        }
    }

    /// Begins a write; its number.
    pub fn begin(&mut self, now: Micros) -> (u64, Wish) {
        let op = self.next_op;
        self.next_op += 1;
        self.open.insert(
            op,
            Write { began_us: now, attempt: 1, to: self.route, unanswered: false, waiting: true },
        );
        (op, Wish::Send { op, attempt: 1, to: self.route })
    }

    /// A node has answered an attempt.
    pub fn answered(
        &mut self,
        now: Micros,
        from: NodeId,
        op: u64,
        attempt: u32,
        outcome: Result<(), Option<NodeId>>,
    ) -> Option<Wish> {
        let write = self.open.get_mut(&op)?;
        match outcome {
            Ok(()) => {
                self.route = from;
                Some(self.end(now, op, OpStatus::Ok))
            }
            Err(_) if attempt != write.attempt => None,
            Err(Some(leader)) if leader != from => {
                self.route = leader;
                write.waiting = false;
                self.again(op)
            }
            Err(_) => {
                write.waiting = false;
                Some(Wish::Wake { at_us: now + PAUSE_US, op, attempt })
            }
        }
    }

    /// The time for an attempt is over: the next one, at the next node.
    pub fn wake(&mut self, op: u64, attempt: u32) -> Option<Wish> {
        let write = self.open.get_mut(&op)?;
        if write.attempt != attempt {
            return None;
        }
        write.unanswered |= write.waiting;
        // Several writes may wait at the same silent node; the first of them moves the route on for all.
        if self.route == write.to {
            self.route = self.route % self.nodes + 1;
        }
        self.again(op)
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
        Some(self.end(now, op, status))
    }

    fn end(&mut self, now: Micros, op: u64, status: OpStatus) -> Wish {
        let began_us = self.open.remove(&op).map_or(now, |write| write.began_us);
        self.counts[status as usize] += 1;
        if status == OpStatus::Ok {
            self.acknowledged.add(op);
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(status);
        Wish::End { op, status, took_us: now - began_us }
    }

    /// The number of the next write.
    pub fn next_op(&self) -> u64 {
        self.next_op
    }

    /// The node it tries first.
    pub fn route(&self) -> NodeId {
        self.route
    }

    /// Writes that ended so, since the run was opened.
    pub fn count(&self, status: OpStatus) -> u64 {
        self.counts[status as usize]
    }

    /// Writes begun since the run was opened.
    pub fn begun(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.open()
    }

    /// Writes under way.
    pub fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// The last outcomes, oldest first.
    pub fn recent(&self) -> Vec<OpStatus> {
        self.recent.iter().copied().collect()
    }

    /// The writes that were ever acknowledged, as ranges.
    pub fn acknowledged(&self) -> &Ranges {
        &self.acknowledged
    }
}

/// Numbers as ascending ranges, both ends included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(pub Vec<(u64, u64)>);

impl Ranges {
    /// Adds a number.
    pub fn add(&mut self, number: u64) {
        let at = self.0.partition_point(|(_, high)| *high < number);
        if self.0.get(at).is_some_and(|(low, _)| *low <= number) {
            return;
        }
        let joins_left = at > 0 && self.0[at - 1].1 + 1 == number;
        let joins_right = self.0.get(at).is_some_and(|(low, _)| number + 1 == *low);
        match (joins_left, joins_right) {
            (true, true) => {
                self.0[at - 1].1 = self.0[at].1;
                self.0.remove(at);
            }
            (true, false) => self.0[at - 1].1 = number,
            (false, true) => self.0[at].0 = number,
            (false, false) => self.0.insert(at, (number, number)),
        }
    }

    /// How many numbers.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(low, high)| high - low + 1).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flat_map(|(low, high)| *low..=*high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join() {
        let mut ranges = Ranges::default();
        for number in [5, 1, 3, 2, 4, 9, 9, 7, 8] {
            ranges.add(number);
        }
        assert_eq!(ranges.0, [(1, 5), (7, 9)]);
        assert_eq!(ranges.len(), 8);
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7, 8, 9]);
    }

    #[test]
    fn a_write_is_unknown_once_an_attempt_went_unanswered() {
        let mut client = Client::new(3, 1, Vec::new());
        let (op, _) = client.begin(0);
        assert_eq!(client.answered(1, 1, op, 1, Err(Some(2))), Some(Wish::Send { op, attempt: 2, to: 2 }));
        assert_eq!(client.wake(op, 1), None, "the first attempt was answered");
        assert_eq!(client.wake(op, 2), Some(Wish::Send { op, attempt: 3, to: 3 }));
        assert!(matches!(client.answered(3, 3, op, 3, Err(None)), Some(Wish::Wake { attempt: 3, .. })));
        assert_eq!(client.give_up(9, op), Some(Wish::End { op, status: OpStatus::Info, took_us: 9 }));
        assert_eq!(client.give_up(9, op), None);
        let (op, _) = client.begin(10);
        client.answered(11, 3, op, 1, Err(None));
        assert_eq!(client.give_up(20, op), Some(Wish::End { op, status: OpStatus::Fail, took_us: 10 }));
    }
}
