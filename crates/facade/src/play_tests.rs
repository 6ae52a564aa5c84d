//! Lessons in the lab: playing, foretelling, answering, what is allowed.

use super::metrics::MetricView;
use super::tests::ask;
use super::*;
use quorum_lesson::{Move, bundle};

fn open(slug: &str) -> Lab {
    let lesson = find(slug).expect("a lesson");
    let config = RunConfig {
        lesson: Some(slug.to_owned()),
        topology: None,
        seed: lesson.seed,
        kept: false,
        lang: "en".to_owned(),
    };
    Lab::open(config, None).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// The template's lesson.
fn template() -> &'static str {
    let text = Lesson::bundle(
        include_str!("../../../docs/lesson-template/lesson.toml"),
        include_str!("../../../docs/lesson-template/zh.md"),
        include_str!("../../../docs/lesson-template/en.md"),
    );
    &bundle::open("template", &text).unwrap_or_else(|refusal| panic!("{refusal}")).slug
}

fn code(answer: &Answer) -> &str {
    match answer {
        Answer::Refused { code, .. } => code,
        _ => "",
    }
}

fn facts(lab: &Lab) -> snapshot::LessonFacts {
    lab.snapshot().lesson.expect("graded")
}

fn play_out(lab: &mut Lab) {
    for _ in 0..1_000 {
        if !lab.plays() {
            return;
        }
        lab.advance(Micros::MAX, 10_000);
    }
    panic!("it plays on and on");
}

#[test]
fn an_action_waits_for_its_goal_except_in_free_play() {
    let mut lab = open("ha-is-not-dr");
    lab.advance(60_000_000, u32::MAX);
    let waits = |lab: &Lab| facts(lab).blocked.iter().any(|name| name == "power-back");
    assert!(waits(&lab), "the region is not lost yet");
    ask(&mut lab, Command::Control(Control::FreePlay { on: true }));
    assert!(!waits(&lab));
}

#[test]
fn a_lesson_is_played_step_by_step_and_shown_from_where_it_stands() {
    let mut lab = open("kill-the-leader");
    assert_eq!(facts(&lab).playing, None);
    lab.execute(7, Command::Control(Control::ShowMe { step: Some("elect".to_owned()) }));
    assert_eq!(facts(&lab).playing, Some((1, 1)));
    play_out(&mut lab);
    assert!(matches!(lab.take_answers().as_slice(), [(7, Answer::Done { .. })]));
    assert_eq!(facts(&lab).step, 1);
    // What the learner does by hand counts, and the rest is shown.
    ask(&mut lab, Command::Control(Control::Act { name: "kill-leader".to_owned() }));
    lab.execute(8, Command::Control(Control::ShowMe { step: None }));
    play_out(&mut lab);
    let refused = lab.take_answers();
    // The leader is dead already: to kill it again is refused, which ends the play.
    assert!(matches!(refused.as_slice(), [(8, answer)] if code(answer) == "nobody"), "{refused:?}");
    lab.advance(lab.now_us() + 10_000_000, u32::MAX);
    lab.execute(9, Command::Control(Control::ShowMe { step: None }));
    play_out(&mut lab);
    assert!(facts(&lab).finished, "{:?}", facts(&lab));
    let digest = lab.digest();
    let now = lab.now_us();
    ask(&mut lab, Command::Control(Control::Seek { t_us: now }));
    assert_eq!(lab.digest(), digest, "what was played is replayed like anything that was asked");
    ask(&mut lab, Command::Control(Control::Reset));
    let reset = facts(&lab);
    assert_eq!((lab.now_us(), reset.step, reset.goals.iter().any(|goal| goal.met)), (0, 0, false));
}

#[test]
fn somebody_who_acts_ends_what_is_played() {
    let mut lab = open("kill-the-leader");
    lab.execute(7, Command::Control(Control::ShowMe { step: None }));
    lab.advance(500_000, u32::MAX);
    ask(&mut lab, Command::Cluster(Action::Kill { node: 1, torn_bytes: 0, sectors: None }));
    assert!(!lab.plays());
    assert_eq!(lab.play_fault().map(|fault| fault.code.as_str()), Some("interrupted"));
}

#[test]
fn predictions_settle_and_then_stand() {
    let slug = template();
    let mut lab = open(slug);
    let predict = |choose: &str| {
        Command::Control(Control::Predict { step: "guess".to_owned(), choose: choose.to_owned() })
    };
    assert_eq!(code(&ask(&mut lab, predict("rain"))), "no_such_choice");
    ask(&mut lab, predict("nobody"));
    ask(&mut lab, predict("somebody-else"));
    ask(&mut lab, predict("nobody"));
    let guess = |lab: &Lab| facts(lab).steps[2].clone();
    assert_eq!((guess(&lab).chosen.as_deref(), guess(&lab).settled), (Some("nobody"), false));
    lab.execute(1, Command::Control(Control::ShowMe { step: Some("stop".to_owned()) }));
    play_out(&mut lab);
    assert_eq!(lab.play_fault(), None);
    let settled = guess(&lab);
    assert_eq!((settled.chosen.as_deref(), settled.settled), (Some("nobody"), true));
    assert_eq!(settled.came, ["somebody-else"]);
    assert_eq!(code(&ask(&mut lab, predict("somebody-else"))), "settled");
}

#[test]
fn wrong_answers_have_a_run_that_refutes_them() {
    let slug = template();
    let mut lab = open(slug);
    let explain = |choose: &str| {
        Command::Control(Control::Explain { step: "why".to_owned(), choose: choose.to_owned() })
    };
    assert_eq!(code(&ask(&mut lab, explain("anybody"))), "refuted");
    let why = |lab: &Lab| facts(lab).steps[4].clone();
    assert_eq!((why(&lab).right, why(&lab).done), (Some(false), false));
    let mut run = open(&format!("{slug}#why.anybody"));
    assert!(run.plays());
    play_out(&mut run);
    assert_eq!((run.goals_met(), run.play_fault()), (vec!["shows"], None));
    assert_eq!(code(&ask(&mut lab, explain("majority"))), "");
    assert_eq!((why(&lab).right, why(&lab).done), (Some(true), true));
    assert_eq!(why(&lab).came, ["anybody", "majority"]);
}

#[test]
fn what_a_lesson_forbids_is_refused_until_free_play() {
    let mut lab = open(template());
    lab.advance(3_000_000, u32::MAX);
    let cut = || Command::Cluster(Action::Cut { from: 1, to: 2, one_way: false });
    assert_eq!(code(&ask(&mut lab, cut())), "not_in_this_lesson");
    assert!(lab.snapshot().cut.is_empty());
    for harmless in [
        Command::Cluster(Action::Heal),
        Command::Cluster(Action::Kill { node: 1, torn_bytes: 0, sectors: None }),
    ] {
        assert_eq!(code(&ask(&mut lab, harmless)), "");
    }
    ask(&mut lab, Command::Cluster(Action::Restart { node: 1 }));
    ask(&mut lab, Command::Control(Control::FreePlay { on: true }));
    assert_eq!(code(&ask(&mut lab, cut())), "");
    assert!(facts(&lab).free);
    assert_eq!(facts(&lab).scores, [("fewest-actions".to_owned(), 4)]);
}

#[test]
fn going_to_other_moments_and_looking_is_no_fault_and_losing_a_message_is() {
    for op in [
        "seek",
        "step_back",
        "undo",
        "line",
        "compare",
        "why",
        "what_if",
        "inspect",
        "history",
        "run_until",
        "stop_run",
    ] {
        assert!(!crate::is_fault(op), "{op}");
    }
    assert!(crate::is_fault("drop_message"));
}

#[test]
fn what_the_learner_said_outlives_the_run() {
    let slug = template();
    let mut lab = open(slug);
    lab.execute(1, Command::Control(Control::ShowMe { step: None }));
    play_out(&mut lab);
    assert!(facts(&lab).finished, "{:?}", facts(&lab));
    let notes = lab.grader.as_ref().expect("graded").notes();
    let again = Grader::new(find(slug).expect("there"), &notes, 0);
    assert_eq!(again.notes(), notes);
    assert_eq!(again.steps(), lab.grader.as_ref().expect("graded").steps());
}

#[test]
fn what_must_not_happen_for_a_while_counts_from_when_the_run_is_opened_again() {
    let lab = open("no-split-brain");
    let notes = ["in-service", "one-tolerated"].map(str::to_owned);
    let again = Grader::new(find("no-split-brain").expect("there"), &notes, 100_000_000);
    let metrics = MetricView { world: &*lab.world, majority: lab.majority };
    let stuck = again.goals(&metrics).into_iter().find(|goal| goal.id == "stuck").expect("a goal");
    let quiet = stuck.lacks.iter().find(|lack| lack.word == "never").expect("it is not over");
    assert_eq!((quiet.have, quiet.want), (Some(0), Some(5_000_000)));
}

#[test]
fn unmet_goals_say_what_is_missing() {
    let mut lab = open("crash-recovery");
    lab.execute(1, Command::insert(400, 100));
    lab.advance(20_000_000, u32::MAX);
    let goals = facts(&lab).goals;
    assert_eq!(goals[0].progress, Some((400, 1_000)));
    assert_eq!(
        (goals[0].lacks[0].word.as_str(), goals[0].lacks[0].name.as_str()),
        ("meter", "rows.acknowledged")
    );
    assert_eq!((goals[1].lacks[0].word.as_str(), goals[1].lacks[0].name.as_str()), ("goal", "rows-1000"));
}

/// A move as a lesson would have it.
fn made(op: &str, word: &str) -> Move {
    Move::Do(quorum_lesson::CommandTable::of(
        op,
        &[("node", quorum_texts::tree::Value::Text(word.to_owned()))],
    ))
}

/// What becomes of moves that are played in this run now.
fn played(lab: &mut Lab, moves: Vec<Move>) -> Option<&str> {
    lab.play(99, moves);
    play_out(lab);
    lab.play_fault().map(|fault| fault.code.as_str())
}

#[test]
fn down_is_who_has_no_power_so_that_everybody_who_is_down_can_be_restarted() {
    for topology in ["replica-set:3", "milvus:restart_ms=500,boot_ms=5000"] {
        let mut lab = Lab::open(super::tests::config(topology, 3, false), None).expect("opens");
        lab.advance(15_000_000, u32::MAX);
        // Where nobody is, it is done.
        assert_eq!(
            played(&mut lab, vec![made("restart", "down"), made("resume", "paused")]),
            None,
            "{topology}"
        );
        ask(&mut lab, Command::Cluster(Action::Pause { node: 1 }));
        ask(&mut lab, Command::Cluster(Action::Kill { node: 2, torn_bytes: 0, sectors: None }));
        for ms in [1, 1_000, 3_000, 6_000, 9_000, 20_000] {
            lab.advance(15_000_000 + ms * 1_000, u32::MAX);
            // It must work whatever the supervisor is doing and whichever pod is starting.
            assert_eq!(played(&mut lab, vec![made("restart", "down")]), None, "{topology} after {ms} ms");
        }
    }
    let mut lab = Lab::open(super::tests::config("replica-set:3", 3, false), None).expect("opens");
    ask(&mut lab, Command::Cluster(Action::Pause { node: 1 }));
    assert_eq!(played(&mut lab, vec![made("restart", "down"), made("resume", "paused")]), None);
    assert!(lab.snapshot().nodes.iter().all(|node| !node.paused), "paused is not down");
    assert_eq!(played(&mut lab, vec![made("restart", "down:1")]), Some("nobody"), "one was meant");
}

#[test]
fn what_is_played_has_numbers_that_a_page_can_read() {
    fn check(value: &serde_json::Value) {
        match value {
            serde_json::Value::Number(number) => {
                assert!(number.as_u64().is_none_or(|number| number < 1 << 53), "{number}");
            }
            serde_json::Value::Array(all) => all.iter().for_each(check),
            serde_json::Value::Object(all) => all.values().for_each(check),
            _ => {}
        }
    }
    let mut lab = open("resumable-import");
    lab.execute(1, Command::Control(Control::ShowMe { step: None }));
    play_out(&mut lab);
    assert!(facts(&lab).finished, "{:?}", facts(&lab));
    let events = serde_json::to_value(lab.take_events()).expect("plain");
    check(&events);
    check(&serde_json::to_value(lab.snapshot()).expect("plain"));
}

#[test]
fn the_score_counts_goals_predictions_that_came_true_and_first_answers() {
    let solve = |choose: &str, answers: &[&str]| {
        let mut lab = open("kill-the-leader");
        let mut say = |control| drop(ask(&mut lab, Command::Control(control)));
        say(Control::Predict { step: "outage".to_owned(), choose: choose.to_owned() });
        for answer in answers {
            say(Control::Explain { step: "enough".to_owned(), choose: (*answer).to_owned() });
        }
        let before = facts(&lab).percent();
        lab.execute(1, Command::Control(Control::ShowMe { step: None }));
        play_out(&mut lab);
        (before, facts(&lab).percent())
    };
    // Seven goals, a prediction and a question.
    assert_eq!(solve("seconds", &["any-one"]), (11, 100));
    assert_eq!(solve("seconds", &["wait", "any-one"]), (0, 88));
    assert_eq!(solve("never", &["wait", "any-one"]), (0, 77));
}
