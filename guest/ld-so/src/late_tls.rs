//! Thread-local storage of images that are loaded into a running program. The second word of a
//! thread's control block, the psABI's dynamic thread vector, leads to a table of the thread's
//! copies, by the indices of the images. A thread gets a copy when it first asks for it, and gives
//! all back at its end.

use core::arch::{asm, naked_asm};
use core::ptr;

use guest_rt::process;

use crate::global;
use crate::memory;
use crate::module::TlsSegment;

/// What precedes a table's entries.
#[repr(C)]
struct Table {
    /// How many entries follow.
    count: usize,
}

/// Where an argument of a descriptor has the index of its image; below is the offset in the segment.
const INDEX_SHIFT: u32 = 48;

/// The calling thread's table; null if it has none yet.
fn table() -> *mut Table {
    let table: *mut Table;
    // SAFETY: the thread pointer is set, and this is the second word there.
    unsafe {
        asm!("mov {}, fs:8", out(reg) table, options(nostack, readonly, preserves_flags));
    }
    table
}

fn set_table(table: *mut Table) {
    // SAFETY: as above; nobody else uses the word.
    unsafe {
        asm!("mov fs:8, {}", in(reg) table, options(nostack, preserves_flags));
    }
}

/// The place of an image's copy.
///
/// # Safety
/// The table has more entries than `index`.
unsafe fn entry(table: *mut Table, index: usize) -> *mut *mut u8 {
    // SAFETY: the entries follow the count; the caller's promise.
    unsafe { table.add(1).cast::<*mut u8>().add(index) }
}

/// The calling thread's copy for the image at an index that has no fixed place for it. Without
/// memory the process ends: whoever reads a variable cannot be told.
pub fn block(index: usize) -> u64 {
    let block = find(index).filter(|block| !block.is_null());
    match block.or_else(|| create(index)) {
        Some(block) => block.expose_provenance() as u64,
        None => {
            guest_rt::eprintln!("ld.so.1: no memory for thread-local variables");
            process::trap()
        }
    }
}

/// The calling thread's copy, if it has one.
pub fn find(index: usize) -> Option<*mut u8> {
    let table = table();
    // SAFETY: the table is the thread's, and the index is checked.
    unsafe { (!table.is_null() && index < (*table).count).then(|| *entry(table, index)) }
}

fn create(index: usize) -> Option<*mut u8> {
    let module = global::linked()?.modules.view().get(index)?;
    let TlsSegment { vaddr, file_size, size, align, .. } = module.tls?;
    let from = module.image.bytes(vaddr, file_size.min(size))?;
    let before = vaddr & (align - 1);
    let size = usize::try_from(size.checked_add(before)?).ok()?;
    let table = grown(index)?;
    let base = memory::allocate(size, align as usize)?;
    // SAFETY: the memory has the size, and the file's part is the first of it.
    unsafe {
        base.write_bytes(0, size);
        let block = base.add(before as usize);
        block.copy_from_nonoverlapping(from.as_ptr(), from.len());
        *entry(table, index) = block;
        Some(block)
    }
}

/// The calling thread's table, with an entry for this index.
fn grown(index: usize) -> Option<*mut Table> {
    let old = table();
    // SAFETY: the table is the thread's.
    let count = if old.is_null() { 0 } else { unsafe { (*old).count } };
    if index < count {
        return Some(old);
    }
    let new_count = (index + 1).next_power_of_two();
    let size = size_of::<Table>() + new_count * size_of::<*mut u8>();
    let new = memory::allocate(size, align_of::<Table>())?.cast::<Table>();
    // SAFETY: the new table has room for its entries, the old one's among them; it is this
    // thread's alone.
    unsafe {
        new.cast::<u8>().write_bytes(0, size);
        if !old.is_null() {
            entry(new, 0).copy_from_nonoverlapping(entry(old, 0), count);
        }
        (*new).count = new_count;
        set_table(new);
        if !old.is_null() {
            memory::free(old.cast());
        }
    }
    Some(new)
}

/// Frees what the calling thread has. It uses no such variables any more.
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn dl_tls_release() {
    let table = table();
    if table.is_null() {
        return;
    }
    set_table(ptr::null_mut());
    let modules = global::linked().map(|linked| linked.modules.view());
    // SAFETY: the table was the thread's; what is in it was allocated by `create`.
    unsafe {
        for index in 0..(*table).count {
            let block = *entry(table, index);
            let tls = modules.and_then(|modules| modules.get(index)?.tls);
            if let Some(tls) = tls.filter(|_| !block.is_null()) {
                memory::free(block.sub((tls.vaddr & (tls.align - 1)) as usize));
            }
        }
        memory::free(table.cast());
    }
}

/// The argument of a descriptor; none if the offset cannot be that of a segment.
pub fn argument(index: usize, offset: u64) -> Option<u64> {
    (offset >> INDEX_SHIFT == 0).then_some((index as u64) << INDEX_SHIFT | offset)
}

/// As [`crate::tls::static_resolver`], for an argument of [`argument`].
pub fn resolver() -> u64 {
    /// All registers are kept but rax; the direct way is for a copy that is there.
    #[unsafe(naked)]
    extern "C" fn resolve() {
        naked_asm!(
            "push rcx",
            "push rdx",
            "mov rdx, [rax + 8]",
            "mov rcx, rdx",
            "shr rcx, {shift}",
            "mov rax, fs:8",
            "test rax, rax",
            "je 2f",
            "cmp rcx, [rax]",
            "jae 2f",
            "mov rax, [rax + 8 * rcx + 8]",
            "test rax, rax",
            "je 2f",
            "1:",
            "shl rdx, 64 - {shift}",
            "shr rdx, 64 - {shift}",
            "add rax, rdx",
            "sub rax, fs:0",
            "pop rdx",
            "pop rcx",
            "ret",
            // What functions may change, vector registers among it. None here has wider ones.
            "2:",
            "push rbp",
            "mov rbp, rsp",
            "push rdi",
            "push rsi",
            "push rdx",
            "push r8",
            "push r9",
            "push r10",
            "push r11",
            "sub rsp, 512",
            "and rsp, -16",
            "fxsave64 [rsp]",
            "mov rdi, rcx",
            "call {block}",
            "fxrstor64 [rsp]",
            "lea rsp, [rbp - 56]",
            "pop r11",
            "pop r10",
            "pop r9",
            "pop r8",
            "pop rdx",
            "pop rsi",
            "pop rdi",
            "pop rbp",
            "jmp 1b",
            shift = const INDEX_SHIFT,
            block = sym enter,
        )
    }
    extern "C" fn enter(index: usize) -> u64 {
        block(index)
    }
    resolve as extern "C" fn() as usize as u64
}
