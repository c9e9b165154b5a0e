//! The namespace as a text.

use dynamic_programs::namespace;
use dynamic_programs::text::Text;
use guest_rt::io::dirents::{Entry, Reader, SMALLEST};
use guest_rt::io_2020::node::{self, NodeKind};
use guest_rt::io_2020::{MAX_PATH, OpenFlags, dirent};
use zx_abi::{Result, Status};

/// How deep directories are entered: each level takes some of the stack.
const MAX_DEPTH: usize = 32;

/// Writes the paths of all that is in the namespace, each directory before what is in it. A
/// directory that cannot be read has nothing in it.
///
/// # Errors
/// OUT_OF_RANGE if there is no room for all of it.
pub fn dump(room: &mut [u8]) -> Result<usize> {
    let mut path = [0; MAX_PATH];
    let mut walk = Walk { path: Text::new(&mut path), text: Text::new(room) };
    walk.directory(0).ok_or(Status::OUT_OF_RANGE)?;
    Ok(walk.text.len())
}

struct Walk<'a> {
    /// Where it is: empty at the root.
    path: Text<'a>,
    text: Text<'a>,
}

impl Walk<'_> {
    fn directory(&mut self, depth: usize) -> Option<()> {
        if depth == MAX_DEPTH {
            return Some(());
        }
        let path = if self.path.is_empty() { b"/" } else { self.path.as_bytes() };
        match namespace::open(path, OpenFlags::READABLE | OpenFlags::DIRECTORY) {
            Ok((channel, info)) => {
                let mut reader = Reader::<SMALLEST>::new();
                while info.kind == NodeKind::Directory
                    && let Ok(Some(Entry { name, node_type, .. })) = reader.next_entry(channel)
                {
                    if name != b"." {
                        self.entry(name, node_type == dirent::DIRECTORY, depth)?;
                    }
                }
                node::close(channel);
            }
            // It is between the root and entries.
            Err(Status::NOT_SUPPORTED) => {
                let mut index = 0;
                loop {
                    let path = if self.path.is_empty() { b"/" } else { self.path.as_bytes() };
                    let Some(name) = namespace::children(path).nth(index) else { break };
                    self.entry(name, true, depth)?;
                    index += 1;
                }
            }
            Err(_) => {}
        }
        Some(())
    }

    fn entry(&mut self, name: &[u8], is_directory: bool, depth: usize) -> Option<()> {
        let len = self.path.len();
        self.path.push(b"/")?;
        self.path.push(name)?;
        if !self.text.is_empty() {
            self.text.push(b", ")?;
        }
        self.text.push(self.path.as_bytes())?;
        if is_directory {
            self.directory(depth + 1)?;
        }
        self.path.truncate(len);
        Some(())
    }
}
