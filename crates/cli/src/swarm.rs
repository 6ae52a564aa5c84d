//! Tests the invariants under faults from many seeds, with all rules on or with one off.
//!
//! With a rule off the search ends at the first seed that breaks what the rule protects, and the schedule is shrunk.
//! Guarantees: except for `wall_s`, the same arguments give the same bytes, on any number of threads; the exit status
//! is 1 exactly if an invariant broke; if stopped before the last seed, it prints the results of the completed seeds
//! and says which these are. Leaves out: proofs; it reports how much was tried.

use std::collections::BTreeMap;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::End;
use super::shards::{self, Shard};
use super::typed::Asked;
use super::work::{Context, Done, Going, Kind, Partial, each};
use quorum_facade::swarm::{
    Limits, Replay, RuleFacts, RunOf, ScheduledAction, ShrinkOf, SwarmWorld, SwitchableRule, TimedCommand,
    Violation, WorldKind,
};
use quorum_facade::with_world;
use quorum_i18n::{Arg, Lang};
use quorum_types::{Refusal, SECOND};

/// Events after which Ctrl-C is looked for.
const SLICE: u64 = 20_000;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The world.
    pub world: WorldKind,
    /// The first seed.
    pub first: u64,
    /// The seed after the last.
    pub end: u64,
    /// Events of each safety phase; the world's own number if none is given.
    pub events: Option<u64>,
    /// A rule's name.
    pub rule_off: Option<String>,
}

impl Plan {
    /// This plan for a part of its seeds.
    fn of_shard(&self, shard: Shard) -> Self {
        let range = shard.range(self.end.saturating_sub(self.first));
        Self { first: self.first + range.start, end: self.first + range.end, ..self.clone() }
    }
}

/// A plan as parts carry it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    world: String,
    seeds: (u64, u64),
    events: Option<u64>,
    rule_off: Option<String>,
}

impl Written {
    fn of(plan: &Plan) -> Self {
        Self {
            world: plan.world.word().to_owned(),
            seeds: (plan.first, plan.end),
            events: plan.events,
            rule_off: plan.rule_off.clone(),
        }
    }

    fn plan(&self) -> Result<Plan, Refusal> {
        let (first, end) = self.seeds;
        let (events, rule_off) = (self.events, self.rule_off.clone());
        Ok(Plan { world: world(Some(&self.world))?, first, end, events, rule_off })
    }
}

/// What came of a part: the counts of a report before anything is rounded.
#[derive(Debug, Serialize, Deserialize)]
struct Share {
    seeds: u64,
    events: u64,
    virtual_us: u64,
    wall_s: f64,
    faults: BTreeMap<String, u64>,
    beyond_budget: u64,
    operations: u64,
    violations: Vec<Broken>,
}

impl Share {
    fn of(report: Report) -> Self {
        Self {
            seeds: report.seeds,
            events: report.events,
            virtual_us: report.virtual_us,
            wall_s: report.wall_s,
            faults: report.faults,
            beyond_budget: report.beyond_budget,
            operations: report.operations,
            violations: report.violations,
        }
    }
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// Seeds run.
    seeds: u64,
    /// Events in all of them.
    events: u64,
    virtual_s: u64,
    pub(super) wall_s: f64,
    /// Actions done, by kind.
    faults: BTreeMap<String, u64>,
    /// Runs in which more was destroyed than can be brought back.
    beyond_budget: u64,
    /// Operations of clients that were judged.
    operations: u64,
    violations: Vec<Broken>,
    #[serde(flatten)]
    partial: Option<Partial>,
    /// Virtual time, before it is rounded.
    #[serde(skip)]
    virtual_us: u64,
    /// Why a violation cannot be handed over: an action that is no command, which is a fault of this program.
    #[serde(skip)]
    fault: Option<Refusal>,
}

/// What a seed came to.
#[derive(Debug, Default)]
struct Seed {
    events: u64,
    virtual_us: u64,
    /// Actions done, by name, as often as they were.
    faults: BTreeMap<String, u64>,
    beyond_budget: bool,
    operations: u64,
    /// Whether what was looked for broke.
    broke: bool,
    broken: Option<Result<Broken, Refusal>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Broken {
    seed: u64,
    invariant: String,
    detail: String,
    event: u64,
    shrunk: Vec<TimedCommand>,
    /// The whole of what was shrunk: these actions with the seed, nodes, settings and rules to replay them under.
    schedule: Replay,
    link: String,
    /// Whether shrinking it was ended early.
    #[serde(skip)]
    cut: bool,
}

/// Runs it; whether nothing broke.
pub(super) fn run(
    plan: &Plan,
    json: bool,
    lang: Lang,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let seconds = stopwatch();
    let mut report = with_world!(plan.world, W => search::<W>(plan, context))?;
    report.wall_s = seconds();
    say(&report, json, lang, out)
}

/// Prints a report; how it ended.
pub(super) fn say(report: &Report, json: bool, lang: Lang, out: &mut impl Write) -> Result<End, Refusal> {
    let end = match &report.partial {
        Some(_) => End::Interrupted,
        None => End::of(report.violations.is_empty()),
    };
    if json {
        super::write_json(out, report)?;
    } else {
        write_report(report, lang, out)?;
    }
    Ok(end)
}

/// Runs a part of a plan and writes it.
pub(super) fn part(
    plan: &Plan,
    shard: Shard,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let seconds = stopwatch();
    let share = plan.of_shard(shard);
    let mut report = with_world!(plan.world, W => search::<W>(&share, context))?;
    report.wall_s = seconds();
    if let Some(partial) = &report.partial {
        super::complain(&partial.text(asked.spoken));
        return Ok(End::Interrupted);
    }
    let (written, share) = (Written::of(plan), Share::of(report));
    shards::keep("swarm", shard, (&written, &share), asked.out.as_deref(), out)
}

/// Joins the parts of a search. With a rule off it ended at the first seed that broke it, so later parts do not count.
pub(super) fn merge(asked: &Asked, out: &mut impl Write) -> Result<End, Refusal> {
    let (written, parts) = shards::gather::<Written, Share>("swarm", &asked.merge, asked.spoken)?;
    let plan = written.plan()?;
    let mut report = Report::default();
    for (shard, share) in parts {
        let part = plan.of_shard(shard);
        let ended = plan.rule_off.is_some() && !share.violations.is_empty();
        if !ended && share.seeds != part.end - part.first {
            return Err(shards::damaged(shard, asked.spoken));
        }
        report.join(share);
        if ended {
            break;
        }
    }
    report.virtual_s = report.virtual_us / SECOND;
    say(&report, asked.json, asked.lang, out)
}

/// Seconds since it was called, by the machine's clock: for the figure named `wall_s` and nothing else.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a figure of the machine's, not of the run's"
)]
pub(super) fn stopwatch() -> impl Fn() -> f64 {
    let began = std::time::Instant::now();
    move || began.elapsed().as_secs_f64()
}

/// The world with this word.
pub(super) fn world(word: Option<&str>) -> Result<WorldKind, Refusal> {
    let Some(word) = word else { return Ok(WorldKind::default()) };
    WorldKind::named(word).ok_or_else(|| {
        let words = WorldKind::ALL.map(WorldKind::word).join(", ");
        Refusal::new("unknown_world", format!("there is no world “{word}”; there are {words}"))
    })
}

/// The rule with this name.
fn rule<W: SwarmWorld>(name: &str) -> Result<W::Rule, Refusal> {
    W::Rule::named(name).ok_or_else(|| {
        let names: Vec<&str> = W::Rule::all().into_iter().map(SwitchableRule::name).collect();
        Refusal::new("unknown_rule", format!("there is no rule “{name}”; there are {}", names.join(", ")))
    })
}

/// Lists the rules of a world that can be switched off, and what each prevents.
pub(super) fn rules(world: WorldKind, json: bool, out: &mut impl Write) -> Result<(), Refusal> {
    #[derive(Serialize)]
    struct Rules {
        rules: Vec<RuleFacts>,
    }
    let rules = world.rules();
    if json {
        return super::write_json(out, &Rules { rules });
    }
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    rules.iter().try_for_each(|rule| super::write(out, &format!("{:width$}  {}", rule.name, rule.breaks)))
}

/// Runs seed after seed, with a rule off until something breaks, or with none off to the end.
fn search<W: SwarmWorld>(plan: &Plan, context: &Context) -> Result<Report, Refusal>
where
    W::Rule: Sync,
{
    let off = plan.rule_off.as_deref().map(rule::<W>).transpose()?;
    let limits = Limits::against(off, plan.events.unwrap_or(W::EVENTS));
    let count = plan.end.saturating_sub(plan.first);
    let line = context.line(count, &context.lang.t("cli-progress-seeds"));
    let work = |at: u64, going: &Going<'_>| {
        let seed = plan.first + at;
        let run = run_on(RunOf::<W>::new(W::generate(seed, off), limits, true), going)?;
        let mut value = Seed::of(&run);
        if let Some(violation) = run.sought() {
            value.broke = true;
            // With a rule off, only the first failing seed is shrunk, and it is not known yet which one that is.
            value.broken = off.is_none().then(|| shrunk(seed, &run, violation, || going.on()));
        }
        Some(Done { last: off.is_some() && value.broke, value })
    };
    let (mut report, mut virtual_us, mut first_broken) = (Report::default(), 0, None);
    let covered = each(context, &line, count, work, |at, seed| {
        virtual_us += seed.virtual_us;
        if seed.broke {
            first_broken.get_or_insert(plan.first + at);
        }
        report.add(seed);
    });
    // Many runs last less than a second: they are added up before anything is rounded.
    report.virtual_us = virtual_us;
    report.virtual_s = virtual_us / SECOND;
    if let (Some(seed), Some(_)) = (first_broken, off) {
        line.say(&context.lang.t("cli-progress-shrinking"));
        let run = RunOf::<W>::new(W::generate(seed, off), limits, true).finish();
        let broken = run.sought().map(|violation| {
            shrunk(seed, &run, violation, || {
                line.look();
                !context.stop.asked()
            })
        });
        report.add_broken(broken);
    }
    if let Some(fault) = report.fault {
        return Err(fault);
    }
    let cut = report.violations.iter().any(|broken| broken.cut);
    report.partial = covered
        .partial(plan.first, Kind::Seeds)
        .or_else(|| cut.then(|| covered.cut(plan.first, Kind::Seeds)));
    Ok(report)
}

/// Plays a run to its end, as long as it is wanted.
fn run_on<W: SwarmWorld>(mut run: RunOf<W>, going: &Going<'_>) -> Option<RunOf<W>> {
    while !run.go(SLICE) {
        if !going.on() {
            return None;
        }
    }
    Some(run)
}

/// What a seed broke, with the fully shrunk schedule, or the shortest one found when shrinking was stopped.
fn shrunk<W: SwarmWorld>(
    seed: u64,
    run: &RunOf<W>,
    violation: &Violation,
    going: impl Fn() -> bool,
) -> Result<Broken, Refusal> {
    let mut shrink = ShrinkOf::new(run, violation);
    let mut cut = false;
    while !cut && !shrink.go(SLICE) {
        cut = !going();
    }
    let schedule = Replay::of::<W>(&shrink.best).map_err(|why| Refusal::new("bad_run", why.to_string()))?;
    Ok(Broken { seed, cut, ..Broken::of(&schedule, &shrink.violation) })
}

impl Broken {
    /// What a schedule breaks.
    fn of(schedule: &Replay, violation: &Violation) -> Self {
        let Violation { invariant, detail, event } = violation.clone();
        let (schedule, link) = (schedule.clone(), link(schedule));
        let shrunk = schedule.actions.clone();
        Self { seed: schedule.seed, invariant, detail, event, shrunk, schedule, link, cut: false }
    }
}

impl Seed {
    /// What a run came to. Those that shrinking takes are not counted.
    fn of<W: SwarmWorld>(run: &RunOf<W>) -> Self {
        let mut faults: BTreeMap<String, u64> = BTreeMap::new();
        for timed in run.done() {
            *faults.entry(timed.action.word()).or_default() += 1;
        }
        Self {
            events: run.events,
            virtual_us: run.world.now_us(),
            faults,
            beyond_budget: run.world.invariants().excused().is_some(),
            operations: run.world.judged(),
            broke: false,
            broken: None,
        }
    }
}

impl Report {
    /// One run of a schedule.
    pub(super) fn of_one<W: SwarmWorld>(schedule: &Replay, run: &RunOf<W>) -> Self {
        let seed = Seed::of(run);
        let (virtual_us, virtual_s) = (seed.virtual_us, seed.virtual_us / SECOND);
        let mut report = Self { virtual_us, virtual_s, ..Self::default() };
        report.add(seed);
        report.violations.extend(run.sought().map(|violation| Broken::of(schedule, violation)));
        report
    }

    /// Counts a seed.
    fn add(&mut self, seed: Seed) {
        self.seeds += 1;
        self.events += seed.events;
        self.operations += seed.operations;
        self.beyond_budget += u64::from(seed.beyond_budget);
        for (name, times) in seed.faults {
            *self.faults.entry(name).or_default() += times;
        }
        self.add_broken(seed.broken);
    }

    /// Counts the seeds of a part.
    fn join(&mut self, share: Share) {
        self.seeds += share.seeds;
        self.events += share.events;
        self.wall_s += share.wall_s;
        self.operations += share.operations;
        self.beyond_budget += share.beyond_budget;
        self.virtual_us += share.virtual_us;
        for (name, times) in share.faults {
            *self.faults.entry(name).or_default() += times;
        }
        self.violations.extend(share.violations);
    }

    fn add_broken(&mut self, broken: Option<Result<Broken, Refusal>>) {
        match broken {
            Some(Ok(broken)) => self.violations.push(broken),
            Some(Err(fault)) => self.fault = Some(fault),
            None => {}
        }
    }
}

/// The suffix of the page's address at which the run is replayed.
pub(super) fn link(schedule: &Replay) -> String {
    let text = serde_json::to_string(schedule).unwrap_or_default();
    let topology = schedule.world.topology(schedule.nodes);
    let mut link = format!("?topology={topology}&seed={}&run=", schedule.seed);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,:".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link
}

fn write_report(report: &Report, lang: Lang, out: &mut impl Write) -> Result<(), Refusal> {
    if let Some(partial) = &report.partial {
        super::write(out, &partial.text(lang))?;
    }
    let text = lang.f(
        "cli-swarm",
        &[
            ("seeds", Arg::from(report.seeds)),
            ("events", Arg::from(report.events)),
            ("seconds", Arg::from(report.virtual_s)),
            ("operations", Arg::from(report.operations)),
            ("violations", Arg::from(report.violations.len() as u64)),
        ],
    );
    super::write(out, &text)?;
    for broken in &report.violations {
        super::write(out, &format!("{}  {}  {}", broken.seed, broken.invariant, broken.detail))?;
        for timed in &broken.shrunk {
            let line = serde_json::to_string(timed).unwrap_or_default();
            super::write(out, &format!("    {line}"))?;
        }
        super::write(out, &broken.link)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::context;
    use quorum_facade::Rule;
    use quorum_facade::swarm::{Cluster, Run, Schedule, Search, make};
    use serde_json::Value;

    /// A search from the first seed on, as JSON and in words.
    fn check(rule_off: Option<&str>, seeds: u64, events: u64) -> (Value, String) {
        let plan = Plan {
            world: WorldKind::Cluster,
            first: 0,
            end: seeds,
            events: Some(events),
            rule_off: rule_off.map(str::to_owned),
        };
        let said = |json, lang| {
            let mut out = Vec::new();
            let end = run(&plan, json, lang, &context(2), &mut out).expect("a plan that can be run");
            (end == End::Held, String::from_utf8(out).expect("UTF-8"))
        };
        let (ok, json) = said(true, Lang::En);
        let report: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(ok, report["violations"].as_array().is_some_and(Vec::is_empty));
        (report, said(false, Lang::En).1)
    }

    /// The value of `&run=` in an address.
    fn unlinked(link: &str) -> Schedule {
        let (_, text) = link.split_once("&run=").expect("a run");
        let mut bytes = Vec::new();
        let mut left = text.bytes();
        while let Some(byte) = left.next() {
            let mut digit = || char::from(left.next().expect("two digits")).to_digit(16).expect("hex") as u8;
            bytes.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
        }
        serde_json::from_slice(&bytes).expect("a schedule")
    }

    #[test]
    fn a_shrunk_schedule_replays_from_its_link_to_the_same_violation() {
        // A rule whose schedules are shrunk by passes over single actions.
        replays_from_its_link(&[("persist_vote", 0)]);
    }

    #[test]
    #[ignore = "slow: rests on coincidences"]
    fn a_schedule_shrunk_by_other_seeds_replays_from_its_link() {
        replays_from_its_link(&[("commit_current_term_only", 730_001)]);
    }

    /// Finds schedules with rules off, from a seed on, and replays them from their links.
    fn replays_from_its_link(rules: &[(&str, u64)]) {
        for &(rule, first) in rules {
            let plan = Plan {
                world: WorldKind::Cluster,
                first,
                end: first + 20,
                events: None,
                rule_off: Some(rule.to_owned()),
            };
            let mut out = Vec::new();
            assert_eq!(run(&plan, true, Lang::En, &context(2), &mut out), Ok(End::Missed));
            let report: Value = serde_json::from_slice(&out).expect("JSON");
            let broken = &report["violations"][0];
            let schedule = unlinked(broken["link"].as_str().expect("a link"));
            let whole: Schedule = serde_json::from_value(broken["schedule"].clone()).expect("a schedule");
            let replayed: Replay = serde_json::from_value(broken["schedule"].clone()).expect("a replay");
            assert_eq!(Replay::of::<Cluster>(&whole).expect("commands"), replayed);
            assert_eq!(schedule, whole);
            assert!(schedule.actions.len() <= 25, "{rule}: {} actions", schedule.actions.len());
            let events = broken["event"].as_u64().expect("a number");
            let off = Rule::parse(rule);
            let again = Run::new(schedule, Limits::against(off, events), true).finish();
            let again = again.sought().expect("it breaks again");
            assert_eq!(
                (&*again.invariant, &*again.detail, again.event),
                (
                    broken["invariant"].as_str().expect("a name"),
                    broken["detail"].as_str().expect("words"),
                    events,
                )
            );
        }
    }

    /// The same counted by hand.
    fn counted(off: Option<Rule>, seeds: u64, events: u64) -> (u64, u64, u64, u64) {
        let limits = Limits::against(off, events);
        let (mut all, mut us, mut operations, mut actions) = (0, 0, 0, 0);
        for seed in 0..seeds {
            let run = Run::new(make(seed, off), limits, true).finish();
            all += run.events;
            us += run.world.now;
            operations += run.world.judged();
            actions += run.done().len() as u64;
        }
        (all, us / 1_000_000, operations, actions)
    }

    fn figures(report: &Value) -> (u64, u64, u64, u64) {
        let number = |name: &str| report[name].as_u64().expect("a number");
        let faults = report["faults"].as_object().expect("an object");
        let actions = faults.values().filter_map(Value::as_u64).sum();
        (number("events"), number("virtual_s"), number("operations"), actions)
    }

    #[test]
    fn a_search_with_a_rule_off_counts_what_it_ran_and_ends_at_the_first_that_breaks_it() {
        let off = Rule::RepairBeforeVoting;
        let (report, _) = check(Some(off.facts().name), 200, 3_000);
        let mut search = Search::new(Some(off), 0, 200, 3_000);
        let progress = search.go(u64::MAX);
        let found = search.found().expect("it breaks something");
        assert_eq!(report["seeds"], progress.tried);
        assert_eq!(report["events"], progress.events);
        assert_eq!(report["violations"][0]["seed"], found.seed);
        assert_eq!(report["violations"][0]["detail"], found.violation.detail.as_str());
        let schedule: Schedule =
            serde_json::from_value(report["violations"][0]["schedule"].clone()).expect("a schedule");
        assert_eq!(schedule, found.schedule);
        assert_eq!(figures(&report), counted(Some(off), progress.tried, 3_000));
        let (_, seconds, operations, actions) = figures(&report);
        assert!(seconds > 0 && operations > 0 && actions > 0, "{report}");
    }

    #[test]
    fn a_search_with_all_rules_on_counts_what_it_ran() {
        let (report, words) = check(None, 4, 1_000);
        assert_eq!(figures(&report), counted(None, 4, 1_000));
        assert!(figures(&report).2 > 0, "{report}");
        assert!(
            words.starts_with("4 seeds, ") && words.ends_with(" operations judged: 0 violations\n"),
            "{words}"
        );
    }

    #[test]
    fn one_is_no_plural() {
        let report = |n| {
            let broken = Broken {
                seed: 0,
                invariant: String::new(),
                detail: String::new(),
                event: 0,
                shrunk: Vec::new(),
                schedule: Replay {
                    actions: Vec::new(),
                    ..Replay::of::<Cluster>(&make(0, None)).expect("commands")
                },
                link: String::new(),
                cut: false,
            };
            let violations = (0..n).map(|_| broken.clone()).collect();
            Report { seeds: n, events: n, operations: n, violations, ..Report::default() }
        };
        let said = |n, lang| {
            let mut out = Vec::new();
            write_report(&report(n), lang, &mut out).expect("it is written");
            String::from_utf8(out).expect("UTF-8").lines().next().map(str::to_owned)
        };
        let one = "1 seed, 1 event, 0 s of virtual time, 1 operation judged: 1 violation";
        assert_eq!(said(1, Lang::En).as_deref(), Some(one));
        let two = "2 seeds, 2 events, 0 s of virtual time, 2 operations judged: 2 violations";
        assert_eq!(said(2, Lang::En).as_deref(), Some(two));
        let none = "0 seeds, 0 events, 0 s of virtual time, 0 operations judged: 0 violations";
        assert_eq!(said(0, Lang::En).as_deref(), Some(none));
        let one = "1 个种子，1 个事件，0 秒虚拟时间，核对 1 次操作：发现 1 处违例";
        assert_eq!(said(1, Lang::Zh).as_deref(), Some(one));
    }
}
