//! Names, sentences and the timeline of a cluster: in both languages, with nothing left out.

use super::*;
use quorum_facade::{
    EngineEvent, EventKind, FaultEvent, MilvusEvent, NetworkEvent, ServiceEvent, StorageEvent,
};

#[wasm_bindgen_test]
fn topologies_name_what_differs() {
    assert!(is_cluster("milvus") && is_cluster("milvus:replicas=1") && !is_cluster("replica-set:3"));
    assert_eq!(asked("milvus:control_plane=1,replicas=1", "replicas"), 1);
    assert_eq!(asked("milvus:control_plane=1", "replicas"), 3, "the default");
    assert_eq!(topology_with(&[("replicas".to_owned(), 3)]), "milvus");
    let twice = [("replicas".to_owned(), 1), ("replicas".to_owned(), 2)];
    assert_eq!(topology_with(&twice), "milvus:replicas=2", "what was said last counts");
}

#[wasm_bindgen_test]
fn everything_has_a_name_in_both_languages() {
    crate::texts::learn_catalogues();
    for component in Component::ALL {
        let (zh, en) = (kind_text(Lang::Zh, component), kind_text(Lang::En, component));
        assert!(chinese(&zh) && !chinese(&en) && !en.starts_with("mc-"), "{zh} / {en}");
    }
    for setting in ALL {
        let (zh, en) =
            (setting_text(Lang::Zh, "mc", setting.name), setting_text(Lang::En, "mc", setting.name));
        assert!(chinese(&zh), "{}: {zh}", setting.name);
        assert!(!chinese(&en) && en.chars().next().is_some_and(char::is_uppercase), "{}: {en}", setting.name);
    }
}

#[wasm_bindgen_test]
fn what_happens_is_shown_in_both_languages() {
    crate::texts::learn_catalogues();
    let kinds: Vec<Component> = facts().pods.iter().map(|pod| pod.component).collect();
    let word = String::new;
    let narrated = [
        (3, EventKind::Fault(FaultEvent::Killed), "3 号根协调器停了"),
        (3, EventKind::Service(ServiceEvent::ProbeMissed { misses: 2 }), "连续第 2 次"),
        (3, EventKind::Milvus(MilvusEvent::TakenOut { component: word() }), "摘出轮换"),
        (
            4,
            EventKind::Milvus(MilvusEvent::RoleTaken { role: word(), epoch: 4 }),
            "4 号根协调器开始当值，纪元 4",
        ),
        (3, EventKind::Milvus(MilvusEvent::RoleEnded { role: word(), epoch: 3 }), "不再当值"),
        (3, EventKind::Milvus(MilvusEvent::LeaseExpired { component: word() }), "租约到期"),
        (1, EventKind::Milvus(MilvusEvent::RouteFailed { to: 15 }), "1 号代理发给15 号查询节点的请求失败"),
        (1, EventKind::Milvus(MilvusEvent::RoutesRefreshed { nodes: 2 }), "2 个查询节点"),
        (
            16,
            EventKind::Milvus(MilvusEvent::SegmentLoaded {
                segment: 2,
                replica: 1,
                bytes: 100_000_000,
                took_us: 1_000_000,
            }),
            "数据段 2",
        ),
        (16, EventKind::Milvus(MilvusEvent::ChannelReplayed { records: 40, took_us: 20_000 }), "40 条日志"),
        (3, EventKind::Milvus(MilvusEvent::Fenced { epoch: 3 }), "纪元 3 已经过去"),
        (0, EventKind::Milvus(MilvusEvent::WriteLost { first_id: 12, rows: 1 }), "第 12 行"),
        (
            0,
            EventKind::Milvus(MilvusEvent::InsertFailed {
                first_id: 12,
                rows: 1,
                status: OpStatus::Info,
                took_us: 1,
            }),
            "客户端不知道",
        ),
        (3, EventKind::Milvus(MilvusEvent::PodReady { component: word() }), "可以服务"),
        (
            0,
            EventKind::Network(NetworkEvent::Partitioned { side: vec![3], but: Vec::new() }),
            "3 号根协调器与其余各处断开",
        ),
        (
            0,
            EventKind::Network(NetworkEvent::Partitioned { side: vec![3], but: vec![22, 23, 24] }),
            "#22，#23，#24相通",
        ),
        (0, EventKind::Network(NetworkEvent::NetworkHealed { links: 4 }), "接通"),
        (
            0,
            EventKind::Service(ServiceEvent::BatchEnded { searches: 1_000, failed: 0, took_us: 3_500_000 }),
            "次搜索做完，用了 3.50 s",
        ),
        (14, EventKind::Storage(StorageEvent::Compacted { lsn: 1, segments: 4 }), "4 个小数据段"),
    ];
    for (node, kind, part) in narrated {
        let event = Event { t_us: 5, node: Some(node), kind };
        let zh = sentence(Lang::Zh, &event, &kinds).unwrap_or_default();
        assert!(zh.contains(part), "{:?}: {zh}", event.kind);
        let en = sentence(Lang::En, &event, &kinds).unwrap_or_default();
        assert!(!en.is_empty() && !chinese(&en) && !en.contains("mc-"), "{:?}: {en}", event.kind);
        assert_eq!(sentence(Lang::En, &event, &[]), None, "elsewhere others tell it");
    }
}

#[wasm_bindgen_test]
fn the_timeline_marks_faults_roles_and_service() {
    let at = |t_us, node, kind| Event { t_us, node: Some(node), kind };
    let mut story = Story::default();
    story.hear(
        &[
            at(1, 3, EventKind::Milvus(MilvusEvent::PodReady { component: "root_coord".to_owned() })),
            at(2, 0, EventKind::Engine(EngineEvent::InsertBegan { first_id: 1, rows: 1 })),
            at(
                3,
                0,
                EventKind::Milvus(MilvusEvent::SearchServed {
                    op: 1,
                    waited_us: 0,
                    behind_us: 0,
                    recall_permille: 1_000,
                    partial: false,
                }),
            ),
            at(4, 3, EventKind::Fault(FaultEvent::Killed)),
            at(5, 0, EventKind::Service(ServiceEvent::ServiceLost { fault_us: 4 })),
            at(6, 4, EventKind::Milvus(MilvusEvent::RoleTaken { role: "root_coord".to_owned(), epoch: 2 })),
            at(
                7,
                0,
                EventKind::Service(ServiceEvent::ServiceRestored {
                    rto_us: 3,
                    phases: Vec::new(),
                    failed: 1,
                }),
            ),
        ],
        0,
    );
    let marks: Vec<MarkKind> = story.marks.iter().map(|mark| mark.kind).collect();
    assert_eq!(marks, [MarkKind::Kill(3), MarkKind::Lost, MarkKind::Leader(4), MarkKind::Restored]);
    let narrated: Vec<u64> = story.narrated.iter().map(|event| event.t_us).collect();
    assert_eq!(narrated, [1, 4, 5, 6, 7], "the writer's rows and whole answers are not narrated");
}

#[wasm_bindgen_test]
fn who_acts_and_since_when() {
    crate::texts::learn_catalogues();
    let now = Snapshot { t_us: 9_000_000, milvus: Some(Box::new(facts())), ..Snapshot::default() };
    let mut story = Story::default();
    let taken = EventKind::Milvus(MilvusEvent::RoleTaken { role: "query_coord".to_owned(), epoch: 4 });
    let acting = facts().pods.into_iter().find(|pod| pod.component == Component::QueryCoord && pod.active);
    let acting = acting.expect("a query coordinator acts").id;
    story.hear(&[Event { t_us: 4_000_000, node: Some(acting), kind: taken }], 0);
    let said = leads(Lang::En, &now, &story);
    let of = format!("Acting since 4.00: query coordinator #{acting}.");
    assert!(said.contains(&of), "{said:?}");
    // The root coordinator that acted is down, and it is named as such.
    assert!(said.last().is_some_and(|line| line.starts_with("Down: ") && line.contains("#3")), "{said:?}");
    assert!(said.iter().all(|line| !line.starts_with("Acting") || !line.contains("#3.")), "{said:?}");
    assert!(leads(Lang::Zh, &now, &story).iter().all(|line| chinese(line)));
}
