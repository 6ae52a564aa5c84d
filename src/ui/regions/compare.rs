//! A planned switchover and a forced failover from the same moment, side by side.
//!
//! Guarantees: both are played from the run's seed with its settings, beside the run; their lists of lost writes and
//! their phases are drawn on axes of one scale. Leaves out: playing them (`drill`).

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::axis::{axis, bars};
use super::narrate::died_text;
use super::time::long;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::use_lang;
use crate::web::session::Session;
use quorum_drill::summary::Brief;
use quorum_i18n::{Lang, grouped, refused};
use quorum_types::Micros;

/// The two scenarios: the name, the title.
const BOTH: [(&str, &str); 2] = [("dr-switchover", "rg-cmp2-planned"), ("dr-failover", "rg-cmp2-forced")];
/// Maximum number of lost writes listed.
const LISTED: usize = 30;

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub struct CompareProps {
    /// The session that plays them.
    pub session: Session,
    /// The run's seed.
    pub seed: u64,
    /// The settings of the run that differ from their defaults.
    pub set: Vec<(String, u64)>,
    /// Whether a run is open.
    pub running: bool,
}

/// The results of the two.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// The result of each, in order; fewer while they are played.
    pub done: Vec<Rc<Brief>>,
    /// Whether they are being played.
    pub runs: bool,
    /// Why something could not be played.
    pub fault: Option<String>,
}

/// The section.
#[component]
pub fn Compare(props: &CompareProps) -> Html {
    let lang = use_lang();
    let state = use_state_eq(Compared::default);
    let onclick = {
        let (session, seed, set, state) =
            (props.session.clone(), props.seed, props.set.clone(), state.clone());
        Callback::from(move |_: MouseEvent| {
            spawn_local(play(session.clone(), seed, set.clone(), state.clone()));
        })
    };
    html! {
        <section class="gauge" data-view="compare" data-done={state.done.len().to_string()}>
            <details class="mc-details rg-fold">
                <summary>{ lang.t("rg-cmp2") }</summary>
                <p class="fine">{ lang.t("rg-cmp2-s") }</p>
                <p class="row">
                    <button type="button" class="btn btn-go" data-act="compare"
                        aria-disabled={inert(state.runs || !props.running)} {onclick}>
                        { ic("play") }
                        { lang.t("rg-cmp2-start") }
                    </button>
                </p>
                if state.runs {
                    <p class="fine" role="status">
                        { lang.f("rg-cmp2-running", &[("n", (state.done.len() + 1).into())]) }
                    </p>
                }
                if let Some(fault) = &state.fault { <p class="note note-gone" role="status">{ fault.clone() }</p> }
                { sides(lang, &state.done) }
            </details>
        </section>
    }
}

/// Plays one after the other; ends if another order replaces it.
async fn play(session: Session, seed: u64, set: Vec<(String, u64)>, state: UseStateHandle<Compared>) {
    let mut now = Compared { runs: true, ..Compared::default() };
    state.set(now.clone());
    for (scenario, _) in BOTH {
        let number = session.drill(scenario, Some(seed), 1, set.clone());
        let facts = session.drill_over(number).await;
        match facts.as_deref().map(|facts| (facts.fault.clone(), facts.brief.clone())) {
            Some((None, Some(brief))) => now.done.push(Rc::new(brief)),
            Some((Some((code, error)), _)) => {
                now.fault = Some(refused(session.lang(), &code, &error));
                break;
            }
            _ => break,
        }
        state.set(now.clone());
    }
    now.runs = false;
    state.set(now);
}

/// Both, side by side.
pub fn sides(lang: Lang, done: &[Rc<Brief>]) -> Html {
    let side = |((word, title), brief): (&(&'static str, &'static str), &Rc<Brief>)| {
        let phases: Vec<_> = brief
            .phases
            .iter()
            .map(|timed| (timed.phase, (timed.ms * 1_000.0).round().max(0.0) as Micros))
            .collect();
        let total: Micros = phases.iter().map(|(_, us)| *us).sum();
        let lost = brief.all().and_then(|all| all.line.lost).unwrap_or(0);
        let hidden = lost.saturating_sub(brief.lost.len().min(LISTED) as u64);
        html! {
            <div data-side={*word} data-lost={lost.to_string()}>
                <h3 class="h-sub">{ lang.f(title, &[]) }</h3>
                <p class="mid">
                    <b class="num">{ if phases.is_empty() { "—".to_owned() } else { long(lang, total) } }</b>
                    <small>{ lang.t("rg-cmp2-rto") }</small>
                </p>
                <p class="mid">
                    <b class={classes!("num", (lost > 0).then_some("v-gone"))}>{ grouped(lost) }</b>
                    <small>{ lang.t("rg-cmp2-lost") }</small>
                </p>
                { axis(lang, &lang.f(title, &[]), &bars(lang, &phases, false, true), None) }
                <ul class="rg-lostl" tabindex="0" aria-label={lang.t("rg-cmp2-lost")}>
                    {
                        for brief.lost.iter().take(LISTED)
                            .map(
                                |one| html! {
                                    <li><b class="num">{ one.id }</b>{ died_text(lang, &one.died) }</li>
                                }
                            )
                    }
                    if hidden > 0 { <li>{ lang.f("rg-lost-more", &[("n", hidden.into())]) }</li> }
                    if lost == 0 { <li class="v-kept">{ lang.t("rg-cmp2-none") }</li> }
                </ul>
            </div>
        }
    };
    html! { <div class="rg-sides">{ for BOTH.iter().zip(done).map(side) }</div> }
}
