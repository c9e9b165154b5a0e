//! The bytes of a VMO: on the heap until a guest maps them, then in a memfd of their own. They move
//! there page by page, so that nobody waits long who wants some of them meanwhile.
//!
//! Each VMO has a memfd of its own: a mapping that a guest still has cannot show it the memory of
//! another VMO. Those of an image share one, which nobody can change (`image.rs` beside this).

use std::any::Any;
use std::io::IoSlice;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel_sim::{Memory, MemoryUsage, SparsePages, zeroed};
use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags, SeekFrom, fcntl_add_seals};
use rustix::io::{Errno, retry_on_intr};
use zx_abi::{PAGE_SIZE, Result, Status};

use crate::host_error::{HostError, Step};
use crate::native::share;
use crate::native::vdso_code::{self, Entries};

/// Pages that are moved into a memfd at a time.
const MOVED: usize = 256;

/// Bytes of the greatest memfd: offsets in files are signed. What a VMO has beyond them stays on the
/// heap, and cannot be mapped.
const MAX_FILE: u64 = i64::MAX as u64 - (PAGE_SIZE - 1);

/// The code segment of a vDSO is a few pages.
const MAX_CODE_LEN: u64 = 1 << 24;

/// [`Memory`] that guests can map.
#[derive(Debug)]
pub struct LinuxMemory {
    /// Changes under the lock only, and is read without.
    size: AtomicU64,
    inner: Mutex<Inner>,
    memfds: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Inner {
    bytes: Bytes,
    patched: Option<PatchedCode>,
}

/// The code of a vDSO image as guests run it.
#[derive(Clone, Debug)]
pub struct PatchedCode {
    offset: u64,
    len: u64,
    pub memfd: Arc<Memfd>,
    pub entries: Arc<Entries>,
}

impl PatchedCode {
    /// That of an image of `size` bytes: `len` of them from `offset` on, which `read` gets.
    ///
    /// # Errors
    /// If that is no code; what the host refuses.
    pub fn new(
        (offset, len): (u64, u64),
        size: u64,
        read: impl FnOnce(&mut [u8]) -> Result,
        keep: impl FnOnce(&[u8]) -> rustix::io::Result<Memfd>,
    ) -> Result<Self, HostError> {
        const UNFIT: HostError = HostError::Lacking { step: Step::Mapping };
        let end = offset.checked_add(len).filter(|end| *end <= size && len <= MAX_CODE_LEN);
        end.ok_or(UNFIT)?;
        let mut code = zeroed(len as usize).map_err(|_| refused(Errno::NOMEM))?;
        read(&mut code).map_err(|_| refused(Errno::IO))?;
        let entries = Arc::new(vdso_code::patch(&mut code));
        let memfd = Arc::new(keep(&code).map_err(refused)?);
        Ok(Self { offset, len, memfd, entries })
    }

    /// Whether it is of this part of the image.
    pub fn is(&self, offset: u64, len: u64) -> bool {
        (self.offset, self.len) == (offset, len)
    }
}

/// Where the bytes are. A page on the heap counts before the one in the file.
#[derive(Debug)]
struct Bytes {
    heap: SparsePages,
    /// Made when a guest maps the memory; then the heap gets no more pages.
    file: Option<Arc<Memfd>>,
}

impl Bytes {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result {
        let Some(memfd) = &self.file else {
            self.heap.read(offset, buffer);
            return Ok(());
        };
        let in_file = MAX_FILE.saturating_sub(offset).min(buffer.len() as u64) as usize;
        let (in_file, beyond) = buffer.split_at_mut(in_file);
        read_file(&memfd.descriptor, offset, in_file)?;
        beyond.fill(0);
        if !self.heap.is_empty() {
            self.heap.read_committed(offset, buffer);
        }
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result {
        match &self.file {
            None => self.heap.write(offset, bytes)?,
            Some(memfd) if self.heap.is_empty() && offset + bytes.len() as u64 <= MAX_FILE => {
                write_file(&memfd.descriptor, offset, bytes).map_err(status)?;
            }
            Some(memfd) => {
                for rest in self.heap.write_committed(offset, bytes)? {
                    let at = offset + rest.start as u64;
                    let in_file = MAX_FILE.saturating_sub(at).min(rest.len() as u64) as usize;
                    let (in_file, beyond) = bytes[rest].split_at(in_file);
                    write_file(&memfd.descriptor, at, in_file).map_err(status)?;
                    self.heap.write(at.max(MAX_FILE), beyond)?;
                }
            }
        }
        Ok(())
    }
}

/// A memfd, counted.
#[derive(Debug)]
pub struct Memfd {
    descriptor: OwnedFd,
    count: Arc<AtomicUsize>,
    /// A guest that cannot be ended may still show it.
    is_abandoned: AtomicBool,
    /// Nobody can change it.
    is_sealed: bool,
}

impl Memfd {
    pub fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }

    /// Gives it another size. Whether Linux has done so.
    pub fn resize(&self, size: u64) -> bool {
        rustix::fs::ftruncate(&self.descriptor, size).is_ok()
    }

    /// Bytes of it that are in memory; as many as can be if Linux does not say.
    pub fn in_memory(&self) -> u64 {
        const BLOCK: u64 = 512;
        let stat = rustix::fs::fstat(&self.descriptor);
        stat.map_or(u64::MAX, |stat| (stat.st_blocks as u64).saturating_mul(BLOCK))
    }

    /// Has it emptied once nobody has it any more: whoever still shows it faults from then on.
    pub fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }

    /// Whether nobody can change it.
    pub fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    fn new(size: u64, count: &Arc<AtomicUsize>) -> rustix::io::Result<Self> {
        let descriptor = create()?;
        if !share::allows(&descriptor, count.load(Ordering::Relaxed)) {
            return Err(Errno::MFILE);
        }
        count.fetch_add(1, Ordering::Relaxed);
        let (is_abandoned, is_sealed) = (AtomicBool::new(false), false);
        let memfd = Self { descriptor, count: Arc::clone(count), is_abandoned, is_sealed };
        rustix::fs::ftruncate(&memfd.descriptor, size.min(MAX_FILE))?;
        Ok(memfd)
    }

    /// One of no machine's, which holds these pages for good.
    ///
    /// # Errors
    /// MFILE where its descriptor is not allowed; what the host refuses.
    pub fn sealed(
        size: u64,
        pages: &SparsePages,
        allows: impl FnOnce(&OwnedFd) -> bool,
    ) -> rustix::io::Result<Self> {
        let descriptor = create()?;
        if !allows(&descriptor) {
            return Err(Errno::MFILE);
        }
        rustix::fs::ftruncate(&descriptor, size)?;
        write_pages(&descriptor, 0, pages)?;
        let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        fcntl_add_seals(&descriptor, seals)?;
        let (count, is_abandoned) = (Arc::new(AtomicUsize::new(1)), AtomicBool::new(false));
        Ok(Self { descriptor, count, is_abandoned, is_sealed: true })
    }
}

fn create() -> rustix::io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let name = c"zircon-vmo";
    match rustix::fs::memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
        // Before Linux 6.3.
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, flags),
        other => other,
    }
}

impl Drop for Memfd {
    fn drop(&mut self) {
        if *self.is_abandoned.get_mut() {
            self.resize(0);
        }
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl LinuxMemory {
    /// Zeroed memory of `size` bytes. `memfds` counts those that exist.
    pub fn new(size: u64, memfds: Arc<AtomicUsize>) -> Self {
        let bytes = Bytes { heap: SparsePages::default(), file: None };
        let inner = Mutex::new(Inner { bytes, patched: None });
        Self { size: AtomicU64::new(size), inner, memfds }
    }

    /// The memory of a machine, if it is one of these.
    pub fn of(memory: &dyn Memory) -> Option<&Self> {
        memory.as_any().downcast_ref()
    }

    /// The memfd that holds the bytes from now on.
    ///
    /// # Errors
    /// If the host has no room or no descriptor left.
    pub fn memfd(&self) -> Result<Arc<Memfd>, HostError> {
        loop {
            if let Some(memfd) = self.move_some()? {
                return Ok(memfd);
            }
        }
    }

    /// Pages that are still to be moved when a guest maps the memory.
    pub fn pages_to_move(&self) -> usize {
        let heap = &self.lock().bytes.heap;
        if is_beyond(heap) { 0 } else { heap.len() }
    }

    /// Whether it has neither bytes nor a memfd yet.
    pub fn is_new(&self) -> bool {
        let Bytes { heap, file } = &self.lock().bytes;
        heap.is_empty() && file.is_none()
    }

    /// Takes an empty memfd for its own, if it is new. Whether it has.
    pub fn adopt(&self, memfd: &Arc<Memfd>) -> bool {
        let Bytes { heap, file } = &mut self.lock().bytes;
        let takes = heap.is_empty() && file.is_none() && memfd.resize(self.size());
        if takes {
            *file = Some(Arc::clone(memfd));
        }
        takes
    }

    /// Moves a few pages into the memfd: that, if it holds all.
    ///
    /// # Errors
    /// As [`Self::memfd`].
    pub fn move_some(&self) -> Result<Option<Arc<Memfd>>, HostError> {
        let mut inner = self.lock();
        let memfd = self.file(&mut inner.bytes).map_err(refused)?;
        let heap = &mut inner.bytes.heap;
        if is_beyond(heap) {
            return Ok(Some(memfd));
        }
        let mut pages = heap.take_first(MOVED);
        if self.size() > MAX_FILE {
            heap.put(MAX_FILE, pages.share(MAX_FILE, u64::MAX));
            pages = pages.share(0, MAX_FILE);
        }
        if let Err(errno) = write_pages(&memfd.descriptor, 0, &pages) {
            heap.put(0, pages);
            return Err(refused(errno));
        }
        Ok(is_beyond(heap).then_some(memfd))
    }

    /// The patched code of the vDSO image that this is: `offset..offset + len`. It is made once.
    ///
    /// # Errors
    /// If that is no code; else as for [`Self::memfd`].
    pub fn patched_code(&self, offset: u64, len: u64) -> Result<PatchedCode, HostError> {
        let mut inner = self.lock();
        match &inner.patched {
            Some(code) if code.is(offset, len) => return Ok(code.clone()),
            _ => {}
        }
        let read = |code: &mut [u8]| inner.bytes.read(offset, code);
        let code = PatchedCode::new((offset, len), self.size(), read, |code| {
            let memfd = Memfd::new(len, &self.memfds)?;
            write_file(&memfd.descriptor, 0, code)?;
            Ok(memfd)
        })?;
        Ok(inner.patched.insert(code).clone())
    }

    /// Puts pages where nothing is committed, from `at` on.
    ///
    /// # Errors
    /// NO_MEMORY if the host has no more.
    pub fn put(&self, at: u64, pages: SparsePages) -> Result {
        let Bytes { heap, file } = &mut self.lock().bytes;
        match file {
            Some(memfd) => {
                let in_file = MAX_FILE.saturating_sub(at);
                heap.put(at.max(MAX_FILE), pages.share(in_file, u64::MAX));
                write_pages(&memfd.descriptor, at, &pages.share(0, in_file)).map_err(status)?;
            }
            None => heap.put(at, pages),
        }
        Ok(())
    }

    /// The memfd, made if there is none yet.
    fn file(&self, bytes: &mut Bytes) -> rustix::io::Result<Arc<Memfd>> {
        Ok(match &mut bytes.file {
            Some(memfd) => Arc::clone(memfd),
            none => {
                let memfd = Memfd::new(self.size(), &self.memfds)?;
                Arc::clone(none.insert(Arc::new(memfd)))
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory for LinuxMemory {
    fn size(&self) -> u64 {
        self.size.load(Ordering::SeqCst)
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result {
        self.lock().bytes.read(offset, buffer)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result {
        let mut inner = self.lock();
        if offset.saturating_add(bytes.len() as u64) > self.size() {
            return Err(Status::OUT_OF_RANGE);
        }
        inner.bytes.write(offset, bytes)
    }

    fn zero(&self, offset: u64, len: u64) -> Result {
        let Bytes { heap, file } = &mut self.lock().bytes;
        heap.zero(offset, len)?;
        if let Some(memfd) = file {
            // Whole pages are given back, the rest is cleared.
            let in_file = MAX_FILE.saturating_sub(offset).min(len);
            allocate(&memfd.descriptor, FallocateFlags::PUNCH_HOLE, offset, in_file)?;
        }
        Ok(())
    }

    fn resize(&self, size: u64) -> Result {
        let Bytes { heap, file } = &mut self.lock().bytes;
        heap.truncate(size)?;
        if let Some(memfd) = file {
            rustix::fs::ftruncate(&memfd.descriptor, size.min(MAX_FILE)).map_err(status)?;
        }
        self.size.store(size, Ordering::SeqCst);
        Ok(())
    }

    fn copy_to(&self, range: Range<u64>, to: &dyn Memory, at: u64) -> Result {
        let to = Self::of(to).ok_or(Status::NOT_SUPPORTED)?;
        let inner = self.lock();
        let Bytes { heap, file } = &inner.bytes;
        let mut pages = match file {
            Some(memfd) => {
                let end = range.end.min(MAX_FILE).max(range.start);
                copy_file(&memfd.descriptor, range.start, end)?
            }
            None => SparsePages::default(),
        };
        pages.put(0, heap.share(range.start, range.end - range.start));
        drop(inner);
        to.put(at, pages)
    }

    fn prepare(&self) -> Result {
        self.file(&mut self.lock().bytes).map(|_| ()).map_err(status)
    }

    fn commit(&self, offset: u64, len: u64) -> Result {
        let Bytes { heap, file } = &mut self.lock().bytes;
        match file {
            None => heap.commit(offset..offset.saturating_add(len))?,
            Some(memfd) => {
                let in_file = MAX_FILE.saturating_sub(offset).min(len);
                allocate(&memfd.descriptor, FallocateFlags::empty(), offset, in_file)?;
                heap.commit(offset + in_file..offset + len)?;
            }
        }
        Ok(())
    }

    fn next_committed(&self, offset: u64) -> Option<Range<u64>> {
        let Bytes { heap, file } = &self.lock().bytes;
        // If the host cannot say where data is, it may be anywhere.
        let in_file = file.as_ref().and_then(|memfd| {
            next_data(&memfd.descriptor, offset).unwrap_or(Some(offset..u64::MAX))
        });
        let runs = heap.next_committed(offset).into_iter().chain(in_file);
        runs.min_by_key(|run| run.start)
    }

    fn first_committed(&self, offset: u64) -> Option<u64> {
        let Bytes { heap, file } = &self.lock().bytes;
        // As above.
        let in_file = file
            .as_ref()
            .and_then(|memfd| first_data(&memfd.descriptor, offset).unwrap_or(Some(offset)));
        heap.first_committed(offset).into_iter().chain(in_file).min()
    }

    fn usage(&self, range: Range<u64>) -> MemoryUsage {
        let Bytes { heap, file } = &self.lock().bytes;
        let mut usage = heap.usage(range.clone());
        if let Some(memfd) = file {
            // Page by page: where the data ends may take long to find.
            let mut at = range.start;
            while let Ok(Some(data)) = first_data(&memfd.descriptor, at)
                && data < range.end
            {
                at = (data + 1).next_multiple_of(PAGE_SIZE).min(range.end);
                usage.add(MemoryUsage::private(at - data));
            }
        }
        usage
    }

    fn committed(&self) -> u64 {
        let Bytes { heap, file } = &self.lock().bytes;
        let in_file = file.as_ref().map_or(0, |memfd| {
            rustix::fs::fstat(&memfd.descriptor)
                .map_or(0, |stat| u64::try_from(stat.st_blocks).unwrap_or(0) * 512)
        });
        heap.committed() + in_file
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Whether no page on the heap belongs into a memfd.
fn is_beyond(heap: &SparsePages) -> bool {
    heap.first_committed(0).is_none_or(|first| first >= MAX_FILE)
}

fn status(errno: Errno) -> Status {
    match errno {
        Errno::IO => Status::IO,
        Errno::MFILE | Errno::NFILE => Status::NO_RESOURCES,
        _ => Status::NO_MEMORY,
    }
}

fn refused(errno: Errno) -> HostError {
    Step::Memory.refused(errno)
}

fn read_file(file: &OwnedFd, mut offset: u64, mut buffer: &mut [u8]) -> Result {
    while !buffer.is_empty() {
        match rustix::io::pread(file, &mut *buffer, offset) {
            // The caller stays inside the size; zeros would be right even beyond.
            Ok(0) => {
                buffer.fill(0);
                break;
            }
            Ok(count) => {
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
            Err(Errno::INTR) => {}
            Err(_) => return Err(Status::IO),
        }
    }
    Ok(())
}

fn write_file(file: &OwnedFd, mut offset: u64, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::pwrite(file, bytes, offset) {
            Ok(count) => {
                bytes = &bytes[count..];
                offset += count as u64;
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Takes or gives back the room of a range. Older kernels let a signal interrupt that, and undo it.
fn allocate(file: &OwnedFd, flags: FallocateFlags, offset: u64, len: u64) -> Result {
    if len == 0 {
        return Ok(());
    }
    let flags = flags | FallocateFlags::KEEP_SIZE;
    retry_on_intr(|| rustix::fs::fallocate(file, flags, offset, len)).map_err(status)
}

/// Writes all committed pages from `at` on, adjacent ones together.
fn write_pages(file: &OwnedFd, at: u64, pages: &SparsePages) -> rustix::io::Result<()> {
    // IOV_MAX is 1024.
    const RUN: usize = 512;
    let mut run: Vec<IoSlice<'_>> = Vec::new();
    let mut start = 0;
    for (offset, page) in pages.iter().map(|(offset, page)| (at + offset, page)) {
        if run.len() == RUN || (!run.is_empty() && start + run.len() as u64 * PAGE_SIZE != offset) {
            write_run(file, start, &run)?;
            run.clear();
        }
        if run.is_empty() {
            start = offset;
        }
        run.push(IoSlice::new(page));
    }
    write_run(file, start, &run)
}

fn write_run(file: &OwnedFd, start: u64, run: &[IoSlice<'_>]) -> rustix::io::Result<()> {
    if run.is_empty() {
        return Ok(());
    }
    let written = match rustix::io::pwritev(file, run, start) {
        Err(Errno::INTR) => 0,
        other => other?,
    };
    // What a short write left over, page by page.
    let page = PAGE_SIZE as usize;
    for (index, slice) in run.iter().enumerate().skip(written / page) {
        write_file(file, start + index as u64 * PAGE_SIZE, slice)?;
    }
    Ok(())
}

/// The first run of data that ends after `at`, from there on; the rest is a hole.
fn next_data(file: &OwnedFd, at: u64) -> Result<Option<Range<u64>>> {
    let Some(start) = first_data(file, at)? else { return Ok(None) };
    let end = rustix::fs::seek(file, SeekFrom::Hole(start)).map_err(|_| Status::IO)?;
    Ok(Some(start..end))
}

/// Where the first data is that ends after `at`.
fn first_data(file: &OwnedFd, at: u64) -> Result<Option<u64>> {
    if at >= MAX_FILE {
        return Ok(None);
    }
    match rustix::fs::seek(file, SeekFrom::Data(at)) {
        Ok(start) => Ok(Some(start)),
        Err(Errno::NXIO) => Ok(None),
        Err(_) => Err(Status::IO),
    }
}

/// The pages in `start..end` that are not zero, as seen from `start`.
fn copy_file(file: &OwnedFd, start: u64, end: u64) -> Result<SparsePages> {
    let mut pages = SparsePages::default();
    let mut buffer = zeroed((end - start).min(64 * PAGE_SIZE) as usize)?;
    let mut at = start;
    // Where the data ends may take long to find, and is not needed.
    while let Some(data) = first_data(file, at)?.filter(|data| *data < end) {
        let len = buffer.len().min((end - data) as usize);
        let chunk = &mut buffer[..len];
        read_file(file, data, chunk)?;
        for (index, page) in chunk.chunks(PAGE_SIZE as usize).enumerate() {
            if page.iter().any(|byte| *byte != 0) {
                pages.write(data - start + index as u64 * PAGE_SIZE, page)?;
            }
        }
        at = data + len as u64;
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::interrupt::interrupted;

    const PAGE: usize = PAGE_SIZE as usize;

    fn memory(pages: u64) -> LinuxMemory {
        LinuxMemory::new(pages * PAGE_SIZE, Arc::default())
    }

    fn copy(memory: &LinuxMemory, offset: u64, len: u64) -> LinuxMemory {
        let copy = LinuxMemory::new(len, Arc::default());
        memory.copy_to(offset..offset + len, &copy, 0).unwrap();
        copy
    }

    fn bytes(memory: &dyn Memory) -> Vec<u8> {
        let mut bytes = vec![0xaa; memory.size() as usize];
        memory.read(0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn moving_into_a_memfd_keeps_every_byte_and_every_hole() {
        let memory = memory(2000);
        for page in (0..2000).filter(|page| page % 700 < 600) {
            memory.write(page * PAGE_SIZE + 7, &[page as u8 | 1; 100]).unwrap();
        }
        let (before, committed) = (bytes(&memory), memory.committed());
        memory.memfd().unwrap();
        assert!(bytes(&memory) == before);
        assert_eq!(memory.committed(), committed);
    }

    #[test]
    fn what_no_file_can_hold_stays_on_the_heap() {
        let size = 0u64.wrapping_sub(1 << 17);
        let [still, moved] = [size; 2].map(|size| LinuxMemory::new(size, Arc::default()));
        let last = size - PAGE_SIZE;
        let both = |change: &dyn Fn(&LinuxMemory)| [&still, &moved].into_iter().for_each(change);
        both(&|memory| {
            memory.write(5, b"low").unwrap();
            memory.write(last + 7, b"high").unwrap();
        });
        moved.memfd().unwrap();
        assert_eq!(moved.pages_to_move(), 0);
        both(&|memory| {
            memory.write(MAX_FILE - 3, b"across").unwrap();
            memory.commit(MAX_FILE - PAGE_SIZE, 3 * PAGE_SIZE).unwrap();
            memory.zero(last + 8, PAGE_SIZE - 8).unwrap();
        });
        for at in [0, MAX_FILE - PAGE_SIZE, last] {
            let read = |memory: &LinuxMemory| {
                let mut bytes = vec![0xaa; 2 * PAGE];
                let len = (size - at).min(2 * PAGE_SIZE) as usize;
                memory.read(at, &mut bytes[..len]).unwrap();
                (bytes, memory.usage(at..at + len as u64).committed)
            };
            assert!(read(&still) == read(&moved), "{at:#x}");
        }
        assert_eq!(moved.committed(), still.committed());
        let target = LinuxMemory::new(2 * PAGE_SIZE, Arc::default());
        moved.copy_to(MAX_FILE - PAGE_SIZE..MAX_FILE + PAGE_SIZE, &target, 0).unwrap();
        assert_eq!(&bytes(&target)[PAGE - 3..PAGE + 3], b"across");
        let back = LinuxMemory::new(size, Arc::default());
        back.memfd().unwrap();
        target.copy_to(0..2 * PAGE_SIZE, &back, MAX_FILE - PAGE_SIZE).unwrap();
        let mut found = [0; 6];
        back.read(MAX_FILE - 3, &mut found).unwrap();
        assert_eq!(&found, b"across");
        moved.resize(PAGE_SIZE).unwrap();
        assert_eq!(moved.committed(), PAGE_SIZE);
    }

    #[test]
    fn memory_behaves_the_same_while_it_moves() {
        let (still, moving) = (memory(4096), memory(4096));
        let both = |change: &dyn Fn(&LinuxMemory)| [&still, &moving].into_iter().for_each(change);
        both(&|memory| memory.write(100, &vec![1; 2000 * PAGE]).unwrap());
        let mut step = 0;
        // Ahead of what has moved, where it is just going on, and behind.
        while moving.move_some().unwrap().is_none() {
            step += 1;
            let at = step * MOVED as u64 * PAGE_SIZE;
            both(&|memory| {
                memory.write(at - 5000, &[step as u8; 10_000]).unwrap();
                memory.zero(at + 3 * PAGE_SIZE - 1, 2 * PAGE_SIZE).unwrap();
                memory.write((3000 + 100 * step) * PAGE_SIZE, &[7]).unwrap();
                memory.zero(at / 2 + 1, PAGE_SIZE).unwrap();
            });
            assert!(bytes(&still) == bytes(&moving), "step {step}");
            assert!(bytes(&copy(&still, PAGE_SIZE, at)) == bytes(&copy(&moving, PAGE_SIZE, at)));
            assert_eq!(still.committed(), moving.committed());
            let (mut at, mut found) = (0, 0);
            while let Some(run) = moving.next_committed(at) {
                (at, found) = (run.end, found + run.end - run.start);
            }
            assert_eq!(found, still.committed());
            assert_eq!(still.usage(0..1 << 23).committed, moving.usage(0..1 << 23).committed);
        }
        assert!(step >= 7);
        both(&|memory| memory.resize(1000 * PAGE_SIZE).unwrap());
        assert!(bytes(&still) == bytes(&moving));
    }

    #[test]
    fn a_memfd_behaves_as_the_heap_does() {
        let (heap, file) = (memory(4), memory(4));
        file.memfd().unwrap();
        for memory in [&heap, &file] {
            memory.write(10, &[1; 3 * PAGE]).unwrap();
            memory.zero(PAGE_SIZE - 5, PAGE_SIZE + 10).unwrap();
            memory.zero(3, 0).unwrap();
        }
        assert!(bytes(&heap) == bytes(&file));
        assert_eq!(heap.committed(), file.committed());
        for memory in [&heap, &file] {
            memory.resize(PAGE_SIZE).unwrap();
            memory.resize(4 * PAGE_SIZE).unwrap();
        }
        assert!(bytes(&heap) == bytes(&file));
        assert_eq!(bytes(&file)[PAGE..], vec![0; 3 * PAGE]);
    }

    #[test]
    fn a_snapshot_of_a_memfd_is_a_copy_on_the_heap() {
        let memory = memory(300);
        memory.memfd().unwrap();
        memory.write(PAGE_SIZE, &[1; PAGE]).unwrap();
        memory.write(200 * PAGE_SIZE, &[2; 80 * PAGE]).unwrap();
        let snapshot = copy(&memory, PAGE_SIZE, 299 * PAGE_SIZE);
        memory.write(PAGE_SIZE, &[9; PAGE]).unwrap();
        assert_eq!(snapshot.committed(), 81 * PAGE_SIZE);
        let copy = bytes(&snapshot);
        assert!(copy[..PAGE].iter().all(|byte| *byte == 1));
        assert!(copy[199 * PAGE..279 * PAGE].iter().all(|byte| *byte == 2));
        assert!(copy[PAGE..199 * PAGE].iter().chain(&copy[279 * PAGE..]).all(|byte| *byte == 0));
    }

    #[test]
    fn a_memfd_tells_what_it_takes_up_as_the_heap_does() {
        let (heap, file) = (memory(8), memory(8));
        for memory in [&heap, &file] {
            memory.write(2 * PAGE_SIZE, &[1; PAGE]).unwrap();
            memory.write(5 * PAGE_SIZE, &[1; 2 * PAGE]).unwrap();
        }
        file.memfd().unwrap();
        for offset in (0..8 * PAGE_SIZE).step_by(PAGE / 2) {
            let next = heap.next_committed(offset);
            assert_eq!(file.next_committed(offset), next, "{offset:#x}");
            for memory in [&heap, &file] {
                let first = memory.first_committed(offset);
                assert_eq!(first, next.as_ref().map(|run| run.start), "{offset:#x}");
            }
        }
        for range in [0..8 * PAGE_SIZE, 0..PAGE_SIZE, 3 * PAGE_SIZE..6 * PAGE_SIZE] {
            assert_eq!(file.usage(range.clone()), heap.usage(range));
        }
        // Room that was only asked for is taken, and holds no data.
        file.commit(3 * PAGE_SIZE, PAGE_SIZE).unwrap();
        assert_eq!(file.committed(), 4 * PAGE_SIZE);
    }

    #[test]
    fn signals_do_not_keep_a_memfd_from_taking_room() {
        let memory = memory(4096);
        memory.memfd().unwrap();
        let size = memory.size();
        let committed = move || memory.commit(0, size).map(|()| memory.committed());
        assert_eq!(interrupted(committed, || {}), Ok(size));
    }

    #[test]
    fn memfds_are_counted_and_closed() {
        let count = Arc::new(AtomicUsize::new(0));
        let memory = LinuxMemory::new(PAGE_SIZE, Arc::clone(&count));
        assert_eq!(count.load(Ordering::Relaxed), 0);
        memory.memfd().unwrap();
        memory.memfd().unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 1);
        drop(memory);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn patched_code_is_made_once_and_goes_with_its_image() {
        let count = Arc::new(AtomicUsize::new(0));
        let memory = LinuxMemory::new(2 * PAGE_SIZE, Arc::clone(&count));
        let mut code = [0xcc; PAGE];
        code[..7].copy_from_slice(&[0xb8, 1, 0, 0, 0, 0x0f, 0x05]);
        memory.write(PAGE_SIZE, &code).unwrap();
        let first = memory.patched_code(PAGE_SIZE, PAGE_SIZE).unwrap();
        let second = memory.patched_code(PAGE_SIZE, PAGE_SIZE).unwrap();
        assert!(Arc::ptr_eq(&first.memfd, &second.memfd));
        let mut original = [0; PAGE];
        memory.read(PAGE_SIZE, &mut original).unwrap();
        assert_eq!(original, code);
        assert!(memory.patched_code(PAGE_SIZE, 2 * PAGE_SIZE).is_err());
        drop((memory, first, second));
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_tebibyte_is_fine_and_so_is_more_than_a_file_can_be() {
        let memory = LinuxMemory::new(1 << 40, Arc::default());
        memory.memfd().unwrap();
        assert_eq!(memory.committed(), 0);
        memory.resize(1 << 63).unwrap();
        assert_eq!((memory.size(), memory.committed()), (1 << 63, 0));
    }
}
