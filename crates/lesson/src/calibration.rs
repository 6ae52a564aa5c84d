//! How well a learner's confidence in predictions agrees with what came true.
//!
//! A learner states with a prediction how sure they are, in percent ([`PERCENTS`] are offered). Of each step the first
//! prediction with an outcome counts, and none of later attempts, whose outcome is known. A learner is well calibrated
//! if as many percent of the predictions came true as were stated. Guarantees: the same record gives the same answer.
//! Leaves out: asking and drawing it.

use super::record::Record;
use litemap::LiteMap;

/// The confidences that a learner chooses from, in percent: a guess between two, rather sure, almost certain.
pub const PERCENTS: [u32; 3] = [50, 70, 90];

/// A confidence and what came of the predictions that were made with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibrated {
    /// The confidence, in percent.
    pub percent: u32,
    /// How many predictions were made with it and have an outcome.
    pub stated: u32,
    /// How many of them came true.
    pub came_true: u32,
}

/// What came of each confidence that was ever stated, the lowest first.
pub fn calibration(record: &Record) -> Vec<Calibrated> {
    let mut found: LiteMap<u32, (u32, u32)> = LiteMap::new();
    for confidence in record.lessons.values().flat_map(|account| account.confidences.values()) {
        if let Some(came_true) = confidence.came_true {
            let (stated, right) = found.entry(confidence.percent).or_default();
            *stated += 1;
            *right += u32::from(came_true);
        }
    }
    let figures = found.iter();
    figures
        .map(|(percent, (stated, came_true))| Calibrated {
            percent: *percent,
            stated: *stated,
            came_true: *came_true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Account, Prediction};

    /// A lesson's account with a prediction of this confidence, whose choice came true or not.
    fn predicted(step: &str, percent: u32, right: bool, account: &mut Account) {
        let came = Some(vec![if right { "mine" } else { "other" }.to_owned()]);
        account.state(step, percent);
        let prediction = Prediction { chosen: Some("mine".to_owned()), came };
        account.predictions.insert(step.to_owned(), prediction);
        account.settle_confidence(step);
    }

    #[test]
    fn first_predictions_with_an_outcome_are_counted_by_confidence() {
        let mut record = Record::default();
        assert_eq!(calibration(&record), []);
        for (slug, answers) in [("a", [(90, true), (90, false)]), ("b", [(50, true), (90, true)])] {
            let account = record.lessons.entry(slug.to_owned()).or_default();
            for (at, (percent, right)) in answers.into_iter().enumerate() {
                predicted(&format!("s{at}"), percent, right, account);
            }
        }
        let account = record.lessons.entry("b".to_owned()).or_default();
        account.state("open", 70);
        let all = [
            Calibrated { percent: 50, stated: 1, came_true: 1 },
            Calibrated { percent: 90, stated: 3, came_true: 2 },
        ];
        assert_eq!(calibration(&record), all);
        // A second attempt knows the outcome: it changes nothing. A statement without an outcome is forgotten.
        let account = record.lessons.entry("a".to_owned()).or_default();
        account.start_over();
        predicted("s1", 50, true, account);
        assert_eq!(account.confidences.len(), 2);
        assert_eq!(calibration(&record), all);
    }

    #[test]
    fn a_confidence_can_be_changed_until_the_outcome_is_known() {
        let mut account = Account::default();
        account.settle_confidence("s");
        account.state("s", 50);
        account.state("s", 90);
        account.settle_confidence("s");
        let stated = |account: &Account| account.confidences.get("s").map(|one| (one.percent, one.came_true));
        assert_eq!(stated(&account), Some((90, None)));
        predicted("s", 70, false, &mut account);
        account.state("s", 90);
        assert_eq!(stated(&account), Some((70, Some(false))));
        account.start_over();
        assert_eq!(stated(&account), Some((70, Some(false))));
    }
}
