//! A virtual clock, a simulated network and native participants for tests.
