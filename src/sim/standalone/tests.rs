//! What an engine owes its clients, at every moment at which power can fail.
