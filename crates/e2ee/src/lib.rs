//! Keys of a meeting: link, password and envelope derivations.
