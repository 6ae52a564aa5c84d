//! The catalogues: every sentence that a person reads, in Chinese and English (Fluent, `zh.ftl`, `en.ftl`).
//!
//! Promises: both languages have the same messages with the same arguments, every message that the code
//! names is there, and tests hold them to it; integers are grouped in threes. Leaves out: lessons, whose
//! texts lie in `lessons/`, and the choice of language, which is the caller's.

use std::borrow::Cow;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};

#[cfg(test)]
mod tests;

/// The languages that the lab speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Chinese; the first language.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language that a tag names; Chinese for anything that is not English.
    pub fn parse(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("en") { Self::En } else { Self::Zh }
    }

    /// The word for it in addresses, commands and lessons: `zh` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The tag for the `lang` attribute of a document.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// A message without arguments.
    pub fn t(self, key: &str) -> String {
        say(self, key, &[])
    }

    /// A message with arguments.
    pub fn f(self, key: &str, args: &[(&str, Arg)]) -> String {
        say(self, key, args)
    }
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A number; whole ones are printed in groups of three, and choose the plural.
    Number(f64),
    /// A text, taken as it is.
    Text(String),
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Arg {
            fn from(value: $kind) -> Self {
                Self::Number(value as f64)
            }
        }
    )*};
}
numbers!(u32, u64, i32, i64, usize, f64);

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// Says a message of the catalogue. A name that is not in it comes back as it is, so that a gap is seen
/// where it gapes; the tests see it first.
pub fn say(lang: Lang, key: &str, args: &[(&str, Arg)]) -> String {
    CATALOGUES.with(|[zh, en]| {
        let bundle = match lang {
            Lang::Zh => zh,
            Lang::En => en,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            let value: FluentValue<'_> = match value {
                Arg::Number(number) => (*number).into(),
                Arg::Text(text) => FluentValue::String(Cow::Borrowed(text)),
            };
            values.set(*name, value);
        }
        // A missing argument prints as its name; the tests hold call and catalogue together.
        let mut errors = Vec::new();
        bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned()
    })
}

/// A whole number in groups of three: `11,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

type Bundle = FluentBundle<FluentResource>;

thread_local! {
    static CATALOGUES: [Bundle; 2] = [
        bundle(include_str!("zh.ftl"), unic_langid::langid!("zh-CN")),
        bundle(include_str!("en.ftl"), unic_langid::langid!("en")),
    ];
}

/// A bundle of a catalogue. What does not parse is left out; the tests refuse a catalogue that has any.
fn bundle(source: &str, lang: unic_langid::LanguageIdentifier) -> Bundle {
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let mut bundle = FluentBundle::new(vec![lang]);
    // Isolation marks would end up in copied text and in labels that tests and screen readers compare.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(print_number));
    bundle.add_resource_overriding(resource);
    bundle
}

fn print_number<M>(value: &FluentValue<'_>, _memoizer: &M) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let value = number.value;
    if value.fract() != 0.0 || value.abs() >= 9e15 {
        return None;
    }
    let digits = grouped(value.abs() as u64);
    Some(if value < 0.0 { format!("\u{2212}{digits}") } else { digits })
}
