//! The check, checked: the lessons that are built in pass, the template passes, and every kind of slip is found.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use quorum_lesson::Lesson;

const TEMPLATE: [&str; 3] = [
    include_str!("../../../docs/lesson-template/lesson.toml"),
    include_str!("../../../docs/lesson-template/zh.md"),
    include_str!("../../../docs/lesson-template/en.md"),
];

static VARIANTS: AtomicUsize = AtomicUsize::new(0);

/// Days and months with backups every few hours: to check all of their ways takes longer than the rest of the course.
const LONGEST: [&str; 2] = ["backup-traps", "following"];

#[test]
fn every_lesson_that_is_built_in_is_what_it_says() {
    let checked = check_built_in(|slug| !LONGEST.contains(&slug));
    assert_eq!(checked, manifest::BUILT_IN.len() - LONGEST.len());
}

#[test]
fn the_longest_lessons_are_solved_by_their_first_solution() {
    for slug in LONGEST {
        let lesson = quorum_lesson::find(slug).expect("a lesson");
        let lab = spelling::open(&lesson.slug, lesson.seed).expect("opens");
        let mut problems = Vec::new();
        check::solution(lesson, "solution 1", lab, &lesson.course.solutions[0], &mut problems);
        assert_eq!(problems, Vec::<String>::new(), "{slug}");
    }
}

#[test]
#[ignore = "slow: months of hourly backups"]
fn the_longest_lessons_are_what_they_say() {
    assert_eq!(check_built_in(|slug| LONGEST.contains(&slug)), LONGEST.len());
}

/// Checks lessons of the course, and says how many.
fn check_built_in(wanted: impl Fn(&str) -> bool) -> usize {
    let mut course = Course::built_in();
    course
        .lessons
        .retain(|read| wanted(read.as_ref().map_or_else(|(slug, _)| slug, |taken| &taken.lesson.slug)));
    let part =
        |odd: usize| (odd..course.count()).step_by(2).filter_map(|at| course.check(at)).collect::<Vec<_>>();
    let reports = std::thread::scope(|scope| {
        let odd = scope.spawn(|| part(1));
        [part(0), odd.join().expect("no panic")].concat()
    });
    let faults: Vec<&Report> = reports.iter().filter(|report| !report.ok).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    reports.len()
}

/// The problems of the template with one thing changed.
fn said(part: usize, from: &str, to: &str) -> Vec<String> {
    let mut parts = TEMPLATE.map(str::to_owned);
    assert!(parts[part].contains(from), "{from}");
    parts[part] = parts[part].replacen(from, to, 1);
    problems(parts)
}

/// The problems of a lesson in three parts, which is called something else.
fn problems(mut parts: [String; 3]) -> Vec<String> {
    // Tests run side by side, and a lesson is found by its name.
    let name = format!("of-your-own-{}", VARIANTS.fetch_add(1, Ordering::Relaxed));
    parts[0] = parts[0].replacen("a-lesson-of-your-own", &name, 1);
    let [manifest, zh, en] = &parts;
    match Lesson::from_source("it", &Lesson::bundle(manifest, zh, en)).and_then(bundle::adopt) {
        Ok(lesson) => check::problems(lesson),
        Err(refusal) => vec![refusal.error],
    }
}

#[track_caller]
fn check(part: usize, from: &str, to: &str, expected: &str) {
    let said = said(part, from, to);
    assert!(said.iter().any(|problem| problem.contains(expected)), "{expected}: {said:#?}");
}

#[test]
fn the_template_passes() {
    assert_eq!(said(0, "minutes = 4", "minutes = 5"), Vec::<String>::new());
}

#[test]
fn slips_of_the_pen_are_found() {
    check(0, "op = \"kill\", node = \"leader\"", "op = \"kil\", node = \"leader\"", "unknown variant `kil`");
    check(0, "{ op = \"kill\", node = \"leader\" }]", "{ op = \"kill\", nod = 1 }]", "missing field `node`");
    check(0, "op = \"pause\", node", "op = \"pause\", hard = true, node", "unknown field `hard`");
    check(0, "count = \"op_end\"", "count = \"op_ends\"", "goal in-service: there is no event “op_ends”");
    check(0, "status = \"ok\"", "state = \"ok\"", "op_end has no field “state”; it has op, status, took_us");
    check(0, "status = \"ok\"", "status = \"fine\"", "status of op_end is never");
    check(0, "meter = \"majority\"", "meter = \"majorities\"", "there is no meter “majorities”");
    check(0, "act = \"stop-the-leader\"", "act = \"stop\"", "there is no action “stop”");
    check(
        0,
        "[actions.stop-the-leader]\n",
        "[actions.stop-the-leader]\nafter = \"rain\"\n",
        "action stop-the-leader: there is no goal rain",
    );
    check(0, "choose = \"majority\"", "choose = \"rain\"", "explain: step why has no choice rain");
    check(0, "unmet = [\"replaced\"]", "unmet = [\"rain\"]", "wrong: there is no goal rain");
    check(0, "topology = \"replica-set:3\"", "topology = \"replica-sets:3\"", "there is no topology");
    check(
        0,
        "allowed = [\"kill\", \"pause\"]",
        "allowed = [\"kill\"]",
        "pause is not allowed in this lesson",
    );
    check(0, "kind = \"do\"", "kind = \"did\"", "there is no kind “did”");
    check(0, "kind = \"read\"", "kind = \"do\"", "a step of kind do needs goals");
}

#[test]
fn each_language_is_whole() {
    check(
        1,
        "in-service = \"客户端的 3 次写入得到应答\"\n",
        "",
        "zh.md: goals: there is no label for in-service",
    );
    check(2, "nobody = \"Nobody can be\"\n", "", "en.md: choices: there is no label for guess.nobody");
    check(
        2,
        "stop-the-leader = \"Stop the leader\"\n",
        "",
        "en.md: actions: there is no label for stop-the-leader",
    );
    check(2, "  \"Who wears the crown?\",\n", "", "en.md: step stop has 2 hints, not 3");
    check(
        2,
        "nobody = \"Nobody can be\"",
        "nobody = \"没有人\"",
        "en.md: choices.guess.nobody has Chinese in it",
    );
    check(
        1,
        "停掉领导者，看接下来发生什么。",
        "Stop the leader, and look.",
        "the text of stop has no Chinese in it",
    );
    check(2, "replaced = \"", "rain = \"x\"\nreplaced = \"", "the label rain belongs to no goal");
}

#[test]
fn what_only_a_run_shows_is_found() {
    check(
        0,
        "kind = \"observe\"",
        "kind = \"do\"",
        "goal in-service of the step watch, which is to be done, is met by doing nothing",
    );
    check(0, "{ act = \"stop-the-leader\" },\n", "", "solution 1: goal replaced is not met");
    check(
        0,
        "do = [{ until = \"in-service\" }, { op = \"kill\", node = \"follower\" }",
        "do = [{ until = \"in-service\" }, { op = \"kill\", node = \"leader\" }",
        "wrong solution 1: it meets replaced",
    );
    check(
        0,
        "{ explain = \"why\", choose = \"majority\" },\n]\n",
        "]\n",
        "solution 1: the step why is not finished",
    );
    check(
        0,
        "{ id = \"nobody\", when = { not = { event = \"became_leader\" } } }",
        "{ id = \"nobody\", when = { event = \"became_leader\" } }",
        "of the prediction guess came true",
    );
    check(0, "for_us = 15000000", "for_us = 150000000", "the run that refutes why.anybody");
    check(
        0,
        "op = \"kill\", node = \"up:1\"",
        "op = \"kill\", node = \"up:9\"",
        "the run that refutes why.anybody: nobody",
    );
    check(
        0,
        "{ until = \"in-service\" },\n  { predict",
        "{ until = \"in-service\", at_most_us = 10 },\n  { predict",
        "solution 1: not_in_time: goal in-service was not met",
    );
}

/// The problems of the template as a mission of this par, with more moves at the end of its reference. A mission has a
/// tool where the template has a button.
fn mission(par: u32, more: &str) -> Vec<String> {
    let mut parts = TEMPLATE.map(str::to_owned);
    let mut change = |part: usize, from: &str, to: &str| {
        assert!(parts[part].contains(from), "{from}");
        parts[part] = parts[part].replacen(from, to, 1);
    };
    change(0, "minutes = 4", &format!("kind = \"mission\"\nunit = 3\npar = {par}\nminutes = 4"));
    change(0, "[actions.stop-the-leader]\ndo = [{ op = \"kill\", node = \"leader\" }]\n", "");
    change(0, "{ act = \"stop-the-leader\" }", "{ op = \"kill\", node = \"leader\" }");
    change(0, "actions = [\"stop-the-leader\"]", "tools = [\"kill\", \"restart\"]");
    change(0, "{ until = \"replaced\" },\n", &format!("{{ until = \"replaced\" }},\n{more}"));
    change(1, "stop-the-leader = \"停掉领导者\"\n", "");
    change(2, "stop-the-leader = \"Stop the leader\"\n", "");
    problems(parts)
}

#[test]
fn a_par_is_the_number_of_actions_of_the_reference() {
    assert_eq!(mission(1, ""), Vec::<String>::new());
    let low = "par = 1, but the reference (solution 1) takes 2 actions and cannot reach it";
    assert_eq!(mission(1, "{ run_us = 1000 }, { op = \"restart\", node = \"down\" },\n"), [low]);
    let high = "par = 2, but the reference (solution 1) takes 1: par is the number of its actions";
    assert_eq!(mission(2, ""), [high]);
}

#[test]
fn the_missions_of_the_course_have_the_par_of_their_references() {
    // The check of the whole course plays them; here is what it finds in each.
    let counted = |lesson: &'static Lesson| {
        let par = lesson.course.mission?.par as usize;
        let lab = spelling::open(&lesson.slug, lesson.seed).expect("opens");
        let mut problems = Vec::new();
        let played = check::solution(lesson, "it", lab, &lesson.course.solutions[0], &mut problems);
        Some((lesson.slug.clone(), par, check::actions(&played).expect("counted")))
    };
    let found: Vec<(String, usize, usize)> = quorum_lesson::all().filter_map(counted).collect();
    assert_eq!(found.len(), 4);
    for (slug, par, actions) in found {
        assert_eq!(par, actions, "{slug}");
    }
}

#[test]
fn a_lesson_that_never_ends_is_a_problem_and_ends() {
    let hours = "{ run_us = 3600000000 },\n  { run_us = 3600000000 },\n  { explain = \"why\"";
    check(0, "{ explain = \"why\"", hours, "solution 1: it is not over after 3600000000 us");
    check(0, "{ read = \"scene\" }", "{ run_us = 5184000000001 }", "5184000000001 microseconds are too long");
    let many = format!("solution = [{}", "{ run_us = 1 }, ".repeat(301));
    check(0, "solution = [", &many, "moves are too many; 300 are allowed");
}

#[test]
fn the_course_keeps_its_rules() {
    let course = Course::built_in();
    let whole = course.check_whole().expect("it is a whole course");
    let found: Vec<Report> = (0..course.count()).filter_map(|at| course.lint(at)).chain([whole]).collect();
    let found: Vec<(&str, &Vec<String>, &Vec<String>)> = found
        .iter()
        .filter(|report| !report.ok || !report.warnings.is_empty())
        .map(|report| (report.lesson.as_str(), &report.problems, &report.warnings))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_place_of_an_answer_does_not_give_it_away() {
    let questions = quorum_lesson::all().flat_map(|lesson| &lesson.steps);
    let places: Vec<usize> = questions
        .filter_map(|step| match &step.kind {
            quorum_lesson::StepKind::Explain(answers) => {
                answers.iter().position(|answer| answer.refuted_by.is_none())
            }
            _ => None,
        })
        .collect();
    for place in 0..3 {
        let here = places.iter().filter(|at| **at == place).count();
        assert!(here * 2 < places.len() && here * 6 > places.len(), "{here} of {} at {place}", places.len());
    }
}
