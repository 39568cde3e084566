//! The boot menu: only root reads and changes how the machine starts.

use crate::control::{Control, Risk, Scope};
use crate::want::Want;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "boot.menu",
    serves: &["T1", "E1"],
    rules: &["file_owner_grub2_cfg", "file_permissions_grub2_cfg"],
    title: "Only root reads and changes how this machine starts",
    why: "What stands there tells which holes the kernel may have, and can switch off protection at the next start.",
    risk: Risk::None,
    // The folder too: each update of the kernel makes the menu anew, readable for all.
    scope: |_, _| {
        let places = [("/boot/grub", 0o700), ("/boot/grub/grub.cfg", 0o600), ("/boot/grub/user.cfg", 0o600)];
        let access =
            |(path, mode): (&str, u32)| Want::Access { path: path.to_owned(), mode, uid: 0, gids: vec![0] };
        Scope::Wants(places.map(access).into())
    },
}];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::control::Verdict;
    use crate::machine::Place;

    #[test]
    fn the_menu_is_roots_alone_and_is_given_back() {
        let bench = Bench::new();
        bench.write("/boot/grub/grub.cfg", "menuentry\n");
        bench.there_and_back(&CONTROLS[0]);
        bench.apply(&CONTROLS[0]);
        // A new kernel came.
        bench.machine.put("/boot/grub/grub.cfg", &Place::file("menuentry new\n", 0o444)).unwrap();
        assert!(matches!(bench.measure(&CONTROLS[0]), Verdict::FallsShort { .. }));
        assert!(matches!(bench.machine.look("/boot/grub").unwrap(), Place::Folder { mode: 0o700, .. }));
    }

    #[test]
    fn a_machine_without_a_menu_holds() {
        assert_eq!(Bench::new().measure(&CONTROLS[0]), Verdict::Holds);
    }
}
