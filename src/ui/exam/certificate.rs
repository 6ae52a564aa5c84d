//! Verdicts, and the certificate: the file and the link of each run, and a page that prints.
//!
//! Guarantees: a certificate is the run itself; anyone who has it can grade it again (`quorum-lab grade`). Leaves out:
//! the format (`quorum_saved_run`).

use js_sys::Uint8Array;
use yew::prelude::*;

use crate::ui::backup::save;
use crate::ui::format::span;
use quorum_exam::{Ended, INCIDENTS, Room, TO_PASS};
use quorum_i18n::Lang;
use quorum_saved_run as format;

/// The verdict on an incident.
pub(super) fn verdict(lang: Lang, ended: &Ended, seed: u64) -> Html {
    let verdict = &ended.verdict;
    let id = &ended.incident.id;
    let rto = verdict.rto_us.map_or_else(|| lang.t("ex-never"), span);
    let lack = |word: &'static str| html! { <li key={word}>{ lang.t(&format!("ex-lacks-{word}")) }</li> };
    let right = ended.components.first().cloned().unwrap_or_default();
    html! {
        <article class="card ex-verdict" key={id.clone()} data-incident={id.clone()}
            data-passed={verdict.passed.to_string()}>
            <h3>{ lang.t(&format!("ex-title-{id}")) }</h3>
            <p><strong>{ lang.t(if verdict.passed { "ex-passed" } else { "ex-failed" }) }</strong></p>
            <ul>{ for verdict.lacks.iter().map(|lack_of| lack(lack_of.word())) }</ul>
            <dl class="ex-dl">
                <dt>{ lang.t("ex-rto") }</dt><dd class="num">{ rto }</dd>
                <dt>{ lang.t("ex-lost") }</dt><dd class="num">{ verdict.lost }</dd>
                <dt>{ lang.t("ex-harm") }</dt><dd class="num">{ verdict.harm }</dd>
                <dt>{ lang.t("ex-cause") }</dt><dd>{ super::words::component(lang, &right, &[]) }</dd>
            </dl>
            <p>{ lang.t(&format!("ex-why-{id}")) }</p>
            { files(lang, ended, seed) }
        </article>
    }
}

/// The file and the link of a run.
fn files(lang: Lang, ended: &Ended, seed: u64) -> Html {
    let bytes = ended.saved.as_ref().and_then(|saved| format::encode(saved).ok());
    let Some(bytes) = bytes else { return Html::default() };
    let href = format::relative_to("?", &bytes);
    let name = format!("exam-{seed}-{}.{}", ended.incident.id, format::FILE_ENDING);
    let onclick = Callback::from(move |_: MouseEvent| {
        // A browser that runs the page refuses none of this.
        drop(save(&Uint8Array::from(&bytes[..]), &name));
    });
    html! {
        <p class="ex-row no-print">
            <button type="button" class="btn" data-do="save" {onclick}>{ lang.t("ex-save") }</button>
            <a class="btn" data-do="link" {href}>{ lang.t("ex-link") }</a>
        </p>
    }
}

/// The end of an exam: how many were solved, and each verdict.
pub(super) fn result(lang: Lang, room: &Room, onagain: &Callback<MouseEvent>) -> Html {
    let args = [("solved", room.solved().into()), ("of", INCIDENTS.into()), ("need", TO_PASS.into())];
    let onprint = Callback::from(|_: MouseEvent| {
        if let Some(window) = web_sys::window() {
            // A browser without printing shows nothing, and nothing is lost.
            drop(window.print());
        }
    });
    html! {
        <section data-view="ex-result" data-passed={room.passed().to_string()}>
            <h2>{ lang.t(if room.passed() { "ex-certificate" } else { "ex-not-passed" }) }</h2>
            <p>{ lang.f("ex-solved", &args) }</p>
            <p>{ lang.f("ex-of-seed", &[("seed", room.seed.into())]) }</p>
            { for room.ended.iter().map(|ended| verdict(lang, ended, room.seed)) }
            <p class="ex-row no-print">
                <button type="button" class="btn" data-do="print" onclick={onprint}>{ lang.t("ex-print") }</button>
                <button type="button" class="btn btn-pri" data-do="again" onclick={onagain.clone()}>
                    { lang.t("ex-again") }
                </button>
            </p>
        </section>
    }
}
