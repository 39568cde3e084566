//! One order (RFC 8555, 7.4), proven by TLS-ALPN-01 (RFC 8737) on the port that the server has anyway.

use anyhow::{Context, anyhow, bail};
use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};

use super::{PATIENCE, identifier};
use crate::config::Config;
use crate::tls::{Challenges, Pair};

/// Orders, proves, and returns chain and key in PEM.
pub(super) async fn order(
    account: &Account,
    config: &Config,
    former: Option<&Pair>,
) -> anyhow::Result<String> {
    let identifiers: Vec<Identifier> = config.names.iter().map(|name| parse(name)).collect();
    let mut new = NewOrder::new(&identifiers);
    if let Some(former) = former.and_then(identifier) {
        new = new.replaces(former);
    }
    let offered = |wanted: &&str| account.profiles().any(|profile| profile.name == *wanted);
    let profile = config.authority.profile.as_deref().filter(offered);
    let mut first = NewOrder::new(&identifiers);
    if let Some(profile) = profile {
        (new, first) = (new.profile(profile), first.profile(profile));
    }
    let mut order = match account.new_order(&new).await {
        // It does not know the former certificate, or that it was replaced before, or nothing of such things, or does not say
        // that it understood (RFC 9773, 5): then it is a first one.
        Err(_) if former.is_some() => account.new_order(&first).await,
        outcome => outcome,
    }
    .context("the authority takes no order")?;

    let shown = show(&mut order, &Challenges::of(&config.state)).await?;
    let patient = RetryPolicy::default().timeout(PATIENCE);
    match order.poll_ready(&patient).await {
        Ok(OrderStatus::Ready) => {}
        Ok(_) | Err(instant_acme::Error::Api(_)) => return Err(reason(&mut order).await),
        Err(error) => return Err(error).context("the authority did not answer in time"),
    }
    drop(shown);
    let key = order.finalize().await.context("the authority refused the request for the certificate")?;
    let chain =
        order.poll_certificate(&patient).await.context("the authority made no certificate in time")?;
    Ok(format!("{}\n{key}", chain.trim_end()))
}

fn parse(name: &str) -> Identifier {
    name.parse().map_or_else(|_| Identifier::Dns(name.to_owned()), Identifier::Ip)
}

/// Shows what the authority looks for, for each name, until what is returned is dropped.
async fn show(order: &mut Order, challenges: &Challenges) -> anyhow::Result<Vec<crate::tls::Shown>> {
    let mut shown = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.context("the authority does not say what it wants proven")?;
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            other => bail!("the authority does not let a name be proven: {other:?}"),
        }
        let mut challenge = authorization
            .challenge(ChallengeType::TlsAlpn01)
            .context("the authority offers no proof by TLS-ALPN-01, the only one that needs no other port")?;
        let name = challenge.identifier().to_string();
        let mut params = CertificateParams::new([name.clone()])?;
        params.custom_extensions =
            vec![CustomExtension::new_acme_identifier(challenge.key_authorization().digest().as_ref())];
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem() + &key.serialize_pem();
        shown.push(challenges.show(&name, &pem).context("cannot write the proof into the state folder")?);
        challenge.set_ready().await.context("the authority does not look for the proof")?;
    }
    Ok(shown)
}

/// Why an order failed, by what the authority says of each name.
async fn reason(order: &mut Order) -> anyhow::Error {
    let mut said = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        if authorization.refresh().await.is_err() {
            continue;
        }
        let name = authorization.identifier().to_string();
        let problems = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        said.extend(problems.map(|problem| {
            let detail = problem.detail.as_deref().unwrap_or("no reason was given");
            format!("{name}: {detail}")
        }));
    }
    anyhow!(
        "the authority could not see that this server answers for its names. It says: {}. Look whether each name leads \
         to this machine, whether the server is running, and whether port 443 is open from outside",
        if said.is_empty() { "nothing".to_owned() } else { said.join("; ") }
    )
}
