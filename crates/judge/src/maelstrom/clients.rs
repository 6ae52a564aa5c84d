//! The clients: what each asks next, and whom it waits for.
//!
//! Guarantees: every value that is written is another one, so that an answer names its write; a client asks one thing
//! at a time. Leaves out: when messages arrive (`run`) and what answers mean (`history`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::history::{Op, OpKind, Status};
use super::plan::Workload;
use quorum_types::Rng;

/// Clients for each node.
pub(crate) const CLIENTS_PER_NODE: usize = 2;
/// Registers that are used at the same time.
const KEYS: u64 = 3;
/// After this time others are used, so that no register's history becomes too long.
const KEYS_LAST_US: u64 = 8_000_000;
/// A client's pause between two operations: from, to.
const PAUSE_US: (u64, u64) = (40_000, 260_000);

/// A client.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its number in the history.
    pub(crate) number: u64,
    /// The node that it asks.
    pub(crate) node: usize,
    /// The operation that it waits for: its message's number, and its index in the history.
    pub(crate) waits: Option<(u64, usize)>,
}

/// All clients, and what they know.
#[derive(Debug)]
pub(crate) struct Clients {
    workload: Workload,
    rng: Rng,
    /// The value last seen in each register.
    seen: BTreeMap<u64, Value>,
    next_value: u64,
    next_number: u64,
    pub(crate) all: Vec<Client>,
}

impl Clients {
    pub(crate) fn new(workload: Workload, nodes: usize, seed: u64) -> Self {
        let count = nodes * CLIENTS_PER_NODE;
        let client = |at: usize| Client { number: at as u64 + 1, node: at % nodes, waits: None };
        Self {
            workload,
            rng: Rng::new(seed, 1),
            seen: BTreeMap::new(),
            next_value: 1,
            next_number: count as u64 + 1,
            all: (0..count).map(client).collect(),
        }
    }

    /// The pause before a client's next operation.
    pub(crate) fn pause_us(&mut self) -> u64 {
        self.rng.between(PAUSE_US.0, PAUSE_US.1)
    }

    /// A client was left without an answer: what it asked may still happen, so it continues as another.
    pub(crate) fn renumber(&mut self, client: usize) {
        self.all[client].number = self.next_number;
        self.next_number += 1;
    }

    /// The next operation of a client, which begins now.
    pub(crate) fn next(&mut self, client: usize, now_us: u64) -> Op {
        let dice = self.rng.below(100);
        let key = now_us / KEYS_LAST_US * KEYS + self.rng.below(KEYS);
        let value = json!(self.next_value);
        self.next_value += 1;
        let (kind, key, arg) = match self.workload {
            Workload::Echo => (OpKind::Echo, Value::Null, json!(format!("Please echo {value}"))),
            Workload::Broadcast if dice < 75 => (OpKind::Broadcast, Value::Null, value),
            Workload::GSet if dice < 75 => (OpKind::Add, Value::Null, value),
            Workload::Broadcast | Workload::GSet => (OpKind::Read, Value::Null, Value::Null),
            Workload::LinKv => match self.seen.get(&key) {
                _ if dice < 45 => (OpKind::Read, json!(key), Value::Null),
                Some(seen) if dice >= 75 => (OpKind::Cas, json!(key), json!([seen, value])),
                _ => (OpKind::Write, json!(key), value),
            },
        };
        self.op(client, kind, key, arg, now_us)
    }

    /// A read that begins now: of this register, or of all elements.
    pub(crate) fn read(&self, client: usize, key: Value, now_us: u64) -> Op {
        self.op(client, OpKind::Read, key, Value::Null, now_us)
    }

    fn op(&self, client: usize, kind: OpKind, key: Value, arg: Value, start: u64) -> Op {
        let Client { number, node, .. } = self.all[client];
        let node = format!("n{}", node + 1);
        Op {
            client: number,
            node,
            key,
            kind,
            arg,
            value: None,
            status: Status::Info,
            start,
            end: None,
            error: None,
        }
    }

    /// An answer shows what a register holds.
    pub(crate) fn learn(&mut self, op: &Op) {
        let (Some(key), Status::Ok) = (op.key.as_u64(), op.status) else { return };
        let now = match (op.kind, &op.value) {
            (OpKind::Read, Some(value)) if !value.is_null() => value.clone(),
            (OpKind::Write, _) => op.arg.clone(),
            (OpKind::Cas, Some(Value::Bool(true))) => op.arg[1].clone(),
            _ => return,
        };
        self.seen.insert(key, now);
    }
}
