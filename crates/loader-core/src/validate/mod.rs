//! Everything that is wrong with a file.
//!
//! The loader stops at the first fault that it meets, and Fuchsia's tells only a sentence of it.
//! [`validate`] goes on as far as the file makes sense, and says of each fault where it is, what
//! was expected and what is there:
//!
//! - as errors, what makes a build fail: the headers, by the rules of
//!   [`elf_parse`](crate::elf_parse); PT_INTERP; and, for a file that the loader starts directly,
//!   the image and the stack, tried on a kernel that has rights and address ranges but no memory;
//! - as warnings, what only a dynamic linker or nobody would meet: the image and the stack of a
//!   file with PT_INTERP; data beyond the end of the file; the dynamic section, its string and
//!   symbol tables, hash tables and relocations; notes, PT_TLS, PT_GNU_RELRO;
//! - as warnings too, what tells that the file is made for another system.
//!
//! # Bounds
//!
//! Beyond the headers and PT_INTERP, no more than [`MAX_READ_FACTOR`] times the file's size and
//! [`MAX_READ_EXTRA`] bytes are read. Memory is bounded by what has been read, and at most
//! [`MAX_FINDINGS_PER_KIND`] findings of a kind are listed. Time is linear in the bytes read, but
//! for looking up addresses among the PT_LOADs.

mod dry_kernel;
mod dynamic;
mod failure;
mod foreign;
mod go;
mod hash;
mod headers;
mod image;
mod imports;
mod interp;
mod kind;
mod linking;
mod load;
mod notes;
mod reader;
mod relocation_types;
mod relocations;
mod report;
mod segments;
mod stack;
mod strings;
mod symbols;

pub use failure::BuildFailure;
pub use headers::arch_of;
pub use imports::imported_names;
pub use kind::FindingKind;
pub use reader::{MAX_READ_EXTRA, MAX_READ_FACTOR};
pub use report::{Finding, MAX_FINDINGS_PER_KIND, Report, Severity, Verdict};

use crate::seam::ReadVmo;
use dry_kernel::DryVmar;
use foreign::Signs;
use image::Image;
use interp::Linkage;
use linking::Linking;
use reader::Reader;
use report::Findings;
use zx_abi::Arch;

/// Reports what is wrong with `file` when it is built into a process for `arch`.
///
/// `file_size` is the file's exact size in bytes, while `file` reads as its VMO does: zeros follow
/// up to the next page boundary. The first error of the report is what
/// [`Elf64Headers::from_vmo`](crate::elf_parse::Elf64Headers::from_vmo),
/// [`interpreter_name`](crate::interp::interpreter_name),
/// [`load_elf`](crate::elf_load::load_elf) or the making of the stack returns, in this order. A
/// loader service is taken to have the dynamic linker, unless it can have none of that name.
pub fn validate<V: ReadVmo + ?Sized>(file: &V, file_size: u64, arch: Arch) -> Report {
    let mut findings = Findings::default();
    let decoded = headers::check(file, arch, &mut findings);
    let accepted = findings.is_empty();
    let mut linker = None;
    let mut signs = Signs::default();
    if let Some(headers) = &decoded {
        let severity = match interp::check(file, headers, &mut findings) {
            Linkage::Static => Severity::Error,
            Linkage::Dynamic(name) => {
                linker = name;
                Severity::Warning
            }
        };
        let root = DryVmar::root(arch);
        load::check(headers, &root, severity, &mut findings);
        stack::check(headers, &root, severity, &mut findings);

        headers::check_size(headers, file_size, &mut findings);
        let image = Image::new(headers, file_size);
        segments::check(headers, &image, file_size, &mut findings);
        let mut reader = Reader::new(file, file_size);
        let (reader, findings, signs) = (&mut reader, &mut findings, &mut signs);
        signs.check_header(headers, findings);
        linking::check(headers, file_size, &mut Linking { image: &image, reader, findings, signs });
        notes::check(headers, reader, file_size, findings, signs);
        signs.check_build(headers, &image, reader, findings);
        if let Some(linker) = &linker {
            signs.check_linker(linker, findings);
        }
    }
    let (findings, omitted) = findings.finish();
    let verdict = if findings.iter().any(|finding| finding.failure.is_some()) {
        Verdict::Broken
    } else if signs.is_foreign() {
        Verdict::Foreign
    } else {
        Verdict::Fuchsia
    };
    let headers = decoded.filter(|_| accepted);
    let interpreter = linker.map(|linker| linker.name);
    Report { arch, verdict, headers, interpreter, findings, omitted }
}
