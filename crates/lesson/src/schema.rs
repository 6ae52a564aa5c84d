//! What a lesson consists of: its steps, goals, choices, actions, solutions and texts.
//!
//! Guarantees: plain data. Leaves out: reading it from a manifest (`manifest`, `schema_parser`) and from language files
//! (`text`).

pub use super::predicate::Predicate as Condition;
use super::predicate::Predicate;
use litemap::LiteMap;
use quorum_texts::tree::{Node, Value};
use quorum_types::Micros;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The name of the goal of a run that refutes an answer.
pub const SHOWS: &str = "shows";

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// Its name in addresses, such as `kill-the-leader`.
    pub slug: String,
    /// Minutes it takes.
    pub minutes: u32,
    /// Which track of the course: 1 to 4.
    pub track: u32,
    /// `standalone`, `replica-set:N`, `milvus:…` and so on.
    pub topology: String,
    /// The initial seed unless the address names one.
    pub seed: u64,
    /// The initial pace, in virtual seconds per second.
    pub speed: f64,
    /// Settings that differ from the simulation's defaults, by name.
    pub settings: BTreeMap<String, u64>,
    /// Its steps.
    pub steps: Vec<StepSpec>,
    /// Its kinds of steps, actions, solutions and the other fields that the course requires.
    pub course: Course,
    /// Its texts by language, as far as they are loaded.
    pub(super) texts: [OnceLock<LessonText>; 2],
}

/// A step: its actions and its goals.
#[derive(Clone, Debug, PartialEq)]
pub struct StepSpec {
    /// Its name within the lesson.
    pub id: String,
    /// The actions that the page offers as buttons, in order; each is one of [`ACTIONS`] or the lesson's own.
    pub actions: Vec<String>,
    /// The commands that the learner chooses among, by `op`; the page offers each with its targets.
    pub tools: Vec<String>,
    /// Its goals.
    pub goals: Vec<GoalSpec>,
    /// Its purpose.
    pub kind: StepKind,
}

/// The actions that a step may offer.
pub const ACTIONS: [&str; 26] = [
    "insert-1000",
    "query-first-ten",
    "insert-10000",
    "pull-plug",
    "reopen",
    "prove",
    "kill-leader",
    "kill-three",
    "restart-all",
    "power-cut",
    "flush",
    "search",
    "delete-hundred",
    "compact",
    "import-100000",
    "flip-bit",
    "crash-before-append",
    "crash-mid-record",
    "crash-before-fsync",
    "crash-before-ack",
    "crash-during-flush",
    "crash-during-checkpoint",
    "crash-during-recovery",
    "restart-engine",
    "measure-batches",
    "measure-recovery",
];

/// A goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalSpec {
    /// Its name within the lesson.
    pub id: String,
    /// A goal that has to be met first; earlier events do not count.
    pub after: Option<String>,
    /// When it is met.
    pub when: Condition,
}

/// The languages of texts, in the order in which they are numbered.
pub(super) const LANGS: [&str; 2] = ["zh", "en"];

/// The number of a language.
pub(super) fn number(lang: &str) -> Option<usize> {
    LANGS.iter().position(|known| *known == lang)
}

/// A lesson's text in one language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LessonText {
    /// Its title.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// The steps' texts, in the order of the manifest.
    pub steps: Vec<StepText>,
    /// Goal labels by goal.
    pub goals: LiteMap<String, String>,
    /// Hints by step.
    pub hints: LiteMap<String, Vec<String>>,
    /// Who needs this, in one or two sentences: the scenario of the lesson.
    pub story: Option<String>,
    /// The real incident, in one line.
    pub incident: Option<String>,
    /// The button labels of the lesson's own actions, by action.
    pub actions: LiteMap<String, String>,
    /// Labels of choices, by step and choice.
    pub choices: LiteMap<String, LiteMap<String, String>>,
    /// The feedback to a choice once it has come true or been answered, by step and choice.
    pub replies: LiteMap<String, LiteMap<String, String>>,
}

/// A step's text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepText {
    /// Its title.
    pub title: String,
    /// Its body: Markdown as `quorum_texts::marks`.
    pub marked: String,
}

/// Maximum number of steps in a lesson.
pub const MOST_STEPS: usize = 40;
/// How many goals.
pub const MOST_GOALS: usize = 100;
/// Maximum number of moves in one solution; the lesson's own actions count as written.
pub const MOST_MOVES: usize = 300;
/// How long a run of moves may take in virtual time, in regions far apart: 60 days.
pub const MOST_RUN_US: Micros = 60 * 86_400_000_000;
/// The same in other worlds, which have more events per second: an hour.
pub const MOST_RUN_ONE_SITE_US: Micros = 3_600_000_000;
/// The default timeout of a wait.
pub const WAIT_US: Micros = 60_000_000;

/// The parts of a lesson besides its steps and goals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// The course notes that it teaches.
    pub notes: Vec<u32>,
    /// Addresses that lead to it besides its slug: of lessons that it has taken in.
    pub aliases: Vec<String>,
    /// The lessons that it builds on, by slug.
    pub requires: Vec<String>,
    /// Unit and par, if it is a mission.
    pub mission: Option<Mission>,
    /// Where a real incident is described.
    pub incident: Option<String>,
    /// The faults that are allowed while it is graded, by `op`; `None` for all.
    pub allowed: Option<Vec<String>>,
    /// What is scored besides the goals.
    pub scores: Vec<Score>,
    /// Its own actions, by name.
    pub actions: LiteMap<String, Vec<Move>>,
    /// The goals that are met first, by action: until then the page offers the action as one that waits.
    pub action_goals: LiteMap<String, String>,
    /// Solutions that reach every goal; the first is the one that is shown.
    pub solutions: Vec<Vec<Move>>,
    /// Wrong solutions, which must not pass.
    pub wrong: Vec<Wrong>,
    /// The runs that refute wrong answers, each as a lesson of one goal that plays itself; named `slug#step.choice`.
    pub refutations: Vec<Lesson>,
}

/// What a mission adds to a lesson: a task in another world than the unit's, without buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mission {
    /// The unit whose subject it transfers: 1 to 4, as tracks.
    pub unit: u32,
    /// The number of actions of the reference solution.
    pub par: u32,
}

/// The kind of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// To be read; finished by continuing.
    Read,
    /// To be predicted before it runs.
    Predict(Prediction),
    /// To be done; finished when its goals are met.
    Do,
    /// To be watched; finished when its goals are met.
    Observe,
    /// A question about what happened.
    Explain(Vec<Answer>),
}

impl StepKind {
    /// Its name in manifests and snapshots.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Predict(_) => "predict",
            Self::Do => "do",
            Self::Observe => "observe",
            Self::Explain(_) => "explain",
        }
    }

    /// The names of the choices.
    pub fn choices(&self) -> Vec<&str> {
        match self {
            Self::Predict(prediction) => prediction.choices.iter().map(|choice| choice.id.as_str()).collect(),
            Self::Explain(answers) => answers.iter().map(|answer| answer.id.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}

/// A prediction: right or wrong only after the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// A goal that has to be met before anything counts.
    pub after: Option<String>,
    /// The choices.
    pub choices: Vec<Foretold>,
    /// The condition that settles it.
    pub settled: Predicate,
    /// Which choices come true in the solution; exactly one, when left out.
    pub comes: Option<Vec<String>>,
}

/// A choice of a prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Foretold {
    /// Its name within the step.
    pub id: String,
    /// When it has come true.
    pub when: Predicate,
}

/// An answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its name within the step.
    pub id: String,
    /// The run that refutes it; `None` for a right answer.
    pub refuted_by: Option<Refutation>,
}

impl Answer {
    /// Whether it is right: no run refutes it.
    pub fn is_right(&self) -> bool {
        self.refuted_by.is_none()
    }
}

/// A run that shows why an answer is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Refutation {
    /// Its topology; the lesson's if omitted.
    pub topology: Option<String>,
    /// Its seed; the lesson's if omitted.
    pub seed: Option<u64>,
    /// Settings that differ from the lesson's; with a topology of its own, from the defaults.
    pub settings: BTreeMap<String, u64>,
    /// Its moves.
    pub moves: Vec<Move>,
    /// What it shows.
    pub shows: Predicate,
}

/// A wrong solution, which must not pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// What is done.
    pub moves: Vec<Move>,
    /// The goals that must stay unmet.
    pub unmet: Vec<String>,
}

/// A move of a solution.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// A command.
    Do(CommandTable),
    /// An action, the lesson's own or one of [`ACTIONS`].
    Act(String),
    /// Advance time by this much.
    RunUs(Micros),
    /// Wait for a goal.
    UntilGoal {
        /// Which.
        goal: String,
        /// The timeout.
        at_most_us: Micros,
    },
    /// Wait until something has come true, counted from here.
    Until {
        /// What.
        when: Predicate,
        /// The timeout.
        at_most_us: Micros,
    },
    /// The learner predicts this.
    Predict {
        /// The step.
        step: String,
        /// The choice.
        choose: String,
    },
    /// The learner answers this.
    Explain {
        /// The step.
        step: String,
        /// The choice.
        choose: String,
    },
    /// The learner has read this step.
    Read(String),
}

/// A command of the façade as a table, with nodes that may be words: `leader`, `follower:2`, `acting:root_coord`,
/// `down`.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandTable {
    /// Its line.
    pub line: usize,
    /// What it does, such as `kill`.
    pub op: String,
    /// The table, `op` included.
    pub table: Node,
}

/// What can be scored besides the goals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// As few commands as possible.
    FewestActions,
    /// The shortest outage.
    LowestRto,
    /// The least money.
    LowestCost,
}

impl Score {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FewestActions, Self::LowestRto, Self::LowestCost];

    /// Its name in manifests and snapshots.
    pub fn word(self) -> &'static str {
        match self {
            Self::FewestActions => "fewest-actions",
            Self::LowestRto => "lowest-rto",
            Self::LowestCost => "lowest-cost",
        }
    }
}

impl CommandTable {
    /// A command's table from its fields, for the actions that every lesson has.
    pub fn of(op: &str, fields: &[(&str, Value)]) -> Self {
        let node = |value: Value| Node { line: 0, value };
        let mut table = vec![("op".to_owned(), node(Value::Text(op.to_owned())))];
        table.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), node(value.clone()))));
        Self { line: 0, op: op.to_owned(), table: node(Value::Table(table)) }
    }

    /// The text in a field.
    pub fn text(&self, name: &str) -> Option<&str> {
        let Value::Table(fields) = &self.table.value else { return None };
        match &fields.iter().find(|(there, _)| there == name)?.1.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Lesson {
    /// Every move in it: of actions, solutions, wrong solutions, and of runs that refute answers.
    pub fn moves(&self) -> impl Iterator<Item = &Move> {
        let course = &self.course;
        let runs = course.refutations.iter().flat_map(|run| &run.course.solutions);
        let wrong = course.wrong.iter().map(|wrong| &wrong.moves);
        course.actions.values().chain(&course.solutions).chain(wrong).chain(runs).flatten()
    }
}

impl Course {
    /// The predicate of the same words that a solution waits for, which lives as long as the lesson does.
    pub fn find_when(&self, when: &Predicate) -> Option<&Predicate> {
        let lists =
            self.actions.values().chain(&self.solutions).chain(self.wrong.iter().map(|wrong| &wrong.moves));
        lists.flatten().find_map(|made| match made {
            Move::Until { when: there, .. } if there == when => Some(there),
            _ => None,
        })
    }
}
