//! The vDSO's code as guests run it.
//!
//! In the image a system call is `mov eax, N; syscall`: seven bytes. A guest that executed it
//! would be trapped, so each is replaced, in a copy, by a jump to a thunk in the padding at the
//! end of the code, which goes on to the resident page with the number and the way back. Zircon
//! patches its image at boot, too (zircon/kernel/lib/userabi/vdso.cc).

use crate::native::guest::{Entry, entry};

/// `mov eax, imm32`
const MOV_EAX: u8 = 0xb8;
/// `syscall`
const SYSCALL_0: u8 = 0x0f;
const SYSCALL_1: u8 = 0x05;
/// `int3`, which fills the padding.
const PADDING: u8 = 0xcc;
const SITE_LEN: usize = 7;
const THUNK_LEN: usize = 21;

/// Patches every site; `None` if the padding cannot take all thunks.
pub fn patch(code: &mut [u8]) -> Option<()> {
    let padding = code.iter().rev().take_while(|byte| **byte == PADDING).count();
    let end = code.len() - padding;
    let mut thunk_at = end;
    let mut at = 0;
    while at + SITE_LEN <= end {
        let &[MOV_EAX, n0, n1, n2, n3, SYSCALL_0, SYSCALL_1] = code.get(at..at + SITE_LEN)? else {
            at += 1;
            continue;
        };
        let back = at + SITE_LEN;
        let thunk = thunk(thunk_at, back, [n0, n1, n2, n3])?;
        code.get_mut(thunk_at..thunk_at + THUNK_LEN)?.copy_from_slice(&thunk);
        let jump = relative(at + 5, thunk_at)?;
        // jmp rel32; xchg ax, ax
        let patched = [0xe9, jump[0], jump[1], jump[2], jump[3], 0x66, 0x90];
        code.get_mut(at..back)?.copy_from_slice(&patched);
        thunk_at += THUNK_LEN;
        at = back;
    }
    Some(())
}

/// mov eax, number; lea rcx, [rip + back]; mov r11d, call; jmp r11
fn thunk(at: usize, back: usize, number: [u8; 4]) -> Option<[u8; THUNK_LEN]> {
    let [n0, n1, n2, n3] = number;
    let [b0, b1, b2, b3] = relative(at + 12, back)?;
    let [c0, c1, c2, c3] = u32::try_from(entry(Entry::Call)).ok()?.to_le_bytes();
    Some([
        MOV_EAX, n0, n1, n2, n3, 0x48, 0x8d, 0x0d, b0, b1, b2, b3, 0x41, 0xbb, c0, c1, c2, c3,
        0x41, 0xff, 0xe3,
    ])
}

/// The displacement of a jump whose instruction ends at `from`.
fn relative(from: usize, to: usize) -> Option<[u8; 4]> {
    let distance = i64::try_from(to).ok()? - i64::try_from(from).ok()?;
    Some(i32::try_from(distance).ok()?.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: [u8; SITE_LEN] = [MOV_EAX, 7, 0, 0, 0, 0x0f, 0x05];

    fn image(sites: usize, padding: usize) -> Vec<u8> {
        let mut code = Vec::new();
        for _ in 0..sites {
            code.extend(SITE);
            code.push(0xc3);
        }
        code.extend(vec![PADDING; padding]);
        code
    }

    #[test]
    fn every_site_becomes_a_jump_to_its_thunk_and_back() {
        let mut code = image(3, 3 * THUNK_LEN);
        patch(&mut code).unwrap();
        assert!(!code.windows(2).any(|pair| pair == [SYSCALL_0, SYSCALL_1]));
        for site in 0..3 {
            let at = site * 8;
            assert_eq!(code[at], 0xe9);
            let word = |at: usize| i32::from_le_bytes(code[at..at + 4].try_into().unwrap());
            let thunk = (at as i32 + 5 + word(at + 1)) as usize;
            assert_eq!(thunk, 24 + site * THUNK_LEN);
            assert_eq!(code[thunk..thunk + 5], SITE[..5]);
            assert_eq!(thunk as i32 + 12 + word(thunk + 8), at as i32 + 7);
            assert_eq!(word(thunk + 14) as u64, entry(Entry::Call));
            assert_eq!(code[at + 7], 0xc3);
        }
    }

    #[test]
    fn an_image_with_a_byte_of_padding_too_little_is_refused() {
        assert_eq!(patch(&mut image(3, 3 * THUNK_LEN - 1)), None);
        assert_eq!(patch(&mut image(0, 0)), Some(()));
    }

    #[test]
    fn what_only_resembles_a_site_stays() {
        let mut code = [&[MOV_EAX, MOV_EAX, 1, 0, 0, 0, 0x0f, 0x0b][..], &image(0, 64)].concat();
        let before = code.clone();
        patch(&mut code).unwrap();
        assert_eq!(code, before);
    }

    #[test]
    fn the_images_of_every_generation_can_be_patched() {
        let mut seen = 0;
        for abi in zx_abi::Abi::ALL {
            let Ok(image) = vdso::image(abi, zx_abi::Arch::X86_64) else { continue };
            let (start, len) = (image.code_offset as usize, image.code_size as usize);
            let mut code = image.bytes[start..start + len].to_vec();
            patch(&mut code).unwrap();
            assert!(!code.windows(2).any(|pair| pair == [SYSCALL_0, SYSCALL_1]), "{abi:?}");
            seen += 1;
        }
        assert!(seen > 0);
    }
}
