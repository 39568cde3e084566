//! `cargo xtask dist`: the package for Debian and Ubuntu. The same sources make the same package, byte for byte.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use crate::{bom, machine, page, paths, run, test, tree};

/// What the program may need of the system: the C library, and what unwinds the stack.
const LIBRARIES: [&str; 4] = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"];
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
    fn program(self) -> PathBuf {
        tree::program(if self == Self::Dist { "dist" } else { "debug" }, "incamera")
    }
}

/// Builds everything, and writes into `target/package`: `incamera_VERSION_ARCHITECTURE.deb`, what it is made of
/// (`incamera_VERSION.cdx.json`), and `SHA256SUMS` of both.
pub(crate) fn dist(arguments: &[String]) -> Result<ExitCode> {
    let (mut build, mut version) = (Build::Dist, env!("CARGO_PKG_VERSION").to_owned());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => build = Build::Tests,
            "--version" => version = words.next().context("--version wants a version")?.clone(),
            other => bail!(
                "`cargo xtask dist` knows nothing of “{other}”. It takes --quick and --version VERSION."
            ),
        }
    }
    machine::require_packager()?;
    machine::require_node()?;
    page::build()?;
    match build {
        Build::Dist => compile()?,
        Build::Tests => test::build_tests()?,
    }
    let pack = if build == Build::Dist { Pack::Small } else { Pack::Fast };
    let package = package(&build.program(), &tree::target().join("package"), &version, pack)?;
    write(
        &package.with_file_name(format!("incamera_{version}.cdx.json")),
        bom::bom(&version)?.as_bytes(),
        0o644,
    )?;
    sums(&tree::target().join("package"))?;
    println!("{}", package.display());
    Ok(ExitCode::SUCCESS)
}

/// The program as it is published.
fn compile() -> Result<()> {
    let mut cargo = run::cargo();
    cargo.args(["build", "--quiet", "--locked", "--profile", "dist", "--package", "incamera"]);
    paths::forget(&mut cargo)?;
    run::quietly(&mut cargo).map(drop)
}

/// The package of the program that the tests use, and the same as its next version.
pub(crate) fn two_versions() -> Result<[PathBuf; 2]> {
    let place = |name: &str| tree::target().join("package-tests").join(name);
    let version = env!("CARGO_PKG_VERSION");
    let program = Build::Tests.program();
    Ok([
        package(&program, &place("present"), version, Pack::Fast)?,
        package(&program, &place("next"), &format!("{version}+next"), Pack::Fast)?,
    ])
}

/// How much time packing may take.
#[derive(Clone, Copy)]
enum Pack {
    Small,
    Fast,
}

/// Makes the package of a program in a folder, which is emptied.
fn package(program: &Path, place: &Path, version: &str, pack: Pack) -> Result<PathBuf> {
    let root = place.join("root");
    if place.exists() {
        fs::remove_dir_all(place).with_context(|| format!("cannot empty {}", place.display()))?;
    }
    lay_out(program, &root)?;
    let packaging = tree::root().join("packaging");
    let architecture = run::quietly(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned();
    let control = read(&packaging.join("debian/control"))?
        .replace("@VERSION@", version)
        .replace("@ARCHITECTURE@", &architecture)
        .replace("@LIBC@", &needed_libc(&root.join("usr/bin/incamera"))?)
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
fn lay_out(program: &Path, root: &Path) -> Result<()> {
    let installed = root.join("usr/bin/incamera");
    copy(program, &installed, 0o755)?;
    run::quietly(Command::new("strip").arg("--strip-all").arg(&installed))?;
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
    papers(&installed, root)
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

/// The lowest version of the C library that has everything the program asks for. Fails where it asks for any other
/// library.
fn needed_libc(program: &Path) -> Result<String> {
    let printed = run::quietly(Command::new("objdump").arg("-p").arg(program))?;
    for needed in printed.lines().filter_map(|line| line.trim().strip_prefix("NEEDED")) {
        ensure!(
            LIBRARIES.contains(&needed.trim()),
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
