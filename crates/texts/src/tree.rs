//! The fields of a lesson's files as a tree, and the text it is packed into, so that the page carries no TOML parser.
//! `build.rs` includes this file and packs; the program unpacks; `fields` reads what comes of it.
//!
//! A node is packed as a letter, its line, `,`, a size and `:`; then as many bytes as the size says, or as many
//! nodes, in a table each behind its name (length, `:`, name). Promises: what was packed unpacks to the same tree;
//! a damaged text is an error and never a panic. Leaves out: TOML (`source`), dates, and what fields mean.
#![allow(unreachable_pub, reason = "the build script includes this file as its own")]

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

/// Packs a tree, behind whatever the text holds already.
pub fn pack(node: &Node, packed: &mut String) {
    let (letter, size, text) = match &node.value {
        Value::Table(fields) => ('t', fields.len(), ""),
        Value::List(list) => ('l', list.len(), ""),
        Value::Text(text) => ('s', text.len(), text.as_str()),
        Value::Integer(digits) => ('i', digits.len(), digits.as_str()),
        Value::Float(digits) => ('f', digits.len(), digits.as_str()),
        Value::Bool(yes) => ('b', usize::from(*yes), &"1"[..usize::from(*yes)]),
    };
    packed.push_str(&format!("{letter}{},{size}:{text}", node.line));
    match &node.value {
        Value::Table(fields) => {
            for (name, value) in fields {
                packed.push_str(&format!("{}:{name}", name.len()));
                pack(value, packed);
            }
        }
        Value::List(list) => list.iter().for_each(|value| pack(value, packed)),
        _ => {}
    }
}

/// Unpacks the tree at the beginning of a text; the second value is what follows it.
pub fn unpack(text: &str) -> Result<(Node, &str), Fault> {
    let mut reader = Reader { rest: text };
    match reader.node(DEPTH) {
        Some(node) => Ok((node, reader.rest)),
        None => Err(format!("damaged after {} bytes", text.len() - reader.rest.len())),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A number up to the mark that ends it.
    fn number(&mut self, end: char) -> Option<usize> {
        let (digits, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        digits.parse().ok()
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        let letter = self.take(1)?;
        let line = self.number(',')?;
        let size = self.number(':')?;
        // Sizes are not trusted with memory: what is not there ends the loop.
        let value = match letter {
            "t" | "l" => {
                let depth = depth.checked_sub(1)?;
                let (mut fields, mut list) = (Vec::new(), Vec::new());
                for _ in 0..size {
                    if letter == "t" {
                        let length = self.number(':')?;
                        let name = self.take(length)?.to_owned();
                        fields.push((name, self.node(depth)?));
                    } else {
                        list.push(self.node(depth)?);
                    }
                }
                if letter == "t" { Value::Table(fields) } else { Value::List(list) }
            }
            "s" => Value::Text(self.take(size)?.to_owned()),
            "i" => Value::Integer(self.take(size)?.to_owned()),
            "f" => Value::Float(self.take(size)?.to_owned()),
            "b" => Value::Bool(self.take(size)? == "1"),
            _ => return None,
        };
        Some(Node { line, value })
    }
}
