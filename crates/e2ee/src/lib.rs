//! Keys of a meeting: link, password and envelope derivations, and the encrypted group.
//!
//! The server runs none of this: it never holds a secret. Native participants do, and the page does the same in
//! TypeScript; both are tested against `vectors/link.json`, which a third implementation wrote.
//!
//! ```text
//! secret (link) ─┬─ Argon2id(password) ──┐
//!                └───────────────────────┴─ HKDF ─┬─ admission token   shown to the server, which keeps its hash (B2)
//!                                                 ├─ envelope key      names, titles, chat, new links (P1)
//!                                                 ├─ external PSK      joining the group by link (B1)
//!                                                 └─ knock key         what a person at the door shows the host
//! ```
//!
//! Nothing here draws a random number, but the MLS library within [`group`]: nonces, ids and secrets are arguments.

pub mod account;
pub mod envelope;
pub mod grant;
pub mod group;
pub mod key;
pub mod link;
pub mod meeting;
pub mod password;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
