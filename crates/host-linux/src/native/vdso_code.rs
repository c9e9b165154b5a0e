//! The vDSO's code as guests run it, and where it rings the doorbell.
//!
//! In the image a kernel entry is `mov eax, imm32; syscall`: seven bytes, with an [`EntryWord`]. A guest
//! that executed it would be trapped. So the number is replaced, in a copy, by one of Linux that rings,
//! and which call it is follows from the place alone. Zircon patches its image at boot, too
//! (zircon/kernel/lib/userabi/vdso.cc).

use std::ops::RangeInclusive;
use std::sync::Arc;

use zx_abi::{EntryWord, Status, X86_64Registers};

use crate::native::layout::{DOORBELL, EXIT_DOORBELL};

/// `mov eax, imm32`
const MOV_EAX: u8 = 0xb8;
/// `syscall`
const SYSCALL: [u8; 2] = [0x0f, 0x05];
const ENTRY_LEN: usize = 7;
/// What a call returns that is to be made again.
const RETRY: u64 = Status::INTERNAL_INTR_RETRY.into_raw() as i64 as u64;

/// Where code enters the kernel, by the bytes from its start to behind the `syscall`. Each call looks
/// here, and finds it in one step.
#[derive(Debug)]
pub struct Entries(Vec<Option<EntryWord>>);

/// Makes every entry ring.
pub fn patch(code: &mut [u8]) -> Entries {
    let mut entries = vec![None; code.len() + 1];
    let mut at = 0;
    while let Some(&[first, n0, n1, n2, n3, s0, s1]) = code[at..].first_chunk::<ENTRY_LEN>() {
        if first != MOV_EAX || [s0, s1] != SYSCALL {
            at += 1;
            continue;
        }
        let entry = EntryWord(u32::from_le_bytes([n0, n1, n2, n3]));
        code[at + 1..at + 5].copy_from_slice(&rings_as(entry).to_le_bytes());
        at += ENTRY_LEN;
        entries[at] = Some(entry);
    }
    Entries(entries)
}

/// The number of Linux that an entry makes. Of all registers the host is told by a signal frame: such
/// an entry keeps its word, which no filter lets pass.
pub fn rings_as(entry: EntryWord) -> u32 {
    if entry.needs_all_registers() {
        entry.0
    } else if entry.ends_thread() {
        EXIT_DOORBELL
    } else {
        DOORBELL
    }
}

/// The vDSO's code in a process.
#[derive(Clone, Debug)]
pub struct VdsoCode {
    pub base: u64,
    pub len: u64,
    pub entries: Arc<Entries>,
}

impl VdsoCode {
    /// Where a system call in it reports to be: behind its instruction.
    pub fn pointers(&self) -> RangeInclusive<u64> {
        self.base + SYSCALL.len() as u64..=self.base + self.len
    }

    /// The entry behind which this is.
    pub fn entry(&self, pointer: u64) -> Option<EntryWord> {
        let Entries(entries) = &*self.entries;
        let offset = usize::try_from(pointer.wrapping_sub(self.base)).ok()?;
        entries.get(offset).copied().flatten()
    }

    /// Registers as the image's own code would have them. A thread that a signal has taken out of the
    /// doorbell stands before the `syscall` again, and in its call behind it, which is to be made again.
    pub fn shown(&self, registers: X86_64Registers, in_call: bool) -> X86_64Registers {
        let behind = registers.rip.wrapping_add(SYSCALL.len() as u64);
        match self.entry(behind) {
            Some(entry) if registers.rax == rings_as(entry).into() => match in_call {
                true => X86_64Registers { rax: RETRY, rip: behind, ..registers },
                false => X86_64Registers { rax: entry.number().into(), ..registers },
            },
            _ => registers,
        }
    }

    /// What becomes [`Self::shown`] in the call that the thread was in.
    pub fn hidden_in_call(&self, registers: X86_64Registers) -> X86_64Registers {
        let rip = registers.rip.wrapping_sub(SYSCALL.len() as u64);
        match self.entry(registers.rip) {
            Some(entry) => X86_64Registers { rax: rings_as(entry).into(), rip, ..registers },
            None => registers,
        }
    }

    /// Registers once the call has returned this value before which they stand; none if they do not.
    pub fn returned(&self, registers: X86_64Registers, value: u64) -> Option<X86_64Registers> {
        let behind = registers.rip.wrapping_add(SYSCALL.len() as u64);
        let entry = self.entry(behind)?;
        let stands_there = registers.rax == rings_as(entry).into();
        stands_there.then_some(X86_64Registers { rip: behind, rax: value, ..registers })
    }

    /// Where the entry of the call begins that ends a thread.
    pub fn exit(&self) -> Option<u64> {
        let Entries(entries) = &*self.entries;
        let ends = |entry: &Option<EntryWord>| entry.is_some_and(EntryWord::ends_thread);
        let behind = entries.iter().position(ends)?;
        Some(self.base + (behind - ENTRY_LEN) as u64)
    }

    /// What becomes [`Self::shown`] outside of calls.
    pub fn hidden(&self, registers: X86_64Registers) -> X86_64Registers {
        let behind = registers.rip.wrapping_add(SYSCALL.len() as u64);
        match self.entry(behind) {
            Some(entry) if registers.rax == entry.number().into() => {
                X86_64Registers { rax: rings_as(entry).into(), ..registers }
            }
            _ => registers,
        }
    }
}

#[cfg(test)]
mod tests {
    use zx_abi::{Abi, Arch, Syscall};

    use super::*;

    const BASE: u64 = 0x7000_0000_0000;

    fn mov_eax_and_syscall(word: u32) -> Vec<u8> {
        let mut bytes = vec![MOV_EAX];
        bytes.extend(word.to_le_bytes());
        bytes.extend(SYSCALL);
        bytes
    }

    fn of_image(abi: Abi) -> Option<(vdso::VdsoImage, Vec<u8>)> {
        let image = vdso::image(abi, Arch::X86_64).ok()?;
        let code = image.bytes[image.code_offset as usize..].to_vec();
        Some((image, code))
    }

    #[test]
    fn entries_ring_at_their_places() {
        let all = EntryWord::of(
            Abi::Newest,
            Syscall::ThreadStartRegs.info().number(Abi::Newest).unwrap(),
        );
        let last =
            EntryWord::of(Abi::Newest, Syscall::ThreadExit.info().number(Abi::Newest).unwrap());
        let words = [EntryWord::new(7), all, last];
        let mut code: Vec<u8> = words.iter().flat_map(|word| mov_eax_and_syscall(word.0)).collect();
        let entries = Arc::new(patch(&mut code));
        let rings = [DOORBELL, all.0, EXIT_DOORBELL];
        let expected: Vec<u8> = rings.into_iter().flat_map(mov_eax_and_syscall).collect();
        assert_eq!(code, expected);
        let code = VdsoCode { base: BASE, len: 21, entries };
        for (place, word) in words.into_iter().enumerate() {
            assert_eq!(code.entry(BASE + 7 * (place as u64 + 1)), Some(word));
        }
        for pointer in [0, BASE - 7, BASE, BASE + 6, BASE + 8, BASE + 28, u64::MAX] {
            assert_eq!(code.entry(pointer), None);
        }
        assert_eq!(code.pointers(), BASE + 2..=BASE + 21);
    }

    #[test]
    fn what_only_resembles_an_entry_stays() {
        for code in [
            &[MOV_EAX, MOV_EAX, 1, 0, 0, 0, 0x0f, 0x0b][..],
            &[MOV_EAX, 1, 0, 0, 0, 0x0f],
            &[0x0f, 0x05, 0x0f, 0x05, 0x0f, 0x05, 0x0f, 0x05],
            &[],
        ] {
            let mut patched = code.to_vec();
            assert!(patch(&mut patched).0.iter().all(Option::is_none));
            assert_eq!(patched, code);
        }
    }

    #[test]
    fn the_images_of_every_generation_ring_at_each_entry_and_nowhere_else() {
        for (image, mut code) in Abi::ALL.into_iter().filter_map(of_image) {
            let Entries(entries) = patch(&mut code);
            let found: Vec<_> = (image.code_offset..)
                .zip(entries)
                .filter_map(|(behind, entry)| Some((behind - 7, entry?.number())))
                .collect();
            let sites: Vec<_> =
                image.syscall_sites.iter().map(|site| (site.offset, site.number)).collect();
            assert_eq!(found, sites);
            assert_eq!(code.windows(2).filter(|pair| *pair == SYSCALL).count(), sites.len());
        }
    }

    #[test]
    fn registers_are_shown_with_the_numbers_of_zircon() {
        let mut bytes = mov_eax_and_syscall(7);
        let entries = Arc::new(patch(&mut bytes));
        let code = VdsoCode { base: BASE, len: 7, entries };
        let before = X86_64Registers { rip: BASE + 5, rax: DOORBELL.into(), ..Default::default() };
        let shown = X86_64Registers { rax: 7, ..before };
        assert_eq!(code.shown(before, false), shown);
        assert_eq!(code.hidden(shown), before);
        let in_call = X86_64Registers { rip: BASE + 7, rax: RETRY, ..before };
        assert_eq!(code.shown(before, true), in_call);
        assert_eq!(code.hidden_in_call(in_call), before);
        // Behind the call, elsewhere, and with another number, registers are what they are.
        for other in [
            X86_64Registers { rip: BASE + 7, ..before },
            X86_64Registers { rip: 0x1000, ..before },
            X86_64Registers { rax: 8, ..before },
        ] {
            assert_eq!(code.shown(other, true), other);
            assert_eq!(code.hidden(other), other);
        }
    }
}
