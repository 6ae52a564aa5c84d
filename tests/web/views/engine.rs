//! The engine block, its charts and its backups: what is drawn, what it says in words, and what a click does.

use super::*;

/// A lone engine with `flushed` flushed segments, one growing, in the middle of an import.
fn engine(flushed: u64, alive: bool) -> EngineProps {
    let segment = |id: u64, state: SegmentState| SegmentFacts {
        id,
        state,
        rows: 4_000,
        deleted: if id == 1 { 100 } else { 0 },
        bytes: 2_170_000,
        indexed: state == SegmentState::Flushed,
        ..SegmentFacts::default()
    };
    let mut segments: Vec<SegmentFacts> =
        (1..=flushed).map(|id| segment(id, SegmentState::Flushed)).collect();
    if flushed > 0 {
        segments.push(segment(flushed + 1, SegmentState::Growing));
    }
    let file = WalFile { file: 4, bytes: 1_366_044, durable_bytes: 1_366_044, first_lsn: 20, records: 4 };
    let now = Snapshot {
        nodes: vec![NodeFacts { id: 1, alive, role: Role::Leader, ..NodeFacts::default() }],
        wal: WalFacts {
            files: vec![file],
            bytes: 1_366_044,
            checkpoint_lsn: 19,
            durable_lsn: 23,
            ..WalFacts::default()
        },
        engine: Some(EngineFacts {
            segments,
            object_bytes: 6_518_523,
            trap: alive.then_some(Moment::MidRecord),
            imports: vec![(1, 42_000)],
            disk: DiskFacts {
                sync_mb_per_s: 68,
                sync_us: 1_000,
                real_time: false,
                batch_rows: 1_000,
                import_rows: 100_000,
            },
            ..EngineFacts::default()
        }),
        ..Snapshot::default()
    };
    EngineProps { now: Rc::new(now), running: true, ..EngineProps::default() }
}

#[wasm_bindgen_test]
async fn the_path_of_a_write_reads_as_a_list_with_none_one_and_many_segments() {
    for lang in [Lang::Zh, Lang::En] {
        for (flushed, drawn) in [(0, 0), (1, 1), (8, 8), (11, 8)] {
            let shown = Shown::new(lang, engine_block(lang, &engine(flushed, true))).await;
            assert_eq!(shown.all("ol.path > li").len(), 4);
            assert_eq!(shown.said("[data-station=flushed]", "data-segments"), flushed.to_string());
            assert_eq!(shown.all("[data-station=flushed] [data-segment]").len(), drawn);
            let text = shown.text("ol.path");
            assert!(text.contains("LSN 19") && text.contains("6.52 MB"), "{text}");
            assert_eq!(text.contains("4,000"), flushed > 0);
            assert_eq!(chinese(&text), lang == Lang::Zh, "{text}");
        }
    }
    let shown = Shown::new(Lang::Zh, engine_block(Lang::Zh, &engine(1, true))).await;
    let text = shown.text("[data-station=flushed] [data-segment]");
    assert!(text.contains("段 1") && text.contains("删 100") && text.contains("有索引"), "{text}");
}

#[wasm_bindgen_test]
async fn an_import_shows_how_far_it_is_and_goes_on_from_there() {
    let shown = Shown::new(Lang::Zh, engine_block(Lang::Zh, &engine(1, true))).await;
    assert_eq!(shown.said("[data-meter=import] [role=progressbar]", "aria-valuenow"), "42");
    assert!(shown.text("[data-act=import-100000]").contains("接着导入：从第 42,000 条起"));
}

#[wasm_bindgen_test]
async fn an_import_of_any_size_says_how_far_it_is() {
    let check = |imports: &[(u64, u64)], totals: &[(u64, u64)], size: u64| {
        let mut props = engine(1, true);
        let now = Rc::make_mut(&mut props.now);
        let facts = now.engine.as_mut().expect("an engine");
        (facts.imports, facts.import_totals) = (imports.to_vec(), totals.to_vec());
        facts.disk.import_rows = size;
        props
    };
    for (imports, totals, size, said, part, button) in [
        // A million, of which 193,000 are in: nothing is whole, and it goes on.
        (
            &[(1, 193_000)][..],
            &[(1, 1_000_000)][..],
            100_000,
            "Imported 193,000 of 1,000,000, 19%",
            "19",
            "from 193,000",
        ),
        // The number of rows requested is no longer known, and more are there than are requested now: it is complete.
        (&[(1, 193_000)], &[], 100_000, "193,000 imported", "100", "Import 100,000"),
        (&[(1, 193_000)], &[], 300_000, "Imported 193,000 of 300,000, 64%", "64", "from 193,000"),
        (&[(1, 10_000)], &[(1, 10_000)], 10_000, "Imported 10,000 of 10,000, 100%", "100", "Import 10,000"),
        (&[(1, 9_000)], &[(1, 10_000)], 1_000_000, "Imported 9,000 of 10,000, 90%", "90", "from 9,000"),
    ] {
        let shown = Shown::new(Lang::En, engine_block(Lang::En, &check(imports, totals, size))).await;
        assert!(shown.text("[data-meter=import]").contains(said), "{}", shown.text("[data-meter=import]"));
        assert_eq!(shown.said("[data-meter=import] [role=progressbar]", "aria-valuenow"), part);
        let text = shown.text("[data-act=import-100000]");
        assert!(text.contains(button), "{text}");
    }
}

#[wasm_bindgen_test]
async fn in_free_play_the_disk_the_batch_and_the_import_can_be_chosen() {
    let intents = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let intents = Rc::clone(&intents);
        Callback::from(move |act: Intent| intents.borrow_mut().push(act))
    };
    for lang in [Lang::Zh, Lang::En] {
        let lesson = Shown::new(lang, engine_block(lang, &engine(1, true))).await;
        assert!(lesson.all("[data-view=disk]").is_empty(), "a lesson's disk is the lesson's");
        let props = EngineProps { free: true, onintent: onintent.clone(), ..engine(1, true) };
        let shown = Shown::new(lang, engine_block(lang, &props)).await;
        assert_eq!(shown.said("[data-view=disk]", "data-disk"), "disk-browser");
        assert_eq!(chinese(&shown.text("[data-view=disk]")), lang == Lang::Zh);
        assert_eq!(shown.all("[data-act=disk] option").len(), 6);
        for (act, place) in [("disk", 3), ("batch-rows", 1), ("import-rows", 2)] {
            let select: web_sys::HtmlSelectElement =
                shown.one(&format!("select[data-act={act}]")).dyn_into().expect("a list");
            select.set_selected_index(place);
            let init = web_sys::EventInit::new();
            init.set_bubbles(true);
            let change = web_sys::Event::new_with_event_init_dict("change", &init).expect("an event");
            select.dispatch_event(&change).expect("heard");
        }
        assert_eq!(intents.take(), [Intent::Disk(3), Intent::BatchRows(100), Intent::ImportRows(300_000)]);
    }
    // A disk that is none of these is shown as what it is.
    let mut props = EngineProps { free: true, ..engine(1, true) };
    let facts = Rc::make_mut(&mut props.now).engine.as_mut().expect("an engine");
    (facts.disk.sync_mb_per_s, facts.disk.batch_rows) = (7, 250);
    let shown = Shown::new(Lang::En, engine_block(Lang::En, &props)).await;
    let text = shown.text("[data-view=disk]");
    assert!(text.contains("7 MB/s") && text.contains("250 rows"), "{text}");
}

#[wasm_bindgen_test]
async fn latencies_are_drawn_as_a_distribution_with_the_same_as_a_table() {
    let took: Vec<f64> = (1..=200).map(|n| f64::from(n) / 100.0).chain([9.0]).collect();
    let bins = spread(&took);
    assert_eq!(bins.iter().map(|(_, count)| count).sum::<u64>(), 201);
    assert_eq!(bins.last(), Some(&(9.0, 1)));
    assert!(spread(&[]).is_empty());
    let single = Point { spread: bins.clone(), ..point(1, &[1.1, 1.0, 1.9, 2.0]) };
    let done = Measured { part: 1.0, points: vec![single], ..Measured::default() };
    let shown = Shown::new(Lang::En, measured(Lang::En, &Rc::new(done))).await;
    assert_eq!(shown.all("[data-view=spread] .wf-r").len(), bins.len());
    assert_eq!(shown.all("[data-view=spread] tbody tr").len(), bins.len());
    let text = shown.text("[data-view=spread]");
    for said in ["201", "p50", "p95, p99", "longer, up to 9.0 ms"] {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[wasm_bindgen_test]
async fn disks_are_compared_by_the_model_and_say_so() {
    let of = |place: u64, ms: &[f64]| Point { size: place, ms: ms.to_vec(), ..Point::default() };
    let points = vec![of(2, &[2.2, 2.3, 2.7, 3.2, 7.4]), of(3, &[20.2, 20.7, 22.5, 24.7, 43.0])];
    let done = Measured { what: What::Disks, part: 1.0, points, ..Measured::default() };
    for lang in [Lang::Zh, Lang::En] {
        let shown = Shown::new(lang, measured(lang, &Rc::new(done.clone()))).await;
        let text = shown.text("[data-what=disks]");
        for said in ["530 MB/s", "120 MB/s", "9.2", "5.8", "6,410", "312,500"] {
            assert!(text.contains(said), "{said} in {text}");
        }
        assert_eq!(shown.all("[data-what=disks] tbody tr").len(), 3, "two disks and the note");
    }
}

#[wasm_bindgen_test]
async fn what_is_armed_looks_armed_and_an_engine_without_power_can_be_switched_on() {
    let intents = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let intents = Rc::clone(&intents);
        Callback::from(move |act: Intent| intents.borrow_mut().push(act))
    };
    let props = EngineProps { onintent: onintent.clone(), ..engine(1, true) };
    let shown = Shown::new(Lang::Zh, engine_block(Lang::Zh, &props)).await;
    assert_eq!(shown.said("[data-view=trap]", "data-armed"), "true");
    assert_eq!(shown.all("[data-act=crash-at] option").len(), 8);
    click(&shown.one("[data-act=flush]"));
    assert!(shown.all("[data-act=restart-engine]").is_empty());
    let off = EngineProps { onintent, ..engine(0, false) };
    let shown = Shown::new(Lang::En, engine_block(Lang::En, &off)).await;
    assert!(shown.text("[data-station=growing]").contains("no power"));
    assert!(shown.is_inert("[data-act=flush]"));
    click(&shown.one("[data-act=restart-engine]"));
    assert_eq!(*intents.borrow(), [Intent::Flush, Intent::RestartEngine]);
}

fn point(size: u64, ms: &[f64]) -> Point {
    Point { size, rows: 10_000, bytes: 5_440_000, ms: ms.to_vec(), ..Point::default() }
}

#[wasm_bindgen_test]
async fn charts_say_their_figures_in_a_table_and_a_sentence() {
    let points = vec![point(1, &[1.3, 1.1, 3.5, 5.4]), point(100, &[100.0]), point(1_000, &[40.0])];
    let done = Measured { part: 1.0, points, ..Measured::default() };
    let shown = Shown::new(Lang::En, measured(Lang::En, &Rc::new(done))).await;
    let text = shown.text("[data-what=batches]");
    for said in ["2.5×", "100,000", "250,000", "14,500", "136", "5.4 ms", "19.5 ms", "two-core"] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert_eq!(shown.all(".wf-m .wf-r").len(), 6, "here, in Milvus and in the note, for two sizes");
    assert!(text.contains("6,410") && text.contains("4.7 ms") && text.contains("names no machine"), "{text}");
    let points = vec![point(10_000, &[10.0, 15.0, 1_034.0])];
    let half = Measured { what: What::Recovery, part: 0.5, running: true, points, ..Measured::default() };
    let shown = Shown::new(Lang::Zh, measured(Lang::Zh, &Rc::new(half))).await;
    assert_eq!(shown.said("[role=progressbar]", "aria-valuenow"), "50");
    let text = shown.text("[data-what=recovery]");
    for said in ["10,000", "5.44 MB", "400,000", "1,034 ms", "34.7", "session.ttl"] {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[wasm_bindgen_test]
async fn latency_and_throughput_stand_beside_their_charts_as_text() {
    let figures = StoreFigures {
        commits: 3,
        bytes: 3_000_000,
        commit_p50_ms: 2.0,
        commit_p95_ms: 8.0,
        commit_p99_ms: 9.0,
        rows_per_s: 12_345.6,
        mb_per_s: 6.7,
        recent_ms: vec![2.0, 9.0, 1.0],
        recent_rows_per_s: vec![10_000.0, 14_000.0],
        ..StoreFigures::default()
    };
    let shown = Shown::new(Lang::Zh, storing(Lang::Zh, &figures)).await;
    let text = shown.text("[data-view=store]");
    for said in ["12,346", "6.7 MB", "2.0 ms", "8.0 ms", "9.0 ms", "在这个浏览器里实测"] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert_eq!(shown.all("svg[role=img]").len(), 2);
    assert!(
        shown
            .all("svg[role=img]")
            .iter()
            .all(|svg| svg.get_attribute("aria-label").is_some_and(|said| !said.is_empty()))
    );
    let shown = Shown::new(Lang::En, storing(Lang::En, &StoreFigures::default())).await;
    assert!(shown.all("svg").is_empty(), "nothing to draw yet");
}

#[wasm_bindgen_test]
async fn a_backup_is_restored_only_after_a_yes() {
    let intents = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let intents = Rc::clone(&intents);
        Callback::from(move |act: Intent| intents.borrow_mut().push(act))
    };
    let ask = Restoring::Ask { bytes: js_sys::Uint8Array::new_with_length(1), rows: 12_000, torn: true };
    let shown = Shown::new(Lang::En, restoring(Lang::En, &ask, &onintent)).await;
    let text = shown.text("[data-banner=restoring]");
    assert!(text.contains("12,000 rows") && text.contains(". The torn record"), "{text}");
    click(&shown.one("[data-act=restore-no]"));
    click(&shown.one("[data-act=restore-yes]"));
    assert_eq!(*intents.borrow(), [Intent::DropBackup, Intent::Restore]);
    let bad = Restoring::Bad("why".to_owned());
    let shown = Shown::new(Lang::Zh, restoring(Lang::Zh, &bad, &onintent)).await;
    assert!(shown.text("[data-banner=restoring]").contains("why"));
    assert!(shown.all("[data-act=restore-yes]").is_empty());
}
