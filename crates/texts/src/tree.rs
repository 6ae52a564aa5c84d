//! The fields of a lesson's files as a tree with line numbers: `source` parses it from TOML, and lessons read it.
//!
//! Guarantees: every value names the line that it begins on. Leaves out: dates, and what fields mean.

/// What is wrong, with its line.
pub type Fault = String;

/// A value and the line that it begins on.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The line, from 1.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// A value. Numbers are digits until a reader says which kind it wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Values with names, in the order of the names.
    Table(Vec<(String, Node)>),
    /// Values in order.
    List(Vec<Node>),
    /// A text.
    Text(String),
    /// A whole number, in base 10 if it fits 64 bits.
    Integer(String),
    /// Another number, perhaps an infinite one.
    Float(String),
    /// Yes or no.
    Bool(bool),
}

/// How many tables and lists may lie inside one another.
pub const DEPTH: usize = 32;

impl Node {
    /// Whether a name or a text of the tree holds a character that this finds.
    pub fn holds(&self, found: &dyn Fn(char) -> bool) -> bool {
        match &self.value {
            Value::Table(fields) => {
                fields.iter().any(|(name, node)| name.contains(found) || node.holds(found))
            }
            Value::List(list) => list.iter().any(|node| node.holds(found)),
            Value::Text(text) => text.contains(found),
            Value::Integer(_) | Value::Float(_) | Value::Bool(_) => false,
        }
    }
}
