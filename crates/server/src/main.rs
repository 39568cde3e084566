//! The program `incamera`.

fn main() {}
