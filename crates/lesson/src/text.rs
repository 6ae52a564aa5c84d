//! A lesson's text in one language.
//!
//! A language file begins with front matter between `+++` lines (title, summary, labels of goals, choices and actions,
//! hints) and continues with one `# Title {#step-id}` heading per step. Guarantees: everything that the manifest names
//! has a label, and everything with a label is named there. Leaves out: Markdown (`mark`), and how many hints there
//! should be (`course`).

use super::fields::{Fault, Fields};
use super::schema::{ACTIONS, Lesson, LessonText, StepSpec, StepText};
use litemap::LiteMap;
use quorum_texts::tree::Node;
use quorum_texts::{mark, source};

/// Reads a language file that begins on this line of a larger one, and checks it against its lesson.
pub(super) fn parse_text(text: &str, first: usize, lesson: &Lesson) -> Result<LessonText, Fault> {
    let (front, body, begins) = source::front(text, first)?;
    read_text(front, body, begins, lesson)
}

/// The same for a file whose front matter is already parsed; the body begins on this line.
pub(super) fn read_text(
    front: Node,
    body: &str,
    begins: usize,
    lesson: &Lesson,
) -> Result<LessonText, Fault> {
    let body = mark::mark_lesson(body, begins)?;
    let mut fields = Fields::of(front)?;
    let mut read = LessonText {
        title: fields.field("title")?.text()?,
        summary: fields.field("summary")?.text()?,
        ..LessonText::default()
    };
    for (goal, label) in fields.field("goals")?.table()?.rest() {
        read.goals.insert(goal, label.text()?);
    }
    if let Some(hints) = fields.optional("hints") {
        for (step, texts) in hints.table()?.rest() {
            read.hints.insert(step, texts.texts()?);
        }
    }
    labels(&mut fields, &mut read)?;
    fields.end()?;
    let mut found = sections(&body);
    for step in &lesson.steps {
        let section = found.remove(step.id.as_str());
        read.steps.push(section.ok_or_else(|| format!("there is no heading with {{#{}}}", step.id))?);
        // The page's texts are the ones that were built with it; only a reader of a file needs the error.
        if let Some(goal) = step.goals.iter().find(|goal| !read.goals.contains_key(&goal.id)) {
            return Err(format!("goals: there is no label for {}", goal.id));
        }
    }
    if let Some(id) = found.keys().next() {
        return Err(format!("the heading {{#{id}}} belongs to no step"));
    }
    complete(&read, lesson)?;
    Ok(read)
}

/// Reads the labels of everything besides goals and hints.
fn labels(fields: &mut Fields, read: &mut LessonText) -> Result<(), Fault> {
    use super::fields::Field;
    read.story = fields.optional("story").map(Field::text).transpose()?;
    read.incident = fields.optional("incident").map(Field::text).transpose()?;
    if let Some(actions) = fields.optional("actions") {
        for (action, label) in actions.table()?.rest() {
            read.actions.insert(action, label.text()?);
        }
    }
    for (name, into) in [("choices", &mut read.choices), ("replies", &mut read.replies)] {
        let Some(steps) = fields.optional(name) else { continue };
        for (step, choices) in steps.table()?.rest() {
            let mut labels = LiteMap::new();
            for (choice, label) in choices.table()?.rest() {
                labels.insert(choice, label.text()?);
            }
            into.insert(step, labels);
        }
    }
    Ok(())
}

/// Checks that labels and labelled items match.
fn complete(read: &LessonText, lesson: &Lesson) -> Result<(), Fault> {
    let step = |id: &str| lesson.steps.iter().find(|step| step.id == id);
    let choices =
        |step: &StepSpec| -> Vec<String> { step.kind.choices().into_iter().map(str::to_owned).collect() };
    let is_goal = |id: &String| lesson.steps.iter().flat_map(|step| &step.goals).any(|goal| goal.id == *id);
    if let Some(goal) = read.goals.keys().find(|id| !is_goal(id)) {
        return Err(format!("goals: the label {goal} belongs to no goal"));
    }
    if let Some(id) = read.hints.keys().find(|id| step(id).is_none()) {
        return Err(format!("hints: {id} is no step"));
    }
    let own = &lesson.course.actions;
    if let Some(action) = own.keys().find(|action| !read.actions.contains_key(*action)) {
        return Err(format!("actions: there is no label for {action}"));
    }
    let known = |action: &String| own.contains_key(action) || ACTIONS.contains(&action.as_str());
    if let Some(action) = read.actions.keys().find(|action| !known(action)) {
        return Err(format!("actions: the label {action} belongs to no action"));
    }
    for spec in &lesson.steps {
        for choice in choices(spec) {
            if !read.choices.get(&spec.id).is_some_and(|labels| labels.contains_key(&choice)) {
                return Err(format!("choices: there is no label for {}.{choice}", spec.id));
            }
        }
    }
    for (name, labels) in [("choices", &read.choices), ("replies", &read.replies)] {
        for (id, labels) in labels {
            let known = step(id).map(choices).unwrap_or_default();
            if let Some(choice) = labels.keys().find(|choice| !known.contains(choice)) {
                return Err(format!("{name}: the label {id}.{choice} belongs to no choice"));
            }
        }
    }
    if lesson.course.incident.is_some() != read.incident.is_some() {
        return Err(
            "incident: its address stands in lesson.toml and its one line here, or neither".to_owned()
        );
    }
    Ok(())
}

/// The sections of a text by the id in their heading.
fn sections(body: &str) -> LiteMap<&str, StepText> {
    let mut sections: LiteMap<&str, StepText> = LiteMap::new();
    let mut current = None;
    for line in body.lines() {
        let heading = line.strip_prefix("# ").and_then(|rest| rest.trim_end().strip_suffix('}'));
        if let Some((title, id)) = heading.and_then(|rest| rest.rsplit_once("{#")) {
            sections.insert(id, StepText { title: title.trim().to_owned(), marked: String::new() });
            current = Some(id);
        } else if let Some(section) = current.and_then(|id| sections.get_mut(id)) {
            section.marked.push_str(line);
            section.marked.push('\n');
        }
    }
    for (_, section) in sections.iter_mut() {
        section.marked = section.marked.trim().to_owned();
    }
    sections
}
