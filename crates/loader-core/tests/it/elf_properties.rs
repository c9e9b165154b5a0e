//! Header decoding against the `object` crate, and hostile bytes.

use crate::support::{dynamic_executable, elf_file, patch};
use loader_core::elf_load::loaded_elf_info;
use loader_core::elf_parse::{Elf64DynSection, Elf64Headers};
use object::write::elf::ProgramHeader;
use object::{Endianness, elf, read};
use proptest::prelude::*;
use zx_abi::Arch;

fn arch() -> impl Strategy<Value = Arch> {
    prop::sample::select(Arch::ALL.to_vec())
}

prop_compose! {
    fn any_segment()(
        p_type in prop_oneof![0..8u32, Just(0x6474_e551), any::<u32>()],
        p_flags in any::<u32>(),
        numbers in prop::array::uniform6(prop_oneof![0..0x10000u64, any::<u64>()]),
    ) -> ProgramHeader {
        let [p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align] = numbers;
        let (p_type, p_flags) = (elf::ProgramType(p_type), elf::ProgramFlags(p_flags));
        ProgramHeader { p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align }
    }
}

prop_compose! {
    /// A PT_LOAD that follows another at `gap` bytes; all its numbers agree.
    fn good_load()(
        gap in 0..0x4000u64,
        page in 0..0x100u64,
        filesz in 0..0x3000u64,
        zeros in 0..0x3000u64,
        flags in 0..8u32,
    ) -> (u64, ProgramHeader) {
        let header = ProgramHeader {
            p_type: elf::PT_LOAD,
            p_flags: elf::ProgramFlags(flags),
            p_offset: page * 0x1000,
            p_vaddr: 0,
            p_paddr: page,
            p_filesz: filesz,
            p_memsz: filesz + zeros,
            p_align: 0x1000,
        };
        (gap, header)
    }
}

/// Gives each PT_LOAD an address after the one before.
fn in_order(loads: Vec<(u64, ProgramHeader)>) -> Vec<ProgramHeader> {
    let mut end = 0;
    loads
        .into_iter()
        .map(|(gap, mut header)| {
            header.p_vaddr = end + gap;
            header.p_offset += header.p_vaddr % 0x1000;
            end = header.p_vaddr + header.p_memsz;
            header
        })
        .collect()
}

/// Compares everything in a file's headers with what `object` reads.
fn assert_agrees(file: &[u8], headers: &Elf64Headers) {
    use read::elf::FileHeader;
    let theirs = elf::FileHeader64::<Endianness>::parse(file).expect("object reads the header");
    let endian = theirs.endian().expect("the encoding is known");
    let ours = headers.file_header();
    assert_eq!(ours.ident.magic, theirs.e_ident.magic);
    assert_eq!(ours.ident.class, theirs.e_ident.class.0);
    assert_eq!(ours.ident.data, theirs.e_ident.data.0);
    assert_eq!(ours.ident.version, theirs.e_ident.version.0);
    assert_eq!(ours.ident.osabi, theirs.e_ident.os_abi.0);
    assert_eq!(ours.ident.abiversion, theirs.e_ident.abi_version);
    assert_eq!(ours.ident.pad, theirs.e_ident.padding);
    assert_eq!(ours.elf_type, theirs.e_type.get(endian).0);
    assert_eq!(ours.machine, theirs.e_machine.get(endian).0);
    assert_eq!(ours.version, theirs.e_version.get(endian));
    assert_eq!(ours.entry, theirs.e_entry.get(endian));
    assert_eq!(ours.phoff, theirs.e_phoff.get(endian));
    assert_eq!(ours.shoff, theirs.e_shoff.get(endian));
    assert_eq!(ours.flags, theirs.e_flags.get(endian).0);
    assert_eq!(ours.ehsize, theirs.e_ehsize.get(endian));
    assert_eq!(ours.phentsize, theirs.e_phentsize.get(endian));
    assert_eq!(ours.phnum, theirs.e_phnum.get(endian));
    assert_eq!(ours.shentsize, theirs.e_shentsize.get(endian));
    assert_eq!(ours.shnum, theirs.e_shnum.get(endian));
    assert_eq!(ours.shstrndx, theirs.e_shstrndx.get(endian).0);

    let theirs = theirs.program_headers(endian, file).expect("object reads the table");
    assert_eq!(headers.program_headers().len(), theirs.len());
    for (ours, theirs) in headers.program_headers().iter().zip(theirs) {
        assert_eq!(ours.segment_type, theirs.p_type.get(endian).0);
        assert_eq!(ours.flags, theirs.p_flags.get(endian).0);
        assert_eq!(ours.offset, theirs.p_offset.get(endian));
        assert_eq!(ours.vaddr, theirs.p_vaddr.get(endian));
        assert_eq!(ours.paddr, theirs.p_paddr.get(endian));
        assert_eq!(ours.filesz, theirs.p_filesz.get(endian));
        assert_eq!(ours.memsz, theirs.p_memsz.get(endian));
        assert_eq!(ours.align, theirs.p_align.get(endian));
    }
}

proptest! {
    #[test]
    fn good_files_are_accepted_and_read_as_object_reads_them(
        arch in arch(),
        loads in prop::collection::vec(good_load(), 1..90),
        unchecked in prop::array::uniform9(any::<u8>()),
        entry in any::<u64>(),
    ) {
        let file = elf_file(arch, &in_order(loads), &[]);
        let file = patch(file, 7, &unchecked);
        let file = patch(file, 24, &entry.to_le_bytes());
        let headers = Elf64Headers::from_vmo(file.as_slice(), arch).expect("a good file");
        assert_agrees(&file, &headers);
    }

    #[test]
    fn what_is_accepted_is_read_as_object_reads_it(
        segments in prop::collection::vec(any_segment(), 1..6),
    ) {
        let file = elf_file(Arch::X86_64, &segments, &[]);
        if let Ok(headers) = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64) {
            assert_agrees(&file, &headers);
        }
    }

    #[test]
    fn a_fault_is_where_its_detail_says(
        segments in prop::collection::vec(any_segment(), 1..6),
    ) {
        let file = elf_file(Arch::X86_64, &segments, &[]);
        if let Err(error) = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64) {
            let detail = error.detail().expect("only header rules can be broken");
            let place = (detail.offset as usize - 64) % 56;
            let expected = match detail.field {
                "p_flags" => 4,
                "p_vaddr" => 16,
                "p_filesz" => 32,
                "p_memsz" => 40,
                "p_align" => 48,
                other => panic!("{other}"),
            };
            prop_assert_eq!(place, expected);
            if detail.field != "p_flags" {
                let at = detail.offset as usize;
                let number = u64::from_le_bytes(file[at..at + 8].try_into().unwrap());
                prop_assert_eq!(detail.actual, format!("{number:#x}"));
            }
        }
    }

    #[test]
    fn changed_bytes_never_panic(
        arch in arch(),
        changes in prop::collection::vec((0..400usize, any::<u8>()), 1..8),
    ) {
        let file = changes
            .iter()
            .fold(dynamic_executable(arch), |file, (at, byte)| patch(file, *at, &[*byte]));
        for parsed in [
            Elf64Headers::from_vmo(file.as_slice(), arch),
            Elf64Headers::from_vmo_with_arch32(file.as_slice(), arch),
        ] {
            match parsed {
                Ok(headers) => {
                    let _ = loaded_elf_info(&headers);
                    let _ = Elf64DynSection::from_vmo_with_arch32(file.as_slice(), arch);
                }
                Err(error) => {
                    let _ = (error.to_string(), error.detail());
                }
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Elf64Headers::from_vmo(bytes.as_slice(), Arch::X86_64);
        let _ = Elf64Headers::from_vmo_with_arch32(bytes.as_slice(), Arch::Aarch64);
    }
}
