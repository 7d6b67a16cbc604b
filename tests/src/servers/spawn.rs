//! Server processes. Each lives as long as the process of the tests: a thread that never ends starts
//! it, and the kernel stops it when that thread is gone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Address space of a server's process.
const SERVER_BYTES: u64 = 4 << 30;
/// How long a server may take until it answers.
const START_SECONDS: u64 = 60;

/// A folder for a server that anyone may enter: servers do not run as root.
pub(super) fn folder(name: &str) -> Result<PathBuf, String> {
    let path = std::env::temp_dir().join(format!("weir-{name}-{}", std::process::id()));
    let made = fs::create_dir_all(&path)
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o777)));
    made.map_err(|error| format!("can't make `{}`: {error}", path.display()))?;
    // It goes when the process of the tests has gone, however that ends.
    let script = "while kill -0 \"$0\" 2>/dev/null; do sleep 1; done; sleep 1; rm -rf \"$1\"";
    let mut cleaner = Command::new("setsid");
    cleaner.args(["sh", "-c", script, &std::process::id().to_string()]);
    cleaner
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    cleaner
        .spawn()
        .map_err(|error| format!("can't run `setsid`: {error}"))?;
    Ok(path)
}

/// A program of a package that isn't on everybody's path.
pub(super) fn program(name: &str, folders: &[&str]) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let listed = std::env::split_paths(&path).chain(folders.iter().map(PathBuf::from));
    // Versions stand beside one another: the last one.
    let found = listed.flat_map(|folder| {
        let pattern = folder.to_string_lossy().into_owned();
        match pattern.split_once('*') {
            None => vec![folder],
            Some((before, after)) => {
                let mut versions: Vec<PathBuf> = fs::read_dir(before)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|entry| entry.path().join(after.trim_start_matches('/')))
                    .collect();
                versions.sort();
                versions.reverse();
                versions
            }
        }
    });
    let mut found = found.map(|folder| folder.join(name));
    found
        .find(|path| path.is_file())
        .ok_or_else(|| format!("`{name}` is not installed; README.md has the command that does it"))
}

/// A command as another user, if these are root's tests.
pub(super) fn command_as(user: &str, program: &Path) -> Command {
    // Files of root's belong to root.
    let root = fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if root {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    command.arg(program);
    command
}

/// A server as another user. Planning a statement near a limit may take all the memory that there is,
/// so it has no more than so much.
pub(super) fn server_as(user: &str, program: &Path) -> Command {
    let mut command = command_as(user, Path::new("prlimit"));
    command.arg(format!("--as={SERVER_BYTES}")).arg(program);
    command
}

/// Runs a command to its end.
pub(super) fn run(mut command: Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("can't run {command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{command:?} failed: {said}"))
}

/// Starts a server, and waits until it answers.
pub(super) fn start(
    mut command: Command,
    log: &Path,
    answers: impl Fn() -> bool,
) -> Result<(), String> {
    let file = fs::File::create(log).map_err(|error| error.to_string())?;
    let errors = file.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(file).stderr(errors);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let started = command
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"));
        let mut child = match started {
            Ok(child) => {
                let _ = sender.send(Ok(()));
                child
            }
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        };
        let _ = child.wait();
    });
    receiver.recv().map_err(|error| error.to_string())??;
    let begun = Instant::now();
    while !answers() {
        if begun.elapsed() > Duration::from_secs(START_SECONDS) {
            let said = fs::read_to_string(log).unwrap_or_default();
            return Err(format!("the server does not answer: {said}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
