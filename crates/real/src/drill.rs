//! Plays a drill's tests on a real server, in real time, and records what its clients saw.
//!
//! The requests are the lab's: a tester that searches and a writer that inserts, at the intervals of the drill's
//! settings, and rows that were there before. Faults come from the user's own command ([`crate::fault`]). Guarantees:
//! only collections that this drill made are written or dropped, and their names begin with [`PREFIX`]; a test whose
//! server dies is recorded all the same, with every trouble that was met; without a command that succeeded, no fault is
//! recorded; after a stop the collection is dropped as well. Leaves out: measuring (`quorum_drill::outside`).

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use serde::Serialize;

use crate::cancel::{Cancel, Unanswered};
use crate::clock::{self, Clock};
use crate::fault::{self, Ending, FaultRun};
use crate::server::{Facts, Kind, Search, Server, Trouble};
use quorum_drill::outside::{Insert, Record, Request, cluster_settings};
use quorum_drill::suites::{self, Suite};
use quorum_drill::{Drilled, Targets, outside};
use quorum_facade::milvus::settings::Settings;
use quorum_types::{Micros, Refusal, Rng, SECOND};

/// How names of our collections begin.
pub const PREFIX: &str = "quorum_lab_";
/// How long a connection is waited for, and the first request on it.
pub const CONNECT_MS: u64 = 20_000;
/// Timeout of what is not part of the test: making, filling and dropping collections.
const CALM_MS: u64 = 60_000;
/// After a stop each of these, and the look for the rows, gets this long.
const STOPPED_MS: u64 = 10_000;
/// After the test the server has this long to come back and show what it has.
const VERIFY_US: Micros = 180 * SECOND;
/// After a stop the command that heals has this long to end.
const HEAL_US: Micros = 10 * SECOND;
/// Rows of one request that fills or verifies.
const BATCH: u64 = 500;
/// No timeout is shorter, however fast a test is played.
const LEAST_MS: u64 = 200;
/// The levels of consistency, in the order of the setting.
const LEVELS: [&str; 4] = ["Strong", "Bounded", "Session", "Eventually"];

/// What to play.
#[derive(Clone, Debug)]
pub struct Job {
    /// The scenario.
    pub scenario: String,
    /// The seed: of the rows, and of the part of a second by which the fault comes later.
    pub seed: u64,
    /// The tests.
    pub tests: &'static [Suite],
    /// The cluster's settings, of which only those of clients and rows count.
    pub settings: Settings,
    /// What a run is held to.
    pub targets: Targets,
    /// The command that makes and ends faults.
    pub fault_command: Option<String>,
    /// How many times faster than in the drill everything happens: 1, except in tests of this module.
    pub pace: u64,
}

/// Trouble, as often as it was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// `target_` and the kind of trouble.
    pub code: String,
    /// What was being done: `connect`, `fill`, `test`, `verify`, `drop`, `fault`.
    pub during: &'static str,
    /// When it was first met, milliseconds from the beginning of the test; none before and after it.
    pub first_ms: Option<u64>,
    /// When it was last met.
    pub last_ms: Option<u64>,
    /// How often.
    pub times: u64,
    /// What the server or the client library said first.
    pub said: String,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// When it began, in UTC.
    pub began: String,
    /// What the server says of itself, once it was reached.
    pub facts: Option<Facts>,
    /// The tests that were played.
    pub records: Vec<(&'static Suite, Record)>,
    /// Our collections.
    pub collections: Vec<String>,
    /// Those that could not be dropped.
    pub left_behind: Vec<String>,
    /// The commands for faults.
    pub faults: Vec<FaultRun>,
    /// What went wrong.
    pub troubles: Vec<Noted>,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    /// How many of the tests were played to their end.
    pub complete: usize,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Connecting.
    Connecting,
    /// Playing this test.
    Playing(&'static Suite),
}

impl Job {
    /// A job, or why there is none.
    pub fn new(scenario: &str, seed: u64, set: &[(String, u64)]) -> Result<Self, Refusal> {
        let tests = suites::parts(scenario).ok_or_else(|| {
            let names: Vec<&str> =
                suites::SCENARIOS.into_iter().filter(|name| *name != "kill-the-leader").collect();
            let error = format!("{scenario} is not played on a real server; these are: {}", names.join(", "));
            Refusal::new("target_scenario", error)
        })?;
        let (targets, set) = Targets::split(set)?;
        let (settings, scenario) = (cluster_settings(&set)?, scenario.to_owned());
        Ok(Self { scenario, seed, tests, settings, targets, fault_command: None, pace: 1 })
    }

    /// The searches and inserts of a test, at most.
    pub fn requests(&self, test: &Suite) -> [u64; 2] {
        let ends_ms = test.ends_us / 1_000;
        let inserts = ends_ms.checked_div(self.settings.insert_interval_ms).unwrap_or(0);
        [ends_ms / self.settings.search_interval_ms, inserts]
    }

    /// The consistency of searches.
    pub fn level(&self) -> &'static str {
        LEVELS.get(self.settings.consistency as usize).copied().unwrap_or("Bounded")
    }

    /// A time of the drill in the time of the machine.
    fn real_us(&self, us: Micros) -> Micros {
        us / self.pace.max(1)
    }

    fn timeout_ms(&self) -> u64 {
        (self.settings.client_timeout_ms / self.pace.max(1)).max(LEAST_MS)
    }

    /// The rows from a key on; the same keys have the same rows.
    fn vectors(&self, first_id: u64, rows: u64) -> Vec<Vec<f32>> {
        let row = |id: u64| {
            let mut rng = Rng::new(self.seed, id);
            (0..self.settings.dim).map(|_| rng.below(1 << 16) as f32 / f32::from(u16::MAX)).collect()
        };
        (first_id..first_id + rows).map(row).collect()
    }

    /// The report of what was recorded. None if nothing was.
    pub fn report(&self, outcome: &Outcome) -> Option<Drilled> {
        outside::report(&self.scenario, self.seed, &outcome.records, &self.targets).ok()
    }
}

impl Outcome {
    fn note(&mut self, trouble: &Trouble, during: &'static str, at_us: Option<Micros>) {
        if trouble.kind == Kind::Stopped {
            return;
        }
        let (code, at_ms) = (format!("target_{}", trouble.kind.word()), at_us.map(|at_us| at_us / 1_000));
        if let Some(known) =
            self.troubles.iter_mut().find(|known| known.code == code && known.during == during)
        {
            known.times += 1;
            known.last_ms = at_ms.max(known.last_ms);
            return;
        }
        let said = trouble.said.clone();
        self.troubles.push(Noted { code, during, first_ms: at_ms, last_ms: at_ms, times: 1, said });
    }

    /// Notes a command that did not do what it was asked to.
    fn note_command(&mut self, run: &FaultRun) {
        let FaultRun { event, status, ending, .. } = run;
        let how = match (ending, status) {
            (Ending::Done, _) => return,
            (Ending::Running, _) => "still running when the test was over".to_owned(),
            (_, Some(status)) => format!("exit status {status}"),
            _ => "not run to its end".to_owned(),
        };
        let said = run.said.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
        self.note(&Trouble { kind: Kind::Refused, said: format!("{event}: {how}{said}") }, "fault", None);
    }

    /// Acknowledged rows that are gone; none if not all could be looked for.
    pub fn lost_rows(&self) -> Option<u64> {
        let lost = || self.records.iter().map(|(_, record)| record.missed.len() as u64).sum();
        self.verified().then(lost)
    }

    /// Whether every test's rows could be counted.
    pub fn verified(&self) -> bool {
        !self.records.is_empty() && self.records.iter().all(|(_, record)| record.verified)
    }
}

/// Makes a connection to the server.
pub type Connect<'a> = &'a (dyn Fn() -> Result<Box<dyn Server>, Trouble> + Sync);

/// What the threads of a test share.
struct Shared<'a> {
    job: &'a Job,
    connect: Connect<'a>,
    clock: Clock,
    name: &'a str,
    ends_us: Micros,
    over: AtomicBool,
    cancel: &'a Cancel,
    troubles: Mutex<Vec<(Trouble, Micros)>>,
}

impl Shared<'_> {
    fn on(&self) -> bool {
        !self.over.load(SeqCst) && !self.cancel.asked()
    }

    fn trouble(&self, trouble: Trouble) {
        // A thread that panicked holds no half of a list.
        let mut troubles = self.troubles.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        troubles.push((trouble, self.clock.now_us()));
    }

    /// Makes a request at every interval. A request that takes longer is followed by the next one at once.
    fn at_intervals(&self, interval_ms: u64, mut request: impl FnMut(&mut dyn Server, u64)) {
        let interval_us = self.job.real_us(interval_ms * 1_000).max(1);
        let mut server = match (self.connect)() {
            Ok(server) => server,
            Err(trouble) => return self.trouble(trouble),
        };
        // Starting a client is not part of a request. If it fails, so will the first request.
        if let Err(trouble) = server.connect(CONNECT_MS) {
            self.trouble(trouble);
        }
        let (mut at_us, mut number) = (self.clock.now_us(), 0);
        while at_us < self.ends_us && self.clock.sleep_until(at_us, || self.on()) {
            request(server.as_mut(), number);
            number += 1;
            at_us = (at_us + interval_us).max(self.clock.now_us());
        }
    }

    fn search(&self) -> Vec<Request> {
        let settings = &self.job.settings;
        let mut requests = Vec::new();
        self.at_intervals(settings.search_interval_ms, |server, number| {
            let vector = self.job.vectors(number % settings.rows, 1).pop().unwrap_or_default();
            let ask = Search { vector: &vector, limit: settings.top_k, consistency: self.job.level() };
            let began_us = self.clock.now_us();
            let found = server.search(self.name, &ask, self.job.timeout_ms());
            let ended_us = self.clock.now_us();
            if found.as_ref().is_err_and(|trouble| trouble.kind == Kind::Stopped) {
                // It was given up; what would have come of it is not known.
                return;
            }
            // Rows that are missing from an answer are a failure: there are more rows than are asked for.
            let whole = matches!(found, Ok(found) if found >= settings.top_k.min(settings.rows));
            let ok = whole && ended_us - began_us <= self.job.timeout_ms() * 1_000;
            requests.push(Request { ended_us, took_us: ended_us - began_us, ok });
            if let Err(trouble) = found {
                self.trouble(trouble);
            }
        });
        requests
    }

    fn write(&self) -> Vec<Insert> {
        let settings = &self.job.settings;
        let mut inserts = Vec::new();
        if settings.insert_interval_ms == 0 {
            return inserts;
        }
        self.at_intervals(settings.insert_interval_ms, |server, number| {
            let rows = settings.insert_rows;
            let first = settings.rows + number * rows;
            let first_id = first as i64;
            match server.insert(self.name, first_id, &self.job.vectors(first, rows), self.job.timeout_ms()) {
                Ok(()) => inserts.push(Insert { acknowledged_us: self.clock.now_us(), first_id, rows }),
                Err(trouble) => self.trouble(trouble),
            }
        });
        inserts
    }
}

/// Plays all tests of a job. `cancel` knows when it is to end; `say` hears what is done.
pub fn play(job: &Job, connect: Connect<'_>, cancel: &Cancel, say: &dyn Fn(Step)) -> Outcome {
    let mut outcome = Outcome { began: clock::date(), ..Outcome::default() };
    say(Step::Connecting);
    let server = cancel.going().map_err(Trouble::from).and_then(|()| connect()).and_then(|mut server| {
        server.cancel(cancel);
        let facts = server.connect(CONNECT_MS)?;
        cancel.going()?;
        let names = server.collections(CONNECT_MS)?;
        Ok((server, facts, names))
    });
    let (mut server, facts, names) = match server {
        Ok(server) => server,
        Err(trouble) => {
            outcome.note(&trouble, "connect", None);
            outcome.stopped = cancel.asked();
            return outcome;
        }
    };
    outcome.facts = Some(facts);
    let mut taken: BTreeSet<String> = names.into_iter().collect();
    for test in job.tests {
        if cancel.asked() {
            outcome.stopped = true;
            break;
        }
        say(Step::Playing(test));
        // Two drills at once, even of one seed, do not meet.
        let of_ours = |n: u64| format!("{PREFIX}{}_{}_{n}", job.seed, std::process::id());
        let free = (0..).map(of_ours).find(|name| !taken.contains(name));
        let name = free.unwrap_or_else(|| PREFIX.to_owned());
        taken.insert(name.clone());
        if let Err(trouble) = fill(job, server.as_mut(), &name, (cancel, &mut outcome)) {
            outcome.note(&trouble, "fill", None);
            outcome.stopped = cancel.asked();
            remove(server.as_mut(), &name, (cancel, &mut outcome));
            break;
        }
        let mut record = test_once(job, test, (connect, cancel), &name, &mut outcome);
        let played = !cancel.asked();
        record.cut_short = !played;
        verify(job, server.as_mut(), &name, &mut record, (cancel, &mut outcome));
        outcome.complete += usize::from(played);
        outcome.stopped |= cancel.asked() && !(played && record.verified);
        outcome.records.push((test, record));
        remove(server.as_mut(), &name, (cancel, &mut outcome));
    }
    outcome
}

/// Makes our collection with the rows that are there before the test.
fn fill(
    job: &Job,
    server: &mut dyn Server,
    name: &str,
    (cancel, outcome): (&Cancel, &mut Outcome),
) -> Result<(), Trouble> {
    let created = server.create(name, job.settings.dim, CALM_MS);
    // Whatever failed, the collection may be there: it is made before it is indexed and loaded. Its name was free, and
    // nobody else chooses it. Only a refusal of every request rules it out.
    let refused = |trouble: &Trouble| matches!(trouble.kind, Kind::Denied | Kind::Version | Kind::Tls);
    if !created.as_ref().is_err_and(refused) {
        outcome.collections.push(name.to_owned());
    }
    created?;
    let mut first = 0;
    while first < job.settings.rows {
        cancel.going()?;
        let rows = BATCH.min(job.settings.rows - first);
        server.insert(name, first as i64, &job.vectors(first, rows), CALM_MS)?;
        first += rows;
    }
    cancel.going()?;
    // The test begins when the rows can be searched.
    let vector = job.vectors(0, 1).pop().unwrap_or_default();
    let ask = Search { vector: &vector, limit: job.settings.top_k, consistency: "Strong" };
    server.search(name, &ask, CALM_MS).map(drop)
}

/// Plays a test and records it.
fn test_once(
    job: &Job,
    test: &'static Suite,
    (connect, cancel): (Connect<'_>, &Cancel),
    name: &str,
    outcome: &mut Outcome,
) -> Record {
    let delay_us = Rng::new(job.seed, u64::MAX).below(SECOND);
    let fault_us = job.real_us(test.fault_us + delay_us);
    let heal_us = test.heals_after_us.map(|after_us| fault_us + job.real_us(after_us));
    let ends_us = job.real_us(test.ends_us);
    let (over, troubles) = (AtomicBool::new(false), Mutex::default());
    let shared = Shared { job, connect, clock: Clock::start(), name, ends_us, over, cancel, troubles };
    let mut record = Record { ends_us, ..Record::default() };
    std::thread::scope(|scope| {
        let tester = scope.spawn(|| shared.search());
        let writer = scope.spawn(|| shared.write());
        let mut commands = Vec::new();
        for (event, at_us) in [("fault", Some(fault_us)), ("heal", heal_us)] {
            let Some(at_us) = at_us else { continue };
            // After a stop the fault is not made; one that was made is healed at once.
            if !shared.clock.sleep_until(at_us, || shared.on()) && event == "fault" {
                break;
            }
            if let Some(command) = &job.fault_command {
                let at_us = shared.clock.now_us();
                commands.push((event, at_us, fault::begin(&job.scenario, test, command, event)));
            }
        }
        shared.clock.sleep_until(ends_us, || shared.on());
        shared.over.store(true, SeqCst);
        // A thread that panicked recorded nothing; there is no code in it that can.
        record.requests = tester.join().unwrap_or_default();
        record.inserts = writer.join().unwrap_or_default();
        for (event, at_us, begun) in commands {
            // One that heals after a stop began just now.
            let wait_us = if cancel.asked() { HEAL_US } else { 0 };
            let run = begun.ended(test.name, event, at_us / 1_000, wait_us);
            if event == "fault" && run.worked() {
                record.fault_us = Some(at_us);
            }
            outcome.note_command(&run);
            outcome.faults.push(run);
        }
    });
    // The rows from before the test were acknowledged too.
    record.inserts.insert(0, Insert { acknowledged_us: 0, first_id: 0, rows: job.settings.rows });
    // A request that ended after the test is not part of it; the last ones may have waited for their timeout.
    record.ends_us = ends_us.min(shared.clock.now_us());
    for (trouble, at_us) in shared.troubles.into_inner().unwrap_or_default() {
        outcome.note(&trouble, "test", Some(at_us));
    }
    record
}

/// Asks for every acknowledged row, until the server answers or its time is over.
fn verify(
    job: &Job,
    server: &mut dyn Server,
    name: &str,
    record: &mut Record,
    (cancel, outcome): (&Cancel, &mut Outcome),
) {
    let clock = Clock::start();
    // After a stop it is tried once, and not for long.
    let stopped = cancel.asked();
    let on = || !stopped || clock.now_us() < STOPPED_MS * 1_000;
    let end = record.inserts.iter().map(|insert| insert.first_id + insert.rows as i64).max().unwrap_or(0);
    let pause_us = job.real_us(SECOND);
    loop {
        match present(server, name, end, (job.timeout_ms().max(10_000 / job.pace.max(1)), &on)) {
            Ok(present) => {
                let acknowledged = record
                    .inserts
                    .iter()
                    .flat_map(|insert| insert.first_id..insert.first_id + insert.rows as i64);
                record.missed = acknowledged.filter(|id| !present.contains(id)).collect();
                record.verified = true;
                return;
            }
            Err(trouble) => outcome.note(&trouble, "verify", None),
        }
        let next_us = clock.now_us() + pause_us;
        if next_us > job.real_us(VERIFY_US) || !clock.sleep_until(next_us, || !cancel.asked()) {
            return;
        }
    }
}

fn present(
    server: &mut dyn Server,
    name: &str,
    end: i64,
    (timeout_ms, on): (u64, &dyn Fn() -> bool),
) -> Result<BTreeSet<i64>, Trouble> {
    let mut present = BTreeSet::new();
    let mut first = 0;
    while first < end {
        if !on() {
            return Err(Unanswered::Stopped.into());
        }
        let next = end.min(first + BATCH as i64);
        present.extend(server.ids(name, first, next, timeout_ms)?);
        first = next;
    }
    Ok(present)
}

/// Drops our collection.
fn remove(server: &mut dyn Server, name: &str, (cancel, outcome): (&Cancel, &mut Outcome)) {
    if !outcome.collections.iter().any(|ours| ours == name) {
        // It could not be made; what may be there under this name is not ours.
        return;
    }
    let timeout_ms = || if cancel.asked() { STOPPED_MS } else { CALM_MS };
    let mut dropped = server.drop_collection(name, timeout_ms());
    if dropped.as_ref().is_err_and(|trouble| matches!(trouble.kind, Kind::Stopped | Kind::Bridge)) {
        // A stop in just this moment gave it up, or ended the program that makes requests.
        dropped = server.drop_collection(name, timeout_ms());
    }
    if let Err(trouble) = dropped {
        outcome.note(&trouble, "drop", None);
        outcome.left_behind.push(name.to_owned());
    }
}
