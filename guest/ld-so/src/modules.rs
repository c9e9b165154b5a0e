//! The images of a process, in the order in which they came. None ever goes, so that who looks at
//! them takes no lock: an image is complete before it is counted.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::elf::{STB_WEAK, Symbol};
use crate::error::ObjectError;
use crate::module::Module;
use crate::symbols::Name;

/// Images in a process, at most.
pub const MAX_MODULES: usize = 256;

/// The indices of what is there before the program, and of the program.
pub const LINKER: usize = 0;
pub const PROGRAM: usize = 2;

/// All images.
pub struct Modules {
    /// As many of them are there as are counted.
    modules: [UnsafeCell<MaybeUninit<Module>>; MAX_MODULES],
    /// Whose symbols every image is bound to.
    global: [AtomicBool; MAX_MODULES],
    count: AtomicUsize,
}

// SAFETY: an image that is counted does not change, and one that is not is its `Staging`'s.
unsafe impl Sync for Modules {}

impl Modules {
    pub const fn new() -> Self {
        Self {
            modules: [const { UnsafeCell::new(MaybeUninit::uninit()) }; MAX_MODULES],
            global: [const { AtomicBool::new(false) }; MAX_MODULES],
            count: AtomicUsize::new(0),
        }
    }

    /// The images that there are.
    pub fn view(&self) -> View<'_> {
        View { modules: self, count: self.count.load(Ordering::Acquire) }
    }

    /// Adds images, which nobody else sees until they are published.
    ///
    /// # Safety
    /// Nobody else does so meanwhile.
    pub unsafe fn stage(&self) -> Staging<'_> {
        let View { count, .. } = self.view();
        Staging { modules: self, first: count, count }
    }

    /// Lets all images be bound to the symbols of this one from now on.
    pub fn set_global(&self, index: usize) {
        if let Some(global) = self.global.get(index) {
            global.store(true, Ordering::Relaxed);
        }
    }
}

/// Images that are loaded, but not to be seen by others yet.
pub struct Staging<'a> {
    modules: &'a Modules,
    first: usize,
    count: usize,
}

impl<'a> Staging<'a> {
    /// Adds an image and returns its index.
    pub fn push(&mut self, module: Module) -> Result<usize, ObjectError> {
        let place = self.modules.modules.get(self.count);
        let place = place.ok_or(ObjectError::Bad("one library too many"))?;
        // SAFETY: it is not counted, so that nobody looks at it; what borrows this ends before.
        unsafe { (*place.get()).write(module) };
        self.count += 1;
        Ok(self.count - 1)
    }

    /// The indices of the new images.
    pub fn range(&self) -> Range<usize> {
        self.first..self.count
    }

    /// All images, the new ones among them.
    pub fn view(&self) -> View<'_> {
        View { modules: self.modules, count: self.count }
    }

    /// A new image.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Module> {
        if !self.range().contains(&index) {
            return None;
        }
        // SAFETY: as in `push`, which has written it.
        Some(unsafe { (*self.modules.modules.get(index)?.get()).assume_init_mut() })
    }

    /// Lets everybody see the new images.
    pub fn publish(self) -> View<'a> {
        self.modules.count.store(self.count, Ordering::Release);
        self.modules.view()
    }
}

/// The images that there were at some time.
#[derive(Clone, Copy)]
pub struct View<'a> {
    modules: &'a Modules,
    count: usize,
}

impl<'a> View<'a> {
    pub fn get(&self, index: usize) -> Option<&'a Module> {
        if index >= self.count {
            return None;
        }
        // SAFETY: it has been written, and does not change any more, or only while its `Staging` is
        // not borrowed.
        Some(unsafe { (*self.modules.modules.get(index)?.get()).assume_init_ref() })
    }

    /// The indices of what was loaded: the program and its libraries, breadth first, and what came
    /// later.
    pub fn loaded(&self) -> Range<usize> {
        PROGRAM..self.count.max(PROGRAM)
    }

    /// The indices of all images, the program first, and last the linker and the vDSO.
    pub fn all(&self) -> impl Iterator<Item = usize> + use<> {
        self.loaded().chain(0..PROGRAM.min(self.count))
    }

    fn is_global(&self, index: usize) -> bool {
        self.modules.global.get(index).is_some_and(|global| global.load(Ordering::Relaxed))
    }

    /// The index of the image of this name: what was asked for by it, or calls itself so.
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        (0..self.count).find(|&index| {
            self.get(index)
                .is_some_and(|module| module.name == name || module.soname() == Some(name))
        })
    }

    /// The index of the image at an address.
    pub fn find_address(&self, address: u64) -> Option<usize> {
        (0..self.count)
            .find(|&index| self.get(index).is_some_and(|module| module.contains(address)))
    }

    /// The indices of what an image needs.
    pub fn needed_by(self, index: usize) -> impl Iterator<Item = usize> {
        let names = self.get(index).into_iter().flat_map(Module::needed);
        names.filter_map(move |name| self.find(name))
    }

    /// Calls `act` with an image and what it needs, each once and before what it needs itself,
    /// until that returns something. Recursion ends with the number of images.
    pub fn walk<R>(
        self,
        index: usize,
        seen: &mut Seen,
        act: &mut dyn FnMut(usize, &'a Module) -> Option<R>,
    ) -> Option<R> {
        if !seen.insert(index) {
            return None;
        }
        let found = act(index, self.get(index)?);
        found.or_else(|| self.needed_by(index).find_map(|needed| self.walk(needed, seen, act)))
    }

    /// An image and all that it needs.
    pub fn group(self, index: usize) -> Seen {
        let mut seen = Seen::new();
        self.walk(index, &mut seen, &mut |_, _| None::<()>);
        seen
    }

    /// Who defines a name for an image of a group, and how: the first global definition, else the
    /// first weak one, in what everybody is bound to and in the group.
    pub fn lookup(&self, name: &Name<'_>, group: &Seen) -> Option<(usize, Symbol)> {
        let is_searched =
            |index: &usize| *index < PROGRAM || self.is_global(*index) || group.contains(*index);
        self.lookup_in(name, self.all().filter(is_searched))
    }

    /// As [`View::lookup`] for an image of no group, in what comes after an image.
    pub fn lookup_after(&self, name: &Name<'_>, after: usize) -> Option<(usize, Symbol)> {
        let mut order = self.all();
        let _ = order.find(|&index| index == after);
        self.lookup_in(name, order.filter(|&index| index < PROGRAM || self.is_global(index)))
    }

    fn lookup_in(
        &self,
        name: &Name<'_>,
        order: impl Iterator<Item = usize>,
    ) -> Option<(usize, Symbol)> {
        let mut weak = None;
        for index in order {
            let Some(symbol) = self.get(index).and_then(|module| module.lookup(name)) else {
                continue;
            };
            if symbol.binding() != STB_WEAK {
                return Some((index, symbol));
            }
            weak = weak.or(Some((index, symbol)));
        }
        weak
    }
}

/// A set of images, by their indices.
pub struct Seen([u64; MAX_MODULES / u64::BITS as usize]);

impl Seen {
    pub const fn new() -> Self {
        Self([0; MAX_MODULES / u64::BITS as usize])
    }

    pub fn contains(&self, index: usize) -> bool {
        let word = self.0.get(index / u64::BITS as usize);
        word.is_some_and(|word| word >> (index % u64::BITS as usize) & 1 == 1)
    }

    /// Adds one; false if it is there already, or cannot be.
    pub fn insert(&mut self, index: usize) -> bool {
        let bit = 1 << (index % u64::BITS as usize);
        match self.0.get_mut(index / u64::BITS as usize) {
            Some(word) if *word & bit == 0 => {
                *word |= bit;
                true
            }
            _ => false,
        }
    }
}
