//! Commands to a single engine: reads, writes and fault injection.
//!
//! Guarantees: a replica set rejects a command that only a single engine supports, with an explanation. Leaves out:
//! commands that both worlds support (`mod`).

use super::answer::Answer;
use super::command::{COLLECTION, EngineCommand, Keep};
use super::values::Row;
use super::values::{CollectionCounts, CollectionStats, InsertRows, WalStats};
use super::{Lab, Until, Wait, limits};
use quorum_engine::{Catalog, Query, Search, Value};
use quorum_sim::event::EngineEvent;
use quorum_sim::standalone::action::schema;
use quorum_sim::standalone::{Outcome, Request, Standalone};
use quorum_types::Refusal;
use quorum_types::sort::sort;
use quorum_wal::format::{FIRST_OBJECT, file_name};

impl Lab {
    /// Executes such a command; `None` if the answer comes later.
    pub(super) fn dispatch_engine(
        &mut self,
        ticket: u64,
        command: EngineCommand,
    ) -> Result<Option<Answer>, Refusal> {
        let request = match command {
            EngineCommand::Query { collection, filter, output_fields, limit, offset } => {
                let query = Query { filter, output_fields, limit, offset };
                return self.query(&collection, &query).map(Some);
            }
            EngineCommand::Search {
                collection,
                field,
                data,
                limit,
                offset,
                metric_type,
                params,
                filter,
                output_fields,
            } => {
                let search =
                    Search { field, data, limit, offset, metric_type, params, filter, output_fields };
                return self.search(&collection, &search).map(Some);
            }
            EngineCommand::Insert { collection, rows: InsertRows::Made(_), .. }
                if collection != COLLECTION =>
            {
                let error =
                    format!("generated rows go to “{COLLECTION}”; give the rows of another collection");
                return Err(Refusal::new("bad_rows", error));
            }
            EngineCommand::Insert { rows: InsertRows::Made(rows), batch, .. } => {
                self.engine()?.insert(ticket, rows, batch)?;
                self.generating.push(ticket);
                return Ok(None);
            }
            EngineCommand::Import { rows, batch, import } => {
                self.engine()?.import(ticket, import, rows, batch)?;
                self.generating.push(ticket);
                return Ok(None);
            }
            EngineCommand::Upsert { rows: InsertRows::Made(_), .. } => {
                return Err(Refusal::new("bad_rows", "upsert takes the rows themselves"));
            }
            EngineCommand::Insert { collection: name, rows: InsertRows::Given(rows), .. } => {
                Request::Insert { name, rows: rows.into_iter().map(|row| row.0).collect(), upsert: false }
            }
            EngineCommand::Upsert { collection: name, rows: InsertRows::Given(rows) } => {
                Request::Insert { name, rows: rows.into_iter().map(|row| row.0).collect(), upsert: true }
            }
            EngineCommand::Delete { collection: name, filter } => Request::Delete { name, filter },
            EngineCommand::CreateCollection { name, fields } => {
                Request::CreateCollection { name, schema: schema(&fields)? }
            }
            EngineCommand::DropCollection { collection: name } => Request::DropCollection { name },
            EngineCommand::CreateIndex { collection: name, field, index_type, metric_type, params } => {
                Request::CreateIndex { name, field, index_type, metric_type, params }
            }
            EngineCommand::DropIndex { collection: name } => Request::DropIndex { name },
            EngineCommand::Load { collection: name } => Request::Load { name },
            EngineCommand::Release { collection: name } => Request::Release { name },
            EngineCommand::Flush { collection: name } => Request::Flush { name },
            EngineCommand::Compact { collection: name, deleted_percent } => {
                Request::Compact { name, deleted_percent }
            }
            EngineCommand::Sync => Request::Sync,
            other => return self.obey_operator(ticket, other),
        };
        self.engine()?.ask(Some(ticket), request)?;
        Ok(None)
    }

    /// Commands that are about the engine rather than its data.
    fn obey_operator(&mut self, ticket: u64, command: EngineCommand) -> Result<Option<Answer>, Refusal> {
        match command {
            EngineCommand::ListCollections => {
                let catalog = self.engine()?.catalog()?;
                let mut collections: Vec<String> =
                    catalog.collections().map(|(_, there)| there.name.clone()).collect();
                sort(&mut collections);
                return Ok(Some(Answer::Collections { ok: true, collections }));
            }
            EngineCommand::Stats => return stats(self.engine()?).map(Some),
            EngineCommand::Autosync { on } => {
                let engine = self.engine()?;
                engine.set_autosync(on);
                if on {
                    engine.ask(Some(ticket), Request::Sync)?;
                    return Ok(None);
                }
            }
            EngineCommand::Crash { keep, torn_bytes } => {
                let torn_bytes = if keep == Keep::Torn { torn_bytes } else { 0 };
                self.engine()?.kill(torn_bytes);
            }
            EngineCommand::CrashAt { moment } => self.engine()?.set_crash_point(moment),
            EngineCommand::Recover => {
                self.engine()?.restart();
                self.waits.push_back(Wait { ticket, until: Until::Recovered });
                return Ok(None);
            }
            EngineCommand::Corrupt { file, offset, kind } => {
                let engine = self.engine()?;
                let file = log_file(engine, file)?;
                if offset >= engine.log().disk.len(file) {
                    let error = format!("{} has only {} bytes", file_name(file), engine.log().disk.len(file));
                    return Err(Refusal::new("bad_offset", error));
                }
                engine.corrupt(file, offset, |rest| kind.damage(rest));
            }
            EngineCommand::DiskCapacity { bytes } => self.engine()?.set_capacity(bytes),
            EngineCommand::ExportWal { file } => {
                let engine = self.engine()?;
                let file = log_file(engine, file)?;
                let mut bytes = Vec::new();
                engine.log().disk.read(file, 0, u64::MAX, &mut bytes);
                return Ok(Some(Answer::Exported { ok: true, hex: hex(&bytes) }));
            }
            _ => return Err(Refusal::new("unsupported", "this is not a command to an engine")),
        }
        Ok(Some(Answer::Done { ok: true, t_us: self.now_us() }))
    }

    pub(super) fn engine(&mut self) -> Result<&mut Standalone, Refusal> {
        self.world.as_standalone_mut().ok_or_else(|| {
            let error = "a replica set takes insert and query; open a standalone engine for the rest";
            Refusal::new("unsupported", error)
        })
    }

    /// The state that queries and searches see now.
    fn catalog(&self) -> Result<&Catalog, Refusal> {
        self.world.catalog()
    }

    fn query(&mut self, collection: &str, query: &Query) -> Result<Answer, Refusal> {
        let rows: Vec<Row> = self.catalog()?.query(collection, query)?.into_iter().map(Row).collect();
        let counted =
            rows.first().and_then(|row| row.int("count(*)")).map_or(rows.len() as u64, |n| n as u64);
        let queried = EngineEvent::Queried { filter: query.filter.clone(), rows: counted };
        self.world.emit(queried);
        Ok(Answer::Rows { ok: true, rows })
    }

    fn search(&mut self, collection: &str, search: &Search) -> Result<Answer, Refusal> {
        let catalog = self.catalog()?;
        let rows = catalog.collections().find(|(_, there)| there.name == collection);
        let rows = rows.map_or(0, |(_, there)| there.rows());
        let compared = search.data.iter().map(|vector| vector.len() as u64).sum::<u64>().saturating_mul(rows);
        if compared > limits::MOST_COMPARED {
            let error = format!(
                "the search compares {compared} numbers; at most {} are taken, so give it fewer vectors",
                limits::MOST_COMPARED
            );
            return Err(Refusal::new("too_large", error));
        }
        let found = catalog.search(collection, search)?;
        let searched = EngineEvent::Searched {
            vectors: search.data.len() as u32,
            rows: found.iter().map(|hits| hits.len() as u64).sum(),
        };
        self.world.emit(searched);
        let row = |hit: quorum_engine::Found| {
            let front: [(String, Value); 2] = [
                ("id".to_owned(), Value::Int(hit.key)),
                ("distance".to_owned(), Value::Double(shortest(hit.distance))),
            ];
            let asked =
                |name: &String| search.output_fields.iter().any(|field| field == name || field == "*");
            // A hit's own keys take precedence over fields of the same name: JSON readers reject duplicate keys.
            let taken = |name: &String| front.iter().any(|(word, _)| word == name);
            let fields = hit.fields.into_iter().filter(|(name, _)| !taken(name) && asked(name));
            Row(front.iter().cloned().chain(fields).collect())
        };
        let hits = found.into_iter().map(|hits| hits.into_iter().map(row).collect()).collect();
        Ok(Answer::Hits { ok: true, hits })
    }

    /// The answer to a completed request of the engine.
    pub(super) fn engine_answer(&mut self, (ticket, result): Outcome) -> (u64, Answer) {
        let generated = self.generating.iter().position(|there| *there == ticket);
        if let Some(at) = generated {
            self.generating.remove(at);
        }
        let answer = match result {
            Ok(written) if generated.is_some() => Answer::Inserted { ok: true, acknowledged: written.count },
            Ok(written) => Answer::Written { ok: true, count: written.count, lsn: written.lsn },
            Err(refusal) => self.refused(refusal),
        };
        (ticket, answer)
    }

    /// The result of a recovery.
    pub(super) fn recovered(&self) -> Answer {
        let Some(world) = self.world.as_standalone() else {
            return Answer::Done { ok: true, t_us: self.now_us() };
        };
        // There is no report before the first recovery has ended; `catalog` then refuses.
        let report = world.report().cloned().unwrap_or_default();
        match world.catalog() {
            Ok(_) => Answer::Recovered {
                ok: true,
                replayed: report.records,
                rows: world.visible(),
                tail: report.tail,
                durable_lsn: world.log().durable_lsn(),
            },
            Err(refusal) => self.refused(refusal),
        }
    }

    /// An error; for a damaged log with the file and the offset of the damage.
    pub(super) fn refused(&self, refusal: Refusal) -> Answer {
        let Some(world) = self.world.as_standalone() else { return refusal.into() };
        let report = world.report().filter(|_| refusal.code == "wal_corrupt");
        let Some((file, offset)) = report.and_then(|report| report.at) else { return refusal.into() };
        let why = report.and_then(|report| report.refused.clone()).unwrap_or(refusal.error);
        let error = format!(
            "{} at offset {offset}: {why}. Nothing was opened and nothing written; restore a backup",
            file_name(file)
        );
        let number = log_files(world).iter().position(|there| *there == file);
        let file = number.map(|at| at as u32);
        Answer::Refused { ok: false, code: refusal.code, error, file, offset: Some(offset) }
    }
}

fn log_files(engine: &Standalone) -> Vec<u32> {
    engine.log().disk.files().map(|(file, ..)| file).filter(|file| *file < FIRST_OBJECT).collect()
}

/// The log file at this index, counted from 0.
fn log_file(engine: &Standalone, at: u32) -> Result<u32, Refusal> {
    let files = log_files(engine);
    files.get(at as usize).copied().ok_or_else(|| {
        Refusal::new("no_such_file", format!("the log has {} files, counted from 0", files.len()))
    })
}

fn stats(engine: &Standalone) -> Result<Answer, Refusal> {
    let counts = |there: &quorum_engine::Collection| CollectionCounts {
        num_entities: there.num_entities(),
        rows: there.rows(),
        growing: u64::from(there.growing().is_some()),
        sealed: there.segments.len() as u64 - u64::from(there.growing().is_some()),
    };
    let mut collections = CollectionStats::new();
    for (_, there) in engine.catalog()?.collections() {
        collections.insert(there.name.clone(), counts(there));
    }
    let wal = WalStats {
        files: log_files(engine).len() as u64,
        bytes: engine.log().log_bytes(),
        first_lsn: engine.log().wal().and_then(|wal| wal.files().first()).map_or(0, |facts| facts.first_lsn),
        durable_lsn: engine.log().durable_lsn(),
        checkpoint_lsn: engine.checkpoint_lsn(),
    };
    Ok(Answer::Stats { ok: true, collections, wal })
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A distance as the double with the same shortest decimal, so that 0.1 is shown as 0.1.
fn shortest(distance: f32) -> f64 {
    distance.to_string().parse().unwrap_or(f64::from(distance))
}
