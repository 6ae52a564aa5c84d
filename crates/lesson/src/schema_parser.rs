//! Parses the parts of a lesson: kinds of steps, goals, choices, actions and solutions.
//!
//! As TOML, beside what every lesson has (`manifest`):
//! ```toml
//! note = 2                                # which course note
//! incident = "https://github.com/…"       # a real incident; its one line stands in the texts
//! allowed = ["kill", "restart"]           # faults that may be done while it is graded; all, when left out
//! scores = ["fewest-actions", "lowest-rto"]
//! aliases = ["old-name"]                  # addresses that lead here besides the slug
//! requires = ["kill-the-leader"]          # lessons that it builds on
//! kind = "mission"                        # with unit and par: a task without buttons
//!
//! [actions.kill-root]                     # an action of its own: commands as `quorumLab.do` takes them
//! do = [{ op = "kill", node = "acting:root_coord" }]
//!
//! [[steps]]
//! id = "guess"
//! kind = "predict"                        # read, predict, do, observe or explain
//! settled = { event = "service_restored" }
//! choices = [
//!   { id = "soon", when = { event = "service_restored", rto_us = { below = 3000000 } } },
//!   { id = "late", when = { event = "service_restored", rto_us = { at_least = 3000000 } } },
//! ]
//!
//! [[steps]]
//! id = "why"
//! kind = "explain"
//! choices = [
//!   { id = "majority", right = true },
//!   { id = "all", refuted_by = { do = [{ run_us = 5000000 }], shows = { event = "became_leader" } } },
//! ]
//!
//! # At the top, before the first table:
//! solution = [
//!   { predict = "guess", choose = "late" }, { act = "kill-root" }, { until = "restored", at_most_us = 60000000 },
//! ]
//! solutions = [[…], […]]                  # further right ways
//! wrong = [{ do = […], unmet = ["restored"] }]
//! ```
//! (Top-level fields come before the first table, as TOML requires.) A move of a solution is a command (`{ op = … }`),
//! an action (`{ act = … }`), time (`{ run_us = … }`), a wait for a goal or a predicate (`{ until = …, at_most_us = …
//! }`), or an answer of the learner: `{ predict = …, choose = … }`, `{ explain = …, choose = … }`, `{ read = … }`.
//!
//! Guarantees: errors name the line. Leaves out: whether commands are valid, which the façade checks, and playing
//! (`facade::lesson_runner`).

use super::fields::{Fault, Field, Fields};
use super::predicate::Predicate;
use super::schema::*;
use quorum_types::Micros;
use quorum_types::sort::sort_by_key;
use std::collections::BTreeMap;

/// Units of the course: one a track.
const MOST_UNITS: u64 = 4;

/// Reads the parts besides the steps.
pub(super) fn course(fields: &mut Fields) -> Result<Course, Fault> {
    let mut course = Course::default();
    if let Some(note) = fields.optional("note") {
        course.notes.push(note.whole()? as u32);
    }
    if let Some(notes) = fields.optional("notes") {
        for note in notes.list()? {
            course.notes.push(note.whole()? as u32);
        }
    }
    slugs(fields, "aliases", &mut course.aliases)?;
    slugs(fields, "requires", &mut course.requires)?;
    course.mission = mission(fields)?;
    if let Some(field) = fields.optional("incident") {
        let (line, address) = (field.line(), field.text()?);
        if !address.starts_with("https://") {
            return Err(format!("line {line}: incident has to be an https:// address"));
        }
        course.incident = Some(address);
    }
    course.allowed = fields.optional("allowed").map(Field::texts).transpose()?;
    for field in fields.optional("scores").map_or(Ok(Vec::new()), Field::list)? {
        let (line, word) = (field.line(), field.text()?);
        let score = Score::ALL.into_iter().find(|score| score.word() == word);
        course.scores.push(score.ok_or_else(|| format!("line {line}: there is no score “{word}”"))?);
    }
    if let Some(actions) = fields.optional("actions") {
        for (name, field) in actions.table()?.rest() {
            let mut inner = field.table()?;
            let moves = moves(inner.field("do")?)?;
            if let Some(after) = inner.optional("after") {
                course.action_goals.insert(name.clone(), after.text()?);
            }
            inner.end()?;
            course.actions.insert(name, moves);
        }
    }
    if let Some(solution) = fields.optional("solution") {
        course.solutions.push(moves(solution)?);
    }
    for solution in fields.optional("solutions").map_or(Ok(Vec::new()), Field::list)? {
        course.solutions.push(moves(solution)?);
    }
    for wrong in fields.optional("wrong").map_or(Ok(Vec::new()), Field::list)? {
        let mut inner = wrong.table()?;
        let wrong = Wrong { moves: moves(inner.field("do")?)?, unmet: inner.field("unmet")?.texts()? };
        inner.end()?;
        course.wrong.push(wrong);
    }
    Ok(course)
}

/// Reads a list of slugs.
fn slugs(fields: &mut Fields, name: &str, into: &mut Vec<String>) -> Result<(), Fault> {
    for field in fields.optional(name).map_or(Ok(Vec::new()), Field::list)? {
        into.push(field.slug()?);
    }
    Ok(())
}

/// Reads what makes a lesson a mission: `kind`, `unit` and `par`.
fn mission(fields: &mut Fields) -> Result<Option<Mission>, Fault> {
    let Some(kind) = fields.optional("kind") else { return Ok(None) };
    let (line, word) = (kind.line(), kind.text()?);
    if word != "mission" {
        return Err(format!("line {line}: there is no kind “{word}” of lessons; there is mission"));
    }
    let unit = fields.field("unit")?.whole_in(1, MOST_UNITS)? as u32;
    let par = fields.field("par")?.whole_in(1, MOST_MOVES as u64)? as u32;
    Ok(Some(Mission { unit, par }))
}

/// Reads a step.
pub(super) fn step(field: Field, course: &Course) -> Result<StepSpec, Fault> {
    let line = field.line();
    let mut fields = field.table()?;
    let goals = fields.optional("goals").map_or(Ok(Vec::new()), Field::list)?;
    let goals: Vec<GoalSpec> = goals.into_iter().map(goal).collect::<Result<_, _>>()?;
    let id = fields.field("id")?.text()?;
    let actions = fields.optional("actions").map_or(Ok(Vec::new()), Field::texts)?;
    let known = |action: &String| ACTIONS.contains(&action.as_str()) || course.actions.contains_key(action);
    if let Some(action) = actions.iter().find(|action| !known(action)) {
        return Err(format!("line {line}: step {id}: there is no action “{action}”"));
    }
    let tools = fields.optional("tools").map_or(Ok(Vec::new()), Field::texts)?;
    let word = fields.optional("kind").map(Field::text).transpose()?;
    let word = word.as_deref().unwrap_or(match (goals.is_empty(), actions.is_empty()) {
        (true, true) => "read",
        _ => "do",
    });
    let kind = match word {
        "read" => StepKind::Read,
        "do" => StepKind::Do,
        "observe" => StepKind::Observe,
        "predict" => StepKind::Predict(prediction(&mut fields)?),
        "explain" => StepKind::Explain(answers(&mut fields)?),
        other => {
            return Err(format!(
                "line {line}: step {id}: there is no kind “{other}”; there are read, predict, do, observe and explain"
            ));
        }
    };
    fields.end()?;
    let graded = matches!(kind, StepKind::Do | StepKind::Observe);
    if graded == goals.is_empty() {
        let error = if graded { "needs goals" } else { "has no goals; a step to do or to observe has" };
        return Err(format!("line {line}: step {id}: a step of kind {word} {error}"));
    }
    if !tools.is_empty() && !matches!(kind, StepKind::Do) {
        return Err(format!("line {line}: step {id}: only a step of kind do has tools"));
    }
    let choices = kind.choices();
    if let Some(twice) = (1..choices.len()).find(|at| choices[..*at].contains(&choices[*at])) {
        return Err(format!("line {line}: step {id}: choice {} is there twice", choices[twice]));
    }
    Ok(StepSpec { id, actions, tools, goals, kind })
}

fn goal(field: Field) -> Result<GoalSpec, Fault> {
    let mut fields = field.table()?;
    let id = fields.field("id")?.text()?;
    let named = |fault: Fault| match fault.split_once(": ") {
        Some((line, rest)) if line.starts_with("line ") => format!("{line}: goal {id}: {rest}"),
        _ => format!("goal {id}: {fault}"),
    };
    let after = fields.optional("after").map(Field::text).transpose().map_err(named)?;
    let when = fields.field("when").map_err(named)?;
    let when = match when.as_text().map(str::to_owned) {
        Some(word) => Predicate::short(&word, &mut fields).map_err(named)?,
        None => Predicate::read(when).map_err(named)?,
    };
    fields.end().map_err(named)?;
    Ok(GoalSpec { id, after, when })
}

fn prediction(fields: &mut Fields) -> Result<Prediction, Fault> {
    let line = fields.line();
    let mut choices = Vec::new();
    for choice in fields.field("choices")?.list()? {
        let mut inner = choice.table()?;
        choices
            .push(Foretold { id: inner.field("id")?.text()?, when: Predicate::read(inner.field("when")?)? });
        inner.end()?;
    }
    if choices.len() < 2 {
        return Err(format!("line {line}: a prediction needs two choices or more"));
    }
    Ok(Prediction {
        after: fields.optional("after").map(Field::text).transpose()?,
        choices,
        settled: Predicate::read(fields.field("settled")?)?,
        comes: fields.optional("comes").map(Field::texts).transpose()?,
    })
}

fn answers(fields: &mut Fields) -> Result<Vec<Answer>, Fault> {
    let line = fields.line();
    let mut answers = Vec::new();
    for choice in fields.field("choices")?.list()? {
        let mut inner = choice.table()?;
        let id = inner.field("id")?.text()?;
        let right = inner.optional("right").map_or(Ok(false), Field::yes)?;
        let refuted_by = inner.optional("refuted_by").map(refutation).transpose()?;
        if right == refuted_by.is_some() {
            return Err(format!(
                "line {}: answer {id}: it is either right = true or refuted_by a run",
                inner.line()
            ));
        }
        inner.end()?;
        answers.push(Answer { id, refuted_by });
    }
    let right = answers.iter().filter(|answer| answer.is_right()).count();
    if right == 0 || right == answers.len() {
        return Err(format!("line {line}: a question needs a right answer and one that a run refutes"));
    }
    turn(&mut answers);
    Ok(answers)
}

/// Authors tend to write the right answer first, and learners notice that. So answers are shown in an order that
/// depends only on their names, the same for every learner and every time.
fn turn(answers: &mut [Answer]) {
    let all: Vec<String> = answers.iter().map(|answer| answer.id.clone()).collect();
    let question = all.concat();
    let key = |answer: &Answer| xxhash_rust::xxh3::xxh3_64(format!("{question}/{}", answer.id).as_bytes());
    sort_by_key(answers, key);
}

fn refutation(field: Field) -> Result<Refutation, Fault> {
    let mut fields = field.table()?;
    let mut settings = BTreeMap::new();
    if let Some(table) = fields.optional("settings") {
        for (name, value) in table.table()?.rest() {
            settings.insert(name, value.whole()?);
        }
    }
    let refutation = Refutation {
        topology: fields.optional("topology").map(Field::text).transpose()?,
        seed: fields.optional("seed").map(Field::whole).transpose()?,
        settings,
        moves: moves(fields.field("do")?)?,
        shows: Predicate::read(fields.field("shows")?)?,
    };
    fields.end()?;
    Ok(refutation)
}

/// Reads moves.
pub(super) fn moves(field: Field) -> Result<Vec<Move>, Fault> {
    let line = field.line();
    let list = field.list()?;
    if list.len() > MOST_MOVES {
        return Err(format!("line {line}: {} moves are too many; {MOST_MOVES} are allowed", list.len()));
    }
    list.into_iter().map(one_move).collect()
}

fn one_move(field: Field) -> Result<Move, Fault> {
    let line = field.line();
    if !field.is_table() {
        return Err(format!(
            "line {line}: a move has to be a table, such as {{ op = \"kill\", node = \"leader\" }}"
        ));
    }
    let node = field.node();
    let mut fields = Fields::of(node.clone())?;
    if let Some(op) = fields.optional("op") {
        return Ok(Move::Do(CommandTable { line, op: op.text()?, table: node }));
    }
    let made = if let Some(act) = fields.optional("act") {
        Move::Act(act.text()?)
    } else if let Some(us) = fields.optional("run_us") {
        Move::RunUs(limited(us)?)
    } else if let Some(until) = fields.optional("until") {
        let at_most_us = fields.optional("at_most_us").map_or(Ok(WAIT_US), limited)?;
        match until.as_text().map(str::to_owned) {
            Some(goal) => Move::UntilGoal { goal, at_most_us },
            None => Move::Until { when: Predicate::read(until)?, at_most_us },
        }
    } else if let Some(step) = fields.optional("predict") {
        Move::Predict { step: step.text()?, choose: fields.field("choose")?.text()? }
    } else if let Some(step) = fields.optional("explain") {
        Move::Explain { step: step.text()?, choose: fields.field("choose")?.text()? }
    } else if let Some(step) = fields.optional("read") {
        Move::Read(step.text()?)
    } else {
        return Err(format!(
            "line {line}: this is no move; it has none of op, act, run_us, until, predict, explain, read"
        ));
    };
    fields.end()?;
    Ok(made)
}

fn limited(field: Field) -> Result<Micros, Fault> {
    let line = field.line();
    match field.whole()? {
        us if us > MOST_RUN_US => {
            Err(format!("line {line}: {us} microseconds are too long; {MOST_RUN_US} are allowed"))
        }
        us => Ok(us),
    }
}

/// Checks that the goals, steps, choices and actions that a lesson names exist.
pub(super) fn check(steps: &[StepSpec], course: &Course) -> Result<(), Fault> {
    if steps.is_empty() || steps.len() > MOST_STEPS {
        return Err(format!("a lesson has 1 to {MOST_STEPS} steps, not {}", steps.len()));
    }
    let goals: Vec<&GoalSpec> = steps.iter().flat_map(|step| &step.goals).collect();
    if goals.len() > MOST_GOALS {
        return Err(format!("{} goals are too many; {MOST_GOALS} are allowed", goals.len()));
    }
    if let Some(twice) = (1..steps.len()).find(|at| steps[..*at].iter().any(|step| step.id == steps[*at].id))
    {
        return Err(format!("step {} is there twice", steps[twice].id));
    }
    let is_goal = |id: &str| goals.iter().any(|goal| goal.id == id);
    let mut conditions: Vec<(&str, &Predicate)> =
        goals.iter().map(|goal| (goal.id.as_str(), &goal.when)).collect();
    for step in steps {
        if let StepKind::Predict(prediction) = &step.kind {
            conditions.push((&step.id, &prediction.settled));
            conditions.extend(prediction.choices.iter().map(|choice| (step.id.as_str(), &choice.when)));
            if let Some(after) = prediction.after.as_deref().filter(|after| !is_goal(after)) {
                return Err(format!("step {}: there is no goal {after}", step.id));
            }
            for id in prediction.comes.iter().flatten() {
                choice(steps, &step.id, id, "predict")?;
            }
        }
        let answers = if let StepKind::Explain(answers) = &step.kind { answers.as_slice() } else { &[] };
        for refutation in answers.iter().filter_map(|answer| answer.refuted_by.as_ref()) {
            names(steps, course, &refutation.moves)?;
        }
    }
    for (place, when) in conditions {
        let mut missing = None;
        when.visit(&mut |part| match part {
            Predicate::Goal(id) if !is_goal(id) => missing = Some(id),
            _ => {}
        });
        if let Some(id) = missing {
            return Err(format!("{place}: there is no goal {id}"));
        }
    }
    if let Some((name, after)) = course.action_goals.iter().find(|(_, after)| !is_goal(after)) {
        return Err(format!("action {name}: there is no goal {after}"));
    }
    for moves in course.actions.values() {
        if moves.iter().any(|made| matches!(made, Move::Act(_))) {
            return Err("an action's commands cannot be actions themselves".to_owned());
        }
    }
    for moves in course.actions.values().chain(&course.solutions).chain(course.wrong.iter().map(|w| &w.moves))
    {
        names(steps, course, moves)?;
    }
    match course.wrong.iter().flat_map(|wrong| &wrong.unmet).find(|id| !is_goal(id)) {
        Some(id) => Err(format!("wrong: there is no goal {id}")),
        None => Ok(()),
    }
}

/// The names in moves.
fn names(steps: &[StepSpec], course: &Course, moves: &[Move]) -> Result<(), Fault> {
    for made in moves {
        match made {
            Move::Act(name) if !ACTIONS.contains(&name.as_str()) && !course.actions.contains_key(name) => {
                return Err(format!("there is no action “{name}”"));
            }
            Move::UntilGoal { goal, .. }
                if !steps.iter().flat_map(|step| &step.goals).any(|there| there.id == *goal) =>
            {
                return Err(format!("until: there is no goal {goal}"));
            }
            Move::Predict { step, choose } => choice(steps, step, choose, "predict")?,
            Move::Explain { step, choose } => choice(steps, step, choose, "explain")?,
            Move::Read(step) if !steps.iter().any(|there| there.id == *step) => {
                return Err(format!("read: there is no step {step}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn choice(steps: &[StepSpec], step: &str, choose: &str, kind: &str) -> Result<(), Fault> {
    let there = steps.iter().find(|there| there.id == step && there.kind.word() == kind);
    let Some(there) = there else { return Err(format!("{kind}: there is no step {step} of this kind")) };
    if there.kind.choices().contains(&choose) {
        Ok(())
    } else {
        Err(format!("{kind}: step {step} has no choice {choose}"))
    }
}

/// The settings that a run inherits from its lesson: in a world of the same kind all that its topology does not set
/// itself; in another world, which has other settings, none.
fn inherited(lesson: &Lesson, topology: Option<&str>) -> BTreeMap<String, u64> {
    fn parts(topology: &str) -> (&str, &str) {
        match topology.split_once(':').unwrap_or((topology, "")) {
            ("engine", rest) => ("standalone", rest),
            parts => parts,
        }
    }
    let mut settings = lesson.settings.clone();
    if let Some(topology) = topology {
        let (kind, own) = parts(topology);
        let same = kind == parts(&lesson.topology).0;
        let named = |name: &str| own.split(',').any(|pair| pair.split('=').next() == Some(name));
        settings.retain(|name, _| same && !named(name));
    }
    settings
}

/// The runs that refute a lesson's wrong answers.
pub(super) fn refutations(lesson: &Lesson) -> Vec<Lesson> {
    let mut runs = Vec::new();
    for step in &lesson.steps {
        let StepKind::Explain(answers) = &step.kind else { continue };
        for answer in answers {
            let Some(run) = &answer.refuted_by else { continue };
            let goal = GoalSpec { id: SHOWS.to_owned(), after: None, when: run.shows.clone() };
            let mut settings = inherited(lesson, run.topology.as_deref());
            for (name, value) in &run.settings {
                settings.insert(name.clone(), *value);
            }
            runs.push(Lesson {
                slug: format!("{}#{}.{}", lesson.slug, step.id, answer.id),
                topology: run.topology.clone().unwrap_or_else(|| lesson.topology.clone()),
                seed: run.seed.unwrap_or(lesson.seed),
                speed: lesson.speed,
                settings,
                steps: vec![StepSpec {
                    id: step.id.clone(),
                    actions: Vec::new(),
                    tools: Vec::new(),
                    goals: vec![goal],
                    kind: StepKind::Observe,
                }],
                course: Course {
                    actions: lesson.course.actions.clone(),
                    solutions: vec![run.moves.clone()],
                    ..Course::default()
                },
                ..Lesson::default()
            });
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings that a run with its own topology inherits from its lesson.
    fn check(of_lesson: &str, of_run: Option<&str>, left: &[&str]) {
        let mut settings = BTreeMap::new();
        for name in ["replicas", "voters"] {
            settings.insert(name.to_owned(), 2);
        }
        let lesson = Lesson { topology: of_lesson.to_owned(), settings, ..Lesson::default() };
        let names: Vec<String> = inherited(&lesson, of_run).keys().cloned().collect();
        assert_eq!(names, left, "{of_lesson} {of_run:?}");
    }

    #[test]
    fn a_refutation_in_the_same_world_has_its_lessons_settings() {
        let both = ["replicas", "voters"];
        check("replica-set:5", None, &both);
        check("replica-set:5", Some("replica-set:3"), &both);
        check("engine", Some("standalone"), &both);
        check("milvus", Some("milvus:control_plane=1"), &both);
        check("milvus", Some("milvus:control_plane=1,replicas=3"), &["voters"]);
        check("engine", Some("milvus:control_plane=1"), &[]);
        check("milvus", Some("regions"), &[]);
    }
}
