//! Commands to an engine: reads, writes and faults of its disk.
//!
//! Guarantees: a replica set rejects a command that only a single engine supports, with an explanation. The code is
//! reached through worlds that have an engine alone, so it is fetched with them (docs/decisions/0032-chunks.md). Leaves
//! out: commands that every world takes (`mod`), and what a replica set inserts (`replica_set`).

use super::answer::{Answer, Reply};
use super::command::{COLLECTION, EngineCommand, Keep};
use super::limits;
use super::sim_world::{SimWorld, no_single_engine};
use super::values::Row;
use super::values::{CollectionCounts, CollectionStats, InsertRows, WalStats};
use quorum_engine::{Catalog, Query, Search, Value};
use quorum_sim::event::EngineEvent;
use quorum_sim::standalone::action::schema;
use quorum_sim::standalone::{Request, Standalone, Written};
use quorum_types::Refusal;
use quorum_types::sort::sort;
use quorum_wal::format::{FIRST_OBJECT, file_name};

/// Executes a command to a single engine.
pub(super) fn dispatch(
    engine: &mut Standalone,
    ticket: u64,
    command: EngineCommand,
) -> Result<Reply, Refusal> {
    let request = match command {
        EngineCommand::Query { .. } | EngineCommand::Search { .. } => return read(engine, command),
        EngineCommand::Insert { collection, rows: InsertRows::Made(_), .. } if collection != COLLECTION => {
            let error = format!("generated rows go to “{COLLECTION}”; give the rows of another collection");
            return Err(Refusal::new("bad_rows", error));
        }
        EngineCommand::Insert { rows: InsertRows::Made(rows), batch, .. } => {
            engine.insert(ticket, rows, batch)?;
            return Ok(Reply::Generated);
        }
        EngineCommand::Import { rows, batch, import } => {
            engine.import(ticket, import, rows, batch)?;
            return Ok(Reply::Generated);
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
        other => return dispatch_operator(engine, ticket, other),
    };
    engine.ask(Some(ticket), request)?;
    Ok(Reply::Later)
}

/// Commands that are about the engine rather than its data.
fn dispatch_operator(engine: &mut Standalone, ticket: u64, command: EngineCommand) -> Result<Reply, Refusal> {
    match command {
        EngineCommand::ListCollections => {
            let mut collections: Vec<String> =
                engine.catalog()?.collections().map(|(_, there)| there.name.clone()).collect();
            sort(&mut collections);
            return Ok(Reply::Now(Answer::Collections { ok: true, collections }));
        }
        EngineCommand::Stats => return stats(engine).map(Reply::Now),
        EngineCommand::Autosync { on } => {
            engine.set_autosync(on);
            if on {
                engine.ask(Some(ticket), Request::Sync)?;
                return Ok(Reply::Later);
            }
        }
        EngineCommand::Crash { keep, torn_bytes } => {
            engine.kill(if keep == Keep::Torn { torn_bytes } else { 0 });
        }
        EngineCommand::CrashAt { moment } => engine.set_crash_point(moment),
        EngineCommand::Recover => {
            engine.restart();
            return Ok(Reply::Recovered);
        }
        EngineCommand::Corrupt { file, offset, kind } => {
            let file = log_file(engine, file)?;
            if offset >= engine.log().disk.len(file) {
                let error = format!("{} has only {} bytes", file_name(file), engine.log().disk.len(file));
                return Err(Refusal::new("bad_offset", error));
            }
            engine.corrupt(file, offset, |rest| kind.damage(rest));
        }
        EngineCommand::DiskCapacity { bytes } => engine.set_capacity(bytes),
        EngineCommand::ExportWal { file } => {
            let file = log_file(engine, file)?;
            let mut bytes = Vec::new();
            engine.log().disk.read(file, 0, u64::MAX, &mut bytes);
            return Ok(Reply::Now(Answer::Exported { ok: true, hex: hex(&bytes) }));
        }
        _ => return Err(Refusal::new("unsupported", "this is not a command to an engine")),
    }
    Ok(Reply::Done)
}

/// Answers a query or a search from the state that they see now. Other commands are none of a replica set's.
pub(super) fn read(world: &mut impl SimWorld, command: EngineCommand) -> Result<Reply, Refusal> {
    match command {
        EngineCommand::Query { collection, filter, output_fields, limit, offset } => {
            query(world, &collection, &Query { filter, output_fields, limit, offset })
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
            let search = Search { field, data, limit, offset, metric_type, params, filter, output_fields };
            self::search(world, &collection, &search)
        }
        _ => Err(no_single_engine()),
    }
}

fn query(world: &mut impl SimWorld, collection: &str, query: &Query) -> Result<Reply, Refusal> {
    let rows: Vec<Row> = world.catalog()?.query(collection, query)?.into_iter().map(Row).collect();
    let counted = rows.first().and_then(|row| row.int("count(*)")).map_or(rows.len() as u64, |n| n as u64);
    world.emit(EngineEvent::Queried { filter: query.filter.clone(), rows: counted });
    Ok(Reply::Now(Answer::Rows { ok: true, rows }))
}

fn search(world: &mut impl SimWorld, collection: &str, search: &Search) -> Result<Reply, Refusal> {
    let catalog: &Catalog = world.catalog()?;
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
    world.emit(EngineEvent::Searched {
        vectors: search.data.len() as u32,
        rows: found.iter().map(|hits| hits.len() as u64).sum(),
    });
    let row = |hit: quorum_engine::Found| {
        let front: [(String, Value); 2] = [
            ("id".to_owned(), Value::Int(hit.key)),
            ("distance".to_owned(), Value::Double(shortest(hit.distance))),
        ];
        let asked = |name: &String| search.output_fields.iter().any(|field| field == name || field == "*");
        // A hit's own keys take precedence over fields of the same name: JSON readers reject duplicate keys.
        let taken = |name: &String| front.iter().any(|(word, _)| word == name);
        let fields = hit.fields.into_iter().filter(|(name, _)| !taken(name) && asked(name));
        Row(front.iter().cloned().chain(fields).collect())
    };
    let hits = found.into_iter().map(|hits| hits.into_iter().map(row).collect()).collect();
    Ok(Reply::Now(Answer::Hits { ok: true, hits }))
}

/// The answer to a completed request.
pub(super) fn answer(engine: &Standalone, result: Result<Written, Refusal>, generated: bool) -> Answer {
    match result {
        Ok(written) if generated => Answer::Inserted { ok: true, acknowledged: written.count },
        Ok(written) => Answer::Written { ok: true, count: written.count, lsn: written.lsn },
        Err(refusal) => refused(engine, refusal),
    }
}

/// The result of a recovery.
pub(super) fn recovered(engine: &Standalone) -> Answer {
    // There is no report before the first recovery has ended; `catalog` then refuses.
    let report = engine.report().cloned().unwrap_or_default();
    match engine.catalog() {
        Ok(_) => Answer::Recovered {
            ok: true,
            replayed: report.records,
            rows: engine.visible(),
            tail: report.tail,
            durable_lsn: engine.log().durable_lsn(),
        },
        Err(refusal) => refused(engine, refusal),
    }
}

/// An error; for a damaged log with the file and the offset of the damage.
pub(super) fn refused(engine: &Standalone, refusal: Refusal) -> Answer {
    let report = engine.report().filter(|_| refusal.code == "wal_corrupt");
    let Some((file, offset)) = report.and_then(|report| report.at) else { return refusal.into() };
    let why = report.and_then(|report| report.refused.clone()).unwrap_or(refusal.error);
    let error = format!(
        "{} at offset {offset}: {why}. Nothing was opened and nothing written; restore a backup",
        file_name(file)
    );
    let number = log_files(engine).iter().position(|there| *there == file);
    let file = number.map(|at| at as u32);
    Answer::Refused { ok: false, code: refusal.code, error, file, offset: Some(offset) }
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
