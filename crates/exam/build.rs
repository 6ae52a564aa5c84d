//! Gathers the incidents when the crate is built: every `incidents/*.toml` as one list in JSON, in the order of their
//! files' names, because a page that reads JSON anyway need not bring a reader of TOML along.

use std::path::Path;
use std::{env, fs, io};

use quorum_texts::source::tree;
use quorum_texts::tree::{Node, Value};

/// The folder of the incidents, from this crate's.
const INCIDENTS: &str = "incidents";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={INCIDENTS}");
    let mut files: Vec<_> =
        fs::read_dir(INCIDENTS)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut bank = Vec::new();
    for path in files {
        match tree(&fs::read_to_string(&path)?, 1) {
            Ok(node) => bank.push(json(node)),
            Err(fault) => println!("cargo::error={}: {}", path.display(), fault.replace('\n', " ")),
        }
    }
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("bank.json"), serde_json::Value::Array(bank).to_string())
}

/// A value of TOML in JSON.
fn json(node: Node) -> serde_json::Value {
    match node.value {
        Value::Table(fields) => fields.into_iter().map(|(name, node)| (name, json(node))).collect(),
        Value::List(list) => list.into_iter().map(json).collect(),
        Value::Text(text) => text.into(),
        Value::Integer(digits) => digits.parse::<i64>().map_or(digits.into(), Into::into),
        Value::Float(digits) => digits.parse::<f64>().map_or(digits.into(), Into::into),
        Value::Bool(yes) => yes.into(),
    }
}
