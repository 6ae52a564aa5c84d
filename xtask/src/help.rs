//! The help texts of the tasks: an overview, a page for each, and the nearest name for an unknown one.
//!
//! Guarantees: every command of `main` is here, and only those (a test checks it). Leaves out: running them.

use std::fmt::Write as _;

/// The help of a command.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// What may follow the name.
    pub(crate) args: &'static str,
    /// One line.
    pub(crate) about: &'static str,
    /// How long it takes on two cores: the first time, and later.
    pub(crate) takes: &'static str,
    /// Everything else, for the command's own page.
    pub(crate) more: &'static str,
}

/// All commands, in the order in which a newcomer needs them.
pub(crate) const COMMANDS: [Entry; 13] = [
    Entry {
        name: "serve",
        args: "[TRUNK OPTIONS]",
        about: "build the page as learners get it, serve it and open it",
        takes: "first 10 to 15 min, later 2 to 3 min",
        more: "\
Installs what is missing: the wasm32 target, wasm-bindgen, Trunk.
Further words go to Trunk:

  cargo xtask serve --port 9000
  cargo xtask serve --address 0.0.0.0     for other devices in the network",
    },
    Entry {
        name: "test",
        args: "[STAGE…] [--slow]",
        about: "every test: native, inside a browser, and clicks through the page",
        takes: "first up to 15 min, later 2 to 6 min",
        more: "\
Stages, all of them unless some are named:

  native     unit tests and tests of whole programs, and the examples in documents
  wasm       tests/web inside Chromium: views, the page's side, the store on IndexedDB
  page       builds the page for the next stage, compiled quickly instead of small
  browser    e2e: a Chromium that clicks, types, reloads and is killed, several tests at a time
  size       weighs the page as learners get it: with --slow or by name; skipped while its sources are as they were

  --slow     also the long forms of tests, which are #[ignore]d: thousands of seeds, every lesson clicked through,
             repeated kills; the native ones compiled like a release; otherwise they are counted as left to it

While one stage runs, the next is being built. Logs of builds lie in target/xtask; they are shown when a
build fails. Pictures of pages that failed lie in target/e2e. The table at the end says how long each stage
was built and run. Some stages:

  cargo xtask test native
  cargo xtask test wasm browser

One test of the browser, on a page that is there already:

  cargo xtask page
  PAGE=$PWD/target/page/fast cargo test -p e2e -- course::a_wrong_answer",
    },
    Entry {
        name: "lint",
        args: "",
        about: "formatting, clippy and rustdoc on both targets, licences",
        takes: "first 5 min, later 1 min",
        more: "All checks run; those that failed are named at the end. `cargo fmt --all` repairs formatting.",
    },
    Entry {
        name: "page",
        args: "[--real]",
        about: "build the page that tests of the browser use, without Trunk",
        takes: "first 3 min, later seconds",
        more: "\
Into target/page/fast, or with --real as learners get it into target/page/real (some minutes more).
`cargo xtask test` does this by itself; it is here for running a single test by hand.",
    },
    Entry {
        name: "dist",
        args: "[--out DIR | --single-file FILE [--run TEXT]]",
        about: "the page to publish: a folder for any web server, or one file for a USB stick",
        takes: "first 10 to 15 min, later 2 to 3 min",
        more: "\
Builds the page as learners get it. The folder (dist unless DIR is named) works from any path of any web
server that sends files as they are, and offline after one visit; docs/hosting.md has the settings. Beside
each file lie its copies in gzip and Brotli.

  cargo xtask dist --out /srv/www/lab
  cargo xtask dist --single-file lab.html     opens from a folder, without a server
  cargo xtask dist --single-file run.html --run TEXT
                                              opens the run that TEXT is: what follows #r= in its address",
    },
    Entry {
        name: "npm",
        args: "[--page FOLDER]",
        about: "the npm package with the custom element and the whole page",
        takes: "as long as `page --real`, or seconds with a page that is there",
        more: "\
Into target/npm: the folder quorum-lab and its tarball, as `npm pack` makes it. Needs npm, which comes with
Node.js. It refuses a tarball that has a file more or less than was put together. To publish it is up to you.

  cargo xtask npm --page target/page/real    a page that has been built already",
    },
    Entry {
        name: "test-milvus",
        args: "[milvus | lite | ours]",
        about: "drills and flipped bits on Milvus 2.3.5, milvus-lite 3.2.2 and our own engine",
        takes: "about 20 min",
        more: "\
Needs Python 3.8 to 3.11 with venv. Installs both servers from PyPI into .tools/milvus, runs them on 127.0.0.1
one after the other, and writes JSON into target/milvus. Not part of `cargo xtask test`.
docs/against-real-servers.md has the method and the figures of one machine.",
    },
    Entry {
        name: "bench",
        args: "[PART...]",
        about: "everything that is about speed, as ratios within one run",
        takes: "15 to 20 min",
        more: "\
Times the Raft core beside TiKV's and a lone engine, then in Chromium the store beside raw IndexedDB, simulations and
failovers beside the native program, how long the page is held up beside work of a known size, and the lab beside
other databases of a browser, which npm fetches into target/peers (without npm or network they are skipped). Exits
non-zero when a target of docs/benchmarks.md is missed. Close other programs first.

  cargo xtask bench worlds           only simulated worlds, natively
  cargo xtask bench engine           only a lone engine: hot keys, writes during a flush, rows up to 100,000
  cargo xtask bench engine curves 1000000 --svg $PWD/docs/benchmarks/engine.svg
  cargo xtask bench peers            only the other databases, and small durable writes (about 5 min)
  cargo xtask bench arrival month    only these of: raft, drawing, simulation, month, hand, arrival, sizes, log,
                                     peers",
    },
    Entry {
        name: "fuzz",
        args: "[MINUTES]",
        about: "feed every decoder with bytes that a fuzzer makes up",
        takes: "5 min, or as long as you say",
        more: "Needs a C++ compiler. What it learnt lies in target/fuzz-corpus and is used again.",
    },
    Entry {
        name: "test-judge",
        args: "",
        about: "Maelstrom's demo programs and the exercises' cores, judged as users do",
        takes: "30 to 40 min",
        more: "\
Fetches Maelstrom's demo programs into target/maelstrom and judges them with 20 seeds each, in real time: those
that are right have to pass, and copies with one line changed have to fail. Then the cores of
examples/your-own-raft, and the long tests of quorum-judge and quorum-guest. Needs git; python3, node and go are
used if they are here. Close other programs first.",
    },
    Entry {
        name: "packages",
        args: "",
        about: "pack the public crates, and build their examples from the packages alone",
        takes: "first 2 min, later seconds",
        more: "\
Packs quorum-raft, quorum-wal, quorum-linearize and quorum-sim with what they depend on, unpacks them into an
empty folder outside the repository, and builds and runs the example of each README there. Nothing is
published. Needs tar.",
    },
    Entry {
        name: "shots",
        args: "[FOLDER]",
        about: "pictures of the page in both languages and themes",
        takes: "2 to 5 min",
        more: "\
Into target/shots unless a folder is named. Needs a font with Chinese characters, and installs
fonts-noto-cjk where apt is there.",
    },
    Entry {
        name: "help",
        args: "[COMMAND]",
        about: "this list, or all that is known of a command",
        takes: "",
        more: "`cargo xtask COMMAND --help` does the same.",
    },
];

/// All commands, a line each.
pub(crate) fn overview() -> String {
    let mut text = String::from(
        "The project's chores. Each says what it installs, and why, before it does.\n\nUsage: cargo xtask COMMAND\n\n",
    );
    let call = |entry: &Entry| format!("{} {}", entry.name, entry.args).trim_end().to_owned();
    let width = COMMANDS.iter().map(|entry| call(entry).chars().count()).max().unwrap_or(0);
    for entry in &COMMANDS {
        let call = call(entry);
        let gap = " ".repeat(width - call.chars().count());
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "  {call}{gap}   {}", entry.about);
        if !entry.takes.is_empty() {
            let _ = writeln!(text, "  {}   on two cores: {}", " ".repeat(width), entry.takes);
        }
    }
    text + "\nMore of one: cargo xtask help COMMAND. How the project works: CONTRIBUTING.md\n"
}

/// A command's page.
pub(crate) fn page(name: &str) -> Result<String, String> {
    let entry = COMMANDS.iter().find(|entry| entry.name == name).ok_or_else(|| unknown(name))?;
    let mut text = format!("cargo xtask {} {}", entry.name, entry.args).trim_end().to_owned();
    // Writing to a string cannot fail, here and below.
    let _ = write!(text, "\n\n{}{}.\n", entry.about[..1].to_uppercase(), &entry.about[1..]);
    if !entry.takes.is_empty() {
        let _ = writeln!(text, "On two cores: {}.", entry.takes);
    }
    let _ = writeln!(text, "\n{}", entry.more);
    Ok(text)
}

/// The message for an unknown command.
pub(crate) fn unknown(name: &str) -> String {
    let nearest = COMMANDS.iter().map(|entry| (distance(name, entry.name), entry.name)).min();
    let hint = match nearest {
        Some((changes, nearest)) if changes <= nearest.len().div_ceil(2) => {
            format!("Did you mean `{nearest}`? ")
        }
        _ => String::new(),
    };
    format!("there is no command `{name}`. {hint}`cargo xtask help` lists all of them")
}

/// The edit distance: how many letters have to be added, removed, changed or swapped with the next to make one word of
/// another.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_the_stages_are_explained() {
        let overview = overview();
        for entry in &COMMANDS {
            assert!(overview.contains(entry.about));
            assert!(page(entry.name).unwrap().contains(entry.more));
        }
        let test = page("test").unwrap();
        for stage in crate::test::STAGES {
            assert!(test.contains(&format!("\n  {stage} ")), "{stage} is not explained");
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_met_with_the_nearest_name() {
        for (typed, meant) in [("tset", "test"), ("sevre", "serve"), ("bensh", "bench"), ("lnit", "lint")] {
            let said = unknown(typed);
            assert!(said.contains(&format!("Did you mean `{meant}`?")), "{said}");
        }
        assert!(!unknown("xyzzy").contains("Did you mean"));
        assert_eq!((distance("", "abc"), distance("abc", "acb"), distance("same", "same")), (3, 1, 0));
    }
}
