//! The façade: the single interface to engine, log, Raft and simulation. `Command` in; `Event`, `Answer` and `Snapshot`
//! out.
//!
//! It is synchronous and deterministic: no clock, no entropy, no I/O. The host (the worker in a browser, the command
//! line natively) advances its time and stores its disks.
//!
//! How a host drives it:
//! 1. [`Lab::open`] with a [`RunConfig`] and what the store holds of the run's disks.
//! 2. [`Lab::execute`] commands, each with a ticket of the host's choosing.
//! 3. [`Lab::advance`] up to a virtual time. It stops early with [`Advance::Waiting`] when the next thing
//!    that happens is the end of an fsync whose bytes the host has not yet confirmed.
//! 4. [`Lab::take_writes`]: make them durable in order, in one transaction or several, then tell
//!    [`Lab::persisted`] the last ticket that is safe. A run in memory confirms at once.
//! 5. [`Lab::take_events`], [`Lab::take_answers`], [`Lab::snapshot`].
//!
//! Virtual time and events do not depend on how long the host takes to persist: a persistent run and a run in memory
//! with the same seed and commands have the same digest.

pub mod answer;
mod antecedents;
mod awaited;
pub mod backup;
mod bounds;
mod build_snapshot;
pub mod causes;
pub mod change;
pub mod command;
mod command_tables;
pub mod disks;
mod engine;
pub mod event;
pub mod inspect;
mod inspect_replicas;
mod lesson_runner;
pub mod limits;
mod metrics;
mod milvus_cluster;
mod moments;
pub mod news;
mod outages;
mod recorder;
mod reopen;
mod replica_set;
pub mod run;
mod run_until;
pub mod saved;
mod sim_world;
mod single_engine;
pub mod snapshot;
mod store;
pub mod swarm;
mod time;
mod timeline;
mod topology;
mod transcript;
mod two_regions;
pub mod values;
mod what_if;
mod why;
mod world;
pub mod world_code;
mod written;

use std::collections::VecDeque;

pub use answer::Answer;
use answer::Reply;
pub use awaited::Awaited;
pub use command::{
    Action, Command, Control, Corruption, EngineCommand, MilvusAction, Moment, Params, RawAction,
    RegionAction, Unreadable, WalSpan, WalWindow,
};
pub use command_tables::{read_command, stock, with_any_node};
pub use event::{
    DropReason, EngineEvent, Event, EventKind, FaultEvent, MessageKind, MilvusEvent, NetworkEvent, OpStatus,
    Phase, PhaseTime, RaftEvent, RegionEvent, ServiceEvent, StorageEvent, Tail, VoteRefusal, united,
};
pub use lesson_runner::{is_action, is_fault, open_lesson};
pub use quorum_engine::{Value, schema::NUMBER_MARK};
use quorum_i18n::Lang;
use quorum_lesson::{BuiltIn, Grader, Lesson, find};
use quorum_raft::Rules;
use quorum_sim::settings::Settings;
use quorum_types::{Micros, NodeId, Refusal};
use recorder::Recorder;
pub use run::{
    Advance, Bytes, Committed, DiskWrite, Done, PersistBatch, RunConfig, RunStamp, STORE_VERSION, Storage,
    StoredFile, StoredRun, file_name, file_number,
};
use run_until::Found;
use sim_world::{LogPart, SimWorld};
pub use snapshot::Snapshot;
use swarm::Replay;
use timeline::{Past, Script};
pub use topology::Topology;
pub use values::{InsertRows, Row};
use world::new_world;
use world_code::Origin;
pub use written::written;

pub use quorum_milvus as milvus;
pub use quorum_raft::{RULES, Rule, RuleFacts};
pub use quorum_regions as regions;
pub use quorum_sim::cluster::MAX_NODES as MOST_NODES;
pub use quorum_sim::flat;
pub use quorum_sim::settings::{ALL as SETTINGS, Setting};
pub use quorum_sim::{history, inspect as messages, outage, rpo};

/// The façade. See the module documentation for how a host drives it.
#[derive(Clone, Debug)]
pub struct Lab {
    config: RunConfig,
    lang: Lang,
    topology: Topology,
    settings: Settings,
    /// How the initial world is created.
    origin: Origin,
    stored: StoredRun,
    world: Box<dyn SimWorld>,
    grader: Option<Grader>,
    events: Vec<Event>,
    answers: Vec<(u64, Answer)>,
    /// Commands that are done when time has passed.
    waits: VecDeque<Wait>,
    /// The most events of a run until something happens within one `execute`.
    events_at_once: u32,
    /// What was found of what the first of them waits for.
    found: Found,
    /// Tickets that the world itself answers later: writes in progress.
    unanswered: Vec<u64>,
    /// The log of commands and their times, for going back to a moment.
    past: Past,
    /// Only of a copy that answers “why”.
    recorder: Option<Recorder>,
    /// For a replayed run: the actions, their times, and how many are done.
    script: Script,
    /// The rules at the start of the run.
    rules: Rules,
    /// Tickets of generated rows, which have their own kind of answer.
    generating: Vec<u64>,
    /// What was acknowledged according to the last stamp.
    receipts: Receipts,
    /// Whether some group of nodes that hear each other is a majority.
    majority: bool,
    /// What is played, and what the learner may do.
    stage: lesson_runner::Stage,
    /// What was done from the beginning on, for a saved run.
    transcript: transcript::Transcript,
}

/// What was acknowledged: for a single engine everything up to a record, for a replica set writes by their numbers.
type Receipts = (u64, Vec<(u64, u64)>);

/// A command that is done when time has passed.
#[derive(Clone, Copy, Debug)]
struct Wait {
    ticket: u64,
    until: Until,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    Time(Micros),
    /// Until there are more events than this.
    Events(u64),
    /// Until the engine has recovered or failed to.
    Recovered,
    /// Until something happens, or until a time; `goals` were met before.
    Happens {
        what: Awaited,
        by: Micros,
        goals: usize,
    },
}

impl Lab {
    /// Opens a run: a new one, or one whose disks are in `stored`.
    pub fn open(config: RunConfig, stored: Option<StoredRun>) -> Result<Self, Refusal> {
        Self::open_with(config, stored, &[])
    }

    /// As [`Lab::open`], with settings that differ from the lesson's or the defaults, by name.
    pub fn open_with(
        mut config: RunConfig,
        stored: Option<StoredRun>,
        settings: &[(String, u64)],
    ) -> Result<Self, Refusal> {
        let stored = stored.unwrap_or_default();
        for seed in [config.seed, stored.stamp.seed] {
            if seed > limits::MOST_EXACT {
                return Err(Refusal::new("bad_seed", format!("a seed is at most {}", limits::MOST_EXACT)));
            }
        }
        limits::stored(&stored)?;
        let lesson = config.lesson.as_deref().map(known_lesson).transpose()?;
        let named = lesson.map(|lesson| lesson.topology.as_str()).or(config.topology.as_deref());
        let named = named.unwrap_or(Topology::DEFAULT);
        let topology = Topology::parse(named)?;
        if stored.stamp.boot > 0 {
            if stored.stamp.topology != topology.word() {
                let error = format!(
                    "the stored data is of a {}, not of a {}; erase it to begin again",
                    stored.stamp.topology,
                    topology.word()
                );
                return Err(Refusal::new("other_topology", error));
            }
            config.seed = stored.stamp.seed;
        }
        let mut chosen = Settings::default();
        let of_lesson = lesson.iter().flat_map(|lesson| &lesson.settings).map(|(name, value)| (name, *value));
        let named_settings: Vec<(String, u64)> = of_lesson
            .map(|(name, value)| (name.to_owned(), value))
            .chain(Topology::settings(named)?)
            .chain(settings.iter().map(|(name, value)| (name.to_owned(), *value)))
            .collect();
        let origin = world_code::origin((topology, named), config.seed, &named_settings)?;
        if topology == Topology::External {
            // Its disks are in memory: it starts from scratch every time.
            config.kept = false;
        } else {
            for (name, value) in &named_settings {
                chosen.set(name, *value)?;
            }
        }
        let rules = Rules::default();
        let kept = config.kept;
        let world = new_world(&origin, config.seed, kept, chosen.clone(), rules, &stored);
        let grader = lesson.map(|lesson| Grader::new(lesson, &stored.stamp.goals_met, world.now()));
        let lang = Lang::parse(&config.lang);
        let receipts = store::receipts(&stored.stamp);
        let mut lab = Self {
            config,
            lang,
            topology,
            settings: chosen,
            origin,
            stored,
            world,
            grader,
            events: Vec::new(),
            answers: Vec::new(),
            waits: VecDeque::new(),
            events_at_once: time::EVENTS_AT_ONCE,
            found: Found::default(),
            unanswered: Vec::new(),
            past: Past::default(),
            recorder: None,
            script: Script::default(),
            rules,
            generating: Vec::new(),
            receipts,
            majority: false,
            stage: lesson_runner::Stage::default(),
            transcript: transcript::Transcript::new(!settings.is_empty()),
        };
        lab.collect();
        lab.begin_refutation();
        lab.transcript_here();
        Ok(lab)
    }

    /// Opens a run that a search found: the same events, in memory.
    pub fn replay(replay: &Replay, lang: &str) -> Result<Self, Refusal> {
        limits::replay(replay)?;
        let config = RunConfig {
            lesson: None,
            topology: Some(replay.world.topology(replay.nodes)),
            seed: replay.seed,
            kept: false,
            lang: lang.to_owned(),
        };
        let mut lab = Self::open_with(config, None, &replay.settings)?;
        lab.script.off.clone_from(&replay.off);
        replay.off.iter().filter_map(|name| Rule::parse(name)).for_each(|rule| lab.rules.set(rule, false));
        lab.world = lab.fresh_world();
        lab.script.actions.clone_from(&replay.actions);
        lab.transcript.of_schedule(replay);
        lab.events.clear();
        lab.collect();
        lab.transcript_here();
        Ok(lab)
    }

    /// The initial world, in memory.
    fn fresh_world(&self) -> Box<dyn SimWorld> {
        let (seed, settings) = (self.config.seed, self.settings.clone());
        let mut world = new_world(&self.origin, seed, false, settings, self.rules, &self.stored);
        self.script.off.iter().for_each(|rule| world.switch_off(seed, rule));
        world
    }

    // --- commands

    /// Executes a command. The answer comes from [`Lab::take_answers`] under the same ticket, now or when the command
    /// is done.
    pub fn execute(&mut self, ticket: u64, command: Command) {
        if let Err(refusal) = limits::command(&command, self.now_us()) {
            self.answers.push((ticket, refusal.into()));
            return;
        }
        let asked = self.transcript_begins(&command);
        if let Some(command) = self.of_lesson(ticket, command) {
            self.record_and_dispatch(ticket, command);
        }
        self.transcript_ends(ticket, asked);
    }

    fn record_and_dispatch(&mut self, ticket: u64, command: Command) {
        let now = self.now_us();
        let reads = command.only_reads() || matches!(command, Command::Control(Control::Seek { .. }));
        let passes = match command {
            Command::Control(Control::Run { .. } | Control::Step | Control::RunUntil { .. })
            | Command::Engine(EngineCommand::Recover) => true,
            Command::Control(Control::Seek { t_us }) => t_us > now,
            _ => false,
        };
        let no_action = matches!(
            command,
            Command::Control(
                Control::StepBack
                    | Control::StopRun
                    | Control::Undo
                    | Control::Line { .. }
                    | Control::Compare { .. }
                    | Control::WhatIf { .. }
            )
        );
        // Time that passes is repeated anyway; a restart of the engine is an action of its own.
        let restarts = matches!(command, Command::Engine(EngineCommand::Recover));
        let written = !self.stage.is_silent() && self.transcript_world(&command);
        if !reads && !no_action && (!passes || restarts) {
            self.past.note(now, &command);
        }
        match self.dispatch(ticket, command) {
            Ok(Some(answer)) => self.answers.push((ticket, answer)),
            Ok(None) if self.waits.iter().any(|wait| wait.ticket == ticket) => {}
            Ok(None) => self.unanswered.push(ticket),
            Err(refusal) => {
                let answer = self.world.refused(refusal);
                self.answers.push((ticket, answer));
            }
        }
        self.collect();
        if written {
            self.transcript_here();
        }
        if passes {
            let events = if self.runs_until() { self.events_at_once } else { time::EVENTS_AT_ONCE };
            self.pass(events);
        }
    }

    /// Executes a command; `None` if the answer comes later.
    fn dispatch(&mut self, ticket: u64, command: Command) -> Result<Option<Answer>, Refusal> {
        // Time advances in the same way in every world, and each can be looked into; an external world handles the rest
        // itself.
        let of_time = matches!(
            command,
            Command::Control(
                Control::Run { .. }
                    | Control::Step
                    | Control::RunUntil { .. }
                    | Control::StopRun
                    | Control::Seek { .. }
                    | Control::StepBack
                    | Control::Undo
                    | Control::Line { .. }
                    | Control::Compare { .. }
                    | Control::Why { .. }
                    | Control::WhatIf { .. }
                    | Control::Inspect { .. }
                    | Control::History { .. }
                    | Control::Diagnose { .. }
            )
        );
        if !of_time {
            self.begin_command(&command);
        }
        if !of_time && self.topology == Topology::External {
            self.world.dispatch(command)?;
            return Ok(Some(self.done()));
        }
        match command {
            Command::Engine(command) => self.dispatch_engine(ticket, command),
            Command::Control(control) => self.dispatch_control(ticket, control),
            Command::Cluster(_) => {
                self.world.dispatch(command)?;
                Ok(Some(self.done()))
            }
            Command::Milvus(_) | Command::Region(_) => {
                let error =
                    format!("this run has no “{}”; open a Milvus cluster or two regions", command.op());
                Err(Refusal::new("unsupported", error))
            }
        }
    }

    fn dispatch_control(&mut self, ticket: u64, control: Control) -> Result<Option<Answer>, Refusal> {
        let until = match control {
            Control::Run { us } => Until::Time(self.now_us().saturating_add(us)),
            Control::Step => Until::Events(self.world.event_count()),
            Control::RunUntil { what, most_us } => self.until(what, most_us)?,
            Control::StopRun => {
                self.stop_run();
                return Ok(Some(self.done()));
            }
            // A moment after the line's end does not exist yet: time advances until it does, as far as it gets between
            // two calls of the host.
            Control::Seek { t_us } if t_us > self.now_us() && !self.is_known(t_us) => {
                self.may_seek()?;
                Until::Time(t_us)
            }
            Control::Seek { t_us } => {
                self.seek(t_us)?;
                return Ok(Some(self.done()));
            }
            Control::StepBack => {
                self.step_back()?;
                return Ok(Some(self.done()));
            }
            Control::Undo => {
                self.undo()?;
                return Ok(Some(self.done()));
            }
            Control::Line { number, t_us } => {
                self.change_line(number, t_us)?;
                return Ok(Some(self.done()));
            }
            Control::Diagnose { .. } => return Ok(Some(self.done())),
            Control::Compare { number, t_us } => return self.compare(number, t_us).map(Some),
            Control::Why { kind, node, t_us } => return self.why(kind.as_deref(), node, t_us).map(Some),
            Control::WhatIf { change, steps, commands } => {
                return self.what_if(change, steps, commands).map(Some);
            }
            Control::Set { name, value } => {
                self.world.set(&name, value)?;
                return Ok(Some(self.done()));
            }
            Control::Inspect { .. } => {
                let facts = Box::new(self.inspect(&control)?);
                return Ok(Some(Answer::Inspected { ok: true, t_us: self.now_us(), facts }));
            }
            Control::History { last, find } => {
                let history = Box::new(self.world.history(last, find)?);
                return Ok(Some(Answer::History { ok: true, t_us: self.now_us(), history }));
            }
            Control::Wal { node, file, offset, bytes } => {
                return self.wal(LogPart { node, file, offset, bytes }).map(Some);
            }
            other => {
                let error = format!("“{}” is for a run of a lesson", Command::from(other).op());
                return Err(Refusal::new("unsupported", error));
            }
        };
        self.waits.push_back(Wait { ticket, until });
        Ok(None)
    }

    fn done(&self) -> Answer {
        Answer::Done { ok: true, t_us: self.now_us() }
    }

    fn dispatch_engine(&mut self, ticket: u64, command: EngineCommand) -> Result<Option<Answer>, Refusal> {
        match self.world.dispatch_engine(ticket, command)? {
            Reply::Now(answer) => return Ok(Some(answer)),
            Reply::Done => return Ok(Some(self.done())),
            Reply::Later => {}
            Reply::Generated => self.generating.push(ticket),
            Reply::Recovered => self.waits.push_back(Wait { ticket, until: Until::Recovered }),
        }
        Ok(None)
    }

    fn wal(&self, part: LogPart) -> Result<Answer, Refusal> {
        let wal = self
            .world
            .log_window(part)?
            .ok_or_else(|| Refusal::new("no_such_file", "the log has no such file; it may be empty still"))?;
        Ok(Answer::Wal { ok: true, wal })
    }

    // --- what comes out

    /// The events since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The answers since the last call, by the ticket of their command.
    pub fn take_answers(&mut self) -> Vec<(u64, Answer)> {
        let answers = std::mem::take(&mut self.answers);
        self.unanswered.retain(|ticket| answers.iter().all(|(answered, _)| answered != ticket));
        answers
    }

    /// The world has been replaced, so its outstanding commands are never answered.
    fn refuse_owed(&mut self) {
        let answered = |lab: &Self, ticket: u64| lab.answers.iter().any(|(other, _)| *other == ticket);
        for ticket in std::mem::take(&mut self.unanswered) {
            if !answered(self, ticket) {
                let error = "the run went to another moment before this was answered";
                self.answers.push((ticket, Refusal::new("interrupted", error).into()));
            }
        }
        self.generating.clear();
    }

    /// The moment.
    pub fn snapshot(&self) -> Snapshot {
        build_snapshot::snapshot(self)
    }

    /// The digest of every event so far, as 16 hex digits.
    pub fn digest(&self) -> String {
        self.world.digest()
    }

    /// The language of sentences in snapshots and refusals from here on: `zh` or `en`.
    pub fn set_language(&mut self, lang: &str) {
        self.lang = Lang::parse(lang);
    }

    /// The value of a setting by name, as this run has it.
    pub fn setting(&self, name: &str) -> Option<u64> {
        self.world.setting(name)
    }

    fn boot(&self) -> u32 {
        self.world.boot()
    }
}

fn known_lesson(slug: &str) -> Result<&'static Lesson, Refusal> {
    find(slug).ok_or_else(|| {
        let slugs: Vec<&str> = quorum_lesson::manifest::BUILT_IN.iter().map(BuiltIn::slug).collect();
        Refusal::new("unknown_lesson", format!("there is no lesson “{slug}”; there are {}", slugs.join(", ")))
    })
}

fn unknown_node(node: NodeId, nodes: usize) -> Refusal {
    Refusal::new("unknown_node", format!("there is no node {node}; nodes are 1 to {nodes}"))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod inspect_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod kill_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod limits_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod model_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod play_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod replay_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod run_until_tests;
#[cfg(test)]
mod stamp_tests;
#[cfg(test)]
mod tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod timeline_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod why_tests;
