//! Datagrams on their way out, one behind the other in one buffer that is used again and again.

use crate::path::Path;

/// The most that the kernel takes apart again (UDP segmentation offload): segments, and bytes of all of them.
const SEGMENTS: usize = 64;
const RUN: usize = 64_000;

/// Datagrams in the order in which they leave. Those of one size on one path that follow each other are one run,
/// whose last datagram may be shorter.
#[derive(Default)]
pub(crate) struct Datagrams {
    bytes: Vec<u8>,
    runs: Vec<Run>,
}

/// Where a run ends; it begins where the one before it ends.
#[derive(Clone, Copy)]
struct Run {
    path: Path,
    end: usize,
    /// Bytes of each datagram but the last.
    segment: usize,
    segments: usize,
    /// Whether the last one is shorter, so that none can follow.
    closed: bool,
}

impl Datagrams {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.runs.iter().map(|run| run.segments).sum()
    }

    /// Adds what `write` appends as one datagram; nothing if it appends nothing. Returns its length.
    pub(crate) fn write(&mut self, path: Path, write: impl FnOnce(&mut Vec<u8>, usize)) -> usize {
        let start = self.bytes.len();
        write(&mut self.bytes, start);
        let length = self.bytes.len() - start;
        if length == 0 {
            return 0;
        }
        let end = self.bytes.len();
        if let Some(run) = self.runs.last_mut()
            && run.path == path
            && !run.closed
            && run.segments < SEGMENTS
            && length <= run.segment
            && (run.segments + 1) * run.segment <= RUN
        {
            run.end = end;
            run.segments += 1;
            run.closed = length < run.segment;
        } else {
            self.runs.push(Run { path, end, segment: length, segments: 1, closed: false });
        }
        length
    }

    /// Adds a datagram.
    pub(crate) fn push(&mut self, path: Path, datagram: &[u8]) {
        self.write(path, |out, _| out.extend_from_slice(datagram));
    }

    /// Hands out each run as path, bytes of a segment, and all bytes; there are none afterwards.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(Path, usize, &[u8])) {
        let mut start = 0;
        for run in self.runs.drain(..) {
            take(run.path, run.segment, &self.bytes[start..run.end]);
            start = run.end;
        }
        self.bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn path(port: u16) -> Path {
        Path { remote: SocketAddr::from(([192, 0, 2, 1], port)), local: None }
    }

    fn runs(datagrams: &[(u16, usize)]) -> Vec<(u16, usize, usize)> {
        let mut out = Datagrams::default();
        for (port, length) in datagrams {
            out.push(path(*port), &vec![*port as u8; *length]);
        }
        let mut runs = Vec::new();
        out.drain(|to, segment, bytes| {
            assert!(bytes.iter().all(|byte| u16::from(*byte) == to.remote.port()));
            runs.push((to.remote.port(), segment, bytes.len()));
        });
        assert_eq!(out.count(), 0);
        runs
    }

    #[test]
    fn datagrams_of_one_size_to_one_destination_are_joined_and_only_the_last_is_shorter() {
        assert_eq!(runs(&[(1, 100), (1, 100), (1, 40), (1, 40)]), [(1, 100, 240), (1, 40, 40)]);
        assert_eq!(runs(&[(1, 100), (2, 100), (1, 100)]), [(1, 100, 100), (2, 100, 100), (1, 100, 100)]);
        assert_eq!(runs(&[(1, 100), (1, 101)]), [(1, 100, 100), (1, 101, 101)]);
    }

    #[test]
    fn a_run_is_never_more_than_the_kernel_takes_apart() {
        assert_eq!(runs(&[(1, 10); 65]), [(1, 10, 640), (1, 10, 10)]);
        let long = runs(&[(1, 1200); 60]);
        assert_eq!(long, [(1, 1200, 53 * 1200), (1, 1200, 7 * 1200)]);
        assert!(long[0].2 <= RUN);
    }

    #[test]
    fn what_writes_nothing_is_no_datagram() {
        let mut out = Datagrams::default();
        assert_eq!(out.write(path(1), |_, _| {}), 0);
        assert_eq!(out.count(), 0);
    }
}
