//! What a new process runs.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use guest_rt::bytes::Lossy;
use guest_rt::interpreter::{Directive, HEAD_SIZE, directive};
use guest_rt::io::{Flags, MAX_PATH, VmoFlags, file};
use guest_rt::resolver::{self, Resolved};
use guest_rt::{Owned, channel, memory};
use zx_abi::{MAX_NAME_LEN, Status};

use super::{Failure, Result, Step};
use crate::open::AT_FDCWD;
use crate::place::Place;
use crate::service;
use crate::text::written;

/// `#!` lines that are followed, at most.
const MAX_HOPS: usize = 255;

/// To be executed.
const EXECUTE: Flags =
    Flags::PERM_READABLE.union(Flags::PERM_EXECUTABLE).union(Flags::FLAG_SEND_REPRESENTATION);

/// The executable at a path, named after its file.
pub fn load(path: &[u8]) -> Result<Owned> {
    let what = |why| written(format_args!("cannot load {}: {why}", Lossy(path)));
    if path.len() > MAX_PATH {
        return Err(Status::INVALID_ARGS).step(&what("the path is too long"));
    }
    let opened = Place::of(AT_FDCWD, path).and_then(|place| place.open(EXECUTE, true));
    let object = opened.step(&what("cannot open it"))?;
    let flags = VmoFlags::READ | VmoFlags::EXECUTE | VmoFlags::PRIVATE_CLONE;
    let remote = object.remote().map_err(|_| Status::NOT_FILE);
    let vmo = remote.and_then(|remote| file::backing_memory(remote.file()?, flags));
    let vmo = vmo.step(&what("cannot get its executable VMO"))?;
    // That it is closed is all the same by now.
    let _ = object.close();
    let name = match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) if path.len() >= MAX_NAME_LEN => path.get(slash + 1..).unwrap_or_default(),
        _ => path,
    };
    vmo.get().set_name(name).step(&what("cannot name its VMO"))?;
    Ok(vmo)
}

/// An executable, and what it needs.
pub struct Program {
    pub executable: Owned,
    /// The loader service for it.
    pub loader: Option<Owned>,
    /// What interpreters get before the other arguments.
    interpreter_args: VecDeque<Vec<u8>>,
    /// Whether it is a script, which interpreters get for the first argument.
    is_script: bool,
}

impl Program {
    pub fn new(executable: Owned) -> Self {
        Self { executable, loader: None, interpreter_args: VecDeque::new(), is_script: false }
    }

    /// Follows `#!` lines until there is an executable without one: resolves names, or loads
    /// interpreters, which are told to run the script.
    pub fn follow(&mut self, script: Option<&[u8]>) -> Result {
        let mut has_resolved = false;
        for hops in 0.. {
            let mut head = [0; HEAD_SIZE];
            memory::read_vmo(self.executable.get(), 0, &mut head)
                .step("cannot read the executable's first line")?;
            let found = directive(&head).step("the executable's #! line cannot be followed")?;
            let Some(found) = found else { break };
            if hops == MAX_HOPS {
                return Err(Status::IO_INVALID).step("there are too many #! lines");
            }
            match found {
                Directive::Resolve(_) if self.is_script => {
                    return Err(Status::NOT_SUPPORTED)
                        .step("a script's interpreter cannot be one to be resolved");
                }
                Directive::Interpret(..) if has_resolved => {
                    return Err(Status::NOT_SUPPORTED)
                        .step("a resolved executable cannot be a script with an interpreter");
                }
                Directive::Resolve(name) => {
                    has_resolved = true;
                    self.resolve(name)?;
                }
                Directive::Interpret(interpreter, argument) => {
                    if !self.is_script {
                        self.is_script = true;
                        self.interpreter_args.extend(script.map(Vec::from));
                    }
                    for arg in argument.into_iter().chain([interpreter]) {
                        self.interpreter_args.push_front(arg.to_vec());
                    }
                    self.executable = load(interpreter).map_err(|failure| Failure {
                        message: written(format_args!(
                            "cannot load the interpreter: {}",
                            failure.message
                        )),
                        ..failure
                    })?;
                }
            }
        }
        Ok(())
    }

    /// What it is called with: its interpreters' arguments, and those that are given.
    pub fn arguments<'a>(&'a self, given: &[&'a [u8]]) -> Vec<&'a [u8]> {
        let given = given.iter().copied().skip(usize::from(self.is_script));
        self.interpreter_args.iter().map(|arg| &arg[..]).chain(given).collect()
    }

    fn resolve(&mut self, name: &[u8]) -> Result {
        let ask = || {
            let (client, server) = channel::create()?;
            let resolver = Owned::new(client);
            service::connect_by_name(b"fuchsia.process.Resolver", Owned::new(server))?;
            resolver::resolve(resolver.get(), name)
        };
        let answer = ask().map_err(|status| Failure {
            status: Status::INTERNAL,
            message: written(format_args!("cannot ask fuchsia.process.Resolver: {status}")),
        })?;
        let Resolved { executable, loader } =
            answer.step(&written(format_args!("cannot resolve {}", Lossy(name))))?;
        self.executable = executable;
        self.loader = loader;
        Ok(())
    }
}
