//! The numbers of a chart, and their form as CSV.
//!
//! Guarantees: RFC 4180 with a header, readable by spreadsheets in any language (UTF-8 with a byte order mark); numbers
//! are written exactly, with a point and without groups; a value that is no number is an empty field. Leaves out: where
//! the numbers come from.

use quorum_types::Micros;

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A whole number.
    Whole(u64),
    /// Nothing.
    Empty,
}

impl Cell {
    /// Microseconds as seconds.
    pub fn seconds(us: Micros) -> Self {
        Self::Number(us as f64 / 1e6)
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) if text.contains([',', '"', '\r', '\n']) => {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
            Self::Text(text) => text.clone(),
            Self::Number(number) if number.is_finite() => format!("{number}"),
            Self::Whole(number) => number.to_string(),
            Self::Number(_) | Self::Empty => String::new(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Whole(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// The numbers that a chart draws: the columns' names with their units, and the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns.
    pub heads: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these columns.
    pub fn new<const N: usize>(heads: [String; N]) -> Self {
        Self { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// With these rows.
    #[must_use]
    pub fn with<const N: usize>(mut self, rows: impl IntoIterator<Item = [Cell; N]>) -> Self {
        self.rows.extend(rows.into_iter().map(|row| row.to_vec()));
        self
    }

    /// As CSV.
    pub fn csv(&self) -> String {
        let heads: Vec<Cell> = self.heads.iter().cloned().map(Cell::Text).collect();
        let line = |cells: &Vec<Cell>| {
            let fields: Vec<String> = cells.iter().map(Cell::text).collect();
            format!("{}\r\n", fields.join(","))
        };
        let lines: String = std::iter::once(&heads).chain(&self.rows).map(line).collect();
        format!("\u{feff}{lines}")
    }
}

/// A column's name with its unit.
pub fn with_unit(name: &str, unit: &str) -> String {
    format!("{name} ({unit})")
}
