//! Converts messages to JSON and back.
//!
//! Guarantees: what [`print`] writes, [`parse`] reads as the same message; anything else is rejected with
//! `bad_message`. Leaves out: sending them.

use std::sync::Arc;

use serde_json::Value;

use super::fields::{Fields, Out, bad, object};
use quorum_sim::group::{
    Body, Change, Conf, ConfChange, Entry, EntryKind, Group, Known, MAX_DATA_BYTES, MAX_NUMBER, Message,
    Snapshot,
};
use quorum_types::{NodeId, Refusal};

/// Most entries of a message.
const MAX_ENTRIES: usize = 1_000;
/// What the data of a change of the configuration begins with.
const CONF: &str = "conf:";

/// Index and term.
pub(super) fn place(place: (u64, u64)) -> Out {
    Out::list([place.0, place.1])
}

/// A configuration; the nodes that become learners when a joint configuration is left are added if there are any.
pub(super) fn conf(conf: &Conf) -> Out {
    let ids = |ids: &[u32]| Out::list(ids.iter().copied());
    let mut out = object([
        ("voters", ids(&conf.voters)),
        ("outgoing", ids(&conf.outgoing)),
        ("learners", ids(&conf.learners)),
    ]);
    if !conf.learners_next.is_empty() {
        out.push("learners_next", ids(&conf.learners_next));
    }
    out
}

/// An entry: index, term, data. A configuration change has its text as data, followed by a field that marks it.
pub(super) fn entry(index: u64, entry: &Entry) -> Out {
    let mut list = vec![index.into(), entry.term.into()];
    match entry.kind {
        EntryKind::Normal => list.push(String::from_utf8_lossy(&entry.data).into_owned().into()),
        EntryKind::Conf => {
            list.push(words(&entry.data).into());
            list.push("conf".into());
        }
    }
    Out::List(list)
}

/// A change of the configuration in words.
fn words(data: &[u8]) -> String {
    let one = |change: &Change| match change {
        Change::Add(id) => format!("add {id}"),
        Change::Remove(id) => format!("remove {id}"),
        Change::Learner(id) => format!("learner {id}"),
    };
    match ConfChange::decode(data) {
        Some(ConfChange::Single(change)) => format!("{CONF}{}", one(&change)),
        Some(ConfChange::Joint(changes)) => {
            let changes: Vec<String> = changes.iter().map(one).collect();
            format!("{CONF}joint {}", changes.join(" "))
        }
        Some(ConfChange::Leave) => format!("{CONF}leave"),
        None => format!("{CONF}hex {}", hex(data)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

/// Reads the words back.
fn unwords(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix(CONF)?;
    if let Some(digits) = text.strip_prefix("hex ") {
        return unhex(digits);
    }
    if text == "leave" {
        return Some(ConfChange::Leave.encode());
    }
    let (joint, rest) = text.strip_prefix("joint ").map_or((false, text), |rest| (true, rest));
    let words: Vec<&str> = rest.split(' ').collect();
    let mut changes = Vec::new();
    for pair in words.chunks(2) {
        let [what, id] = pair else { return None };
        let id = id.parse().ok()?;
        changes.push(match *what {
            "add" => Change::Add(id),
            "remove" => Change::Remove(id),
            "learner" => Change::Learner(id),
            _ => return None,
        });
    }
    match &changes[..] {
        [change] if !joint => Some(ConfChange::Single(*change).encode()),
        [_, ..] if joint && changes.len() <= 64 => Some(ConfChange::Joint(changes).encode()),
        _ => None,
    }
}

/// Reads an entry with its index.
pub(super) fn read_entry(value: &Value) -> Result<(u64, Entry), Refusal> {
    let wrong =
        || bad("an entry", "[index,term] or [index,term,data], with “conf” after it for a conf: text");
    let list = value.as_array().ok_or_else(wrong)?;
    let number = |at: usize| list.get(at).and_then(Value::as_u64).filter(|n| (1..=MAX_NUMBER).contains(n));
    let (index, term) = (number(0).ok_or_else(wrong)?, number(1).ok_or_else(wrong)?);
    let text = match list.get(2) {
        None => "",
        Some(data) => data.as_str().ok_or_else(wrong)?,
    };
    let (kind, data) = match list.get(3) {
        None => (EntryKind::Normal, text.as_bytes().to_vec()),
        Some(mark) if mark == "conf" => (EntryKind::Conf, unwords(text).ok_or_else(wrong)?),
        Some(_) => return Err(wrong()),
    };
    if data.len() > MAX_DATA_BYTES || list.len() > 4 {
        return Err(wrong());
    }
    Ok((index, Entry { term, kind, data: data.into() }))
}

/// A message, with its id if it is on its way.
pub(super) fn print(id: Option<u64>, message: &Message, group: &Group) -> Out {
    let (kind, more) = body(&message.body, group);
    let head = [
        ("from", message.from.into()),
        ("to", message.to.into()),
        ("kind", kind.into()),
        ("term", message.term.into()),
    ];
    object(id.map(|id| ("id", id.into())).into_iter().chain(head).chain(more))
}

/// A body's kind and its fields.
fn body(body: &Body, group: &Group) -> (&'static str, Vec<(&'static str, Out)>) {
    let ctx = |number: u64| {
        let nth = group.nth(number).map(|nth| ("nth", nth.into()));
        std::iter::once(("ctx", group.name(number).into())).chain(nth)
    };
    match body {
        Body::Vote { last, pre, transfer } => {
            let kind = if *pre { "prevote" } else { "vote" };
            (kind, vec![("last", place(*last)), ("transfer", (*transfer).into())])
        }
        Body::VoteResp { granted, pre, commit, promise } => {
            let kind = if *pre { "prevote_resp" } else { "vote_resp" };
            let mut fields = vec![("granted", (*granted).into()), ("commit", place(*commit))];
            if *promise > 0 {
                fields.push(("promise", (*promise).into()));
            }
            (kind, fields)
        }
        Body::Append { prev, entries, commit, round } => {
            let list = (prev.0 + 1..).zip(entries).map(|(index, one)| entry(index, one));
            let entries = Out::list(list);
            let (prev, commit, round) = (place(*prev), (*commit).into(), (*round).into());
            ("append", vec![("prev", prev), ("entries", entries), ("commit", commit), ("round", round)])
        }
        Body::AppendResp { index, hint, round } => {
            let mut fields = vec![("reject", hint.is_some().into()), ("match", (*index).into())];
            fields.extend(hint.map(|hint| ("hint", place(hint))));
            fields.push(("round", (*round).into()));
            ("append_resp", fields)
        }
        Body::Heartbeat { commit, round } => {
            ("heartbeat", vec![("commit", (*commit).into()), ("round", (*round).into())])
        }
        Body::HeartbeatResp { round } => ("heartbeat_resp", vec![("round", (*round).into())]),
        Body::Snapshot { snapshot, round } => {
            let mut snap = object([
                ("index", snapshot.index.into()),
                ("term", snapshot.term.into()),
                ("conf", conf(&snapshot.conf)),
            ]);
            if !snapshot.data.is_empty() {
                snap.push("data", hex(&snapshot.data).into());
            }
            ("snapshot", vec![("snap", snap), ("round", (*round).into())])
        }
        Body::SnapshotResp { index, round } => {
            ("snapshot_resp", vec![("match", (*index).into()), ("round", (*round).into())])
        }
        Body::TimeoutNow => ("timeout_now", Vec::new()),
        Body::ReadIndex { context } => ("read_index", ctx(*context).collect()),
        Body::ReadIndexResp { context, index } => {
            ("read_index_resp", ctx(*context).chain([("index", (*index).into())]).collect())
        }
        Body::Propose { data } => {
            ("propose", vec![("data", String::from_utf8_lossy(data).into_owned().into())])
        }
        Body::ProposeResp { index } => ("propose_resp", vec![("index", index.map_or(Out::Null, Out::from))]),
        Body::Recover { nonce } => ("recover", vec![("nonce", (*nonce).into())]),
        Body::RecoverResp { nonce, leads_to, known } => {
            let leads_to = leads_to.map_or(Out::Null, Out::from);
            let mut fields = vec![("nonce", (*nonce).into()), ("leads_to", leads_to)];
            if let Some(Known { commit, conf: (from, conf_then), pending }) = known.as_deref() {
                fields.push(("commit", place(*commit)));
                fields.push(("conf_index", (*from).into()));
                fields.push(("conf", conf(conf_then)));
                if let Some((at, voters)) = pending {
                    let voters = Out::list(voters.iter().copied());
                    fields.push(("pending", object([("index", (*at).into()), ("voters", voters)])));
                }
            }
            ("recover_resp", fields)
        }
    }
}

/// Reads a message of the shape that is printed, without an id.
pub(super) fn parse(asked: &Fields<'_>, group: &mut Group) -> Result<Message, Refusal> {
    read(asked, group).map_err(|refusal| Refusal::new("bad_message", refusal.error))
}

fn read(asked: &Fields<'_>, group: &mut Group) -> Result<Message, Refusal> {
    let round = if asked.has("round") { asked.bounded("round", 0)? } else { 0 };
    let kind = asked.text("kind")?;
    let transfer = asked.truth_or("transfer", false)?;
    let body = match kind {
        "vote" | "prevote" => {
            Body::Vote { last: read_place(asked, "last")?, pre: kind == "prevote", transfer }
        }
        "vote_resp" | "prevote_resp" => {
            let commit = if asked.has("commit") { read_place(asked, "commit")? } else { (0, 0) };
            let (granted, promise) = (asked.truth("granted")?, bounded_or_0(asked, "promise")?);
            Body::VoteResp { granted, pre: kind == "prevote_resp", commit, promise }
        }
        "append" => read_append(asked, round)?,
        "append_resp" => {
            let reject = asked.truth_or("reject", false)?;
            let hint = if asked.has("hint") { read_place(asked, "hint")? } else { (0, 0) };
            Body::AppendResp { index: asked.bounded("match", 0)?, hint: reject.then_some(hint), round }
        }
        "heartbeat" => Body::Heartbeat { commit: bounded_or_0(asked, "commit")?, round },
        "heartbeat_resp" => Body::HeartbeatResp { round },
        "snapshot" => Body::Snapshot { snapshot: Arc::new(read_snapshot(&asked.inner("snap")?)?), round },
        "snapshot_resp" => Body::SnapshotResp { index: asked.bounded("match", 0)?, round },
        "timeout_now" => Body::TimeoutNow,
        // The read is the sender's, and the answer's the receiver's.
        "read_index" => Body::ReadIndex { context: read_context(asked, asked.node("from")?, group)? },
        "read_index_resp" => {
            let index = asked.bounded("index", 0)?;
            Body::ReadIndexResp { context: read_context(asked, asked.node("to")?, group)?, index }
        }
        "propose" => {
            let data = asked.text("data")?.as_bytes();
            if data.len() > MAX_DATA_BYTES {
                return Err(bad("data", &format!("at most {MAX_DATA_BYTES} bytes")));
            }
            Body::Propose { data: data.into() }
        }
        "propose_resp" => Body::ProposeResp { index: maybe(asked, "index")? },
        "recover" => Body::Recover { nonce: asked.number("nonce")? },
        "recover_resp" => {
            let (nonce, leads_to) = (asked.number("nonce")?, maybe(asked, "leads_to")?);
            Body::RecoverResp { nonce, leads_to, known: read_known(asked)? }
        }
        _ => return Err(Refusal::new("bad_message", format!("there is no kind “{kind}”"))),
    };
    Ok(Message { from: asked.node("from")?, to: asked.node("to")?, term: asked.bounded("term", 0)?, body })
}

/// The number of the read that a message names.
fn read_context(asked: &Fields<'_>, id: NodeId, group: &mut Group) -> Result<u64, Refusal> {
    let nth = maybe(asked, "nth")?;
    Ok(group.number_of(id, asked.text("ctx")?, nth))
}

fn maybe(asked: &Fields<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    asked.has(name).then(|| asked.bounded(name, 0)).transpose()
}

fn bounded_or_0(asked: &Fields<'_>, name: &str) -> Result<u64, Refusal> {
    maybe(asked, name).map(Option::unwrap_or_default)
}

fn read_place(asked: &Fields<'_>, name: &str) -> Result<(u64, u64), Refusal> {
    let list = asked.need(name)?.as_array().map_or(&[][..], Vec::as_slice);
    let numbers: Option<Vec<u64>> =
        list.iter().map(|value| value.as_u64().filter(|number| *number <= MAX_NUMBER)).collect();
    match numbers.as_deref() {
        Some([index, term]) => Ok((*index, *term)),
        _ => Err(bad(name, "[index,term]")),
    }
}

fn read_append(asked: &Fields<'_>, round: u64) -> Result<Body, Refusal> {
    let prev = read_place(asked, "prev")?;
    let list = asked.list_or_empty("entries")?;
    if list.len() > MAX_ENTRIES {
        return Err(bad("entries", &format!("at most {MAX_ENTRIES}")));
    }
    let mut entries = Vec::with_capacity(list.len());
    for (index, value) in (prev.0 + 1..).zip(list) {
        let (at, entry) = read_entry(value)?;
        if at != index {
            return Err(bad("entries", "what follows prev, index by index"));
        }
        entries.push(Arc::new(entry));
    }
    Ok(Body::Append { prev, entries, commit: bounded_or_0(asked, "commit")?, round })
}

/// The extra fields of an answer to a node that lost data; `None` if the configuration is missing.
fn read_known(asked: &Fields<'_>) -> Result<Option<Box<Known>>, Refusal> {
    if !asked.has("conf") {
        return Ok(None);
    }
    let commit = if asked.has("commit") { read_place(asked, "commit")? } else { (0, 0) };
    let conf = (bounded_or_0(asked, "conf_index")?, read_conf(asked)?);
    let pending = if asked.has("pending") {
        let pending = asked.inner("pending")?;
        Some((pending.bounded("index", 0)?, pending.ids_or_none("voters")?.unwrap_or_default()))
    } else {
        None
    };
    Ok(Some(Box::new(Known { commit, conf, pending })))
}

fn read_conf(asked: &Fields<'_>) -> Result<Conf, Refusal> {
    let named = asked.inner("conf")?;
    let ids = |name| -> Result<Vec<u32>, Refusal> {
        Ok(Conf::new(named.ids_or_none(name)?.unwrap_or_default(), []).voters)
    };
    Ok(Conf {
        voters: ids("voters")?,
        outgoing: ids("outgoing")?,
        learners: ids("learners")?,
        learners_next: ids("learners_next")?,
    })
}

fn read_snapshot(asked: &Fields<'_>) -> Result<Snapshot, Refusal> {
    let conf = read_conf(asked)?;
    let data = unhex(asked.text_or("data", "")?).ok_or_else(|| bad("data", "hex digits in pairs"))?;
    let (index, term) = (asked.bounded("index", 1)?, asked.bounded("term", 1)?);
    Ok(Snapshot { index, term, conf, data: data.into() })
}
