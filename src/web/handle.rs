//! `window.quorumLab`: the lab for course pages, the console and tests.
//!
//! Guarantees: the handle exists before the worker answers, and calls made even earlier are answered too
//! (`www/start.js` queues them); every call returns a Promise; a refusal resolves to `{ok: false, code, error}` and
//! nothing throws for bad arguments; values are plain objects with numbers, as `docs/embedding.md` lists them; a call
//! made after an opening is answered for the run that it opens. The handle uses the same session as the views do.
//! Leaves out: drawing.

mod drill;
mod listening;
mod opening;
mod searching;

use std::pin::Pin;

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::address::{Address, is_saved};
use super::given::{self, Unread};
use super::idb::set;
use super::needs::Needs;
use super::session::{OpenRequest, Saved, Session};
use super::turns::Turns;
use super::wire::{HostFacts, HostState, Pace};
use super::{address, plain, saved_runs, schedule_text, texts};
use drill::drill;
pub(super) use listening::trouble;
use listening::{Ears, subscribe};
use opening::{Opened, opened};
use quorum_facade::limits::MOST_BACKUP_BYTES;
use quorum_facade::{Answer, Command};
use quorum_i18n::Lang;
use quorum_lesson::{find, manifest};
use quorum_types::Refusal;
use searching::schedule_search as search;
use serde_json::Value;

/// The version of this interface. Changes are additive.
const VERSION: &str = "1";

/// Installs the handle in the window.
pub fn install(session: &Session) {
    let handle = Object::new();
    set(&handle, "version", &JsValue::from_str(VERSION));
    set(&handle, "ready", &ready(session));
    let door = Door { session: session.clone(), turns: Turns::default() };
    let put = |name: &'static str, call: fn(&Door, JsValue) -> Promise| {
        let door = door.clone();
        method(&handle, name, move |argument, _| call(&door, argument).into());
    };
    put("open", open);
    put("do", execute);
    put("hunt", search);
    put("drill", drill);
    put("snapshot", |door, _| snapshot(door));
    put("backup", |door, _| backup(door));
    put("saveRun", |door, _| save_run(door));
    put("restore", restore);
    let (s, ears) = (session.clone(), Ears::default());
    method(&handle, "on", move |kind, f| subscribe(&s, &ears, kind, f));
    let global: Object = js_sys::global().unchecked_into();
    set(&global, "quorumLab", &handle);
    answer_early_calls(&global, &handle);
}

/// Answers the calls that scripts made while the program was loading: the document's first script (`www/start.js`) has
/// queued them.
fn answer_early_calls(global: &Object, handle: &Object) {
    let started = Reflect::get(global, &"quorumProgram".into())
        .and_then(|program| Reflect::get(&program, &"started".into()));
    // Another page has no such script, and nothing was called.
    if let Ok(started) = started.unwrap_or_default().dyn_into::<Function>() {
        drop(started.call1(&JsValue::UNDEFINED, handle));
    }
}

/// The session, and the order of calls. Arguments are read when a call is made, so that a script may change its objects
/// afterwards.
#[derive(Clone)]
struct Door {
    session: Session,
    turns: Turns,
}

impl Door {
    /// A promise of the result of `work` on the run of the latest opening.
    fn ask(&self, work: Work) -> Promise {
        let before = self.turns.wait();
        promise(Box::pin(async move {
            before.over().await?;
            work.await
        }))
    }
}

fn method(handle: &Object, name: &str, call: impl Fn(JsValue, JsValue) -> JsValue + 'static) {
    let call = Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(call);
    // The handle lives as long as the page.
    set(handle, name, &call.into_js_value());
}

/// The work of a call. Boxed, because promise glue takes kilobytes per future type.
type Work = Pin<Box<dyn Future<Output = Result<JsValue, Refusal>>>>;

/// A promise of the result of `work`, refusals included.
fn promise(work: Work) -> Promise {
    future_to_promise(async move {
        match work.await {
            Ok(value) => Ok(value),
            Err(refusal) => plain::to_js(&Answer::from(refusal)).map_err(|error| JsValue::from_str(&error)),
        }
    })
}

/// Converts a value for a script. A value that cannot be converted is a bug in the page itself.
fn tell<T: Serialize>(value: &T) -> Result<JsValue, Refusal> {
    plain::to_js(value).map_err(|error| Refusal::new("untold", error))
}

fn ready(session: &Session) -> Promise {
    let session = session.clone();
    promise(Box::pin(async move {
        session.answers().await;
        match refused(&session, &session.host()) {
            Some(refusal) => Err(refusal),
            None => tell(&Opened::of(&session)),
        }
    }))
}

/// The arguments of `open`.
#[derive(Deserialize)]
struct OpenArguments {
    lesson: Option<String>,
    topology: Option<String>,
    seed: Option<u64>,
    lang: Option<String>,
    kept: Option<bool>,
    speed: Option<Value>,
    run: Option<Value>,
}

fn open(door: &Door, arguments: JsValue) -> Promise {
    let session = door.session.clone();
    let request = wanted(&session, &arguments);
    let turn = door.turns.next();
    promise(Box::pin(async move {
        let opening = session.clone();
        turn.begin(Box::pin(async move { begin(&opening, request).await }) as Work).await?;
        tell(&opened(&session).await?)
    }))
}

/// The open request; its language is empty where none was named.
fn wanted(session: &Session, asked: &JsValue) -> Result<OpenRequest, Refusal> {
    let OpenArguments { lesson, topology, seed, lang, kept, speed, run } =
        given::read(asked).map_err(|unread| match unread.to_string() {
            why if why.starts_with("run: ") => Refusal::new("bad_run", why),
            _ => unreadable(session, &unread),
        })?;
    // 0 opens paused; an invalid speed is the script's error.
    let valid = |x: &f64| *x == 0.0 || address::valid_speed(*x).is_some();
    let speed = speed.map(|x| x.as_f64().filter(valid).ok_or_else(|| bad_arguments(session, "speed")));
    let speed = speed.transpose()?;
    let lang = lang.filter(|lang| address::parse_lang(lang).is_some()).unwrap_or_default();
    let request = OpenRequest { lang, kept: kept.unwrap_or(true), speed, ..OpenRequest::default() };
    if let Some(Value::String(letters)) = run.as_ref().filter(|run| run.as_str().is_some_and(is_saved)) {
        // What it is a run of is known when it has been read.
        let run = Some(letters.trim().to_owned());
        return Ok(OpenRequest { run, speed: Some(speed.unwrap_or(0.0)), ..request });
    }
    if let Some(run) = run {
        let run = run_of(run)?;
        let schedule = schedule_text::schedule(&run)?;
        return Ok(OpenRequest {
            topology: Some(schedule.world.topology(schedule.nodes)),
            seed: Some(schedule.seed),
            kept: true,
            // A replay begins paused.
            speed: Some(speed.unwrap_or(0.0)),
            run: Some(run),
            ..request
        });
    }
    if lesson.is_none() && topology.is_none() {
        return Err(bad_arguments(session, "lesson, topology"));
    }
    if lesson.as_deref().is_some_and(|slug| !is_known(slug)) {
        return Err(session.refusal("refused-unknown-lesson"));
    }
    Ok(OpenRequest { lesson, topology, seed, ..request })
}

/// Whether a lesson can be opened, as far as it is known: whether a lesson of the course has the named run is known
/// only after the lesson is loaded.
pub(super) fn is_known(slug: &str) -> bool {
    quorum_lesson::built_in(manifest::base(slug)).is_some() || find(slug).is_some() || lies_at_address(slug)
}

/// Whether a lesson is named by its address; `fetched` decides whether that address may be requested.
fn lies_at_address(lesson: &str) -> bool {
    lesson.contains("://")
}

/// Fetches and opens a lesson by its address, unless it is already loaded.
async fn bring(session: &Session, lesson: Option<&str>) -> Result<(), Refusal> {
    use super::fetched;
    let Some(address) = lesson.filter(|slug| find(slug).is_none() && lies_at_address(slug)) else {
        return Ok(());
    };
    let text = fetched::text(address, &fetched::Stop::default(), |_| ()).await;
    let text = text.map_err(|why| {
        let args = [
            ("what", address.into()),
            ("kib", (quorum_lesson::bundle::MOST_BYTES / 1_024).into()),
            ("s", (fetched::MOST_WAIT_MS / 1_000).into()),
        ];
        let code = session.refusal(why.key()).code;
        Refusal::new(&code, session.lang().f(why.key(), &args))
    })?;
    fetched::open(address, &text).await.map(|_| ())
}

/// Starts to open a run, once its texts are loaded.
async fn begin(session: &Session, request: Result<OpenRequest, Refusal>) -> Result<JsValue, Refusal> {
    let mut request = request?;
    if let Some(letters) = request.run.clone().filter(|run| is_saved(run)) {
        let named = saved_runs::named_by(&letters, &Address::default()).await?;
        (request.lesson, request.topology) = (named.lesson, named.topology);
    }
    bring(session, request.lesson.as_deref()).await?;
    if request.lang.is_empty() {
        // The language of the open run, else the page's.
        request.lang = session.lang().code().to_owned();
    }
    let lang = Lang::parse(&request.lang);
    let needs = || {
        let of_the_lesson = request.lesson.as_deref().and_then(find).map(|lesson| lesson.topology.as_str());
        Needs::texts_of_world(of_the_lesson.or(request.topology.as_deref()).unwrap_or_default())
    };
    if texts::load(lang, request.lesson.as_deref(), needs).await.is_err() {
        return Err(session.refusal("refused-no-texts"));
    }
    if request.lesson.as_deref().is_some_and(|slug| find(slug).is_none()) {
        return Err(session.refusal("refused-unknown-lesson"));
    }
    session.open(request);
    Ok(JsValue::UNDEFINED)
}

/// The schedule to replay, as a text.
fn run_of(run: Value) -> Result<String, Refusal> {
    let error = "run: no schedule, or one that is too long to be read";
    schedule_text::text_of(run).ok_or_else(|| Refusal::new("bad_run", error))
}

/// The refusal that corresponds to this state.
fn refused(session: &Session, host: &HostFacts) -> Option<Refusal> {
    match &host.state {
        HostState::NoWorker { why } => {
            let refusal = session.refusal("refused-no-worker");
            let error = format!("{} {}", refusal.error, session.lang().t(why.key()));
            Some(Refusal::new(&refusal.code, error))
        }
        HostState::Refused { code, error } => Some(Refusal::new(code, error.clone())),
        HostState::Panicked { message } => Some(Refusal::new("panicked", message.clone())),
        HostState::Starting | HostState::Loading { .. } | HostState::Running | HostState::Unplugged => None,
    }
}

/// What is requested: of the page, or of the lab.
enum Asked {
    Pace(Pace),
    PullPlug,
    Again(fn(&Session)),
    Command(Command),
}

impl Asked {
    fn read(session: &Session, command: &JsValue) -> Result<Self, Refusal> {
        let command = given::plain_value(command).map_err(|unread| unreadable(session, &unread))?;
        Ok(match given::field(&command, "op").and_then(Value::as_str) {
            Some("play") => Self::Pace(Pace::Play),
            Some("hold") => Self::Pace(Pace::Hold),
            Some("speed") => {
                match given::field(&command, "x").and_then(Value::as_f64).and_then(address::valid_speed) {
                    Some(x) => Self::Pace(Pace::Speed { x }),
                    None => return Err(bad_arguments(session, "x")),
                }
            }
            Some("pull_plug") => Self::PullPlug,
            Some("reopen") => Self::Again(Session::reopen),
            Some("erase") => Self::Again(Session::erase),
            Some("take_over") => Self::Again(Session::take_over),
            _ => match given::command(command) {
                Ok(command) => Self::Command(command),
                Err(unread) => return Err(unreadable(session, &unread)),
            },
        })
    }
}

fn execute(door: &Door, command: JsValue) -> Promise {
    let asked = Asked::read(&door.session, &command);
    let session = door.session.clone();
    door.ask(Box::pin(async move {
        let answer = match asked? {
            Asked::Pace(pace) => paced(&session, pace)?,
            Asked::PullPlug => {
                session.pull_plug();
                done(&session)
            }
            Asked::Again(how) => reopened(&session, how).await?,
            Asked::Command(command) => session.execute(command).await,
        };
        tell(&answer)
    }))
}

fn backup(door: &Door) -> Promise {
    let session = door.session.clone();
    door.ask(Box::pin(async move {
        match session.backup().await {
            Ok(bytes) => Ok(bytes.into()),
            Err(answer) => tell(&answer),
        }
    }))
}

/// The present moment of a saved run, for a script.
#[derive(Serialize)]
struct SavedRun {
    ok: bool,
    run: String,
    digest: String,
    t_us: u64,
}

fn save_run(door: &Door) -> Promise {
    let session = door.session.clone();
    door.ask(Box::pin(async move {
        let Saved { run, digest, t_us } = session.saved_run().await?;
        tell(&SavedRun { ok: true, run, digest, t_us })
    }))
}

/// Checks a backup, and opens it in place of the stored data.
fn restore(door: &Door, bytes: JsValue) -> Promise {
    let (session, turn) = (door.session.clone(), door.turns.next());
    // Copied now, so that a script may change its buffer afterwards.
    let bytes = own_copy(&session, bytes);
    promise(Box::pin(async move {
        let before = session.opening();
        let asked = session.clone();
        let checked = turn.begin(Box::pin(async move { checked(&asked, bytes).await }) as Work).await?;
        if session.opening() != before {
            opened(&session).await?;
        }
        Ok(checked)
    }))
}

/// A copy of the bytes that a script passes in, so that it can neither change nor detach them during the check.
fn own_copy(session: &Session, bytes: JsValue) -> Result<Uint8Array, Refusal> {
    // A proxy of a typed array, or an object that only inherits from one, has no bytes to read.
    let bytes =
        Some(bytes).filter(|bytes| ArrayBuffer::is_view(bytes) && bytes.is_instance_of::<Uint8Array>());
    let bytes = bytes.ok_or_else(|| bad_arguments(session, "Uint8Array"))?;
    let length = bytes.unchecked_ref::<Uint8Array>().length() as usize;
    if length > MOST_BACKUP_BYTES {
        let why = format!("{length} bytes; a backup has at most {MOST_BACKUP_BYTES}");
        return Err(with_detail(session.refusal("refused-too-large"), &why));
    }
    let class: Function = Reflect::get(&js_sys::global(), &"Uint8Array".into())
        .ok()
        .and_then(|class| class.dyn_into().ok())
        .ok_or_else(|| bad_arguments(session, "Uint8Array"))?;
    // It throws where the buffer was detached, or where there is no memory for another.
    let copy = Reflect::construct(&class, &Array::of1(&bytes));
    copy.ok().and_then(|copy| copy.dyn_into().ok()).ok_or_else(|| {
        bad_arguments(session, "Uint8Array: its buffer is detached, or too large to be copied")
    })
}

/// The result of checking a backup; unless it is refused, it is being opened.
async fn checked(session: &Session, bytes: Result<Uint8Array, Refusal>) -> Result<JsValue, Refusal> {
    let bytes = bytes?;
    let checked = session.check(&bytes).await;
    if !matches!(checked, Answer::Refused { .. }) {
        session.restore(bytes);
    }
    tell(&checked)
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
    with_detail(session.refusal("refused-bad-arguments"), why)
}

/// The refusal of arguments that could not be parsed.
pub(super) fn unreadable(session: &Session, unread: &Unread) -> Refusal {
    match unread {
        Unread::TooLarge(why) => with_detail(session.refusal("refused-too-large"), why),
        Unread::UnknownOp(op) => with_detail(session.refusal("refused-unknown-op"), op),
        Unread::Field(why) => bad_arguments(session, why),
        Unread::Refused(refusal) => refusal.clone(),
    }
}

fn with_detail(refusal: Refusal, why: &str) -> Refusal {
    Refusal::new(&refusal.code, format!("{} ({why})", refusal.error))
}

fn snapshot(door: &Door) -> Promise {
    let session = door.session.clone();
    door.ask(Box::pin(async move {
        if session.request().is_none() {
            return Err(session.refusal("refused-nothing-open"));
        }
        let opening = session.opening();
        let host = session.settled(opening).await?;
        if let Some(refusal) = refused(&session, &host) {
            return Err(refusal);
        }
        tell(&session.first_moment(opening).await?)
    }))
}
