//! The vDSO image is what a Fuchsia loader and the kernel's mapping rules need, on every
//! architecture.

use goblin::elf::dynamic::{DT_RELA, DT_RELASZ, DT_VERSYM};
use goblin::elf::{Elf, program_header};
use object::elf;
use object::read::elf::{Dyn, ElfFile64, FileHeader, ProgramHeader, Sym};
use object::{Endianness, Object, ObjectSymbol};
use vdso::{Constants, MAX_VERSION_LEN, TimeValues, VdsoError, VdsoImage};
use zx_abi::{Abi, Arch, EntryWord, PAGE_SIZE, Status, Syscall};

/// Every ABI and architecture that has an image.
fn images() -> Vec<VdsoImage> {
    Abi::ALL
        .into_iter()
        .flat_map(|abi| Arch::ALL.map(|arch| vdso::image(abi, arch)))
        .filter_map(Result::ok)
        .collect()
}

fn parsed(image: &VdsoImage) -> ElfFile64<'_, Endianness> {
    ElfFile64::parse(image.bytes.as_slice()).unwrap()
}

#[test]
fn riscv_exists_in_the_newest_abi_only() {
    assert_eq!(images().len(), 5);
    let (abi, arch) = (Abi::Sdk2020, Arch::Riscv64);
    let error = vdso::image(abi, arch).unwrap_err();
    assert_eq!(error, VdsoError::UnsupportedArch { abi, arch });
    assert_eq!(error.as_zx_status(), Status::NOT_SUPPORTED);
}

#[test]
fn the_same_parameters_give_the_same_bytes() {
    for image in images() {
        assert!(image.bytes == vdso::image(image.abi, image.arch).unwrap().bytes);
    }
}

#[test]
fn header_names_machine_and_entry() {
    for image in images() {
        let file = parsed(&image);
        let header = file.elf_header();
        assert_eq!(header.e_type(Endianness::Little), elf::ET_DYN);
        assert_eq!(header.e_machine(Endianness::Little).0, image.arch.elf_machine());
        assert_eq!(header.e_phoff(Endianness::Little), 64);
        let exit = file.dynamic_symbols().find(|symbol| symbol.name() == Ok("_zx_process_exit"));
        assert_eq!(file.entry(), exit.unwrap().address());
        assert_eq!(file.entry(), image.entry);
    }
}

#[test]
fn two_segments_hold_the_whole_file_and_none_is_writable() {
    for image in images() {
        let file = parsed(&image);
        let endian = Endianness::Little;
        let loads: Vec<_> = file
            .elf_program_headers()
            .iter()
            .filter(|header| header.p_type(endian) == elf::PT_LOAD)
            .collect();
        let [data, code] = loads.as_slice() else { panic!("{} segments", loads.len()) };
        assert_eq!((data.p_vaddr(endian), data.p_filesz(endian)), (0, image.code_offset));
        assert_eq!(data.p_flags(endian), elf::PF_R);
        assert_eq!(
            (code.p_vaddr(endian), code.p_filesz(endian)),
            (image.code_offset, image.code_size)
        );
        assert_eq!(code.p_flags(endian), elf::PF_R | elf::PF_X);
        for load in loads {
            assert_eq!(load.p_offset(endian), load.p_vaddr(endian));
            assert_eq!(load.p_filesz(endian), load.p_memsz(endian));
            assert_eq!(load.p_vaddr(endian) % PAGE_SIZE, 0);
            assert_eq!(load.p_memsz(endian) % PAGE_SIZE, 0);
            assert_eq!(load.p_align(endian), PAGE_SIZE);
        }
        assert_eq!(image.bytes.len() as u64, image.code_offset + image.code_size);
        let stack = file
            .elf_program_headers()
            .iter()
            .find(|header| header.p_type(endian) == elf::PT_GNU_STACK);
        assert_eq!(stack.unwrap().p_flags(endian), elf::PF_R | elf::PF_W);
    }
}

#[test]
fn the_image_that_is_shared_is_the_same_and_generated_once() {
    for image in images() {
        let shared = vdso::shared_image(image.abi, image.arch).unwrap();
        assert_eq!(shared.bytes, image.bytes);
        assert!(std::ptr::eq(shared, vdso::shared_image(image.abi, image.arch).unwrap()));
    }
    assert!(vdso::shared_image(Abi::Sdk2020, Arch::Riscv64).is_err());
}

#[test]
fn dynamic_section_has_exactly_the_tags_of_upstreams_image() {
    for image in images() {
        let file = parsed(&image);
        let endian = Endianness::Little;
        let headers = file.elf_program_headers().iter();
        let entries = headers
            .filter_map(|header| header.dynamic(endian, image.bytes.as_slice()).unwrap())
            .next()
            .unwrap();
        let tags: Vec<_> = entries.iter().map(|entry| entry.tag(endian)).collect();
        assert_eq!(
            tags,
            [
                elf::DT_SONAME,
                elf::DT_FLAGS,
                elf::DT_FLAGS_1,
                elf::DT_SYMTAB,
                elf::DT_SYMENT,
                elf::DT_STRTAB,
                elf::DT_STRSZ,
                elf::DT_GNU_HASH,
                elf::DT_NULL
            ]
        );
    }
}

#[test]
fn goblin_reads_it_as_libzircon_without_needs_or_relocations() {
    for image in images() {
        let file = Elf::parse(&image.bytes).unwrap();
        assert_eq!(file.soname, Some("libzircon.so"));
        assert!(file.libraries.is_empty() && file.interpreter.is_none());
        assert!(file.dynrelas.is_empty() && file.dynrels.is_empty() && file.pltrelocs.is_empty());
        let dynamic = file.dynamic.as_ref().unwrap();
        for tag in [DT_RELA, DT_RELASZ, DT_VERSYM] {
            assert!(dynamic.dyns.iter().all(|entry| entry.d_tag != tag));
        }
        assert_eq!(dynamic.info.syment, 24);
        assert!(
            file.program_headers
                .iter()
                .all(|header| { header.p_type != program_header::PT_LOAD || !header.is_write() })
        );
        assert_eq!(file.dynsyms.len(), 1 + 2 * Syscall::exported(image.abi).count());
    }
}

#[test]
fn every_export_has_a_global_and_a_weak_name_for_the_same_function() {
    for image in images() {
        let file = parsed(&image);
        let symbols: Vec<_> = file.dynamic_symbols().collect();
        assert_eq!(symbols.len(), 2 * Syscall::exported(image.abi).count());
        for call in Syscall::exported(image.abi) {
            let named = |name: String| {
                let mut found = symbols.iter().filter(|symbol| symbol.name() == Ok(&name));
                let symbol = found.next().unwrap_or_else(|| panic!("{name} is missing"));
                assert!(found.next().is_none(), "{name} is there twice");
                symbol.elf_symbol()
            };
            let global = named(format!("_zx_{}", call.name()));
            let weak = named(format!("zx_{}", call.name()));
            assert_eq!((global.st_bind(), weak.st_bind()), (elf::STB_GLOBAL, elf::STB_WEAK));
            let endian = Endianness::Little;
            for symbol in [global, weak] {
                assert_eq!(symbol.st_type(), elf::STT_FUNC);
                assert_eq!(symbol.st_visibility(), elf::STV_DEFAULT);
                let function = image.function(call).unwrap();
                assert_eq!(symbol.st_value(endian), function.offset);
                assert_eq!(symbol.st_size(endian), function.size);
                assert_ne!(symbol.st_shndx(endian), elf::SHN_UNDEF);
            }
        }
    }
}

#[test]
fn functions_are_aligned_and_do_not_overlap() {
    for image in images() {
        let mut end = image.code_offset;
        for function in &image.functions {
            assert!(function.offset >= end && function.offset % 16 == 0 && function.size > 0);
            end = function.offset + function.size;
        }
        assert!(end <= image.code_offset + image.code_size);
    }
}

/// Looks a name up as a dynamic linker does: bloom filter, bucket, chain.
fn gnu_lookup(bytes: &[u8], file: &Elf, name: &str) -> Option<(u64, u8)> {
    let table = file.dynamic.as_ref().unwrap().info.gnu_hash.unwrap() as usize;
    let word = |offset: usize| u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap());
    let (buckets, symbol_offset) = (word(table), word(table + 4));
    let (bloom_words, shift) = (word(table + 8), word(table + 12));
    let hash = name.bytes().fold(5381u32, |hash, byte| {
        hash.wrapping_shl(5).wrapping_add(hash).wrapping_add(byte.into())
    });
    assert!(bloom_words.is_power_of_two());
    let at = table + 16 + 8 * (hash as usize / 64 % bloom_words as usize);
    let bloom = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    if bloom >> (hash % 64) & bloom >> ((hash >> shift) % 64) & 1 == 0 {
        return None;
    }
    let bucket_table = table + 16 + 8 * bloom_words as usize;
    let chain_table = bucket_table + 4 * buckets as usize;
    let mut index = word(bucket_table + 4 * (hash % buckets) as usize);
    if index == 0 {
        return None;
    }
    loop {
        let chained = word(chain_table + 4 * (index - symbol_offset) as usize);
        let symbol = file.dynsyms.get(index as usize).unwrap();
        if chained | 1 == hash | 1 && file.dynstrtab.get_at(symbol.st_name) == Some(name) {
            return Some((symbol.st_value, symbol.st_bind()));
        }
        if chained & 1 == 1 {
            return None;
        }
        index += 1;
    }
}

#[test]
fn gnu_hash_finds_every_name_and_no_other() {
    for image in images() {
        let file = Elf::parse(&image.bytes).unwrap();
        let lookup = |name: &str| gnu_lookup(&image.bytes, &file, name);
        for call in Syscall::exported(image.abi) {
            let offset = image.function(call).unwrap().offset;
            let (global, weak) = (format!("_zx_{}", call.name()), format!("zx_{}", call.name()));
            assert_eq!(lookup(&global), Some((offset, elf::STB_GLOBAL.0)));
            assert_eq!(lookup(&weak), Some((offset, elf::STB_WEAK.0)));
        }
        for absent in ["", "zx_", "zx_channel_call_noretry", "channel_read", "printf"] {
            assert_eq!(lookup(absent), None, "{absent}");
        }
    }
}

#[test]
fn build_id_is_a_note_and_differs_between_images() {
    let ids: Vec<Vec<u8>> =
        images().iter().map(|image| parsed(image).build_id().unwrap().unwrap().to_vec()).collect();
    for (index, id) in ids.iter().enumerate() {
        assert_eq!(id.len(), 8);
        assert!(!ids[..index].contains(id));
    }
}

#[test]
fn x86_64_kernel_entries_are_the_only_ones_of_their_pattern() {
    for image in images().iter().filter(|image| image.arch == Arch::X86_64) {
        let code = &image.bytes[image.code_offset as usize..];
        let found: Vec<_> = code
            .windows(7)
            .enumerate()
            .filter(|(_, window)| window[0] == 0xb8 && window[5..] == [0x0f, 0x05])
            .map(|(index, window)| {
                let number = u32::from_le_bytes([window[1], window[2], window[3], window[4]]);
                (image.code_offset + index as u64, EntryWord(number).number())
            })
            .collect();
        let sites: Vec<_> =
            image.syscall_sites.iter().map(|site| (site.offset, site.number)).collect();
        assert_eq!(found, sites);
        let syscalls = code.windows(2).filter(|window| window == &[0x0f, 0x05]).count();
        assert_eq!(syscalls, sites.len(), "a syscall without its number");
    }
}

#[test]
fn every_kernel_entry_of_the_abi_is_reachable() {
    for image in images() {
        let mut reached: Vec<_> = image.syscall_sites.iter().map(|site| site.number).collect();
        reached.sort_unstable();
        reached.dedup();
        let count = Syscall::ALL.iter().filter_map(|call| call.info().number(image.abi)).count();
        assert_eq!(reached, (0..count as u32).collect::<Vec<_>>(), "{:?}", image.abi);
    }
}

#[test]
fn entry_sites_hold_the_instructions_of_their_machine() {
    for image in images() {
        for site in &image.syscall_sites {
            let at = site.offset as usize;
            let word = |index: usize| {
                let bytes = &image.bytes[at + 4 * index..at + 4 * index + 4];
                u32::from_le_bytes(bytes.try_into().unwrap())
            };
            match image.arch {
                Arch::X86_64 => {
                    let bytes = image.bytes[at + 1..at + 5].try_into().unwrap();
                    let entry = EntryWord(u32::from_le_bytes(bytes));
                    let of_number = EntryWord::of(image.abi, site.number);
                    let plain = EntryWord::new(site.number);
                    assert!([of_number, plain].contains(&entry), "{entry:?}");
                }
                Arch::Aarch64 => {
                    // mov x16, #number; svc #0; dsb nsh; isb
                    let expected = [0xd280_0010 | site.number << 5, 0xd400_0001, 0xd503_379f];
                    assert_eq!([word(0), word(1), word(2)], expected);
                    assert_eq!(word(3), 0xd503_3fdf);
                    assert_eq!(word(4) == 0xd420_0000, image.abi == Abi::Newest); // brk #0
                }
                Arch::Riscv64 => {
                    // li t0, number; ecall
                    assert_eq!([word(0), word(1)], [site.number << 20 | 0x293, 0x73]);
                }
            }
        }
    }
}

#[test]
fn what_is_left_of_the_last_page_is_traps() {
    for image in images() {
        let end = image.functions.last().map(|last| last.offset + last.size).unwrap();
        let padding = &image.bytes[end.next_multiple_of(16) as usize..];
        assert!(padding.len() < PAGE_SIZE as usize);
        let trap: &[u8] = match image.arch {
            Arch::X86_64 => &[0xcc],
            Arch::Aarch64 => &[0x00, 0x00, 0x20, 0xd4],
            Arch::Riscv64 => &[0x73, 0x00, 0x10, 0x00],
        };
        assert!(padding.chunks_exact(trap.len()).all(|chunk| chunk == trap));
    }
}

#[test]
fn x86_64_stubs_have_the_shapes_of_upstreams() {
    // They take 1, 2, 6, 7 and 8 arguments, which have a register each.
    for (abi, call, size) in [
        (Abi::Sdk2020, Syscall::HandleClose, 8),
        (Abi::Sdk2020, Syscall::ClockRead, 8),
        (Abi::Sdk2020, Syscall::ChannelWrite, 11),
        (Abi::Newest, Syscall::ThreadStartRegs, 20),
        (Abi::Sdk2020, Syscall::BtiPin, 29),
    ] {
        let image = vdso::image(abi, Arch::X86_64).unwrap();
        assert_eq!(image.function(call).unwrap().size, size, "{}", call.name());
    }
}

fn constants() -> Constants {
    Constants {
        max_num_cpus: 4,
        features_cpu: 0x8000_0001,
        hw_breakpoint_count: 5,
        hw_watchpoint_count: 6,
        features_address_tagging: 7,
        features_vm: 8,
        dcache_line_size: 64,
        icache_line_size: 32,
        page_size: 4096,
        physmem: 1 << 40,
        version: "a-version".to_owned(),
    }
}

#[test]
fn constants_are_written_where_upstream_has_them() {
    let mut image = vdso::image(Abi::Newest, Arch::X86_64).unwrap();
    image.write_constants(&constants()).unwrap();
    let at = image.constants_offset as usize;
    assert_eq!(image.constants_offset % PAGE_SIZE, 0);
    let words: Vec<u32> = image.bytes[at..at + 40]
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect();
    assert_eq!(words, [4, 0x8000_0001, 5, 6, 7, 8, 64, 32, 4096, 0]);
    assert_eq!(image.bytes[at + 40..at + 48], (1u64 << 40).to_le_bytes());
    assert_eq!(image.bytes[at + 48..at + 56], 9u64.to_le_bytes());
    assert_eq!(&image.bytes[at + 56..at + 66], b"a-version\0");
}

#[test]
fn version_fits_up_to_its_limit() {
    let mut image = vdso::image(Abi::Newest, Arch::X86_64).unwrap();
    let longest = Constants { version: "v".repeat(MAX_VERSION_LEN), ..constants() };
    image.write_constants(&longest).unwrap();
    let before = image.bytes.clone();
    let longer = Constants { version: "v".repeat(MAX_VERSION_LEN + 1), ..constants() };
    let error = image.write_constants(&longer).unwrap_err();
    assert_eq!(error, VdsoError::VersionTooLong { len: 64 });
    assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
    assert!(image.bytes == before);
}

#[test]
fn time_values_are_written_where_upstream_has_them() {
    let mut image = vdso::image(Abi::Newest, Arch::X86_64).unwrap();
    image.write_time_values(&TimeValues {
        ticks_per_second: 1_000_000_000,
        boot_ticks_offset: -2,
        mono_ticks_offset: -3,
        numerator: 4,
        denominator: 5,
        usermode_can_access_ticks: true,
    });
    let at = image.time_values_offset as usize;
    assert_eq!(image.time_values_offset % PAGE_SIZE, 0);
    assert_ne!(image.time_values_offset, image.constants_offset);
    let mut expected = Vec::new();
    for value in [1, 1_000_000_000, -2, -3] {
        expected.extend(i64::to_le_bytes(value));
    }
    expected.extend([4, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(image.bytes[at..at + 48], expected);
}

#[test]
fn values_are_on_pages_of_their_own_in_the_data_segment() {
    for image in images() {
        for offset in [image.constants_offset, image.time_values_offset] {
            let page = &image.bytes[offset as usize..(offset + PAGE_SIZE) as usize];
            assert!(page.iter().all(|&byte| byte == 0));
            assert!(offset + PAGE_SIZE <= image.code_offset);
        }
    }
}
