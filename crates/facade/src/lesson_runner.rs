//! Lessons in the lab: the learner's answers, the actions available to them, and playing actions, solutions and runs
//! that refute an answer.
//!
//! A solution is a list of moves (`lesson::schema`). Its commands name nodes by words such as `leader`, which become
//! numbers when they are played. The world then receives the same commands as from a learner, so time travel and
//! digests do not depend on lessons. Guarantees: the same run and the same moves give the same events; a wait that
//! times out ends the play with an error that names the wait; an action of the learner ends it too. Leaves out: which
//! moves are right (`course`).

use std::collections::VecDeque;

use super::answer::Answer;
use super::command::{Command, Control};
use super::command_tables::{read_command, resolve, stock, with_any_node};
use super::metrics::MetricView;
use super::saved::Arrival;
use super::snapshot::{GoalFacts, LackFacts, LessonFacts, StepFacts};
use super::{Event, Lab, limits};
use quorum_lesson::evaluator::{Now, RoleBindings, Seen, Watch};
use quorum_lesson::schema::{SHOWS, Score, WAIT_US};
use quorum_lesson::{CommandTable, Lesson, Missing, Move, Predicate};
use quorum_texts::tree::{Node, Value};
use quorum_types::sort::sort;
use quorum_types::{Micros, NodeId, Refusal};

/// Tickets of played commands begin here; a host's are smaller. A page's numbers are exact up to 2^53.
const PLAYED: u64 = 1 << 52;

/// Opens a lesson from one text and checks that every command is valid and its topology exists; `name` is the file
/// name, for errors. It can then be opened as a run by its slug.
pub fn open_lesson(name: &str, text: &str) -> Result<&'static Lesson, Refusal> {
    let lesson = Lesson::from_source(name, text)?;
    let wrong =
        |line: usize, fault: &str| Refusal::new("bad_lesson", format!("{name}: line {line}: {fault}"));
    for made in lesson.moves() {
        if let Move::Do(action) = made {
            let read = read_command(&with_any_node(&action.table));
            read.map_err(|fault| wrong(action.line, &format!("{}: {fault}", action.op)))?;
        }
    }
    for run in lesson.course.refutations.iter().chain([&lesson]) {
        super::topology::Topology::parse(&run.topology)
            .map_err(|refusal| Refusal::new("bad_lesson", format!("{name}: topology: {}", refusal.error)))?;
        opens(run).map_err(|refusal| {
            let named = |line: &&str| {
                run.settings.keys().any(|name| refusal.error.contains(name) && line.contains(name))
            };
            let line = text.lines().position(|line| named(&line)).map_or(0, |at| at + 1);
            Refusal::new("bad_lesson", format!("{name}: line {line}: settings: {}", refusal.error))
        })?;
    }
    quorum_lesson::bundle::open(name, text)
}

/// Whether a run with a lesson's settings can be opened.
fn opens(run: &Lesson) -> Result<(), Refusal> {
    let settings: Vec<(String, u64)> =
        run.settings.iter().map(|(name, value)| (name.clone(), *value)).collect();
    let topology = Some(run.topology.clone());
    let config =
        super::run::RunConfig { lesson: None, topology, seed: run.seed, kept: false, lang: "en".to_owned() };
    Lab::open_with(config, None, &settings).map(|_| ())
}

/// Commands that are not faults: they are never rejected, and those of the first list do not count as actions either.
const ASKS: [&str; 28] = [
    "query",
    "search",
    "wal",
    "stats",
    "list_collections",
    "export_wal",
    "run",
    "run_until",
    "stop_run",
    "step",
    "seek",
    "step_back",
    "undo",
    "line",
    "compare",
    "why",
    "what_if",
    "inspect",
    "history",
    "sync",
    "act",
    "predict",
    "explain",
    "read",
    "show_me",
    "free_play",
    "reset",
    "play",
];
const HARMLESS: [&str; 16] = [
    "insert",
    "upsert",
    "import",
    "delete",
    "create_collection",
    "drop_collection",
    "create_index",
    "drop_index",
    "load",
    "release",
    "flush",
    "compact",
    "recover",
    "restart",
    "resume",
    "heal",
];
/// Commands that lead to another moment or line, which ends a play in progress.
const TRAVELS: [&str; 5] = ["seek", "step_back", "undo", "line", "what_if"];

/// Whether a command of this name is a fault, which a lesson may forbid.
pub fn is_fault(op: &str) -> bool {
    !ASKS.contains(&op) && !HARMLESS.contains(&op)
}

/// Whether a command of this name counts as an action of the learner's (`fewest-actions`, and the par of a mission).
pub fn is_action(op: &str) -> bool {
    !ASKS.contains(&op)
}

/// The play in progress, and the learner's permissions.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    play: Option<Play>,
    /// Whether a move is being executed: its commands do not count as the learner's.
    within: bool,
    /// Whether the lesson's restrictions are lifted.
    free: bool,
    /// Number of the learner's commands, without queries.
    actions: u64,
    /// The error of the last play.
    fault: Option<Refusal>,
    /// Number of commands that were played.
    tickets: u64,
}

/// Moves being played.
#[derive(Clone, Debug)]
struct Play {
    ticket: u64,
    moves: VecDeque<Move>,
    of: u32,
    wait: Option<Wait>,
    /// Who leads, for what is waited for.
    roles: RoleBindings,
    began: Micros,
    /// Whether a host plays it, so that nothing in the transcript stands for it.
    by_host: bool,
}

#[derive(Clone, Debug)]
enum Wait {
    Time(Micros),
    Goal { goal: String, until: Micros },
    Predicate { watch: Box<Watch>, until: Micros, came: bool },
}

impl Stage {
    /// Whether the command that is executed follows from one that is in the transcript.
    pub(super) fn is_silent(&self) -> bool {
        self.within && !self.play.as_ref().is_some_and(|play| play.by_host)
    }
}

impl Lab {
    /// How long moves may take here, in virtual time.
    pub fn most_run_us(&self) -> Micros {
        self.world.most_run_us()
    }

    /// Passes new events to the grader, and to the play in progress.
    pub(super) fn grade(&mut self, fresh: &[Event]) {
        let t_us = self.world.now();
        let metrics = MetricView { world: &*self.world, majority: self.majority };
        if let Some(grader) = &mut self.grader {
            grader.observe(fresh.iter().map(Seen::from), t_us, &metrics);
        }
        let Some(play) = &mut self.stage.play else { return };
        if let Some(Wait::Predicate { watch, came, .. }) = &mut play.wait {
            for event in fresh.iter().map(Seen::from).map(Some).chain([None]) {
                let now = Now { t_us, event, roles: &play.roles, metrics: &metrics, met: &[] };
                *came |= watch.see(now);
                if let Some(event) = event {
                    play.roles.observe(event);
                }
            }
        } else {
            fresh.iter().for_each(|event| play.roles.observe(event.into()));
        }
    }

    /// Every metric that this run has, by name; `setting.*` stands for any setting's.
    pub fn metrics(&self) -> Vec<&'static str> {
        MetricView { world: &*self.world, majority: self.majority }.names()
    }

    /// A metric by name.
    pub fn metric(&self, name: &str) -> Option<i64> {
        quorum_lesson::MetricSource::metric(
            &MetricView { world: &*self.world, majority: self.majority },
            name,
        )
    }

    /// The names of the goals that are met.
    pub fn goals_met(&self) -> Vec<&'static str> {
        self.grader.as_ref().map_or_else(Vec::new, |grader| grader.met().to_vec())
    }

    // --- commands

    /// Executes commands that concern only the lesson; returns any other command, unless the lesson forbids it.
    pub(super) fn of_lesson(&mut self, ticket: u64, command: Command) -> Option<Command> {
        if self.stage.within {
            return Some(command);
        }
        let done = match self.lesson_command(ticket, command) {
            Ok(Some(command)) => return Some(command),
            Ok(None) => return None,
            Err(refusal) if refusal.code.is_empty() => Ok(()),
            Err(refusal) => Err(refusal),
        };
        let answer = match done {
            Ok(()) => self.done(),
            Err(refusal) => refusal.into(),
        };
        self.answers.push((ticket, answer));
        None
    }

    /// As [`Lab::of_lesson`]; an error without a code means that it is done.
    fn lesson_command(&mut self, ticket: u64, command: Command) -> Result<Option<Command>, Refusal> {
        let done = || Err(Refusal::new("", ""));
        match command {
            Command::Control(Control::Predict { step, choose }) => {
                self.grader_mut()?.predict(&step, &choose)?;
                done()
            }
            Command::Control(Control::Explain { step, choose }) => {
                if self.grader_mut()?.explain(&step, &choose)? {
                    return done();
                }
                let slug = &self.lesson()?.slug;
                Err(Refusal::new("refuted", format!("{slug}#{step}.{choose} is a run that shows otherwise")))
            }
            Command::Control(Control::Read { step }) => {
                self.grader_mut()?.reads(&step)?;
                done()
            }
            Command::Control(Control::FreePlay { on }) => {
                self.stage.free = on;
                done()
            }
            Command::Control(Control::Reset) => {
                self.reset()?;
                done()
            }
            Command::Control(Control::Act { name }) => {
                let moves =
                    match self.grader.as_ref().and_then(|grader| grader.lesson().course.actions.get(&name)) {
                        Some(own) => own.clone(),
                        None => stock(&name).ok_or_else(|| {
                            Refusal::new("unknown_action", format!("there is no action “{name}” here"))
                        })?,
                    };
                self.stage.actions += 1;
                self.begin_play(ticket, moves, false);
                Ok(None)
            }
            Command::Control(Control::ShowMe { step }) => {
                let moves = self.rest_of_solution(step.as_deref())?;
                self.begin_play(ticket, moves, false);
                Ok(None)
            }
            other => self.may(other).map(Some),
        }
    }

    fn grader_mut(&mut self) -> Result<&mut quorum_lesson::Grader, Refusal> {
        self.grader.as_mut().ok_or_else(|| Refusal::new("no_lesson", "this run is no lesson"))
    }

    fn lesson(&self) -> Result<&'static Lesson, Refusal> {
        let lesson = self.grader.as_ref().map(quorum_lesson::Grader::lesson);
        lesson.ok_or_else(|| Refusal::new("no_lesson", "this run is no lesson"))
    }

    /// Whether the learner may do this now; it interrupts the play in progress.
    fn may(&mut self, command: Command) -> Result<Command, Refusal> {
        let op = command.op();
        if ASKS.contains(&op.as_str()) {
            if TRAVELS.contains(&op.as_str()) {
                self.interrupt_play();
            }
            return Ok(command);
        }
        if let (Ok(lesson), false) = (self.lesson(), self.stage.free)
            && let Some(allowed) = &lesson.course.allowed
            && !allowed.contains(&op)
            && is_fault(&op)
        {
            let allowed = allowed.join(", ");
            let error = format!("this lesson keeps to {allowed}; free play lifts that");
            return Err(Refusal::new("not_in_this_lesson", error));
        }
        self.end_play(Some(Refusal::new("interrupted", "something else was asked meanwhile")));
        self.stage.actions += 1;
        Ok(command)
    }

    fn reset(&mut self) -> Result<(), Refusal> {
        let lesson = self.lesson()?;
        self.seek(0)?;
        self.past = super::timeline::Past::default();
        self.world = self.fresh_world();
        for wait in std::mem::take(&mut self.waits) {
            let error = "the run was started again before this was answered";
            self.answers.push((wait.ticket, Refusal::new("interrupted", error).into()));
        }
        self.grader = Some(quorum_lesson::Grader::new(lesson, &[], self.world.now()));
        self.stage = Stage { free: self.stage.free, ..Stage::default() };
        // A caller that restarts already has the first events; the grader does not.
        let fresh = self.world.take_events();
        self.grade(&fresh);
        self.transcript.clear();
        self.transcript_here();
        if self.stage.free {
            self.transcript_played(Arrival::Here, Control::FreePlay { on: true });
        }
        Ok(())
    }

    /// The moves of the solution that lead to the end of a step, without those of steps that are finished.
    fn rest_of_solution(&self, step: Option<&str>) -> Result<Vec<Move>, Refusal> {
        let lesson = self.lesson()?;
        let place = |id: &str| lesson.steps.iter().position(|step| step.id == id);
        let last = match step {
            Some(id) => {
                place(id).ok_or_else(|| Refusal::new("no_such_step", format!("there is no step “{id}”")))?
            }
            None => lesson.steps.len().saturating_sub(1),
        };
        let solution = lesson.course.solutions.first();
        let solution = solution.ok_or_else(|| Refusal::new("no_solution", "this lesson has no solution"))?;
        let done: Vec<bool> = match &self.grader {
            Some(grader) => grader.steps().into_iter().map(|step| step.done).collect(),
            None => Vec::new(),
        };
        let steps = steps_of(lesson, solution);
        let wanted = |at: usize| at <= last && !done.get(at).copied().unwrap_or(false);
        let rest = solution.iter().zip(steps).filter(|(_, at)| wanted(*at)).map(|(made, _)| made.clone());
        Ok(rest.collect())
    }

    /// For a run that refutes an answer: begins to play it.
    pub(super) fn begin_refutation(&mut self) {
        let Ok(lesson) = self.lesson() else { return };
        if lesson.slug.contains('#')
            && let Some(moves) = lesson.course.solutions.first()
        {
            let mut moves = moves.clone();
            moves.push(Move::UntilGoal { goal: SHOWS.to_owned(), at_most_us: WAIT_US });
            self.begin_play(PLAYED, moves, false);
        }
    }

    // --- playing

    /// Starts to play moves as time advances; the ticket is answered at their end.
    pub fn play(&mut self, ticket: u64, moves: Vec<Move>) {
        self.begin_play(ticket, moves, true);
    }

    fn begin_play(&mut self, ticket: u64, moves: Vec<Move>, by_host: bool) {
        self.end_play(Some(Refusal::new("interrupted", "something else is played now")));
        let began = self.now_us();
        let of = moves.len() as u32;
        self.stage.fault = None;
        let roles = RoleBindings::default();
        self.stage.play = Some(Play { ticket, moves: moves.into(), of, wait: None, roles, began, by_host });
        self.play_on(Micros::MAX);
    }

    /// Whether a play is in progress.
    pub fn plays(&self) -> bool {
        self.stage.play.is_some()
    }

    /// The error of the last play.
    pub fn play_fault(&self) -> Option<&Refusal> {
        self.stage.fault.as_ref()
    }

    /// Continues the play as far as possible at this moment; returns until when time may advance, at most `limit`.
    pub(super) fn play_on(&mut self, limit: Micros) -> Micros {
        if self.stage.within {
            return limit;
        }
        let most_us = self.most_run_us();
        loop {
            self.answers.retain(|(ticket, _)| *ticket < PLAYED);
            let now = self.now_us();
            let met = self.goals_met();
            let Some(play) = &mut self.stage.play else { return limit };
            let over = match &play.wait {
                None => Ok(true),
                Some(Wait::Time(at)) => Ok(now >= *at),
                Some(Wait::Goal { goal, until }) => {
                    waited(met.contains(&goal.as_str()), now, *until, || format!("goal {goal} was not met"))
                }
                Some(Wait::Predicate { came, until, .. }) => {
                    waited(*came, now, *until, || "what was waited for did not come true".to_owned())
                }
            };
            match over {
                Ok(true) => play.wait = None,
                Ok(false) => return self.play_limit().min(limit),
                Err(refusal) => {
                    self.end_play(Some(refusal));
                    return limit;
                }
            }
            if now - play.began > most_us {
                let error = format!("it takes longer than {most_us} microseconds");
                self.end_play(Some(Refusal::new("too_long", error)));
                return limit;
            }
            match play.moves.pop_front() {
                Some(made) => self.do_move(made),
                None => self.end_play(None),
            }
        }
    }

    /// Until when time may advance before the play has to continue.
    fn play_limit(&self) -> Micros {
        match self.stage.play.as_ref().and_then(|play| play.wait.as_ref()) {
            Some(Wait::Time(at) | Wait::Goal { until: at, .. } | Wait::Predicate { until: at, .. }) => *at,
            None => Micros::MAX,
        }
    }

    /// Ends the play in progress, because the run goes to another moment.
    pub(super) fn interrupt_play(&mut self) {
        self.end_play(Some(Refusal::new("interrupted", "the run went to another moment")));
    }

    fn end_play(&mut self, fault: Option<Refusal>) {
        let Some(play) = self.stage.play.take() else { return };
        let answer = match &fault {
            None => self.done(),
            Some(refusal) => refusal.clone().into(),
        };
        self.stage.fault = fault;
        if play.ticket < PLAYED {
            self.answers.push((play.ticket, answer));
        }
    }

    fn wait_for(&mut self, wait: Wait) {
        if let Some(play) = &mut self.stage.play {
            play.wait = Some(wait);
        }
    }

    fn do_move(&mut self, made: Move) {
        let now = self.now_us();
        let at = self.arrival();
        let answer = match &made {
            _ if !self.stage.play.as_ref().is_some_and(|play| play.by_host) => None,
            Move::Predict { step, choose } => {
                Some(Control::Predict { step: step.clone(), choose: choose.clone() })
            }
            Move::Explain { step, choose } => {
                Some(Control::Explain { step: step.clone(), choose: choose.clone() })
            }
            Move::Read(step) => Some(Control::Read { step: step.clone() }),
            _ => None,
        };
        let done = match made {
            Move::Do(action) => self.do_action(&action),
            Move::Act(name) => self.unfold(&name),
            Move::RunUs(us) => {
                self.wait_for(Wait::Time(now.saturating_add(us)));
                Ok(())
            }
            Move::UntilGoal { goal, at_most_us } => {
                self.wait_for(Wait::Goal { goal, until: now.saturating_add(at_most_us) });
                Ok(())
            }
            Move::Until { when, at_most_us } => self.wait_for_when(when, now.saturating_add(at_most_us)),
            Move::Predict { step, choose } => {
                self.grader_mut().and_then(|grader| grader.predict(&step, &choose))
            }
            Move::Explain { step, choose } => {
                self.grader_mut().and_then(|grader| grader.explain(&step, &choose)).map(|_| ())
            }
            Move::Read(step) => self.grader_mut().and_then(|grader| grader.reads(&step)),
        };
        match (done, answer) {
            (Ok(()), Some(answer)) => self.transcript_played(at, answer),
            (Ok(()), None) => {}
            (Err(refusal), _) => self.end_play(Some(refusal)),
        }
    }

    /// Inserts an action's moves before the remaining ones.
    fn unfold(&mut self, name: &str) -> Result<(), Refusal> {
        let own = self.lesson().ok().and_then(|lesson| lesson.course.actions.get(name).cloned());
        let moves = own.or_else(|| stock(name));
        let moves = moves
            .ok_or_else(|| Refusal::new("unknown_action", format!("the action “{name}” is not played")))?;
        if let Some(play) = &mut self.stage.play {
            moves.into_iter().rev().for_each(|made| play.moves.push_front(made));
        }
        Ok(())
    }

    /// Waits for a predicate, which has to live as long as its lesson.
    fn wait_for_when(&mut self, when: Predicate, until: Micros) -> Result<(), Refusal> {
        let Some(when) = self.lesson()?.course.find_when(&when) else {
            return Err(Refusal::new(
                "no_such_wait",
                "only what the lesson itself waits for can be waited for",
            ));
        };
        let watch = Box::new(Watch::new(when, self.now_us()));
        self.wait_for(Wait::Predicate { watch, until, came: false });
        Ok(())
    }

    fn do_action(&mut self, action: &CommandTable) -> Result<(), Refusal> {
        if ["run", "run_until", "step", "seek"].contains(&action.op.as_str()) {
            let error = format!("line {}: in a solution time passes by run_us and until", action.line);
            return Err(Refusal::new("bad_lesson", error));
        }
        let tables = match resolve(&action.table, &|word| self.named(word)) {
            Ok(tables) => tables,
            // An action on all nodes that are down or paused succeeds if there are none.
            Err(word) if ["down", "paused"].contains(&word.as_str()) => return Ok(()),
            Err(word) => {
                return Err(Refusal::new("nobody", format!("line {}: nobody is “{word}” now", action.line)));
            }
        };
        for table in tables {
            let command = read_command(&table).map_err(|fault| {
                Refusal::new("bad_lesson", format!("line {}: {}: {fault}", action.line, action.op))
            })?;
            limits::command(&command, self.now_us()).map_err(|refusal| {
                Refusal::new(&refusal.code, format!("line {}: {}: {}", action.line, action.op, refusal.error))
            })?;
            self.stage.tickets += 1;
            let ticket = PLAYED + self.stage.tickets;
            self.stage.within = true;
            self.record_and_dispatch(ticket, command);
            self.stage.within = false;
            // A command that is rejected at once is not a valid move; the later outcome of a write is up to the lesson.
            let answer = self.answers.iter().find(|(answered, _)| *answered == ticket);
            if let Some((_, Answer::Refused { code, error, .. })) = answer {
                return Err(Refusal::new(code, format!("line {}: {}: {error}", action.line, action.op)));
            }
        }
        Ok(())
    }

    /// The nodes that a word refers to now, in order; `None` if the word is unknown here.
    fn named(&self, word: &str) -> Option<Vec<NodeId>> {
        self.world.named(word)
    }

    /// Sets whether commands now come from the lab itself; returns the previous value.
    pub(super) fn plays_by_itself(&mut self, within: bool) -> bool {
        core::mem::replace(&mut self.stage.within, within)
    }

    // --- what is shown

    /// The state of the lesson.
    pub(super) fn lesson_facts(&self) -> Option<LessonFacts> {
        let grader = self.grader.as_ref()?;
        let metrics = MetricView { world: &*self.world, majority: self.majority };
        let goals = grader.goals(&metrics).into_iter().map(|goal| GoalFacts {
            id: goal.id,
            step: goal.step as u32,
            met: goal.met,
            progress: goal.progress,
            lacks: goal.lacks.into_iter().map(lack_facts).collect(),
        });
        let steps = grader.steps().into_iter().map(|step| StepFacts {
            id: step.id,
            kind: step.kind.to_owned(),
            done: step.done,
            chosen: step.chosen,
            settled: step.settled,
            came: step.came,
            right: step.right,
        });
        let left = |play: &Play| play.moves.len() as u32;
        Some(LessonFacts {
            slug: grader.lesson().slug.clone(),
            step: grader.step() as u32,
            goals: goals.collect(),
            steps: steps.collect(),
            finished: grader.finished(),
            free: self.stage.free,
            blocked: self.blocked(grader),
            playing: self.stage.play.as_ref().map(|play| (play.of.saturating_sub(left(play)), play.of)),
            scores: self.scores(),
        })
    }

    /// The actions that wait for a goal of theirs, and those that would be rejected at once.
    fn blocked(&self, grader: &quorum_lesson::Grader) -> Vec<String> {
        let lesson = grader.lesson();
        let mut names: Vec<&String> = lesson.steps.iter().flat_map(|step| &step.actions).collect();
        sort(&mut names);
        names.dedup();
        let stuck =
            |name: &&String| match lesson.course.actions.get(name.as_str()).and_then(|own| own.first()) {
                Some(Move::Do(action)) => !self.finds_somebody(action),
                _ => false,
            };
        let waits = |name: &&String| {
            let after = lesson.course.action_goals.get(name.as_str());
            !self.stage.free && after.is_some_and(|after| !grader.met().contains(&after.as_str()))
        };
        names.into_iter().filter(|name| waits(name) || stuck(name)).cloned().collect()
    }

    /// Whether there is a node to which the action can apply now.
    fn finds_somebody(&self, action: &CommandTable) -> bool {
        let tables = match resolve(&action.table, &|word| self.named(word)) {
            Ok(tables) => tables,
            // As in [`Lab::do_action`]: an action on all nodes that are down or paused succeeds if there are none.
            Err(word) => return ["down", "paused"].contains(&word.as_str()),
        };
        let is = |word: &str, node: NodeId| self.named(word).map(|named| named.contains(&node));
        tables.iter().all(|table| {
            let Some(node) = number_of(table, "node") else { return true };
            match action.op.as_str() {
                "restart" => is("down", node) != Some(false),
                "kill" | "stop" | "pause" => is("down", node) != Some(true),
                "resume" => is("paused", node) != Some(false),
                _ => true,
            }
        })
    }

    /// The scores that the lesson asks for, as far as they are known.
    pub(super) fn scores(&self) -> Vec<(String, u64)> {
        let asked = self.grader.as_ref().map(|grader| &grader.lesson().course.scores);
        asked.into_iter().flatten().filter_map(|score| self.score(*score)).collect()
    }

    fn score(&self, score: Score) -> Option<(String, u64)> {
        let value = match score {
            Score::FewestActions => Some(self.stage.actions),
            Score::LowestRto => self.metric("rto_us").and_then(|value| u64::try_from(value).ok()),
            Score::LowestCost => self.metric("cost").and_then(|value| u64::try_from(value).ok()),
        };
        value.map(|value| (score.word().to_owned(), value))
    }
}

fn lack_facts(lack: Missing) -> LackFacts {
    LackFacts {
        word: lack.word.to_owned(),
        name: lack.name,
        node: lack.node,
        field: lack.field,
        test: lack.test.map(str::to_owned),
        have: lack.have,
        want: lack.want,
        want_text: lack.want_text,
    }
}

/// The number in a field of a command's table.
fn number_of(table: &Node, field: &str) -> Option<NodeId> {
    let Value::Table(fields) = &table.value else { return None };
    match &fields.iter().find(|(name, _)| name == field)?.1.value {
        Value::Integer(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Whether a wait is over; an error if it timed out.
fn waited(came: bool, now: Micros, until: Micros, what: impl Fn() -> String) -> Result<bool, Refusal> {
    match came {
        true => Ok(true),
        false if now >= until => Err(Refusal::new("not_in_time", format!("{} by {until} us", what()))),
        false => Ok(false),
    }
}

/// Whether a word names a role or a state, so that at some moments no node matches it.
/// The step that each move of a solution belongs to: the one of the next wait for a goal, or of the learner's next
/// answer.
fn steps_of(lesson: &Lesson, moves: &[Move]) -> Vec<usize> {
    let step = |id: &str| lesson.steps.iter().position(|step| step.id == id);
    let of_goal = |id: &str| lesson.steps.iter().position(|step| step.goals.iter().any(|goal| goal.id == id));
    let mut steps = vec![0; moves.len()];
    let mut next = lesson.steps.len().saturating_sub(1);
    for (at, made) in moves.iter().enumerate().rev() {
        let named = match made {
            Move::UntilGoal { goal, .. } => of_goal(goal),
            Move::Predict { step: id, .. } | Move::Explain { step: id, .. } | Move::Read(id) => step(id),
            _ => None,
        };
        next = named.unwrap_or(next);
        steps[at] = next;
    }
    steps
}
