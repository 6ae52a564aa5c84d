//! Free play of a lone engine: the speed of its disk, the rows per batch, the documents per import.
//!
//! Guarantees: shows the settings of the run, not what was chosen last; a disk names the source of its figures. Leaves
//! out: what the settings do (`sim::standalone`), and the disks (`facade::disks`).

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::EngineProps;
use crate::ui::format::millis;
use crate::ui::icons::ic;
use crate::ui::intent::Intent;
use quorum_facade::disks::{PRESETS, Preset};
use quorum_facade::snapshot::DiskFacts;
use quorum_i18n::Lang;

/// Rows per batch: those of course note 1, and single rows.
const BATCHES: [u64; 5] = [1, 100, 500, 1_000, 5_000];
/// Documents per import.
const IMPORTS: [u64; 4] = [10_000, 100_000, 300_000, 1_000_000];

/// The three choices, and a description of the chosen disk.
pub(super) fn disk(lang: Lang, props: &EngineProps) -> Html {
    let facts = props.now.engine.as_ref().map(|engine| engine.disk).unwrap_or_default();
    let found = PRESETS.iter().position(|preset| is_made_of(preset, &facts));
    let sync_ms = millis(facts.sync_us as f64 / 1_000.0);
    let said = if facts.real_time || found.is_none() {
        lang.f("disk-says-clock", &[("mb", facts.sync_mb_per_s.into()), ("ms", sync_ms.into())])
    } else {
        lang.f("disk-says-free", &[])
    };
    let own = found.is_none().then(|| lang.f("disk-own", &[("mb", facts.sync_mb_per_s.into())]));
    let disks: Vec<String> = PRESETS.iter().map(|preset| lang.f(preset.key, &[])).chain(own).collect();
    let rows = |list: &[u64]| -> Vec<String> {
        list.iter().map(|rows| lang.f("disk-rows", &[("n", (*rows).into())])).collect()
    };
    let (batches, imports) = (with(&BATCHES, facts.batch_rows), with(&IMPORTS, facts.import_rows));
    let place = |list: &[u64], rows: u64| list.iter().position(|other| *other == rows).unwrap_or(0);
    let (batch, import) = (place(&batches, facts.batch_rows), place(&imports, facts.import_rows));
    html! {
        <div class="disk" role="group" aria-label={lang.t("disk-region")} data-view="disk"
            data-disk={found.map(|place| PRESETS[place].key)}>
            <div class="actions">
                {
                    choice(
                        props,
                        ("disk", Some("disk")),
                        lang.t("disk-choose"),
                        &disks,
                        found.unwrap_or(PRESETS.len()),
                        Box::new(|place| {
                    PRESETS.get(place).map(|_| Intent::Disk(place))
                })) }
                { choice(props, ("batch-rows", None), lang.t("disk-batch"), &rows(&batches), batch, {
                    let batches = batches.clone();
                    Box::new(move |place| batches.get(place).map(|rows| Intent::BatchRows(*rows)))
                }) }
                { choice(props, ("import-rows", None), lang.t("disk-import"), &rows(&imports), import, {
                    let imports = imports.clone();
                    Box::new(move |place| imports.get(place).map(|rows| Intent::ImportRows(*rows)))
                }) }
            </div>
            <p class="fine">
                { said }
                if let Some(place) =
                    found { { " " }<span class="disk-src">{ lang.f(PRESETS[place].source_key, &[]) }</span> }
            </p>
        </div>
    }
}

fn is_made_of(preset: &Preset, facts: &DiskFacts) -> bool {
    (preset.mb_per_s, preset.sync_us, preset.real_time)
        == (facts.sync_mb_per_s, facts.sync_us, facts.real_time)
}

/// The options, including the run's current value.
fn with(list: &[u64], rows: u64) -> Vec<u64> {
    let mut list = list.to_vec();
    if !list.contains(&rows) {
        list.push(rows);
    }
    list
}

/// A list to choose from; a choice is sent to the run, and shown once the run has applied it.
fn choice(
    props: &EngineProps,
    (word, icon): (&'static str, Option<&'static str>),
    label: String,
    entries: &[String],
    at: usize,
    intent: Box<dyn Fn(usize) -> Option<Intent>>,
) -> Html {
    let onintent = props.onintent.clone();
    let onchange = Callback::from(move |event: Event| {
        let select = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlSelectElement>().ok());
        let place = select.and_then(|select| usize::try_from(select.selected_index()).ok());
        if let Some(intent) = place.and_then(&intent) {
            onintent.emit(intent);
        }
    });
    html! {
        <label class="trap">
            if let Some(icon) = icon { { ic(icon) } }
            <span>{ label }</span>
            <select data-act={word} disabled={!props.running} {onchange}>
                { for entries.iter().enumerate().map(|(place, entry)| html! {
                    <option value={place.to_string()} selected={place == at}>{ entry.clone() }</option>
                }) }
            </select>
        </label>
    }
}
