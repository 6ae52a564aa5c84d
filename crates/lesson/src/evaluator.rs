//! Evaluates a predicate during a run, and reports what it still lacks.
//!
//! An event predicate holds from the event on. A metric predicate holds only while the metric has the value. `never`
//! restarts its time whenever its condition comes true. Guarantees: nothing counts that happened before the watch
//! began; an event costs one comparison of its kind unless a predicate waits for that kind. Leaves out: goals
//! (`grade`).

use super::field_visitor::{self, ByName};
use super::predicate::{Found, Match, Predicate, Scalar, Test, TestWord};
use quorum_sim::event::{Event, RaftEvent, Topic, Topical};
use quorum_types::{Micros, NodeId};

/// The state of a world that a grader can read, besides its events.
pub trait MetricSource {
    /// A metric by name; `None` if the world has no such metric, or no value yet.
    fn metric(&self, name: &str) -> Option<i64>;

    /// Whether a fixed name such as `query_node` refers to this node.
    fn is_called(&self, node: NodeId, word: &str) -> bool;
}

/// An event of any world, as goals see it.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Virtual time at which it happened.
    pub t_us: Micros,
    /// The node it happened on.
    pub node: Option<NodeId>,
    /// Its kind and fields by name.
    pub kind: &'a dyn ByName,
    /// Its topic.
    pub topic: Topic<'a>,
}

impl<'a, K: Topical + ByName> From<&'a Event<K>> for Seen<'a> {
    fn from(event: &'a Event<K>) -> Self {
        Self { t_us: event.t_us, node: event.node, kind: &event.kind, topic: event.kind.topic() }
    }
}

/// The leader and the active components, from the events: at an event, those before it.
#[derive(Clone, Debug, Default)]
pub struct RoleBindings {
    leader: Option<NodeId>,
    acting: Vec<(String, NodeId)>,
}

impl RoleBindings {
    /// Processes an event.
    pub fn observe(&mut self, event: Seen<'_>) {
        let Some(node) = event.node else { return };
        match event.topic {
            Topic::Raft(RaftEvent::BecameLeader { .. }) => self.leader = Some(node),
            Topic::Other => {
                if let Some(role) = taken(event.kind) {
                    match self.acting.iter_mut().find(|(known, _)| *known == role) {
                        Some((_, acting)) => *acting = node,
                        None => self.acting.push((role, node)),
                    }
                }
            }
            _ => {}
        }
    }

    fn is(&self, node: NodeId, word: &str, metrics: &dyn MetricSource) -> bool {
        match word {
            "leader" => self.leader == Some(node),
            "follower" => self.leader.is_some_and(|leader| leader != node),
            _ => match (word.parse::<NodeId>(), word.strip_prefix("acting:")) {
                (Ok(number), _) => node == number,
                (_, Some(role)) => self.acting.iter().any(|(known, acting)| known == role && *acting == node),
                _ => metrics.is_called(node, word),
            },
        }
    }
}

/// The moment of the evaluation: after an event, or between two.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// Virtual time.
    pub t_us: Micros,
    /// The event, if it is of a kind that a predicate may wait for.
    pub event: Option<Seen<'a>>,
    /// Who led and acted before it.
    pub roles: &'a RoleBindings,
    /// The world.
    pub metrics: &'a dyn MetricSource,
    /// The goals that are met.
    pub met: &'a [&'static str],
}

/// A predicate being watched.
#[derive(Clone, Debug)]
pub struct Watch {
    when: &'static Predicate,
    since: Micros,
    /// For an event: whether it has happened. For `after`: whether the first part has come true. For `within_us`:
    /// whether it came true in time.
    seen: bool,
    /// For a count or a sum, its value so far; for a metric, its last value.
    amount: Option<i64>,
    /// For an event: why the last one of its kind did not match.
    near_miss: Option<NearMiss>,
    /// For an event on a node: the node of the last one of its kind, if that was another.
    elsewhere: Option<NodeId>,
    parts: Vec<Self>,
}

/// Why an event of the kind did not count.
#[derive(Clone, Debug)]
struct NearMiss {
    field: String,
    test: &'static Test,
    have: Option<i64>,
}

/// What is missing, as data; the page has a message for each `word`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// `event`, `count`, `sum`, `meter`, `goal`, `not`, `never` or `late`.
    pub word: &'static str,
    /// The event's kind, the metric's or the goal's name.
    pub name: String,
    /// The required node, if one is named.
    pub node: Option<String>,
    /// The field that did not match in the last such event; `node` if it was on another node, which is then `have`.
    pub field: Option<String>,
    /// The comparison for the value: `is`, `below` and so on.
    pub test: Option<&'static str>,
    /// What it is.
    pub have: Option<i64>,
    /// The required value, if a number.
    pub want: Option<i64>,
    /// The required value, if a word; without a `field`, the word that tells the events that count from others.
    pub want_text: Option<String>,
}

impl Watch {
    /// Starts watching at this moment.
    pub fn new(when: &'static Predicate, now: Micros) -> Self {
        let parts = match when {
            Predicate::All(list) | Predicate::Any(list) => {
                list.iter().map(|part| Self::new(part, now)).collect()
            }
            Predicate::Not(what) | Predicate::Never { what, .. } | Predicate::Within { what, .. } => {
                vec![Self::new(what, now)]
            }
            Predicate::After { first, then } => vec![Self::new(first, now), Self::new(then, now)],
            Predicate::Event(of) | Predicate::Count { of, .. } | Predicate::Sum { of, .. } => {
                of.during.iter().map(|during| Self::new(during, now)).collect()
            }
            Predicate::Metric { .. } | Predicate::Goal(_) => Vec::new(),
        };
        let amount = matches!(when, Predicate::Count { .. } | Predicate::Sum { .. }).then_some(0);
        Self { when, since: now, seen: false, amount, near_miss: None, elsewhere: None, parts }
    }

    /// Evaluates a moment; returns whether the predicate holds.
    pub fn see(&mut self, now: Now<'_>) -> bool {
        match self.when {
            Predicate::Event(of) => {
                self.seen |= self.matches(of, now);
                self.seen
            }
            Predicate::Count { of, bound } => {
                if self.matches(of, now) {
                    self.amount = self.amount.map(|count| count + 1);
                }
                self.amount.is_some_and(|count| bound.fails(Found::Number(count)).is_none())
            }
            Predicate::Sum { of, field, bound } => {
                if self.matches(of, now)
                    && let (Some(event), Some(sum)) = (now.event, self.amount)
                {
                    self.amount = Some(sum.saturating_add(number(event, field)));
                }
                self.amount.is_some_and(|sum| bound.fails(Found::Number(sum)).is_none())
            }
            Predicate::Metric { name, bound } => {
                self.amount = now.metrics.metric(name);
                self.amount.is_some_and(|value| bound.fails(Found::Number(value)).is_none())
            }
            Predicate::Goal(id) => now.met.contains(&id.as_str()),
            // Every part has to see it, regardless of the results of the others.
            Predicate::All(_) => {
                self.parts.iter_mut().filter_map(|part| (!part.see(now)).then_some(())).count() == 0
            }
            Predicate::Any(_) => {
                self.parts.iter_mut().filter_map(|part| part.see(now).then_some(())).count() > 0
            }
            Predicate::Not(_) => !self.parts[0].see(now),
            Predicate::Never { for_us, .. } => {
                if self.parts[0].see(now) {
                    self.since = now.t_us;
                    self.parts[0].begin(now.t_us);
                }
                now.t_us - self.since >= *for_us
            }
            Predicate::After { .. } => self.see_after(now),
            Predicate::Within { us, .. } => {
                if !self.seen && now.t_us - self.since <= *us {
                    self.seen = self.parts[0].see(now);
                }
                self.seen
            }
        }
    }

    fn see_after(&mut self, now: Now<'_>) -> bool {
        // What was too late may be in time after the next start.
        if self.seen && self.parts[1].is_late(now.t_us) {
            self.seen = false;
            self.parts[0].begin(now.t_us);
        }
        if self.seen {
            return self.parts[1].see(now);
        }
        if self.parts[0].see(now) {
            self.seen = true;
            self.parts[1].begin(now.t_us);
        }
        false
    }

    fn is_late(&self, now: Micros) -> bool {
        matches!(self.when, Predicate::Within { us, .. } if !self.seen && now - self.since > *us)
    }

    /// Restarts.
    fn begin(&mut self, now: Micros) {
        *self = Self::new(self.when, now);
    }

    /// Whether the moment's event is one of these.
    fn matches(&mut self, of: &'static Match, now: Now<'_>) -> bool {
        // The `during` predicate is evaluated at every moment.
        let during = self.parts.first_mut().is_none_or(|during| during.see(now));
        let Some(event) = now.event else { return false };
        if !during || !field_visitor::tag(event.kind, |kind| kind == of.kind) {
            return false;
        }
        if let Some(word) = &of.node {
            match event.node {
                Some(node) if now.roles.is(node, word, now.metrics) => self.elsewhere = None,
                other => {
                    self.elsewhere = other;
                    return false;
                }
            }
        }
        self.near_miss = if of.fields.is_empty() { None } else { wrong(event, of) };
        self.near_miss.is_none()
    }

    /// The kinds of events that it waits for, and whether it has to be evaluated between events too.
    pub fn interests(&self, kinds: &mut Vec<&'static str>, levels: &mut bool) {
        self.when.visit(&mut |part| match part {
            Predicate::Event(of) | Predicate::Count { of, .. } | Predicate::Sum { of, .. } => {
                if !kinds.contains(&of.kind.as_str()) {
                    kinds.push(&of.kind);
                }
            }
            Predicate::Metric { .. } | Predicate::Goal(_) | Predicate::Not(_) | Predicate::Never { .. } => {
                *levels = true
            }
            Predicate::All(_) | Predicate::Any(_) | Predicate::After { .. } | Predicate::Within { .. } => {}
        });
    }

    /// What is missing.
    pub fn lacks(&self, now: Now<'_>, out: &mut Vec<Missing>) {
        match self.when {
            Predicate::Event(of) if !self.seen => out.push(self.lacks_event(of)),
            Predicate::Event(_) => {}
            Predicate::Count { of, bound } | Predicate::Sum { of, bound, .. } => {
                let word = if matches!(self.when, Predicate::Sum { .. }) { "sum" } else { "count" };
                let have = self.amount.unwrap_or(0);
                out.extend(bound.fails(Found::Number(have)).map(|test| Missing {
                    node: of.node.clone(),
                    want_text: word_of(of),
                    ..lack(word, &of.kind, Some(test), Some(have))
                }));
            }
            Predicate::Metric { name, bound } => match now.metrics.metric(name) {
                Some(have) => out.extend(
                    bound.fails(Found::Number(have)).map(|test| lack("meter", name, Some(test), Some(have))),
                ),
                None => out.push(lack("meter", name, bound.tests.first(), None)),
            },
            Predicate::Goal(id) if !now.met.contains(&id.as_str()) => out.push(lack("goal", id, None, None)),
            Predicate::Goal(_) => {}
            Predicate::All(_) => self.parts.iter().for_each(|part| part.lacks(now, out)),
            // Of several alternatives the first is named.
            Predicate::Any(_) => {
                let mut first = Vec::new();
                for part in &self.parts {
                    let mut lacks = Vec::new();
                    part.lacks(now, &mut lacks);
                    if lacks.is_empty() {
                        return;
                    }
                    if first.is_empty() {
                        first = lacks;
                    }
                }
                out.append(&mut first);
            }
            Predicate::Not(what) => {
                let mut lacks = Vec::new();
                self.parts[0].lacks(now, &mut lacks);
                if lacks.is_empty() {
                    out.push(lack_of("not", what));
                }
            }
            Predicate::Never { what, for_us } => {
                let (have, want) = (now.t_us.saturating_sub(self.since), *for_us);
                if have < want {
                    out.push(Missing {
                        have: Some(have as i64),
                        want: Some(want as i64),
                        ..lack_of("never", what)
                    });
                }
            }
            Predicate::After { .. } => self.parts[usize::from(self.seen)].lacks(now, out),
            Predicate::Within { what, us } if self.is_late(now.t_us) => {
                out.push(Missing { want: Some(*us as i64), ..lack_of("late", what) });
            }
            Predicate::Within { .. } if !self.seen => self.parts[0].lacks(now, out),
            Predicate::Within { .. } => {}
        }
    }

    fn lacks_event(&self, of: &Match) -> Missing {
        let mut lack = match &self.near_miss {
            Some(near_miss) => Missing {
                field: Some(near_miss.field.clone()),
                ..lack("event", &of.kind, Some(near_miss.test), near_miss.have)
            },
            None => Missing {
                field: self.elsewhere.map(|_| "node".to_owned()),
                want_text: word_of(of),
                ..lack("event", &of.kind, None, self.elsewhere.map(i64::from))
            },
        };
        lack.node.clone_from(&of.node);
        lack
    }
}

fn lack(word: &'static str, name: &str, test: Option<&Test>, have: Option<i64>) -> Missing {
    let (want, want_text) = match test.map(|test| &test.want) {
        Some(Scalar::Number(want)) => (Some(*want), None),
        Some(Scalar::Bool(want)) => (Some(i64::from(*want)), None),
        Some(Scalar::Text(want)) => (None, Some(want.clone())),
        None => (None, None),
    };
    Missing {
        word,
        name: name.to_owned(),
        test: test.map(|test| test.word.word()),
        have,
        want,
        want_text,
        ..Missing::default()
    }
}

/// What is missing because of a part: the first name in it, and its word.
fn lack_of(word: &'static str, part: &Predicate) -> Missing {
    let mut first = None;
    part.visit(&mut |part| {
        let found = match part {
            Predicate::Event(of) | Predicate::Count { of, .. } | Predicate::Sum { of, .. } => {
                (&of.kind, word_of(of))
            }
            Predicate::Metric { name, .. } | Predicate::Goal(name) => (name, None),
            _ => return,
        };
        first.get_or_insert(found);
    });
    let (name, want_text) = first.map(|(name, word)| (name.clone(), word)).unwrap_or_default();
    Missing { want_text, ..lack(word, &name, None, None) }
}

/// The word by which these events differ from others of their kind, such as the status of a request.
fn word_of(of: &Match) -> Option<String> {
    of.fields.iter().flat_map(|(_, bound)| &bound.tests).find_map(|test| match (&test.want, test.word) {
        (Scalar::Text(word), TestWord::Is) => Some(word.clone()),
        _ => None,
    })
}

/// The role that a node took in an event.
fn taken(event: &dyn ByName) -> Option<String> {
    let mut takes = false;
    let mut taken = None;
    event.fields(&mut |name, found| match (name, found) {
        ("kind", Found::Text(kind)) => {
            takes = kind == "role_taken";
            takes
        }
        ("role", Found::Text(role)) => {
            taken = Some(role.to_owned());
            false
        }
        _ => takes,
    });
    taken
}

/// A field of an event as a number; 0 if it is not one.
fn number(event: Seen<'_>, field: &str) -> i64 {
    let mut value = 0;
    event.kind.fields(&mut |name, found| match found {
        Found::Number(number) if name == field => {
            value = number;
            false
        }
        _ => true,
    });
    value
}

/// The first field of an event that does not match; a missing field does not match.
fn wrong(event: Seen<'_>, of: &'static Match) -> Option<NearMiss> {
    let mut left = of.fields.len();
    let mut near_miss: Option<NearMiss> = None;
    event.kind.fields(&mut |name, found| {
        for (_, bound) in of.fields.iter().filter(|(field, _)| field == name) {
            left -= 1;
            if let Some(test) = bound.fails(found) {
                let have = match found {
                    Found::Number(number) => Some(number),
                    Found::Bool(yes) => Some(i64::from(yes)),
                    Found::Text(_) => None,
                };
                near_miss = Some(NearMiss { field: name.to_owned(), test, have });
            }
        }
        near_miss.is_none() && left > 0
    });
    if near_miss.is_none()
        && left > 0
        && let Some((field, bound)) = of.fields.first()
        && let Some(test) = bound.tests.first()
    {
        near_miss = Some(NearMiss { field: field.clone(), test, have: None });
    }
    near_miss
}

impl Missing {
    /// Current and required value, if it is a number that has to grow.
    pub fn progress(&self) -> Option<(u64, u64)> {
        let grows = self.test == Some(TestWord::AtLeast.word()) && self.word != "event";
        match (self.have, self.want) {
            (Some(have), Some(want)) if grows => Some((have.max(0) as u64, want.max(0) as u64)),
            _ => None,
        }
    }
}
