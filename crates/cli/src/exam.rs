//! `exam`: lists the bank of incidents, and plays the three that a seed draws.
//!
//! Guarantees: one line per incident, the same for any number of threads; a saved run is graded by doing it again.
//! Leaves out: incidents and grades (`exam`), and the page, on which people sit it.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::typed::Asked;
use super::work::{Context, Done, Going, Kind, each};
use super::{End, grade, write, write_json};
use quorum_exam::{Case, INCIDENTS, Incident, Runbook, Sitting, Step, TO_PASS, Verdict, bank, find, three};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// The line of an incident.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    seed: u64,
    incident: &'static str,
    passed: bool,
    rto_ms: Option<f64>,
    lost: u64,
    harm: u64,
    /// What is lacking, for sentences.
    #[serde(skip)]
    lacks: Vec<&'static str>,
}

impl Line {
    fn of(case: &Case, verdict: &Verdict) -> Self {
        Self {
            seed: case.seed,
            incident: &case.incident.id,
            passed: verdict.passed,
            rto_ms: verdict.rto_us.map(|us| us as f64 / 1_000.0),
            lost: verdict.lost,
            harm: verdict.harm,
            lacks: verdict.lacks.iter().map(|lack| lack.word()).collect(),
        }
    }

    /// The line for a reader.
    pub(super) fn sentence(&self, lang: Lang) -> String {
        let both =
            |one: String, two: String| lang.f("cli-grade-both", &[("one", one.into()), ("two", two.into())]);
        let lacks: Vec<String> = self.lacks.iter().map(|word| lang.t(&format!("ex-lacks-{word}"))).collect();
        let rto = match self.rto_ms {
            Some(ms) => lang.f("cli-exam-after", &[("s", (ms / 1_000.0).into())]),
            None => lang.t("cli-exam-never"),
        };
        let figures = [
            ("seed", self.seed.into()),
            ("incident", lang.t(&format!("ex-title-{}", self.incident)).into()),
            ("rto", rto.into()),
            ("lost", self.lost.into()),
            ("harm", self.harm.into()),
            ("lacks", lacks.into_iter().reduce(both).unwrap_or_default().into()),
        ];
        lang.f(if self.passed { "cli-exam-passed" } else { "cli-exam-failed" }, &figures)
    }
}

/// Lists the incidents.
pub(super) fn list(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    for incident in bank() {
        let title = asked.lang.t(&format!("ex-title-{}", incident.id));
        if asked.json {
            let world = incident.world.word();
            write_json(out, &serde_json::json!({ "incident": incident.id, "world": world, "title": title }))?;
        } else {
            write(out, &format!("{:<24} {}", incident.id, title))?;
        }
    }
    Ok(true)
}

/// What plays.
enum Player {
    Reference,
    Nothing,
    Steps(Vec<Step>),
}

/// A file of steps: `{"steps": […]}`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    steps: Vec<Step>,
}

/// Plays the exam of a seed, or one of its incidents; or grades the saved run of one.
pub(super) fn run(asked: &Asked, context: &Context, out: &mut impl Write) -> Result<End, Refusal> {
    let play = asked.play.as_deref().unwrap_or("reference");
    if let Some(line) = saved(play, asked.lang)? {
        print(&line, asked, out)?;
        return Ok(End::of(line.passed));
    }
    let player = match play {
        "reference" => Player::Reference,
        "nothing" => Player::Nothing,
        file => Player::Steps(script(Path::new(file))?),
    };
    let seed = asked.seed.unwrap_or(0);
    let incidents: Vec<&'static Incident> = match &asked.incident {
        None => three(seed),
        Some(id) => vec![find(id).ok_or_else(|| {
            let names: Vec<&str> = bank().iter().map(|incident| incident.id.as_str()).collect();
            let error = format!("there is no incident “{id}”; there are {}", names.join(", "));
            Refusal::new("unknown_incident", error)
        })?],
    };
    let count = incidents.len() as u64;
    let shown = context.line(count, &asked.spoken.t("cli-progress-runs"));
    let work = |at: u64, _: &Going<'_>| {
        let incident = incidents.get(usize::try_from(at).ok()?)?;
        Some(Done { value: one(incident, seed, &player, asked), last: false })
    };
    let mut lines = Vec::new();
    let covered = each(context, &shown, count, work, |_, line| lines.push(line));
    drop(shown);
    let lines = lines.into_iter().collect::<Result<Vec<_>, _>>()?;
    for line in &lines {
        print(line, asked, out)?;
    }
    if let Some(partial) = covered.partial(0, Kind::Runs) {
        match asked.json {
            true => write_json(out, &partial)?,
            false => write(out, &partial.text(asked.lang))?,
        }
        return Ok(End::Interrupted);
    }
    let passed = lines.iter().filter(|line| line.passed).count();
    let whole = incidents.len() == INCIDENTS;
    if whole && !asked.json {
        let key = if passed >= TO_PASS { "cli-exam-yes" } else { "cli-exam-no" };
        write(out, &asked.lang.f(key, &[("passed", passed.into()), ("of", INCIDENTS.into())]))?;
    }
    Ok(End::of(passed >= if whole { TO_PASS } else { incidents.len() }))
}

fn print(line: &Line, asked: &Asked, out: &mut impl Write) -> Result<(), Refusal> {
    match asked.json {
        true => write_json(out, line),
        false => write(out, &line.sentence(asked.lang)),
    }
}

fn one(incident: &'static Incident, seed: u64, player: &Player, asked: &Asked) -> Result<Line, Refusal> {
    let mut sitting = Sitting::open(Case::draw(incident, seed)?, asked.lang.code())?;
    let steps = match player {
        Player::Reference => &incident.reference[..],
        Player::Nothing => &[],
        Player::Steps(steps) => steps,
    };
    // A runbook that ends early is graded as far as it got.
    let _ = Runbook(steps).play(&mut sitting);
    if let Some(folder) = &asked.save {
        let bytes = quorum_saved_run::encode(&sitting.saved_run()?)?;
        let name = format!("exam-{seed}-{}.{}", incident.id, quorum_saved_run::FILE_ENDING);
        let path = folder.join(name);
        let cannot = |why: std::io::Error| Refusal::new("cannot_write", format!("{}: {why}", path.display()));
        std::fs::create_dir_all(folder).map_err(cannot)?;
        std::fs::write(&path, bytes).map_err(cannot)?;
    }
    Ok(Line::of(sitting.case(), &sitting.verdict()?))
}

/// The line of a saved run; none if the file is no saved run.
fn saved(file: &str, lang: Lang) -> Result<Option<Line>, Refusal> {
    let path = Path::new(file);
    if path.extension().is_none_or(|ending| ending != quorum_saved_run::FILE_ENDING) {
        return Ok(None);
    }
    let run = quorum_saved_run::decode(&grade::read(path)?)?;
    match quorum_exam::certificate::judge(&run, lang.code()) {
        Some(graded) => graded.map(|(case, verdict)| Some(Line::of(&case, &verdict))),
        None => Err(Refusal::new("no_exam", format!("{file} is a saved run, but no sitting of the exam"))),
    }
}

/// The steps of a file.
fn script(path: &Path) -> Result<Vec<Step>, Refusal> {
    let bytes = grade::read(path)?;
    let script: Script = serde_json::from_slice(&bytes)
        .map_err(|why| Refusal::new("bad_script", format!("{}: {why}", path.display())))?;
    Ok(script.steps)
}
