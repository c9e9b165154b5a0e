//! The linker for rustc: the toolchain's own `rust-lld`, with the directories to look in.
//!
//! rustc names `Scrt1.o`, which every executable begins with, by its file's name where it knows no
//! directory that has one, and leaves libraries to the linker. Here both are found, in the directories
//! that a file beside this program lists; so whatever rustc and its user ask for else stays as it is.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::complain;

/// The list of directories, each of which ends with a NUL.
const DIRECTORIES: &str = "directories";

/// What executables begin with.
const STARTUP: &[u8] = b"Scrt1.o";

/// The end of the name of what rustc links into programs with SafeStack (`librustc-CHANNEL_rt…`). On
/// Fuchsia the C library has all of that; of rustc's there is none in most toolchains.
const SAFESTACK: &[u8] = b"_rt.safestack.a";

/// What lld is by this name: several linkers, of which `-flavor` names one. rustc has the directory of
/// its own in the search path.
const RUST_LLD: &str = "rust-lld";

/// What lld is by this name: the linker that is wanted.
const LLD: &str = "ld.lld";

const FLAVOR: [&str; 2] = ["-flavor", "gnu"];

/// The name of the dynamic linker, which not every version of rustc gives; and that a name which nobody
/// has is an error of a library's too, instead of one when it is loaded. What the user gives comes
/// later and counts.
const FIRST: [&str; 3] = ["--dynamic-linker=ld.so.1", "-z", "defs"];

/// Becomes the linker. Returns what to exit with if there is none.
pub fn link(args: Vec<OsString>) -> u8 {
    match directories().and_then(|directories| with_directories(args, &directories)) {
        Ok(args) => complain(become_linker(args, &env::var_os("PATH").unwrap_or_default())),
        Err(error) => complain(error),
    }
    1
}

/// What the file beside this program lists.
fn directories() -> io::Result<Vec<PathBuf>> {
    let path = env::current_exe()?.with_file_name(DIRECTORIES);
    let list = fs::read(&path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    let names = list.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| OsString::from_vec(name.to_vec()).into()).collect())
}

/// The linker's arguments, with the directories to look in, and with what executables begin with by
/// its path. Where rustc has put arguments into a file, for being too many, it is the same with those.
fn with_directories(args: Vec<OsString>, directories: &[PathBuf]) -> io::Result<Vec<OsString>> {
    let startup = directories
        .iter()
        .map(|directory| directory.join(OsStr::from_bytes(STARTUP)))
        .find(|path| path.exists());
    let mut all = Vec::with_capacity(args.len() + 2 * directories.len());
    for arg in args {
        if is_missing_runtime(arg.as_bytes()) {
            continue;
        }
        all.push(match (arg.as_bytes(), &startup) {
            (STARTUP, Some(path)) => path.into(),
            ([b'@', file @ ..], Some(path)) => {
                let file = rewritten(Path::new(OsStr::from_bytes(file)), path)?;
                [OsStr::new("@"), file.as_os_str()].into_iter().collect()
            }
            _ => arg,
        });
    }
    for directory in directories {
        all.extend(["-L".into(), directory.into()]);
    }
    Ok(all)
}

/// Whether an argument is the path of a runtime of SafeStack's that is not there.
fn is_missing_runtime(arg: &[u8]) -> bool {
    arg.ends_with(SAFESTACK) && !Path::new(OsStr::from_bytes(arg)).exists()
}

/// A file of arguments, one on a line, beside the one given, with what executables begin with by its
/// path.
fn rewritten(file: &Path, startup: &Path) -> io::Result<PathBuf> {
    let text = fs::read(file)?;
    let startup = escaped(startup.as_os_str().as_bytes());
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !is_missing_runtime(&unescaped(line)))
        .map(|line| if line == STARTUP { startup.as_slice() } else { line });
    let mut copy = file.as_os_str().to_owned();
    copy.push(".zirconia");
    fs::write(&copy, lines.collect::<Vec<_>>().join(&b'\n'))?;
    Ok(copy.into())
}

/// What an argument in such a file stands for.
fn unescaped(line: &[u8]) -> Vec<u8> {
    let mut escaped = false;
    let mut keep = |byte: u8| {
        escaped = byte == b'\\' && !escaped;
        !escaped
    };
    line.iter().copied().filter(|byte| keep(*byte)).collect()
}

/// As one argument in such a file.
fn escaped(arg: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(arg.len());
    for byte in arg {
        if matches!(byte, b' ' | b'\\' | b'"' | b'\'') {
            bytes.push(b'\\');
        }
        bytes.push(*byte);
    }
    bytes
}

/// Becomes the first linker that there is. Returns why it could not.
fn become_linker(mut args: Vec<OsString>, path: &OsStr) -> io::Error {
    let flavor = FLAVOR.map(OsString::from);
    if args.first() != Some(&flavor[0]) {
        args.splice(0..0, flavor);
    }
    args.splice(FLAVOR.len()..FLAVOR.len(), FIRST.map(OsString::from));
    let error = Command::new(RUST_LLD).args(&args).exec();
    if error.kind() != ErrorKind::NotFound {
        return io::Error::new(error.kind(), format!("{RUST_LLD}: {error}"));
    }
    for linker in linkers(path) {
        let error = Command::new(&linker).args(&args[FLAVOR.len()..]).exec();
        if error.kind() != ErrorKind::NotFound {
            return io::Error::new(error.kind(), format!("{}: {error}", linker.display()));
        }
    }
    io::Error::other(format!(
        "there is no linker: the toolchain has no {RUST_LLD}, and there is no {LLD}. \
         Install LLVM's linker, the package `lld` of most systems"
    ))
}

/// The linkers of LLVM in a search path: without a version, then the newest first.
fn linkers(path: &OsStr) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = env::split_paths(path)
        .filter_map(|directory| fs::read_dir(directory).ok())
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let version = match name.to_str()?.strip_prefix(LLD)? {
                "" => u32::MAX,
                version => version.strip_prefix('-')?.parse().ok()?,
            };
            Some((version, entry.path()))
        })
        .collect();
    // The first directory counts, among those of one version.
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, linker)| linker).collect()
}
