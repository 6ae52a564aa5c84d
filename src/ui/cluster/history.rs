//! What the clients of a replica set saw: their operations as bars, and an order that explains them or why none does.
//!
//! Guarantees: bars, numbers and verdict are one answer of the running world, and say up to when; outcomes differ in
//! pattern, not only in colour; a table says all that the bars do. Leaves out: the search (`quorum_linearize`).

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::ui::focus::focus_on;
use crate::ui::format::{clock, px, span};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::inspect::{Looking, table};
use crate::ui::use_lang;
use crate::web::session::Session;
use quorum_facade::history::{Found, History, Outcome, SeenAsk, SeenOp, Verdict, Why, WhyCause};
use quorum_facade::{Answer, Command, Control};
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// Operations shown.
const LAST: u64 = 40;
/// Shortest time between two questions, in milliseconds.
const ASK_MS: u32 = 250;
/// Width of the picture, and height of a row of bars.
const WIDTH: f64 = 320.0;
const ROW: f64 = 28.0;
/// Height of the axis.
const AXIS: f64 = 18.0;
/// A number needs this much room.
const NUMBER: f64 = 18.0;
/// The mix that a client gets when it shall read and write registers.
const MIX: [(&str, u64); 4] =
    [("client_reads", 50), ("client_puts", 35), ("client_swaps", 15), ("client_interval_ms", 200)];

/// An answer, and the moment of it.
#[derive(Clone, PartialEq)]
struct Shown {
    history: History,
    t_us: Micros,
}

/// The panel.
#[component]
pub(crate) fn Clients(props: &Looking) -> Html {
    let lang = use_lang();
    let open = use_state_eq(|| false);
    let live = use_state_eq(|| None::<Rc<Shown>>);
    // An order that was found stays until the reader goes on: its numbers belong to that moment.
    let found = use_state_eq(|| None::<Rc<Shown>>);
    let searching = use_state_eq(|| false);
    let follower = use_memo(props.session.clone(), |session| Follower::new(session.clone()));
    {
        let (live, follower) = (live.setter(), Rc::clone(&follower));
        let moment = (props.now.t_us, props.now.digest.clone());
        let follows = *open && found.is_none() && props.running;
        use_effect_with((follows, moment), move |(follows, _)| {
            if *follows {
                follower.follow(live);
            }
        });
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let find = {
        let (session, found, searching) = (props.session.clone(), found.setter(), searching.clone());
        let can = props.running && !*searching;
        Callback::from(move |_: MouseEvent| {
            if !can {
                return;
            }
            searching.set(true);
            let (session, found, searching) = (session.clone(), found.clone(), searching.setter());
            spawn_local(async move {
                if let Some(shown) = ask(&session, true).await {
                    found.set(Some(Rc::new(shown)));
                    // By then the verdict is drawn; the focus brings it into view.
                    Timeout::new(50, || focus_on(".hist [role=status]")).forget();
                }
                searching.set(false);
            });
        })
    };
    let follow = {
        let found = found.clone();
        Callback::from(move |_: MouseEvent| found.set(None))
    };
    let shown = (*found).clone().or_else(|| (*live).clone());
    let mixes = props.running && props.now.lesson.is_none();
    html! {
        <section class="gauge hist" data-view="history" data-open={open.to_string()}>
            <h2 class="h-inst">{ lang.t("hi-title") }</h2>
            <button class="btn" type="button" data-act="history" aria-expanded={open.to_string()} onclick={toggle}>
                { ic("list") }{ if *open { lang.t("hi-close") } else { lang.t("hi-open") } }
            </button>
            if *open {
                <p class="fine">{ lang.t("hi-what") }</p>
                if let Some(shown) = shown {
                    { picture(lang, &shown) }
                    <div class="row hist-b">
                        <button class="btn btn-pri" type="button" data-act="find-order" onclick={find}
                            aria-disabled={inert(!props.running || *searching)}>
                            { ic("hint") }{ if *searching { lang.t("hi-finding") } else { lang.t("hi-find") } }
                        </button>
                        if found.is_some() {
                            <button class="btn" type="button" data-act="history-follow" onclick={follow}>
                                { lang.t("hi-follow") }
                            </button>
                        }
                    </div>
                    <div role="status" tabindex="-1">
                        if let Some(verdict) = &shown.history.verdict { { verdict_text(lang, verdict, shown.t_us) } }
                    </div>
                    if mixes && only_inserts(&shown.history) { { mixer(lang, &props.session) } }
                    { twin(lang, &shown.history) }
                } else {
                    <p class="fine">{ lang.t("in-wait") }</p>
                }
            }
        </section>
    }
}

/// Asks for the last operations; none if the run does not answer.
async fn ask(session: &Session, find: bool) -> Option<Shown> {
    let command = Command::Control(Control::History { last: LAST, find });
    match session.execute(command).await {
        Answer::History { history, t_us, .. } => Some(Shown { history: *history, t_us }),
        _ => None,
    }
}

/// Asks again as the run changes, one question at a time and not too often.
struct Follower {
    session: Session,
    busy: Cell<bool>,
    again: Cell<bool>,
}

impl Follower {
    fn new(session: Session) -> Self {
        Self { session, busy: Cell::new(false), again: Cell::new(false) }
    }

    fn follow(self: &Rc<Self>, show: UseStateSetter<Option<Rc<Shown>>>) {
        self.again.set(true);
        if self.busy.replace(true) {
            return;
        }
        let follower = Rc::clone(self);
        spawn_local(async move {
            while follower.again.replace(false) {
                if let Some(shown) = ask(&follower.session, false).await {
                    show.set(Some(Rc::new(shown)));
                }
                TimeoutFuture::new(ASK_MS).await;
            }
            follower.busy.set(false);
        });
    }
}

/// Whether no operation concerns a register.
fn only_inserts(history: &History) -> bool {
    history.ops.iter().all(|op| op.ask == SeenAsk::Insert)
}

/// Makes the client read and write registers.
fn mixer(lang: Lang, session: &Session) -> Html {
    let session = session.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        let session = session.clone();
        spawn_local(async move {
            for (name, value) in MIX {
                let set = Control::Set { name: name.to_owned(), value };
                session.execute(Command::Control(set)).await;
            }
        });
    });
    html! {
        <div class="note">
            <p>{ lang.t("hi-only-inserts") }</p>
            <p class="row">
                <button class="btn" type="button" data-act="client-mix" {onclick}>{ lang.t("hi-mix") }</button>
            </p>
        </div>
    }
}

// --- the picture

/// Maps moments to the picture.
struct Scale {
    first: Micros,
    last: Micros,
}

impl Scale {
    fn of(history: &History, now: Micros) -> Self {
        let first = history.ops.iter().map(|op| op.start_us).min().unwrap_or(0);
        let last = history.ops.iter().map(|op| op.end_us.unwrap_or(now)).max().unwrap_or(now).max(now);
        Self { first, last: last.max(first + 1) }
    }

    fn x(&self, us: Micros) -> f64 {
        let part = us.clamp(self.first, self.last) - self.first;
        part as f64 / (self.last - self.first) as f64 * WIDTH
    }
}

fn picture(lang: Lang, shown: &Shown) -> Html {
    let Shown { history, t_us } = shown;
    if history.ops.is_empty() {
        return html! { <p class="fine">{ lang.t("hi-none") }</p> };
    }
    let scale = Scale::of(history, *t_us);
    let why = history.verdict.as_ref().and_then(|verdict| match &verdict.found {
        Found::Contradiction(why) => Some(&**why),
        _ => None,
    });
    let high = f64::from(history.lanes) * ROW;
    let view = format!("0 0 {} {}", px(WIDTH), px(high + AXIS));
    let bad =
        history.ops.iter().filter(|op| op.outcome != Outcome::Ok && op.outcome != Outcome::Open).count();
    let label = lang.f("hi-aria", &[("n", history.ops.len().into()), ("bad", bad.into())]);
    html! {
        <>
            <svg class="hist-p" viewBox={view} role="img" aria-label={label} data-bars={history.ops.len().to_string()}>
                { for history.ops.iter().map(|op| bar(lang, op, &scale, *t_us, why)) }
                { for numbers(history, &scale) }
                <path class="hist-ax" d={format!("M0 {y}H{w}", y = px(high + 1.0), w = px(WIDTH))} />
                <text class="hist-t" x="0" y={px(high + 15.0)}>{ format!("{} s", clock(scale.first)) }</text>
                <text class="hist-t" x={px(WIDTH)} y={px(high + 15.0)} text-anchor="end">
                    { format!("{} s", clock(scale.last)) }
                </text>
            </svg>
            { key(lang) }
            if history.begun > history.ops.len() as u64 {
                <p class="fine">
                    { lang.f("hi-cut", &[("n", history.ops.len().into()), ("of", history.begun.into())]) }
                </p>
            }
        </>
    }
}

/// The pattern of an operation's bar.
fn class_of(op: &SeenOp) -> &'static str {
    let reads = matches!(op.ask, SeenAsk::Read { .. });
    match op.outcome {
        Outcome::Ok if reads => "hb hb-read",
        Outcome::Ok => "hb hb-ok",
        Outcome::Open => "hb hb-open",
        Outcome::Refused => "hb hb-no",
        Outcome::Unknown => "hb hb-unk",
        Outcome::TimedOut => "hb hb-out",
    }
}

fn bar(lang: Lang, op: &SeenOp, scale: &Scale, now: Micros, why: Option<&Why>) -> Html {
    let (from, to) = (scale.x(op.start_us), scale.x(op.end_us.unwrap_or(now)));
    let y = f64::from(op.lane) * ROW + 13.0;
    let blamed = why.is_some_and(|why| why.op == op.op);
    let named = why.is_some_and(|why| why.ops.iter().any(|one| one.op == op.op));
    let class = classes!(class_of(op), named.then_some("hb-in"), blamed.then_some("hb-bad"));
    let (x, width) = (px(from), px((to - from).max(3.0)));
    html! {
        <g key={op.op} data-op={op.op.to_string()}>
            <title>{ format!("{} · {}", ask_text(lang, op), outcome_text(lang, op)) }</title>
            <rect {class} {x} y={px(y)} {width} height="12" rx="3" />
            if op.outcome == Outcome::Refused {
                <path class="hb-x" d={format!("M{} {}l8 8m0 -8l-8 8", px(from + 1.0), px(y + 2.0))} />
            }
            if blamed { <text class="hist-n hb-bang" x={px(to + 2.0)} y={px(y + 10.0)}>{ "!" }</text> }
        </g>
    }
}

/// The places in the order that was found, above the moments at which operations take effect; those for which there is
/// no room are in the table only.
fn numbers(history: &History, scale: &Scale) -> Vec<Html> {
    let mut free = vec![f64::NEG_INFINITY; history.lanes as usize];
    let mut drawn = Vec::new();
    for op in &history.ops {
        let Some((place, at_us)) = op.place else { continue };
        let x = scale.x(at_us).clamp(8.0, WIDTH - 8.0);
        let Some(free) = free.get_mut(op.lane as usize).filter(|free| x >= **free) else { continue };
        *free = x + NUMBER;
        let y = f64::from(op.lane) * ROW + 11.0;
        drawn.push(html! {
            <text class="hist-n" x={px(x)} y={px(y)} text-anchor="middle" data-place={place.to_string()}>
                { place }
            </text>
        });
    }
    drawn
}

/// What the patterns mean.
fn key(lang: Lang) -> Html {
    let one = |class: &'static str, text: String| {
        html! {
            <li><svg viewBox="0 0 24 14" aria-hidden="true">
                <rect class={classes!("hb", class)} x="1" y="1" width="22" height="12" rx="3" />
                if class == "hb-no" { <path class="hb-x" d="M2 3l8 8m0 -8l-8 8" /> }
            </svg>{ text }</li>
        }
    };
    html! {
        <ul class="hist-k">
            { one("hb-ok", lang.t("hi-k-write")) }
            { one("hb-read", lang.t("hi-k-read")) }
            { one("hb-unk", lang.t("hi-unknown")) }
            { one("hb-out", lang.t("hi-timed-out")) }
            { one("hb-no", lang.t("hi-refused")) }
            { one("hb-open", lang.t("hi-running")) }
        </ul>
    }
}

// --- words

/// An operation in words.
fn ask_text(lang: Lang, op: &SeenOp) -> String {
    let name = |key: u64| format!("r{key}");
    match op.ask {
        SeenAsk::Insert => lang.f("hi-insert", &[("op", op.op.into())]),
        SeenAsk::Put { key, value } => {
            lang.f("hi-put", &[("key", name(key).into()), ("value", value.into())])
        }
        SeenAsk::Swap { key, from, to, swapped } => {
            let args =
                [("key", name(key).into()), ("from", value_text(lang, from).into()), ("to", to.into())];
            match swapped {
                Some(false) => lang.f("hi-swap-not", &args),
                _ => lang.f("hi-swap", &args),
            }
        }
        SeenAsk::Read { key, value: Some(value) } => {
            lang.f("hi-read", &[("key", name(key).into()), ("value", value_text(lang, value).into())])
        }
        SeenAsk::Read { key, value: None } => lang.f("hi-reads", &[("key", name(key).into())]),
    }
}

/// A value; 0 stands for a register that was never written.
fn value_text(lang: Lang, value: u64) -> String {
    if value == 0 { lang.t("hi-unset") } else { grouped(value) }
}

fn outcome_text(lang: Lang, op: &SeenOp) -> String {
    match op.outcome {
        Outcome::Ok => lang.t("hi-ok"),
        Outcome::Open => lang.t("hi-running"),
        Outcome::Refused => lang.t("hi-refused"),
        Outcome::Unknown => lang.t("hi-unknown"),
        Outcome::TimedOut => lang.t("hi-timed-out"),
    }
}

fn verdict_text(lang: Lang, verdict: &Verdict, t_us: Micros) -> Html {
    let at = format!("{} s", clock(t_us));
    let (class, word, text) = match &verdict.found {
        Found::Order if verdict.checked == 0 => ("note", "none", lang.t("hi-v-none")),
        Found::Order => {
            let args = [("n", verdict.checked.into()), ("at", at.into())];
            ("note", "linearizable", lang.f("hi-v-order", &args))
        }
        Found::GaveUp { key } => {
            let args = [("n", verdict.checked.into()), ("key", format!("r{key}").into())];
            ("note note-open", "gave-up", lang.f("hi-v-gave-up", &args))
        }
        Found::Contradiction(why) => ("note note-gone", "contradiction", why_text(lang, why)),
    };
    let listed = match &verdict.found {
        Found::Contradiction(why) => &why.ops[..],
        _ => &[],
    };
    html! {
        <div {class} data-verdict={word}>
            <p>{ text }</p>
            if !listed.is_empty() {
                <ol class="hist-w">
                    { for listed.iter().map(|op| html! {
                        <li key={op.op}>
                            { format!("{} · {} · {}", ask_text(lang, op), when(op), outcome_text(lang, op)) }
                        </li>
                    }) }
                </ol>
            }
        </div>
    }
}

/// Why no order explains the answers, in a sentence.
fn why_text(lang: Lang, why: &Why) -> String {
    let find = |op: u64| why.ops.iter().find(|seen| seen.op == op);
    let Some(blamed) = find(why.op) else { return lang.t("hi-why-together") };
    let blamed_text: String = ask_text(lang, blamed);
    let when: String = when(blamed);
    match why.cause {
        WhyCause::Overwritten { by } => match find(by) {
            Some(by) => {
                let ended = by.end_us.unwrap_or(by.start_us);
                let args = [
                    ("op", blamed_text.into()),
                    ("when", when.into()),
                    ("by", ask_text(lang, by).into()),
                    ("at", format!("{} s", clock(ended)).into()),
                ];
                lang.f("hi-why-stale", &args)
            }
            None => lang.t("hi-why-together"),
        },
        WhyCause::NeverWritten => {
            lang.f("hi-why-never", &[("op", blamed_text.into()), ("when", when.into())])
        }
        WhyCause::NotYetWritten => {
            lang.f("hi-why-early", &[("op", blamed_text.into()), ("when", when.into())])
        }
        WhyCause::Together => lang.f("hi-why-last", &[("op", blamed_text.into()), ("when", when.into())]),
    }
}

/// When an operation was in progress.
fn when(op: &SeenOp) -> String {
    match op.end_us {
        Some(end) => format!("{}–{} s", clock(op.start_us), clock(end)),
        None => format!("{}– s", clock(op.start_us)),
    }
}

/// The same as a table.
fn twin(lang: Lang, history: &History) -> Html {
    let row = |op: &SeenOp| {
        let took = op.end_us.map(|end| span(end - op.start_us)).unwrap_or_default();
        let node = op.node.map(|node| format!("S{node}")).unwrap_or_default();
        let place = op.place.map(|(place, _)| grouped(u64::from(place))).unwrap_or_default();
        let cells = vec![
            html! { { ask_text(lang, op) } },
            html! { { format!("{} s", clock(op.start_us)) } },
            html! { { took } },
            html! { { node } },
            html! { { outcome_text(lang, op) } },
            html! { { place } },
        ];
        ("", cells)
    };
    let columns = vec![
        lang.t("hi-c-what"),
        lang.t("hi-c-began"),
        lang.t("hi-c-took"),
        lang.t("hi-c-node"),
        lang.t("hi-c-outcome"),
        lang.t("hi-c-place"),
    ];
    html! {
        <details class="hist-d">
            <summary>{ lang.t("hi-table") }</summary>
            { table(lang.t("hi-title"), columns, history.ops.iter().map(row).collect()) }
        </details>
    }
}
