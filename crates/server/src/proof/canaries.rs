//! What the meeting of the proof is made of: words, numbers and addresses that occur nowhere else in the world.

use std::net::Ipv4Addr;

use incamera_e2ee::account::HostSeed;
use incamera_e2ee::link::MeetingSecret;
use incamera_participant::{Voice, random};

use super::forms::Needle;

/// Letters of a word. Fourteen are 65 bits.
pub(super) const LETTERS: usize = 14;

/// Of the number in a link (RFC 4648, section 6).
const NUMBERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Somebody who takes part.
pub(super) struct Attendant {
    /// A word between others, as in a name.
    pub(super) name: String,
    /// What they write.
    pub(super) line: String,
    /// What their sounds have in them, under the encryption.
    pub(super) voice: Voice,
    /// From where they come.
    pub(super) address: Ipv4Addr,
}

/// All that is drawn for one meeting. Nothing of it is ever written, nor an argument of a program.
pub(super) struct Canaries {
    pub(super) host: Attendant,
    pub(super) guest: Attendant,
    pub(super) meeting: String,
    pub(super) title: String,
    /// Another meeting of the host, which is kept until its account goes.
    pub(super) kept: String,
    pub(super) kept_title: String,
    pub(super) password: String,
    pub(super) secret: MeetingSecret,
    pub(super) seed: HostSeed,
    pub(super) account_password: String,
}

impl Canaries {
    /// Draws them.
    pub(super) fn draw() -> anyhow::Result<Self> {
        let attendant = || -> anyhow::Result<Attendant> {
            Ok(Attendant {
                name: word()?,
                line: word()?,
                voice: random()?,
                // Of 127.0.0.0/8, all of which is this machine; three digits in each number.
                address: Ipv4Addr::from(
                    [127]
                        .into_iter()
                        .chain(three()?)
                        .collect::<Vec<_>>()
                        .try_into()
                        .unwrap_or([127, 0, 0, 1]),
                ),
            })
        };
        Ok(Self {
            host: attendant()?,
            guest: attendant()?,
            meeting: letters(NUMBERS, 16)?,
            title: word()?,
            kept: letters(NUMBERS, 16)?,
            kept_title: word()?,
            password: word()?,
            secret: MeetingSecret::from_bytes(random()?),
            seed: HostSeed::from_bytes(random()?),
            account_password: word()?,
        })
    }

    /// What they are found by.
    pub(super) fn needles(&self) -> Vec<Needle> {
        let mut needles = vec![
            Needle::text("the title", &*self.title),
            Needle::text("the password", &*self.password),
            Needle::text("the number in the link", &*self.meeting),
            Needle::text("the title of a meeting that was kept for a while", &*self.kept_title),
            Needle::text("the number of a meeting that was kept for a while", &*self.kept),
            Needle::bytes("the secret of the link", self.secret.as_bytes()),
            Needle::bytes("the host's key", self.seed.as_bytes()),
            Needle::text("the host's password", &*self.account_password),
        ];
        for attendant in [&self.host, &self.guest] {
            needles.push(Needle::text("a name", &*attendant.name));
            needles.push(Needle::text("a line of chat", &*attendant.line));
            needles.push(Needle::bytes("a sound", &attendant.voice));
        }
        needles
    }
}

/// A word that nobody ever wrote.
pub(super) fn word() -> anyhow::Result<String> {
    letters(b"abcdefghijklmnopqrstuvwxyz", LETTERS)
}

/// Of an alphabet whose length divides 256 nearly; a small bias does no harm here.
fn letters(alphabet: &[u8], length: usize) -> anyhow::Result<String> {
    let drawn: [u8; 32] = random()?;
    let letter = |byte: &u8| char::from(alphabet[usize::from(*byte) % alphabet.len()]);
    Ok(drawn.iter().take(length).map(letter).collect())
}

/// From 100 to 250.
fn three() -> anyhow::Result<[u8; 3]> {
    Ok(random::<3>()?.map(|byte| 100 + byte % 151))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_meeting_is_another_one_b8() {
        let [one, other] = [(); 2].map(|()| Canaries::draw().expect("random"));
        assert_ne!(one.host.name, other.host.name);
        assert_ne!(one.host.name, one.guest.name);
        assert_ne!(one.meeting, other.meeting);
        assert!(one.host.address.octets()[1..].iter().all(|number| (100..=250).contains(number)));
        assert!(one.host.address.is_loopback());
    }
}
