//! The configuration in the course's format, edited in the page and checked by the run.
//!
//! Guarantees: a refusal is shown in the reader's language with its line marked, and the run keeps its configuration;
//! typed text is never lost by a refusal; the effect of every key is shown, before it is applied and after. Leaves out:
//! what the values do.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::use_lang;
use crate::web::session::Session;
use quorum_drill::dr_config;
use quorum_facade::regions::MADE_OF;
use quorum_facade::regions::Settings;
use quorum_facade::regions::config::{DrConfig, Effect, NOTE, Outcome};
use quorum_facade::{Answer, Command, RegionAction};
use quorum_i18n::{Lang, refused};

/// Number of numbered lines; a longer text scrolls by itself.
const NUMBERED: usize = 60;

/// The properties of the editor.
#[derive(Properties, PartialEq)]
pub struct ConfigProps {
    /// The session that receives it.
    pub session: Session,
    /// The configuration in force.
    pub text: String,
    /// The settings of the run.
    #[prop_or_default]
    pub settings: Vec<(String, u64)>,
    /// Whether the run accepts commands.
    pub running: bool,
}

/// The result of the last attempt.
#[derive(Clone, Debug, PartialEq)]
enum Tried {
    /// None yet, or the text was edited since.
    No,
    /// Applied: the effect of each key.
    Taken(Vec<Effect>),
    /// Refused: the sentence, and the line, from 1.
    Refused(String, Option<usize>),
}

/// The effect of each key of a text, compared with the configuration in force; or what is wrong with it: the sentence,
/// and the line.
pub fn look(
    lang: Lang,
    text: &str,
    obeyed: &str,
    settings: &[(String, u64)],
) -> Result<Vec<Effect>, (String, Option<usize>)> {
    let config = DrConfig::read(text).map_err(|fault| {
        let line = (fault.line > 0).then_some(fault.line);
        (dr_config::fault(lang, &fault), line)
    })?;
    let mut before = Settings::default();
    for (name, value) in settings {
        // They are the run's own, and so valid.
        let _ = before.set(name, *value);
    }
    let words = DrConfig::read(obeyed).map(|config| config.words).unwrap_or_default();
    let effects = config.effects(&before, &words);
    let fixed = |effect: &&Effect| {
        effect.was != effect.now && effect.setting.is_some_and(|setting| MADE_OF.contains(&setting))
    };
    match effects.iter().find(fixed) {
        Some(effect) => Err((lang.f("rg-cfg-made-of", &[("key", effect.key.as_str().into())]), None)),
        None => Ok(effects),
    }
}

/// The effect of each key: the key, the value, its meaning here.
fn outcomes(lang: Lang, title: String, effects: &[Effect]) -> Html {
    let row = |effect: &Effect| {
        let tone = match effect.outcome {
            Outcome::Changed | Outcome::Implied => "v-kept",
            Outcome::Idle => "v-open",
            Outcome::Same | Outcome::Name => "",
        };
        html! {
            <li data-key={effect.key.clone()} data-outcome={format!("{:?}", effect.outcome).to_lowercase()}>
                <b class="mono">{ effect.key.clone() }</b>
                <span class={tone}>{ dr_config::effect(lang, effect) }</span>
                <small>{ dr_config::about(lang, effect) }</small>
            </li>
        }
    };
    html! {
        <div data-view="config-keys">
            <h3 class="h-sub">{ title }</h3>
            <ul class="rg-keys">{ for effects.iter().map(row) }</ul>
        </div>
    }
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
        let (obeyed, settings) = (props.text.clone(), props.settings.clone());
        Callback::from(move |_: MouseEvent| {
            let (session, draft, tried, text) = (session.clone(), draft.clone(), tried.clone(), text.clone());
            let effects = match look(lang, &text, &obeyed, &settings) {
                Ok(effects) => effects,
                Err((error, line)) => return tried.set(Tried::Refused(error, line)),
            };
            spawn_local(async move {
                match session.execute(Command::Region(RegionAction::Config(text))).await {
                    Answer::Refused { code, error, .. } => {
                        tried.set(Tried::Refused(refused(lang, &code, &error), None));
                    }
                    _ => {
                        draft.set(None);
                        tried.set(Tried::Taken(effects));
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
    let onnote = {
        let (draft, tried) = (draft.clone(), tried.clone());
        Callback::from(move |_: MouseEvent| {
            draft.set(Some(NOTE.to_owned()));
            tried.set(Tried::No);
        })
    };
    let before = draft.as_ref().and_then(|text| look(lang, text, &props.text, &props.settings).ok());
    // Keys are the page's shortcuts; here they type.
    let onkeydown = Callback::from(|event: KeyboardEvent| event.stop_propagation());
    let count = text.lines().count().max(1);
    let (error, line) = match &*tried {
        Tried::Refused(error, line) => (Some(error.clone()), *line),
        _ => (None, None),
    };
    let numbers = (count <= NUMBERED).then(|| {
        let number = |n: usize| {
            html! {
                <li class={classes!((Some(n) == line).then_some("bad"))} data-line={n.to_string()}>{ n }</li>
            }
        };
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
                    <textarea class="mono" data-act="config-text" rows={count.min(NUMBERED).to_string()}
                        wrap="off" spellcheck="false" value={text}
                        aria-label={lang.t(
                            "rg-config"
                        )} aria-describedby="rg-config-s rg-config-e" aria-invalid={error.is_some()
                            .to_string()}
                        {oninput}
                        {onkeydown} />
                </div>
                <div id="rg-config-e" aria-live="assertive">
                    if let Some(error) = error {
                        <div class="note note-gone" data-fault={line.map(|line| line.to_string())}>
                            <p><b>{ match line {
                                Some(line) => lang.f("rg-config-line", &[("n", line.into())]),
                                None => lang.t("rg-config-refused"),
                            } }</b>{ " " }{ lang.t("rg-config-kept") }</p>
                            if let Some(wrong) = wrong { <p><code>{ wrong }</code></p> }
                            <p>{ error }</p>
                        </div>
                    } else if let Tried::Taken(effects) = &*tried {
                        <p class="note" role="status">{ lang.t("rg-config-taken") }</p>
                        { outcomes(lang, lang.t("rg-cfg-result"), effects) }
                    }
                </div>
                if let Some(effects) = before { { outcomes(lang, lang.t("rg-cfg-not-yet"), &effects) } }
                <p class="row">
                    <button type="button" class="btn btn-pri" data-act="config-apply"
                        aria-disabled={inert(!props.running)} onclick={onapply}>
                        { ic("check") }
                        { lang.t("rg-config-apply") }
                    </button>
                    <button type="button" class="btn btn-quiet" data-act="config-drop"
                        aria-disabled={inert(draft.is_none())} onclick={ondrop}>
                        { lang.t("rg-config-drop") }
                    </button>
                    <button type="button" class="btn btn-quiet" data-act="config-note" onclick={onnote}>
                        { lang.t("rg-cfg-load-note") }
                    </button>
                </p>
            </details>
        </section>
    }
}
