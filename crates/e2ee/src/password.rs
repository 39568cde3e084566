//! What people type, made expensive to guess: Argon2id (RFC 9106) with 64 MiB and three passes.

use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// KiB of memory.
pub const MEMORY: u32 = 65536;
/// Passes over the memory.
pub const PASSES: u32 = 3;
/// Bytes of a salt.
pub const SALT: usize = 16;

/// The key that a password gives. The password is normalised (NFKC), so that keyboards which compose letters in
/// different ways type the same one.
pub(crate) fn stretch(password: &str, salt: &[u8; SALT]) -> Zeroizing<[u8; 32]> {
    let password: Zeroizing<String> = Zeroizing::new(password.nfkc().collect());
    // Neither the parameters nor the lengths come from outside: all of them are valid.
    let params = Params::new(MEMORY, PASSES, 1, Some(32)).expect("constant parameters");
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut key[..])
        .expect("constant lengths");
    key
}
