//! The filter language, in Milvus a boolean expression, such as `n % 7 == 3 and text like "doc%"`.
//!
//! Guarantees: a filter gives the same result as in Milvus 2.3.5 and is refused where it refuses; an error names the
//! character position; parsing never panics and never overflows the stack. Where this implementation refuses filters
//! that Milvus answers wrongly or crashes on, the error says so. Leaves out: JSON and array fields, indexes.

mod eval;
mod lex;
mod order;
mod parse;
mod plan;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod random;
#[cfg(test)]
mod tests;

use self::parse::Fault;
use self::plan::{Plan, Test};
use super::batch::Batch;
use super::schema::{Schema, Value};
use quorum_types::Refusal;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// None for every row.
    plan: Option<Plan>,
    /// The column of the keys.
    primary: usize,
}

impl Filter {
    /// Parses a filter for rows of a schema; blank text means every row.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, Refusal> {
        let read = |text| plan::plan(&parse::parse(text)?, schema);
        let blank = text.trim().is_empty();
        let plan = if blank { None } else { Some(read(text).map_err(|fault| refuse(text, &fault))?) };
        Ok(Self { plan, primary: schema.primary() })
    }

    /// Whether the filter is blank, so that every row satisfies it.
    pub(crate) fn is_all(&self) -> bool {
        self.plan.is_none()
    }

    /// Whether each row of a batch satisfies the filter.
    pub fn select(&self, batch: &Batch) -> Vec<bool> {
        match &self.plan {
            None => vec![true; batch.rows()],
            Some(plan) => eval::select(plan, batch),
        }
    }

    /// The keys, in order, in a filter of the form `key == 1` or `key in [1, 2]`; none for any other.
    pub(crate) fn named_keys(&self) -> Option<Vec<i64>> {
        let values = match self.plan.as_ref()? {
            Plan::Compare(column, Test::EQUAL, value) if *column == self.primary => {
                std::slice::from_ref(value)
            }
            Plan::In(column, list) if *column == self.primary => list,
            _ => return None,
        };
        let key = |value: &Value| match value {
            Value::Int(key) => Some(*key),
            _ => None,
        };
        values.iter().map(key).collect()
    }
}

fn refuse(text: &str, fault: &Fault) -> Refusal {
    let (offset, what) = fault;
    let column = text.get(..*offset).unwrap_or(text).chars().count() + 1;
    let near: String = text.get(*offset..).unwrap_or("").chars().take(12).collect();
    let near = if near.is_empty() { "the end".to_owned() } else { format!("“{near}”") };
    Refusal::new("bad_filter", format!("filter, character {column}, at {near}: {what}"))
}
