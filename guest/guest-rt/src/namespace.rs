//! The namespace of a process: directories by absolute paths (docs/concepts/process/namespaces.md).

use zx_abi::{CHANNEL_MAX_MSG_HANDLES, Result, Status};

use crate::Handle;

/// Entries, at most: as many as a bootstrap message has handles.
const MAX_ENTRIES: usize = CHANNEL_MAX_MSG_HANDLES as usize;
/// Bytes of the name of a directory's entry, at most.
const MAX_NAME: usize = 255;

/// A directory that is bound to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path.
    pub path: &'static [u8],
    /// A client end of `fuchsia.io.Directory`.
    pub directory: Handle,
}

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'p> {
    /// Into a directory that is bound, by the rest of the path: `.` for the directory itself.
    Bound(Handle, &'p [u8]),
    /// To a directory that is there only because others are bound below it.
    Between,
}

/// A table of entries of which none is below another.
pub struct Namespace {
    entries: [Entry; MAX_ENTRIES],
    count: usize,
}

impl Namespace {
    /// Without entries.
    pub const fn new() -> Self {
        let none = Entry { path: b"", directory: Handle::INVALID };
        Self { entries: [none; MAX_ENTRIES], count: 0 }
    }

    /// Binds a directory to a path (`fdio_ns_bind`). Closes it if that fails.
    ///
    /// # Errors
    /// BAD_HANDLE; INVALID_ARGS for what is no absolute path of names; NOT_SUPPORTED below an
    /// entry, and for `/` above entries; ALREADY_EXISTS at an entry and above it; NO_MEMORY.
    pub fn bind(&mut self, path: &'static [u8], directory: Handle) -> Result {
        let bound = self.check(path, directory).and_then(|()| {
            let place = self.entries.get_mut(self.count).ok_or(Status::NO_MEMORY)?;
            *place = Entry { path, directory };
            self.count += 1;
            Ok(())
        });
        bound.inspect_err(|_| directory.close())
    }

    /// Whether a directory can be bound to a path.
    fn check(&self, path: &[u8], directory: Handle) -> Result {
        if directory == Handle::INVALID {
            return Err(Status::BAD_HANDLE);
        }
        if !is_valid(path) {
            return Err(Status::INVALID_ARGS);
        }
        // On the way from the root, what is bound above the path comes before what is there.
        if self.entries().any(|entry| entry.path != path && below(path, entry.path).is_some()) {
            return Err(Status::NOT_SUPPORTED);
        }
        match self.entries().find(|entry| below(entry.path, path).is_some()) {
            None => Ok(()),
            Some(entry) if path == b"/" && entry.path != path => Err(Status::NOT_SUPPORTED),
            Some(_) => Err(Status::ALREADY_EXISTS),
        }
    }

    /// Takes the entry at a path out (`fdio_ns_unbind`).
    ///
    /// # Errors
    /// NOT_FOUND.
    pub fn unbind(&mut self, path: &[u8]) -> Result<Entry> {
        let index = self.entries().position(|entry| entry.path == path);
        let index = index.ok_or(Status::NOT_FOUND)?;
        let bound = self.entries.get_mut(index..self.count).ok_or(Status::NOT_FOUND)?;
        bound.rotate_left(1);
        self.count -= 1;
        self.entries.get(self.count).copied().ok_or(Status::NOT_FOUND)
    }

    /// The entries, in the order of binding.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.entries.iter().take(self.count).copied()
    }

    /// Where an absolute path leads.
    ///
    /// # Errors
    /// NOT_FOUND.
    pub fn find<'p>(&self, path: &'p [u8]) -> Result<Place<'p>> {
        if !path.starts_with(b"/") {
            return Err(Status::NOT_FOUND);
        }
        let bound = self.entries().find_map(|entry| {
            let rest = below(path, entry.path)?;
            Some(Place::Bound(entry.directory, if rest.is_empty() { b"." } else { rest }))
        });
        let between = || path == b"/" || self.children(path).next().is_some();
        bound.or_else(|| between().then_some(Place::Between)).ok_or(Status::NOT_FOUND)
    }

    /// The names in a directory between the root and entries, each once.
    pub fn children(&self, path: &[u8]) -> impl Iterator<Item = &'static [u8]> {
        let name = move |entry: Entry| {
            below(entry.path, path)?
                .split(|&byte| byte == b'/')
                .next()
                .filter(|name| !name.is_empty())
        };
        self.entries().enumerate().filter_map(move |(index, entry)| {
            let found = name(entry)?;
            let seen = self.entries().take(index).any(|earlier| name(earlier) == Some(found));
            (!seen).then_some(found)
        })
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a path is absolute, of names that directories may have, and without a slash at its end.
fn is_valid(path: &[u8]) -> bool {
    let Some(names) = path.strip_prefix(b"/") else { return false };
    let is_name =
        |name: &[u8]| !name.is_empty() && name.len() <= MAX_NAME && name != b"." && name != b"..";
    names.is_empty() || names.split(|&byte| byte == b'/').all(is_name)
}

/// The rest of a path at or below a directory: empty for the directory itself.
fn below<'p>(path: &'p [u8], directory: &[u8]) -> Option<&'p [u8]> {
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    match path.strip_prefix(directory)? {
        [] => Some(&[]),
        [b'/', rest @ ..] => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECTORY: Handle = Handle::from_raw(3);

    fn namespace(paths: &[&'static str]) -> Namespace {
        let mut namespace = Namespace::new();
        for (index, path) in paths.iter().enumerate() {
            let directory = Handle::from_raw(4 * index as u32 + 3);
            assert_eq!(namespace.bind(path.as_bytes(), directory), Ok(()), "{path}");
        }
        namespace
    }

    fn bind(paths: &[&'static str], path: &'static str) -> Result {
        namespace(paths).bind(path.as_bytes(), DIRECTORY)
    }

    #[test]
    fn paths_are_absolute_and_of_names() {
        for path in ["/", "/a", "/a/b", "/a/..b", "/...", "/\u{e9}"] {
            assert_eq!(bind(&[], path), Ok(()), "{path}");
        }
        for path in ["", "a", "a/b", "//", "/a/", "/a//b", "/.", "/a/..", "/../a"] {
            assert_eq!(bind(&[], path), Err(Status::INVALID_ARGS), "{path}");
        }
        let mut namespace = Namespace::new();
        assert_eq!(namespace.bind(b"/a", Handle::INVALID), Err(Status::BAD_HANDLE));
        let mut path = vec![b'x'; 256];
        path.insert(0, b'/');
        let path = path.leak();
        assert_eq!(namespace.bind(path, DIRECTORY), Err(Status::INVALID_ARGS));
        assert_eq!(namespace.bind(&path[..256], DIRECTORY), Ok(()));
    }

    #[test]
    fn the_first_of_overlapping_entries_wins() {
        for (first, second, status) in [
            ("/a", "/a", Status::ALREADY_EXISTS),
            ("/a/b", "/a", Status::ALREADY_EXISTS),
            ("/a", "/a/b", Status::NOT_SUPPORTED),
            ("/", "/a", Status::NOT_SUPPORTED),
            ("/", "/", Status::ALREADY_EXISTS),
            ("/a", "/", Status::NOT_SUPPORTED),
        ] {
            assert_eq!(bind(&[first], second), Err(status), "{first} {second}");
        }
        assert_eq!(bind(&["/a", "/a-b", "/b/a"], "/b/a2"), Ok(()));
    }

    #[test]
    fn paths_lead_to_the_entry_above() {
        let namespace = namespace(&["/a", "/b/c/d"]);
        let (a, d) = (Handle::from_raw(3), Handle::from_raw(7));
        for (path, place) in [
            ("/a", Ok(Place::Bound(a, b"."))),
            ("/a/x/y", Ok(Place::Bound(a, b"x/y"))),
            ("/b/c/d/e", Ok(Place::Bound(d, b"e"))),
            ("/", Ok(Place::Between)),
            ("/b", Ok(Place::Between)),
            ("/b/c", Ok(Place::Between)),
            ("/ab", Err(Status::NOT_FOUND)),
            ("/b/d", Err(Status::NOT_FOUND)),
            ("a", Err(Status::NOT_FOUND)),
            ("", Err(Status::NOT_FOUND)),
        ] {
            assert_eq!(namespace.find(path.as_bytes()), place, "{path}");
        }
        let root = super::tests::namespace(&["/"]);
        assert_eq!(root.find(b"/"), Ok(Place::Bound(a, b".")));
        assert_eq!(root.find(b"/x"), Ok(Place::Bound(a, b"x")));
    }

    #[test]
    fn directories_between_list_each_name_once() {
        let namespace = namespace(&["/a/b", "/c", "/a/d/e", "/a/d/f"]);
        let children = |path: &str| {
            let names: Vec<_> = namespace.children(path.as_bytes()).collect();
            names.into_iter().map(|name| str::from_utf8(name).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(children("/"), ["a", "c"]);
        assert_eq!(children("/a"), ["b", "d"]);
        assert_eq!(children("/a/d"), ["e", "f"]);
        assert_eq!(children("/c"), [""; 0]);
    }

    #[test]
    fn what_is_unbound_makes_room() {
        let mut namespace = namespace(&["/a", "/b/c", "/d"]);
        let bound = namespace.unbind(b"/b/c");
        assert_eq!(bound, Ok(Entry { path: b"/b/c", directory: Handle::from_raw(7) }));
        assert_eq!(namespace.find(b"/b/c"), Err(Status::NOT_FOUND));
        assert_eq!(namespace.unbind(b"/b/c"), Err(Status::NOT_FOUND));
        assert_eq!(namespace.unbind(b"/"), Err(Status::NOT_FOUND));
        let left: Vec<_> = namespace.entries().map(|entry| entry.path).collect();
        assert_eq!(left, [b"/a", b"/d"]);
        assert_eq!(namespace.bind(b"/b", DIRECTORY), Ok(()));
    }

    #[test]
    fn there_is_room_for_as_many_entries_as_handles() {
        let mut namespace = Namespace::new();
        for index in 0..=64 {
            let path = format!("/{index}").leak().as_bytes();
            let expected = if index < 64 { Ok(()) } else { Err(Status::NO_MEMORY) };
            assert_eq!(namespace.bind(path, DIRECTORY), expected);
        }
        assert_eq!(namespace.entries().count(), 64);
    }
}
