//! The group from inside.
