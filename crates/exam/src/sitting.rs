//! A sitting: the run of a case with somebody at the keyboard.
//!
//! It opens at the moment of the complaint. Time passes in steps in which the judge looks; commands and the diagnosis
//! are those of the façade, so the run's transcript has all of them. Guarantees: a sitting that is repeated from its
//! saved run has the same verdict. Leaves out: pacing, and drawing.

use quorum_facade::saved::{Arrival, Asked, Began, SavedRun};
use quorum_facade::{Advance, Answer, Command, Control, Lab};
use quorum_types::{Micros, NodeId, Refusal};

use super::board::{self, Entry, Row};
use super::harm::{Kind, allowed, is_start, kind};
use super::judge::Judge;
use super::{Case, Verdict};

/// Most steps of a run between two looks at the time: none of the bank takes as many.
const AT_ONCE: u32 = 4_000_000;

/// A diagnosis.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The component, such as `pod:7` or `link`.
    pub component: String,
    /// The event that proves it.
    pub entry: Entry,
}

/// A sitting.
#[derive(Debug)]
pub struct Sitting {
    case: Case,
    lab: Lab,
    judge: Judge,
    log: Vec<Entry>,
    diagnosis: Option<Diagnosis>,
    commands: Vec<(Micros, Command)>,
    ticket: u64,
}

impl Sitting {
    /// Opens a case at the moment of the complaint.
    pub fn open(case: Case, lang: &str) -> Result<Self, Refusal> {
        let lab = Lab::replay(&case.replay, lang)?;
        let (fault_us, report_us) = (case.fault_us, case.report_us);
        let mut sitting = Self {
            case,
            lab,
            judge: Judge::default(),
            log: Vec::new(),
            diagnosis: None,
            commands: Vec::new(),
            ticket: 0,
        };
        // The last moment before the first fault.
        sitting.pass(fault_us.saturating_sub(1));
        sitting.judge.begin(&sitting.case, &sitting.lab);
        sitting.advance(report_us)?;
        Ok(sitting)
    }

    /// The case.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Virtual time.
    pub fn now_us(&self) -> Micros {
        self.lab.now_us()
    }

    /// When it ends at the latest.
    pub fn ends_us(&self) -> Micros {
        self.case.fault_us + self.case.incident.limit_s * 1_000_000
    }

    /// What the log shows, in the order of time.
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// What the board shows.
    pub fn board(&self) -> Vec<Row> {
        board::board(self.case.incident.world, &self.lab.snapshot())
    }

    /// The commands that were given, and when.
    pub fn commands(&self) -> &[(Micros, Command)] {
        &self.commands
    }

    /// The diagnosis so far.
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        self.diagnosis.as_ref()
    }

    /// Whether everything that the incident asks for holds now. Only for whoever grades: an operator sees the board.
    pub fn is_over(&self) -> bool {
        self.judge.is_over()
    }

    /// Lets time pass up to a moment, but not beyond the end.
    pub fn advance(&mut self, until_us: Micros) -> Result<(), Refusal> {
        let until_us = until_us.min(self.ends_us());
        let step_us = self.case.incident.step_ms.max(1) * 1_000;
        while self.now_us() < until_us {
            // Looks are at the same moments however time is sliced by whoever drives it.
            let next = (self.now_us() / step_us + 1) * step_us;
            self.pass(next.min(until_us));
            if next <= until_us {
                self.judge.look(&self.case, &self.lab)?;
            }
        }
        Ok(())
    }

    fn pass(&mut self, until_us: Micros) {
        while self.lab.advance(until_us, AT_ONCE) == Advance::Budget {}
        self.collect();
    }

    fn collect(&mut self) {
        for event in self.lab.take_events() {
            self.judge.observe(&self.case, &event);
            self.log.extend(board::entry(&event));
        }
        self.lab.take_answers();
    }

    /// Gives a command. Refused is what no operator can do, and what the world refuses; the latter counts all the same.
    pub fn give(&mut self, command: Command) -> Result<(), Refusal> {
        allowed(self.case.incident.world, &command)?;
        if self.now_us() >= self.ends_us() {
            return Err(Refusal::new("exam_over", "the time of this incident is over; hand it in"));
        }
        let counts = kind(&self.case.incident.fine, &self.case.names, &command);
        let starts = is_start(&command);
        self.commands.push((self.now_us(), command.clone()));
        self.ticket += 1;
        let ticket = self.ticket;
        self.lab.execute(ticket, command);
        let answers = self.lab.take_answers();
        // What is due now is done before anything else is asked, so that the saved run has moments of rest alone.
        self.pass(self.now_us());
        let refused = answers.into_iter().find_map(|(answered, answer)| match answer {
            Answer::Refused { code, error, .. } if answered == ticket => Some(Refusal::new(&code, error)),
            _ => None,
        });
        // What could be started was down.
        let counts = if starts && refused.is_none() { Kind::Fine } else { counts };
        self.judge.count(counts);
        refused.map_or(Ok(()), Err)
    }

    /// Names the component and the event of the log that proves it; the last diagnosis counts.
    pub fn diagnose(&mut self, component: &str, entry: usize) -> Result<(), Refusal> {
        let Some(entry) = self.log.get(entry).cloned() else {
            return Err(Refusal::new("no_such_event", "the log has no event of that number"));
        };
        let diagnose = Control::Diagnose {
            component: component.to_owned(),
            kind: entry.kind.clone(),
            node: entry.node,
            t_us: entry.t_us,
        };
        self.ticket += 1;
        self.lab.execute(self.ticket, diagnose.into());
        self.pass(self.now_us());
        self.diagnosis = Some(Diagnosis { component: component.to_owned(), entry });
        Ok(())
    }

    /// The place in the log of an event of this kind, node and time.
    fn find(&self, kind: &str, node: Option<NodeId>, t_us: Micros) -> Option<usize> {
        self.log.iter().position(|entry| entry.t_us == t_us && entry.node == node && entry.kind == kind)
    }

    /// The grade at this moment.
    pub fn verdict(&self) -> Result<Verdict, Refusal> {
        let named = self.diagnosis.as_ref().map(|named| (named.component.as_str(), &named.entry));
        self.judge.verdict(&self.case, &self.lab, named)
    }

    /// The run so far: the certificate, if it passes.
    pub fn saved_run(&self) -> Result<SavedRun, Refusal> {
        self.lab.saved_run()
    }

    /// Sits a case again as a saved run has it.
    pub(super) fn again(case: Case, saved: &SavedRun, lang: &str) -> Result<Self, Refusal> {
        let forged =
            |what: &str| Refusal::new("bad_run", format!("no sitting of an exam is like this: {what}"));
        match &saved.began {
            Began::Schedule(replay) if **replay == case.replay => {}
            _ => return Err(forged("it begins with another schedule")),
        }
        let mut sitting = Self::open(case, lang)?;
        let arrive = |sitting: &mut Self, at: Arrival| match at {
            Arrival::Here => Ok(()),
            Arrival::AtRest { t_us } if t_us >= sitting.now_us() && t_us <= sitting.ends_us() => {
                sitting.advance(t_us)
            }
            _ => Err(forged("it has a moment that no sitting has")),
        };
        for entry in &saved.entries {
            arrive(&mut sitting, entry.at)?;
            match &entry.what {
                Asked::Command(Command::Control(Control::Diagnose { component, kind, node, t_us })) => {
                    let at = sitting.find(kind, *node, *t_us);
                    let at = at.ok_or_else(|| forged("its evidence is no event of its log"))?;
                    sitting.diagnose(component, at)?;
                }
                Asked::Command(command) => {
                    allowed(sitting.case.incident.world, command)?;
                    // Refused as it was the first time; it counts all the same.
                    let _ = sitting.give(command.clone());
                }
                Asked::Go { .. } => return Err(forged("it goes to another moment")),
            }
        }
        arrive(&mut sitting, saved.moment)?;
        if sitting.lab.fingerprint() != saved.fingerprint {
            return Err(Refusal::new(
                "run_differs",
                "the run does not repeat here: its events are different",
            ));
        }
        Ok(sitting)
    }
}
