//! The filter language: comparisons of a field with a constant, `in`, `not in`, `and`, `or` and parentheses.
//!
//! Promises: precedence as in Milvus (`or` binds loosest, then `and`); the symbols `&&` and `||` work; an error
//! names the character it stands at. Leaves out: arithmetic, `like`, chained ranges and `not`.

use winnow::ascii::{digit1, multispace0};
use winnow::combinator::{alt, cut_err, delimited, opt, preceded, repeat, separated, terminated};
use winnow::error::{ContextError, ErrMode, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::{take_till, take_while};

use super::batch::Batch;
use crate::types::Refusal;

/// A filter that has been read.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every row.
    All,
    /// Either side.
    Or(Box<Filter>, Box<Filter>),
    /// Both sides.
    And(Box<Filter>, Box<Filter>),
    /// A number field compared with a constant.
    Number(NumberField, Comparison, i64),
    /// A number field that is, or is not, one of these.
    NumberIn(NumberField, bool, Vec<i64>),
    /// The text compared with a constant, byte by byte.
    Text(Comparison, String),
}

/// A field of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberField {
    /// The primary key.
    Id,
    /// The timestamp.
    Timestamp,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Comparison {
    fn holds<T: Ord + ?Sized>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::AtLeast => left >= right,
            Self::More => left > right,
        }
    }
}

impl Filter {
    /// Reads a filter; empty text means every row.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.trim().is_empty() {
            return Ok(Self::All);
        }
        if text.chars().filter(|c| *c == '(').count() > MAX_DEPTH {
            return Err(refuse(text, 0, &format!("more than {MAX_DEPTH} parentheses")));
        }
        delimited(multispace0, either, multispace0).parse(text).map_err(|error| {
            let expected: Vec<String> = error
                .inner()
                .context()
                .filter_map(|context| match context {
                    StrContext::Expected(StrContextValue::Description(words)) => Some((*words).to_owned()),
                    _ => None,
                })
                .collect();
            let wanted =
                if expected.is_empty() { "something else".to_owned() } else { expected.join(" or ") };
            refuse(text, error.offset(), &format!("expected {wanted}"))
        })
    }

    /// Whether row `at` of a batch satisfies the filter.
    pub fn matches(&self, batch: &Batch, at: usize) -> bool {
        let number = |field: &NumberField| match field {
            NumberField::Id => batch.ids[at],
            NumberField::Timestamp => batch.timestamps[at],
        };
        match self {
            Self::All => true,
            Self::Or(left, right) => left.matches(batch, at) || right.matches(batch, at),
            Self::And(left, right) => left.matches(batch, at) && right.matches(batch, at),
            Self::Number(field, comparison, constant) => comparison.holds(&number(field), constant),
            Self::NumberIn(field, wanted, list) => list.contains(&number(field)) == *wanted,
            Self::Text(comparison, constant) => comparison.holds(batch.text(at), constant.as_str()),
        }
    }
}

/// How deep parentheses may nest; the reader recurses.
const MAX_DEPTH: usize = 64;

fn refuse(text: &str, offset: usize, what: &str) -> Refusal {
    let column = text.get(..offset).unwrap_or(text).chars().count() + 1;
    let near: String = text.get(offset..).unwrap_or("").chars().take(12).collect();
    let near = if near.is_empty() { "the end".to_owned() } else { format!("“{near}”") };
    Refusal::new("bad_filter", format!("filter, character {column}, at {near}: {what}"))
}

type Result_<T> = winnow::Result<T, ErrMode<ContextError>>;

fn expected(words: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(words))
}

fn fold(first: Filter, rest: Vec<Filter>, join: fn(Box<Filter>, Box<Filter>) -> Filter) -> Filter {
    rest.into_iter().fold(first, |left, right| join(Box::new(left), Box::new(right)))
}

fn either(input: &mut &str) -> Result_<Filter> {
    let first = both.parse_next(input)?;
    let or = delimited(multispace0, alt(("||", word("or"))), multispace0);
    let rest: Vec<Filter> = repeat(0.., preceded(or, cut_err(both))).parse_next(input)?;
    Ok(fold(first, rest, Filter::Or))
}

fn both(input: &mut &str) -> Result_<Filter> {
    let first = term.parse_next(input)?;
    let and = delimited(multispace0, alt(("&&", word("and"))), multispace0);
    let rest: Vec<Filter> = repeat(0.., preceded(and, cut_err(term))).parse_next(input)?;
    Ok(fold(first, rest, Filter::And))
}

fn term(input: &mut &str) -> Result_<Filter> {
    let inner = delimited(multispace0, either, multispace0);
    let close = cut_err(')').context(expected("a closing parenthesis"));
    alt((delimited('(', cut_err(inner), close), number_term, text_term))
        .context(expected("a condition on id, timestamp or text"))
        .parse_next(input)
}

fn number_term(input: &mut &str) -> Result_<Filter> {
    let field = alt((word("id").value(NumberField::Id), word("timestamp").value(NumberField::Timestamp)))
        .parse_next(input)?;
    multispace0.parse_next(input)?;
    let negated = terminated(word("not"), multispace0);
    if let Some(not) = opt(terminated(opt(negated), word("in"))).parse_next(input)? {
        let list = delimited(
            (multispace0, '[', multispace0),
            separated(0.., number, (multispace0, ',', multispace0)),
            (multispace0, ']'),
        );
        let list =
            cut_err(list).context(expected("a list of whole numbers in brackets")).parse_next(input)?;
        return Ok(Filter::NumberIn(field, not.is_none(), list));
    }
    let comparison = cut_err(comparison).parse_next(input)?;
    let constant = cut_err(number).context(expected("a whole number")).parse_next(input)?;
    Ok(Filter::Number(field, comparison, constant))
}

fn text_term(input: &mut &str) -> Result_<Filter> {
    word("text").parse_next(input)?;
    multispace0.parse_next(input)?;
    let comparison = cut_err(comparison).parse_next(input)?;
    let double = delimited('"', take_till(0.., '"'), '"');
    let single = delimited('\'', take_till(0.., '\''), '\'');
    let constant: &str =
        cut_err(alt((double, single))).context(expected("a text in quotes")).parse_next(input)?;
    Ok(Filter::Text(comparison, constant.to_owned()))
}

fn comparison(input: &mut &str) -> Result_<Comparison> {
    let symbol = alt((
        "<=".value(Comparison::AtMost),
        ">=".value(Comparison::AtLeast),
        "==".value(Comparison::Equal),
        "!=".value(Comparison::Unequal),
        '<'.value(Comparison::Less),
        '>'.value(Comparison::More),
    ));
    terminated(symbol, multispace0).context(expected("one of < <= == != >= >, or in")).parse_next(input)
}

fn number(input: &mut &str) -> Result_<i64> {
    (opt('-'), digit1).take().try_map(|digits: &str| digits.parse::<i64>()).parse_next(input)
}

/// A word that does not run on into another.
fn word<'a>(wanted: &'static str) -> impl Parser<&'a str, &'a str, ErrMode<ContextError>> {
    take_while(1.., |c: char| c.is_ascii_alphanumeric() || c == '_')
        .verify(move |found: &str| found == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[i64]) {
        let mut batch = Batch::with_capacity(0, 20);
        for id in -2..12 {
            batch.push(id, id * 10, &format!("doc {id}"), |_| {});
        }
        let filter = Filter::parse(text).unwrap_or_else(|refusal| panic!("{refusal}"));
        let found: Vec<i64> =
            (0..batch.rows()).filter(|at| filter.matches(&batch, *at)).map(|at| batch.ids[at]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn filters_choose_rows() {
        check("id < 0", &[-2, -1]);
        check("id<=0&&id>=-1", &[-1, 0]);
        check("  id in [1, 3,99] ", &[1, 3]);
        check("id not in [0,1,2,3,4,5,6,7,8,9,10,11]", &[-2, -1]);
        check("id == 1 or id == 2 and timestamp == 0", &[1]);
        check("(id == 1 or id == 2) and timestamp == 20", &[2]);
        check("text == \"doc 3\" || text == 'doc 4'", &[3, 4]);
        check("id > 9 and text != 'doc 10'", &[11]);
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, place) in [
            ("id <", "character 5, at the end"),
            ("id ~ 3", "character 4, at “~ 3”"),
            ("id < 3 and", "character 11"),
            ("colour == 3", "character 1, at “colour == 3”"),
            ("(id < 3", "character 8"),
            ("id < 99999999999999999999", "character 6"),
            ("编号 < 3", "character 1"),
            ("text == 3", "character 9"),
        ] {
            let refusal = Filter::parse(text).expect_err(text);
            assert_eq!(refusal.code, "bad_filter");
            assert!(refusal.error.contains(place), "{text}: {}", refusal.error);
        }
        assert!(Filter::parse(&"(".repeat(100_000)).is_err());
    }
}
