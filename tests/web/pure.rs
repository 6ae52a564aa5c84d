//! Parts of the views that only compute: what the palette finds, CSV, what is seen of a stage and of a run, the log's
//! filter, the requests of the query console.

use quorum_facade::swarm::WorldKind;
use quorum_facade::{
    Command, Event, EventKind, FaultEvent, MilvusEvent, NetworkEvent, RaftEvent, RegionEvent, ServiceEvent,
    StorageEvent,
};
use quorum_i18n::Lang;
use quorum_lab::ui::embedding::choice::{Allowed, Around, Choice, Run, faults_of};
use quorum_lab::ui::engine::request::{Asked, EXAMPLES, Fault, Field, Mode, line};
use quorum_lab::ui::export::table::{Cell, Table, with_unit};
use quorum_lab::ui::log::filter::{About, Filter, lines, nodes};
use quorum_lab::ui::palette::rank::score;
use quorum_lab::ui::timeline_window::Window;
use quorum_lab::ui::zoom::view::{MOST, View};
use quorum_lab::web::address::Theme;
use wasm_bindgen_test::wasm_bindgen_test;

/// Where the lab lies in the next two tests.
const AROUND: Around<'static> =
    Around { base: "https://lab.example/q/", brand: "Quorum Lab", title: "R&D <one>", lang: Lang::En };

#[wasm_bindgen_test]
fn code_for_another_page_says_what_is_chosen_and_nothing_else() {
    let plain = Choice::new(Run::Lesson("pre-vote".to_owned()), None);
    assert_eq!(
        plain.element(&AROUND),
        "<script src=\"https://lab.example/q/embed.js\"></script>\n<quorum-lab lesson=\"pre-vote\">\
         <a href=\"https://lab.example/q/index.html?lesson=pre-vote&amp;lang=en\">R&amp;D &lt;one&gt;</a></quorum-lab>"
    );
    assert_eq!(plain.link(&AROUND), "https://lab.example/q/index.html?lesson=pre-vote&lang=en");
    let full = Choice {
        step: 2,
        lang: Some(Lang::Zh),
        theme: Theme::Dark,
        controls: 1,
        allowed: Allowed::Some,
        faults: vec!["kill", "pause"],
        seed: Some(7),
        autoplay: true,
        width_px: Some(390),
        height_px: 700,
        ..plain
    };
    let element = full.element(&AROUND);
    let attributes = "lesson=\"pre-vote\" step=\"2\" seed=\"7\" lang=\"zh-CN\" theme=\"dark\" controls=\"min\" \
                      faults=\"kill,pause\" height=\"700\" style=\"max-width: 390px\" autoplay>";
    assert!(element.contains(attributes), "{element}");
    let frame = full.frame(&AROUND);
    let src = "src=\"https://lab.example/q/index.html?embed=1&amp;lesson=pre-vote&amp;step=2&amp;seed=7&amp;lang=zh&amp;\
               theme=dark&amp;controls=min&amp;faults=kill,pause&amp;autoplay=1\"";
    assert!(frame.contains(src), "{frame}");
    assert!(
        frame.contains("title=\"R&amp;D &lt;one&gt; · Quorum Lab\" width=\"390\" height=\"700\""),
        "{frame}"
    );
    assert!(full.preview(&AROUND).ends_with("&progress=none&kept=0"));
    // Nothing that is ticked allows nothing; a step is a lesson's.
    let none =
        Choice { faults: Vec::new(), run: Run::Topology("replica-set:5:\"><script>".to_owned()), ..full };
    let element = none.element(&AROUND);
    assert!(element.contains("topology=\"replica-set:5:&quot;&gt;&lt;script&gt;\" seed"), "{element}");
    assert!(element.contains("faults=\"none\""), "{element}");
    assert!(none.link(&AROUND).contains("topology=replica-set:5:%22%3E%3Cscript%3E&seed=7"));
}

#[wasm_bindgen_test]
fn every_fault_that_can_be_allowed_is_one() {
    let words = Command::words();
    for world in [WorldKind::Standalone, WorldKind::Cluster, WorldKind::Milvus, WorldKind::Regions] {
        let own = faults_of(Some(world));
        assert!(!own.is_empty());
        for word in own {
            // The page itself pulls the plug.
            let known = words.contains(word) && quorum_facade::is_fault(word) || *word == "pull_plug";
            assert!(known, "{word} in {world:?}");
        }
    }
    assert!(faults_of(None).is_empty());
}

#[wasm_bindgen_test]
fn the_palette_finds_titles_slugs_and_letters_in_order() {
    let leader = ("杀掉当前领导者", "kill-the-leader Kill the leader");
    let fit = |query: &str| score(query, leader.0, leader.1);
    assert_eq!(fit(""), Some(0), "nothing is asked");
    assert_eq!(fit("杀掉"), Some(0));
    assert!(fit("杀掉") < fit("领导者") && fit("领导者") < fit("leader"));
    assert!(fit("杀领导者").is_some(), "characters may be left out");
    assert_eq!(fit("ＫＩＬＬ　the"), fit("kill the"), "full-width letters and spaces are plain ones");
    assert_eq!(fit("kill 网络"), None, "every word has to be found");
    // At the beginning of a title, of a word, within one.
    let at = |title: &str| score("cut", title, "");
    assert!(at("Cut all power") < at("The cut") && at("The cut") < at("Shortcut"));
    assert!(score("ctall", "Cut all power", "").is_some());
    assert_eq!(score("ct", "Cut all power", ""), None, "two letters of an alphabet are a coincidence");
    assert_eq!(score("caor", "Cut all power", ""), None, "so are letters far apart");
}

#[wasm_bindgen_test]
fn a_table_is_csv_that_spreadsheets_read() {
    let table = Table::new(["phase".to_owned(), with_unit("length", "s")]).with([
        ["detect, \"first\"".into(), Cell::seconds(1_250_000)],
        ["a\nb".into(), f64::NAN.into()],
        [None::<f64>.into(), 7_u64.into()],
    ]);
    let expected = "\u{feff}phase,length (s)\r\n\"detect, \"\"first\"\"\",1.25\r\n\"a\nb\",\r\n,7\r\n";
    assert_eq!(table.csv(), expected);
    assert_eq!(Table::default().csv(), "\u{feff}\r\n");
}

#[wasm_bindgen_test]
fn a_stage_is_enlarged_around_a_point_and_leaves_no_gap() {
    let frame = (400.0, 300.0);
    let whole = View::default();
    assert_eq!(whole.style(), "");
    let view = whole.enlarged(2.0, (100.0, 60.0), frame);
    assert_eq!((view.scale, view.at), (2.0, (-100.0, -60.0)), "the point stays where it is");
    assert_eq!(whole.enlarged(0.1, (0.0, 0.0), frame), whole);
    assert!((whole.enlarged(1e9, (0.0, 0.0), frame).scale - MOST).abs() < 1e-9);
    assert_eq!(whole.enlarged(f64::NAN, (0.0, 0.0), frame), whole);
    assert_eq!(view.moved((1e6, 1e6), frame).at, (0.0, 0.0));
    assert_eq!(view.moved((-1e6, -1e6), frame).at, (-400.0, -300.0));
    assert_eq!(view.moved((f64::INFINITY, 0.0), frame), view);
    assert_eq!(whole.moved((50.0, 50.0), frame), whole, "all of it is seen: there is nothing to move");
    // What is out of view is brought in, what is in view moves nothing.
    assert_eq!(view.showing(((100.0, 100.0), (120.0, 120.0)), 24.0, frame), view);
    assert_eq!(view.showing(((390.0, 100.0), (410.0, 120.0)), 24.0, frame).at, (-134.0, -60.0));
    assert_eq!(view.showing(((-50.0, 100.0), (-30.0, 120.0)), 24.0, frame).at, (-26.0, -60.0));
}

#[wasm_bindgen_test]
fn a_window_of_the_timeline_stays_within_the_run() {
    let some = |window: Option<Window>| window.map(|window| (window.from_s, window.span_s));
    let half = Window::enlarged(None, 2.0, 30.0, 120.0);
    assert_eq!(some(half), Some((15.0, 60.0)), "the moment stays at its place");
    assert_eq!(Window::enlarged(half, 0.5, 30.0, 120.0), None, "all of the run is no window");
    let window = half.expect("a window");
    assert_eq!(some(window.moved(-5.0, 120.0)), Some((0.0, 60.0)));
    assert_eq!(some(window.moved(1e9, 120.0)), Some((60.0, 60.0)));
    assert_eq!(window.moved(f64::NAN, 120.0), None);
    assert_eq!(some(window.showing(50.0, 120.0)), Some((15.0, 60.0)));
    assert_eq!(some(window.showing(80.0, 120.0)), Some((60.0, 60.0)));
    assert_eq!(some(window.showing(1.0, 120.0)), Some((0.0, 60.0)));
    let moved = window.moved(40.0, 120.0).expect("a window");
    assert_eq!(
        some(moved.showing(1.0, 120.0)),
        Some((40.0, 60.0)),
        "where the reader has moved it, it stays"
    );
    let mut small = None;
    for _ in 0..60 {
        small = Window::enlarged(small, 2.0, 30.0, 120.0);
    }
    let small = small.expect("a window");
    assert!(
        (0.09..0.2).contains(&small.span_s) && small.from_s <= 30.0 && 30.0 <= small.from_s + small.span_s
    );
    assert!((window.tick_s() - 10.0).abs() < 1e-9 && small.span_s / small.tick_s() <= 8.0);
}

fn event(node: u32, kind: EventKind) -> Event {
    Event { t_us: 5, node: Some(node), kind }
}

#[wasm_bindgen_test]
fn the_log_is_filtered_by_words_kind_and_node() {
    let killed = event(3, EventKind::Fault(FaultEvent::Killed));
    let voted = event(2, EventKind::Raft(RaftEvent::Campaigned { term: 2 }));
    let all = [&killed, &voted];
    assert_eq!(nodes(all.into_iter()), vec![2, 3]);
    let fits = |filter: &Filter| {
        [filter.fits(&killed, "S3 was killed"), filter.fits(&voted, "S2 stands for term 2")]
    };
    assert_eq!(fits(&Filter::default()), [true, true]);
    let words = Filter { query: "KILLED s3".to_owned(), ..Filter::default() };
    assert_eq!(fits(&words), [true, false]);
    assert_eq!(fits(&Filter { about: Some(About::Leadership), ..Filter::default() }), [false, true]);
    assert_eq!(fits(&Filter { node: Some(2), ..Filter::default() }), [false, true]);
    assert_eq!(
        fits(&Filter { node: Some(2), about: Some(About::Faults), ..Filter::default() }),
        [false, false]
    );
    assert_eq!(lines(&[("1.00".to_owned(), "a\tb\nc".to_owned())]), "1.00\ta b c\n");
}

#[wasm_bindgen_test]
fn every_kind_of_event_is_about_one_thing() {
    use EventKind as K;
    for (kind, about) in [
        (K::Network(NetworkEvent::LinkCut { from: 1, to: 2 }), About::Faults),
        (K::Storage(StorageEvent::WalRotated { file: 2, first_lsn: 9 }), About::Storage),
        (K::Service(ServiceEvent::ServiceLost { fault_us: 1 }), About::Clients),
        (K::Milvus(MilvusEvent::LeaseExpired { component: "root_coord".to_owned() }), About::Leadership),
        (K::Milvus(MilvusEvent::WriteLost { first_id: 1, rows: 2 }), About::Clients),
        (K::Region(RegionEvent::RegionLost { region: 0, wiped: false }), About::Faults),
        (K::Region(RegionEvent::Promoted { region: 1, epoch: 2, lsn: 3 }), About::Leadership),
        (K::Region(RegionEvent::BackupPruned { backup: 1 }), About::Storage),
    ] {
        assert_eq!(About::of(&kind), about, "{kind:?}");
    }
}

#[wasm_bindgen_test]
fn the_query_console_asks_for_what_its_fields_say() {
    let mut asked = Asked::default();
    let sent = line(&asked.query().expect("the fields begin with a query"));
    let query =
        r#"{"op":"query","collection":"docs","filter":"id < 10","output_fields":["id","text"],"limit":10,"#;
    assert!(sent.starts_with(&format!("await quorumLab.do({query}")), "{sent}");
    // Milvus refuses a count with a limit.
    let count = EXAMPLES.into_iter().find(|example| example.counts).expect("an example that counts");
    asked.fill(count);
    let sent = line(&asked.query().expect("a count"));
    assert!(sent.contains(r#""output_fields":["count(*)"],"limit":null"#), "{sent}");
    asked.fill(EXAMPLES[0]);
    assert_eq!((asked.get(Field::Output), asked.get(Field::Limit)), ("id, text", "10"));

    asked.mode = Mode::Search;
    asked.put(Field::Near, " -7 ".to_owned());
    assert!(line(&asked.near().expect("a row")).contains(r#""filter":"id == -7""#));
    asked.put(Field::Near, "seven or id > 0".to_owned());
    assert_eq!(asked.near(), Err(Fault::NoNumber(Field::Near)));
    asked.put(Field::Ef, "32".to_owned());
    let sent = line(&asked.search(vec![0.5, -1.0]).expect("a search"));
    assert!(sent.contains(r#""data":[[0.5,-1.0]],"limit":10"#), "{sent}");
    assert!(sent.contains(r#""params":{"ef":32},"filter":"id < 10""#), "{sent}");
    asked.put(Field::Limit, "1e3".to_owned());
    assert_eq!(asked.search(Vec::new()), Err(Fault::NoNumber(Field::Limit)));

    // Only the parameters that an index of this type has.
    let index = |kind: &str| {
        let mut asked = Asked::default();
        asked.put(Field::Index, kind.to_owned());
        line(&asked.create_index().expect("an index"))
    };
    assert!(index("FLAT").contains(r#""params":{}"#));
    assert!(index("IVF_FLAT").contains(r#""params":{"nlist":128}"#));
    assert!(index("HNSW").contains(r#""params":{"M":16,"efConstruction":200}"#));
}

#[wasm_bindgen_test]
fn a_refusal_of_the_query_console_belongs_to_a_field() {
    let at = |code: &str, error: &str, indexing: bool| {
        Fault::Refused { code: code.to_owned(), error: error.to_owned() }.field(indexing)
    };
    assert_eq!(at("bad_filter", "", false), Some(Field::Filter));
    assert_eq!(at("bad_metric", "", false), Some(Field::Metric));
    assert_eq!(at("bad_metric", "", true), Some(Field::IndexMetric));
    for (name, field) in [
        ("nlist", Field::Nlist),
        ("M", Field::M),
        ("efConstruction", Field::EfConstruction),
        ("nprobe", Field::Nprobe),
        ("ef", Field::Ef),
    ] {
        let error = format!("params.{name} must be 1 to 2, not 3");
        assert_eq!(at("bad_params", &error, false), Some(field), "{name}");
    }
    assert_eq!(at("power_cut", "", false), None);
}
