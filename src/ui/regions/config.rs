//! The configuration as the course writes it, edited in the page and checked by the run.
//!
//! Promises: what is refused is said with its line marked, and the run keeps what it had; what is typed is never lost by a
//! refusal. Leaves out: what the values do.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::lab::{Answer, Command};
use crate::ui::icons::ic;
use crate::ui::use_lang;
use crate::web::session::Session;
use crate::words::refused;

/// So many lines are numbered; a longer text scrolls by itself.
const NUMBERED: usize = 60;

/// What the editor needs.
#[derive(Properties, PartialEq)]
pub struct ConfigProps {
    /// The session that is asked.
    pub session: Session,
    /// The configuration that is obeyed.
    pub text: String,
    /// Whether the run takes commands.
    pub running: bool,
}

/// How the last try went.
#[derive(Clone, Debug, PartialEq)]
enum Tried {
    /// Not yet, or something was typed since.
    No,
    /// It is obeyed.
    Taken,
    /// Refused: the sentence, and the line, from 1.
    Refused(String, Option<usize>),
}

/// The line that a refusal names.
pub fn line_of(error: &str) -> Option<usize> {
    let after = error.split_once("line ")?.1;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|line| *line > 0)
}

/// The editor.
#[component]
pub fn Config(props: &ConfigProps) -> Html {
    let lang = use_lang();
    let draft = use_state_eq(|| None::<String>);
    let tried = use_state_eq(|| Tried::No);
    let text = (*draft).clone().unwrap_or_else(|| props.text.clone());
    let oninput = {
        let (draft, tried) = (draft.clone(), tried.clone());
        Callback::from(move |event: InputEvent| {
            let area = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
            if let Some(area) = area {
                draft.set(Some(area.value()));
                tried.set(Tried::No);
            }
        })
    };
    let onapply = {
        let (session, draft, tried, text) =
            (props.session.clone(), draft.clone(), tried.clone(), text.clone());
        Callback::from(move |_: MouseEvent| {
            let (session, draft, tried, text) = (session.clone(), draft.clone(), tried.clone(), text.clone());
            spawn_local(async move {
                let (deed, text) = ("config".to_owned(), Some(text));
                match session.execute(Command::Region { deed, region: None, value: None, text }).await {
                    Answer::Refused { code, error, .. } => {
                        let line = line_of(&error);
                        tried.set(Tried::Refused(refused(lang, &code, &error), line));
                    }
                    _ => {
                        draft.set(None);
                        tried.set(Tried::Taken);
                    }
                }
            });
        })
    };
    let ondrop = {
        let (draft, tried) = (draft.clone(), tried.clone());
        Callback::from(move |_: MouseEvent| {
            draft.set(None);
            tried.set(Tried::No);
        })
    };
    // Keys are the page's; here they write.
    let onkeydown = Callback::from(|event: KeyboardEvent| event.stop_propagation());
    let count = text.lines().count().max(1);
    let (error, line) = match &*tried {
        Tried::Refused(error, line) => (Some(error.clone()), *line),
        _ => (None, None),
    };
    let numbers = (count <= NUMBERED).then(|| {
        let number = |n: usize| html! { <li class={classes!((Some(n) == line).then_some("bad"))} data-line={n.to_string()}>{ n }</li> };
        html! { <ol class="rg-lines-n" aria-hidden="true">{ for (1..=count).map(number) }</ol> }
    });
    let wrong = line
        .and_then(|line| text.lines().nth(line - 1))
        .map(|line| line.chars().take(120).collect::<String>());
    html! {
        <section class="gauge" data-view="config" data-dirty={draft.is_some().to_string()}>
            <details class="mc-details rg-fold">
                <summary>{ lang.t("rg-config") }<small class="mono">{ "dr_config.yaml" }</small></summary>
                <p class="fine" id="rg-config-s">{ lang.t("rg-config-s") }</p>
                <div class="rg-edit">
                    { numbers.unwrap_or_default() }
                    <textarea class="mono" data-act="config-text" rows={count.min(NUMBERED).to_string()} wrap="off" spellcheck="false" value={text}
                        aria-label={lang.t("rg-config")} aria-describedby="rg-config-s rg-config-e" aria-invalid={error.is_some().to_string()} {oninput} {onkeydown} />
                </div>
                <div id="rg-config-e" aria-live="assertive">
                    if let Some(error) = error {
                        <div class="note note-gone" data-fault={line.map(|line| line.to_string())}>
                            <p><b>{ match line {
                                Some(line) => lang.f("rg-config-line", &[("n", line.into())]),
                                None => lang.t("rg-config-refused"),
                            } }</b>{ " " }{ lang.t("rg-config-kept") }</p>
                            if let Some(wrong) = wrong { <p><code>{ wrong }</code></p> }
                            <p lang="en">{ error }</p>
                        </div>
                    } else if *tried == Tried::Taken {
                        <p class="note" role="status">{ lang.t("rg-config-taken") }</p>
                    }
                </div>
                <p class="row">
                    <button type="button" class="btn btn-pri" data-act="config-apply" disabled={!props.running} onclick={onapply}>{ ic("check") }{ lang.t("rg-config-apply") }</button>
                    <button type="button" class="btn btn-quiet" data-act="config-drop" disabled={draft.is_none()} onclick={ondrop}>{ lang.t("rg-config-drop") }</button>
                </p>
            </details>
        </section>
    }
}
