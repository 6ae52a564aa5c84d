//! The page's address: query parameters as a typed contract, and the preferences that outlive a visit.
//!
//! Guarantees: every parameter has a type, a default and an entry in `docs/embedding.md`; a value that cannot be parsed
//! counts as absent; unknown parameters are left unchanged. Preferences (language, theme) are stored in `localStorage`
//! and silently dropped where access is denied. Leaves out: how the views use them.

use wasm_bindgen::JsValue;
use web_sys::{Storage, UrlSearchParams};

use super::frame::{Controls, Faults, Keeping, MOST_MOMENT_US, valid_origin};
use quorum_i18n::Lang;
use quorum_lesson::manifest::canonical;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Follows the system.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The theme's name in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with that name.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark].into_iter().find(|theme| theme.code() == word)
    }
}

/// The language with that code, if it is one of the two.
pub fn parse_lang(word: &str) -> Option<Lang> {
    [Lang::Zh, Lang::En].into_iter().find(|lang| lang.code() == word)
}

/// What the address asks for. None and false mean "not given".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// `lesson=SLUG`.
    pub lesson: Option<String>,
    /// `topology=standalone` or `replica-set:N`.
    pub topology: Option<String>,
    /// `lang=zh|en`.
    pub lang: Option<Lang>,
    /// `theme=auto|light|dark`.
    pub theme: Option<Theme>,
    /// `size=projector`.
    pub projector: bool,
    /// `embed=1`.
    pub embed: bool,
    /// `seed=N`, 0 to 2^53 − 1.
    pub seed: Option<u64>,
    /// `kept=0|1`.
    pub kept: Option<bool>,
    /// `speed=X`, 0.1 to 100,000.
    pub speed: Option<f64>,
    /// `run=JSON`: a schedule to replay, as a search found it; a long one is placed after `#` ([`MOST_QUERY`]). Or
    /// `#r=LETTERS`: a saved run (`saved_runs`).
    pub run: Option<String>,
    /// `view=glossary|record|print|open|stored|exam`: a page of the course instead of a run; `print` prints the lesson
    /// that is named. `view=experiments|failover|disasters|load|majority|reports`: a page of experiments.
    pub view: Option<String>,
    /// `report=SCENARIO:seed=1,runs=10,NAME=VALUE,…`: the report of a drill (`web::report_address`).
    pub report: Option<String>,
    /// `group=NAME` with `view=tabs`: the group of tabs to join. Any text; the page says what is wrong with one.
    pub group: Option<String>,
    /// `nodes=N`: how many nodes a new group has.
    pub nodes: Option<u32>,
    /// `node=N`: which of them this tab is.
    pub node: Option<u32>,
    /// `bench=1`: run the storage benchmark, in a page that was built with it.
    pub bench: bool,
    /// `step=N`: the step that a lesson opens with, from 0.
    pub step: Option<u32>,
    /// `moment=N`: the virtual time that the run goes to, in microseconds.
    pub moment: Option<u64>,
    /// `controls=none|min|full`.
    pub controls: Option<Controls>,
    /// `faults=all|none|WORD,WORD`: the faults that a learner may use.
    pub faults: Option<Faults>,
    /// `autoplay=0|1`: whether time passes from the beginning.
    pub autoplay: Option<bool>,
    /// `progress=local|host|none`: where the learner's record is kept.
    pub progress: Option<Keeping>,
    /// `origin=https://…`: the only origin that hears of the learner.
    pub origin: Option<String>,
}

/// The longest query that this page writes. Servers refuse longer ones: nginx answers 414 beyond 8 KiB of request line
/// (`large_client_header_buffers`, 4 8k), Node.js 431 beyond 16 KiB of headers (`--max-http-header-size`). What follows
/// `#` is never sent to a server.
pub const MOST_QUERY: usize = 6_000;

/// The parameter of a saved run, after `#`.
const SAVED: &str = "r";

/// Whether the text of a run is that of a saved run; otherwise it is a schedule, as JSON.
pub fn is_saved(run: &str) -> bool {
    !run.trim_start().starts_with('{')
}

/// The largest seed that JavaScript can carry.
pub const MAX_SEED: u64 = (1 << 53) - 1;

impl Address {
    /// Parses a query string, with or without its question mark, and the fragment after `#`.
    pub fn parse(query: &str) -> Self {
        let (query, fragment) = query.split_once('#').unwrap_or((query, ""));
        let behind = || {
            let fragment = UrlSearchParams::new_with_str(fragment).ok()?;
            let text = |name: &str| fragment.get(name).filter(|run| !run.is_empty());
            // Braces begin a schedule, and no saved run has one.
            text(SAVED).filter(|run| is_saved(run)).or_else(|| text("run").filter(|run| !is_saved(run)))
        };
        let Ok(params) = UrlSearchParams::new_with_str(query) else { return Self::default() };
        let text = |name: &str| params.get(name).filter(|value| !value.is_empty());
        let flag = |name: &str| text(name).and_then(|value| parse_flag(&value));
        Self {
            lesson: text("lesson").map(|name| canonical(&name)),
            topology: text("topology"),
            lang: text("lang").and_then(|word| parse_lang(&word)),
            theme: text("theme").and_then(|word| Theme::parse(&word)),
            projector: text("size").is_some_and(|word| word == "projector"),
            embed: flag("embed").unwrap_or(false),
            seed: text("seed").and_then(|value| value.parse().ok()).filter(|&seed| seed <= MAX_SEED),
            kept: flag("kept"),
            speed: text("speed").and_then(|value| value.parse().ok()).and_then(valid_speed),
            run: behind().or_else(|| text("run")),
            view: text("view"),
            report: text("report"),
            group: text("group"),
            nodes: text("nodes").and_then(|value| value.parse().ok()),
            node: text("node").and_then(|value| value.parse().ok()),
            bench: flag("bench").unwrap_or(false),
            step: text("step").and_then(|value| value.parse().ok()).filter(|&step| step < 1_000),
            moment: text("moment").and_then(|value| value.parse().ok()).filter(|&at| at <= MOST_MOMENT_US),
            controls: text("controls").and_then(|word| Controls::parse(&word)),
            faults: text("faults").and_then(|words| Faults::parse(&words)),
            autoplay: flag("autoplay"),
            progress: text("progress").and_then(|word| Keeping::parse(&word)),
            origin: text("origin").and_then(|origin| valid_origin(&origin)),
        }
    }

    /// The home page in the same appearance.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self {
            lang: self.lang,
            theme: self.theme,
            projector: self.projector,
            embed: self.embed,
            ..self.framed()
        }
    }

    /// What belongs to the frame, whatever runs in it.
    fn framed(&self) -> Self {
        Self {
            controls: self.controls,
            faults: self.faults.clone(),
            autoplay: self.autoplay,
            progress: self.progress,
            origin: self.origin.clone(),
            ..Self::default()
        }
    }

    /// The same in a tab of its own.
    #[must_use]
    pub fn unframed(&self) -> Self {
        Self {
            embed: false,
            controls: None,
            faults: None,
            autoplay: None,
            progress: None,
            origin: None,
            ..self.clone()
        }
    }

    /// What this page's address asks for.
    pub fn current() -> Self {
        Self::parse(&(query() + &fragment()))
    }

    /// This address as a query string, merged over another one whose unknown parameters stay. A run that would make the
    /// query longer than servers accept goes into the fragment, after a `#`.
    pub fn over(&self, query: &str) -> String {
        let Ok(params) = UrlSearchParams::new_with_str(query) else { return String::new() };
        let put = |name: &str, value: Option<String>| match value {
            Some(value) => params.set(name, &value),
            None => params.delete(name),
        };
        let flag = |on: bool| if on { "1" } else { "0" }.to_owned();
        put("lesson", self.lesson.clone());
        put("topology", self.topology.clone());
        put("lang", self.lang.map(|lang| lang.code().to_owned()));
        put("theme", self.theme.map(|theme| theme.code().to_owned()));
        put("size", self.projector.then(|| "projector".to_owned()));
        put("embed", self.embed.then(|| flag(true)));
        put("seed", self.seed.map(|seed| seed.to_string()));
        put("kept", self.kept.map(flag));
        put("speed", self.speed.map(|speed| speed.to_string()));
        let saved = self.run.as_deref().filter(|run| is_saved(run));
        put("run", self.run.clone().filter(|_| saved.is_none()));
        put("view", self.view.clone());
        put("report", self.report.clone());
        put("group", self.group.clone());
        put("nodes", self.nodes.map(|nodes| nodes.to_string()));
        put("node", self.node.map(|node| node.to_string()));
        put("bench", self.bench.then(|| flag(true)));
        put("step", self.step.map(|step| step.to_string()));
        put("moment", self.moment.map(|at| at.to_string()));
        put("controls", self.controls.map(|controls| controls.word().to_owned()));
        put("faults", self.faults.as_ref().map(Faults::text));
        put("autoplay", self.autoplay.map(flag));
        put("progress", self.progress.map(|keeping| keeping.word().to_owned()));
        put("origin", self.origin.clone());
        // Colons, commas and equals signs are allowed in a value, and `replica-set:5` is easier to read with them.
        let text = |params: &UrlSearchParams| {
            let text = String::from(params.to_string());
            text.replace("%3A", ":").replace("%2C", ",").replace("%3D", "=")
        };
        let whole = text(&params);
        if let Some(letters) = saved {
            return format!("{whole}#{SAVED}={letters}");
        }
        let (Some(run), Ok(fragment)) = (&self.run, UrlSearchParams::new()) else { return whole };
        if whole.len() <= MOST_QUERY {
            return whole;
        }
        params.delete("run");
        fragment.set("run", run);
        format!("{}#{}", text(&params), text(&fragment))
    }

    /// Writes this into the page's address, without a new entry in the history.
    pub fn write(&self) {
        self.put_into_history(false);
    }

    /// Writes this into the page's address as a history entry that "back" undoes.
    pub fn visit(&self) {
        self.put_into_history(true);
    }

    fn put_into_history(&self, new_entry: bool) {
        let Some(window) = web_sys::window() else { return };
        let Ok(history) = window.history() else { return };
        let query = self.over(&query());
        let url = if query.is_empty() { path() } else { format!("?{query}") };
        let write = if new_entry {
            web_sys::History::push_state_with_url
        } else {
            web_sys::History::replace_state_with_url
        };
        // Refused for documents without an origin; the page works without it.
        drop(write(&history, &JsValue::NULL, "", Some(&url)));
    }

    /// The complete link to this view, for sharing. What belongs to a frame is omitted, and `bench`.
    pub fn link(&self) -> String {
        let shared = Self { bench: false, ..self.unframed() };
        let Some(location) = web_sys::window().map(|window| window.location()) else { return String::new() };
        let base =
            format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
        match shared.over("") {
            query if query.is_empty() || query.starts_with('#') => base + &query,
            query => format!("{base}?{query}"),
        }
    }
}

/// The address that replays a run found by a search.
pub fn replay_at(address: &Address, nodes: u32, seed: u64, run: &str) -> Address {
    Address {
        lang: address.lang,
        theme: address.theme,
        projector: address.projector,
        embed: address.embed,
        topology: Some(format!("replica-set:{nodes}")),
        seed: Some(seed),
        run: Some(run.to_owned()),
        ..address.framed()
    }
}

/// The highest speed: about a day per second, for worlds in which days matter.
pub const FASTEST: f64 = 100_000.0;

/// A speed within the bounds, if it is a number at all.
pub fn valid_speed(x: f64) -> Option<f64> {
    (x.is_finite() && x > 0.0).then(|| x.clamp(0.1, FASTEST))
}

fn parse_flag(word: &str) -> Option<bool> {
    match word {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

fn query() -> String {
    web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default()
}

fn fragment() -> String {
    web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

fn path() -> String {
    web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// The language to show: the address's, else the one chosen before, else the browser's, else Chinese.
pub fn language(address: &Address) -> Lang {
    address
        .lang
        .or_else(|| recall("lang").and_then(|word| parse_lang(&word)))
        .or_else(browser_language)
        .unwrap_or_default()
}

/// The theme to show: the address's, else the one chosen before, else the system's.
pub fn theme(address: &Address) -> Theme {
    address.theme.or_else(|| recall("theme").and_then(|word| Theme::parse(&word))).unwrap_or_default()
}

/// Remembers the language for the next visit.
pub fn remember_language(lang: Lang) {
    remember("lang", lang.code());
}

/// Remembers the theme for the next visit.
pub fn remember_theme(theme: Theme) {
    remember("theme", theme.code());
}

/// Whether letters and digits are shortcuts, as they are unless the visitor has switched that off.
pub fn letter_keys() -> bool {
    recall("letter-keys").as_deref() != Some("0")
}

/// Remembers whether letters and digits are shortcuts.
pub fn remember_letter_keys(on: bool) {
    remember("letter-keys", if on { "1" } else { "0" });
}

/// The first of the browser's languages that the lab supports.
fn browser_language() -> Option<Lang> {
    let languages = web_sys::window()?.navigator().languages();
    languages.iter().filter_map(|tag| tag.as_string()).find_map(|tag| parse_lang(tag.split('-').next()?))
}

/// The goals of a lesson that an earlier version of the page noted; taking them removes the note.
pub(super) fn take_goals(slug: &str) -> Option<String> {
    let name = format!("quorum-lab/went/{slug}");
    let storage = local_storage()?;
    let goals = storage.get_item(&name).ok().flatten()?;
    // If it stays, its goals are merged into the record again, which changes nothing.
    drop(storage.remove_item(&name));
    Some(goals)
}

pub(super) fn local_storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

fn recall(name: &str) -> Option<String> {
    local_storage()?.get_item(&format!("quorum-lab/{name}")).ok().flatten()
}

fn remember(name: &str, value: &str) {
    if let Some(storage) = local_storage() {
        // Full or denied: the choice then lasts for this visit only.
        drop(storage.set_item(&format!("quorum-lab/{name}"), value));
    }
}
