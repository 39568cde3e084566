//! What authenticators are asked, and who still waits for the answer (WebAuthn Level 3, section 7). Whether an answer is
//! right, the library says.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use webauthn_rs::prelude::{
    CreationChallengeResponse, CredentialID, DiscoverableAuthentication, Passkey, PasskeyAuthentication,
    PasskeyRegistration, RequestChallengeResponse, Url, Uuid, Webauthn, WebauthnBuilder,
};

use crate::bytes::Challenge;
use crate::limits;
use crate::server::url;
use crate::store::HostId;

/// What browsers and authenticators show beside the name of the server.
const PRODUCT: &str = "incamera";

/// The page was opened at an address for which there are no passkeys: a number, or a name that the server does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there are no passkeys at this address")]
pub struct NoPasskeysHere;

/// One name of this server, for which passkeys can be made: a relying party.
struct Party {
    /// As in the `Host` header.
    authority: String,
    webauthn: Webauthn,
}

/// Which answer is expected.
pub(super) enum Expected {
    /// Of anybody's passkey, which says whose it is.
    Anybodys(DiscoverableAuthentication),
    /// Of one of this host's passkeys; the password was right.
    Hosts(HostId, PasskeyAuthentication),
    /// Of a new passkey for this host; the password was right.
    New(HostId, PasskeyRegistration),
}

/// A question that was asked once, and is forgotten with the first answer.
pub(super) struct Asked {
    pub(super) webauthn: Webauthn,
    pub(super) expected: Expected,
}

/// The questions of one server.
pub(super) struct Ceremonies {
    parties: Vec<Party>,
    asked: Mutex<Waiting<Asked>>,
}

impl Ceremonies {
    /// For a server with these names, at this port. On the machine itself it is `localhost`, too.
    pub(super) fn new(names: &[String], port: u16) -> Self {
        let names = names.iter().map(String::as_str).chain(["localhost"]);
        let parties = names.filter_map(|name| party(name, port)).collect();
        Self { parties, asked: Mutex::new(Waiting::new(limits::CHALLENGES)) }
    }

    /// Asks for any passkey that the browser has for this server.
    pub(super) fn ask_anybody(
        &self,
        authority: &str,
        now: Instant,
    ) -> Result<RequestChallengeResponse, NoPasskeysHere> {
        let webauthn = self.party(authority)?;
        let (question, state) = webauthn.start_discoverable_authentication().map_err(|_| NoPasskeysHere)?;
        self.wait(&question.public_key.challenge, webauthn, Expected::Anybodys(state), now);
        Ok(question)
    }

    /// Asks for one of these passkeys.
    pub(super) fn ask_host(
        &self,
        authority: &str,
        host: HostId,
        passkeys: &[Passkey],
        now: Instant,
    ) -> Result<RequestChallengeResponse, NoPasskeysHere> {
        let webauthn = self.party(authority)?;
        let (question, state) =
            webauthn.start_passkey_authentication(passkeys).map_err(|_| NoPasskeysHere)?;
        self.wait(&question.public_key.challenge, webauthn, Expected::Hosts(host, state), now);
        Ok(question)
    }

    /// Asks for a new passkey, by an authenticator that has none of `known`.
    pub(super) fn ask_for_new(
        &self,
        authority: &str,
        (host, user, name): (HostId, Uuid, &str),
        known: Vec<CredentialID>,
        now: Instant,
    ) -> Result<CreationChallengeResponse, NoPasskeysHere> {
        let webauthn = self.party(authority)?;
        let (question, state) =
            webauthn.start_passkey_registration(user, name, name, Some(known)).map_err(|_| NoPasskeysHere)?;
        self.wait(&question.public_key.challenge, webauthn, Expected::New(host, state), now);
        Ok(question)
    }

    /// What this challenge was for. It is good once, and not for long.
    pub(super) fn take(&self, challenge: Challenge, now: Instant) -> Option<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).take(challenge, now)
    }

    fn party(&self, authority: &str) -> Result<&Webauthn, NoPasskeysHere> {
        let own = |party: &&Party| party.authority.eq_ignore_ascii_case(authority);
        self.parties.iter().find(own).map(|party| &party.webauthn).ok_or(NoPasskeysHere)
    }

    fn wait(&self, challenge: &[u8], webauthn: &Webauthn, expected: Expected, now: Instant) {
        let challenge = Challenge(challenge.try_into().expect("the library draws 32 bytes"));
        let asked = Asked { webauthn: webauthn.clone(), expected };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).put(challenge, asked, now);
    }
}

/// `None` for what is no name, such as an IP address: a passkey belongs to a name (WebAuthn, section 5.1.2).
fn party(name: &str, port: u16) -> Option<Party> {
    let origin = Url::parse(&url(name, port)).ok()?;
    let id = origin.domain()?.to_owned();
    let port = origin.port().map_or_else(String::new, |port| format!(":{port}"));
    let webauthn = WebauthnBuilder::new(&id, &origin).ok()?.rp_name(PRODUCT).build().ok()?;
    Some(Party { authority: format!("{id}{port}"), webauthn })
}

/// What waits for its challenge to come back.
struct Waiting<T> {
    most: usize,
    by_challenge: HashMap<Challenge, (Instant, T)>,
    /// From the oldest; some of them have been answered.
    order: VecDeque<(Instant, Challenge)>,
}

impl<T> Waiting<T> {
    fn new(most: usize) -> Self {
        Self { most, by_challenge: HashMap::new(), order: VecDeque::new() }
    }

    fn put(&mut self, challenge: Challenge, what: T, now: Instant) {
        while let Some((asked, oldest)) = self.order.front() {
            let late = now.duration_since(*asked) >= limits::CHALLENGE_LIFE;
            if !late && self.order.len() < self.most {
                break;
            }
            self.by_challenge.remove(oldest);
            self.order.pop_front();
        }
        self.order.push_back((now, challenge));
        self.by_challenge.insert(challenge, (now, what));
    }

    fn take(&mut self, challenge: Challenge, now: Instant) -> Option<T> {
        let (asked, what) = self.by_challenge.remove(&challenge)?;
        (now.duration_since(asked) < limits::CHALLENGE_LIFE).then_some(what)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_challenge_is_good_once_and_not_for_long_s1() {
        let (mut waiting, start) = (Waiting::new(10), Instant::now());
        let [one, other] = [Challenge([1; 32]), Challenge([2; 32])];
        waiting.put(one, "one", start);
        waiting.put(other, "other", start);
        let soon = start + limits::CHALLENGE_LIFE - Duration::from_secs(1);
        assert_eq!(waiting.take(one, soon), Some("one"));
        assert_eq!(waiting.take(one, soon), None);
        assert_eq!(waiting.take(other, start + limits::CHALLENGE_LIFE), None);
    }

    #[test]
    fn challenges_are_few_and_the_oldest_makes_room_d2() {
        let (mut waiting, start) = (Waiting::new(3), Instant::now());
        for number in 0..100 {
            waiting.put(Challenge([number; 32]), number, start);
            assert!(waiting.by_challenge.len() <= 3 && waiting.order.len() <= 3);
        }
        assert_eq!(waiting.take(Challenge([96; 32]), start), None);
        assert_eq!(waiting.take(Challenge([97; 32]), start), Some(97));
        waiting.put(Challenge([200; 32]), 200, start + limits::CHALLENGE_LIFE);
        assert_eq!((waiting.by_challenge.len(), waiting.order.len()), (1, 1), "the late ones are forgotten");
    }

    #[test]
    fn passkeys_belong_to_the_names_of_this_server_and_to_no_address_s1() {
        let names = ["Meet.Example.org", "192.0.2.1", "2001:db8::1", "*.example.org"].map(str::to_owned);
        let at = |port, authority: &str| {
            Ceremonies::new(&names, port).ask_anybody(authority, Instant::now()).map(|it| it.public_key.rp_id)
        };
        assert_eq!(at(443, "meet.example.org"), Ok("meet.example.org".to_owned()));
        assert_eq!(at(8443, "MEET.example.org:8443"), Ok("meet.example.org".to_owned()));
        assert_eq!(at(8443, "localhost:8443"), Ok("localhost".to_owned()));
        for authority in ["meet.example.org:444", "192.0.2.1", "[2001:db8::1]", "evil.example", ""] {
            assert_eq!(at(443, authority), Err(NoPasskeysHere), "{authority}");
        }
        assert_eq!(at(8443, "meet.example.org"), Err(NoPasskeysHere), "another port is another origin");
    }
}
