//! ELF files, written by the `object` crate.

use object::write::elf::{FileHeader, ProgramHeader, Writer};
use object::{Endianness, elf};
use zx_abi::Arch;

/// A 64-byte file for `arch`: a valid header and nothing else, byte for byte what upstream's
/// `elf_*_file-header.bin` say.
pub fn file_header_bytes(arch: Arch) -> Vec<u8> {
    let [machine, zero] = arch.elf_machine().to_le_bytes();
    #[rustfmt::skip]
    let bytes = [
        0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        3, 0, machine, zero, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 64, 0, 56, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    bytes.to_vec()
}

/// A 64-bit file: entry 0x10000, these program headers, and bytes at these offsets.
pub fn elf_file(arch: Arch, segments: &[ProgramHeader], contents: &[(u64, &[u8])]) -> Vec<u8> {
    write_elf(true, elf::Machine(arch.elf_machine()), segments, contents)
}

/// As [`elf_file`], for either class.
pub fn write_elf(
    is_64: bool,
    e_machine: elf::Machine,
    segments: &[ProgramHeader],
    contents: &[(u64, &[u8])],
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::new(Endianness::Little, is_64, &mut file);
    writer.reserve_file_header();
    writer.reserve_program_headers(segments.len() as u32);
    for (offset, bytes) in contents {
        writer.reserve_until(*offset);
        writer.reserve(bytes.len() as u64, 1);
    }
    writer
        .write_file_header(&FileHeader {
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            e_type: elf::ET_DYN,
            e_machine,
            e_entry: 0x10000,
            e_flags: elf::FileFlags(0),
        })
        .expect("the header fits");
    if !segments.is_empty() {
        writer.write_align_program_headers();
        for segment in segments {
            writer.write_program_header(segment);
        }
    }
    for (offset, bytes) in contents {
        writer.pad_until(*offset);
        writer.write(bytes);
    }
    file
}

/// Overwrites bytes of a file.
pub fn patch(mut file: Vec<u8>, offset: usize, bytes: &[u8]) -> Vec<u8> {
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
    file
}

/// A segment of one page at offset and address 0x1000, to be changed as needed.
pub fn segment(p_type: elf::ProgramType, p_flags: elf::ProgramFlags) -> ProgramHeader {
    ProgramHeader {
        p_type,
        p_flags,
        p_offset: 0x1000,
        p_vaddr: 0x1000,
        p_paddr: 0x1000,
        p_filesz: 0x1000,
        p_memsz: 0x1000,
        p_align: 0x1000,
    }
}

/// A PT_LOAD whose file offset equals its address, aligned to pages.
pub fn load(p_flags: elf::ProgramFlags, vaddr: u64, filesz: u64, memsz: u64) -> ProgramHeader {
    ProgramHeader {
        p_offset: vaddr,
        p_vaddr: vaddr,
        p_paddr: vaddr,
        p_filesz: filesz,
        p_memsz: memsz,
        ..segment(elf::PT_LOAD, p_flags)
    }
}

/// A PT_GNU_STACK that asks for this many bytes.
pub fn stack_segment(memsz: u64) -> ProgramHeader {
    ProgramHeader {
        p_offset: 0,
        p_vaddr: 0,
        p_paddr: 0,
        p_filesz: 0,
        p_memsz: memsz,
        p_align: 0,
        ..segment(elf::PT_GNU_STACK, elf::PF_R | elf::PF_W)
    }
}

fn dynamic_entries() -> Vec<u8> {
    [(5u64, 0x400u64), (10, 1), (0x6fff_fef5, 0x500), (0, 0)]
        .iter()
        .flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()])
        .flatten()
        .collect()
}

fn within(p_type: elf::ProgramType, p_offset: u64, size: usize) -> ProgramHeader {
    ProgramHeader {
        p_offset,
        p_vaddr: p_offset,
        p_paddr: p_offset,
        p_filesz: size as u64,
        p_memsz: size as u64,
        p_align: 8,
        ..segment(p_type, elf::PF_R)
    }
}

fn linked_file(arch: Arch, first: &[ProgramHeader], interp: &[u8]) -> Vec<u8> {
    let dynamic = dynamic_entries();
    let mut segments = first.to_vec();
    segments.extend([
        load(elf::PF_R, 0, 0x800, 0x800),
        load(elf::PF_R | elf::PF_X, 0x1000, 0x100, 0x100),
        load(elf::PF_R | elf::PF_W, 0x2000, 0x80, 0x1200),
        within(elf::PT_DYNAMIC, 0x2010, dynamic.len()),
        stack_segment(0),
    ]);
    elf_file(arch, &segments, &[(0x700, interp), (0x1000, &[0xcc; 0x100]), (0x2010, &dynamic)])
}

/// A dynamic executable, as a linker lays it out: three PT_LOADs, `ld.so.1` at 0x700, four entries
/// at 0x2010.
pub fn dynamic_executable(arch: Arch) -> Vec<u8> {
    let interp = b"ld.so.1\0";
    linked_file(arch, &[within(elf::PT_INTERP, 0x700, interp.len())], interp)
}

/// The same without PT_INTERP.
pub fn static_pie(arch: Arch) -> Vec<u8> {
    linked_file(arch, &[], &[])
}
