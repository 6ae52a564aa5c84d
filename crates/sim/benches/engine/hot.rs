//! One key that is upserted again and again, and the replay of its log.

use super::driver::{ask, engine, stopped, timed};
use super::native::at_most;
use quorum_engine::{Field, FieldType, Schema, Value};
use quorum_sim::standalone::Request;
use quorum_wal::disk::Disk;

/// Upserts of one key.
const UPSERTS: i64 = 300_000;
/// Seconds of processor time for all of them, and for their replay.
const TARGET_S: f64 = 2.0;

/// Prints what the upserts and their replay take. Returns whether both targets are met.
pub(crate) fn main() -> bool {
    println!("\n{UPSERTS} upserts of one key, each a request of its own");
    let mut world = engine(Disk::default(), 1, &[]);
    let field = |name: &str, primary| Field { name: name.to_owned(), kind: FieldType::Int64, primary };
    let schema = Schema::new(vec![field("id", true), field("n", false)]).expect("a schema");
    ask(&mut world, Request::CreateCollection { name: "c".to_owned(), schema });
    let (upserts, ()) = timed(|| {
        for n in 0..UPSERTS {
            let row = vec![("id".to_owned(), Value::Int(7)), ("n".to_owned(), Value::Int(n))];
            ask(&mut world, Request::Insert { name: "c".to_owned(), rows: vec![row], upsert: true });
        }
    });
    let (disk, epoch) = stopped(world);
    let (replay, world) = timed(|| engine(disk, epoch, &[]));
    assert_eq!(world.visible(), 1, "one row is left");
    let met = at_most("upserts, seconds", upserts, TARGET_S);
    at_most("replay, seconds", replay, TARGET_S) && met
}
