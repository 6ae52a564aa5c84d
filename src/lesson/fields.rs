//! TOML tables read field by field, with the line of whatever is wrong.
//!
//! Promises: an error names line and field; a field that nobody asked for is an error. Values are read straight
//! from the parser's tree: it knows lines, and derived readers would be a tenth of the page's program. Leaves
//! out: dates.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong, with its line.
pub type Fault = String;

/// A table whose fields are taken one by one.
#[derive(Debug)]
pub struct Fields<'a> {
    source: &'a str,
    line: usize,
    left: BTreeMap<String, Spanned<DeValue<'a>>>,
}

/// A value, with its name and place.
#[derive(Debug)]
pub struct Field<'a> {
    source: &'a str,
    name: String,
    value: Spanned<DeValue<'a>>,
}

fn line(source: &str, offset: usize) -> usize {
    source.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

impl<'a> Fields<'a> {
    /// Parses a whole document.
    pub fn parse(source: &'a str) -> Result<Self, Fault> {
        let table = DeTable::parse(source).map_err(|error| {
            let at = error.span().map_or(1, |span| line(source, span.start));
            format!("line {at}: {}", error.message())
        })?;
        Ok(Self::of(source, 1, table.into_inner()))
    }

    fn of(source: &'a str, line: usize, table: DeTable<'a>) -> Self {
        let left = table.into_iter().map(|(name, value)| (name.into_inner().into_owned(), value)).collect();
        Self { source, line, left }
    }

    /// A field that may be left out.
    pub fn optional(&mut self, name: &str) -> Option<Field<'a>> {
        let value = self.left.remove(name)?;
        Some(Field { source: self.source, name: name.to_owned(), value })
    }

    /// A field that has to be there.
    pub fn field(&mut self, name: &str) -> Result<Field<'a>, Fault> {
        let at = self.line;
        self.optional(name).ok_or_else(|| format!("line {at}: there is no {name}"))
    }

    /// Says so if a field was never asked for.
    pub fn end(self) -> Result<(), Fault> {
        match self.left.into_iter().next() {
            None => Ok(()),
            Some((name, value)) => {
                Err(format!("line {}: {name} is not known here", line(self.source, value.span().start)))
            }
        }
    }

    /// All fields that are left, with their names.
    pub fn rest(self) -> impl Iterator<Item = (String, Field<'a>)> {
        let source = self.source;
        self.left.into_iter().map(move |(name, value)| (name.clone(), Field { source, name, value }))
    }
}

impl<'a> Field<'a> {
    fn wrong(&self, wanted: &str) -> Fault {
        format!("line {}: {} has to be {wanted}", line(self.source, self.value.span().start), self.name)
    }

    /// A text.
    pub fn text(self) -> Result<String, Fault> {
        self.value.get_ref().as_str().map(str::to_owned).ok_or_else(|| self.wrong("a text"))
    }

    /// A whole number, not negative.
    pub fn whole(self) -> Result<u64, Fault> {
        let number = self.value.get_ref().as_integer();
        let number = number.and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        number.ok_or_else(|| self.wrong("a whole number"))
    }

    /// A number.
    pub fn number(self) -> Result<f64, Fault> {
        let text = match self.value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            _ => return Err(self.wrong("a number")),
        };
        text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| self.wrong("a number"))
    }

    /// A list.
    pub fn list(self) -> Result<Vec<Field<'a>>, Fault> {
        if !self.value.get_ref().is_array() {
            return Err(self.wrong("a list"));
        }
        let (source, name) = (self.source, self.name);
        match self.value.into_inner() {
            DeValue::Array(list) => {
                Ok(list.into_iter().map(|value| Field { source, name: name.clone(), value }).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// A table.
    pub fn table(self) -> Result<Fields<'a>, Fault> {
        let wrong = self.wrong("a table");
        let at = line(self.source, self.value.span().start);
        match self.value.into_inner() {
            DeValue::Table(table) => Ok(Fields::of(self.source, at, table)),
            _ => Err(wrong),
        }
    }

    /// A list of texts.
    pub fn texts(self) -> Result<Vec<String>, Fault> {
        self.list()?.into_iter().map(Field::text).collect()
    }
}
