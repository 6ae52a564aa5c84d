//! Openings in quick succession: a call made after an opening is answered for the run that it opens, or refused, and in
//! the end the page shows the run that was opened last.

use e2e::{Browser, Lab, Server};
use serde_json::{Value, json};

/// How many runs are opened one after the other: each shape in both languages, and that four times with `--slow`.
const OPENINGS: u64 = 6;
const MANY_OPENINGS: u64 = 24;

/// Opens runs of several shapes in both languages, so that texts have to be fetched, and asks each for its moment:
/// without waiting for anything, waiting for the moment alone, or for the opening as well.
const OPEN: &str = "async (openings, patience) => {
    const topologies = ['standalone', 'replica-set:3', 'replica-set:5'];
    const asked = [];
    for (let seed = 1; seed <= openings; seed++) {
        const topology = topologies[seed % 3];
        const wanted = {topology, seed, kept: false, speed: 0, lang: seed % 2 ? 'zh' : 'en'};
        const opened = quorumLab.open(wanted);
        // The request stays the same, even if the script changes the object.
        wanted.seed = wanted.topology = null;
        if (patience > 1) await opened;
        const ran = quorumLab.do({op: 'run', us: 1000 * seed});
        const moment = quorumLab.snapshot();
        if (patience > 0) await moment;
        asked.push({seed, topology, opened, ran, moment});
    }
    for (const one of asked)
        for (const what of ['opened', 'ran', 'moment']) one[what] = await one[what];
    return asked.map(({seed, topology, opened, ran, moment}) => ({seed, topology, opened, ran,
        moment: moment.code ? moment : {seed: moment.seed, topology: moment.topology, t_us: moment.t_us}}));
}";

/// Checks the answers to the calls made after each opening; returns how many were of its run.
fn check(openings: u64, answers: &Value) -> u64 {
    let answers = answers.as_array().expect("a list of answers");
    assert_eq!(answers.len() as u64, openings);
    let mut own = 0;
    for one in answers {
        let moment = &one["moment"];
        if moment["code"].is_null() {
            assert_eq!((&moment["seed"], &moment["topology"]), (&one["seed"], &one["topology"]), "{one}");
            own += 1;
        }
        for what in ["opened", "ran", "moment"] {
            let code = &one[what]["code"];
            assert!(code.is_null() || code == "reopened", "{one}");
        }
    }
    let last = answers.last().expect("the last opening");
    assert!(last["opened"]["ok"] == true && last["ran"]["ok"] == true, "{last}");
    assert_eq!(last["moment"]["seed"], openings, "{last}");
    own
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn calls_behind_an_opening_are_answered_for_its_run() {
    call_behind(OPENINGS);
}

#[test]
#[ignore = "slow: many openings"]
fn calls_behind_many_openings_are_answered_for_their_runs() {
    call_behind(MANY_OPENINGS);
}

/// Opens runs one after the other, three times, and waits for more each time.
fn call_behind(openings: u64) {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    for (patience, least) in [(0, 1), (1, openings), (2, openings)] {
        let lab = Lab::at(&browser, &server, "?lang=en", "openings");
        lab.eval("quorumLab.ready");
        let answers = lab.eval(&format!("({OPEN})({openings}, {patience})"));
        assert!(check(openings, &answers) >= least, "patience {patience}: {answers}");
        // The page follows, and goes back to none of those before.
        lab.wait_seen("[data-state=running]");
        lab.wait_for(&format!("location.search.includes('seed={openings}')"), "the address to follow");
        lab.wait_seen("[data-lesson=standalone]");
        assert_eq!(lab.wait_still()["seed"], openings);
        lab.assert_quiet();
        lab.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn calls_behind_an_opening_that_fails_are_refused_like_it() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab =
        Lab::open(&browser, &server, "?topology=replica-set:3&seed=5&kept=0&lang=en", "openings-refused");
    let answers = lab.eval(
        "Promise.all([quorumLab.open({lesson: 'none'}), quorumLab.do({op: 'step'}), quorumLab.snapshot(), \
         quorumLab.backup(), quorumLab.hunt(), quorumLab.open({topology: 'replica-set:5', seed: 6, kept: false}), \
         quorumLab.snapshot()])",
    );
    for refused in &answers.as_array().expect("answers")[..5] {
        assert_eq!(refused["code"], "unknown_lesson", "{answers}");
    }
    assert_eq!((&answers[5]["ok"], &answers[6]["seed"]), (&json!(true), &json!(6)), "{answers}");
    // Once it is known to have failed, calls are for what is open.
    lab.eval("quorumLab.open({})");
    assert_eq!(lab.snapshot()["seed"], 6);
    lab.assert_quiet();
}
