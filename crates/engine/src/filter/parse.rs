//! The parser: from a filter's tokens to its syntax tree.
//!
//! Guarantees: operators bind as in Milvus 2.3.5's grammar; every node has its start position; neither the parser nor a
//! tree it returns nests deeper than [`MAX_DEPTH`], so no traversal can overflow the stack. Chains of `and` and of `or`
//! are one node each, of any length. Leaves out: fields and types (the plan's).

use super::lex::{Kind as Word, Sign, Token, tokens, unquote};
use crate::schema::Value;

/// Maximum nesting of a filter. Milvus has no such limit; its stack grows.
pub(super) const MAX_DEPTH: usize = 100;

/// The position of an error in bytes, and its kind.
pub(super) type Fault = (usize, String);

/// A node of the syntax tree.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    /// Its start, in bytes.
    pub(super) at: usize,
    /// Its depth.
    depth: usize,
}

/// The kind of a node.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// A constant.
    Constant(Value),
    /// A field's name.
    Field(&'a str),
    /// A unary `+`, `-`, `~` or `not`.
    Unary(Sign, Box<Node<'a>>),
    /// A comparison, an arithmetic or a bitwise operator.
    Binary(Sign, Box<[Node<'a>; 2]>),
    /// Operands joined by `and` or by `or`.
    Join(Sign, Vec<Node<'a>>),
    /// An operand `like` a pattern.
    Like(Box<Node<'a>>, String),
    /// An operand `in` a list, or `not in` it if false.
    In(bool, Box<Node<'a>>, Vec<Node<'a>>),
    /// `1 < field <= 5`: bounds and operators in source order.
    Range(Box<[Node<'a>; 3]>, [Sign; 2]),
}

/// The binding power of a binary operator.
fn level(sign: Sign) -> Option<u8> {
    Some(match sign {
        Sign::Like => 15,
        Sign::Power => 14,
        Sign::Mul | Sign::Div | Sign::Mod => 12,
        Sign::Add | Sign::Sub => 11,
        Sign::Shift => 10,
        Sign::In | Sign::NotIn => 9,
        Sign::Less | Sign::AtMost | Sign::More | Sign::AtLeast => 6,
        Sign::Equal | Sign::Unequal => 5,
        Sign::BitAnd => 4,
        Sign::BitXor => 3,
        Sign::BitOr => 2,
        Sign::And => 1,
        Sign::Or => 0,
        _ => return None,
    })
}

/// `+ - ~ not`: bind looser than `like` and `**`, tighter than all others.
const UNARY: u8 = 13;
/// `1 < n < 5`, and just below it `5 > n > 1`.
const RANGE: u8 = 8;
const REVERSE_RANGE: u8 = 7;

/// The syntax tree of a filter.
pub(super) fn parse(text: &str) -> Result<Node<'_>, Fault> {
    let tokens = tokens(text).map_err(|(at, what)| (at, what.to_owned()))?;
    let mut reader = Reader { tokens, next: 0 };
    let tree = reader.expression(0, 0)?;
    match reader.peek(0) {
        Token { kind: Word::End, .. } => Ok(tree),
        token => Err((token.at, LOWER.to_owned())),
    }
}

const LOWER: &str = "expected an operator or the end; and, or, in and not in are written in lower case, with one \
                     blank in not in and one before a bracket";

struct Reader<'a> {
    /// The last is [`Word::End`].
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Token<'a> {
        self.tokens[(self.next + ahead).min(self.tokens.len() - 1)]
    }

    fn sign(&self, ahead: usize) -> Option<Sign> {
        match self.peek(ahead).kind {
            Word::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek(0);
        self.next += 1;
        token
    }

    /// Consumes a symbol, or reports that it was expected.
    fn expect(&mut self, sign: Sign, words: &str) -> Result<(), Fault> {
        let token = self.take();
        if token.kind == Word::Sign(sign) { Ok(()) } else { Err((token.at, format!("expected {words}"))) }
    }

    /// An expression whose operators have at least this binding power.
    fn expression(&mut self, least: u8, depth: usize) -> Result<Node<'a>, Fault> {
        check_depth(self.peek(0).at, depth)?;
        let mut left = self.primary(depth)?;
        while let Some(sign) = self.sign(0) {
            let at = left.at;
            let Some(level) = level(sign) else { break };
            let range = self.range_level(sign);
            left = if range.is_some_and(|range| range >= least) {
                self.range(left, range.unwrap_or(RANGE), depth)?
            } else if level < least {
                break;
            } else {
                self.take();
                match sign {
                    Sign::Like => {
                        let token = self.take();
                        if token.kind != Word::Text {
                            return Err((token.at, "expected a text in quotes after like".to_owned()));
                        }
                        let pattern = text(token)?;
                        let depth = left.depth;
                        Node::new(at, depth, Kind::Like(Box::new(left), pattern))?
                    }
                    Sign::In | Sign::NotIn => {
                        let list = self.list(depth)?;
                        let deepest = list.iter().fold(left.depth, |deepest, node| deepest.max(node.depth));
                        Node::new(at, deepest, Kind::In(sign == Sign::In, Box::new(left), list))?
                    }
                    _ => {
                        let right = self.expression(level + 1, depth + 1)?;
                        join(sign, left, right)?
                    }
                }
            };
        }
        Ok(left)
    }

    /// The binding power of the range that begins with this symbol, if there is one.
    fn range_level(&self, sign: Sign) -> Option<u8> {
        let (level, other) = match sign {
            Sign::Less | Sign::AtMost => (RANGE, [Sign::Less, Sign::AtMost]),
            Sign::More | Sign::AtLeast => (REVERSE_RANGE, [Sign::More, Sign::AtLeast]),
            _ => return None,
        };
        let second = self.sign(2).is_some_and(|sign| other.contains(&sign));
        (second && self.peek(1).kind == Word::Name).then_some(level)
    }

    fn range(&mut self, left: Node<'a>, level: u8, depth: usize) -> Result<Node<'a>, Fault> {
        let mut signs = [Sign::Less; 2];
        signs[0] = self.sign(0).unwrap_or(Sign::Less);
        self.take();
        let field = self.take();
        signs[1] = self.sign(0).unwrap_or(Sign::Less);
        self.take();
        let right = self.expression(level + 1, depth + 1)?;
        let field = Node { at: field.at, depth: 1, kind: Kind::Field(field.text) };
        let deepest = left.depth.max(right.depth);
        Node::new(left.at, deepest, Kind::Range(Box::new([left, field, right]), signs))
    }

    /// The elements of a list; a trailing comma is allowed.
    fn list(&mut self, depth: usize) -> Result<Vec<Node<'a>>, Fault> {
        let mut list = Vec::new();
        if self.sign(0) == Some(Sign::EmptyList) {
            self.take();
            return Ok(list);
        }
        self.expect(Sign::OpenList, "a list in brackets, such as [1, 2]")?;
        loop {
            list.push(self.expression(0, depth + 1)?);
            if self.sign(0) == Some(Sign::Comma) {
                self.take();
                if self.sign(0) != Some(Sign::CloseList) {
                    continue;
                }
            }
            self.expect(Sign::CloseList, "a comma or a closing bracket")?;
            return Ok(list);
        }
    }

    fn primary(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        let token = self.take();
        let fault = |what: &str| Err((token.at, what.to_owned()));
        let constant = |value| Node::new(token.at, 0, Kind::Constant(value));
        match token.kind {
            Word::Integer => match integer(token.text) {
                Some(number) => constant(Value::Int(number)),
                None => fault("a whole number above 9223372036854775807"),
            },
            Word::Floating => match token.text.parse::<f64>().ok() {
                Some(number) if number.is_finite() => constant(Value::Double(number)),
                _ => fault("a number beyond double precision"),
            },
            Word::Bool(flag) => constant(Value::Bool(flag)),
            Word::Text => constant(Value::Text(text(token)?)),
            Word::Name => Node::new(token.at, 0, Kind::Field(token.text)),
            Word::Sign(Sign::Open) => {
                let inner = self.expression(0, depth + 1)?;
                self.expect(Sign::Close, "an operator or a closing parenthesis")?;
                Ok(inner)
            }
            Word::Sign(sign @ (Sign::Add | Sign::Sub | Sign::BitNot | Sign::Not)) => {
                let inner = self.expression(UNARY, depth + 1)?;
                let depth = inner.depth;
                Node::new(token.at, depth, Kind::Unary(sign, Box::new(inner)))
            }
            Word::Foreign => fault("JSON and array fields are not part of the lab"),
            Word::Sign(_) | Word::End => fault("expected a field, a constant, not or an opening parenthesis"),
        }
    }
}

impl<'a> Node<'a> {
    /// A node whose deepest child has this many levels.
    fn new(at: usize, deepest: usize, kind: Kind<'a>) -> Result<Self, Fault> {
        check_depth(at, deepest)?;
        Ok(Self { kind, at, depth: deepest + 1 })
    }
}

fn check_depth(at: usize, depth: usize) -> Result<(), Fault> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    Err((at, format!("the filter nests deeper than {MAX_DEPTH} levels; use parentheses or in [...]")))
}

fn join<'a>(sign: Sign, left: Node<'a>, right: Node<'a>) -> Result<Node<'a>, Fault> {
    let (at, deepest) = (left.at, left.depth.max(right.depth));
    if !matches!(sign, Sign::And | Sign::Or) {
        return Node::new(at, deepest, Kind::Binary(sign, Box::new([left, right])));
    }
    match left.kind {
        Kind::Join(before, mut parts) if before == sign => {
            let deepest = (left.depth - 1).max(right.depth);
            parts.push(right);
            Node::new(at, deepest, Kind::Join(sign, parts))
        }
        kind => {
            let left = Node { kind, ..left };
            Node::new(at, deepest, Kind::Join(sign, vec![left, right]))
        }
    }
}

fn text(token: Token<'_>) -> Result<String, Fault> {
    unquote(token.text).map_err(|what| (token.at, what.to_owned()))
}

/// Parses a whole number like Go: `0x1f`, `0b11`, and octal after a zero.
fn integer(text: &str) -> Option<i64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', b'b' | b'B', ..] => (&text[2..], 2),
        [b'0', _, ..] => (text, 8),
        _ => (text, 10),
    };
    i64::from_str_radix(digits, radix).ok()
}
