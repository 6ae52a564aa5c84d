//! Time travel: a log of the commands of a run with their times, and full copies of some of its states (moments).
//!
//! A run in memory can go to any point in time: it restores the last saved moment before it and replays the same
//! commands. A moment is saved every few hundred events. When there are too many, or together they hold too much
//! memory, the oldest is dropped that is not a multiple of twice the distance; when there is none, the distance
//! doubles. So their number stays about the same, and going back costs about the same for a run of any length. The more
//! a world holds, the fewer moments are saved ([`Copied`]). Commands after going back create a different future (a
//! fork); a copy of a [`Lab`] is a fork as well. Guarantees: going back restores exactly the same state, to the last
//! event; the memory of a run does not grow with its length if its world's does not. Leaves out: persistent runs, whose
//! disks are real.

use super::Lab;
use super::command::Command;
use super::sim_world::SimWorld;
use super::swarm::TimedCommand;
use quorum_sim::copied::Copied;
use quorum_types::{Micros, Refusal};

/// Initial number of events between two saved moments.
const FIRST_DISTANCE: u64 = 256;
/// Upper limit on the number of saved moments.
const MOST: usize = 48;
/// Lower limit on it, for a world of any size.
const LEAST: usize = 6;

/// What a replayed run does.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// The names of the rules that are off from the beginning.
    pub(super) off: Vec<String>,
    /// What is done, in order of time.
    pub(super) actions: Vec<TimedCommand>,
    /// How much of it is done.
    pub(super) done: usize,
}

/// What was asked and when, with moments kept whole.
#[derive(Clone, Debug)]
pub(super) struct Past {
    asked: Vec<(Micros, Command)>,
    moments: Vec<Moment>,
    distance: u64,
    happened: u64,
    /// Whether anything is noted at all.
    notes: bool,
}

/// A moment, kept whole.
#[derive(Clone, Debug)]
struct Moment {
    at_us: Micros,
    /// A lone engine is never kept: it can hold too much.
    world: Box<dyn SimWorld>,
    asked: usize,
    done: usize,
    happened: u64,
    copied: Copied,
}

impl Default for Past {
    fn default() -> Self {
        Self { asked: Vec::new(), moments: Vec::new(), distance: FIRST_DISTANCE, happened: 0, notes: true }
    }
}

impl Past {
    /// Something was asked.
    pub(super) fn note(&mut self, now: Micros, command: &Command) {
        if self.notes {
            self.asked.push((now, command.clone()));
        }
    }

    /// From here on nothing is noted, and nothing can be gone back to.
    pub(super) fn forget(&mut self) {
        *self = Self { notes: false, ..Self::default() };
    }

    /// Whether a moment should be kept whole now.
    fn is_due(&mut self) -> bool {
        self.happened += 1;
        self.notes && self.happened.is_multiple_of(self.distance)
    }

    /// Keeps a moment, and drops others until together they hold at most `most_bytes`.
    fn keep(&mut self, moment: Moment, most_bytes: u64) {
        self.moments.push(moment);
        while self.moments.len() > MOST || self.moments.len() > LEAST && self.bytes() > most_bytes {
            self.drop_one();
        }
    }

    /// About how many bytes all moments hold.
    fn bytes(&self) -> u64 {
        let younger = self.moments.iter().skip(1).chain(self.moments.last());
        let pairs = self.moments.iter().zip(younger);
        pairs.map(|(moment, next)| moment.copied.alone(next.at_us - moment.at_us)).sum()
    }

    /// Drops the oldest moment that lies between two of twice the distance.
    fn drop_one(&mut self) {
        loop {
            let twice = self.distance * 2;
            let between = |moment: &Moment| !moment.happened.is_multiple_of(twice);
            if let Some(at) = self.moments.iter().position(between) {
                self.moments.remove(at);
                return;
            }
            self.distance = twice;
        }
    }
}

impl Lab {
    /// Something has happened: keeps the moment if that is due.
    pub(super) fn remember(&mut self) {
        if self.config.kept || !self.past.is_due() {
            return;
        }
        let Some((copied, most_bytes)) = self.world.copied() else { return };
        let mut world = self.world.clone();
        // The caller that goes back has already received these.
        world.take_events();
        let (asked, happened) = (self.past.asked.len(), self.past.happened);
        let moment = Moment { at_us: self.now_us(), world, asked, done: self.script.done, happened, copied };
        self.past.keep(moment, most_bytes);
    }

    /// Goes to a moment: to the last one that is kept whole before it, and on from there by asking the same again.
    pub(super) fn seek(&mut self, t_us: Micros) -> Result<(), Refusal> {
        self.may_seek()?;
        self.go_back(t_us);
        Ok(())
    }

    /// Whether this run goes to other moments at all.
    pub(super) fn may_seek(&self) -> Result<(), Refusal> {
        if self.config.kept {
            let error = "a kept run cannot go back: its disks are real. Run in memory to go back and forth";
            return Err(Refusal::new("kept", error));
        }
        if !self.past.notes {
            let error = "this run cannot go back: what was asked of it is not kept in memory";
            return Err(Refusal::new("kept", error));
        }
        Ok(())
    }

    fn go_back(&mut self, t_us: Micros) {
        // Events of the moment itself are part of it, so it has to lie before.
        let behind = self.past.moments.partition_point(|moment| moment.at_us < t_us);
        self.past.moments.truncate(behind);
        let asked = std::mem::take(&mut self.past.asked);
        let from = match self.past.moments.last() {
            Some(moment) => {
                self.world = moment.world.clone();
                self.script.done = moment.done;
                self.past.happened = moment.happened;
                moment.asked
            }
            None => {
                self.world = self.fresh_world();
                self.script.done = 0;
                self.past.happened = 0;
                0
            }
        };
        self.past.asked.extend_from_slice(&asked[..from]);
        self.go_again(t_us, &asked[from..]);
    }

    /// Replays the same commands up to a moment; the caller receives no events or answers from the replay.
    fn go_again(&mut self, t_us: Micros, asked: &[(Micros, Command)]) {
        self.refuse_owed();
        let (events, answers) = (std::mem::take(&mut self.events), std::mem::take(&mut self.answers));
        let (grader, waits) = (self.grader.take(), std::mem::take(&mut self.waits));
        self.majority = self.world.can_elect();
        self.collect();
        // Replayed commands do not count as a learner's action, and nothing is played meanwhile.
        let within = self.plays_by_itself(true);
        for (at, command) in asked.iter().take_while(|(at, _)| *at <= t_us) {
            self.advance(*at, u32::MAX);
            self.execute(0, command.clone());
        }
        self.advance(t_us, u32::MAX);
        self.plays_by_itself(within);
        // No caller waits for the answers to replayed commands.
        self.unanswered.clear();
        (self.events, self.answers) = (events, answers);
        (self.grader, self.waits) = (grader, waits);
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::{Action, Control};
    use super::*;
    use crate::tests::{ask, config};

    /// A run of five nodes with faults, up to a moment.
    fn played(until_us: Micros) -> Lab {
        let mut lab = Lab::open(config("replica-set:5", 5, false), None).expect("opens");
        for (at, command) in [
            (3_000_000, Command::Cluster(Action::Kill { node: 2, torn_bytes: 9, sectors: None })),
            (9_000_000, Command::Cluster(Action::Partition { side: vec![1, 4] })),
            (15_000_000, Command::Cluster(Action::Restart { node: 2 })),
            (22_000_000, Command::Cluster(Action::Heal)),
        ] {
            if at <= until_us {
                lab.advance(at, u32::MAX);
                ask(&mut lab, command);
            }
        }
        lab.advance(until_us, u32::MAX);
        lab
    }

    #[test]
    fn any_moment_is_the_same_however_it_is_come_to_and_few_are_kept_whole() {
        let mut lab = played(240_000_000);
        assert!((MOST / 4..=MOST).contains(&lab.past.moments.len()), "{}", lab.past.moments.len());
        assert!(lab.past.distance > FIRST_DISTANCE);
        for t_us in [239_000_000, 59_000_000, 30_000_001, 22_000_000, 14_000_000, 9_000_000, 2_000_000, 0] {
            ask(&mut lab, Command::Control(Control::Seek { t_us }));
            assert_eq!((lab.now_us(), lab.digest()), (t_us, played(t_us).digest()));
        }
        // From there another future is possible, and the old one is gone.
        ask(&mut lab, Command::Cluster(Action::Kill { node: 3, torn_bytes: 0, sectors: None }));
        lab.advance(5_000_000, u32::MAX);
        assert_ne!(lab.digest(), played(5_000_000).digest());
    }

    #[test]
    fn the_more_rows_a_world_holds_the_fewer_moments_are_kept() {
        let mut lab = Lab::open(config("replica-set:5", 1, false), None).expect("opens");
        let mut bytes = Vec::new();
        // Two writes a second.
        for part in 1..=20 {
            lab.advance(part * 600_000_000, u32::MAX);
            lab.take_events();
            bytes.push(lab.past.bytes());
        }
        assert!(
            lab.snapshot().client.is_some_and(|client| client.ok > 20_000),
            "{:?}",
            lab.snapshot().client
        );
        let most = lab.world.copied().map_or(0, |(_, most)| most);
        assert!(bytes.iter().all(|bytes| *bytes <= most), "{bytes:?}");
        assert!((LEAST..MOST).contains(&lab.past.moments.len()), "{}", lab.past.moments.len());
        let last = lab.now_us();
        ask(&mut lab, Command::Control(Control::Seek { t_us: 11_000_000_000 }));
        lab.advance(last, u32::MAX);
        assert!(lab.snapshot().client.is_some_and(|client| client.ok > 20_000));
    }

    #[test]
    fn a_copy_is_a_fork_that_goes_its_own_way() {
        let mut lab = played(10_000_000);
        let mut fork = lab.clone();
        ask(&mut fork, Command::Cluster(Action::PowerCut { torn_bytes: 0, sectors: None }));
        lab.advance(12_000_000, u32::MAX);
        fork.advance(12_000_000, u32::MAX);
        assert_eq!(lab.digest(), played(12_000_000).digest());
        assert_ne!(lab.digest(), fork.digest());
    }

    #[test]
    fn a_schedule_that_was_found_is_the_same_run_here() {
        use crate::swarm::{Cluster, Limits, Replay, Run, Search};
        let mut search = Search::new(Some(quorum_raft::Rule::LogUpToDate), 0, 50, 10_000);
        search.go(u64::MAX);
        let found = search.found().expect("it falls").clone();
        let limits =
            Limits { events: found.violation.event, until: Some("leader_completeness"), mend: false };
        let run = Run::new(found.schedule.clone(), limits, false).finish();
        let mut lab = Lab::replay(&Replay::of::<Cluster>(&found.schedule).expect("commands"), "en")
            .expect("a run of it");
        lab.advance(run.world.now, u32::MAX);
        let broken = |lab: &Lab| lab.snapshot().invariants.iter().any(|invariant| !invariant.holds);
        assert!(broken(&lab));
        assert_eq!(
            lab.snapshot().group.and_then(|group| group.script).map(|(done, of)| done == of),
            Some(true)
        );
        // Back to the beginning and once more.
        ask(&mut lab, Command::Control(Control::Seek { t_us: 0 }));
        assert!(!broken(&lab));
        lab.advance(run.world.now, u32::MAX);
        assert!(broken(&lab));
    }
}
