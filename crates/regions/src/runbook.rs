//! Runbooks: the steps after a disaster, in order, one per line.
//!
//! A step is a word and, for some, another: `verify digest`. Empty lines and text after `#` are ignored. Guarantees: an
//! invalid line is refused with its number and the list of valid words; what is written reads back. Leaves out:
//! executing the steps (`runbook_executor`).

use serde::{Deserialize, Serialize};

use quorum_types::Refusal;

/// Maximum number of steps in a runbook.
pub const MAX_STEPS: usize = 64;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Call the person on call, and wait until they answer.
    Page,
    /// Let that person decide.
    Decide,
    /// Revoke the old primary's right to acknowledge; wait until its lease is over.
    Fence,
    /// Make sure that the standby's cluster answers.
    CheckStandby,
    /// Start or scale up the standby's cluster.
    StartStandby,
    /// Restore the newest backup without checking it.
    RestoreNewest,
    /// Restore the newest intact backup, trying one after the other.
    RestoreGood,
    /// Build the indexes that a backup does not hold.
    Rebuild,
    /// Read the newest backup back, and check that it is intact.
    VerifyBackup,
    /// Compare row counts with the last known counts of the primary.
    VerifyCount,
    /// Compare the contents' digest with the primary's at the same position of its log.
    VerifyDigest,
    /// Make the standby the primary: it takes writes.
    Promote,
    /// Point the name to it.
    Dns,
    /// Wait until resolvers have dropped the old address.
    WaitTtl,
    /// Wait a minute.
    WaitMinute,
    /// Send a request to the service by its name, like a client.
    CheckService,
    /// Stop taking writes at the primary.
    Drain,
    /// Wait until the standby has applied all that the primary has.
    CatchUp,
    /// Notify everyone.
    Announce,
}

impl Step {
    /// All of them, in display order.
    pub const ALL: [Self; 19] = [
        Self::Page,
        Self::Decide,
        Self::Fence,
        Self::CheckStandby,
        Self::StartStandby,
        Self::RestoreNewest,
        Self::RestoreGood,
        Self::Rebuild,
        Self::VerifyBackup,
        Self::VerifyCount,
        Self::VerifyDigest,
        Self::Promote,
        Self::Dns,
        Self::WaitTtl,
        Self::WaitMinute,
        Self::CheckService,
        Self::Drain,
        Self::CatchUp,
        Self::Announce,
    ];

    /// The step as text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Decide => "decide",
            Self::Fence => "fence",
            Self::CheckStandby => "check standby",
            Self::StartStandby => "start standby",
            Self::RestoreNewest => "restore newest",
            Self::RestoreGood => "restore good",
            Self::Rebuild => "rebuild",
            Self::VerifyBackup => "verify backup",
            Self::VerifyCount => "verify count",
            Self::VerifyDigest => "verify digest",
            Self::Promote => "promote",
            Self::Dns => "dns",
            Self::WaitTtl => "wait ttl",
            Self::WaitMinute => "wait minute",
            Self::CheckService => "check service",
            Self::Drain => "drain",
            Self::CatchUp => "catch up",
            Self::Announce => "announce",
        }
    }

    /// The step for a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }
}

/// The steps of a runbook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runbook {
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// The built-in runbooks: name and steps.
pub const BUILT_IN: [(&str, &[Step]); 5] = [
    ("course", COURSE),
    ("careful", CAREFUL),
    ("restore", RESTORE),
    ("switchover", SWITCHOVER),
    ("forced", FORCED),
];

/// The five steps of course note 5.
const COURSE: &[Step] =
    &[Step::CheckStandby, Step::VerifyCount, Step::Dns, Step::WaitTtl, Step::CheckService, Step::Announce];
/// Ours: a person decides, the old primary is fenced, contents are compared by digest, the standby is promoted.
const CAREFUL: &[Step] = &[
    Step::Page,
    Step::CheckStandby,
    Step::StartStandby,
    Step::Fence,
    Step::VerifyDigest,
    Step::Promote,
    Step::Dns,
    Step::WaitTtl,
    Step::CheckService,
    Step::Announce,
];
/// Course note 4's total: detect, start, restore, verify; and the steps that it omits.
const RESTORE: &[Step] = &[
    Step::Page,
    Step::Decide,
    Step::StartStandby,
    Step::RestoreNewest,
    Step::Rebuild,
    Step::Fence,
    Step::VerifyCount,
    Step::Promote,
    Step::Dns,
    Step::WaitTtl,
    Step::CheckService,
    Step::Announce,
];
/// Planned switchover: nothing is lost.
const SWITCHOVER: &[Step] = &[
    Step::CheckStandby,
    Step::StartStandby,
    Step::Drain,
    Step::CatchUp,
    Step::VerifyDigest,
    Step::Fence,
    Step::Promote,
    Step::Dns,
    Step::WaitTtl,
    Step::CheckService,
    Step::Announce,
];
/// Immediate failover: writes that were not shipped are lost.
const FORCED: &[Step] =
    &[Step::StartStandby, Step::Fence, Step::Promote, Step::Dns, Step::WaitTtl, Step::CheckService];

impl Runbook {
    /// A built-in runbook.
    pub fn built_in(name: &str) -> Option<Self> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, steps)| Self { steps: steps.to_vec() })
    }

    /// The runbook selected by the setting `runbook`; 0 is the careful one.
    pub fn of_setting(setting: u64) -> Self {
        // The bounds of the setting are those of the table (the tests below).
        let (_, steps) = BUILT_IN[setting.checked_sub(1).unwrap_or(1) as usize];
        Self { steps: steps.to_vec() }
    }

    /// Its name, if it is a built-in one.
    pub fn name(&self) -> Option<&'static str> {
        BUILT_IN.iter().find(|(_, steps)| *steps == self.steps).map(|(name, _)| *name)
    }

    /// Parses a runbook, or looks up a built-in one by name.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if let Some(runbook) = Self::built_in(text.trim()) {
            return Ok(runbook);
        }
        let mut steps = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            let word = words.join(" ");
            let step = Step::of(&word).ok_or_else(|| {
                let known: Vec<&str> = Step::ALL.iter().map(|step| step.word()).collect();
                let short: String = word.chars().take(40).collect();
                let error = format!("line {number}: “{short}” is no step; there are {}", known.join(", "));
                Refusal::new("bad_runbook", error)
            })?;
            steps.push(step);
            if steps.len() > MAX_STEPS {
                let error = format!("line {number}: a runbook has at most {MAX_STEPS} steps");
                return Err(Refusal::new("bad_runbook", error));
            }
        }
        if steps.is_empty() {
            return Err(Refusal::new("bad_runbook", "it has no step; write one a line, such as “promote”"));
        }
        Ok(Self { steps })
    }

    /// The runbook as text.
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.steps.iter().map(|step| step.word()).collect();
        words.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_nonsense_is_refused_with_its_line() {
        for (name, steps) in BUILT_IN {
            let runbook = Runbook::parse(name).expect(name);
            assert_eq!(runbook.steps, steps);
            assert_eq!(runbook.name(), Some(name));
            assert_eq!(Runbook::parse(&runbook.text()), Ok(runbook));
        }
        let names = [0, 1, 2, 3, 4, 5].map(|setting| Runbook::of_setting(setting).name());
        assert_eq!(names, ["careful", "course", "careful", "restore", "switchover", "forced"].map(Some));
        let setting = crate::settings::ALL.iter().find(|setting| setting.name == "runbook");
        assert_eq!(setting.map(|setting| setting.max), Some(BUILT_IN.len() as u64));
        let read = Runbook::parse("# first\n\n  page   # wake them\nrestore   good\n").expect("reads");
        assert_eq!(read.steps, [Step::Page, Step::RestoreGood]);
        for (text, expected) in [
            ("page\npray\n", "line 2: “pray” is no step"),
            ("", "it has no step"),
            (&"promote\n".repeat(65), "line 65: a runbook has at most"),
        ] {
            let refusal = Runbook::parse(text).expect_err(text);
            assert!(
                refusal.code == "bad_runbook" && refusal.error.starts_with(expected),
                "{}",
                refusal.error
            );
        }
    }
}
