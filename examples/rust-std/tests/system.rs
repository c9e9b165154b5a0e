//! Files, the environment, memory and the network.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A directory of a test's own.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn the_package_is_where_it_was_built() {
    assert_eq!(env::current_dir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")));
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    assert!(manifest.contains("name = \"rust-std\""));
    assert!(env::args().next().unwrap().contains("system"));
    assert_eq!(env::var("CARGO_PKG_NAME").unwrap(), env!("CARGO_PKG_NAME"));
}

#[test]
fn files_are_written_read_and_changed() {
    let path = directory("files").join("file");
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
    file.write_all(b"Hello, world").unwrap();
    file.seek(SeekFrom::Start(7)).unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "world");
    file.set_len(5).unwrap();
    file.sync_all().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), 5);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"!").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "Hello!");
    let again = OpenOptions::new().write(true).create_new(true).open(&path).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    assert!(fs::metadata(&path).unwrap().modified().is_ok());
}

#[test]
fn directories_are_made_listed_moved_and_removed() {
    let root = directory("directories");
    fs::create_dir_all(root.join("a/b/c")).unwrap();
    fs::write(root.join("a/file"), "").unwrap();
    let mut names: Vec<_> = fs::read_dir(root.join("a"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), entry.file_type().unwrap().is_dir())
        })
        .collect();
    names.sort();
    assert_eq!(names, [("b".to_owned(), true), ("file".to_owned(), false)]);
    fs::rename(root.join("a/file"), root.join("moved")).unwrap();
    assert!(!root.join("a/file").exists());
    assert!(root.join("moved").is_file());
    assert!(fs::remove_dir(root.join("a")).is_err());
    fs::remove_file(root.join("moved")).unwrap();
    fs::remove_dir_all(root.join("a")).unwrap();
    assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
}

#[test]
fn there_is_a_directory_for_temporary_files() {
    let path = env::temp_dir().join("rust-std-temporary");
    fs::write(&path, "1").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"1");
    fs::remove_file(&path).unwrap();
    let error = File::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_lot_of_memory_is_given_or_refused() {
    let layout = Layout::from_size_align(1 << 30, 4096).unwrap();
    // SAFETY: the layout has a size, and what is given is used within it.
    unsafe {
        let memory = alloc_zeroed(layout);
        if !memory.is_null() {
            memory.add(layout.size() - 1).write(1);
            assert_eq!(memory.read(), 0);
            dealloc(memory, layout);
        }
    }
    assert!(Vec::<u8>::new().try_reserve(isize::MAX as usize).is_err());
}

#[test]
fn a_pair_of_sockets_waits_no_longer_than_it_is_told() {
    let (mut near, mut far) = UnixStream::pair().unwrap();
    // A multiple of what Linux counts in.
    let timeout = Some(Duration::from_millis(20));
    near.set_read_timeout(timeout).unwrap();
    near.set_write_timeout(timeout).unwrap();
    assert_eq!((near.read_timeout().unwrap(), far.read_timeout().unwrap()), (timeout, None));
    let mut byte = [0];
    assert_eq!(near.read(&mut byte).unwrap_err().kind(), ErrorKind::WouldBlock);
    let error = loop {
        match near.write(&[0; 4096]) {
            Ok(size) => assert!(size > 0),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    far.write_all(&[7]).unwrap();
    assert_eq!((near.read(&mut byte).unwrap(), byte), (1, [7]));
}

#[test]
fn messages_between_a_pair_of_sockets_are_kept_apart() {
    let (near, far) = UnixDatagram::pair().unwrap();
    assert_eq!((near.send(b"one").unwrap(), near.send(b"and two").unwrap()), (3, 7));
    let mut room = [0; 5];
    assert_eq!((far.recv(&mut room).unwrap(), &room[..3]), (3, &b"one"[..]));
    // What there is no room for is lost.
    assert_eq!((far.recv(&mut room).unwrap(), &room), (5, b"and t"));
    far.set_nonblocking(true).unwrap();
    assert_eq!(far.recv(&mut room).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
#[cfg(target_os = "fuchsia")]
fn a_network_that_is_not_there_is_an_error() {
    assert!(TcpListener::bind("127.0.0.1:0").is_err());
    assert!(TcpStream::connect("127.0.0.1:9").is_err());
}

#[test]
#[cfg(not(target_os = "fuchsia"))]
fn a_network_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(TcpStream::connect(listener.local_addr().unwrap()).is_ok());
}
