//! Converts the text of a paragraph or heading to marks: emphasis, code, links, escapes.
//!
//! Phase 2 of CommonMark's parsing strategy, section "An algorithm for parsing nested emphasis and links" (0.31.2): the
//! text becomes pieces, brackets and runs of delimiters wait on stacks until their partners come. Guarantees and known
//! differences: see `mark`.

use super::mark_writer::{Fault, Marks, SPACE};

/// What begins something else than plain text.
const SPECIAL: [char; 12] = ['\\', '\n', '`', '&', '<', '*', '_', '~', '!', '[', ']', '\r'];
/// The entities that are known by name (2.5).
const NAMED: [(&str, char); 5] = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("nbsp", '\u{a0}')];
/// How deep parentheses may lie inside an address.
const PARENTHESES: i32 = 33;

/// A piece of the text, where it stands.
struct Piece<'a> {
    at: usize,
    what: What<'a>,
}

enum What<'a> {
    Text(&'a str),
    Char(char),
    Code(&'a str),
    Link(String),
    Picture,
    End,
    /// A run of delimiters: elements that end here, characters left over, the letters of those that begin, innermost
    /// first.
    Run {
        ends: usize,
        mark: char,
        left: usize,
        begins: String,
    },
}

/// A `[` or `![` that waits for its `]`: its piece, and the first run after it.
struct Bracket {
    piece: usize,
    runs: usize,
    picture: bool,
}

/// A run of `*`, `_` or `~` that may begin or end elements (6.2).
#[derive(Clone, Copy)]
struct Run {
    piece: usize,
    mark: char,
    length: usize,
    left: usize,
    opens: bool,
    closes: bool,
}

/// Marks a text that begins on this line of its file.
pub(crate) fn inline(text: &str, line: usize, marks: &mut Marks) -> Result<(), Fault> {
    let mut reader = Reader { ticks: ticks(text), text, ..Reader::default() };
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        at += reader.piece(rest, at);
    }
    reader.emphasize(0);
    let (mut line, mut seen) = (line, 0);
    for Piece { at, what } in &reader.pieces {
        line += text.get(seen..*at).unwrap_or_default().matches('\n').count();
        seen = *at;
        match what {
            What::Text(text) => marks.plain(text),
            What::Char(c) => marks.plain(c.encode_utf8(&mut [0; 4])),
            What::Code(code) => marks.code(code),
            What::Link(address) => marks.link(address, line)?,
            What::Picture => marks.begin('-', line)?,
            What::End => marks.end(),
            What::Run { ends, mark, left, begins } => {
                (0..*ends).for_each(|_| marks.end());
                (0..*left).for_each(|_| marks.plain(mark.encode_utf8(&mut [0; 4])));
                begins.chars().rev().try_for_each(|letter| marks.begin(letter, line))?;
            }
        }
    }
    Ok(())
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    /// Where runs of backticks begin, by their length.
    ticks: Vec<(usize, Vec<usize>)>,
    pieces: Vec<Piece<'a>>,
    runs: Vec<Run>,
    brackets: Vec<Bracket>,
    /// How many brackets at the bottom of the stack lie around a link; none of them begins another (6.3).
    idle: usize,
}

impl<'a> Reader<'a> {
    /// Reads what begins here; its length.
    fn piece(&mut self, rest: &'a str, at: usize) -> usize {
        let mut chars = rest.chars();
        let (first, second) = (chars.next(), chars.next());
        let (what, length) = match (first, second) {
            // Backslash escapes and hard breaks (2.4, 6.7).
            (Some('\\'), Some('\n')) => (What::Char('\n'), 2),
            (Some('\\'), Some(c)) if c.is_ascii_punctuation() => (What::Char(c), 2),
            (Some('\n'), _) => {
                let before = self.text.get(..at).unwrap_or_default();
                let hard = before.len() - before.trim_end_matches(SPACE).len() > 1;
                (What::Char(if hard { '\n' } else { ' ' }), 1)
            }
            (Some('`'), _) => self.code(rest, at),
            (Some('&'), _) => {
                entity(rest).map_or((What::Char('&'), 1), |(c, length)| (What::Char(c), length))
            }
            (Some('<'), _) => return self.autolink(rest, at),
            (Some(mark @ ('*' | '_' | '~')), _) => self.run(rest, mark, at),
            (Some('!'), Some('[')) => self.bracket("![", true),
            (Some('['), _) => self.bracket("[", false),
            (Some(']'), _) => self.link(rest),
            _ => {
                let plain = rest
                    .char_indices()
                    .skip(1)
                    .find(|(_, c)| SPECIAL.contains(c))
                    .map_or(rest.len(), |(at, _)| at);
                let (text, behind) = rest.split_at_checked(plain).unwrap_or((rest, ""));
                let text = if behind.starts_with('\n') { text.trim_end_matches(SPACE) } else { text };
                (What::Text(text), plain)
            }
        };
        self.pieces.push(Piece { at, what });
        length
    }

    /// Code spans (6.1): from a run of backticks to the next of the same length.
    fn code(&self, rest: &'a str, at: usize) -> (What<'a>, usize) {
        let body = rest.trim_start_matches('`');
        let length = rest.len() - body.len();
        let group = self.ticks.binary_search_by_key(&length, |(own, _)| *own).ok();
        let alike = group.and_then(|group| self.ticks.get(group)).map_or(&[][..], |(_, begins)| begins);
        let Some(end) = alike.get(alike.partition_point(|begins| *begins < at + length)) else {
            return (What::Text(rest.get(..length).unwrap_or_default()), length);
        };
        let code = self.text.get(at + length..*end).unwrap_or_default();
        let inner = code.strip_prefix([' ', '\n']).and_then(|code| code.strip_suffix([' ', '\n']));
        let inner = inner.filter(|_| !code.chars().all(|c| matches!(c, ' ' | '\n')));
        (What::Code(inner.unwrap_or(code)), end + length - at)
    }

    /// Autolinks (6.5).
    fn autolink(&mut self, rest: &'a str, at: usize) -> usize {
        let inner = rest.get(1..).unwrap_or_default();
        let scheme =
            inner.bytes().take(33).take_while(|c| c.is_ascii_alphanumeric() || b"+.-".contains(c)).count();
        let end = inner.find(|c: char| c <= ' ' || matches!(c, '<' | '>')).unwrap_or_default();
        let address = inner.get(..end).unwrap_or_default();
        let link = inner.starts_with(|c: char| c.is_ascii_alphabetic())
            && (2..=32).contains(&scheme)
            && address.get(scheme..).is_some_and(|rest| rest.starts_with(':'))
            && inner.get(end..).is_some_and(|rest| rest.starts_with('>'));
        if !link {
            self.pieces.push(Piece { at, what: What::Char('<') });
            return 1;
        }
        let whats = [What::Link(address.to_owned()), What::Text(address), What::End];
        self.pieces.extend(whats.into_iter().map(|what| Piece { at, what }));
        end + 2
    }

    /// A run of delimiters. Strikethrough is no part of CommonMark: one or two tildes, the same number on both sides.
    fn run(&mut self, rest: &'a str, mark: char, at: usize) -> (What<'a>, usize) {
        let behind = rest.trim_start_matches(mark);
        let length = rest.len() - behind.len();
        let before = self.text.get(..at).and_then(|text| text.chars().next_back()).unwrap_or(' ');
        let after = behind.chars().next().unwrap_or(' ');
        // `*` and `~~` may stand inside a word, `_` and `~` may not.
        let inside = mark == '*' || mark == '~' && length == 2;
        let possible = mark != '~' || length < 3;
        let edge = |c: char| c.is_whitespace() || is_punctuation(c);
        let opens =
            !after.is_whitespace() && (edge(before) || inside && (mark == '~' || !is_punctuation(after)));
        let closes = !before.is_whitespace() && (edge(after) || inside && !is_punctuation(before));
        if possible && (opens || closes) {
            let piece = self.pieces.len();
            self.runs.push(Run { piece, mark, length, left: length, opens, closes });
        }
        (What::Run { ends: 0, mark, left: length, begins: String::new() }, length)
    }

    fn bracket(&mut self, text: &'a str, picture: bool) -> (What<'a>, usize) {
        self.brackets.push(Bracket { piece: self.pieces.len(), runs: self.runs.len(), picture });
        (What::Text(text), text.len())
    }

    /// A `]`: the end of a link or picture, if its `[` and an address are there.
    fn link(&mut self, rest: &str) -> (What<'a>, usize) {
        let bracket = self.brackets.pop();
        let idle = self.brackets.len() < self.idle;
        self.idle = self.idle.min(self.brackets.len());
        let target = rest.get(1..).and_then(target);
        let (Some(bracket), Some((address, left))) = (bracket.filter(|b| b.picture || !idle), target) else {
            return (What::Text("]"), 1);
        };
        self.emphasize(bracket.runs);
        if !bracket.picture {
            self.idle = self.brackets.len();
        }
        if let Some(what) = what(&mut self.pieces, bracket.piece) {
            *what = if bracket.picture { What::Picture } else { What::Link(address) };
        }
        (What::End, rest.len() - left)
    }

    /// Pairs the runs from this one on ("process emphasis"), and forgets them.
    fn emphasize(&mut self, from: usize) {
        let mut openers: Vec<Run> = Vec::new();
        // For each kind of closer, how many of the openers it need not be compared with.
        let mut bottoms = [0; 13];
        for mut closer in self.runs.drain(from.min(self.runs.len())..) {
            while closer.closes && closer.left > 0 {
                let bottom = bottoms.get(closer.kind()).copied().unwrap_or_default();
                let Some(at) = openers.iter().skip(bottom).rposition(|opener| opener.meets(&closer)) else {
                    bottoms.iter_mut().skip(closer.kind()).take(1).for_each(|bottom| *bottom = openers.len());
                    break;
                };
                let at = at + bottom;
                bottoms.iter_mut().for_each(|bottom| *bottom = at.min(*bottom));
                openers.truncate(at + 1);
                let Some(opener) = openers.last_mut() else { break };
                let count = opener.left.min(closer.left);
                opener.left -= count;
                closer.left -= count;
                let letters = match closer.mark {
                    '~' => "s".to_owned(),
                    _ => "b".repeat(count / 2) + if count % 2 == 1 { "e" } else { "" },
                };
                if let Some(What::Run { left, ends, .. }) = what(&mut self.pieces, closer.piece) {
                    *left -= count;
                    *ends += letters.len();
                }
                if let Some(What::Run { left, begins, .. }) = what(&mut self.pieces, opener.piece) {
                    *left -= count;
                    begins.push_str(&letters);
                }
                if opener.left == 0 {
                    openers.pop();
                }
            }
            if closer.opens && closer.left > 0 {
                openers.push(closer);
            }
        }
    }
}

fn what<'p, 'a>(pieces: &'p mut [Piece<'a>], at: usize) -> Option<&'p mut What<'a>> {
    pieces.get_mut(at).map(|piece| &mut piece.what)
}

impl Run {
    /// Whether this opener and that closer make a pair (6.2, rules 9 and 10; strikethrough: as long as one another).
    fn meets(&self, closer: &Run) -> bool {
        let both = self.opens && self.closes || closer.opens && closer.closes;
        let three = |length: usize| length.is_multiple_of(3);
        let uneven = both && three(self.length + closer.length) && !three(closer.length);
        self.mark == closer.mark && !uneven && (self.mark != '~' || self.length == closer.length)
    }

    /// Closers of one kind find the same openers; tildes count as one kind.
    fn kind(&self) -> usize {
        let mark = match self.mark {
            '*' => 0,
            '_' => 6,
            _ => return 12,
        };
        mark + self.length % 3 * 2 + usize::from(self.opens)
    }
}

/// Unicode punctuation and symbols (2.1), from what the standard library knows: neither letters nor digits, nor what
/// joins itself to the letter before.
fn is_punctuation(c: char) -> bool {
    let joins = matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}' | '\u{3099}' | '\u{309a}' | '\u{fe00}'..='\u{fe0f}');
    c.is_ascii_punctuation()
        || !(c.is_ascii() || joins || c.is_alphanumeric() || c.is_whitespace() || c.is_control())
}

/// Where runs of backticks begin, by their length. A text of a lesson's size has room for a few hundred lengths.
fn ticks(text: &str) -> Vec<(usize, Vec<usize>)> {
    let mut ticks: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut rest = text;
    while let Some((before, run)) = rest.find('`').and_then(|at| rest.split_at_checked(at)) {
        let at = text.len() - rest.len() + before.len();
        rest = run.trim_start_matches('`');
        let length = run.len() - rest.len();
        match ticks.binary_search_by_key(&length, |(own, _)| *own) {
            Ok(group) => ticks[group].1.push(at),
            Err(group) => ticks.insert(group, (length, vec![at])),
        }
    }
    ticks
}

/// The character of an entity (2.5) at the beginning of a text, and the entity's length.
fn entity(text: &str) -> Option<(char, usize)> {
    let length = text.bytes().take(10).position(|c| c == b';')?;
    let name = text.get(1..length)?;
    let number = |digits: &str, radix, most| {
        let known = (1..=most).contains(&digits.len()) && digits.chars().all(|c| c.is_digit(radix));
        let code = u32::from_str_radix(digits, radix).ok().filter(|_| known)?;
        Some(char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}'))
    };
    let c = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16, 6)?,
            None => number(digits, 10, 7)?,
        },
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, length + 1))
}

/// The address of a link after its `]` (6.3), and how much of the text is left after the link. A title is skipped.
fn target(text: &str) -> Option<(String, usize)> {
    const BLANK: [char; 3] = [' ', '\t', '\n'];
    let text = text.strip_prefix('(')?.trim_start_matches(BLANK);
    let (address, text) = match text.strip_prefix('<') {
        Some(text) => {
            let end = unescaped(text).find(|(_, c)| matches!(c, '>' | '<' | '\n'))?.0;
            (text.get(..end)?, text.get(end..)?.strip_prefix('>')?)
        }
        None => {
            let mut depth = 0;
            let end = unescaped(text).find(|(_, c)| {
                depth += i32::from(*c == '(') - i32::from(*c == ')');
                *c <= ' ' || !(0..=PARENTHESES).contains(&depth)
            });
            let (end, c) = end.unwrap_or((text.len(), ' '));
            // Here it ends: at its own bracket or at a space, with none left open.
            if depth != if c == ')' { -1 } else { 0 } {
                return None;
            }
            text.split_at_checked(end)?
        }
    };
    let text = text.trim_start_matches(BLANK);
    let text = match text.chars().next().filter(|c| matches!(c, '"' | '\'' | '(')) {
        Some(open) => {
            let close = if open == '(' { ')' } else { open };
            let title = text.get(1..)?;
            let end = unescaped(title).find(|(_, c)| *c == close || *c == open)?.0;
            title.get(end..)?.strip_prefix(close)?.trim_start_matches(BLANK)
        }
        None => text,
    };
    Some((plain(address), text.strip_prefix(')')?.len()))
}

/// The characters of a text that no backslash escapes.
fn unescaped(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut escaped = false;
    text.char_indices().filter(move |(_, c)| {
        let hidden = escaped && c.is_ascii_punctuation();
        escaped = !hidden && *c == '\\';
        !hidden
    })
}

/// An address without its escapes and entities.
fn plain(address: &str) -> String {
    let (mut plain, mut rest) = (String::new(), address);
    while let Some(c) = rest.chars().next() {
        let behind = rest.get(c.len_utf8()..).unwrap_or_default();
        let escaped = behind.chars().next().filter(|next| c == '\\' && next.is_ascii_punctuation());
        let entity = if c == '&' { entity(rest) } else { None };
        let (c, length) = entity.or(escaped.map(|next| (next, 2))).unwrap_or((c, c.len_utf8()));
        plain.push(c);
        rest = rest.get(length..).unwrap_or_default();
    }
    plain
}
