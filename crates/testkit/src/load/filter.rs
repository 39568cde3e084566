//! A socket filter that drops media unread, and lets everything else pass.
//!
//! The kernel counts what it drops at each socket: thousands of receivers cost the client little more than that.

use std::net::UdpSocket;

use socket2::{SockFilter, SockRef};

/// One instruction of the classic Berkeley packet filter, as `struct sock_filter` in `linux/filter.h` has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// What to do.
    pub code: u16,
    /// Instructions to skip where it is true.
    pub if_true: u8,
    /// And where it is not.
    pub if_false: u8,
    /// The operand.
    pub operand: u32,
}

const LOAD_BYTE: u16 = 0x30;
const AND: u16 = 0x54;
const JUMP_IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
/// The filter sees a datagram from its UDP header on.
const UDP_HEADER: u32 = 8;
const ALL: u32 = u32::MAX;

/// The filter that drops RTP of these payload types. STUN, DTLS, RTCP and retransmissions under payload types of their
/// own pass (RFC 7983; RFC 3550, section 5.1).
///
/// # Panics
/// If there are more than 100 payload types.
pub fn program(payload_types: &[u8]) -> Vec<Instruction> {
    let instruction = |code, if_true, if_false, operand| Instruction { code, if_true, if_false, operand };
    let count = u8::try_from(payload_types.len()).ok().filter(|count| *count <= 100).expect("a few types");
    let mut program = vec![
        instruction(LOAD_BYTE, 0, 0, UDP_HEADER),
        instruction(AND, 0, 0, 0xc0),
        instruction(JUMP_IF_EQUAL, 0, count + 2, 0x80),
        instruction(LOAD_BYTE, 0, 0, UDP_HEADER + 1),
        instruction(AND, 0, 0, 0x7f),
    ];
    for (position, payload_type) in (0..).zip(payload_types) {
        program.push(instruction(JUMP_IF_EQUAL, count - position, 0, u32::from(*payload_type)));
    }
    program.push(instruction(RETURN, 0, 0, ALL));
    program.push(instruction(RETURN, 0, 0, 0));
    program
}

/// Makes a socket drop RTP of these payload types from now on.
pub fn attach(socket: &UdpSocket, payload_types: &[u8]) -> std::io::Result<()> {
    let filters: Vec<SockFilter> = program(payload_types)
        .into_iter()
        .map(|one| SockFilter::new(one.code, one.if_true, one.if_false, one.operand))
        .collect();
    SockRef::from(socket).attach_filter(&filters)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would do, for the few instructions that occur.
    fn passes(program: &[Instruction], payload: &[u8]) -> bool {
        let datagram = [&[0; UDP_HEADER as usize], payload].concat();
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let one = program[at];
            at += 1;
            match one.code {
                LOAD_BYTE => match datagram.get(one.operand as usize) {
                    Some(byte) => accumulator = u32::from(*byte),
                    // The kernel ends a program that reads beyond the end, and drops.
                    None => return false,
                },
                AND => accumulator &= one.operand,
                JUMP_IF_EQUAL if accumulator == one.operand => at += usize::from(one.if_true),
                JUMP_IF_EQUAL => at += usize::from(one.if_false),
                RETURN => return one.operand > 0,
                code => panic!("{code}"),
            }
        }
    }

    #[test]
    fn media_is_dropped_and_nothing_else() {
        let program = program(&[96, 111]);
        assert!(!passes(&program, &[0x80, 96, 0, 0]));
        assert!(!passes(&program, &[0x90, 0x80 | 111, 0, 0]), "with an extension and the marker");
        assert!(passes(&program, &[0x80, 97, 0, 0]), "a retransmission");
        assert!(passes(&program, &[0x80, 200, 0, 6]), "a sender report");
        assert!(passes(&program, &[0x00, 0x01, 0, 0]), "a connectivity check");
        assert!(passes(&program, &[22, 254, 253]), "a handshake");
    }

    #[test]
    fn the_kernel_counts_what_it_drops() {
        let receiver = UdpSocket::bind("127.0.0.1:0").expect("bound");
        attach(&receiver, &[96]).expect("attached");
        let address = receiver.local_addr().expect("bound");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("bound");
        for contents in [&[0x80, 96, 1][..], &[0x80, 96, 2], &[0x80, 97, 3]] {
            sender.send_to(contents, address).expect("sent");
        }
        let mut buffer = [0; 16];
        let length = receiver.recv(&mut buffer).expect("the one that passes");
        assert_eq!(buffer[..length], [0x80, 97, 3]);
        let drops = crate::load::kernel::drops().expect("readable");
        assert_eq!(drops.get(&address), Some(&2));
    }
}
