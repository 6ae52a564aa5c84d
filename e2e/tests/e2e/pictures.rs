//! Pictures of the page's states against those that are kept in `pictures/`.
//!
//! Guarantees: the comparison itself is tested in every run: it sees a node that is gone, and not the loss of the
//! format. Leaves out: other fonts than the machine's; the pictures were made with Noto Sans CJK.

use std::fs;

use e2e::states::pictures::{Distance, compare, draws_chinese, keep, kept, path, renews, take};
use e2e::states::{Look, State, Tour};
use e2e::{Browser, Lab, Server};

/// How many pictures there are at least.
const LEAST: usize = 25;
/// How large all of them are together at most.
const MOST_BYTES: u64 = 1_500_000;

#[test]
fn there_are_pictures_of_every_state_that_names_one_and_they_are_small() {
    let states: Vec<&State> = kept().map(|(state, _)| state).collect();
    assert!(states.len() >= LEAST, "{} pictures", states.len());
    let bytes = |state: &&State| {
        let file = fs::metadata(path(state));
        file.unwrap_or_else(|why| panic!("{}: {why}; UPDATE_EXPECT=1 makes it", path(state).display())).len()
    };
    let all: u64 = states.iter().map(bytes).sum();
    assert!(all <= MOST_BYTES, "{all} bytes");
}

#[test]
fn the_comparison_sees_a_node_that_is_gone_and_not_the_format() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let size = (1440, 900);
    let lab = Lab::open(&browser, &server, "?topology=replica-set:5&kept=0&seed=3&lang=zh", "pictures-see");
    lab.run(&serde_json::json!({"op": "hold"}));
    lab.resize_sharp(size.0, size.1);
    lab.frames(3);
    let first = take(&lab, size);
    let again = take(&lab, size);
    assert!(compare(&lab, &first, &again).is_small());
    lab.eval("document.querySelector('[data-node=\"3\"]').style.visibility = 'hidden'");
    lab.frames(2);
    let without = compare(&lab, &first, &take(&lab, size));
    assert!(!without.is_small(), "a node that is gone is not seen: {without:?}");
    lab.eval("document.querySelector('[data-node=\"3\"]').style.visibility = ''");
    lab.resize_sharp(size.0, size.1 - 100);
    lab.frames(2);
    let Distance { blocks, differ } = compare(&lab, &first, &take(&lab, (size.0, size.1 - 100)));
    assert_eq!(blocks, differ, "pictures of other sizes differ everywhere");
}

#[test]
#[ignore = "slow: a picture of every state"]
fn every_picture_is_as_it_is_kept() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let mut tour = Tour::new(&browser, &server, "pictures");
    let looks: Vec<(&State, Look)> = kept().collect();
    let judge = browser.page("pictures-judge");
    assert!(
        draws_chinese(&judge),
        "this machine has no Chinese font: install one, such as Noto Sans CJK (fonts-noto-cjk)"
    );
    let mut differ = Vec::new();
    for state in e2e::states::list::STATES {
        let look = looks.iter().find(|(pictured, _)| pictured.name == state.name).map(|(_, look)| *look);
        let roomy = Look { size: (1440, 900), ..look.unwrap_or(looks[0].1) };
        tour.reach(state, roomy);
        let Some(look) = look else { continue };
        tour.put_on(look);
        // The pointer's traces and a caret would come and go.
        tour.lab().frames(4);
        let new = take(tour.lab(), look.size);
        if renews() {
            keep(state, &new);
            continue;
        }
        let old = fs::read(path(state)).unwrap_or_default();
        let distance = compare(&judge, &old, &new);
        if !distance.is_small() {
            let file = e2e::folders::artefacts().join(format!("{}.webp", state.name));
            fs::write(&file, &new).expect("the new picture can be written");
            differ.push(format!("{}: {distance:?}; see {}", state.name, file.display()));
        }
    }
    assert!(differ.is_empty(), "pictures differ; UPDATE_EXPECT=1 keeps the new ones\n{}", differ.join("\n"));
}
