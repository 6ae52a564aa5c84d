//! Comments that a published file does not need.
//!
//! Guarantees: of a script only lines that are nothing but a comment go, of a style sheet only what stands between `/*`
//! and `*/` outside quotes; the rest stays as its author wrote it. Leaves out: minifying. The sources of `www` have no
//! text over several lines in which such a line could stand.

/// A script without the lines that are comments.
pub(crate) fn script(text: &str) -> String {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.fold(String::new(), |all, line| all + line + "\n")
}

/// A style sheet without its comments, and without the lines that are empty then.
pub(crate) fn style(text: &str) -> String {
    let mut rest = text;
    let mut code = String::new();
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        if quote.is_none() && rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
            continue;
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        code.push(c);
        rest = &rest[c.len_utf8()..];
    }
    code.lines().filter(|line| !line.trim().is_empty()).fold(String::new(), |all, line| all + line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_what_looks_like_one_in_a_text_stays() {
        let code = "// why\nlet a = 'http://x'; // stays\n\n  // gone\nf();\n";
        assert_eq!(script(code), "let a = 'http://x'; // stays\n\nf();\n");
        let sheet = "/* a\n b */\na { content: \"/* no */\"; }\n/* c */ b { color: red; } /* d */\n";
        assert_eq!(style(sheet), "a { content: \"/* no */\"; }\n b { color: red; } \n");
        assert_eq!(style("a{}/* never closed"), "a{}\n");
    }
}
