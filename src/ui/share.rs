//! Sharing the present moment of a run: its link, the link as a QR code, a file, a page of its own, a report; and
//! opening such a file.
//!
//! Guarantees: what is shared is the moment at which the dialog was opened; a run that cannot be saved says why, and
//! its plain link is offered instead; a file that cannot be read says why, and nothing else happens. A page of its own
//! holds the whole lab: it is fetched when it is asked for. Leaves out: the format (`web::saved_runs`), and making the
//! page that is fetched (`quorum-dist`).

use std::rc::Rc;

use js_sys::Uint8Array;
use qrcode::{Color, EcLevel, QrCode};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlInputElement, Response};
use yew::prelude::*;

use super::backup::save;
use super::course::open::press;
use super::header::copy;
use super::icons::ic;
use super::inert::inert;
use super::keys::{closing, use_sheet};
use super::log::{say, time_text};
use super::story::Story;
use super::timeline::moment_text;
use super::use_lang;
use super::worlds::{Kinds, in_days};
use crate::web::address::Address;
use crate::web::packed;
use crate::web::saved_runs::{self, FILE_ENDING, letters_of};
use crate::web::session::{Saved, Session};
use quorum_i18n::{Lang, refused};
use quorum_types::Refusal;

/// The single file in a published folder.
const ALONE: &str = "lab.html";
/// The file input's id in the document.
const INPUT: &str = "saved-run-file";
/// How many sentences of the story a report has.
const TOLD: usize = 20;
/// The longest link that a camera still reads from a projector.
const MOST_LETTERS: usize = 1_000;

/// The inputs of the dialog.
#[derive(Clone, Properties, PartialEq)]
pub(crate) struct ShareProps {
    /// The session.
    pub(crate) session: Session,
    /// What is open.
    pub(crate) address: Address,
    /// What has happened, for a report.
    pub(crate) story: Rc<Story>,
    /// Whether the run is a lone engine.
    pub(crate) alone: bool,
    /// How the run's world names its nodes.
    pub(crate) kinds: Kinds,
    /// Called with the address of a run that was in a file.
    pub(crate) onopen: Callback<Address>,
    /// Called when it is closed.
    pub(crate) onclose: Callback<()>,
}

/// The dialog, for a chunk.
pub(crate) fn share(props: ShareProps) -> Html {
    html! { <Share ..props /> }
}

/// The link to a saved moment. A lesson in a file is named by where it came from.
pub(crate) fn link_to(address: &Address, letters: &str) -> String {
    let lesson = address.lesson.clone().filter(|named| named.contains("://"));
    Address { lesson, lang: address.lang, run: Some(letters.to_owned()), ..Address::default() }.link()
}

/// The dialog.
#[component]
fn Share(props: &ShareProps) -> Html {
    let lang = use_lang();
    let place = use_sheet(true);
    let saved = use_state_eq(|| None::<Result<Saved, Refusal>>);
    let said = use_state_eq(|| None::<String>);
    {
        let (session, saved) = (props.session.clone(), saved.setter());
        use_effect_with((), move |()| {
            spawn_local(async move { saved.set(Some(session.saved_run().await)) });
        });
    }
    let link = match &*saved {
        Some(Ok(saved)) => link_to(&props.address, &saved.run),
        _ => props.address.link(),
    };
    let moment = saved.as_ref().and_then(|saved| saved.as_ref().ok()).cloned();
    let acts = Acts { lang, props, moment: moment.clone(), link: link.clone(), said: said.clone() };
    let status = match (&*said, &*saved) {
        (Some(said), _) => said.clone(),
        (None, None) => lang.t("share-saving"),
        (None, Some(Ok(_))) => String::new(),
        (None, Some(Err(refusal))) => {
            let why = refused(lang, &refusal.code, &refusal.error);
            lang.f("share-cannot", &[("why", why.into())])
        }
    };
    let when = moment.as_ref().map(|saved| moment_text(lang, in_days(&props.kinds), saved.t_us));
    let onclose = props.onclose.reform(|_: Event| ());
    html! {
        <dialog ref={place.clone()} class="pop share" aria-label={lang.t("share")} data-view="share" {onclose}>
            <div class="pop-h">
                <h2>{ lang.t("share") }</h2>
                <button class="iconbtn" type="button" aria-label={lang.t("close")} onclick={closing(&place)}>
                    { ic("cross") }
                </button>
            </div>
            if let Some(when) = when { <p>{ lang.f("share-lead", &[("t", when.into())]) }</p> }
            <p class="row">
                { acts.button("share-link", "link", "share-link", true, Acts::copy_link) }
                { acts.button("share-file", "down", "share-file", moment.is_some(), Acts::save_file) }
                if packed::files().is_none() {
                    { acts.button("share-page", "ext", "share-page", moment.is_some(), Acts::save_page) }
                }
                { acts.button("share-report", "list", "share-report", true, Acts::copy_report) }
                <button class="btn" type="button" data-act="share-open" onclick={|_: MouseEvent| press(INPUT)}>
                    { ic("restart") }{ lang.t("share-open") }
                </button>
                <input class="vh" id={INPUT} type="file" accept={format!(".{FILE_ENDING}")} tabindex="-1"
                    aria-label={lang.t("share-open")} onchange={acts.open_file()} />
            </p>
            <p role="status" data-view="share-status">{ status }</p>
            <p class="share-l"><a href={link.clone()} data-view="share-address">{ &link }</a></p>
            if moment.is_some() { { qr(lang, &link) } }
        </dialog>
    }
}

/// What the buttons do.
struct Acts<'a> {
    lang: Lang,
    props: &'a ShareProps,
    moment: Option<Saved>,
    link: String,
    said: UseStateHandle<Option<String>>,
}

impl Acts<'_> {
    fn button(
        &self,
        word: &'static str,
        icon: &'static str,
        label: &'static str,
        can: bool,
        act: fn(&Self) -> Callback<MouseEvent>,
    ) -> Html {
        let onclick = if can { act(self) } else { Callback::noop() };
        html! {
            <button class="btn" type="button" data-act={word} aria-disabled={inert(!can)} {onclick}>
                { ic(icon) }{ self.lang.f(label, &[]) }
            </button>
        }
    }

    /// Copies a text and says whether it succeeded.
    fn copies(&self, text: String) -> Callback<MouseEvent> {
        let (lang, said) = (self.lang, self.said.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, said) = (text.clone(), said.clone());
            spawn_local(async move {
                let copied = copy(&text).await;
                said.set(Some(lang.t(if copied { "copied" } else { "copy-failed" })));
            });
        })
    }

    fn copy_link(&self) -> Callback<MouseEvent> {
        self.copies(self.link.clone())
    }

    fn copy_report(&self) -> Callback<MouseEvent> {
        self.copies(report(self.lang, self.props, self.moment.as_ref(), &self.link))
    }

    fn save_file(&self) -> Callback<MouseEvent> {
        let Some(saved) = self.moment.clone() else { return Callback::noop() };
        let (lang, said) = (self.lang, self.said.clone());
        let name = self.file_name(FILE_ENDING);
        Callback::from(move |_: MouseEvent| {
            let (saved, said, name) = (saved.clone(), said.clone(), name.clone());
            spawn_local(async move {
                let written = match saved_runs::code().await {
                    Ok(code) => (code.bytes)(&saved.run),
                    Err(refusal) => Err(refusal),
                };
                said.set(Some(match written {
                    Ok(bytes) => {
                        // A browser that runs the page refuses none of this.
                        drop(save(&Uint8Array::from(&bytes[..]), &name));
                        lang.f("share-file-saved", &[("name", name.into())])
                    }
                    Err(refusal) => refused(lang, &refusal.code, &refusal.error),
                }));
            });
        })
    }

    /// The name of a file that is saved.
    fn file_name(&self, ending: &str) -> String {
        let of = self.props.address.lesson.as_deref().or(self.props.address.topology.as_deref());
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let of: String = of.unwrap_or("run").chars().take(40).map(plain).collect();
        format!("{}.{ending}", of.trim_matches('-'))
    }

    /// Saves the whole lab as one document that opens this moment, without a server.
    fn save_page(&self) -> Callback<MouseEvent> {
        let Some(saved) = self.moment.clone() else { return Callback::noop() };
        let (lang, said, name) = (self.lang, self.said.clone(), self.file_name("html"));
        Callback::from(move |_: MouseEvent| {
            let (run, said, name) = (saved.run.clone(), said.clone(), name.clone());
            spawn_local(async move {
                said.set(Some(lang.t("share-page-fetching")));
                said.set(Some(match page_with(&run).await {
                    Some(bytes) => {
                        // A browser that runs the page refuses none of this.
                        drop(save(&bytes, &name));
                        let mb = (f64::from(bytes.length()) / 1e6).ceil();
                        lang.f("share-page-saved", &[("name", name.into()), ("mb", mb.into())])
                    }
                    None => lang.t("share-page-missing"),
                }));
            });
        })
    }

    fn open_file(&self) -> Callback<Event> {
        let (lang, said) = (self.lang, self.said.clone());
        let (address, onopen) = (self.props.address.clone(), self.props.onopen.clone());
        let onclose = self.props.onclose.clone();
        Callback::from(move |event: Event| {
            let input: Option<HtmlInputElement> = event.target().and_then(|target| target.dyn_into().ok());
            let Some(input) = input else { return };
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            input.set_value("");
            let (said, address) = (said.clone(), address.clone());
            let (onopen, onclose) = (onopen.clone(), onclose.clone());
            spawn_local(async move {
                match letters_of(&file).await {
                    Ok(letters) => {
                        onclose.emit(());
                        onopen.emit(Address { run: Some(letters), ..address.bare() });
                    }
                    Err(refusal) => said.set(Some(refused(lang, &refusal.code, &refusal.error))),
                }
            });
        })
    }
}

/// The lab's single file with a run in it; none if the server does not have that file.
async fn page_with(run: &str) -> Option<Uint8Array> {
    let answer: Response = JsFuture::from(packed::ask(ALONE)?).await.ok()?.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    // A server may answer every address with its start page.
    let (before, after) = text.split_once("<script>").filter(|(_, after)| after.contains("quorumFiles"))?;
    // Letters of a run are those of base64url. An address of its own comes first.
    let opens = format!("location.search||location.hash||location.replace(\"#r={run}\")");
    let page = format!("{before}<script>{opens}</script><script>{after}");
    Some(Uint8Array::from(page.as_bytes()))
}

/// What happened, for somebody who is to look into it.
fn report(lang: Lang, props: &ShareProps, moment: Option<&Saved>, link: &str) -> String {
    let of = props.address.lesson.clone().or_else(|| props.address.topology.clone()).unwrap_or_default();
    let now = props.session.moment();
    let seed = now.as_ref().map_or(0, |now| now.seed).to_string();
    let (digest, t_us) = match (moment, &now) {
        (Some(saved), _) => (saved.digest.clone(), saved.t_us),
        (None, Some(now)) => (now.digest.clone(), now.t_us),
        (None, None) => Default::default(),
    };
    let figures = [
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("of", of.into()),
        ("seed", seed.into()),
        ("t", time_text(lang, &props.kinds, t_us).into()),
        ("digest", digest.into()),
    ];
    let mut lines = vec![lang.f("share-report-head", &figures), link.to_owned(), lang.t("share-report-told")];
    let told = props.story.narrated.iter().filter(|event| event.t_us <= t_us);
    let told: Vec<_> = told.rev().take(TOLD).collect();
    lines.extend(told.into_iter().rev().map(|event| {
        let when = time_text(lang, &props.kinds, event.t_us);
        format!("{when}  {}", say(lang, event, &props.kinds, props.alone))
    }));
    lines.join("\n")
}

/// The link as a QR code, dark on light in every theme, because cameras expect that.
fn qr(lang: Lang, link: &str) -> Html {
    let made = QrCode::with_error_correction_level(link, EcLevel::L).ok();
    let Some(code) = made.filter(|_| link.len() <= MOST_LETTERS) else {
        return html! { <p class="fine">{ lang.t("share-qr-long") }</p> };
    };
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    // A margin of four modules belongs to the code.
    let path: String =
        dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + 4, at / width + 4)).collect();
    let size = width + 8;
    html! {
        <figure class="share-qr">
            <svg viewBox={format!("0 0 {size} {size}")} role="img" aria-label={lang.t("share-qr-label")}>
                <path class="share-light" d={format!("M0 0h{size}v{size}h-{size}z")} />
                <path class="share-dark" d={path} />
            </svg>
            <figcaption>{ lang.t("share-qr") }</figcaption>
        </figure>
    }
}
