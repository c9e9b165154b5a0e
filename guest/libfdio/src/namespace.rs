//! Namespaces: that of the process, and others (lib/fdio/namespace.h).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int};
use core::{ptr, slice};

use guest_rt::io::{Flags, directory, node};
use guest_rt::lock::Mutex;
use guest_rt::namespace::{Entry, Namespace, Place};
use guest_rt::{Handle, Owned};
use zx_abi::Status;

use crate::errno::{EMFILE, ENOMEM, answer};
use crate::heap::{free, malloc};
use crate::local::Local;
use crate::object::{Kind, Object};
use crate::path::{self, Clean};
use crate::remote::Remote;
use crate::text::text;
use crate::{descriptor, handle, status};

/// A namespace (`fdio_ns_t`): directories by the paths that they are bound to. The paths are leaked
/// boxes, which go with their entries.
pub struct Space(Mutex<Namespace>);

/// That of the process.
static INSTALLED: Mutex<Option<Arc<Space>>> = Mutex::new(None);

/// The namespace of the process.
pub fn installed() -> Arc<Space> {
    INSTALLED.with(|installed| {
        installed.get_or_insert_with(|| Arc::new(Space(Mutex::new(Namespace::new())))).clone()
    })
}

impl Space {
    /// Binds a directory to a path.
    pub fn bind(&self, path: &[u8], directory: Owned) -> Result<(), Status> {
        let path = Box::leak(Box::<[u8]>::from(path));
        let place = ptr::from_mut(path);
        let bound = self.0.with(|namespace| namespace.bind(path, directory.into_inner()));
        // SAFETY: it is the box from above, and nobody has it.
        bound.inspect_err(|_| drop(unsafe { Box::from_raw(place) }))
    }

    /// Unbinds what is bound to a path.
    fn unbind(&self, path: &[u8]) -> Result<(), Status> {
        let entry = self.0.with(|namespace| namespace.unbind(path))?;
        // SAFETY: it is in the table no more.
        unsafe { discard(entry) };
        Ok(())
    }

    /// Connects to what is at an absolute path, over a server end. Says whether there is anybody to
    /// serve it: nobody serves what is between the root and what is bound.
    fn ask(&self, path: &[u8], flags: Flags, server: Owned) -> Result<bool, Status> {
        // Asking does not wait.
        self.0.with(|namespace| match namespace.find(path)? {
            Place::Bound(_, b".") | Place::Between if flags.contains(Flags::FLAG_MUST_CREATE) => {
                Err(Status::ALREADY_EXISTS)
            }
            Place::Bound(bound, rest) => {
                directory::open(bound, rest, flags, server.into_inner()).map(|()| true)
            }
            Place::Between => Ok(false),
        })
    }

    /// Connects to what is at an absolute path, over a server end.
    pub fn connect(&self, path: &[u8], flags: Flags, server: Owned) -> Result<(), Status> {
        if self.ask(path, flags, server)? { Ok(()) } else { Err(Status::NOT_SUPPORTED) }
    }

    /// As fuchsia.io was in 2020, with its flags.
    pub fn connect_2020(&self, path: &[u8], flags: u32, server: Owned) -> Result<(), Status> {
        use guest_rt::io_2020::{OpenFlags, directory};
        self.0.with(|namespace| match namespace.find(path)? {
            Place::Bound(bound, rest) => {
                let flags = OpenFlags::from_bits_retain(flags);
                directory::open(bound, flags, rest, server.into_inner())
            }
            Place::Between => Err(Status::NOT_SUPPORTED),
        })
    }

    /// Opens what is at an absolute path, and waits until it is open.
    pub fn open(self: Arc<Self>, path: &[u8], flags: Flags) -> Result<Kind, Status> {
        if let Some(remote) = Remote::open(|server| self.ask(path, flags, server))? {
            return Ok(Kind::Remote(remote));
        }
        if flags.contains(Flags::PROTOCOL_FILE) {
            return Err(Status::NOT_FILE);
        }
        Ok(Kind::Local(Local { space: self, path: path.to_vec() }))
    }

    /// Opens the root.
    fn open_root(self: Arc<Self>) -> Result<Kind, Status> {
        let flags = Flags::PERM_READABLE
            | Flags::PERM_INHERIT_WRITE
            | Flags::PERM_INHERIT_EXECUTE
            | Flags::PROTOCOL_DIRECTORY
            | Flags::FLAG_SEND_REPRESENTATION;
        self.open(b"/", flags)
    }

    /// The names in a directory between the root and what is bound.
    pub fn children(&self, path: &[u8]) -> Vec<Vec<u8>> {
        self.0.with(|namespace| namespace.children(path).map(Vec::from).collect())
    }

    fn is_bound(&self, path: &[u8]) -> bool {
        self.0.with(|namespace| namespace.entries().any(|entry| entry.path == path))
    }

    /// Clones of the entries whose paths are wanted.
    pub fn export(
        &self,
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<(Vec<u8>, Owned)>, Status> {
        self.0.with(|namespace| {
            let entries = namespace.entries().filter(|entry| is_wanted(entry.path));
            entries
                .map(|entry| Ok((entry.path.to_vec(), Owned::new(node::clone(entry.directory)?))))
                .collect()
        })
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.0.with(|namespace| {
            for entry in namespace.entries() {
                // SAFETY: nobody asks the table any more.
                unsafe { discard(entry) };
            }
        });
    }
}

/// Closes a directory, and gives up its path.
///
/// # Safety
/// The entry is from [`Space::bind`], and nobody uses it any more.
unsafe fn discard(Entry { path, directory }: Entry) {
    directory.close();
    // SAFETY: the caller's promise.
    drop(unsafe { Box::from_raw(ptr::from_ref(path).cast_mut()) });
}

/// A path of these functions.
///
/// # Safety
/// The pointer is null or a string.
unsafe fn cleaned(pointer: *const c_char) -> Result<Vec<u8>, Status> {
    // SAFETY: the caller's promise.
    let path = unsafe { text(pointer) }.map_err(|_| Status::INVALID_ARGS)?;
    path::clean(path).map(|Clean { text, .. }| text)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_create(out: *mut *const Space) -> i32 {
    let space = Arc::new(Space(Mutex::new(Namespace::new())));
    // SAFETY: the caller's promise.
    unsafe { status::give(Ok(Arc::into_raw(space)), out) }
}

/// What is in use stays until it is not.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_destroy(space: *const Space) -> i32 {
    // SAFETY: the caller's promise: it is from `fdio_ns_create`.
    drop(unsafe { Arc::from_raw(space) });
    Status::OK.into_raw()
}

/// The namespace of the process, which stays.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_get_installed(out: *mut *const Space) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { status::give(Ok(Arc::as_ptr(&installed())), out) }
}

/// Consumes the directory unless there is something with the path.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_bind(space: &Space, path: *const c_char, directory: u32) -> i32 {
    // SAFETY: the caller's promise.
    let bound = unsafe { cleaned(path) }
        .and_then(|path| space.bind(&path, Owned::new(Handle::from_raw(directory))));
    status::of(bound)
}

/// Binds a clone of what is behind a descriptor.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_bind_fd(space: &Space, path: *const c_char, fd: c_int) -> i32 {
    let bind = || {
        let directory = handle::clone_fd(fd)?;
        // SAFETY: the caller's promise.
        space.bind(&unsafe { cleaned(path) }?, directory)
    };
    status::of(bind())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_unbind(space: &Space, path: *const c_char) -> i32 {
    // SAFETY: the caller's promise.
    let unbound = unsafe { cleaned(path) }.and_then(|path| {
        if path.starts_with(b"/") { space.unbind(&path) } else { Err(Status::INVALID_ARGS) }
    });
    status::of(unbound)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_is_bound(space: &Space, path: *const c_char) -> bool {
    // SAFETY: the caller's promise.
    unsafe { cleaned(path) }.is_ok_and(|path| space.is_bound(&path))
}

/// Opens what is at an absolute path, over a server end, which is consumed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdio_ns_open3(
    space: &Space,
    path: *const c_char,
    flags: u64,
    server: u32,
) -> i32 {
    let server = Owned::new(Handle::from_raw(server));
    let flags = Flags::from_bits_retain(flags);
    // SAFETY: the caller's promise.
    status::of(unsafe { cleaned(path) }.and_then(|path| space.connect(&path, flags, server)))
}

/// As fuchsia.io was in 2020, with its flags.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdio_ns_open(
    space: &Space,
    path: *const c_char,
    flags: u32,
    server: u32,
) -> i32 {
    let server = Owned::new(Handle::from_raw(server));
    // SAFETY: the caller's promise.
    status::of(unsafe { cleaned(path) }.and_then(|path| space.connect_2020(&path, flags, server)))
}

/// The same by an older name.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_connect(
    space: &Space,
    path: *const c_char,
    flags: u32,
    server: u32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_ns_open(space, path, flags, server) }
}

/// Connects to the service at an absolute path, over a server end, which is consumed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdio_ns_service_connect(
    space: &Space,
    path: *const c_char,
    server: u32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_ns_open3(space, path, Flags::PROTOCOL_SERVICE.bits(), server) }
}

/// # Safety
/// It is from `fdio_ns_create` or `fdio_ns_get_installed`.
unsafe fn shared(space: *const Space) -> Arc<Space> {
    // SAFETY: the caller's promise. What the caller has stays his.
    unsafe {
        Arc::increment_strong_count(space);
        Arc::from_raw(space)
    }
}

/// Opens the root as a descriptor.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_opendir(space: *const Space) -> c_int {
    let open = || {
        // SAFETY: the caller's promise.
        let root = unsafe { shared(space) }.open_root().map_err(|_| ENOMEM)?;
        descriptor::insert(Object::new(root), 0, false).map_err(|_| EMFILE)
    };
    answer(open())
}

/// Changes the working directory to the root.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_chdir(space: *const Space) -> i32 {
    // SAFETY: the caller's promise.
    let space = unsafe { shared(space) };
    // That it can be opened is all that is asked of it.
    let opened = space.clone().open_root().map_err(|_| Status::NO_MEMORY);
    status::of(opened.map(|_| path::change_to(space, b"/".to_vec())))
}

/// `fdio_flat_namespace_t`: one block, with the arrays and strings behind it.
#[repr(C)]
pub struct FlatNamespace {
    count: usize,
    handles: *mut u32,
    paths: *const *const c_char,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_export(space: &Space, out: *mut *mut FlatNamespace) -> i32 {
    let flat = space.export(|_| true).and_then(flatten);
    // SAFETY: the caller's promise.
    unsafe { status::give(flat, out) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_export_root(out: *mut *mut FlatNamespace) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_ns_export(&installed(), out) }
}

fn flatten(entries: Vec<(Vec<u8>, Owned)>) -> Result<*mut FlatNamespace, Status> {
    let count = entries.len();
    let strings = entries.iter().map(|(path, _)| path.len() + 1).sum::<usize>();
    let size = size_of::<FlatNamespace>()
        + count * (size_of::<*const c_char>() + size_of::<u32>())
        + strings;
    // SAFETY: takes no pointer.
    let flat = unsafe { malloc(size) }.cast::<FlatNamespace>();
    if flat.is_null() {
        return Err(Status::NO_MEMORY);
    }
    // SAFETY: the block has room for all, in the order of their alignments.
    unsafe {
        let paths = flat.add(1).cast::<*const c_char>();
        let handles = paths.add(count).cast::<u32>();
        let mut string = handles.add(count).cast::<u8>();
        for (index, (path, directory)) in entries.into_iter().enumerate() {
            paths.add(index).write(string.cast());
            handles.add(index).write(directory.into_inner().into_raw());
            string.copy_from_nonoverlapping(path.as_ptr(), path.len());
            string.add(path.len()).write(0);
            string = string.add(path.len() + 1);
        }
        flat.write(FlatNamespace { count, handles, paths });
    }
    Ok(flat)
}

/// Closes all that is in it.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_ns_free_flat_ns(flat: *mut FlatNamespace) {
    // SAFETY: the caller's promise: it is from `fdio_ns_export`.
    unsafe {
        for &handle in slice::from_raw_parts((*flat).handles, (*flat).count) {
            Handle::from_raw(handle).close();
        }
        free(flat.cast());
    }
}
