//! An authenticator made of software (WebAuthn Level 3, section 6), with the part of the browser: each thing that a real
//! one does right can be done wrong. Its signatures are those of another library than the one that checks them.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use incamera_conference::text;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// A passkey, and the device that keeps it.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    pub(crate) id: Vec<u8>,
    user: Vec<u8>,
    /// Counts up with each use, unless it is 0 as with passkeys that several devices share.
    pub(crate) counter: u32,
}

/// What is done wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The page was another site's.
    Origin,
    /// The page was of this site, at another port.
    Port,
    /// The browser was asked from within another site's page.
    CrossOrigin,
    /// It is another server's passkey.
    RelyingParty,
    /// Nobody touched it.
    NotPresent,
    /// It was touched, and did not look by whom.
    NotVerified,
    /// It was asked for something else.
    Kind,
    /// A bit of the signature is another one.
    Signature,
    /// What was signed is not what is shown.
    ClientData,
    /// As above.
    AuthenticatorData,
    /// Another challenge than the one that is answered.
    Challenge,
    /// It says that it is somebody else's.
    User,
    /// It does not say whose it is.
    NoUser,
}

impl Authenticator {
    /// `number`: makes its id unlike others'.
    pub(crate) fn new(number: u8) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Self { key, id: vec![number; 16], user: Vec::new(), counter: 0 }
    }

    /// Makes the passkey. `question`: of `POST /api/account/passkeys/challenge`. What to add for the answer: the name.
    pub(crate) fn make(&mut self, origin: &str, question: &Value, fault: Option<Fault>) -> Value {
        self.user = bytes(&question["user"]);
        let kind = if fault == Some(Fault::Kind) { "webauthn.get" } else { "webauthn.create" };
        let client_data = client_data(kind, origin, question, fault);
        let mut data = self.data(question, HAS_CREDENTIAL, fault);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("short").to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        let mut attestation = vec![0xA3];
        for part in [b"\x63fmt\x64none".as_slice(), b"\x67attStmt\xA0", b"\x68authData\x58"] {
            attestation.extend(part);
        }
        attestation.push(u8::try_from(data.len()).expect("short"));
        attestation.extend(data);
        json!({
            "challenge": question["challenge"], "clientData": text::encode(&client_data),
            "attestation": text::encode(&attestation),
        })
    }

    /// Answers. `question`: of `POST /api/sign-in/passkey/challenge`, or of a right password.
    pub(crate) fn answer(&mut self, origin: &str, question: &Value, fault: Option<Fault>) -> Value {
        let kind = if fault == Some(Fault::Kind) { "webauthn.create" } else { "webauthn.get" };
        let mut client_data = client_data(kind, origin, question, fault);
        if self.counter > 0 {
            self.counter += 1;
        }
        let mut data = self.data(question, 0, fault);
        let signed = [data.as_slice(), Sha256::digest(&client_data).as_slice()].concat();
        let mut signature = self.key.sign(&SystemRandom::new(), &signed).expect("signed").as_ref().to_vec();
        match fault {
            Some(Fault::Signature) => *signature.last_mut().expect("long") ^= 1,
            Some(Fault::ClientData) => client_data.insert(1, b' '),
            Some(Fault::AuthenticatorData) => *data.last_mut().expect("long") += 1,
            _ => {}
        }
        let user = match fault {
            Some(Fault::User) => Some(text::encode(&[7; 16])),
            Some(Fault::NoUser) => None,
            _ => Some(text::encode(&self.user)),
        };
        json!({
            "challenge": question["challenge"], "credential": text::encode(&self.id), "user": user,
            "clientData": text::encode(&client_data), "authenticatorData": text::encode(&data),
            "signature": text::encode(&signature),
        })
    }

    /// Section 6.1, up to the counter.
    fn data(&self, question: &Value, more: u8, fault: Option<Fault>) -> Vec<u8> {
        let rp_id = question["rpId"].as_str().expect("a name");
        let rp_id = if fault == Some(Fault::RelyingParty) { "evil.example" } else { rp_id };
        let mut flags = USER_PRESENT | USER_VERIFIED | more;
        match fault {
            Some(Fault::NotPresent) => flags &= !USER_PRESENT,
            Some(Fault::NotVerified) => flags &= !USER_VERIFIED,
            _ => {}
        }
        let mut data = Sha256::digest(rp_id).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// COSE (RFC 9053, section 7.1.1) of P-256 for ES256.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        let head = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        [head.as_slice(), x, &[0x22, 0x58, 0x20], y].concat()
    }
}

/// Section 5.8.1.
fn client_data(kind: &str, origin: &str, question: &Value, fault: Option<Fault>) -> Vec<u8> {
    let origin = match fault {
        Some(Fault::Origin) => "https://evil.example",
        Some(Fault::Port) => "https://localhost:1",
        _ => origin,
    };
    let challenge = match fault {
        Some(Fault::Challenge) => text::encode(&[9; 32]).into(),
        _ => question["challenge"].clone(),
    };
    let cross = fault == Some(Fault::CrossOrigin);
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": cross })
        .to_string()
        .into_bytes()
}

fn bytes(value: &Value) -> Vec<u8> {
    text::decode(value.as_str().expect("text")).expect("base64url")
}
