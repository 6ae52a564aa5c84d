//! The store on a real IndexedDB: what is written is read back, in order or not at all, and a writer that was fenced
//! off writes no more. Leaves out: that it does so in a worker as well, which every test of the built page relies on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use quorum_facade::{
    Bytes, Command, Committed, DiskWrite, EngineCommand, Lab, PersistBatch, RunConfig, RunStamp,
    STORE_VERSION, Storage as _, StoredRun, backup,
};
use quorum_lab::web::clock;
use quorum_lab::web::drive::Driven;
use quorum_lab::web::idb::{Database, StoreError, delete_database, settled};
use quorum_lab::web::measure::{What, measure};
use quorum_lab::web::plan::{EXTENT, Operation, TRANSACTION, length, plan};
use quorum_lab::web::store::Store;
use quorum_lab::web::tails::GATHER;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Bytes that tell where they belong.
fn bytes(from: u64, length: usize) -> Bytes {
    Bytes::new((from..from + length as u64).map(|at| (at % 251) as u8).collect())
}

fn append(node: u32, offset: u64, length: usize) -> DiskWrite {
    DiskWrite::Append { node, file: 1, offset, bytes: bytes(offset, length) }
}

fn batch(ticket: u64, writes: Vec<DiskWrite>) -> PersistBatch {
    let stamp = RunStamp { boot: 1, t_us: ticket * 1_000, ..RunStamp::default() };
    PersistBatch { ticket, writes, stamp }
}

type Outcomes = Rc<RefCell<Vec<Result<Committed, StoreError>>>>;

/// Writes batches and waits until all of their transactions have ended.
async fn write(store: &mut Store, batches: Vec<PersistBatch>) -> Vec<Result<Committed, StoreError>> {
    let outcomes = Outcomes::default();
    let done: Rc<dyn Fn(Result<Committed, StoreError>)> = {
        let outcomes = outcomes.clone();
        Rc::new(move |outcome| outcomes.borrow_mut().push(outcome))
    };
    batches.into_iter().for_each(|batch| store.submit(batch));
    while !store.is_idle() {
        store.pump(&done);
        clock::breathe().await;
    }
    outcomes.take()
}

async fn fresh(name: &str) -> Store {
    delete_database(name).await.expect("a database can be deleted");
    Store::open(name, "first", false).await.expect("a database can be opened")
}

async fn load(store: &Store) -> StoredRun {
    store.load(|_, _| {}).await.expect("readable").expect("stamped")
}

/// A stored file as one piece.
fn whole(run: &StoredRun, node: u32) -> Vec<u8> {
    let files = run.files.iter().filter(|file| file.node == node);
    files.flat_map(|file| file.extents.iter().flat_map(|extent| extent.to_vec())).collect()
}

#[wasm_bindgen_test]
fn batches_are_cut_into_transactions_of_one_size() {
    let record = TRANSACTION * 3 / 5;
    let steps = plan((0..4).map(|n| batch(n + 1, vec![append(1, n * record as u64, record)])));
    let sizes: Vec<usize> = steps.iter().map(|step| step.bytes).collect();
    assert_eq!(sizes, [TRANSACTION, TRANSACTION, record * 4 - 2 * TRANSACTION]);
    let tickets: Vec<Option<u64>> =
        steps.iter().map(|step| step.completes.as_ref().map(|(ticket, _)| *ticket)).collect();
    assert_eq!(
        tickets,
        [Some(1), Some(3), Some(4)],
        "a ticket belongs to the transaction that ends its batch"
    );
    for step in &steps {
        for operation in &step.operations {
            assert!(matches!(operation, Operation::Extent { pieces, .. } if length(pieces) <= EXTENT));
        }
    }
}

#[wasm_bindgen_test]
fn appends_to_one_file_share_an_extent_across_other_files_but_not_across_a_cut() {
    let writes = vec![
        append(1, 0, 10),
        append(2, 0, 10),
        append(1, 10, 5),
        DiskWrite::Truncate { node: 1, file: 1, bytes: 12 },
        append(1, 12, 4),
    ];
    let steps = plan([batch(1, writes)]);
    assert_eq!(steps.len(), 1);
    let extents: Vec<(u32, u64, usize)> = steps[0]
        .operations
        .iter()
        .filter_map(|operation| match operation {
            Operation::Extent { node, offset, pieces, .. } => Some((*node, *offset, length(pieces))),
            _ => None,
        })
        .collect();
    assert_eq!(extents, [(1, 0, 15), (2, 0, 10), (1, 12, 4)]);
}

#[wasm_bindgen_test]
async fn what_was_written_is_read_back() {
    let mut store = fresh("test/read-back").await;
    assert_eq!(store.load(|_, _| {}).await, Ok(None), "a new store holds no run");
    let large = 3 * EXTENT + 17;
    let outcomes =
        write(&mut store, vec![batch(1, vec![append(1, 0, large), append(2, 0, 9)]), batch(2, vec![])]).await;
    let tickets: Vec<u64> = outcomes.iter().flatten().filter_map(|committed| committed.ticket).collect();
    assert_eq!(tickets.last(), Some(&2));
    drop(store);

    let store = Store::open("test/read-back", "second", false).await.expect("opens again");
    let seen = Cell::new((0, 0));
    let run = store.load(|bytes, total| seen.set((bytes, total))).await.expect("readable").expect("stamped");
    assert_eq!(run.stamp.t_us, 2_000, "the last stamp");
    assert_eq!(whole(&run, 1), bytes(0, large).to_vec());
    assert_eq!(whole(&run, 2), bytes(0, 9).to_vec());
    assert_eq!(seen.get(), (large as u64 + 9, large as u64 + 9), "progress ends at the whole");
}

#[wasm_bindgen_test]
async fn a_file_can_be_cut_and_go_on_and_go() {
    let mut store = fresh("test/cut").await;
    write(&mut store, vec![batch(1, vec![append(1, 0, EXTENT + 100), append(2, 0, 50)])]).await;
    let cut = EXTENT as u64 - 7;
    write(
        &mut store,
        vec![batch(
            2,
            vec![
                DiskWrite::Truncate { node: 1, file: 1, bytes: cut },
                append(1, cut, 20),
                DiskWrite::Remove { node: 2, file: 1 },
            ],
        )],
    )
    .await;
    let run = load(&store).await;
    assert_eq!(whole(&run, 1), bytes(0, EXTENT + 13).to_vec());
    assert!(run.files.iter().all(|file| file.node == 1), "the other file is gone");
    write(&mut store, vec![batch(3, vec![DiskWrite::Truncate { node: 1, file: 1, bytes: 0 }])]).await;
    assert!(load(&store).await.files.is_empty());
}

#[wasm_bindgen_test]
async fn crumbs_are_gathered_and_stay_the_same_bytes() {
    let mut store = fresh("test/crumbs").await;
    let crumbs = 3 * GATHER as u64 + 5;
    for at in 0..crumbs {
        let writes = (1..=2).map(|node| append(node, at * 40, 40)).collect();
        // Each on its own, so that group commit does not gather them first.
        write(&mut store, vec![batch(at + 1, writes)]).await;
    }
    let run = load(&store).await;
    for node in 1..=2 {
        assert_eq!(whole(&run, node), bytes(0, crumbs as usize * 40).to_vec());
        let extents: usize =
            run.files.iter().filter(|file| file.node == node).map(|file| file.extents.len()).sum();
        assert_eq!(extents, 3 + 5, "three gathered, five crumbs");
    }
}

#[wasm_bindgen_test]
async fn a_writer_that_was_fenced_off_writes_no_more() {
    let mut old = fresh("test/fence").await;
    write(&mut old, vec![batch(1, vec![append(1, 0, 10)])]).await;
    let mut new = Store::open("test/fence", "second", false).await.expect("another may open");
    let outcomes = write(&mut old, vec![batch(2, vec![append(1, 10, 10)])]).await;
    assert!(matches!(outcomes[..], [Err(StoreError::TakenOver)]), "{outcomes:?}");
    let outcomes = write(&mut new, vec![batch(1, vec![append(1, 10, 3)])]).await;
    assert!(matches!(outcomes[..], [Ok(_)]), "{outcomes:?}");
    assert_eq!(whole(&load(&new).await, 1), bytes(0, 13).to_vec());
}

#[wasm_bindgen_test]
async fn after_a_failed_transaction_none_behind_it_commits() {
    let mut store = fresh("test/chain").await;
    write(&mut store, vec![batch(1, vec![append(1, 0, 10)])]).await;
    // Another writer advances the fence without this writer's knowledge: as if the previous transaction had not
    // committed.
    let database = Database::open("test/chain", STORE_VERSION, &["extents", "meta"]).await.expect("opens");
    let transaction = database.write(&["meta"]).expect("a transaction");
    let end = transaction.finished();
    let meta = transaction.store("meta").expect("a store");
    meta.put_with_key(&JsValue::from_str("first:77"), &JsValue::from_str("writer")).expect("a request");
    end.await.expect("commits");
    let outcomes =
        write(&mut store, vec![batch(2, vec![append(1, 10, TRANSACTION)]), batch(3, vec![append(1, 10, 1)])])
            .await;
    assert!(outcomes.len() > 1 && outcomes.iter().all(Result::is_err), "{outcomes:?}");
    assert_eq!(whole(&load(&store).await, 1), bytes(0, 10).to_vec(), "and nothing has changed");
}

#[wasm_bindgen_test]
async fn what_a_newer_version_wrote_is_refused_and_left_alone() {
    drop(fresh("test/newer").await);
    let database = Database::open("test/newer", STORE_VERSION, &["extents", "meta"]).await.expect("opens");
    let transaction = database.write(&["meta"]).expect("a transaction");
    let end = transaction.finished();
    let newer = JsValue::from_f64(f64::from(STORE_VERSION + 1));
    let meta = transaction.store("meta").expect("a store");
    meta.put_with_key(&newer, &JsValue::from_str("version")).expect("a request");
    end.await.expect("commits");
    for erase in [false, true] {
        let refused = Store::open("test/newer", "second", erase).await.expect_err("refused");
        assert_eq!(refused, StoreError::Newer);
    }
    let meta = database.read(&["meta"]).and_then(|read| read.store("meta")).expect("a store");
    let asked = meta.get(&JsValue::from_str("version")).expect("a request");
    assert_eq!(settled(&asked).await.expect("readable"), newer);
    drop(database);

    delete_database("test/newer").await.expect("deleted");
    drop(Database::open("test/newer", STORE_VERSION + 1, &["extents", "meta"]).await.expect("opens"));
    let refused = Store::open("test/newer", "second", false).await.expect_err("refused");
    assert_eq!(refused, StoreError::Newer, "the browser's own version number counts as well");
}

#[wasm_bindgen_test]
async fn a_failed_write_finds_out_whether_the_database_is_being_closed() {
    delete_database("test/closing").await.expect("deleted");
    let database = Database::open("test/closing", 1, &["meta"]).await.expect("opens");
    let closing = database.closing();
    assert!(!closing.soon().await, "it is open, and stays so");
    // Another page deletes it a little later, while a failed write asks.
    let deleted = async {
        clock::sleep(50).await;
        delete_database("test/closing").await
    };
    let (soon, deleted) = futures_util::future::join(closing.soon(), deleted).await;
    assert!(soon, "it was closed meanwhile");
    deleted.expect("deleted");
    assert!(closing.soon().await, "and stays closed");
}

#[wasm_bindgen_test]
async fn a_gap_in_a_file_is_named() {
    let mut store = fresh("test/gap").await;
    write(&mut store, vec![batch(1, vec![append(3, 0, 10)])]).await;
    write(&mut store, vec![batch(2, vec![append(3, 15, 10)])]).await;
    let error = store.load(|_, _| {}).await.expect_err("a gap");
    assert_eq!(error, StoreError::Damaged { node: 3, file: 1, offset: 10 });
}

#[wasm_bindgen_test]
async fn erasing_leaves_nothing() {
    let mut store = fresh("test/erase").await;
    write(&mut store, vec![batch(1, vec![append(1, 0, 10)])]).await;
    drop(store);
    let store = Store::open("test/erase", "second", true).await.expect("opens");
    assert_eq!(store.load(|_, _| {}).await, Ok(None));
}

#[wasm_bindgen_test]
async fn one_writer_a_database_and_a_way_to_take_over() {
    use quorum_lab::web::lock;
    let lost = Rc::new(Cell::new(false));
    let first = lock::acquire("test/lock", {
        let lost = lost.clone();
        move || lost.set(true)
    })
    .await;
    assert!(first.is_some());
    assert!(lock::acquire("test/lock", || {}).await.is_none(), "another holds it");
    // The holder does not answer, so it is stolen, and the holder learns of it.
    let second = lock::take_over("test/lock", || {}).await;
    assert!(second.is_some());
    clock::sleep(10).await;
    assert!(lost.get());
    drop(second);
    clock::sleep(10).await;
    assert!(lock::acquire("test/lock", || {}).await.is_some(), "released when dropped");
}

/// A backup of a run in memory with `rows` rows, a part of them flushed.
fn backed_up(rows: u64) -> Vec<u8> {
    let config = RunConfig {
        lesson: None,
        topology: Some("standalone".to_owned()),
        seed: 1,
        kept: false,
        lang: "en".to_owned(),
    };
    let mut lab = Lab::open(config, None).expect("opens");
    let flush = Command::Engine(EngineCommand::Flush { collection: "docs".to_owned() });
    for command in [Command::insert(rows, 1_000), flush, Command::insert(10, 10)] {
        lab.execute(1, command);
        while lab.busy() {
            lab.advance(u64::MAX, 1);
        }
    }
    lab.backup().expect("a backup")
}

#[wasm_bindgen_test]
async fn a_backup_is_put_into_a_store_and_comes_back_as_the_same_bytes() {
    // More than one transaction's worth, so that the stamp has to come first.
    let bytes = backed_up(12_000);
    let run = backup::read(&bytes).expect("reads");
    let mut store = fresh("test/restore").await;
    store.put(&run).await.expect("stored");
    let found = load(&store).await;
    assert_eq!((&found.stamp.durable_lsns, found.stamp.seed), (&run.stamp.durable_lsns, 1));
    assert_eq!(whole(&found, 1), whole(&run, 1));
    drop(store);
    let driven = Driven::open("test/restore").await.expect("opens");
    assert_eq!(driven.rows(), 12_010);
}

#[wasm_bindgen_test]
async fn batches_single_rows_and_recovery_are_measured_and_nothing_is_left() {
    let stop = Cell::new(false);
    for (what, sizes) in [(What::Batches, vec![1, 5, 50]), (What::Recovery, vec![20, 200])] {
        let reports = RefCell::new(Vec::new());
        measure(what, &sizes, 100, &stop, |now| reports.borrow_mut().push(now.clone())).await;
        let reports = reports.take();
        let last = reports.last().expect("a report");
        assert_eq!((last.running, last.part, &last.error), (false, 1.0, &None), "{last:?}");
        assert_eq!(last.points.iter().map(|point| point.size).collect::<Vec<_>>(), sizes);
        assert!(last.points.iter().all(|point| point.bytes > 0 && point.rows_per_s() > 0.0), "{last:?}");
        assert!(reports.windows(2).all(|pair| pair[0].part <= pair[1].part), "progress goes on");
    }
    stop.set(true);
    let reports = RefCell::new(Vec::new());
    measure(What::Batches, &[5], 100, &stop, |now| reports.borrow_mut().push(now.clone())).await;
    assert!(reports.borrow().last().is_some_and(|last| !last.running && last.points.is_empty()));
    let left = Store::open("quorum-lab/measure", "looks", false).await.expect("opens");
    assert_eq!(left.load(|_, _| {}).await, Ok(None), "the scratch database is gone");
}
