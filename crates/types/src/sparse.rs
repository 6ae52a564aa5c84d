//! Structs that omit fields by a test, but only in formats with named fields.
//!
//! `skip_serializing_if` leaves fields out of every format. A compact format has no names, so its readers need every
//! field. Guarantees: in JSON a field whose test fails is left out; in a compact format all fields are there, in their
//! order. Leaves out: reading, which serde derives (fields that may be missing have a `default`).

/// Implements `Serialize` for a struct: its fields in order, the name of each, and the test that decides whether it is
/// written.
#[macro_export]
macro_rules! sparse {
    ($name:ident { $($field:ident: $word:literal $(if $says:path)?),* $(,)? }) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeStruct as _;
                let all = !serializer.is_human_readable();
                let mut fields = serializer.serialize_struct(stringify!($name), [$($word),*].len())?;
                $(if all || [true $(, $says(&self.$field))?].iter().all(|says| *says) {
                    fields.serialize_field($word, &self.$field)?;
                })*
                fields.end()
            }
        }
    };
}
