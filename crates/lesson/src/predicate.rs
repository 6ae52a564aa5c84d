//! Predicates: conditions that a lesson waits for. They are data, over events, counters and metrics of any world; a new
//! kind of event or a new metric needs no change here.
//!
//! In TOML, each is a table; its field decides its kind:
//! - `{ event = "killed", node = "leader" }`: this has happened. Every other field is one of the event's and has to
//!   be as given: a value, or bounds (`{ below, above, at_least, at_most, is, not }`). `during = {…}`: and this held
//!   then.
//! - `{ count = "op_end", status = "ok", at_least = 5 }`: this many such events.
//! - `{ sum = "rows", event = "write_lost", at_least = 1 }`: the sum of a field over such events.
//! - `{ meter = "rows.acknowledged", at_least = 1000 }`: a metric has this value now.
//! - `{ goal = "leader-killed" }`: this goal is met.
//! - `{ all = […] }`, `{ any = […] }`, `{ not = {…} }`.
//! - `{ never = {…}, for_us = 5000000 }`: this has not come true for this long.
//! - Any of them with `after = {…}`: only what comes after that counts; with `within_us = …`: and only if it comes true
//!   within this time after it (else after the goal opened).
//!
//! Guarantees: a parse error names the line. Leaves out: whether an event or a metric of that name exists, which
//! depends on the world (`course`), and watching (`evaluator`).

use super::fields::{Fault, Field, Fields};
use quorum_texts::tree::Value;
use quorum_types::Micros;

/// Maximum number of predicates in one goal.
pub const MOST_PARTS: usize = 64;

/// A condition that a lesson waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Such an event has happened.
    Event(Match),
    /// The required number of them.
    Count {
        /// Of which events.
        of: Match,
        /// How many.
        bound: Bound,
    },
    /// The sum of a field over such events.
    Sum {
        /// Which events.
        of: Match,
        /// Their field.
        field: String,
        /// How much.
        bound: Bound,
    },
    /// A metric has such a value.
    Metric {
        /// Its name.
        name: String,
        /// The required value.
        bound: Bound,
    },
    /// A goal of the lesson is met.
    Goal(String),
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// This has not come true for this long.
    Never {
        /// What.
        what: Box<Self>,
        /// For how long.
        for_us: Micros,
    },
    /// First this; only later events count.
    After {
        /// What comes first.
        first: Box<Self>,
        /// What counts then.
        then: Box<Self>,
    },
    /// It comes true within this time after it began to count.
    Within {
        /// What.
        what: Box<Self>,
        /// How soon.
        us: Micros,
    },
}

/// Which events are meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Their kind, such as `became_leader`.
    pub kind: String,
    /// The node: a number, `leader`, `acting:root_coord`, or a component such as `query_node`.
    pub node: Option<String>,
    /// Fields and their required values.
    pub fields: Vec<(String, Bound)>,
    /// The predicate that has to hold at that moment.
    pub during: Option<Box<Predicate>>,
}

/// The required value: all tests have to pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    /// The tests.
    pub tests: Vec<Test>,
}

/// A test of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Which.
    pub word: TestWord,
    /// Against what.
    pub want: Scalar,
}

/// The tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestWord {
    /// The same.
    Is,
    /// Another.
    Not,
    /// Less.
    Below,
    /// More.
    Above,
    /// No less.
    AtLeast,
    /// No more.
    AtMost,
}

impl TestWord {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Is, Self::Not, Self::Below, Self::Above, Self::AtLeast, Self::AtMost];

    /// Its name in manifests and snapshots.
    pub fn word(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::Not => "not",
            Self::Below => "below",
            Self::Above => "above",
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
        }
    }
}

/// A value of a field or a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A number; a list counts as its length.
    Number(i64),
    /// A text or a word.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

/// The same, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A number.
    Number(i64),
    /// A text.
    Text(&'a str),
    /// Yes or no.
    Bool(bool),
}

impl Test {
    /// Whether a value passes.
    pub fn passes(&self, found: Found<'_>) -> bool {
        let same = match (&self.want, found) {
            (Scalar::Number(want), Found::Number(have)) => *want == have,
            (Scalar::Text(want), Found::Text(have)) => want == have,
            (Scalar::Bool(want), Found::Bool(have)) => *want == have,
            // Metrics are numbers: true is 1.
            (Scalar::Bool(want), Found::Number(have)) => u8::from(*want) == u8::from(have != 0),
            _ => false,
        };
        let order = match (&self.want, found) {
            (Scalar::Number(want), Found::Number(have)) => Some(have.cmp(want)),
            _ => None,
        };
        match self.word {
            TestWord::Is => same,
            TestWord::Not => !same,
            TestWord::Below => order.is_some_and(core::cmp::Ordering::is_lt),
            TestWord::Above => order.is_some_and(core::cmp::Ordering::is_gt),
            TestWord::AtLeast => order.is_some_and(core::cmp::Ordering::is_ge),
            TestWord::AtMost => order.is_some_and(core::cmp::Ordering::is_le),
        }
    }
}

impl Bound {
    /// Bounds of one test.
    pub fn one(word: TestWord, want: Scalar) -> Self {
        Self { tests: vec![Test { word, want }] }
    }

    /// The first test that a value fails.
    pub fn fails(&self, found: Found<'_>) -> Option<&Test> {
        self.tests.iter().find(|test| !test.passes(found))
    }
}

impl Match {
    /// All events of a kind.
    pub fn of(kind: &str) -> Self {
        Self { kind: kind.to_owned(), node: None, fields: Vec::new(), during: None }
    }

    fn with(mut self, field: &str, word: TestWord, want: u64) -> Self {
        let want = Scalar::Number(i64::try_from(want).unwrap_or(i64::MAX));
        self.fields.push((field.to_owned(), Bound::one(word, want)));
        self
    }
}

impl Predicate {
    /// Reads a predicate: a table, or the word of a short form without a number.
    pub fn read(field: Field) -> Result<Self, Fault> {
        let when = match field.as_text().map(str::to_owned) {
            Some(word) => {
                let mut none = Fields::none(field.line());
                Self::short(&word, &mut none)
            }
            None => Self::table(field.table()?),
        }?;
        match when.parts() {
            parts if parts > MOST_PARTS => {
                Err(format!("a predicate of {parts} parts is too much; {MOST_PARTS} are allowed"))
            }
            _ => Ok(when),
        }
    }

    /// The predicates with a short form, for the most frequent goals.
    pub fn short(word: &str, fields: &mut Fields) -> Result<Self, Fault> {
        let mut whole = |name: &str| fields.field(name)?.whole();
        let number = |number: u64| Scalar::Number(i64::try_from(number).unwrap_or(i64::MAX));
        Ok(match word {
            "rows_acknowledged" => Self::Metric {
                name: "rows.acknowledged".to_owned(),
                bound: Bound::one(TestWord::AtLeast, number(whole("at_least")?)),
            },
            "query_returned" => {
                Self::Event(Match::of("queried").with("rows", TestWord::AtLeast, whole("at_least")?))
            }
            "recovered_mid_insert" => {
                let some = |field| Self::Event(Match::of("recovered").with(field, TestWord::Above, 0));
                Self::Any(vec![
                    some("unproven_rows"),
                    some("outstanding_rows"),
                    Self::event("recovered").after(Self::event("torn_tail")),
                ])
            }
            "leader_elected" => Self::event("became_leader"),
            "writes_acknowledged" => Self::Count {
                of: Match {
                    fields: vec![(
                        "status".to_owned(),
                        Bound::one(TestWord::Is, Scalar::Text("ok".to_owned())),
                    )],
                    ..Match::of("op_end")
                },
                bound: Bound::one(TestWord::AtLeast, number(whole("at_least")?)),
            },
            "leader_killed" => Self::Event(Match { node: Some("leader".to_owned()), ..Match::of("killed") }),
            "service_restored" => {
                let rto_us = whole("rto_below_ms")?.saturating_mul(1_000);
                let restored = Match::of("service_restored").with("rto_us", TestWord::Below, rto_us);
                Self::Event(restored.with("failed", TestWord::Below, whole("failed_below")?))
            }
            "no_majority" => Self::Metric {
                name: "majority".to_owned(),
                bound: Bound::one(TestWord::Is, Scalar::Bool(false)),
            },
            "power_cut_survived" => Self::event("became_leader").after(Self::Any(vec![
                Self::event("power_cut"),
                Self::Event(Match::of("opened").with("boot", TestWord::Above, 1)),
            ])),
            other => return Err(format!("line {}: there is no condition “{other}”", fields.line())),
        })
    }

    /// An event of this kind.
    pub fn event(kind: &str) -> Self {
        Self::Event(Match::of(kind))
    }

    fn after(self, first: Self) -> Self {
        Self::After { first: Box::new(first), then: Box::new(self) }
    }

    /// The number of predicates in it.
    pub fn parts(&self) -> usize {
        let mut parts = 0;
        self.visit(&mut |_| parts += 1);
        parts
    }

    /// Passes every part to `look`, the whole first.
    pub fn visit<'a>(&'a self, look: &mut dyn FnMut(&'a Self)) {
        look(self);
        match self {
            Self::All(list) | Self::Any(list) => list.iter().for_each(|part| part.visit(look)),
            Self::Not(what) | Self::Never { what, .. } | Self::Within { what, .. } => what.visit(look),
            Self::After { first, then } => {
                first.visit(look);
                then.visit(look);
            }
            Self::Event(of) | Self::Count { of, .. } | Self::Sum { of, .. } => {
                if let Some(during) = &of.during {
                    during.visit(look);
                }
            }
            Self::Metric { .. } | Self::Goal(_) => {}
        }
    }

    fn table(mut fields: Fields) -> Result<Self, Fault> {
        let after = fields.optional("after").map(Self::read).transpose()?;
        let within = fields.optional("within_us").map(Field::whole).transpose()?;
        let mut when = Self::plain(&mut fields)?;
        fields.end()?;
        if let Some(us) = within {
            when = Self::Within { what: Box::new(when), us };
        }
        Ok(match after {
            Some(first) => when.after(first),
            None => when,
        })
    }

    fn plain(fields: &mut Fields) -> Result<Self, Fault> {
        let line = fields.line();
        if let Some(name) = fields.optional("meter") {
            let name = name.text()?;
            return Ok(Self::Metric { name, bound: bounds(fields, line)? });
        }
        if let Some(goal) = fields.optional("goal") {
            return Ok(Self::Goal(goal.text()?));
        }
        if let Some(list) = fields.optional("all") {
            return Ok(Self::All(several(list)?));
        }
        if let Some(list) = fields.optional("any") {
            return Ok(Self::Any(several(list)?));
        }
        if let Some(what) = fields.optional("not") {
            return Ok(Self::Not(Box::new(Self::read(what)?)));
        }
        if let Some(what) = fields.optional("never") {
            let what = Box::new(Self::read(what)?);
            return Ok(Self::Never { what, for_us: fields.field("for_us")?.whole()? });
        }
        if let Some(kind) = fields.optional("count") {
            let kind = kind.text()?;
            let bound = bounds(fields, line)?;
            return Ok(Self::Count { of: matched(kind, fields)?, bound });
        }
        if let Some(field) = fields.optional("sum") {
            let (field, kind) = (field.text()?, fields.field("event")?.text()?);
            let bound = bounds(fields, line)?;
            return Ok(Self::Sum { of: matched(kind, fields)?, field, bound });
        }
        match fields.optional("event") {
            Some(kind) => Ok(Self::Event(matched(kind.text()?, fields)?)),
            None => Err(format!(
                "line {line}: this is no predicate; it has none of event, count, sum, meter, goal, all, any, not, never"
            )),
        }
    }
}

fn several(field: Field) -> Result<Vec<Predicate>, Fault> {
    let line = field.line();
    let list: Vec<Predicate> = field.list()?.into_iter().map(Predicate::read).collect::<Result<_, _>>()?;
    if list.is_empty() { Err(format!("line {line}: of what? the list is empty")) } else { Ok(list) }
}

/// The event pattern: every remaining field is a field of the event.
fn matched(kind: String, fields: &mut Fields) -> Result<Match, Fault> {
    let mut of = Match::of(&kind);
    of.during = fields.optional("during").map(Predicate::read).transpose()?.map(Box::new);
    if let Some(node) = fields.optional("node") {
        of.node = Some(match node.as_text().map(str::to_owned) {
            Some(word) => word,
            None => node.whole()?.to_string(),
        });
    }
    for (name, field) in fields.take() {
        let line = field.line();
        let bound = match field.as_text() {
            Some(text) => Bound::one(TestWord::Is, Scalar::Text(text.to_owned())),
            None if field.is_table() => {
                let mut inner = field.table()?;
                let bound = bounds(&mut inner, line)?;
                inner.end()?;
                bound
            }
            None => Bound::one(TestWord::Is, scalar(field)?),
        };
        of.fields.push((name, bound));
    }
    Ok(of)
}

/// Bounds, from the fields with the names of tests.
fn bounds(fields: &mut Fields, line: usize) -> Result<Bound, Fault> {
    let mut bound = Bound::default();
    for word in TestWord::ALL {
        if let Some(field) = fields.optional(word.word()) {
            let want = match word {
                TestWord::Is | TestWord::Not => scalar(field)?,
                _ => Scalar::Number(field.signed()?),
            };
            bound.tests.push(Test { word, want });
        }
    }
    if bound.tests.is_empty() {
        return Err(format!("line {line}: how much? say below, above, at_least, at_most, is or not"));
    }
    Ok(bound)
}

fn scalar(field: Field) -> Result<Scalar, Fault> {
    let line = field.line();
    match field.node().value {
        Value::Text(text) => Ok(Scalar::Text(text)),
        Value::Bool(yes) => Ok(Scalar::Bool(yes)),
        Value::Integer(digits) => match digits.parse() {
            Ok(number) => Ok(Scalar::Number(number)),
            Err(_) => Err(format!("line {line}: {digits} is too large")),
        },
        _ => Err(format!("line {line}: a text, a whole number, true or false is wanted")),
    }
}
