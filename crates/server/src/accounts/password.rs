//! Passwords: Argon2id (RFC 9106) of what is left of one when it reaches the server, by few workers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::bytes::{self, SignInKey};
use crate::limits;

/// What a guess costs. The page has already spent 64 MiB and three passes on the password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    /// As much work as 19 MiB and two passes (OWASP's Password Storage Cheat Sheet has both), but in one piece that is more
    /// than glibc's malloc keeps to itself (mallopt(3), `M_MMAP_THRESHOLD`: 32 MiB): it goes back to the system each time.
    fn default() -> Self {
        Self { memory: 46 * 1024, passes: 1 }
    }
}

/// Too many passwords wait to be checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too many passwords wait to be checked")]
pub struct Overloaded;

/// Makes and checks verifiers, a few at a time. All clones share the same few places.
#[derive(Clone)]
pub struct Passwords {
    cost: Cost,
    /// What a name without an account is checked against, so that it costs the same.
    nobody: Arc<str>,
    places: Arc<Semaphore>,
    /// How many of these there are.
    at_once: usize,
    waiting: Arc<AtomicUsize>,
}

impl Passwords {
    /// Workers at this cost.
    pub fn new(cost: Cost) -> Self {
        let at_once = limits::password_checks();
        Self {
            cost,
            nobody: verifier(cost, &SignInKey(bytes::random())).into(),
            places: Arc::new(Semaphore::new(at_once)),
            at_once,
            waiting: Arc::new(AtomicUsize::new(0)),
        }
    }

    /// What the store keeps of a sign-in key, in the PHC string format.
    pub async fn verifier(&self, key: SignInKey) -> Result<String, Overloaded> {
        let cost = self.cost;
        self.work(move || verifier(cost, &key)).await
    }

    /// Whether `key` is the one that `verifier` was made of. Without a verifier the answer is no, at the same cost.
    pub async fn check(&self, key: SignInKey, verifier: Option<String>) -> Result<bool, Overloaded> {
        let exists = verifier.is_some();
        let verifier = verifier.unwrap_or_else(|| self.nobody.to_string());
        self.work(move || check(&key, &verifier) && exists).await
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        let _queued = Queued::enter(&self.waiting, limits::PASSWORD_QUEUE + self.at_once)?;
        let place = self.places.clone().acquire_owned().await.map_err(|_| Overloaded)?;
        let job = move || {
            let outcome = job();
            drop(place);
            outcome
        };
        // The job does not panic, and the runtime outlives its tasks: nothing else ends it.
        tokio::task::spawn_blocking(job).await.map_err(|_| Overloaded)
    }
}

/// A place in the bounded queue, given back when dropped: also when the request went away.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn enter(waiting: &'a AtomicUsize, most: usize) -> Result<Self, Overloaded> {
        let queued = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= most {
            return Err(Overloaded);
        }
        Ok(queued)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn verifier(cost: Cost, key: &SignInKey) -> String {
    // The cost is a constant of ours (or of a test), the salt is of the right length.
    let params = Params::new(cost.memory, cost.passes, 1, Some(32)).expect("a valid cost");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(&key.0, &bytes::random::<16>())
        .expect("a valid salt")
        .to_string()
}

fn check(key: &SignInKey, verifier: &str) -> bool {
    // The parameters are those of the string: a raised cost does not lock out those with older verifiers.
    PasswordHash::new(verifier).is_ok_and(|hash| Argon2::default().verify_password(&key.0, &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory: 8, passes: 1 };

    #[tokio::test]
    async fn only_the_right_key_passes() {
        let passwords = Passwords::new(CHEAP);
        let right = SignInKey([1; 32]);
        let verifier = passwords.verifier(right).await.expect("made");
        assert!(verifier.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{verifier}");
        assert_eq!(passwords.check(right, Some(verifier.clone())).await, Ok(true));
        assert_eq!(passwords.check(SignInKey([2; 32]), Some(verifier)).await, Ok(false));
        assert_eq!(passwords.check(right, None).await, Ok(false));
        assert_eq!(passwords.check(right, Some("rubbish".into())).await, Ok(false));
    }

    #[test]
    fn what_a_guess_costs_is_not_lowered_by_accident() {
        let verifier = verifier(Cost::default(), &SignInKey([1; 32]));
        assert!(verifier.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{verifier}");
    }

    #[tokio::test]
    async fn the_queue_has_a_bound_and_gives_its_places_back() {
        let passwords = Passwords::new(CHEAP);
        let held = passwords.places.clone().acquire_many_owned(passwords.at_once as u32).await.expect("free");
        let key = SignInKey([1; 32]);
        let checks: Vec<_> = (0..limits::PASSWORD_QUEUE + passwords.at_once)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.check(key, None).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(passwords.check(key, None).await, Err(Overloaded));
        drop(held);
        for check in checks {
            assert_eq!(check.await.expect("ends"), Ok(false));
        }
        assert_eq!(passwords.check(key, None).await, Ok(false));
    }
}
