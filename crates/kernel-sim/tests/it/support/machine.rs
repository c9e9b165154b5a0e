//! A machine that runs nothing and remembers what it was asked to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use kernel_sim::{
    EntryState, GeneralRegisters, Image, KernelEntry, Koid, Machine, Mapping, Memory,
    ProcessLaunch, ThreadTime,
};
use zx_abi::{Result, VmOptions, X86_64Registers};

use super::{FixedMemory, PAGE, ScarceMemory, Supply};

/// What the kernel asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Prepare { process: Koid, mappings: Vec<Place> },
    Start { process: Koid, thread: Koid, entry: EntryState, mappings: Vec<Place> },
    StartThread { process: Koid, thread: Koid, entry: EntryState },
    Map { process: Koid, place: Place },
    Remap { process: Koid, place: Place },
    Unmap { process: Koid, base: u64, len: u64 },
    Protect { process: Koid, base: u64, len: u64, permissions: VmOptions },
    Resume { process: Koid, thread: Koid, value: i64 },
    Suspend { process: Koid, thread: Koid, number: u64 },
    Release { process: Koid, thread: Koid },
    ResumeException { process: Koid, thread: Koid },
    EndThread { process: Koid, thread: Koid },
    Kill { process: Koid },
}

/// A mapping, less its memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub base: u64,
    pub len: u64,
    pub permissions: VmOptions,
    pub offset: u64,
    pub vdso: bool,
}

impl From<Mapping> for Place {
    fn from(mapping: Mapping) -> Self {
        let Mapping { base, len, permissions, offset, vdso, .. } = mapping;
        Self { base, len, permissions, offset, vdso }
    }
}

#[derive(Default)]
pub struct FakeMachine {
    orders: Mutex<Vec<Order>>,
    /// What is mapped in processes that run.
    mapped: Mutex<Vec<(Koid, Mapping)>>,
    /// Where calls are made again.
    pub kernel: Mutex<Option<Weak<dyn KernelEntry>>>,
    /// What every process has taken of the processor, if that is counted.
    pub cpu_time: Mutex<Option<i64>>,
    /// How long threads have run, if that is counted; 0 of others.
    pub times: Mutex<Option<BTreeMap<Koid, ThreadTime>>>,
    /// Those of every thread.
    pub registers: Mutex<X86_64Registers>,
    /// What there is of memory.
    pub supply: Arc<Supply>,
    /// Where it would have new memory.
    pub vacancy: Mutex<Option<u64>>,
    /// Where a VMAR was that is gone.
    pub vacated: Mutex<Option<u64>>,
    /// It shows images without a copy.
    pub shows_images: AtomicBool,
    /// The next call will have used up what is in reserve.
    pub is_short: AtomicBool,
}

impl FakeMachine {
    /// Writes a byte where something was mapped, as a program does: without a system call.
    pub fn poke(&self, address: u64, byte: u8) {
        let mapped = self.mapped.lock().unwrap();
        let here = |(_, mapping): &&(Koid, Mapping)| {
            (mapping.base..mapping.base + mapping.len).contains(&address)
        };
        let (_, mapping) = mapped.iter().rfind(here).unwrap();
        mapping.memory.write(address - mapping.base + mapping.offset, &[byte]).unwrap();
    }

    /// What was asked for since the last call.
    pub fn orders(&self) -> Vec<Order> {
        std::mem::take(&mut *self.orders.lock().unwrap())
    }

    /// Forgets what is mapped in a range of a process, less what is left of it around the range.
    fn forget(&self, process: Koid, base: u64, len: u64) {
        let end = base.saturating_add(len);
        let mut mapped = self.mapped.lock().unwrap();
        let all = std::mem::take(&mut *mapped);
        for (owner, mapping) in all {
            let last = mapping.base + mapping.len;
            if owner != process || last <= base || mapping.base >= end {
                mapped.push((owner, mapping));
                continue;
            }
            let before = base.saturating_sub(mapping.base);
            let behind = last.saturating_sub(end);
            for (at, len) in [(0, before), (mapping.len - behind, behind)] {
                if len > 0 {
                    let (base, offset) = (mapping.base + at, mapping.offset + at);
                    mapped.push((owner, Mapping { base, len, offset, ..mapping.clone() }));
                }
            }
        }
    }

    fn order(&self, order: Order) {
        self.orders.lock().unwrap().push(order);
    }
}

impl Machine for FakeMachine {
    fn attach(&self, kernel: Weak<dyn KernelEntry>) {
        *self.kernel.lock().unwrap() = Some(kernel);
    }

    fn redo(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]) {
        let kernel = self.kernel.lock().unwrap().as_ref().and_then(Weak::upgrade).unwrap();
        kernel.redo(process, thread, number, args);
    }

    fn memory(&self, size: u64) -> Result<Arc<dyn Memory>> {
        Ok(Arc::new(ScarceMemory::new(size, &self.supply)?))
    }

    fn image_memory(&self, image: &Arc<Image>) -> Result<Arc<dyn Memory>> {
        if self.shows_images.load(Ordering::Relaxed) {
            return Ok(Arc::new(FixedMemory(Arc::clone(image))));
        }
        image.copied_to(self.memory(image.size().next_multiple_of(PAGE))?)
    }

    fn ran_short(&self) -> bool {
        self.is_short.swap(false, Ordering::Relaxed)
    }

    fn can_run(&self) -> Result {
        Ok(())
    }

    fn prepare_process(&self, process: Koid, mappings: Vec<Mapping>) {
        let mappings = mappings.into_iter().map(Place::from).collect();
        self.order(Order::Prepare { process, mappings });
    }

    fn start_process(&self, launch: ProcessLaunch) {
        let ProcessLaunch { process, thread, entry, stop, mappings } = launch;
        let mappings = mappings.into_iter().map(Place::from).collect();
        self.order(Order::Start { process, thread, entry, mappings });
        if let Some(number) = stop {
            self.order(Order::Suspend { process, thread, number });
        }
    }

    fn start_thread(&self, process: Koid, thread: Koid, entry: EntryState, stop: Option<u64>) {
        self.order(Order::StartThread { process, thread, entry });
        if let Some(number) = stop {
            self.order(Order::Suspend { process, thread, number });
        }
    }

    fn map(&self, process: Koid, mapping: Mapping) {
        self.mapped.lock().unwrap().push((process, mapping.clone()));
        self.order(Order::Map { process, place: mapping.into() });
    }

    fn vacancy(
        &self,
        _: Koid,
        _: &dyn Memory,
        permissions: VmOptions,
        may_be: &dyn Fn(u64) -> bool,
    ) -> Option<u64> {
        let is_usual = permissions == VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        self.vacancy.lock().unwrap().filter(|place| is_usual && may_be(*place))
    }

    fn vacated(&self, _: Koid, _: u64, may_be: &dyn Fn(u64) -> bool) -> Option<u64> {
        self.vacated.lock().unwrap().filter(|place| may_be(*place))
    }

    fn remap(&self, process: Koid, mapping: Mapping) {
        self.forget(process, mapping.base, mapping.len);
        self.mapped.lock().unwrap().push((process, mapping.clone()));
        self.order(Order::Remap { process, place: mapping.into() });
    }

    fn unmap(&self, process: Koid, base: u64, len: u64) {
        self.forget(process, base, len);
        self.order(Order::Unmap { process, base, len });
    }

    fn protect(&self, process: Koid, base: u64, len: u64, permissions: VmOptions) {
        self.order(Order::Protect { process, base, len, permissions });
    }

    fn resume(&self, process: Koid, thread: Koid, value: u64) {
        self.order(Order::Resume { process, thread, value: value as i64 });
    }

    fn suspend(&self, process: Koid, thread: Koid, number: u64) {
        self.order(Order::Suspend { process, thread, number });
    }

    fn release(&self, process: Koid, thread: Koid) {
        self.order(Order::Release { process, thread });
    }

    fn call_registers(&self, _process: Koid, _thread: Koid) -> Option<GeneralRegisters> {
        Some((*self.registers.lock().unwrap()).into())
    }

    fn resume_exception(&self, process: Koid, thread: Koid) {
        self.order(Order::ResumeException { process, thread });
    }

    fn end_thread(&self, process: Koid, thread: Koid) {
        self.order(Order::EndThread { process, thread });
    }

    fn registers(&self, _process: Koid, _thread: Koid) -> Result<GeneralRegisters> {
        Ok((*self.registers.lock().unwrap()).into())
    }

    fn set_registers(&self, _: Koid, _: Koid, registers: &GeneralRegisters) -> Result {
        let GeneralRegisters::X86_64(registers) = registers else { panic!("{registers:?}") };
        *self.registers.lock().unwrap() = *registers;
        Ok(())
    }

    fn cpu_time(&self, _process: Koid) -> Option<i64> {
        *self.cpu_time.lock().unwrap()
    }

    fn thread_time(&self, _process: Koid, thread: Koid) -> Option<ThreadTime> {
        let times = self.times.lock().unwrap();
        Some(times.as_ref()?.get(&thread).copied().unwrap_or_default())
    }

    fn kill(&self, process: Koid) {
        self.forget(process, 0, u64::MAX);
        self.order(Order::Kill { process });
    }
}
