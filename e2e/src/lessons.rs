//! Lessons that tests provide: the one of the authors' manual, and one that never settles.
//!
//! Leaves out: the course's own, which are in the page.

use serde_json::json;

use crate::Lab;

/// The lesson of the authors' manual, as one file.
pub fn template() -> String {
    let part = |name: &str| {
        let path = format!("{}/../docs/lesson-template/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("the template")
    };
    format!("{}%%% zh.md\n{}%%% en.md\n{}", part("lesson.toml"), part("zh.md"), part("en.md"))
}

/// The same with a client that writes a hundred times a second for hours, markup in its texts, and a solution that only
/// waits.
pub fn hostile() -> String {
    template()
        .replacen(
            "[actions.stop-the-leader]",
            "[settings]\nclient_interval_ms = 10\n\n[actions.stop-the-leader]",
            1,
        )
        .replacen("{ read = \"scene\" },", "{ run_us = 3600000000 }, { run_us = 3600000000 },", 1)
        .replace(
            "Stop the leader",
            "<img src=x onerror='window.broken = 1'><script>window.broken = 1</script>",
        )
}

/// Passes a file to the page, as a user does who chooses one.
pub fn choose(lab: &Lab, input: &str, name: &str, text: &str) {
    lab.wait_for(&format!("document.getElementById('{input}')"), "the file input");
    lab.eval(&format!(
        "{{ const input = document.getElementById('{input}'); const data = new DataTransfer(); \
         data.items.add(new File([{}], '{name}')); input.files = data.files; \
         input.dispatchEvent(new Event('change', {{bubbles: true}})); }}",
        json!(text)
    ));
}
