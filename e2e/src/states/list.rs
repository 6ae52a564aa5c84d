//! The list itself.
//!
//! Guarantees: every view of the page is in it, every world with its lesson at the start, in the middle, stuck and
//! finished. Leaves out: combinations of states.

use super::Start::{Follows, Query, Worker};
use super::Step::{Click, Do, Eval, Missing, Press, Seen, Try, Until};
use super::{Start, State, Step};

const fn state(name: &'static str, start: Start, steps: &'static [Step]) -> State {
    State { name, start, steps, switches: true, picture: false }
}

const fn pictured(state: State) -> State {
    State { picture: true, ..state }
}

/// A state in which the page cannot change its language.
const fn by_address(state: State) -> State {
    State { switches: false, ..state }
}

/// A run has opened, and is held.
const HELD: [Step; 2] = [Seen("[data-state=running]"), Eval("walk.at(1000000, 1)")];
/// The same of two regions, which have minutes where others have seconds.
const HELD_REGIONS: [Step; 2] = [HELD[0], Eval("walk.at(60000000, 60)")];
/// The lesson's pane is there, and time is held.
const LESSON: &[Step] = &[HELD[0], HELD[1], Seen("section.lesson[data-kind]")];
/// See [`HELD_REGIONS`].
const LESSON_REGIONS: &[Step] = &[HELD[0], HELD_REGIONS[1], LESSON[2]];
/// The first step that asks for something, with every hint, and time passing in vain.
const fn stuck(script: &'static str, run: &'static str) -> [Step; 3] {
    [Eval(script), Do(run), Until("!document.querySelector('[data-act=hint]')")]
}

const ENGINE: [Step; 3] = stuck("walk.hints()", r#"{"op": "run", "us": 2000000}"#);
const REPLICAS: [Step; 3] = stuck("walk.hints()", r#"{"op": "run", "us": 2000000}"#);
const CLUSTER: [Step; 3] = stuck("walk.hints()", r#"{"op": "run", "us": 5000000}"#);
const REGIONS: [Step; 3] = stuck("walk.hints()", r#"{"op": "run", "us": 60000000}"#);

/// What Chromium answers in a frame of another site whose storage the visitor blocks.
const DENIED: &str = "IDBFactory.prototype.open = () => { const asked = new EventTarget(); \
    asked.error = new DOMException('The user denied permission to access the database.', 'UnknownError'); \
    Object.defineProperty(asked, 'result', {get() { throw new DOMException('', 'InvalidStateError'); }}); \
    setTimeout(() => asked.onerror(new Event('error'))); return asked; };";

/// All states, in the order in which a tour visits them.
pub const STATES: &[State] = &[
    // The stage of the home page runs, so that no two pictures of it are the same.
    state("home", Query(""), &[Seen(".lessons [data-lesson]")]),
    // An incident of the exam.
    state(
        "exam",
        Query("view=exam&seed=5"),
        &[Seen("[data-do=begin]"), Click("[data-do=begin]"), Seen("[data-view=ex-incident]")],
    ),
    // Tabs as nodes: how a group is made, a node without a majority, and one that there cannot be.
    state("tabs", Query("view=tabs"), &[Seen("[data-make]")]),
    state("tabs-node", Query("view=tabs&group=states&nodes=3"), &[Seen("[data-view=tab-facts]")]),
    state("tabs-refused", Query("view=tabs&group=A&nodes=3"), &[Seen("[data-why=name]")]),
    // An engine.
    pictured(state("engine-lesson-start", Query("lesson=checkpoints&seed=7&kept=0&speed=0.1"), LESSON)),
    state("engine-lesson-stuck", Follows, &[Eval("walk.to('do', 200000)"), ENGINE[0], ENGINE[1], ENGINE[2]]),
    state("engine-lesson-middle", Follows, &[Eval("walk.to('predict', 200000)")]),
    state("engine-lesson-finished", Follows, &[Eval("walk.through(200000)"), Seen("[data-view=finished]")]),
    pictured(state("engine", Query("topology=standalone&seed=5&kept=0&speed=0.1"), &HELD)),
    pictured(state(
        "engine-search",
        Follows,
        &[
            Do(r#"{"op": "insert", "rows": 3000}"#),
            Do(r#"{"op": "flush"}"#),
            Press("s"),
            Seen("[data-view=search][data-rows='10']"),
        ],
    )),
    state(
        "engine-disk",
        Follows,
        &[
            Do(r#"{"op": "insert", "rows": 1000}"#),
            Eval(
                "document.querySelector('[data-view=disk] details, details[data-view=disk]')?.setAttribute('open', '')",
            ),
            Do(r#"{"op": "crash_at", "moment": "before_ack"}"#),
            Seen("[data-view=trap][data-armed=true]"),
        ],
    ),
    pictured(state(
        "engine-off",
        Follows,
        &[
            Try(r#"{"op": "insert", "rows": 500}"#),
            Until("quorumLab.snapshot().then((now) => now.nodes[0].alive === false)"),
        ],
    )),
    state(
        "engine-unplugged",
        Follows,
        &[
            Press("r"),
            Until("quorumLab.snapshot().then((now) => now.nodes[0].role === 'leader')"),
            Do(r#"{"op": "pull_plug"}"#),
            Seen("[data-state=unplugged]"),
        ],
    ),
    // A replica set.
    pictured(state("replicas-lesson-start", Query("lesson=pre-vote&seed=7&kept=0&speed=0.1"), LESSON)),
    state("replicas-lesson-middle", Follows, &[Eval("walk.to('predict', 200000)")]),
    state(
        "replicas-lesson-stuck",
        Follows,
        &[Eval("walk.to('do', 200000)"), REPLICAS[0], REPLICAS[1], REPLICAS[2]],
    ),
    state("replicas-lesson-finished", Follows, &[Eval("walk.through(200000)"), Seen("[data-view=finished]")]),
    pictured(state("replicas", Query("topology=replica-set:5&seed=3&kept=0&speed=0.1"), &HELD)),
    pictured(state(
        "replicas-killed",
        Follows,
        &[
            Do(r#"{"op": "run", "us": 6000000}"#),
            Press("1"),
            Click("[data-act=kill]:not([aria-disabled=true])"),
            Seen("[data-act=kill][aria-disabled=true]"),
            Do(r#"{"op": "run", "us": 1200000}"#),
        ],
    )),
    pictured(state(
        "replicas-partition",
        Follows,
        &[Do(r#"{"op": "partition", "side": [2, 3]}"#), Do(r#"{"op": "run", "us": 4000000}"#)],
    )),
    pictured(state("replicas-log", Follows, &[Click(".say-more"), Seen(".say-all")])),
    pictured(state("replicas-keys", Follows, &[Press("Escape"), Press("?"), Seen("[data-view=keys]")])),
    pictured(state(
        "replicas-rules",
        Follows,
        &[
            Press("Escape"),
            Until("!document.querySelector('dialog[open]')"),
            Eval("document.getElementById('tab-inst').click()"),
            Eval("document.querySelector('[data-act=rules]').click()"),
            Seen("[data-rule=vote_once]"),
            Eval("document.querySelector('[data-rule=vote_once] [data-act=rule-more]').click()"),
            Seen("[data-rule=vote_once] .rule-x"),
        ],
    )),
    pictured(state(
        "replicas-past",
        Follows,
        &[
            Do(r#"{"op": "seek", "t_us": 5000000}"#),
            Do(r#"{"op": "kill", "node": 3}"#),
            Do(r#"{"op": "run", "us": 6000000}"#),
            Do(r#"{"op": "seek", "t_us": 8000000}"#),
            Seen("[data-view=lines] [data-line='1'][aria-current=true]"),
        ],
    )),
    pictured(state(
        "replicas-comparison",
        Follows,
        &[Click("[data-act=compare][data-line='0']"), Seen("[data-view=comparison] .cmp-st svg")],
    )),
    // A Milvus cluster.
    pictured(state("milvus-lesson-start", Query("lesson=coordinator-lease&seed=7&kept=0&speed=0.1"), LESSON)),
    state("milvus-lesson-middle", Follows, &[Eval("walk.to('predict', 2000000)")]),
    state(
        "milvus-lesson-stuck",
        Follows,
        &[Eval("walk.to('do', 2000000)"), CLUSTER[0], CLUSTER[1], CLUSTER[2]],
    ),
    state("milvus-lesson-finished", Follows, &[Eval("walk.through(2000000)"), Seen("[data-view=finished]")]),
    pictured(state("milvus", Query("topology=milvus&seed=7&kept=0&speed=0.1"), &HELD)),
    pictured(state(
        "milvus-pod",
        Follows,
        &[
            Do(r#"{"op": "run", "us": 20000000}"#),
            Press("1"),
            Seen("[data-view=pod-tools] [data-act=kill]:not([aria-disabled=true])"),
        ],
    )),
    state(
        "milvus-drill",
        Follows,
        &[
            Eval("document.getElementById('tab-inst').click()"),
            Click("[data-act=experiments]"),
            Seen("[data-view=drills]"),
            Click("label:has(> input[name=mc-d-runs][value='1000'])"),
            Until("document.querySelector(\"input[name=mc-d-runs][value='1000']\").checked"),
            Click("[data-act=drill]"),
            Seen("[data-view=drills] [role=progressbar]"),
            Until(
                "Number(document.querySelector('[data-view=drills] [role=progressbar]')?.ariaValueNow) >= 3",
            ),
        ],
    ),
    pictured(state(
        "milvus-report",
        Follows,
        &[
            Click("[data-act=drill-stop]"),
            Seen("[data-act=drill]:not([aria-disabled=true])"),
            Eval("quorumLab.drill({scenario: 'failover-coordinator', seed: 7, runs: 10})"),
            Until("!document.querySelector('[data-view=drills] [role=progressbar]')"),
            Click("[data-act=drill-report]"),
            Seen("[data-view=drill-report][data-runs='10']"),
        ],
    )),
    // Two regions.
    state("regions-lesson-start", Query("lesson=counts-and-offsets&seed=7&kept=0&speed=0.1"), LESSON_REGIONS),
    state(
        "regions-lesson-stuck",
        Follows,
        &[Eval("walk.to('do', 60000000)"), REGIONS[0], REGIONS[1], REGIONS[2]],
    ),
    state("regions-lesson-middle", Follows, &[Eval("walk.to('predict', 60000000)")]),
    state(
        "regions-lesson-finished",
        Follows,
        &[Eval("walk.through(60000000)"), Seen("[data-view=finished]")],
    ),
    pictured(state("regions", Query("topology=two-regions&seed=7&kept=0&speed=0.1"), &HELD_REGIONS)),
    pictured(state(
        "regions-disaster",
        Follows,
        &[
            Do(r#"{"op": "run", "us": 43200000000}"#),
            Press("1"),
            Do(r#"{"op": "region", "deed": "lose", "region": 0}"#),
            Do(r#"{"op": "run", "us": 200000000}"#),
            Seen("[data-region='0'][data-standing=dark]"),
        ],
    )),
    pictured(state(
        "regions-runbook",
        Follows,
        &[
            Eval("document.getElementById('tab-inst').click()"),
            Eval("document.querySelector('[data-view=runbook] details').open = true"),
            Eval("document.querySelector('[data-view=runbook]').scrollIntoView()"),
            Seen("[data-view=runbook] [data-book=course]"),
        ],
    )),
    // The course's other pages, and home again with what the lessons before have left.
    state("home-progress", Query(""), &[Seen(".les-done")]),
    pictured(state("glossary", Query("view=glossary"), &[Seen("[data-view=glossary]")])),
    pictured(state("record", Query("view=record"), &[Seen("[data-view=record] table")])),
    state("record-erase", Follows, &[Click("[data-act=erase]"), Seen("[data-view=ask-erase]")]),
    state("stored", Query("view=stored"), &[Seen("[data-view=stored] table")]),
    state("stored-ask", Follows, &[Click("[data-act=erase-all]"), Seen("[data-view=ask-erase]")]),
    state(
        "newer-build",
        Query(""),
        &[
            Seen(".les"),
            Eval("void dispatchEvent(new Event('quorumlab-build'))"),
            Seen("[data-banner=newer-build]"),
        ],
    ),
    pictured(state("own-lesson", Query("view=open"), &[Seen("[data-view=open]")])),
    state(
        "embedding",
        Query("view=embed&lesson=pre-vote"),
        &[
            Seen("[data-view=embedding] iframe"),
            Eval("document.querySelector('[name=em-faults][value=some]').click()"),
            Seen("[data-view=em-faults]"),
        ],
    ),
    pictured(state("print", Query("view=print&lesson=pre-vote"), &[Seen("[data-view=print]")])),
    // What can go wrong.
    pictured(state("bad-address", Query("topology=nothing"), &[Seen("[data-banner=bad-run]")])),
    by_address(pictured(state(
        "missing-texts",
        Query("topology=replica-set:3&seed=3&kept=0&speed=0.1"),
        &[HELD[0], HELD[1], Missing("texts/"), Click("[data-act=lang]"), Seen("[data-banner=texts]")],
    ))),
    by_address(state(
        "error",
        Query("lesson=pre-vote"),
        &[Missing("cluster_views"), Seen("#boot[data-start=part][role=alert]")],
    )),
    state(
        "no-storage",
        Worker("topology=standalone&seed=5&speed=0.1", DENIED),
        &[HELD[0], Seen("[data-banner=denied]"), HELD[1]],
    ),
];
