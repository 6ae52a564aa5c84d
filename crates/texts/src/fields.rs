//! Reads tables field by field; errors carry the line.
//!
//! Guarantees: an error names line and field; an unexpected field is an error. Values are taken directly from a tree:
//! it records lines, and derived readers would be a tenth of the page's program. Leaves out: where the tree comes from
//! (`tree`, `source`).

pub use super::tree::Fault;
use super::tree::{Node, Value};

/// Longest slug.
const MAX_SLUG_BYTES: usize = 64;

/// Whether a text is a name for addresses: words of small letters and digits that single hyphens join.
pub fn is_slug(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= MAX_SLUG_BYTES && text.split('-').all(|word| !word.is_empty() && word.bytes().all(letter))
}

/// A table whose fields are taken one by one.
#[derive(Debug)]
pub struct Fields {
    line: usize,
    left: Vec<(String, Node)>,
}

/// A value, with its name and place.
#[derive(Debug)]
pub struct Field {
    name: String,
    node: Node,
}

impl Fields {
    /// The fields of a whole document.
    pub fn of(document: Node) -> Result<Self, Fault> {
        Field { name: "the document".to_owned(), node: document }.table()
    }

    /// A field that may be left out.
    pub fn optional(&mut self, name: &str) -> Option<Field> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        let (name, node) = self.left.remove(at);
        Some(Field { name, node })
    }

    /// A field that has to be there.
    pub fn field(&mut self, name: &str) -> Result<Field, Fault> {
        let at = self.line;
        self.optional(name).ok_or_else(|| format!("line {at}: there is no {name}"))
    }

    /// Returns an error if a field was never read.
    pub fn end(self) -> Result<(), Fault> {
        match self.left.first() {
            None => Ok(()),
            Some((name, node)) => Err(format!("line {}: {name} is not known here", node.line)),
        }
    }

    /// The line it begins on.
    pub fn line(&self) -> usize {
        self.line
    }

    /// An empty table.
    pub fn none(line: usize) -> Self {
        Self { line, left: Vec::new() }
    }

    /// Takes all fields that are left, with their names.
    pub fn take(&mut self) -> impl Iterator<Item = (String, Field)> + use<> {
        core::mem::take(&mut self.left).into_iter().map(|(name, node)| (name.clone(), Field { name, node }))
    }

    /// Whether there is such a field.
    pub fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(known, _)| known == name)
    }

    /// All fields that are left, with their names.
    pub fn rest(self) -> impl Iterator<Item = (String, Field)> {
        self.left.into_iter().map(|(name, node)| (name.clone(), Field { name, node }))
    }
}

impl Field {
    fn wrong(&self, wanted: &str) -> Fault {
        format!("line {}: {} has to be {wanted}", self.node.line, self.name)
    }

    /// A text.
    pub fn text(self) -> Result<String, Fault> {
        match self.node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong("a text")),
        }
    }

    /// A whole number, not negative.
    pub fn whole(self) -> Result<u64, Fault> {
        let number = match &self.node.value {
            Value::Integer(digits) => digits.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong("a whole number"))
    }

    /// A number.
    pub fn number(self) -> Result<f64, Fault> {
        let number = match &self.node.value {
            Value::Integer(digits) | Value::Float(digits) => {
                digits.parse().ok().filter(|number: &f64| number.is_finite())
            }
            _ => None,
        };
        number.filter(|number: &f64| number.is_finite()).ok_or_else(|| self.wrong("a number"))
    }

    /// A whole number from one to another.
    pub fn whole_in(self, least: u64, most: u64) -> Result<u64, Fault> {
        let fault = self.wrong(&format!("a whole number from {least} to {most}"));
        self.whole().ok().filter(|number| (least..=most).contains(number)).ok_or(fault)
    }

    /// A number from one to another.
    pub fn number_in(self, least: f64, most: f64) -> Result<f64, Fault> {
        let fault = self.wrong(&format!("a number from {least} to {most}"));
        self.number().ok().filter(|number| (least..=most).contains(number)).ok_or(fault)
    }

    /// A name for addresses: small letters and digits, in words that single hyphens join.
    pub fn slug(self) -> Result<String, Fault> {
        let fault = self.wrong(&format!(
            "small letters, digits and single hyphens between them, at most {MAX_SLUG_BYTES} characters, such as \
             “kill-the-leader”"
        ));
        self.text().ok().filter(|slug| is_slug(slug)).ok_or(fault)
    }

    /// A list.
    pub fn list(self) -> Result<Vec<Field>, Fault> {
        match self.node.value {
            Value::List(list) => {
                Ok(list.into_iter().map(|node| Field { name: self.name.clone(), node }).collect())
            }
            _ => Err(self.wrong("a list")),
        }
    }

    /// A table.
    pub fn table(self) -> Result<Fields, Fault> {
        match self.node.value {
            Value::Table(left) => Ok(Fields { line: self.node.line, left }),
            _ => Err(self.wrong("a table")),
        }
    }

    /// A text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    /// The value as it was written.
    pub fn node(self) -> Node {
        self.node
    }

    /// The line it stands on.
    pub fn line(&self) -> usize {
        self.node.line
    }

    /// A whole number, perhaps a negative one.
    pub fn signed(self) -> Result<i64, Fault> {
        let number = match &self.node.value {
            Value::Integer(digits) => digits.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong("a whole number"))
    }

    /// Yes or no.
    pub fn yes(self) -> Result<bool, Fault> {
        match self.node.value {
            Value::Bool(yes) => Ok(yes),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A list of texts.
    pub fn texts(self) -> Result<Vec<String>, Fault> {
        self.list()?.into_iter().map(Field::text).collect()
    }
}
