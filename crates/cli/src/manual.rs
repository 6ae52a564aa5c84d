//! Help, completions and manual pages, all generated from the grammar.
//!
//! Guarantees: they contain exactly the valid input, in the user's language; the same request gives the same bytes.
//! Leaves out: installing them (`docs/command-line.md` says where shells look).

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use super::bad_input;
use super::grammar::{PROGRAM, Use, command};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// The headings of a manual page, as the renderer has them and as readers have them.
const HEADINGS: [(&str, &str); 4] = [
    ("NAME", "cli-man-name"),
    ("SYNOPSIS", "cli-man-synopsis"),
    ("DESCRIPTION", "cli-man-description"),
    ("VERSION", "cli-man-version"),
];

/// The command that these words name.
fn find<'a>(root: &'a Command, words: &[String], lang: Lang) -> Result<&'a Command, Refusal> {
    let mut at = root;
    for word in words {
        at = at.find_subcommand(word).ok_or_else(|| {
            let suggestion = bad_input::nearest(word, at.get_subcommands().map(Command::get_name));
            let figures = [("word", bad_input::shown(word).into()), ("command", at.get_name().into())];
            bad_input::unusable(&lang.f("cli-bad-command", &figures), suggestion, PROGRAM, lang)
        })?;
    }
    Ok(at)
}

/// The help of a command.
pub(super) fn help(root: &Command, words: &[String], lang: Lang) -> Result<String, Refusal> {
    let mut root = root.clone();
    root.build();
    let mut of = find(&root, words, lang)?.clone();
    Ok(of.render_help().to_string().trim_end().to_owned())
}

/// What a shell reads to complete what is typed.
pub(super) fn completions(shell: &str, lang: Lang) -> Result<String, Refusal> {
    let shell = match shell {
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        _ => return Err(Refusal::new("bad_arguments", lang.t("cli-bad-other"))),
    };
    let mut text = Vec::new();
    let mut root = command(lang, Use::Complete);
    clap_complete::generate(shell, &mut root, PROGRAM, &mut text);
    let text = String::from_utf8_lossy(&text).trim_end().to_owned();
    Ok(match shell {
        // The generator (4.6.12) names a program with a dash in two ways, so that no inner command is ever found.
        Shell::Bash => text.replace("quorum__subcmd__lab", "quorum__lab"),
        Shell::Fish => text + &words_for_fish(&root),
        _ => text,
    })
}

/// The names that can follow a command: the generator for fish supports them for options only.
fn words_for_fish(of: &Command) -> String {
    let mut lines = String::new();
    for inner in of.get_subcommands() {
        let words = inner.get_positionals().flat_map(|word| word.get_possible_values());
        let words: Vec<String> = words.map(|value| value.get_name().to_owned()).collect();
        if !words.is_empty() {
            let (name, words) = (inner.get_name(), words.join(" "));
            let seen = format!("__fish_seen_subcommand_from {name}");
            lines.push_str(&format!("\ncomplete -c {PROGRAM} -n \"{seen}\" -f -a \"{words}\""));
        }
        lines.push_str(&words_for_fish(inner));
    }
    lines
}

/// The manual page of a command, for `man -l -`.
pub(super) fn page(words: &[String], lang: Lang) -> Result<String, Refusal> {
    let mut root = command(lang, Use::Parse);
    root.build();
    let of = find(&root, words, lang)?.clone().version(env!("CARGO_PKG_VERSION"));
    let after = of.get_after_help().map(ToString::to_string).unwrap_or_default();
    let source = concat!("quorum-lab ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(of.clone().after_help(None)).source(source).manual(lang.t("cli-man-manual"));
    let mut page = Vec::new();
    let written = man.render(&mut page);
    written.map_err(|error| Refusal::new("cannot_write", error.to_string()))?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for (heading, key) in HEADINGS {
        page = page.replace(&format!("\n.SH {heading}\n"), &format!("\n.SH {}\n", lang.t(key)));
    }
    Ok(page.trim_end().to_owned() + &as_typed(&after))
}

/// Text after the options, line by line, unchanged.
fn as_typed(text: &str) -> String {
    // A single line only says where more is.
    let Some((heading, lines)) = text.split_once('\n') else { return String::new() };
    let mut roff = format!("\n.SH \"{}\"\n.nf", heading.trim_end_matches([':', '：']));
    for line in lines.lines() {
        roff.push('\n');
        // A dot at the beginning would be a command.
        if line.starts_with(['.', '\'']) {
            roff.push_str("\\&");
        }
        roff.push_str(&line.replace('\\', "\\\\").replace('-', "\\-"));
    }
    roff + "\n.fi"
}
