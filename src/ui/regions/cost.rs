//! Costs, the failures that each layer protects from, and the sync modes in the course's bands beside what this run
//! measured.
//!
//! Guarantees: prices are the run's settings, and are named with their source; the course's bands are labelled as such.
//! Leaves out: RTO and RPO themselves (`rto_rpo`).

use std::rc::Rc;

use yew::prelude::*;

use super::rto_rpo::{outage, rpo_so_far};
use super::time::long;
use super::value_of;
use crate::ui::export::chart;
use crate::ui::export::table::{Cell, Table};
use crate::ui::icons::ic;
use crate::ui::source;
use quorum_facade::regions::settings::ALL;
use quorum_facade::regions::snapshot::CostFacts;
use quorum_facade::snapshot::{RegionsFacts, Snapshot};
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// Cost, modes and layers of a snapshot.
pub fn all(lang: Lang, now: &Rc<Snapshot>) -> Html {
    let Some(facts) = super::facts(now) else { return Html::default() };
    html! { <>{ cost(lang, facts) }{ modes(lang, facts, now.t_us) }{ layers(lang, facts) }</> }
}

/// Fen as yuan; small sums with their fen.
pub fn yuan(fen: u64) -> String {
    if fen < 100_000 {
        format!("¥{}.{:02}", grouped(fen / 100), fen % 100)
    } else {
        format!("¥{}", grouped((fen + 50) / 100))
    }
}

/// The cost per month as the run is now, and below it, under a heading of its own, the cost so far, item by item.
pub fn cost(lang: Lang, facts: &RegionsFacts) -> Html {
    let CostFacts { primary, standby, disks, bucket, link, month } = facts.cost;
    let items = [
        ("primary", "rg-cost-primary", primary, "price_node_fen"),
        ("standby", "rg-cost-standby", standby, "price_node_fen"),
        ("disks", "rg-cost-disks", disks, "price_disk_fen"),
        ("bucket", "rg-cost-bucket", bucket, "price_bucket_fen"),
        ("link", "rg-cost-link", link, "price_link_fen"),
    ];
    let total: u64 = items.iter().map(|item| item.2).sum();
    let width = |fen: u64| format!("--w:{:.2}%", fen as f64 / total.max(1) as f64 * 100.0);
    let prices: Vec<Html> = ["price_node_fen", "price_disk_fen", "price_bucket_fen", "price_link_fen"]
        .into_iter()
        .filter_map(|name| {
            let setting = ALL.iter().find(|setting| setting.name == name)?;
            let price = yuan(value_of(facts, name));
            let said = lang.f(&format!("rg-{}", name.replace('_', "-")), &[("price", price.into())]);
            Some(html! { <li>{ said }<small>{ source::source_line(lang, "rg", name, setting.source) }</small></li> })
        })
        .collect();
    let heads = [lang.t("rg-cost-so-far"), "CNY".to_owned()];
    let parts = items.iter().map(|item| [lang.f(item.1, &[]).into(), Cell::Number(item.2 as f64 / 100.0)]);
    let numbers = Table::new(heads).with(parts);
    let drawn = html! {
        <>
            <div class="rg-cost" aria-hidden="true">
                {
                    for items.iter().enumerate()
                        .map(|(n, item)| html! { <i class={format!("b{}", n + 1)} style={width(item.2)} /> })
                }
            </div>
            <ul class="rg-costs num">
                { for items.iter().enumerate().map(|(n, (word, key, fen, _))| html! {
                    <li data-cost={*word}>
                        <i class={format!("b{}", n + 1)} />
                        <span>{ lang.f(key, &[]) }</span>
                        <b>{ yuan(*fen) }</b>
                    </li>
                }) }
                <li class="rg-total"><i /><span>{ lang.t("rg-cost-total") }</span><b>{ yuan(total) }</b></li>
            </ul>
        </>
    };
    html! {
        <section class="gauge" data-view="cost" data-month={month.to_string()}>
            <h2 class="h-inst">{ lang.t("rg-cost") }<span>{ lang.t("rg-cost-model") }</span></h2>
            <p class="big"><b class="num">{ yuan(month) }</b><i>{ lang.t("rg-a-month") }</i></p>
            <h3 class="h-inst rg-so-far">{ lang.t("rg-cost-so-far") }</h3>
            { chart("cost", numbers, drawn) }
            <details class="mc-details">
                <summary>{ lang.t("rg-cost-how") }</summary>
                <ul class="rg-prices">{ for prices }</ul>
            </details>
        </section>
    }
}

/// The course's bands of a mode: RPO, RTO, cost.
const MODES: [(u64, &str, &str, &str); 5] = [
    (1, "rg-band-rpo-1", "rg-band-rto-1", "rg-band-cost-1"),
    (2, "rg-band-rpo-2", "rg-band-rto-2", "rg-band-cost-2"),
    (3, "rg-band-rpo-3", "rg-band-rto-3", "rg-band-cost-3"),
    (4, "rg-band-rpo-4", "rg-band-rto-4", "rg-band-cost-3"),
    (0, "rg-band-rpo-0", "rg-band-rto-0", "rg-band-cost-0"),
];

/// The sync modes: the course's figures for each, and the measurements of the current one.
pub fn modes(lang: Lang, facts: &RegionsFacts, now: Micros) -> Html {
    let here = value_of(facts, "sync_mode");
    let measured = |us: Option<Micros>| us.map_or_else(|| "—".to_owned(), |us| long(lang, us));
    let row = |&(mode, rpo, rto, price): &(u64, &str, &str, &str)| {
        let runs = mode == here;
        html! {
            <>
                <tr class={classes!(runs.then_some("mj-here"))} data-mode={mode.to_string()}>
                    <th scope="row">{ lang.f(&format!("rg-mode-{mode}"), &[]) }</th>
                    <td>{ lang.f(rpo, &[]) }</td><td>{ lang.f(rto, &[]) }</td><td>{ lang.f(price, &[]) }</td>
                </tr>
                if runs {
                    <tr class="mj-here rg-here" data-measured={mode.to_string()}>
                        <th scope="row"><small>{ lang.t("rg-measured") }</small></th>
                        <td>{ measured(rpo_so_far(facts)) }</td>
                        <td>{ measured(outage(facts, now).filter(|(_, runs)| !runs).map(|(us, _)| us)) }</td>
                        <td>{ lang.f("rg-lag-now", &[("time", long(lang, facts.link.lag_us).into())]) }</td>
                    </tr>
                }
            </>
        }
    };
    html! {
        <section class="gauge" data-view="modes">
            <h2 class="h-inst">{ lang.t("rg-modes") }<span>{ lang.t("rg-modes-note") }</span></h2>
            <table class="mc-table">
                <thead>
                    <tr>
                        <th scope="col">{ lang.t("rg-modes-mode") }</th>
                        <th scope="col">{ "RPO" }</th>
                        <th scope="col">{ "RTO" }</th>
                        <th scope="col">{ lang.t("rg-modes-cost") }</th>
                    </tr>
                </thead>
                <tbody>{ for MODES.iter().map(row) }</tbody>
            </table>
            <p class="fine">{ lang.t("rg-modes-s") }</p>
        </section>
    }
}

/// Three layers of protection: what each protects from, and what it does not.
pub fn layers(lang: Lang, facts: &RegionsFacts) -> Html {
    // A node dies; a region is lost; a user deletes by mistake; the course's RTO and RPO.
    const LAYERS: [(&str, [bool; 3], &str); 3] = [
        ("rg-layer-replicas", [true, false, false], "rg-layer-replicas-s"),
        ("rg-layer-backup", [false, true, true], "rg-layer-backup-s"),
        ("rg-layer-region", [true, true, false], "rg-layer-region-s"),
    ];
    let primary = facts.sites.iter().find(|site| site.primary);
    let up = primary.map_or(0, |site| site.nodes.iter().filter(|up| **up).count());
    let standby = facts.sites.iter().any(|site| !site.primary && site.alive && site.serving);
    let here = [
        lang.f(
            "rg-layer-nodes",
            &[("n", up.into()), ("of", primary.map_or(0, |site| site.nodes.len()).into())],
        ),
        lang.f("rg-layer-backups", &[("n", facts.backups.len().into())]),
        if standby { lang.t("rg-layer-standby") } else { lang.t("rg-layer-no-standby") },
    ];
    let helps = |helps: bool| {
        let (icon, key, tone) =
            if helps { ("check", "rg-yes", "v-kept") } else { ("cross", "rg-no", "v-gone") };
        html! { <td class={tone}>{ ic(icon) }<span class="vh">{ lang.f(key, &[]) }</span></td> }
    };
    let row = |(n, (title, against, course)): (usize, &(&str, [bool; 3], &str))| {
        html! {
            <tr>
                <th scope="row">{ lang.f(title, &[]) }<small>{ here[n].clone() }</small></th>
                { for against.iter().map(|yes| helps(*yes)) }
                <td class="rg-wrap">{ lang.f(course, &[]) }</td>
            </tr>
        }
    };
    html! {
        <section class="gauge" data-view="layers">
            <h2 class="h-inst">{ lang.t("rg-layers") }<span>{ lang.t("rg-layers-note") }</span></h2>
            <table class="mc-table rg-layers">
                <thead>
                    <tr>
                        <th scope="col">{ lang.t("rg-layer") }</th>
                        <th scope="col">{ lang.t("rg-against-node") }</th>
                        <th scope="col">{ lang.t("rg-against-region") }</th>
                        <th scope="col">{ lang.t("rg-against-mistake") }</th>
                        <th scope="col">{ lang.t("rg-layer-course") }</th>
                    </tr>
                </thead>
                <tbody>{ for LAYERS.iter().enumerate().map(row) }</tbody>
            </table>
            <p class="fine">{ lang.t("rg-layers-s") }</p>
        </section>
    }
}
