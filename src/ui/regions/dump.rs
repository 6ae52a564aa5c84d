//! What a forced promotion left in the old primary's log: the salvage checkpoint, and the last dump as a table.
//!
//! Guarantees: the button is in effect exactly when the lab would dump something, and otherwise the view says why not;
//! a row shows what the new primary has under its key at this moment. Leaves out: bringing writes over (`tools`).

use std::rc::Rc;

use yew::prelude::*;

use super::narrate::change_text;
use super::time::minute;
use super::{collection, facts, region};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::intent::{Intent, RegionIntent};
use quorum_facade::regions::snapshot::{DumpFacts, DumpedRow};
use quorum_facade::snapshot::{RegionsFacts, Snapshot};
use quorum_i18n::{Lang, grouped, say_known};

/// The inputs of the view.
#[derive(PartialEq)]
pub struct SalvageProps {
    /// The snapshot.
    pub now: Rc<Snapshot>,
    /// Whether the run accepts commands.
    pub running: bool,
    /// Called with the chosen action.
    pub onintent: Callback<Intent>,
}

/// The salvage checkpoint, the button, and the last dump.
pub fn salvage(lang: Lang, props: &SalvageProps) -> Html {
    let Some(facts) = facts(&props.now) else { return Html::default() };
    let can = facts.dump_why.is_empty();
    let onclick = props.onintent.reform(|_: MouseEvent| Intent::Region(RegionIntent::Dump));
    html! {
        <section class="gauge" data-view="dump" data-why={facts.dump_why.clone()}>
            <h2 class="h-inst">{ lang.t("rg-dump") }<span>{ lang.t("rg-dump-of") }</span></h2>
            { checkpoint(lang, facts) }
            <button type="button" class="btn" data-act="dump" aria-describedby="rg-dump-why"
                aria-disabled={inert(!can || !props.running)} {onclick}>
                { ic("list") }{ lang.t("rg-dump-do") }
            </button>
            <p class="fine" id="rg-dump-why">{ why(lang, facts) }</p>
            if let Some(dump) = &facts.dump { { table(lang, dump) } }
        </section>
    }
}

/// The checkpoint in a sentence.
fn checkpoint(lang: Lang, facts: &RegionsFacts) -> Html {
    let Some(salvage) = &facts.salvage else { return Html::default() };
    let said = lang.f(
        "rg-dump-checkpoint",
        &[
            ("new", region(lang, 1 - (salvage.from as usize).min(1)).into()),
            ("old", region(lang, salvage.from as usize).into()),
            ("time", minute(lang, salvage.at_us).into()),
            ("lsn", salvage.after.into()),
        ],
    );
    html! { <p class="fine num" data-after={salvage.after.to_string()}>{ said }</p> }
}

/// How much there is to dump, or why there is nothing.
fn why(lang: Lang, facts: &RegionsFacts) -> String {
    if !facts.dump_why.is_empty() {
        let key = format!("err-{}", facts.dump_why.replace('_', "-"));
        return say_known(lang, &key, &[]).unwrap_or_default();
    }
    let records = facts.salvage.as_ref().and_then(|salvage| salvage.records).unwrap_or_default();
    let there = lang.f("rg-dump-there", &[("n", records.into())]);
    match &facts.salvage {
        Some(salvage) if salvage.gap => format!("{there} {}", lang.t("rg-dump-gap")),
        _ => there,
    }
}

/// The last dump.
fn table(lang: Lang, dump: &DumpFacts) -> Html {
    let hidden = dump.rows.saturating_sub(dump.listed.len() as u64);
    let head = lang.f(
        "rg-dump-made",
        &[
            ("time", minute(lang, dump.at_us).into()),
            ("n", dump.records.into()),
            ("from", dump.after.into()),
            ("upto", dump.upto.into()),
        ],
    );
    html! {
        <>
            <p class="fine num" data-records={dump.records.to_string()}>{ head }</p>
            if dump.gap { <p class="fine v-gone">{ lang.t("rg-dump-gap") }</p> }
            if dump.beyond > 0 {
                <p class="fine v-gone num">{ lang.f("rg-dump-beyond", &[("n", dump.beyond.into())]) }</p>
            }
            <div class="rowsx rg-lostx" tabindex="0" role="region" aria-label={lang.t("rg-dump")}>
                <table>
                    <thead><tr>
                        <th scope="col">{ lang.t("rg-dump-lsn") }</th>
                        <th scope="col">{ lang.t("rg-col-what") }</th>
                        <th scope="col">{ lang.t("rg-dump-when") }</th>
                        <th scope="col">{ lang.t("rg-dump-now") }</th>
                    </tr></thead>
                    <tbody>{ for dump.listed.iter().map(|row| dumped(lang, row)) }</tbody>
                </table>
            </div>
            if hidden > 0 { <p class="fine num">{ lang.f("rg-lost-more", &[("n", hidden.into())]) }</p> }
            <p class="fine">{ lang.t("rg-dump-s") }</p>
        </>
    }
}

fn dumped(lang: Lang, row: &DumpedRow) -> Html {
    let what =
        lang.f("rg-lost-what", &[("change", change_text(lang, &row.change).into()), ("key", row.key.into())]);
    let there = match row.there.as_str() {
        "same" => lang.t("rg-dump-same"),
        "other" => lang.t("rg-dump-other"),
        _ => lang.t("rg-dump-none"),
    };
    html! {
        <tr key={format!("{} {}", row.lsn, row.key)} data-lsn={row.lsn.to_string()} data-there={row.there.clone()}>
            <th scope="row" class="num">{ grouped(row.lsn) }</th>
            <td>{ what }<small>{ collection(row.collection) }</small></td>
            <td class="num">{ minute(lang, row.t_us) }</td>
            <td>{ there }</td>
        </tr>
    }
}
