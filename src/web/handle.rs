//! `window.quorumLab`: the lab for course pages, the console and tests.
//!
//! Promises: it is there before the worker answers; every call returns a Promise; what is refused resolves
//! to `{ok: false, code, error}` and nothing throws for bad arguments; values are plain objects with numbers,
//! as `docs/embedding.md` lists them. It has no door of its own: it asks the same session as the views do.
//! Leaves out: drawing.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::address::{Address, replay_at};
use super::idb::set;
use super::progress::Watch;
use super::read::{self, Unread};
use super::session::{OpenRequest, Session, Subscription, Update};
use super::tagged;
use super::wire::{HostFacts, HostState, HuntFacts, MemoryReason, Pace, Storage};
use super::{address, hunt, plain, program, texts};
use crate::lab::{Answer, Rule};
use crate::lesson;
use crate::types::Refusal;
use crate::words::Lang;

/// The version of these calls. A change is additive.
const VERSION: &str = "1";

/// Puts the handle into the window.
pub fn install(session: &Session) {
    let handle = Object::new();
    set(&handle, "version", &JsValue::from_str(VERSION));
    set(&handle, "ready", &ready(session));
    let s = session.clone();
    let (own, ears) = (handle.clone(), Rc::new(RefCell::default()));
    let listeners = Rc::clone(&ears);
    method(&handle, "open", move |arguments, _| open(&s, &own, &listeners, arguments).into());
    let s = session.clone();
    method(&handle, "do", move |command, _| execute(&s, command).into());
    let s = session.clone();
    method(&handle, "hunt", move |arguments, _| hunt(&s, arguments).into());
    let s = session.clone();
    method(&handle, "snapshot", move |_, _| snapshot(&s).into());
    let s = session.clone();
    method(&handle, "backup", move |_, _| backup(&s).into());
    let s = session.clone();
    method(&handle, "restore", move |bytes, _| restore(&s, bytes).into());
    let s = session.clone();
    method(&handle, "on", move |kind, f| subscribe(&s, &ears, kind, f));
    set(&js_sys::global().unchecked_into(), "quorumLab", &handle);
}

fn method(handle: &Object, name: &str, call: impl Fn(JsValue, JsValue) -> JsValue + 'static) {
    let call = Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(call);
    // The handle lives as long as the page.
    set(handle, name, &call.into_js_value());
}

/// A promise of what `work` comes to, refusals included.
fn promise<T: Serialize>(work: impl Future<Output = Result<T, Refusal>> + 'static) -> Promise {
    future_to_promise(async move {
        let value = match work.await {
            Ok(value) => plain::to_js(&value),
            Err(refusal) => plain::to_js(&Answer::from(refusal)),
        };
        value.map_err(|error| JsValue::from_str(&error))
    })
}

fn ready(session: &Session) -> Promise {
    let session = session.clone();
    promise(async move {
        session.answers().await;
        match refused(&session.host()) {
            Some(refusal) => Err(refusal),
            None => Ok(Opened::of(&session.host())),
        }
    })
}

/// What opening came to.
#[derive(Serialize)]
struct Opened {
    ok: bool,
    kept: bool,
    storage: Storage,
}

impl Opened {
    fn of(host: &HostFacts) -> Self {
        Self { ok: true, kept: host.storage == Storage::Durable, storage: host.storage.clone() }
    }
}

/// The arguments of `open`.
struct OpenArguments {
    lesson: Option<String>,
    topology: Option<String>,
    seed: Option<u64>,
    lang: Option<String>,
    kept: Option<bool>,
    speed: Option<f64>,
}
read::objects! { OpenArguments { lesson, topology, seed, lang, kept, speed } }

fn open(session: &Session, handle: &Object, ears: &Ears, arguments: JsValue) -> Promise {
    let named = read::read::<OpenArguments>(&arguments);
    let here = |named: OpenArguments| program::opens(named.lesson.as_deref(), named.topology.as_deref());
    if program::left() || (run_of(&arguments).is_none() && !named.map_or(true, here)) {
        return future_to_promise(open_there(session.clone(), handle.clone(), ears.clone(), arguments));
    }
    let session = session.clone();
    promise(async move {
        let asked = arguments;
        let arguments: OpenArguments =
            read::read(&asked).map_err(|unread| bad_arguments(&session, &unread.to_string()))?;
        if let Some(run) = run_of(&asked) {
            return replay(&session, run?, arguments).await;
        }
        if arguments.lesson.is_none() && arguments.topology.is_none() {
            return Err(bad_arguments(&session, "lesson, topology"));
        }
        let lesson = arguments.lesson.as_deref().map(|slug| lesson::find(slug).ok_or(slug));
        let lesson = lesson.transpose().map_err(|_| session.refusal("refused-unknown-lesson"))?;
        let lang = language(&session, arguments.lang);
        let later = program::needed(arguments.lesson.as_deref(), arguments.topology.as_deref());
        if texts::load(Lang::parse(&lang), lesson, later).await.is_err() {
            return Err(session.refusal("refused-no-texts"));
        }
        session.open(OpenRequest {
            lesson: arguments.lesson,
            topology: arguments.topology,
            seed: arguments.seed,
            lang,
            kept: arguments.kept.unwrap_or(true),
            speed: arguments.speed,
            erase: false,
            take_over: false,
            run: None,
        });
        opened(&session).await
    })
}

/// Opens what only the whole program can: it takes the page over, and then opens it for whoever asked here. Those who
/// listen here listen there.
async fn open_there(
    session: Session,
    handle: Object,
    ears: Ears,
    arguments: JsValue,
) -> Result<JsValue, JsValue> {
    // It comes up with nothing open, so that it opens once what is asked for.
    let empty = Address {
        lesson: None,
        topology: None,
        seed: None,
        kept: None,
        speed: None,
        run: None,
        ..Address::current()
    };
    if program::hand_over(&session, empty, false).await.is_err() {
        let refusal = session.refusal("refused-no-program");
        return plain::to_js(&Answer::from(refusal)).map_err(|error| JsValue::from_str(&error));
    }
    let there = program::successor(&handle).await;
    for Ear { kind, f, held } in ears.take() {
        let here = held.take();
        if here.is_some() {
            held.replace(call(&there, "on", &[&kind, &f])?.dyn_into().ok().map(Held::There));
        }
    }
    JsFuture::from(Promise::resolve(&call(&there, "open", &[&arguments])?)).await
}

/// Calls a method of an object.
fn call(object: &Object, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(object, &method.into())?.dyn_into()?;
    method.apply(object, &arguments.iter().copied().collect())
}

/// The language asked for, else the one of the run that is open, else the page's.
fn language(session: &Session, asked: Option<String>) -> String {
    let asked = asked.filter(|lang| address::parse_lang(lang).is_some());
    asked.or(session.request().map(|request| request.lang)).unwrap_or_else(page_language)
}

/// The schedule to replay, as a text that was held against the lab's bounds; none where no run is named.
fn run_of(arguments: &JsValue) -> Option<Result<String, Refusal>> {
    let run =
        Reflect::get(arguments, &"run".into()).ok().filter(|run| !run.is_undefined() && !run.is_null())?;
    let text = hunt::text_of(&run).unwrap_or_default();
    Some(hunt::schedule(&text).map(|_| text))
}

/// Opens a run that is replayed, paused at its beginning unless a speed is asked for.
async fn replay(session: &Session, run: String, arguments: OpenArguments) -> Result<Opened, Refusal> {
    let schedule = hunt::schedule(&run)?;
    let lang = language(session, arguments.lang);
    if texts::load(Lang::parse(&lang), None, true).await.is_err() {
        return Err(session.refusal("refused-no-texts"));
    }
    session.open(OpenRequest {
        topology: Some(format!("replica-set:{}", schedule.nodes)),
        seed: Some(schedule.seed),
        lang,
        kept: true,
        speed: Some(arguments.speed.unwrap_or(0.0)),
        run: Some(run),
        ..OpenRequest::default()
    });
    opened(session).await
}

/// The arguments of `hunt`.
struct HuntArguments {
    rule: Option<Rule>,
    seeds: Option<u64>,
    events: Option<u64>,
}
read::objects! { HuntArguments { rule, seeds, events } }

/// What a search came to.
#[derive(Serialize)]
struct Hunted {
    ok: bool,
    tried: u64,
    events: u64,
    found: Option<HuntedRun>,
}

/// What it found.
#[derive(Serialize)]
struct HuntedRun {
    invariant: String,
    detail: String,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    schedule: JsValue,
    link: String,
}

/// Searches, and resolves when the search is over.
fn hunt(session: &Session, arguments: JsValue) -> Promise {
    let session = session.clone();
    promise(async move {
        // Without a word, all rules are on.
        let asked = if arguments.is_undefined() { Object::new().into() } else { arguments };
        let asked: HuntArguments =
            read::read(&asked).map_err(|unread| bad_arguments(&session, &unread.to_string()))?;
        let seeds = asked.seeds.unwrap_or(hunt::SEEDS);
        let events = asked.events.unwrap_or(hunt::EVENTS);
        if !(1..=hunt::MOST_SEEDS).contains(&seeds) || !(1..=hunt::MOST_EVENTS).contains(&events) {
            return Err(bad_arguments(&session, "seeds, events"));
        }
        let rule = asked.rule;
        let first =
            session.hunt(rule, seeds, events).ok_or_else(|| session.refusal("refused-nothing-open"))?;
        let over = session.hunt_over(rule, first).await;
        if over.missing {
            return Err(session.refusal("refused-no-program"));
        }
        let found = over.found.as_ref().map(|found| HuntedRun {
            invariant: found.invariant.clone(),
            detail: found.detail.clone(),
            schedule: js_sys::JSON::parse(&found.run).unwrap_or_default(),
            link: replay_at(&address::Address::default(), found.nodes, found.seed, &found.run).over(""),
        });
        Ok(Hunted { ok: true, tried: over.tried, events: over.events, found })
    })
}

/// How far a search is, as listeners to progress are told.
#[derive(Serialize)]
struct HuntProgress {
    kind: &'static str,
    rule: Option<Rule>,
    tried: u64,
    seeds: u64,
    events: u64,
    shrinking: u64,
    deeds: u64,
    done: bool,
}

impl HuntProgress {
    fn of(facts: &HuntFacts) -> Self {
        Self {
            kind: "hunt",
            rule: facts.rule,
            tried: facts.tried,
            seeds: facts.total,
            events: facts.events,
            shrinking: facts.shrinking,
            deeds: facts.deeds,
            done: !facts.running,
        }
    }
}

fn page_language() -> String {
    address::language(&address::Address::current()).code().to_owned()
}

/// Resolves when the run is open or refused.
async fn opened(session: &Session) -> Result<Opened, Refusal> {
    let host = session.settled().await;
    refused(&host).map_or_else(|| Ok(Opened::of(&host)), Err)
}

/// The refusal that this state stands for.
fn refused(host: &HostFacts) -> Option<Refusal> {
    match &host.state {
        HostState::Refused { code, error } => Some(Refusal::new(code, error.clone())),
        HostState::Panicked { message } => Some(Refusal::new("panicked", message.clone())),
        HostState::Starting | HostState::Loading { .. } | HostState::Running | HostState::Unplugged => None,
    }
}

/// Of a command: its name, and what only the host's own commands carry.
struct Named {
    op: String,
    x: Option<f64>,
}
read::objects! { Named { op, x } }

fn execute(session: &Session, command: JsValue) -> Promise {
    let session = session.clone();
    promise(async move {
        let named: Named =
            read::read(&command).map_err(|unread| bad_arguments(&session, &unread.to_string()))?;
        match named.op.as_str() {
            "play" => paced(&session, Pace::Play),
            "hold" => paced(&session, Pace::Hold),
            "speed" => match named.x.and_then(address::valid_speed) {
                Some(x) => paced(&session, Pace::Speed { x }),
                None => Err(bad_arguments(&session, "x")),
            },
            "pull_plug" => {
                session.pull_plug();
                Ok(done(&session))
            }
            "reopen" => reopened(&session, Session::reopen).await,
            "erase" => reopened(&session, Session::erase).await,
            "take_over" => reopened(&session, Session::take_over).await,
            _ => match tagged::command(&command) {
                Ok(command) => Ok(session.execute(command).await),
                Err(Unread::UnknownTag(_)) => Err(session.refusal("refused-unknown-op")),
                Err(Unread::Field(why)) => Err(bad_arguments(&session, &why)),
            },
        }
    })
}

fn backup(session: &Session) -> Promise {
    let session = session.clone();
    future_to_promise(async move {
        match session.backup().await {
            Ok(bytes) => Ok(bytes.into()),
            Err(answer) => plain::to_js(&answer).map_err(|error| JsValue::from_str(&error)),
        }
    })
}

/// Checks a backup, and opens it in place of what is stored.
fn restore(session: &Session, bytes: JsValue) -> Promise {
    let session = session.clone();
    promise(async move {
        let bytes: Uint8Array = bytes.dyn_into().map_err(|_| bad_arguments(&session, "Uint8Array"))?;
        let checked = session.check(&bytes).await;
        if !matches!(checked, Answer::Refused { .. }) {
            session.restore(bytes);
            opened(&session).await?;
        }
        Ok(checked)
    })
}

fn paced(session: &Session, pace: Pace) -> Result<Answer, Refusal> {
    if session.request().is_none() {
        return Err(session.refusal("refused-nothing-open"));
    }
    session.pace(pace);
    Ok(done(session))
}

async fn reopened(session: &Session, how: fn(&Session)) -> Result<Answer, Refusal> {
    if session.request().is_none() {
        return Err(session.refusal("refused-nothing-open"));
    }
    how(session);
    opened(session).await?;
    Ok(done(session))
}

fn done(session: &Session) -> Answer {
    Answer::Done { ok: true, t_us: session.moment().map_or(0, |moment| moment.t_us) }
}

fn bad_arguments(session: &Session, why: &str) -> Refusal {
    let refusal = session.refusal("refused-bad-arguments");
    Refusal::new(&refusal.code, format!("{} ({why})", refusal.error))
}

fn snapshot(session: &Session) -> Promise {
    let session = session.clone();
    promise(async move {
        if session.request().is_none() {
            return Err(session.refusal("refused-nothing-open"));
        }
        let host = session.settled().await;
        if let Some(refusal) = refused(&host) {
            return Err(refusal);
        }
        session.first_moment().await.ok_or_else(|| session.refusal("refused-unplugged"))
    })
}

/// A script's function that is called with what happens.
struct Ear {
    kind: JsValue,
    f: JsValue,
    held: Rc<RefCell<Option<Held>>>,
}

/// What ends when nobody is to be called any more.
enum Held {
    /// A subscription of this program's.
    Here(#[expect(dead_code, reason = "it is held")] Subscription),
    /// What stops one at the program that has taken this one's place.
    There(Function),
}

/// All who listen. They are held here too: a caller may throw the function away that stops it, and the subscription
/// must outlive its collection.
type Ears = Rc<RefCell<Vec<Ear>>>;

/// Subscribes a function; returns the function that stops it.
fn subscribe(session: &Session, ears: &Ears, kind: JsValue, f: JsValue) -> JsValue {
    let subscription = match (kind.as_string().as_deref(), f.dyn_ref::<Function>()) {
        (Some(kind), Some(f)) => subscription(session, kind, f.clone()),
        _ => None,
    };
    let held = Rc::new(RefCell::new(subscription.map(Held::Here)));
    let mut all = ears.borrow_mut();
    all.retain(|ear| ear.held.borrow().is_some());
    all.push(Ear { kind, f, held: held.clone() });
    let stop = move || {
        if let Some(Held::There(stop)) = held.take() {
            drop(stop.call0(&JsValue::UNDEFINED));
        }
    };
    Closure::<dyn Fn()>::new(stop).into_js_value()
}

fn subscription(session: &Session, kind: &str, f: Function) -> Option<Subscription> {
    let call = Rc::new(move |value: Result<JsValue, String>| {
        if let Ok(value) = value
            && let Err(thrown) = f.call1(&JsValue::UNDEFINED, &value)
        {
            // A listener's own mistake: reported as its page would report it, and the lab goes on.
            report(&thrown);
        }
    });
    let watch = RefCell::new(Watch::default());
    match kind {
        "event" => Some(session.subscribe(move |update| {
            if let Update::Happened(events, _) = update {
                events.iter().for_each(|event| call(plain::to_js(event)));
            }
        })),
        "snapshot" => Some(session.subscribe(move |update| {
            if let Update::Moment(moment) = update {
                call(plain::to_js(&**moment));
            }
        })),
        "goal" => Some(session.subscribe(move |update| {
            if let Update::Moment(moment) = update {
                let (_, goals) = watch.borrow_mut().see(moment);
                goals.iter().for_each(|goal| call(plain::to_js(goal)));
            }
        })),
        "progress" => Some(session.subscribe(move |update| match update {
            Update::Moment(moment) => {
                let (progress, _) = watch.borrow_mut().see(moment);
                progress.iter().for_each(|progress| call(plain::to_js(progress)));
            }
            Update::Hunt(hunt) => call(plain::to_js(&HuntProgress::of(hunt))),
            _ => {}
        })),
        "error" => {
            let last = RefCell::new(None);
            let speaker = session.clone();
            Some(session.subscribe(move |update| {
                if let Update::Host(host) = update {
                    let now = trouble(&speaker, host);
                    if now != last.replace(now.clone())
                        && let Some(refusal) = now
                    {
                        call(plain::to_js(&Answer::from(refusal)));
                    }
                }
            }))
        }
        _ => None,
    }
}

/// What is wrong, if anything is: a refusal, a panic, or a store that was wanted and is not there.
fn trouble(session: &Session, host: &HostFacts) -> Option<Refusal> {
    let Storage::Memory { why } = host.storage else { return refused(host) };
    refused(host).or_else(|| {
        let (code, key) = match why {
            MemoryReason::Chosen => return None,
            MemoryReason::Missing => ("storage_missing", "banner-missing"),
            MemoryReason::Denied => ("storage_denied", "banner-denied"),
            MemoryReason::Full => ("storage_full", "banner-full"),
            MemoryReason::Failed => ("storage_failed", "banner-failed"),
            MemoryReason::OtherTab => ("storage_other_tab", "banner-other-tab"),
            MemoryReason::TakenOver => ("storage_taken_over", "banner-taken-over"),
            MemoryReason::Newer => ("storage_newer", "banner-newer"),
        };
        Some(Refusal::new(code, session.lang().t(key)))
    })
}

fn report(thrown: &JsValue) {
    let report = Reflect::get(&js_sys::global(), &JsValue::from_str("reportError"));
    if let Some(report) = report.ok().and_then(|report| report.dyn_into::<Function>().ok()) {
        drop(report.call1(&JsValue::UNDEFINED, thrown));
    }
}
