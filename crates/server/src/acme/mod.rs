//! Certificates that an authority vouches for, ordered and renewed (S3; ACME, RFC 8555).
//!
//! This runs as a program of its own, `incamera certificate renew`, on a timer: the server has no way out of the
//! machine. The two meet in the state folder. There the server finds the proof that it answers for a name
//! ([`crate::tls::Challenges`]), and afterwards the certificate.

pub mod command;
pub(crate) mod handed;
mod http;
mod order;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use instant_acme::{Account, AccountCredentials, CertificateIdentifier, LetsEncrypt, NewAccount};
use serde_json::Value;

use crate::clock::UnixTime;
use crate::config::Config;
use crate::files::{self, Readers};
use crate::tls::{Files, Pair};

/// The account with the authority, in the state folder.
pub(crate) const ACCOUNT: &str = "acme-account.json";
/// Names of one certificate.
const NAMES: usize = 20;
/// How often to begin anew. The library sends each request thrice by itself.
const ORDERS: usize = 3;
/// How long a request to the authority, or one of its proofs, may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// From whom certificates come, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Authority {
    /// The address of its directory (RFC 8555, 7.1.1).
    pub directory: String,
    /// Where it may write when something is wrong.
    pub email: Option<String>,
    /// A file in PEM with authorities that vouch for the directory's own certificate, beside those that browsers know.
    pub root: Option<PathBuf>,
    /// The kind of certificate that is asked for, where the authority has it.
    pub profile: Option<String>,
}

impl Default for Authority {
    fn default() -> Self {
        Self { directory: LetsEncrypt::Production.url().to_owned(), email: None, root: None, profile: None }
    }
}

/// What became of a renewal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Renewal {
    /// The present certificate is good until then, and it is not time yet.
    NotDue(UnixTime),
    /// There is a new one, good until then.
    Renewed(UnixTime),
    /// It comes from files, and whoever puts them there renews it.
    Elsewhere,
}

/// Orders a certificate for the names of the configuration, if it is time, or if it is told to. Where the configuration names files, it
/// takes what was handed over of them, and orders nothing.
///
/// # Errors
/// Whatever kept it from being ordered, in words for the person who reads them. The former certificate is untouched.
pub async fn renew(config: &Config, anyway: bool) -> anyhow::Result<Renewal> {
    let names = &config.names;
    if names.is_empty() {
        bail!(
            "no name is configured for this server: put names = [\"meet.example.org\"] into the configuration file, \
             or add --name"
        );
    }
    if names.len() > NAMES {
        bail!("a certificate is for {NAMES} names at most, and {} are configured", names.len());
    }
    if let Some(named) = &config.certificate {
        return handed::take(config, named, handed::given().as_ref());
    }
    // Of former times.
    let handed = Files::handed(&config.state).chain;
    files::remove_if_there(&handed).with_context(|| format!("cannot delete {}", handed.display()))?;
    let files = Files::ordered(&config.state);
    let present = if files.chain.exists() { files.read().ok() } else { None };
    let present = present.filter(|pair| pair.covers(names));
    let now = UnixTime::now();
    let authority = &config.authority;
    let account = account(&config.state, authority).await?;
    if let Some(pair) = &present
        && !anyway
        && !is_due(&account, pair, now).await
    {
        return Ok(Renewal::NotDue(pair.life.ends));
    }
    let pem = tokio::time::timeout(PATIENCE * 3, order(&account, config, present.as_ref()))
        .await
        .context("the authority took too long")??;
    // Looked at before it replaces anything.
    let new = files.chain.with_extension("ordered");
    files::replace(&new, pem.as_bytes(), Readers::Owner)
        .with_context(|| format!("cannot write {}", new.display()))?;
    let pair = Pair::read(&new, None)?;
    if !pair.covers(names) {
        bail!("the authority sent a certificate for other names: {}", pair.names.join(", "));
    }
    fs::rename(&new, &files.chain).with_context(|| format!("cannot write {}", files.chain.display()))?;
    Ok(Renewal::Renewed(pair.life.ends))
}

/// A new order where the authority did not take what numbers a request, which says nothing about who asks (RFC 8555, 6.5).
async fn order(account: &Account, config: &Config, present: Option<&Pair>) -> anyhow::Result<String> {
    let mut outcome = order::order(account, config, present).await;
    for _ in 1..ORDERS {
        if !outcome.as_ref().is_err_and(is_of_the_nonce) {
            break;
        }
        outcome = order::order(account, config, present).await;
    }
    outcome
}

fn is_of_the_nonce(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| match cause.downcast_ref() {
        Some(instant_acme::Error::Api(problem)) => problem.r#type.as_deref(),
        _ => None,
    });
    kinds.into_iter().any(|kind| kind == "urn:ietf:params:acme:error:badNonce")
}

/// Whether it is time: when the authority says so (RFC 9773), or else in the last third of its life.
async fn is_due(account: &Account, pair: &Pair, now: UnixTime) -> bool {
    let life = pair.life.ends.0.saturating_sub(pair.life.begins.0);
    let last_third = pair.life.ends.0.saturating_sub(now.0) < life / 3;
    let Some(identifier) = identifier(pair) else { return last_third };
    match tokio::time::timeout(PATIENCE, account.renewal_info(&identifier)).await {
        Ok(Ok((info, _))) => {
            let (start, end) =
                (info.suggested_window.start.unix_timestamp(), info.suggested_window.end.unix_timestamp());
            // The timer fires at random moments: whoever looks in the window's first half waits for the second half, so
            // that not all that were ordered together come back together.
            now.0 >= start + (end - start).max(0) / 2
        }
        Ok(Err(_)) | Err(_) => last_third,
    }
}

fn identifier(pair: &Pair) -> Option<CertificateIdentifier<'static>> {
    let certificate = pair.certified.cert.first()?;
    CertificateIdentifier::try_from(certificate).ok().map(CertificateIdentifier::into_owned)
}

/// The account of the state folder, or a new one. A new directory needs a new account.
async fn account(state: &Path, authority: &Authority) -> anyhow::Result<Account> {
    let path = state.join(ACCOUNT);
    let client = http::Client::new(authority.root.as_deref())?;
    let builder = Account::builder_with_http(Box::new(client));
    if let Ok(text) = fs::read(&path)
        && let Ok(kept) = serde_json::from_slice::<Kept>(&text)
        && kept.directory == authority.directory
        && let Some(credentials) = credentials(kept)
    {
        return builder.from_credentials(credentials).await.context(unreachable(authority));
    }
    let contact = authority.email.as_ref().map(|email| format!("mailto:{email}"));
    let contact: Vec<&str> = contact.as_deref().into_iter().collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) =
        builder.create(&new, authority.directory.clone(), None).await.context(unreachable(authority))?;
    let credentials = serde_json::to_value(credentials)?;
    let kept = serde_json::to_vec(&Kept { directory: authority.directory.clone(), credentials })?;
    files::replace(&path, &kept, Readers::Owner)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(account)
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    directory: String,
    credentials: Value,
}

/// The key of the account. To whom it is shown is the configuration's to say: the folder is also the service's, and who
/// breaks into that must not make this program call somewhere else (E1).
fn credentials(kept: Kept) -> Option<AccountCredentials> {
    let Kept { directory, mut credentials } = kept;
    let fields = credentials.as_object_mut()?;
    fields.remove("urls");
    fields.insert("directory".to_owned(), Value::String(directory));
    serde_json::from_value(credentials).ok()
}

fn unreachable(authority: &Authority) -> String {
    format!(
        "the authority at {} gave no account: look whether this machine reaches the internet, and whether its clock is right",
        authority.directory
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_service_could_write_names_no_other_authority_e1() {
        let elsewhere = "https://elsewhere.example/dir";
        let urls = json!({ "newNonce": elsewhere, "newAccount": elsewhere, "newOrder": elsewhere });
        for directory in [json!(elsewhere), Value::Null] {
            let written = json!({ "id": "7", "key_pkcs8": "AAAA", "directory": directory, "urls": urls });
            let kept = Kept { directory: "https://authority.example/dir".to_owned(), credentials: written };
            let taken = serde_json::to_value(credentials(kept).expect("readable")).expect("written");
            assert_eq!(taken["directory"], "https://authority.example/dir");
            assert!(!taken.to_string().contains("elsewhere"), "{taken}");
        }
        let strange = Kept { directory: String::new(), credentials: json!("strange") };
        assert!(credentials(strange).is_none());
    }
}
