//! What a file takes from others.

use loader_core::elf_parse::Elf64Headers;
use loader_core::validate::imported_names;
use zx_abi::Arch;

use super::support::linked_image::{GOT, JMPREL, LinkedImage, RELA, STRTAB, SYMTAB};

const ARCH: Arch = Arch::X86_64;
/// `st_info` of global and weak functions.
const GLOBAL: u8 = 0x12;
const WEAK: u8 = 0x22;

/// An image whose relocations refer to symbols 1 and 2, and whose names are these.
fn image(strings: &[u8], symbols: [(u8, u8, u16); 2]) -> LinkedImage {
    let mut image = LinkedImage::dynamic(ARCH);
    image.replace(STRTAB, strings.to_vec());
    image.set(10, strings.len() as u64);
    let record = |(name, info, section): (u8, u8, u16)| {
        let mut record = vec![name, 0, 0, 0, info, 0];
        record.extend(section.to_le_bytes());
        record.extend([0; 16]);
        record
    };
    let table = [vec![0; 24], record(symbols[0]), record(symbols[1])].concat();
    image.replace(SYMTAB, table);
    image
}

fn imports(image: &LinkedImage) -> Vec<String> {
    let bytes = image.bytes();
    let headers = Elf64Headers::from_vmo(bytes.as_slice(), ARCH).unwrap();
    imported_names(bytes.as_slice(), bytes.len() as u64, &headers).into_iter().collect()
}

const NAMES: &[u8] = b"\0zx_b\0zx_a\0";

#[test]
fn undefined_symbols_of_relocations_are_imports() {
    let both = image(NAMES, [(1, GLOBAL, 0), (6, GLOBAL, 0)]);
    assert_eq!(imports(&both), ["zx_a", "zx_b"]);
    let defined = image(NAMES, [(1, GLOBAL, 1), (6, GLOBAL, 0)]);
    assert_eq!(imports(&defined), ["zx_a"]);
    let weak = image(NAMES, [(1, WEAK, 0), (6, GLOBAL, 0)]);
    assert_eq!(imports(&weak), ["zx_a"]);
}

#[test]
fn imports_of_calls_through_a_table_count_with_and_without_addends() {
    let mut image = image(NAMES, [(1, GLOBAL, 0), (6, GLOBAL, 0)]);
    image.remove(7);
    image.remove(8);
    image.remove(9);
    assert_eq!(imports(&image), ["zx_b"]);
    image.set(20, 17);
    image.set(2, 16);
    image.put_long(JMPREL + 8, 2 << 32 | 7);
    assert_eq!(imports(&image), ["zx_a"]);
}

#[test]
fn a_file_without_a_dynamic_section_imports_nothing() {
    let mut image = image(NAMES, [(1, GLOBAL, 0), (6, GLOBAL, 0)]);
    image.segments.retain(|segment| segment.p_type != object::elf::PT_DYNAMIC);
    assert_eq!(imports(&image), [""; 0]);
}

#[test]
fn damaged_tables_are_read_as_far_as_they_make_sense() {
    let good = image(NAMES, [(1, GLOBAL, 0), (6, GLOBAL, 0)]);
    let mut outside = good.clone();
    outside.put_long(RELA + 8, u64::from(u32::MAX) << 32 | 1);
    assert_eq!(imports(&outside), ["zx_a", "zx_b"]);
    for tag in [5, 6] {
        let mut image = good.clone();
        for address in [0x10_0000, u64::MAX, GOT + 0x1000] {
            image.set(tag, address);
            assert_eq!(imports(&image), [""; 0], "{tag} {address:#x}");
        }
        image.remove(tag);
        assert_eq!(imports(&image), [""; 0]);
    }
    let not_utf8 = image(b"\0\xff\xff\0zx_a\0", [(1, GLOBAL, 0), (4, GLOBAL, 0)]);
    assert_eq!(imports(&not_utf8), ["zx_a"]);
}

#[test]
fn names_of_256_bytes_are_looked_at_and_no_longer_ones() {
    for (len, found) in [(256, 1), (257, 0)] {
        let strings = [vec![0], vec![b'x'; len], vec![0]].concat();
        let mut image = image(b"\0", [(1, GLOBAL, 0), (1, GLOBAL, 0)]);
        image.replace(SECTION_END, strings);
        image.set(5, SECTION_END);
        assert_eq!(imports(&image).len(), found, "{len}");
    }
}

/// Room in the file data of the image's read-only part.
const SECTION_END: u64 = 0xb00;
