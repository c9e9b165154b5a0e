//! The helper program as an ELF file.

use crate::native::guest::code::{self, Entry, entry};
use crate::native::guest::filter;
use crate::native::guest::walls::Steps;
use crate::native::layout::{CONSTANTS, PAGE, RECORD, SCRATCH, STUB, ZYGOTE, constant};

const HEADER_LEN: usize = 64;
const SEGMENT_LEN: usize = 56;

const READ: u32 = 4;
const WRITE: u32 = 2;
const EXECUTE: u32 = 1;

/// What the program depends on.
#[derive(Clone, Copy)]
pub struct Features {
    /// Programs may read the segment bases (`rdfsbase`).
    pub bases: bool,
    /// The version of Landlock.
    pub landlock: i64,
    /// All walls are tried.
    pub all_walls: bool,
}

/// The program.
pub fn executable(features: Features) -> Vec<u8> {
    let page = PAGE as usize;
    let constants = constants(features);
    let (stub, zygote) = (code::stub(), code::zygote());
    // Address, flags, content; the last one is empty memory.
    let segments: [(u64, u32, &[u8]); 4] = [
        (STUB, READ | EXECUTE, stub),
        (CONSTANTS, READ, &constants),
        (ZYGOTE, READ | EXECUTE, zygote),
        (SCRATCH, READ | WRITE, &[]),
    ];
    let mut file = header(segments.len() as u16);
    for (index, (address, flags, content)) in segments.iter().enumerate() {
        let offset = (index as u64 + 1) * PAGE;
        let file_len = if content.is_empty() { 0 } else { PAGE };
        file.extend(1u32.to_le_bytes());
        file.extend(flags.to_le_bytes());
        for word in [offset, *address, *address, file_len, PAGE, PAGE] {
            file.extend(word.to_le_bytes());
        }
    }
    debug_assert_eq!(file.len(), HEADER_LEN + SEGMENT_LEN * segments.len());
    for (_, _, content) in segments.iter().filter(|(.., content)| !content.is_empty()) {
        assert!(content.len() <= page, "each part fits its page");
        file.resize(file.len().next_multiple_of(page), 0);
        file.extend(*content);
    }
    file.resize(file.len().next_multiple_of(page), 0);
    file
}

fn header(segments: u16) -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    // ET_EXEC, EM_X86_64, version.
    header.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    header.extend(ZYGOTE.to_le_bytes());
    header.extend((HEADER_LEN as u64).to_le_bytes());
    header.extend([0; 12]);
    for half in [HEADER_LEN as u16, SEGMENT_LEN as u16, segments, 0, 0, 0] {
        header.extend(half.to_le_bytes());
    }
    header
}

fn constants(Features { bases, landlock, all_walls }: Features) -> Vec<u8> {
    let mut page = Vec::new();
    let mut put = |offset: usize, bytes: &[u8]| {
        page.resize(page.len().max(offset + bytes.len()), 0);
        page[offset..offset + bytes.len()].copy_from_slice(bytes);
    };
    let mut free = constant::FILTERS;
    for (program_at, filter) in
        [(constant::OUTER_PROGRAM, filter::outer()), (constant::INNER_PROGRAM, filter::inner(None))]
    {
        put(program_at, &(filter.len() as u64).to_le_bytes());
        put(program_at + 8, &(CONSTANTS + free as u64).to_le_bytes());
        for instruction in filter {
            put(free, &instruction.bytes());
            free += filter::Instruction::LEN;
        }
    }
    let Steps { outside, inside, texts } =
        Steps::new(CONSTANTS + constant::TEXTS as u64, landlock, all_walls);
    put(constant::TEXTS, &texts);
    for (list_at, steps) in [(constant::OUTSIDE, outside), (constant::INSIDE, inside)] {
        put(list_at, &(steps.len() as u64).to_le_bytes());
        put(list_at + 8, &(CONSTANTS + free as u64).to_le_bytes());
        for record in steps {
            put(free, &record.map(u64::to_le_bytes).concat());
            free += RECORD;
        }
    }
    assert!(free <= constant::TEXTS, "texts lie behind all else");
    let handler = entry(if bases { Entry::SignalWithBases } else { Entry::Signal });
    // SA_RESTORER; not in libc.
    let restorer = 0x0400_0000;
    let flags = (libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART) as u64 | restorer;
    let handle = [handler, flags, entry(Entry::Sigreturn), u64::MAX];
    let ignore = [libc::SIG_IGN as u64, 0, 0, 0];
    for (offset, action) in [(constant::HANDLE_SIGNAL, handle), (constant::IGNORE_SIGNAL, ignore)] {
        put(offset, &action.map(u64::to_le_bytes).concat());
    }
    put(constant::NO_LIMIT, &[0; 16]);
    put(constant::SERVICE, &entry(Entry::Service).to_le_bytes());
    put(constant::ROOT, b"/\0");
    put(constant::ZYGOTE_NAME, b"zirconia-zygote\0");
    put(constant::GUEST_NAME, b"zirconia-guest\0");
    page
}
