//! The lines between the simulation and a guest: a command, an answer.
//!
//! Guarantees: [`Answer::read`] takes only answers whose parts have the right shape, and says in one English sentence
//! what is wrong with another; fields that it does not know are left alone, so that messages may carry anything. Leaves
//! out: whether an answer is good Raft (the checkers).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use quorum_types::NodeId;

/// Largest number in an answer: no term and no index of a run comes near it.
const MAX_NUMBER: u64 = 1 << 53;

/// An entry: index, term, data.
pub type EntryLine = (u64, u64, String);

/// A snapshot: what replaces the log up to an index. Its data is the simulation's; a guest hands it on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapLine {
    /// The last index in it; 0 for none.
    pub index: u64,
    /// The term of that index.
    pub term: u64,
    /// A name for the state machine's content.
    #[serde(default)]
    pub data: String,
}

/// A command.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Request {
    /// Asks who is there.
    Hello,
    /// A new node with an empty disk; times are in ticks.
    Init { node: NodeId, voters: Vec<NodeId>, election: u64, heartbeat: u64, seed: u64 },
    /// Power fails: everything that was not on the disk is forgotten.
    Crash,
    /// The node starts again with what its disk holds.
    Restart {
        node: NodeId,
        voters: Vec<NodeId>,
        election: u64,
        heartbeat: u64,
        seed: u64,
        term: u64,
        vote: NodeId,
        snap: SnapLine,
        log: Vec<EntryLine>,
    },
    /// This many ticks pass.
    Tick { n: u64 },
    /// A message arrives.
    Deliver { msg: Value },
    /// A client proposes an entry.
    Propose { data: String },
    /// A client reads.
    Read { ctx: String },
    /// The log is durable up to here, with everything that was written before.
    Persisted { index: u64, term: u64 },
    /// A snapshot of the state machine replaces the log up to here.
    Compact { to: u64, data: String },
    /// As if the election timeout had just passed.
    Campaign,
}

impl Request {
    /// The command as a line, with its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// What a guest takes itself for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It follows.
    #[default]
    Follower,
    /// It asks whether it would be elected.
    Precandidate,
    /// It stands for election.
    Candidate,
    /// It leads.
    Leader,
}

/// Term and vote as they go to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardLine {
    /// The term.
    pub term: u64,
    /// The vote in it; 0 for none.
    pub vote: NodeId,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Whether the command was carried out.
    pub ok: bool,
    /// Why not: `not_leader`.
    pub code: String,
    /// The index of a proposal.
    pub index: u64,
    /// The node's role.
    pub role: Role,
    /// Its term.
    pub term: u64,
    /// The leader it knows; 0 for none.
    pub leader: NodeId,
    /// The last index it knows to be committed.
    pub commit: u64,
    /// Term and vote to be written, if they changed.
    pub hard: Option<HardLine>,
    /// A snapshot that replaces the whole log.
    pub snapshot: Option<SnapLine>,
    /// The log is cut after the index, and these entries follow.
    pub append: Option<(u64, Vec<EntryLine>)>,
    /// Messages to be sent at once.
    pub send: Vec<Value>,
    /// Messages to be sent when everything written so far is durable.
    pub after: Vec<Value>,
    /// Reads that may be served once everything up to their index is applied.
    pub reads: Vec<(String, u64)>,
    /// What `hello` says it can do: `read`, `snapshot`.
    pub caps: Vec<String>,
}

impl Answer {
    /// Reads an answer to a command of this node.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        let answer: Self = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if !answer.ok && answer.code.is_empty() {
            return Err("an answer has \"ok\":true, or \"ok\":false and a code".to_owned());
        }
        let numbers = [answer.index, answer.term, answer.commit]
            .into_iter()
            .chain(answer.hard.map(|hard| hard.term))
            .chain(answer.snapshot.iter().flat_map(|snap| [snap.index, snap.term]))
            .chain(answer.reads.iter().map(|(_, index)| *index));
        if numbers.into_iter().any(|number| number > MAX_NUMBER) {
            return Err("a term or an index is larger than 2^53".to_owned());
        }
        if let Some((prev, entries)) = &answer.append {
            for (expected, (index, term, _)) in (prev.saturating_add(1)..).zip(entries) {
                if *index != expected || *term == 0 || *term > MAX_NUMBER || *prev > MAX_NUMBER {
                    return Err(format!(
                        "append after {prev}: entry [{index},{term}] is not number {expected}"
                    ));
                }
            }
        }
        Ok(answer)
    }
}

/// What the checkers and the network have to know of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) to: NodeId,
    pub(crate) term: u64,
    /// The vote that it is, or grants.
    pub(crate) vote: Option<NodeId>,
    /// Whether it binds its sender to its term.
    pub(crate) binds: bool,
}

impl Head {
    /// The head of a message of this node.
    pub(crate) fn of(message: &Value, from: NodeId, voters: u32) -> Result<Self, String> {
        let node = |name: &str| message[name].as_u64().filter(|id| (1..=u64::from(voters)).contains(id));
        let kind = message["kind"].as_str().ok_or("a message has a kind")?;
        if node("from") != Some(u64::from(from)) {
            return Err(format!("a message of node {from} has \"from\":{from}"));
        }
        let to = node("to").filter(|to| *to != u64::from(from)).ok_or("a message goes to another node")?;
        let term =
            message["term"].as_u64().filter(|term| *term <= MAX_NUMBER).ok_or("a message has a term")?;
        let vote = match kind {
            "vote" => Some(from),
            "vote_resp" if message["granted"] == true => Some(to as NodeId),
            _ => None,
        };
        let binds = !matches!(kind, "prevote" | "prevote_resp" | "heartbeat_resp" | "read_index");
        Ok(Self { to: to as NodeId, term, vote, binds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_have_a_shape() {
        let check = |line: &str, part: &str| {
            let read = Answer::read(line.as_bytes());
            assert!(read.as_ref().is_err_and(|why| why.contains(part)), "{line}: {read:?}");
        };
        check("{", "EOF");
        check("{}", "code");
        check(r#"{"ok":true,"role":"king"}"#, "king");
        check(r#"{"ok":true,"term":99999999999999999}"#, "2^53");
        check(r#"{"ok":true,"append":[3,[[5,1,"x"]]]}"#, "number 4");
        check(r#"{"ok":true,"append":[0,[[1,0,"x"]]]}"#, "number 1");
        let answer =
            Answer::read(br#"{"ok":true,"role":"leader","term":2,"append":[0,[[1,2,"x"]]],"more":1}"#);
        let answer = answer.expect("an answer");
        assert_eq!((answer.role, answer.append), (Role::Leader, Some((0, vec![(1, 2, "x".to_owned())]))));
    }

    #[test]
    fn messages_name_both_ends() {
        let head = |message: Value| Head::of(&message, 1, 3);
        let vote = json!({"kind": "vote_resp", "from": 1, "to": 2, "term": 4, "granted": true});
        assert_eq!(head(vote), Ok(Head { to: 2, term: 4, vote: Some(2), binds: true }));
        for wrong in [
            json!({"kind": "vote", "from": 2, "to": 3, "term": 1}),
            json!({"kind": "vote", "from": 1, "to": 1, "term": 1}),
            json!({"kind": "vote", "from": 1, "to": 4, "term": 1}),
            json!({"kind": "vote", "from": 1, "to": 2}),
            json!(7),
        ] {
            assert!(head(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
