//! The report of failover tests: figures beside their targets, the histogram, what fell short, and what is taken along.

use super::*;

/// A report of 12 runs from seed 40, made up: two fall short, one of them loses a write.
fn drilled() -> DrillFacts {
    let spread = Spread {
        mean: 9_400.0,
        median: 9_000.0,
        min: 3_100.0,
        max: 16_900.0,
        p95: 16_900.0,
        p99: 16_900.0,
        histogram: vec![
            (0, Some(5_000), 2),
            (5_000, Some(10_000), 5),
            (10_000, Some(15_000), 4),
            (15_000, Some(30_000), 1),
            (30_000, None, 0),
        ],
    };
    let queries = Queries::of(1_440, 1_332);
    let line = Line {
        scenario: "failover-proxy".to_owned(),
        runs: 12,
        met: 10,
        missed: vec![("rto".to_owned(), 1), ("lost".to_owned(), 1)],
        queries,
        acknowledged: 5_000,
        lost: Some(1),
        availability: queries.success_rate,
        nines: queries.nines(),
        downtime_min_per_year: queries.downtime_min_per_year(),
        failures_per_month: 1,
        downtime_min_per_month_by_failures: Some(0.16),
        rto: Some(spread),
        grade: Grade::Below,
        total_time_ms: 720_000.0,
        survival: None,
    };
    let missed = |name: &str, limit, worst, missed| Missed { name: name.to_owned(), limit, worst, missed };
    let short = |seed, rto_ms, lost, missed: &str| Short {
        seed,
        rto_ms: Some(rto_ms),
        failed: 9,
        lost,
        missed: vec![missed.to_owned()],
    };
    let brief = Brief {
        scenario: "failover-proxy".to_owned(),
        seed: 40,
        set: vec![("control_plane".to_owned(), 1), ("rto_target_ms".to_owned(), 12_000)],
        rows: vec![Row { line, latency_ms: 48.64 }],
        targets: vec![
            missed("rto", 12_000.0, Some(16_900.0), 1),
            missed("failed", 10.0, Some(9.0), 0),
            missed("lost", 0.0, Some(1.0), 1),
        ],
        phases: vec![
            PhaseMs { phase: Phase::Detect, ms: 8_000.0 },
            PhaseMs { phase: Phase::ClientRetry, ms: 1_400.0 },
        ],
        outages: 12,
        short: vec![short(43, 16_900.0, 0, "rto"), short(51, 9_000.0, 1, "lost")],
        short_runs: 2,
        lost: vec![Lost { seed: 51, id: 8_000, died: "under <epoch> 3".to_owned() }],
        logs: Vec::new(),
        notes: vec![Beside {
            id: "target-rto".to_owned(),
            note: 2,
            scenario: "failover-proxy".to_owned(),
            unit: Unit::Ms,
            says: "below".to_owned(),
            value: 15_000.0,
            upto: None,
            ours: Some(9_400.0),
            holds: Some(true),
        }],
        wait_ms: 0.0,
        cells: Vec::new(),
    };
    DrillFacts {
        number: 1,
        scenario: brief.scenario.clone(),
        runs: 12,
        done: 12,
        total: 12,
        brief: Some(brief),
        ..DrillFacts::default()
    }
}

async fn reported(lang: Lang, facts: DrillFacts) -> (Shown, Rc<RefCell<Vec<DrillForm>>>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let onwrite = {
        let asked = asked.clone();
        Callback::from(move |form| asked.borrow_mut().push(form))
    };
    let address = Address { lang: Some(lang), lesson: Some("gone".to_owned()), ..Address::default() };
    let props = ReportProps { facts: Rc::new(facts), address, copied: None, onwrite: Some(onwrite) };
    (Shown::new(lang, report(lang, &props)).await, asked)
}

#[wasm_bindgen_test]
async fn a_report_shows_its_figures_beside_their_targets() {
    let (shown, _) = reported(Lang::En, drilled()).await;
    assert_eq!(shown.said("[data-view=drill-report]", "data-met"), "10");
    let figures: Vec<String> =
        shown.all("[data-suite] [data-figure]").iter().filter_map(|one| one.text_content()).collect();
    assert_eq!(figures, ["1,440", "1,332", "108", "92.50 %", "48.6 ms", "9.40 s", "10 / 12"]);
    assert!(shown.text("[data-target=rto]").contains("< 12.00 s"), "{}", shown.text("[data-target=rto]"));
    assert!(shown.text("[data-target=rto]").contains("11 / 12"));
    assert_eq!(shown.all(".mc-tg-no").len(), 2);
    let rto: Vec<String> = shown.all("[data-rto]").iter().filter_map(|one| one.text_content()).collect();
    assert_eq!(rto, ["9.40 s", "9.00 s", "3.10 s", "16.90 s", "16.90 s", "16.90 s"]);
    let phases: Vec<String> =
        shown.all(".wf-r").iter().filter_map(|phase| phase.get_attribute("data-phase")).collect();
    assert_eq!(phases, ["detect", "client_retry"]);
    let availability = shown.text("[data-view=drill-availability]");
    assert!(availability.contains("92.50") && availability.contains("0.16"), "{availability}");
    assert!(availability.contains("not good enough") && availability.contains("720.00 s"), "{availability}");
    // Beside “met every target” a low grade says what it counts.
    assert!(availability.contains("It is not one of the targets"), "{availability}");
    let beside = shown.text("[data-note=target-rto]");
    assert!(beside.contains("< 15.00 s") && beside.contains("9.40 s"), "{beside}");
}

#[wasm_bindgen_test]
async fn the_histogram_says_what_it_draws() {
    let (shown, _) = reported(Lang::Zh, drilled()).await;
    let label = shown.said(".mc-hist", "aria-label");
    assert!(label.contains("5–10 s: 5") && label.contains("30+ s: 0"), "{label}");
    let highs: Vec<String> =
        shown.all(".mc-hist rect").iter().filter_map(|bar| bar.get_attribute("height")).collect();
    assert_eq!(highs, ["44", "110", "88", "22", "0"]);
    // Beyond the target of this report, which is 12 s.
    assert_eq!(shown.all(".mc-hist .over").len(), 2);
}

#[wasm_bindgen_test]
async fn what_fell_short_is_named_with_its_seed_and_what_was_lost() {
    let (shown, _) = reported(Lang::En, drilled()).await;
    let links = shown.all("[data-seed] a");
    let link = links[0].get_attribute("href").unwrap_or_default();
    assert!(link.contains("topology=milvus:control_plane=1"), "{link}");
    assert!(link.contains("seed=43") && !link.contains("lesson") && !link.contains("rto_target"), "{link}");
    assert_eq!(links.len(), 2);
    let losses = shown.text("[data-view=drill-losses]");
    assert!(losses.contains("8000") && losses.contains("under <epoch> 3"), "{losses}");
    let mut many = drilled();
    if let Some(brief) = &mut many.brief {
        brief.short_runs = 500;
    }
    let (shown, _) = reported(Lang::En, many).await;
    assert!(
        shown.text("[data-view=drill-short]").contains("498"),
        "{}",
        shown.text("[data-view=drill-short]")
    );
}

#[wasm_bindgen_test]
async fn a_report_is_taken_along_in_four_forms() {
    let (shown, asked) = reported(Lang::En, drilled()).await;
    for word in ["text", "html", "json", "csv"] {
        click(&shown.one(&format!("[data-act=drill-{word}]")));
    }
    settle().await;
    assert_eq!(*asked.borrow(), [DrillForm::Text, DrillForm::Html, DrillForm::Json, DrillForm::Csv]);
}

#[wasm_bindgen_test]
async fn a_report_that_was_stopped_or_is_empty_says_so() {
    let stopped = DrillFacts { runs: 100, total: 100, ..drilled() };
    let (shown, _) = reported(Lang::Zh, stopped).await;
    assert!(shown.text("[data-view=drill-verdict]").contains("100 次里跑了 12 次"));
    let mut none = drilled();
    if let Some(row) = none.brief.iter_mut().flat_map(|brief| &mut brief.rows).next() {
        row.line.runs = 0;
    }
    let (shown, _) = reported(Lang::Zh, none).await;
    assert_eq!(shown.said("[data-view=drill-report]", "data-runs"), "0");
    assert!(shown.all("table").is_empty());
}

#[wasm_bindgen_test]
async fn a_report_speaks_both_languages() {
    let (shown, _) = reported(Lang::En, drilled()).await;
    let text = shown.text("main");
    assert!(!chinese(&text) && !text.contains("mc-") && !text.contains("drill-"), "{text}");
    let (shown, _) = reported(Lang::Zh, drilled()).await;
    let text = shown.text("main");
    assert!(chinese(&text) && !text.contains("mc-") && !text.contains("drill-"), "{text}");
}

#[wasm_bindgen_test]
fn what_the_worker_tells_is_read_as_it_was_written() {
    use quorum_lab::web::wire::{DrillOrder, ToPage, ToWorker};
    use quorum_lab::web::wire::{pack, unpack};
    let message = ToPage::Drill(Box::new(drilled()));
    let read = unpack::<ToPage>(&pack(&message).expect("bytes").data).expect("a message");
    assert_eq!(read, message);
    let order = ToWorker::Drill(DrillOrder {
        number: 3,
        scenario: "failover-all".to_owned(),
        seed: None,
        runs: 20,
        set: vec![("fencing".to_owned(), 0)],
        runbook: Some("page\npromote".to_owned()),
    });
    let read = unpack::<ToWorker>(&pack(&order).expect("bytes").data).expect("a message");
    assert_eq!(read, order);
    let write = ToWorker::WriteDrill {
        ticket: 9,
        form: DrillForm::Csv,
        lang: "en".to_owned(),
        words: vec!["a".to_owned()],
    };
    let read = unpack::<ToWorker>(&pack(&write).expect("bytes").data).expect("a message");
    assert_eq!(read, write);
}
