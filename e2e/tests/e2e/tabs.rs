//! Tabs as nodes: three tabs of one browser elect, acknowledge, lose their leader and come back.

use std::time::{Duration, Instant};

use e2e::{Browser, Page, Profile, Server};
use serde_json::json;

/// The bound for a new leader that the page states and docs/tabs-as-nodes.md derives.
const BOUND_MS: u64 = 7_000;
/// How long anything may take on a machine that does something else as well.
const LONG: Duration = Duration::from_secs(60);

/// Opens a node of a group.
fn open(browser: &Browser, server: &Server, group: &str, number: u32) -> Page {
    let page = browser.page(&format!("tab-{group}-{number}"));
    page.goto(&server.url(&format!("/?lang=en&view=tabs&group={group}&nodes=3&node={number}")));
    page.wait_within(
        LONG,
        &format!("document.querySelector('[data-view=tab-facts]').dataset.number === '{number}'"),
        "the node to run",
    );
    page
}

fn facts(page: &Page, name: &str) -> u64 {
    let value = page.eval(&format!("document.querySelector('[data-view=tab-facts]').dataset.{name}"));
    value.as_str().and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// Three tabs that know a leader.
fn three(browser: &Browser, server: &Server, group: &str) -> Vec<Option<Page>> {
    let tabs: Vec<Option<Page>> = (1..=3).map(|number| Some(open(browser, server, group, number))).collect();
    agreed(&tabs);
    tabs
}

/// Waits until all open tabs name the same leader, which is one of them, in the same term.
fn agreed(tabs: &[Option<Page>]) -> u32 {
    let deadline = Instant::now() + LONG;
    loop {
        let named: Vec<(u64, u64)> =
            tabs.iter().flatten().map(|page| (facts(page, "leader"), facts(page, "term"))).collect();
        let (leader, _) = named[0];
        let open = leader > 0 && tabs.get(leader as usize - 1).is_some_and(Option::is_some);
        if open && named.iter().all(|one| *one == named[0]) {
            return leader as u32;
        }
        if Instant::now() > deadline {
            let page = tabs.iter().flatten().next().expect("an open tab");
            page.fail(&format!("no leader that all know: {named:?}"));
        }
        tabs.iter().flatten().next().expect("an open tab").listen(Duration::from_millis(20));
    }
}

/// Writes a value and waits until its outcome is known.
fn write(page: &Page, key: &str, value: &str) -> String {
    let number = "Number(document.querySelector('[data-write]')?.dataset.write ?? 0)";
    let before = page.eval(number);
    page.eval(&format!(
        "{{ const form = document.querySelector('.tn-form'); form.elements.key.value = {}; \
         form.elements.value.value = {}; form.requestSubmit(); }}",
        json!(key),
        json!(value)
    ));
    let fate = "document.querySelector('[data-write]').dataset.fate";
    page.wait_within(LONG, &format!("{number} > {before} && {fate} !== 'waiting'"), "the outcome of a write");
    page.eval(fate).as_str().unwrap_or_default().to_owned()
}

/// Writes until it is acknowledged: after a failover the first attempt may find no leader.
fn write_surely(page: &Page, key: &str, value: &str) {
    for _ in 0..20 {
        if write(page, key, value) == "acknowledged" {
            return;
        }
    }
    page.fail(&format!("{key} = {value} is never acknowledged"));
}

/// Reads until it is served; the values by key, and how many acknowledged ones this tab misses.
fn read(page: &Page) -> serde_json::Value {
    for _ in 0..20 {
        let number = "Number(document.querySelector('[data-view=tab-read]')?.dataset.read ?? 0)";
        let before = page.eval(number);
        page.eval("document.querySelector('[data-act=read]').click()");
        let answer = "document.querySelector('[data-view=tab-read]').dataset.answer";
        page.wait_within(LONG, &format!("{number} > {before} && {answer} !== 'waiting'"), "a read");
        if page.eval(answer) == json!("served") {
            return page.eval(
                "Object.fromEntries([...document.querySelectorAll('[data-view=tab-read] tbody tr')] \
                 .map((row) => [row.cells[0].innerText, row.cells[1].innerText]))",
            );
        }
    }
    page.fail("no read is served");
}

/// Closes the leader's tab this number of times; each time the others elect another within the bound, and at the end
/// every tab has every acknowledged write.
fn close_leaders(times: u32) {
    let _alone = e2e::alone();
    let profile = Profile::new("tabs-leaders");
    let (server, browser) = (Server::of_the_page(), Browser::start(&profile));
    let mut tabs = three(&browser, &server, "leaders");
    let mut expected = serde_json::Map::new();
    for round in 0..times {
        let leader = agreed(&tabs);
        // A tab that stays, so that what it was told is compared with what it reads.
        let stays = leader % 3 + 1;
        let (key, value) = (format!("k{}", round % 7), format!("round {round}"));
        let page = tabs[stays as usize - 1].as_ref().expect("an open tab");
        write_surely(page, &key, &value);
        expected.insert(key, json!(value));
        let count = "Number(document.querySelector('[data-view=tab-checks]').dataset.failovers)";
        let before = page.eval(count);
        tabs[leader as usize - 1].take().expect("the leader's tab").close();
        let page = tabs[stays as usize - 1].as_ref().expect("an open tab");
        page.wait_within(LONG, &format!("{count} > {before}"), "another leader");
        let after = page.eval("Number(document.querySelector('[data-view=tab-checks]').dataset.afterMs)");
        let late = page.eval("!!document.querySelector('[data-banner=tab-late]')");
        assert!(
            after.as_f64().is_some_and(|ms| ms <= BOUND_MS as f64),
            "round {round}: {after} ms, late: {late}"
        );
        assert_ne!(agreed(&tabs), leader);
        assert_eq!(page.eval("document.querySelector('[data-check=bound]').dataset.done"), json!("yes"));
        assert_eq!(read(page)[format!("k{}", round % 7)], json!(format!("round {round}")));
        assert_eq!(page.eval("document.querySelector('[data-check=kept]').dataset.done"), json!("yes"));
        tabs[leader as usize - 1] = Some(open(&browser, &server, "leaders", leader));
    }
    agreed(&tabs);
    for page in tabs.iter().flatten() {
        assert_eq!(read(page), serde_json::Value::Object(expected.clone()));
        page.assert_quiet();
    }
}

#[test]
fn the_leaders_tab_closes_and_the_others_elect_another() {
    close_leaders(5);
}

#[test]
#[ignore = "slow: twenty leaders"]
fn the_leaders_tab_closes_twenty_times() {
    close_leaders(20);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_tab_that_comes_back_has_its_log_and_catches_up() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let mut tabs = three(&browser, &server, "back");
    let leader = agreed(&tabs);
    let away = leader % 3;
    let writer = tabs[leader as usize - 1].as_ref().expect("open");
    write_surely(writer, "before", "1");
    tabs[away as usize].take().expect("open").close();
    let writer = tabs[leader as usize - 1].as_ref().expect("open");
    write_surely(writer, "while away", "2");
    let page = open(&browser, &server, "back", away + 1);
    page.wait_within(
        LONG,
        "document.querySelector('[data-check=returned]').dataset.done === 'yes'",
        "to catch up",
    );
    let story = page.text("[data-view=tab-story]");
    assert!(story.contains("read its state from its storage"), "{story}");
    assert_eq!(read(&page), json!({"before": "1", "while away": "2"}));
    // A reload is a crash too, and asks for the same number again.
    page.reload();
    page.wait_within(
        LONG,
        "document.querySelector('[data-view=tab-facts]').dataset.leader > 0",
        "the node again",
    );
    assert_eq!(facts(&page, "number"), u64::from(away + 1));
    assert_eq!(read(&page), json!({"before": "1", "while away": "2"}));
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn two_tabs_are_never_the_same_node() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let first = open(&browser, &server, "same", 1);
    let second = browser.page("tab-same-again");
    second.goto(&server.url("/?lang=en&view=tabs&group=same&nodes=3&node=1"));
    second.wait_within(LONG, "document.querySelector('[data-why=taken]')", "the refusal");
    // Without a number, it takes the next one, and says so in its address.
    second.goto(&server.url("/?lang=en&view=tabs&group=same&nodes=3"));
    second.wait_within(LONG, "document.querySelector('[data-view=tab-facts]')", "the second node");
    assert_eq!(facts(&second, "number"), 2);
    assert!(second.eval("location.search").as_str().is_some_and(|search| search.contains("node=2")));
    let third = open(&browser, &server, "same", 3);
    let fourth = browser.page("tab-same-full");
    fourth.goto(&server.url("/?lang=en&view=tabs&group=same&nodes=5"));
    fourth.wait_within(LONG, "document.querySelector('[data-why=full]')", "that there is no number left");
    first.assert_quiet();
    third.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_group_name_that_is_none_is_refused_and_not_used() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("tab-names");
    for name in ["../x", "<img src=x onerror=alert(1)>", "A", "a".repeat(33).as_str(), "多数派", "a\u{0}"]
    {
        let name = page.eval(&format!("encodeURIComponent({})", json!(name)));
        let name = name.as_str().unwrap_or_default();
        page.goto(&server.url(&format!("/?lang=en&view=tabs&group={name}&nodes=999&node=77")));
        page.wait_within(LONG, "document.querySelector('[data-why=name]')", "the refusal");
        assert_eq!(page.eval("document.querySelectorAll('main img').length"), json!(0));
    }
    let made = page
        .eval("indexedDB.databases().then((all) => all.filter((one) => one.name.includes('/tabs/')).length)");
    assert_eq!(made, json!(0), "nothing was stored");
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn without_storage_a_node_forgets_and_does_not_come_back_under_its_number() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let script = "Object.defineProperty(self, 'indexedDB', {value: undefined})";
    let go = |number: u32| {
        let page = browser.page(&format!("tab-memory-{number}"));
        page.before_workers(script, &[]);
        page.before_documents(script);
        page.goto(&server.url(&format!("/?lang=en&view=tabs&group=memory&nodes=3&node={number}")));
        page
    };
    let tabs: Vec<Page> = (1..=3).map(go).collect();
    for page in &tabs {
        page.wait_within(
            LONG,
            "document.querySelector('[data-view=tab-status][data-state=led]')",
            "a leader",
        );
        page.wait_seen("[data-banner=tab-memory]");
    }
    write_surely(&tabs[0], "a", "1");
    tabs[2].reload();
    tabs[2].wait_within(LONG, "document.querySelector('[data-why=forgotten-memory]')", "the refusal");
    // The other two are a majority and go on.
    write_surely(&tabs[0], "b", "2");
    assert_eq!(read(&tabs[1]), json!({"a": "1", "b": "2"}));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_node_whose_storage_was_deleted_stays_away_until_the_group_is_erased() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = open(&browser, &server, "gone", 1);
    page.goto(&server.url("/?lang=en"));
    page.eval(
        "new Promise((go, no) => { const asked = indexedDB.deleteDatabase('quorum-lab/tabs/gone/tab-node-1'); \
         asked.onsuccess = () => go(true); asked.onerror = () => no(asked.error); })",
    );
    page.goto(&server.url("/?lang=en&view=tabs&group=gone&nodes=3&node=1"));
    page.wait_within(LONG, "document.querySelector('[data-why=forgotten]')", "the refusal");
    page.click(".tn-erase summary");
    page.click("[data-act=erase]");
    page.wait_within(LONG, "document.querySelector('[data-view=tab-facts]')", "the node of the erased group");
    assert!(page.text("[data-view=tab-story]").contains("This node is new"));
    // Another tab that is a node keeps the group from being erased.
    let other = open(&browser, &server, "gone", 2);
    page.click("[data-act=erase]");
    page.wait_within(
        LONG,
        "document.querySelector('[data-view=tab-erased]').innerText.includes('Not erased')",
        "that it is not erased",
    );
    other.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn garbage_on_the_channel_is_not_heard() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let tabs = three(&browser, &server, "noise");
    let page = tabs[0].as_ref().expect("open");
    let term = facts(page, "term");
    page.eval(
        "{ const channel = new BroadcastChannel('quorum-lab/tabs/noise/3/kept'); \
         for (let n = 0; n < 10000; n++) { \
           const bytes = new Uint8Array(n % 90).map((_, i) => i ? (n * 31 + i * 17) % 251 : 1); \
           channel.postMessage(n % 3 ? bytes : n % 2 ? {to: 1} : 'vote'); } channel.close(); }",
    );
    write_surely(page, "k", "v");
    assert_eq!(read(tabs[1].as_ref().expect("open")), json!({"k": "v"}));
    assert!(facts(page, "term") >= term);
    tabs.iter().flatten().for_each(Page::assert_quiet);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_group_is_made_and_its_next_tab_opened_by_keys() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("tab-keys");
    page.goto(&server.url("/?lang=zh&view=tabs"));
    page.tab_and_enter("[data-make='3'] a");
    page.wait_within(LONG, "document.querySelector('[data-view=tab-facts]')", "the first node");
    let next = page.eval("document.querySelector('[data-act=next-tab]').href");
    let next = next.as_str().unwrap_or_default();
    assert!(next.contains("node=2") && next.contains("nodes=3"), "{next}");
    let status = page.text("[data-view=tab-status]");
    assert!(status.contains("多数派"), "{status}");
    page.resize(320, 256);
    assert_eq!(page.eval("document.documentElement.scrollWidth <= 320"), json!(true));
    page.assert_quiet();
}
