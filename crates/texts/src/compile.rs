//! Compiles the translators' catalogues (Fluent) to one packed text, so that the page needs no Fluent parser. This
//! module is part of the build script and of the tests, which depend on `fluent-syntax`.
//!
//! Guarantees: the output is the same as Fluent's, which tests check; an error names file and line. Leaves out: all
//! Fluent features that the catalogues do not use (terms, attributes, functions, message references, literals, nested
//! selectors), which are rejected.

use std::collections::BTreeMap;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser::parse_runtime;

use super::packed::{DEFAULT, INNER, NEXT, PLACE, SAYS, VARIANT};

/// What is wrong, with file and line.
pub type Fault = String;

/// Messages in the order of their names, packed.
pub type Messages = BTreeMap<String, String>;

/// Reads the Chinese and the English catalogue, each with the name of its file.
pub fn compile(files: [(&str, &str); 2]) -> Result<[Messages; 2], Fault> {
    let [zh, en] = files.map(|(file, text)| Catalogue { file, text });
    let (says_zh, says_en) = (zh.messages()?, en.messages()?);
    for (has, lacks, one, other) in [(&zh, &en, &says_zh, &says_en), (&en, &zh, &says_en, &says_zh)] {
        if let Some(name) = one.keys().find(|name| !other.contains_key(*name)) {
            return Err(has.fault(name, &format!("`{name}` is not in {}", lacks.file)));
        }
    }
    Ok([says_zh, says_en].map(|says| says.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()))
}

/// The text that the page reads: names, then their texts.
pub fn pack(messages: &Messages) -> String {
    messages.keys().chain(messages.values()).map(String::as_str).collect::<Vec<_>>().join(&NEXT.to_string())
}

/// A catalogue as it is written.
struct Catalogue<'a> {
    file: &'a str,
    text: &'a str,
}

impl<'a> Catalogue<'a> {
    /// A fault at a piece of the text.
    fn fault(&self, piece: &str, what: &str) -> Fault {
        // Fluent's tree has no places, but its pieces are slices of the text.
        self.fault_at((piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize), what)
    }

    fn fault_at(&self, offset: usize, what: &str) -> Fault {
        let line = 1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        format!("{}: line {line}: {what}", self.file)
    }

    /// The messages, packed, in the order of their names.
    fn messages(&self) -> Result<BTreeMap<&'a str, String>, Fault> {
        let resource = parse_runtime(self.text).map_err(|(_, errors)| match errors.first() {
            Some(error) => self.fault_at(error.pos.start, &error.to_string()),
            None => self.fault_at(0, "it does not parse"),
        })?;
        let mut messages = BTreeMap::new();
        for entry in &resource.body {
            let (name, packed) = match entry {
                Entry::Message(message) => (message.id.name, self.message(message)?),
                Entry::Term(term) => return Err(self.fault(term.id.name, "terms are not read")),
                Entry::Junk { content } => return Err(self.fault(content, "this is no message")),
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => continue,
            };
            if messages.insert(name, packed).is_some() {
                return Err(self.fault(name, &format!("`{name}` is there twice")));
            }
        }
        Ok(messages)
    }

    fn message(&self, message: &Message<&'a str>) -> Result<String, Fault> {
        if let Some(attribute) = message.attributes.first() {
            return Err(self.fault(attribute.id.name, "attributes are not read"));
        }
        let name = message.id.name;
        let value = message.value.as_ref().ok_or_else(|| self.fault(name, "it says nothing"))?;
        let mut packed = String::new();
        self.pattern(value, PLACE, &mut packed)?;
        Ok(packed)
    }

    /// Packs a text with this mark around what is filled in.
    fn pattern(&self, pattern: &Pattern<&'a str>, mark: char, packed: &mut String) -> Result<(), Fault> {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => {
                    if value.chars().any(|c| c < ' ' && c != '\n') {
                        return Err(self.fault(value, "a control character"));
                    }
                    packed.push_str(value);
                }
                PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                    packed.push(mark);
                    packed.push_str(self.argument(inline)?);
                    packed.push(mark);
                }
                PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                    let argument = self.argument(selector)?;
                    if mark != PLACE {
                        return Err(self.fault(argument, "a choice inside a choice is not read"));
                    }
                    packed.push(mark);
                    packed.push_str(argument);
                    for variant in variants {
                        packed.push(VARIANT);
                        if variant.default {
                            packed.push(DEFAULT);
                        }
                        packed.push_str(self.key(&variant.key)?);
                        packed.push(SAYS);
                        self.pattern(&variant.value, INNER, packed)?;
                    }
                    packed.push(mark);
                }
            }
        }
        Ok(())
    }

    /// The name of an argument, which is all that may stand in braces.
    fn argument(&self, inline: &InlineExpression<&'a str>) -> Result<&'a str, Fault> {
        match inline {
            InlineExpression::VariableReference { id } => Ok(id.name),
            other => Err(self.fault(piece(other), "in braces only an argument is read, such as { $n }")),
        }
    }

    /// The key of a variant: a word, or a whole number that a 64-bit float can be.
    fn key(&self, key: &VariantKey<&'a str>) -> Result<&'a str, Fault> {
        match key {
            VariantKey::Identifier { name } => Ok(name),
            VariantKey::NumberLiteral { value } => match value.parse::<i64>() {
                Ok(number) if number.unsigned_abs() <= 1 << 53 => Ok(value),
                _ => Err(self.fault(value, "a number that chooses must be whole and small")),
            },
        }
    }
}

/// A piece of the text that an expression was read from.
fn piece<'a>(inline: &InlineExpression<&'a str>) -> &'a str {
    match inline {
        InlineExpression::StringLiteral { value } | InlineExpression::NumberLiteral { value } => value,
        InlineExpression::FunctionReference { id, .. }
        | InlineExpression::MessageReference { id, .. }
        | InlineExpression::TermReference { id, .. }
        | InlineExpression::VariableReference { id } => id.name,
        InlineExpression::Placeable { expression } => match &**expression {
            Expression::Inline(inline) | Expression::Select { selector: inline, .. } => piece(inline),
        },
    }
}
