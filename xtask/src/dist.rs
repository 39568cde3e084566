//! `cargo xtask dist`: the package for Debian and Ubuntu. The same sources make the same package, byte for byte.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use crate::architecture::Architecture;
use crate::{bom, machine, page, paths, run, test, tree};

/// What the program may need of the system beside what loads it: the C library, and what unwinds the stack.
const LIBRARIES: [&str; 3] = ["libc.so.6", "libm.so.6", "libgcc_s.so.1"];
/// Where units of packages are.
const UNITS: &str = "usr/lib/systemd/system";
/// Where AppArmor's profiles are. What is in `/etc` belongs to whoever looks after the machine: the package manager asks before
/// it replaces what they changed (deb-conffiles(5)).
const PROFILES: &str = "etc/apparmor.d";
/// Scripts that the package manager runs.
const SCRIPTS: [&str; 4] = ["preinst", "postinst", "prerm", "postrm"];

/// Where the program comes from: the folder of cargo's profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    /// As it is published.
    Dist,
    /// As the tests use it, large and slow. For tests of the package itself.
    Tests,
}

impl Build {
    fn profile(self) -> &'static str {
        if self == Self::Dist { "dist" } else { "dev" }
    }

    /// The program for this machine.
    fn program(self) -> PathBuf {
        tree::program(self.folder(), "incamera")
    }

    /// The program for machines of another kind.
    fn program_for(self, other: Architecture) -> PathBuf {
        tree::target().join(other.target()).join(self.folder()).join("incamera")
    }

    fn folder(self) -> &'static str {
        if self == Self::Dist { "dist" } else { "debug" }
    }
}

/// Builds everything, and writes into `target/package`: `incamera_VERSION_ARCHITECTURE.deb`, the same for another kind of
/// machine if one is named, what they are made of (`incamera_VERSION.cdx.json`), and `SHA256SUMS` of all.
pub(crate) fn dist(arguments: &[String]) -> Result<ExitCode> {
    let (mut build, mut version, mut also) = (Build::Dist, env!("CARGO_PKG_VERSION").to_owned(), None);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => build = Build::Tests,
            "--version" => version = words.next().context("--version wants a version")?.clone(),
            "--also" => {
                let name = words.next().context("--also wants a kind of machine: arm64 or amd64")?;
                also = Some(Architecture::named(name)?);
            }
            other => bail!(
                "`cargo xtask dist` knows nothing of “{other}”. It takes --quick, --also ARCHITECTURE and --version VERSION."
            ),
        }
    }
    machine::require_packager()?;
    machine::require_node()?;
    let here = Architecture::here()?;
    let also = also.filter(|other| *other != here);
    // Whoever lacks a compiler is told now, and not after a quarter of an hour.
    let mut crossing = run::cargo();
    also.map_or(Ok(()), |other| other.set(&mut crossing))?;
    page::build()?;
    match build {
        Build::Dist => compile(run::cargo(), build)?,
        Build::Tests => test::build_tests()?,
    }
    let place = tree::target().join("package");
    empty(&place)?;
    let pack = if build == Build::Dist { Pack::Small } else { Pack::Fast };
    let native = build.program();
    let mut packages =
        vec![package(&Program { file: &native, here: &native, architecture: here }, &place, &version, pack)?];
    if let Some(other) = also {
        compile(crossing, build)?;
        let file = build.program_for(other);
        packages.push(package(
            &Program { file: &file, here: &native, architecture: other },
            &place,
            &version,
            pack,
        )?);
    }
    let targets: Vec<&str> = std::iter::once(here).chain(also).map(Architecture::target).collect();
    write(
        &place.join(format!("incamera_{version}.cdx.json")),
        bom::bom(&version, &targets)?.as_bytes(),
        0o644,
    )?;
    sums(&place)?;
    for package in packages {
        println!("{}", package.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The program, by a cargo that may have been told of another kind of machine.
fn compile(mut cargo: Command, build: Build) -> Result<()> {
    cargo.args(["build", "--quiet", "--locked", "--profile", build.profile(), "--package", "incamera"]);
    paths::forget(&mut cargo)?;
    run::quietly(&mut cargo).map(drop)
}

/// The package of the program that the tests use, and the same as its next version. Made again, at another place and a moment later, the
/// first one must be the same, byte for byte.
pub(crate) fn two_versions() -> Result<[PathBuf; 2]> {
    let version = env!("CARGO_PKG_VERSION");
    let file = Build::Tests.program();
    let program = Program { file: &file, here: &file, architecture: Architecture::here()? };
    let package = |name: &str, version: &str| {
        let place = tree::target().join("package-tests").join(name);
        empty(&place)?;
        package(&program, &place, version, Pack::Fast)
    };
    let (present, again) = (package("present", version)?, package("again", version)?);
    let bytes = |path: &Path| fs::read(path).with_context(|| path.display().to_string());
    ensure!(
        bytes(&present)? == bytes(&again)?,
        "The same program made two packages: compare {} with {}",
        present.display(),
        again.display()
    );
    Ok([present, package("next", &format!("{version}+next"))?])
}

/// What a package is made of.
struct Program<'a> {
    file: &'a Path,
    /// The same for this machine, to write its manual pages.
    here: &'a Path,
    architecture: Architecture,
}

impl Program<'_> {
    /// A tool for files of its kind. What is for this machine needs no other tools than this machine's.
    fn tool(&self, name: &str) -> Command {
        if self.file == self.here { Command::new(name) } else { Command::new(self.architecture.tool(name)) }
    }
}

/// How much time packing may take.
#[derive(Clone, Copy)]
enum Pack {
    Small,
    Fast,
}

/// Makes the package of a program in a folder.
fn package(program: &Program<'_>, place: &Path, version: &str, pack: Pack) -> Result<PathBuf> {
    let root = place.join("root");
    lay_out(program, &root)?;
    let packaging = tree::root().join("packaging");
    let architecture = program.architecture.name();
    let printed = run::quietly(program.tool("objdump").arg("-p").arg(root.join("usr/bin/incamera")))?;
    let control = read(&packaging.join("debian/control"))?
        .replace("@VERSION@", version)
        .replace("@ARCHITECTURE@", architecture)
        .replace("@LIBC@", &needed_libc(&printed, program.architecture)?)
        .replace("@KIBIBYTES@", &kibibytes(&root)?.to_string());
    write(&root.join("DEBIAN/control"), control.as_bytes(), 0o644)?;
    let profiles = entries(&root.join(PROFILES))?;
    let configured: String = profiles
        .iter()
        .filter_map(|path| path.strip_prefix(&root).ok())
        .map(|path| format!("/{}\n", path.display()))
        .collect();
    write(&root.join("DEBIAN/conffiles"), configured.as_bytes(), 0o644)?;
    for script in SCRIPTS {
        copy(&packaging.join("debian").join(script), &root.join("DEBIAN").join(script), 0o755)?;
    }
    let package = place.join(format!("incamera_{version}_{architecture}.deb"));
    run::quietly(
        Command::new("dpkg-deb")
            .arg("--root-owner-group")
            .args(match pack {
                Pack::Small => ["-Zxz", "-z6"],
                Pack::Fast => ["-Zgzip", "-z1"],
            })
            .arg("--build")
            .arg(&root)
            .arg(&package)
            .env("SOURCE_DATE_EPOCH", date_of_sources()?),
    )?;
    fs::remove_dir_all(&root).with_context(|| format!("cannot delete {}", root.display()))?;
    Ok(package)
}

fn empty(place: &Path) -> Result<()> {
    if place.exists() {
        fs::remove_dir_all(place).with_context(|| format!("cannot empty {}", place.display()))?;
    }
    fs::create_dir_all(place).with_context(|| format!("cannot make {}", place.display()))
}

/// The digests of all files of a folder, in a file beside them, as `sha256sum --check` reads it.
fn sums(place: &Path) -> Result<()> {
    let mut lines = String::new();
    for path in entries(place)? {
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        lines.push_str(&format!("{digest}  {name}\n"));
    }
    write(&place.join("SHA256SUMS"), lines.as_bytes(), 0o644)
}

/// Everything at the place where it will be.
fn lay_out(program: &Program<'_>, root: &Path) -> Result<()> {
    let installed = root.join("usr/bin/incamera");
    copy(program.file, &installed, 0o755)?;
    run::quietly(program.tool("strip").arg("--strip-all").arg(&installed))?;
    let packaging = tree::root().join("packaging");
    for (sources, place) in [("packaging/systemd", UNITS), ("packaging/apparmor", PROFILES)] {
        for name in tree::files(&[sources])? {
            let source = tree::root().join(&name);
            copy(&source, &root.join(place).join(source.file_name().unwrap_or_default()), 0o644)?;
        }
    }
    let documents = root.join("usr/share/doc/incamera");
    copy(&packaging.join("debian/copyright"), &documents.join("copyright"), 0o644)?;
    copy(&tree::root().join("CHANGELOG.md"), &documents.join("changelog"), 0o644)?;
    compress(&documents.join("changelog"))?;
    papers(program.here, root)
}

/// The manual pages and completions, as the program writes them.
fn papers(program: &Path, root: &Path) -> Result<()> {
    let folder = root.with_file_name("papers");
    run::quietly(Command::new(program).arg("papers").arg(&folder))?;
    for page in entries(&folder.join("man"))? {
        let place = root.join("usr/share/man/man1").join(page.file_name().unwrap_or_default());
        copy(&page, &place, 0o644)?;
        compress(&place)?;
    }
    for (shell, place) in [
        ("bash/incamera", "usr/share/bash-completion/completions/incamera"),
        ("zsh/_incamera", "usr/share/zsh/vendor-completions/_incamera"),
        ("fish/incamera.fish", "usr/share/fish/vendor_completions.d/incamera.fish"),
    ] {
        copy(&folder.join("completions").join(shell), &root.join(place), 0o644)?;
    }
    fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))
}

/// The lowest version of the C library that has everything the program asks for, by what `objdump -p` prints of it. Fails
/// where it asks for any other library.
fn needed_libc(printed: &str, architecture: Architecture) -> Result<String> {
    for needed in printed.lines().filter_map(|line| line.trim().strip_prefix("NEEDED")).map(str::trim) {
        ensure!(
            LIBRARIES.contains(&needed) || needed == architecture.loader(),
            "The program needs a library that not every system has: {needed}"
        );
    }
    let number =
        |version: &str| -> Option<Vec<u32>> { version.split('.').map(|part| part.parse().ok()).collect() };
    printed
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("GLIBC_"))
        .max_by_key(|version| number(version))
        .map(str::to_owned)
        .context("the program says nothing of its C library")
}

fn kibibytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for path in entries(folder)? {
        let metadata = path.metadata().with_context(|| path.display().to_string())?;
        sum += if metadata.is_dir() { kibibytes(&path)? } else { metadata.len().div_ceil(1024) };
    }
    Ok(sum)
}

/// When the sources were last changed, as far as the history tells.
fn date_of_sources() -> Result<String> {
    let mut git = Command::new("git");
    git.arg("-c").arg(format!("safe.directory={}", tree::root().display()));
    let printed = run::quietly(git.args(["log", "-1", "--format=%ct"]).current_dir(tree::root()))?;
    Ok(printed.trim().to_owned())
}

fn compress(file: &Path) -> Result<()> {
    run::quietly(Command::new("gzip").args([OsStr::new("-9n"), file.as_os_str()])).map(drop)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = listed
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()
        .with_context(|| folder.display().to_string())?;
    paths.sort();
    Ok(paths)
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| file.display().to_string())
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    write(to, &fs::read(from).with_context(|| format!("cannot read {}", from.display()))?, mode)
}

/// The mode says who may read it, whatever the mask of whoever builds.
fn write(file: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let folder = file.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    #[cfg(unix)]
    for (path, mode) in [(file, mode), (folder, 0o755)] {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::needed_libc;
    use crate::architecture::Architecture::{Amd64, Arm64};

    const PRINTED: &str = "
Dynamic Section:
  NEEDED               libgcc_s.so.1
  NEEDED               libc.so.6
  NEEDED               ld-linux-aarch64.so.1

Version References:
  required from libc.so.6:
    0x06969197 0x00 05 GLIBC_2.17
    0x069691b4 0x00 02 GLIBC_2.34
    0x06969189 0x00 07 GLIBC_2.9
  required from libgcc_s.so.1:
    0x0b792653 0x00 03 GCC_3.3.3
";

    #[test]
    fn what_a_program_needs_is_read_from_it() {
        assert_eq!(needed_libc(PRINTED, Arm64).ok().as_deref(), Some("2.34"));
    }

    #[test]
    fn a_library_that_not_every_system_has_makes_no_package() {
        let of_another_kind = needed_libc(PRINTED, Amd64).map_err(|error| error.to_string());
        assert!(of_another_kind.is_err_and(|why| why.ends_with("ld-linux-aarch64.so.1")));
        let printed = PRINTED.replace("libgcc_s.so.1\n", "libssl.so.3\n");
        assert!(needed_libc(&printed, Arm64).is_err());
    }
}
