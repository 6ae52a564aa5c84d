//! Operations and manifests as bytes: they round-trip, and damage is neither missed nor causes a panic.
//!
//! Leaves out: batches alone (tested beside them), checksums, which find damage before this code runs.

use super::*;

fn operations() -> Vec<Operation> {
    let spec = |kind| IndexSpec { kind, metric: Metric::Cosine };
    let index = |kind| Operation::CreateIndex { collection: 3, spec: spec(kind) };
    let batch = Batch::of_rows(&schema(), &[row(7, "é", 1, 0.5, true), row(-8, "", -1, 2.0, false)]);
    let front = RowsFront { collection: 1, upsert: true, import: 2, position: 5 };
    vec![
        Operation::Insert { front, batch: Arc::new(batch.expect("a batch")) },
        Operation::Delete { collection: 3, keys: vec![i64::MIN, 0, i64::MAX] },
        Operation::Delete { collection: 3, keys: vec![] },
        Operation::CreateCollection { collection: 3, name: "docs".to_owned(), schema: schema() },
        Operation::DropCollection { collection: 3 },
        index(IndexKind::Flat),
        index(IndexKind::IvfFlat { nlist: 128 }),
        index(IndexKind::Hnsw { m: 16, ef_construction: 200 }),
        Operation::DropIndex { collection: 3 },
        Operation::Load { collection: 3, loaded: true },
        Operation::Load { collection: 3, loaded: false },
        Operation::Seal { collection: 3 },
        Operation::Compact { collection: 3, segments: vec![1, 2, u64::MAX] },
    ]
}

/// Every truncation of some bytes is refused, and every bit flip is refused or decodes to something else.
fn damage<T: PartialEq>(bytes: &[u8], read: impl Fn(&[u8]) -> Result<T, &'static str>) {
    let whole = read(bytes).unwrap_or_else(|why| panic!("{why}"));
    for len in 0..bytes.len() {
        assert!(read(&bytes[..len]).is_err(), "cut at {len}");
    }
    for at in 0..bytes.len() {
        for bits in [0x01, 0x02, 0x80, 0xff] {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= bits;
            assert!(read(&flipped).ok().is_none_or(|other| other != whole), "{at} ^ {bits:#x} is not seen");
        }
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert!(read(&longer).is_err(), "one byte more");
}

#[test]
fn an_operation_survives_its_encoding_and_no_damage() {
    for operation in operations() {
        let bytes = operation.encode();
        assert_eq!(Operation::decode(operation.kind(), &bytes), Ok(operation.clone()));
        damage(&bytes, |bytes| Operation::decode(operation.kind(), bytes));
        for kind in [Kind::Insert, Kind::Delete, Kind::Catalog, Kind::Segments, Kind::Boot, Kind::Manifest] {
            let _ = Operation::decode(kind, &bytes);
        }
    }
}

#[test]
fn a_manifest_survives_its_encoding_and_no_damage() {
    let mut bench = Bench::new("COSINE");
    bench.change(|catalog| catalog.create_collection("empty", schema()));
    bench.insert_keys(&[1, 2, 3], 0);
    bench.flush();
    bench.delete("id in [1, 3]");
    bench.insert_keys(&[-9], 0);
    bench.catalog.imports.insert(4, (1, 1_000));
    let front = Front { lsn: bench.lsn, acknowledged_rows: 4, unproven_rows: 1 };
    let bytes = manifest::encode(&front, &bench.catalog);
    // Rows are in the objects: a decoded manifest has empty segments, and names the objects with their rows.
    let read = |bytes: &[u8]| manifest::decode(bytes).map(|read| format!("{read:?}"));
    damage(&bytes, read);
    let (again, catalog, parts) = manifest::decode(&bytes).expect("decodes");
    assert_eq!(again, front);
    assert_eq!(parts.iter().map(|part| (part.segment, part.rows)).collect::<Vec<_>>(), [(1, 3), (2, 1)]);
    assert_eq!(parts[0].deleted, [0, 2]);
    assert_eq!(catalog.imports().collect::<Vec<_>>(), [(4, 1_000)]);
    let (_, there) = catalog.find("c").expect("is there");
    assert_eq!((there.loaded, there.id_range), (true, Some((-9, 3))));
    assert_eq!(
        there.segments.iter().map(|segment| segment.state).collect::<Vec<_>>(),
        [SegmentState::Flushed, SegmentState::Growing]
    );
}
