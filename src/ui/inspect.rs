//! What inspectors of all worlds have in common: asking the worker, the frame, rows of figures, a message.
//!
//! An inspector shows what one thing holds. It asks the running world, at most four times a second, and again after
//! every change while time stands still; it derives nothing from what is drawn. Guarantees: an answer to an earlier
//! question is never shown under a later one; what is gone is said to be gone. Leaves out: what nodes, pods and regions
//! hold (the inspectors of the worlds).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::cluster::Pick;
use super::format::{clock, span};
use super::icons::ic;
use super::narrate::message_word;
use crate::web::session::Session;
use quorum_facade::inspect::{Inspected, Target};
use quorum_facade::messages::{Field, FieldName, FieldValue, MessageDetail};
use quorum_facade::{Answer, Command, MessageKind, Snapshot};
use quorum_i18n::{Lang, grouped};
use quorum_types::{Micros, NodeId};

/// Shortest time between two questions, in milliseconds.
const ASK_MS: u32 = 250;

/// The inputs of an inspector.
#[derive(Clone, Properties, PartialEq)]
pub(crate) struct Looking {
    /// The session to ask.
    pub(crate) session: Session,
    /// The run.
    pub(crate) now: Rc<Snapshot>,
    /// What is selected.
    pub(crate) pick: Option<Pick>,
    /// Called when something else is selected.
    pub(crate) onpick: Callback<Option<Pick>>,
    /// Whether there is a worker to ask.
    pub(crate) running: bool,
}

/// The last answer about a target.
#[derive(Clone, PartialEq)]
pub(crate) struct Look {
    target: Target,
    /// What was found last; none before the first answer, or if it never existed.
    pub(crate) facts: Option<Rc<Inspected>>,
    /// Since when, in virtual time, it is gone.
    pub(crate) gone: bool,
}

/// Asks about a target as the run changes.
#[hook]
pub(crate) fn use_look(looking: &Looking, target: Option<Target>) -> Option<Look> {
    let look = use_state_eq(|| None::<Look>);
    let asker = use_memo(looking.session.clone(), |session| Asker::new(session.clone()));
    {
        let (look, asker) = (look.clone(), Rc::clone(&asker));
        let moment = (looking.now.t_us, looking.now.digest.clone());
        use_effect_with((target, moment, looking.running), move |(target, _, running)| {
            asker.want(target.filter(|_| *running), look.setter());
        });
    }
    (*look).clone().filter(|look| Some(look.target) == target)
}

/// What an inspector looks into, and how that changes.
pub(crate) struct Chosen {
    /// What it looks into.
    pub(crate) target: Option<Target>,
    /// Chooses something from a list, until something else is selected on the stage.
    pub(crate) onchoose: Callback<Target>,
    /// Closes what is chosen, or selects nothing.
    pub(crate) onclose: Callback<MouseEvent>,
}

/// What is chosen from a list, or else what the selection stands for (`own`).
#[hook]
pub(crate) fn use_chosen(looking: &Looking, own: Option<Target>) -> Chosen {
    let chosen = use_state_eq(|| None::<(Option<Pick>, Target)>);
    let pick = looking.pick;
    let target = (*chosen).filter(|(chosen_at, _)| *chosen_at == pick).map(|(_, target)| target).or(own);
    let onchoose = {
        let chosen = chosen.clone();
        Callback::from(move |target: Target| chosen.set(Some((pick, target))))
    };
    let (onpick, is_own) = (looking.onpick.clone(), target == own);
    let onclose = Callback::from(move |_: MouseEvent| {
        chosen.set(None);
        if is_own {
            onpick.emit(None);
        }
    });
    Chosen { target, onchoose, onclose }
}

/// Asks one question at a time and not too often; the last wish is always honoured.
struct Asker {
    session: Session,
    busy: Cell<bool>,
    wish: Cell<Option<Target>>,
    last: RefCell<Option<Look>>,
}

impl Asker {
    fn new(session: Session) -> Self {
        Self { session, busy: Cell::new(false), wish: Cell::new(None), last: RefCell::new(None) }
    }

    fn want(self: &Rc<Self>, target: Option<Target>, show: UseStateSetter<Option<Look>>) {
        self.wish.set(target);
        if target.is_none() || self.busy.replace(true) {
            return;
        }
        let asker = Rc::clone(self);
        spawn_local(async move {
            while let Some(target) = asker.wish.take() {
                let answer = asker.session.execute(Command::Control(target.command())).await;
                let before = asker.last.take().filter(|last| last.target == target);
                let look = match answer {
                    Answer::Inspected { facts, .. } => {
                        Look { target, facts: Some(Rc::new(*facts)), gone: false }
                    }
                    _ => Look { target, facts: before.and_then(|last| last.facts), gone: true },
                };
                asker.last.replace(Some(look.clone()));
                show.set(Some(look));
                TimeoutFuture::new(ASK_MS).await;
            }
            asker.busy.set(false);
        });
    }
}

// --- the frame

/// The frame of an inspector: its title, what stands beside it, and what closes it.
pub(crate) fn frame(
    lang: Lang,
    (title, note): (String, String),
    target: String,
    onclose: Callback<MouseEvent>,
    body: Html,
) -> Html {
    html! {
        <section class="gauge insp" data-view="inspector" data-target={target}>
            <h2 class="h-inst">{ title }<span>{ note }</span></h2>
            <button class="btn btn-quiet insp-x" type="button" data-act="inspect-close" onclick={onclose}>
                { ic("cross") }{ lang.t("in-close") }
            </button>
            { body }
        </section>
    }
}

/// An inspector that looks into nothing: a hint, and lists to choose from.
pub(crate) fn nothing(lang: Lang, hint: String, lists: Html) -> Html {
    html! {
        <section class="gauge insp" data-view="inspector" data-target="none">
            <h2 class="h-inst">{ lang.t("in-title") }</h2>
            <p class="fine">{ hint }</p>
            { lists }
        </section>
    }
}

/// What stands in place of an answer: it is on its way, or there is nothing.
pub(crate) fn waiting(lang: Lang, look: Option<&Look>) -> Html {
    let text = if look.is_some_and(|look| look.gone) { lang.t("in-gone") } else { lang.t("in-wait") };
    html! { <p class="fine">{ text }</p> }
}

/// A part of an inspector.
pub(crate) fn part(title: String, body: Html) -> Html {
    html! { <><h3 class="insp-t">{ title }</h3>{ body }</> }
}

/// Figures with their names.
pub(crate) fn figures(rows: Vec<(String, String)>) -> Html {
    html! {
        <dl class="kv">
            { for rows.into_iter().map(|(name, value)| html! {
                <div><dt>{ name }</dt><dd class="num">{ value }</dd></div>
            }) }
        </dl>
    }
}

/// A table: the names of its columns, and its rows with their class.
pub(crate) fn table(caption: String, columns: Vec<String>, rows: Vec<(&'static str, Vec<Html>)>) -> Html {
    html! {
        <div class="insp-w" role="group" aria-label={caption.clone()} tabindex="0">
            <table class="insp-tab">
                <caption class="vh">{ caption }</caption>
                <thead>
                    <tr>{ for columns.into_iter().map(|column| html! { <th scope="col">{ column }</th> }) }</tr>
                </thead>
                <tbody>
                    { for rows.into_iter().map(|(class, cells)| html! {
                        <tr {class}>{ for cells.into_iter().enumerate().map(|(at, cell)| {
                            if at == 0 { html! { <th scope="row">{ cell }</th> } } else { html! { <td>{ cell }</td> } }
                        }) }</tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// Yes or no, as a sign with its word.
pub(crate) fn sign(yes: bool, word: String) -> Html {
    html! {
        <span class={if yes { "insp-yes" } else { "insp-no" }}>
            { ic(if yes { "check" } else { "cross" }) }<span class="vh">{ word }</span>
        </span>
    }
}

/// A moment of a replica set or a cluster.
pub(crate) fn at(us: Micros) -> String {
    format!("{} s", clock(us))
}

/// How much time is left until a moment, or that it has passed.
pub(crate) fn left(lang: Lang, until: Micros, now: Micros) -> String {
    if until > now {
        lang.f("in-left", &[("left", span(until - now).into()), ("at", at(until).into())])
    } else {
        lang.f("in-over", &[("at", at(until).into())])
    }
}

// --- messages

/// A field's value in words; `node` names a node.
fn field_text(lang: Lang, field: &Field, node: &dyn Fn(NodeId) -> String) -> String {
    match field.value {
        FieldValue::Number(n) if field.name == FieldName::LeaseUs => span(n),
        FieldValue::Number(n) => grouped(n),
        FieldValue::Entry { index, term } => {
            lang.f("in-entry", &[("index", index.into()), ("term", term.into())])
        }
        FieldValue::Span { first, last } if first > last => lang.t("in-none"),
        FieldValue::Span { first, last } if first == last => grouped(first),
        FieldValue::Span { first, last } => format!("{}–{}", grouped(first), grouped(last)),
        FieldValue::Node(id) => node(id),
        FieldValue::Flag(yes) => yes_no(lang, yes),
        FieldValue::Time(us) => at(us),
    }
}

/// A yes or no.
pub(crate) fn yes_no(lang: Lang, yes: bool) -> String {
    if yes { lang.t("in-yes") } else { lang.t("in-no") }
}

/// The kind of a message of a replica set; a refusal is not called a vote.
pub(crate) fn kind_text(lang: Lang, message: MessageKind, granted: Option<bool>) -> String {
    match (message, granted) {
        (MessageKind::VoteResp | MessageKind::PrevoteResp, Some(false)) => lang.t("msg-vote-no"),
        (MessageKind::AppendResp, Some(false)) => lang.t("msg-append-no"),
        _ => message_word(lang, message),
    }
}

/// A message, field by field.
pub(crate) fn message(
    lang: Lang,
    message: &MessageDetail,
    (now, gone): (Micros, bool),
    node: &dyn Fn(NodeId) -> String,
) -> Html {
    let mut rows = vec![
        (lang.t("in-from"), node(message.from)),
        (lang.t("in-to"), node(message.to)),
        (lang.t("in-sent"), at(message.sent_us)),
        (
            lang.t("in-arrives"),
            if gone { at(message.arrives_us) } else { left(lang, message.arrives_us, now) },
        ),
        (lang.t("in-under-way"), span(message.arrives_us.saturating_sub(message.sent_us))),
    ];
    if let Some(term) = message.term {
        rows.push((lang.t("in-term"), grouped(term)));
    }
    if message.copies > 1 {
        rows.push((lang.t("in-copies"), grouped(u64::from(message.copies))));
    }
    let fields = message.fields.iter();
    rows.extend(
        fields.map(|field| {
            (lang.f(&format!("in-f-{}", field.name.word()), &[]), field_text(lang, field, node))
        }),
    );
    html! {
        <>
            if gone { <p class="note note-open" data-gone="true">{ lang.t("in-message-gone") }</p> }
            { figures(rows) }
        </>
    }
}

/// Things to look into, in a list that opens on request: there can be many, and they come and go.
pub(crate) fn folded(
    title: String,
    listed: Vec<(u64, String)>,
    data: &'static str,
    onchoose: &Callback<u64>,
) -> Html {
    let head = format!("{title} ({})", listed.len());
    html! {
        <details class="insp-d" data-list={data}>
            <summary>{ head }</summary>
            { list_of(listed, data, onchoose) }
        </details>
    }
}

/// A list of things to look into.
fn list_of(listed: Vec<(u64, String)>, data: &'static str, onchoose: &Callback<u64>) -> Html {
    let one = |(id, text): (u64, String)| {
        let onclick = onchoose.reform(move |_: MouseEvent| id);
        html! {
            <li key={id}>
                <button class="linkbtn" type="button" data-look={format!("{data}-{id}")} {onclick}>{ text }</button>
            </li>
        }
    };
    html! { <ul class="insp-l">{ for listed.into_iter().map(one) }</ul> }
}
