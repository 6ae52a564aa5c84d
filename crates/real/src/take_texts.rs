//! The files of a kit that are no manifests: a tester in Python, Helm values, and what milvus-backup and cron read.
//!
//! Versions: pymilvus 2.4 to 2.6 and 3.0; Milvus Helm chart 5.0 (Milvus 2.6); milvus-backup 0.5 (later versions
//! translate its configuration); crontab(5). Guarantees: every file names them; passwords and keys are read
//! from the environment. Leaves out: what differs from site to site, such as classes of storage.

use quorum_facade::milvus::settings::Settings;
use quorum_facade::regions::advice::Command;

/// What a file was made from, as a comment.
fn made_from(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect::<String>();
    format!("# Made by quorum-lab export from “{plain}”.\n")
}

/// The tester: the drill's searches and inserts with their intervals, and its figures.
pub(crate) fn tester(name: &str, settings: &Settings) -> String {
    let level = ["Strong", "Bounded", "Session", "Eventually"];
    let level = level.get(settings.consistency as usize).copied().unwrap_or("Bounded");
    let figures = format!(
        "SEARCH_EVERY_S = {}\nINSERT_EVERY_S = {}\nTIMEOUT_S = {}\nROWS = {}\nROWS_PER_INSERT = {}\nDIM = {}\nTOP_K = \
         {}\nCONSISTENCY = \"{level}\"\n",
        settings.search_interval_ms as f64 / 1e3,
        settings.insert_interval_ms as f64 / 1e3,
        settings.client_timeout_ms as f64 / 1e3,
        settings.rows,
        settings.insert_rows,
        settings.dim,
        settings.top_k,
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

/// The configuration of milvus-backup.
pub(crate) fn backup_config(name: &str) -> String {
    made_from(name)
        + "# For milvus-backup 0.5; versions after 0.5.16 translate it. The password and the keys come from the \
           environment:\n# MILVUS_PASSWORD, MINIO_ACCESS_KEY, MINIO_SECRET_KEY.\nmilvus:\n  address: milvus\n  port: \
           19530\n  user: root\nminio:\n  storageType: minio\n  address: milvus-minio\n  port: 9000\n  bucketName: \
           milvus-bucket\n  rootPath: file\n  backupBucketName: milvus-backup\n  backupRootPath: backup\n"
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

/// The schedule of backups and drills.
pub(crate) fn crontab(name: &str, commands: &[Command]) -> String {
    let mut text = made_from(name)
        + "# For crontab(5): minute, hour, day of month, month, day of week.\nSHELL=/bin/sh\n";
    for command in commands.iter().filter(|command| command.what.ends_with("cron")) {
        text.push_str(&format!("{}\n", command.text));
    }
    text
}
