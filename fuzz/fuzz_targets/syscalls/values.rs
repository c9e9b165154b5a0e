//! Arguments of calls, and records in memory.

use kernel_sim::Koid;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use zx_abi::{INFO_TOPICS, JOB_POLICY_TOPICS, Meaning, PAGE_SIZE, PROPERTIES, VmOptions};

use super::Run;
use super::support::WRITABLE;

/// Numbers around which rules change.
const NUMBERS: [u64; 24] = [
    0,
    u64::MAX,
    1 << 31,
    1 << 63,
    i64::MAX as u64,
    u32::MAX as u64,
    PAGE_SIZE - 1,
    PAGE_SIZE,
    PAGE_SIZE + 1,
    2 * PAGE_SIZE,
    3 * PAGE_SIZE,
    16 * PAGE_SIZE,
    64 * PAGE_SIZE,
    1 << 16,
    1 << 20,
    1 << 24,
    1 << 30,
    1 << 32,
    1 << 40,
    1 << 47,
    1 << 48,
    (1 << 47) - PAGE_SIZE,
    0u64.wrapping_sub(PAGE_SIZE),
    0x20_0000,
];

/// A member of a record.
#[derive(Clone, Copy)]
enum Member {
    Handle,
    Word,
    Long,
    Pointer,
}

use Member::{Handle, Long, Pointer, Word};

/// Records that calls read.
const RECORDS: [&[Member]; 12] = [
    // A buffer of a vector.
    &[Pointer, Long],
    // A piece of a message.
    &[Pointer, Word, Word],
    // What is waited for.
    &[Handle, Word, Word],
    // A handle that is sent.
    &[Word, Handle, Word, Word, Word],
    // A call by a channel.
    &[Pointer, Pointer, Pointer, Pointer, Word, Word, Word, Word],
    // A region of an IOBuffer, private or shared.
    &[Word, Word, Long, Long, Long, Long, Long, Long, Long, Long, Long, Long, Word, Word, Long],
    &[Word, Word, Long, Long, Long, Long, Long, Long, Long, Long, Long, Long, Word, Handle, Long],
    // A policy.
    &[Word, Word],
    &[Word, Word, Word],
    // A profile, a packet, registers, details of a clock.
    &[Word, Word, Long, Long, Long, Long],
    &[Long, Word, Word, Long, Long, Long, Long],
    &[Long, Long, Long, Long, Long, Long, Long, Long],
];

impl Run<'_> {
    /// Writes a few records of a kind to the memory of a guest.
    pub(super) fn record(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let index = usize::from(input.arbitrary::<bool>()?);
        let members = RECORDS[usize::from(input.arbitrary::<u8>()?) % RECORDS.len()];
        let process = self.known[index].guest.koid;
        let mut at = 16 * u64::from(input.arbitrary::<u8>()?);
        for _ in 0..=input.arbitrary::<u8>()? % 4 {
            for member in members {
                let (value, size) = match member {
                    Handle => (self.handle(input, process)?, 4),
                    Word => (self.number(input)?, 4),
                    Long => (self.sensible(input, Meaning::Size)?, 8),
                    Pointer => (self.pointer(input, process)?, 8),
                };
                self.poke(index, at, &value.to_le_bytes()[..size]);
                at += size as u64;
            }
        }
        Ok(())
    }

    pub(super) fn handle(&self, input: &mut Unstructured<'_>, process: Koid) -> Result<u64> {
        let index = usize::from(input.arbitrary::<u8>()?);
        let handles = self.handles.get(&process).map(Vec::as_slice).unwrap_or_default();
        match handles.get(index % (handles.len() + 1)) {
            Some(handle) => Ok(*handle),
            None => Ok(input.arbitrary::<u32>()?.into()),
        }
    }

    pub(super) fn number(&self, input: &mut Unstructured<'_>) -> Result<u64> {
        match input.arbitrary::<u8>()? {
            small @ 0..128 => Ok(small.into()),
            flag @ 128..160 => Ok(1 << (flag - 128)),
            place @ 160..176 => Ok(self.places[usize::from(place) % self.places.len()]),
            relative @ 176..184 => {
                Ok(NUMBERS[usize::from(relative) % 8].wrapping_add(self.world.now() as u64))
            }
            edge @ 184..232 => Ok(NUMBERS[usize::from(edge - 184) % NUMBERS.len()]),
            232..244 => Ok(input.arbitrary::<u16>()?.into()),
            _ => input.arbitrary(),
        }
    }

    /// A number that means something as what it is.
    pub(super) fn sensible(&self, input: &mut Unstructured<'_>, meaning: Meaning) -> Result<u64> {
        let choice = input.arbitrary::<u8>()?;
        if choice >= 224 {
            return self.number(input);
        }
        let index = usize::from(choice);
        let named = |all: &[(&str, u32)]| u64::from(all[index % all.len()].1);
        Ok(match meaning {
            Meaning::InfoTopic => named(INFO_TOPICS),
            Meaning::Property => named(PROPERTIES),
            Meaning::PolicyTopic => named(JOB_POLICY_TOPICS),
            Meaning::VmOptions => {
                let readable = VmOptions::PERM_READ;
                let options = [
                    readable,
                    readable | VmOptions::PERM_WRITE,
                    readable | VmOptions::PERM_EXECUTE,
                    VmOptions::empty(),
                ];
                // With one option besides, or none.
                let more = u32::from(choice) / 4 % 24;
                u64::from((options[index % 4].bits()) | if more < 22 { 1 << more } else { 0 })
            }
            Meaning::Rights | Meaning::Signals => input.arbitrary::<u32>()?.into(),
            Meaning::Address => self.place(input)?,
            Meaning::Offset | Meaning::Size => u64::from(choice % 32) * PAGE_SIZE / 2,
            Meaning::Deadline | Meaning::Instant => {
                (self.world.now() as u64).wrapping_add(1 << (choice % 40))
            }
            Meaning::RawVmoOp | Meaning::RawVmarOp | Meaning::RawPagerOp => u64::from(choice % 24),
            _ => choice.into(),
        })
    }

    /// An address in or behind a mapping.
    pub(super) fn place(&self, input: &mut Unstructured<'_>) -> Result<u64> {
        let place = self.places[usize::from(input.arbitrary::<u8>()?) % self.places.len()];
        Ok(place.wrapping_add(u64::from(input.arbitrary::<u8>()? % 32) * PAGE_SIZE / 2))
    }

    pub(super) fn offset(&self, input: &mut Unstructured<'_>) -> Result<u64> {
        Ok(8 * (u64::from(input.arbitrary::<u16>()?) % (WRITABLE / 8 - 8)))
    }

    pub(super) fn pointer(&self, input: &mut Unstructured<'_>, process: Koid) -> Result<u64> {
        let known = self.known.iter().find(|it| it.guest.koid == process);
        let guest = known.unwrap_or(&self.known[0]).guest;
        match input.arbitrary::<u8>()? {
            word @ 0..192 => Ok(guest.at(16 * u64::from(word))),
            192..208 => Ok(guest.at(self.offset(input)?)),
            208..220 => self.place(input),
            220..226 => Ok(guest.read_only()),
            226..232 => Ok(guest.unmapped() - 8),
            232..240 => Ok(0),
            _ => self.number(input),
        }
    }
}
