//! Export of charts: as a picture, as drawn, and as the numbers that were drawn.
//!
//! Guarantees: one menu for every chart; the picture is the chart that is on the page, and the numbers are those that
//! it was drawn from. Leaves out: the charts.

mod picture;
pub mod table;

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::prelude::*;

use self::picture::{picture, png, save_address};
use self::table::Table;
use super::backup::save;
use super::menu::{Item, Menu};
use super::use_lang;

/// A chart with its menu below it. `name` names its files and the chart in the document.
pub(crate) fn chart(name: &'static str, table: Table, drawn: Html) -> Html {
    html! {
        <div class="chart" data-chart={name}>
            <div class="chart-d">{ drawn }</div>
            <Export {name} table={Some(Rc::new(table))} />
        </div>
    }
}

/// The menu's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct ExportProps {
    /// The chart's name in the document and in the names of its files.
    pub(crate) name: &'static str,
    /// The numbers; none for a picture without.
    #[prop_or_default]
    pub(crate) table: Option<Rc<Table>>,
    /// Whether the menu opens upwards.
    #[prop_or_default]
    pub(crate) up: bool,
}

/// The menu of a chart: it saves what is drawn in the nearest `data-chart` around it.
#[component]
pub(crate) fn Export(props: &ExportProps) -> Html {
    let lang = use_lang();
    let refused = use_state_eq(|| false);
    let item = |word: &'static str, text: String| Item { word, text, key: None, can: true };
    let mut items = vec![item("svg", lang.t("export-svg")), item("png", lang.t("export-png"))];
    if props.table.is_some() {
        items.push(item("csv", lang.t("export-csv")));
    }
    let onpick = {
        let (name, table, refused) = (props.name, props.table.clone(), refused.clone());
        Callback::from(move |(word, button): (&'static str, Element)| {
            let (table, refused) = (table.clone(), refused.clone());
            spawn_local(async move {
                let saved = match (word, table) {
                    ("csv", Some(table)) => save_text(&table.csv(), name, "csv"),
                    _ => save_picture(word, &button, name).await,
                };
                refused.set(saved.is_err());
            });
        })
    };
    html! {
        <div class="chart-m no-print">
            <span class="fine" role="status">{ if *refused { lang.t("export-refused") } else { String::new() } }</span>
            <Menu word="export" label={lang.t("export-title")} icon="down" {items} up={props.up} {onpick} />
        </div>
    }
}

fn save_text(text: &str, name: &str, ending: &str) -> Result<(), JsValue> {
    save(&Uint8Array::from(text.as_bytes()), &format!("quorum-lab-{name}.{ending}"))
}

async fn save_picture(word: &str, button: &Element, name: &str) -> Result<(), JsValue> {
    let chart = button.closest("[data-chart]")?.ok_or(JsValue::NULL)?;
    let drawn = chart.query_selector(".chart-d")?.ok_or(JsValue::NULL)?;
    // A chart that is one drawing is saved as that.
    let only = drawn
        .first_element_child()
        .filter(|only| drawn.child_element_count() == 1 && only.tag_name().eq_ignore_ascii_case("svg"));
    let picture = picture(&only.unwrap_or(drawn))?;
    match word {
        "svg" => save_text(&picture.svg, name, "svg"),
        _ => save_address(&png(&picture).await?, &format!("quorum-lab-{name}.png")),
    }
}
