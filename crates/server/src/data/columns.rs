//! What each column of the database means, in words for everybody, and how much of it is shown.

/// How much of a value is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Show {
    /// As it is.
    Plain,
    /// The name of the host whose number it is.
    Host,
    /// The day on which a moment falls.
    Day,
    /// A number that says yes or no.
    YesNo,
    /// One of some words, which stand for these.
    Word(&'static [(&'static str, &'static str)]),
    /// Switches by their names.
    Settings,
    /// Nothing but how long it is.
    Size,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) means: &'static str,
    pub(super) show: Show,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// What its rows are.
    pub(super) holds: &'static str,
    pub(super) columns: &'static [Column],
}

const fn column(name: &'static str, show: Show, means: &'static str) -> Column {
    Column { name, means, show }
}

/// All of them. A test compares them with the database.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "host",
        holds: "Hosts, who may hold meetings",
        columns: &[
            column("id", Show::Plain, "number"),
            column("name", Show::Plain, "name"),
            column("name_key", Show::Plain, "the name in small letters, by which it is found"),
            column("salt", Show::Size, "random bytes, of which the browser makes keys with the password"),
            column(
                "verifier",
                Show::Size,
                "that by which the password is checked; the password cannot be read from it",
            ),
            column("host_key", Show::Size, "the public half of the host's key"),
            column(
                "wrapped_by_password",
                Show::Size,
                "the private half, sealed in the browser with the password; the server cannot open it",
            ),
            column(
                "wrapped_by_recovery",
                Show::Size,
                "the private half, sealed in the browser with the recovery code; the server cannot open it",
            ),
            column("asks_both", Show::YesNo, "asks for the password and a passkey at each sign-in"),
        ],
    },
    Table {
        name: "passkey",
        holds: "Passkeys with which hosts sign in. When they were made or used is not kept",
        columns: &[
            column("number", Show::Plain, "number, in the order of the list"),
            column("host", Show::Host, "host"),
            column(
                "name",
                Show::Size,
                "the host's name for it, sealed in the browser; the server cannot read it",
            ),
            column("credential_id", Show::Size, "random bytes by which the device knows it"),
            column(
                "credential",
                Show::Size,
                "the public half of the passkey, how it can be reached, and its own count of its uses where it counts them",
            ),
            column(
                "wrapped_by_passkey",
                Show::Size,
                "the private half of the host's key, sealed in the browser with the passkey; the server cannot open it",
            ),
        ],
    },
    Table {
        name: "session",
        holds: "Sign-ins, one for each browser in which a host is signed in",
        columns: &[
            column("host", Show::Host, "host"),
            column("expires", Show::Day, "deleted on"),
            column("token_hash", Show::Size, "a fingerprint of what the browser shows"),
        ],
    },
    Table {
        name: "enrolment",
        holds: "One-time addresses that were not used yet",
        columns: &[
            column(
                "purpose",
                Show::Word(&[
                    ("first", "the first host account"),
                    ("new", "a host account"),
                    ("reset", "a new password"),
                ]),
                "for",
            ),
            column("name", Show::Plain, "the name for the new account"),
            column("host", Show::Host, "the host who gets a new password"),
            column("expires", Show::Day, "good until"),
            column("token_hash", Show::Size, "a fingerprint of the address"),
        ],
    },
    Table {
        name: "meeting",
        holds: "Meetings that hosts made. When they take place, and who takes part, is not kept",
        columns: &[
            column("number", Show::Plain, "number, in the order of the list"),
            column("host", Show::Host, "host"),
            column("kept", Show::YesNo, "kept when it is over (otherwise deleted)"),
            column("settings", Show::Settings, "settings"),
            column("title", Show::Size, "title, sealed in the browser; the server cannot read it"),
            column(
                "record",
                Show::Size,
                "the host's notes (title, link, password), sealed in the browser; the server cannot read them",
            ),
            column("id", Show::Size, "the part of the link that the server knows"),
            column(
                "admission",
                Show::Size,
                "a fingerprint by which those are let in who have the whole link",
            ),
        ],
    },
    Table {
        name: "opening",
        holds: "Times outside of the opening hours for which hosts want the server open. For which meeting is not known; deleted when they are over",
        columns: &[
            column("number", Show::Plain, "number"),
            column("host", Show::Host, "host"),
            column("begins", Show::Day, "begins on"),
            column("ends", Show::Day, "ends on"),
        ],
    },
    Table {
        name: "secret",
        holds: "A secret of the server itself, about nobody",
        columns: &[column(
            "value",
            Show::Size,
            "random bytes, so that nobody can find out by signing in which names there are",
        )],
    },
    Table {
        name: "sqlite_sequence",
        holds: "Counters",
        columns: &[
            column("name", Show::Plain, "of the table"),
            column(
                "seq",
                Show::Plain,
                "the highest number that was ever given, also to hosts who are deleted",
            ),
        ],
    },
];
