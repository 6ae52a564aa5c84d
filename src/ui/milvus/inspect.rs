//! The inspector of a Milvus cluster: a pod and what it knows, a lease, a segment, a message in flight.
//!
//! Guarantees: what a pod believes stands beside what is true at the same moment, with a tick or a cross; figures come
//! from the running cluster. Leaves out: asking (`ui/inspect`).

use yew::prelude::*;

use super::pod::{kind_text, state_text};
use crate::ui::cluster::Pick;
use crate::ui::format::span;
use crate::ui::inspect::{
    Chosen, Look, Looking, at, figures, folded, frame, kind_text as message_kind, left, message, nothing,
    part, sign, table, use_chosen, use_look, waiting, yes_no,
};
use crate::ui::use_lang;
use quorum_facade::inspect::{Inspected, LeaseDetail, PodDetail, SegmentDetail, Target};
use quorum_facade::messages::MessageDetail;
use quorum_facade::milvus::inspect::{Known, KnownValue, KnownWhat, MemberFacts, SegmentState};
use quorum_facade::milvus::snapshot::{CopyState, MilvusFacts};
use quorum_i18n::{Lang, grouped};
use quorum_types::{Micros, NodeId};

/// How many messages of a pod are listed.
const LISTED: usize = 12;

/// What is selected, in detail, with lists of what else can be looked into.
#[component]
pub(crate) fn PodInspector(props: &Looking) -> Html {
    let lang = use_lang();
    let own = match props.pick {
        Some(Pick::Node(id)) => Some(Target::Pod(id)),
        Some(Pick::Message(id)) => Some(Target::Message(id)),
        _ => None,
    };
    let Chosen { target, onchoose, onclose } = use_chosen(props, own);
    let look = use_look(props, target);
    let Some(facts) = props.now.milvus.as_deref() else { return Html::default() };
    let lists = html! {
        <>
            { segments(lang, facts, &onchoose) }
            { leases(lang, facts, &onchoose) }
        </>
    };
    let Some(target) = target else {
        return nothing(lang, lang.t("mc-in-hint"), lists);
    };
    let (title, note, body) = shown(lang, props, facts, look.as_ref());
    let word = match target {
        Target::Pod(id) => format!("pod-{id}"),
        Target::Lease(id) => format!("lease-{id}"),
        Target::Segment(id) => format!("segment-{id}"),
        Target::Message(id) => format!("message-{id}"),
        _ => String::new(),
    };
    frame(lang, (title, note), word, onclose, html! { <>{ body }{ lists }</> })
}

fn shown(lang: Lang, props: &Looking, facts: &MilvusFacts, look: Option<&Look>) -> (String, String, Html) {
    let now = props.now.t_us;
    match look.and_then(|look| look.facts.as_deref()) {
        Some(Inspected::Pod(pod)) => (
            lang.f("mc-pod", &[("id", pod.id.into()), ("kind", kind_text(lang, pod.component).into())]),
            state_text(lang, pod.state),
            html! { <>{ one_pod(lang, pod, facts, now) }{ messages(lang, props, facts, pod.id) }</> },
        ),
        Some(Inspected::Lease(lease)) => {
            (lang.t("mc-in-lease"), pod_name(lang, facts, lease.pod), one_lease(lang, lease, facts, now))
        }
        Some(Inspected::Segment(segment)) => {
            (segment_name(lang, segment.segment), state_of(lang, segment), one_segment(lang, segment, facts))
        }
        Some(Inspected::Message(shown)) => {
            let gone = look.is_some_and(|look| look.gone);
            let body = message(lang, shown, (now, gone), &|id| pod_name(lang, facts, id));
            (lang.t("in-message"), message_name(lang, shown), body)
        }
        _ => (lang.t("in-title"), String::new(), waiting(lang, look)),
    }
}

/// A pod's number and kind, or the client.
fn pod_name(lang: Lang, facts: &MilvusFacts, id: NodeId) -> String {
    if id == 0 {
        return lang.t("in-client");
    }
    let kind = facts.pods.iter().find(|pod| pod.id == id).map(|pod| kind_text(lang, pod.component));
    lang.f("mc-pod", &[("id", id.into()), ("kind", kind.unwrap_or_default().into())])
}

fn message_name(lang: Lang, shown: &MessageDetail) -> String {
    match shown.message {
        Some(message) => message_kind(lang, message, None),
        None => lang.f(&format!("mc-msg-{}", shown.word.replace('_', "-")), &[]),
    }
}

// --- lists

/// The messages of a pod in flight.
fn messages(lang: Lang, props: &Looking, facts: &MilvusFacts, id: NodeId) -> Html {
    let of = facts.flights.iter().filter(|flight| flight.from == id || flight.to == id).take(LISTED);
    let listed = of.map(|flight| {
        let other = if flight.from == id { flight.to } else { flight.from };
        let arrow = if flight.from == id { "→" } else { "←" };
        (flight.id, format!("{arrow} {} · {}", pod_name(lang, facts, other), at(flight.arrives_us)))
    });
    let onchoose = props.onpick.reform(|id: u64| Some(Pick::Message(id)));
    folded(lang.t("in-flying"), listed.collect(), "message", &onchoose)
}

fn segments(lang: Lang, facts: &MilvusFacts, onchoose: &Callback<Target>) -> Html {
    let listed = facts.segments.iter().map(|segment| {
        let rows = lang.f("mc-in-rows-n", &[("n", segment.rows.into())]);
        (segment.id, format!("{} · {rows}", segment_name(lang, segment.id)))
    });
    folded(lang.t("mc-in-segments"), listed.collect(), "segment", &onchoose.reform(Target::Segment))
}

fn leases(lang: Lang, facts: &MilvusFacts, onchoose: &Callback<Target>) -> Html {
    let holders = facts.pods.iter().filter_map(|pod| Some((pod, pod.lease_left_us?)));
    let listed = holders.map(|(pod, left)| {
        (u64::from(pod.id), format!("{} · {}", pod_name(lang, facts, pod.id), span(left)))
    });
    let onlease = onchoose.reform(|id: u64| Target::Lease(id as NodeId));
    folded(lang.t("mc-in-leases"), listed.collect(), "lease", &onlease)
}

// --- a pod

fn one_pod(lang: Lang, pod: &PodDetail, facts: &MilvusFacts, now: Micros) -> Html {
    let role = match pod.acting {
        Some((epoch, true)) => lang.f("mc-in-acts", &[("epoch", epoch.into())]),
        Some((epoch, false)) => lang.f("mc-in-takes-over", &[("epoch", epoch.into())]),
        None => lang.t("mc-in-does-not-act"),
    };
    let rows = vec![
        (lang.t("mc-in-role"), role),
        (lang.t("mc-in-life"), grouped(pod.life)),
        (lang.t("mc-in-queue"), grouped(u64::from(pod.queue))),
        (lang.t("mc-in-busy"), yes_no(lang, pod.busy)),
    ];
    html! {
        <>
            { figures(rows) }
            { knows(lang, pod, facts, now) }
            if let Some(lease) = &pod.lease { { part(lang.t("mc-in-lease"), one_lease(lang, lease, facts, now)) } }
            if let Some(member) = &pod.member { { one_member(lang, member, facts) } }
            if !pod.segments.is_empty() { { held(lang, &pod.segments) } }
        </>
    }
}

/// What it knows, from whom, how old that is, and whether it is true.
fn knows(lang: Lang, pod: &PodDetail, facts: &MilvusFacts, now: Micros) -> Html {
    if pod.knows.is_empty() {
        return part(lang.t("mc-in-knows"), html! { <p class="fine">{ lang.t("mc-in-knows-nothing") }</p> });
    }
    let row = |known: &Known| {
        let holds = known.holds();
        let truth = match (holds, known.truth) {
            (Some(true), _) => sign(true, lang.t("mc-in-true")),
            (Some(false), Some(truth)) => html! {
                <>
                    { sign(false, lang.t("mc-in-untrue")) }{ " " }
                    { lang.f("mc-in-really", &[("value", value(lang, facts, truth).into())]) }
                </>
            },
            _ => html! { { "—" } },
        };
        let source = match (known.from, known.at_us) {
            (Some(from), Some(at_us)) => lang.f(
                "mc-in-source",
                &[
                    ("pod", pod_name(lang, facts, from).into()),
                    ("age", span(now.saturating_sub(at_us)).into()),
                ],
            ),
            (None, Some(at_us)) => lang.f("mc-in-age", &[("age", span(now.saturating_sub(at_us)).into())]),
            _ => lang.t("mc-in-own"),
        };
        let cells = vec![
            html! { <>{ what(lang, facts, known.what) }<small>{ source }</small></> },
            html! { { value(lang, facts, known.value) } },
            truth,
        ];
        (if holds == Some(false) { "insp-bad" } else { "" }, cells)
    };
    let columns = vec![lang.t("mc-in-what"), lang.t("mc-in-believes"), lang.t("mc-in-truth")];
    part(lang.t("mc-in-knows"), table(lang.t("mc-in-knows"), columns, pod.knows.iter().map(row).collect()))
}

fn what(lang: Lang, facts: &MilvusFacts, what: KnownWhat) -> String {
    let kind = |component| ("kind", kind_text(lang, component).into());
    let node = |id| ("pod", pod_name(lang, facts, id).into());
    match what {
        KnownWhat::Acting { component } => lang.f("mc-kn-acting", &[kind(component)]),
        KnownWhat::Holder { component } => lang.f("mc-kn-holder", &[kind(component)]),
        KnownWhat::Delegator { replica } => lang.f("mc-kn-delegator", &[("n", (replica + 1).into())]),
        KnownWhat::Answers { node: id } => lang.f("mc-kn-answers", &[node(id)]),
        KnownWhat::There { node: id } => lang.f("mc-kn-there", &[node(id)]),
        KnownWhat::Serves { node: id } => lang.f("mc-kn-serves", &[node(id)]),
        KnownWhat::Placed { replica } => lang.f("mc-kn-placed", &[("n", (replica + 1).into())]),
        KnownWhat::Drains => lang.t("mc-kn-drains"),
        KnownWhat::LogOwner => lang.t("mc-kn-owner"),
        KnownWhat::Checkpoint => lang.t("mc-kn-checkpoint"),
        KnownWhat::Sessions => lang.t("mc-kn-sessions"),
        KnownWhat::Position => lang.t("mc-kn-position"),
        KnownWhat::ServiceTime => lang.t("mc-kn-service"),
        KnownWhat::Fence => lang.t("mc-kn-fence"),
        KnownWhat::Lease => lang.t("mc-kn-lease"),
    }
}

fn value(lang: Lang, facts: &MilvusFacts, value: KnownValue) -> String {
    match value {
        KnownValue::Pod(Some(id)) => pod_name(lang, facts, id),
        KnownValue::Pod(None) => lang.t("mc-in-nobody"),
        KnownValue::Number(n) => grouped(n),
        KnownValue::Part { n, of } => lang.f("mc-in-part", &[("n", n.into()), ("of", of.into())]),
        KnownValue::Flag(yes) => yes_no(lang, yes),
        KnownValue::Time(0) => lang.t("in-none"),
        KnownValue::Time(us) => at(us),
    }
}

fn one_member(lang: Lang, member: &MemberFacts, facts: &MilvusFacts) -> Html {
    let leader = member.leader.map_or_else(|| lang.t("in-unknown"), |id| pod_name(lang, facts, id));
    let mut rows = vec![
        (lang.t("in-term"), grouped(member.term)),
        (lang.t("in-leader"), leader),
        (lang.t("in-commit"), grouped(member.commit)),
        (lang.t("mc-in-last"), grouped(member.last)),
        (lang.t("mc-in-durable"), grouped(member.durable)),
    ];
    for (id, matched) in &member.matched {
        let name = lang.f("mc-in-match", &[("pod", pod_name(lang, facts, *id).into())]);
        rows.push((name, if *matched == 0 { "?".to_owned() } else { grouped(*matched) }));
    }
    part(lang.t("mc-in-member"), figures(rows))
}

fn held(lang: Lang, segments: &[(u64, bool)]) -> Html {
    let text = |(id, served): &(u64, bool)| {
        let state = if *served { lang.t("mc-in-served") } else { lang.t("mc-in-loading") };
        (segment_name(lang, *id), state)
    };
    part(lang.t("mc-in-segments"), figures(segments.iter().map(text).collect()))
}

// --- leases and segments

fn one_lease(lang: Lang, lease: &LeaseDetail, facts: &MilvusFacts, now: Micros) -> Html {
    let until = |us: Option<Micros>| us.map_or_else(|| lang.t("in-none"), |us| left(lang, us, now));
    let store = lease.store.map_or_else(|| lang.t("mc-in-nobody"), |id| pod_name(lang, facts, id));
    let role = match lease.role_epoch {
        Some(epoch) => {
            let kind = kind_text(lang, lease.component);
            lang.f("mc-in-role-epoch", &[("kind", kind.into()), ("epoch", epoch.into())])
        }
        None => lang.t("in-none"),
    };
    let rows = vec![
        (lang.t("mc-in-holder"), pod_name(lang, facts, lease.pod)),
        (lang.t("mc-in-with-role"), role),
        (lang.t("mc-in-store"), store),
        (lang.t("mc-in-store-until"), until(lease.store_until_us)),
        (lang.t("mc-in-holder-until"), until(lease.holder_until_us)),
        (lang.t("mc-in-session"), yes_no(lang, lease.session)),
    ];
    figures(rows)
}

fn segment_name(lang: Lang, id: u64) -> String {
    if id == 0 { lang.t("mc-in-growing") } else { lang.f("mc-in-segment", &[("n", id.into())]) }
}

fn state_of(lang: Lang, segment: &SegmentDetail) -> String {
    match segment.state {
        SegmentState::Growing => lang.t("mc-sg-growing"),
        SegmentState::Sealed => lang.t("mc-sg-sealed"),
        SegmentState::Flushed => lang.t("mc-sg-flushed"),
        SegmentState::Dropped => lang.t("mc-sg-dropped"),
    }
}

fn one_segment(lang: Lang, segment: &SegmentDetail, facts: &MilvusFacts) -> Html {
    let span_text = match segment.span {
        Some((after, upto)) if upto > after => format!("{}–{}", grouped(after + 1), grouped(upto)),
        Some(_) => lang.t("in-none"),
        None => lang.t("mc-in-from-start"),
    };
    let owner = segment.log_owner.map_or_else(|| lang.t("mc-in-nobody"), |id| pod_name(lang, facts, id));
    let mut rows = vec![
        (lang.t("mc-in-rows"), grouped(segment.rows)),
        (lang.t("mc-in-span"), span_text),
        (lang.t("mc-in-checkpoint"), grouped(segment.log.0)),
        (lang.t("mc-in-log-end"), grouped(segment.log.1)),
        (lang.t("mc-in-log-owner"), owner),
        (lang.t("mc-in-fence"), grouped(segment.fence)),
    ];
    if segment.segment > 0 {
        rows.push((lang.t("mc-in-indexed"), yes_no(lang, segment.indexed)));
    }
    if let Some(written) = segment.written_us {
        rows.push((lang.t("mc-in-written"), at(written)));
    }
    for number in &segment.writing {
        rows.push((lang.t("mc-in-writing"), segment_name(lang, *number)));
    }
    let copy = |(replica, id, state): &(u32, NodeId, CopyState)| {
        let state = match state {
            CopyState::Served => lang.t("mc-in-served"),
            CopyState::Loading => lang.t("mc-in-loading"),
        };
        let name = lang.f("mc-replica", &[("n", (replica + 1).into())]);
        (format!("{} · {name}", pod_name(lang, facts, *id)), state)
    };
    let copies: Vec<(String, String)> = segment.copies.iter().map(copy).collect();
    let places = if copies.is_empty() {
        html! { <p class="fine">{ lang.t("mc-in-nowhere") }</p> }
    } else {
        figures(copies)
    };
    html! { <>{ figures(rows) }{ part(lang.t("mc-in-copies"), places) }</> }
}
