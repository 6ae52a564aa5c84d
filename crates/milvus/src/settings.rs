//! The settings of a Milvus cluster: every figure with its unit, its bounds and its source.
//!
//! One list generates the struct, the table for programs and people, and access by name. Guarantees: no default without
//! a source; where the course and Milvus differ, the source says whose figure it is; “model” marks our own figures.
//! Leaves out: the effects of the figures (the other files of this crate).

use quorum_sim::settings_table;

const NOTE_2: &str = "course note 2";
const NOTE_3: &str = "course note 3";
const MODEL: &str = "model";
const ETCD: &str = "etcd 3.5 documentation, Tuning: heartbeat-interval 100 ms, election-timeout 1000 ms";

settings_table! {
    /// How coordinators are chosen: 0 a Raft group per coordinator, 1 a lease in the metadata store, 2 the topology of
    /// 2.6.
    control_plane: "0 course, 1 Milvus 2.5, 2 Milvus 2.6 and 3.0", 0, 0..=2, "course note 3: coordinators elect by Raft; Milvus 2.5 docs: active-standby by a key in etcd; Milvus 2.6 docs: one mixCoord";
    /// Pods of each coordinator, where others stand by.
    coordinators: "pods", 3, 1..=7, NOTE_3;
    /// Whether coordinators that are chosen by a lease have others standing by; without, there is one pod of each.
    active_standby: "0 or 1", 1, 0..=1, "course note 3: three of each (Milvus 2.5 and 2.6 docs, Coordinator HA: off unless activeStandby.enabled is set)";
    /// Whether the topology with leases has an index coordinator of its own.
    index_coord: "0 or 1", 0, 0..=1, "Milvus 2.3: merged into the data coordinator (pull request 25958); it was a pod of its own before";
    /// Proxies.
    proxies: "pods", 2, 1..=8, NOTE_3;
    /// Query nodes.
    query_nodes: "pods", 3, 1..=12, NOTE_3;
    /// Data nodes.
    data_nodes: "pods", 2, 1..=8, NOTE_3;
    /// Index nodes; none in the topology of 2.6, whose data nodes build indexes.
    index_nodes: "pods", 2, 0..=8, NOTE_3;
    /// Streaming nodes, in the topology of 2.6 only.
    streaming_nodes: "pods", 2, 1..=8, MODEL;
    /// Where the delegators of the topology of 2.6 are: 0 in query nodes, 1 in the streaming node that owns the log.
    delegator: "0 query node, 1 log owner", 0, 0..=1, "model: where every topology before 2.6 has them (Milvus 2.6 docs, Streaming Service, Query Delegator: in the streaming node of the WAL; with N replicas, N-1 of them in other streaming nodes)";
    /// Members of the metadata store.
    meta_members: "members", 3, 1..=7, "Milvus 2.5 Helm chart: etcd.replicaCount 3";
    /// Where the log of the topology of 2.6 is: 0 on replicas with pods of their own, 1 in the object store, written by
    /// the streaming node, 2 on the log stores of a Woodpecker service.
    log_kind: "0 replicas, 1 object store, 2 log stores", 0, 0..=2, "Milvus 2.6 docs: Pulsar, Kafka or Woodpecker (Milvus 3.0 docs, Woodpecker: by default embedded in the streaming node, over the object store)";
    /// How long the streaming node gathers records before it writes them to the object store.
    woodpecker_batch_ms: "ms", 200, 1..=10_000, "Milvus 3.0 docs, Woodpecker: logstore.segmentSyncPolicy.maxInterval 200 ms";
    /// How long writing them takes at most, besides the transfer.
    woodpecker_put_ms: "ms", 300, 0..=60_000, "model: so that a write takes 200 to 500 ms (Milvus 2.6 docs, Woodpecker, MemoryBuffer)";
    /// How many log stores have to have a write before it is acknowledged; 0 for n/2+1 of n.
    woodpecker_ack_quorum: "log stores, 0 n/2+1", 0, 0..=7, "Woodpecker source, config: the write quorum is the ensemble of 3 (client.quorum.quorumSelectStrategy.replicas), the ack quorum half of it plus one";
    /// How often a log store writes acknowledged entries to the object store.
    woodpecker_upload_ms: "ms", 10_000, 100..=600_000, "Woodpecker source, config: client.auditor.maxInterval 10 s";
    /// Replicas of the write-ahead log, or log stores of the Woodpecker service.
    wal_replicas: "replicas", 3, 1..=7, "Milvus 2.6 docs, Woodpecker: 3 replicas, acknowledged at n/2+1";
    /// Zones that pods are spread over.
    zones: "zones", 3, 1..=5, MODEL;
    /// In-memory replicas of the collection.
    replicas: "replicas", 3, 1..=12, NOTE_3;
    /// Sealed segments of the collection.
    segments: "segments", 3, 1..=24, NOTE_3;
    /// Assumed size of a sealed segment when it is loaded.
    segment_mb: "MB", 100, 1..=1_024, NOTE_3;
    /// Total rows in the sealed segments.
    rows: "rows", 1_000, 1..=20_000, NOTE_2;
    /// Dimension of their vectors.
    dim: "dimensions", 8, 2..=128, "model: the course has 128; fewer make a thousand runs affordable and change no figure but recall";
    /// How sealed segments are searched: 0 every row, 1 by inverted lists, 2 by a graph.
    index_type: "0 FLAT, 1 IVF_FLAT, 2 HNSW", 0, 0..=2, "model: exact, so that what a fault takes away is not mixed with what an index misses; course notes 2 and 3 use IVF_FLAT";
    /// The metric: 0 squared distance, 1 cosine, 2 inner product.
    metric: "0 L2, 1 COSINE, 2 IP", 0, 0..=2, "course note 2: L2; note 3: COSINE for documents, IP for the shop";
    /// Lists of an inverted index per segment.
    nlist: "lists", 128, 1..=1_024, NOTE_2;
    /// Segments with fewer rows are searched row by row in any case.
    index_min_rows: "rows", 1, 1..=20_000, "model: so that small collections show what an index does (Milvus 2.5 builds none below 1024 rows: indexCoord.segment.minSegmentNumRowsToEnableIndex)";

    /// Time between two checks of a pod's health.
    health_check_ms: "ms", 10_000, 100..=600_000, NOTE_3;
    /// Failed checks in a row before a pod is given up.
    health_misses: "checks", 3, 1..=100, NOTE_3;
    /// From the decision to restart a pod to its process.
    restart_ms: "ms", 5_000, 0..=600_000, MODEL;
    /// From a process to a pod that serves.
    boot_ms: "ms", 2_000, 0..=600_000, MODEL;
    /// Whether dead pods are restarted.
    supervised: "0 or 1", 1, 0..=1, NOTE_3;
    /// Whether all pods are one process, which ends as a whole: whoever kills or stops one of them ends them all.
    one_process: "0 or 1", 0, 0..=1, "course note 3: a pod for each (Milvus 2.3 docs: stand-alone runs all components, and with the PyPI package etcd and RocksMQ too, in one process)";

    /// A session's lease: a pod that is silent for this long counts as dead.
    session_ttl_ms: "ms", 30_000, 1_000..=600_000, "Milvus 2.5 docs: common.session.ttl 30 s, as in 3.0 (source: 60 s once, 30 s in 2.3.5, 10 s in 2.6.0 to 2.6.5)";
    /// Time between two renewals; never more than a third of the lease, regardless of this setting.
    keepalive_ms: "ms", 10_000, 100..=600_000, "etcd 3.5 source, client/v3/lease.go: a third of the lease";
    /// The part of a lease that its holder leaves unused, because its clock may be slower than that of the metadata
    /// store.
    lease_margin_percent: "%", 0, 0..=50, "model: none (etcd 3.5 source, client/v3/lease.go: the client counts the whole lease, and from the answer; here from the request)";
    /// Heartbeat interval of a leader of the metadata store or of the log.
    raft_heartbeat_ms: "ms", 100, 10..=10_000, ETCD;
    /// Base of their election timeout, drawn from one to two times this.
    raft_election_ms: "ms", 1_000, 50..=60_000, ETCD;
    /// Heartbeat interval of the course's coordinators.
    coord_heartbeat_ms: "ms", 500, 10..=10_000, "model: the course names none; see coord_election_ms";
    /// Base of their election timeout.
    coord_election_ms: "ms", 2_000, 50..=60_000, "model: the course names none; its example of a failover (note 2) loses three requests at one a second";
    /// How long a new coordinator takes to read its metadata and to serve.
    takeover_ms: "ms", 500, 0..=600_000, MODEL;
    /// Whether writes of a deposed coordinator and owner are refused.
    fencing: "0 or 1", 1, 0..=1, "model: an epoch in every timestamp, checked by the log";

    /// Minimum latency of a message between two pods.
    latency_min_us: "µs", 200, 1..=1_000_000, MODEL;
    /// Maximum latency of a message between two pods.
    latency_max_us: "µs", 1_000, 1..=1_000_000, MODEL;
    /// Minimum duration of a sync of the log.
    fsync_min_ms: "ms", 1, 0..=10_000, "model: small strict IndexedDB commits measured at 1.0 ms (p50) to 5.8 ms (p99)";
    /// Maximum duration of a sync of the log.
    fsync_max_ms: "ms", 6, 0..=10_000, "model: see fsync_min_ms";
    /// Whether the log's replicas are written one after the other.
    wal_serial: "0 or 1", 0, 0..=1, "course note 3: in parallel; serially only to compare";
    /// Time between two ticks.
    tick_ms: "ms", 200, 10..=10_000, "Milvus 2.5 docs: proxy.timeTickInterval 200 ms";
    /// Records of the log that a query node replays per second.
    replay_records_per_s: "records/s", 2_000, 1..=10_000_000, MODEL;
    /// Rows that may grow before the segment is sealed and flushed.
    seal_rows: "rows", 200, 1..=1_000_000, "model: Milvus seals by size (2.5 docs: dataCoord.segment.maxSize 1024 MB × sealProportion 0.12)";
    /// Rows of a full segment: smaller ones are merged until they have half of this.
    full_rows: "rows", 1_600, 1..=1_000_000, "model: 8 times seal_rows, as Milvus seals at 0.12 of dataCoord.segment.maxSize and merges what is below half of it (Milvus 2.5 docs, Configure: dataCoord.segment.smallProportion 0.5)";
    /// Number of consecutive small segments that are merged into one; 0 never.
    compact_segments: "segments", 4, 0..=100, "model (Milvus 2.3: dataCoord.compaction.min.segment 3; 2.5: compaction.mix.triggerInterval 60 s)";
    /// TTL of rows that the writers wrote; 0 unlimited.
    ttl_s: "s", 3_600, 0..=31_536_000, "model: an hour, so that a run of days stays the size of one of hours (Milvus 2.5 docs: collection.ttl.seconds, off unless it is set)";
    /// How long a segment that was recorded and is not needed any more is kept, from when the data coordinator knows
    /// it.
    gc_tolerance_ms: "ms", 60_000, 0..=60_000, "model: a minute (Milvus 2.6 configuration: dataCoord.gc.dropTolerance 10800 s)";
    /// How long a segment is kept whose record has not reached the metadata store.
    gc_missing_tolerance_s: "s", 86_400, 60..=31_536_000, "Milvus 2.6 configuration: dataCoord.gc.missingTolerance 86400 s";
    /// How long a snapshot may be without its manifest before it is dropped.
    snapshot_pending_s: "s", 600, 1..=86_400, "Milvus 3.0 source, design document, Snapshots: dataCoord.gc.snapshotPendingTimeout 10 min";
    /// How long an import or a restore may take.
    job_timeout_s: "s", 3_600, 1..=31_536_000, "model: an hour (Milvus source, import_checker.go: a job fails when its timeout is over)";
    /// Most rows of a part of an import, which becomes one segment.
    import_part_rows: "rows", 1_000, 1..=100_000, "model (Milvus 2.6 configuration: dataCoord.import.filesPerPreImportTask 2, maxSizeInMBPerImportTask 16384)";
    /// Rows of a file that a data node reads per second before it is imported.
    preimport_rows_per_s: "rows/s", 1_000, 1..=10_000_000, MODEL;
    /// Rows that it imports per second.
    import_rows_per_s: "rows/s", 500, 1..=10_000_000, "model (reported by a user of Milvus 2.5, discussion 50872: 641,000 rows of 2.5 GB in 759 s, mostly on one data node)";
    /// Bandwidth of a pod's network card for rows; the log's leader sends every record once per follower.
    link_mb_per_s: "MB/s", 125, 1..=100_000, "model: a network card of 1 Gbit/s";
    /// Read and write throughput of the object store.
    object_mb_per_s: "MB/s", 100, 1..=10_000, MODEL;
    /// Rows indexed per second.
    index_krows_per_s: "1,000 rows/s", 50, 1..=10_000, MODEL;

    /// Consistency: 0 Strong, 1 Bounded, 2 Session, 3 Eventually.
    consistency: "0 to 3", 1, 0..=3, "Milvus 2.5 docs: the default level is Bounded";
    /// Maximum staleness of a bounded read.
    graceful_ms: "ms", 5_000, 0..=600_000, "Milvus 2.5 docs: common.gracefulTime 5000 ms";
    /// Whether a search may leave out segments that no node serves.
    partial_results: "0 or 1", 0, 0..=1, "Milvus 2.5 docs: queryNode partial result is off unless it is asked for";
    /// With partial results: the share of the rows of sealed segments that has to be there.
    required_data_percent: "%", 0, 0..=100, "model: any part (Milvus 2.6 source: queryNode.partialResultRequiredDataRatio 1, which is partial_results 0 here)";
    /// Time that a delegator in a streaming node takes to hand a search on and to merge what comes back.
    delegator_us: "µs", 600, 0..=1_000_000, "model: as a proxy, which does the same (proxy_us)";
    /// How replicas are chosen: 0 round robin, 1 least connections, 2 random.
    routing: "0 to 2", 0, 0..=2, "course note 3 (Milvus 2.5 docs: proxy.replicaSelectionPolicy look_aside)";
    /// Time that a query node takes for an exact search of a whole replica.
    search_us: "µs", 10_000, 1..=10_000_000, "course note 3: 100 QPS on one replica";
    /// Fixed share of it at every node that takes part in a search, regardless of its rows: requests, scheduling,
    /// merging.
    visit_percent: "%", 85, 0..=100, "model: with segments this small nearly all of a search is not looking at vectors (Milvus 2.3.5 here: 2.5 to 3.7 ms a Bounded search of 11,000 rows)";
    /// Lists of an inverted index that a search reads.
    nprobe: "lists", 10, 1..=1_024, "course note 2: 10; note 3: 16 for documents";
    /// Candidates kept during a walk through a graph.
    ef: "rows", 64, 1..=1_024, "model: at least the limit (Milvus 2.5 docs, HNSW: ef from top k on)";
    /// Queue limit of a query node; further searches are refused at once.
    queue_limit: "searches", 10_240, 1..=100_000, "Milvus 2.5 docs, Configure: queryNode.scheduler.unsolvedQueueSize 10240";
    /// Whether a query node drops a search whose caller has given up.
    drop_late: "0 or 1", 0, 0..=1, "model: off, so that the work done for nobody can be seen (gRPC hands a caller's deadline on)";
    /// Time that a proxy takes for a request.
    proxy_us: "µs", 600, 0..=1_000_000, MODEL;
    /// Attempts of a proxy before it gives a request up.
    proxy_attempts: "attempts", 1, 1..=10, "course note 2: a failed request is seen as such (Milvus 2.5 retries on other replicas)";
    /// How long a proxy leaves a failed node out before it asks for routes again.
    route_refresh_ms: "ms", 6_000, 100..=600_000, MODEL;
    /// Timeout of a call inside the cluster.
    call_timeout_ms: "ms", 1_000, 10..=600_000, MODEL;
    /// How long a caller keeps to an endpoint that does not answer before it looks for another.
    dead_endpoint_ms: "ms", 0, 0..=600_000, "model: not at all (Milvus 2.5 docs: grpc.client.keepAliveTime 10000 ms, then keepAliveTimeout 20000 ms: up to 30 s)";

    /// Time between two searches of the tester.
    search_interval_ms: "ms", 1_000, 1..=600_000, NOTE_2;
    /// Number of nearest rows that a search requests.
    top_k: "rows", 10, 1..=100, NOTE_2;
    /// Timeout of the tester's requests.
    client_timeout_ms: "ms", 3_000, 10..=600_000, MODEL;
    /// Time between two inserts of the writer; 0 for none.
    insert_interval_ms: "ms", 1_000, 0..=600_000, MODEL;
    /// Rows per insert.
    insert_rows: "rows", 1, 1..=1_000, MODEL;
    /// Number of load clients, each of which searches again as soon as it is answered.
    clients: "clients", 0, 0..=2_000, "course note 3: 10 to 1,000 users";
    /// Searches of each of them; 0 for no limit.
    client_queries: "searches", 0, 0..=1_000_000, "model: no end (course note 3: 10 workers with 100 searches each)";
    /// How long a client waits after a search that failed before it tries again.
    client_pause_ms: "ms", 100, 0..=600_000, MODEL;
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_sim::settings::check_table;

    #[test]
    fn every_setting_has_a_source_and_reads_back() {
        check_table(ALL, |name, value| {
            let mut settings = Settings::default();
            settings.set(name, value).map(|()| settings.value(name))
        });
        assert_eq!(Settings::default().set("colour", 1).expect_err("refused").code, "unknown_setting");
    }
}
