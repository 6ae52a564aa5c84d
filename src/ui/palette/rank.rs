//! Which entries a query finds, and in which order.
//!
//! Guarantees: every word of a query is found in an entry's title or in its other words; a title that begins with it
//! comes first; Chinese needs no spaces, and full-width letters count as letters; the same query always gives the same
//! order. Leaves out: what the entries are (`places`, and the lab's).

/// How well one word fits, best first.
const STARTS: u32 = 0;
const STARTS_A_WORD: u32 = 1;
const WITHIN: u32 = 2;
const OTHER_WORDS: u32 = 4;
const IN_ORDER: u32 = 6;

/// How well a query fits a title and its other words: lower is better; none if it does not. An empty query fits all.
pub fn score(query: &str, title: &str, also: &str) -> Option<u32> {
    let (query, title, also) = (plain(query), plain(title), plain(also));
    query.split_whitespace().map(|word| fit(word, &title, &also)).sum()
}

/// Lower case, with full-width letters, digits and spaces as plain ones.
fn plain(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

fn fit(word: &str, title: &str, also: &str) -> Option<u32> {
    if let Some(at) = title.find(word) {
        let before = title[..at].chars().next_back();
        return Some(match before {
            None => STARTS,
            Some(before) if !before.is_alphanumeric() => STARTS_A_WORD,
            Some(_) => WITHIN,
        });
    }
    if also.contains(word) {
        return Some(OTHER_WORDS);
    }
    // Letters left out in between: two Chinese characters say enough, of an alphabet it takes three letters.
    let long = word.chars().count() >= if word.is_ascii() { 3 } else { 2 };
    let gaps = long.then(|| gaps(word, title)).flatten()?;
    Some(IN_ORDER + gaps)
}

/// In how many pieces a word's letters stand in a text, in their order; none if one is missing, or if there are so
/// many pieces that it is a coincidence.
fn gaps(word: &str, text: &str) -> Option<u32> {
    let (mut rest, mut gaps) = (text, 0);
    for (place, letter) in word.chars().enumerate() {
        let at = rest.find(letter)?;
        gaps += u32::from(place > 0 && at > 0);
        rest = &rest[at + letter.len_utf8()..];
    }
    (gaps <= 2).then_some(gaps)
}
