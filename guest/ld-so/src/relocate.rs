//! Relocation: writing into an image the addresses that its file could not know
//! (x86-64 psABI, "Relocation Types").

use crate::elf::{STB_WEAK, Symbol};
use crate::error::{Error, ObjectError};
use crate::late_tls;
use crate::module::{Module, Table};
use crate::modules::{Seen, View};
use crate::symbols::Name;
use crate::tls;

const R_X86_64_NONE: u32 = 0;
const R_X86_64_64: u32 = 1;
const R_X86_64_GLOB_DAT: u32 = 6;
const R_X86_64_JUMP_SLOT: u32 = 7;
const R_X86_64_RELATIVE: u32 = 8;
const R_X86_64_DTPMOD64: u32 = 16;
const R_X86_64_DTPOFF64: u32 = 17;
const R_X86_64_TPOFF64: u32 = 18;
const R_X86_64_TLSDESC: u32 = 36;

const BAD: ObjectError = ObjectError::Bad("relocations outside of it");

/// What an image is bound to, and who hears of what it is not bound to.
pub struct Scope<'a, 'b> {
    pub modules: View<'a>,
    pub group: &'b Seen,
    /// Is told of each symbol that no image defines.
    pub missing: &'b mut dyn FnMut(&Error<'_>),
}

/// Relocates the image at `index`, and returns how many of its symbols no image defines.
pub fn relocate(scope: &mut Scope<'_, '_>, index: usize) -> Result<usize, ObjectError> {
    let Some(module) = scope.modules.get(index) else { return Ok(0) };
    let dynamic = &module.dynamic;
    relative(module, dynamic.relr)?;
    let mut relocator = Relocator { scope, index, module, missing: 0 };
    relocator.table(dynamic.rel, false)?;
    relocator.table(dynamic.rela, true)?;
    relocator.table(dynamic.jmprel, dynamic.jmprel_is_rela)?;
    Ok(relocator.missing)
}

/// DT_RELR: words to add the bias to. An even entry is the address of one; an odd entry is a map
/// of which of the 63 words that follow are others.
fn relative(module: &Module, table: Table) -> Result<(), ObjectError> {
    let image = &module.image;
    let rebase = |place: u64| {
        let value: u64 = image.read(place)?;
        image.write(place, value.wrapping_add(image.bias))
    };
    let mut next = 0_u64;
    for index in 0..table.size / 8 {
        let entry: u64 = image.read_at(table.address, index).ok_or(BAD)?;
        if entry & 1 == 0 {
            rebase(entry).ok_or(BAD)?;
            next = entry.wrapping_add(8);
            continue;
        }
        for bit in (0..63).filter(|bit| entry >> (bit + 1) & 1 == 1) {
            rebase(next.wrapping_add(8 * bit)).ok_or(BAD)?;
        }
        next = next.wrapping_add(8 * 63);
    }
    Ok(())
}

/// What a relocation's symbol is bound to.
struct Binding<'a> {
    index: usize,
    module: &'a Module,
    value: u64,
}

impl Binding<'_> {
    fn address(&self) -> u64 {
        self.module.image.bias.wrapping_add(self.value)
    }
}

struct Relocator<'a, 'b, 'c> {
    scope: &'c mut Scope<'a, 'b>,
    index: usize,
    module: &'a Module,
    missing: usize,
}

impl<'a> Relocator<'a, '_, '_> {
    /// DT_RELA, DT_REL and DT_JMPREL: places, types and symbols. Without addends in the table,
    /// they are in the places.
    fn table(&mut self, table: Table, has_addends: bool) -> Result<(), ObjectError> {
        let image = &self.module.image;
        let words = if has_addends { 3 } else { 2 };
        for entry in 0..table.size / (8 * words) {
            let word = |index| image.read_at(table.address, entry * words + index).ok_or(BAD);
            let (place, info): (u64, u64) = (word(0)?, word(1)?);
            let (kind, symbol) = (info as u32, (info >> 32) as u32);
            let addend = if has_addends {
                word(2)?
            } else {
                // A descriptor's first word is the function, its second one what depends on it.
                let skipped = if kind == R_X86_64_TLSDESC { 8 } else { 0 };
                image.read(place.wrapping_add(skipped)).ok_or(BAD)?
            };
            self.apply(place, kind, symbol, addend)?;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        place: u64,
        kind: u32,
        symbol: u32,
        addend: u64,
    ) -> Result<(), ObjectError> {
        let image = &self.module.image;
        let write = |value| image.write(place, value).ok_or(BAD);
        match kind {
            R_X86_64_NONE => return Ok(()),
            R_X86_64_RELATIVE => return write(image.bias.wrapping_add(addend)),
            _ => {}
        }
        let binding = self.bind(symbol)?;
        let binding = binding.as_ref();
        let address = binding.map_or(0, Binding::address);
        let value = binding.map_or(0, |binding| binding.value).wrapping_add(addend);
        let index = binding.map_or(self.index, |binding| binding.index);
        // Where a variable is, from the thread pointer; none if that is not known yet. That of a
        // weak symbol which nobody defines is of no use.
        let tls = binding.and_then(|binding| binding.module.tls);
        let from_pointer = match tls {
            Some(tls) => tls.offset.map(|offset| value.wrapping_sub(offset)),
            None => Some(value),
        };
        match kind {
            R_X86_64_64 => write(address.wrapping_add(addend)),
            R_X86_64_GLOB_DAT | R_X86_64_JUMP_SLOT => write(address),
            R_X86_64_DTPMOD64 => write(index as u64),
            R_X86_64_DTPOFF64 => write(value),
            R_X86_64_TPOFF64 => write(from_pointer.ok_or(ObjectError::StaticTls)?),
            R_X86_64_TLSDESC => {
                let (resolver, argument) = match from_pointer {
                    Some(offset) => (tls::static_resolver(), offset),
                    None => (late_tls::resolver(), late_tls::argument(index, value).ok_or(BAD)?),
                };
                write(resolver)?;
                image.write(place.checked_add(8).ok_or(BAD)?, argument).ok_or(BAD)
            }
            kind => Err(ObjectError::Relocation(kind)),
        }
    }

    /// Binds the symbol at an index of this image. A weak one that no image defines is bound to 0.
    fn bind(&mut self, index: u32) -> Result<Option<Binding<'a>>, ObjectError> {
        let own = |symbol: &Symbol| Binding {
            index: self.index,
            module: self.module,
            value: symbol.value,
        };
        let table = &self.module.dynamic.symbols;
        let symbol = table.symbol(&self.module.image, index).ok_or(BAD)?;
        // Index 0 and local symbols mean this image.
        if symbol.binding() == 0 {
            return Ok(Some(own(&symbol)));
        }
        let name = table.string(&self.module.image, symbol.name.into()).ok_or(BAD)?;
        let Scope { modules, group, missing } = &mut *self.scope;
        if let Some((index, found)) = modules.lookup(&Name::new(name), group)
            && let Some(module) = modules.get(index)
        {
            return Ok(Some(Binding { index, module, value: found.value }));
        }
        if symbol.binding() != STB_WEAK {
            self.missing += 1;
            missing(&Error::Symbol { object: self.module.name, name });
        }
        Ok(None)
    }
}
