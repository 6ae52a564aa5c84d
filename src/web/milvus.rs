//! Reads a cluster's facts from plain objects.
//!
//! Promises: as [`super::read`]. Leaves out: everything else.

use super::read::{objects, words};
use quorum_facade::milvus::facts::{
    BatchFacts, CopyState, LoadFacts, MilvusFacts, PlacedSegment, PodFacts, PodFlight, PodState, SearchFacts,
    TesterFacts, Traffic, WriteFacts,
};
use quorum_facade::milvus::shape::{Component, Plane};

words! {
    Component {
        "proxy" => Proxy, "root_coord" => RootCoord, "query_coord" => QueryCoord, "data_coord" => DataCoord,
        "index_coord" => IndexCoord, "mix_coord" => MixCoord, "query_node" => QueryNode, "data_node" => DataNode,
        "index_node" => IndexNode, "streaming_node" => StreamingNode, "meta" => Meta, "wal" => Wal,
        "object_store" => ObjectStore,
    }
    Plane { "raft" => Raft, "lease" => Lease, "streaming" => Streaming }
    PodState { "up" => Up, "down" => Down, "booting" => Booting, "paused" => Paused }
    Traffic { "search" => Search, "write" => Write, "raft" => Raft, "control" => Control, "stream" => Stream }
    CopyState { "served" => Served, "loading" => Loading }
}

objects! {
    MilvusFacts {
        plane, pods, cut, flights, segments, tester, last_search, last_write, acknowledged_rows, failed_writes,
        lost_writes, load, settings,
    }
    PodFacts {
        id, component, ordinal, zone, state, active, epoch, misses, taken_out, lease_left_us, queue, served, replica,
        behind_us,
    }
    PodFlight { id, from, to, sent_us, arrives_us, kind }
    PlacedSegment { id, rows, copies }
    TesterFacts { total, ok, failed, mean_latency_us, recent, last_failure }
    SearchFacts { op, node, took_us, waited_us, behind_us, recall_permille, partial, distances, rows }
    WriteFacts { first_id, steps }
    LoadFacts {
        qps, mean_latency_us, p95_latency_us, finished, late, given_up, refused, longest, batch,
    }
    BatchFacts { began_us, of, done, failed, took_us }
}
