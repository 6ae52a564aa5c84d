//! Words of a text, to see whether one gives another away.
//!
//! A Latin word is a run of letters and digits in lower case, without a plural's s; words that only join others do not
//! count. Chinese is not spaced: a word is a pair of neighbouring characters, neither of which only joins others.
//! Guarantees: the same text gives the same words. Leaves out: synonyms, and numbers that are spelt in another way.

use std::collections::BTreeSet;

use quorum_texts::marks::{ADDRESS_END, BREAK, END, START};

/// English words that only join others.
const JOINING: &str = "a about after again all also an and any another are as at be because been before being both but \
    by can could did do does doing done down each either else even ever every few first for from get gets go goes \
    had has have he her here him his how i if in into is it its itself just keep keeps last least less like long made \
    make makes many may me might more most much must my need needs neither next no nobody none nor not nothing now of \
    off on once one only or other others our out over own same set she should since so some still such take takes than \
    that the their them then there these they this those though through time to too two under until up us very was we \
    were what when where whether which while who whole why will with without would yes yet you your";

/// Chinese characters that only join others.
const LINKS: &str = "的了着是在有和与也都就还不没会能要到被把从对这那个它他她我你们一上下里中为以而且或又再很更最太吗呢吧啊才\
    只于其所之后前时候等让给用做说看来去过得地几多少每各另同样什么怎谁哪先马可已因但如果则若由向将并及次点些种";

/// What stands before and after a strong text.
pub(super) const STRONG: &str = "**";

/// A lesson's text without its marks; strong texts stand between [`STRONG`], elements on lines of their own.
pub(super) fn plain(marked: &str) -> String {
    let (mut out, mut open) = (String::new(), Vec::new());
    let mut chars = marked.chars();
    while let Some(c) = chars.next() {
        match c {
            START => {
                let letter = chars.next().unwrap_or_default();
                open.push(letter);
                match letter {
                    'a' => chars.by_ref().take_while(|c| *c != ADDRESS_END).for_each(drop),
                    'b' => out.push_str(STRONG),
                    'c' | 'e' | 's' | '-' => {}
                    _ => out.push('\n'),
                }
            }
            END if open.pop() == Some('b') => out.push_str(STRONG),
            END => {}
            BREAK => out.push('\n'),
            c => out.push(c),
        }
    }
    out
}

/// The words of a text.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (mut latin, mut before) = (String::new(), None::<char>);
    for c in text.chars().chain([' ']) {
        let han = ('\u{4e00}'..='\u{9fff}').contains(&c);
        let point = matches!(c, '.' | ',') && latin.ends_with(|c: char| c.is_ascii_digit());
        if c.is_alphanumeric() && !han {
            latin.extend(c.to_lowercase());
        } else if point {
            latin.push(c);
        } else {
            add_latin(&core::mem::take(&mut latin), &mut found);
        }
        let counts = han && !LINKS.contains(c);
        if let Some(first) = before.filter(|_| counts) {
            found.insert(format!("{first}{c}"));
        }
        before = counts.then_some(c);
    }
    found
}

fn add_latin(word: &str, found: &mut BTreeSet<String>) {
    let word = word.trim_end_matches(['.', ',']);
    let digits = word.contains(|c: char| c.is_ascii_digit());
    if word.is_empty() || (word.len() < 3 && !digits) || JOINING.split_whitespace().any(|other| other == word)
    {
        return;
    }
    let stem = if word.len() > 3 && !digits { word.strip_suffix('s').unwrap_or(word) } else { word };
    found.insert(stem.to_owned());
}

/// The words of a right answer that neither the other answers nor the question have.
pub(super) fn telling(right: &str, others: &[&str], question: &str) -> BTreeSet<String> {
    let mut telling = words(right);
    for text in others.iter().copied().chain([question]) {
        let there = words(text);
        telling.retain(|word| !there.contains(word));
    }
    telling
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = words(text);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn words_are_latin_words_and_pairs_of_characters() {
        check("The leases of 2.5 s and 1,000 nodes.", &["1,000", "2.5", "lease", "node"]);
        check("租约是 30 秒", &["30", "租约"]);
        check("备份的接任 RTO", &["rto", "备份", "接任"]);
        check("", &[]);
    }

    #[test]
    fn marks_are_taken_off() {
        let marked = quorum_texts::mark::mark("A **lease** of [etcd](https://etcd.io/b)\n\n> `ttl`\n", 1);
        assert_eq!(plain(&marked.expect("it is marked")).trim(), "A **lease** of etcd\n\nttl");
    }

    #[test]
    fn a_word_tells_if_only_the_right_answer_has_it() {
        let telling =
            telling("30 s: a whole lease", &["a few seconds", "never"], "How long until the lease ends?");
        assert_eq!(telling.into_iter().collect::<Vec<_>>(), ["30"]);
    }
}
