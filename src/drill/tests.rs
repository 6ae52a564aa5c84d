//! Drills held to a second reading: the trace as text, read line by line by someone who knows only the protocol.
