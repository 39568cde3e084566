//! Backups and restores, by the program itself (A2, I3, B8).

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use age::secrecy::ExposeSecret as _;
use incamera::tls::Files;

use crate::harness::{House, Plan, Program, fragment};

/// What is in an archive, by names.
type Contents = BTreeMap<String, Vec<u8>>;

/// The owner of a server, with a pair of age keys and a place for files.
pub(crate) struct Owner {
    folder: tempfile::TempDir,
    key: age::x25519::Identity,
}

impl Owner {
    pub(crate) fn new() -> Self {
        let (folder, key) = (tempfile::tempdir().expect("a folder"), age::x25519::Identity::generate());
        fs::write(folder.path().join("key"), format!("# a comment\n{}\n", key.to_string().expose_secret()))
            .expect("written");
        Self { folder, key }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    /// Backs up to a file of this name.
    pub(crate) fn backup(&self, state: &Path, name: &str) -> Said {
        run(state, &["backup", &self.text(name), "--to", &self.key.to_public().to_string()])
    }

    pub(crate) fn restore(&self, state: &Path, name: &str, more: &[&str]) -> Said {
        let (file, key) = (self.text(name), self.text("key"));
        run(state, &[&["restore", &file, "--identity", &key], more].concat())
    }

    /// What is inside, by any program that knows age and tar.
    fn contents(&self, sealed: &[u8]) -> Contents {
        let plain = age::decrypt(&self.key, sealed).expect("it opens");
        let mut archive = tar::Archive::new(plain.as_slice());
        let entries = archive.entries().expect("an archive").map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("readable");
            (entry.path().expect("text").display().to_string(), bytes)
        });
        entries.collect()
    }

    /// Puts a backup together that incamera did not make.
    fn forge(&self, name: &str, files: &Contents) {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append(&header, bytes.as_slice()).expect("written");
        }
        let sealed = age::encrypt(&self.key.to_public(), &builder.into_inner().expect("written"));
        fs::write(self.file(name), sealed.expect("encrypted")).expect("written");
    }
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) done: bool,
    pub(crate) text: String,
}

pub(crate) fn run(state: &Path, arguments: &[&str]) -> Said {
    let Output { status, stdout, stderr } = command(state, arguments).output().expect("it runs");
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    Said { done: status.success(), text }
}

fn command(state: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_incamera"));
    command.args(arguments).arg("--state").arg(state);
    command
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// A state folder as a stopped server left it, with one host and one kept meeting.
async fn state_of(name: &str, meeting: &str) -> (House, PathBuf) {
    let mut house = House::open().await;
    let token = fragment(&house.first_enrolment().expect("no host yet")).to_owned();
    let mut browser = house.browser();
    assert_eq!(browser.enrol(&token, name, "password").await.status, 200);
    assert_eq!(browser.create(&Plan::new(meeting)).await.status, 201);
    house.stop().await;
    let state = house.state().to_owned();
    (house, state)
}

/// Every file with what is in it, but the lock.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else if !path.ends_with("lock") {
            files.insert(path.clone(), fs::read(&path).expect("readable"));
        }
    }
    files
}

#[tokio::test]
async fn a_server_moves_house_while_it_runs_a2_i3_b8() {
    let owner = Owner::new();
    let house = House::open().await;
    let mut host = house.host().await;
    let [kept, gone] = ["keptkeptkeptkept", "goneggonegonegon"].map(Plan::new);
    let passing = Plan::new("passingpassingpa").passing();
    for plan in [&kept, &gone, &passing] {
        assert_eq!(host.create(plan).await.status, 201);
    }
    assert_eq!(host.request("DELETE", "/api/meetings/goneggonegonegon", &[], None).await.status, 204);
    assert!(house.command(&["host", "add", "Invited"]).0);
    fs::write(Files::ordered(house.state()).chain, "the ordered certificate").expect("written");
    let config = owner.file("incamera.toml");
    let settings = format!("state = {:?}\nnames = [\"meet.example.org\"]\n", house.state());
    fs::write(&config, &settings).expect("written");

    let (file, key) = (owner.text("backup"), owner.key.to_public().to_string());
    let config_text = config.display().to_string();
    let said = run(house.state(), &["backup", &file, "--to", &key, "--config", &config_text]);
    assert!(said.done && said.text.contains("1 host, 1 kept meeting"), "{said:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(!owner.file("backup.part").exists());

    let sealed = fs::read(&file).expect("readable");
    let inside = owner.contents(&sealed);
    let names: Vec<&str> = inside.keys().map(String::as_str).collect();
    let expected = [
        "backup.json",
        "certificate.pem",
        "incamera.db",
        "incamera.toml",
        "self-signed.json",
        "self-signed.pem",
    ];
    assert_eq!(names, expected);
    assert_eq!(inside["incamera.toml"], settings.as_bytes());
    let database = &inside["incamera.db"];
    assert!(holds(database, b"Anna") && holds(database, kept.id.as_str().as_bytes()), "the search finds");
    let cookie = host.cookie.clone().expect("signed in");
    let cookie = incamera::bytes::SessionToken::parse(cookie.split_once('=').expect("a pair").1);
    for (what, trace) in [
        ("a deleted meeting", gone.id.as_str().as_bytes()),
        ("its admission", &gone.token.hash().0),
        ("a meeting that is not kept", passing.id.as_str().as_bytes()),
        ("its admission", &passing.token.hash().0),
        ("a sign-in", &cookie.expect("a token").hash().0),
        ("a one-time address's name", b"Invited"),
    ] {
        assert!(!holds(database, trace), "{what} is in the backup");
        assert!(!holds(&sealed, trace));
    }
    assert!(!holds(&sealed, b"Anna"), "it is encrypted");

    let place = tempfile::tempdir().expect("a folder");
    let state = place.path().join("a new machine");
    let said = owner.restore(&state, "backup", &[]);
    assert!(said.done && said.text.contains("1 host, 1 kept meeting"), "{said:?}");
    assert!(!said.text.contains("--undo"), "there was nothing before: {said:?}");
    assert_eq!(fs::read(state.join("incamera.toml.restored")).expect("there"), settings.as_bytes());
    assert_eq!(fs::read(state.join("certificate.pem")).expect("there"), b"the ordered certificate");

    let moved = House::with(|config| config.state = state.clone()).await;
    assert!(moved.first_enrolment().is_none(), "there is a host");
    host.address = moved.address();
    host.origin = moved.browser().origin;
    assert_eq!(host.get("/api/account").await.error(), "signed_out", "sign-ins stay behind");
    assert_eq!(host.sign_in("Anna", "first password").await.status, 200);
    let meetings = host.get("/api/meetings").await.json();
    assert_eq!(meetings.as_array().map(Vec::len), Some(1), "{meetings}");
    assert_eq!(meetings[0]["id"], kept.id.as_str());
    let own = |state: &Path| fs::read(state.join("self-signed.pem")).expect("there");
    assert_eq!(own(&state), own(house.state()));
}

#[tokio::test]
async fn a_passphrase_opens_a_backup_and_no_other_does_a2() {
    let owner = Owner::new();
    let (_house, state) = state_of("Anna", "keptkeptkeptkept").await;
    fs::write(owner.file("right"), "correct horse battery staple\n").expect("written");
    fs::write(owner.file("wrong"), "correct horse battery stable\n").expect("written");
    let [file, right, wrong, key] = ["backup", "right", "wrong", "key"].map(|name| owner.text(name));
    let said = run(&state, &["backup", &file, "--passphrase-file", &right]);
    assert!(said.done && said.text.contains("passphrase"), "{said:?}");

    let before = tree(&state);
    let said = run(&state, &["restore", &file, "--check", "--passphrase-file", &right]);
    assert!(said.done && said.text.contains("This backup is good"), "{said:?}");
    let said = run(&state, &["restore", &file, "--check", "--passphrase-file", &wrong]);
    assert!(!said.done && said.text.contains("passphrase is not the one"), "{said:?}");
    let said = run(&state, &["restore", &file, "--check", "--identity", &key]);
    assert!(!said.done && said.text.contains("leave --identity out"), "{said:?}");
    assert_eq!(tree(&state), before, "nothing is changed by looking");
}

#[tokio::test]
async fn a_file_is_not_written_over_and_standard_output_will_do() {
    let owner = Owner::new();
    let (_house, state) = state_of("Anna", "keptkeptkeptkept").await;
    fs::write(owner.file("backup"), "precious").expect("written");
    let said = owner.backup(&state, "backup");
    assert!(!said.done && said.text.contains("exists already"), "{said:?}");
    assert_eq!(fs::read(owner.file("backup")).expect("there"), b"precious");
    let (file, key) = (owner.text("backup"), owner.key.to_public().to_string());
    assert!(run(&state, &["backup", &file, "--to", &key, "--force"]).done);
    assert!(owner.contents(&fs::read(&file).expect("there")).contains_key("incamera.db"));

    let output = command(&state, &["backup", "-", "--to", &key]).output().expect("it runs");
    assert!(output.status.success());
    assert!(owner.contents(&output.stdout).contains_key("incamera.db"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("The backup is made"));

    let said = run(&state, &["backup", &owner.text("nowhere/backup"), "--to", &key]);
    assert!(!said.done && said.text.contains("cannot write"), "{said:?}");
    let said = run(&owner.file("no state"), &["backup", &owner.text("other"), "--to", &key]);
    assert!(!said.done && said.text.contains("there is no server's state"), "{said:?}");
    assert!(!owner.file("no state").exists() && !owner.file("other").exists());
}

/// The folder may belong to somebody with less power than who backs it up.
#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_state_folder_is_not_followed_e1() {
    let owner = Owner::new();
    let (_house, state) = state_of("Anna", "keptkeptkeptkept").await;
    fs::write(owner.file("elsewhere"), "a secret of somebody else").expect("written");
    std::os::unix::fs::symlink(owner.file("elsewhere"), state.join("certificate.pem")).expect("linked");
    let said = owner.backup(&state, "backup");
    assert!(!said.done && said.text.contains("look what it is"), "{said:?}");
    assert!(!owner.file("backup").exists() && !owner.file("backup.part").exists());
}

#[tokio::test]
async fn nothing_is_changed_by_what_is_refused_a2() {
    let owner = Owner::new();
    let (_house, state) = state_of("Anna", "keptkeptkeptkept").await;
    assert!(owner.backup(&state, "good").done);
    let good = fs::read(owner.file("good")).expect("there");
    let inside = owner.contents(&good);
    let forge = |name: &str, change: &dyn Fn(&mut Contents)| {
        let mut files = inside.clone();
        change(&mut files);
        owner.forge(name, &files);
    };
    let mut flipped = good.clone();
    *flipped.last_mut().expect("long") ^= 1;
    fs::write(owner.file("flipped"), &flipped).expect("written");
    fs::write(owner.file("cut off"), &good[..good.len() - 1]).expect("written");
    // Whole chunks are missing (64 KiB each), so that what is left has no mark of its own.
    forge("long", &|files| {
        files.insert("certificate.pem".to_owned(), vec![b'x'; 200_000]);
    });
    let long = fs::read(owner.file("long")).expect("there");
    fs::write(owner.file("cut at a chunk"), &long[..long.len() - long.len() % 65_552]).expect("written");
    fs::write(owner.file("a letter"), "Dear Anna, …").expect("written");
    fs::write(owner.file("other key"), age::encrypt(&Owner::new().key.to_public(), b"x").expect("encrypted"))
        .expect("written");
    forge("no database", &|files| drop(files.remove("incamera.db")));
    forge("no database at all", &|files| {
        files.insert("incamera.db".to_owned(), vec![7; 8192]);
    });
    forge("a path", &|files| {
        files.insert("x/../../certificate.pem".to_owned(), b"x".to_vec());
    });
    forge("newer", &|files| {
        // The version is at 60 in the header of the file.
        files.get_mut("incamera.db").expect("there")[60..64].copy_from_slice(&99_u32.to_be_bytes());
    });
    forge("newer archive", &|files| {
        let about = br#"{"format":2,"program":"9.0.0","made":0}"#;
        files.insert("backup.json".to_owned(), about.to_vec());
    });

    for replaced in [true, false] {
        let new = tempfile::tempdir().expect("a folder");
        let (target, more): (PathBuf, &[&str]) =
            if replaced { (state.clone(), &["--replace"]) } else { (new.path().join("state"), &[]) };
        let before = replaced.then(|| tree(&target));
        for (name, words) in [
            ("flipped", "damaged or cut off"),
            ("cut off", "damaged or cut off"),
            ("cut at a chunk", "damaged or cut off"),
            ("a letter", "no backup of incamera"),
            ("other key", "another key"),
            ("no database", "no database"),
            ("no database at all", "not sound"),
            ("a path", "no backup has"),
            ("newer", "newer"),
            ("newer archive", "incamera 9.0.0"),
            ("nowhere", "cannot read"),
        ] {
            let said = owner.restore(&target, name, more);
            assert!(!said.done && said.text.contains(words), "{name}: {said:?}");
            match &before {
                Some(before) => assert_eq!(tree(&target), *before, "{name}"),
                None => assert!(!target.exists(), "{name}"),
            }
        }
    }
}

#[tokio::test]
async fn a_restore_is_a_mistake_that_can_be_undone_a1() {
    let owner = Owner::new();
    let (_anna, state) = state_of("Anna", "annaannaannaanna").await;
    let (_berta, other) = state_of("Berta", "bertabertabertab").await;
    assert!(owner.backup(&other, "berta").done);
    let hosts = || run(&state, &["host", "list"]).text;

    let before = tree(&state);
    let said = owner.restore(&state, "berta", &[]);
    assert!(!said.done && said.text.contains("add --replace"), "{said:?}");
    assert_eq!(tree(&state), before);
    let said = run(&state, &["restore", "--undo"]);
    assert!(!said.done && said.text.contains("no restore"), "{said:?}");

    let said = owner.restore(&state, "berta", &["--replace"]);
    assert!(said.done && said.text.contains("restore --undo"), "{said:?}");
    assert_eq!(hosts(), "Berta\n");
    let said = owner.restore(&state, "berta", &["--replace"]);
    assert!(!said.done && said.text.contains("restore --forget"), "the first state would be lost: {said:?}");
    assert!(run(&state, &["restore", "--undo"]).done);
    assert_eq!(hosts(), "Anna\n");
    assert!(run(&state, &["restore", "--undo"]).done);
    assert_eq!(hosts(), "Berta\n");
    assert!(run(&state, &["restore", "--forget"]).done);
    assert!(!state.join("before-restore").exists());
    assert_eq!(hosts(), "Berta\n");
    assert!(owner.restore(&state, "berta", &["--replace"]).done);
}

#[tokio::test]
async fn a_server_that_runs_is_not_replaced_and_not_started_twice() {
    let owner = Owner::new();
    let mut house = House::open().await;
    house.host().await;
    assert!(owner.backup(house.state(), "backup").done);
    let before = tree(house.state());
    for arguments in [["--replace"], ["--replace"]] {
        let said = owner.restore(house.state(), "backup", &arguments);
        assert!(!said.done && said.text.contains("stop the server first"), "{said:?}");
    }
    let said = run(house.state(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!said.done && said.text.contains("second server"), "{said:?}");
    assert_eq!(tree(house.state()), before);
    house.stop().await;
    assert!(owner.restore(house.state(), "backup", &["--replace"]).done);
    assert!(run(house.state(), &["restore", "--undo"]).done);
}

/// As when root restores the folder of a service, which runs as nobody in particular.
#[cfg(unix)]
#[tokio::test]
async fn files_belong_to_whom_the_folder_belongs() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let owner = Owner::new();
    let (_house, state) = state_of("Anna", "keptkeptkeptkept").await;
    if fs::metadata(&state).expect("there").uid() != 0 {
        eprintln!("skipped: only root can give files away");
        return;
    }
    assert!(owner.backup(&state, "backup").done);
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("state");
    fs::create_dir(&target).expect("made");
    chown(&target, Some(61_234), Some(61_234)).expect("given");
    fs::write(target.join("incamera.db"), "").expect("written");
    chown(target.join("incamera.db"), Some(61_234), Some(61_234)).expect("given");
    assert!(owner.restore(&target, "backup", &["--replace"]).done);
    assert!(run(&target, &["data"]).done);
    for path in tree(&target).into_keys().chain([target.join("lock"), target.join("before-restore")]) {
        let metadata = fs::metadata(&path).expect("there");
        assert_eq!((metadata.uid(), metadata.gid()), (61_234, 61_234), "{}", path.display());
        assert_eq!(
            metadata.mode() & 0o077,
            if path.ends_with("before-restore/incamera.db") { 0o044 } else { 0 }
        );
    }
}

const BLOWS: u32 = 24;

/// SIGKILL, sooner where the last one came too late, and later where it came in time: most fall near the end, when files
/// are put in place.
struct Blows {
    wait: Duration,
    in_time: u32,
}

impl Blows {
    fn new() -> Self {
        Self { wait: Duration::from_millis(10), in_time: 0 }
    }

    fn strike(&mut self, mut command: Command) {
        let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(self.wait);
        child.kill().expect("it is ours");
        if child.wait().expect("it ended").success() {
            self.wait = self.wait * 3 / 4;
        } else {
            self.in_time += 1;
            self.wait = self.wait * 5 / 4;
        }
    }

    fn were_good(&self) {
        let Self { in_time, .. } = self;
        assert!(0 < *in_time && *in_time < BLOWS, "{in_time} of {BLOWS} in time");
    }
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_none_or_a_whole_one_a2() {
    let owner = Owner::new();
    let (_house, state) = state_of("Anna", "keptkeptkeptkept").await;
    let key = owner.key.to_public().to_string();
    let mut blows = Blows::new();
    for round in 0..BLOWS {
        let file = owner.file(&format!("backup {}", round % 4));
        let path = file.display().to_string();
        blows.strike(command(&state, &["backup", &path, "--to", &key, "--force"]));
        if file.exists() {
            let inside = owner.contents(&fs::read(&file).expect("readable"));
            assert!(inside.contains_key("incamera.db") && inside.contains_key("self-signed.json"));
        }
        assert_eq!(run(&state, &["host", "list"]).text, "Anna\n");
    }
    blows.were_good();
    let unknown = run(&state, &["data"]).text.contains("not made by this version");
    assert!(!unknown, "nothing is left in the state folder");
}

#[tokio::test]
async fn a_restore_that_is_killed_leaves_the_former_state_or_the_new_one_a2() {
    let owner = Owner::new();
    let (_anna, state) = state_of("Anna", "annaannaannaanna").await;
    let (_berta, other) = state_of("Berta", "bertabertabertab").await;
    for (state, name) in [(&state, "Anna"), (&other, "Berta")] {
        fs::write(Files::ordered(state).chain, format!("certificate of {name}")).expect("written");
        assert!(owner.backup(state, name).done);
    }
    let (mut present, mut blows) = ("Anna", Blows::new());
    for _ in 0..BLOWS {
        let next = if present == "Anna" { "Berta" } else { "Anna" };
        let (file, key) = (owner.text(next), owner.text("key"));
        blows.strike(command(&state, &["restore", &file, "--identity", &key, "--replace"]));
        let hosts = run(&state, &["host", "list"]).text;
        present = if hosts == "Anna\n" { "Anna" } else { "Berta" };
        assert_eq!(hosts, format!("{present}\n"));
        let certificate = fs::read_to_string(Files::ordered(&state).chain).expect("there");
        assert_eq!(certificate, format!("certificate of {present}"));
        if state.join("before-restore").exists() {
            assert_eq!(present, next, "set aside and not replaced");
            assert!(run(&state, &["restore", "--forget"]).done);
        }
        let text = run(&state, &["data"]).text;
        assert!(!text.contains("being written") && !text.contains("interrupted restore"), "{text}");
    }
    blows.were_good();
}

/// The service is down, and comes back at once, as a service manager starts it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_use_can_be_backed_up_and_replaced_a2() {
    let owner = Owner::new();
    let place = tempfile::tempdir().expect("a folder");
    let state = place.path().join("state");
    let mut program = Program::start(&state, None);
    let mut browser = crate::harness::Browser::new(program.address);
    let token = program.enrolment.clone();
    assert_eq!(browser.enrol(&token, "Anna", "password").await.status, 200);
    assert_eq!(browser.create(&Plan::new("keptkeptkeptkept")).await.status, 201);
    program.kill();
    let said = owner.backup(&state, "backup");
    assert!(said.done && said.text.contains("1 host, 1 kept meeting"), "{said:?}");
    assert!(owner.restore(&state, "backup", &["--replace"]).done, "the lock went with the process");
}

#[test]
fn without_a_terminal_and_without_a_passphrase_the_way_out_is_named_a1() {
    let place = tempfile::tempdir().expect("a folder");
    let state = place.path().join("state");
    incamera::store::Db::open(&state).expect("made").close().expect("closed");
    let file = place.path().join("backup").display().to_string();
    let command = command(&state, &["backup", &file]);
    // In a session of its own there is no terminal to ask.
    let Ok(output) = Command::new("setsid")
        .arg("--wait")
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .output()
    else {
        eprintln!("skipped: there is no setsid");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("--passphrase-file"), "{said}");
    assert!(!Path::new(&file).exists());
    std::io::stderr().flush().expect("flushed");
}
