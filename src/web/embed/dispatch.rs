//! The host's messages of the second protocol: what each one does.
//!
//! Guarantees: only a hello is heard before the host is named, and afterwards only the named origin is; a message that
//! cannot be read, or asks for what is not allowed, is refused with a code, at most ten times a second; however fast
//! messages come, at most a hundred a second are read, and of requests that replace each other the last one counts.
//! Leaves out: what the page does with a wish (`ui::app`), and what the run does with a command (the lab).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::calm::{Calm, Last, Opening};
use super::host::{ANSWER_MS, Host};
use super::message::{FaultWords, FromFrame, Id, PROTOCOL, ToFrame, VERSIONS};
use super::rates::Bucket;
use super::report::Report;
use super::{Asked, Load, Wish};
use crate::web::address::{Address, MAX_SEED, Theme, parse_lang, valid_speed};
use crate::web::clock::now_ms;
use crate::web::frame::{Controls, Faults, MOST_MOMENT_US};
use crate::web::given::{self, Unread};
use crate::web::handle::{is_known, unreadable};
use crate::web::saved_runs::named_by;
use crate::web::session::{Saved, Session, offer, rest};
use crate::web::wire::Pace;
use quorum_facade::{Answer, Command, Control, Topology, is_fault};
use quorum_i18n::refused;
use quorum_types::Refusal;
use serde_json::Value;

/// Minimum interval between openings.
const OPENING_MS: u32 = 250;
/// Messages that are read in a burst, and in a second.
const READ_PER_S: u32 = 100;
/// Refusals that are sent in a second.
const REFUSED_PER_S: u32 = 10;
/// What ends a fault may be asked for like one.
const ENDS: [&str; 3] = ["restart", "resume", "heal"];

/// Whether somebody can see the frame.
#[derive(Default)]
pub(super) struct Sight {
    /// The host says that nobody can.
    away: Cell<bool>,
    /// The document is in a tab that is not shown.
    hidden: Cell<bool>,
}

impl Sight {
    /// The browser shows the document, or not.
    pub(super) fn set_hidden(&self, hidden: bool) {
        self.hidden.set(hidden);
        self.apply();
    }

    fn set_away(&self, away: bool) {
        self.away.set(away);
        self.apply();
    }

    fn apply(&self) {
        let rests = self.away.get() || self.hidden.get();
        rest(rests);
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        if let Some(root) = root {
            // The style sheet stops every animation below it. The name is valid, so neither fails.
            drop(if rests {
                root.set_attribute("data-rests", "")
            } else {
                root.remove_attribute("data-rests")
            });
        }
    }
}

/// What replaces the run, and the name of the message that asks for it.
type OpeningAsked = Last<(Opening, Option<Id>)>;

/// Handles messages for one frame.
pub(super) struct Dispatch {
    session: Session,
    host: Rc<Host>,
    report: Rc<Report>,
    greeted: Calm<Last<Option<Id>>>,
    wished: Rc<Calm<Wish>>,
    opened: Rc<Calm<OpeningAsked>>,
    sought: Calm<Last<(u64, Option<Id>)>>,
    sight: Rc<Sight>,
    reads: RefCell<Bucket>,
    refusals: Rc<RefCell<Bucket>>,
}

/// Why a message is refused.
type Refused<T = ()> = Result<T, Refusal>;

impl Dispatch {
    pub(super) fn new(
        session: &Session,
        host: &Rc<Host>,
        report: Rc<Report>,
        (asked, wished): (Asked, Rc<Calm<Wish>>),
        height: Rc<dyn Fn()>,
        sight: Rc<Sight>,
    ) -> Self {
        let refusals = Rc::new(RefCell::new(Bucket::new(REFUSED_PER_S, REFUSED_PER_S)));
        let greeted = {
            let (host, report) = (host.clone(), report.clone());
            Calm::new(ANSWER_MS, move |Last(id): Last<Option<Id>>| {
                host.greet(&FromFrame::Hello { versions: VERSIONS, id: id.as_ref() });
                height();
                report.tell_all();
            })
        };
        let opened = {
            let report = report.clone();
            Calm::new(OPENING_MS, move |Last((opening, id)): OpeningAsked| {
                report.expect(id, matches!(opening, Opening::State(_)));
                match opening {
                    Opening::Load(load) => (asked.onload)(load),
                    Opening::State(state) => (asked.onload)(Load { state: Some(state), ..Load::default() }),
                    Opening::Reset => (asked.onreset)(),
                }
            })
        };
        let sought = {
            let (session, host, refusals) = (session.clone(), host.clone(), refusals.clone());
            Calm::new(ANSWER_MS, move |Last((t_us, id)): Last<(u64, Option<Id>)>| {
                execute(&session, &host, &refusals, Command::Control(Control::Seek { t_us }), id);
            })
        };
        Self {
            session: session.clone(),
            host: host.clone(),
            report,
            greeted,
            wished,
            opened: Rc::new(opened),
            sought,
            sight,
            reads: RefCell::new(Bucket::new(READ_PER_S, READ_PER_S)),
            refusals,
        }
    }

    /// Handles a message of this version from the parent, whose origin this is.
    pub(super) fn hear(&self, version: f64, said: &JsValue, origin: &str) {
        // A flood is ignored before anything of it is copied.
        if !self.reads.borrow_mut().take(now_ms()) {
            return;
        }
        let Ok(mut said) = given::small_value(said) else { return self.refuse_if_named(origin, None) };
        let id = said.as_object_mut().and_then(|fields| fields.remove("id"));
        let id = match id.map(serde_json::from_value::<Option<Id>>) {
            None => None,
            Some(Ok(id)) if id.as_ref().is_none_or(Id::is_short) => id,
            Some(_) => return self.refuse_if_named(origin, None),
        };
        let kind = given::field(&said, "kind").and_then(Value::as_str).unwrap_or_default();
        if kind == "hello" {
            return self.hear_hello(origin, id);
        }
        if !self.host.is(origin) {
            return;
        }
        if version != f64::from(PROTOCOL) {
            return self.refuse_if_named(origin, id);
        }
        if let Err(refusal) = self.act(said, &id) {
            refuse(&self.session, &self.host, &self.refusals, id.as_ref(), &refusal);
        }
    }

    /// A hello of any version is answered with the versions that the frame speaks.
    fn hear_hello(&self, origin: &str, id: Option<Id>) {
        if self.host.name(origin) {
            self.greeted.call(Last(id));
        } else if self.refusals.borrow_mut().take(now_ms()) {
            // A page of another origin learns nothing but this.
            self.host.greet(&FromFrame::Hello { versions: VERSIONS, id: id.as_ref() });
        }
    }

    fn refuse_if_named(&self, origin: &str, id: Option<Id>) {
        if self.host.is(origin) {
            refuse(
                &self.session,
                &self.host,
                &self.refusals,
                id.as_ref(),
                &self.session.refusal("refused-bad-message"),
            );
        }
    }

    fn bad(&self, why: &str) -> Refusal {
        let refusal = self.session.refusal("refused-bad-message");
        Refusal::new(&refusal.code, format!("{} ({why})", refusal.error))
    }

    /// Does what a message says.
    fn act(&self, said: Value, id: &Option<Id>) -> Refused {
        let message: ToFrame =
            given::of_value(said.clone()).map_err(|unread| self.bad(&unread.to_string()))?;
        match message {
            // Heard before.
            ToFrame::Hello {} => Ok(()),
            ToFrame::Configure { lang, theme, controls, faults, events, speed, mastery, visible } => {
                let wish = Wish {
                    lang: self.word("lang", lang, parse_lang)?,
                    theme: self.word("theme", theme, Theme::parse)?,
                    controls: self.word("controls", controls, Controls::parse)?,
                    faults: faults.map(|words| self.faults(words)).transpose()?,
                };
                let speed = speed.map(|x| valid_speed(x).ok_or_else(|| self.bad("speed"))).transpose()?;
                if mastery.is_some_and(|percent| percent > 100) {
                    return Err(self.bad("mastery"));
                }
                self.configure(wish, speed, mastery, (events, visible));
                Ok(())
            }
            ToFrame::Load {
                lesson: None,
                topology: None,
                seed: _,
                step: _,
                moment: _,
                state: Some(state),
            } => {
                let load = Load { state: Some(state.clone()), ..Load::default() };
                self.restore(state, Opening::Load(load), id.clone());
                Ok(())
            }
            ToFrame::Load { state: Some(_), .. } => Err(self.bad("state")),
            ToFrame::Load { lesson, topology, seed, step, moment, state: None } => {
                let load = self.load(Load { lesson, topology, seed, step, moment, state: None })?;
                self.opened.call(Last((Opening::Load(load), id.clone())));
                Ok(())
            }
            ToFrame::GetState {} => {
                self.tell_state(id.clone());
                Ok(())
            }
            ToFrame::SetState { state } => {
                self.restore(state.clone(), Opening::State(state), id.clone());
                Ok(())
            }
            ToFrame::Play {} => self.pace(Pace::Play),
            ToFrame::Pause {} => self.pace(Pace::Hold),
            ToFrame::Seek { t_us } => {
                self.sought.call(Last((t_us, id.clone())));
                Ok(())
            }
            ToFrame::Fault { op } => self.fault(&op, said, id.clone()),
            ToFrame::Reset {} => {
                if self.session.request().is_none() {
                    return Err(self.session.refusal("refused-nothing-open"));
                }
                self.opened.call(Last((Opening::Reset, id.clone())));
                Ok(())
            }
        }
    }

    /// A word of a configuration.
    fn word<T>(
        &self,
        field: &str,
        word: Option<String>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Refused<Option<T>> {
        word.map(|word| parse(&word).ok_or_else(|| self.bad(field))).transpose()
    }

    fn faults(&self, words: FaultWords) -> Refused<Faults> {
        let faults = match words {
            FaultWords::Word(word) => Faults::parse(&word),
            FaultWords::List(words) => Faults::of(words),
        };
        faults.ok_or_else(|| self.bad("faults"))
    }

    fn configure(
        &self,
        wish: Wish,
        speed: Option<f64>,
        mastery: Option<u32>,
        (events, visible): (Option<bool>, Option<bool>),
    ) {
        if let Some(faults) = &wish.faults {
            // At once, so that a fault of the next message is judged by it.
            offer(faults.clone());
        }
        if wish != Wish::default() {
            self.wished.call(wish);
        }
        if let Some(x) = speed {
            self.session.pace(Pace::Speed { x });
        }
        if let Some(percent) = mastery {
            self.report.set_mastery(percent);
        }
        if let Some(on) = events {
            self.report.events.set(on);
        }
        if let Some(visible) = visible {
            self.sight.set_away(!visible);
        }
    }

    /// What is to be opened, if it can be.
    fn load(&self, load: Load) -> Refused<Load> {
        match (&load.lesson, &load.topology) {
            (Some(slug), None) if !is_known(slug) => {
                return Err(self.session.refusal("refused-unknown-lesson"));
            }
            (None, Some(topology)) => {
                Topology::parse(topology)?;
            }
            (Some(_), None) => {}
            _ => return Err(self.bad("lesson, topology")),
        }
        if load.seed.is_some_and(|seed| seed > MAX_SEED) {
            return Err(self.bad("seed"));
        }
        if load.moment.is_some_and(|at| at > MOST_MOMENT_US) {
            return Err(self.bad("moment"));
        }
        Ok(load)
    }

    /// Tells the present moment as a saved run.
    fn tell_state(&self, id: Option<Id>) {
        let (session, host, refusals) = (self.session.clone(), self.host.clone(), self.refusals.clone());
        spawn_local(async move {
            match session.saved_run().await {
                Ok(Saved { run, digest, t_us }) => {
                    let (id, state, digest) = (id.as_ref(), Some(run.as_str()), digest.as_str());
                    host.tell(&FromFrame::State { id, state, ok: None, digest, t_us });
                }
                Err(refusal) => refuse(&session, &host, &refusals, id.as_ref(), &refusal),
            }
        });
    }

    /// Opens a saved run, if it can be read.
    fn restore(&self, letters: String, opening: Opening, id: Option<Id>) {
        let (host, refusals, opened) = (self.host.clone(), self.refusals.clone(), self.opened.clone());
        let session = self.session.clone();
        spawn_local(async move {
            match named_by(&letters, &Address::default()).await {
                Ok(_) => opened.call(Last((opening, id))),
                Err(refusal) => refuse(&session, &host, &refusals, id.as_ref(), &refusal),
            }
        });
    }

    fn pace(&self, pace: Pace) -> Refused {
        if self.session.request().is_none() {
            return Err(self.session.refusal("refused-nothing-open"));
        }
        self.session.pace(pace);
        Ok(())
    }

    /// A fault, or the end of one. Its own fields may be called like those of the message; then they lie in `command`.
    fn fault(&self, op: &str, mut said: Value, id: Option<Id>) -> Refused {
        if let Some(fields) = said.as_object_mut() {
            fields.remove("v");
            fields.remove("kind");
            if let Some(command) = fields.remove("command").and_then(|command| match command {
                Value::Object(command) => Some(command),
                _ => None,
            }) {
                fields.extend(command);
            }
            fields.insert("op".to_owned(), op.into());
        }
        if !is_fault(op) && !ENDS.contains(&op) {
            return Err(self.session.refusal("refused-no-fault"));
        }
        let command = given::command(said).map_err(|unread: Unread| unreadable(&self.session, &unread))?;
        execute(&self.session, &self.host, &self.refusals, command, id);
        Ok(())
    }
}

/// Executes a command and reports a refusal.
fn execute(
    session: &Session,
    host: &Rc<Host>,
    refusals: &Rc<RefCell<Bucket>>,
    command: Command,
    id: Option<Id>,
) {
    let (session, host, refusals) = (session.clone(), host.clone(), refusals.clone());
    spawn_local(async move {
        if let Answer::Refused { code, error, .. } = session.execute(command).await {
            refuse(&session, &host, &refusals, id.as_ref(), &Refusal::new(&code, error));
        }
    });
}

/// Refusals whose own sentence says more than their code does: it names the field at fault.
const DETAILED: [&str; 4] = ["bad_message", "bad_arguments", "too_large", "unknown_op"];

/// Tells the host a refusal in the run's language, unless there have been too many.
fn refuse(session: &Session, host: &Host, refusals: &RefCell<Bucket>, id: Option<&Id>, refusal: &Refusal) {
    if !refusals.borrow_mut().take(now_ms()) {
        return;
    }
    let Refusal { code, error } = refusal;
    let error =
        if DETAILED.contains(&code.as_str()) { error.clone() } else { refused(session.lang(), code, error) };
    host.tell(&FromFrame::Error { id, code, error: &error });
}
