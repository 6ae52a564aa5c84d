//! The files of a kit that are no manifests: a tester in Python, Helm values, and what milvus-backup and cron read.
//!
//! Versions: pymilvus 2.4 to 2.6 and 3.0; Milvus Helm chart 5.0 (Milvus 2.6); milvus-backup 0.5 (later versions
//! translate its configuration); crontab(5). Guarantees: every file names them; passwords and keys are read
//! from the environment. Leaves out: what differs from site to site, such as classes of storage.

use quorum_facade::milvus::settings::Settings;
use quorum_facade::regions::Runbook;
use quorum_facade::regions::advice::{self, Command};

/// Where the schedule expects the kit.
const INSTALLED: &str = "/opt/milvus-backup";

/// What a file was made from, as a comment.
pub(crate) fn made_from(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect::<String>();
    format!("# Made by quorum-lab export from “{plain}”.\n")
}

/// The tester: the drill's searches and inserts with their intervals, and its figures.
pub(crate) fn tester(name: &str, settings: &Settings) -> String {
    let level = ["Strong", "Bounded", "Session", "Eventually"];
    let level = level.get(settings.consistency as usize).copied().unwrap_or("Bounded");
    let metric = ["L2", "COSINE", "IP"].get(settings.metric as usize).copied().unwrap_or("L2");
    let figures = format!(
        "SEARCH_EVERY_S = {}\nINSERT_EVERY_S = {}\nTIMEOUT_S = {}\nROWS = {}\nROWS_PER_INSERT = {}\nDIM = {}\nTOP_K = \
         {}\nREPLICAS = {}\nCONSISTENCY = \"{level}\"\nMETRIC = \"{metric}\"\n",
        settings.search_interval_ms as f64 / 1e3,
        settings.insert_interval_ms as f64 / 1e3,
        settings.client_timeout_ms as f64 / 1e3,
        settings.rows,
        settings.insert_rows,
        settings.dim,
        settings.top_k,
        // More than one to a node are refused.
        settings.replicas.min(settings.query_nodes),
    );
    "#!/usr/bin/env python3\n".to_owned()
        + &made_from(name)
        + &include_str!("take_tester.py").replace("# FIGURES\n", &figures)
}

/// Values for the Helm chart: how many pods of each kind, and the configuration that the run changed.
pub(crate) fn values(name: &str, settings: &Settings) -> String {
    let mut text = made_from(name);
    text.push_str(
        "# For the Milvus Helm chart 5.0 (zilliztech/milvus), which installs Milvus 2.6:\n\
         #   helm upgrade --install milvus zilliztech/milvus --namespace milvus --create-namespace -f values.yaml\n",
    );
    let standby = settings.active_standby > 0 && settings.coordinators > 1;
    let coordinators = if standby { settings.coordinators } else { 1 };
    if settings.control_plane != 2 {
        text.push_str(
            "# In the lab's run each coordinator has a pod of its own; the chart has one pod for all of them, as \
             Milvus 2.6 does.\n",
        );
    }
    text.push_str("cluster:\n  enabled: true\n");
    let nodes = [
        ("proxy", settings.proxies),
        ("queryNode", settings.query_nodes),
        ("dataNode", settings.data_nodes),
        ("streamingNode", settings.streaming_nodes),
    ];
    for (key, replicas) in nodes {
        text.push_str(&format!("{key}:\n  replicas: {replicas}\n"));
    }
    text.push_str(&format!(
        "mixCoordinator:\n  enabled: true\n  replicas: {coordinators}\n  activeStandby:\n    enabled: {standby}\n"
    ));
    text.push_str(&format!("etcd:\n  replicaCount: {}\n", settings.meta_members));
    let service = settings.log_kind == 2;
    text.push_str(&format!("streaming:\n  enabled: true\n  woodpecker:\n    embedded: {}\n", !service));
    if service {
        let replicas = settings.wal_replicas;
        text.push_str(&format!("woodpecker:\n  enabled: true\n  replicaCount: {replicas}\n"));
    }
    text.push_str("pulsarv3:\n  enabled: false\n");
    // The whole seconds that Milvus takes.
    text.push_str(&format!(
        "extraConfigFiles:\n  user.yaml: |+\n    common:\n      gracefulTime: {}\n      session:\n        ttl: {}\n    \
         proxy:\n      timeTickInterval: {}\n",
        settings.graceful_ms,
        settings.session_ttl_ms.div_ceil(1_000),
        settings.tick_ms
    ));
    text
}

/// What stands above a `dr_config.yaml`.
pub(crate) fn dr_config_head(name: &str) -> String {
    made_from(name) + "# For the programs of course notes 4 and 5, and for quorum-lab drill dr-… --config.\n"
}

/// The configuration of milvus-backup for one of the two clusters.
pub(crate) fn backup_config(name: &str, whose: &str, host: &str) -> String {
    made_from(name)
        + &format!(
            "# For milvus-backup 0.5; versions after 0.5.16 translate it. It is that of {whose}. The password and the\n\
             # keys come from the environment: MILVUS_PASSWORD, MINIO_ACCESS_KEY, MINIO_SECRET_KEY. Both clusters have \
             to\n# reach the bucket of the backups.\nmilvus:\n  address: {host}\n  port: 19530\n  user: \
             root\nminio:\n  storageType: minio\n  address: milvus-minio\n  port: 9000\n  bucketName: \
             milvus-bucket\n  rootPath: file\n  backupBucketName: milvus-backup\n  backupRootPath: backup\n"
        )
}

/// The commands of the lab's plan that are milvus-backup's own, as a script.
pub(crate) fn backup_script(name: &str, commands: &[Command]) -> String {
    let mut text = "#!/bin/sh\n".to_owned() + &made_from(name);
    text.push_str(
        "# For milvus-backup 0.5. Without an argument a backup is made; the other commands are those of a\n\
         # restore, with the name of a backup behind them.\nset -eu\n\
         cd \"$(dirname \"$0\")\"\ncase \"${1:-create}\" in\n",
    );
    for what in ["create", "list", "get", "restore", "delete"] {
        let Some(command) = commands.iter().find(|command| command.what == what) else { continue };
        // The plan has an example of a name; the script takes it from its caller.
        let words: Vec<&str> = command.text.split(' ').collect();
        let named = what != "create";
        let line: Vec<&str> = words
            .iter()
            .enumerate()
            .map(|(at, word)| match at.checked_sub(1).and_then(|before| words.get(before)) {
                Some(&"-n") if named => "\"$2\"",
                _ => *word,
            })
            .collect();
        text.push_str(&format!("  {what}) {} ;;\n", line.join(" ")));
    }
    let usage = "backup.sh [create | list | get NAME | restore NAME | delete NAME]";
    text.push_str(&format!("  *) echo \"{usage}\" >&2; exit 2 ;;\nesac\n"));
    text
}

/// A rehearsal: the newest backup is restored beside what is there, and timed.
pub(crate) fn drill_script(name: &str) -> String {
    "#!/bin/sh\n".to_owned()
        + &made_from(name)
        + "# For milvus-backup 0.5. A drill: the newest backup is restored into the standby's cluster, under names that end\n\
           # in “_drill” and the day, and the time that it took is printed. Drop these collections afterwards.\nset -eu\n\
           cd \"$(dirname \"$0\")\"\n\
           name=$(sh ./backup.sh list | grep -o 'daily_[0-9]*_[0-9]*' | sort | tail -n 1)\n\
           [ -n \"$name\" ] || { echo \"drill.sh: there is no backup to restore; make one with backup.sh\" >&2; exit 1; }\n\
           began=$(date +%s)\n\
           milvus-backup --config backup-dr.yaml restore -n \"$name\" --suffix \"_drill_$(date +%Y%m%d)\" \
           --rebuild_index\n\
           echo \"$(date +%Y-%m-%d) $name restored in $(( $(date +%s) - began )) s; count its rows and search it before \
           you rely on it\"\n"
}

/// A runbook, a step a line.
pub(crate) fn runbook(name: &str, runbook: &Runbook) -> String {
    made_from(name)
        + "# For people, and for quorum-lab drill dr-runbook --runbook runbook.txt. A step a line.\n"
        + runbook.text().trim_end()
        + "\n"
}

/// The schedule of backups and drills. `months` says how often the class of business is drilled.
pub(crate) fn crontab(name: &str, commands: &[Command], class: &str, months: Option<u64>) -> String {
    let mut text = made_from(name)
        + &format!(
            "# For crontab(5): minute, hour, day of month, month, day of week. It expects this kit in {INSTALLED}.\n\
             SHELL=/bin/sh\n"
        );
    for command in commands.iter().filter(|command| command.what == "cron") {
        text.push_str(&format!("{}\n", command.text));
    }
    let drill = |times: &str| format!("{times} {INSTALLED}/drill.sh >> /var/log/milvus-drill.log 2>&1\n");
    match months {
        Some(months) => {
            text.push_str(&format!(
                "# These settings are good enough for a business of the class “{class}”, which is drilled every {months} \
                 months\n# (course note 4).\n"
            ));
            text.push_str(&drill(&advice::drill_cron(months)));
        }
        None => {
            text.push_str(
                "# Course note 4 asks for no drills of the class that these settings reach. Once a year, so that a restore \
                 is\n# tried at all:\n",
            );
            text.push_str(&drill(&advice::drill_cron(12)));
        }
    }
    text
}
