//! Programs that speak Maelstrom's protocol, in real time.
//!
//! Guarantees: [`judge`] returns, whatever the program does, and none of its processes is left. Leaves out: the
//! services that Maelstrom offers to its nodes (`lin-kv`, `seq-kv`, `lww-kv`); a message to one is answered with
//! error 1.

mod clients;
mod history;
mod network;
mod plan;
mod process;
mod report;
mod run;
mod trouble;
mod verdict;

use std::path::PathBuf;

pub use history::{Op, OpKind, Status};
pub use plan::{FAULT_WORDS, FaultKind, MAX_NODES, MAX_SECONDS, Plan, Workload};
pub use quorum_linearize::Cause;
pub use report::{Counts, FaultSpan, Latencies, Leader, Messages, Report, took_us};
pub use trouble::Trouble;
pub use verdict::Wrong;

/// Runs a plan and judges it. `going` hears the microseconds since clients began, and says whether to continue.
pub fn judge(plan: &Plan, going: &mut dyn FnMut(u64) -> bool) -> Report {
    let folder = scratch();
    let mut run = run::Run::new(plan, folder.clone());
    let finished = run.play(going);
    // It is empty, or holds what nodes kept there.
    let _ = std::fs::remove_dir_all(&folder);
    let names: Vec<String> = (1..=plan.nodes).map(|number| format!("n{number}")).collect();
    let judged = finished && run.trouble.is_none();
    let wrong = judged.then(|| verdict::judge(plan.workload, &run.history, &names, run.last_us)).flatten();
    let command: Vec<String> = plan.command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    Report {
        workload: plan.workload,
        nodes: plan.nodes,
        seed: plan.seed,
        seconds: plan.seconds,
        command: command.join(" "),
        ops: run.history,
        faults: run.spans,
        leaders: run.leaders,
        messages: run.messages,
        wrong,
        trouble: run.trouble,
        finished,
    }
}

/// A folder of this run alone, in which nodes may keep what has to survive a kill.
fn scratch() -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("quorum-judge-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
    std::env::temp_dir().join(name)
}
