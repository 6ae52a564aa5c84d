//! The replicator of course note 4, run over two real engines: every round it reads the whole collection page by page
//! and inserts the rows at the other side.
//!
//! Guarantees: rows are scanned with `limit` and `offset` like in the note's script, and inserted like there; all
//! counts come from the engines, and the same seed gives the same rounds. Between two pages the primary continues to
//! work: rows are added and deleted. Findings: plain inserts copy every row once more each round; deletes never arrive;
//! an offset shifts when rows before it are added or deleted; beyond 16,384 rows the window is refused; and counts,
//! which note 5 compares, show no problem. Leaves out: the link, and time.

use std::collections::BTreeMap;

use super::rows::{key_and_write, row, schema};
use quorum_engine::{Catalog, Operation, Query, Record, Value};
use quorum_types::{Lsn, Refusal, Rng};

/// Rows per page, as in the note.
pub(crate) const PAGE_ROWS: u64 = 1_000;
/// Maximum number of rows.
pub(crate) const MOST_ROWS: u64 = 20_000;
/// Maximum number of rounds.
pub(crate) const MOST_ROUNDS: u64 = 24;
/// Dimension of the vectors; the rows are few and small here.
const DIM: u32 = 2;
/// The collection.
const NAME: &str = "company_docs";

/// The parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The seed.
    pub seed: u64,
    /// Rows at the start.
    pub rows: u64,
    /// Rounds.
    pub rounds: u64,
    /// Rows added, changed and deleted between two pages; the same number of each.
    pub churn: u64,
}

impl Default for Trial {
    fn default() -> Self {
        Self { seed: 4, rows: 3_000, rounds: 3, churn: 10 }
    }
}

/// The result of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Round {
    /// Its number, from 1.
    pub round: u64,
    /// Rows at the primary, by `count(*)`.
    pub primary: u64,
    /// Rows that this round copied.
    pub copied: u64,
    /// Rows at the standby, by `count(*)`.
    pub standby: u64,
    /// Different keys among them.
    pub keys: u64,
    /// Surplus rows: copies of a key beyond its first.
    pub duplicates: u64,
    /// Keys at the standby that the primary has deleted.
    pub ghosts: u64,
    /// Keys whose newest state the standby does not show.
    pub stale: u64,
    /// Rows that existed at the primary throughout this round's scan and were not read.
    pub skipped: u64,
    /// Rows that this round's scan read twice.
    pub repeated: u64,
    /// Whether note 5's comparison of counts would find anything to copy.
    pub counts_see: bool,
    /// Why the scan ended early: the engine's error code.
    pub refused: Option<String>,
}

/// A single engine.
struct Engine {
    catalog: Catalog,
    lsn: Lsn,
}

impl Engine {
    fn new() -> Result<Self, Refusal> {
        let mut engine = Self { catalog: Catalog::default(), lsn: 0 };
        let created = engine.catalog.create_collection(NAME, schema(DIM)?)?;
        engine.apply(created)?;
        let indexed = engine.catalog.create_index(NAME, "vector", ("FLAT", "L2"), &Default::default())?;
        engine.apply(indexed)?;
        let loaded = engine.catalog.load(NAME)?;
        engine.apply(loaded)?;
        Ok(engine)
    }

    fn apply(&mut self, operation: Option<Operation>) -> Result<(), Refusal> {
        let Some(operation) = operation else { return Ok(()) };
        self.lsn += 1;
        self.catalog.apply(self.lsn, operation).map_err(|why| Refusal::new("not_applied", why))
    }

    fn insert(&mut self, rows: &[Record], upsert: bool) -> Result<(), Refusal> {
        let operation = self.catalog.insert(NAME, rows, upsert)?;
        self.apply(Some(operation))
    }

    fn delete(&mut self, key: i64) -> Result<(), Refusal> {
        let (operation, _) = self.catalog.delete(NAME, &format!("id in [{key}]"))?;
        self.apply(operation)
    }

    /// The number of rows by `count(*)`.
    fn count(&self) -> Result<u64, Refusal> {
        let query = Query { output_fields: vec!["count(*)".to_owned()], ..Query::default() };
        let found = self.catalog.query(NAME, &query)?;
        let number = found.iter().flatten().find_map(|(_, value)| match value {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        });
        Ok(number.unwrap_or(0))
    }

    /// The result of a query: each key once, with the write that it comes from.
    fn shown(&self) -> Result<BTreeMap<i64, u64>, Refusal> {
        let query = Query {
            filter: "id >= 0".to_owned(),
            output_fields: vec!["write".to_owned()],
            ..Query::default()
        };
        let mut shown = BTreeMap::new();
        shown.extend(self.catalog.query(NAME, &query)?.iter().map(key_and_write));
        Ok(shown)
    }

    fn page(&self, offset: u64) -> Result<Vec<Record>, Refusal> {
        let query = Query {
            filter: String::new(),
            output_fields: vec!["write".to_owned(), "vector".to_owned()],
            limit: Some(PAGE_ROWS),
            offset,
        };
        self.catalog.query(NAME, &query)
    }
}

/// A primary that continues to work.
struct Primary {
    engine: Engine,
    /// The newest write of each existing row.
    rows: BTreeMap<i64, u64>,
    writes: u64,
    rng: Rng,
}

impl Primary {
    fn new(trial: &Trial) -> Result<Self, Refusal> {
        let mut primary =
            Self { engine: Engine::new()?, rows: BTreeMap::new(), writes: 0, rng: Rng::new(trial.seed, 4) };
        let mut records = Vec::new();
        for _ in 0..trial.rows {
            records.push(primary.new_row());
        }
        if !records.is_empty() {
            primary.engine.insert(&records, false)?;
        }
        Ok(primary)
    }

    /// A row under an unused key; keys are in no order, like hashes.
    fn new_row(&mut self) -> Record {
        let mut key = self.rng.below(1 << 40) as i64;
        while self.rows.contains_key(&key) {
            key = self.rng.below(1 << 40) as i64;
        }
        self.write(key)
    }

    fn write(&mut self, key: i64) -> Record {
        self.writes += 1;
        self.rows.insert(key, self.writes);
        row(key, self.writes, DIM, &mut self.rng)
    }

    /// The primary's work between two pages: rows are added, changed and deleted.
    fn work(&mut self, churn: u64) -> Result<(), Refusal> {
        for _ in 0..churn {
            let new = self.new_row();
            self.engine.insert(&[new], false)?;
            let picked = |rng: &mut Rng, rows: &BTreeMap<i64, u64>| {
                let at = rng.below(rows.len().max(1) as u64) as usize;
                rows.keys().nth(at).copied()
            };
            if let Some(key) = picked(&mut self.rng, &self.rows) {
                let changed = self.write(key);
                self.engine.insert(&[changed], true)?;
            }
            if let Some(key) = picked(&mut self.rng, &self.rows) {
                self.rows.remove(&key);
                self.engine.delete(key)?;
            }
        }
        Ok(())
    }
}

/// Runs the note's replicator.
pub fn run(trial: &Trial) -> Result<Vec<Round>, Refusal> {
    if trial.rows > MOST_ROWS || trial.rounds > MOST_ROUNDS || trial.churn > PAGE_ROWS {
        let error = format!("at most {MOST_ROWS} rows, {MOST_ROUNDS} rounds and {PAGE_ROWS} changes a page");
        return Err(Refusal::new("too_large", error));
    }
    let mut primary = Primary::new(trial)?;
    let mut standby = Engine::new()?;
    (1..=trial.rounds).map(|round| one_round(trial, round, &mut primary, &mut standby)).collect()
}

fn one_round(
    trial: &Trial,
    number: u64,
    primary: &mut Primary,
    standby: &mut Engine,
) -> Result<Round, Refusal> {
    let mut round = Round { round: number, ..Round::default() };
    let before: Vec<i64> = primary.rows.keys().copied().collect();
    let mut read: BTreeMap<i64, u64> = BTreeMap::new();
    let mut offset = 0;
    loop {
        let page = match primary.engine.page(offset) {
            Ok(page) if page.is_empty() => break,
            Ok(page) => page,
            Err(refusal) => {
                round.refused = Some(refusal.code);
                break;
            }
        };
        standby.insert(&page, false)?;
        round.copied += page.len() as u64;
        for (key, _) in page.iter().map(key_and_write) {
            *read.entry(key).or_default() += 1;
        }
        offset += PAGE_ROWS;
        primary.work(trial.churn)?;
    }
    let stayed = before.iter().filter(|key| primary.rows.contains_key(*key));
    round.skipped = stayed.filter(|key| !read.contains_key(*key)).count() as u64;
    round.repeated = read.values().filter(|times| **times > 1).count() as u64;
    round.primary = primary.engine.count()?;
    round.standby = standby.count()?;
    let shown = standby.shown()?;
    round.keys = shown.len() as u64;
    round.duplicates = round.standby - round.keys;
    round.ghosts = shown.keys().filter(|key| !primary.rows.contains_key(*key)).count() as u64;
    let newest = |key: &i64, write: &u64| primary.rows.get(key).is_some_and(|newest| newest != write);
    round.stale = shown.iter().filter(|(key, write)| newest(key, write)).count() as u64;
    round.counts_see = round.primary > round.standby;
    Ok(round)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_copies_everything_once_more_and_no_delete_arrives() {
        let trial = Trial::default();
        let rounds = run(&trial).expect("runs");
        assert_eq!(rounds, run(&trial).expect("runs"), "the same seed, the same rounds");
        let copied: u64 = rounds.iter().map(|round| round.copied).sum();
        let last = rounds.last().expect("a round");
        assert_eq!(last.standby, copied, "what was inserted is there, again and again");
        assert!(last.duplicates > 2 * trial.rows - 200, "{last:?}");
        assert!(last.ghosts > 0 && last.stale > 0, "{last:?}");
        assert!(rounds.iter().all(|round| round.refused.is_none()));
        // Note 5 would compare counts and find nothing to do.
        assert!(rounds[1..].iter().all(|round| !round.counts_see && round.standby > round.primary));
        // Rows added or deleted before the offset shift the rows after it.
        assert!(rounds.iter().any(|round| round.skipped > 0), "{rounds:?}");
        assert!(rounds.iter().any(|round| round.repeated > 0), "{rounds:?}");
    }

    #[test]
    fn a_primary_that_rests_is_copied_whole_and_once_a_round() {
        let rounds = run(&Trial { churn: 0, rows: 2_500, rounds: 2, seed: 1 }).expect("runs");
        let figures = |round: &Round| (round.copied, round.standby, round.keys, round.skipped, round.ghosts);
        assert_eq!(figures(&rounds[0]), (2_500, 2_500, 2_500, 0, 0));
        assert_eq!(figures(&rounds[1]), (2_500, 5_000, 2_500, 0, 0));
        assert_eq!(rounds[1].duplicates, 2_500);
    }

    #[test]
    fn beyond_the_window_the_scan_is_refused_and_the_rest_never_copied() {
        let rounds = run(&Trial { churn: 0, rows: 17_000, rounds: 1, seed: 1 }).expect("runs");
        assert_eq!((rounds[0].copied, rounds[0].skipped), (16_000, 1_000));
        assert_eq!(rounds[0].refused.as_deref(), Some("bad_window"));
        let refused = run(&Trial { rows: MOST_ROWS + 1, ..Trial::default() });
        assert_eq!(refused.expect_err("too much").code, "too_large");
        assert_eq!(run(&Trial { rows: 0, rounds: 1, churn: 0, seed: 1 }).expect("runs")[0].copied, 0);
    }
}
