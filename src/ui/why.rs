//! Why something happened: the chain of its causes as sentences, with ways to go there and to try something else.
//!
//! Guarantees: every line is a part of this run, from the trace itself; a change runs on a branch of its own and is
//! compared with the line that was left. Leaves out: finding causes (`facade`'s `why`), and the path on the stage
//! (`cluster::path`).

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::icons::ic;
use super::keys::closing;
use super::narrate::sentence;
use super::schedule::command;
use super::time_travel::TimeTravel;
use super::timeline::moment_text;
use super::worlds::{self, Kinds};
use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::causes::{Because, Cause, Chain};
use quorum_facade::change::Change;
use quorum_facade::{Answer, Command, Control, Event, MessageKind, Snapshot};
use quorum_i18n::{Lang, say_known};
use quorum_types::{Micros, NodeId};

/// A chain of causes, and the run's state when it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Explained {
    chain: Chain,
    now: Rc<Snapshot>,
}

/// Asks why, and tries changes.
#[derive(Clone)]
pub(crate) struct Why {
    session: Session,
    travel: TimeTravel,
    /// The chain that is shown.
    pub(crate) shown: UseStateHandle<Option<Rc<Explained>>>,
}

/// The page's questions for causes.
#[hook]
pub(crate) fn use_why(session: &Session, travel: &TimeTravel) -> Why {
    Why { session: session.clone(), travel: travel.clone(), shown: use_state_eq(|| None) }
}

impl Why {
    /// Asks why an event happened; `refused` is called with a refusal's code and words.
    pub(crate) fn ask(&self, event: &Event, refused: Callback<(String, String)>) {
        let Some(now) = self.session.moment() else { return };
        self.session.pace(Pace::Hold);
        let (kind, node, t_us) = (Some(word(event)), event.node, Some(event.t_us));
        let why = self.clone();
        spawn_local(async move {
            match why.session.execute(Command::Control(Control::Why { kind, node, t_us })).await {
                Answer::Why { chain, .. } => why.shown.set(Some(Rc::new(Explained { chain, now }))),
                Answer::Refused { code, error, .. } => refused.emit((code, error)),
                _ => {}
            }
        });
    }

    /// Tries a change at a cause, and compares the branch with the line that was left.
    pub(crate) fn try_change(&self, place: usize, change: Change, refused: Callback<(String, String)>) {
        let shown = self.shown.as_ref().map(Rc::clone);
        let Some(cause) = shown.as_ref().and_then(|shown| shown.chain.causes.get(place)) else { return };
        let left = self.session.moment().and_then(|now| now.timeline.as_ref().map(|timeline| timeline.line));
        let (steps, commands, t_us) = (cause.steps, cause.commands, cause.t_us);
        let why = self.clone();
        spawn_local(async move {
            match why.travel.ask(Control::WhatIf { change, steps, commands }).await {
                Answer::Refused { code, error, .. } => refused.emit((code, error)),
                _ => {
                    why.shown.set(None);
                    why.travel.compare(Some(left.unwrap_or_default()), Some((change, t_us)), refused);
                }
            }
        });
    }

    /// Closes the chain.
    pub(crate) fn close(&self) {
        self.shown.set(None);
    }
}

fn word(event: &Event) -> String {
    quorum_lesson::field_visitor::tag(&event.kind, str::to_owned)
}

/// What the dialog needs besides the chain.
pub(crate) struct WhyProps {
    /// The dialog.
    pub(crate) place: NodeRef,
    /// Whether the run has one node.
    pub(crate) alone: bool,
    /// What narration needs to know of the run.
    pub(crate) kinds: Kinds,
    /// Called with the moment to go to; the dialog closes.
    pub(crate) onseek: Callback<Micros>,
    /// Called with a cause's position in the chain, and a change to try.
    pub(crate) onchange: Callback<(usize, Change)>,
    /// Called when it closes.
    pub(crate) onclose: Callback<()>,
}

/// The chain of causes of an event.
pub(crate) fn why_dialog(lang: Lang, explained: &Explained, props: &WhyProps) -> Html {
    let onclose = props.onclose.reform(|_: web_sys::Event| ());
    let causes = &explained.chain.causes;
    let asked = causes.first().and_then(|cause| cause.event.as_ref());
    let title = match asked.map(|event| event_text(lang, event, props)) {
        Some(what) => lang.f("cause-ask-of", &[("what", what.into())]),
        None => lang.t("cause-ask"),
    };
    html! {
        <dialog ref={props.place.clone()} class="pop why" aria-label={title.clone()} data-view="why" {onclose}>
            <div class="pop-h">
                <h2>{ title }</h2>
                <button class="iconbtn" type="button" aria-label={lang.t("close")} onclick={closing(&props.place)}>
                    { ic("cross") }
                </button>
            </div>
            <div class="why-two">
                if let Some(views) = worlds::replica_set().filter(|_| worlds::has_picture(&explained.now)) {
                    <figure class="why-p">{ (views.path)(lang, &explained.now, &explained.chain) }</figure>
                }
                <ol class="why-l">
                    { for causes.iter().enumerate().map(|(place, cause)| one(lang, place, cause, props)) }
                </ol>
            </div>
            if !explained.chain.complete { <p class="fine">{ lang.t("cause-cut") }</p> }
            <p class="fine">{ lang.t("cause-one-of-several") }</p>
        </dialog>
    }
}

/// A link of the chain.
fn one(lang: Lang, place: usize, cause: &Cause, props: &WhyProps) -> Html {
    let days = worlds::in_days(&props.kinds);
    let time = moment_text(lang, days, cause.t_us);
    let t_us = cause.t_us;
    let go = lang.f("narration-go", &[("t", time.clone().into())]);
    let try_one = |change: &Change| {
        let change = *change;
        let onclick = props.onchange.reform(move |_: MouseEvent| (place, change));
        html! {
            <button class="btn why-if" type="button" data-act="what-if" {onclick}>
                { ic("fork") }{ change_text(lang, change) }
            </button>
        }
    };
    html! {
        <li class="why-c" data-because={because_word(cause.because)}>
            <p class="why-b">
                { because_text(lang, cause.because) }
                <button class="say-at num" type="button" data-act="seek-to" aria-label={go}
                    onclick={props.onseek.reform(move |_: MouseEvent| t_us)}>{ time }</button>
            </p>
            <p class="why-s">{ cause_text(lang, cause, props) }</p>
            { for cause.changes.iter().map(try_one) }
        </li>
    }
}

fn because_word(because: Because) -> &'static str {
    match because {
        Because::Asked => "asked",
        Because::Step => "step",
        Because::Message => "message",
        Because::Sync => "sync",
        Because::Scheduled => "scheduled",
        Because::Silence => "silence",
        Because::Follows => "follows",
    }
}

/// How a cause led to the previous link.
fn because_text(lang: Lang, because: Because) -> String {
    lang.f(&format!("because-{}", because_word(because)), &[])
}

/// A change to try, in words.
fn change_text(lang: Lang, change: Change) -> String {
    match change {
        Change::DropMessage { .. } => lang.t("what-if-drop"),
        Change::DelayTimer { us, .. } => lang.f("what-if-delay", &[("time", super::format::span(us).into())]),
        Change::WithoutCommand => lang.t("what-if-without"),
    }
}

/// A cause as a sentence.
fn cause_text(lang: Lang, cause: &Cause, props: &WhyProps) -> Html {
    if let Some(event) = &cause.event {
        return html! { { event_text(lang, event, props) } };
    }
    if let Some(given) = &cause.command {
        return html! { <>{ lang.t("cause-command") }{ " " }{ command(lang, given) }</> };
    }
    let node = cause.node.map(|node| who(lang, node, props)).unwrap_or_default();
    let text = match (cause.word.as_str(), cause.from) {
        ("message", Some(from)) => {
            let days = worlds::in_days(&props.kinds);
            let sent = moment_text(lang, days, cause.sent_us.unwrap_or_default());
            let kind =
                cause.kind.map(|kind| message_text(lang, kind)).unwrap_or_else(|| lang.t("cause-a-message"));
            lang.f(
                "cause-message",
                &[
                    ("what", kind.into()),
                    ("from", who(lang, from, props).into()),
                    ("to", node.into()),
                    ("sent", sent.into()),
                ],
            )
        }
        (word, _) => {
            let key = if node.is_empty() { format!("cause-run-{word}") } else { format!("cause-{word}") };
            say_known(lang, &key.replace('_', "-"), &[("node", node.into())])
                .unwrap_or_else(|| word.to_owned())
        }
    };
    html! { { text } }
}

/// An event as a sentence; where narration has none, its name and its node.
fn event_text(lang: Lang, event: &Event, props: &WhyProps) -> String {
    let told =
        worlds::sentence(lang, event, &props.kinds).unwrap_or_else(|| sentence(lang, event, props.alone));
    if !told.is_empty() {
        return told;
    }
    let kind = word(event);
    let what = say_known(lang, &format!("co-ev-{kind}"), &[]).unwrap_or(kind);
    match event.node {
        Some(node) => {
            lang.f("cause-event", &[("what", what.into()), ("node", who(lang, node, props).into())])
        }
        None => what,
    }
}

/// A node, a pod or the client by name.
fn who(lang: Lang, node: NodeId, props: &WhyProps) -> String {
    match node {
        0 => lang.t("who-client"),
        _ if props.alone => lang.t("cause-engine"),
        _ => worlds::node_name(lang, node, &props.kinds),
    }
}

/// The kind of a message between nodes, by its name in the Raft paper.
fn message_text(lang: Lang, kind: MessageKind) -> String {
    let word = quorum_lesson::field_visitor::tag(&kind, str::to_owned).replace('_', "-");
    lang.f(&format!("cause-msg-{word}"), &[])
}
