//! The steps of linking, in their order.

use guest_rt::bytes::Lossy;
use guest_rt::{Handle, Startup, memory};
use zx_abi::{HandleType, PAGE_SIZE, Status, VmOptions};

use crate::error::{Error, ObjectError};
use crate::global::{self, Linked};
use crate::module::{Module, Modules, Table};
use crate::{init, loader, log, map, relocate, tls};

/// The names of what is there before the program.
const LINKER: &[u8] = c"ld.so.1".to_bytes();
const VDSO: &[u8] = c"<vDSO>".to_bytes();

/// The index of the linker itself.
const SELF: usize = 0;

/// Binds the linker's imports, all of which are system calls.
///
/// # Safety
/// The linker is mapped at `base`; `vdso` is 0, or the vDSO is mapped there.
pub unsafe fn bind_system_calls(
    base: *const u8,
    vdso: *const u8,
) -> Result<&'static mut Linked, ObjectError> {
    const NONE: ObjectError = ObjectError::Bad("no vDSO");
    let linked = global::take().filter(|_| !vdso.is_null()).ok_or(NONE)?;
    let modules = &mut linked.modules;
    // SAFETY: the caller's promise.
    unsafe {
        modules.push(Module::mapped(LINKER, base, Handle::INVALID)?)?;
        modules.push(Module::mapped(VDSO, vdso, Handle::INVALID)?)?;
    }
    modules.end_preloaded();
    // Relative relocations, whose addends are in their table, may as well be applied again.
    match relocate::relocate(modules, SELF)? {
        0 => Ok(linked),
        _ => Err(NONE),
    }
}

/// The handles of the linker's message.
struct Handles {
    loader: Option<Handle>,
    executable: Handle,
    own_vmar: Handle,
    process: Handle,
    root_vmar: Handle,
}

impl Handles {
    fn take(startup: &mut Startup) -> Result<Self, Error> {
        let mut take = |handle_type| startup.take(handle_type, 0);
        Ok(Self {
            loader: take(HandleType::LdsvcLoader),
            executable: take(HandleType::ExecutableVmo).ok_or(Error::Handle("ExecutableVmo"))?,
            own_vmar: take(HandleType::LoadedVmar).ok_or(Error::Handle("LoadedVmar"))?,
            process: take(HandleType::ProcessSelf).ok_or(Error::Handle("ProcessSelf"))?,
            root_vmar: take(HandleType::RootVmar).ok_or(Error::Handle("RootVmar"))?,
        })
    }

    /// Closes what linking needed: the program has a message of its own.
    fn close(self) {
        for handle in [self.executable, self.own_vmar, self.process, self.root_vmar] {
            handle.close();
        }
    }
}

/// Links the program of the linker's message, and returns its entry.
pub fn link(linked: &'static mut Linked, bootstrap: Handle, vdso: *const u8) -> Result<u64, Error> {
    let mut startup = Startup::read(bootstrap, vdso.expose_provenance()).map_err(Error::Message)?;
    if startup
        .environ()
        .any(|variable| variable.strip_prefix(b"LD_DEBUG=").is_some_and(|value| !value.is_empty()))
    {
        log::set_verbose();
    }
    let handles = Handles::take(&mut startup)?;
    if let Some(linker) = linked.modules.get_mut(SELF) {
        linker.vmar = handles.own_vmar;
    }

    let program = startup.args().next().unwrap_or(c"<program>".to_bytes());
    let modules = &mut linked.modules;
    let entry = load_program(modules, program, &handles)?;
    load_libraries(modules, &handles)?;
    for index in 0..modules.loaded().end {
        if let Some(Module { name, image, .. }) = modules.get(index) {
            let (start, size) = (image.start(), image.size());
            log::verbose(format_args!("{start:#x} {size:#x} {}", Lossy(name)));
        }
    }

    let layout = tls::lay_out(modules);
    let layout = layout.ok_or(Error::Failed("laying out TLS", Status::OUT_OF_RANGE))?;
    relocate_all(modules)?;
    linked.tls = layout;
    for index in 0..modules.loaded().end {
        protect(modules, index)?;
    }
    linked.order_count = init::order(&linked.modules, &mut linked.order);
    linked.debug.list(&linked.modules, SELF);
    linked
        .debug
        .announce(handles.process)
        .map_err(|status| Error::Failed("announcing the list of images", status))?;
    linked.loader = handles.loader;
    global::publish(linked);
    handles.close();
    log::verbose(format_args!("entering {} at {entry:#x}", Lossy(program)));
    Ok(entry)
}

fn load_program(
    modules: &mut Modules,
    name: &'static [u8],
    handles: &Handles,
) -> Result<u64, Error> {
    let mut load = || {
        let (module, entry) = map::map(name, handles.executable, handles.root_vmar)?;
        modules.push(module)?;
        Ok(entry)
    };
    load().map_err(|error| Error::Object { name, needed_by: None, error })
}

/// Loads what the program needs, what that needs, and so on.
fn load_libraries(modules: &mut Modules, handles: &Handles) -> Result<(), Error> {
    let mut missing = 0;
    let mut index = modules.loaded().start;
    while let Some(&module) = modules.get(index).filter(|_| modules.loaded().contains(&index)) {
        for name in module.needed() {
            if modules.find(name).is_some() {
                continue;
            }
            let loaded = load_library(name, handles).and_then(|library| modules.push(library));
            let Err(error) = loaded else { continue };
            let error = Error::Object { name, needed_by: Some(module.name), error };
            if !matches!(error, Error::Object { error: ObjectError::NotFound(_), .. }) {
                return Err(error);
            }
            // Others may be missing too: name them all.
            log::line(format_args!("{error}"));
            missing += 1;
        }
        index += 1;
    }
    if missing == 0 { Ok(()) } else { Err(Error::Missing(missing)) }
}

fn load_library(name: &'static [u8], handles: &Handles) -> Result<Module, ObjectError> {
    let loader = handles.loader.ok_or(ObjectError::NotFound(Status::UNAVAILABLE))?;
    let vmo = loader::load_object(loader, name).map_err(ObjectError::NotFound)?;
    let mapped = map::map(name, vmo, handles.root_vmar);
    vmo.close();
    mapped.map(|(module, _)| module)
}

/// Relocates the program and its libraries: the linker is relocated, and the vDSO needs no
/// relocation. All symbols are bound now, whether they are ever used or not.
fn relocate_all(modules: &Modules) -> Result<(), Error> {
    let mut missing = 0;
    for index in modules.loaded() {
        missing += relocate::relocate(modules, index).map_err(|error| {
            let name = modules.get(index).map_or(&b""[..], |module| module.name);
            Error::Object { name, needed_by: None, error }
        })?;
    }
    if missing == 0 { Ok(()) } else { Err(Error::Missing(missing)) }
}

/// Takes away write access to what only relocation had to write, and gives the region up.
fn protect(modules: &mut Modules, index: usize) -> Result<(), Error> {
    let Some(module) = modules.get_mut(index) else { return Ok(()) };
    let vmar = core::mem::replace(&mut module.vmar, Handle::INVALID);
    let mut protected = Ok(());
    if let Some(Table { address, size }) = module.relro.filter(|_| vmar != Handle::INVALID) {
        // The linker ends it with a page; what shares a page with other data stays writable.
        let start = module.image.bias.wrapping_add(address);
        let end = start.saturating_add(size);
        let (start, end) = (start - start % PAGE_SIZE, end - end % PAGE_SIZE);
        if end > start {
            // SAFETY: the image itself asks for it.
            protected = unsafe {
                memory::protect(vmar, VmOptions::PERM_READ, start as usize, (end - start) as usize)
            };
        }
    }
    if index != SELF {
        vmar.close();
    }
    protected.map_err(|status| Error::Object {
        name: module.name,
        needed_by: None,
        error: ObjectError::Failed("protecting its relocated data", status),
    })
}
