//! Swap: memory that is written to a disk, as /proc/swaps lists it (proc_swaps(5)).

use crate::machine::Machine;

/// One place that memory is written to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Swap {
    pub(crate) path: String,
    /// Kibibytes of memory that are there now.
    pub(crate) used: u64,
}

/// Those that are in use.
///
/// # Errors
///
/// The kernel's list is not as expected.
pub(crate) fn all(machine: &Machine) -> Result<Vec<Swap>, String> {
    let text = machine.read("/proc/swaps").unwrap_or_default();
    Ok(parse(&text).ok_or("the kernel's list of swap is not as expected")?)
}

/// Kibibytes of memory that can still be used; none where the kernel does not say.
pub(crate) fn memory_free(machine: &Machine) -> Option<u64> {
    let text = machine.read("/proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Whether nobody can read what was there once the machine is off: it is compressed memory, or a disk with a key that is in
/// memory only.
pub(crate) fn leaves_nothing(machine: &Machine, path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    let is_in_memory = name.strip_prefix("zram").is_some_and(|number| number.parse::<u8>().is_ok());
    // cryptsetup names a mapping so that has no key but the one in memory.
    let named = machine.read(&format!("/sys/class/block/{name}/dm/uuid")).unwrap_or_default();
    is_in_memory || named.starts_with("CRYPT-PLAIN-")
}

/// None where it is not such a list. Nothing at all is one, of a kernel that cannot swap.
fn parse(text: &str) -> Option<Vec<Swap>> {
    let lines = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let [path, _, size, used, _] = fields[..] else { return None };
            let _: u64 = size.parse().ok()?;
            Some(Swap { path: unescaped(path)?, used: used.parse().ok()? })
        })
        .collect()
}

/// Blanks and backslashes stand as `\040`.
fn unescaped(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'\\' {
            let code = str::from_utf8(after.get(..3)?).ok()?;
            bytes.push(u8::from_str_radix(code, 8).ok()?);
            rest = &after[3..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok().filter(|path| path.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_list_of_the_kernel_is_read() {
        let text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/swap\\040file   file\t\t1048572\t\t12\t\t-2\n";
        assert_eq!(parse(text), Some(vec![Swap { path: "/swap file".to_owned(), used: 12 }]));
        assert_eq!(parse(""), Some(Vec::new()));
        assert_eq!(parse("head\n/swap file\n"), None);
        assert_eq!(parse("head\n/swap\\9 file 1 2 3\n"), None);
    }

    proptest! {
        #[test]
        fn a_path_is_what_the_kernel_escaped(path in "/[a-z \\\\\t]{0,20}", used in any::<u32>()) {
            let escaped: String = path.chars().map(|c| match c {
                ' ' => "\\040".to_owned(), '\t' => "\\011".to_owned(), '\\' => "\\134".to_owned(), c => c.to_string(),
            }).collect();
            let text = format!("Filename Type Size Used Priority\n{escaped} file 100 {used} -2\n");
            prop_assert_eq!(parse(&text), Some(vec![Swap { path, used: used.into() }]));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[\n\t\\\\]){0,80}") {
            let _ = parse(&text);
        }
    }
}
