//! The page that writes the code for a lab in another page, and what that code does there.

use e2e::{Browser, Lab, Page, Reply, Server};
use serde_json::{Value, json};

/// The code in a field.
fn code(lab: &Lab, word: &str) -> String {
    lab.eval(&format!("document.getElementById('em-{word}').value")).as_str().unwrap_or_default().to_owned()
}

fn select(lab: &Lab, field: &str, value: &str) {
    lab.eval(&format!(
        "{{ const field = document.getElementById('em-{field}'); field.value = '{value}'; \
         field.dispatchEvent(new Event('change', {{bubbles: true}})); }}"
    ));
    lab.frames(2);
}

fn radio(lab: &Lab, name: &str, value: &str) {
    lab.click(&format!("label:has(> input[name=em-{name}][value={value}])"));
}

/// A page of another origin with some code in it.
fn pasted(browser: &Browser, other: &Server, code: &str, name: &str) -> Page {
    let html = format!(
        "<!doctype html><html lang=en><title>course</title><link rel=icon href='data:,'>\
         <script>window.heard = []; addEventListener('quorumlab:ready', (e) => heard.push(e.detail));</script>{code}"
    );
    other.misbehave(&[("host.html", Reply::text("text/html; charset=utf-8", &html))]);
    let page = browser.page(name);
    page.resize(1000, 900);
    page.goto(&other.url("/host.html"));
    page
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_is_chosen_by_clicking_is_what_the_copied_code_shows_in_another_page() {
    let (server, other, browser) = (Server::of_the_page(), Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "embedding");
    lab.resize(1280, 900);
    lab.wait_seen(".nav a[href*='view=embed']");
    lab.click(".nav a[href*='view=embed']");
    lab.wait_seen("[data-view=embedding] iframe");
    assert_eq!(lab.eval("document.title.startsWith('Put it into a page')"), true);
    let history = lab.eval("history.length");
    select(&lab, "run", "pre-vote");
    select(&lab, "step", "1");
    radio(&lab, "lang", "zh");
    radio(&lab, "theme", "dark");
    radio(&lab, "controls", "min");
    radio(&lab, "faults", "some");
    lab.wait_seen("[data-view=em-faults]");
    lab.click("#em-fault-kill");
    for (id, value) in [("em-seed", "7"), ("em-height", "10")] {
        lab.eval(&format!(
            "{{ const field = document.getElementById('{id}'); field.value = '{value}'; \
             field.dispatchEvent(new Event('change', {{bubbles: true}})); }}"
        ));
        lab.frames(2);
    }
    // A height outside the bounds is brought inside them.
    assert_eq!(lab.eval("document.getElementById('em-height').value"), json!("320"));
    let element = code(&lab, "html");
    for part in [
        "lesson=\"pre-vote\"",
        "step=\"1\"",
        "seed=\"7\"",
        "lang=\"zh-CN\"",
        "theme=\"dark\"",
        "controls=\"min\"",
        "faults=\"kill\"",
        "height=\"320\"",
    ] {
        assert!(element.contains(part), "{part} in {element}");
    }
    // The preview is the lab as it is chosen.
    let inner = "document.querySelector('.em-live').contentDocument";
    lab.wait_for(&format!("{inner}?.querySelector('[data-state=running]')"), "the preview to run");
    assert_eq!(
        lab.eval(&format!("[{inner}.documentElement.lang, {inner}.documentElement.dataset.theme]")),
        json!(["zh-CN", "dark"])
    );
    assert_eq!(lab.eval("history.length"), history, "previews are entries of the history");
    lab.assert_quiet();

    // Pasted into a page of another origin.
    let page = pasted(&browser, &other, &element, "embedding-pasted");
    page.wait_for("document.querySelector('quorum-lab')?.shadowRoot", "the element");
    page.eval("document.querySelector('quorum-lab').shadowRoot.querySelector('button').focus()");
    page.press("Enter");
    page.wait_for("heard.length > 0", "the run to be open");
    let ready = page.eval("heard[0]");
    assert_eq!(
        (&ready["lesson"], &ready["lang"], &ready["theme"], &ready["controls"]),
        (&json!("pre-vote"), &json!("zh"), &json!("dark"), &json!("min")),
        "{ready}"
    );
    page.assert_quiet();
    page.close();

    // The plain frame: its messages go to the page, whatever that is called.
    let frame = code(&lab, "frame");
    let listening = format!(
        "<script>window.told = []; addEventListener('message', (e) => told.push(e.data?.quorumLab));</script>{frame}"
    );
    let page = pasted(&browser, &other, &listening, "embedding-frame");
    page.wait_for("told.some((m) => m?.px > 0)", "the height");
    assert_eq!(page.eval("document.querySelector('iframe').title.includes('Quorum Lab')"), true);
    page.assert_quiet();
    page.close();

    // The link opens the same lesson in a page of its own.
    let link = code(&lab, "link");
    lab.goto(&link);
    lab.wait_running();
    assert_eq!(lab.snapshot()["lesson"]["slug"], json!("pre-vote"));
    assert_eq!(lab.snapshot()["seed"], json!(7));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn each_copy_is_announced_and_a_refused_one_selects_the_code() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("embedding-copy");
    // What is written to the clipboard, and whether that is allowed.
    page.before_documents(
        "window.copied = []; window.allowed = true; \
         Object.defineProperty(navigator, 'clipboard', {value: {writeText: (text) => allowed ? \
         (copied.push(text), Promise.resolve()) : Promise.reject(new Error('no'))}});",
    );
    let lab = Lab::in_page(page, &server, "?view=embed&topology=replica-set:4&lang=en");
    lab.wait_seen("[data-view=embedding] iframe");
    assert_eq!(lab.eval("document.getElementById('em-run').value"), json!("free replica-set:4"));
    assert_eq!(lab.eval("document.getElementById('em-step')"), Value::Null, "free play has no steps");
    for (word, said) in [("html", "HTML"), ("frame", "iframe"), ("link", "Link")] {
        lab.click(&format!("[data-act=copy-{word}]"));
        lab.wait_for(
            &format!("document.querySelector('[data-view=em-said]').textContent.includes('{said}')"),
            "the copy to be announced",
        );
        assert_eq!(lab.eval("copied.at(-1)"), json!(code(&lab, word)));
    }
    assert_eq!(
        lab.eval("document.querySelector('[data-view=em-said]').getAttribute('role')"),
        json!("status")
    );
    lab.eval("window.allowed = false");
    lab.click("[data-act=copy-frame]");
    lab.wait_for("document.activeElement.id === 'em-frame'", "the code to be selected");
    assert_eq!(
        lab.eval(
            "document.activeElement.value.slice(document.activeElement.selectionStart, \
                  document.activeElement.selectionEnd)"
        ),
        json!(code(&lab, "frame"))
    );
    assert!(lab.text("[data-view=em-said]").contains("Ctrl+C"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_odd_address_is_embedded_as_text_or_not_at_all() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(
        &browser,
        &server,
        "?view=embed&lesson=%22%3E%3Cscript%3E&topology=nothing&lang=en",
        "embedding-odd",
    );
    lab.wait_seen("[data-view=embedding] iframe");
    assert_eq!(lab.eval("document.getElementById('em-run').value"), json!("milvus-map"));
    lab.goto(&server.url("/?view=embed&topology=replica-set:9:heartbeat_ms=200&seed=5&lang=zh"));
    lab.wait_seen("[data-view=embedding] iframe");
    assert!(code(&lab, "html").contains("topology=\"replica-set:9:heartbeat_ms=200\" seed=\"5\""));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_palette_of_a_lab_leads_to_its_code() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab =
        Lab::open(&browser, &server, "?topology=replica-set:3&seed=4&kept=0&lang=en", "embedding-palette");
    lab.click("[data-act=palette]");
    lab.wait_seen("[data-view=palette]");
    lab.call("Input.insertText", json!({"text": "put it into a page"}));
    lab.wait_for("document.querySelector('[data-entry=embed]')", "the place");
    lab.press("Enter");
    lab.wait_seen("[data-view=embedding] iframe");
    assert!(code(&lab, "html").contains("topology=\"replica-set:3\" seed=\"4\""));
    lab.assert_quiet();
}
