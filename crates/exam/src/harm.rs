//! Which commands an operator may give, and which of them do harm.
//!
//! Harmful is what stops, cuts off, deletes, overwrites or promotes something, unless the incident calls for it (`fine`
//! in its file). What repairs does no harm, but where nothing calls for it, it is groping: two such commands are
//! forgiven, every further one counts as harm. Guarantees: a command that is not an operator's is refused, among them
//! journeys in time, hidden faults and rules. Leaves out: the command's effect (`sitting`).

use quorum_facade::swarm::WorldKind;
use quorum_facade::{Command, Control};
use quorum_types::Refusal;
use serde_json::{Map, Value};

use super::incident::Table;
use super::names::{Names, fits};

/// How many commands that nothing called for are forgiven.
pub(super) const GROPING: u64 = 2;

/// What a command counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The incident calls for it, or it only looks.
    Fine,
    /// It repairs something that is not broken.
    Groping,
    /// It does harm.
    Harm,
}

/// A command as a table.
pub(super) fn table(command: &Command) -> Table {
    match serde_json::to_value(command) {
        Ok(Value::Object(table)) => table,
        _ => Map::new(),
    }
}

/// Refuses what no operator of this world can do.
pub(super) fn allowed(world: WorldKind, command: &Command) -> Result<(), Refusal> {
    let op = command.op();
    let known = match (world, command) {
        (_, Command::Control(Control::Diagnose { .. })) => true,
        (WorldKind::Regions, Command::Region(action)) => !matches!(
            action.raw().action.as_str(),
            "surprise" | "review" | "config" | "set" | "mistake" | "lose" | "wipe"
        ),
        (WorldKind::Cluster, Command::Cluster(_)) => {
            !matches!(op.as_str(), "rule" | "client" | "drop_message" | "disk")
        }
        (WorldKind::Milvus, Command::Cluster(_) | Command::Milvus(_)) => {
            !matches!(op.as_str(), "drop_message" | "lose_objects" | "weather" | "clog")
        }
        (WorldKind::Standalone, Command::Engine(_)) => {
            !matches!(op.as_str(), "crash_at" | "corrupt" | "autosync")
        }
        (WorldKind::Standalone, Command::Cluster(_)) => matches!(op.as_str(), "kill" | "restart"),
        _ => false,
    };
    if known {
        return Ok(());
    }
    Err(Refusal::new(
        "not_in_exam",
        format!("“{op}” is no tool of this exam; its palette names those that are"),
    ))
}

/// What a command counts as.
pub(super) fn kind(fine: &[Table], names: &Names, command: &Command) -> Kind {
    let given = table(command);
    if command.only_reads() || matches!(command, Command::Control(_)) {
        return Kind::Fine;
    }
    let is_fine = fine.iter().any(|pattern| {
        // A pattern with a name that this case does not have is of another variant.
        names.table(pattern).is_ok_and(|pattern| fits(&pattern, &given))
    });
    match (is_fine, is_harmful(&given)) {
        (true, _) => Kind::Fine,
        (false, true) => Kind::Harm,
        (false, false) => Kind::Groping,
    }
}

/// Whether a command only starts what is down, and is refused by the world where nothing is.
pub(super) fn is_start(command: &Command) -> bool {
    match command {
        Command::Region(action) => matches!(action.raw().action.as_str(), "return" | "start_node"),
        other => matches!(other.op().as_str(), "restart" | "resume"),
    }
}

/// Whether a command stops, cuts off, deletes, overwrites or promotes something.
fn is_harmful(given: &Table) -> bool {
    let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| given.get(name).and_then(Value::as_i64).unwrap_or_default();
    let is = |name: &str| given.get(name).and_then(Value::as_bool).unwrap_or_default();
    match text("op") {
        "slow_disk" => number("ms") > 0,
        "full_disk" => is("on"),
        "object_store" => number("ms") > 0 || is("gone"),
        "clock" => number("drift_ppm") != 0 || number("jump_us") != 0,
        "disk_capacity" => given.get("bytes").is_some_and(Value::is_number),
        "region" => {
            !matches!(
                text("deed"),
                "return" | "start_node" | "heal" | "backup" | "runbook" | "dump" | "stop_run"
            ) && !is_harmless_step(text("deed"), text("text"))
        }
        "restart" | "resume" | "heal" | "heal_link" | "campaign" | "take_snapshot" | "flush_collection"
        | "create_snapshot" | "list_snapshots" | "set" | "insert" | "upsert" | "query" | "search"
        | "stats" | "flush" | "sync" | "recover" | "load" | "create_index" | "compact" | "import"
        | "import_rows" => false,
        _ => true,
    }
}

/// Steps of runbooks that look, start or announce something, and promote and overwrite nothing.
fn is_harmless_step(deed: &str, text: &str) -> bool {
    const LOOKS: [&str; 9] = [
        "page",
        "decide",
        "check standby",
        "start standby",
        "verify backup",
        "verify count",
        "verify digest",
        "check service",
        "announce",
    ];
    matches!(deed, "step" | "run") && text.lines().all(|line| LOOKS.contains(&line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn command(value: Value) -> Command {
        Command::read(value.as_object().cloned().unwrap_or_default()).expect("a command")
    }

    #[test]
    fn what_the_incident_calls_for_is_fine_and_the_rest_is_groping_or_harm() {
        let mut names = Names::default();
        names.set("victim", json!(4));
        let fine = [json!({ "op": "kill", "node": "$victim" }), json!({ "op": "restart", "node": "$other" })];
        let fine: Vec<Table> = fine.iter().filter_map(|one| one.as_object().cloned()).collect();
        for (value, expected) in [
            (json!({ "op": "kill", "node": 4 }), Kind::Fine),
            (json!({ "op": "kill", "node": 5 }), Kind::Harm),
            (json!({ "op": "restart", "node": 5 }), Kind::Groping),
            (json!({ "op": "full_disk", "node": 5, "on": false }), Kind::Groping),
            (json!({ "op": "full_disk", "node": 5, "on": true }), Kind::Harm),
            (json!({ "op": "clock", "node": 5 }), Kind::Groping),
            (json!({ "op": "region", "deed": "step", "text": "verify digest" }), Kind::Groping),
            (json!({ "op": "region", "deed": "step", "text": "promote" }), Kind::Harm),
            (json!({ "op": "region", "deed": "failover" }), Kind::Harm),
        ] {
            assert_eq!(kind(&fine, &names, &command(value.clone())), expected, "{value}");
        }
    }

    #[test]
    fn journeys_hidden_faults_and_rules_are_refused() {
        for (world, value, may) in [
            (WorldKind::Milvus, json!({ "op": "undo" }), false),
            (WorldKind::Milvus, json!({ "op": "restart", "node": 1 }), true),
            (WorldKind::Milvus, json!({ "op": "lose_objects" }), false),
            (WorldKind::Regions, json!({ "op": "region", "deed": "review" }), false),
            (WorldKind::Regions, json!({ "op": "region", "deed": "heal" }), true),
            (WorldKind::Regions, json!({ "op": "kill", "node": 1 }), false),
            (WorldKind::Cluster, json!({ "op": "rule", "name": "vote_once", "on": false }), false),
            (WorldKind::Standalone, json!({ "op": "recover" }), true),
        ] {
            assert_eq!(allowed(world, &command(value.clone())).is_ok(), may, "{value}");
        }
    }
}
