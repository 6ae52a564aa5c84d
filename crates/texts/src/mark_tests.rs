//! The reader of Markdown, held to `pulldown-cmark`: the course's texts, random documents out of what lessons may use,
//! hostile ones. Known differences are listed in `mark` and held at the end.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

use super::super::mark_writer::safe;
use super::super::marks::{ADDRESS_END, BREAK, DEEPEST, END, START};
use super::{Fault, mark, mark_lesson};

/// The marks as `pulldown-cmark` makes them.
fn library(text: &str, first: usize) -> Result<String, Fault> {
    let mut marked = String::new();
    let mut depth = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEEPEST {
                    let line = first + text.bytes().take(range.start).filter(|byte| *byte == b'\n').count();
                    return Err(format!(
                        "line {line}: too deep: at most {DEEPEST} quotes, lists and emphases lie inside one another"
                    ));
                }
                start(&tag, &mut marked);
            }
            Event::End(_) => {
                depth -= 1;
                marked.push(END);
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => plain(&text, &mut marked),
            Event::Code(code) => {
                marked.extend([START, 'c']);
                plain(&code, &mut marked);
                marked.push(END);
            }
            Event::SoftBreak => marked.push(' '),
            Event::HardBreak => marked.push(BREAK),
            _ => {}
        }
    }
    Ok(marked)
}

fn start(tag: &Tag<'_>, marked: &mut String) {
    let letter = match tag {
        Tag::Paragraph => 'p',
        Tag::Heading { level: HeadingLevel::H1 | HeadingLevel::H2, .. } => '2',
        Tag::Heading { .. } => '3',
        Tag::Emphasis => 'e',
        Tag::Strong => 'b',
        Tag::Strikethrough => 's',
        Tag::List(Some(_)) => 'o',
        Tag::List(None) => 'u',
        Tag::Item => 'l',
        Tag::BlockQuote(_) => 'q',
        Tag::CodeBlock(_) => 'k',
        Tag::Link { dest_url, .. } if safe(dest_url) => 'a',
        _ => '-',
    };
    marked.extend([START, letter]);
    if let (Tag::Link { dest_url, .. }, 'a') = (tag, letter) {
        plain(dest_url, marked);
        marked.push(ADDRESS_END);
    }
}

fn plain(text: &str, marked: &mut String) {
    marked.extend(
        text.chars().map(|c| if c == '\n' { BREAK } else { c }).filter(|c| *c == BREAK || !c.is_control()),
    );
}

/// Marks as one can read them in a failed test.
fn shown(marked: &Result<String, Fault>) -> String {
    match marked {
        Ok(marked) => {
            marked.replace(START, "<").replace(END, ">").replace(ADDRESS_END, "|").replace(BREAK, "↵")
        }
        Err(fault) => fault.clone(),
    }
}

fn same(text: &str) {
    assert_eq!(shown(&mark(text, 7)), shown(&library(text, 7)), "{text:?}");
}

#[test]
fn the_course_and_the_template_are_marked_as_the_library_marks_them() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let lessons =
        fs::read_dir(root.join("lessons")).expect("the course").map(|entry| entry.expect("reads").path());
    let mut sections = 0;
    for folder in lessons.chain([root.join("docs/lesson-template")]) {
        for lang in ["zh.md", "en.md"] {
            let Ok(text) = fs::read_to_string(folder.join(lang)) else { continue };
            let (_, body, begins) = super::super::source::front(&text, 1).expect("front matter");
            let marked = mark_lesson(body, begins).expect("not too deep");
            assert_eq!(
                marked.lines().filter(|line| line.starts_with("# ")).count(),
                body.matches("{#").count()
            );
            for section in
                body.split("\n# ").filter_map(|step| step.split_once('\n')).map(|(_, section)| section)
            {
                sections += 1;
                same(section);
                assert!(marked.contains(&library(section, 1).expect("not too deep")), "{section}");
            }
        }
    }
    assert!(sections > 300, "{sections}");
}

#[test]
fn the_spec_s_own_cases_are_read_as_the_library_reads_them() {
    let mut wrong = Vec::new();
    for text in [
        "",
        "\n",
        "a",
        "a\n",
        "a\nb",
        "a  \nb",
        "a\\\nb",
        "a \nb  ",
        "a\n   b\n\n\nc\\",
        "# a",
        "## a ##",
        "### a #b",
        "#### `a` # \n",
        "#",
        "# #",
        "####### a",
        "#a",
        " # a\n# b\nc",
        "a\n# b",
        "# a\\",
        "a\n===",
        "a\nb\n---\nc",
        "a\n-",
        "a\n- ",
        "***",
        "- - -",
        "a\n***\nb",
        "_ _ _",
        "--",
        "- a\n---\nb",
        "> a\n---",
        "*a*",
        "**a**",
        "***a***",
        "****a****",
        "*****a*****",
        "*a **b** c*",
        "**a *b* c**",
        "***a* b**",
        "***a** b*",
        "**a*",
        "*a**",
        "_a_",
        "a_b_c",
        "a*b*c",
        "a__b__c",
        "_a_b",
        "**中**文",
        "中**“文”**字",
        "“**中**”",
        "*a *",
        "* a*",
        "**a**b**",
        "*a_b*c_",
        "*a [b*](c)",
        "[a *b](c)*",
        "**a`**`b**",
        "*a\nb*",
        "a**b**c",
        "中*文*",
        "*(a)*b",
        "b*(a)*",
        "foo***bar***baz",
        "*foo**bar**baz*",
        "*foo**bar*",
        "**foo*bar**",
        "a***b**c*",
        "*\\*a*",
        "\\**a*",
        "a\\*b*",
        "~~a~~",
        "~a~",
        "~~~a~~~",
        "a~~b~~c",
        "a~b~c",
        "~~a~",
        "~a~~",
        "~~a *b~~ c*",
        "x ~~a~~~ b",
        "*~~a~~*",
        "~~a b~~c",
        "`a`",
        "``a`b``",
        "` a `",
        "`  `",
        "``",
        "`a",
        "`a``",
        "`a\nb`",
        "\\`a`",
        "\\``a`",
        "`a\\`b`",
        "`*a*`",
        "*`a*`",
        "`` ` ``",
        "[a](b)",
        "[a](https://b.c \"d\")",
        "[a](<b c>)",
        "[a](b c)",
        "[a]( b )",
        "[a](b 'c')",
        "[a](b (c))",
        "[a](b(c)d)",
        "[a](b))",
        "[a](b(c)",
        "[a]()",
        "[](b)",
        "[a](\\)b)",
        "[a](b&amp;c)",
        "[a](b\n\"c\")",
        "[a](http://b)",
        "[a](javascript:b)",
        "[a](?b=c)",
        "[a](#b)",
        "[a](//b)",
        "[a",
        "a]",
        "[a] (b)",
        "[a][b]",
        "[[a](b)](c)",
        "[a [b](c) d](e)",
        "![a](b)",
        "![a *b*](c)",
        "[![a](b)](c)",
        "![[a](b)](c)",
        "[*a*](b)",
        "*[a](b)*",
        "[`a](b)`",
        "\\[a](b)",
        "[a\\](b)",
        "[a](b \"c\\\"d\")",
        "[a](b \"c)",
        "[a](<b)",
        "[a](<b\\>c>)",
        "[a](b\"c\")",
        "[a](中)",
        "<https://a.b/c?d=e&f>",
        "<http://a.b>",
        "<javascript:a>",
        "<a:b>",
        "<https://a b>",
        "a < b > c",
        "<>",
        "<https://*a*>",
        "[<https://a](b)>",
        "&amp;&lt;&gt;&quot;&nbsp;",
        "&#35;&#x4E2d;&#0;&#xFFFFFF;",
        "&#12345678;",
        "&x;",
        "&amp",
        "&;",
        "& a",
        "\\&amp;",
        "`&amp;`",
        "&#42;a*",
        "\\!\\\"\\#\\中\\a\\ \\",
        "\\<a>",
        "a & b",
        "a \\- b",
        "- a",
        "- a\n- b",
        "* a\n* b",
        "+ a\n- b",
        "- a\n\n- b",
        "- a\n\n  b",
        "- a\n  b",
        "- a\nb",
        "- a\n\nb",
        "-",
        "-\n- a",
        "-\n\n  a",
        "-\n  a",
        "-\n\n- a",
        "- a\n-\n- b",
        "1. a\n2. b",
        "1) a\n2. b",
        "2. a",
        "1234567890. a",
        "a\n2. b",
        "a\n1. b",
        "a\n- b",
        "1.a",
        "-a",
        "- ",
        "- a\n  - b\n    - c\n- d",
        "- a\n  - b\n\n  - c",
        "- a\n\n  - b\n- c",
        "- a\n  - b\n\n- c",
        "- a\n  - b\n\n  c",
        "1. a\n   - b\n   - c\n2. d",
        "- a\n - b\n  - c\n   - d\n    - e",
        "-   a\n    b\n\n      c",
        "-     a\n\n      b",
        "- > a\n  > b\n- c",
        "- a\n\n      b",
        "- a\n\n\n  b\n\n\n- c",
        "- - - a",
        "- 1. a",
        "1. - a\n   - b",
        "- # a\n- b",
        "- ```\n  a\n  ```\n- b",
        "- ```\n  a\n\n  ```\n- b",
        "- ```\n\n- b",
        "10. a\n    b\n 11. c",
        "> a",
        ">a\n>b",
        "> a\nb",
        "> a\n\n> b",
        "> a\n>\n> b",
        "> - a\n> - b",
        "> - a\nb",
        "> # a\nb",
        "> ```\n> a\nb",
        "> > a\n> b",
        ">",
        "> \n> a\n> ",
        "   > a",
        "    > a",
        "- > a\n>\n- b",
        "- a\n  >\n- b",
        "- > a\n\n- b",
        "- > a\n  >\n- b",
        "> a\n    b",
        "> a\n- b",
        "> a\n2. b",
        "- a\n    b",
        "- a\n  > b\n  c",
        "- a\n> b",
        "1. a\n> 2. b",
        "```\na\n```",
        "```rust\na *b*\n\n  c\n```\nd",
        "~~~\na\n```\n~~~",
        "````\n```\n````",
        "```\na",
        "```",
        "  ```\n  a\n b\n   c\n  ```",
        "``` a`b\nc",
        "a\n```\nb\n```\nc",
        "```\na\n   ```",
        "```\na\n    ```",
        "```\na\n``` b\n```",
        "> ```\n> a\n>\n> b\n> ```",
        "```\n\n\n```",
        "~~~ a`b\nc\n~~~",
        "    a",
        "    a\n    b\n\n      c\n\n\nd",
        "a\n    b",
        "    a\n\n",
        "\n    a",
        "    a\n  b",
        "- a\n\n      b\n\n  c",
        "      a\n    b",
        "    *a*",
        "    a\n\n    ",
        "\ta",
        "-\ta",
        "- a\n\n\tb",
        ">\ta",
        ">\t\ta",
        "-\t\ta",
        "1.\ta\n\n\tb",
        "a\tb",
        "a\n\tb",
        "#\ta",
        " \ta",
        "- \n\ta",
        "a\t\nb",
        "> - a\n>\t- b",
        "a | b\n--|--\nc | d",
        "[^1]",
        "Term\n: b",
        "- [ ] a",
        "a^b^ $c$ \"d\" --- ...",
    ] {
        let quoted = format!("> {}\n", text.replace('\n', "\n> "));
        let listed = format!("- {}\n", text.replace('\n', "\n  "));
        for text in [text, &format!("{text}\n"), &quoted, &listed] {
            let (ours, theirs) = (shown(&mark(text, 7)), shown(&library(text, 7)));
            if ours != theirs {
                wrong.push(format!("{text:?}\n    ours {ours}\n  theirs {theirs}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// Words, marks and spaces of a line.
fn line() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "word",
        "two words",
        "中",
        "中文，",
        "。",
        "“",
        "”",
        "é",
        "1",
        " ",
        " ",
        "  ",
        "*",
        "*",
        "**",
        "**",
        "***",
        "_",
        "__",
        "~",
        "~~",
        "`",
        "``",
        "[",
        "](",
        ")",
        "](b)",
        "](https://a.b/c_d \"e\")",
        "](<b c>)",
        "![",
        "(",
        "\"",
        "\\",
        "\\*",
        "&amp;",
        "&#42;",
        "&",
        "<https://a.b>",
        " < ",
        "!",
        "-",
        "+",
        "#",
        ">",
        ".",
        "1.",
        "=",
        "\\\\",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What may stand before a line: the marks of containers and blocks, and indentation.
fn before() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "", "", "", " ", "  ", "   ", "    ", "      ", "- ", "* ", "1. ", "2. ", "10. ", "1) ", "> ", ">",
        "# ", "### ", "-", "\t", "```", "~~~", "---", "===", "\\",
    ]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// What the library reads otherwise than CommonMark says, or than the reader does; `mark` lists it.
fn known(text: &str) -> bool {
    text.lines().any(|line| line.trim_end_matches(' ').ends_with('\t'))
        || ["\t#", "\t>", "\\~", "\\\n"].iter().any(|known| text.contains(known))
}

/// Marks with the words of code in one space's distance, since a further line's indentation in it is a known
/// difference.
fn loosely(marked: Result<String, Fault>) -> String {
    let Ok(marked) = marked else { return shown(&marked) };
    let pieces = marked.split("\u{1}c").map(|piece| match piece.split_once(END) {
        Some((code, rest)) => format!("{}{END}{rest}", code.split_whitespace().collect::<Vec<_>>().join(" ")),
        None => piece.to_owned(),
    });
    shown(&Ok(pieces.collect::<Vec<_>>().join("\u{1}c")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_lines_are_read_as_the_library_reads_them(text in line()) {
        prop_assume!(!known(&text));
        same(&text);
    }

    #[test]
    fn random_documents_are_read_as_the_library_reads_them(
        lines in prop::collection::vec((before(), line(), 0..4_usize), 0..8)
    ) {
        let lines = lines.into_iter().map(|(before, line, short)| {
            // Most lines are plain, so that blocks have a chance.
            if short > 0 { before + ["", "a", "", "b c"].get(short).unwrap_or(&"") } else { before + &line }
        });
        let text = lines.collect::<Vec<_>>().join("\n") + "\n";
        prop_assume!(!known(&text));
        assert_eq!(loosely(mark(&text, 7)), loosely(library(&text, 7)), "{text:?}");
    }
}

#[test]
fn characters_beside_a_mark_count_as_the_library_counts_them() {
    // The circled letters, which are letters here, and what is not assigned, are left out.
    let texts = [
        0x20..=0x17f,
        0x2010..=0x205e,
        0x20a0..=0x20c0,
        0x2100..=0x218b,
        0x2190..=0x2426,
        0x2460..=0x24b5,
        0x2500..=0x27bf,
        0x3000..=0x303f,
        0x3041..=0x3096,
        0x3099..=0x30ff,
        0x4e00..=0x4eff,
        0xfe0f..=0xfe0f,
        0xff01..=0xffbe,
        0xffe0..=0xffe6,
        0x1f300..=0x1f6d7,
    ];
    let mut wrong = String::new();
    for c in texts.into_iter().flatten().filter_map(char::from_u32).filter(|c| !"*<\\&`[]".contains(*c)) {
        let text = format!("a*{c}b*");
        if mark(&text, 1) != library(&text, 1) {
            wrong.push(c);
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn hostile_texts_are_read_in_time_and_refused_where_they_are_too_deep() {
    let many = 10_000;
    let openers = [
        "*", "_", "~", "**", "~~", "`", "[", "![", "]", "](", "[a](", "<", "<a:", "&", "&#", "\\", "# ",
        "```", "~~~\n", "=", "-", "1", "(", ")", "*a ", "_a ", "~a ", "a*", "a_", "*a_", "[a](b \"",
        "[a](b '", "[a](<", "[a](b)", "[[a](b)", "![a](b)", "a  \n", "a\\\n", "\t", " ", "\n", "`a``b",
        "a&amp;", "- a\n", "1. a\n", "> a\n", "- a\n\n", "    a\n",
    ];
    for opener in openers {
        let text = opener.repeat(many);
        let marked = mark(&text, 1).expect("wide, not deep");
        assert!(marked.chars().count() <= 8 * text.len() + 8, "{opener}");
        let _ = mark(&format!("{text}x{}", "]".repeat(many)), 1);
    }
    // Runs of backticks of every length: none has a partner.
    let ticks: String = (1..450).map(|length| format!("{}a", "`".repeat(length))).collect();
    assert!(!mark(&ticks, 1).expect("flat").contains("\u{1}c"));
    assert!(
        mark(&format!("{}a{}", "[".repeat(50_000), "](b)".repeat(12_000)), 1)
            .expect("one link")
            .contains("\u{1}ab")
    );
    for mess in ["[", "]", "[]", "][", "[](", "![](", "*_", "*a_b", "`[", "<["] {
        let _ = mark(&mess.repeat(100_000 / mess.len()), 1);
    }
    let half = DEEPEST / 2;
    let fault = |line: usize| {
        Err(format!(
            "line {line}: too deep: at most {DEEPEST} quotes, lists and emphases lie inside one another"
        ))
    };
    for opener in ["> ", "- ", "1. ", "> - ", ">"] {
        assert_eq!(mark(&format!("a\n\n{}x", opener.repeat(many)), 1), fault(3), "{opener}");
        // One that comes earlier is named first.
        let earlier =
            format!("a\n{}x{}\n\n{}x", "*a **b ".repeat(half), "** c*".repeat(half), opener.repeat(many));
        assert_eq!(mark(&earlier, 1), fault(2), "{opener}");
    }
    let emphasis = format!("a\nb {}x{}", "*a **b ".repeat(half), "** c*".repeat(half));
    assert_eq!(mark(&emphasis, 5), fault(6));
    assert_eq!(library(&emphasis, 5), fault(6));
    assert_eq!(mark(&format!("{}x{0}", "*".repeat(many)), 1), fault(1));
    assert_eq!(mark(&format!("{}x{}", "![".repeat(many), "](y)".repeat(many)), 1), fault(1));
    let lists: String = (0..440).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    assert_eq!(mark(&lists, 1), fault(half + 1));
    for text in [
        emphasis,
        lists,
        "> ".repeat(24) + "x",
        "> ".repeat(23) + "x",
        "- ".repeat(12) + "*x*",
        "- ".repeat(11) + "*x **y** `z`*",
    ] {
        same(&text);
    }
}

#[test]
fn the_known_differences_are_these() {
    for (text, marked) in [
        ("<b title=\"*x*\">", "<p<b title=\"<ex>\">>"),
        ("<div>*x*", "<p<div><ex>>"),
        ("<!-- *x* -->", "<p<!-- <ex> -->>"),
        ("[a][b]\n\n[b]: https://c.d", "<p[a][b]><p[b]: https://c.d>"),
        ("<a@b.c>", "<p<a@b.c>>"),
        ("&copy;", "<p&copy;>"),
        ("`a\n   b`", "<p<ca b>>"),
        ("```\na\n```\t", "<ka↵>"),
        ("~\\~~c", "<p~~~c>"),
        ("[*a\\\n](b)", "<p<ab|*a↵>>"),
    ] {
        assert_eq!(shown(&mark(text, 1)), marked, "{text:?}");
        assert_ne!(mark(text, 1), library(text, 1), "{text:?} is no difference");
    }
}
