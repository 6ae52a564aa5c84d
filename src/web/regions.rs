//! Reads two regions' facts from plain objects.
//!
//! Promises: as [`super::read`]. Leaves out: everything else.

use super::read::{objects, words};
use quorum_facade::regions::facts::{
    AlertFacts, BackupFacts, BackupState, ClientFacts, CostFacts, DeskFacts, DeskStep, DisasterFacts,
    LinkFacts, LostFacts, RegionsFacts, SiteFacts,
};
use quorum_facade::regions::runbook::Step;

words! {
    BackupState {
        "unverified" => Unverified, "writing" => Writing, "verified" => Verified, "bad" => Bad, "failed" => Failed,
    }
    Step {
        "page" => Page, "decide" => Decide, "fence" => Fence, "check_standby" => CheckStandby,
        "start_standby" => StartStandby, "restore_newest" => RestoreNewest, "restore_good" => RestoreGood,
        "rebuild" => Rebuild, "verify_backup" => VerifyBackup, "verify_count" => VerifyCount, "verify_digest" => VerifyDigest,
        "promote" => Promote, "dns" => Dns, "wait_ttl" => WaitTtl, "wait_minute" => WaitMinute,
        "check_service" => CheckService, "drain" => Drain, "catch_up" => CatchUp, "announce" => Announce,
    }
}

objects! {
    RegionsFacts {
        sites, dns, dns_settled_at_us, link, clients, backups, next_backup_us, next_sync_us, misses, desk, runbook,
        alerts, disaster, writes, reads, stale_reads, lost, lost_total, split_writes, cost, surprises, config,
        settings,
    }
    SiteFacts {
        alive, wiped, reachable, nodes, serving, primary, fenced, epoch, lease_left_us, lsn, applied_lsn, rows, digest,
        indexed,
    }
    LinkFacts { kb_s, backlog, backlog_kb, lag_us, in_flight, carried_gb, gap }
    ClientFacts { place, resolved, resolved_until_us, ok }
    BackupFacts { id, full, as_of_us, gb, rows, state }
    DeskFacts { steps, running, ok, began_us }
    DeskStep { step, began_us, ended_us, ok, why, evidence_us }
    AlertFacts { t_us, alert, channels }
    DisasterFacts { at_us, region, phases, rto_us, rpo_us, failed }
    LostFacts { op, acknowledged_us, collection, key, change, died }
    CostFacts { primary, standby, disks, bucket, link, month }
}
