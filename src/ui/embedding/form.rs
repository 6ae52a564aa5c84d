//! The choices for an embedded lab.
//!
//! Guarantees: everything is a native control with a label; a number outside its bounds is brought inside them. Leaves
//! out: what follows from the choices (`choice`), preview and code (`page`).

use wasm_bindgen::JsCast as _;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::choice::{Allowed, CONTROLS, Choice, HEIGHTS_PX, Run, WIDTHS_PX, faults_of};
use crate::web::address::{MAX_SEED, Theme};
use quorum_facade::swarm::WorldKind;
use quorum_i18n::Lang;
use quorum_lesson::list::{self, Entry};

/// The shapes of free play that are offered, with the number of nodes of a replica set.
const FREE: [(&str, u32); 7] = [
    ("standalone", 1),
    ("replica-set:3", 3),
    ("replica-set:4", 4),
    ("replica-set:5", 5),
    ("replica-set:7", 7),
    ("milvus", 0),
    ("two-regions", 0),
];

/// What a choice is changed by.
type Change = Callback<Choice>;

/// The lesson that a choice opens.
pub(super) fn lesson(lang: Lang, run: &Run) -> Option<&'static Entry> {
    let Run::Lesson(slug) = run else { return None };
    list::entries(lang.code())?.iter().find(|lesson| lesson.slug == *slug)
}

/// The title of what a choice opens.
pub(super) fn title(lang: Lang, run: &Run) -> String {
    match run {
        Run::Lesson(slug) => lesson(lang, run).map_or_else(|| slug.clone(), |lesson| lesson.title.clone()),
        Run::Topology(topology) => free_title(lang, topology),
    }
}

/// The name of a shape of free play; its topology where it has none.
fn free_title(lang: Lang, topology: &str) -> String {
    match FREE.iter().find(|(known, _)| *known == topology) {
        Some((_, 1)) => lang.t("pal-standalone"),
        Some(("milvus", _)) => lang.t("preset-milvus"),
        Some(("two-regions", _)) => lang.t("preset-regions"),
        Some((_, n)) => lang.f("home-em-set", &[("n", (*n).into())]),
        None => topology.to_owned(),
    }
}

/// The world of a run.
fn world(run: &Run) -> Option<WorldKind> {
    match run {
        Run::Lesson(slug) => WorldKind::of_kind(quorum_lesson::built_in(slug)?.world),
        Run::Topology(topology) => WorldKind::of(topology),
    }
}

/// All choices.
pub(super) fn form(lang: Lang, choice: &Choice, onchange: &Change) -> Html {
    html! {
        <form class="em-f" onsubmit={|event: SubmitEvent| event.prevent_default()}>
            { runs(lang, choice, onchange) }
            { steps(lang, choice, onchange) }
            { radios(
                lang,
                ("lang", "home-em-lang"),
                &[("page", "home-em-lang-page"), ("zh", "home-em-zh"), ("en", "home-em-en")],
                [None, Some(Lang::Zh), Some(Lang::En)].iter().position(|lang| *lang == choice.lang),
                pick(choice, onchange, |choice, at| choice.lang = [None, Some(Lang::Zh), Some(Lang::En)][at])
            ) }
            { radios(
                lang,
                ("theme", "home-em-theme"),
                &[("auto", "home-em-auto"), ("light", "home-em-light"), ("dark", "home-em-dark")],
                THEMES.iter().position(|theme| *theme == choice.theme),
                pick(choice, onchange, |choice, at| choice.theme = THEMES[at])
            ) }
            { radios(
                lang,
                ("controls", "home-em-controls"),
                &[(CONTROLS[0], "home-em-full"), (CONTROLS[1], "home-em-min"), (CONTROLS[2], "home-em-bare")],
                Some(choice.controls),
                pick(choice, onchange, |choice, at| choice.controls = at)
            ) }
            { faults(lang, choice, onchange) }
            { radios(
                lang,
                ("width", "home-em-width"),
                &[("fill", "home-em-fill"), ("wide", "home-em-wide"), ("narrow", "home-em-narrow")],
                WIDTHS.iter().position(|px| *px == choice.width_px),
                pick(choice, onchange, |choice, at| choice.width_px = WIDTHS[at])
            ) }
            { height(lang, choice, onchange) }
            { seed(lang, choice, onchange) }
            { tick(
                ("em-autoplay", lang.t("home-em-autoplay")),
                choice.autoplay,
                with(choice, onchange, |choice, on| choice.autoplay = on)
            ) }
        </form>
    }
}

const THEMES: [Theme; 3] = [Theme::Auto, Theme::Light, Theme::Dark];
const WIDTHS: [Option<u32>; 3] = [None, Some(WIDTHS_PX[0]), Some(WIDTHS_PX[1])];

/// A callback that changes a choice by the place of an option.
fn pick(choice: &Choice, onchange: &Change, how: fn(&mut Choice, usize)) -> Callback<usize> {
    let choice = choice.clone();
    onchange.reform(move |at: usize| {
        let mut next = choice.clone();
        how(&mut next, at);
        next
    })
}

/// A callback that changes a choice by whether something is ticked.
fn with(choice: &Choice, onchange: &Change, how: impl Fn(&mut Choice, bool) + 'static) -> Callback<Event> {
    let choice = choice.clone();
    onchange.reform(move |event: Event| {
        let mut next = choice.clone();
        how(&mut next, input(&event).is_some_and(|input| input.checked()));
        next
    })
}

fn input(event: &Event) -> Option<HtmlInputElement> {
    event.target().and_then(|target| target.dyn_into().ok())
}

fn chosen(event: &Event) -> String {
    let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
    select.map(|select| select.value()).unwrap_or_default()
}

/// What opens: lessons by track, then free play.
fn runs(lang: Lang, choice: &Choice, onchange: &Change) -> Html {
    let onpick = {
        let choice = choice.clone();
        onchange.reform(move |event: Event| {
            let value = chosen(&event);
            let run = match value.split_once(' ') {
                Some(("free", topology)) => Run::Topology(topology.to_owned()),
                _ => Run::Lesson(value),
            };
            // Steps and faults are those of one lesson and its world.
            Choice { run, step: 0, faults: Vec::new(), ..choice.clone() }
        })
    };
    let lessons = list::entries(lang.code()).unwrap_or_default();
    let option = |lesson: &Entry| {
        let here = matches!(&choice.run, Run::Lesson(slug) if *slug == lesson.slug);
        html! { <option value={lesson.slug.clone()} selected={here}>{ &lesson.title }</option> }
    };
    let track = |number: u32| {
        let own = lessons.iter().filter(|lesson| lesson.track == number);
        html! {
            <optgroup label={lang.f(&format!("home-track-{number}"), &[])}>{ for own.map(option) }</optgroup>
        }
    };
    let free = |topology: &str| {
        let here = matches!(&choice.run, Run::Topology(own) if own == topology);
        html! {
            <option value={format!("free {topology}")} selected={here}>{ free_title(lang, topology) }</option>
        }
    };
    // A shape that an address named is offered beside the usual ones.
    let own = match &choice.run {
        Run::Topology(topology) if FREE.iter().all(|(known, _)| known != topology) => Some(topology.as_str()),
        _ => None,
    };
    html! {
        <p class="em-l">
            <label for="em-run">{ lang.t("home-em-run") }</label>
            <select id="em-run" class="log-s" data-act="em-run" onchange={onpick}>
                { for (1..=4).map(track) }
                <optgroup label={lang.t("home-em-free")}>
                    { for FREE.iter().map(|(topology, _)| free(topology)) }
                    { for own.map(free) }
                </optgroup>
            </select>
        </p>
    }
}

/// The step that a lesson begins with.
fn steps(lang: Lang, choice: &Choice, onchange: &Change) -> Html {
    let Some(lesson) = lesson(lang, &choice.run) else { return Html::default() };
    let onpick = {
        let choice = choice.clone();
        onchange.reform(move |event: Event| Choice {
            step: chosen(&event).parse().unwrap_or(0),
            ..choice.clone()
        })
    };
    let option = |step: u32| {
        html! {
            <option value={step.to_string()} selected={choice.step == step}>
                { lang.f("home-em-step-n", &[("n", (step + 1).into())]) }
            </option>
        }
    };
    html! {
        <p class="em-l">
            <label for="em-step">{ lang.t("home-em-step") }</label>
            <select id="em-step" class="log-s" data-act="em-step" onchange={onpick}>
                { for (0..lesson.steps).map(option) }
            </select>
        </p>
    }
}

/// One of some options.
fn radios(
    lang: Lang,
    (word, legend): (&'static str, &'static str),
    options: &[(&'static str, &'static str)],
    now: Option<usize>,
    onpick: Callback<usize>,
) -> Html {
    let one = |(at, (value, text)): (usize, &(&'static str, &'static str))| {
        let onchange = onpick.reform(move |_: Event| at);
        html! {
            <label>
                <input type="radio" name={format!("em-{word}")} value={*value} checked={now == Some(at)} {onchange} />
                <span>{ lang.f(text, &[]) }</span>
            </label>
        }
    };
    html! {
        <fieldset class="em-s">
            <legend>{ lang.f(legend, &[]) }</legend>
            <div class="segm">{ for options.iter().enumerate().map(one) }</div>
        </fieldset>
    }
}

/// The faults that a learner may cause.
fn faults(lang: Lang, choice: &Choice, onchange: &Change) -> Html {
    const ALLOWED: [Allowed; 3] = [Allowed::All, Allowed::Nothing, Allowed::Some];
    let own = faults_of(world(&choice.run));
    let fault = |word: &&'static str| {
        let word = *word;
        let on = choice.faults.contains(&word);
        let ontick = with(choice, onchange, move |choice, on| {
            choice.faults.retain(|known| *known != word);
            if on {
                choice.faults.push(word);
            }
        });
        let name = lang.f(&format!("home-em-f-{}", word.replace('_', "-")), &[]);
        tick((&format!("em-fault-{word}"), name), on, ontick)
    };
    html! {
        <>
            { radios(
                lang,
                ("faults", "home-em-faults"),
                &[("all", "home-em-all"), ("none", "home-em-nothing"), ("some", "home-em-some")],
                ALLOWED.iter().position(|allowed| *allowed == choice.allowed),
                pick(choice, onchange, |choice, at| choice.allowed = ALLOWED[at])
            ) }
            if choice.allowed == Allowed::Some {
                <fieldset class="em-ticks" data-view="em-faults">
                    <legend class="vh">{ lang.t("home-em-some") }</legend>
                    { for own.iter().map(fault) }
                </fieldset>
            }
        </>
    }
}

/// Something to tick.
fn tick((id, name): (&str, String), on: bool, onchange: Callback<Event>) -> Html {
    html! {
        <p class="free-c">
            <input id={id.to_owned()} type="checkbox" checked={on} {onchange} />
            <label for={id.to_owned()}>{ name }</label>
        </p>
    }
}

/// The least height.
fn height(lang: Lang, choice: &Choice, onchange: &Change) -> Html {
    let (least, most) = HEIGHTS_PX;
    let onpick = {
        let choice = choice.clone();
        onchange.reform(move |event: Event| {
            let mut next = choice.clone();
            if let Some(input) = input(&event) {
                let px = input.value().trim().parse::<u32>().unwrap_or(next.height_px);
                next.height_px = px.clamp(least, most);
                input.set_value(&next.height_px.to_string());
            }
            next
        })
    };
    html! {
        <p class="em-l">
            <label for="em-height">{ lang.t("home-em-height") }</label>
            <input id="em-height" class="co-field num" type="number" inputmode="numeric" min={least.to_string()}
                max={most.to_string()} value={choice.height_px.to_string()} onchange={onpick} />
        </p>
    }
}

/// The seed.
fn seed(lang: Lang, choice: &Choice, onchange: &Change) -> Html {
    let onpick = {
        let choice = choice.clone();
        onchange.reform(move |event: Event| {
            let mut next = choice.clone();
            if let Some(input) = input(&event) {
                next.seed = input.value().trim().parse().ok().map(|seed: u64| seed.min(MAX_SEED));
                input.set_value(&next.seed.map(|seed| seed.to_string()).unwrap_or_default());
            }
            next
        })
    };
    html! {
        <p class="em-l">
            <label for="em-seed">{ lang.t("home-em-seed") }</label>
            <input id="em-seed" class="co-field num" type="number" inputmode="numeric" min="0"
                max={MAX_SEED.to_string()} value={choice.seed.map(|seed| seed.to_string()).unwrap_or_default()}
                aria-describedby="em-seed-s" onchange={onpick} />
            <small id="em-seed-s" class="fine">{ lang.t("home-em-seed-s") }</small>
        </p>
    }
}
