//! What files of the host hold, kept for the kernels of one process that use them again and again.

use std::collections::HashMap;
use std::fs::Metadata;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use kernel_sim::{Image, SparsePages};
use napi::Result;
use napi::bindgen_prelude::{Either, Null, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;

use crate::guard::guard;
use crate::host_file::{HostFile, path_from};
use crate::kernel::NativeKernel;
use crate::machine;
use crate::number::number;

/// How far apart two changes are, at most, that show the same time on some file system, in milliseconds.
const TIME_STEP_MS: i64 = 2_000;

/// Images that are kept, at most: each may have a descriptor.
const MOST: usize = 128;

/// Images of files, which have not changed since. Those go first that were used last longest ago.
#[napi]
pub struct NativeImages(Arc<Images>);

/// What is kept.
#[napi(object, object_from_js = false)]
pub struct NativeImageStats {
    /// Files.
    pub files: u32,
    /// Bytes of them that are not zero.
    pub bytes: f64,
}

pub struct Images {
    /// Bytes.
    capacity: u64,
    /// The time of the file systems' clock in milliseconds, unless it is this computer's.
    now: Option<i64>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    files: HashMap<Key, File>,
    /// Bytes of all.
    bytes: u64,
    /// Counts uses.
    uses: u64,
}

/// Which file it is, and whether the image ends with its segments.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    device: u64,
    inode: u64,
    segments_only: bool,
}

struct File {
    version: Version,
    image: Arc<Image>,
    used: u64,
}

/// What changes when a file does: its size and times.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    size: u64,
    modified: [i64; 2],
    changed: [i64; 2],
}

#[napi]
impl NativeImages {
    /// Keeps so many bytes, at most. `now` is the time of the file systems' clock in milliseconds,
    /// unless it is this computer's.
    #[napi(constructor)]
    pub fn new(capacity: f64, now: Option<f64>) -> Result<Self> {
        guard(|| {
            let (capacity, now) = (capacity as u64, now.map(|now| now as i64));
            Ok(Self(Arc::new(Images { capacity, now, kept: Mutex::default() })))
        })
    }

    /// A VMO of a file, if that is kept, and still is what it was; null if not.
    #[napi]
    pub fn vmo(
        &self,
        kernel: &NativeKernel,
        context: f64,
        path: Uint8Array,
        name: Uint8ArraySlice,
        rights: u32,
        segments_only: bool,
    ) -> Result<Either<f64, Null>> {
        guard(|| {
            let metadata = std::fs::metadata(path_from(&path)).ok();
            let image = metadata.and_then(|metadata| self.0.find(&metadata, segments_only));
            let Some(image) = image else { return Ok(Either::B(Null)) };
            let name = kernel_sim::Name::truncated(&name);
            let vmo = kernel.call(context, |caller| caller.vmo_from_image(&image, name, rights));
            Ok(Either::A(number(vmo)))
        })
    }

    /// Keeps none of it any longer.
    #[napi]
    pub fn clear(&self) -> Result<()> {
        guard(|| {
            *self.0.lock() = Kept::default();
            Ok(())
        })
    }

    /// What is kept.
    #[napi(getter)]
    pub fn stats(&self) -> Result<NativeImageStats> {
        guard(|| {
            let kept = self.0.lock();
            Ok(NativeImageStats { files: kept.files.len() as u32, bytes: kept.bytes as f64 })
        })
    }
}

impl NativeImages {
    pub fn images(&self) -> Arc<Images> {
        Arc::clone(&self.0)
    }
}

impl Images {
    /// The image of the first bytes of a file, which is kept; none of a file that may change again
    /// without a sign, or that is too large.
    pub fn read(
        &self,
        file: &HostFile,
        segments_only: bool,
        size: impl FnOnce() -> u64,
    ) -> std::result::Result<Option<Arc<Image>>, zx_abi::Status> {
        // Before it is read: what changes meanwhile will show.
        let Some(metadata) = file.metadata().filter(|it| self.is_settled(it)) else {
            return Ok(None);
        };
        if let Some(image) = self.find(&metadata, segments_only) {
            return Ok(Some(image));
        }
        let Some((key, version)) = identity(&metadata, segments_only) else { return Ok(None) };
        let size = size();
        if size > self.capacity {
            return Ok(None);
        }
        let mut pages = SparsePages::default();
        file.each_part(size, |offset, bytes| pages.write(offset, bytes))?;
        file.is_whole()?;
        let image = Arc::new(Image::new(size, pages)?);
        machine::prepare_image(&image);
        self.lock().keep(key, version, Arc::clone(&image), self.capacity);
        Ok(Some(image))
    }

    fn find(&self, metadata: &Metadata, segments_only: bool) -> Option<Arc<Image>> {
        let (key, version) = identity(metadata, segments_only)?;
        let mut kept = self.lock();
        kept.uses += 1;
        let used = kept.uses;
        let file = kept.files.get_mut(&key).filter(|file| file.version == version)?;
        file.used = used;
        Some(Arc::clone(&file.image))
    }

    /// Whether a file has not changed just now.
    fn is_settled(&self, metadata: &Metadata) -> bool {
        let Some((_, version)) = identity(metadata, false) else { return false };
        let [seconds, nanos] = version.modified.max(version.changed);
        let changed = seconds.saturating_mul(1_000).saturating_add(nanos / 1_000_000);
        let now = self.now.or_else(|| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
            i64::try_from(now.as_millis()).ok()
        });
        now.is_some_and(|now| now.saturating_sub(changed) > TIME_STEP_MS)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, key: Key, version: Version, image: Arc<Image>, capacity: u64) {
        self.forget(key);
        self.uses += 1;
        self.bytes += image.pages().committed();
        self.files.insert(key, File { version, image, used: self.uses });
        while self.files.len() > MOST || self.bytes > capacity {
            let oldest = self.files.iter().min_by_key(|(_, file)| file.used).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            self.forget(oldest);
        }
    }

    fn forget(&mut self, key: Key) {
        if let Some(file) = self.files.remove(&key) {
            self.bytes -= file.image.pages().committed();
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata, segments_only: bool) -> Option<(Key, Version)> {
    use std::os::unix::fs::MetadataExt;
    let key = Key { device: metadata.dev(), inode: metadata.ino(), segments_only };
    let version = Version {
        size: metadata.size(),
        modified: [metadata.mtime(), metadata.mtime_nsec()],
        changed: [metadata.ctime(), metadata.ctime_nsec()],
    };
    Some((key, version))
}

/// Nothing tells a file from another there.
#[cfg(not(unix))]
fn identity(_metadata: &Metadata, _segments_only: bool) -> Option<(Key, Version)> {
    None
}
