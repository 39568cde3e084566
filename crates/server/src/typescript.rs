//! The HTTP API as TypeScript, for `web/src/generated/api.ts`.

use incamera_conference::typescript::Module;

use crate::{bytes, http::api, limits};

/// The whole text of the page's API module.
pub fn render() -> String {
    let mut module = Module::new("incamera");
    module.line(
        "import type { AdmissionHash, HostKey, MeetingId, MeetingSettings, SealedTitle } from './protocol';",
    );
    module.constant("MAX_NAME", "Characters of an account's name.", limits::ACCOUNT_NAME as u64);
    module.constant("MAX_MEETINGS", "Meetings of one host.", limits::MEETINGS.into());
    module.constant("MAX_PASSKEYS", "Passkeys of one host.", limits::PASSKEYS.into());
    module.constant("MAX_RECORD", "Bytes of a sealed record.", bytes::SealedRecord::MAX as u64);
    module.constant("MAX_WRAPPED_KEY", "Bytes of a wrapped key.", bytes::WrappedKey::MAX as u64);

    module.add::<bytes::EnrolmentToken>();
    module.add::<bytes::SignInKey>();
    module.add::<bytes::AccountSalt>();
    module.add::<bytes::WrappedKey>();
    module.add::<bytes::SealedRecord>();
    module.add::<bytes::Challenge>();
    module.add::<bytes::CredentialId>();
    module.add::<bytes::AuthenticatorBytes>();
    module.add::<bytes::SealedPasskeyName>();

    module.add::<api::EnrolmentQuery>();
    module.add::<api::EnrolmentInfo>();
    module.add::<api::RecoverableKey>();
    module.add::<api::Enrol>();
    module.add::<api::SaltQuery>();
    module.add::<api::Salt>();
    module.add::<api::SignIn>();
    module.add::<api::SignInAnswer>();
    module.add::<api::PasskeyQuestion>();
    module.add::<api::PasskeyAnswer>();
    module.add::<api::PasskeyAccount>();
    module.add::<api::Passkeys>();
    module.add::<api::PasskeyRecord>();
    module.add::<api::ConfirmPassword>();
    module.add::<api::NewPasskeyQuestion>();
    module.add::<api::NewPasskey>();
    module.add::<api::RemovePasskey>();
    module.add::<api::AskBoth>();
    module.add::<api::Account>();
    module.add::<api::EndingCertificate>();
    module.add::<api::AuditedMachine>();
    module.add::<api::OpeningHours>();
    module.add::<api::TimeSpan>();
    module.add::<api::OwnOpening>();
    module.add::<api::ChangePassword>();
    module.add::<api::NewMeeting>();
    module.add::<api::MeetingRecord>();
    module.add::<api::UpdateMeeting>();
    module.add::<api::Problem>();
    module.add::<api::ProblemCode>();
    module.finish()
}

#[cfg(test)]
mod tests {
    /// Set to write the file instead of comparing it.
    const WRITE: &str = "INCAMERA_WRITE_GENERATED";

    #[test]
    fn the_generated_file_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/generated/api.ts");
        let fresh = super::render();
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(path, &fresh).expect("the file can be written");
        }
        let present = std::fs::read_to_string(path).unwrap_or_default();
        assert!(present == fresh, "{path} is stale: run `cargo xtask generate`");
    }
}
