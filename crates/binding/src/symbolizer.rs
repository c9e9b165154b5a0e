//! Symbolizer markup in output, with files of the host for what it tells of.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{AsyncTask, BigInt, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;
use symbolizer::{Files, Filter, Modules, Trim};

use crate::guard::guard;
use crate::host_file::path_from;
use crate::number::unsigned;

/// What output of one run is read with. Files are read when an address needs them, not on
/// JavaScript's thread.
#[napi]
pub struct NativeSymbolizer(Shared<Modules<HostFiles>>);

/// One stream of output.
#[napi]
pub struct NativeMarkupFilter {
    modules: Shared<Modules<HostFiles>>,
    filter: Shared<Filter>,
}

#[napi]
impl NativeSymbolizer {
    /// `places` are paths of files, and of directories in which files are by their names; each ends
    /// with a NUL.
    #[napi(constructor)]
    pub fn new(places: Uint8Array) -> Result<Self> {
        guard(|| {
            let paths = places.split(|byte| *byte == 0).filter(|path| !path.is_empty());
            Ok(Self(Shared::new(Modules::new(HostFiles(paths.map(path_from).collect())))))
        })
    }

    /// A filter for a stream of which nothing has come yet. `trim` is whether of a backtrace only what
    /// is between the runtime's own frames is shown.
    #[napi]
    pub fn filter(&self, trim: bool) -> Result<NativeMarkupFilter> {
        guard(|| {
            let trim = if trim { Trim::Runtime } else { Trim::Nothing };
            let filter = Shared::new(Filter::new(trim));
            Ok(NativeMarkupFilter { modules: self.0.clone(), filter })
        })
    }

    /// What the code means that is loaded from an offset in the file with a name: a line for each
    /// function; none if that is not known.
    #[napi(ts_return_type = "Promise<Array<string>>")]
    pub fn locate(&self, name: Uint8Array, offset: BigInt) -> Result<AsyncTask<Locate>> {
        guard(|| {
            // Beyond 64 bits there is nothing, as there.
            let offset = unsigned(&offset).unwrap_or(u64::MAX);
            Ok(AsyncTask::new(Locate { modules: self.0.clone(), name: name.to_vec(), offset }))
        })
    }
}

#[napi]
impl NativeMarkupFilter {
    /// Whether bytes without an opening brace would pass as they are.
    #[napi(getter)]
    pub fn is_idle(&self) -> Result<bool> {
        guard(|| Ok(self.filter.lock().is_idle()))
    }

    /// Takes what comes next: what it becomes. One after another.
    #[napi(ts_return_type = "Promise<Uint8Array>")]
    pub fn push(&self, bytes: Uint8Array) -> Result<AsyncTask<Push>> {
        guard(|| {
            let (modules, filter) = (self.modules.clone(), self.filter.clone());
            Ok(AsyncTask::new(Push { modules, filter, bytes: bytes.to_vec() }))
        })
    }

    /// Nothing more comes: what is left.
    #[napi]
    pub fn finish(&self) -> Result<Uint8Array> {
        guard(|| {
            let mut output = Vec::new();
            self.filter.lock().finish(&mut output);
            Ok(output.into())
        })
    }
}

/// Output on its way.
pub struct Push {
    modules: Shared<Modules<HostFiles>>,
    filter: Shared<Filter>,
    bytes: Vec<u8>,
}

impl Task for Push {
    type Output = Vec<u8>;
    type JsValue = Uint8Array;

    fn compute(&mut self) -> Result<Vec<u8>> {
        guard(|| {
            let mut output = Vec::with_capacity(self.bytes.len());
            self.filter.lock().push(&self.bytes, &mut self.modules.lock(), &mut output);
            Ok(output)
        })
    }

    fn resolve(&mut self, _env: Env, output: Vec<u8>) -> Result<Uint8Array> {
        Ok(output.into())
    }
}

/// A place in code that is asked for.
pub struct Locate {
    modules: Shared<Modules<HostFiles>>,
    name: Vec<u8>,
    offset: u64,
}

impl Task for Locate {
    type Output = Vec<String>;
    type JsValue = Vec<String>;

    fn compute(&mut self) -> Result<Vec<String>> {
        guard(|| {
            let frames = self.modules.lock().frames_at(&self.name, self.offset);
            Ok(frames.iter().map(ToString::to_string).collect())
        })
    }

    fn resolve(&mut self, _env: Env, lines: Vec<String>) -> Result<Vec<String>> {
        Ok(lines)
    }
}

/// Something of which several threads change one at a time.
struct Shared<T>(Arc<Mutex<T>>);

impl<T> Shared<T> {
    fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(value)))
    }

    /// What a panic has left is as good as what it found: it gives other text at most.
    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Bytes of a VMO's name, without its NUL: of a longer name of a file the kernel has the beginning.
const MAX_NAME: usize = 31;

/// Files of the host: those at these paths, and those that are in them.
struct HostFiles(Vec<PathBuf>);

impl Files for HostFiles {
    fn find(&mut self, name: &[u8], build_id: &[u8], attempt: usize) -> Option<Vec<u8>> {
        let base = path_from(name.rsplit(|byte| *byte == b'/').next().unwrap_or(name));
        let has_name = |path: &PathBuf| {
            let file = path.file_name().unwrap_or_default().as_encoded_bytes();
            let name = base.as_os_str().as_encoded_bytes();
            file == name || name.len() == MAX_NAME && file.starts_with(name)
        };
        let (directories, files): (Vec<_>, Vec<_>) =
            self.0.iter().cloned().partition(|path| path.is_dir());
        let (named, others): (Vec<_>, Vec<_>) = files.into_iter().partition(has_name);
        let within = directories.iter().map(|directory| directory.join(&base));
        // What has another name may still have the build ID.
        let others = others.into_iter().filter(|_| !build_id.is_empty());
        let mut readable =
            named.into_iter().chain(within).chain(others).filter(|path| path.is_file());
        fs::read(readable.nth(attempt)?).ok()
    }
}
