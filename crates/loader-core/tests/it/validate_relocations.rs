//! How much of memory each type of relocation changes.

use crate::support::linked_image::*;
use loader_core::validate::{FindingKind, validate};
use object::elf::*;
use zx_abi::Arch;

/// The address after the image's last.
const END: u64 = 0x3400;

/// Types by the bytes that they change.
type Widths = &'static [(u64, &'static [u32])];

const X86_64: Widths = &[
    (1, &[R_X86_64_8.0, R_X86_64_PC8.0]),
    (2, &[R_X86_64_16.0, R_X86_64_PC16.0]),
    (
        4,
        &[
            R_X86_64_PC32.0,
            R_X86_64_GOT32.0,
            R_X86_64_PLT32.0,
            R_X86_64_GOTPCREL.0,
            R_X86_64_32.0,
            R_X86_64_32S.0,
            R_X86_64_TLSGD.0,
            R_X86_64_TLSLD.0,
            R_X86_64_DTPOFF32.0,
            R_X86_64_GOTTPOFF.0,
            R_X86_64_TPOFF32.0,
            R_X86_64_GOTPC32.0,
            R_X86_64_SIZE32.0,
            R_X86_64_GOTPC32_TLSDESC.0,
            R_X86_64_GOTPCRELX.0,
            R_X86_64_REX_GOTPCRELX.0,
            R_X86_64_CODE_4_GOTPCRELX.0,
            R_X86_64_CODE_6_GOTPC32_TLSDESC.0,
        ],
    ),
    (
        8,
        &[
            R_X86_64_64.0,
            R_X86_64_GLOB_DAT.0,
            R_X86_64_JUMP_SLOT.0,
            R_X86_64_RELATIVE.0,
            R_X86_64_DTPMOD64.0,
            R_X86_64_DTPOFF64.0,
            R_X86_64_TPOFF64.0,
            R_X86_64_PC64.0,
            R_X86_64_GOTOFF64.0,
            R_X86_64_GOT64.0,
            R_X86_64_GOTPCREL64.0,
            R_X86_64_GOTPC64.0,
            R_X86_64_GOTPLT64.0,
            R_X86_64_PLTOFF64.0,
            R_X86_64_SIZE64.0,
            R_X86_64_IRELATIVE.0,
            R_X86_64_RELATIVE64.0,
        ],
    ),
    (16, &[R_X86_64_TLSDESC.0]),
];

const AARCH64: Widths = &[
    (2, &[R_AARCH64_ABS16.0, R_AARCH64_PREL16.0]),
    (
        4,
        &[
            R_AARCH64_ABS32.0,
            R_AARCH64_PREL32.0,
            R_AARCH64_MOVW_UABS_G0.0,
            R_AARCH64_ADR_PREL_PG_HI21.0,
            R_AARCH64_CALL26.0,
            R_AARCH64_LDST128_ABS_LO12_NC.0,
            R_AARCH64_GOTREL32.0,
            R_AARCH64_PLT32.0,
            R_AARCH64_GOTPCREL32.0,
            R_AARCH64_TLSGD_ADR_PREL21.0,
            R_AARCH64_TLSDESC_OFF_G0_NC.0,
            R_AARCH64_TLSLD_LDST128_DTPREL_LO12_NC.0,
        ],
    ),
    (
        8,
        &[
            R_AARCH64_ABS64.0,
            R_AARCH64_PREL64.0,
            R_AARCH64_GOTREL64.0,
            R_AARCH64_GLOB_DAT.0,
            R_AARCH64_JUMP_SLOT.0,
            R_AARCH64_RELATIVE.0,
            R_AARCH64_TLS_DTPMOD.0,
            R_AARCH64_TLS_DTPREL.0,
            R_AARCH64_TLS_TPREL.0,
            R_AARCH64_IRELATIVE.0,
        ],
    ),
    (16, &[R_AARCH64_TLSDESC.0]),
];

const RISCV64: Widths = &[
    (
        1,
        &[
            R_RISCV_ADD8.0,
            R_RISCV_SUB8.0,
            R_RISCV_SUB6.0,
            R_RISCV_SET6.0,
            R_RISCV_SET8.0,
            R_RISCV_SET_ULEB128.0,
        ],
    ),
    (
        2,
        &[
            R_RISCV_ADD16.0,
            R_RISCV_SUB16.0,
            R_RISCV_RVC_BRANCH.0,
            R_RISCV_RVC_JUMP.0,
            R_RISCV_SET16.0,
        ],
    ),
    (
        4,
        &[
            R_RISCV_32.0,
            R_RISCV_TLS_DTPMOD32.0,
            R_RISCV_TLS_DTPREL32.0,
            R_RISCV_TLS_TPREL32.0,
            R_RISCV_BRANCH.0,
            R_RISCV_JAL.0,
            R_RISCV_GOT_HI20.0,
            R_RISCV_TPREL_LO12_S.0,
            R_RISCV_ADD32.0,
            R_RISCV_SUB32.0,
            R_RISCV_GOT32_PCREL.0,
            R_RISCV_SET32.0,
            R_RISCV_32_PCREL.0,
            R_RISCV_PLT32.0,
            R_RISCV_TLSDESC_HI20.0,
        ],
    ),
    (
        8,
        &[
            R_RISCV_64.0,
            R_RISCV_RELATIVE.0,
            R_RISCV_JUMP_SLOT.0,
            R_RISCV_TLS_DTPMOD64.0,
            R_RISCV_TLS_DTPREL64.0,
            R_RISCV_TLS_TPREL64.0,
            R_RISCV_CALL.0,
            R_RISCV_CALL_PLT.0,
            R_RISCV_ADD64.0,
            R_RISCV_SUB64.0,
            R_RISCV_IRELATIVE.0,
        ],
    ),
    (16, &[R_RISCV_TLSDESC.0]),
];

/// Whether the first relocation's target is found to be outside, if it has this type, symbol and
/// target.
fn is_outside(image: &LinkedImage, relocation_type: u32, symbol: u64, target: u64) -> bool {
    let mut image = image.clone();
    image.put_long(RELA, target);
    image.put_long(RELA + 8, symbol << 32 | u64::from(relocation_type));
    let file = image.bytes();
    let report = validate(file.as_slice(), file.len() as u64, image.arch);
    report
        .findings
        .iter()
        .any(|found| found.kind == FindingKind::RelocationTarget && found.offset == RELA)
}

#[test]
fn a_target_has_the_width_of_its_type() {
    let machines = [(Arch::X86_64, X86_64), (Arch::Aarch64, AARCH64), (Arch::Riscv64, RISCV64)];
    for (machine, widths) in machines {
        let image = LinkedImage::fixed(machine);
        for (width, types) in widths {
            for relocation_type in *types {
                let outside = |target| is_outside(&image, *relocation_type, 0, target);
                assert!(!outside(END - width), "{machine:?} {relocation_type}");
                assert!(outside(END - width + 1), "{machine:?} {relocation_type}");
            }
        }
    }
}

#[test]
fn what_only_tells_a_linker_something_has_no_target() {
    for (machine, types) in [
        (Arch::X86_64, vec![R_X86_64_NONE.0, R_X86_64_TLSDESC_CALL.0]),
        (Arch::Aarch64, vec![R_AARCH64_NONE.0, 256, R_AARCH64_TLSDESC_CALL.0]),
        (Arch::Riscv64, vec![R_RISCV_NONE.0, R_RISCV_RELAX.0, R_RISCV_ALIGN.0]),
    ] {
        let image = LinkedImage::fixed(machine);
        for relocation_type in types {
            assert!(!is_outside(&image, relocation_type, 0, u64::MAX), "{relocation_type}");
        }
    }
}

#[test]
fn a_copy_has_the_size_of_its_symbol() {
    let machines = [
        (Arch::X86_64, R_X86_64_COPY.0),
        (Arch::Aarch64, R_AARCH64_COPY.0),
        (Arch::Riscv64, R_RISCV_COPY.0),
    ];
    for (machine, copy) in machines {
        for size in [0, 1, 8, 0x1000] {
            let mut image = LinkedImage::fixed(machine);
            image.put_long(SYMTAB + 2 * 24 + 16, size);
            assert!(!is_outside(&image, copy, 2, END - size), "{machine:?} {size}");
            assert!(is_outside(&image, copy, 2, END - size + 1), "{machine:?} {size}");
        }
        // Of a symbol that is not there, nobody knows the size.
        let image = LinkedImage::fixed(machine);
        assert!(!is_outside(&image, copy, 3, END - 1));
        assert!(is_outside(&image, copy, 3, END));
    }
}
