//! Behaviour observed on Milvus 2.3.5 for counting, keys, searching, loading and refusals, checked on a [`Catalog`];
//! and that no bytes make it panic.
//!
//! Guarantees: every change goes through plan, encoding, decoding and apply, like in the log. Leaves out: filters and
//! batches (tested beside them), durability, time.

mod bytes;

use std::sync::Arc;

use super::batch::tests::{row, schema};
use super::index::{IndexKind, IndexSpec, Params};
use super::manifest::{self, Front, Part};
use super::*;
use quorum_types::{Lsn, Refusal};
use quorum_vector::Metric;
use quorum_wal::Kind;
use quorum_wal::format::RowsFront;

/// A catalogue, and the last LSN.
#[derive(Clone, Default)]
struct Bench {
    catalog: Catalog,
    lsn: Lsn,
}

impl Bench {
    /// With collection `c` of [`schema`], indexed by FLAT under a metric and loaded.
    fn new(metric: &str) -> Self {
        let mut bench = Self::default();
        bench.change(|catalog| catalog.create_collection("c", schema()));
        bench.index("FLAT", metric, &[]);
        bench.change(|catalog| catalog.load("c"));
        bench
    }

    /// Plans and applies. Returns whether there was an operation.
    fn change(&mut self, plan: impl Fn(&Catalog) -> Result<Option<Operation>, Refusal>) -> bool {
        let planned = plan(&self.catalog).expect("is allowed");
        planned.map(|operation| self.apply(operation)).is_some()
    }

    fn apply(&mut self, operation: Operation) {
        let logged = Operation::decode(operation.kind(), &operation.encode()).expect("decodes");
        assert_eq!(logged.encode(), operation.encode());
        self.lsn += 1;
        self.catalog.apply(self.lsn, logged).expect("applies");
    }

    fn index(&mut self, index_type: &str, metric: &str, params: &[(&str, u64)]) {
        let params = named(params);
        self.change(|catalog| catalog.create_index("c", "vector", (index_type, metric), &params));
    }

    fn insert(&mut self, rows: &[Record]) {
        self.change(|catalog| catalog.insert("c", rows, false).map(Some));
    }

    /// Rows with these keys, in one batch; `n` is the time of insertion.
    fn insert_keys(&mut self, keys: &[i64], n: i64) {
        let rows: Vec<Record> = keys.iter().map(|key| row(*key, "", n, 0.0, true)).collect();
        self.insert(&rows);
    }

    fn delete(&mut self, filter: &str) -> u64 {
        let (operation, count) = self.catalog.delete("c", filter).expect("is allowed");
        operation.into_iter().for_each(|operation| self.apply(operation));
        count
    }

    /// Seals, flushes and builds indexes, as the engine does.
    fn flush(&mut self) {
        self.change(|catalog| catalog.seal("c"));
        let (_, there) = self.catalog.find("c").expect("is there");
        let (index, dim) = (there.index, there.schema.vector().map_or(1, |(_, dim)| dim));
        let ids: Vec<u64> = self.catalog.segments().map(|(_, segment)| segment.id).collect();
        for id in ids {
            let Some(segment) = self.catalog.segment_mut(id) else { continue };
            segment.state = SegmentState::Flushed;
            if let Some(mut builder) = index.and_then(|spec| segment.begin_index(&spec, dim)) {
                let built = loop {
                    if let Some(built) = builder.step(&segment.vectors(dim), 1 << 20) {
                        break built;
                    }
                };
                segment.set_index(Some(built));
            }
        }
    }

    fn count(&self) -> i64 {
        let query = Query { output_fields: vec!["count(*)".to_owned()], ..Query::default() };
        match self.catalog.query("c", &query).expect("counts").as_slice() {
            [record] => int(record, "count(*)"),
            other => panic!("{other:?}"),
        }
    }

    /// Keys and `n` of the rows that a query returns.
    fn query(&self, filter: &str, limit: Option<u64>, offset: u64) -> Vec<(i64, i64)> {
        let output_fields = vec!["n".to_owned()];
        let query = Query { filter: filter.to_owned(), output_fields, limit, offset };
        let rows = self.catalog.query("c", &query).expect("is answered");
        rows.iter().map(|row| (int(row, "id"), int(row, "n"))).collect()
    }

    fn num_entities(&self) -> u64 {
        self.catalog.find("c").expect("is there").1.num_entities()
    }

    /// Keys and distances near one vector.
    fn near(&self, search: &Search) -> Vec<(i64, f32)> {
        let found = self.catalog.search("c", search).expect("is answered");
        assert_eq!(found.len(), search.data.len());
        found[0].iter().map(|hit| (hit.key, hit.distance)).collect()
    }
}

fn int(record: &Record, name: &str) -> i64 {
    match record.iter().find(|(field, _)| field == name) {
        Some((_, Value::Int(number))) => *number,
        other => panic!("{name}: {other:?}"),
    }
}

fn named(params: &[(&str, u64)]) -> Params {
    params.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn search(vector: &[f32], limit: u64) -> Search {
    Search { data: vec![vector.to_vec()], limit, ..Search::default() }
}

/// A row of [`schema`] with this vector.
fn at(key: i64, vector: [f32; 3]) -> Record {
    let mut row = row(key, "", 0, 0.0, true);
    row[1].1 = Value::Vector(vector.to_vec());
    row
}

fn check<T: core::fmt::Debug>(refused: Result<T, Refusal>, code: &str, words: &str) {
    let refusal = refused.expect_err(words);
    assert!(refusal.code == code && refusal.error.contains(words), "{refusal:?}");
}

#[test]
fn num_entities_counts_what_is_flushed_and_count_what_is_visible() {
    let mut bench = Bench::new("L2");
    bench.insert_keys(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0);
    assert_eq!((bench.num_entities(), bench.count()), (0, 10));
    bench.flush();
    assert_eq!((bench.num_entities(), bench.count()), (10, 10));
    assert_eq!(bench.delete("id in [1, 2, 3, 4, 5, 99]"), 6);
    let again: Vec<Record> = (6..=9).map(|key| row(key, "", 1, 0.0, true)).collect();
    bench.change(|catalog| catalog.insert("c", &again, true).map(Some));
    assert_eq!((bench.num_entities(), bench.count()), (10, 5));
    bench.flush();
    assert_eq!((bench.num_entities(), bench.count()), (14, 5));
    assert_eq!(bench.query("id >= 0", None, 0), [(6, 1), (7, 1), (8, 1), (9, 1), (10, 0)]);
    assert!(bench.change(|catalog| catalog.compact("c", 20)));
    bench.flush();
    assert_eq!((bench.num_entities(), bench.count()), (5, 5), "the first segment had lost nine of its ten");
    assert!(!bench.change(|catalog| catalog.compact("c", 20)));
}

#[test]
fn a_key_inserted_twice_counts_twice_and_is_read_once() {
    let mut bench = Bench::new("L2");
    bench.insert_keys(&[7], 1);
    bench.flush();
    bench.insert_keys(&[7, 8], 2);
    assert_eq!((bench.count(), bench.query("id == 7", None, 0)), (3, vec![(7, 2)]));
    bench.insert_keys(&[7, 7], 3);
    assert_eq!((bench.count(), bench.query("id < 9", None, 0)), (5, vec![(7, 3), (8, 2)]));
    assert_eq!(bench.query("id == 7 and n == 1", None, 0), [(7, 1)], "only rows that fit the filter compete");
    let mut other = bench.clone();
    assert_eq!((other.delete("id == 7"), other.count()), (1, 1));
    let newest = [row(7, "", 9, 0.0, true)];
    bench.change(|catalog| catalog.insert("c", &newest, true).map(Some));
    assert_eq!((bench.count(), bench.query("id == 7", None, 0)), (2, vec![(7, 9)]));
}

#[test]
fn a_search_takes_its_nearest_before_it_drops_copies() {
    let mut bench = Bench::new("L2");
    for n in 0..5 {
        bench.insert(&[at(1, [0.0, 0.0, n as f32 / 8.0])]);
    }
    bench.insert(&[at(2, [2.0, 0.0, 0.0])]);
    let near = search(&[0.0; 3], 5);
    assert_eq!(bench.near(&near), [(1, 0.0)]);
    assert_eq!(bench.near(&Search { limit: 6, ..near.clone() }), [(1, 0.0), (2, 4.0)]);
    // Another segment has its own nearest rows.
    bench.flush();
    bench.insert(&[at(1, [0.0, 0.0, 0.0]), at(3, [1.0, 0.0, 0.0])]);
    assert_eq!(bench.near(&near), [(1, 0.0), (3, 1.0)]);
    assert_eq!(bench.near(&Search { offset: 1, limit: 4, ..near }), [(3, 1.0)]);
}

#[test]
fn of_copies_in_several_segments_a_search_keeps_the_nearest() {
    let mut bench = Bench::new("L2");
    bench.insert(&[at(1, [3.0, 0.0, 0.0]), at(2, [1.0, 0.0, 0.0])]);
    bench.flush();
    bench.insert(&[at(1, [2.0, 0.0, 0.0]), at(3, [4.0, 0.0, 0.0])]);
    bench.flush();
    bench.insert(&[at(2, [5.0, 0.0, 0.0]), at(1, [6.0, 0.0, 0.0])]);
    assert_eq!(bench.near(&search(&[0.0; 3], 5)), [(2, 1.0), (1, 4.0), (3, 16.0)]);
    assert_eq!(bench.near(&search(&[0.0; 3], 2)), [(2, 1.0), (1, 4.0)]);
}

#[test]
fn replaced_rows_take_no_places_in_a_search() {
    for sealed in [false, true] {
        let mut bench = Bench::new("L2");
        bench.insert(&[at(2, [2.0, 0.0, 0.0]), at(3, [3.0, 0.0, 0.0])]);
        for n in (0..5).rev() {
            let newer = [at(1, [0.0, 0.0, n as f32 / 8.0])];
            bench.change(|catalog| catalog.insert("c", &newer, true).map(Some));
            if sealed {
                bench.flush();
            }
        }
        assert_eq!(bench.near(&search(&[0.0; 3], 3)), [(1, 0.0), (2, 4.0), (3, 9.0)]);
        assert_eq!(bench.near(&search(&[0.0; 3], 2)), [(1, 0.0), (2, 4.0)]);
    }
}

#[test]
fn windows_follow_the_key_over_all_segments() {
    let mut bench = Bench::new("L2");
    bench.insert_keys(&[30, 10, 50], 0);
    bench.flush();
    bench.insert_keys(&[40, 20, i64::MAX, i64::MIN], 0);
    let keys = |limit, offset| -> Vec<i64> {
        bench.query("id == id", limit, offset).iter().map(|(key, _)| *key).collect()
    };
    let all = [i64::MIN, 10, 20, 30, 40, 50, i64::MAX];
    assert_eq!(keys(None, 0), all);
    assert_eq!(keys(None, 3), all, "an offset without a limit is ignored");
    assert_eq!(keys(Some(3), 2), [20, 30, 40]);
    assert_eq!(keys(Some(16_384), 0), all);
    assert_eq!(keys(Some(16_380), 4), all[4..]);
    assert!(keys(Some(1), 16_383).is_empty());
    let refused = |limit, offset, words: &str| {
        let query = Query { filter: "id > 0".to_owned(), limit: Some(limit), offset, ..Query::default() };
        check(bench.catalog.query("c", &query), "bad_window", words);
    };
    refused(16_385, 0, "16384");
    refused(16_384, 1, "16384");
    refused(1, u64::MAX, "16384");
    refused(0, 0, "at least 1");
    check(bench.catalog.query("c", &Query::default()), "bad_window", "empty expression");
    let count = Query { limit: Some(1), output_fields: vec!["count(*)".to_owned()], ..Query::default() };
    check(bench.catalog.query("c", &count), "bad_window", "pagination");
    check(bench.catalog.search("c", &search(&[0.0; 3], 16_385)), "bad_window", "16384");
    check(bench.catalog.search("c", &search(&[0.0; 3], 0)), "bad_window", "at least 1");
}

#[test]
fn collections_come_and_go_as_in_milvus() {
    let mut bench = Bench::new("L2");
    assert_eq!(bench.catalog.drop_collection("nobody"), None);
    assert!(!bench.change(|catalog| catalog.create_collection("c", schema())), "the same again is no change");
    let key = Field { name: "id".to_owned(), kind: FieldType::Int64, primary: true };
    let only_key = Schema::new(vec![key]).expect("a schema");
    check(bench.catalog.create_collection("c", only_key.clone()), "collection_exists", "other fields");
    check(bench.catalog.create_collection("8", only_key.clone()), "bad_name", "no name");
    bench.insert_keys(&[1], 0);
    bench.change(|catalog| Ok(catalog.drop_collection("c")));
    check(bench.catalog.load("c"), "collection_not_found", "c");
    // A collection without vectors needs no index, and cannot have one.
    bench.change(|catalog| catalog.create_collection("c", only_key.clone()));
    check(
        bench.catalog.create_index("c", "id", ("FLAT", "L2"), &Params::new()),
        "bad_index",
        "no vector field",
    );
    assert!(bench.change(|catalog| catalog.load("c")));
    bench.insert(&[vec![("id".to_owned(), Value::Int(5))]]);
    bench.flush();
    assert_eq!((bench.num_entities(), bench.count()), (1, 1));
    check(bench.catalog.search("c", &search(&[0.0], 1)), "bad_search", "no index");
    assert_eq!(bench.catalog.collections().map(|(number, _)| number).collect::<Vec<_>>(), [2]);
}

#[test]
fn reading_needs_an_index_and_a_load() {
    let mut bench = Bench::default();
    bench.change(|catalog| catalog.create_collection("c", schema()));
    bench.insert_keys(&[1, 2, 3], 4);
    check(bench.catalog.load("c"), "index_not_found", "before load");
    let query = Query { filter: "id > 0".to_owned(), ..Query::default() };
    check(bench.catalog.query("c", &query), "collection_not_loaded", "load it first");
    check(bench.catalog.search("c", &search(&[0.0; 3], 1)), "collection_not_loaded", "load it first");
    check(bench.catalog.delete("c", "n == 4"), "collection_not_loaded", "load it first");
    check(bench.catalog.delete("c", "id > 1"), "collection_not_loaded", "load it first");
    check(bench.catalog.delete("c", " "), "bad_filter", "needs a filter");
    assert_eq!(bench.delete("id == 1"), 1);
    assert_eq!(bench.delete("id in [1, 2, 77]"), 3, "keys are counted as they are named");
    bench.index("FLAT", "L2", &[]);
    assert!(bench.change(|catalog| catalog.load("c")));
    assert!(!bench.change(|catalog| catalog.load("c")));
    assert_eq!(bench.query("id > 0", None, 0), [(3, 4)]);
    check(bench.catalog.drop_index("c"), "loaded", "release it");
    check(
        bench.catalog.create_index("c", "vector", ("FLAT", "IP"), &Params::new()),
        "index_exists",
        "drop it first",
    );
    bench.insert_keys(&[3, 3, 9], 4);
    assert_eq!(
        (bench.delete("n == 4"), bench.count()),
        (2, 0),
        "an expression counts the keys that it finds"
    );
    assert!(bench.change(|catalog| catalog.release("c")));
    assert!(bench.change(|catalog| catalog.drop_index("c")));
    assert!(!bench.change(|catalog| catalog.drop_index("c")));
}

#[test]
fn one_bad_row_refuses_its_batch_and_changes_nothing() {
    let mut bench = Bench::new("L2");
    let refused = |bad: Record, words: &str| {
        let rows = [row(1, "", 0, 0.0, true), bad];
        check(bench.catalog.insert("c", &rows, false), "bad_row", words);
        check(bench.catalog.insert("c", &rows, true), "bad_row", words);
    };
    refused(row(2, "ééééééééééé", 0, 0.0, true), "22 bytes");
    refused(at(2, [0.0, f32::NAN, 0.0]), "NaN or infinity");
    refused(at(2, [0.0, f32::NEG_INFINITY, 0.0]), "NaN or infinity");
    check(bench.catalog.insert("c", &[], false), "bad_rows", "greater than 0");
    assert_eq!(bench.count(), 0);
    bench.insert(&[row(1, "éééééééééé", 0, f64::NAN, true), row(2, "", 0, f64::INFINITY, true)]);
    assert_eq!(bench.count(), 2);
}

#[test]
fn rows_without_their_vectors_take_no_room_for_them() {
    let field =
        |name: &str, kind| Field { name: name.to_owned(), kind, primary: matches!(kind, FieldType::Int64) };
    let vector = FieldType::FloatVector { dim: 32_768 };
    let wide = Schema::new(vec![field("id", FieldType::Int64), field("v", vector)]).expect("a schema");
    let rows = vec![Record::new(); 1_000_000];
    check(Batch::of_rows(&wide, &rows), "bad_row", "row 1: field “id” is missing");
}

#[test]
fn odd_queries_find_nothing_without_an_error() {
    for metric in ["L2", "IP", "COSINE"] {
        for index in ["FLAT", "IVF_FLAT", "HNSW"] {
            let mut bench = Bench::default();
            bench.change(|catalog| catalog.create_collection("c", schema()));
            bench.index(index, metric, &[("nlist", 4), ("M", 8), ("efConstruction", 16)]);
            bench.change(|catalog| catalog.load("c"));
            bench.insert_keys(&(0..1_100).collect::<Vec<_>>(), 0);
            bench.flush();
            bench.insert_keys(&[2_000], 0);
            for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                assert_eq!(bench.near(&search(&[1.0, odd, 0.0], 3)), [], "{metric} {index} {odd}");
            }
            assert_eq!(bench.near(&search(&[1.0, 1.0, 1.0], 3)).len(), 3, "{metric} {index}");
        }
    }
}

#[test]
fn distances_are_reported_as_in_milvus() {
    let near = |metric: &str, query: &[f32]| {
        let mut bench = Bench::new(metric);
        bench.insert(&[at(1, [0.0, 0.0, 0.0]), at(2, [3.0, 4.0, 0.0]), at(3, [-6.0, -8.0, 0.0])]);
        bench.near(&search(query, 10))
    };
    assert_eq!(near("L2", &[0.0, 0.0, 0.0]), [(1, 0.0), (2, 25.0), (3, 100.0)]);
    assert_eq!(near("IP", &[3.0, 4.0, 0.0]), [(2, 25.0), (1, 0.0), (3, -50.0)]);
    assert_eq!(near("COSINE", &[6.0, 8.0, 0.0]), [(2, 1.0), (3, -1.0)], "the zero vector is never found");
    assert_eq!(near("COSINE", &[0.0, 0.0, 0.0]), []);
}

/// This many rows in two directions, scattered so that one list of many misses most of them.
fn scattered(rows: i64) -> Vec<Record> {
    let place = |key: i64| [(key * 7_919 % 1_009) as f32, (key * 104_729 % 997) as f32, 0.0];
    (0..rows).map(|key| at(key, place(key))).collect()
}

#[test]
fn what_is_small_or_unflushed_is_searched_exactly() {
    let nearest = |rows: i64, flushed: bool, nprobe: u64| {
        let mut bench = Bench::default();
        bench.change(|catalog| catalog.create_collection("c", schema()));
        bench.index("IVF_FLAT", "L2", &[("nlist", 64)]);
        bench.change(|catalog| catalog.load("c"));
        bench.insert(&scattered(rows));
        if flushed {
            bench.flush();
        }
        let wanted = Search { params: named(&[("nprobe", nprobe)]), ..search(&[500.0, 500.0, 0.0], 100) };
        bench.near(&wanted)
    };
    let exact = nearest(1_024, false, 1);
    assert_eq!(exact.len(), 100);
    assert_eq!(nearest(1_023, true, 1), nearest(1_023, false, 64), "below 1,024 rows there is no index");
    assert_eq!(nearest(1_024, true, 64), exact);
    assert_eq!(nearest(1_024, true, 65_536), exact, "more lists than there are is fine");
    assert!(nearest(1_024, true, 1).len() < 100, "an index is asked for one list only");
}

#[test]
fn parameters_of_a_search_are_checked() {
    let bench = |index: &str| {
        let mut bench = Bench::default();
        bench.change(|catalog| catalog.create_collection("c", schema()));
        bench.index(index, "L2", &[("nlist", 4), ("M", 8), ("efConstruction", 16)]);
        bench.change(|catalog| catalog.load("c"));
        bench.catalog
    };
    let refused = |index: &str, params: &[(&str, u64)], words: &str| {
        let wanted = Search { params: named(params), ..search(&[0.0; 3], 10) };
        check(bench(index).search("c", &wanted), "bad_params", words);
    };
    refused("IVF_FLAT", &[("nprobe", 0)], "1 to 65536, not 0");
    refused("IVF_FLAT", &[("nprobe", 65_537)], "1 to 65536");
    refused("HNSW", &[("ef", 9)], "10 to 32768, not 9");
    refused("HNSW", &[("ef", 32_769)], "10 to 32768");
    for (index, params) in [("FLAT", [("nprobe", 0)]), ("HNSW", [("ef", 10)]), ("IVF_FLAT", [("nprobe", 1)])]
    {
        let wanted = Search { params: named(&params), ..search(&[0.0; 3], 10) };
        assert_eq!(bench(index).search("c", &wanted), Ok(vec![Vec::new()]), "{index}");
    }
    let flat = bench("FLAT");
    let of = |change: fn(&mut Search)| {
        let mut wanted = search(&[0.0; 3], 10);
        change(&mut wanted);
        flat.search("c", &wanted)
    };
    check(of(|wanted| wanted.metric_type = Some("IP".to_owned())), "bad_metric", "not match");
    check(of(|wanted| wanted.metric_type = Some("JACCARD".to_owned())), "bad_metric", "JACCARD");
    check(of(|wanted| wanted.field = "n".to_owned()), "bad_search", "not the vector field");
    check(of(|wanted| wanted.data = Vec::new()), "bad_search", "1 to");
    check(of(|wanted| wanted.data[0].truncate(2)), "bad_search", "dim is 3");
    check(of(|wanted| wanted.filter = "vector == 1".to_owned()), "bad_filter", "vector");
    check(of(|wanted| wanted.output_fields = vec!["colour".to_owned()]), "unknown_field", "colour");
}

#[test]
fn more_lists_than_rows_are_no_fault() {
    let mut bench = Bench::default();
    bench.change(|catalog| catalog.create_collection("c", schema()));
    bench.index("IVF_FLAT", "L2", &[("nlist", 65_536)]);
    bench.change(|catalog| catalog.load("c"));
    bench.insert(&vec![at(1, [1.0, 2.0, 3.0]); 1_100]);
    bench.flush();
    assert_eq!(bench.near(&search(&[1.0, 2.0, 3.0], 5)), [(1, 0.0)]);
}

#[test]
fn a_filter_narrows_a_search_before_it_takes_its_nearest() {
    for index in ["FLAT", "IVF_FLAT", "HNSW"] {
        let mut bench = Bench::default();
        bench.change(|catalog| catalog.create_collection("c", schema()));
        bench.index(index, "L2", &[("nlist", 4), ("M", 8), ("efConstruction", 16)]);
        bench.change(|catalog| catalog.load("c"));
        bench.insert_keys(&(0..1_100).collect::<Vec<_>>(), 0);
        bench.flush();
        bench.insert_keys(&[1_100, 1_101], 0);
        bench.delete("id in [1099, 1101]");
        let params = named(&[("nprobe", 4), ("ef", 64)]);
        let filter = "id % 2 == 1".to_owned();
        let wanted = Search { filter, params, ..search(&[1_101.0, 1.0, -0.5], 2) };
        assert_eq!(bench.near(&wanted), [(1_097, 16.0), (1_095, 36.0)], "{index}");
        assert_eq!(bench.near(&Search { filter: "id < 0".to_owned(), ..wanted }), [], "{index}");
    }
}

#[test]
fn output_fields_come_in_the_order_of_the_schema() {
    let mut bench = Bench::new("L2");
    bench.insert(&[row(1, "a", 2, 0.5, true)]);
    let fields = |asked: &[&str]| {
        let output_fields: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        let query = Query { filter: "id == 1".to_owned(), output_fields, ..Query::default() };
        bench.catalog.query("c", &query).map(|mut rows| rows.remove(0))
    };
    assert_eq!(fields(&[]), Ok(vec![("id".to_owned(), Value::Int(1))]));
    assert_eq!(fields(&["*"]), Ok(row(1, "a", 2, 0.5, true)));
    assert_eq!(fields(&["vector", "id", "vector"]), Ok(row(1, "a", 2, 0.5, true)[..2].to_vec()));
    check(fields(&["colour"]), "unknown_field", "there are id, vector");
    check(fields(&["n", "count(*)"]), "unknown_field", "count(*)");
    let near = Search { output_fields: vec!["*".to_owned()], ..search(&[0.0; 3], 1) };
    assert_eq!(bench.catalog.search("c", &near).expect("finds")[0][0].fields, row(1, "a", 2, 0.5, true));
}

#[test]
#[ignore = "slow: a record of the largest size"]
fn a_deletion_that_no_record_can_hold_is_refused() {
    let mut bench = Bench::default();
    let key = Field { name: "id".to_owned(), kind: FieldType::Int64, primary: true };
    bench.change(|catalog| catalog.create_collection("c", Schema::new(vec![key.clone()])?));
    bench.change(|catalog| catalog.load("c"));
    const KEYS: i64 = 8 << 20;
    for from in [0, KEYS / 2] {
        let keys = batch::Column::Int64((from..from + KEYS / 2).collect());
        let batch = Arc::new(Batch::new(0, vec![keys]).expect("a batch"));
        let front = RowsFront { collection: 1, ..RowsFront::default() };
        bench.lsn += 1;
        bench.catalog.apply(bench.lsn, Operation::Insert { front, batch }).expect("applies");
    }
    check(bench.catalog.delete("c", "id >= 0"), "bad_filter", "more than 64 MiB");
    let (operation, count) = bench.catalog.delete("c", "id > 0").expect("is allowed");
    assert_eq!(count, KEYS as u64 - 1);
    assert_eq!(operation.map(|operation| operation.encode().len()), Some(64 << 20));
}

#[test]
fn numbers_that_run_out_are_refused_without_a_panic() {
    let catalog = |collection: u32, segment: u64| Catalog {
        next_collection: collection,
        next_segment: segment,
        ..Bench::new("L2").catalog
    };
    let create =
        |collection| Operation::CreateCollection { collection, name: "d".to_owned(), schema: schema() };
    assert!(catalog(u32::MAX, 1).apply(9, create(u32::MAX)).is_err());
    assert!(catalog(u32::MAX - 1, 1).apply(9, create(u32::MAX - 1)).is_ok());
    let mut full = catalog(2, u64::MAX);
    let rows = full.insert("c", &[row(1, "", 0, 0.0, true)], false).expect("is allowed");
    assert!(full.apply(9, rows.clone()).is_err());
    assert!(catalog(2, u64::MAX - 1).apply(9, rows).is_ok());
    assert!(full.apply(9, Operation::Compact { collection: 1, segments: vec![] }).is_err());
}

#[test]
fn an_import_is_forgotten_with_its_collection() {
    let mut bench = Bench::new("L2");
    bench.change(|catalog| catalog.create_collection("d", schema()));
    for (collection, import) in [(1, 5), (2, 6)] {
        let front = RowsFront { collection, import, position: 1, ..RowsFront::default() };
        let batch = Batch::of_rows(&schema(), &[row(1, "", 0, 0.0, true)]).expect("a batch");
        bench.apply(Operation::Insert { front, batch: Arc::new(batch) });
    }
    bench.change(|catalog| Ok(catalog.drop_collection("c")));
    assert_eq!(bench.catalog.imports().collect::<Vec<_>>(), [(6, 1)]);
}

#[test]
fn whole_records_that_make_no_sense_are_refused() {
    let mut bench = Bench::new("L2");
    bench.insert_keys(&[1], 0);
    let key = batch::Column::Int64(vec![1]);
    let narrow = Arc::new(Batch::new(0, vec![key]).expect("a batch"));
    let insert = |collection, import| Operation::Insert {
        front: RowsFront { collection, import, position: 1, ..RowsFront::default() },
        batch: Arc::clone(&narrow),
    };
    let before = format!("{:?}", bench.catalog);
    for operation in [
        insert(1, 5),
        insert(9, 5),
        Operation::Delete { collection: 9, keys: vec![1] },
        Operation::DropCollection { collection: 9 },
        Operation::Load { collection: 9, loaded: true },
        Operation::Seal { collection: 9 },
        Operation::DropIndex { collection: 9 },
        Operation::Compact { collection: 1, segments: vec![1] },
        Operation::Compact { collection: 1, segments: vec![7] },
        Operation::CreateCollection { collection: 9, name: "d".to_owned(), schema: schema() },
    ] {
        assert!(bench.catalog.apply(99, operation.clone()).is_err(), "{operation:?}");
        assert_eq!(format!("{:?}", bench.catalog), before, "{operation:?} is refused whole");
    }
    let batch = Batch::clone(&narrow);
    let part = |segment, place| Part { segment, place, object: 1, records: 1, rows: 1, deleted: Vec::new() };
    assert_eq!(
        bench.catalog.restore(&part(1, (1, 0)), 9, Arc::new(batch.clone())),
        Err("the rows have other columns than their collection")
    );
    for (segment, place) in [(1, (7, 0)), (1, (1, 7)), (7, (1, 0))] {
        let fitting = Batch::of_rows(&schema(), &[row(1, "", 0, 0.0, true)]).expect("a batch");
        assert_eq!(
            bench.catalog.restore(&part(segment, place), 9, Arc::new(fitting)),
            Err("no such segment")
        );
    }
}

/// Rows that deletions examined while some keys were overwritten repeatedly, in batches of this size.
fn work(rounds: i64, keys: &[i64], upsert: bool) -> u64 {
    let mut bench = Bench::new("L2");
    super::segment::LOOKED_AT.set(0);
    for n in 0..rounds {
        let rows: Vec<Record> = keys.iter().map(|key| row(*key, "", n, 0.0, true)).collect();
        bench.change(|catalog| catalog.insert("c", &rows, upsert).map(Some));
        if !upsert {
            let named: Vec<String> = keys.iter().map(i64::to_string).collect();
            assert_eq!(bench.delete(&format!("id in [{}]", named.join(","))), keys.len() as u64);
        }
    }
    assert_eq!(bench.count(), if upsert { keys.len() as i64 } else { 0 });
    super::segment::LOOKED_AT.get()
}

#[test]
fn a_key_that_is_written_often_costs_each_time_what_it_costs_once() {
    let many: Vec<i64> = (0..40).map(|key| key * 1_000).collect();
    for keys in [&[7][..], &[7, 1_000_000], &many] {
        for upsert in [false, true] {
            let (once, twice) = (work(200, keys, upsert), work(400, keys, upsert));
            let linear = 400 * keys.len() as u64;
            assert!(twice <= linear && once > 0, "{} keys: {once}, then {twice} rows looked at", keys.len());
        }
    }
}

#[test]
fn rows_that_a_checkpoint_says_are_deleted_are_not_looked_at_again() {
    let mut segment = Segment::new(1);
    let rows: Vec<Record> = (0..100).map(|n| row(5, "", n, 0.0, true)).collect();
    let batch = super::Batch::of_rows(&schema(), &rows).expect("rows");
    segment.append(3, Arc::new(batch));
    assert_eq!(segment.find(4, &[5]).len(), 100);
    assert!(segment.mark_deleted(&(0..99).collect::<Vec<_>>()));
    assert_eq!(segment.find(4, &[4, 5, 6]), [99]);
    assert_eq!(segment.find(3, &[5]), Vec::<u32>::new(), "rows of the same record stay");
    segment.bury(&[99]);
    assert_eq!((segment.find(4, &[5]), segment.deleted_rows()), (Vec::new(), 100));
}

#[test]
fn names_of_milvus_s_own_fields_are_refused() {
    let with = |name: &str, primary: bool| {
        let field = |name: &str, kind, primary| Field { name: name.to_owned(), kind, primary };
        let mut fields = vec![field(name, FieldType::Int64, primary)];
        if !primary {
            fields.push(field("id", FieldType::Int64, true));
        }
        Schema::new(fields)
    };
    for name in ["RowID", "Timestamp"] {
        for primary in [true, false] {
            let refusal = with(name, primary).expect_err(name);
            assert_eq!(refusal.code, "bad_schema");
            assert!(
                refusal.error.starts_with("schema contains system field: RowID, Timestamp, $meta"),
                "{refusal:?}"
            );
        }
    }
    for name in ["rowid", "timestamp", "TimeStamp", "RowId", "ROWID"] {
        assert!(with(name, true).is_ok(), "{name}");
    }
}
