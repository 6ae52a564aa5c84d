//! Backups: downloading one, choosing one, and the question before it replaces the stored data.
//!
//! Guarantees: a file is opened in memory before the question is asked; the stored data changes only after
//! confirmation. Leaves out: a backup's contents (`facade::backup`).

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement, HtmlElement, HtmlInputElement, Url};
use yew::prelude::*;

use super::icons::ic;
use super::inert::inert;
use super::intent::Intent;
use crate::web::session::Session;
use quorum_facade::{Answer, Tail};
use quorum_i18n::{Lang, grouped, refused};

/// The file input's id in the document.
const INPUT: &str = "restore-file";

/// The progress of restoring.
#[derive(Clone, Debug, Default)]
pub enum Restoring {
    /// Not asked for.
    #[default]
    No,
    /// The file is being opened in memory.
    Checking,
    /// It was refused.
    Bad(String),
    /// It can be restored, if the learner confirms.
    Ask {
        /// The backup.
        bytes: Uint8Array,
        /// Rows in it.
        rows: u64,
        /// Whether a torn record at its end will be cut off.
        torn: bool,
    },
}

/// Creates a backup and has the browser save it.
pub(crate) async fn download(session: &Session) -> Result<(), Answer> {
    let bytes = session.backup().await?;
    let (topology, seed) = session.moment().map(|now| (now.topology.clone(), now.seed)).unwrap_or_default();
    // A browser that runs the page at all refuses none of this.
    drop(save(&bytes, &format!("quorum-lab-{topology}-{seed}.qlwal")));
    Ok(())
}

/// Has the browser save bytes under a file name.
pub(crate) fn save(bytes: &Uint8Array, name: &str) -> Result<(), JsValue> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(bytes))?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}

/// Opens a chosen file in memory, and returns what to ask.
pub(crate) async fn check(session: &Session, file: &Blob, lang: Lang) -> Restoring {
    let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
        return Restoring::Bad(lang.t("restore-bad"));
    };
    let bytes = Uint8Array::new(&buffer);
    match session.check(&bytes).await {
        Answer::Recovered { rows, tail, .. } => Restoring::Ask { bytes, rows, torn: tail == Tail::Torn },
        Answer::Refused { code, offset, .. } if code == "bad_backup" => {
            Restoring::Bad(lang.f("restore-bad-at", &[("offset", offset.unwrap_or(0).into())]))
        }
        Answer::Refused { code, file, offset, .. } if code == "wal_corrupt" => Restoring::Bad(lang.f(
            "restore-corrupt",
            &[("file", file.unwrap_or(0).into()), ("offset", offset.unwrap_or(0).into())],
        )),
        Answer::Refused { code, error, .. } => Restoring::Bad(refused(lang, &code, &error)),
        _ => Restoring::No,
    }
}

/// Opens the browser's dialogue for a file.
pub(crate) fn pick() {
    let document = web_sys::window().and_then(|window| window.document());
    let input = document.and_then(|document| document.get_element_by_id(INPUT));
    if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlElement>().ok()) {
        input.click();
    }
}

/// A file that was dropped.
pub(crate) fn dropped(event: &DragEvent) -> Option<Blob> {
    Some(event.data_transfer()?.files()?.get(0)?.into())
}

/// A file that was chosen.
fn chosen(event: &Event) -> Option<Blob> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file = input.files()?.get(0)?;
    // Allows choosing the same file again.
    input.set_value("");
    Some(file.into())
}

/// Backing up and restoring, in the panel.
pub fn backups(lang: Lang, can: bool, onintent: &Callback<Intent>, onfile: &Callback<Blob>) -> Html {
    let intent = |intent: Intent| onintent.reform(move |_: MouseEvent| intent);
    let onfile = onfile.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(file) = chosen(&event) {
            onfile.emit(file);
        }
    });
    html! {
        <section class="gauge" data-view="backups">
            <h2 class="h-inst">{ lang.t("backup-title") }</h2>
            <p class="row">
                <button class="btn" type="button" data-act="backup" aria-disabled={inert(!can)}
                    onclick={intent(Intent::Backup)}>
                    { ic("down") }
                    { lang.t("backup") }
                </button>
                <button class="btn" type="button" data-act="restore" onclick={intent(Intent::PickBackup)}>
                    { ic("restart") }
                    { lang.t("restore") }
                </button>
            </p>
            <input class="vh" id={INPUT} type="file" accept=".qlwal" tabindex="-1"
                aria-label={lang.t("restore")} {onchange} />
            <p class="fine">{ lang.t("backup-note") }</p>
        </section>
    }
}

/// The question before a backup replaces what is stored, or why it cannot.
pub fn restoring(lang: Lang, now: &Restoring, onintent: &Callback<Intent>) -> Html {
    let button = |intent: Intent, word: &'static str, label: String| {
        let onclick = onintent.reform(move |_: MouseEvent| intent);
        html! { <button class="btn" type="button" data-act={word} {onclick}>{ label }</button> }
    };
    let (tone, text, buttons) = match now {
        Restoring::No => return Html::default(),
        Restoring::Checking => ("bn-calm", lang.t("restore-checking"), Html::default()),
        Restoring::Bad(why) => {
            ("bn-gone", why.clone(), button(Intent::DropBackup, "restore-no", lang.t("close")))
        }
        Restoring::Ask { rows, torn, .. } => {
            let mut text = lang.f("restore-ask", &[("n", grouped(*rows).into())]);
            if *torn {
                // Chinese sets no space between sentences.
                text += if lang == Lang::En { " " } else { "" };
                text += &lang.t("restore-torn");
            }
            let yes = button(Intent::Restore, "restore-yes", lang.t("restore-yes"));
            (
                "bn-open",
                text,
                html! { <>{ yes }{ button(Intent::DropBackup, "restore-no", lang.t("restore-no")) }</> },
            )
        }
    };
    html! {
        <div class={classes!("banner", tone)} role="status" data-banner="restoring">
            { ic("restart") }<p>{ text }</p>{ buttons }
        </div>
    }
}
