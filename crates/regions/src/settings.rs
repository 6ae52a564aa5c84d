//! The settings of two regions: every figure with its unit, its bounds and its source.
//!
//! Guarantees: no default without a source; “model” marks our own figures. Leaves out: the effects of the figures (the
//! other files of this crate); hosts, buckets and domains, which are words (`config`).

use quorum_sim::settings_table;

const NOTE_4: &str = "course note 4";
const NOTE_5: &str = "course note 5";
const MODEL: &str = "model";
const ALERTS: &str = "course note 5: mail, text messages, Slack and others";
const PRICE: &str = "model: order of magnitude of list prices of Chinese clouds in 2025, in fen (1/100 yuan)";

settings_table! {
    /// Nodes of each region's cluster; a write needs a majority of them.
    region_nodes: "nodes", 3, 1..=9, "course note 3: three copies";
    /// Rows of each of the three collections at the start.
    rows_each: "rows", 200, 1..=20_000, MODEL;
    /// Dimension of their vectors.
    dim: "dimensions", 4, 2..=128, "model: the course has 128; fewer make weeks affordable";
    /// The assumed volume of all these rows, for backups, restores and links: the rows are few, the volume is this.
    data_gb: "GB", 90, 1..=100_000, "model: 90 GB at 50 MB/s are the 30 minutes of course note 4";
    /// The assumed volume of a write on the link.
    write_kb: "KB", 8, 1..=10_000, MODEL;

    /// Clients in Beijing.
    clients_beijing: "clients", 2, 0..=50, MODEL;
    /// Clients in Shanghai.
    clients_shanghai: "clients", 1, 0..=50, MODEL;
    /// Time between two writes of a client; 0 for none.
    write_interval_ms: "ms", 60_000, 0..=86_400_000, MODEL;
    /// Time between two reads of a client; 0 for none.
    read_interval_ms: "ms", 20_000, 0..=86_400_000, MODEL;
    /// Percentage of writes that update an existing row.
    update_percent: "%", 20, 0..=100, MODEL;
    /// Percentage of writes that delete a row.
    delete_percent: "%", 10, 0..=100, MODEL;
    /// How long a client waits for an answer.
    client_timeout_ms: "ms", 5_000, 100..=600_000, "course note 4: health check with timeout=5";

    /// Whether backups are made.
    backup: "0 or 1", 1, 0..=1, NOTE_4;
    /// Hour of the day of the first backup.
    backup_hour: "h", 2, 0..=23, NOTE_4;
    /// Time between two backups.
    backup_every_h: "h", 24, 1..=720, NOTE_4;
    /// Every N-th backup is full, the others hold the changes since; 1: all are full.
    backup_full_every: "backups", 1, 1..=60, NOTE_4;
    /// Days that a backup is kept.
    retention_days: "days", 30, 1..=3_650, NOTE_4;
    /// Whether old backups are removed by the month in their name, like the note's cleanup, instead of by their age.
    note_cleanup: "0 or 1", 0, 0..=1,
        "course note 4: aws s3 rm by month; off here, since it deletes backups that are still to be kept";
    /// Whether a backup is read back and checked after it was made.
    backup_verify: "0 or 1", 0, 0..=1, "course note 4: the note's script does not";
    /// How fast a backup is written.
    backup_mb_s: "MB/s", 100, 1..=100_000, MODEL;
    /// How many of a thousand backups are damaged, unnoticed.
    backup_damaged_permille: "‰", 0, 0..=1_000, MODEL;
    /// How fast a backup is read and restored.
    restore_mb_s: "MB/s", 50, 1..=100_000, "course note 4: restore 30 min; reckoned with 90 GB";
    /// How fast indexes are built after a restore; 0: instantly, as the course assumes.
    index_mb_s: "MB/s", 100, 0..=100_000,
        "model; milvus-backup 0.4 docs: indexes are not in a backup and are built again";

    /// How the standby follows: 0 not at all, 1 continuous log shipping, 2 log shipping in short batches, 3 in long
    /// ones, 4 the course's counts and offsets.
    sync_mode: "0 none, 1 real-time, 2 near-real-time, 3 periodic, 4 count and offset", 1, 0..=4, NOTE_4;
    /// Time between two short batches.
    near_interval_s: "s", 600, 1..=86_400, "course note 4: near-real-time, RPO 5 to 15 min; 10 min and 5 min a batch";
    /// How long a short batch takes.
    near_batch_s: "s", 300, 0..=86_400, "course note 4: near-real-time, RPO 5 to 15 min; 10 min and 5 min a batch";
    /// Time between two long batches, and between two comparisons of counts.
    sync_interval_h: "h", 1, 1..=720, "course note 5: interval_hours 1";
    /// How long a long batch takes.
    sync_batch_s: "s", 300, 0..=86_400, MODEL;
    /// With counts and offsets: whether everything is read from offset 0 and inserted again, instead of comparing.
    copy_from_zero: "0 or 1", 0, 0..=1, "course note 4: the replicator inserts every row again each hour";
    /// One-way latency between the regions.
    link_latency_ms: "ms", 30, 1..=10_000, "model: Beijing to Shanghai, about 1,200 km of fibre and routers";
    /// Capacity of the link between the regions.
    link_kb_s: "KB/s", 10_000, 1..=10_000_000, MODEL;
    /// How long the primary keeps its log for a standby that is behind.
    log_retention_h: "h", 72, 1..=720, "Milvus 2.3 source, milvus.yaml: rocksmq.retentionTimeInMinutes 4320";
    /// Fault: the shipper marks a record as done when it was sent and not when it was applied.
    checkpoint_ahead: "0 or 1", 0, 0..=1, MODEL;

    /// Time between two checks of the primary's health.
    health_check_s: "s", 30, 1..=86_400, NOTE_4;
    /// Failed checks in a row before the primary is considered down.
    failure_threshold: "checks", 3, 1..=100, NOTE_4;
    /// Timeout of a check.
    health_timeout_ms: "ms", 5_000, 100..=600_000, NOTE_4;
    /// Whether the runbook begins automatically when the checks have failed.
    auto_switch: "0 or 1", 1, 0..=1, NOTE_5;
    /// The runbook for a primary that is gone, until another one is chosen.
    runbook: "0 the drill's own or careful, 1 course, 2 careful, 3 restore, 4 switchover, 5 forced", 0, 0..=5,
        "model; course: the five steps of course note 5";
    /// How long the person on call takes to answer a page.
    respond_s: "s", 210, 0..=604_800, "model: with 90 s of checks the 5 minutes of detection of course note 4";
    /// How long the person takes to decide and begin.
    decide_s: "s", 600, 0..=604_800,
        "course note 4: start 10 min, the disaster happening at 0 and the recovery begun at 15 min";
    /// How long the verification of recovered contents takes.
    verify_s: "s", 600, 0..=86_400, "course note 4: verify 10 min";
    /// Whether alerts go out by mail. Simulated, like every channel: nothing is really sent.
    alert_mail: "0 or 1", 1, 0..=1, ALERTS;
    /// Whether alerts go out by text message.
    alert_sms: "0 or 1", 1, 0..=1, ALERTS;
    /// Whether alerts go to a Slack channel.
    alert_slack: "0 or 1", 1, 0..=1, ALERTS;
    /// Whether alerts go to a WeCom group.
    alert_wecom: "0 or 1", 0, 0..=1, "model: common in China; the note names mail, text messages and Slack";

    /// Whether a primary stops acknowledging when its lease expires, and a switch waits for that. A region that is cut
    /// off when it is switched on has no lease, and stops at once.
    fencing: "0 or 1", 1, 0..=1, "model: neither note fences";
    /// Duration of that lease.
    lease_s: "s", 30, 1..=3_600, "Milvus 2.5 docs: common.session.ttl 30 s, taken over for regions";
    /// Whether a standby refuses writes until it is promoted.
    standby_read_only: "0 or 1", 1, 0..=1, "Milvus 2.6 docs, CDC: a secondary cluster is read-only; the notes' is not";
    /// The standby in the other region: 0 nothing that runs, 1 a scaled-down cluster, 2 a cluster as large as the
    /// primary.
    standby: "0 cold, 1 warm, 2 hot", 2, 0..=2, MODEL;
    /// How long a warm standby takes to scale up.
    warm_s: "s", 600, 0..=86_400, MODEL;
    /// How long a cold one takes to be provisioned.
    cold_s: "s", 3_600, 0..=604_800, MODEL;

    /// TTL of the name's address in resolvers.
    dns_ttl_s: "s", 60, 0..=86_400, NOTE_4;
    /// How long the name service takes to apply a change.
    dns_update_s: "s", 5, 0..=3_600, MODEL;
    /// How long some resolvers keep it past the TTL.
    dns_overstay_s: "s", 0, 0..=604_800, MODEL;
    /// Percentage of clients that use such a resolver.
    dns_overstay_percent: "%", 0, 0..=100, MODEL;
    /// Whether the script writes a host name into an A record, as in the course's code. The name service refuses it.
    dns_a_record: "0 or 1", 0, 0..=1,
        "course note 4: its script writes a host name into an A record; off here, since that is refused";

    /// Price of a node per month.
    price_node_fen: "fen a month", 200_000, 0..=100_000_000, PRICE;
    /// Price of a gigabyte on a cluster's disks per month.
    price_disk_fen: "fen per GB and month", 80, 0..=1_000_000, PRICE;
    /// Price of a gigabyte in the backup bucket per month.
    price_bucket_fen: "fen per GB and month", 12, 0..=1_000_000, PRICE;
    /// Price of a gigabyte over the link.
    price_link_fen: "fen per GB", 50, 0..=1_000_000, PRICE;
    /// Billing interval of a machine that is started for a batch.
    price_bill_s: "s", 3_600, 1..=86_400, "model: machines on demand, billed by the hour begun";
}

/// The world of the course's notes, in which the note's own five steps can succeed: the standby accepts writes without
/// being promoted, there is no fencing, rows are only ever added, and counts are compared every hour, which takes no
/// time.
pub const NOTE_WORLD: [(&str, u64); 8] = [
    ("sync_mode", 4),
    ("sync_interval_h", 1),
    ("sync_batch_s", 0),
    ("standby_read_only", 0),
    ("fencing", 0),
    ("update_percent", 0),
    ("delete_percent", 0),
    ("runbook", 1),
];

/// The channels of alerts, in order, each with the setting that enables it.
pub const CHANNELS: [(&str, &str); 4] =
    [("mail", "alert_mail"), ("sms", "alert_sms"), ("slack", "alert_slack"), ("wecom", "alert_wecom")];

impl Settings {
    /// The enabled channels.
    pub fn channels(&self) -> impl Iterator<Item = &'static str> {
        CHANNELS.into_iter().filter(|(_, setting)| self.value(setting) == Some(1)).map(|(word, _)| word)
    }
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
    }
}
