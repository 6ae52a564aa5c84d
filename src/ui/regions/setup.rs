//! The composition and tuning of two regions: replication modes, what each layer protects from, every setting with its
//! default and its source, and what is simplified.
//!
//! Guarantees: a setting is changed in the open run where that is possible; a setting that a run is built from opens a
//! new one, and the page says so beforehand. Leaves out: the configuration in the course's format (`config`).

use std::rc::Rc;

use yew::prelude::*;

use super::{TOPOLOGY, asked, facts, value_of};
use crate::ui::intent::{Intent, RegionIntent};
use crate::ui::tuning::{Tuning, apply, honesty, settings, topology_changed};
use crate::ui::use_lang;
use quorum_facade::regions::MADE_OF;
use quorum_facade::regions::settings::ALL;
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::Lang;

/// Groups of settings: the title, and the first setting of each.
const GROUPS: [(&str, &str); 8] = [
    ("rg-group-shape", "region_nodes"),
    ("rg-group-clients", "clients_beijing"),
    ("rg-group-backup", "backup"),
    ("rg-group-sync", "sync_mode"),
    ("rg-group-health", "health_check_s"),
    ("rg-group-fence", "fencing"),
    ("rg-group-dns", "dns_ttl_s"),
    ("rg-group-price", "price_node_fen"),
];

/// What is simplified.
const SIMPLE: [&str; 5] =
    ["rg-simple-volume", "rg-simple-person", "rg-simple-price", "rg-simple-count", "rg-simple-health"];

/// Runs to begin with: the word in the document, the title, the topology.
const PRESETS: [(&str, &str, &str); 6] = [
    ("real-time", "rg-preset-real", "two-regions"),
    ("near", "rg-preset-near", "two-regions:sync_mode=2"),
    ("periodic", "rg-preset-periodic", "two-regions:sync_mode=3"),
    ("counts", "rg-preset-counts", "two-regions:sync_mode=4,fencing=0,standby_read_only=0"),
    ("backup-only", "rg-preset-backup", "two-regions:sync_mode=0,standby=0"),
    (
        "note",
        "rg-preset-note",
        "two-regions:sync_mode=4,sync_batch_s=0,standby_read_only=0,fencing=0,update_percent=0,\
         delete_percent=0,runbook=1",
    ),
];
/// Why the note's steps work only in the note's world.
const NOTE_WORLD: [&str; 3] = ["rg-note-world-1", "rg-note-world-2", "rg-note-world-3"];

/// The properties of the pane.
#[derive(Properties, PartialEq)]
pub struct SetupProps {
    /// The snapshot, for the settings.
    pub now: Rc<Snapshot>,
    /// The open topology, as the address has it.
    pub topology: String,
    /// Whether the run accepts commands.
    pub running: bool,
    /// Called with actions on the run.
    pub onintent: Callback<Intent>,
    /// Called with the topology of a new run.
    pub onopen: Callback<String>,
}

/// The pane beside the stage.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    let lang = use_lang();
    let draft = use_state_eq(Vec::<(String, u64)>::new);
    let Some(facts) = facts(&props.now) else { return Html::default() };
    let tuning = Tuning {
        prefix: "rg",
        all: ALL,
        groups: &GROUPS,
        elsewhere: &[],
        unfolded: false,
        running: props.running,
        value: &|name| (value_of(facts, name), !MADE_OF.contains(&name)),
        change: props.onintent.reform(|(name, value)| Intent::Region(RegionIntent::Set(name, value))),
        draft: &draft,
    };
    let open = props.topology.clone();
    let onapply =
        props.onopen.reform(move |list: Vec<(String, u64)>| topology_changed(TOPOLOGY, ALL, &open, &list));
    html! {
        <section class="lesson pane mc-setup" aria-label={lang.t("rg-setup")} data-step="0">
            <div class="pane-scroll" tabindex="0">
                <h1 class="h-title">{ lang.t("rg-title") }</h1>
                <p class="prose">{ lang.t("rg-lead") }</p>
                <h2 class="h-sub">{ lang.t("rg-presets") }</h2>
                { presets(lang, props) }
                <p class="fine">{ lang.t("rg-presets-s") }</p>
                <details class="mc-details" data-view="note-world">
                    <summary>{ lang.t("rg-note-world") }</summary>
                    { for NOTE_WORLD.iter().map(|key| html! { <p class="prose">{ lang.f(key, &[]) }</p> }) }
                    <p class="fine">{ lang.t("rg-note-world-src") }</p>
                </details>
                { honesty(lang, &SIMPLE) }
                { settings(lang, &tuning) }
            </div>
            { apply(lang, &draft, &onapply) }
        </section>
    }
}

fn presets(lang: Lang, props: &SetupProps) -> Html {
    let one = |(word, title, topology): &(&'static str, &'static str, &'static str)| {
        let same =
            ALL.iter().all(|setting| asked(topology, setting.name) == asked(&props.topology, setting.name));
        let topology = (*topology).to_owned();
        let onclick = props.onopen.reform(move |_: MouseEvent| topology.clone());
        html! {
            <button type="button" class={classes!("btn", same.then_some("btn-set"))} data-preset={*word}
                aria-pressed={same.to_string()} {onclick}>
                { lang.f(title, &[]) }
            </button>
        }
    };
    html! {
        <div class="rg-presets" role="group" aria-label={lang.t("rg-presets")}>
            { for PRESETS.iter().map(one) }
        </div>
    }
}
