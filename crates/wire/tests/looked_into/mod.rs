//! Answers of inspectors and lists of operations, with every variant that they have.
//!
//! Guarantees: each kind of answer is there with all of its parts filled. Leaves out: sending them (`round_trip`).

use quorum_facade::Answer;
use quorum_facade::history::{Found, History, Outcome, SeenAsk, SeenOp, Verdict, Why, WhyCause};
use quorum_facade::inspect::{
    BackupDetail, EntryFacts, EntryWhat, Inspected, LeaseDetail, NodeDetail, PeerFacts, PeerState, PodDetail,
    ResolverDetail, SegmentDetail, SiteDetail, Timer,
};
use quorum_facade::messages::{Field, FieldName, FieldValue, MessageDetail};
use quorum_facade::milvus::inspect::{Known, KnownValue, KnownWhat};

/// What inspectors and the list of operations get.
pub(crate) fn looked_into(n: u64, few: u32, ok: bool, text: &str, many: Option<u64>) -> Vec<Answer> {
    let timer = Timer { elapsed_us: n, length_us: n, ends_us: n };
    let entry = EntryFacts {
        index: n,
        term: n,
        what: EntryWhat::Swap { op: n, key: n, from: n, to: n },
        bytes: n,
        synced: ok,
        committed: ok,
    };
    let peer = PeerFacts { id: few, state: PeerState::Waiting, unanswered: vec![n], ..PeerFacts::default() };
    let node = NodeDetail {
        id: few,
        vote: Some((few, ok)),
        votes: vec![(few, ok)],
        election: Some(timer),
        entries: vec![entry],
        peers: vec![peer],
        ..NodeDetail::default()
    };
    let fields = [
        FieldValue::Number(n),
        FieldValue::Entry { index: n, term: n },
        FieldValue::Span { first: n, last: n },
        FieldValue::Node(few),
        FieldValue::Flag(ok),
        FieldValue::Time(n),
    ];
    let message = MessageDetail {
        id: n,
        message: None,
        word: text.to_owned(),
        from: few,
        to: few,
        term: many,
        sent_us: n,
        arrives_us: n,
        copies: few,
        fields: fields.map(|value| Field { name: FieldName::Entries, value }).to_vec(),
    };
    let known = Known {
        what: KnownWhat::Delegator { replica: few },
        value: KnownValue::Part { n, of: n },
        from: Some(few),
        at_us: many,
        truth: Some(KnownValue::Pod(None)),
    };
    let lease = LeaseDetail { pod: few, store_until_us: many, ..LeaseDetail::default() };
    let pod = PodDetail { id: few, lease: Some(lease.clone()), knows: vec![known], ..PodDetail::default() };
    let all = [
        Inspected::Node(node),
        Inspected::Message(message),
        Inspected::Pod(pod),
        Inspected::Lease(lease),
        Inspected::Segment(SegmentDetail { segment: n, span: Some((n, n)), ..SegmentDetail::default() }),
        Inspected::Backup(BackupDetail { id: n, chain: vec![n], ..BackupDetail::default() }),
        Inspected::Site(SiteDetail { site: few, lacks: (n, n), ..SiteDetail::default() }),
        Inspected::Resolver(ResolverDetail { client: few, record: Some(few), ..ResolverDetail::default() }),
    ];
    let op = SeenOp {
        op: n,
        ask: SeenAsk::Swap { key: n, from: n, to: n, swapped: Some(ok) },
        outcome: Outcome::TimedOut,
        node: Some(few),
        attempts: few,
        start_us: n,
        end_us: many,
        lane: few,
        place: Some((few, n)),
    };
    let why = Why { key: n, op: n, cause: WhyCause::Overwritten { by: n }, ops: vec![op.clone()] };
    let found = [Found::Order, Found::Contradiction(Box::new(why)), Found::GaveUp { key: n }];
    let history = |found: Found| History {
        ops: vec![op.clone()],
        begun: n,
        lanes: few,
        verdict: Some(Verdict { checked: n, found }),
    };
    let looked = all.map(|facts| Answer::Inspected { ok, t_us: n, facts: Box::new(facts) });
    let seen = found.map(|found| Answer::History { ok, t_us: n, history: Box::new(history(found)) });
    looked.into_iter().chain(seen).collect()
}
