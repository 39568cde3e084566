//! Text that is somebody's own business (I3).

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// Text that does not print: names, verifiers, session descriptions, which hold addresses and ICE passwords.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// The text, for where it belongs.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Deref for Private {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
