//! The lexer: from a filter's text to its tokens.
//!
//! Guarantees: the longest token wins, as in Milvus 2.3.5's own lexer, with the consequences: `id>3and n<2` needs no
//! blanks, `not in` is one token with exactly one blank in it (so `not inner` begins with it), `id in[1]` reads `in[1]`
//! as a key of a JSON field. Leaves out: hexadecimal numbers with an exponent, `$meta`.

use winnow::ascii::{digit0, digit1, hex_digit0, hex_digit1, oct_digit0};
use winnow::combinator::{alt, cut_err, eof, not, opt, repeat};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::token::{any, one_of, take_while};

/// A token and its position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Its start, in bytes.
    pub(super) at: usize,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// `12`, `010`, `0x1f`, `0b11`
    Integer,
    /// `1.5`, `.5`, `1.`, `1e3`
    Floating,
    /// A text in quotes.
    Text,
    /// A word that may be a field.
    Name,
    /// `true`, `True`, `TRUE` and the same of false.
    Bool(bool),
    /// A symbol, or a word that is one.
    Sign(Sign),
    /// Tokens that Milvus supports and the lab does not: keys of JSON fields, functions of arrays.
    Foreign,
    /// The end of the text.
    End,
}

/// A symbol, or a word that is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Like,
    Power,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    /// `<<`, `>>`: Milvus parses and then refuses them.
    Shift,
    In,
    NotIn,
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Unequal,
    BitAnd,
    BitXor,
    BitOr,
    BitNot,
    And,
    Or,
    Not,
    Open,
    Close,
    OpenList,
    CloseList,
    EmptyList,
    Comma,
}

/// Symbols; longer ones stand before their prefixes.
const SYMBOLS: [(&str, Sign); 27] = [
    ("**", Sign::Power),
    ("<<", Sign::Shift),
    (">>", Sign::Shift),
    ("<=", Sign::AtMost),
    (">=", Sign::AtLeast),
    ("==", Sign::Equal),
    ("!=", Sign::Unequal),
    ("&&", Sign::And),
    ("||", Sign::Or),
    ("<", Sign::Less),
    (">", Sign::More),
    ("+", Sign::Add),
    ("-", Sign::Sub),
    ("*", Sign::Mul),
    ("/", Sign::Div),
    ("%", Sign::Mod),
    ("&", Sign::BitAnd),
    ("^", Sign::BitXor),
    ("|", Sign::BitOr),
    ("~", Sign::BitNot),
    ("!", Sign::Not),
    ("(", Sign::Open),
    (")", Sign::Close),
    ("[", Sign::OpenList),
    ("]", Sign::CloseList),
    (",", Sign::Comma),
    ("not in", Sign::NotIn),
];

/// Reserved words, in lower case; Milvus accepts some in upper case too.
const WORDS: [(&str, Kind, Case); 15] = [
    ("and", Kind::Sign(Sign::And), Case::Lower),
    ("or", Kind::Sign(Sign::Or), Case::Lower),
    ("not", Kind::Sign(Sign::Not), Case::Lower),
    ("in", Kind::Sign(Sign::In), Case::Lower),
    ("like", Kind::Sign(Sign::Like), Case::Upper),
    ("true", Kind::Bool(true), Case::Title),
    ("false", Kind::Bool(false), Case::Title),
    ("exists", Kind::Foreign, Case::Upper),
    ("json_contains", Kind::Foreign, Case::Upper),
    ("json_contains_all", Kind::Foreign, Case::Upper),
    ("json_contains_any", Kind::Foreign, Case::Upper),
    ("array_contains", Kind::Foreign, Case::Upper),
    ("array_contains_all", Kind::Foreign, Case::Upper),
    ("array_contains_any", Kind::Foreign, Case::Upper),
    ("array_length", Kind::Foreign, Case::Upper),
];

/// The accepted spellings of a word.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    /// In lower case only.
    Lower,
    /// Or in upper case.
    Upper,
    /// Or in upper case, or with its first letter in upper case.
    Title,
}

/// The tokens of a text, the last of them [`Kind::End`]; or the position of an error, and what was expected there.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, (usize, &'static str)> {
    let mut rest = text;
    let mut tokens = Vec::new();
    loop {
        blanks(&mut rest).map_err(|_| (0, UNKNOWN))?;
        let at = text.len() - rest.len();
        let mut after = rest;
        let kind = token(&mut after).map_err(|error| match error {
            ErrMode::Cut(_) => (at, "expected a text that ends with its quote, with escapes as in C"),
            _ => (at, UNKNOWN),
        })?;
        let (text, after) = rest.split_at(rest.len() - after.len());
        rest = after;
        tokens.push(Token { kind, text, at });
        if kind == Kind::End {
            return Ok(tokens);
        }
    }
}

const UNKNOWN: &str = "expected a field, a constant or an operator";

type Result_<T> = winnow::Result<T, ErrMode<ContextError>>;

fn blanks<'a>(input: &mut &'a str) -> Result_<&'a str> {
    take_while(0.., [' ', '\t', '\r', '\n']).parse_next(input)
}

fn token(input: &mut &str) -> Result_<Kind> {
    alt((
        eof.value(Kind::End),
        text.value(Kind::Text),
        floating.value(Kind::Floating),
        integer.value(Kind::Integer),
        ('[', blanks, ']').value(Kind::Sign(Sign::EmptyList)),
        symbol.map(Kind::Sign),
        word,
    ))
    .parse_next(input)
}

fn symbol(input: &mut &str) -> Result_<Sign> {
    let found = SYMBOLS.iter().find(|(symbol, _)| input.starts_with(symbol));
    let (symbol, sign) = found.ok_or_else(|| ErrMode::Backtrack(ContextError::new()))?;
    symbol.void().parse_next(input)?;
    Ok(*sign)
}

fn word(input: &mut &str) -> Result_<Kind> {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let word = (one_of(letter), take_while(0.., |c: char| c.is_ascii_alphanumeric() || c == '_'))
        .take()
        .parse_next(input)?;
    let index = ('[', alt((text, decimal)), ']').void();
    let keys: usize = repeat(0.., index).parse_next(input)?;
    if keys > 0 {
        return Ok(Kind::Foreign);
    }
    let known = WORDS.iter().find(|(lower, _, case)| {
        let upper = |word: &str| *case != Case::Lower && word.bytes().all(|c| !c.is_ascii_lowercase());
        let title = || *case == Case::Title && word[1..] == lower[1..];
        word.eq_ignore_ascii_case(lower) && (word == *lower || upper(word) || title())
    });
    Ok(known.map_or(Kind::Name, |(_, kind, _)| *kind))
}

/// A text in quotes, with the prefixes that C allows before the quote.
fn text(input: &mut &str) -> Result_<()> {
    let quote =
        (opt(alt(("u8", "u", "U", "L"))), one_of(['"', '\''])).map(|(_, quote)| quote).parse_next(input)?;
    let octal = |c: char| ('0'..='7').contains(&c);
    let hex = |c: char| c.is_ascii_hexdigit();
    let escape = alt((
        one_of(['\'', '"', '?', 'a', 'b', 'f', 'n', 'r', 't', 'v', '\\', '\n']).void(),
        "\r\n".void(),
        take_while(1..=3, octal).void(),
        ('x', hex_digit1).void(),
        ('u', take_while(4..=4, hex)).void(),
        ('U', take_while(8..=8, hex)).void(),
    ));
    let plain = any.verify(move |c: &char| *c != quote && !matches!(c, '\\' | '\r' | '\n')).void();
    let inside = repeat::<_, _, (), _, _>(0.., alt((('\\', escape).void(), plain)));
    cut_err((inside, quote)).void().parse_next(input)
}

fn floating(input: &mut &str) -> Result_<()> {
    let exponent = || (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1).void();
    let fraction = alt(((digit1, '.', digit0).void(), ('.', digit1).void()));
    alt(((fraction, opt(exponent())).void(), (digit1, exponent()).void())).parse_next(input)
}

fn integer(input: &mut &str) -> Result_<()> {
    let hexadecimal = ('0', one_of(['x', 'X']), hex_digit1);
    let binary = ('0', one_of(['b', 'B']), take_while(1.., ['0', '1']));
    let octal = ('0', oct_digit0);
    // `0x1p3` is a token in Milvus; the lab does not support it.
    let exponent = (opt(('.', hex_digit0)), one_of(['p', 'P']));
    alt(((hexadecimal, not(exponent)).void(), binary.void(), octal.void(), decimal)).parse_next(input)
}

fn decimal(input: &mut &str) -> Result_<()> {
    alt(((one_of('1'..='9'), digit0).void(), '0'.void())).parse_next(input)
}

/// The value of a text in quotes, or why Milvus refuses it. Escapes are Go's, fewer than the lexer's: three octal
/// digits, two hexadecimal ones, no `\?`. A prefix such as `u8` is mistaken for the quote, as in 2.3.5, so `u8"a"`
/// yields `8"a`.
pub(super) fn unquote(raw: &str) -> Result<String, &'static str> {
    let mut rest = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("").as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            bytes.push(first);
            continue;
        }
        let Some((&letter, after)) = rest.split_first() else { return Err("an escape is cut short") };
        let simple = b"abfnrtv\\\"'".iter().position(|known| *known == letter);
        if let Some(which) = simple {
            rest = after;
            bytes.push(b"\x07\x08\x0c\n\r\t\x0b\\\"'"[which]);
            continue;
        }
        let (skip, len, radix) = match letter {
            b'x' => (1, 2, 16),
            b'u' => (1, 4, 16),
            b'U' => (1, 8, 16),
            b'0'..=b'7' => (0, 3, 8),
            _ => return Err("Milvus knows no such escape"),
        };
        let digits = rest.get(skip..skip + len).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, radix).ok());
        let code = code.ok_or("an escape has too few digits: \\x takes 2, octal 3, \\u 4, \\U 8")?;
        rest = &rest[skip + len..];
        if len < 4 {
            bytes.push(u8::try_from(code).map_err(|_| "an octal escape is at most \\377")?);
        } else {
            let c = char::from_u32(code).ok_or("an escape names no character")?;
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    String::from_utf8(bytes).map_err(|_| "the escapes make no valid UTF-8")
}
