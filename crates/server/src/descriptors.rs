//! File descriptors: each connection takes one, and the database takes some for every transaction.

/// Kept back from connections: for the database's file and journal, the shards' sockets, and what the libraries open.
/// Without them a removal could not be stored (B5).
const RESERVE: usize = 256;
/// However few there are, somebody can connect.
const LEAST: usize = 16;

/// Raises this process's own limit as far as it may, and says how many of the connections there is room for.
pub fn make_room(connections: usize) -> usize {
    let room = room_within(raised_limit(), connections);
    if room < connections {
        tracing::warn!(
            "the limit of open files leaves room for {room} connections only; raise it (ulimit -n)"
        );
    }
    room
}

fn room_within(limit: usize, connections: usize) -> usize {
    limit.saturating_sub(RESERVE).max(LEAST).min(connections)
}

#[cfg(unix)]
fn raised_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    // Where that is not allowed, what there is must do.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let present = getrlimit(Resource::Nofile).current;
    present.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn raised_limit() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_store_d2_b5() {
        assert_eq!(room_within(1024, 4096), 1024 - RESERVE);
        assert_eq!(room_within(1 << 20, 4096), 4096);
        assert_eq!(room_within(64, 4096), LEAST);
    }

    #[cfg(unix)]
    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one() {
        use rustix::process::{Resource, getrlimit};
        make_room(1);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
