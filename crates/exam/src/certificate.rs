//! Certificates: the saved run of a sitting, and what it proves.
//!
//! Guarantees: a run is taken for a sitting only if its schedule is the one that the incident and the seed in it give;
//! it is graded by sitting it again. Leaves out: the bytes (`saved_run`).

use quorum_facade::saved::{Began, SavedRun};
use quorum_types::Refusal;

use super::case::PER_SEED;
use super::{Case, Sitting, Verdict, bank};

/// The case of which a saved run is a sitting; none if it is any other run.
pub fn case_of(saved: &SavedRun) -> Option<Case> {
    let Began::Schedule(replay) = &saved.began else { return None };
    let (seed, number) = (replay.seed / PER_SEED, replay.seed % PER_SEED);
    let incident = bank().iter().find(|incident| incident.number == number)?;
    Case::draw(incident, seed).ok().filter(|case| case.replay == **replay)
}

/// The case and the grade of a saved run; none if it is no sitting of an exam.
pub fn judge(saved: &SavedRun, lang: &str) -> Option<Result<(Case, Verdict), Refusal>> {
    let case = case_of(saved)?;
    let graded = Sitting::again(case, saved, lang).and_then(|sitting| {
        let verdict = sitting.verdict()?;
        Ok((sitting.case().clone(), verdict))
    });
    Some(graded)
}
