//! Banners: failures in plain words, with what they mean for the data and what can be done.
//!
//! Guarantees: every state of the host and its storage except the normal one has a banner; each says what is safe and
//! what is not. Leaves out: how it is done (`actions`).

use yew::prelude::*;

use super::icons::ic;
use super::intent::Intent;
use super::narrate::{breach, invariant};
use crate::web::offline;
use crate::web::wire::{HostState, MemoryReason, Storage};
use quorum_facade::snapshot::Invariant;
use quorum_i18n::{Lang, refused};

/// The inputs of the banners.
pub struct BannersProps {
    /// The state of the run.
    pub state: HostState,
    /// Where rows are kept.
    pub storage: Storage,
    /// The first broken invariant, with its cause, and how many are broken.
    pub broken: Option<(Invariant, usize)>,
    /// The link to the home page; empty where there is none.
    pub home: String,
    /// The address of this page for its own tab.
    pub own_tab: String,
    /// Whether the run has one node, which can be backed up.
    pub alone: bool,
    /// Called with the chosen action.
    pub onintent: Callback<Intent>,
}

/// A banner: its name in the document, tone, title, text.
struct Banner {
    word: &'static str,
    tone: &'static str,
    title: String,
    text: String,
    way_out: Option<(Intent, &'static str, &'static str)>,
}

/// The current banners.
pub fn banners(lang: Lang, props: &BannersProps) -> Html {
    let banners: Vec<Banner> =
        [broken_banner(lang, props), state_banner(lang, &props.state), storage_banner(lang, props)]
            .into_iter()
            .flatten()
            .collect();
    html! {
        <div role="region" aria-label={lang.t("banner-region")}>
            { for banners.into_iter().map(|banner| show(lang, banner, props)) }
        </div>
    }
}

/// Says that a newer build of the lab is there, which is taken by the button.
pub(crate) fn newer_build(lang: Lang) -> Html {
    html! {
        <div class="banner bn-calm" role="status" data-banner="newer-build">
            { ic("restart") }
            <p><b>{ lang.t("banner-build-title") }</b>{ " " }<span>{ lang.t("banner-build") }</span></p>
            <button class="btn" type="button" data-act="take-build" onclick={|_: MouseEvent| offline::take()}>
                { lang.t("banner-build-take") }
            </button>
        </div>
    }
}

fn show(lang: Lang, banner: Banner, props: &BannersProps) -> Html {
    // A failure in the middle of a run is announced at once, everything else politely.
    let role = if matches!(banner.word, "invariant" | "no-worker" | "closed") { "alert" } else { "status" };
    html! {
        <div key={banner.word} class={classes!("banner", banner.tone)} {role} data-banner={banner.word}>
            { ic("warn") }
            <p><b>{ banner.title }</b>{ " " }<span>{ banner.text }</span></p>
            if let Some((intent, word, key)) = banner.way_out {
                <button class="btn" type="button" data-act={word}
                    onclick={props.onintent.reform(move |_: MouseEvent| intent)}>
                    { lang.f(key, &[]) }
                </button>
            }
            if banner.word == "refused" && props.alone {
                <button class="btn" type="button" data-act="restore"
                    onclick={props.onintent.reform(|_: MouseEvent| Intent::PickBackup)}>
                    { lang.t("restore") }
                </button>
                <button class="btn" type="button" data-act="erase"
                    onclick={props.onintent.reform(|_: MouseEvent| Intent::AskErase)}>
                    { lang.t("erase") }
                </button>
            }
            if banner.word == "bad-run" && !props.home.is_empty() {
                <a class="btn" href={props.home.clone()}>{ lang.t("banner-run-home") }</a>
            }
            if banner.word == "denied" {
                <a class="btn" href={props.own_tab.clone()} target="_blank" rel="noopener">
                    { lang.t("banner-denied-open") }
                </a>
            }
        </div>
    }
}

fn broken_banner(lang: Lang, props: &BannersProps) -> Option<Banner> {
    let (one, count) = props.broken.as_ref()?;
    let title = lang.f("banner-invariant-title", &[("name", invariant(lang, &one.name).into())]);
    let detail = breach(lang, one).unwrap_or_default();
    let text = match count {
        1 => detail,
        n => lang.f("banner-invariant-more", &[("detail", detail.into()), ("n", (n - 1).into())]),
    };
    let way_out = Some((Intent::ShowInvariants, "show-invariants", "banner-invariant-show"));
    Some(Banner { word: "invariant", tone: "bn-gone", title, text, way_out })
}

/// Whether there is no run, because its address or its lesson names none that exists.
pub(crate) fn opens_nothing(state: &HostState) -> bool {
    match state {
        HostState::Refused { code, .. } => !code.starts_with("store") && code != "wal_corrupt",
        _ => false,
    }
}

fn state_banner(lang: Lang, state: &HostState) -> Option<Banner> {
    match state {
        HostState::Panicked { message } => Some(Banner {
            word: "panicked",
            tone: "bn-gone",
            title: lang.t("banner-panicked-title"),
            text: lang.f("banner-panicked", &[("message", message.as_str().into())]),
            way_out: Some((Intent::Reopen, "reopen", "banner-reopen")),
        }),
        HostState::NoWorker { why } => Some(Banner {
            word: "no-worker",
            tone: "bn-gone",
            title: lang.t("banner-no-worker-title"),
            text: lang.f("banner-no-worker", &[("why", lang.t(why.key()).into())]),
            way_out: Some((Intent::Reopen, "reopen", "banner-reopen")),
        }),
        // What is not a fault of the data is one of the address, or of the lesson.
        HostState::Refused { code, error } if opens_nothing(state) => Some(Banner {
            word: "bad-run",
            tone: "bn-gone",
            title: lang.t("banner-run-title"),
            text: lang.f("banner-run", &[("error", refused(lang, code, error).into())]),
            way_out: None,
        }),
        HostState::Refused { error, .. } => Some(Banner {
            word: "refused",
            tone: "bn-gone",
            title: lang.t("banner-refused-title"),
            text: lang.f("banner-refused", &[("error", error.as_str().into())]),
            way_out: Some((Intent::Reopen, "reopen", "banner-reopen")),
        }),
        HostState::Starting | HostState::Loading { .. } | HostState::Running | HostState::Unplugged => None,
    }
}

fn storage_banner(lang: Lang, props: &BannersProps) -> Option<Banner> {
    let Storage::Memory { why } = props.storage else { return None };
    if matches!(props.state, HostState::Refused { .. }) {
        return None;
    }
    let say = |title: &str, text: &str| (lang.f(title, &[]), lang.f(text, &[]));
    let (word, tone, (title, text), way_out) = match why {
        MemoryReason::Chosen => ("memory", "bn-calm", say("banner-memory-title", "banner-memory"), None),
        MemoryReason::Missing => ("missing", "bn-open", say("banner-missing-title", "banner-missing"), None),
        MemoryReason::Denied => ("denied", "bn-open", say("banner-denied-title", "banner-denied"), None),
        MemoryReason::Full => {
            let erase = (Intent::Erase, "erase", "erase");
            ("full", "bn-open", say("banner-full-title", "banner-full"), Some(erase))
        }
        MemoryReason::Failed => {
            let reopen = (Intent::Reopen, "reopen", "banner-reopen");
            ("full", "bn-open", say("banner-failed-title", "banner-failed"), Some(reopen))
        }
        MemoryReason::OtherTab => {
            let take = (Intent::TakeOver, "take-over", "banner-take-over");
            ("other-tab", "bn-apart", say("banner-other-tab-title", "banner-other-tab"), Some(take))
        }
        MemoryReason::TakenOver => {
            let take = (Intent::TakeOver, "take-over", "banner-take-over");
            ("taken-over", "bn-apart", say("banner-taken-over-title", "banner-taken-over"), Some(take))
        }
        MemoryReason::Closed => {
            let reopen = (Intent::Reopen, "reopen", "banner-reopen");
            ("closed", "bn-open", say("banner-closed-title", "banner-closed"), Some(reopen))
        }
        MemoryReason::Copy => {
            let reopen = (Intent::Reopen, "reopen", "banner-copy-back");
            ("copy", "bn-calm", say("banner-copy-title", "banner-copy"), Some(reopen))
        }
        MemoryReason::Silent => {
            let reopen = (Intent::Reopen, "reopen", "banner-reopen");
            ("silent", "bn-open", say("banner-silent-title", "banner-silent"), Some(reopen))
        }
        MemoryReason::Newer => ("newer", "bn-open", say("banner-newer-title", "banner-newer"), None),
    };
    Some(Banner { word, tone, title, text, way_out })
}
