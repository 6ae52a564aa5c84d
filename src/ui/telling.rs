//! The run in words, at a pace that can be followed: the newest sentence for screen readers, the whole story on
//! request, and who leads, since when and what is lost.
//!
//! Guarantees: no announcement comes sooner after another than it takes to hear that one; sentences of one moment are
//! told together, and small events are counted, not told; what lies ahead of the present is not told; going back in
//! time begins to tell there. Leaves out: the sentences (`narrate`) and the answers (`answers`).

use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::answers::{answer, at};
use super::focus::focus_on;
use super::icons::ic;
use super::keys::{Key, read};
use super::narrate::sentence;
use super::story::Story;
use super::use_lang;
use super::worlds::{self, Kinds};
use crate::web::session::Session;
use quorum_facade::{Event, EventKind, NetworkEvent, RaftEvent, ServiceEvent};
use quorum_i18n::Lang;
use quorum_types::Micros;

/// How many sentences are announced at once.
const BREATH: usize = 4;
/// The shortest time between two announcements, in milliseconds.
const PACE_MS: u32 = 4_000;
/// The longest.
const SLOWEST_MS: u32 = 15_000;
/// How long a character takes to be heard: a Chinese one is a syllable.
const SYLLABLE_MS: u32 = 190;
/// See [`SYLLABLE_MS`]: one of a word that is spelled.
const LETTER_MS: u32 = 65;

/// A part of a story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breath {
    /// What is announced.
    pub text: String,
    /// Everything up to here has been told.
    pub upto_us: Micros,
}

/// How a run's events become sentences.
#[derive(Clone, PartialEq)]
pub struct Voice {
    lang: Lang,
    alone: bool,
    kinds: Kinds,
}

impl Voice {
    /// The voice for a replica set or a single engine.
    pub fn of_nodes(lang: Lang, alone: bool) -> Self {
        Self { lang, alone, kinds: Kinds::default() }
    }

    fn say(&self, event: &Event) -> String {
        worlds::sentence(self.lang, event, &self.kinds)
            .unwrap_or_else(|| sentence(self.lang, event, self.alone))
    }

    /// The next part of a story after a moment; none if all of it was announced. Events of one moment stay together.
    pub fn next(&self, story: &Story, after_us: Option<Micros>, now_us: Micros) -> Option<Breath> {
        let lang = self.lang;
        let fresh = |event: &&Event| event.t_us <= now_us && after_us.is_none_or(|after| event.t_us > after);
        let (mut said, mut small, mut upto_us) = (Vec::<(Micros, String)>::new(), 0_u64, None);
        for event in story.narrated.iter().filter(fresh) {
            let together = upto_us == Some(event.t_us);
            if said.len() >= BREATH && !together {
                break;
            }
            upto_us = Some(event.t_us);
            if is_small(&event.kind) {
                small += 1;
                continue;
            }
            let text = self.say(event);
            match said.last_mut() {
                Some((t_us, before)) if *t_us == event.t_us => {
                    *before = lang.f("tw-and", &[("a", before.as_str().into()), ("b", text.into())]);
                }
                _ => said.push((event.t_us, text)),
            }
        }
        let upto_us = upto_us?;
        let days = worlds::in_days(&self.kinds);
        let mut parts: Vec<String> = said
            .into_iter()
            .map(|(t_us, text)| {
                lang.f("tw-told", &[("t", at(lang, days, t_us).into()), ("text", text.into())])
            })
            .collect();
        if small > 0 {
            parts.push(lang.f("tw-small", &[("n", small.into())]));
        }
        Some(Breath { text: joined(lang, &parts), upto_us })
    }

    /// The newest sentence.
    fn newest(&self, story: &Story, now_us: Micros) -> Option<Breath> {
        let event = story.narrated.iter().rev().find(|event| event.t_us <= now_us)?;
        Some(Breath { text: self.say(event), upto_us: event.t_us })
    }
}

/// Sentences in a row: English ones with a space between them.
fn joined(lang: Lang, parts: &[String]) -> String {
    parts.join(if lang == Lang::En { " " } else { "" })
}

/// Events that a listener follows without: votes one by one, requests that are tried again, packets that are lost.
fn is_small(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Raft(
            RaftEvent::VoteGranted { .. } | RaftEvent::VoteRefused { .. } | RaftEvent::PreCampaigned { .. }
        ) | EventKind::Service(ServiceEvent::OpRetry { .. } | ServiceEvent::OpEnd { .. })
            | EventKind::Network(NetworkEvent::Dropped { .. })
    )
}

/// How long a text takes to be heard.
pub fn breath_ms(text: &str) -> u32 {
    let spoken = |c: char| if c.is_ascii() { LETTER_MS } else { SYLLABLE_MS };
    text.chars().map(spoken).fold(0, u32::saturating_add).clamp(PACE_MS, SLOWEST_MS)
}

/// The properties of [`Teller`].
#[derive(Properties, PartialEq)]
pub(crate) struct TellerProps {
    /// The session, for the snapshot when somebody asks.
    pub(crate) session: Session,
    /// The history of the run.
    pub(crate) story: Rc<Story>,
    /// The present: what lies ahead of it is not told.
    pub(crate) t_us: Micros,
    /// Whether the run has one node.
    pub(crate) alone: bool,
    /// For a cluster: the kinds of its pods.
    pub(crate) kinds: Kinds,
    /// What is said while there is nothing to tell.
    pub(crate) empty: &'static str,
}

/// What the box is open for.
#[derive(Clone, Debug, Default, PartialEq)]
enum Shown {
    /// It is closed.
    #[default]
    Closed,
    /// Who leads, since when, what is lost: the answer of the moment when it was asked for.
    Answer(Vec<String>),
    /// The story of the run.
    Story,
}

/// The last announcement, and whether it is part of the story.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    story: bool,
    breath: Breath,
}

/// The live region, the button, and the box for what it asks for.
#[component]
pub(crate) fn Teller(props: &TellerProps) -> Html {
    let lang = use_lang();
    let shown = use_state_eq(Shown::default);
    let tells = *shown == Shown::Story;
    let told = use_paced(props, tells);
    let ask = {
        let (shown, session, story) = (shown.clone(), props.session.clone(), props.story.clone());
        Callback::from(move |()| {
            let now = session.moment().unwrap_or_default();
            shown.set(Shown::Answer(answer(lang, &now, &story)));
        })
    };
    let open = *shown != Shown::Closed;
    let close = {
        let shown = shown.clone();
        Callback::from(move |()| {
            shown.set(Shown::Closed);
            focus_on("[data-act=who]");
        })
    };
    let tell = {
        let shown = shown.clone();
        Callback::from(move |()| shown.set(if tells { Shown::Closed } else { Shown::Story }))
    };
    use_keys([ask.clone(), tell.clone(), close.clone()], open);
    let toggle = if open { close.clone() } else { ask };
    let live = told.map_or_else(|| lang.t(props.empty), |told| told.breath.text);
    html! {
        <>
            <p class="vh" aria-live="polite" data-view="newest">if !open { { live.clone() } }</p>
            <button class="iconbtn say-more" type="button" data-act="who" title={format!("{} (A)", lang.t("tw-who"))}
                aria-label={lang.t("tw-who")} aria-keyshortcuts="A" aria-expanded={open.to_string()}
                onclick={toggle.reform(|_: MouseEvent| ())}>{ ic("say") }</button>
            <div class={classes!("say-box", open.then_some("say-all"))}>
                <div role="status" data-view="told">
                    { match &*shown {
                        Shown::Closed => Html::default(),
                        Shown::Answer(lines) => lines.iter().map(|line| html! { <p>{ line.clone() }</p> }).collect(),
                        Shown::Story => html! { <p>{ live }</p> },
                    } }
                </div>
                if open {
                    <p class="row">
                        <button class="btn btn-s" type="button" data-act="tell" aria-pressed={tells.to_string()}
                            aria-keyshortcuts="T" onclick={tell.reform(|_: MouseEvent| ())}>
                            { ic(if tells { "hold" } else { "play" }) }{ lang.t("tw-tell") }
                        </button>
                        <button class="btn btn-s" type="button" data-act="told-close"
                            onclick={close.reform(|_: MouseEvent| ())}>{ ic("cross") }{ lang.t("close") }</button>
                    </p>
                }
            </div>
        </>
    }
}

/// The last announcement. Another one follows when there has been time to hear it; who asks for the story hears it at
/// once, and from its beginning.
#[hook]
fn use_paced(props: &TellerProps, tells: bool) -> Option<Told> {
    let lang = use_lang();
    let told = use_state_eq(|| None::<Told>);
    // Counts pauses that are over, so that the effect looks again.
    let pauses = use_state_eq(|| 0_u32);
    let pause = use_mut_ref(|| None::<Timeout>);
    let voice = Voice { lang, alone: props.alone, kinds: props.kinds.clone() };
    let inputs = (props.story.clone(), props.t_us, tells, *pauses, (*told).clone(), voice);
    let setter = told.clone();
    use_effect_with(inputs, move |(story, t_us, tells, count, before, voice)| {
        let before = before.as_ref().filter(|before| before.story == *tells);
        if before.is_some() && pause.borrow().is_some() {
            return;
        }
        let after_us = before.map(|before| before.breath.upto_us.min(*t_us));
        let next = if *tells { voice.next(story, after_us, *t_us) } else { voice.newest(story, *t_us) };
        let Some(breath) = next.filter(|next| before.is_none_or(|before| before.breath != *next)) else {
            return;
        };
        let over = {
            let (pause, count) = (pause.clone(), *count);
            move || {
                *pause.borrow_mut() = None;
                pauses.set(count.wrapping_add(1));
            }
        };
        *pause.borrow_mut() = Some(Timeout::new(breath_ms(&breath.text), over));
        setter.set(Some(Told { story: *tells, breath }));
    });
    (*told).clone()
}

/// Keys: A asks, T has the story told or ends it, Escape closes.
#[hook]
fn use_keys(on: [Callback<()>; 3], open: bool) {
    let [ask, tell, close] = on;
    use_effect(move || {
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            let dialogs = document.clone();
            EventListener::new(&document, "keydown", move |event| {
                let key = event.dyn_ref::<KeyboardEvent>().and_then(read);
                // Keys belong to a dialog while one is open.
                if dialogs.query_selector("dialog[open]").ok().flatten().is_some() {
                    return;
                }
                match key {
                    Some(Key::Letter('a')) => ask.emit(()),
                    Some(Key::Letter('t')) => tell.emit(()),
                    Some(Key::Escape) if open => close.emit(()),
                    _ => {}
                }
            })
        });
        move || drop(listener)
    });
}
