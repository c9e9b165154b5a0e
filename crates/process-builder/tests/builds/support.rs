//! A kernel that runs nothing, and executables made of vDSO images.

use std::sync::Arc;

use kernel_sim::{
    ChannelRead, HostEvents, Kernel, KernelConfig, KernelStats, Name, NullMachine, SeededEntropy,
    VirtualClock,
};
use process_builder::{
    Build, BuiltProcess, Compat, Context, OwnedHandle, ProcessBuilder, ProcessBuilderError,
};
use zx_abi::{Abi, Arch, Rights, Signals, Status};

/// More than there can be of a stack.
pub const TOO_LARGE: u64 = u64::MAX - 0xffff;

/// Nobody waits for anything.
struct NoEvents;

impl HostEvents for NoEvents {
    fn wait_completed(&self, _token: u64, _status: Status, _observed: Signals) {}
    fn running(&self, _count: usize) {}
}

pub struct World {
    pub kernel: Arc<Kernel>,
    pub context: Context,
    pub job: OwnedHandle,
    pub image: Vec<u8>,
}

const FILE_RIGHTS: Rights =
    Rights::from_bits_retain(0xd0ef & !Rights::WRITE.bits() | Rights::EXECUTE.bits());

impl World {
    pub fn new(target: Arch) -> Self {
        let kernel = Kernel::new(KernelConfig {
            machine: Arc::new(NullMachine),
            clock: Arc::new(VirtualClock::default()),
            entropy: Box::new(SeededEntropy::from_number(7)),
            events: Arc::new(NoEvents),
            trace: None,
            target,
        });
        let context = Context::new(Arc::clone(&kernel), kernel.host());
        let job = context.own(context.call(|caller| caller.root_job()).unwrap());
        let image = vdso::image(Abi::Newest, target).unwrap().bytes;
        let world = Self { kernel, context, job, image };
        // The kernel makes its vDSO once; what tests count starts after that.
        drop(world.vdso());
        world
    }

    pub fn vdso(&self) -> OwnedHandle {
        self.context.own(self.context.call(|caller| caller.vdso(Abi::Newest)).unwrap())
    }

    pub fn file(&self, bytes: &[u8]) -> OwnedHandle {
        let name = Name::truncated(b"program");
        let vmo =
            self.context.call(|caller| caller.vmo_from_bytes(bytes, name, FILE_RIGHTS.bits()));
        self.context.own(vmo.unwrap())
    }

    pub fn invalid(&self) -> OwnedHandle {
        self.context.own(0)
    }

    pub fn any_handle(&self) -> OwnedHandle {
        self.context.own(self.context.call(|caller| caller.event_create(0)).unwrap())
    }

    pub fn builder(&self) -> ProcessBuilder {
        self.builder_over(self.file(&self.image))
    }

    pub fn builder_over(&self, executable: OwnedHandle) -> ProcessBuilder {
        self.builder_as(executable, Compat::Newest)
    }

    pub fn builder_as(&self, executable: OwnedHandle, compat: Compat) -> ProcessBuilder {
        ProcessBuilder::new(c"test", &self.job, 0, executable, Some(self.vdso()), compat, None)
            .unwrap()
    }

    /// The file with one header changed.
    pub fn patched(&self, offset: usize, bytes: &[u8]) -> OwnedHandle {
        let mut image = self.image.clone();
        image[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.file(&image)
    }

    pub fn stats(&self) -> KernelStats {
        self.kernel.stats()
    }

    /// What `fail` gives, with the proof that nothing is left of it.
    pub fn failure(
        &self,
        fail: impl FnOnce() -> Result<Build, ProcessBuilderError>,
    ) -> ProcessBuilderError {
        let before = self.stats();
        let error = fail().expect_err("the build fails");
        assert_eq!(self.stats(), before, "after {error}");
        error
    }
}

/// Where a program header of the image begins.
pub fn program_header(image: &[u8], wanted: u32) -> usize {
    let count = u16::from_le_bytes([image[56], image[57]]) as usize;
    let starts = (0..count).map(|index| 64 + index * 56);
    let is_wanted = |start: &usize| image[*start..*start + 4] == wanted.to_le_bytes();
    starts.clone().find(is_wanted).unwrap_or_else(|| panic!("no header of type {wanted:#x}"))
}

pub const PT_LOAD: u32 = 1;
pub const PT_NULL: u32 = 0;
pub const PT_INTERP: u32 = 3;
pub const PT_NOTE: u32 = 4;
pub const PT_GNU_STACK: u32 = 0x6474_e551;

pub fn read_message(built: &BuiltProcess) -> (Vec<u8>, Vec<u32>) {
    let context = built.bootstrap.context();
    let read =
        context.call(|caller| caller.channel_read(built.bootstrap.value(), 0, 65536, 64)).unwrap();
    match read {
        ChannelRead::Message { bytes, handles } => (bytes, handles),
        ChannelRead::TooSmall { .. } => panic!("nothing is larger than that"),
    }
}

/// What a build of a static executable ends in.
pub trait Done {
    fn done(self) -> BuiltProcess;
}

impl Done for Build {
    fn done(self) -> BuiltProcess {
        match self {
            Build::Done(built) => built,
            Build::NeedsLinker(dynamic) => panic!("wants {}", dynamic.linker_name()),
        }
    }
}
