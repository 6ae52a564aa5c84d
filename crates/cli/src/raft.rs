//! `quorum-lab raft`: a Raft group driven by lines of JSON, one object in, one object out.
//!
//! The lines and their answers are described in `docs/command-line.md`. Guarantees: only the input lines cause actions;
//! the same lines give the same bytes; a bad line is answered with a code and a message, and reading continues with the
//! next one; no line panics. A saved group is the list of the actions that created it: loading replays them, so that it
//! continues exactly like the saved one. Leaves out: what actions do (`sim::group`), and how messages are written
//! (`messages`).

mod fields;
mod messages;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use serde_json::Value;

use fields::{Fields, Out, bad, object};
use quorum_sim::group::{
    Change, Conf, ConfChange, Damage, Entry, Group, HardState, Keep, RULES, ReadMode, Rule, Rules, Setup,
    State, VoteResult, quorum_reached, quorum_vote,
};
use quorum_types::{NodeId, Refusal};

/// The first line of an image.
const IMAGE: &str = "quorum-lab raft 1";
/// Longest election timeout.
const MAX_ELECTION_TICKS: u64 = 1_000_000;
/// Most members of a configuration whose majority is asked for.
const MAX_ASKED: usize = 10_000;

/// Answers every line until there are no more.
pub(super) fn serve(lines: impl BufRead, out: &mut impl Write) -> Result<bool, Refusal> {
    let mut session = Session::default();
    for line in lines.split(b'\n') {
        let line = line.map_err(|error| Refusal::new("cannot_read", error.to_string()))?;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let answer = session.answer(line).unwrap_or_else(|refusal| {
            object([("ok", false.into()), ("code", refusal.code.into()), ("error", refusal.error.into())])
        });
        let text = serde_json::to_string(&answer).map_err(|error| Refusal::new("json", error.to_string()))?;
        super::write(out, &text)?;
        out.flush().map_err(super::cannot_answer)?;
    }
    Ok(true)
}

/// A group and the lines that made it.
#[derive(Default)]
struct Session {
    group: Option<Group>,
    lines: Vec<String>,
}

type Answer = Result<Out, Refusal>;

/// `{"ok":true}` followed by these fields.
fn ok<const N: usize>(fields: [(&'static str, Out); N]) -> Answer {
    Ok(object(std::iter::once(("ok", true.into())).chain(fields)))
}

/// Reads a line.
fn read(line: &str) -> Result<Value, Refusal> {
    serde_json::from_str(line).map_err(|error| {
        Refusal::new("bad_json", format!("{error}; send one JSON object a line, with an op"))
    })
}

impl Session {
    fn answer(&mut self, line: &[u8]) -> Answer {
        let text =
            std::str::from_utf8(line).map_err(|_| Refusal::new("bad_json", "the line is not UTF-8"))?;
        let value = read(text)?;
        let asked = Fields::of(&value, "a line")?;
        let op = asked.text("op")?;
        match op {
            "hello" => hello(),
            "rules" => list_rules(self.group.as_ref().map(Group::rules).unwrap_or_default()),
            "quorum" => quorum(&asked, self.group.as_ref().map(Group::rules).unwrap_or_default()),
            "net" | "timeouts" | "state" | "check" => look(self.group()?, op, &asked),
            "save" => {
                self.group()?;
                ok([("image", format!("{IMAGE}\n{}", self.lines.join("\n")).into())])
            }
            "load" => {
                *self = Self::load(asked.text("image")?)?;
                ok([])
            }
            _ => self.act(text, op, &asked),
        }
    }

    fn group(&mut self) -> Result<&mut Group, Refusal> {
        self.group.as_mut().ok_or_else(|| Refusal::new("no_group", "there is no group yet; send init first"))
    }

    /// Does what changes the group, and keeps the line.
    fn act(&mut self, line: &str, op: &str, asked: &Fields<'_>) -> Answer {
        if op == "init" {
            let group = Group::new(setup(asked)?)?;
            *self = Self { group: Some(group), lines: vec![line.to_owned()] };
            return ok([]);
        }
        let done = act(self.group()?, op, asked);
        // Kept even if it was refused, unless there is no such action: what was done again is then exactly the same.
        if done.as_ref().err().is_none_or(|refusal| refusal.code != "unknown_op") {
            self.lines.push(line.to_owned());
        }
        done
    }

    /// Does again what an image says.
    fn load(image: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::new("bad_image", "this is not an image that save gave");
        let mut lines = image.lines();
        if lines.next() != Some(IMAGE) {
            return Err(wrong());
        }
        let mut session = Self::default();
        for line in lines {
            let value = read(line).map_err(|_| wrong())?;
            let asked = Fields::of(&value, "a line").map_err(|_| wrong())?;
            let op = asked.text("op").map_err(|_| wrong())?;
            let kept = session.lines.len();
            // What was refused then is refused now.
            let _ = session.act(line, op, &asked);
            if session.lines.len() != kept + 1 {
                return Err(wrong());
            }
        }
        session.group()?;
        Ok(session)
    }
}

// --- looking

fn hello() -> Answer {
    let caps =
        ["prevote", "checkquorum", "readindex", "lease", "transfer", "joint", "learner", "snapshot", "rules"];
    ok([("proto", 1.into()), ("caps", Out::list(caps))])
}

fn list_rules(rules: Rules) -> Answer {
    let list = RULES.iter().map(|facts| {
        object([
            ("name", facts.name.into()),
            ("on", rules.on(facts.rule).into()),
            ("breaks", facts.breaks.into()),
        ])
    });
    ok([("rules", Out::list(list))])
}

fn look(group: &Group, op: &str, asked: &Fields<'_>) -> Answer {
    match op {
        "net" => {
            let net = group.messages().map(|(id, message)| messages::print(Some(id), message, group));
            ok([("net", Out::list(net))])
        }
        "timeouts" => {
            let ticks = group.timeouts(asked.node("node")?, asked.number_or("n", 1)?)?;
            ok([("ticks", Out::list(ticks))])
        }
        "check" => {
            let violations = group.violations().iter().map(|violation| {
                object([
                    ("inv", violation.invariant.into()),
                    ("nodes", Out::list(violation.nodes.iter().copied())),
                    ("detail", violation.detail.as_str().into()),
                ])
            });
            let mut answer = ok([("violations", Out::list(violations))])?;
            if let Some(why) = group.excused() {
                answer.push("excused", why.into());
            }
            Ok(answer)
        }
        _ => state(&group.state(asked.node("node")?)?),
    }
}

fn state(state: &State) -> Answer {
    let vote = |hard: HardState| hard.vote.unwrap_or(0).into();
    let log = (state.first..).zip(&state.entries).map(|(index, entry)| messages::entry(index, entry));
    let reads = state.reads.iter().map(|(name, index)| Out::list([name.as_str().into(), Out::from(*index)]));
    let (hard, last) = state.durable;
    let durable = object([("term", hard.term.into()), ("vote", vote(hard)), ("last", messages::place(last))]);
    let mut answer = ok([
        ("role", state.role.into()),
        ("term", state.hard.term.into()),
        ("vote", vote(state.hard)),
        ("leader", state.leader.unwrap_or(0).into()),
        ("commit", state.commit.into()),
        ("applied", state.applied.into()),
        ("first", state.first.into()),
        ("last", messages::place(state.last)),
        ("log", Out::list(log)),
        ("conf", messages::conf(&state.conf)),
        ("durable", durable),
        ("reads", Out::list(reads)),
    ])?;
    if state.recovering {
        answer.push("recovering", true.into());
    }
    Ok(answer)
}

fn quorum(asked: &Fields<'_>, rules: Rules) -> Answer {
    let ids = |name| -> Result<Vec<NodeId>, Refusal> {
        let ids = asked.ids_or_none(name)?.unwrap_or_default();
        if ids.len() > MAX_ASKED {
            return Err(Refusal::new("too_many", format!("{name} names more than {MAX_ASKED} nodes")));
        }
        Ok(ids)
    };
    let (voters, outgoing) = (ids("cfg")?, ids("cfgj")?);
    let half = |ids: Vec<NodeId>| Conf::new(ids, []).voters;
    let conf = Conf { voters: half(voters), outgoing: half(outgoing), ..Conf::default() };
    let mut answer = ok([])?;
    let votes = asked.per_node("votes")?;
    if let Some(matched) = asked.per_node("match")?.or_else(|| votes.is_none().then(BTreeMap::new)) {
        let mut known = BTreeMap::new();
        for (id, value) in matched {
            known.insert(id, fields::number(value, "match")?);
        }
        let committed = quorum_reached(&conf, rules, |id| known.get(&id).copied().unwrap_or(0));
        answer.push("committed", committed.into());
    }
    if let Some(votes) = votes {
        let mut said = BTreeMap::new();
        for (id, value) in votes {
            said.insert(id, value.as_bool().ok_or_else(|| bad("votes", "true or false for each node"))?);
        }
        let vote = match quorum_vote(&conf, rules, |id| said.get(&id).copied()) {
            VoteResult::Won => "won",
            VoteResult::Lost => "lost",
            VoteResult::Pending => "pending",
        };
        answer.push("vote", vote.into());
    }
    Ok(answer)
}

// --- doing

fn act(group: &mut Group, op: &str, asked: &Fields<'_>) -> Answer {
    let node = || asked.node("node");
    match op {
        "set_timeout" => group.set_timeout(node()?, asked.bounded("ticks", 1)?)?,
        "tick" => group.tick(node()?, asked.number_or("n", 1)?)?,
        "campaign" => group.campaign(node()?)?,
        "propose" => {
            let index = group.propose(node()?, asked.text("data")?.as_bytes().into())?;
            return ok([("index", index.into())]);
        }
        "read" => {
            let mode = match asked.text_or("mode", "index")? {
                "index" => ReadMode::Index,
                "lease" => ReadMode::Lease,
                _ => return Err(bad("mode", "index or lease")),
            };
            group.read(node()?, mode, asked.text("ctx")?)?;
        }
        "transfer" => group.transfer(node()?, asked.node("to")?)?,
        "conf" => {
            let index = group.change_conf(node()?, &conf_change(asked)?)?;
            return ok([("index", index.into())]);
        }
        "deliver" => return delivered(group.deliver(asked.number("id")?)?),
        "drop" => group.drop_message(asked.number("id")?)?,
        "dup" => return ok([("id", group.duplicate(asked.number("id")?)?.into())]),
        "cut" => group.cut(asked.node("from")?, asked.node("to")?)?,
        "heal" => group.heal(),
        "stabilize" => {
            let among = match asked.ids_or_none("nodes")? {
                Some(ids) => ids,
                None => group.everyone(),
            };
            if asked.has("nodes") {
                group.all_known(&among)?;
            }
            group.stabilize(&among)?;
        }
        "inject" => {
            let message = messages::parse(&asked.inner("msg")?, group)?;
            group.all_known(&[message.to])?;
            return delivered(group.inject(message));
        }
        "persist" => return persist(group, asked),
        "autopersist" => group.set_autopersist(asked.truth("on")?),
        "crash" => group.crash(node()?, keep(asked)?)?,
        "restart" => group.restart(node()?)?,
        "corrupt" => group.corrupt(node()?, asked.number("record")?, damage(asked)?)?,
        "compact" => group.compact(node()?, asked.number("to")?)?,
        "rule" => {
            let name = asked.text("name")?;
            let unknown =
                || Refusal::new("unknown_rule", format!("there is no rule “{name}”; rules lists them"));
            group.set_rule(Rule::parse(name).ok_or_else(unknown)?, asked.truth("on")?);
        }
        _ => return Err(Refusal::new("unknown_op", format!("there is no op “{op}”"))),
    }
    ok([])
}

/// Of a message that was given to a node, additively, that the node is down and lost it.
fn delivered(taken: bool) -> Answer {
    if taken { ok([]) } else { ok([("lost", true.into())]) }
}

fn persist(group: &mut Group, asked: &Fields<'_>) -> Answer {
    if asked.has("fsync") {
        group.end_persist(asked.number("fsync")?)?;
        return ok([]);
    }
    let id = asked.node("node")?;
    let upto = asked.has("upto").then(|| asked.number("upto")).transpose()?;
    match (asked.truth_or("begin", false)?, upto) {
        (true, None) => ok([("fsync", group.begin_persist(id)?.into())]),
        (true, Some(_)) => Err(bad("upto", "no begin beside it")),
        (false, upto) => {
            group.persist(id, upto)?;
            ok([])
        }
    }
}

fn keep(asked: &Fields<'_>) -> Result<Keep, Refusal> {
    match asked.text_or("keep", "synced")? {
        "synced" => Ok(Keep::Synced),
        "torn" => Ok(Keep::Torn(asked.number("torn_bytes")?)),
        _ => Err(bad("keep", "synced or torn")),
    }
}

fn damage(asked: &Fields<'_>) -> Result<Damage, Refusal> {
    match asked.text("kind")? {
        "bitflip" => Ok(Damage::BitFlip),
        "zero" => Ok(Damage::Zero),
        "misdirect" => Ok(Damage::Misdirect),
        "stale" => Ok(Damage::Stale),
        _ => Err(bad("kind", "bitflip, zero, misdirect or stale")),
    }
}

fn conf_change(asked: &Fields<'_>) -> Result<ConfChange, Refusal> {
    let wrong = || bad("changes", "a list such as [[\"add\",4],[\"remove\",1],[\"learner\",5]]");
    let mut changes = Vec::new();
    for change in asked.list_or_empty("changes")? {
        let [what, id] = change.as_array().map_or(&[][..], Vec::as_slice) else { return Err(wrong()) };
        let id = fields::node(id, "changes")?;
        changes.push(match what.as_str() {
            Some("add") => Change::Add(id),
            Some("remove") => Change::Remove(id),
            Some("learner") => Change::Learner(id),
            _ => return Err(wrong()),
        });
    }
    match (asked.text_or("mode", "single")?, &changes[..]) {
        ("single", [change]) => Ok(ConfChange::Single(*change)),
        ("single", _) => Err(bad("changes", "one change in mode single")),
        ("joint", [_, ..]) => Ok(ConfChange::Joint(changes)),
        ("joint", []) => Err(bad("changes", "at least one change in mode joint")),
        ("leave", []) => Ok(ConfChange::Leave),
        ("leave", _) => Err(bad("changes", "nothing in mode leave")),
        _ => Err(bad("mode", "single, joint or leave")),
    }
}

// --- starting

fn setup(asked: &Fields<'_>) -> Result<Setup, Refusal> {
    let voters = asked.ids_or_none("voters")?.ok_or_else(|| bad("voters", "a list of nodes"))?;
    if voters.is_empty() {
        return Err(bad("voters", "at least one node"));
    }
    let learners = asked.ids_or_none("learners")?.unwrap_or_default();
    let election_ticks = asked.number_or("election", 10)?;
    let heartbeat_ticks = asked.number_or("heartbeat", 1)?;
    if !(1..=MAX_ELECTION_TICKS).contains(&election_ticks) {
        return Err(bad("election", "1 to 1000000 ticks"));
    }
    if !(1..=MAX_ELECTION_TICKS).contains(&heartbeat_ticks) {
        return Err(bad("heartbeat", "1 to 1000000 ticks"));
    }
    let max_inflight = asked.number_or("max_inflight", 256)?;
    if max_inflight == 0 {
        return Err(bad("max_inflight", "at least 1"));
    }
    let mut logs = BTreeMap::new();
    for (id, entries) in asked.per_node("logs")?.unwrap_or_default() {
        logs.insert(id, log(entries)?);
    }
    let mut hard = BTreeMap::new();
    for (id, value) in asked.per_node("hard")?.unwrap_or_default() {
        let fields = Fields::of(value, "hard")?;
        let last = logs.get(&id).and_then(|log: &Vec<Entry>| log.last()).map_or(0, |entry| entry.term);
        let vote = u32::try_from(fields.number_or("vote", 0)?).map_err(|_| bad("vote", "a node, or 0"))?;
        let term = if fields.has("term") { fields.bounded("term", 0)? } else { last };
        let commit = if fields.has("commit") { fields.bounded("commit", 0)? } else { 0 };
        hard.insert(id, HardState { term, vote: (vote != 0).then_some(vote), commit });
    }
    Ok(Setup {
        seed: asked.number_or("seed", 1)?,
        conf: Conf::new(voters, learners),
        election_ticks,
        heartbeat_ticks,
        pre_vote: asked.truth_or("prevote", false)?,
        check_quorum: asked.truth_or("checkquorum", false)?,
        max_inflight: usize::try_from(max_inflight).unwrap_or(usize::MAX),
        max_uncommitted_bytes: asked.number_or("max_uncommitted", 0)?,
        logs,
        hard,
    })
}

/// A node's entries from index 1 on.
fn log(value: &Value) -> Result<Vec<Entry>, Refusal> {
    let list = value.as_array().ok_or_else(|| bad("logs", "a list of [index,term,data] for each node"))?;
    let mut log: Vec<Entry> = Vec::new();
    for (index, value) in (1..).zip(list) {
        let (at, entry) = messages::read_entry(value)?;
        if at != index {
            return Err(bad("logs", "indexes 1, 2, 3 and so on"));
        }
        if log.last().is_some_and(|before| before.term > entry.term) {
            return Err(bad("logs", "terms that never fall"));
        }
        log.push(entry);
    }
    Ok(log)
}
