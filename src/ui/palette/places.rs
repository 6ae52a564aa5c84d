//! Places and settings that every page's palette finds: lessons, pages of the course, shapes of free play, language,
//! theme.
//!
//! Guarantees: the same addresses as the home page's links. Leaves out: what only a run has (the lab's palette).

use yew::prelude::*;

use super::{Entry, Group};
use crate::ui::embedding;
use crate::ui::header::{Wish, home_link};
use crate::ui::links::at_home;
use crate::ui::milvus::PRESETS;
use crate::web::address::{Address, Theme};
use quorum_i18n::Lang;
use quorum_lesson::list;

/// Shapes of free play: the name in the document, the topology, the number of nodes of a replica set.
const SHAPES: [(&str, &str, u32); 6] = [
    ("standalone", "standalone", 1),
    ("set-3", "replica-set:3", 3),
    ("set-5", "replica-set:5", 5),
    ("set-7", "replica-set:7", 7),
    ("set-9", "replica-set:9", 9),
    ("two-regions", "two-regions", 0),
];

/// Every place and every setting. In a frame of another page, which has places of its own, only the settings.
pub(crate) fn entries(
    lang: Lang,
    address: &Address,
    theme: Theme,
    onopen: &Callback<Address>,
    onwish: &Callback<Wish>,
) -> Vec<Entry> {
    let mut all = Vec::new();
    if !address.embed {
        all.extend(lessons(lang, address, onopen));
        all.extend(pages(lang, address));
        all.extend(shapes(lang, address, onopen));
    }
    all.extend(settings(lang, theme, onwish));
    all
}

fn lessons(lang: Lang, address: &Address, onopen: &Callback<Address>) -> Vec<Entry> {
    let other = list::entries(lang.other().code()).unwrap_or_default();
    let one = |lesson: &list::Entry| {
        let to = Address { lesson: Some(lesson.slug.clone()), ..at_home(address) };
        let onopen = onopen.clone();
        let title = lang.f("pal-lesson", &[("title", lesson.title.clone().into())]);
        let there = other.iter().find(|other| other.slug == lesson.slug);
        let also = format!("{} {}", lesson.slug, there.map_or("", |there| there.title.as_str()));
        Entry {
            also,
            ..Entry::new(Group::Place, &lesson.slug, "play", title, move || onopen.emit(to.clone()))
        }
    };
    list::entries(lang.code()).unwrap_or_default().iter().map(one).collect()
}

/// The home page, the other pages of the course, experiments and reports, which are fetched again, as their links do.
fn pages(lang: Lang, address: &Address) -> Vec<Entry> {
    let query = at_home(address).over("");
    let of_view = |view: &str| format!("?{query}&view={view}");
    let experiment =
        |view: &'static str, title: String, also: &'static str| (view, title, also, of_view(view));
    [
        ("home", lang.t("page-map"), "home start", home_link(address)),
        ("glossary", lang.t("page-glossary"), "glossary terms words", of_view("glossary")),
        ("facts", lang.t("page-facts"), "facts sources versions 来源 版本 出处", of_view("facts")),
        ("record", lang.t("page-record"), "record progress", of_view("record")),
        ("open", lang.t("page-open"), "open file", of_view("open")),
        ("stored", lang.t("page-stored"), "stored storage erase offline 存储 清除 离线", of_view("stored")),
        (
            "embed",
            lang.t("page-embed"),
            "embed share iframe html course 嵌入 分享",
            format!("?{}", embedding::to(address).over("")),
        ),
        experiment("experiments", lang.t("nav-experiments"), "experiments 实验 tests drills"),
        experiment("failover", lang.t("page-failover"), "experiment 实验 failover test 故障切换 演练"),
        experiment("promise", lang.t("page-promise"), "experiment 实验 promise RTO p99 承诺 百分位"),
        experiment("disasters", lang.t("page-disasters"), "experiment 实验 disaster drill 灾难演练"),
        experiment("load", lang.t("page-load"), "experiment 实验 load test 负载测试 压力测试"),
        experiment("majority", lang.t("page-majority"), "experiment 实验 majority calculator 多数派计算器"),
        experiment("reports", lang.t("nav-reports"), "reports 报告"),
    ]
    .into_iter()
    .map(|(word, title, also, href)| {
        let entry = Entry::new(Group::Place, word, "list", title, move || go(&href));
        Entry { also: also.to_owned(), ..entry }
    })
    .collect()
}

fn go(href: &str) {
    if let Some(window) = web_sys::window() {
        // Refused only for malformed addresses, and these are valid.
        drop(window.location().assign(href));
    }
}

fn shapes(lang: Lang, address: &Address, onopen: &Callback<Address>) -> Vec<Entry> {
    let to = |word: &str, topology: &str, title: String| {
        let to = Address { topology: Some(topology.to_owned()), ..at_home(address) };
        let onopen = onopen.clone();
        let title = lang.f("pal-free", &[("title", title.into())]);
        let entry = Entry::new(Group::Place, word, "right", title, move || onopen.emit(to.clone()));
        Entry { also: topology.to_owned(), ..entry }
    };
    let own = SHAPES.into_iter().map(|(word, topology, nodes)| {
        let title = match nodes {
            0 => lang.t("preset-regions"),
            1 => lang.t("pal-standalone"),
            n => lang.f("free-title-set", &[("n", n.into())]),
        };
        to(word, topology, title)
    });
    let milvus = PRESETS.into_iter().map(|(word, topology, title)| {
        let title = format!("{} · {}", lang.t("preset-milvus"), lang.f(title, &[]));
        to(&format!("milvus-{word}"), topology, title)
    });
    // They are instruments of a cluster.
    let tests = Entry {
        also: "tests drill load majority failover".to_owned(),
        ..to("tests", "milvus", String::new())
    };
    let tests = Entry { title: lang.t("pal-tests"), ..tests };
    own.chain(milvus).chain(std::iter::once(tests)).collect()
}

fn settings(lang: Lang, theme: Theme, onwish: &Callback<Wish>) -> Vec<Entry> {
    let wish = |word: &str, icon: &'static str, title: String, also: &str, wish: Wish| {
        let onwish = onwish.clone();
        let entry = Entry::new(Group::Setting, word, icon, title, move || onwish.emit(wish));
        Entry { also: also.to_owned(), ..entry }
    };
    let here = |of: Theme| (of == theme).then(|| lang.t("pal-is-set"));
    let of_theme = |to: Theme, icon: &'static str, title: String| {
        let also = format!("theme {}", to.code());
        Entry { why_not: here(to), ..wish(to.code(), icon, title, &also, Wish::SetTheme(to)) }
    };
    vec![
        wish("lang", "term", lang.t("lang-switch"), "language english 中文 zhongwen", Wish::Language),
        of_theme(Theme::Auto, "auto", lang.t("pal-theme-auto")),
        of_theme(Theme::Light, "sun", lang.t("pal-theme-light")),
        of_theme(Theme::Dark, "moon", lang.t("pal-theme-dark")),
        Entry {
            key: Some("?"),
            ..wish("keys", "help", lang.t("help"), "help keyboard shortcuts 帮助 快捷键", Wish::Help)
        },
    ]
}
