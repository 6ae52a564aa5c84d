//! Every state of the page, looked at in both languages and themes and at every size: axe, and what axe does not see.
//!
//! Guarantees: a finding names the state, the look, the element and what is wrong; none is accepted. Each run of the
//! tests visits every state once, and over the list every combination of size, theme and language; `--slow` looks at
//! every state in all of them. Leaves out: pictures (`pictures`).

use std::collections::BTreeSet;

use e2e::states::audit::{AXE_RULES, FORM, LOST, TARGETS, audit};
use e2e::states::list::STATES;
use e2e::states::{FRAME, Language, Look, SIZES, Start, State, Step, Tour};
use e2e::{Browser, Server};

/// Combinations of size, theme and language outside frames.
const LOOKS: usize = SIZES.len() * 4;
/// A step through the combinations that visits all of them.
const STRIDE: usize = 5;
/// One of this number of addresses is opened as in a frame.
const FRAMES: usize = 5;

fn look(number: usize) -> Look {
    let number = number % LOOKS;
    Look {
        lang: Language::ALL[number % 2],
        dark: number / 2 % 2 == 1,
        size: SIZES[number / 4],
        embedded: false,
    }
}

fn framed(number: usize) -> Look {
    Look { size: FRAME, embedded: true, ..look(number) }
}

/// Large enough for every step of the way to a state.
fn roomy(look: Look) -> Look {
    if look.embedded { look } else { Look { size: SIZES[0], ..look } }
}

/// What is wrong with a state in a look; one line for each finding.
fn findings(tour: &Tour<'_>, state: &State, look: Look) -> Vec<String> {
    let lab = tour.lab();
    let mut checks = vec![AXE_RULES];
    checks.extend(FORM);
    let touched = look.size.0 == 390;
    if touched {
        lab.touch_screen(true);
        checks.push(TARGETS);
    }
    let found = audit(lab, &checks);
    if touched {
        lab.touch_screen(false);
    }
    report(state, look, &found)
}

fn report(state: &State, look: Look, found: &[e2e::states::audit::Finding]) -> Vec<String> {
    let line = |one: &e2e::states::audit::Finding| {
        format!("{} | {} | {}: {} | {}", state.name, look.words(), one.check, one.what, one.place)
    };
    let lines: Vec<String> = found.iter().map(line).collect();
    // At once, for a tour may end early.
    lines.iter().for_each(|line| println!("{line}"));
    lines
}

/// Whether the focus has to be somewhere: something was clicked or pressed.
fn acted(state: &State) -> bool {
    state.steps.iter().any(|step| matches!(step, Step::Click(_) | Step::Press(_)))
}

/// Fails with all findings, if there are any.
fn none_of(found: &[String]) {
    assert!(found.is_empty(), "{} findings\n{}", found.len(), found.join("\n"));
}

/// The look of each state in a short tour, in the order of the list: what follows a framed state is framed.
fn plan() -> Vec<Look> {
    let (mut addresses, mut number, mut in_frame) = (0, 0, false);
    let mut looks = Vec::new();
    for state in STATES {
        if !matches!(state.start, Start::Follows) {
            addresses += 1;
            in_frame = addresses % FRAMES == 0;
        }
        if in_frame {
            looks.push(framed(looks.len()));
        } else {
            looks.push(look(number * STRIDE));
            number += 1;
        }
    }
    looks
}

#[test]
fn the_list_covers_every_combination_and_every_state_is_named_once() {
    let names: BTreeSet<_> = STATES.iter().map(|state| state.name).collect();
    assert!(names.len() == STATES.len() && names.len() >= 25, "{names:?}");
    let plan = plan();
    let words: BTreeSet<String> = plan.iter().map(|look| look.words()).collect();
    assert_eq!(words.iter().filter(|words| !words.contains("frame")).count(), LOOKS, "{words:?}");
    assert!(plan.iter().filter(|look| look.embedded).count() >= 4, "{words:?}");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn every_state_is_without_findings_in_one_look() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let mut tour = Tour::new(&browser, &server, "states");
    let mut found = Vec::new();
    for (state, look) in STATES.iter().zip(plan()) {
        tour.reach(state, roomy(look));
        if acted(state) {
            found.extend(report(state, look, &audit(tour.lab(), &[LOST])));
        }
        if state.switches {
            tour.put_on(look);
        }
        found.extend(findings(&tour, state, look));
    }
    none_of(&found);
}

#[test]
#[ignore = "slow: every state in every look"]
fn every_state_is_without_findings_in_every_look() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let mut found = Vec::new();
    for embedded in [false, true] {
        let mut tour = Tour::new(&browser, &server, "states-all");
        let looks: Vec<Look> =
            if embedded { (0..4).map(framed).collect() } else { (0..LOOKS).map(look).collect() };
        for state in STATES {
            for (nth, look) in looks.iter().enumerate() {
                if nth == 0 || !state.switches && look.lang != looks[nth - 1].lang {
                    tour.reach(state, roomy(*look));
                }
                tour.put_on(*look);
                found.extend(findings(&tour, state, *look));
            }
        }
    }
    none_of(&found);
}
