//! Comparable values, and their order.
//!
//! Guarantees: doubles compare by IEEE 754, texts byte by byte; nothing panics. Leaves out: which comparison a filter
//! makes (`plan`).

use std::cmp::Ordering;

use crate::schema::Value;

/// A value that can be compared. True is 1, false is 0.
#[derive(Clone, Copy)]
pub(super) enum Cell<'a> {
    Int(i64),
    Double(f64),
    Text(&'a str),
}

impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Int(number) => Self::Int(*number),
            Value::Double(number) => Self::Double(*number),
            Value::Bool(flag) => Self::Int(i64::from(*flag)),
            Value::Text(text) => Self::Text(text),
            Value::Vector(_) => Self::Double(f64::NAN),
        }
    }
}

/// The order of two values: none for NaN, and for a text with a number. A whole number compared with a double becomes a
/// double, as in C++.
pub(super) fn order(a: Cell<'_>, b: Cell<'_>) -> Option<Ordering> {
    match (a, b) {
        (Cell::Int(a), Cell::Int(b)) => Some(a.cmp(&b)),
        (Cell::Double(a), Cell::Double(b)) => ieee(a, b),
        (Cell::Int(a), Cell::Double(b)) => ieee(a as f64, b),
        (Cell::Double(a), Cell::Int(b)) => ieee(a, b as f64),
        (Cell::Text(a), Cell::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// The order of doubles by IEEE 754: none for NaN, and the zeros are equal.
fn ieee(a: f64, b: f64) -> Option<Ordering> {
    match (a < b, a > b, a == b) {
        (true, ..) => Some(Ordering::Less),
        (_, true, _) => Some(Ordering::Greater),
        (.., true) => Some(Ordering::Equal),
        _ => None,
    }
}
