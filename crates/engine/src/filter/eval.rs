//! Evaluates a plan over a batch: which of its rows satisfy it.
//!
//! Guarantees: one pass over a column for each comparison; nothing panics, whatever the batch; texts are compared byte
//! by byte, doubles by IEEE 754. One function compares all column types, so that the page stays small. Leaves out:
//! indexes and early exits.

use std::cmp::Ordering;

use super::lex::Sign;
use super::order::{Cell, order};
use super::plan::Plan;
use crate::batch::{Batch, Column};

/// The value of a row; NaN if there is none.
#[inline]
fn cell(column: &Column, at: usize) -> Cell<'_> {
    let cell = match column {
        Column::Int64(numbers) => numbers.get(at).map(|number| Cell::Int(*number)),
        Column::Double(numbers) => numbers.get(at).map(|number| Cell::Double(*number)),
        Column::Bool(flags) => flags.get(at).map(|flag| Cell::Int(i64::from(*flag))),
        Column::VarChar(texts) => Some(Cell::Text(texts.get(at))),
        Column::FloatVector(_) => None,
    };
    cell.unwrap_or(Cell::Double(f64::NAN))
}

/// Which rows of a batch satisfy a plan.
pub(super) fn select(plan: &Plan, batch: &Batch) -> Vec<bool> {
    let rows = 0..batch.rows();
    let column = |number: &usize| batch.columns().get(*number);
    let missing = || vec![false; batch.rows()];
    match plan {
        Plan::Compare(number, test, constant) => {
            let Some(column) = column(number) else { return missing() };
            let constant = constant.into();
            rows.map(|at| test.holds(order(cell(column, at), constant))).collect()
        }
        Plan::Fields(left, test, right) => {
            let (Some(left), Some(right)) = (column(left), column(right)) else { return missing() };
            rows.map(|at| test.holds(order(cell(left, at), cell(right, at)))).collect()
        }
        Plan::Arithmetic(number, sign, operand, test, constant) => {
            let Some(column) = column(number) else { return missing() };
            let (operand, constant) = (operand.into(), constant.into());
            rows.map(|at| test.holds(order(arithmetic(*sign, cell(column, at), operand), constant))).collect()
        }
        Plan::In(number, list) => {
            let Some(column) = column(number) else { return missing() };
            let within = |found: Cell<'_>| {
                list.binary_search_by(|value| order(value.into(), found).unwrap_or(Ordering::Less)).is_ok()
            };
            rows.map(|at| within(cell(column, at))).collect()
        }
        Plan::Prefix(number, prefix) => {
            let Some(column) = column(number) else { return missing() };
            let begins =
                |found: Cell<'_>| matches!(found, Cell::Text(text) if text.starts_with(prefix.as_str()));
            rows.map(|at| begins(cell(column, at))).collect()
        }
        Plan::Not(plan) => {
            let mut flags = select(plan, batch);
            flags.iter_mut().for_each(|flag| *flag = !*flag);
            flags
        }
        Plan::All(plans) => fold(plans, batch, true),
        Plan::Any(plans) => fold(plans, batch, false),
    }
}

/// Rows that satisfy all plans, or any.
fn fold(plans: &[Plan], batch: &Batch, all: bool) -> Vec<bool> {
    let mut flags = vec![all; batch.rows()];
    for plan in plans {
        for (flag, other) in flags.iter_mut().zip(select(plan, batch)) {
            *flag = if all { *flag & other } else { *flag | other };
        }
    }
    flags
}

/// Above it, doubles cannot represent every whole number.
const EXACT: u64 = 1 << 53;

/// One operation on a value of a column. Whole numbers wrap; so does [`i64::MIN`] / -1, which crashes Milvus 2.3.5.
#[inline]
fn arithmetic(sign: Sign, a: Cell<'_>, b: Cell<'_>) -> Cell<'static> {
    match (a, b) {
        (Cell::Int(a), Cell::Int(b)) => Cell::Int(match sign {
            Sign::Add => a.wrapping_add(b),
            Sign::Sub => a.wrapping_sub(b),
            Sign::Mul => a.wrapping_mul(b),
            Sign::Div => a.checked_div(b).unwrap_or(i64::MIN),
            _ if a.unsigned_abs() < EXACT && b.unsigned_abs() < EXACT => a.checked_rem(b).unwrap_or(0),
            // Milvus 2.3.5 takes the remainder of doubles (`fmod`), which rounds whole numbers beyond 2^53.
            _ => (a as f64 % b as f64) as i64,
        }),
        (Cell::Double(a), Cell::Double(b)) => Cell::Double(match sign {
            Sign::Add => a + b,
            Sign::Sub => a - b,
            Sign::Mul => a * b,
            _ => a / b,
        }),
        _ => Cell::Double(f64::NAN),
    }
}
