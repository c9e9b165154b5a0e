//! The steps of linking, in their order.

use core::sync::atomic::Ordering;

use guest_rt::bytes::Lossy;
use guest_rt::{Handle, Startup};
use zx_abi::{HandleType, Status};

use crate::error::{Error, ObjectError};
use crate::global::{self, Linked};
use crate::load::{self, Source};
use crate::module::Module;
use crate::modules::{LINKER, Seen, Staging};
use crate::relocate::{self, Scope};
use crate::{log, map, tls};

/// The names of what is there before the program.
const LINKER_NAME: &[u8] = c"ld.so.1".to_bytes();
const VDSO_NAME: &[u8] = c"<vDSO>".to_bytes();

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
    // SAFETY: this is the first call, and the only thread; the caller's promise.
    let modules = unsafe {
        let mut staging = linked.modules.stage();
        staging.push(Module::mapped(LINKER_NAME, base, Handle::INVALID)?)?;
        staging.push(Module::mapped(VDSO_NAME, vdso, Handle::INVALID)?)?;
        staging.publish()
    };
    // Relative relocations, whose addends are in their table, may as well be applied again.
    let mut scope = Scope { modules, group: &Seen::new(), missing: &mut |_| {} };
    match relocate::relocate(&mut scope, LINKER)? {
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
    fn take(startup: &mut Startup) -> Result<Self, Error<'static>> {
        let mut take = |handle_type| startup.take(handle_type, 0);
        Ok(Self {
            loader: take(HandleType::LdsvcLoader),
            executable: take(HandleType::ExecutableVmo).ok_or(Error::NoHandle("ExecutableVmo"))?,
            own_vmar: take(HandleType::LoadedVmar).ok_or(Error::NoHandle("LoadedVmar"))?,
            process: take(HandleType::ProcessSelf).ok_or(Error::NoHandle("ProcessSelf"))?,
            root_vmar: take(HandleType::RootVmar).ok_or(Error::NoHandle("RootVmar"))?,
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
pub fn link(
    linked: &'static mut Linked,
    bootstrap: Handle,
    vdso: *const u8,
) -> Result<u64, Error<'static>> {
    let mut startup = Startup::read(bootstrap, vdso.expose_provenance()).map_err(Error::Message)?;
    if startup
        .environ()
        .any(|variable| variable.strip_prefix(b"LD_DEBUG=").is_some_and(|value| !value.is_empty()))
    {
        log::set_verbose();
    }
    let handles = Handles::take(&mut startup)?;
    let source = Source { loader: handles.loader, root_vmar: handles.root_vmar };
    let program = startup.args().next().unwrap_or(c"<program>".to_bytes());

    // SAFETY: there is one thread.
    let mut staging = unsafe { linked.modules.stage() };
    let entry = load_program(&mut staging, program, handles.executable, &source)?;
    none_missing(source.load_needed(&mut staging, &mut log_error)?)?;
    let modules = staging.view();
    for module in (0..modules.loaded().end).filter_map(|index| modules.get(index)) {
        let (start, size) = (module.image.start(), module.image.size());
        log::verbose(format_args!("{start:#x} {size:#x} {}", Lossy(module.name)));
    }

    let layout = tls::lay_out(&mut staging);
    linked.tls = layout.ok_or(Error::Failed("laying out TLS", Status::OUT_OF_RANGE))?;
    staging.range().for_each(|index| linked.modules.set_global(index));
    none_missing(load::relocate_all(&staging, &Seen::new(), &mut log_error)?)?;
    load::protect_all(&mut staging)?;
    let modules = staging.publish();
    if let Some(linker) = modules.get(LINKER) {
        load::protect(linker, handles.own_vmar)?;
    }
    let debug = linked.debug.get_mut();
    debug.list(modules);
    debug
        .announce(handles.process)
        .map_err(|status| Error::Failed("announcing the list of images", status))?;
    let loader = handles.loader.unwrap_or(Handle::INVALID);
    linked.loader.store(loader.into_raw(), Ordering::Relaxed);
    global::publish(linked);
    handles.close();
    log::verbose(format_args!("entering {} at {entry:#x}", Lossy(program)));
    Ok(entry)
}

fn load_program(
    staging: &mut Staging<'_>,
    name: &'static [u8],
    executable: Handle,
    source: &Source,
) -> Result<u64, Error<'static>> {
    let mut load = || {
        let (module, entry) = map::map(name, executable, source.root_vmar)?;
        staging.push(module)?;
        Ok(entry)
    };
    load().map_err(|error| Error::Object { name, needed_by: None, error })
}

fn log_error(error: &Error<'_>) {
    log::line(format_args!("{error}"));
}

fn none_missing(count: usize) -> Result<(), Error<'static>> {
    if count == 0 { Ok(()) } else { Err(Error::Missing(count)) }
}
