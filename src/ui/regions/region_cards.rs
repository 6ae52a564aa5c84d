//! The upper half of the stage: clients, the DNS name and the lines to where it sends them, both regions, the link.
//!
//! Guarantees: state is shown by shape and by words, never by colour alone; the two sides' digests are compared only
//! where they are at the same position of the log. Leaves out: the bucket and the operations panel (`backups`).

use yew::prelude::*;

use super::region_actions::Spot;
use super::time::{long, minute};
use super::{collection, list, region, value_of};
use crate::ui::cluster::Pick;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::intent::{Intent, RegionIntent};
use quorum_facade::regions::snapshot::{ClientFacts, SiteFacts};
use quorum_facade::snapshot::RegionsFacts;
use quorum_i18n::{Lang, grouped};
use quorum_types::{Micros, SECOND};

/// Maximum number of signs for a backlog.
const SIGNS: u64 = 6;

/// The clients of a place: where each is sent, and whether it is answered.
pub(super) fn clients(lang: Lang, facts: &RegionsFacts, place: u32) -> Html {
    let here = facts.clients.iter().enumerate().filter(|(_, client)| client.place == place);
    let one = |(n, client): (usize, &ClientFacts)| {
        let to = region(lang, client.resolved as usize);
        let key = if client.ok { "rg-client-ok" } else { "rg-client-no" };
        let label = lang.f(key, &[("n", (n + 1).into()), ("region", to.clone().into())]);
        html! {
            <li class={classes!("rg-c", (!client.ok).then_some("rg-c-no"))} data-client={n.to_string()}
                data-to={client.resolved.to_string()}
                data-ok={client.ok.to_string()} title={label.clone()}>
                <span class="vh">{ label }</span>
                <span aria-hidden="true">
                    <i>{ n + 1 }</i>
                    { "→" }
                    { to }
                    { ic(if client.ok { "check" } else { "cross" }) }
                </span>
            </li>
        }
    };
    html! {
        <div class={format!("rg-cl rg-cl-{place}")}>
            <h3>{ lang.f("rg-clients", &[("region", region(lang, place as usize).into())]) }</h3>
            <ul>{ for here.map(one) }</ul>
        </div>
    }
}

/// The DNS name: where it points to, and how long resolvers may still return something else.
pub(super) fn name(lang: Lang, facts: &RegionsFacts, now: Micros) -> Html {
    let left = facts.dns_settled_at_us.map(|until| until.saturating_sub(now)).filter(|left| *left > 0);
    let ttl = value_of(facts, "dns_ttl_s") * SECOND;
    html! {
        <div class="rg-dns" data-view="dns">
            <b>{ domain(&facts.config) }</b>
            <p>{ lang.f("rg-dns-to", &[("region", region(lang, facts.dns as usize).into())]) }
                <small>{ lang.f("rg-dns-ttl", &[("time", long(lang, ttl).into())]) }</small></p>
            if let Some(left) = left {
                <p class="rg-ttl" data-left={(left / SECOND).to_string()}>
                    { lang.f("rg-dns-old", &[("time", long(lang, left / SECOND * SECOND).into())]) }
                    <span class="rg-bar" style={part(left, ttl.max(left))}><i /></span>
                </p>
            }
        </div>
    }
}

/// The domain in a configuration in the course's format.
fn domain(config: &str) -> String {
    let named = config.lines().find_map(|line| line.trim().strip_prefix("domain:"));
    named.map_or("milvus.example.com", str::trim).to_owned()
}

fn part(left: Micros, of: Micros) -> String {
    format!("--v:{:.1}%", (left as f64 / of.max(1) as f64 * 100.0).min(100.0))
}

/// From each client to the region that it is sent to.
pub(super) fn lines(facts: &RegionsFacts) -> Html {
    let count = |place: u32| facts.clients.iter().filter(|client| client.place == place).count().max(1);
    let counts = [count(0), count(1)];
    let mut seen = [0_usize, 0];
    let line = |client: &ClientFacts| {
        let place = (client.place as usize).min(1);
        seen[place] += 1;
        // Columns are about 37 % wide, and clients stand side by side in theirs.
        let step = (seen[place] as f64 - 0.5) / counts[place] as f64;
        let from = if place == 0 { step * 37.0 } else { 63.0 + step * 37.0 };
        let to = match client.resolved {
            0 => 8.0 + step * 21.0,
            1 => 71.0 + step * 21.0,
            // A host that is gone.
            _ => 50.0,
        };
        let (from, to) = (from, to);
        html! {
            <path class={if client.ok { "rg-l" } else { "rg-l rg-l-no" }}
                d={format!("M{from:.1} 0C{from:.1} 14 {to:.1} 10 {to:.1} 24")} />
        }
    };
    let paths: Vec<Html> = facts.clients.iter().map(line).collect();
    html! {
        <svg class="rg-lines" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">{ for paths }</svg>
    }
}

/// A region's state at this moment, as its name in the document.
pub(super) fn standing(site: &SiteFacts) -> &'static str {
    match site {
        _ if site.wiped => "wiped",
        _ if !site.alive => "dark",
        _ if site.fenced => "fenced",
        _ if !site.reachable => "apart",
        _ if site.primary => "primary",
        _ if !site.serving => "small",
        _ => "standby",
    }
}

/// A region.
pub(super) fn site(
    lang: Lang,
    facts: &RegionsFacts,
    of: usize,
    spot: Option<Spot>,
    (onpick, onintent): (&Callback<Option<Pick>>, &Callback<Intent>),
) -> Html {
    let Some(site) = facts.sites.get(of) else { return Html::default() };
    let standing = standing(site);
    let called = region(lang, of);
    let picked = spot == Some(Spot::Region(of));
    let onclick = onpick.reform(move |_: MouseEvent| Some(Spot::Region(of).pick()));
    let state = lang.f(&format!("rg-is-{standing}"), &[]);
    let node = |(n, up): (usize, &bool)| {
        let up = *up;
        let action = if up { RegionIntent::KillNode(of, n) } else { RegionIntent::StartNode(of, n) };
        let picked = spot == Some(Spot::Node(of, n));
        let key = match (up, picked) {
            (true, false) => "rg-node-up",
            (true, true) => "rg-node-kill",
            (false, false) => "rg-node-down",
            (false, true) => "rg-node-start",
        };
        let label = lang.f(key, &[("region", called.clone().into()), ("n", (n + 1).into())]);
        let (onpick, onintent) = (onpick.clone(), onintent.clone());
        // The first press selects, so that no node loses its power by a slip.
        let onclick = Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            if picked {
                onintent.emit(Intent::Region(action));
            } else {
                onpick.emit(Some(Spot::Node(of, n).pick()));
            }
        });
        let tone = (!up).then_some("rg-n-no");
        html! {
            <li>
                <button type="button" class={classes!("rg-n", tone, picked.then_some("rg-n-sel"))}
                    data-node={format!("{of}.{n}")} data-up={up.to_string()} aria-pressed={picked.to_string()}
                aria-label={label.clone()} title={label}
                aria-disabled={inert(!site.alive)} {onclick}>{ n + 1 }</button></li>
        }
    };
    let key = if of == 0 { "1" } else { "2" };
    html! {
        <section class={classes!("rg-site", format!("rg-{standing}"), picked.then_some("rg-picked"))}
            data-region={of.to_string()}
            data-standing={standing} data-primary={site.primary.to_string()} aria-label={format!(
                "{called}: {state}"
            )} onclick={onclick.clone()}>
            <button type="button" class="rg-h" aria-pressed={picked.to_string()} aria-keyshortcuts={key} {onclick}>
                if site.primary && site.alive
                    && !site.fenced {
                        <svg class="crown" viewBox="0 0 32 22" aria-hidden="true"><use href="#crown" /></svg>
                    }
                <b>{ called.clone() }</b><span>{ state.clone() }</span>
            </button>
            <ul class="rg-nodes" aria-label={lang.f("rg-nodes", &[("region", called.clone().into())])}>
                { for site.nodes.iter().enumerate().map(node) }
            </ul>
            { log(lang, site) }
            { rows(lang, site) }
            { lease(lang, facts, site) }
        </section>
    }
}

/// The end of a region's log, and how much of the other's it has.
fn log(lang: Lang, site: &SiteFacts) -> Html {
    html! {
        <dl class="rg-log num">
            <div><dt>{ lang.t("rg-lsn") }</dt><dd data-of="lsn">{ grouped(site.lsn) }</dd></div>
            <div>
                <dt>{ lang.t("rg-applied") }</dt>
                <dd data-of="applied">
                    { if site.primary { "—".to_owned() } else { grouped(site.applied_lsn) } }
                </dd>
            </div>
            <div>
                <dt>{ lang.t("rg-digest") }</dt>
                <dd class="mono">
                    {
                        if site.digest.is_empty() {
                            "—".to_owned()
                        } else {
                            site.digest.chars().take(6).collect()
                        }
                    }
                </dd>
            </div>
        </dl>
    }
}

fn rows(lang: Lang, site: &SiteFacts) -> Html {
    let most = site.rows.iter().copied().max().unwrap_or(1).max(1);
    let row = |(n, rows): (usize, &u64)| {
        html! {
            <li data-collection={n.to_string()} data-rows={rows.to_string()}>
                <span>{ collection(n as u32) }</span>
                <i class="rg-bar" style={part(*rows, most)}><i /></i>
                <b class="num">{ grouped(*rows) }</b>
            </li>
        }
    };
    html! { <ul class="rg-rows" aria-label={lang.t("rg-rows")}>{ for site.rows.iter().enumerate().map(row) }</ul> }
}

/// The lease of the region that may acknowledge, and other states of a region.
fn lease(lang: Lang, facts: &RegionsFacts, site: &SiteFacts) -> Html {
    let mut said = Vec::new();
    if site.primary || site.fenced {
        said.push(lang.f("rg-epoch", &[("n", site.epoch.into())]));
    }
    if site.alive && !site.indexed {
        said.push(lang.t("rg-no-index"));
    }
    if !site.reachable && site.alive && site.primary {
        said.push(lang.t("rg-still-writes"));
    }
    let whole = value_of(facts, "lease_s") * SECOND;
    html! {
        <p class="rg-lease">
            if let Some(left) = site.lease_left_us {
                <span>
                    { ic("hold") }
                    { lang.f("rg-lease", &[("time", long(lang, left / SECOND * SECOND).into())]) }
                </span>
                <span class="rg-bar" style={part(left, whole)}><i /></span>
            }
            <small>{ list(lang, &said) }</small>
        </p>
    }
}

/// Whether the data of both sides can be compared, and the result.
pub(super) fn compared(facts: &RegionsFacts) -> &'static str {
    let [a, b] = facts.sites.as_slice() else { return "none" };
    if !a.alive || !b.alive || a.wiped || b.wiped || a.digest.is_empty() || b.digest.is_empty() {
        return "none";
    }
    let (primary, standby) = match (a.primary, b.primary) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return "split",
    };
    match () {
        () if primary.lsn != standby.applied_lsn => "behind",
        () if primary.digest == standby.digest => "equal",
        () => "different",
    }
}

/// The link: what it carries, its backlog, the lag of the other side, and whether both sides have the same data.
pub(super) fn between(
    lang: Lang,
    facts: &RegionsFacts,
    now: Micros,
    spot: Option<Spot>,
    onpick: &Callback<Option<Pick>>,
) -> Html {
    let link = &facts.link;
    let full = value_of(facts, "link_kb_s");
    let state = match link.kb_s {
        0 => "cut",
        kb_s if kb_s < full => "slow",
        _ => "up",
    };
    let left = facts.sites.get(1).is_some_and(|site| site.primary)
        && !facts.sites.first().is_some_and(|site| site.primary);
    let picked = spot == Some(Spot::Link);
    let onclick = onpick.reform(|_: MouseEvent| Some(Spot::Link.pick()));
    let mode = lang.f(&format!("rg-mode-{}", value_of(facts, "sync_mode").min(4)), &[]);
    let compared = compared(facts);
    let icon = match compared {
        "equal" => Some("check"),
        "different" => Some("cross"),
        _ => None,
    };
    let waits = [("n", link.backlog.into()), ("kb", grouped(link.backlog_kb).into())];
    html! {
        <section class={classes!("rg-between", format!("rg-link-{state}"), picked.then_some("rg-picked"))}
            data-link={state} data-backlog={link.backlog.to_string()}
            aria-label={lang.t("rg-link")}>
            <button type="button" class="rg-h" aria-pressed={picked.to_string()} aria-keyshortcuts="3" {onclick}>
                <b>{ mode }</b><span>{ match state {
                    "cut" => lang.t("rg-link-cut"),
                    "slow" => lang.f("rg-link-slow", &[("n", link.kb_s.into())]),
                    _ => lang.f("rg-link-up", &[("n", grouped(link.kb_s).into())]),
                } }</span>
                <span class={classes!("rg-pipe", left.then_some("rg-left"))} aria-hidden="true">
                    { for (0..link.backlog.min(SIGNS)).map(|_| html! { <i /> }) }
                    if state == "cut" { <u>{ ic("cut") }</u> }
                </span>
            </button>
            <dl class="rg-log num">
                <div>
                    <dt>{ lang.t("rg-backlog") }</dt>
                    <dd class={classes!((link.backlog > 0).then_some("rg-v-open"))}>
                        { lang.f("rg-backlog-n", &waits) }
                    </dd>
                </div>
                <div><dt>{ lang.t("rg-lag") }</dt><dd data-of="lag">{ long(lang, link.lag_us) }</dd></div>
                <div><dt>{ lang.t("rg-flying") }</dt><dd>{ grouped(link.in_flight) }</dd></div>
                <div><dt>{ lang.t("rg-carried") }</dt><dd>{ format!("{:.2} GB", link.carried_gb) }</dd></div>
                if let Some(next) = facts.next_sync_us.filter(|next| *next > now) {
                    <div><dt>{ lang.t("rg-next-sync") }</dt><dd>{ minute(lang, next) }</dd></div>
                }
            </dl>
            <p class={format!("rg-cmp rg-cmp-{compared}")} data-compared={compared}>
                if let Some(icon) = icon { { ic(icon) } }{ lang.f(&format!("rg-cmp-{compared}"), &[]) }</p>
            if link.gap { <p class="v-gone">{ lang.t("rg-gap") }</p> }
        </section>
    }
}
