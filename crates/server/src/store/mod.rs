//! What is kept on the disk: hosts, their passkeys and sign-ins, one-time addresses, and their meetings. Nothing about people
//! who meet, and nothing about when (I3, B8).
//!
//! [`Db`] is the database, used by one thread at a time. [`Store`] gives the server's tasks a thread that owns one.

mod enrolments;
mod hosts;
mod journal;
mod meetings;
mod openings;
mod passkeys;
mod schema;
mod sessions;
mod snapshot;

use std::path::PathBuf;
use std::thread;

use tokio::sync::{mpsc, oneshot};

pub use enrolments::{Enrolment, Purpose};
pub use hosts::{Host, HostId, NewHost, NewPassword};
pub use meetings::{NewRow, StoredMeeting};
pub use openings::OpeningId;
pub use passkeys::{Addition, StoredPasskey};
pub use schema::{Db, FILE};
pub use snapshot::{Cell, Snapshot};

use crate::limits;

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no. The message carries no values.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The folder or file cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It was written by a later version of this program.
    #[error("the database is of a later version ({0}): use the program that wrote it, or a newer one")]
    TooNew(i64),
    /// What is stored cannot be read back.
    #[error("the database holds something unexpected in {0}")]
    Corrupt(&'static str),
    /// It has more than a backup may have.
    #[error("the database is larger than {} MiB", limits::BACKUP_DATABASE >> 20)]
    TooLarge,
    /// Too many jobs wait.
    #[error("the store is busy")]
    Busy,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

enum Job {
    Run(Box<dyn FnOnce(&mut Db) + Send>),
    Close,
}

/// A handle to the thread that owns the database. All clones lead to the same thread.
#[derive(Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
}

/// The running thread.
pub struct StoreThread {
    jobs: mpsc::Sender<Job>,
    thread: thread::JoinHandle<()>,
}

impl StoreThread {
    /// Blocks until the jobs at hand are done and the database is closed. Later ones fail with
    /// [`StoreError::Closed`].
    pub fn close(self) {
        let _ = self.jobs.blocking_send(Job::Close);
        // A panic of a job has been reported by the thread itself.
        let _ = self.thread.join();
    }
}

impl Store {
    /// Hands the database over to a thread of its own.
    pub fn start(db: Db) -> std::io::Result<(Self, StoreThread)> {
        let (jobs, queue) = mpsc::channel(limits::STORE_QUEUE);
        let thread = thread::Builder::new().name("store".into()).spawn(move || run(db, queue))?;
        Ok((Self { jobs: jobs.clone() }, StoreThread { jobs, thread }))
    }

    /// Runs `job` on the database and waits for its outcome. While the queue is full, the caller waits.
    pub async fn call<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let job = move |db: &mut Db| {
            // Nobody may be waiting any more; the job is done all the same.
            let _ = answer.send(job(db));
        };
        self.jobs.send(Job::Run(Box::new(job))).await.map_err(|_| StoreError::Closed)?;
        outcome.await.map_err(|_| StoreError::Closed)?
    }

    /// Queues `job` and never waits: while the queue is full, this fails.
    pub fn post(&self, job: impl FnOnce(&mut Db) + Send + 'static) -> Result<(), StoreError> {
        self.jobs.try_send(Job::Run(Box::new(job))).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })
    }
}

fn run(mut db: Db, mut queue: mpsc::Receiver<Job>) {
    while let Some(Job::Run(job)) = queue.blocking_recv() {
        job(&mut db);
        if let Err(error) = db.scrub() {
            tracing::error!("what was deleted may still be on the disk: {error}");
        }
    }
    if let Err(error) = db.close() {
        tracing::error!("the store was not closed cleanly: {error}");
    }
}
