//! The lesson pane with its state: the visible step, announcements to screen readers, and requests to the run.
//!
//! Guarantees: progress is recorded in the learner's record at once; goals met, predictions settled and refusals are
//! announced in a polite live region; time counts while the page is visible. Leaves out: drawing (`pane`).

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Interval;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::choices::label;
use super::focus::{back_to_the_title, reveal};
use super::map::next_lesson;
use super::pane::{Pane, Say, Ways, lacks_a_node, pane};
use super::refuting::refuting;
use super::text_of;
use super::waiting::use_first_prediction;
use crate::ui::focus::by_keys;
use crate::ui::header::home_link;
use crate::ui::intent::Intent;
use crate::ui::links::at_home;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::frame::Controls;
use crate::web::record;
use crate::web::session::{Session, offers_plug, rests};
use crate::web::wire::Pace;
use quorum_facade::snapshot::LessonFacts;
use quorum_facade::{Answer, Command, Control, Snapshot};
use quorum_i18n::{Lang, refused};
use quorum_lesson::record::{Account, join};
use quorum_lesson::{Lesson, LessonText};

/// Interval at which the time that a lesson is open is recorded, in seconds.
const TICK_S: u64 = 10;
/// How long after a restart the facts of the run before may still arrive, in milliseconds.
const OVER_MS: u32 = 1_000;

/// The guide's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct GuideProps {
    /// The session.
    pub(crate) session: Session,
    /// The address.
    pub(crate) address: Address,
    /// The lesson's own slug.
    pub(crate) slug: String,
    /// The run.
    pub(crate) now: Option<Rc<Snapshot>>,
    /// Whether it runs.
    pub(crate) running: bool,
    /// Whether it was stopped by force.
    pub(crate) stopped: bool,
    /// Called with actions.
    pub(crate) onintent: Callback<Intent>,
    /// Called with the address to open.
    pub(crate) onopen: Callback<Address>,
}

/// The pane of the open lesson, or of the run that refutes an answer of one.
#[component]
pub(crate) fn Guide(props: &GuideProps) -> Html {
    let lang = use_lang();
    if let Some((base, run)) = props.slug.split_once('#') {
        return match quorum_lesson::find(base).and_then(|lesson| Some((lesson, text_of(lesson, lang)?))) {
            Some((lesson, text)) => {
                let facts = props.now.as_ref().and_then(|now| now.lesson.as_ref());
                refuting(lang, &props.address, facts, &props.onopen, lesson, text, run)
            }
            None => Html::default(),
        };
    }
    match quorum_lesson::find(&props.slug).and_then(|lesson| Some((lesson, text_of(lesson, lang)?))) {
        Some((lesson, text)) => {
            let guided = Guided { lesson, text };
            html! {
                <Steps session={props.session.clone()} address={props.address.clone()} {guided}
                    now={props.now.clone()}
            running={props.running} stopped={props.stopped}
            onintent={props.onintent.clone()} onopen={props.onopen.clone()}
                />
            }
        }
        None => Html::default(),
    }
}

/// A lesson and its text, compared by pointer.
#[derive(Clone, Copy)]
struct Guided {
    lesson: &'static Lesson,
    text: &'static LessonText,
}

impl PartialEq for Guided {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.lesson, other.lesson) && std::ptr::eq(self.text, other.text)
    }
}

#[derive(Properties, PartialEq)]
struct StepsProps {
    session: Session,
    address: Address,
    guided: Guided,
    now: Option<Rc<Snapshot>>,
    running: bool,
    stopped: bool,
    onintent: Callback<Intent>,
    onopen: Callback<Address>,
}

/// The pane's state in addition to the record.
#[derive(Clone)]
struct StepsState {
    step: UseStateHandle<Option<usize>>,
    hints: UseStateHandle<usize>,
    asking: UseStateHandle<bool>,
    refused: UseStateHandle<Option<String>>,
    /// A notice that is not a refusal.
    note: UseStateHandle<Option<String>>,
    /// Counts changes of the record made here.
    changes: UseStateHandle<u32>,
    /// While the lesson starts over: how many goals and choices the run before had ([`marks`]).
    over: Rc<Cell<Option<usize>>>,
}

#[component]
fn Steps(props: &StepsProps) -> Html {
    let lang = use_lang();
    let Guided { lesson, text } = props.guided;
    let state = StepsState {
        step: use_state_eq(|| None),
        hints: use_state_eq(|| 0),
        asking: use_state_eq(|| false),
        refused: use_state_eq(|| None),
        note: use_state_eq(|| None),
        changes: use_state_eq(|| 0),
        over: use_memo((), |()| Cell::new(None)),
    };
    let mut facts =
        props.now.as_ref().and_then(|now| now.lesson.clone()).filter(|facts| facts.slug == lesson.slug);
    // An engine that refuses its log no longer reports what is played; nothing is.
    let refused =
        |now: &Rc<Snapshot>| now.recovery.as_ref().is_some_and(|recovery| recovery.refused.is_some());
    if let Some(facts) = &mut facts
        && props.now.as_ref().is_some_and(refused)
    {
        facts.playing = None;
    }
    let account = use_account(lesson, &facts, &state);
    use_resume(lesson, props.address.step, &facts, &account, &state);
    use_first_prediction(&props.session, lesson, *state.step, &facts);
    use_minutes(lesson);
    let shows = account.helped && facts.as_ref().is_some_and(|facts| facts.playing.is_some());
    use_revealed(*state.hints, &state.refused, shows, account.complete());
    use_view(lesson.slug.clone(), state.step.unwrap_or(0), state.step.is_some());
    let step = state.step.unwrap_or(0).min(lesson.steps.len().saturating_sub(1));
    let announcement = use_announcement(lang, props.guided, &account);
    let now = props.now.as_deref();
    let blocked = facts.as_ref().map(|facts| facts.blocked.clone()).unwrap_or_default();
    let is_barred = |name: &str| match by_door(lesson, name) {
        Some(Intent::PullPlug) => !offers_plug(),
        _ => !props.session.permits(&Command::Control(Control::Act { name: name.to_owned() })),
    };
    let possible = |name: &'static str| {
        let by_door = by_door(lesson, name);
        let can = by_door.map_or(props.running, |intent| intent.possible(props.running, props.stopped, now));
        (name, can && !is_barred(name) && !blocked.iter().any(|stuck| stuck == name))
    };
    let ways = ways(lang, props, lesson);
    let actions: Vec<_> = lesson.steps[step].actions.iter().map(|name| possible(name)).collect();
    let waits = |&(name, can): &(&str, bool)| {
        !can && (lacks_a_node(name).is_some() || is_barred(name) || blocked.iter().any(|stuck| stuck == name))
    };
    let waits = props.running && actions.iter().any(waits);
    let barred = actions.iter().map(|(name, _)| *name).filter(|name| is_barred(name)).collect();
    let shown = Pane {
        lesson,
        text,
        facts,
        now: props.now.clone().filter(|_| !lesson.steps[step].tools.is_empty()),
        account: (*account).clone(),
        step,
        hints: *state.hints,
        actions,
        barred,
        waits,
        running: props.running,
        asking: *state.asking,
        refused: (*state.refused).clone(),
        note: (*state.note).clone(),
        kept: record::stored(),
        ways,
        all_goals: props.address.embed && props.address.controls == Some(Controls::None),
        onsay: use_door(lang, props, &state, step),
    };
    html! {
        <>
            { pane(lang, &shown) }
            <p class="vh" role="status" aria-live="polite" data-view="news">
                { (*announcement).clone() }
                { state.refused.as_ref().map(|why| lang.f("co-refused", &[("why", why.clone().into())])) }
            </p>
        </>
    }
}

/// The page's action with this name, if it has one; the lab plays the others.
fn by_door(lesson: &Lesson, name: &str) -> Option<Intent> {
    let known = ["standalone", "engine", "replica-set"];
    let own = lesson.course.actions.contains_key(name);
    let world = lesson.topology.split(':').next().unwrap_or_default();
    Intent::by_name(name).filter(|_| !own && known.contains(&world))
}

fn ways(lang: Lang, props: &StepsProps, lesson: &Lesson) -> Ways {
    let at = |lesson: &str, view: Option<&str>| {
        let to = Address {
            lesson: Some(lesson.to_owned()),
            view: view.map(str::to_owned),
            ..at_home(&props.address)
        };
        format!("?{}", to.over(""))
    };
    Ways {
        home: (!props.address.embed).then(|| home_link(&props.address)),
        next: next_lesson(lang, &lesson.slug).map(|next| (at(&next.slug, None), next.title.clone())),
        print: at(&lesson.slug, Some("print")),
    }
}

/// The stored account of the lesson, updated with the facts of the run. While the lesson starts over, the page may
/// still hold facts of the run before, which do not count any more.
#[hook]
fn use_account(lesson: &'static Lesson, facts: &Option<LessonFacts>, state: &StepsState) -> Rc<Account> {
    let over = state.over.clone();
    use_memo((facts.clone(), *state.changes), move |(facts, _)| match facts {
        Some(facts) if over.get().is_none_or(|before| marks(facts) < before) => {
            over.set(None);
            record::note(lesson, facts)
        }
        _ => record::account(&lesson.slug),
    })
}

/// How many goals are met and choices are made.
fn marks(facts: &LessonFacts) -> usize {
    facts.goals.iter().filter(|goal| goal.met).count()
        + facts.steps.iter().filter(|step| step.chosen.is_some()).count()
}

/// Opens the step that the address names, or the one at which the learner stopped, once the run is open; a lesson that
/// was finished starts over with a new run.
#[hook]
fn use_resume(
    lesson: &'static Lesson,
    named: Option<u32>,
    facts: &Option<LessonFacts>,
    account: &Rc<Account>,
    state: &StepsState,
) {
    let (facts, account, state) = (facts.clone(), account.clone(), state.clone());
    use_effect_with(facts.is_some(), move |there| {
        let Some(facts) = facts.filter(|_| *there && state.step.is_none()) else { return };
        if account.complete() && marks(&facts) == 0 {
            record::change_account(&lesson.slug, Account::start_over);
            state.changes.set(*state.changes + 1);
            state.step.set(Some(named.unwrap_or(0) as usize));
        } else if let Some(named) = named {
            state.step.set(Some(named as usize));
        } else {
            // A kept run may be further than the visible step, never the other way round.
            state.step.set(Some((account.step as usize).max(facts.step as usize)));
        }
    });
}

/// Scrolls to a lesson's beginning when it is opened, and to a step's title when the learner goes to another step.
#[hook]
fn use_view(slug: String, step: usize, there: bool) {
    let last = use_mut_ref(|| None::<usize>);
    use_effect_with(slug, |_| {
        if let Some(window) = web_sys::window() {
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
    use_effect_with((step, there), move |&(step, there)| {
        // The step at which a run is resumed was not chosen by the learner.
        let before = if there { last.replace(Some(step)) } else { None };
        if before.is_some_and(|before| before != step) {
            let document = web_sys::window().and_then(|window| window.document());
            let find = |selector: &str| document.as_ref().and_then(|it| it.query_selector(selector).ok()?);
            // The stage begins with what every step is about; an answer to the last step is further down.
            if let Some(stage) = find("main.stage-doc") {
                stage.set_scroll_top(0);
            }
            if let Some(title) = find(".lesson .h-title") {
                title.scroll_into_view_with_bool(true);
            }
        }
    });
}

/// Scrolls to what the learner's last click added to the pane: a hint, a refusal, the solution in progress, the summary
/// of the lesson.
#[hook]
fn use_revealed(hints: usize, refused: &Option<String>, shows: bool, complete: bool) {
    use_effect_with(shows, |shows| {
        if *shows {
            reveal(".lesson [data-view=playing]");
        }
    });
    use_effect_with(hints, |hints| {
        if *hints > 0 {
            reveal(".lesson .hint");
        }
    });
    use_effect_with(refused.clone(), |refused| {
        if refused.is_some() {
            reveal(".lesson [data-view=refused]");
        }
    });
    let before = use_mut_ref(|| None::<bool>);
    use_effect_with(complete, move |complete| {
        // A lesson that was finished before begins at its first step.
        if before.replace(Some(*complete)) == Some(false) {
            reveal(".lesson [data-view=finished]");
        }
    });
}

/// Records the time that the lesson is open and visible.
#[hook]
fn use_minutes(lesson: &'static Lesson) {
    use_effect_with(lesson.slug.clone(), move |slug| {
        let slug = slug.clone();
        let timer = Interval::new(TICK_S as u32 * 1_000, move || {
            let document = web_sys::window().and_then(|window| window.document());
            if document.is_some_and(|document| !document.hidden()) && !rests() {
                record::change_account(&slug, |account| account.seconds += TICK_S);
            }
        });
        move || drop(timer)
    });
}

/// What has changed since the last time, as sentences.
#[hook]
fn use_announcement(lang: Lang, guided: Guided, account: &Rc<Account>) -> Rc<String> {
    let before = use_mut_ref(|| None::<Rc<Account>>);
    let announcement = use_mut_ref(Rc::<String>::default);
    let said_in = use_mut_ref(|| lang);
    // What was announced in another language is not repeated in this one, and does not stay.
    if said_in.replace(lang) != lang {
        announcement.take();
    }
    let last = before.borrow().clone();
    if !last.as_ref().is_some_and(|last| last == account) {
        let news = last.map(|last| news(lang, guided.text, &last, account)).unwrap_or_default();
        if !news.is_empty() {
            announcement.replace(Rc::new(news.join(" ")));
        }
        before.replace(Some(account.clone()));
    }
    announcement.borrow().clone()
}

/// Sentences for the changes.
pub(super) fn news(lang: Lang, text: &LessonText, before: &Account, now: &Account) -> Vec<String> {
    let mut news = Vec::new();
    for goal in now.goals.iter().filter(|goal| !before.goals.contains(goal)) {
        let goal = text.goals.get(goal).unwrap_or(goal);
        news.push(lang.f("co-news-goal", &[("goal", goal.as_str().into())]));
    }
    for (step, prediction) in now.predictions.iter() {
        let known = before.predictions.get(step).is_some_and(|before| before.came.is_some());
        let Some(came) = prediction.came.as_ref().filter(|_| !known) else { continue };
        let came: Vec<String> = came.iter().map(|id| label(text, step, id)).collect();
        let what = if came.is_empty() { lang.t("co-came-none") } else { came.join(", ") };
        news.push(lang.f("co-news-came", &[("what", what.into())]));
    }
    for (step, given) in now.answers.iter() {
        if before.answers.get(step) != Some(given) {
            let right = now.steps.contains(step);
            news.push(lang.t(if right { "co-news-right" } else { "co-news-wrong" }));
        }
    }
    if now.complete() && !before.complete() {
        news.push(lang.t("co-news-finished"));
    }
    news
}

/// The single entry point for the learner's requests to the pane.
#[hook]
fn use_door(lang: Lang, props: &StepsProps, state: &StepsState, step: usize) -> Callback<Say> {
    let (session, address, state) = (props.session.clone(), props.address.clone(), state.clone());
    let (onintent, onopen, lesson) = (props.onintent.clone(), props.onopen.clone(), props.guided.lesson);
    let id = lesson.steps[step].id.clone();
    let marked = props.now.as_ref().and_then(|now| now.lesson.as_ref()).map(marks);
    Callback::from(move |say: Say| {
        let ask = |command: Command| ask(lang, &session, &state, command);
        let go = |to: usize| {
            state.step.set(Some(to.min(lesson.steps.len() - 1)));
            state.hints.set(0);
            state.refused.set(None);
            state.note.set(None);
            record::change_account(&lesson.slug, |account| account.step = to as u32);
        };
        match say {
            Say::Step(to) => go(to),
            Say::Read(at) => {
                ask(Command::Control(Control::Read { step: id.clone() }));
                record::change_account(&lesson.slug, |account| {
                    join(&mut account.steps, std::slice::from_ref(&id))
                });
                state.changes.set(*state.changes + 1);
                if at + 1 < lesson.steps.len() {
                    go(at + 1);
                }
            }
            Say::Predict(choose) => ask(Command::Control(Control::Predict { step: id.clone(), choose })),
            Say::Sure(percent) => {
                record::change_account(&lesson.slug, |account| account.state(&id, percent));
                state.changes.set(*state.changes + 1);
            }
            Say::Explain(choose) => ask(Command::Control(Control::Explain { step: id.clone(), choose })),
            Say::Refute(choose) => onopen.emit(Address {
                lesson: Some(format!("{}#{id}.{choose}", lesson.slug)),
                speed: address.speed,
                // A run that refutes is never kept; whether the lesson's is, it remembers for the way back.
                kept: address.kept.filter(|kept| !kept),
                ..at_home(&address)
            }),
            Say::Act(name) => match by_door(lesson, name) {
                Some(intent) => onintent.emit(intent),
                None => ask(Command::Control(Control::Act { name: name.to_owned() })),
            },
            Say::Use(command) => ask(*command),
            Say::Hint => state.hints.set(*state.hints + 1),
            Say::ShowMe => {
                record::change_account(&lesson.slug, |account| account.helped = true);
                state.changes.set(*state.changes + 1);
                session.pace(Pace::Play);
                show_me(lang, &session, &state, id.clone());
            }
            Say::AskReset(asks) => state.asking.set(asks),
            Say::Reset => {
                if by_keys() {
                    back_to_the_title();
                }
                state.asking.set(false);
                state.over.set(marked.filter(|marks| *marks > 0));
                record::change_account(&lesson.slug, Account::start_over);
                go(0);
                state.changes.set(*state.changes + 1);
                let (session, over) = (session.clone(), state.over.clone());
                spawn_local(async move {
                    // A kept run cannot go back; it starts over on empty disks.
                    if let Answer::Refused { .. } = session.execute(Command::Control(Control::Reset)).await {
                        session.erase();
                    }
                    // Facts of the new run have come by then, however soon it met as many goals as the one before.
                    TimeoutFuture::new(OVER_MS).await;
                    over.set(None);
                });
            }
            Say::Free(on) => ask(Command::Control(Control::FreePlay { on })),
        }
    })
}

/// Shows the rest of a step. The solution was checked from the lesson's beginning; after an action that it does not
/// expect, it is shown from there.
fn show_me(lang: Lang, session: &Session, state: &StepsState, step: String) {
    // These do not mean that the solution fails.
    const NO_FAULT: [&str; 6] =
        ["interrupted", "no_solution", "unplugged", "reopened", "panicked", "nothing_open"];
    let (session, state, keys) = (session.clone(), state.clone(), by_keys());
    spawn_local(async move {
        state.refused.set(None);
        let command = Command::Control(Control::ShowMe { step: Some(step) });
        let mut answer = session.execute(command.clone()).await;
        if let Answer::Refused { code, .. } = &answer
            && !NO_FAULT.contains(&code.as_str())
        {
            state.note.set(Some(lang.t("co-show-again")));
            if let Answer::Refused { .. } = session.execute(Command::Control(Control::Reset)).await {
                // A kept run cannot go back; it starts over on empty disks.
                session.erase();
                drop(session.settled(session.opening()).await);
            }
            session.pace(Pace::Play);
            answer = session.execute(command).await;
        }
        state.refused.set(refusal_of(lang, answer));
        // Its button is gone when the step is done.
        if keys {
            back_to_the_title();
        }
    });
}

/// The refusal in an answer, in words for the learner.
fn refusal_of(lang: Lang, answer: Answer) -> Option<String> {
    match answer {
        // These are not refusals to a learner: a wrong answer is shown as one, and an action of the learner's ends the
        // playback.
        Answer::Refused { code, .. } if ["refuted", "interrupted"].contains(&code.as_str()) => None,
        Answer::Refused { code, .. } if code == "not_in_this_lesson" => Some(lang.t("co-not-allowed")),
        Answer::Refused { code, error, .. } => Some(refused(lang, &code, &error)),
        _ => None,
    }
}

/// Sends a command to the run, and shows a refusal.
fn ask(lang: Lang, session: &Session, state: &StepsState, command: Command) {
    let (session, state) = (session.clone(), state.clone());
    spawn_local(async move {
        let answer = session.execute(command).await;
        state.note.set(None);
        state.refused.set(refusal_of(lang, answer));
    });
}
