//! A stream of bytes, cut into STUN messages and ChannelData (RFC 8656, sections 12.4 and 12.5).

use crate::relay::Fault;
use crate::stun::{self, MAGIC_COOKIE};

/// The longest frame. A datagram of WebRTC has at most 1,500 bytes; a Send indication adds fewer than 100.
pub(crate) const FRAME: usize = 2048;
const CHANNEL_HEADER: usize = 4;
/// RFC 8656, section 12: what is not in this range is not ChannelData.
const FIRST_BYTES: std::ops::RangeInclusive<u8> = 0x40..=0x4f;

/// What the stream has arrived at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Frame<'a> {
    /// A whole STUN message, not looked into yet.
    Message(&'a [u8]),
    /// Data on a channel.
    Channel {
        /// Which.
        number: u16,
        /// Without padding.
        data: &'a [u8],
    },
}

/// The stream's end as far as it has come.
#[derive(Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    /// What is before it was handed out.
    start: usize,
}

impl Frames {
    /// Takes what arrived. What is kept until the frame is whole is at most [`FRAME`], where [`Self::next`] is called
    /// until there is none.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame.
    pub(crate) fn next(&mut self) -> Result<Option<Frame<'_>>, Fault> {
        let rest = &self.bytes[self.start..];
        let Some((head, _)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let [first, _, high, low] = *head;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let is_message = first <= 0x03;
        let (whole, padded) = if is_message {
            let whole = stun::HEADER + length;
            // The next message would be looked for at the wrong place (RFC 8489, section 5).
            if length % 4 != 0 || rest.get(4..8).is_some_and(|cookie| cookie != MAGIC_COOKIE) {
                return Err(Fault::Malformed);
            }
            (whole, whole)
        } else if FIRST_BYTES.contains(&first) {
            let whole = CHANNEL_HEADER + length;
            (whole, whole.next_multiple_of(4))
        } else {
            return Err(Fault::Malformed);
        };
        if padded > FRAME {
            return Err(Fault::TooLong);
        }
        if rest.len() < padded {
            return Ok(None);
        }
        let frame = &self.bytes[self.start..self.start + whole];
        self.start += padded;
        Ok(Some(if is_message {
            Frame::Message(frame)
        } else {
            Frame::Channel {
                number: u16::from_be_bytes([frame[0], frame[1]]),
                data: &frame[CHANNEL_HEADER..],
            }
        }))
    }
}

/// Writes ChannelData as it goes over a stream: padded to four bytes.
pub(crate) fn write_channel(out: &mut Vec<u8>, number: u16, data: &[u8]) {
    let Ok(length) = u16::try_from(data.len()) else { return };
    out.extend(number.to_be_bytes());
    out.extend(length.to_be_bytes());
    out.extend_from_slice(data);
    out.resize(out.len() + data.len().next_multiple_of(4) - data.len(), 0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message without meaning.
    fn message(length: usize) -> Vec<u8> {
        let mut message = vec![0, 1];
        message.extend((length as u16).to_be_bytes());
        message.extend(MAGIC_COOKIE);
        message.resize(stun::HEADER + length, 7);
        message
    }

    /// Its channel, if it has one, and its bytes.
    type Read = (Option<u16>, Vec<u8>);

    /// Everything, however the stream was cut into pieces.
    fn read(stream: &[u8], pieces: &[usize]) -> Result<Vec<Read>, Fault> {
        let (mut frames, mut read, mut rest) = (Frames::default(), Vec::new(), stream);
        for size in pieces.iter().chain(std::iter::repeat(&stream.len().max(1))) {
            let (piece, later) = rest.split_at((*size).min(rest.len()));
            rest = later;
            frames.push(piece);
            while let Some(frame) = frames.next()? {
                read.push(match frame {
                    Frame::Message(bytes) => (None, bytes.to_vec()),
                    Frame::Channel { number, data } => (Some(number), data.to_vec()),
                });
            }
            assert!(frames.bytes.len() - frames.start < FRAME, "what waits has a bound");
            if rest.is_empty() {
                return Ok(read);
            }
        }
        unreachable!("the pieces never end")
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_wherever_the_stream_is_cut_d2(
            sizes in prop::collection::vec((any::<bool>(), 0_usize..500), 0..20),
            pieces in prop::collection::vec(1_usize..700, 0..40),
        ) {
            let (mut stream, mut written) = (Vec::new(), Vec::new());
            for (is_message, size) in sizes {
                if is_message {
                    let message = message(size.next_multiple_of(4));
                    stream.extend(&message);
                    written.push((None, message));
                } else {
                    let data = vec![9; size];
                    write_channel(&mut stream, 0x4001, &data);
                    written.push((Some(0x4001), data));
                }
            }
            prop_assert_eq!(read(&stream, &pieces), Ok(written));
        }

        #[test]
        fn anything_at_all_can_come_d2(
            stream in prop::collection::vec(any::<u8>(), 0..5000),
            pieces in prop::collection::vec(1_usize..700, 0..10),
        ) {
            let _ = read(&stream, &pieces);
        }
    }

    #[test]
    fn a_frame_that_is_too_long_ends_it_before_it_has_come_d2() {
        for head in [[0x00, 0x01, 0x08, 0x00], [0x40, 0x00, 0x08, 0x00], [0x4f, 0xff, 0xff, 0xff]] {
            assert_eq!(read(&head, &[]), Err(Fault::TooLong), "{head:?}");
        }
    }

    #[test]
    fn what_is_neither_ends_it_d2() {
        let unaligned = [0x00, 0x01, 0x00, 0x03];
        let without_cookie = [0x00, 0x01, 0x00, 0x00, 1, 2, 3, 4];
        for stream in
            [&b"POST / HTTP/1.1"[..], &[0x80, 0, 0, 0], &[0x50, 0, 0, 0], &unaligned, &without_cookie]
        {
            assert_eq!(read(stream, &[]), Err(Fault::Malformed), "{stream:?}");
        }
    }
}
