//! The course's views in a real browser: the lesson pane by kind of step, the record, the glossary, lessons from files.

use std::cell::RefCell;
use std::rc::Rc;

use quorum_facade::snapshot::{GoalFacts, LackFacts, LessonFacts, StepFacts};
use quorum_i18n::Lang;
use quorum_lab::ui::course::pane::{Pane, Say, Ways, pane};
use quorum_lab::ui::course::progress::{Progress, take};
use quorum_lab::ui::course::prose::prose;
use quorum_lab::ui::course::{glossary::glossary, print::print, style};
use quorum_lab::web::record;
use quorum_lesson::Lesson;
use quorum_lesson::record::{Account, Prediction};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::shown::{Shown, chinese, is_inert, settle};

const MANIFEST: &str = include_str!("../../docs/lesson-template/lesson.toml");
const ZH: &str = include_str!("../../docs/lesson-template/zh.md");
const EN: &str = include_str!("../../docs/lesson-template/en.md");

/// Opens a lesson from a text; returns its slug, or what is wrong with it.
fn open(name: &str, text: &str) -> Result<String, String> {
    quorum_facade::open_lesson(name, text).map(|lesson| lesson.slug.clone()).map_err(|refusal| refusal.error)
}

/// The lesson of the authors' manual, which has a step of every kind.
fn template() -> &'static Lesson {
    crate::texts::learn_catalogues();
    let slug = open("template", &Lesson::bundle(MANIFEST, ZH, EN)).expect("it opens");
    quorum_lesson::find(&slug).expect("it is there")
}

/// The requests to the pane.
type Heard = Rc<RefCell<Vec<Say>>>;

/// The pane at a step of the template, and the requests to it.
fn at(lang: Lang, step: usize, account: Account) -> (Pane, Heard) {
    let lesson = template();
    let heard = Heard::default();
    let hear = heard.clone();
    let shown = Pane {
        lesson,
        text: lesson.text(lang.code()).expect("both languages are there"),
        facts: Some(facts(lesson)),
        now: None,
        account: Account { total: 5, ..account },
        step,
        hints: 0,
        actions: lesson.steps[step].actions.iter().map(|name| (name.as_str(), true)).collect(),
        running: true,
        asking: false,
        refused: None,
        waits: false,
        barred: Vec::new(),
        all_goals: false,
        note: None,
        kept: true,
        ways: Ways { home: Some("./".to_owned()), next: None, print: "?view=print".to_owned() },
        onsay: Callback::from(move |say| hear.borrow_mut().push(say)),
    };
    (shown, heard)
}

fn facts(lesson: &Lesson) -> LessonFacts {
    let steps = lesson.steps.iter().map(|step| StepFacts {
        id: step.id.clone(),
        kind: step.kind.word().to_owned(),
        ..StepFacts::default()
    });
    let lack = LackFacts { word: "goal".to_owned(), name: "in-service".to_owned(), ..LackFacts::default() };
    let count = LackFacts {
        word: "count".to_owned(),
        name: "op_end".to_owned(),
        test: Some("at_least".to_owned()),
        have: Some(1),
        want: Some(3),
        ..LackFacts::default()
    };
    let goal =
        |id: &str, step, lacks, progress| GoalFacts { id: id.to_owned(), step, met: false, progress, lacks };
    LessonFacts {
        slug: lesson.slug.clone(),
        goals: vec![goal("in-service", 1, vec![count], Some((1, 3))), goal("replaced", 3, vec![lack], None)],
        steps: steps.collect(),
        ..LessonFacts::default()
    }
}

async fn show(lang: Lang, shown: &Pane) -> Shown {
    Shown::new(lang, html! { <>{ style() }{ pane(lang, shown) }</> }).await
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[wasm_bindgen_test]
async fn what_is_to_be_read_is_finished_by_going_on() {
    let (shown, heard) = at(Lang::En, 0, Account::default());
    let page = show(Lang::En, &shown).await;
    assert_eq!(page.said("section.lesson", "data-kind"), "read");
    assert!(page.text(".co-story").contains("Who uses it and why they care"));
    assert!(page.all("[data-act=hint], [data-act=show-me]").is_empty());
    page.click("[data-act=next]").await;
    assert_eq!(*heard.borrow(), [Say::Read(0)]);
    let rows = page.all(".co-steps li");
    assert_eq!(rows.len(), 5);
    page.click("[data-to='3']").await;
    assert_eq!(heard.borrow().last(), Some(&Say::Step(3)));
}

#[wasm_bindgen_test]
async fn an_open_goal_says_what_is_missing_and_a_met_one_does_not() {
    let (shown, _) = at(Lang::En, 1, Account::default());
    let page = show(Lang::En, &shown).await;
    let row = page.text("[data-goal=in-service]");
    assert!(row.contains("1 / 3") && !row.contains("so far"), "a bare count appears once: {row}");
    let (shown, _) = at(Lang::En, 3, Account::default());
    let page = show(Lang::En, &shown).await;
    assert!(
        page.text("[data-goal=replaced]").contains("First: Have 3 of the client’s writes")
            || page.text("[data-goal=replaced]").contains("First: Have 3 of the client's writes")
    );
    let account = Account { goals: texts(&["in-service"]), steps: texts(&["watch"]), ..Account::default() };
    let (shown, _) = at(Lang::En, 1, account);
    let page = show(Lang::En, &shown).await;
    assert_eq!(page.said("[data-goal]", "data-met"), "true");
    let row = page.text("[data-goal]");
    assert!(row.contains("met before") && !row.contains("so far"), "{row}");
}

#[wasm_bindgen_test]
async fn a_prediction_can_be_changed_until_it_has_happened() {
    let (mut shown, heard) = at(Lang::En, 2, Account::default());
    let page = show(Lang::En, &shown).await;
    assert_eq!(page.said("[data-view=predict]", "data-settled"), "false");
    page.click("[data-choice=nobody]").await;
    assert_eq!(*heard.borrow(), [Say::Predict("nobody".to_owned())]);
    drop(page);
    // Chosen: it can still be changed.
    let mut facts = facts(shown.lesson);
    facts.steps[2].chosen = Some("nobody".to_owned());
    shown.facts = Some(facts.clone());
    let page = show(Lang::En, &shown).await;
    assert_eq!(page.said("[data-choice=nobody]", "aria-checked"), "true");
    page.click("[data-choice=somebody-else]").await;
    assert_eq!(heard.borrow().len(), 2);
    drop(page);
    // It has happened: locked, and both stand side by side.
    (facts.steps[2].settled, facts.steps[2].came) = (true, texts(&["somebody-else"]));
    shown.facts = Some(facts);
    let page = show(Lang::En, &shown).await;
    assert_eq!(page.said("[data-view=predict]", "data-settled"), "true");
    for choice in page.all("[data-choice]") {
        assert!(is_inert(&choice));
        choice.unchecked_into::<HtmlElement>().click();
    }
    settle().await;
    assert_eq!(heard.borrow().len(), 2, "a settled prediction hears nothing");
    assert!(page.text("[data-choice=nobody]").contains("your prediction"));
    assert!(page.text("[data-choice=somebody-else]").contains("what happened"));
    drop(page);
    // And again at the step in which it happened.
    shown.step = 3;
    let page = show(Lang::En, &shown).await;
    let recall = page.text("[data-view=recall]");
    assert!(recall.contains("Nobody can be") && recall.contains("Another node will be elected"), "{recall}");
}

#[wasm_bindgen_test]
async fn a_wrong_answer_offers_the_run_that_refutes_it() {
    let mut account = Account::default();
    account.answers.insert("why".to_owned(), texts(&["anybody"]));
    let (mut shown, heard) = at(Lang::En, 4, account);
    let page = show(Lang::En, &shown).await;
    assert!(page.text("[data-view=explain]").contains("one node is left"), "the reply to the answer");
    page.click("[data-act=refute]").await;
    page.click("button.opt[data-choice=majority]").await;
    assert_eq!(*heard.borrow(), [Say::Refute("anybody".to_owned()), Say::Explain("majority".to_owned())]);
    drop(page);
    shown.account.answers.insert("why".to_owned(), texts(&["anybody", "majority"]));
    shown.account.steps = texts(&["scene", "watch", "guess", "stop", "why"]);
    let page = show(Lang::En, &shown).await;
    assert_eq!(page.said("[data-view=explain]", "data-solved"), "true");
    assert!(page.all("button.opt").iter().all(is_inert));
    assert_eq!(page.all("[data-act=refute]").len(), 1, "what was wrong can still be seen");
    assert!(page.text("[data-view=finished]").contains("This lesson is finished"));
}

#[wasm_bindgen_test]
async fn hints_come_one_after_the_other_and_the_solution_last() {
    let (mut shown, heard) = at(Lang::Zh, 3, Account::default());
    for open in 0..3 {
        shown.hints = open;
        let page = show(Lang::Zh, &shown).await;
        assert_eq!(page.all(".hint").len(), open);
        assert!(page.all("[data-act=show-me]").is_empty());
        page.click("[data-act=hint]").await;
    }
    shown.hints = 3;
    let page = show(Lang::Zh, &shown).await;
    assert_eq!((page.all(".hint").len(), page.all("[data-act=hint]").len()), (3, 0));
    page.click("[data-act=show-me]").await;
    assert_eq!(*heard.borrow(), [Say::Hint, Say::Hint, Say::Hint, Say::ShowMe]);
    drop(page);
    if let Some(facts) = &mut shown.facts {
        facts.playing = Some((1, 4));
    }
    shown.account.helped = true;
    let page = show(Lang::Zh, &shown).await;
    assert!(
        page.text("[data-view=playing]").contains("演示")
            && page.text("[data-view=playing]").contains("1 / 4")
    );
    assert!(page.is_inert("[data-act=show-me]"));
    drop(page);
    // What to predict is chosen by the learner alone.
    let (mut shown, _) = at(Lang::Zh, 2, Account::default());
    shown.hints = 3;
    let page = show(Lang::Zh, &shown).await;
    assert!(
        page.said("section.lesson", "data-kind") == "predict" && page.all("[data-act=show-me]").is_empty()
    );
}

#[wasm_bindgen_test]
async fn what_a_learner_does_and_asks_goes_through_one_door() {
    let (mut shown, heard) = at(Lang::En, 3, Account::default());
    let page = show(Lang::En, &shown).await;
    assert!(page.text("[data-act=stop-the-leader]").contains("Stop the leader"));
    page.click("[data-act=stop-the-leader]").await;
    page.click("[data-act=free]").await;
    page.click("[data-act=reset]").await;
    drop(page);
    shown.asking = true;
    shown.refused = Some("<b>why</b>".to_owned());
    shown.kept = false;
    let page = show(Lang::En, &shown).await;
    page.click("[data-act=reset-yes]").await;
    let expected = [Say::Act("stop-the-leader"), Say::Free(true), Say::AskReset(true), Say::Reset];
    assert_eq!(*heard.borrow(), expected);
    assert!(page.text("[data-view=refused]").contains("<b>why</b>"), "a text is a text");
    page.one("[data-view=not-kept]");
}

#[wasm_bindgen_test]
async fn a_term_explains_itself_by_keyboard_and_escape_closes_it() {
    crate::texts::learn_catalogues();
    let marked = quorum_texts::mark::mark(
        "A leader needs a **quorum**; a leader without `quorum` waits, and termites are no terms.",
        1,
    )
    .expect("not deep");
    let page = Shown::new(Lang::En, html! { <div class="prose">{ prose(Lang::En, &marked) }</div> }).await;
    let terms: Vec<String> = page
        .all("[data-term]")
        .iter()
        .map(|term| term.get_attribute("data-term").unwrap_or_default())
        .collect();
    assert_eq!(terms, ["leader", "quorum", "term"], "each once, no code, whole words");
    let term: HtmlElement = page.one("[data-term=quorum]").unchecked_into();
    let name = term.get_attribute("aria-describedby").expect("it is described");
    let explanation = page.one(&format!("#{name}"));
    assert!(
        explanation.has_attribute("hidden")
            && explanation.text_content().is_some_and(|text| text.contains("More than half"))
    );
    term.focus().expect("Tab reaches it");
    settle().await;
    assert!(!explanation.has_attribute("hidden"), "the focus opens it");
    page.press("[data-term=quorum]", "Escape").await;
    assert!(explanation.has_attribute("hidden"), "Escape closes it");
    assert!(term.tab_index() >= 0);
}

#[wasm_bindgen_test]
async fn chinese_terms_are_found_and_the_longest_form_wins() {
    crate::texts::learn_catalogues();
    let marked =
        quorum_texts::mark::mark("网络分区以后，任期更高的领导者要拿到多数派的选票。", 1).expect("not deep");
    let page = Shown::new(Lang::Zh, html! { <div class="prose">{ prose(Lang::Zh, &marked) }</div> }).await;
    let words: Vec<String> =
        page.all("[data-term]").iter().map(|term| term.text_content().unwrap_or_default()).collect();
    assert_eq!(words, ["网络分区", "任期", "领导者", "多数派", "选票"]);
    assert_eq!(
        page.0.text_content().map(|text| text.contains("网络分区以后")),
        Some(false),
        "definitions follow"
    );
}

#[wasm_bindgen_test]
async fn the_record_is_carried_as_a_file_and_a_bad_file_changes_nothing() {
    crate::texts::learn_catalogues();
    record::erase();
    let lesson = template();
    let mut facts = facts(lesson);
    facts.goals[0].met = true;
    (facts.steps[0].done, facts.steps[1].done) = (true, true);
    (facts.steps[2].chosen, facts.steps[2].settled) = (Some("nobody".to_owned()), true);
    facts.steps[2].came = texts(&["somebody-else"]);
    facts.steps[4].came = texts(&["anybody"]);
    let account = record::note(lesson, &facts);
    assert_eq!((account.done(), account.total), (2, 5));
    // What has happened is not predicted again.
    facts.steps[2].chosen = Some("somebody-else".to_owned());
    let prediction = Prediction { chosen: Some("nobody".to_owned()), came: Some(texts(&["somebody-else"])) };
    assert_eq!(record::note(lesson, &facts).predictions.get("guess"), Some(&prediction));
    // A lesson that is finished without help has its score; the better one stays.
    let helped = record::account(&lesson.slug);
    facts.finished = true;
    facts.scores = vec![("fewest-actions".to_owned(), 3)];
    record::change_account(&lesson.slug, |account| account.helped = true);
    assert!(record::note(lesson, &facts).best.is_empty(), "what was shown is no score");
    record::change_account(&lesson.slug, |account| *account = helped.clone());
    assert_eq!(record::note(lesson, &facts).best.get("fewest-actions"), Some(&3));

    let file = record::with(quorum_lesson::record::Record::write);
    for bad in
        ["version = 3", "nonsense", &file.replacen("step = ", "stop = ", 1), "<script>alert(1)</script>"]
    {
        let (good, said) = take(Lang::En, bad);
        assert!(!good && said.contains("was not imported") && said.contains("line "), "{said}");
        assert_eq!(record::with(quorum_lesson::record::Record::write), file);
    }
    record::erase();
    assert!(record::with(|record| record.lessons.is_empty()));
    assert!(take(Lang::En, &file).0);
    assert_eq!(record::with(quorum_lesson::record::Record::write), file);

    let page = Shown::new(Lang::En, html! { <>{ style() }<Progress /></> }).await;
    let row = page.text(&format!("[data-lesson='{}']", lesson.slug));
    assert!(row.contains("2 / 5") && row.contains("0 / 1") && row.contains("Actions: best 3"), "{row}");
    page.click("[data-act=erase]").await;
    page.click("[data-act=erase-no]").await;
    assert!(record::with(|record| !record.lessons.is_empty()), "erasing asks first");
    page.click("[data-act=erase]").await;
    page.click("[data-act=erase-yes]").await;
    assert!(record::with(|record| record.lessons.is_empty()));
    assert!(page.text("[data-view=import]").contains("Erased"));
}

#[wasm_bindgen_test]
async fn a_file_that_is_no_lesson_is_refused_with_file_line_and_field() {
    crate::texts::learn_catalogues();
    let good = Lesson::bundle(MANIFEST, ZH, EN);
    let check = |text: &str, expected: &str| {
        let said = open("mine.txt", text).expect_err(expected);
        assert!(said.starts_with("mine.txt: ") && said.contains(expected), "{said}");
    };
    check("", "it has to be lesson.toml");
    check(&good.replacen("minutes = 4", "minuets = 4", 1), "there is no minutes");
    check(&good.replacen("minutes = 4", "minutes = \"4\"", 1), "line 3: minutes has to be a whole number");
    check(&good.replacen("op = \"kill\"", "op = \"explode\"", 1), "explode");
    check(&good.replacen("replica-set:3", "replica-set:3000000", 1), "topology");
    check(&"x".repeat(300_000), "300000 bytes are too many");
    // One that never ends, and one with a million events, are limited when they are played; such a wait is refused
    // here.
    check(&good.replacen("{ until = \"in-service\" }", "{ run_us = 99999999999999999999 }", 1), "line ");
    // Markup is text.
    let marked = good.replacen(
        "写两三句话，把人带进来。",
        "<img src=x onerror=\"window.broken = 1\"><script>window.broken = 1</script>",
        1,
    );
    let slug = open("markup.txt", &marked).expect("it is a lesson all the same");
    let lesson = quorum_lesson::find(&slug).expect("there");
    let shown = lesson.text("zh").expect("there").steps[0].marked.clone();
    let page = Shown::new(Lang::Zh, html! { <div class="prose">{ prose(Lang::Zh, &shown) }</div> }).await;
    assert!(page.all("img, script").is_empty());
    assert!(page.text(".prose").contains("<script>"));
}

/// Where an element begins and ends, from left to right.
fn sides(element: &Element) -> (f64, f64) {
    let find =
        js_sys::Function::new_with_args("e", "const r = e.getBoundingClientRect(); return [r.left, r.right]");
    let found: js_sys::Array =
        find.call1(&wasm_bindgen::JsValue::NULL, element).expect("a box").unchecked_into();
    (found.get(0).as_f64().unwrap_or_default(), found.get(1).as_f64().unwrap_or_default())
}

/// Makes every text twice as long, reverses the direction, and looks for elements that exceed 390 pixels.
fn sticks_out(page: &Shown) -> Vec<String> {
    let root: HtmlElement = page.0.clone().unchecked_into();
    root.set_attribute("style", "display: block; width: 390px; position: relative; overflow: hidden")
        .expect("a style");
    root.set_attribute("dir", "rtl").expect("a direction");
    let found = page.all("h1, h2, h3, p, dt, dd, li, button span, small, a, b, td, th");
    for element in found.iter().filter(|element| element.child_element_count() == 0) {
        let text = element.text_content().unwrap_or_default();
        element.set_text_content(Some(&format!("{text} {text}")));
    }
    let (left, right) = sides(&root);
    let out = |element: &Element| {
        let place = sides(element);
        place.1 > place.0 && (place.0 < left - 1.0 || place.1 > right + 1.0)
    };
    // What scrolls by itself may be wider than its frame.
    let all = page.all("*:not(.co-table *):not(style):not(.vh)");
    all.iter()
        .filter(|element| out(element))
        .map(|element| element.outer_html().chars().take(90).collect())
        .collect()
}

#[wasm_bindgen_test]
async fn long_words_and_another_direction_do_not_break_the_pages() {
    let mut account = Account { goals: texts(&["in-service"]), ..Account::default() };
    account.answers.insert("why".to_owned(), texts(&["anybody"]));
    for lang in [Lang::Zh, Lang::En] {
        for step in 0..5 {
            let (mut shown, _) = at(lang, step, account.clone());
            (shown.hints, shown.asking) = (3, true);
            let page = show(lang, &shown).await;
            assert_eq!(sticks_out(&page), Vec::<String>::new(), "{lang:?} step {step}");
        }
        let page = Shown::new(lang, html! { <>{ style() }{ glossary(lang) }</> }).await;
        assert_eq!(sticks_out(&page), Vec::<String>::new());
        let page = Shown::new(lang, html! { <>{ style() }{ print(lang, Some(&template().slug)) }</> }).await;
        assert_eq!(sticks_out(&page), Vec::<String>::new());
    }
}

#[wasm_bindgen_test]
async fn nothing_of_the_other_language_is_left() {
    for step in 0..5 {
        let (mut shown, _) = at(Lang::En, step, Account::default());
        (shown.hints, shown.asking, shown.kept) = (3, true, false);
        let page = show(Lang::En, &shown).await;
        let html = page.0.inner_html();
        assert!(!chinese(html.split("</style>").last().unwrap_or_default()), "{html}");
    }
    for view in [glossary(Lang::En), print(Lang::En, Some(&template().slug)), html! { <Progress /> }] {
        let page = Shown::new(Lang::En, view).await;
        let text = page.0.text_content().unwrap_or_default();
        assert!(text.len() > 100 && !chinese(text.split("}").last().unwrap_or_default()), "{text}");
    }
    let page = Shown::new(Lang::Zh, glossary(Lang::Zh)).await;
    assert!(page.all(".gl-list dd").iter().all(|means| chinese(&means.text_content().unwrap_or_default())));
    assert!(page.all(".gl-list dd").len() >= 45);
}
