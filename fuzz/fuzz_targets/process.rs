//! Processes built of any file, with any message, on a kernel: nothing is left of them.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use loader_core::process_args::{DecodedMessage, HandleInfo, StartupHandle};
use process_builder::{Build, BuiltProcess, Compat, NamespaceEntry, ProcessBuilderError};
use support::{World, read_message};
use zx_abi::{Arch, HandleType};

#[allow(dead_code, reason = "not all of it is for this target")]
#[path = "../../crates/process-builder/tests/builds/support.rs"]
mod support;

/// What a process is built with, besides its file.
struct Options {
    arch: Arch,
    compat: Compat,
    has_loader: bool,
    links_itself: bool,
    min_stack: u64,
    args: Vec<Vec<u8>>,
    paths: Vec<Vec<u8>>,
    handles: Vec<u32>,
}

impl Options {
    /// What is not there is zero.
    fn read(input: &mut Unstructured<'_>) -> Result<Self> {
        Ok(Self {
            arch: *input.choose(&Arch::ALL)?,
            compat: *input.choose(&[Compat::Newest, Compat::Year2019])?,
            has_loader: !input.arbitrary::<bool>()?,
            links_itself: input.arbitrary()?,
            min_stack: input.arbitrary()?,
            args: input.arbitrary()?,
            paths: input.arbitrary()?,
            handles: input.arbitrary()?,
        })
    }
}

// The last byte says how many bytes of options are before it; what is before these is the file.
fuzz_target!(|input: &[u8]| {
    let Some((length, rest)) = input.split_last() else { return };
    let (file, options) = rest.split_at(rest.len().saturating_sub(usize::from(*length)));
    let Ok(options) = Options::read(&mut Unstructured::new(options)) else { return };
    let world = World::new(options.arch);
    let before = world.stats();
    match attempt(&world, &options, file) {
        Ok((built, messages)) => {
            let messages: Vec<_> = (0..messages).map(|_| read_message(&built)).collect();
            let (bytes, handles) = messages.last().expect("there is one");
            let decoded = DecodedMessage::decode(bytes, handles.len()).expect("it was built");
            assert!(decoded.args.iter().eq(options.args.iter().map(Vec::as_slice)));
            for (_, handles) in messages {
                handles.into_iter().for_each(|handle| drop(world.context.own(handle)));
            }
        }
        Err(error) => {
            assert!(error.as_zx_status().into_raw() < 0);
            assert!(!error.to_string().is_empty());
        }
    }
    assert_eq!(world.stats(), before);
});

/// The process, and how many messages it is to read.
fn attempt(
    world: &World,
    options: &Options,
    file: &[u8],
) -> std::result::Result<(BuiltProcess, usize), ProcessBuilderError> {
    let mut builder = world.builder_as(world.file(file), options.compat);
    if options.has_loader {
        builder.set_loader_service(world.any_handle())?;
    }
    builder.set_min_stack_size(options.min_stack);
    for arg in &options.args {
        let arg = builder.arguments().push(arg);
        arg.map_err(|error| ProcessBuilderError::InvalidArg(error.to_string()))?;
    }
    let entries = options
        .paths
        .iter()
        .map(|path| NamespaceEntry { path: path.clone(), directory: world.any_handle() });
    builder.add_namespace_entries(entries.collect())?;
    let handles = options.handles.iter().map(|raw| {
        let info = HandleInfo::try_from(*raw);
        let info = info.unwrap_or_else(|_| HandleInfo::new(HandleType::User0, *raw as u16));
        StartupHandle { handle: world.any_handle(), info }
    });
    builder.add_handles(handles.collect())?;
    match builder.build()? {
        Build::Done(built) => Ok((built, 1)),
        Build::NeedsLinker(dynamic) => {
            // A file reads as whole pages.
            assert!(dynamic.linker_name().len() < file.len().next_multiple_of(4096));
            let linker = if options.links_itself { file } else { &world.image };
            Ok((dynamic.finish(world.file(linker))?, 2))
        }
    }
}
