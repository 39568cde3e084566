//! The security code: digits that are the same for everybody in the group, and for nobody else (K4).

use sha2::{Digest, Sha256};

/// Digits of a code: 83 bits.
const DIGITS: usize = 25;
const GROUP: usize = 5;

/// The code of an epoch, from its authenticator (RFC 9420, section 8.7): five groups of five digits.
pub(super) fn security_code(authenticator: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"incamera/1 security code\0");
    hash.update(authenticator);
    let modulus = 10_u128.pow(DIGITS as u32);
    // A number of 256 bits modulo one of 84: no digit is likelier than another by more than 2^-172.
    let number = hash.finalize().iter().fold(0_u128, |sum, byte| (sum * 256 + u128::from(*byte)) % modulus);
    let digits = format!("{number:0DIGITS$}");
    let groups: Vec<_> = digits.as_bytes().chunks(GROUP).map(String::from_utf8_lossy).collect();
    groups.join(" ")
}
