//! Operations on two regions: runbooks, the setup of a run, and the sheets.

use super::*;

#[wasm_bindgen_test]
async fn a_refusal_names_its_line_and_drafts_are_kept() {
    crate::texts::learn_catalogues();
    let note = quorum_facade::regions::config::NOTE;
    let settings: Vec<(String, u64)> =
        ALL.iter().map(|setting| (setting.name.to_owned(), setting.default)).collect();
    for (lang, said) in [
        (Lang::Zh, "第 12 行第 19 列：backup.retention_days："),
        (Lang::En, "line 12, column 19: backup.retention_days: "),
    ] {
        let wrong = note.replace("retention_days: 30", "retention_days: -3");
        let (error, line) = look(lang, &wrong, note, &settings).expect_err("refused");
        assert!(error.starts_with(said) && line == Some(12), "{error}");
        assert_eq!(chinese(&error), lang == Lang::Zh, "{error}");
        let (error, line) =
            look(lang, &format!("standby: cold\n{note}"), note, &settings).expect_err("refused");
        assert!(error.starts_with("standby") && line.is_none(), "{error}");
    }
    let effects = look(Lang::En, note, note, &settings).expect("taken");
    assert!(effects.iter().any(|effect| effect.key == "sync.mode" && effect.was != effect.now));
    let text = facts().config;
    let shown =
        Shown::new(Lang::En, html! { <Config session={Session::new()} text={text.clone()} running=true /> })
            .await;
    assert_eq!(shown.all("[data-line]").len(), 4);
    let area: web_sys::HtmlTextAreaElement = wasm_bindgen::JsCast::unchecked_into(shown.one("textarea"));
    assert_eq!(area.value(), text);
    area.set_value("dns:\n  domain: kb.example.com\nretention: -3\n");
    let event = web_sys::InputEvent::new("input").expect("an event");
    event.init_event_with_bubbles_and_cancelable("input", true, false);
    area.dispatch_event(&event).expect("typed");
    crate::shown::settle().await;
    assert_eq!(shown.said("[data-view='config']", "data-dirty"), "true");
    shown.click("[data-act='config-apply']").await;
    assert_eq!(shown.said("[data-fault]", "data-fault"), "3", "the page names the line by itself");
    assert_eq!(area.value(), "dns:\n  domain: kb.example.com\nretention: -3\n", "what was typed stays");
    shown.click("[data-act='config-note']").await;
    assert!(
        shown.said("[data-key='sync.mode']", "data-outcome") == "implied",
        "it is announced before it is applied"
    );
    shown.click("[data-act='config-drop']").await;
    assert_eq!(shown.said("[data-view='config']", "data-dirty"), "false");
}

#[wasm_bindgen_test]
async fn a_runbook_is_written_by_click_and_by_key() {
    let steps = [Step::Page, Step::Fence, Step::Promote];
    assert_eq!(moved(&steps, 0, true), None);
    assert_eq!(moved(&steps, 2, false), None);
    assert_eq!(moved(&steps, 2, true), Some((vec![Step::Page, Step::Promote, Step::Fence], 1)));
    let (heard, onintent) = intents();
    let text = Runbook::built_in("forced").expect("it is built in").text();
    let book = html! {
        <Book session={Session::new()} {text} set={Vec::<(String, u64)>::new()} seed=7 running=true
            {onintent} />
    };
    let shown = Shown::new(Lang::En, book).await;
    shown.one("details").set_attribute("open", "").expect("unfolded");
    let words = || -> Vec<String> {
        shown.all("[data-bookstep]").iter().filter_map(|step| step.get_attribute("data-word")).collect()
    };
    assert_eq!(words().join(","), "start standby,fence,promote,dns,wait ttl,check service");
    shown.press_with("[data-bookstep='0']", "ArrowDown", true).await;
    assert_eq!(words()[..2], ["fence", "start standby"]);
    shown.press("[data-bookstep='5']", "Delete").await;
    shown.click("[data-bookstep='2'] [data-act='step-out']").await;
    shown.click("[data-act='step-add']").await;
    assert_eq!(words().join(","), "fence,start standby,dns,wait ttl,verify digest");
    shown.click("[data-bookstep='0'] [data-act='step-now']").await;
    assert_eq!(heard.borrow().as_slice(), [Intent::Region(RegionIntent::Step(Step::Fence))]);
    assert!(
        shown.text("[data-view='draft']").contains("Forced"),
        "the runbook that was set is the one that runs"
    );
    shown.click("[data-book='course']").await;
    assert_eq!(words().len(), 6);
    assert_eq!(shown.said("[data-book='course']", "aria-pressed"), "true");
}

#[wasm_bindgen_test]
async fn the_setup_says_what_a_run_is_built_from_and_opens_another() {
    assert!(is_regions("two-regions:sync_mode=3") && !is_regions("two-regionsx"));
    assert_eq!(asked("two-regions:sync_mode=3", "sync_mode"), 3);
    assert_eq!(asked("two-regions", "dns_ttl_s"), Settings::default().dns_ttl_s);
    assert_eq!(
        topology_with(&[("sync_mode".to_owned(), 2), ("dns_ttl_s".to_owned(), 60)]),
        "two-regions:sync_mode=2"
    );
    let opened = Rc::new(RefCell::new(Vec::new()));
    let hears = Rc::clone(&opened);
    let onopen = Callback::from(move |topology: String| hears.borrow_mut().push(topology));
    let setup = html! {
        <Setup now={moment()} topology="two-regions" running=true onintent={Callback::noop()} {onopen} />
    };
    let shown = Shown::new(Lang::Zh, setup).await;
    assert_eq!(shown.all("[data-setting]").len(), ALL.len());
    assert_eq!(shown.said("[data-setting='rows_each']", "data-live"), "false");
    assert_eq!(shown.said("[data-setting='data_gb']", "data-live"), "true");
    shown.click("[data-preset='periodic']").await;
    assert_eq!(opened.borrow().as_slice(), ["two-regions:sync_mode=3"]);
    // The note's world is its settings, all of them, with its runbook.
    shown.click("[data-preset='note']").await;
    let topology = opened.borrow().last().cloned().unwrap_or_default();
    for (name, value) in quorum_facade::regions::settings::NOTE_WORLD {
        assert_eq!(asked(&topology, name), value, "{name}");
    }
    assert!(shown.text("[data-view='note-world']").contains("not_promoted"));
}

#[wasm_bindgen_test]
async fn the_sheets_follow_the_settings_and_the_replicator_runs() {
    crate::texts::learn_catalogues();
    let settings = vec![("sync_mode".to_owned(), 0), ("backup_every_h".to_owned(), 168)];
    let sheets = html! { <Sheets {settings} config={facts().config} runbook={"restore".to_owned()} /> };
    let shown = Shown::new(Lang::Zh, sheets).await;
    assert_eq!(shown.said("[data-view='handbook']", "data-class"), "rest");
    assert_eq!(shown.all("[data-sheet]").len(), 6);
    assert!(shown.text("[data-sheet='commands']").contains("0 2 * * 1"));
    shown.click("[data-act='copies']").await;
    assert_eq!(shown.said("[data-rounds]", "data-rounds"), "3");
    shown.click("[data-act='copies-big']").await;
    assert!(shown.text("[data-sheet='copies']").contains("16,384"));
}
