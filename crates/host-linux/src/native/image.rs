//! Images: what files hold, in memfds that nobody can change, for the VMOs of any number of machines.
//!
//! A memfd of an image is sealed before anybody has it. Guests map it privately, so that not even what
//! the host might let one write shows anywhere else.

use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use kernel_sim::{Image, Memory, MemoryUsage, SparsePages};
use rustix::io::Errno;
use zx_abi::{PAGE_SIZE, Result, Status};

use crate::host_error::HostError;
use crate::native::memory::{Memfd, PatchedCode};
use crate::native::share;

/// Has the image in a memfd from now on, if the host has the room: memory of it is not copied then.
/// Takes as long as copying it once.
pub fn prepare(image: &Image) {
    if image.form::<Arc<Form>>().is_none()
        && let Ok(memfd) = Memfd::sealed(
            image.size().next_multiple_of(PAGE_SIZE),
            image.pages(),
            share::has_plenty,
        )
    {
        image.set_form(Arc::new(Form { memfd: Arc::new(memfd), patched: OnceLock::new() }));
    }
}

/// How machines show an image.
#[derive(Debug)]
struct Form {
    memfd: Arc<Memfd>,
    /// Of a vDSO, as soon as a guest runs it.
    patched: OnceLock<PatchedCode>,
}

/// [`Memory`] that shows an image, and cannot be changed.
#[derive(Debug)]
pub struct ImageMemory {
    image: Arc<Image>,
    form: Arc<Form>,
}

impl ImageMemory {
    /// Memory of an image that has been prepared.
    pub fn new(image: &Arc<Image>) -> Option<Self> {
        let form = Arc::clone(image.form()?);
        Some(Self { image: Arc::clone(image), form })
    }

    /// The memory of a machine, if it is one of these.
    pub fn of(memory: &dyn Memory) -> Option<&Self> {
        memory.as_any().downcast_ref()
    }

    /// The memfd that holds the bytes.
    pub fn memfd(&self) -> Arc<Memfd> {
        Arc::clone(&self.form.memfd)
    }

    /// The patched code of the vDSO image that this shows: `offset..offset + len`.
    ///
    /// # Errors
    /// As for [`LinuxMemory::patched_code`](crate::native::memory::LinuxMemory::patched_code).
    pub fn patched_code(&self, offset: u64, len: u64) -> Result<PatchedCode, HostError> {
        let known = self.form.patched.get().filter(|code| code.is(offset, len));
        if let Some(code) = known {
            return Ok(code.clone());
        }
        let read = |code: &mut [u8]| self.read(offset, code);
        let code = PatchedCode::new((offset, len), self.size(), read, |code| {
            let mut pages = SparsePages::default();
            pages.write(0, code).map_err(|_| Errno::NOMEM)?;
            Memfd::sealed(len, &pages, share::leaves_some)
        })?;
        // The first one stays.
        let _ = self.form.patched.set(code.clone());
        Ok(code)
    }
}

impl Memory for ImageMemory {
    fn size(&self) -> u64 {
        self.image.size().next_multiple_of(PAGE_SIZE)
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result {
        self.image.pages().read(offset, buffer);
        Ok(())
    }

    fn write(&self, _offset: u64, _bytes: &[u8]) -> Result {
        Err(Status::ACCESS_DENIED)
    }

    fn zero(&self, _offset: u64, _len: u64) -> Result {
        Err(Status::ACCESS_DENIED)
    }

    fn resize(&self, _size: u64) -> Result {
        Err(Status::ACCESS_DENIED)
    }

    fn copy_to(&self, range: Range<u64>, to: &dyn Memory, at: u64) -> Result {
        // Not the pages themselves: how many share one is told of a VMO, and other kernels are none of a
        // program's business.
        let copied = self.image.pages().share(range.start, range.end - range.start);
        copied.iter().try_for_each(|(offset, page)| to.write(at + offset, page))
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn give_back(&mut self, pages: usize) -> bool {
        Arc::get_mut(&mut self.image).is_some_and(|image| image.give_back(pages))
    }

    fn committed(&self) -> u64 {
        self.image.pages().committed()
    }

    fn next_committed(&self, offset: u64) -> Option<Range<u64>> {
        self.image.pages().next_committed(offset)
    }

    fn first_committed(&self, offset: u64) -> Option<u64> {
        self.image.pages().first_committed(offset)
    }

    fn usage(&self, range: Range<u64>) -> MemoryUsage {
        // As of a VMO with a memfd of its own, whoever else shows the image.
        MemoryUsage::private(self.image.pages().usage(range).committed)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use kernel_sim::{Machine, SparsePages};
    use rustix::fs::{SealFlags, fcntl_get_seals};

    use super::*;
    use crate::native::LinuxMachine;
    use crate::native::memory::LinuxMemory;

    fn image() -> Arc<Image> {
        let mut pages = SparsePages::default();
        pages.write(PAGE_SIZE, b"fixed").unwrap();
        Arc::new(Image::new(3 * PAGE_SIZE - 1, pages).unwrap())
    }

    fn text(memory: &dyn Memory, offset: u64) -> [u8; 5] {
        let mut text = [0xaa; 5];
        memory.read(offset, &mut text).unwrap();
        text
    }

    #[test]
    fn machines_show_one_memfd_which_nobody_can_change() {
        let image = image();
        prepare(&image);
        let memories = [(); 2].map(|()| LinuxMachine::new().image_memory(&image).unwrap());
        let [one, other] = memories.each_ref().map(|it| ImageMemory::of(&**it).unwrap().memfd());
        assert!(Arc::ptr_eq(&one, &other));
        let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        assert!(fcntl_get_seals(one.descriptor()).unwrap().contains(seals));
        assert!(!one.resize(0) && rustix::io::pwrite(one.descriptor(), b"!", 0).is_err());
        for memory in memories {
            assert_eq!(memory.write(PAGE_SIZE, b"other"), Err(Status::ACCESS_DENIED));
            assert_eq!(memory.zero(0, 3 * PAGE_SIZE), Err(Status::ACCESS_DENIED));
            assert_eq!(memory.resize(0), Err(Status::ACCESS_DENIED));
            assert_eq!((memory.size(), memory.committed()), (3 * PAGE_SIZE, PAGE_SIZE));
            assert_eq!(memory.usage(0..3 * PAGE_SIZE).private, PAGE_SIZE);
            assert_eq!(text(&*memory, PAGE_SIZE), *b"fixed");
        }
    }

    #[test]
    fn what_nobody_shows_any_more_is_given_back_in_pieces() {
        let mut pages = SparsePages::default();
        (0..5).for_each(|page| pages.write(2 * page * PAGE_SIZE, b"fixed").unwrap());
        let image = Arc::new(Image::new(16 * PAGE_SIZE, pages).unwrap());
        prepare(&image);
        let show = || LinuxMachine::new().image_memory(&image).unwrap();
        let (mut one, mut other) = (show(), show());
        drop(image);
        // There is another memory of it.
        assert!(!Arc::get_mut(&mut one).unwrap().give_back(2));
        assert_eq!(text(&*one, 8 * PAGE_SIZE), *b"fixed");
        drop(one);
        let other = Arc::get_mut(&mut other).unwrap();
        for left in [3, 1, 0] {
            assert_eq!(other.give_back(2), left > 0);
            assert_eq!(other.committed(), left * PAGE_SIZE);
        }
    }

    #[test]
    fn a_copy_is_its_own() {
        let image = image();
        prepare(&image);
        let memory = LinuxMachine::new().image_memory(&image).unwrap();
        for is_mapped in [false, true] {
            let copy = LinuxMemory::new(2 * PAGE_SIZE, Arc::new(AtomicUsize::new(0)));
            if is_mapped {
                copy.memfd().unwrap();
            }
            memory.copy_to(PAGE_SIZE..3 * PAGE_SIZE, &copy, 0).unwrap();
            copy.write(0, b"other").unwrap();
            assert_eq!((text(&copy, 0), text(&*memory, PAGE_SIZE)), (*b"other", *b"fixed"));
        }
    }

    #[test]
    fn patched_code_of_an_image_is_made_once_and_sealed() {
        let mut code = [0xcc; PAGE_SIZE as usize];
        code[..7].copy_from_slice(&[0xb8, 1, 0, 0, 0, 0x0f, 0x05]);
        let mut pages = SparsePages::default();
        pages.write(PAGE_SIZE, &code).unwrap();
        let image = Arc::new(Image::new(2 * PAGE_SIZE, pages).unwrap());
        prepare(&image);
        let patched = [(); 2].map(|()| {
            let memory = LinuxMachine::new().image_memory(&image).unwrap();
            let image = ImageMemory::of(&*memory).unwrap();
            assert!(image.patched_code(PAGE_SIZE, 2 * PAGE_SIZE).is_err());
            image.patched_code(PAGE_SIZE, PAGE_SIZE).unwrap()
        });
        let [one, other] = patched.each_ref().map(|code| &code.memfd);
        assert!(Arc::ptr_eq(one, other) && one.is_sealed());
        let mut shown = [0; 7];
        rustix::io::pread(one.descriptor(), &mut shown[..], 0).unwrap();
        assert_eq!((shown[0], shown == code[..7]), (0xb8, false));
        let mut original = [0; PAGE_SIZE as usize];
        image.pages().read(PAGE_SIZE, &mut original);
        assert_eq!(original, code);
    }

    #[test]
    fn an_image_that_is_not_prepared_is_copied() {
        let image = image();
        let memory = LinuxMachine::new().image_memory(&image).unwrap();
        assert!(!memory.is_fixed());
        memory.write(PAGE_SIZE, b"other").unwrap();
        assert_eq!(text(&*LinuxMachine::new().image_memory(&image).unwrap(), PAGE_SIZE), *b"fixed");
    }
}
