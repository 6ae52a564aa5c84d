//! The teacher's guide: `guide.toml` beside a lesson, and all of them as one page that prints.
//!
//! Guarantees: a guide that is read is complete in both languages; an error names line and field; the page is one file
//! without scripts, and what authors wrote is text in it. Leaves out: the headings' words, which a catalogue has
//! ([`SAYS`]).

use super::fields::{Fault, Field, Fields};
use super::source;

/// How many open questions a guide has.
pub const QUESTIONS: usize = 3;

/// A lesson's guide in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// What learners can do afterwards.
    pub objective: String,
    /// What they believe before.
    pub misconception: String,
    /// Open questions for the class, [`QUESTIONS`] of them.
    pub questions: Vec<String>,
    /// What to draw on the board.
    pub board: String,
    /// Wrong answers to expect, and what to say to them.
    pub wrong_answers: Vec<String>,
    /// What to do with five minutes.
    pub five_minutes: String,
    /// What to do with twenty.
    pub twenty_minutes: String,
}

/// Reads `guide.toml`: the Chinese and the English guide.
pub fn read(text: &str) -> Result<[Guide; 2], Fault> {
    let mut fields = Fields::of(source::tree(text, 1)?)?;
    let [zh, en] = super::LANGS.map(|lang| {
        let field = fields.field(lang)?;
        guide(field).map_err(|fault| format!("{lang}: {fault}"))
    });
    let guides = [zh?, en?];
    fields.end()?;
    Ok(guides)
}

fn guide(field: Field) -> Result<Guide, Fault> {
    let line = field.line();
    let mut fields = field.table()?;
    let empty = |name: &str| format!("line {line}: {name} is empty");
    let mut text = |name: &str| -> Result<String, Fault> {
        let text = fields.field(name)?.text()?;
        if text.trim().is_empty() { Err(empty(name)) } else { Ok(text) }
    };
    let [objective, misconception, board] = [text("objective")?, text("misconception")?, text("board")?];
    let [five_minutes, twenty_minutes] = [text("five_minutes")?, text("twenty_minutes")?];
    let questions = fields.field("questions")?.texts()?;
    let wrong_answers = fields.field("wrong_answers")?.texts()?;
    fields.end()?;
    if questions.len() != QUESTIONS {
        return Err(format!("line {line}: there are {} questions, not {QUESTIONS}", questions.len()));
    }
    if wrong_answers.is_empty() || questions.iter().chain(&wrong_answers).any(|one| one.trim().is_empty()) {
        return Err(empty("questions or wrong_answers"));
    }
    Ok(Guide { objective, misconception, questions, board, wrong_answers, five_minutes, twenty_minutes })
}

/// What the names of the page's messages begin with in a catalogue, after the command line's beginning.
pub const SAYS: &str = "guide-";

/// A lesson of the printed guide.
#[derive(Clone, Debug)]
pub struct Chapter<'a> {
    /// The lesson's slug.
    pub slug: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Minutes it takes.
    pub minutes: u32,
    /// Its guide in the language of the page.
    pub guide: &'a Guide,
}

/// How the page looks, on a screen and on paper.
const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111;\
                     background:#fff}h1,h2,h3{line-height:1.25}h3{margin:1.2em 0 .3em;font-size:1em}\
                     p,ul,ol{margin:.3em 0}pre{font:14px/1.4 ui-monospace,monospace;white-space:pre-wrap;\
                     border:1px solid #999;padding:.6em}nav a{color:inherit}small{color:#555;font-weight:normal}\
                     @media print{body{max-width:none;margin:0;font-size:11pt}section{break-before:page}\
                     nav{break-after:avoid}pre,li{break-inside:avoid}@page{margin:18mm}}";

/// The guide to these lessons as a document; `say` has the words of the catalogue by what follows [`SAYS`].
pub fn page(lang: &str, chapters: &[Chapter<'_>], say: &dyn Fn(&str) -> String) -> String {
    let title = escaped(&say("title"));
    let code = if lang == "zh" { "zh-CN" } else { lang };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{}</p>\n<nav><ol>\n",
        escaped(&say("lead"))
    );
    for Chapter { slug, title, minutes, .. } in chapters {
        let (slug, title, unit) = (escaped(slug), escaped(title), escaped(&say("minutes")));
        out += &format!("<li><a href=\"#{slug}\">{title}</a> <small>{minutes} {unit}</small></li>\n");
    }
    out += "</ol></nav>\n";
    for chapter in chapters {
        section(chapter, say, &mut out);
    }
    out + "</body>\n</html>\n"
}

fn section(chapter: &Chapter<'_>, say: &dyn Fn(&str) -> String, out: &mut String) {
    let Chapter { slug, title, minutes, guide } = chapter;
    let unit = escaped(&say("minutes"));
    *out += &format!(
        "<section id=\"{}\">\n<h2>{} <small>{minutes} {unit}</small></h2>\n",
        escaped(slug),
        escaped(title)
    );
    let heading = |name: &str| format!("<h3>{}</h3>\n", escaped(&say(name)));
    let paragraphs = |text: &str| -> String {
        let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| format!("<p>{}</p>\n", escaped(part))).collect()
    };
    let list = |kind: &str, items: &[String]| {
        let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escaped(item))).collect();
        format!("<{kind}>\n{items}</{kind}>\n")
    };
    *out += &heading("objective");
    *out += &paragraphs(&guide.objective);
    *out += &heading("misconception");
    *out += &paragraphs(&guide.misconception);
    *out += &heading("questions");
    *out += &list("ol", &guide.questions);
    *out += &heading("board");
    *out += &format!("<pre>{}</pre>\n", escaped(guide.board.trim_matches('\n')));
    *out += &heading("wrong");
    *out += &list("ul", &guide.wrong_answers);
    *out += &heading("five");
    *out += &paragraphs(&guide.five_minutes);
    *out += &heading("twenty");
    *out += &paragraphs(&guide.twenty_minutes);
    *out += "</section>\n";
}

/// A text as a document holds it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: &str = "objective = \"o <1>\"\nmisconception = \"m\"\nquestions = [\"a\", \"b\", \"c\"]\n\
                        board = \"A -> B\"\nwrong_answers = [\"w\"]\nfive_minutes = \"5\"\n\
                        twenty_minutes = \"20\"\n";

    fn good() -> String {
        format!("[zh]\n{HALF}[en]\n{HALF}")
    }

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let fault = read(&good().replacen(from, to, 1)).expect_err(expected);
        assert!(fault.contains(expected), "{fault}");
    }

    #[test]
    fn an_incomplete_guide_is_refused() {
        check("five_minutes = \"5\"\n", "", "zh: line 1: there is no five_minutes");
        check("\"b\", ", "", "zh: line 1: there are 2 questions, not 3");
        check("[\"w\"]", "[]", "questions or wrong_answers is empty");
        check("\"m\"", "\" \"", "misconception is empty");
        check("[en]", "[fr]", "there is no en");
        check("board", "colour = 1\nboard", "colour is not known here");
    }

    #[test]
    fn the_page_has_every_lesson_and_no_markup_of_authors() {
        let [_, guide] = read(&good()).expect("reads");
        let chapter = Chapter { slug: "a-b", title: "A & B", minutes: 7, guide: &guide };
        let page = page("en", &[chapter], &|name| name.to_owned());
        for part in ["<li><a href=\"#a-b\">A &amp; B</a>", "o &lt;1&gt;", "A -&gt; B", "twenty"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<script") && page.ends_with("</html>\n"));
    }
}
