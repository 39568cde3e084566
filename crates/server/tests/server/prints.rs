//! Whatever is formatted for a log one day says nothing about people (I3).

use incamera::bytes::{
    AccountSalt, AuthenticatorBytes, Challenge, CredentialId, EnrolmentToken, SealedPasskeyName, SignInKey,
    WrappedKey,
};
use incamera::http::api;
use incamera::shard::Outgoing;
use incamera::store::{Host, HostId, NewHost, NewPassword, Purpose, StoredPasskey};
use incamera_conference::effect::Origin;
use incamera_conference::ids::{HostKey, RequestId, Signature};
use incamera_conference::wire::{ClientMessage, HeldState, ServerMessage, Source, SourceSection};

/// In each piece of text that is private.
const CANARY: &str = "Annabella@203.0.113.7";
/// Each byte of what is not text.
const BYTE: u8 = 171;

#[test]
fn what_is_private_does_not_print_i3() {
    let key = HostKey([BYTE; 32]);
    let wrapped = || WrappedKey::new(vec![BYTE; 60]).expect("short");
    let (salt, sign_in_key, token) =
        (AccountSalt([BYTE; 16]), SignInKey([BYTE; 32]), EnrolmentToken([BYTE; 32]));
    let password = NewPassword { salt, verifier: CANARY.into(), wrapped_by_password: wrapped() };
    let sources = vec![SourceSection { mid: "0".to_owned(), source: Source::Camera }];
    let offer = ClientMessage::Offer { request: RequestId(1), sdp: CANARY.into(), sources };
    let answer = ServerMessage::Answer { request: RequestId(1), sdp: CANARY.into() };
    let unreadable = ServerMessage::Unreadable { detail: CANARY.into() };
    let printed: Vec<String> = vec![
        format!("{offer:?}"),
        format!("{answer:?} {:?}", Outgoing::new(answer.clone())),
        format!("{unreadable:?} {:?}", Outgoing::new(unreadable.clone())),
        format!("{:?}", HeldState { text: CANARY.to_owned(), signature: Signature([BYTE; 64]) }),
        format!("{:?}", Origin(u64::from(BYTE))),
        format!("{:?}", Purpose::New(CANARY.into())),
        format!("{password:?}"),
        format!(
            "{:?}",
            Host {
                id: HostId(1),
                name: CANARY.into(),
                salt,
                verifier: CANARY.into(),
                host_key: key,
                wrapped_by_password: wrapped(),
                wrapped_by_recovery: wrapped(),
                asks_both: false,
            }
        ),
        format!(
            "{:?}",
            StoredPasskey {
                id: CredentialId::new(vec![BYTE; 16]).expect("short"),
                host: HostId(1),
                name: SealedPasskeyName::new(vec![BYTE; 16]).expect("short"),
                credential: CANARY.into(),
                wrapped_by_passkey: Some(wrapped()),
            }
        ),
        format!("{:?}", Challenge([BYTE; 32])),
        format!("{:?}", AuthenticatorBytes::new(vec![BYTE; 16])),
        format!(
            "{:?}",
            NewHost { name: CANARY.into(), host_key: key, password, wrapped_by_recovery: wrapped() }
        ),
        format!("{:?}", api::EnrolmentQuery { token }),
        format!("{:?}", api::EnrolmentInfo { name: Some(CANARY.into()), recovery: None }),
        format!("{:?}", api::SaltQuery { name: CANARY.into() }),
        format!("{:?}", api::Salt { salt }),
        format!("{:?}", api::SignIn { name: CANARY.into(), sign_in_key }),
        format!(
            "{:?}",
            api::Account {
                name: CANARY.into(),
                host_key: key,
                wrapped_by_password: wrapped(),
                hours: None,
                certificate: None,
                machine: None,
            }
        ),
        format!(
            "{:?}",
            api::Enrol {
                token,
                name: CANARY.into(),
                salt,
                sign_in_key,
                host_key: key,
                wrapped_by_password: wrapped(),
                wrapped_by_recovery: wrapped(),
            }
        ),
        format!(
            "{:?}",
            api::ChangePassword {
                old_sign_in_key: sign_in_key,
                salt,
                sign_in_key,
                wrapped_by_password: wrapped(),
            }
        ),
    ];
    for text in printed {
        // The bytes in decimal, hexadecimal and base64url.
        for told in ["Annabella", "203.0", "171", "abab", "q6ur"] {
            assert!(!text.contains(told), "{told} in {text}");
        }
    }
}
