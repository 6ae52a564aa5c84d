//! Parses the TOML of lessons into a tree.
//!
//! Guarantees: an error names the line, counted from the beginning of the file. Leaves out: dates, which no field of a
//! lesson uses, and validation of fields, which the lesson's own reader does.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tree::{DEPTH, Fault, Node, Value};

/// The front matter of a language file that begins on this line of a larger one, the text that follows it, and the
/// line on which that begins.
pub fn front(text: &str, first: usize) -> Result<(Node, &str, usize), Fault> {
    let rest = text.strip_prefix("+++\n").ok_or("it does not begin with a +++ line")?;
    let (front, body) = rest.split_once("\n+++\n").ok_or("the front matter has no closing +++ line")?;
    let begins = first + front.matches('\n').count() + 3;
    Ok((tree(front, first + 1)?, body, begins))
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
        let mut fields: Vec<(String, Node)> = Vec::new();
        for (name, value) in table {
            let name = name.into_inner().into_owned();
            let node = self.node(&name, value, depth - 1)?;
            // The parser hands them out in this order, so nothing has to move.
            let at = fields.partition_point(|(before, _)| *before <= name);
            fields.insert(at, (name, node));
        }
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
