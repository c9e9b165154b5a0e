//! Thread-local storage of the initial thread (psABI "Thread-Local Storage", variant II): below
//! the thread pointer the segments of all images, from it on the thread control block.

use core::arch::{asm, naked_asm};

use guest_rt::{Handle, memory};
use zx_abi::{PAGE_SIZE, Result, Status, VmOptions};

use crate::global;
use crate::module::Modules;

/// Bytes from the thread pointer on: the thread pointer itself, and what Zircon's ABI reserves for
/// the stack guard and the unsafe stack.
const CONTROL_BLOCK: u64 = 0x20;

/// How much an initial thread needs.
pub struct Layout {
    /// Below the thread pointer.
    pub size: u64,
    /// Of the thread pointer.
    pub align: u64,
}

/// Gives each segment its place. The first one is the program's, whose code relies on that.
pub fn lay_out(modules: &mut Modules) -> Option<Layout> {
    let mut layout = Layout { size: 0, align: 16 };
    for index in modules.loaded() {
        let Some(tls) = modules.get_mut(index).and_then(|module| module.tls.as_mut()) else {
            continue;
        };
        if !tls.align.is_power_of_two() {
            return None;
        }
        let end = layout.size.checked_add(tls.size)?;
        // The thread pointer is aligned; so the offset decides how the copy is.
        let skew = end.wrapping_add(tls.vaddr).wrapping_neg() & (tls.align - 1);
        tls.offset = end.checked_add(skew)?;
        layout = Layout { size: tls.offset, align: layout.align.max(tls.align) };
    }
    Some(layout)
}

/// Creates the initial thread's storage, and returns its thread pointer.
pub fn create(modules: &Modules, layout: &Layout, root_vmar: Handle) -> Result<u64> {
    let size = layout
        .size
        .checked_add(CONTROL_BLOCK)
        .and_then(|size| size.checked_add(layout.align))
        .and_then(|size| size.checked_next_multiple_of(PAGE_SIZE))
        .ok_or(Status::OUT_OF_RANGE)?;
    let vmo = memory::create_vmo(size)?;
    // A name is for people: without one all the same is well.
    let _ = vmo.set_name(b"initial-thread-tls");
    let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    let base = memory::map(root_vmar, options, vmo, size as usize);
    vmo.close();
    let end = base? as u64 + size - CONTROL_BLOCK;
    let pointer = end - end % layout.align;
    // SAFETY: it is inside the mapping, which is this thread's.
    unsafe { (pointer as *mut u64).write(pointer) };
    for index in modules.loaded() {
        let Some(module) = modules.get(index) else { continue };
        let Some(tls) = module.tls else { continue };
        let from = module.image.bytes(tls.vaddr, tls.file_size.min(tls.size));
        let from = from.ok_or(Status::OUT_OF_RANGE)?;
        // SAFETY: the offset is at most the layout's size, and the copy fits above it.
        unsafe {
            let to = (pointer - tls.offset) as *mut u8;
            to.copy_from_nonoverlapping(from.as_ptr(), from.len());
        }
    }
    Ok(pointer)
}

/// The argument of `__tls_get_addr`, written by DTPMOD64 and DTPOFF64.
#[repr(C)]
pub struct TlsIndex {
    module: u64,
    offset: u64,
}

/// The address of a thread-local variable of any image.
///
/// # Safety
/// Called by code that a compiler made, in a thread whose thread pointer is set.
// SAFETY: the psABI's function, with its signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __tls_get_addr(index: *const TlsIndex) -> u64 {
    // SAFETY: the compiler passes the two words that relocation wrote.
    let TlsIndex { module, offset } = unsafe { index.read() };
    let pointer: u64;
    // SAFETY: the first word of the control block is the thread pointer.
    unsafe {
        asm!("mov {}, fs:0", out(reg) pointer, options(nostack, readonly, preserves_flags));
    }
    let segment = global::linked().and_then(|linked| linked.modules.get(module as usize)?.tls);
    pointer.wrapping_sub(segment.map_or(0, |tls| tls.offset)).wrapping_add(offset)
}

/// What a TLS descriptor calls: it is entered with the descriptor's address in rax, and returns
/// the variable's offset from the thread pointer there, with all other registers as they were.
pub fn descriptor_resolver() -> u64 {
    #[unsafe(naked)]
    extern "C" fn resolve() {
        naked_asm!("mov rax, [rax + 8]", "ret")
    }
    resolve as extern "C" fn() as usize as u64
}
