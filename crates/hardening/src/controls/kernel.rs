//! Kernel parameters (sysctl): the network does not believe strangers, and programs see little of each other.

use crate::control::{Control, Risk, Scope};
use crate::want::Want;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "kernel.no-redirects",
    serves: &["T1", "D2"],
    rules: &[
        "sysctl_net_ipv4_conf_all_accept_redirects",
        "sysctl_net_ipv4_conf_default_accept_redirects",
        "sysctl_net_ipv6_conf_all_accept_redirects",
        "sysctl_net_ipv6_conf_default_accept_redirects",
    ],
    title: "Nobody in the network tells this machine another way for its packets",
    why: "A neighbour in the provider's network could lead the traffic through a machine of its own.",
    risk: Risk::None,
    scope: |_, _| {
        Scope::Wants(vec![
            Want::Kernel("net/ipv4/conf/all/accept_redirects", "0"),
            Want::Kernel("net/ipv4/conf/default/accept_redirects", "0"),
            Want::Kernel("net/ipv6/conf/all/accept_redirects", "0"),
            Want::Kernel("net/ipv6/conf/default/accept_redirects", "0"),
        ])
    },
}];
