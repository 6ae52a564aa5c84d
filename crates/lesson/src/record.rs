//! A learner's progress: one record, stored by the browser and portable as a file.
//!
//! The file is TOML: `version`, the lesson that was open last, and one table per lesson. Version 2 adds how sure a
//! learner was of predictions; files of version 1 are read. Guarantees: what is written is
//! read back the same; a file that is malformed, or that contains impossible progress, is rejected with line and field,
//! and changes nothing; merging loses nothing and keeps the better score. Leaves out: where it is stored
//! (`web::record`), and the state of the run (the façade).

use super::fields::{Fault, Field, Fields};
use super::schema::{MOST_GOALS, MOST_STEPS, Score};
use super::spacing::{HIGHEST, Review};
use litemap::LiteMap;
use quorum_texts::source;

/// The version of the file that is written; earlier ones are read.
pub const VERSION: u64 = 2;
/// Maximum size of such a file.
pub const MOST_BYTES: usize = 1024 * 1024;

/// Maximum number of lessons in one record; the course has 40.
pub const MOST_LESSONS: usize = 500;
/// The longest time that a lesson may have been open, in seconds: three years.
pub const MOST_SECONDS: u64 = 3 * 366 * 86_400;
/// The last day that a review may have: 31 December 9999, counted from 1 January 1970.
const MOST_DAY: u64 = 2_932_896;
/// The largest score: the largest integer that a page can represent exactly.
const MOST_SCORE: u64 = (1 << 53) - 1;
/// The highest confidence.
const MOST_PERCENT: u32 = 100;
/// The longest name of a lesson, a step, a goal or a choice, in bytes.
const MOST_NAME: usize = 200;

/// Everything that is recorded about a learner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The lesson that was open last.
    pub last: Option<String>,
    /// The path through the course that the learner chose last, by its id.
    pub path: Option<String>,
    /// Lessons by slug.
    pub lessons: LiteMap<String, Account>,
}

/// What is recorded about a lesson. All fields except `finished`, `best`, `seconds`, `reviews` and `confidences`
/// describe the current attempt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// The step that was open last, from 0.
    pub step: u32,
    /// How many steps the lesson has.
    pub total: u32,
    /// How long the lesson has been open, in seconds.
    pub seconds: u64,
    /// Whether every step has ever been finished.
    pub finished: bool,
    /// Whether anything of this attempt was shown rather than done.
    pub helped: bool,
    /// Goals that are met.
    pub goals: Vec<String>,
    /// Steps that are finished.
    pub steps: Vec<String>,
    /// Predictions by step: the choice, and the outcome once known.
    pub predictions: LiteMap<String, Prediction>,
    /// Answers by step, in the order in which they were given.
    pub answers: LiteMap<String, Vec<String>>,
    /// When each question was answered last, by step; none for answers of earlier versions.
    pub reviews: LiteMap<String, Review>,
    /// How sure the learner was of predictions, by step: of each the first one with an outcome.
    pub confidences: LiteMap<String, Confidence>,
    /// The best scores.
    pub best: LiteMap<String, u64>,
}

/// How sure a learner was of a prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confidence {
    /// In percent.
    pub percent: u32,
    /// Whether it came true, once known.
    pub came_true: Option<bool>,
}

/// A prediction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prediction {
    /// The choice, if any.
    pub chosen: Option<String>,
    /// The choices that came true; empty until known.
    pub came: Option<Vec<String>>,
}

impl Account {
    /// How many steps are finished.
    pub fn done(&self) -> u32 {
        (self.steps.len() as u32).min(self.total)
    }

    /// Whether every step of this attempt is finished.
    pub fn complete(&self) -> bool {
        self.total > 0 && self.done() == self.total
    }

    /// Restarts the lesson; finished lessons, the best scores and the time are kept.
    pub fn start_over(&mut self) {
        *self = Self {
            total: self.total,
            seconds: self.seconds,
            finished: self.finished,
            best: core::mem::take(&mut self.best),
            reviews: core::mem::take(&mut self.reviews),
            confidences: core::mem::take(&mut self.confidences),
            ..Self::default()
        };
        self.confidences.retain(|_, confidence| confidence.came_true.is_some());
    }

    /// Records how sure the learner is of a prediction, in percent. Once the outcome of a first prediction is known, it
    /// stays as it is.
    pub fn state(&mut self, step: &str, percent: u32) {
        let confidence = self.confidences.entry(step.to_owned()).or_default();
        if confidence.came_true.is_none() {
            confidence.percent = percent.min(MOST_PERCENT);
        }
    }

    /// Records the outcome of a prediction of stated confidence, if it is known.
    pub fn settle_confidence(&mut self, step: &str) {
        let Some(Prediction { chosen: Some(chosen), came: Some(came) }) = self.predictions.get(step) else {
            return;
        };
        let came_true = came.contains(chosen);
        if let Some(confidence) = self.confidences.get_mut(step) {
            confidence.came_true.get_or_insert(came_true);
        }
    }

    /// Records a score, where lower is better; returns whether it is the best so far.
    pub fn score(&mut self, name: &str, value: u64) -> bool {
        let better = self.best.get(name).is_none_or(|best| value < *best);
        if better {
            self.best.insert(name.to_owned(), value);
        }
        better
    }

    fn merge(&mut self, other: &Self) {
        self.step = self.step.max(other.step);
        self.total = self.total.max(other.total);
        self.seconds = self.seconds.max(other.seconds);
        self.finished |= other.finished;
        self.helped |= other.helped;
        join(&mut self.goals, &other.goals);
        join(&mut self.steps, &other.steps);
        for (step, theirs) in other.predictions.iter() {
            let ours = self.predictions.entry(step.clone()).or_default();
            // A prediction is merged as a unit: its outcome belongs to its choice.
            if ours.came.is_none() && (theirs.came.is_some() || ours.chosen.is_none()) {
                ours.clone_from(theirs);
            }
        }
        for (step, theirs) in other.answers.iter() {
            join(self.answers.entry(step.clone()).or_default(), theirs);
        }
        for (step, theirs) in other.reviews.iter() {
            let ours = self.reviews.entry(step.clone()).or_default();
            *ours = (*ours).max(*theirs);
        }
        for (step, theirs) in other.confidences.iter() {
            let ours = self.confidences.entry(step.clone()).or_insert(*theirs);
            if ours.came_true.is_none() && theirs.came_true.is_some() {
                *ours = *theirs;
            }
        }
        for (name, value) in other.best.iter() {
            self.score(name, *value);
        }
    }
}

/// Adds what is not there yet.
pub fn join(ours: &mut Vec<String>, theirs: &[String]) {
    for one in theirs {
        if !ours.contains(one) {
            ours.push(one.clone());
        }
    }
}

impl Record {
    /// Merges another record.
    pub fn merge(&mut self, other: &Self) {
        for (slug, theirs) in other.lessons.iter() {
            self.lessons.entry(slug.clone()).or_default().merge(theirs);
        }
        if self.last.is_none() {
            self.last.clone_from(&other.last);
        }
        if self.path.is_none() {
            self.path.clone_from(&other.path);
        }
    }

    /// The record merged with another one, if the result is not too large.
    pub fn merged(&self, other: &Self) -> Result<Self, Fault> {
        let mut merged = self.clone();
        merged.merge(other);
        match merged.lessons.len() {
            count if count <= MOST_LESSONS => Ok(merged),
            count => {
                Err(format!("lessons: {count} together are too many; a record has at most {MOST_LESSONS}"))
            }
        }
    }

    /// The record as a file.
    pub fn write(&self) -> String {
        let mut out = format!("# Quorum Lab: what one learner has done.\nversion = {VERSION}\n");
        if let Some(last) = &self.last {
            out.push_str(&format!("last = {}\n", quoted(last)));
        }
        if let Some(path) = &self.path {
            out.push_str(&format!("path = {}\n", quoted(path)));
        }
        for (slug, account) in self.lessons.iter() {
            account.write(&quoted(slug), &mut out);
        }
        out
    }

    /// Reads a record from a file.
    pub fn read(text: &str) -> Result<Self, Fault> {
        if text.len() > MOST_BYTES {
            return Err(format!("{} bytes are too many; a record has at most {MOST_BYTES}", text.len()));
        }
        let mut fields = Fields::of(source::tree(text.trim_start_matches('\u{feff}'), 1)?)?;
        let version = fields.field("version")?;
        let line = version.line();
        let version = version.whole()?;
        if version == 0 || version > VERSION {
            return Err(format!("line {line}: version {version} is not known here, only 1 to {VERSION}"));
        }
        let mut record = Self {
            last: fields.optional("last").map(Field::text).transpose()?,
            path: fields.optional("path").map(Field::text).transpose()?,
            ..Self::default()
        };
        if let Some(lessons) = fields.optional("lessons") {
            let line = lessons.line();
            let lessons: Vec<(String, Field)> = lessons.table()?.rest().collect();
            if lessons.len() > MOST_LESSONS {
                return Err(format!(
                    "line {line}: lessons: {} are too many; a record has at most {MOST_LESSONS}",
                    lessons.len()
                ));
            }
            for (slug, field) in lessons {
                name("lessons", field.line(), &slug)?;
                record.lessons.insert(slug, Account::read(field)?);
            }
        }
        fields.end()?;
        Ok(record)
    }
}

impl Account {
    fn write(&self, slug: &str, out: &mut String) {
        out.push_str(&format!("\n[lessons.{slug}]\n"));
        let mut line = |name: &str, value: String| out.push_str(&format!("{name} = {value}\n"));
        line("step", self.step.to_string());
        line("total", self.total.to_string());
        line("seconds", self.seconds.to_string());
        line("finished", self.finished.to_string());
        line("helped", self.helped.to_string());
        line("goals", list(&self.goals));
        line("steps", list(&self.steps));
        let predictions = self.predictions.iter().map(|(step, prediction)| {
            let chosen = prediction.chosen.iter().map(|chosen| format!("chosen = {}", quoted(chosen)));
            let came = prediction.came.iter().map(|came| format!("came = {}", list(came)));
            (step, format!("{{ {} }}", chosen.chain(came).collect::<Vec<_>>().join(", ")))
        });
        line("predictions", table(predictions));
        line("answers", table(self.answers.iter().map(|(step, given)| (step, list(given)))));
        if !self.reviews.is_empty() {
            let reviews = self.reviews.iter();
            let reviews = reviews.map(|(step, Review { day, level })| (step, format!("[{day}, {level}]")));
            line("reviews", table(reviews));
        }
        if !self.confidences.is_empty() {
            let confidences = self.confidences.iter().map(|(step, one)| {
                let came_true =
                    one.came_true.map_or(String::new(), |came_true| format!(", {}", u32::from(came_true)));
                (step, format!("[{}{came_true}]", one.percent))
            });
            line("confidences", table(confidences));
        }
        line("best", table(self.best.iter().map(|(name, value)| (name, value.to_string()))));
    }

    fn read(field: Field) -> Result<Self, Fault> {
        let mut fields = field.table()?;
        let mut account = Self {
            step: within("step", fields.field("step")?, MOST_STEPS as u64)? as u32,
            total: within("total", fields.field("total")?, MOST_STEPS as u64)? as u32,
            seconds: within("seconds", fields.field("seconds")?, MOST_SECONDS)?,
            finished: fields.field("finished")?.yes()?,
            helped: fields.field("helped")?.yes()?,
            goals: names("goals", fields.field("goals")?, MOST_GOALS)?,
            steps: names("steps", fields.field("steps")?, MOST_STEPS)?,
            ..Self::default()
        };
        for (step, field) in by_step("predictions", fields.field("predictions")?)? {
            let mut inner = field.table()?;
            let prediction = Prediction {
                chosen: inner.optional("chosen").map(Field::text).transpose()?,
                came: inner.optional("came").map(|came| names("came", came, MOST_GOALS)).transpose()?,
            };
            inner.end()?;
            account.predictions.insert(step, prediction);
        }
        for (step, field) in by_step("answers", fields.field("answers")?)? {
            account.answers.insert(step, names("answers", field, MOST_GOALS)?);
        }
        if let Some(reviews) = fields.optional("reviews") {
            for (step, field) in by_step("reviews", reviews)? {
                account.reviews.insert(step, review(field)?);
            }
        }
        if let Some(confidences) = fields.optional("confidences") {
            for (step, field) in by_step("confidences", confidences)? {
                account.confidences.insert(step, confidence(field)?);
            }
        }
        for (name, field) in fields.field("best")?.table()?.rest() {
            if !Score::ALL.iter().any(|score| score.word() == name) {
                return Err(format!("line {}: best: there is no score “{name}”", field.line()));
            }
            account.best.insert(name, within("best", field, MOST_SCORE)?);
        }
        fields.end()?;
        Ok(account)
    }
}

/// A review: its day and its level.
fn review(field: Field) -> Result<Review, Fault> {
    let line = field.line();
    let mut numbers = field.list()?.into_iter();
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(day), Some(level), None) => Ok(Review {
            day: within("reviews", day, MOST_DAY)? as u32,
            level: within("reviews", level, u64::from(HIGHEST))? as u32,
        }),
        _ => Err(format!("line {line}: reviews: a review is a day and a level")),
    }
}

/// A confidence: its percentage and, once known, 1 if the prediction came true and 0 if not.
fn confidence(field: Field) -> Result<Confidence, Fault> {
    let line = field.line();
    let mut numbers = field.list()?.into_iter();
    let (percent, came_true) = (numbers.next(), numbers.next());
    let Some(percent) = percent.filter(|_| numbers.next().is_none()) else {
        return Err(format!("line {line}: confidences: a confidence is a percentage and perhaps an outcome"));
    };
    let percent = within("confidences", percent, u64::from(MOST_PERCENT))? as u32;
    let came_true = came_true.map(|outcome| within("confidences", outcome, 1)).transpose()?;
    Ok(Confidence { percent, came_true: came_true.map(|outcome| outcome == 1) })
}

/// A whole number within its bounds.
fn within(what: &str, field: Field, most: u64) -> Result<u64, Fault> {
    let line = field.line();
    match field.whole()? {
        number if number <= most => Ok(number),
        _ => Err(format!("line {line}: {what}: the number is too large; the most is {most}")),
    }
}

/// A name that is not too long.
fn name(what: &str, line: usize, name: &str) -> Result<(), Fault> {
    match name.len() {
        length if length <= MOST_NAME => Ok(()),
        length => Err(format!("line {line}: {what}: a name of {length} bytes; the most is {MOST_NAME}")),
    }
}

/// Names, not too many and none too long.
fn names(what: &str, field: Field, most: usize) -> Result<Vec<String>, Fault> {
    let line = field.line();
    let names = field.texts()?;
    if names.len() > most {
        return Err(format!("line {line}: {what}: {} are too many; the most is {most}", names.len()));
    }
    names.iter().try_for_each(|one| name(what, line, one))?;
    Ok(names)
}

/// Entries by step.
fn by_step(what: &str, field: Field) -> Result<Vec<(String, Field)>, Fault> {
    let line = field.line();
    let steps: Vec<(String, Field)> = field.table()?.rest().collect();
    if steps.len() > MOST_STEPS {
        return Err(format!("line {line}: {what}: {} are too many; the most is {MOST_STEPS}", steps.len()));
    }
    steps.iter().try_for_each(|(step, _)| name(what, line, step))?;
    Ok(steps)
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

fn table<'a>(fields: impl Iterator<Item = (&'a String, String)>) -> String {
    let fields: Vec<String> = fields.map(|(name, value)| format!("{} = {value}", quoted(name))).collect();
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn account() -> Account {
        let mut account = Account {
            step: 2,
            total: 3,
            seconds: 61,
            goals: texts(&["killed"]),
            steps: texts(&["scene", "guess"]),
            ..Account::default()
        };
        let prediction = Prediction { chosen: Some("soon".to_owned()), came: Some(texts(&["late"])) };
        account.predictions.insert("guess".to_owned(), prediction);
        account.predictions.insert("other".to_owned(), Prediction::default());
        account.answers.insert("why".to_owned(), texts(&["one", "two"]));
        account.reviews.insert("why".to_owned(), Review { day: 20_000, level: 2 });
        account.confidences.insert("guess".to_owned(), Confidence { percent: 70, came_true: Some(false) });
        account.confidences.insert("other".to_owned(), Confidence { percent: 90, came_true: None });
        account.score("fewest-actions", 4);
        account
    }

    fn record() -> Record {
        let mut record = Record {
            last: Some("odd \"slug\"\\\n".to_owned()),
            path: Some("on-call".to_owned()),
            ..Record::default()
        };
        record.lessons.insert("odd \"slug\"\\\n".to_owned(), account());
        record.lessons.insert("file:课".to_owned(), Account::default());
        record
    }

    #[test]
    fn what_is_written_is_read_back() {
        for record in [Record::default(), record()] {
            assert_eq!(Record::read(&record.write()), Ok(record));
        }
    }

    #[test]
    fn a_file_of_version_1_is_read() {
        let mut old = record();
        old.lessons.iter_mut().for_each(|(_, account)| account.confidences.clear());
        let text = old.write().replacen("version = 2", "version = 1", 1);
        assert!(text.contains("version = 1") && !text.contains("confidences"));
        assert_eq!(Record::read(&text), Ok(old));
    }

    #[test]
    fn what_cannot_be_read_names_line_and_field() {
        let text = record().write();
        let check = |from: &str, to: &str, expected: &str| {
            let changed = text.replacen(from, to, 1);
            assert!(changed != text || from == to, "{from} is there");
            let fault = Record::read(&changed).expect_err(expected);
            assert!(fault.contains(expected), "{fault}");
        };
        check("version = 2", "version = 3", "line 2: version 3 is not known here, only 1 to 2");
        check("version = 2", "version = 0", "line 2: version 0 is not known here");
        check("version = 2", "", "there is no version");
        check("step = 0", "step = \"one\"", "step has to be a whole number");
        check("step = 0", "stop = 0", "there is no step");
        check("step = 0", "step = 5000000000", "the number is too large");
        check("goals = []", "goals = 1", "line 12: goals has to be a list");
        check("answers = {}", "answers = {}\nmore = 1", "more is not known here");
        check("finished = false", "finished = 1", "finished has to be true or false");
        check("version", "version = =", "line 2: ");
        assert!(Record::read(&" ".repeat(MOST_BYTES + 1)).is_err_and(|fault| fault.contains("too many")));
        assert!(Record::read("<script>").is_err());
    }

    #[test]
    fn what_no_learner_can_have_done_is_refused() {
        let text = record().write();
        let check = |from: &str, to: &str, expected: &str| {
            let fault = Record::read(&text.replacen(from, to, 1)).expect_err(expected);
            assert!(fault.contains(expected), "{fault}");
        };
        check("seconds = 0", "seconds = 18446744073709551615", "seconds: the number is too large");
        check("total = 0", "total = 4294967295", "total: the number is too large; the most is 40");
        check("best = {}", "best = { \"<b>\" = 1 }", "best: there is no score “<b>”");
        check(
            "best = {}",
            "best = { \"lowest-rto\" = 18446744073709551615 }",
            "best: the number is too large",
        );
        check("goals = []", &format!("goals = [\"{}\"]", "g".repeat(201)), "goals: a name of 201 bytes");
        check("steps = []", &format!("steps = [{}]", "\"s\",".repeat(41)), "steps: 41 are too many");
        check("[20000, 2]", "[20000, 9]", "reviews: the number is too large; the most is 5");
        check("[20000, 2]", "[2932897, 2]", "reviews: the number is too large");
        check("[20000, 2]", "[20000]", "reviews: a review is a day and a level");
        check("[70, 0]", "[101, 0]", "confidences: the number is too large; the most is 100");
        check("[70, 0]", "[70, 2]", "confidences: the number is too large; the most is 1");
        check("[70, 0]", "[]", "confidences: a confidence is a percentage");
        check("[70, 0]", "[70, 0, 0]", "confidences: a confidence is a percentage");
        let mut many = Record::default();
        (0..=MOST_LESSONS).for_each(|n| {
            many.lessons.insert(format!("l{n}"), Account::default());
        });
        let fault = Record::read(&many.write()).expect_err("too many");
        assert!(fault.contains("501 are too many"), "{fault}");
        assert!(record().merged(&many).is_err_and(|fault| fault.contains("at most 500")));
    }

    #[test]
    fn merging_loses_nothing_and_keeps_the_better() {
        let (mut ours, mut theirs) = (record(), record());
        let slug = "file:课".to_owned();
        let mut other = account();
        other.score("fewest-actions", 2);
        other.finished = true;
        theirs.lessons.insert(slug.clone(), other.clone());
        theirs.lessons.insert("new".to_owned(), Account::default());
        let mine = ours.lessons.entry(slug.clone()).or_default();
        mine.score("fewest-actions", 3);
        mine.goals = texts(&["began", "killed"]);
        mine.reviews.insert("why".to_owned(), Review { day: 20_001, level: 0 });
        let prediction = Prediction { chosen: Some("mine".to_owned()), came: Some(texts(&["x"])) };
        mine.predictions.insert("guess".to_owned(), prediction.clone());
        mine.confidences.insert("guess".to_owned(), Confidence { percent: 50, came_true: Some(true) });
        mine.confidences.insert("other".to_owned(), Confidence { percent: 50, came_true: None });
        ours.merge(&theirs);
        let merged = ours.lessons.get(&slug).expect("there");
        assert_eq!(merged.best.get("fewest-actions"), Some(&2));
        assert_eq!(merged.goals, texts(&["began", "killed"]));
        assert_eq!(
            merged.predictions.get("guess"),
            Some(&prediction),
            "what has come true is not predicted again"
        );
        assert!(merged.finished && merged.steps == other.steps && merged.answers == other.answers);
        assert_eq!(merged.reviews.get("why"), Some(&Review { day: 20_001, level: 0 }), "the later one");
        let confidence = |step: &str| merged.confidences.get(step).map(|one| (one.percent, one.came_true));
        assert_eq!(confidence("guess"), Some((50, Some(true))), "the first outcome");
        assert_eq!(confidence("other"), Some((50, None)));
        assert!(ours.lessons.contains_key("new"));
        let once = ours.clone();
        ours.merge(&theirs);
        assert_eq!(ours, once, "merged twice is merged once");
    }

    #[test]
    fn starting_over_keeps_what_was_achieved() {
        let mut account = Account { finished: true, ..account() };
        assert!(!account.complete() && account.done() == 2);
        account.start_over();
        assert!(account.finished && account.seconds == 61 && account.best.len() == 1 && account.total == 3);
        assert_eq!(account.reviews.len(), 1, "a new attempt does not make a learner forget");
        assert!(account.goals.is_empty() && account.predictions.is_empty() && account.done() == 0);
        assert!(!account.score("fewest-actions", 4) && account.score("fewest-actions", 3));
    }
}
