//! Looks into a message between pods.
//!
//! Guarantees: every figure is the message's own. Leaves out: rows and their vectors, whose contents follow from their
//! numbers.

use super::inspect::MessageDetail;
use super::net::{Answer, Ask, Flight, Packet};
use super::record::Record;
use super::{Milvus, ScheduledEvent};
use quorum_sim::inspect::{FieldName, FieldValue, Fields, raft_fields};
use quorum_sim::network::kind;
use quorum_types::Micros;

impl Milvus {
    /// A message in flight; none if it has arrived or was lost. Of two copies the one that arrives first.
    pub fn inspect_message(&self, id: u64) -> Option<MessageDetail> {
        let copies = || {
            self.event_queue.iter().filter_map(|(at, scheduled)| match scheduled {
                ScheduledEvent::Arrive(flight) if flight.id == id => Some((at, &**flight)),
                _ => None,
            })
        };
        let (arrives_us, flight) = copies().min_by_key(|(at, _)| *at)?;
        Some(detail(flight, arrives_us, copies().count() as u32))
    }
}

fn detail(flight: &Flight, arrives_us: Micros, copies: u32) -> MessageDetail {
    let (raft, term, fields) = match &flight.packet {
        Packet::Raft(message) => (Some(kind(&message.body)), Some(message.term), raft_fields(message)),
        Packet::Ask { ask, .. } => (None, None, asked(ask).done()),
        Packet::Answer { call, answer } => {
            let fields = Fields::default().number(FieldName::Call, *call);
            (None, None, answered(fields, answer.as_ref()).done())
        }
        Packet::Stream(stream) => {
            let rows = stream.records.iter().map(|(_, record)| record.rows()).sum();
            let fields = Fields::default()
                .with(FieldName::Entries, FieldValue::Span { first: stream.from + 1, last: stream.upto })
                .number(FieldName::Records, stream.records.len() as u64)
                .number(FieldName::Rows, rows)
                .number(FieldName::Epoch, stream.fence)
                .with(FieldName::Timestamp, FieldValue::Time(stream.ts));
            (None, None, fields.done())
        }
    };
    MessageDetail {
        id: flight.id,
        message: raft,
        word: word(&flight.packet).to_owned(),
        from: flight.from,
        to: flight.to,
        term,
        sent_us: flight.sent_us,
        arrives_us,
        copies,
        fields,
    }
}

/// The kind of a packet as a word.
fn word(packet: &Packet) -> &'static str {
    match packet {
        Packet::Raft(_) => "raft",
        Packet::Stream(_) => "stream",
        Packet::Ask { ask, .. } => ask_word(ask),
        Packet::Answer { answer: None, .. } => "refused",
        Packet::Answer { answer: Some(answer), .. } => answer_word(answer),
    }
}

fn ask_word(ask: &Ask) -> &'static str {
    match ask {
        Ask::Search { .. } => "search",
        Ask::Insert { .. } => "insert",
        Ask::Timestamp => "timestamp",
        Ask::Routes => "routes",
        Ask::Assign => "assign",
        Ask::Append(Record::Fence { .. }) => "fence",
        Ask::Append(Record::Rows { .. }) => "append",
        Ask::Execute { .. } => "execute",
        Ask::Part { .. } => "part",
        Ask::Subscribe { .. } => "subscribe",
        Ask::Tick { .. } => "tick",
        Ask::Own => "own",
        Ask::StoreFence { .. } => "store_fence",
        Ask::StoreAppend(_) => "store_append",
        Ask::Upload { .. } => "upload",
        Ask::Truncate { .. } => "truncate",
        Ask::Register { .. } => "register",
        Ask::KeepAlive { .. } => "keep_alive",
        Ask::Revoke { .. } => "revoke",
        Ask::Claim { .. } => "claim",
        Ask::Flushed(_) => "flushed",
        Ask::Merged(_) => "merged",
        Ask::Expired { .. } => "expired",
        Ask::Catalogue => "catalogue",
        Ask::RoleFree => "role_free",
        Ask::Gone { .. } => "gone",
        Ask::Distribution => "distribution",
        Ask::Load { .. } => "load",
        Ask::Release { .. } => "release",
        Ask::Watch(_) => "watch",
        Ask::Unwatch => "unwatch",
        Ask::Drain { .. } => "drain",
        Ask::Undrain => "undrain",
        Ask::Index { .. } => "index",
        Ask::Merge(_) => "merge",
        Ask::Order { .. } => "order",
        Ask::Keep(_) => "keep",
        Ask::Seal => "seal",
        Ask::Task(_) => "task",
    }
}

fn answer_word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Done => "done",
        Answer::Failed(_) => "failed",
        Answer::NotActing(_) => "not_acting",
        Answer::Timestamp { .. } => "a_timestamp",
        Answer::Routes(_) => "a_routes",
        Answer::Found(_) => "found",
        Answer::Hits(..) => "hits",
        Answer::Appended { .. } => "appended",
        Answer::Fenced => "fenced",
        Answer::StoreTail(_) => "store_tail",
        Answer::StoreHas { .. } => "store_has",
        Answer::StoreBehind => "store_behind",
        Answer::Uploaded { .. } => "uploaded",
        Answer::LetGo { .. } => "let_go",
        Answer::Claimed { .. } => "claimed",
        Answer::Leased { .. } => "leased",
        Answer::NoSession => "no_session",
        Answer::Catalogue(_) => "a_catalogue",
        Answer::Distribution { .. } => "a_distribution",
        Answer::Snapshots(_) => "snapshots",
        Answer::Task(_) => "a_task",
    }
}

/// What a request says.
fn asked(ask: &Ask) -> Fields {
    let fields = Fields::default();
    match ask {
        Ask::Search { wish, since } => fields
            .number(FieldName::Op, wish.op)
            .with(FieldName::Guarantee, FieldValue::Time(*since))
            .with(FieldName::GivesUp, FieldValue::Time(wish.until)),
        Ask::Insert { first_id, rows } => {
            fields.number(FieldName::FirstRow, first_id.unsigned_abs()).number(FieldName::Rows, *rows)
        }
        Ask::Append(record) => recorded(fields, *record),
        Ask::Execute { replica, wish, guarantee, until, .. } => fields
            .number(FieldName::Replica, u64::from(*replica) + 1)
            .number(FieldName::Op, wish.op)
            .with(FieldName::Guarantee, FieldValue::Time(*guarantee))
            .with(FieldName::GivesUp, FieldValue::Time(*until)),
        Ask::Part { segments, of, until, .. } => fields
            .number(FieldName::Segments, segments.len() as u64)
            .number(FieldName::Rows, *of)
            .with(FieldName::GivesUp, FieldValue::Time(*until)),
        Ask::Subscribe { from } | Ask::Drain { from } => fields.number(FieldName::Position, *from),
        Ask::Tick { ts, epoch, position } => {
            let fields =
                fields.with(FieldName::Timestamp, FieldValue::Time(*ts)).number(FieldName::Epoch, *epoch);
            match position {
                Some(position) => fields.number(FieldName::Position, *position),
                None => fields,
            }
        }
        Ask::StoreFence { epoch } => fields.number(FieldName::Epoch, *epoch),
        Ask::StoreAppend(append) => fields
            .number(FieldName::Epoch, append.epoch)
            .entry(FieldName::PrevEntry, append.prev)
            .number(FieldName::Records, append.entries.len() as u64),
        Ask::Upload { upto } | Ask::Truncate { upto } => fields.number(FieldName::Position, *upto),
        Ask::Register { life } | Ask::KeepAlive { life } | Ask::Revoke { life } => {
            fields.number(FieldName::Life, *life)
        }
        Ask::Flushed(new) | Ask::Merged(new) => fields
            .number(FieldName::Segment, new.segment)
            .number(FieldName::Rows, new.rows)
            .with(FieldName::Entries, FieldValue::Span { first: new.after + 1, last: new.upto }),
        Ask::Expired { segment } | Ask::Release { segment } => fields.number(FieldName::Segment, *segment),
        Ask::Gone { node } => fields.with(FieldName::Pod, FieldValue::Node(*node)),
        Ask::Load { segment, replica } => {
            fields.number(FieldName::Segment, *segment).number(FieldName::Replica, u64::from(*replica) + 1)
        }
        Ask::Watch(watch) => fields
            .number(FieldName::Replica, u64::from(watch.replica) + 1)
            .number(FieldName::Segments, watch.placed.len() as u64)
            .number(FieldName::Position, watch.checkpoint),
        Ask::Index { segment, rows } => {
            fields.number(FieldName::Segment, *segment).number(FieldName::Rows, *rows)
        }
        Ask::Merge(plan) => fields
            .number(FieldName::Segment, plan.into.segment)
            .number(FieldName::Segments, plan.of.len() as u64)
            .number(FieldName::Rows, plan.into.rows),
        Ask::Timestamp
        | Ask::Routes
        | Ask::Assign
        | Ask::Own
        | Ask::Claim { .. }
        | Ask::Catalogue
        | Ask::RoleFree
        | Ask::Distribution
        | Ask::Unwatch
        | Ask::Undrain
        | Ask::Order { .. }
        | Ask::Keep(_)
        | Ask::Seal
        | Ask::Task(_) => fields,
    }
}

fn recorded(fields: Fields, record: Record) -> Fields {
    let fields = fields.number(FieldName::Epoch, record.epoch());
    match record {
        Record::Rows { first_id, rows, .. } => {
            fields.number(FieldName::FirstRow, first_id.unsigned_abs()).number(FieldName::Rows, rows)
        }
        Record::Fence { .. } => fields,
    }
}

/// What an answer says.
fn answered(fields: Fields, answer: Option<&Answer>) -> Fields {
    let Some(answer) = answer else { return fields.flag(FieldName::Granted, false) };
    match answer {
        Answer::NotActing(Some(node)) => fields.with(FieldName::Leader, FieldValue::Node(*node)),
        Answer::Timestamp { ts, epoch } => {
            fields.with(FieldName::Timestamp, FieldValue::Time(*ts)).number(FieldName::Epoch, *epoch)
        }
        Answer::Found(found) => {
            fields.with(FieldName::Pod, FieldValue::Node(found.node)).number(FieldName::Rows, found.rows)
        }
        Answer::Hits(hits, _) => fields.number(FieldName::Rows, hits.len() as u64),
        Answer::Appended { at_us } => fields.with(FieldName::Timestamp, FieldValue::Time(*at_us)),
        Answer::StoreTail(tail) => fields.number(FieldName::Records, tail.entries.len() as u64),
        Answer::StoreHas { upto } | Answer::Uploaded { upto } | Answer::LetGo { upto, .. } => {
            fields.number(FieldName::Position, *upto)
        }
        Answer::Claimed { epoch } => fields.number(FieldName::Epoch, *epoch),
        Answer::Leased { ttl_us } => fields.number(FieldName::LeaseUs, *ttl_us),
        Answer::Catalogue(catalogue) => fields
            .number(FieldName::Position, catalogue.checkpoint)
            .number(FieldName::Segments, catalogue.flushed.len() as u64),
        Answer::Distribution { life, served, loading, .. } => fields
            .number(FieldName::Life, *life)
            .number(FieldName::Segments, (served.len() + loading.len()) as u64),
        Answer::Routes(routes) => fields.number(FieldName::Replica, routes.len() as u64),
        Answer::Done
        | Answer::Failed(_)
        | Answer::NotActing(None)
        | Answer::Fenced
        | Answer::StoreBehind
        | Answer::NoSession
        | Answer::Snapshots(_)
        | Answer::Task(_) => fields,
    }
}
