//! Failures, as every answer of the API tells them: a word for programs, a sentence for people.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::accounts::AccountError;
use crate::http::api::{Problem, ProblemCode};
use crate::rate::SlowDown;
use crate::store::StoreError;

/// An answer that is not a success.
#[derive(Debug)]
pub struct Failure {
    code: ProblemCode,
    message: String,
    retry_after: Option<u64>,
}

impl Failure {
    /// With the usual sentence for this kind.
    pub fn new(code: ProblemCode) -> Self {
        Self { code, message: sentence(code).to_owned(), retry_after: None }
    }

    /// With a sentence of its own.
    pub fn because(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::new(code) }
    }
}

fn sentence(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::BadRequest => "The request could not be read.",
        ProblemCode::SignedOut => "Please sign in.",
        ProblemCode::WrongPassword => "Name and password do not fit together.",
        ProblemCode::WrongPasskey => "This passkey does not belong to an account here, or it took too long.",
        ProblemCode::PasswordToo => "This passkey does not sign in alone. Sign in with name and password.",
        ProblemCode::NoPasskeysHere => {
            "Passkeys do not work at this address. Open the server by its name, such as https://meet.example.org."
        }
        ProblemCode::SpentAddress => {
            "This one-time address was used already, or it is older than a day. Ask for a new one."
        }
        ProblemCode::NameTaken => "There is an account of this name already. Choose another name.",
        ProblemCode::NotFound => "There is no such thing here.",
        ProblemCode::TooMany => "There are too many already. Delete some that are not needed any more.",
        ProblemCode::SlowDown => "That was too often. Wait a little, then try again.",
        ProblemCode::WrongOrigin => "The request came from another site.",
        ProblemCode::Internal => "Something went wrong on the server. Trying again may help.",
    }
}

fn status(code: ProblemCode) -> StatusCode {
    match code {
        ProblemCode::BadRequest => StatusCode::BAD_REQUEST,
        ProblemCode::SignedOut
        | ProblemCode::WrongPassword
        | ProblemCode::WrongPasskey
        | ProblemCode::PasswordToo => StatusCode::UNAUTHORIZED,
        ProblemCode::SpentAddress => StatusCode::GONE,
        ProblemCode::NameTaken | ProblemCode::TooMany | ProblemCode::NoPasskeysHere => StatusCode::CONFLICT,
        ProblemCode::NotFound => StatusCode::NOT_FOUND,
        ProblemCode::SlowDown => StatusCode::TOO_MANY_REQUESTS,
        ProblemCode::WrongOrigin => StatusCode::FORBIDDEN,
        ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let problem = Problem { error: self.code, message: self.message };
        let mut response = (status(self.code), Json(problem)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<SlowDown> for Failure {
    fn from(SlowDown(wait): SlowDown) -> Self {
        Self { retry_after: Some(wait.as_secs().max(1)), ..Self::new(ProblemCode::SlowDown) }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        // A store error carries no values, see its type.
        tracing::error!("the store failed: {error}");
        Self::new(ProblemCode::Internal)
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::SpentAddress => Self::new(ProblemCode::SpentAddress),
            AccountError::NameTaken => Self::new(ProblemCode::NameTaken),
            AccountError::UnusableName => unusable_name(),
            AccountError::WrongPassword => Self::new(ProblemCode::WrongPassword),
            AccountError::WrongPasskey => Self::new(ProblemCode::WrongPasskey),
            AccountError::PasswordToo => Self::new(ProblemCode::PasswordToo),
            AccountError::NoPasskey => {
                Self::because(ProblemCode::BadRequest, "There is no passkey to ask for. Add one first.")
            }
            AccountError::TooManyPasskeys => Self::new(ProblemCode::TooMany),
            AccountError::NoPasskeysHere(_) => Self::new(ProblemCode::NoPasskeysHere),
            AccountError::Overloaded(_) => SlowDown(std::time::Duration::from_secs(3)).into(),
            AccountError::Store(error) => error.into(),
        }
    }
}

/// For a name that an account cannot have.
pub fn unusable_name() -> Failure {
    let most = crate::limits::ACCOUNT_NAME;
    Failure::because(
        ProblemCode::BadRequest,
        format!("The name must have 1 to {most} characters, and be the one that this address was made for."),
    )
}
