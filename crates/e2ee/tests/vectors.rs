//! The derivations against `vectors/link.json`, which another implementation wrote and the page is tested against too
//! (B2, K4).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use incamera_e2ee::account::{HostSeed, RecoveryCode, WrappingKey, split_password};
use incamera_e2ee::envelope::{EnvelopeKey, Label};
use incamera_e2ee::grant::{GrantedRole, grant_text, held_text, sign, verify};
use incamera_e2ee::link::{Fragment, HostHash, MeetingSecret};
use incamera_e2ee::meeting::MeetingKeys;
use serde::Deserialize;

/// Bytes as the file has them.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Bytes {
    fn array<const LEN: usize>(&self) -> [u8; LEN] {
        self.0.as_slice().try_into().expect("the length that the vector should have")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Vectors {
    #[serde(rename = "about")]
    _about: String,
    links: Vec<Link>,
    derivations: Vec<Derivation>,
    envelopes: Vec<Envelope>,
    bad_envelopes: Vec<BadEnvelope>,
    grants: Vec<Grant>,
    held: Held,
    account: Account,
    recovery: Recovery,
    host_key: Host,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    secret: Bytes,
    host_key: Bytes,
    host_hash: Bytes,
    password: bool,
    fragment: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Derivation {
    about: String,
    meeting: String,
    secret: Bytes,
    password: Option<String>,
    admission_token: Bytes,
    admission_hash: Bytes,
    envelope_key: Bytes,
    external_psk: Bytes,
    knock_key: Bytes,
}

#[derive(Deserialize)]
struct Envelope {
    key: Bytes,
    label: String,
    identity: Option<Bytes>,
    meeting: String,
    nonce: Bytes,
    plaintext: String,
    sealed: Bytes,
}

#[derive(Deserialize)]
struct BadEnvelope {
    why: String,
    key: Bytes,
    label: String,
    identity: Option<Bytes>,
    meeting: String,
    sealed: Bytes,
}

#[derive(Deserialize)]
struct Grant {
    meeting: String,
    role: String,
    identity: Bytes,
    #[serde(flatten)]
    signed: Signed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    seed: Bytes,
    host_key: Bytes,
    message: Bytes,
    signature: Bytes,
}

#[derive(Deserialize)]
struct Held {
    text: String,
    #[serde(flatten)]
    signed: Signed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    password: String,
    salt: Bytes,
    sign_in_key: Bytes,
    wrapping_key: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recovery {
    code: Bytes,
    wrapping_key: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    seed: Bytes,
    storage_key: Bytes,
    wrapping_key: Bytes,
    nonce: Bytes,
    wrapped: Bytes,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/link.json")).expect("the vectors can be read")
}

fn label(text: &str, identity: Option<&Bytes>) -> Label {
    match (text, identity) {
        ("name", Some(identity)) => Label::Name { identity: identity.array() },
        ("title", None) => Label::Title,
        ("record", None) => Label::Record,
        (other, _) => panic!("no label {other}, or not bound to what it should be"),
    }
}

#[test]
fn links_are_read_and_written() {
    for link in vectors().links {
        let fragment = Fragment {
            secret: MeetingSecret::from_bytes(link.secret.array()),
            host: HostHash::of(&link.host_key.array()),
            password: link.password,
        };
        assert_eq!(fragment.host.as_bytes(), &link.host_hash.array());
        assert_eq!(fragment.to_text(), link.fragment);
        assert!(Fragment::parse(&link.fragment) == Ok(fragment));
    }
}

#[test]
fn what_is_not_a_whole_link_is_refused() {
    let good = vectors().links[0].fragment.clone();
    let (secret, host) = good.split_once('.').unwrap();
    let bad = [
        String::new(),
        secret.to_owned(),
        format!("{secret}."),
        format!(".{host}"),
        format!("{good}.q"),
        format!("{good}."),
        format!("{good}.p.p"),
        format!("{good}=="),
        format!("{}.{host}", &secret[1..]),
        format!("{secret}A.{host}"),
        format!("#{good}"),
    ];
    for text in bad {
        assert!(Fragment::parse(&text).is_err(), "{text}");
    }
}

#[test]
fn b2_link_and_password_give_the_keys() {
    for vector in vectors().derivations {
        let secret = MeetingSecret::from_bytes(vector.secret.array());
        let keys = MeetingKeys::derive(&vector.meeting, &secret, vector.password.as_deref());
        let about = vector.about;
        assert!(keys.admission.as_bytes() == &vector.admission_token.array(), "{about}: admission");
        assert!(keys.admission.hash() == vector.admission_hash.array(), "{about}: hash");
        assert!(keys.envelope.as_bytes() == &vector.envelope_key.array(), "{about}: envelope");
        assert!(keys.psk.as_bytes() == &vector.external_psk.array(), "{about}: psk");
        assert!(keys.knock.as_bytes() == &vector.knock_key.array(), "{about}: knock");
    }
}

#[test]
fn p1_envelopes_are_sealed_and_opened() {
    for vector in vectors().envelopes {
        let key = EnvelopeKey::from_bytes(vector.key.array());
        let label = label(&vector.label, vector.identity.as_ref());
        let text = vector.plaintext.as_bytes();
        assert_eq!(key.seal(label, &vector.meeting, text, vector.nonce.array()), vector.sealed.0);
        let opened = key.open(label, &vector.meeting, &vector.sealed.0).expect("it opens");
        assert_eq!(opened.as_slice(), text);
    }
}

#[test]
fn p1_other_envelopes_do_not_open() {
    for vector in vectors().bad_envelopes {
        let key = EnvelopeKey::from_bytes(vector.key.array());
        let label = label(&vector.label, vector.identity.as_ref());
        let opened = key.open(label, &vector.meeting, &vector.sealed.0);
        assert!(opened.is_err(), "{}", vector.why);
    }
}

#[test]
fn p3_grants_and_held_states_are_the_hosts() {
    let vectors = vectors();
    for grant in &vectors.grants {
        let role = match grant.role.as_str() {
            "host" => GrantedRole::Host,
            "co_host" => GrantedRole::CoHost,
            "participant" => GrantedRole::Participant,
            other => panic!("no role {other}"),
        };
        check_signed(&grant.signed, &grant_text(&grant.meeting, role, &grant.identity.array()));
    }
    check_signed(&vectors.held.signed, &held_text(&vectors.held.text));
}

fn check_signed(signed: &Signed, message: &[u8]) {
    let host = HostSeed::from_bytes(signed.seed.array()).signing_key();
    let signature = signed.signature.array();
    assert_eq!(message, signed.message.0);
    assert_eq!(sign(&host, message), signature);
    assert_eq!(host.verifying_key().to_bytes(), signed.host_key.array());
    assert!(verify(&signed.host_key.array(), message, &signature).is_ok());
    let altered = [message, b"!"].concat();
    assert!(verify(&signed.host_key.array(), &altered, &signature).is_err());
    assert!(verify(&[0; 32], message, &signature).is_err());
}

#[test]
fn b6_the_password_is_split_and_the_host_key_wrapped() {
    let Vectors { account, recovery, host_key, .. } = vectors();
    let (sign_in, wrapping) = split_password(&account.password, &account.salt.array());
    assert!(sign_in.as_bytes() == &account.sign_in_key.array());
    assert!(wrapping.as_bytes() == &account.wrapping_key.array());

    let code = RecoveryCode::from_bytes(recovery.code.array());
    assert!(code.wrapping_key().as_bytes() == &recovery.wrapping_key.array());

    let seed = HostSeed::from_bytes(host_key.seed.array());
    assert!(seed.storage_key().as_bytes() == &host_key.storage_key.array());
    let key = WrappingKey::from_bytes(host_key.wrapping_key.array());
    assert_eq!(key.wrap(&seed, host_key.nonce.array()), host_key.wrapped.0);
    assert!(key.unwrap(&host_key.wrapped.0) == Ok(seed));
    assert!(wrapping.unwrap(&host_key.wrapped.0).is_err());
}

#[test]
fn secrets_do_not_print() {
    let secret = MeetingSecret::from_bytes([7; 16]);
    let keys = MeetingKeys::derive("abcdefghijklmnop", &secret, None);
    let printed = format!("{secret:?} {keys:?}");
    assert!(!printed.contains('7') && !printed.contains('['), "{printed}");
}

proptest::proptest! {
    #[test]
    fn p1_the_length_of_an_envelope_tells_only_its_size_class(text in proptest::collection::vec(0u8.., 0..300)) {
        let key = EnvelopeKey::from_bytes([1; 32]);
        let sealed = key.seal(Label::Title, "abcdefghijklmnop", &text, [2; 12]);
        let padded = sealed.len() - 12 - 16;
        proptest::prop_assert!(padded >= 64 && padded.is_power_of_two() && padded > text.len());
        proptest::prop_assert!(padded == 64 || padded / 2 <= text.len());
        let opened = key.open(Label::Title, "abcdefghijklmnop", &sealed).map(|text| text.to_vec());
        proptest::prop_assert_eq!(opened, Ok(text));
    }

    #[test]
    fn no_bytes_make_opening_or_reading_panic(bytes in proptest::collection::vec(0u8.., 0..200), text in ".*") {
        let key = EnvelopeKey::from_bytes([1; 32]);
        proptest::prop_assert!(key.open(Label::Title, "m", &bytes).is_err());
        let _ = Fragment::parse(&text);
    }
}
