//! Writes the seeds of the corpora, from what the tests are made of: `npm run fuzz -- --write-seeds`.
//!
//! The argument is the directory that has one for each target.

use std::fs;
use std::path::Path;

use elf::linked_image::LinkedImage;
use elf::{dynamic_executable, file_header_bytes, static_pie};
use loader_core::process_args::{CStringList, HandleInfo, Message, MessageContents, StartupHandle};
use zx_abi::{Abi, Arch, HandleType, Syscall};

#[allow(dead_code, unused_imports, reason = "only the files are for seeds")]
#[path = "../../crates/loader-core/tests/it/support/mod.rs"]
mod elf;

fn main() {
    let root = std::env::args().nth(1).expect("the directory of the seeds");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let directory = Path::new(&root).join(target);
        fs::create_dir_all(&directory).expect("it can be made");
        fs::write(directory.join(name), bytes).expect("it can be written");
    };
    for (name, file) in files() {
        write("elf", &name, &file);
    }
    write("processargs", "message", &[&[4], message().as_slice()].concat());
    for (index, steps) in calls().into_iter().enumerate() {
        write("syscalls", &format!("calls-{index}"), &steps);
    }
    write("symbolizer", "markup", MARKUP);
}

/// Files of each architecture, without a fault.
fn files() -> Vec<(String, Vec<u8>)> {
    let all = Arch::ALL.into_iter().flat_map(|arch| {
        let file = |kind: &str, bytes| (format!("{kind}-{}", arch.name()), bytes);
        [
            file("header", file_header_bytes(arch)),
            file("dynamic", dynamic_executable(arch)),
            file("static", static_pie(arch)),
            file("linked", LinkedImage::dynamic(arch).bytes()),
            file("fixed", LinkedImage::fixed(arch).bytes()),
        ]
    });
    all.collect()
}

fn message() -> Vec<u8> {
    let list = |strings: &[&[u8]]| {
        let mut list = CStringList::new();
        strings.iter().for_each(|string| list.push(string).expect("the string has no NUL"));
        list
    };
    let startup = |info| StartupHandle { handle: (), info };
    let contents = MessageContents {
        args: list(&[b"program", b"argument"]),
        environment_vars: list(&[b"A=b"]),
        namespace_paths: list(&[b"/svc"]),
        handles: vec![
            startup(HandleType::ProcessSelf.into()),
            startup(HandleType::RootVmar.into()),
            startup(HandleInfo::new(HandleType::NamespaceDirectory, 0)),
            startup(HandleInfo::new(HandleType::FileDescriptor, 1)),
        ],
    };
    Message::build(contents).expect("it is within the limits").bytes().to_vec()
}

/// Each call once, by the first thread, with its pointers apart and small numbers; thirty to a run.
fn calls() -> Vec<Vec<u8>> {
    let step = |index: usize| {
        let args = Syscall::ALL[index].info().args.len() as u8;
        [vec![5, index as u8, 0], (0..args).map(|arg| 4 * arg).collect()].concat()
    };
    let known = |index: &usize| Syscall::ALL[*index].info().number(Abi::Newest).is_some();
    let indexes: Vec<usize> = (0..Syscall::ALL.len()).filter(known).collect();
    let runs = indexes.chunks(30).map(|run| {
        // The newest ABI, untraced, with memory that does not fail.
        let steps = run.iter().flat_map(|index| step(*index));
        [1, 0, 0].into_iter().chain(steps).collect()
    });
    runs.collect()
}

const MARKUP: &[u8] = b"{{{reset:begin}}}\n\
    {{{module:0x7:libx.so:elf:abcdef}}}\n\
    {{{mmap:0x10000:0x2000:load:0x7:rx:0x0}}}\n\
    {{{bt:0:0x10010:ra}}}\n{{{pc:0x10020}}} {{{symbol:_ZN3foo3barE}}}\n\0";
