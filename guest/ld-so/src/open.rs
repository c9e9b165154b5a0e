//! Images that a running program asks for: what libc.so makes `dlopen` and its kin of (dlfcn.h).

use core::ffi::{c_char, c_int, c_void};
use core::sync::atomic::Ordering;
use core::{ptr, slice};

use guest_rt::Handle;
use zx_abi::{MAX_NAME_LEN, Status};

use crate::debug::Debug;
use crate::error::{Error, ObjectError};
use crate::global::{self, Linked};
use crate::load::{self, Source};
use crate::modules::{PROGRAM, Staging, View};
use crate::symbols::Name;
use crate::text::Text;
use crate::{elf, init, memory, tls};

const RTLD_NOLOAD: c_int = 4;
const RTLD_GLOBAL: c_int = 0x100;

const RTLD_DEFAULT: usize = 0;
const RTLD_NEXT: usize = usize::MAX;

/// What is opened.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// The library of this name.
    Name(&'a [u8]),
    /// What this file has.
    File(Handle),
}

/// Opens a library, by its name or, if the handle is valid, from a file; the program itself if the
/// name is empty. Returns 0 if that fails, and says why as a string.
///
/// # Safety
/// The name has `size` bytes, and there is room for `error_size` at `error`, which is at least 1.
/// The thread pointer is set.
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_open(
    name: *const u8,
    size: usize,
    file: u32,
    mode: c_int,
    root_vmar: u32,
    error: *mut u8,
    error_size: usize,
) -> usize {
    // SAFETY: the caller's promise.
    let (name, error) = unsafe { (slice::from_raw_parts(name, size), text(error, error_size)) };
    let wanted = match Handle::from_raw(file) {
        Handle::INVALID => Wanted::Name(name),
        file => Wanted::File(file),
    };
    let opened = answer(error, |linked, error| {
        let root_vmar = Handle::from_raw(root_vmar);
        let index = match wanted {
            Wanted::Name([]) => PROGRAM,
            wanted => {
                let opening = Opening { linked, wanted, mode, root_vmar };
                linked.changes.with(|| opening.open(error))?
            }
        };
        Some(handle_of(linked, index))
    });
    opened.unwrap_or(0)
}

/// The address of what a name means for a handle, or for RTLD_NEXT after the image that `caller` is
/// in. Returns 0 if it means nothing, and says so as a string.
///
/// # Safety
/// As [`dl_open`].
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_symbol(
    handle: usize,
    name: *const u8,
    size: usize,
    caller: u64,
    error: *mut u8,
    error_size: usize,
) -> u64 {
    // SAFETY: the caller's promise.
    let (name, error) = unsafe { (slice::from_raw_parts(name, size), text(error, error_size)) };
    let found = answer(error, |linked, error| {
        find(linked, handle, name, caller).inspect_err(|why| error.add(format_args!("{why}"))).ok()
    });
    found.unwrap_or(0)
}

/// Whether a handle is one of [`dl_open`]. Else says that it is not, as a string.
///
/// # Safety
/// As [`dl_open`].
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_is_open(handle: usize, error: *mut u8, error_size: usize) -> bool {
    // SAFETY: the caller's promise.
    let error = unsafe { text(error, error_size) };
    answer(error, |linked, error| {
        let index = index_of(linked, handle);
        index.inspect_err(|why| error.add(format_args!("{why}"))).ok()
    })
    .is_some()
}

/// `Dl_info`
#[repr(C)]
pub struct AddressInfo {
    /// NUL-terminated.
    file: *const c_char,
    base: *const c_void,
    /// NUL-terminated; null if no symbol is before the address.
    symbol: *const c_char,
    symbol_address: *const c_void,
}

/// Tells of the image at an address, and of the last symbol there. Returns 0 if no image is there.
///
/// # Safety
/// `out` is valid for the write.
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_address(address: u64, out: *mut AddressInfo) -> c_int {
    let tell = || {
        let modules = global::linked()?.modules.view();
        let module = modules.get(modules.find_address(address)?)?;
        let (bias, symbols) = (module.image.bias, &module.dynamic.symbols);
        let nearest = symbols.nearest(&module.image, address.wrapping_sub(bias));
        let name = nearest.and_then(|symbol| {
            symbols.string(&module.image, symbol.name.into()).map(|name| (name, symbol.value))
        });
        Some(AddressInfo {
            file: module.name.as_ptr().cast(),
            base: bias as *const c_void,
            symbol: name.map_or(ptr::null(), |(name, _)| name.as_ptr().cast()),
            symbol_address: name
                .map_or(ptr::null(), |(_, value)| bias.wrapping_add(value) as *const c_void),
        })
    };
    match tell() {
        Some(info) => {
            // SAFETY: the caller's promise.
            unsafe { out.write(info) };
            1
        }
        None => 0,
    }
}

/// Room for a string, without its NUL, which is there at once.
///
/// # Safety
/// There is room for `size` bytes, which is at least 1.
unsafe fn text<'a>(room: *mut u8, size: usize) -> Text<'a> {
    // SAFETY: the caller's promise.
    unsafe {
        room.write_bytes(0, size);
        Text::new(slice::from_raw_parts_mut(room, size - 1))
    }
}

/// What comes of a question, once there is somebody to ask.
fn answer<R>(
    mut error: Text<'_>,
    ask: impl FnOnce(&'static Linked, &mut Text<'_>) -> Option<R>,
) -> Option<R> {
    ask(global::linked()?, &mut error)
}

/// A handle to an image: the address of its entry in the list for debuggers, which stays.
fn handle_of(linked: &Linked, index: usize) -> usize {
    Debug::entry_of(linked.debug.get(), index)
}

fn index_of(linked: &Linked, handle: usize) -> Result<usize, Error<'static>> {
    let modules = linked.modules.view();
    modules.all().find(|&index| handle_of(linked, index) == handle).ok_or(Error::Handle(handle))
}

/// A library that is being opened, while changes are this thread's.
struct Opening<'a> {
    linked: &'a Linked,
    wanted: Wanted<'a>,
    mode: c_int,
    root_vmar: Handle,
}

impl Opening<'_> {
    /// Opens it, and runs its constructors.
    fn open(&self, error: &mut Text<'_>) -> Option<usize> {
        let Self { linked, wanted, mode, .. } = *self;
        let index = match wanted {
            Wanted::Name(name) => match linked.modules.view().find(name) {
                Some(index) => index,
                None if mode & RTLD_NOLOAD != 0 => {
                    error.add(format_args!("{}", Error::NotLoaded(name)));
                    return None;
                }
                None => self.load(error)?,
            },
            Wanted::File(_) => self.load(error)?,
        };
        if mode & RTLD_GLOBAL != 0 {
            let modules = linked.modules.view();
            let group = modules.group(index);
            modules.all().filter(|&index| group.contains(index)).for_each(|index| {
                linked.modules.set_global(index);
            });
        }
        init::run(linked, index);
        Some(index)
    }

    /// Loads it and what it needs, all of it or nothing.
    fn load(&self, error: &mut Text<'_>) -> Option<usize> {
        let Self { linked, wanted, root_vmar, .. } = *self;
        let loader = match Handle::from_raw(linked.loader.load(Ordering::Relaxed)) {
            Handle::INVALID => None,
            loader => Some(loader),
        };
        let source = Source { loader, root_vmar };
        let Some(name) = name_of(wanted) else {
            error.add(format_args!("{}", Error::Failed("allocating a name", Status::NO_MEMORY)));
            return None;
        };
        // SAFETY: the lock for changes is held.
        let mut staging = unsafe { linked.modules.stage() };
        match self.add(&mut staging, &source, name, error) {
            Ok(index) => {
                let added = staging.range().contains(&index);
                let modules = staging.publish();
                if added {
                    // SAFETY: the lock for changes is held.
                    unsafe { (*linked.debug.get()).list(modules) };
                } else {
                    free(name);
                }
                Some(index)
            }
            Err(why) => {
                // What it speaks of is about to go.
                if error.is_empty() {
                    error.add(format_args!("{why}"));
                }
                source.unmap_all(staging);
                free(name);
                None
            }
        }
    }

    /// Adds it and what it needs to the images.
    fn add(
        &self,
        staging: &mut Staging<'_>,
        source: &Source,
        name: &'static [u8],
        error: &mut Text<'_>,
    ) -> Result<usize, Error<'static>> {
        let index = match self.wanted {
            Wanted::Name(_) => source.load(staging, name),
            Wanted::File(file) => source.map(staging, name, file),
        };
        let index = index.map_err(|error| Error::Object { name, needed_by: None, error })?;
        if !staging.range().contains(&index) {
            // Loaded under another name.
            return Ok(index);
        }
        if self.mode & RTLD_NOLOAD != 0 {
            return Err(Error::NotLoaded(name));
        }
        // The first one is told of: there is room for one.
        let mut missing = |why: &Error<'_>| {
            if error.is_empty() {
                error.add(format_args!("{why}"));
            }
        };
        let count = source.load_needed(staging, &mut missing)?;
        if count > 0 {
            return Err(Error::Missing(count));
        }
        let modules = staging.view();
        for module in staging.range().filter_map(|index| modules.get(index)) {
            let checked = module.tls.is_none_or(|tls| tls::check(&module.image, &tls).is_some());
            if !checked {
                let error = ObjectError::Bad("thread-local storage that nobody can have");
                return Err(Error::Object { name: module.name, needed_by: None, error });
            }
        }
        match load::relocate_all(staging, &modules.group(index), &mut missing)? {
            0 => load::protect_all(staging).map(|()| index),
            count => Err(Error::Missing(count)),
        }
    }
}

/// A name that stays, with a NUL behind it: the one asked for, or that of the file's VMO.
fn name_of(wanted: Wanted<'_>) -> Option<&'static [u8]> {
    let of_vmo;
    let name = match wanted {
        Wanted::Name(name) => name,
        Wanted::File(file) => {
            of_vmo = file.name().unwrap_or([0; MAX_NAME_LEN]);
            of_vmo.split(|&byte| byte == 0).next().unwrap_or_default()
        }
    };
    let copy = memory::allocate(name.len() + 1, 1)?;
    // SAFETY: the memory has room for the name and its NUL.
    unsafe {
        copy.copy_from_nonoverlapping(name.as_ptr(), name.len());
        copy.add(name.len()).write(0);
        Some(slice::from_raw_parts(copy, name.len()))
    }
}

/// Frees the name of no image.
fn free(name: &'static [u8]) {
    // SAFETY: it is one of `name_of`, which no image has.
    unsafe { memory::free(name.as_ptr().cast_mut()) };
}

/// The address of what a name means for a handle.
fn find<'a>(linked: &Linked, handle: usize, name: &'a [u8], caller: u64) -> Result<u64, Error<'a>> {
    let modules = linked.modules.view();
    let (wanted, missing) = (Name::new(name), Error::NoSymbol(name));
    let found = match handle {
        RTLD_NEXT => modules.lookup_after(&wanted, modules.find_address(caller).unwrap_or(PROGRAM)),
        RTLD_DEFAULT => modules.lookup(&wanted, &modules.group(PROGRAM)),
        handle => match index_of(linked, handle)? {
            PROGRAM => modules.lookup(&wanted, &modules.group(PROGRAM)),
            index => find_in(modules, index, &wanted),
        },
    };
    let Some((index, symbol)) = found else { return Err(missing) };
    let module = modules.get(index).ok_or(missing)?;
    Ok(if symbol.kind() == elf::STT_TLS {
        tls::block(index).wrapping_add(symbol.value)
    } else {
        module.image.bias.wrapping_add(symbol.value)
    })
}

/// A name's definition in an image, or in what it needs.
fn find_in(modules: View<'_>, index: usize, name: &Name<'_>) -> Option<(usize, elf::Symbol)> {
    let mut seen = crate::modules::Seen::new();
    modules.walk(index, &mut seen, &mut |index, module| Some((index, module.lookup(name)?)))
}
