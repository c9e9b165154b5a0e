//! Thread-local storage (psABI "Thread-Local Storage", variant II): below the thread pointer the
//! segments of the images that a program begins with, from it on the thread control block. Who
//! creates threads, the initial one among them, provides the memory. What images that are loaded
//! later have is in [`crate::late_tls`].

use core::arch::{asm, naked_asm};

use crate::global;
use crate::image::Image;
use crate::late_tls;
use crate::module::TlsSegment;
use crate::modules::Staging;

/// How much a thread needs.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Below the thread pointer.
    pub size: u64,
    /// Of the thread pointer.
    pub align: u64,
}

/// No process has as many addresses.
const TOO_MUCH: u64 = 1 << 47;

/// Gives each segment its place. The first one is the program's, whose code relies on that. None if
/// no thread can have so much, or a segment is not in its image.
pub fn lay_out(modules: &mut Staging<'_>) -> Option<Layout> {
    let mut layout = Layout { size: 0, align: 16 };
    for index in modules.range() {
        let Some(module) = modules.get_mut(index) else { continue };
        let image = module.image;
        let Some(tls) = module.tls.as_mut() else { continue };
        check(&image, tls)?;
        let end = layout.size.checked_add(tls.size)?;
        // The thread pointer is aligned; so the offset decides how the copy is.
        let skew = end.wrapping_add(tls.vaddr).wrapping_neg() & (tls.align - 1);
        let offset = end.checked_add(skew)?;
        tls.offset = Some(offset);
        layout = Layout { size: offset, align: layout.align.max(tls.align) };
    }
    (layout.size.checked_add(layout.align)? < TOO_MUCH).then_some(layout)
}

/// Checks that a segment is in its image and can be had by a thread.
pub fn check(image: &Image, tls: &TlsSegment) -> Option<()> {
    image.bytes(tls.vaddr, tls.file_size.min(tls.size))?;
    let size = tls.size.checked_add(tls.align)?;
    (tls.align.is_power_of_two() && size < TOO_MUCH).then_some(())
}

/// How many bytes a thread's storage has below its thread pointer, and how that is aligned.
///
/// # Safety
/// Both are valid for the writes.
// SAFETY: exported to who creates threads, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_tls_layout(size: *mut usize, align: *mut usize) {
    let layout = global::linked().map_or(Layout { size: 0, align: 16 }, |linked| linked.tls);
    // SAFETY: the caller's promise.
    unsafe {
        size.write(layout.size as usize);
        align.write(layout.align as usize);
    }
}

/// Copies what the images begin with into the storage below a thread pointer.
///
/// # Safety
/// The storage has the size and the alignment of [`dl_tls_layout`], is zero, and is nobody's yet.
// SAFETY: exported to who creates threads, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_tls_fill(pointer: *mut u8) {
    let Some(linked) = global::linked() else { return };
    let modules = linked.modules.view();
    for module in modules.loaded().filter_map(|index| modules.get(index)) {
        let Some(tls) = module.tls else { continue };
        let Some(offset) = tls.offset else { continue };
        let Some(from) = module.image.bytes(tls.vaddr, tls.file_size.min(tls.size)) else {
            continue;
        };
        // SAFETY: the offset is at most the layout's size, and the copy fits above it.
        unsafe {
            let to = pointer.sub(offset as usize);
            to.copy_from_nonoverlapping(from.as_ptr(), from.len());
        }
    }
}

/// The thread pointer of the calling thread, which must be set.
pub fn pointer() -> u64 {
    let pointer: u64;
    // SAFETY: the first word of the control block is the thread pointer.
    unsafe {
        asm!("mov {}, fs:0", out(reg) pointer, options(nostack, readonly, preserves_flags));
    }
    pointer
}

/// The argument of [`dl_tls_get_addr`], written by DTPMOD64 and DTPOFF64.
#[repr(C)]
pub struct TlsIndex {
    module: u64,
    offset: u64,
}

/// The psABI's function, for what is linked against this linker itself. Others find it in libc.so.
// SAFETY: has the signature of what it jumps to.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn __tls_get_addr(index: *const TlsIndex) -> u64 {
    naked_asm!("jmp {}", sym dl_tls_get_addr)
}

/// The address of a thread-local variable of any image: `__tls_get_addr`, by a name that a library
/// can import that exports the usual one.
///
/// # Safety
/// Called by code that a compiler made, in a thread whose thread pointer is set.
// SAFETY: exported to libraries, which declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_tls_get_addr(index: *const TlsIndex) -> u64 {
    // SAFETY: the compiler passes the two words that relocation wrote.
    let TlsIndex { module, offset } = unsafe { index.read() };
    block(module as usize).wrapping_add(offset)
}

/// The calling thread's copy of an image's segment, which it gets now if it has none yet; what is at
/// its thread pointer if the image has no segment.
pub fn block(module: usize) -> u64 {
    let modules = global::linked().map(|linked| linked.modules.view());
    match modules.and_then(|modules| modules.get(module)?.tls) {
        Some(TlsSegment { offset: Some(offset), .. }) => pointer().wrapping_sub(offset),
        Some(_) => late_tls::block(module),
        None => pointer(),
    }
}

/// What a TLS descriptor calls: it is entered with the descriptor's address in rax, and returns
/// the variable's offset from the thread pointer there, with all other registers as they were.
pub fn static_resolver() -> u64 {
    #[unsafe(naked)]
    extern "C" fn resolve() {
        naked_asm!("mov rax, [rax + 8]", "ret")
    }
    resolve as extern "C" fn() as usize as u64
}
