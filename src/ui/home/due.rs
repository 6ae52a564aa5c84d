//! Three questions that are due, answered in place.
//!
//! Guarantees: the questions, their answers and what is right are those of the lessons; which are asked is decided
//! once, so that an answered one stays; the first answer to each is recorded; an answer that states a misconception of
//! the bank is told why; bank and texts are fetched after the page is drawn, and where they cannot be, the section says
//! so and offers to try again. Leaves out: which questions are due (`lesson::review`).

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::ui::course::choices::{label, reply};
use crate::ui::course::focus::among_radios;
use crate::ui::course::prose::prose;
use crate::ui::course::text_of;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::links::link;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::clock::today;
use crate::web::{record, texts};
use quorum_i18n::Lang;
use quorum_lesson::review::{Due, Reason, belief, due};
use quorum_lesson::schema::Answer;
use quorum_lesson::{LessonText, StepKind, StepSpec, StepText};
use quorum_lesson::{beliefs, list};

/// How many are asked.
const MOST: usize = 3;
/// The page is drawn before their lessons are fetched.
const AFTER_MS: u32 = 1_000;

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub(super) struct DueProps {
    /// The home page's address.
    pub(super) home: Address,
    /// Called with the address to open.
    pub(super) onopen: Callback<Address>,
}

/// Whether the lessons of the questions are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Texts {
    Coming,
    There(Lang),
    Missing,
}

/// The section; nothing where the course asks nothing.
#[component]
pub(super) fn Questions(props: &DueProps) -> Html {
    let lang = use_lang();
    let asked = use_state_eq(|| None::<Rc<[Due]>>);
    let given = use_state_eq(|| vec![Vec::<String>::new(); MOST]);
    let texts = use_state_eq(|| Texts::Coming);
    let fetch = {
        let (asked, texts) = (asked.clone(), texts.clone());
        Callback::from(move |lang: Lang| {
            let (asked, texts) = (asked.clone(), texts.clone());
            spawn_local(async move { texts.set(fetched(&asked, lang).await) });
        })
    };
    {
        let fetch = fetch.clone();
        use_effect_with(lang, move |lang| {
            let lang = *lang;
            let timer = Timeout::new(AFTER_MS, move || fetch.emit(lang));
            move || drop(timer)
        });
    }
    let asked = asked.as_deref().unwrap_or_default();
    let again = fetch.reform(move |_: MouseEvent| lang);
    let fresh = asked.iter().all(|due| due.reason == Reason::New);
    let question = |(at, due): (usize, &Due)| {
        let onanswer = {
            let (given, due) = (given.clone(), due.clone());
            Callback::from(move |(choice, right): (String, bool)| {
                let mut all = (*given).clone();
                if all[at].is_empty() {
                    record::review(&due.lesson, &due.step, right);
                }
                all[at].retain(|one| *one != choice);
                all[at].push(choice);
                given.set(all);
            })
        };
        question(lang, due, &given[at], &onanswer, props)
    };
    html! {
        <section class="dues" data-view="due" aria-labelledby="home-due">
            <h2 id="home-due">{ lang.t(if fresh { "home-due-first" } else { "home-due" }) }</h2>
            <p class="fine">{ lang.t(if fresh { "home-due-new-s" } else { "home-due-s" }) }</p>
            if *texts == Texts::Missing {
                <p class="note note-open" role="alert">{ lang.t("home-due-missing") }{ " " }
                    <button type="button" class="btn" data-act="due-again" onclick={again}>
                        { lang.t("banner-texts-retry") }
                    </button>
                </p>
            }
            if asked.is_empty() { <p class="fine">{ lang.t("home-due-coming") }</p> }
            <ol class="due-l">{ for asked.iter().enumerate().map(question) }</ol>
        </section>
    }
}

/// Fetches the bank, decides once what is asked, and fetches the lessons of the questions.
async fn fetched(asked: &UseStateHandle<Option<Rc<[Due]>>>, lang: Lang) -> Texts {
    let mut all = texts::bank(lang).await;
    let bank = beliefs::entries(lang.code()).unwrap_or_default();
    let listed = list::entries(lang.code()).unwrap_or_default();
    let questions = match &**asked {
        Some(questions) => Rc::clone(questions),
        None => record::with(|record| due(record, listed, bank, today(), MOST)).into(),
    };
    asked.set(Some(Rc::clone(&questions)));
    for due in &*questions {
        all = all.and(texts::lesson(lang, &due.lesson).await);
    }
    if all.is_ok() { Texts::There(lang) } else { Texts::Missing }
}

/// A question as its lesson has it.
struct Asked {
    spec: &'static StepSpec,
    answers: &'static [Answer],
    text: &'static LessonText,
    step: &'static StepText,
}

/// The question, once its lesson is there.
fn asked(lang: Lang, due: &Due) -> Option<Asked> {
    let lesson = quorum_lesson::find(&due.lesson)?;
    let text = text_of(lesson, lang)?;
    let at = lesson.steps.iter().position(|step| step.id == due.step)?;
    let (spec, step) = (lesson.steps.get(at)?, text.steps.get(at)?);
    let StepKind::Explain(answers) = &spec.kind else { return None };
    Some(Asked { spec, answers, text, step })
}

/// Why it is asked.
fn reason(lang: Lang, reason: Reason) -> String {
    match reason {
        Reason::Wrong(Some(days)) => lang.f("home-due-wrong-ago", &[("n", days.into())]),
        Reason::Wrong(None) => lang.t("home-due-wrong"),
        Reason::Old(Some(days)) => lang.f("home-due-old-ago", &[("n", days.into())]),
        Reason::Old(None) => lang.t("home-due-old"),
        Reason::New => lang.t("home-due-new"),
    }
}

fn question(
    lang: Lang,
    due: &Due,
    given: &[String],
    onanswer: &Callback<(String, bool)>,
    props: &DueProps,
) -> Html {
    let listed = list::entries(lang.code()).unwrap_or_default();
    let title = listed.iter().find(|entry| entry.slug == due.lesson).map(|entry| entry.title.clone());
    let name = format!("{}.{}", due.lesson, due.step);
    let lesson = Address { lesson: Some(due.lesson.clone()), ..props.home.clone() };
    let head = html! {
        <p class="fine due-h">
            { link(&props.onopen, lesson, "", title.unwrap_or_default().into()) }
            { " · " }{ reason(lang, due.reason) }
        </p>
    };
    let Some(asked) = asked(lang, due) else {
        return html! {
            <li key={name.clone()} class="due" data-question={name}>
                { head }<p class="fine">{ lang.t("home-due-coming") }</p>
            </li>
        };
    };
    let solved = asked.answers.iter().any(|answer| answer.is_right() && given.contains(&answer.id));
    html! {
        <li key={name.clone()} class="due" data-question={name} data-solved={solved.to_string()}>
            { head }
            <h3>{ &asked.step.title }</h3>
            <div class="prose">{ prose(lang, &asked.step.marked) }</div>
            <ul class="opts" role="radiogroup" aria-label={asked.step.title.clone()} onkeydown={among_radios}>
                { for asked.answers.iter().map(|answer| option(lang, &asked, answer, (given, solved), onanswer)) }
            </ul>
            <div role="status">{ outcome(lang, due, &asked, given, props) }</div>
        </li>
    }
}

fn option(
    lang: Lang,
    asked: &Asked,
    answer: &'static Answer,
    (given, solved): (&[String], bool),
    onanswer: &Callback<(String, bool)>,
) -> Html {
    let id = &answer.id;
    let tried = given.contains(id);
    let right = tried && answer.is_right();
    let tone = if right { Some("opt-mine opt-came") } else { tried.then_some("opt-wrong") };
    let onclick = onanswer.reform(move |_: MouseEvent| (answer.id.clone(), answer.is_right()));
    html! {
        <li key={id.clone()} role="none">
            <button type="button" class={classes!("opt", tone)} data-choice={id.clone()} role="radio"
                aria-checked={(given.last() == Some(id)).to_string()} aria-disabled={inert(solved)} {onclick}>
                <i class="opt-o" />
                <span>{ label(asked.text, &asked.spec.id, id) }
                    if right { <small class="opt-k">{ ic("check") }{ lang.t("co-right") }</small> }
                    else if tried { <small class="opt-x">{ lang.t("co-wrong") }</small> }
                </span>
            </button>
        </li>
    }
}

/// The reply to the last answer; to a wrong one, the run that refutes it.
fn outcome(lang: Lang, due: &Due, asked: &Asked, given: &[String], props: &DueProps) -> Html {
    let Some(last) = given.last() else { return Html::default() };
    let right = asked.answers.iter().any(|answer| answer.is_right() && answer.id == *last);
    let held = belief(lang.code(), &due.lesson, &due.step, last);
    let refuting =
        Address { lesson: Some(format!("{}#{}.{last}", due.lesson, due.step)), ..props.home.clone() };
    html! {
        <>
            if let Some(reply) = reply(asked.text, &asked.spec.id, last) { <p class="note">{ reply }</p> }
            if let Some(held) = held { <p class="note" data-belief={held.id.clone()}>{ &held.why }</p> }
            if !right {
                <p class="row">
                    { link(
                        &props.onopen,
                        refuting,
                        "btn btn-act",
                        html! { <>{ ic("play") }{ lang.t("co-refute") }</> }
                    ) }
                </p>
            }
        </>
    }
}
