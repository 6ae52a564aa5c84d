//! The inspector of a replica set: a node, or a message in flight.
//!
//! Guarantees: every figure is the running node's or the message's own; messages can be chosen from a list as well as
//! on the stage. Leaves out: asking (`inspect`), what clients saw (`history`).

use yew::prelude::*;

use super::Pick;
use super::traffic::word;
use crate::ui::format::{bytes, span};
use crate::ui::inspect::{
    Looking, at, figures, folded, frame, kind_text, left, message, nothing, part, sign, table, use_look,
    waiting, yes_no,
};
use crate::ui::use_lang;
use quorum_facade::inspect::{
    EntryFacts, EntryWhat, Inspected, NodeDetail, PeerFacts, PeerState, Target, Timer,
};
use quorum_facade::messages::{FieldName, FieldValue, MessageDetail};
use quorum_facade::snapshot::{Flight, Role};
use quorum_i18n::{Lang, grouped};
use quorum_types::{Micros, NodeId};

/// How many messages of a node are listed.
const LISTED: usize = 12;

/// What is selected, in detail; nothing while nothing is.
#[component]
pub(crate) fn NodeInspector(props: &Looking) -> Html {
    let lang = use_lang();
    let target = match props.pick {
        Some(Pick::Node(id)) => Some(Target::Node(id)),
        Some(Pick::Message(id)) => Some(Target::Message(id)),
        _ => None,
    };
    let look = use_look(props, target);
    let Some(target) = target else { return nothing(lang, lang.t("in-hint"), messages(lang, props, None)) };
    let (title, note, body) = match look.as_ref().and_then(|look| look.facts.as_deref()) {
        Some(Inspected::Node(node)) => (
            lang.f("in-node", &[("node", node.id.into())]),
            format!("{} · {}", role_text(lang, node), lang.f("term-n", &[("n", node.term.into())])),
            html! { <>{ one_node(lang, node, props.now.t_us) }{ messages(lang, props, Some(node.id)) }</> },
        ),
        Some(Inspected::Message(shown)) => {
            let gone = look.as_ref().is_some_and(|look| look.gone);
            let body = message(lang, shown, (props.now.t_us, gone), &|id| node_name(lang, id));
            (lang.t("in-message"), message_title(lang, shown), body)
        }
        _ => (lang.t("in-title"), String::new(), waiting(lang, look.as_ref())),
    };
    let word = match target {
        Target::Message(id) => format!("message-{id}"),
        Target::Node(id) => format!("node-{id}"),
        _ => String::new(),
    };
    let onclose = props.onpick.reform(|_: MouseEvent| None);
    frame(lang, (title, note), word, onclose, body)
}

/// A node, or the client.
fn node_name(lang: Lang, id: NodeId) -> String {
    if id == 0 { lang.t("in-client") } else { format!("S{id}") }
}

fn message_title(lang: Lang, shown: &MessageDetail) -> String {
    let granted = shown.fields.iter().find(|field| field.name == FieldName::Granted);
    let granted = granted.and_then(|field| match field.value {
        FieldValue::Flag(yes) => Some(yes),
        _ => None,
    });
    // An append that is refused names the index.
    let refused = shown.fields.iter().any(|field| field.name == FieldName::Refused);
    let granted = if refused { Some(false) } else { granted };
    shown.message.map(|message| kind_text(lang, message, granted)).unwrap_or_default()
}

/// The messages in flight, all or those of a node.
fn messages(lang: Lang, props: &Looking, node: Option<NodeId>) -> Html {
    let of = |flight: &&Flight| node.is_none_or(|node| flight.from == node || flight.to == node);
    let text = |flight: &Flight| {
        let (from, to) = (node_name(lang, flight.from), node_name(lang, flight.to));
        format!("{} · {from} → {to} · {}", word(lang, flight), at(flight.arrives_us))
    };
    let mut listed: Vec<(u64, String)> = Vec::new();
    for flight in props.now.flights.iter().filter(of) {
        // A duplicate has the same number.
        if listed.len() < LISTED && listed.iter().all(|(id, _)| *id != flight.id) {
            listed.push((flight.id, text(flight)));
        }
    }
    let onchoose = props.onpick.reform(|id: u64| Some(Pick::Message(id)));
    folded(lang.t("in-flying"), listed, "message", &onchoose)
}

fn role_text(lang: Lang, node: &NodeDetail) -> String {
    if node.paused {
        return lang.t("role-paused");
    }
    match node.role {
        Role::Follower => lang.t("role-follower"),
        Role::Candidate => lang.t("role-candidate"),
        Role::Leader => lang.t("role-leader"),
        Role::Recovering => lang.t("role-recovering"),
        Role::Down => lang.t("role-down"),
        Role::Refused => lang.t("role-refused"),
    }
}

fn one_node(lang: Lang, node: &NodeDetail, now: Micros) -> Html {
    html! {
        <>
            { figures(state(lang, node)) }
            { timers(lang, node, now) }
            { log(lang, node) }
            if !node.peers.is_empty() { { peers(lang, &node.peers) } }
            { reads(lang, node, now) }
            { disk(lang, node) }
        </>
    }
}

fn state(lang: Lang, node: &NodeDetail) -> Vec<(String, String)> {
    let vote = match node.vote {
        Some((id, true)) => lang.f("in-vote-synced", &[("node", id.into())]),
        Some((id, false)) => lang.f("in-vote-open", &[("node", id.into())]),
        None => lang.t("in-none"),
    };
    let mut rows = vec![
        (lang.t("in-vote"), vote),
        (lang.t("in-leader"), node.leader.map_or_else(|| lang.t("in-unknown"), |id| node_name(lang, id))),
        (lang.t("in-commit"), grouped(node.commit)),
        (lang.t("in-applied"), grouped(node.applied)),
    ];
    if !node.votes.is_empty() {
        let text = |(id, yes): &(NodeId, bool)| {
            let word = if *yes { lang.t("msg-vote-yes") } else { lang.t("msg-vote-no") };
            format!("S{id} {word}")
        };
        rows.push((lang.t("in-votes"), node.votes.iter().map(text).collect::<Vec<_>>().join(" · ")));
    }
    rows
}

// --- timers

fn timers(lang: Lang, node: &NodeDetail, now: Micros) -> Html {
    let all = [
        (lang.t("in-tm-election"), node.election),
        (lang.t("in-tm-heartbeat"), node.heartbeat),
        (lang.t("in-tm-quorum"), node.quorum),
    ];
    let counting: Vec<_> = all.into_iter().filter_map(|(name, timer)| Some((name, timer?))).collect();
    let body = if counting.is_empty() {
        html! { <p class="fine">{ lang.t("in-tm-none") }</p> }
    } else {
        let one = |(name, timer)| one_timer(lang, name, timer, node.paused, now);
        html! { <dl class="kv">{ for counting.into_iter().map(one) }</dl> }
    };
    part(lang.t("in-timers"), body)
}

fn one_timer(lang: Lang, name: String, timer: Timer, paused: bool, now: Micros) -> Html {
    let part = timer.elapsed_us as f64 / timer.length_us.max(1) as f64 * 100.0;
    let text = match timer.ends_us {
        _ if paused => lang.t("in-tm-paused"),
        ends_us if ends_us <= now => lang.t("in-tm-due"),
        ends_us => left(lang, ends_us, now),
    };
    html! {
        <div class="insp-tm">
            <dt>{ name }</dt>
            <dd>
                <span class="num">{ text }</span>{ " " }
                <small>{ lang.f("in-tm-of", &[("length", span(timer.length_us).into())]) }</small>
                <span class="insp-bar" aria-hidden="true"><i style={format!("width:{part:.0}%")} /></span>
            </dd>
        </div>
    }
}

// --- the log

fn log(lang: Lang, node: &NodeDetail) -> Html {
    let head = lang.f("in-log-s", &[("last", node.last.into()), ("durable", node.durable.into())]);
    if node.entries.is_empty() {
        return part(lang.t("in-log"), html! { <p class="fine">{ head }</p> });
    }
    let row = |entry: &EntryFacts| {
        let class = if entry.committed { "" } else { "insp-open" };
        let cells = vec![
            html! { { grouped(entry.index) } },
            html! { { grouped(entry.term) } },
            html! { { entry_text(lang, entry) } },
            sign(entry.synced, yes_no(lang, entry.synced)),
            sign(entry.committed, yes_no(lang, entry.committed)),
        ];
        (class, cells)
    };
    let columns = vec![
        lang.t("in-index"),
        lang.t("in-term"),
        lang.t("in-what"),
        lang.t("in-synced"),
        lang.t("in-committed"),
    ];
    let rows = node.entries.iter().rev().map(row).collect();
    let gone = (node.first > 1).then(|| lang.f("in-log-first", &[("n", (node.first - 1).into())]));
    part(
        lang.t("in-log"),
        html! {
            <>
                <p class="fine">{ head }{ " " }{ gone }</p>
                { table(lang.t("in-log"), columns, rows) }
            </>
        },
    )
}

fn entry_text(lang: Lang, entry: &EntryFacts) -> String {
    match entry.what {
        EntryWhat::Empty => lang.t("in-e-empty"),
        EntryWhat::Conf => lang.t("in-e-conf"),
        EntryWhat::Insert { op, .. } => lang.f("in-e-insert", &[("op", op.into())]),
        EntryWhat::Put { key, value, .. } => format!("r{key} = {value}"),
        EntryWhat::Swap { key, from, to, .. } => format!("r{key}: {from} → {to}"),
        EntryWhat::Unknown => lang.f("in-e-unknown", &[("n", entry.bytes.into())]),
    }
}

// --- the others

fn peers(lang: Lang, peers: &[PeerFacts]) -> Html {
    let row = |peer: &PeerFacts| {
        let state = match peer.state {
            PeerState::Probe => lang.t("in-p-probe"),
            PeerState::Waiting => lang.t("in-p-waiting"),
            PeerState::Replicate if peer.unanswered.is_empty() => lang.t("in-p-replicate"),
            PeerState::Replicate => lang.f("in-p-unanswered", &[("n", peer.unanswered.len().into())]),
            PeerState::Snapshot => lang.t("in-p-snapshot"),
        };
        let matched = if peer.matched == 0 { "?".to_owned() } else { grouped(peer.matched) };
        let cells = vec![
            html! { { node_name(lang, peer.id) } },
            html! { { grouped(peer.next) } },
            html! { { matched } },
            html! { { state } },
            sign(peer.heard, yes_no(lang, peer.heard)),
        ];
        (if peer.heard { "" } else { "insp-open" }, cells)
    };
    let columns = vec![
        lang.t("in-peer"),
        lang.t("in-next"),
        lang.t("in-match"),
        lang.t("in-sends"),
        lang.t("in-heard"),
    ];
    let rows: Vec<_> = peers.iter().map(row).collect();
    let unknown = peers.iter().any(|peer| peer.matched == 0);
    part(
        lang.t("in-peers"),
        html! {
            <>
                { table(lang.t("in-peers"), columns, rows) }
                if unknown { <p class="fine">{ lang.t("in-match-unknown") }</p> }
            </>
        },
    )
}

fn reads(lang: Lang, node: &NodeDetail, now: Micros) -> Html {
    let reads = &node.reads;
    let mut rows = Vec::new();
    if node.role == Role::Leader {
        let lease = match reads.lease_until_us {
            Some(until) => left(lang, until, now),
            None => lang.t("in-none"),
        };
        rows.push((lang.t("in-lease"), lease));
        rows.push((lang.t("in-by-lease"), yes_no(lang, reads.by_lease)));
        rows.push((lang.t("in-unconfirmed"), grouped(reads.unconfirmed)));
        rows.push((lang.t("in-early"), grouped(reads.early)));
    }
    if let Some(until) = node.promised_until_us {
        rows.push((lang.t("in-promised"), left(lang, until, now)));
    }
    rows.push((lang.t("in-reads-waiting"), grouped(reads.waiting)));
    part(lang.t("in-reads"), figures(rows))
}

fn disk(lang: Lang, node: &NodeDetail) -> Html {
    let disk = &node.disk;
    let mut faults = Vec::new();
    if disk.lies {
        faults.push(lang.t("in-d-lies"));
    }
    if disk.damaged {
        faults.push(lang.t("in-d-damaged"));
    }
    let faults = if faults.is_empty() { lang.t("in-none") } else { faults.join(" · ") };
    let rows = vec![
        (lang.t("in-d-appended"), bytes(lang, disk.appended_bytes)),
        (lang.t("in-d-synced"), bytes(lang, disk.synced_bytes)),
        (lang.t("in-d-files"), grouped(disk.files.len() as u64)),
        (lang.t("in-d-syncing"), yes_no(lang, disk.syncing)),
        (lang.t("in-d-syncs"), grouped(disk.syncs)),
        (lang.t("in-d-faults"), faults),
    ];
    part(lang.t("in-disk"), figures(rows))
}
