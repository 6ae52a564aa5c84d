//! The page of the exam: begin, three incidents one after the other, the result.
//!
//! Guarantees: each try has a seed that nobody has chosen, unless the address names one; leaving the page ends the
//! exam. Leaves out: the parts of an incident (`parts`), verdicts (`certificate`).

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::certificate::{result, verdict};
use super::parts::{Chosen, ExamAction, board, clock, diagnosis, log, palette};
use super::room::open;
use super::words::refusal;
use crate::ui::focus::focus_on;
use crate::ui::use_lang;
use crate::web::address::Address;
use quorum_exam::{INCIDENTS, MOST_SEED, Room, TO_PASS};
use quorum_i18n::Lang;

/// The page of an address.
pub(super) fn page(lang: Lang, address: &Address) -> Html {
    let args = [("n", INCIDENTS.into()), ("need", TO_PASS.into())];
    html! {
        <section class="desk ex" data-view="exam">
            <h1 class="hero-h">{ lang.t("ex-head") }</h1>
            <p class="co-lead">{ lang.f("ex-lead", &args) }</p>
            <Exam seed={address.seed.filter(|seed| *seed <= MOST_SEED)} />
        </section>
    }
}

/// A seed that nobody has chosen.
fn fresh() -> u64 {
    // Without randomness, the time is the best source of a unique number.
    getrandom::u64().unwrap_or_else(|_| crate::web::clock::now_ms().to_bits()) & 0xffff_ffff
}

#[derive(PartialEq, Properties)]
struct ExamProps {
    /// The seed that the address names, for a class that sits the same exam.
    seed: Option<u64>,
}

/// What the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Start,
    Opening,
    Incident,
    Verdict,
    Result,
}

#[component]
fn Exam(props: &ExamProps) -> Html {
    let lang = use_lang();
    let room = use_mut_ref(|| Room::new(0));
    let shown = use_state_eq(|| Shown::Start);
    let chosen = use_state_eq(Chosen::default);
    let said = use_state_eq(String::new);
    let turn = use_state(|| 0_u64);
    let onnext = {
        let (room, shown, chosen, said) = (room.clone(), shown.clone(), chosen.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(incident) = room.borrow().next() else {
                shown.set(Shown::Result);
                return focus_on("[data-view=exam] h2");
            };
            let (room, shown, said) = (room.clone(), shown.clone(), said.clone());
            chosen.set(Chosen::default());
            shown.set(Shown::Opening);
            let seed = room.borrow().seed;
            spawn_local(async move {
                match open(incident, seed, lang.code()).await {
                    Ok(sitting) => {
                        room.borrow_mut().sitting = Some(sitting);
                        said.set(String::new());
                        shown.set(Shown::Incident);
                        focus_on("[data-view=exam] h2");
                    }
                    Err(why) => {
                        said.set(refusal(lang, &why));
                        shown.set(Shown::Start);
                    }
                }
            });
        })
    };
    let onbegin = {
        let (room, onnext, seed) = (room.clone(), onnext.clone(), props.seed);
        Callback::from(move |event: MouseEvent| {
            *room.borrow_mut() = Room::new(seed.unwrap_or_else(fresh));
            onnext.emit(event);
        })
    };
    let onagain = {
        let (room, onnext) = (room.clone(), onnext.clone());
        Callback::from(move |event: MouseEvent| {
            *room.borrow_mut() = Room::new(fresh());
            onnext.emit(event);
        })
    };
    let ondo = {
        let (room, shown, chosen, said, turn) =
            (room.clone(), shown.clone(), chosen.clone(), said.clone(), turn.clone());
        Callback::from(move |action: ExamAction| {
            let mut next = (*chosen).clone();
            let text = act(lang, &room, &mut next, action);
            chosen.set(next);
            said.set(text.unwrap_or_default());
            if room.borrow().sitting.is_none() {
                let over = room.borrow().is_over();
                shown.set(if over { Shown::Result } else { Shown::Verdict });
                focus_on("[data-view=exam] h2");
            }
            turn.set(*turn + 1);
        })
    };
    let room = room.borrow();
    match *shown {
        Shown::Start => start(lang, &said, &onbegin),
        Shown::Opening => html! { <p role="status">{ lang.t("ex-opening") }</p> },
        Shown::Incident => incident(lang, &room, &chosen, &said, &ondo),
        Shown::Verdict => html! {
            <section>
                <h2 tabindex="-1">{ lang.t("ex-verdict") }</h2>
                { for room.ended.last().map(|ended| verdict(lang, ended, room.seed)) }
                <button type="button" class="btn btn-pri" data-do="next" onclick={onnext}>{ lang.t("ex-next") }</button>
            </section>
        },
        Shown::Result => result(lang, &room, &onagain),
    }
}

/// Does what somebody does; what there is to say about it.
fn act(lang: Lang, room: &Rc<RefCell<Room>>, chosen: &mut Chosen, action: ExamAction) -> Option<String> {
    let mut room = room.borrow_mut();
    if action == ExamAction::HandIn {
        return room.hand_in().err().map(|why| refusal(lang, &why));
    }
    let sitting = room.sitting.as_mut()?;
    let done = match action {
        ExamAction::Pass(seconds) => sitting.advance(sitting.now_us() + seconds * 1_000_000),
        ExamAction::Choose(tool) => {
            (chosen.tool, chosen.given) = (tool, Vec::new());
            Ok(())
        }
        ExamAction::Fill(at, value) => {
            chosen.given.resize(chosen.given.len().max(at + 1), None);
            chosen.given[at] = Some(value);
            Ok(())
        }
        ExamAction::Use => {
            let Some((tool, given)) = chosen.tool(sitting) else { return Some(lang.t("ex-err-no-target")) };
            let name = lang.t(&format!("ex-tool-{}", tool.id));
            match tool.command(&given).and_then(|command| sitting.give(command)) {
                Ok(()) => return Some(lang.f("ex-used", &[("tool", name.into())])),
                Err(why) => Err(why),
            }
        }
        ExamAction::Component(name) => {
            chosen.component = Some(name).filter(|name| !name.is_empty());
            Ok(())
        }
        ExamAction::Evidence(at) => {
            chosen.evidence = Some(at);
            Ok(())
        }
        ExamAction::Filter(kind) => {
            (chosen.filter, chosen.page) = (kind, 0);
            Ok(())
        }
        ExamAction::Query(text) => {
            (chosen.query, chosen.page) = (text, 0);
            Ok(())
        }
        ExamAction::Page(page) => {
            chosen.page = page;
            Ok(())
        }
        ExamAction::Name => match (&chosen.component, chosen.evidence) {
            (Some(component), Some(at)) => sitting.diagnose(component, at),
            _ => return Some(lang.t("ex-name-both")),
        },
        ExamAction::HandIn => Ok(()),
    };
    done.err().map(|why| refusal(lang, &why))
}

fn start(lang: Lang, said: &str, onbegin: &Callback<MouseEvent>) -> Html {
    html! {
        <div class="card">
            <h2 tabindex="-1">{ lang.t("ex-rules") }</h2>
            <ul class="ex-rules">
                <li>{ lang.t("ex-rule-1") }</li>
                <li>{ lang.t("ex-rule-2") }</li>
                <li>{ lang.t("ex-rule-3") }</li>
                <li>{ lang.t("ex-rule-4") }</li>
                <li>{ lang.t("ex-rule-5") }</li>
            </ul>
            <p role="status">{ said }</p>
            <p><button type="button" class="btn btn-pri" data-do="begin" onclick={onbegin.clone()}>
                { lang.t("ex-begin") }
            </button></p>
        </div>
    }
}

fn incident(lang: Lang, room: &Room, chosen: &Chosen, said: &str, ondo: &Callback<ExamAction>) -> Html {
    let Some(sitting) = &room.sitting else { return Html::default() };
    let number = room.ended.len() + 1;
    let rows = sitting.board();
    html! {
        <section data-view="ex-incident">
            <h2 tabindex="-1">{ lang.f("ex-incident", &[("n", number.into()), ("of", INCIDENTS.into())]) }</h2>
            <blockquote data-view="ex-report">
                { lang.t(&format!("ex-report-{}", sitting.case().incident.id)) }
            </blockquote>
            <div class="ex-grid">
                <div class="ex-col">
                    { clock(lang, sitting, ondo) }
                    { palette(lang, sitting, chosen, said, ondo) }
                    { diagnosis(lang, sitting, chosen, ondo) }
                </div>
                <div class="ex-col">
                    { board(lang, &rows) }
                    { log(lang, sitting, &rows, chosen, ondo) }
                </div>
            </div>
        </section>
    }
}
