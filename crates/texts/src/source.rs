//! TOML as the authors of lessons write it, to a tree and to the packed text of one. Compiled where `toml` is: into
//! the build script, which packs the lessons that are compiled in, and into the whole program, which opens and checks
//! lessons.
//!
//! Promises: an error names the line, counted from the beginning of the file; what is packed unpacks to the same
//! tree. Leaves out: dates, which no field of a lesson is, and what the fields have to be (`fields`, `manifest`).
#![allow(unreachable_pub, reason = "the build script includes this file as its own")]

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{DEPTH, Fault, Node, Value, pack, unpack};

/// Packs a `lesson.toml`.
pub fn manifest(text: &str) -> Result<String, Fault> {
    packed(&tree(text, 1)?)
}

/// Packs the front matter of a language file; what follows it stays as it is.
pub fn text(text: &str) -> Result<String, Fault> {
    text_from(text, 1)
}

/// The same of a file that begins on this line of a larger one.
pub fn text_from(text: &str, first: usize) -> Result<String, Fault> {
    let rest = text.strip_prefix("+++\n").ok_or("it does not begin with a +++ line")?;
    let (front, body) = rest.split_once("\n+++\n").ok_or("the front matter has no closing +++ line")?;
    Ok(packed(&tree(front, first + 1)?)? + body)
}

fn packed(node: &Node) -> Result<String, Fault> {
    let mut packed = String::new();
    pack(node, &mut packed);
    match unpack(&packed)? {
        (same, "") if same == *node => Ok(packed),
        _ => Err("packing changes it, which is a fault of the program".into()),
    }
}

/// Reads a document that begins on this line of its file.
pub fn tree(source: &str, first: usize) -> Result<Node, Fault> {
    let place = Place { source, first };
    let table = DeTable::parse(source).map_err(|error| {
        let at = error.span().map_or(first, |span| place.line(span.start));
        format!("line {at}: {}", error.message())
    })?;
    Ok(Node { line: first, value: place.table(table.into_inner(), DEPTH)? })
}

/// A document and the line it begins on.
struct Place<'a> {
    source: &'a str,
    first: usize,
}

impl Place<'_> {
    fn line(&self, offset: usize) -> usize {
        self.first + self.source.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }

    fn table(&self, table: DeTable<'_>, depth: usize) -> Result<Value, Fault> {
        let mut fields = Vec::new();
        for (name, value) in table {
            let name = name.into_inner().into_owned();
            let node = self.node(&name, value, depth - 1)?;
            fields.push((name, node));
        }
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Value::Table(fields))
    }

    fn node(&self, name: &str, value: Spanned<DeValue<'_>>, depth: usize) -> Result<Node, Fault> {
        let line = self.line(value.span().start);
        let value = match value.into_inner() {
            DeValue::Table(_) | DeValue::Array(_) if depth == 0 => {
                return Err(format!("line {line}: {name} lies inside too many tables and lists"));
            }
            DeValue::Table(table) => self.table(table, depth)?,
            DeValue::Array(list) => {
                let nodes = list.into_iter().map(|value| self.node(name, value, depth - 1));
                Value::List(nodes.collect::<Result<_, _>>()?)
            }
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => {
                let plain = u64::from_str_radix(number.as_str(), number.radix());
                Value::Integer(plain.map_or_else(|_| number.to_string(), |plain| plain.to_string()))
            }
            DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
            DeValue::Boolean(yes) => Value::Bool(yes),
            DeValue::Datetime(_) => return Err(format!("line {line}: {name} is a date, which no field is")),
        };
        Ok(Node { line, value })
    }
}
