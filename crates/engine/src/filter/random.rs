//! Random filters over random rows, and random texts.
//!
//! Guarantees: a filter printed as text and parsed back selects the rows that a naive evaluator selects, row by row; no
//! text panics. Leaves out: refusals (`tests`).

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::batch::tests::{row, schema};

/// A row without its vector.
type Cells = (i64, String, i64, f64, bool);

/// A filter in the form for the naive evaluator.
#[derive(Clone, Debug)]
enum Tree {
    /// A field and a constant: its text, and the constants it stands for.
    Compare(&'static str, &'static str, Value, bool),
    Fields(&'static str, &'static str, &'static str),
    In(&'static str, bool, Vec<Value>),
    Range(&'static str, Value, [&'static str; 2], Value),
    Arithmetic(&'static str, char, i64, bool, i64),
    Like(String, bool),
    Not(Box<Tree>),
    Both(Box<Tree>, &'static str, Box<Tree>),
}

fn quote(value: &Value) -> String {
    match value {
        Value::Int(i64::MIN) => "(-9223372036854775807 - 1)".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => format!("{number:?}"),
        Value::Bool(flag) => flag.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Value::Vector(_) => "[]".to_owned(),
    }
}

impl Tree {
    fn print(&self) -> String {
        match self {
            Self::Compare(field, sign, value, false) => format!("{field} {sign} {}", quote(value)),
            Self::Compare(field, sign, value, true) => format!("{}{}{field}", quote(value), mirror(sign)),
            Self::Fields(left, sign, right) => format!("{left}{sign}{right}"),
            Self::In(field, wanted, list) => {
                let list: Vec<String> = list.iter().map(quote).collect();
                format!("{field} {} [{}]", if *wanted { "in" } else { "not in" }, list.join(", "))
            }
            Self::Range(field, low, signs, high) => {
                format!("{} {} {field} {} {}", quote(low), signs[0], signs[1], quote(high))
            }
            Self::Arithmetic(field, sign, operand, equal, value) => {
                let (operand, value) = (quote(&Value::Int(*operand)), quote(&Value::Int(*value)));
                format!("{field}{sign}{operand} {} {value}", if *equal { "==" } else { "!=" })
            }
            Self::Like(text, prefix) => {
                let quoted = quote(&Value::Text(text.clone()));
                format!("text like {}{}'", &quoted[..quoted.len() - 1], if *prefix { "%" } else { "" })
            }
            Self::Not(inner) => format!("not ({})", inner.print()),
            Self::Both(left, sign, right) => {
                // Only a side that binds looser needs parentheses.
                let side = |tree: &Self| match tree {
                    Self::Both(_, inner, _) if is_and(sign) && !is_and(inner) => {
                        format!("({})", tree.print())
                    }
                    _ => tree.print(),
                };
                format!("{} {sign} {}", side(left), side(right))
            }
        }
    }

    fn holds(&self, cells: &Cells) -> bool {
        match self {
            Self::Compare(field, sign, value, _) => compare(&get(cells, field), sign, value),
            Self::Fields(left, sign, right) => compare(&get(cells, left), sign, &get(cells, right)),
            Self::In(field, wanted, list) => {
                list.iter().any(|value| compare(&get(cells, field), "==", value)) == *wanted
            }
            Self::Range(field, low, signs, high) => {
                let found = get(cells, field);
                compare(low, signs[0], &found) && compare(&found, signs[1], high)
            }
            Self::Arithmetic(field, sign, operand, equal, value) => {
                let holds = match get(cells, field) {
                    Value::Int(number) => match sign {
                        '+' => number.wrapping_add(*operand) == *value,
                        '-' => number.wrapping_sub(*operand) == *value,
                        '*' => number.wrapping_mul(*operand) == *value,
                        '/' => number.wrapping_div(*operand) == *value,
                        _ => (number as f64 % *operand as f64) as i64 == *value,
                    },
                    Value::Double(number) => match sign {
                        '+' => number + *operand as f64 == *value as f64,
                        '-' => number - *operand as f64 == *value as f64,
                        '*' => number * *operand as f64 == *value as f64,
                        _ => number / *operand as f64 == *value as f64,
                    },
                    _ => false,
                };
                holds == *equal
            }
            Self::Like(text, true) => cells.1.starts_with(text.as_str()),
            Self::Like(text, false) => text.is_empty() || cells.1 == *text,
            Self::Not(inner) => !inner.holds(cells),
            Self::Both(left, sign, right) if is_and(sign) => left.holds(cells) && right.holds(cells),
            Self::Both(left, _, right) => left.holds(cells) || right.holds(cells),
        }
    }
}

fn is_and(sign: &str) -> bool {
    matches!(sign, "and" | "&&")
}

fn mirror(sign: &str) -> &str {
    match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

fn get(cells: &Cells, field: &str) -> Value {
    match field {
        "id" => Value::Int(cells.0),
        "text" => Value::Text(cells.1.clone()),
        "n" => Value::Int(cells.2),
        "x" => Value::Double(cells.3),
        _ => Value::Bool(cells.4),
    }
}

fn compare(left: &Value, sign: &str, right: &Value) -> bool {
    fn holds<T: PartialOrd + ?Sized>(left: &T, sign: &str, right: &T) -> bool {
        match sign {
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            ">=" => left >= right,
            "==" => left == right,
            _ => left != right,
        }
    }
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => holds(left, sign, right),
        (Value::Double(left), Value::Double(right)) => holds(left, sign, right),
        (Value::Int(left), Value::Double(right)) => holds(&(*left as f64), sign, right),
        (Value::Double(left), Value::Int(right)) => holds(left, sign, &(*right as f64)),
        (Value::Bool(left), Value::Bool(right)) => holds(left, sign, right),
        (Value::Text(left), Value::Text(right)) => holds(left.as_bytes(), sign, right.as_bytes()),
        _ => panic!("{left:?} beside {right:?}"),
    }
}

fn int() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -3..=3_i64, 1 => select(vec![i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1]), 1 => any::<i64>()]
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => (-6..=6_i32).prop_map(|half| f64::from(half) / 2.0),
        1 => select(vec![f64::NAN, f64::INFINITY, -0.0, 1e300, 9_007_199_254_740_992.0]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    select(vec!["", "a", "ab", "b", "'\"", "\\n", "文档", "文", "a\n"]).prop_map(str::to_owned)
}

fn constant(field: &'static str) -> BoxedStrategy<Value> {
    match field {
        "id" | "n" => int().prop_map(Value::Int).boxed(),
        "x" => prop_oneof![
            double().prop_filter("a constant", |x| x.is_finite()).prop_map(Value::Double),
            int().prop_map(Value::Int)
        ]
        .boxed(),
        "text" => {
            text().prop_filter("no line break", |text| !text.contains('\n')).prop_map(Value::Text).boxed()
        }
        _ => any::<bool>().prop_map(Value::Bool).boxed(),
    }
}

fn sign() -> impl Strategy<Value = &'static str> {
    select(vec!["<", "<=", "==", "!=", ">=", ">"])
}

fn leaf() -> impl Strategy<Value = Tree> {
    let field = || select(vec!["id", "n", "x", "text", "b"]);
    let comparison = (field(), sign(), any::<bool>()).prop_flat_map(|(field, sign, left)| {
        constant(field).prop_map(move |value| Tree::Compare(field, sign, value, left))
    });
    let fields =
        (select(vec![("id", "n"), ("n", "x"), ("x", "n"), ("x", "x"), ("text", "text"), ("b", "b")]), sign())
            .prop_map(|((left, right), sign)| Tree::Fields(left, sign, right));
    let list = (field(), any::<bool>()).prop_flat_map(|(field, wanted)| {
        proptest::collection::vec(constant(field), 0..5).prop_map(move |list| Tree::In(field, wanted, list))
    });
    let signs = select(vec![["<", "<"], ["<=", "<"], ["<=", "<="], [">", ">="], [">=", ">"], [">", ">"]]);
    let range = (select(vec!["id", "n", "x", "text"]), signs).prop_flat_map(|(field, signs)| {
        (constant(field), constant(field)).prop_map(move |(low, high)| Tree::Range(field, low, signs, high))
    });
    let operation = select(vec![
        ("n", '+'),
        ("n", '-'),
        ("n", '*'),
        ("n", '/'),
        ("n", '%'),
        ("x", '+'),
        ("x", '-'),
        ("x", '*'),
        ("x", '/'),
    ]);
    let arithmetic =
        (operation, int(), any::<bool>(), int()).prop_map(|((field, sign), operand, equal, value)| {
            let zero = operand == 0 && matches!(sign, '/' | '%');
            Tree::Arithmetic(field, sign, if zero { 2 } else { operand }, equal, value)
        });
    let like = (text(), any::<bool>())
        .prop_filter("no line break", |(text, _)| !text.contains('\n'))
        .prop_map(|(text, prefix)| Tree::Like(text, prefix));
    prop_oneof![3 => comparison, 1 => fields, 1 => list, 1 => range, 2 => arithmetic, 1 => like]
}

fn tree() -> impl Strategy<Value = Tree> {
    leaf().prop_recursive(4, 24, 2, |inner| {
        let join = select(vec!["and", "&&", "or", "||"]);
        prop_oneof![
            1 => inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            3 => (inner.clone(), join, inner)
                .prop_map(|(left, sign, right)| Tree::Both(Box::new(left), sign, Box::new(right))),
        ]
    })
}

fn cells() -> impl Strategy<Value = Cells> {
    (int(), text(), int(), double(), any::<bool>())
}

/// The building blocks of random texts.
const WORDS: [&str; 46] = [
    "id", "n", "x", "text", "b", "vector", "1", "0", "-", "2.5", "'a%'", "\"", "'", "\\", "\\x", "(", ")",
    "[", "]", ",", "[]", "<", "<=", "==", "!=", ">", "+", "*", "**", "/", "%", "&", "|", "!", "not",
    "not in", "in", "and", "or", "like", "true", " ", "\n", "0x", "1e", ".",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn filters_agree_with_a_naive_evaluator(tree in tree(), table in proptest::collection::vec(cells(), 1..12)) {
        let printed = tree.print();
        let filter = Filter::parse(&printed, &schema());
        let filter = filter.unwrap_or_else(|refusal| panic!("{printed}: {refusal}"));
        let rows: Vec<_> = table.iter().map(|(id, text, n, x, b)| row(*id, text, *n, *x, *b)).collect();
        let batch = Batch::of_rows(&schema(), &rows).expect("a batch");
        let expected: Vec<bool> = table.iter().map(|cells| tree.holds(cells)).collect();
        prop_assert_eq!(filter.select(&batch), expected, "{}", printed);
    }

    #[test]
    fn mutations_never_panic(
        tree in tree(),
        at in any::<prop::sample::Index>(),
        len in 0..4_usize,
        put in "[ -~é文]{0,3}",
    ) {
        let mut chars: Vec<char> = tree.print().chars().collect();
        let at = at.index(chars.len());
        let end = (at + len).min(chars.len());
        chars.splice(at..end, put.chars());
        let text: String = chars.into_iter().collect();
        if let Ok(filter) = Filter::parse(&text, &schema()) {
            let batch = Batch::of_rows(&schema(), &[row(1, "a", 2, 3.0, true)]).expect("a batch");
            prop_assert_eq!(filter.select(&batch).len(), 1);
        }
    }

    #[test]
    fn garbage_never_panics(
        text in "\\PC{0,40}",
        words in proptest::collection::vec(select(WORDS.to_vec()), 0..20),
        blank in select(vec!["", " "]),
    ) {
        // Whether garbage parses does not matter.
        let _ = Filter::parse(&text, &schema());
        let _ = Filter::parse(&words.join(blank), &schema());
    }
}
