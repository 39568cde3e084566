//! A certificate from elsewhere, for a server that may not read its files (S3, E1).
//!
//! A key belongs to root alone, the service is nobody in particular, and root does nothing in the service's folder. So the
//! service manager reads the files, and hands them over to each run of `incamera certificate renew` (systemd.exec(5),
//! `LoadCredential=`). That looks at them, and puts them where the server looks for a new certificate every few seconds.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::Renewal;
use crate::clock::{UnixTime, day};
use crate::config::Config;
use crate::files::{self, Readers};
use crate::tls::{Files, Pair};

/// By which name the chain is handed over, and the key where it is in a file of its own.
pub(crate) const CHAIN: &str = "certificate";
pub(crate) const KEY: &str = "certificate-key";

/// What was handed over to this process.
pub(super) fn given() -> Option<Files> {
    let folder = PathBuf::from(env::var_os("CREDENTIALS_DIRECTORY")?);
    let (chain, key) = (folder.join(CHAIN), folder.join(KEY));
    chain.exists().then(|| Files { chain, key: key.exists().then_some(key) })
}

/// Puts what was handed over where the server looks, if it is another than before.
///
/// # Errors
/// What keeps it from being shown, in words that name the files as their owner knows them. The former one is untouched.
pub(super) fn take(config: &Config, named: &Files, given: Option<&Files>) -> anyhow::Result<Renewal> {
    let Some(given) = given else { return Ok(Renewal::Elsewhere) };
    let pair = good_for(given, &config.names, UnixTime::now())
        .with_context(|| format!("the certificate in {} cannot be shown", named.chain.display()))?;
    let text = |path: &Path| fs::read_to_string(path).context("what was handed over cannot be read");
    let mut pem = text(&given.chain)?;
    if let Some(key) = &given.key {
        pem = format!("{}\n{}", pem.trim_end(), text(key)?);
    }
    let place = Files::handed(&config.state).chain;
    if fs::read(&place).is_ok_and(|former| former == pem.as_bytes()) {
        return Ok(Renewal::NotDue(pair.life.ends));
    }
    files::replace(&place, pem.as_bytes(), Readers::Owner)
        .with_context(|| format!("cannot write {}", place.display()))?;
    Ok(Renewal::Renewed(pair.life.ends))
}

/// The pair in these files, which browsers could take for these names at this time.
///
/// # Errors
/// Why they would not, as far as its text tells.
pub(crate) fn good_for(files: &Files, names: &[String], now: UnixTime) -> anyhow::Result<Pair> {
    let pair = files.read()?;
    ensure!(
        pair.covers(names),
        "it is for {}, and not for {}",
        if pair.names.is_empty() { "no name".to_owned() } else { pair.names.join(", ") },
        names.join(", ")
    );
    if pair.life.ends <= now {
        bail!("it ended on {}", day(pair.life.ends));
    }
    Ok(pair)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    const NAME: &str = "meet.example.org";

    struct Place {
        folder: tempfile::TempDir,
        config: Config,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let config =
                Config { state: folder.path().into(), names: vec![NAME.to_owned()], ..Config::default() };
            Self { folder, config }
        }

        /// Two files, as they are handed over.
        fn put(&self, name: &str, ends: i64) -> Files {
            let key = KeyPair::generate().expect("a key");
            let mut params = CertificateParams::new([name.to_owned()]).expect("valid");
            params.not_after = time::OffsetDateTime::from_unix_timestamp(ends).expect("a time");
            let (chain, other) = (self.folder.path().join("chain"), self.folder.path().join("key"));
            fs::write(&chain, params.self_signed(&key).expect("made").pem()).expect("written");
            fs::write(&other, key.serialize_pem()).expect("written");
            Files { chain, key: Some(other) }
        }

        fn take(&self, given: Option<&Files>) -> anyhow::Result<Renewal> {
            let named = Files { chain: "/etc/ssl/meet/fullchain.pem".into(), key: None };
            take(&self.config, &named, given)
        }

        fn shown(&self) -> Option<Pair> {
            Files::handed(&self.config.state).read().ok()
        }
    }

    const FAR: i64 = 4_000_000_000;

    #[test]
    fn what_is_handed_over_is_put_where_the_server_looks_once_s3() {
        let place = Place::new();
        let given = place.put(NAME, FAR);
        assert_eq!(place.take(Some(&given)).expect("taken"), Renewal::Renewed(UnixTime(FAR)));
        assert_eq!(place.shown().expect("chain and key in one file").names, [NAME]);
        assert_eq!(place.take(Some(&given)).expect("looked at"), Renewal::NotDue(UnixTime(FAR)));
        let later = place.put(NAME, FAR + 1);
        assert_eq!(place.take(Some(&later)).expect("taken"), Renewal::Renewed(UnixTime(FAR + 1)));
    }

    #[test]
    fn what_browsers_would_not_take_is_named_and_the_former_one_stays_s3() {
        let place = Place::new();
        place.take(Some(&place.put(NAME, FAR))).expect("taken");
        for (name, ends, why) in [("a.example", FAR, "it is for a.example"), (NAME, 1, "it ended on")] {
            let error = format!("{:#}", place.take(Some(&place.put(name, ends))).expect_err("not good"));
            assert!(error.contains("/etc/ssl/meet/fullchain.pem") && error.contains(why), "{error}");
            assert_eq!(place.shown().expect("the former one").life.ends, UnixTime(FAR));
        }
    }

    #[test]
    fn with_a_certificate_from_elsewhere_nothing_is_ordered_s3() {
        let place = Place::new();
        assert_eq!(place.take(None).expect("told"), Renewal::Elsewhere);
        assert!(place.shown().is_none());
    }
}
