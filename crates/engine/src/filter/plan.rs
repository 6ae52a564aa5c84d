//! The planner: from a filter's syntax tree to its plan. Resolves fields, folds constants, checks types.
//!
//! Guarantees: filters that Milvus 2.3.5 refuses are refused (by its Go planner's rules, in the order of the grammar),
//! and so are those that it accepts only to crash or to answer wrongly; a plan can be evaluated over any batch of its
//! schema. Leaves out: simplification. A filter is evaluated as it is written.

use std::cmp::Ordering;

use quorum_types::sort::sort_by;

use super::lex::Sign;
use super::order::order;
use super::parse::{Fault, Kind, Node};
use crate::schema::{FieldType, Schema, Value};

/// A plan to find the rows that satisfy a filter. Column numbers are those of the schema's fields.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plan {
    /// A column compared with a constant of its own type.
    Compare(usize, Test, Value),
    /// A column compared with another.
    Fields(usize, Test, usize),
    /// A column, after one operation with a constant of its own type, compared with a constant.
    Arithmetic(usize, Sign, Value, Test, Value),
    /// A column whose value is in a sorted list of its own type.
    In(usize, Vec<Value>),
    /// A text column with this prefix.
    Prefix(usize, String),
    /// Negation.
    Not(Box<Plan>),
    /// Conjunction.
    All(Vec<Plan>),
    /// Disjunction.
    Any(Vec<Plan>),
}

/// A comparison: which orders satisfy it. NaN has no order and satisfies `!=` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) less: bool,
    pub(super) equal: bool,
    pub(super) more: bool,
}

impl Test {
    pub(super) const EQUAL: Self = Self { less: false, equal: true, more: false };

    fn of(sign: Sign) -> Option<Self> {
        let (less, equal, more) = match sign {
            Sign::Less => (true, false, false),
            Sign::AtMost => (true, true, false),
            Sign::Equal => (false, true, false),
            Sign::AtLeast => (false, true, true),
            Sign::More => (false, false, true),
            Sign::Unequal => (true, false, true),
            _ => return None,
        };
        Some(Self { less, equal, more })
    }

    fn reversed(self) -> Self {
        Self { less: self.more, more: self.less, ..self }
    }

    /// Whether it is `==` or `!=`.
    fn is_equality(self) -> bool {
        self.less == self.more
    }

    pub(super) fn holds(self, order: Option<Ordering>) -> bool {
        match order {
            Some(Ordering::Less) => self.less,
            Some(Ordering::Equal) => self.equal,
            Some(Ordering::Greater) => self.more,
            None => self.less && self.more,
        }
    }
}

/// The result of planning a node.
enum Part {
    Constant(Value),
    Field(usize),
    /// A field, an operation and a constant of the field's type.
    Arithmetic(usize, Sign, Value),
    Predicate(Plan),
}

/// The plan of a filter.
pub(super) fn plan(tree: &Node<'_>, schema: &Schema) -> Result<Plan, Fault> {
    let (what, hint) = match (Planner { schema }).part(tree)? {
        Part::Predicate(plan) => return Ok(plan),
        // `1 < 2` passes Milvus's planner; its executor then refuses the constant.
        Part::Constant(_) => ("a constant", "a filter has to ask for a field"),
        Part::Field(_) => ("a field alone", "compare it, as in b == true"),
        Part::Arithmetic(..) => ("arithmetic alone", "compare it with == or !="),
    };
    Err((tree.at, format!("predicate is not a boolean expression: it is {what}; {hint}")))
}

struct Planner<'a> {
    schema: &'a Schema,
}

impl Planner<'_> {
    fn part(&self, node: &Node<'_>) -> Result<Part, Fault> {
        match &node.kind {
            Kind::Constant(value) => Ok(Part::Constant(value.clone())),
            Kind::Field(name) => self.field(node.at, name).map(Part::Field),
            Kind::Unary(sign, inner) => self.unary(*sign, inner),
            Kind::Join(sign, parts) => self.join(*sign, parts),
            Kind::Like(inner, pattern) => self.like(inner, pattern),
            Kind::In(wanted, inner, list) => self.list(*wanted, inner, list),
            Kind::Range(parts, signs) => self.range(parts, *signs),
            Kind::Binary(sign, operands) => match Test::of(*sign) {
                Some(test) => self.compare(test, operands),
                None => self.arithmetic(*sign, operands),
            },
        }
    }

    fn field(&self, at: usize, name: &str) -> Result<usize, Fault> {
        let column = self.schema.find(name).ok_or_else(|| (at, format!("there is no field “{name}”")))?;
        if matches!(self.kind(column), FieldType::FloatVector { .. }) {
            return Err((at, format!("field “{name}” is a vector; a filter asks for other fields")));
        }
        Ok(column)
    }

    fn kind(&self, column: usize) -> FieldType {
        self.schema.fields()[column].kind
    }

    /// Converts a constant to a column's type: whole numbers convert to doubles, but not the other way round.
    fn cast(&self, at: usize, column: usize, value: Value) -> Result<Value, Fault> {
        match (self.kind(column), value) {
            (FieldType::Int64, value @ Value::Int(_))
            | (FieldType::Double, value @ Value::Double(_))
            | (FieldType::Bool, value @ Value::Bool(_))
            | (FieldType::VarChar { .. }, value @ Value::Text(_)) => Ok(value),
            (FieldType::Double, Value::Int(number)) => Ok(Value::Double(number as f64)),
            (kind, value) => {
                let name = &self.schema.fields()[column].name;
                Err((at, format!("field “{name}” is {}, and this constant is {}", kind.word(), word(&value))))
            }
        }
    }

    fn constant(&self, node: &Node<'_>) -> Result<Value, Fault> {
        match self.part(node)? {
            Part::Constant(value) => Ok(value),
            _ => Err((node.at, "expected a constant".to_owned())),
        }
    }

    fn unary(&self, sign: Sign, inner: &Node<'_>) -> Result<Part, Fault> {
        let fault = |what: &str| Err((inner.at, what.to_owned()));
        match (sign, self.part(inner)?) {
            // As in Milvus, + is allowed before anything.
            (Sign::Add, part) => Ok(part),
            (Sign::Sub, Part::Constant(Value::Int(number))) => {
                Ok(Part::Constant(Value::Int(number.wrapping_neg())))
            }
            (Sign::Sub, Part::Constant(Value::Double(number))) => Ok(Part::Constant(Value::Double(-number))),
            (Sign::Sub, _) => fault("- stands only before numbers"),
            (Sign::Not, Part::Constant(Value::Bool(flag))) => Ok(Part::Constant(Value::Bool(!flag))),
            (Sign::Not, Part::Predicate(plan)) => Ok(Part::Predicate(Plan::Not(Box::new(plan)))),
            (Sign::Not, _) => fault(
                "not can only be applied on boolean expression; it binds tighter than a comparison: not (n > 3)",
            ),
            _ => fault("operators on bits are not supported"),
        }
    }

    fn join(&self, sign: Sign, nodes: &[Node<'_>]) -> Result<Part, Fault> {
        let mut plans = Vec::with_capacity(nodes.len());
        let mut constants = Vec::new();
        for node in nodes {
            match self.part(node)? {
                Part::Predicate(plan) if constants.is_empty() => plans.push(plan),
                Part::Constant(Value::Bool(flag)) if plans.is_empty() => constants.push(flag),
                _ => {
                    let what =
                        "and and or can only be used between boolean expressions; compare, as in b == true";
                    return Err((node.at, what.to_owned()));
                }
            }
        }
        Ok(match (sign, plans.is_empty()) {
            (Sign::And, true) => Part::Constant(Value::Bool(constants.iter().all(|flag| *flag))),
            (_, true) => Part::Constant(Value::Bool(constants.contains(&true))),
            (Sign::And, false) => Part::Predicate(Plan::All(plans)),
            (_, false) => Part::Predicate(Plan::Any(plans)),
        })
    }

    /// Patterns as in Milvus 2.3.5: any number of `%` at the end and none elsewhere. A `\` before a `%` makes it an
    /// ordinary character and stays in the search text (a quirk of 2.3.5).
    fn like(&self, inner: &Node<'_>, pattern: &str) -> Result<Part, Fault> {
        let column = match self.part(inner)? {
            Part::Field(column) if matches!(self.kind(column), FieldType::VarChar { .. }) => column,
            _ => return Err((inner.at, "like takes a varchar field".to_owned())),
        };
        let mut prefix = pattern;
        while prefix.ends_with('%') && !prefix.ends_with("\\%") {
            prefix = &prefix[..prefix.len() - 1];
        }
        if prefix.replace("\\%", "").contains('%') {
            let what = format!("unsupported pattern “{pattern}”: only text and text% are supported");
            return Err((inner.at, what));
        }
        Ok(Part::Predicate(if prefix.len() == pattern.len() && !pattern.is_empty() {
            Plan::Compare(column, Test::EQUAL, Value::Text(pattern.to_owned()))
        } else {
            Plan::Prefix(column, prefix.to_owned())
        }))
    }

    fn list(&self, wanted: bool, inner: &Node<'_>, list: &[Node<'_>]) -> Result<Part, Fault> {
        let Part::Field(column) = self.part(inner)? else {
            return Err((inner.at, "in can only be used on a single field".to_owned()));
        };
        let mut values = Vec::with_capacity(list.len());
        for node in list {
            values.push(self.cast(node.at, column, self.constant(node)?)?);
        }
        // NaN is equal to nothing; the rest is ordered.
        values.retain(|value| order(value.into(), value.into()).is_some());
        sort_by(&mut values, |a, b| order(a.into(), b.into()).unwrap_or(Ordering::Equal));
        values.dedup();
        let plan = Plan::In(column, values);
        Ok(Part::Predicate(if wanted { plan } else { Plan::Not(Box::new(plan)) }))
    }

    fn range(&self, parts: &[Node<'_>; 3], signs: [Sign; 2]) -> Result<Part, Fault> {
        let [first, field, last] = parts;
        let Part::Field(column) = self.part(field)? else {
            return Err((field.at, "a range is of a single field".to_owned()));
        };
        if self.kind(column) == FieldType::Bool {
            return Err((field.at, "invalid range operations on a bool field".to_owned()));
        }
        let mut plans = Vec::with_capacity(2);
        for (node, sign, from_left) in [(first, signs[0], true), (last, signs[1], false)] {
            let value = self.cast(node.at, column, self.constant(node)?)?;
            let test = Test::of(sign).unwrap_or(Test::EQUAL);
            plans.push(Plan::Compare(column, if from_left { test.reversed() } else { test }, value));
        }
        Ok(Part::Predicate(Plan::All(plans)))
    }

    fn compare(&self, test: Test, operands: &[Node<'_>; 2]) -> Result<Part, Fault> {
        let [mut left, mut right] = [&operands[0], &operands[1]];
        let mut parts = (self.part(left)?, self.part(right)?);
        let mut test = test;
        if let (Part::Constant(a), Part::Constant(b)) = &parts {
            return match (a, b) {
                (Value::Bool(_), Value::Bool(_)) if !test.is_equality() => {
                    Err((left.at, "true and false have no order".to_owned()))
                }
                _ if class(a) == class(b) => {
                    Ok(Part::Constant(Value::Bool(test.holds(order(a.into(), b.into())))))
                }
                _ => Err((left.at, format!("{} is never compared with {}", word(a), word(b)))),
            };
        }
        if matches!(parts.0, Part::Constant(_)) {
            test = test.reversed();
            (left, right) = (right, left);
            parts = (parts.1, parts.0);
        }
        Ok(Part::Predicate(match parts {
            (Part::Field(column), Part::Constant(value)) => {
                Plan::Compare(column, test, self.cast(right.at, column, value)?)
            }
            (Part::Field(one), Part::Field(other)) => {
                let class = |column| match self.kind(column) {
                    FieldType::Int64 | FieldType::Double => 0,
                    FieldType::Bool => 1,
                    _ => 2,
                };
                if class(one) != class(other) {
                    let (a, b) = (self.kind(one).word(), self.kind(other).word());
                    return Err((left.at, format!("{a} is never compared with {b}")));
                }
                Plan::Fields(one, test, other)
            }
            (Part::Arithmetic(column, sign, operand), Part::Constant(value)) => {
                if !test.is_equality() {
                    let what = "arithmetic on a field is compared with == or != only";
                    return Err((left.at, what.to_owned()));
                }
                Plan::Arithmetic(column, sign, operand, test, self.cast(right.at, column, value)?)
            }
            (Part::Predicate(_), _) | (_, Part::Predicate(_)) => {
                let what = "a comparison is not compared again; use parentheses, and, or";
                return Err((left.at, what.to_owned()));
            }
            _ => return Err((left.at, "arithmetic on a field is compared with a constant only".to_owned())),
        }))
    }

    fn arithmetic(&self, sign: Sign, operands: &[Node<'_>; 2]) -> Result<Part, Fault> {
        let [left, right] = operands;
        let at = left.at;
        let fault = |what: &str| Err((at, what.to_owned()));
        if !matches!(sign, Sign::Add | Sign::Sub | Sign::Mul | Sign::Div | Sign::Mod | Sign::Power) {
            return fault("operators on bits are not supported");
        }
        let (column, operand, operand_at) = match (self.part(left)?, self.part(right)?) {
            (Part::Constant(a), Part::Constant(b)) => {
                return fold(sign, &a, &b).map(Part::Constant).map_err(|what| (at, what.to_owned()));
            }
            (Part::Predicate(_), _) | (_, Part::Predicate(_)) => {
                return fault("arithmetic is between numbers, and this is a comparison");
            }
            _ if sign == Sign::Power => return fault("** can only be applied on constants"),
            (Part::Field(column), Part::Constant(operand)) => (column, operand, right.at),
            (Part::Constant(operand), Part::Field(column)) if matches!(sign, Sign::Add | Sign::Mul) => {
                (column, operand, at)
            }
            (Part::Constant(_), Part::Field(_)) => return fault("a field stands to the left of - / %"),
            (Part::Field(_), Part::Field(_)) => return fault("arithmetic between fields is not supported"),
            _ => return fault("only one operation on a field is supported"),
        };
        match (self.kind(column), &operand, sign) {
            (FieldType::Int64, Value::Int(0), Sign::Div) => {
                Err((operand_at, "division by zero kills Milvus 2.3.5; refused here".to_owned()))
            }
            (FieldType::Int64, Value::Int(0), Sign::Mod) => {
                Err((operand_at, "the remainder of a division by zero; refused here".to_owned()))
            }
            (FieldType::Int64, Value::Double(_), _) => {
                let what = "arithmetic of an int64 field with a fraction: Milvus 2.3.5 answers wrongly; refused here";
                Err((operand_at, what.to_owned()))
            }
            (FieldType::Double, Value::Int(_) | Value::Double(_), Sign::Mod) => {
                fault("modulo can only apply on integer types")
            }
            (FieldType::Int64 | FieldType::Double, ..) => {
                Ok(Part::Arithmetic(column, sign, self.cast(operand_at, column, operand)?))
            }
            _ => fault("arithmetic is between numbers"),
        }
    }
}

/// Arithmetic on constants as in Go: whole numbers wrap and divide towards zero, `**` makes a double.
fn fold(sign: Sign, a: &Value, b: &Value) -> Result<Value, &'static str> {
    let number = |value: &Value| match value {
        Value::Int(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        _ => None,
    };
    let (Some(x), Some(y)) = (number(a), number(b)) else { return Err("arithmetic is between numbers") };
    if matches!(sign, Sign::Div | Sign::Mod) && y == 0.0 {
        return Err("division by zero");
    }
    Ok(match (sign, a, b) {
        (Sign::Power, ..) => Value::Double(x.powf(y)),
        (_, Value::Int(a), Value::Int(b)) => Value::Int(match sign {
            Sign::Add => a.wrapping_add(*b),
            Sign::Sub => a.wrapping_sub(*b),
            Sign::Mul => a.wrapping_mul(*b),
            Sign::Div => a.wrapping_div(*b),
            _ => a.wrapping_rem(*b),
        }),
        (Sign::Add, ..) => Value::Double(x + y),
        (Sign::Sub, ..) => Value::Double(x - y),
        (Sign::Mul, ..) => Value::Double(x * y),
        (Sign::Div, ..) => Value::Double(x / y),
        _ => return Err("modulo can only apply on integer types"),
    })
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Double(_) => "double",
        Value::Text(_) => "varchar",
        Value::Vector(_) => "float_vector",
    }
}

/// Whether two constants are of one class and can be compared.
fn class(value: &Value) -> u8 {
    match value {
        Value::Int(_) | Value::Double(_) => 0,
        Value::Bool(_) => 1,
        Value::Text(_) => 2,
        Value::Vector(_) => 3,
    }
}
