//! An engine against a model that is too simple to be wrong: random requests, power cuts at every moment, recoveries.
//!
//! The model keeps the rows as they were when the last write was known to be durable, and the writes since then.
//! Guarantees: after every recovery the engine holds what the model held after some of those writes, in their order,
//! and never less than what was promised; between crashes every query, count, search and figure agrees. Leaves out:
//! filters and indexes (tested in `db` and `vector`), what lies on the disk.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::command::Keep;
use super::kill_tests::{Found, found};
use super::values::FieldSpec;
use super::*;
use quorum_engine::SegmentState;

/// A step of a script. Keys are few, so that they meet again.
#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<i64>),
    Upsert(Vec<i64>),
    /// Delete rows by `n`, which only a loaded collection can.
    DeleteN(i64),
    DeleteKeys(Vec<i64>),
    Flush,
    Compact,
    CreateIndex,
    Load,
    Release,
    Autosync(bool),
    Sync,
    Crash(Option<u64>),
    Trap(Moment),
    Recover,
    Query,
    Search(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = || prop::collection::vec(0..12_i64, 1..4);
    prop_oneof![
        6 => keys().prop_map(Step::Insert),
        4 => keys().prop_map(Step::Upsert),
        2 => (0..5_i64).prop_map(Step::DeleteN),
        2 => keys().prop_map(Step::DeleteKeys),
        2 => Just(Step::Flush),
        1 => Just(Step::Compact),
        2 => Just(Step::CreateIndex),
        4 => Just(Step::Load),
        1 => Just(Step::Release),
        2 => any::<bool>().prop_map(Step::Autosync),
        1 => Just(Step::Sync),
        2 => prop::option::of(prop_oneof![0..1_500_u64, Just(u64::MAX)]).prop_map(Step::Crash),
        2 => select(&Moment::ALL[..]).prop_map(Step::Trap),
        2 => Just(Step::Recover),
        3 => Just(Step::Query),
        2 => (0..12_i64).prop_map(Step::Search),
    ]
}

/// What a model knows of the collection at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    created: bool,
    indexed: bool,
    loaded: bool,
    /// Key and `n` of every visible row, in the order in which they came.
    rows: Vec<(i64, i64)>,
    /// Whether rows came since the growing segment was sealed.
    grows: bool,
}

impl State {
    fn remove(&mut self, goes: impl Fn(&(i64, i64)) -> bool) {
        self.rows.retain(|row| !goes(row));
    }

    /// Each key once, the newest row of it.
    fn newest(&self) -> Vec<(i64, i64)> {
        self.rows.iter().copied().collect::<BTreeMap<_, _>>().into_iter().collect()
    }

    fn sorted(&self) -> Vec<(i64, i64)> {
        let mut rows = self.rows.clone();
        rows.sort_unstable();
        rows
    }
}

/// The engine and its model.
struct Pair {
    lab: Lab,
    tickets: u64,
    /// The last state that is known to be durable, and the states since then, one for each write.
    durable: State,
    volatile: Vec<State>,
    autosync: bool,
    crash_set: bool,
    up: bool,
    /// Whether the last step was a checkpoint.
    flushed: bool,
    /// Written into every row, so that copies of a key can be distinguished.
    clock: i64,
}

impl Pair {
    fn new() -> Self {
        let config = RunConfig {
            lesson: None,
            topology: Some("engine".to_owned()),
            seed: 1,
            kept: false,
            lang: "en".to_owned(),
        };
        let mut lab = Lab::open(config, None).expect("opens");
        settle(&mut lab);
        let mut pair = Self {
            lab,
            tickets: 0,
            durable: State::default(),
            volatile: Vec::new(),
            autosync: true,
            crash_set: false,
            up: true,
            flushed: false,
            clock: 0,
        };
        let field = |name: &str, kind: &str| FieldSpec {
            name: name.to_owned(),
            kind: kind.to_owned(),
            primary: name == "id",
            dim: (kind == "float_vector").then_some(2),
            max_length: None,
        };
        let fields = vec![field("id", "int64"), field("vector", "float_vector"), field("n", "int64")];
        pair.write(Command::Engine(EngineCommand::CreateCollection { name: c(), fields }), |state| {
            state.created = true
        });
        pair
    }

    fn ask(&mut self, command: Command) -> Answer {
        self.tickets += 1;
        self.lab.execute(self.tickets, command);
        settle(&mut self.lab);
        let answers = self.lab.take_answers();
        let answer = answers.into_iter().find(|(ticket, _)| *ticket == self.tickets);
        answer.expect("every command is answered").1
    }

    /// What is visible now.
    fn state(&self) -> &State {
        self.volatile.last().unwrap_or(&self.durable)
    }

    /// A write, and what it does to the model.
    fn write(&mut self, command: Command, change: impl FnOnce(&mut State)) {
        let mut after = self.state().clone();
        change(&mut after);
        let answer = self.ask(command);
        match code(&answer) {
            None => {
                self.volatile.push(after);
                if self.autosync {
                    self.all_durable();
                }
            }
            // A crash point: it may be on the disk, or not.
            Some("power_cut") if self.crash_set => {
                self.volatile.push(after);
                (self.up, self.crash_set) = (false, false);
            }
            Some(_) => panic!("{answer:?}"),
        }
    }

    fn all_durable(&mut self) {
        if let Some(last) = self.volatile.pop() {
            self.durable = last;
            self.volatile.clear();
        }
    }

    fn rows(&mut self, keys: &[i64]) -> (Vec<Row>, Vec<(i64, i64)>) {
        self.clock += 1;
        let n = self.clock;
        let row = |key: &i64| {
            let field = |name: &str, value| (name.to_owned(), value);
            let vector = Value::Vector(vec![*key as f32, 0.0]);
            Row(vec![field("id", Value::Int(*key)), field("vector", vector), field("n", Value::Int(n))])
        };
        (keys.iter().map(row).collect(), keys.iter().map(|key| (*key, n)).collect())
    }

    fn take(&mut self, step: &Step) {
        if !self.up && !matches!(step, Step::Recover | Step::Autosync(_) | Step::Trap(_)) {
            let answer = self.ask(Command::Engine(EngineCommand::Flush { collection: c() }));
            assert_eq!(code(&answer), Some("node_down"), "{answer:?}");
            self.recover();
        }
        self.flushed = false;
        match step {
            Step::Insert(keys) => {
                let (rows, new) = self.rows(keys);
                let rows = InsertRows::Given(rows);
                self.write(
                    Command::Engine(EngineCommand::Insert { collection: c(), rows, batch: 1 }),
                    |state| {
                        state.rows.extend(new);
                        state.grows = true;
                    },
                );
            }
            Step::Upsert(keys) => {
                let (rows, new) = self.rows(keys);
                let rows = InsertRows::Given(rows);
                self.write(Command::Engine(EngineCommand::Upsert { collection: c(), rows }), |state| {
                    state.remove(|(key, _)| keys.contains(key));
                    state.rows.extend(new);
                    state.grows = true;
                });
            }
            Step::DeleteKeys(keys) => {
                let filter = format!("id in {keys:?}");
                self.write(Command::Engine(EngineCommand::Delete { collection: c(), filter }), |state| {
                    state.remove(|(key, _)| keys.contains(key));
                });
            }
            Step::DeleteN(rest) if self.state().loaded => {
                let filter = format!("n % 5 == {rest}");
                // Rows go by their keys: other copies of a key that is found go too.
                let found: Vec<i64> =
                    self.state().rows.iter().filter(|(_, n)| n % 5 == *rest).map(|(key, _)| *key).collect();
                self.write(Command::Engine(EngineCommand::Delete { collection: c(), filter }), |state| {
                    state.remove(|(key, _)| found.contains(key));
                });
            }
            Step::Flush => self.checkpoint(Command::Engine(EngineCommand::Flush { collection: c() }), true),
            Step::Compact => {
                self.checkpoint(
                    Command::Engine(EngineCommand::Compact { collection: c(), deleted_percent: 20 }),
                    false,
                );
            }
            Step::CreateIndex => {
                let (field, index_type, metric_type) =
                    ("vector".to_owned(), "FLAT".to_owned(), "L2".to_owned());
                let params = Params::new();
                let command = Command::Engine(EngineCommand::CreateIndex {
                    collection: c(),
                    field,
                    index_type,
                    metric_type,
                    params,
                });
                self.write(command, |state| state.indexed = true);
            }
            Step::Load if self.state().indexed => {
                self.write(Command::Engine(EngineCommand::Load { collection: c() }), |state| {
                    state.loaded = true
                });
            }
            Step::Release => self
                .write(Command::Engine(EngineCommand::Release { collection: c() }), |state| {
                    state.loaded = false
                }),
            other => self.take_other(other),
        }
    }

    fn take_other(&mut self, step: &Step) {
        match step {
            Step::Autosync(on) => {
                let answer = self.ask(Command::Engine(EngineCommand::Autosync { on: *on }));
                self.autosync = *on;
                match code(&answer) {
                    None if *on => self.all_durable(),
                    None => {}
                    Some("power_cut") if self.crash_set => (self.up, self.crash_set) = (false, false),
                    Some("node_down") if !self.up => {}
                    Some(_) => panic!("{answer:?}"),
                }
            }
            Step::Sync => {
                let answer = self.ask(Command::Engine(EngineCommand::Sync));
                match code(&answer) {
                    None => self.all_durable(),
                    Some("power_cut") if self.crash_set => (self.up, self.crash_set) = (false, false),
                    Some(_) => panic!("{answer:?}"),
                }
            }
            Step::Crash(torn) => {
                let keep = if torn.is_some() { Keep::Torn } else { Keep::Synced };
                assert_eq!(
                    code(
                        &self.ask(Command::Engine(EngineCommand::Crash {
                            keep,
                            torn_bytes: torn.unwrap_or(0)
                        }))
                    ),
                    None
                );
                self.up = false;
                if torn.is_none() {
                    self.volatile.clear();
                    self.volatile.push(self.durable.clone());
                }
            }
            Step::Trap(moment) => {
                assert_eq!(
                    code(&self.ask(Command::Engine(EngineCommand::CrashAt { moment: Some(*moment) }))),
                    None
                );
                self.crash_set = true;
            }
            Step::Recover => self.recover(),
            Step::Query => self.query(),
            Step::Search(key) => self.search(*key),
            _ => {}
        }
        self.look();
    }

    /// A request that ends in a checkpoint, after which everything is durable.
    fn checkpoint(&mut self, command: Command, seals: bool) {
        self.write(command, |state| state.grows &= !seals);
        if self.up {
            self.all_durable();
            self.flushed = true;
        }
    }

    /// What the engine holds is what the model held at some moment since the last promise; from here on it is that.
    fn recover(&mut self) {
        let answer = self.ask(Command::Engine(EngineCommand::Recover));
        match code(&answer) {
            None => {}
            Some("power_cut" | "node_down") if self.crash_set => {
                (self.up, self.crash_set) = (false, false);
                return self.recover();
            }
            Some(_) => panic!("{answer:?}"),
        }
        if self.up {
            return;
        }
        self.up = true;
        let found = self.found();
        let may = std::iter::once(&self.durable).chain(&self.volatile);
        let matching = may.rev().find(|state| state.sorted() == found.0 && state.loaded == found.1);
        let Some(state) = matching.cloned() else {
            panic!("{found:?} is none of {:?} and {:?}", self.durable, self.volatile)
        };
        self.durable = State { grows: state.grows, ..state };
        self.volatile.clear();
        self.learn();
        let again = self.ask(Command::Engine(EngineCommand::Recover));
        assert_eq!(code(&again), None);
        assert_eq!(self.found(), found, "a second recovery changes nothing");
    }

    /// Every visible row, and whether the collection is loaded.
    fn found(&mut self) -> Found {
        found(&self.lab)
    }

    /// What the rows do not show: whether there is an index, and a growing segment.
    fn learn(&mut self) {
        let world = self.lab.world.as_standalone().expect("an engine");
        let there = world.catalog().expect("it runs").find("c").ok().map(|(_, there)| there);
        self.durable.created = there.is_some();
        self.durable.indexed = there.is_some_and(|there| there.index.is_some());
        self.durable.grows = there.is_some_and(|there| there.growing().is_some());
    }

    fn query(&mut self) {
        let state = self.state().clone();
        let collection = c();
        let filter = "id >= 0".to_owned();
        let read = |fields: &[&str]| {
            Command::Engine(EngineCommand::Query {
                collection: collection.clone(),
                filter: filter.clone(),
                output_fields: fields.iter().map(|field| (*field).to_owned()).collect(),
                limit: None,
                offset: 0,
            })
        };
        let answer = self.ask(read(&["n"]));
        if !state.loaded {
            return assert_eq!(code(&answer), Some("collection_not_loaded"), "{answer:?}");
        }
        let Answer::Rows { rows, .. } = answer else { panic!("{answer:?}") };
        let rows: Vec<(i64, i64)> =
            rows.iter().filter_map(|row| Some((row.int("id")?, row.int("n")?))).collect();
        // Of copies in one batch either is the newest; they are alike.
        assert_eq!(rows, state.newest());
        let Answer::Rows { rows, .. } = self.ask(read(&["count(*)"])) else { panic!("counts") };
        assert_eq!(rows[0].int("count(*)"), Some(state.rows.len() as i64));
    }

    fn search(&mut self, key: i64) {
        let state = self.state().clone();
        if !state.loaded {
            return;
        }
        let answer = self.ask(Command::Engine(EngineCommand::Search {
            collection: c(),
            field: String::new(),
            data: vec![vec![key as f32, 0.0]],
            limit: 16_384,
            offset: 0,
            metric_type: None,
            params: Params::new(),
            filter: String::new(),
            output_fields: Vec::new(),
        }));
        let Answer::Hits { hits, .. } = answer else { panic!("{answer:?}") };
        let mut found: Vec<(i64, i64)> = Vec::new();
        for hit in &hits[0] {
            let Some(Value::Double(distance)) = hit.get("distance") else { panic!("{hit:?}") };
            found.push((*distance as i64, hit.int("id").expect("an id")));
        }
        assert!(found.is_sorted_by_key(|(distance, _)| *distance), "{found:?}");
        found.sort_unstable();
        let mut expected: Vec<(i64, i64)> =
            state.newest().iter().map(|(there, _)| ((there - key) * (there - key), *there)).collect();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    /// The figures agree.
    fn look(&mut self) {
        if !self.up {
            return;
        }
        let answer = self.ask(Command::Engine(EngineCommand::Stats));
        let Answer::Stats { collections, wal, .. } = answer else { panic!("{answer:?}") };
        let state = self.state();
        assert_eq!(collections.contains_key("c"), state.created);
        let counts = collections.get("c").copied().unwrap_or_default();
        assert_eq!(counts.rows, state.rows.len() as u64, "{counts:?} {state:?}");
        assert_eq!(counts.growing, u64::from(state.grows), "{counts:?} {state:?}");
        assert!(wal.checkpoint_lsn <= wal.durable_lsn && wal.first_lsn <= wal.checkpoint_lsn + 1, "{wal:?}");
        let world = self.lab.world.as_standalone().expect("an engine");
        let objects: u64 = world
            .catalog()
            .expect("it runs")
            .segments()
            .filter(|(_, segment)| segment.object.is_some() && segment.state != SegmentState::Growing)
            .map(|(_, segment)| u64::from(segment.rows()))
            .sum();
        assert!(counts.num_entities <= objects, "only rows in a checkpoint are counted");
        if self.flushed {
            assert_eq!(counts.num_entities, objects, "after a flush all of them are");
        }
    }
}

fn c() -> String {
    "c".to_owned()
}

fn code(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Refused { code, .. } => Some(code),
        _ => None,
    }
}

/// Lets everything happen that happens by itself.
fn settle(lab: &mut Lab) {
    while !matches!(lab.advance(u64::MAX, 64), Advance::Idle | Advance::Reached) {
        while let Some(batch) = lab.take_writes() {
            lab.persisted(batch.ticket);
        }
    }
    while let Some(batch) = lab.take_writes() {
        lab.persisted(batch.ticket);
    }
    lab.take_events();
}

fn check(steps: &[Step]) {
    let mut pair = Pair::new();
    for step in steps {
        pair.take(step);
        pair.look();
    }
    pair.crash_set = true;
    pair.recover();
    pair.look();
    pair.query();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_engine_agrees_with_its_model(steps in prop::collection::vec(step(), 30..80)) {
        check(&steps);
    }
}
