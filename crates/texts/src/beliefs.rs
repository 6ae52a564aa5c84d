//! Misconceptions: `lessons/misconceptions.toml`, each with the answer of a lesson that states it and the run that
//! refutes it.
//!
//! Guarantees: a belief names lesson, step and choice, and has its sentence and what is wrong with it in both
//! languages; an error names the line; a packed list reads back the same. Leaves out: whether the answer exists and
//! when the question is due (`quorum_course::lint`, `quorum_lesson::review`).

use super::fields::{Fault, Field, Fields};
use super::source;

/// A belief that a run refutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belief {
    /// Its name.
    pub id: String,
    /// The lesson that asks about it.
    pub lesson: String,
    /// The question: a step of the kind explain.
    pub step: String,
    /// The wrong answer that states the belief.
    pub choice: String,
    /// The belief as a sentence, by language.
    pub says: [String; 2],
    /// Why it is wrong, by language.
    pub why: [String; 2],
}

/// A belief in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: String,
    /// The lesson that asks about it.
    pub lesson: String,
    /// The question: a step of the kind explain.
    pub step: String,
    /// The wrong answer that states the belief.
    pub choice: String,
    /// The belief as a sentence.
    pub says: String,
    /// Why it is wrong.
    pub why: String,
}

/// Reads `misconceptions.toml`.
pub fn read(text: &str) -> Result<Vec<Belief>, Fault> {
    let mut fields = Fields::of(source::tree(text, 1)?)?;
    let mut beliefs: Vec<Belief> = Vec::new();
    for field in fields.optional("belief").map_or(Ok(Vec::new()), Field::list)? {
        let line = field.line();
        let belief = belief(field)?;
        if beliefs.iter().any(|other| other.id == belief.id) {
            return Err(format!("line {line}: belief {} is there twice", belief.id));
        }
        beliefs.push(belief);
    }
    fields.end()?;
    Ok(beliefs)
}

fn belief(field: Field) -> Result<Belief, Fault> {
    let line = field.line();
    let mut fields = field.table()?;
    let id = fields.field("id")?.slug()?;
    let mut text = |name: &str| -> Result<String, Fault> {
        let text = fields.field(name)?.text()?;
        let plain = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if plain {
            Ok(text)
        } else {
            Err(format!("line {line}: belief {id}: {name} has to be one line of text"))
        }
    };
    let [lesson, step, choice] = [text("lesson")?, text("step")?, text("choice")?];
    let (says, why) = ([text("zh")?, text("en")?], [text("zh_why")?, text("en_why")?]);
    fields.end()?;
    Ok(Belief { id, lesson, step, choice, says, why })
}

/// The beliefs in a language (0 Chinese, 1 English) as a packed list.
pub fn pack(beliefs: &[Belief], lang: usize) -> String {
    let line = |belief: &Belief| {
        let Belief { id, lesson, step, choice, says, why } = belief;
        format!("{id}\t{lesson}\t{step}\t{choice}\t{}\t{}\n", says[lang], why[lang])
    };
    beliefs.iter().map(line).collect()
}

/// Reads a packed list; a line that is not complete is left out.
pub fn unpack(text: &str) -> Vec<Entry> {
    text.lines().filter_map(entry).collect()
}

fn entry(line: &str) -> Option<Entry> {
    let mut parts = line.split('\t').map(str::to_owned);
    let mut next = || parts.next();
    let [id, lesson, step, choice, says, why] = [next()?, next()?, next()?, next()?, next()?, next()?];
    Some(Entry { id, lesson, step, choice, says, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[belief]]\nid = \"even\"\nlesson = \"a\"\nstep = \"why\"\nchoice = \"more\"\nzh = \"偶数更稳\"\n\
                        zh_why = \"多数派\"\nen = \"Even is safer\"\nen_why = \"Majority\"\n";

    #[test]
    fn a_belief_is_read_and_packed() {
        let beliefs = read(GOOD).expect("reads");
        let entries = unpack(&pack(&beliefs, 0));
        let Entry { id, choice, says, why, .. } = &entries[0];
        assert_eq!([id, choice, says, why].map(String::as_str), ["even", "more", "偶数更稳", "多数派"]);
        assert_eq!(unpack("even\ta"), Vec::new());
    }

    #[test]
    fn an_incomplete_belief_is_refused_with_its_line() {
        for (from, to, expected) in [
            ("en_why = \"Majority\"\n", "", "line 1: there is no en_why"),
            ("\"Majority\"", "\"\"", "line 1: belief even: en_why has to be one line of text"),
            ("step", "stop", "there is no step"),
        ] {
            let fault = read(&GOOD.replacen(from, to, 1)).expect_err(expected);
            assert!(fault.contains(expected), "{fault}");
        }
        let fault = read(&format!("{GOOD}{GOOD}")).expect_err("twice");
        assert!(fault.contains("line 10: belief even is there twice"), "{fault}");
    }
}
