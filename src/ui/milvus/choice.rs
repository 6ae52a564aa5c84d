//! A choice of a few values of a live setting, as a row of buttons.
//!
//! Guarantees: the value that is shown is the run's. Leaves out: which settings are chosen where (`reads`, `crowd`).

use yew::prelude::*;

use crate::ui::intent::{Intent, PodAction};
use quorum_i18n::Lang;

/// A setting with a few values: its title, its name, the labels of the values.
pub(super) struct ChoiceProps {
    pub(super) title: &'static str,
    pub(super) name: &'static str,
    pub(super) options: &'static [(&'static str, u64)],
}

/// A choice of a few values of a setting.
pub(super) fn choice(
    lang: Lang,
    &ChoiceProps { title, name, options }: &ChoiceProps,
    (now, running): (u64, bool),
    onintent: &Callback<Intent>,
) -> Html {
    let one = |(key, value): &(&'static str, u64)| {
        let value = *value;
        let onchange = onintent.reform(move |_: Event| Intent::Cluster(PodAction::Set(name, value)));
        html! {
            <label>
                <input type="radio" name={format!("mc-{name}")} value={value.to_string()}
                    checked={value == now} disabled={!running} {onchange} />
                <span>{ lang.f(key, &[]) }</span>
            </label>
        }
    };
    html! {
        <div class="mc-choice">
            <span class="fine" aria-hidden="true">{ lang.f(title, &[]) }</span>
            <fieldset class="segm" data-set={name} data-value={now.to_string()}
                style={format!("--opts:{}", options.len())}>
                <legend class="vh">{ lang.f(title, &[]) }</legend>
                { for options.iter().map(one) }
            </fieldset>
        </div>
    }
}
