//! Which certificate is shown, and how it is replaced while meetings go on (S3).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::challenge::{CHALLENGE_ALPN, Challenges};
use super::pair::Pair;
use super::self_signed::self_signed;
use crate::clock::UnixTime;

/// In the state folder: a certificate that was ordered, with its key.
pub(crate) const ORDERED: &str = "certificate.pem";
/// In the state folder: a certificate from elsewhere, handed over, with its key.
pub(crate) const HANDED: &str = "certificate-handed.pem";
/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Where a certificate is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Files {
    /// The chain, the server's own certificate first.
    pub chain: PathBuf,
    /// The key, where it is not in the same file.
    pub key: Option<PathBuf>,
}

impl Files {
    /// Where a certificate that was ordered is put.
    pub fn ordered(state: &Path) -> Self {
        Self { chain: state.join(ORDERED), key: None }
    }

    /// Where a certificate from elsewhere is put that the server may not read.
    pub fn handed(state: &Path) -> Self {
        Self { chain: state.join(HANDED), key: None }
    }

    /// Those that a server shows: the named ones. Where it may not read them, what was handed over of them
    /// ([`crate::acme`]); where none are named, what was ordered.
    pub fn shown(state: &Path, named: Option<&Self>) -> Self {
        let Some(named) = named else { return Self::ordered(state) };
        let handed = Self::handed(state);
        if named.can_be_opened() || !handed.chain.exists() { named.clone() } else { handed }
    }

    fn can_be_opened(&self) -> bool {
        std::iter::once(&self.chain).chain(&self.key).all(|path| fs::File::open(path).is_ok())
    }

    /// What is there.
    ///
    /// # Errors
    /// As [`Pair::read`].
    pub fn read(&self) -> anyhow::Result<Pair> {
        Pair::read(&self.chain, self.key.as_deref())
    }

    fn mark(&self) -> Mark {
        let mark = |path: &PathBuf| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        std::iter::once(&self.chain).chain(&self.key).map(mark).collect()
    }
}

/// Changes whenever one of the files is written anew.
type Mark = Vec<Option<(SystemTime, u64)>>;

/// Who vouches for the certificate that is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Voucher {
    /// Nobody but the server: browsers warn.
    Itself,
    /// An authority, as far as the server can know: the certificate came from outside.
    Authority,
}

/// A certificate of an authority that somebody has to renew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// Until when it is good.
    pub ends: UnixTime,
    /// Whether `incamera certificate renew` brings the next one; else it comes from where the present one did.
    pub ordered: bool,
}

/// What is shown to clients.
#[derive(Debug)]
pub struct Served {
    present: RwLock<(Pair, Voucher)>,
    files: Files,
    /// Whether they are ordered, and do not come from elsewhere.
    ordered: bool,
    /// Of the files, before they were read.
    mark: Mark,
    challenges: Challenges,
}

impl Served {
    /// The certificate of these files; where none are named, that which was ordered, or else one that the server makes
    /// itself for these names.
    ///
    /// # Errors
    /// Files that were named and cannot be used.
    pub fn new(state: &Path, files: Option<&Files>, names: &[String]) -> anyhow::Result<Arc<Self>> {
        let named = files.is_some();
        let files = Files::shown(state, files);
        let mark = files.mark();
        let present = match (files.chain.exists() || named).then(|| files.read()) {
            Some(Ok(pair)) => (pair, Voucher::Authority),
            Some(Err(error)) if named => {
                return Err(error.context(
                    "the certificate that the configuration names cannot be shown; where only root may read it, `sudo incamera setup` hands it over",
                ));
            }
            unusable => {
                if let Some(Err(error)) = unusable {
                    tracing::error!("the certificate that was ordered cannot be used: {error:#}");
                }
                let (certificate, key) = self_signed(state, names)?;
                (Pair::new(vec![certificate], &key)?, Voucher::Itself)
            }
        };
        let (present, challenges) = (RwLock::new(present), Challenges::of(state));
        Ok(Arc::new(Self { present, files, ordered: !named, mark, challenges }))
    }

    /// Who vouches for it, and until when it is good; whether that is soon.
    pub fn state(&self, now: UnixTime) -> (Voucher, UnixTime, bool) {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        (present.1, present.0.life.ends, present.0.life.ends_soon(now))
    }

    /// What hosts are told: that it ends soon. Of one that the server made itself browsers warn anyway.
    pub fn ending(&self, now: UnixTime) -> Option<Ending> {
        match self.state(now) {
            (Voucher::Authority, ends, true) => Some(Ending { ends, ordered: self.ordered }),
            _ => None,
        }
    }

    /// Looks at the files from time to time. What is new and good is shown to whoever connects from then on; what is not
    /// good is said once, and the former certificate stays.
    pub async fn follow(self: Arc<Self>) {
        self.follow_every(LOOK).await;
    }

    async fn follow_every(self: Arc<Self>, look: Duration) {
        let mut mark = self.mark.clone();
        let mut ticks = tokio::time::interval(look);
        loop {
            ticks.tick().await;
            let present = self.files.mark();
            if present == mark {
                continue;
            }
            mark = present;
            // Deleted: the former one stays until the next start.
            if mark.iter().any(Option::is_none) {
                continue;
            }
            match self.files.read() {
                Ok(pair) => {
                    *self.present.write().unwrap_or_else(PoisonError::into_inner) =
                        (pair, Voucher::Authority);
                    tracing::info!("a new certificate is shown from now on");
                }
                Err(error) => {
                    tracing::error!("a new certificate cannot be used, the former stays: {error:#}")
                }
            }
        }
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let is_challenge = hello.alpn().is_some_and(|mut offers| offers.any(|offer| offer == CHALLENGE_ALPN));
        if is_challenge {
            return self.challenges.answer(hello.server_name()?);
        }
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&present.0.certified))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::files::{self, Readers};

    fn put(path: &Path, name: &str) {
        put_for(path, name, 0..4_000_000_000);
    }

    fn put_for(path: &Path, name: &str, life: std::ops::Range<i64>) {
        let time = |at| time::OffsetDateTime::from_unix_timestamp(at).expect("a time");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("valid");
        (params.not_before, params.not_after) = (time(life.start), time(life.end));
        let pem = params.self_signed(&key).expect("made").pem() + &key.serialize_pem();
        files::replace(path, pem.as_bytes(), Readers::Owner).expect("written");
    }

    fn shown(served: &Served) -> Vec<String> {
        served.present.read().expect("readable").0.names.clone()
    }

    async fn until(what: impl Fn() -> bool) {
        for _ in 0..2_000 {
            if what() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never came");
    }

    #[tokio::test]
    async fn a_new_certificate_is_shown_and_a_broken_one_is_not() {
        let state = tempfile::tempdir().expect("a folder");
        let served = Served::new(state.path(), None, &["a.example".to_owned()]).expect("made");
        assert_eq!(served.state(UnixTime::now()).0, Voucher::Itself);
        let follower = tokio::spawn(Arc::clone(&served).follow_every(Duration::from_millis(2)));
        let path = state.path().join(ORDERED);
        put(&path, "b.example");
        until(|| shown(&served) == ["b.example"]).await;
        assert_eq!(served.state(UnixTime::now()).0, Voucher::Authority);
        fs::write(&path, "broken").expect("written");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(shown(&served), ["b.example"], "the former stays");
        put(&path, "c.example");
        until(|| shown(&served) == ["c.example"]).await;
        follower.abort();
    }

    #[test]
    fn hosts_are_told_of_the_last_quarter_of_an_authoritys_certificate_s3() {
        let state = tempfile::tempdir().expect("a folder");
        let (early, late) = (UnixTime(1_299_999), UnixTime(1_300_001));
        let path = state.path().join(ORDERED);
        put_for(&path, "a.example", 1_000_000..1_400_000);
        let ordered = Served::new(state.path(), None, &[]).expect("made");
        assert_eq!(ordered.ending(early), None);
        assert_eq!(ordered.ending(late), Some(Ending { ends: UnixTime(1_400_000), ordered: true }));
        let files = Files { chain: path, key: None };
        let named = Served::new(state.path(), Some(&files), &[]).expect("made");
        assert_eq!(named.ending(late), Some(Ending { ends: UnixTime(1_400_000), ordered: false }));
    }

    #[test]
    fn what_the_server_may_not_read_is_shown_where_it_was_handed_over_s3() {
        let state = tempfile::tempdir().expect("a folder");
        let named = Files { chain: state.path().join("own.pem"), key: None };
        put(&state.path().join(ORDERED), "ordered.example");
        put_for(&state.path().join(HANDED), "handed.example", 1_000_000..1_400_000);
        let served = Served::new(state.path(), Some(&named), &[]).expect("made");
        assert_eq!(shown(&served), ["handed.example"]);
        let ending = served.ending(UnixTime(1_300_001)).expect("it ends soon");
        assert!(!ending.ordered, "nobody orders the next one");
        put(&named.chain, "own.example");
        let served = Served::new(state.path(), Some(&named), &[]).expect("made");
        assert_eq!(shown(&served), ["own.example"], "what it may read it reads");
    }

    #[test]
    fn nobody_is_told_of_a_certificate_that_the_server_made_itself() {
        let state = tempfile::tempdir().expect("a folder");
        let served = Served::new(state.path(), None, &["a.example".to_owned()]).expect("made");
        let (_, ends, soon) = served.state(UnixTime(i64::MAX));
        assert!(soon, "it ends at {ends:?}");
        assert_eq!(served.ending(UnixTime(i64::MAX)), None);
    }

    #[test]
    fn a_named_file_that_cannot_be_used_stops_the_start_and_an_ordered_one_does_not() {
        let state = tempfile::tempdir().expect("a folder");
        let files = Files { chain: state.path().join("nowhere.pem"), key: None };
        let error = Served::new(state.path(), Some(&files), &[]).expect_err("there is none");
        let error = format!("{error:#}");
        assert!(error.contains("nowhere.pem") && error.contains("incamera setup"), "{error}");
        fs::write(state.path().join(ORDERED), "broken").expect("written");
        let served = Served::new(state.path(), None, &["a.example".to_owned()]).expect("made");
        assert_eq!(served.state(UnixTime::now()).0, Voucher::Itself);
    }
}
