//! The palette: what an operator can do in each world, by name, with what each tool wants to know.
//!
//! Guarantees: every tool makes a command that the exam allows (`harm`); tools that do harm are among them. Leaves out:
//! labels (the catalogues, `ex-tool-…`), and whether a tool helps.

use quorum_facade::Command;
use quorum_facade::swarm::WorldKind;
use quorum_types::Refusal;
use serde_json::Value;

use super::incident::Table;

/// What a tool wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The number of a row of this kind on the board, for this field of the command.
    Row(&'static str, &'static str),
    /// One of these words, for this field.
    Word(&'static str, &'static [&'static str]),
    /// A number, for this field; this one unless another is given.
    Number(&'static str, u64),
}

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub id: &'static str,
    /// The fields of its command that are always the same, as JSON.
    fixed: &'static str,
    /// What it wants to know, in order.
    pub wants: &'static [Want],
}

const fn tool(id: &'static str, fixed: &'static str, wants: &'static [Want]) -> Tool {
    Tool { id, fixed, wants }
}

const POD: &[Want] = &[Want::Row("node", "pod")];
const NODE: &[Want] = &[Want::Row("node", "node")];
const REGION: &[Want] = &[Want::Row("region", "region")];
const SNAPSHOT: &[Want] = &[Want::Row("snapshot", "snapshot")];
const STEPS: &[&str] = &[
    "page",
    "decide",
    "fence",
    "check standby",
    "start standby",
    "restore newest",
    "restore good",
    "rebuild",
    "verify backup",
    "verify count",
    "verify digest",
    "promote",
    "dns",
    "wait ttl",
    "check service",
    "drain",
    "catch up",
    "announce",
];
const RUNBOOKS: &[&str] = &["course", "careful", "restore", "switchover", "forced"];

const MILVUS: &[Tool] = &[
    tool("restart", r#"{"op":"restart"}"#, POD),
    tool("kill", r#"{"op":"kill"}"#, POD),
    tool("stop", r#"{"op":"stop"}"#, POD),
    tool("pause", r#"{"op":"pause"}"#, POD),
    tool("resume", r#"{"op":"resume"}"#, POD),
    tool("free-disk", r#"{"op":"full_disk","on":false}"#, POD),
    tool("change-disk", r#"{"op":"slow_disk","ms":0}"#, POD),
    tool("set-clock", r#"{"op":"clock"}"#, POD),
    tool("heal-network", r#"{"op":"heal"}"#, &[]),
    tool("cut", r#"{"op":"cut"}"#, &[Want::Row("from", "pod"), Want::Row("to", "pod")]),
    tool("object-store", r#"{"op":"object_store"}"#, &[]),
    tool("kill-zone", r#"{"op":"kill_zone"}"#, &[Want::Number("zone", 0)]),
    tool("flush-collection", r#"{"op":"flush_collection"}"#, &[]),
    tool("create-snapshot", r#"{"op":"create_snapshot"}"#, &[Want::Number("snapshot", 100)]),
    tool("restore-snapshot", r#"{"op":"restore_snapshot"}"#, SNAPSHOT),
    tool("restore-apart", r#"{"op":"restore_snapshot","apart":true}"#, SNAPSHOT),
    tool("drop-snapshot", r#"{"op":"drop_snapshot"}"#, SNAPSHOT),
    tool("truncate", r#"{"op":"truncate_collection"}"#, &[]),
    tool("drop-job", r#"{"op":"drop_job"}"#, &[Want::Row("job", "job")]),
];

const REPLICA_SET: &[Tool] = &[
    tool("restart", r#"{"op":"restart"}"#, NODE),
    tool("kill", r#"{"op":"kill"}"#, NODE),
    tool("pause", r#"{"op":"pause"}"#, NODE),
    tool("resume", r#"{"op":"resume"}"#, NODE),
    tool("new-disk", r#"{"op":"wipe"}"#, NODE),
    tool("heal-network", r#"{"op":"heal"}"#, &[]),
    tool("cut", r#"{"op":"cut"}"#, &[Want::Row("from", "node"), Want::Row("to", "node")]),
    tool("set-clock", r#"{"op":"clock"}"#, NODE),
    tool("campaign", r#"{"op":"campaign"}"#, NODE),
    tool("transfer", r#"{"op":"transfer"}"#, &[Want::Row("to", "node")]),
    tool("take-snapshot", r#"{"op":"take_snapshot"}"#, NODE),
    tool("power-cut", r#"{"op":"power_cut"}"#, &[]),
];

const REGIONS: &[Tool] = &[
    tool("step", r#"{"op":"region","deed":"step"}"#, &[Want::Word("text", STEPS)]),
    tool("run", r#"{"op":"region","deed":"run"}"#, &[Want::Word("text", RUNBOOKS)]),
    tool("stop-run", r#"{"op":"region","deed":"stop_run"}"#, &[]),
    tool("heal-link", r#"{"op":"region","deed":"heal"}"#, &[]),
    tool("cut-link", r#"{"op":"region","deed":"cut_link"}"#, &[]),
    tool("isolate", r#"{"op":"region","deed":"isolate"}"#, REGION),
    tool("power-on", r#"{"op":"region","deed":"return"}"#, REGION),
    tool("backup", r#"{"op":"region","deed":"backup"}"#, &[]),
    tool("fail-back", r#"{"op":"region","deed":"fail_back"}"#, &[]),
    tool("merge-back", r#"{"op":"region","deed":"merge_back"}"#, &[]),
    tool("dump", r#"{"op":"region","deed":"dump"}"#, &[]),
    tool(
        "stop-node",
        r#"{"op":"region","deed":"kill_node"}"#,
        &[Want::Row("region", "region"), Want::Number("value", 0)],
    ),
    tool(
        "start-node",
        r#"{"op":"region","deed":"start_node"}"#,
        &[Want::Row("region", "region"), Want::Number("value", 0)],
    ),
];

const ENGINE: &[Tool] = &[
    tool("recover", r#"{"op":"recover"}"#, &[]),
    tool("crash", r#"{"op":"crash"}"#, &[]),
    tool("disk-larger", r#"{"op":"disk_capacity"}"#, &[]),
    tool("disk-limit", r#"{"op":"disk_capacity"}"#, &[Want::Number("bytes", 1_000_000)]),
    tool("flush", r#"{"op":"flush"}"#, &[]),
    tool("compact", r#"{"op":"compact"}"#, &[]),
    tool("sync", r#"{"op":"sync"}"#, &[]),
    tool("insert", r#"{"op":"insert"}"#, &[Want::Number("rows", 10)]),
    tool("query", r#"{"op":"query"}"#, &[]),
    tool("drop-collection", r#"{"op":"drop_collection","collection":"docs"}"#, &[]),
    tool("delete-all", r#"{"op":"delete","filter":""}"#, &[]),
];

/// The palette of a world.
pub fn tools(world: WorldKind) -> &'static [Tool] {
    match world {
        WorldKind::Milvus => MILVUS,
        WorldKind::Cluster => REPLICA_SET,
        WorldKind::Regions => REGIONS,
        WorldKind::Standalone => ENGINE,
    }
}

impl Tool {
    /// The command of this tool with what it wants to know, in order.
    pub fn command(&self, given: &[Value]) -> Result<Command, Refusal> {
        let mut fields: Table = serde_json::from_str(self.fixed).unwrap_or_default();
        for (at, want) in self.wants.iter().enumerate() {
            let (name, usual) = match want {
                Want::Row(name, _) => (*name, None),
                Want::Word(name, words) => (*name, words.first().map(|word| Value::from(*word))),
                Want::Number(name, usual) => (*name, Some(Value::from(*usual))),
            };
            let Some(value) = given.get(at).cloned().or(usual) else {
                return Err(Refusal::new("no_target", format!("{}: choose a target", self.id)));
            };
            fields.insert(name.to_owned(), value);
        }
        Command::read(fields).map_err(|unread| Refusal::new("bad_command", unread.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::harm::allowed;
    use super::*;

    #[test]
    fn every_tool_makes_a_command_that_the_exam_allows() {
        for world in WorldKind::ALL {
            for tool in tools(world) {
                let value = |want: &Want| match want {
                    Want::Word(_, words) => Value::from(words[0]),
                    _ => Value::from(1),
                };
                let given: Vec<Value> = tool.wants.iter().map(value).collect();
                let command = tool.command(&given).unwrap_or_else(|why| panic!("{}: {why}", tool.id));
                assert_eq!(allowed(world, &command), Ok(()), "{}", tool.id);
            }
        }
    }
}
