//! `grade`: replays runs that learners handed in, and grades each.
//!
//! Guarantees: one result per file, in the order of the files, whatever is in them and for any number of threads; what
//! counts as met, answered and scored is decided by the replay with the page's own code, and nothing that a file says
//! about itself. Leaves out: the format (`saved_run`), and who handed a file in.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::typed::Asked;
use super::work::{Context, Done, Going, Kind, each};
use super::{End, write, write_json};
use quorum_exam::{Case, Lack, Verdict, certificate};
use quorum_facade::saved::{Asked as Entered, SavedRun};
use quorum_facade::snapshot::LessonFacts;
use quorum_facade::{Command, Control, Lab};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// The grade of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// The file, as it was named.
    pub file: String,
    /// The lesson's slug; none for free play, and where the file cannot be read.
    pub lesson: Option<String>,
    /// Whether the run replays and every goal is met.
    pub ok: bool,
    /// How many goals are met.
    pub goals: Goals,
    /// The score of the lesson as a percentage, as the page has it.
    pub score: Option<u32>,
    /// Whether anything was shown rather than done.
    pub helped: bool,
    /// Why it is not ok, in the language of the report.
    pub why: Option<String>,
    /// The code of a refused file.
    pub code: Option<String>,
}

/// The goals of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Goals {
    /// How many are met.
    pub met: usize,
    /// How many there are.
    pub of: usize,
    /// The names of those that are not met.
    pub unmet: Vec<String>,
}

/// Grades files; whether all are ok.
pub(super) fn run(
    files: &[PathBuf],
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let count = files.len() as u64;
    let line = context.line(count, &asked.spoken.t("cli-progress-files"));
    let work = |at: u64, _: &Going<'_>| {
        let file = files.get(usize::try_from(at).ok()?)?;
        Some(Done { value: grade(file, asked.lang), last: false })
    };
    let mut grades = Vec::new();
    let covered = each(context, &line, count, work, |_, grade| grades.push(grade));
    drop(line);
    for grade in &grades {
        match asked.json {
            true => write_json(out, grade)?,
            false => write(out, &sentence(grade, asked.lang))?,
        }
    }
    if let Some(partial) = covered.partial(0, Kind::Files) {
        match asked.json {
            true => write_json(out, &partial)?,
            false => write(out, &partial.text(asked.lang))?,
        }
        return Ok(End::Interrupted);
    }
    Ok(End::of(grades.iter().all(|grade| grade.ok)))
}

/// The bytes of a file; of one that is too large, as many as show it.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let cannot = |why: std::io::Error| Refusal::new("cannot_read", format!("{}: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(quorum_saved_run::MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

/// What a refusal says in a report.
fn said(lang: Lang, refusal: &Refusal) -> String {
    match refusal.code.as_str() {
        "cannot_read" => lang.f("cli-grade-unread", &[("why", refusal.error.as_str().into())]),
        code => quorum_i18n::refused(lang, code, &refusal.error),
    }
}

/// Grades a file.
fn grade(path: &Path, lang: Lang) -> Grade {
    let file = path.display().to_string();
    let opened = read(path).and_then(|bytes| quorum_saved_run::decode(&bytes));
    let (saved, refusal) = match opened {
        Ok(saved) if certificate::case_of(&saved).is_some() => {
            match certificate::judge(&saved, lang.code()) {
                Some(Ok((case, verdict))) => return of_exam(file, &case, &verdict, lang),
                Some(Err(refusal)) => (Some(saved), refusal),
                None => (Some(saved), Refusal::new("no_exam", "it is no sitting of the exam")),
            }
        }
        Ok(saved) => match Lab::reopen(&saved, lang.code()) {
            Ok(lab) => return graded(file, &saved, lab.snapshot().lesson.as_ref(), lang),
            Err(refusal) => (Some(saved), refusal),
        },
        Err(refusal) => (None, refusal),
    };
    Grade {
        file,
        lesson: saved.and_then(|saved| saved.lesson().map(str::to_owned)),
        ok: false,
        goals: Goals::default(),
        score: None,
        helped: false,
        why: Some(said(lang, &refusal)),
        code: Some(refusal.code),
    }
}

/// The grade of a sitting of the exam: what it asks for are its goals.
fn of_exam(file: String, case: &Case, verdict: &Verdict, lang: Lang) -> Grade {
    let unmet: Vec<String> = verdict.lacks.iter().map(|lack| lack.word().to_owned()).collect();
    let of = Lack::ALL.len();
    let met = of - unmet.len();
    let why = (!unmet.is_empty()).then(|| {
        let both =
            |one: String, two: String| lang.f("cli-grade-both", &[("one", one.into()), ("two", two.into())]);
        let said = unmet.iter().map(|word| lang.t(&format!("ex-lacks-{word}")));
        said.reduce(both).unwrap_or_default()
    });
    Grade {
        file,
        lesson: Some(format!("exam:{}", case.incident.id)),
        ok: verdict.passed,
        goals: Goals { met, of, unmet },
        score: u32::try_from(met * 100 / of).ok(),
        helped: false,
        why,
        code: None,
    }
}

/// The grade of a run that replays.
fn graded(file: String, saved: &SavedRun, facts: Option<&LessonFacts>, lang: Lang) -> Grade {
    let goals = facts.map(|facts| &facts.goals);
    let unmet: Vec<String> =
        goals.into_iter().flatten().filter(|goal| !goal.met).map(|goal| goal.id.clone()).collect();
    let of = goals.map_or(0, Vec::len);
    let shown =
        |entered: &Entered| matches!(entered, Entered::Command(Command::Control(Control::ShowMe { .. })));
    let why = (!unmet.is_empty()).then(|| {
        let text = saved.lesson().and_then(quorum_lesson::find).and_then(|lesson| lesson.text(lang.code()));
        let label = |id: &String| text.and_then(|text| text.goals.get(id.as_str())).unwrap_or(id).clone();
        let both =
            |one: String, two: String| lang.f("cli-grade-both", &[("one", one.into()), ("two", two.into())]);
        let goals = unmet.iter().map(label).reduce(both).unwrap_or_default();
        lang.f("cli-grade-unmet", &[("goals", goals.into())])
    });
    Grade {
        file,
        lesson: saved.lesson().map(str::to_owned),
        ok: unmet.is_empty(),
        goals: Goals { met: of - unmet.len(), of, unmet },
        score: facts.map(LessonFacts::percent),
        helped: saved.entries.iter().any(|entry| shown(&entry.what)),
        why,
        code: None,
    }
}

/// A grade as a line for a reader.
fn sentence(grade: &Grade, lang: Lang) -> String {
    let figures = [
        ("file", grade.file.as_str().into()),
        ("lesson", grade.lesson.clone().unwrap_or_else(|| lang.t("cli-grade-free")).into()),
        ("met", grade.goals.met.into()),
        ("of", grade.goals.of.into()),
        ("score", u64::from(grade.score.unwrap_or_default()).into()),
        ("why", grade.why.clone().unwrap_or_default().into()),
    ];
    let key = match (grade.ok, grade.score) {
        (true, Some(_)) => "cli-grade-ok",
        (true, None) => "cli-grade-replays",
        (false, Some(_)) => "cli-grade-not-yet",
        (false, None) => "cli-grade-refused",
    };
    let line = lang.f(key, &figures);
    if grade.helped { lang.f("cli-grade-helped", &[("line", line.into())]) } else { line }
}
