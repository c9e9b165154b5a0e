//! The steps that make images of files, be it at the start of a program or later.

use guest_rt::{Handle, memory};
use zx_abi::{PAGE_SIZE, Status, VmOptions};

use crate::error::{Error, ObjectError};
use crate::loader;
use crate::map;
use crate::module::{Module, Table};
use crate::modules::{Seen, Staging};
use crate::relocate::{self, Scope};

/// Where images come from, and where they are mapped.
pub struct Source {
    /// The loader service.
    pub loader: Option<Handle>,
    pub root_vmar: Handle,
}

impl Source {
    /// Loads the library of a name that no image has, and returns its index, or that of the image
    /// that calls itself as the library does.
    pub fn load(
        &self,
        staging: &mut Staging<'_>,
        name: &'static [u8],
    ) -> Result<usize, ObjectError> {
        let loader = self.loader.ok_or(ObjectError::NotFound(Status::UNAVAILABLE))?;
        let vmo = loader::load_object(loader, name).map_err(ObjectError::NotFound)?;
        let loaded = self.map(staging, name, vmo);
        vmo.close();
        loaded
    }

    /// As [`Source::load`], from a file.
    pub fn map(
        &self,
        staging: &mut Staging<'_>,
        name: &'static [u8],
        vmo: Handle,
    ) -> Result<usize, ObjectError> {
        let (module, _) = map::map(name, vmo, self.root_vmar)?;
        let same = module.soname().and_then(|soname| staging.view().find(soname));
        let added = match same {
            Some(same) => Ok(same),
            None => staging.push(module),
        };
        if same.is_some() || added.is_err() {
            self.unmap(&module);
        }
        added
    }

    /// Loads what the new images need, what that needs, and so on. Returns how many libraries were
    /// not found, of each of which `missing` is told.
    pub fn load_needed(
        &self,
        staging: &mut Staging<'_>,
        missing: &mut dyn FnMut(&Error<'_>),
    ) -> Result<usize, Error<'static>> {
        let mut count = 0;
        let mut index = staging.range().start;
        while let Some(&module) = staging.view().get(index) {
            for name in module.needed() {
                if staging.view().find(name).is_some() {
                    continue;
                }
                let Err(error) = self.load(staging, name) else { continue };
                let not_found = matches!(error, ObjectError::NotFound(_));
                let error = Error::Object { name, needed_by: Some(module.name), error };
                if !not_found {
                    return Err(error);
                }
                // Others may be missing too: name them all.
                missing(&error);
                count += 1;
            }
            index += 1;
        }
        Ok(count)
    }

    /// Unmaps an image that nobody uses yet.
    fn unmap(&self, module: &Module) {
        module.vmar.close();
        let (start, size) = (module.image.start(), module.image.size());
        // SAFETY: it is the image's own region. What cannot be unmapped stays.
        let _ = unsafe { memory::unmap(self.root_vmar, start as usize, size as usize) };
    }

    /// Unmaps the new images.
    pub fn unmap_all(&self, staging: Staging<'_>) {
        let modules = staging.view();
        staging.range().filter_map(|index| modules.get(index)).for_each(|it| self.unmap(it));
    }
}

/// Relocates the new images, and returns how many symbols no image defines, of each of which
/// `missing` is told. All symbols are bound now, whether they are ever used or not.
pub fn relocate_all(
    staging: &Staging<'_>,
    group: &Seen,
    missing: &mut dyn FnMut(&Error<'_>),
) -> Result<usize, Error<'static>> {
    let modules = staging.view();
    let mut scope = Scope { modules, group, missing };
    let mut count = 0;
    for index in staging.range() {
        let name = modules.get(index).map_or(&b""[..], |module| module.name);
        count += relocate::relocate(&mut scope, index).map_err(|error| Error::Object {
            name,
            needed_by: None,
            error,
        })?;
    }
    Ok(count)
}

/// Takes away write access to what only relocation had to write in the new images, and gives their
/// regions up.
pub fn protect_all(staging: &mut Staging<'_>) -> Result<(), Error<'static>> {
    for index in staging.range() {
        let Some(module) = staging.get_mut(index) else { continue };
        let vmar = core::mem::replace(&mut module.vmar, Handle::INVALID);
        let protected = protect(module, vmar);
        vmar.close();
        protected?;
    }
    Ok(())
}

/// Takes away write access to what only relocation had to write in an image, through its region.
pub fn protect(module: &Module, vmar: Handle) -> Result<(), Error<'static>> {
    let Some(Table { address, size }) = module.relro else { return Ok(()) };
    // The linker ends it with a page; what shares a page with other data stays writable.
    let start = module.image.bias.wrapping_add(address);
    let end = start.saturating_add(size);
    let (start, end) = (start - start % PAGE_SIZE, end - end % PAGE_SIZE);
    if end <= start {
        return Ok(());
    }
    // SAFETY: the image itself asks for it.
    let protected = unsafe {
        memory::protect(vmar, VmOptions::PERM_READ, start as usize, (end - start) as usize)
    };
    protected.map_err(|status| Error::Object {
        name: module.name,
        needed_by: None,
        error: ObjectError::Failed("protecting its relocated data", status),
    })
}
