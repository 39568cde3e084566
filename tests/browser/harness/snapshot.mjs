// What a machine is like, so that it can be told what changed: every file of its configuration with mode, owner and
// contents, what is enabled, the rules of the firewall, and the parameters of the kernel.

const AREAS = {
  /** Where the configuration is: with what the boot menu is made from it. */
  files: `find /etc /boot/grub /root /home -xdev -printf '%y %m %U:%G %p %l\\n' | sort -k4
    find /etc /boot/grub /root /home -xdev -type f -print0 | sort -z | xargs -0 sha256sum`,
  units: `systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }' | sort`,
  // Not who came lately.
  firewall: `nft --stateless list ruleset | awk '/elements = {/ { away = 1 } !away { print } /}/ { away = 0 }'`,
  packages: `dpkg-query --show --showformat='\${Package} \${Version} \${db:Status-Abbrev}\\n'`,
  mounts: `findmnt --noheadings --list --output TARGET,FSTYPE,VFS-OPTIONS | grep -v ^/run/ | sort`,
  // Some count or are drawn by lot.
  parameters: `sysctl --all 2>/dev/null | sort | grep -v -E '^(kernel.(random|ns_last_pid|pty.nr|osrelease)|fs.(dentry-state|file-nr|inode|quota)|net.netfilter|net.ipv[46].(neigh|route)|.*(stable_secret|flush)|vm.stat|sunrpc)'`,
};

export class Snapshot {
  #areas;

  static async of(machine) {
    const made = new Snapshot();
    const taken = [];
    for (const [area, line] of Object.entries(AREAS)) {
      const printed = await machine.run(line);
      taken.push([area, printed.split('\n').filter(Boolean)]);
    }
    made.#areas = Object.fromEntries(taken);
    return made;
  }

  /** What differs in a later one, a line for each: empty where nothing does. */
  changes(later, areas = Object.keys(AREAS)) {
    return areas.flatMap((area) => {
      const [before, present] = [this.#areas[area], later.#areas[area]];
      if (before.join('\n') === present.join('\n')) return [];
      const [known, there] = [new Set(before), new Set(present)];
      const gone = before.filter((line) => !there.has(line)).map((line) => `${area} - ${line}`);
      const come = present.filter((line) => !known.has(line)).map((line) => `${area} + ${line}`);
      return gone.length + come.length > 0 ? [...gone, ...come] : [`${area}: the same in another order`];
    });
  }
}
