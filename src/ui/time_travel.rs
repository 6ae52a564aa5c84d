//! Going to other moments: seeking, steps back, undo, lines of time and their comparison.
//!
//! Guarantees: one request at a time, and the newest wish wins, so that a dragged slider never queues; a kept run is
//! left for a copy in memory first, and the page says so; what a comparison shows is what both lines ran. Leaves out:
//! how a run goes back (`facade`), and the slider (`timeline`).

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::course::lacks::metric_text;
use super::format::span;
use super::icons::ic;
use super::keys::closing;
use super::timeline::moment_text;
use super::worlds;
use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::answer::Difference;
use quorum_facade::change::Change;
use quorum_facade::snapshot::{LineFacts, TimelineFacts};
use quorum_facade::{Answer, Awaited, Command, Control, Snapshot};
use quorum_i18n::Lang;
use quorum_types::Micros;

/// Two lines at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    here: u32,
    there: u32,
    t_us: Micros,
    differences: Vec<Difference>,
    this: Rc<Snapshot>,
    other: Rc<Snapshot>,
    /// What was changed on the later line, and the moment of that, where it was made to be compared.
    changed: Option<(Change, Micros)>,
}

impl Comparison {
    /// With the earlier line first.
    fn in_order(self) -> Self {
        if self.here <= self.there {
            return self;
        }
        let turned = |difference: Difference| Difference {
            name: difference.name,
            here: difference.there,
            there: difference.here,
        };
        Self {
            here: self.there,
            there: self.here,
            differences: self.differences.into_iter().map(turned).collect(),
            this: self.other,
            other: self.this,
            ..self
        }
    }
}

/// What is under way, and what is wished for after it.
#[derive(Debug, Default)]
struct Wishes {
    busy: bool,
    next: Option<Control>,
}

/// Goes to other moments.
#[derive(Clone)]
pub(crate) struct TimeTravel {
    session: Session,
    wishes: Rc<RefCell<Wishes>>,
    /// The comparison that is shown.
    pub(crate) shown: UseStateHandle<Option<Rc<Comparison>>>,
}

/// The page's way through time.
#[hook]
pub(crate) fn use_time_travel(session: &Session) -> TimeTravel {
    TimeTravel {
        session: session.clone(),
        wishes: use_mut_ref(Wishes::default),
        shown: use_state_eq(|| None),
    }
}

impl TimeTravel {
    /// Goes to a moment, or changes the line; time is held. `refused` is called with a refusal's code and words.
    pub(crate) fn go(&self, control: Control, refused: Callback<(String, String)>) {
        if self.session.host().playing {
            self.session.pace(Pace::Hold);
        }
        {
            let mut wishes = self.wishes.borrow_mut();
            wishes.next = Some(control);
            if wishes.busy {
                return;
            }
            wishes.busy = true;
        }
        let travel = self.clone();
        spawn_local(async move { travel.catch_up(refused).await });
    }

    /// Does what is wished for, the newest wish first and the others not at all.
    async fn catch_up(&self, refused: Callback<(String, String)>) {
        loop {
            let next = self.wishes.borrow_mut().next.take();
            let Some(control) = next else { break };
            if let Answer::Refused { code, error, .. } = self.ask(control).await {
                refused.emit((code, error));
            }
        }
        self.wishes.borrow_mut().busy = false;
    }

    /// Runs until something happens, for at most this long; time is held. `heard` is called with the answer; what is
    /// wished for meanwhile is done afterwards.
    pub(crate) fn until(
        &self,
        (what, most_us): (Awaited, Micros),
        heard: Callback<Answer>,
        refused: Callback<(String, String)>,
    ) {
        if std::mem::replace(&mut self.wishes.borrow_mut().busy, true) {
            return;
        }
        self.session.pace(Pace::Hold);
        let travel = self.clone();
        spawn_local(async move {
            let control = Control::RunUntil { what, most_us };
            heard.emit(travel.session.execute(Command::Control(control)).await);
            travel.catch_up(refused).await;
        });
    }

    /// Ends a run until something happens, at the present moment.
    pub(crate) fn stop(&self) {
        let session = self.session.clone();
        // What it reached is the answer of the run itself.
        spawn_local(async move { drop(session.execute(Command::Control(Control::StopRun)).await) });
    }

    /// Asks; a kept run goes on as a copy first.
    pub(crate) async fn ask(&self, control: Control) -> Answer {
        let answer = self.session.execute(Command::Control(control.clone())).await;
        match &answer {
            Answer::Refused { code, .. }
                if code == "kept" && self.session.moment().is_some_and(|now| now.kept) =>
            {
                self.session.leave_store();
                self.session.execute(Command::Control(control)).await
            }
            _ => answer,
        }
    }

    /// Compares the line with another at the present moment, or closes the comparison. `changed` is what the line was
    /// branched for.
    pub(crate) fn compare(
        &self,
        number: Option<u32>,
        changed: Option<(Change, Micros)>,
        refused: Callback<(String, String)>,
    ) {
        let (Some(number), Some(this)) = (number, self.session.moment()) else {
            self.shown.set(None);
            return;
        };
        self.session.pace(Pace::Hold);
        let travel = self.clone();
        spawn_local(async move {
            let here = this.timeline.as_ref().map_or(0, |timeline| timeline.line);
            match travel.ask(Control::Compare { number, t_us: Some(this.t_us) }).await {
                Answer::Compared { t_us, differences, snapshot, .. } => {
                    let comparison = Comparison {
                        here,
                        there: number,
                        t_us,
                        differences,
                        this,
                        other: Rc::new(*snapshot),
                        changed,
                    };
                    travel.shown.set(Some(Rc::new(comparison.in_order())));
                }
                Answer::Refused { code, error, .. } => refused.emit((code, error)),
                _ => {}
            }
        });
    }
}

/// A line's name: A for the first, then B, C and on; numbers after Z.
pub(crate) fn line_name(number: u32) -> String {
    match u8::try_from(number).ok().filter(|number| *number < 26) {
        Some(number) => char::from(b'A' + number).to_string(),
        None => (number + 1).to_string(),
    }
}

/// The lines of time, where there is more than one.
pub(crate) fn lines(
    lang: Lang,
    timeline: &TimelineFacts,
    days: bool,
    online: &Callback<u32>,
    oncompare: &Callback<u32>,
) -> Html {
    if timeline.lines.len() < 2 {
        return Html::default();
    }
    let one = |line: &LineFacts| {
        let current = line.number == timeline.line;
        let number = line.number;
        let name = line_name(number);
        let from = line.parent.map(|parent| {
            lang.f(
                "line-from",
                &[("line", line_name(parent).into()), ("t", moment_text(lang, days, line.fork_us).into())],
            )
        });
        let label = lang.f("line-go", &[("line", name.clone().into())]);
        let compare = lang.f("line-compare", &[("line", name.clone().into())]);
        html! {
            <li class={classes!("ln", current.then_some("ln-on"))}>
                <button class="ln-b" type="button" data-act="line" data-line={number.to_string()}
                    aria-current={current.then_some("true")} aria-label={label}
                    onclick={online.reform(move |_: MouseEvent| number)}>
                    <b class="ln-n">{ name }</b>
                    <span class="num">{ moment_text(lang, days, line.end_us) }</span>
                    if let Some(from) = from { <small>{ from }</small> }
                </button>
                if !current {
                    <button class="btn ln-c" type="button" data-act="compare" data-line={number.to_string()}
                        aria-label={compare} onclick={oncompare.reform(move |_: MouseEvent| number)}>
                        { lang.t("line-compare-short") }
                    </button>
                }
            </li>
        }
    };
    html! {
        <ol class="lns" data-view="lines" aria-label={lang.t("lines")}>{ for timeline.lines.iter().map(one) }</ol>
    }
}

/// What was changed on a line, and when.
fn changed_text(lang: Lang, (change, t_us): (Change, Micros), line: &str, days: bool) -> String {
    let (line, t) = (("line", line.into()), ("t", moment_text(lang, days, t_us).into()));
    match change {
        Change::DropMessage { .. } => lang.f("compare-drop", &[line, t]),
        Change::DelayTimer { us, .. } => lang.f("compare-delay", &[line, t, ("time", span(us).into())]),
        Change::WithoutCommand => lang.f("compare-without", &[line, t]),
    }
}

/// Two lines at one moment: their stages side by side, and what differs.
pub(crate) fn comparison(lang: Lang, shown: &Comparison, place: NodeRef, close: &Callback<()>) -> Html {
    let onclose = close.reform(|_: Event| ());
    let onclick = closing(&place);
    let days = worlds::in_days(&worlds::kinds(&shown.this));
    let (here, there) = (line_name(shown.here), line_name(shown.there));
    let t = moment_text(lang, days, shown.t_us);
    let title =
        lang.f("compare-title", &[("a", here.clone().into()), ("b", there.clone().into()), ("t", t.into())]);
    let value = |name: &str, value: Option<i64>| {
        value.map_or_else(|| "–".to_owned(), |value| metric_text(lang, name, value).1)
    };
    let row = |difference: &Difference| {
        let name = &difference.name;
        html! {
            <tr>
                <th scope="row">{ metric_text(lang, name, 0).0 }</th>
                <td class="num">{ value(name, difference.here) }</td>
                <td class="num">{ value(name, difference.there) }</td>
            </tr>
        }
    };
    let stage = |name: &str, moment: &Rc<Snapshot>| {
        html! {
            <figure class="cmp-st">
                <figcaption><b class="ln-n">{ name }</b></figcaption>
                { worlds::picture(lang, moment) }
            </figure>
        }
    };
    html! {
        <dialog ref={place} class="pop cmp" aria-label={title.clone()} data-view="comparison" {onclose}>
            <div class="pop-h">
                <h2>{ title }</h2>
                <button class="iconbtn" type="button" aria-label={lang.t("close")} {onclick}>{ ic("cross") }</button>
            </div>
            if let Some(changed) = shown.changed { <p>{ changed_text(lang, changed, &there, days) }</p> }
            if worlds::has_picture(&shown.this) {
                <div class="cmp-two">{ stage(&here, &shown.this) }{ stage(&there, &shown.other) }</div>
            }
            if shown.differences.is_empty() {
                <p>{ lang.t("compare-same") }</p>
            } else {
                <div class="cmp-t" tabindex="0" role="region" aria-label={lang.t("compare-table")}>
                    <table class="cmp-tb">
                        <thead><tr>
                            <th scope="col">{ lang.t("compare-what") }</th>
                            <th scope="col">{ here }</th><th scope="col">{ there }</th>
                        </tr></thead>
                        <tbody>{ for shown.differences.iter().map(row) }</tbody>
                    </table>
                </div>
            }
        </dialog>
    }
}
