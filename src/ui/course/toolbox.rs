//! The tools of a step that is a decision: fetched when the step is shown.
//!
//! A step may list tools instead of buttons (`tools` in its manifest). Guarantees: a first visit, which begins with
//! another step, does not download the form; if it does not arrive, a sentence says so and a button tries again. Leaves
//! out: the form (`tool_form`).

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::tool_form::{ToolboxProps, tool_form};
use crate::ui::use_lang;

crate::chunk::kept_code! {
    /// Fetches the form.
    lesson_tools: fn(ToolboxProps) -> Html = tool_form
}

/// The form, once it is there.
#[component]
pub(crate) fn Toolbox(props: &ToolboxProps) -> Html {
    let lang = use_lang();
    let drawn = use_state(loaded);
    let missing = use_state_eq(|| false);
    {
        let (drawn, missing) = (drawn.clone(), missing.clone());
        use_effect_with(*missing, move |known| {
            if !*known && drawn.is_none() {
                spawn_local(async move {
                    match fetch().await {
                        Ok(()) => drawn.set(loaded()),
                        Err(_) => missing.set(true),
                    }
                });
            }
        });
    }
    if let Some(draw) = *drawn {
        return draw(props.clone());
    }
    if !*missing {
        return Html::default();
    }
    let again = Callback::from(move |_: MouseEvent| missing.set(false));
    html! {
        <p class="note note-open" role="status">
            { lang.t("overlay-missing") }{ " " }
            <button class="btn" type="button" data-act="tools-again" onclick={again}>{ lang.t("banner-texts-retry") }</button>
        </p>
    }
}
