//! Commands of lessons as tables: how they are read, which node a word refers to, and which commands the built-in
//! actions of every lesson stand for.
//!
//! A lesson is data, and its commands are tables of the same names and fields as the protocol's. Guarantees: an unknown
//! field of a command is rejected and not ignored; a word for a node becomes a number or stays as it is. Leaves out:
//! who has which role at a moment, and playing (`lesson_runner`).

use super::command::{Command, TAG};
use quorum_lesson::{CommandTable, Move};
use quorum_texts::tree::{Node, Value};
use quorum_types::NodeId;

/// Reads a command from its table, nodes as numbers.
pub fn read_command(table: &Node) -> Result<Command, String> {
    fn json(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Table(fields) => {
                // Not `collect`, which brings a sort (docs/decisions/0028-one-sort.md).
                let mut object = serde_json::Map::new();
                for (name, value) in fields {
                    object.insert(name.clone(), json(value));
                }
                serde_json::Value::Object(object)
            }
            Value::List(list) => list.iter().map(json).collect(),
            Value::Text(text) => text.clone().into(),
            Value::Bool(yes) => (*yes).into(),
            Value::Integer(digits) | Value::Float(digits) => {
                serde_json::from_str(digits).unwrap_or_else(|_| digits.clone().into())
            }
        }
    }
    // Deserialization would ignore an unknown field; it is an author's mistake.
    let serde_json::Value::Object(fields) = json(table) else {
        return Err("a command is a table".to_owned());
    };
    let op = fields.get(TAG).and_then(serde_json::Value::as_str).unwrap_or_default();
    let known = Command::fields_of(op);
    let unknown =
        fields.keys().find(|name| *name != TAG && *name != "name" && !known.contains(&name.as_str()));
    let unknown = unknown.map(|name| format!("unknown field `{name}`"));
    let command = Command::read(fields).map_err(|fault| fault.to_string())?;
    unknown.map_or(Ok(command), Err)
}

/// The fields of commands that contain nodes.
const NODES: [&str; 5] = ["node", "from", "to", "side", "but"];

/// A command's table with numbers in place of words; one table for each node if the field takes one node and the word
/// stands for several. The word, if no node matches it. An unknown word stays as it is and is left to the command's
/// reader.
pub(super) fn resolve(
    table: &Node,
    named: &dyn Fn(&str) -> Option<Vec<NodeId>>,
) -> Result<Vec<Node>, String> {
    let number = |line: usize, id: NodeId| Node { line, value: Value::Integer(id.to_string()) };
    let Value::Table(fields) = &table.value else { return Ok(vec![table.clone()]) };
    let mut made: Vec<Vec<(String, Node)>> = vec![Vec::new()];
    for (name, node) in fields {
        let choices: Vec<Node> = match &node.value {
            Value::Text(word) if NODES.contains(&name.as_str()) => match named(word) {
                Some(ids) if ids.is_empty() => return Err(word.clone()),
                Some(ids) if name == "side" || name == "but" => {
                    let list = ids.into_iter().map(|id| number(node.line, id)).collect();
                    vec![Node { line: node.line, value: Value::List(list) }]
                }
                Some(ids) => {
                    // One command refers to one node, unless the word stands for all matching nodes.
                    let all = ["down", "up", "paused"].contains(&word.as_str());
                    let ids = ids.into_iter().take(if all { usize::MAX } else { 1 });
                    ids.map(|id| number(node.line, id)).collect()
                }
                None => vec![node.clone()],
            },
            Value::List(list) if NODES.contains(&name.as_str()) => {
                let mut ids = Vec::new();
                for one in list {
                    match &one.value {
                        Value::Text(word) => match named(word) {
                            Some(more) if more.is_empty() => return Err(word.clone()),
                            Some(more) => ids.extend(more.into_iter().map(|id| number(one.line, id))),
                            None => ids.push(one.clone()),
                        },
                        _ => ids.push(one.clone()),
                    }
                }
                vec![Node { line: node.line, value: Value::List(ids) }]
            }
            _ => vec![node.clone()],
        };
        let with = |fields: &Vec<(String, Node)>, choice: &Node| {
            let mut fields = fields.clone();
            fields.push((name.clone(), choice.clone()));
            fields
        };
        made =
            made.iter().flat_map(|fields| choices.iter().map(move |choice| with(fields, choice))).collect();
    }
    Ok(made.into_iter().map(|fields| Node { line: table.line, value: Value::Table(fields) }).collect())
}

/// A command's table with every word that may be a node replaced by a number, to see whether it can be read at all.
pub fn with_any_node(table: &Node) -> Node {
    let any = |_: &str| Some(vec![1]);
    resolve(table, &any).ok().and_then(|mut tables| tables.pop()).unwrap_or_else(|| table.clone())
}

/// The commands that the built-in actions of every lesson stand for; actions that the page itself performs (measuring,
/// the proof) are played as the engine commands that they need.
pub fn stock(name: &str) -> Option<Vec<Move>> {
    let whole = |number: u64| Value::Integer(number.to_string());
    let text = |text: &str| Value::Text(text.to_owned());
    let action = |op: &str, fields: &[(&str, Value)]| Move::Do(CommandTable::of(op, fields));
    let query = |filter: &str, fields: &str| {
        let fields = Value::List(vec![Node { line: 0, value: text(fields) }]);
        action("query", &[("filter", text(filter)), ("output_fields", fields)])
    };
    let kill = |word: &str| action("kill", &[("node", text(word))]);
    Some(match name {
        "insert-1000" => vec![action("insert", &[("rows", whole(1_000))])],
        "insert-10000" => vec![action("insert", &[("rows", whole(10_000))])],
        "import-100000" => vec![action("import", &[("rows", whole(100_000))])],
        "query-first-ten" => vec![query("id < 10", "id")],
        "prove" => vec![query("", "count(*)")],
        "pull-plug" => vec![action("crash", &[("keep", text("torn")), ("torn_bytes", whole(7))])],
        "reopen" | "restart-engine" => vec![action("recover", &[])],
        "kill-leader" => vec![kill("leader")],
        "kill-three" => vec![kill("leader"), kill("up:1"), kill("up:1")],
        "restart-all" => vec![action("restart", &[("node", text("down"))])],
        "power-cut" => vec![action("power_cut", &[("torn_bytes", whole(7))])],
        "flush" | "compact" => vec![action(name, &[])],
        "delete-hundred" => vec![action("delete", &[("filter", text("id < 100"))])],
        "flip-bit" => {
            let fields = [("file", whole(0)), ("offset", whole(64)), ("kind", text("bitflip"))];
            vec![action("corrupt", &fields)]
        }
        _ => {
            let moment = name.strip_prefix("crash-")?.replace('-', "_");
            vec![action("crash_at", &[("moment", text(&moment))])]
        }
    })
}
