//! The kernel and its life.

use std::sync::Arc;

use host_std::os_entropy;
use kernel_sim::{
    Caller, Clock, Entropy, HostFailure, Kernel, KernelConfig, Machine, NullMachine, SeededEntropy,
    TraceSink, VirtualClock,
};
use napi::bindgen_prelude::{AsyncTask, BigInt, Function, Uint8Array, Uint8ArraySlice};
use napi::{Env, Error, Result, Task};
use napi_derive::napi;
use zx_abi::{ObjectType, Status};

use crate::elf::arch;
use crate::error::{IntoNative, NativeErrors};
use crate::events::Events;
use crate::guard::guard;
use crate::limits;
use crate::machine::{self, Asked, NativeMachine};
use crate::number::{Number, koid, number, signed, unsigned};
use crate::syscalls::Out;
use crate::tracer::{Overflow, Tracer};

/// What a kernel is made of.
#[napi(object, object_to_js = false)]
pub struct NativeKernelOptions {
    /// Whether guests shall run natively.
    pub native: bool,
    /// Whether the clock moves only when told.
    pub virtual_clock: bool,
    /// Makes every choice of the kernel repeatable.
    pub seed: Option<BigInt>,
    /// `x86-64`, `aarch64` or `riscv64`.
    pub target: String,
    /// Bytes of a trace that gather until JavaScript takes them; no trace without.
    pub trace_capacity: Option<u32>,
    /// Whether records that do not fit are dropped, rather than guests held back.
    pub trace_drops: bool,
    /// Whether guests run only behind all walls.
    pub require_sandbox: bool,
    /// Whether guests may be started by a helper that is kept for such kernels.
    pub takes_spare: bool,
    /// Limits of the root job: pairs of an item's number and an amount.
    pub limits: Option<Vec<f64>>,
}

/// How many objects and handles of a type there are.
#[napi(object, object_from_js = false)]
pub struct NativeTypeStats {
    /// The type's name.
    pub name: String,
    /// Objects.
    pub objects: u32,
    /// Handles to them.
    pub handles: u32,
}

/// What exists in a kernel.
#[napi(object, object_from_js = false)]
pub struct NativeStats {
    /// By type; types without objects are left out.
    pub types: Vec<NativeTypeStats>,
    /// Handles of all types, those in messages included.
    pub handles: u32,
    /// Waits that have not ended.
    pub waits: u32,
    /// Watches on objects, by waits and for ports.
    pub observers: u32,
    /// Packets in ports.
    pub packets: u32,
    /// Guests that run.
    pub running: u32,
}

/// A kernel.
#[napi]
pub struct NativeKernel {
    kernel: Option<Arc<Kernel>>,
    events: Arc<Events>,
    tracer: Option<Arc<Tracer>>,
    virtual_clock: Option<Arc<VirtualClock>>,
    /// Ends the native machine, whoever still holds the kernel.
    stop: Option<Asked>,
    /// Why the native machine can start nothing.
    refusal: Option<Asked>,
}

/// Why guests cannot run natively on this computer, as far as one can tell without trying.
#[napi]
pub fn host_refusal() -> Result<Option<NativeErrors>> {
    guard(|| {
        Ok(host_linux::prerequisites().err().map(|error| HostFailure::from(error).into_native()))
    })
}

#[napi]
impl NativeKernel {
    /// A new kernel. `wake` is called when there are completions or trace records to take, or
    /// another number of guests runs.
    #[napi(constructor)]
    pub fn new(options: NativeKernelOptions, wake: Function<'_, (), ()>) -> Result<Self> {
        guard(|| {
            let events = Events::new(&wake)?;
            let native = match options.native {
                true => Some(
                    machine::native(options.require_sandbox, options.takes_spare)
                        .map_err(|failure| Error::from_reason(failure.message))?,
                ),
                false => None,
            };
            let (machine, stop, refusal): (Arc<dyn Machine>, _, _) = match native {
                Some(NativeMachine { machine, stop, refusal }) => {
                    (machine, Some(stop), Some(refusal))
                }
                None => (Arc::new(NullMachine), None, None),
            };
            let virtual_clock = options.virtual_clock.then(Arc::<VirtualClock>::default);
            let clock: Arc<dyn Clock> = match &virtual_clock {
                Some(clock) => Arc::clone(clock) as Arc<dyn Clock>,
                None => machine::system_clock(),
            };
            let entropy: Box<dyn Entropy> = match options.seed {
                Some(seed) => Box::new(SeededEntropy::from_number(
                    unsigned(&seed).map_err(|status| Error::from_reason(status.to_string()))?,
                )),
                None => {
                    Box::new(os_entropy().map_err(|error| Error::from_reason(error.to_string()))?)
                }
            };
            let target = arch(&options.target)?;
            let tracer = options.trace_capacity.map(|capacity| {
                let overflow = if options.trace_drops { Overflow::Drop } else { Overflow::Wait };
                Arc::new(Tracer::new(Arc::clone(&events), capacity as usize, overflow))
            });
            let trace = tracer.clone().map(|tracer| tracer as Arc<dyn TraceSink>);
            let kernel = Kernel::new(KernelConfig {
                machine,
                clock,
                entropy,
                events: Arc::clone(&events) as Arc<_>,
                trace,
                target,
            });
            if let Some(limits) = options.limits {
                let host = kernel.host();
                kernel
                    .call(host, |caller| set_limits(caller, &limits))
                    .and_then(|set| set)
                    .map_err(|status| Error::from_reason(status.to_string()))?;
            }
            Ok(Self { kernel: Some(kernel), events, tracer, virtual_clock, stop, refusal })
        })
    }

    /// The koid of the host's process.
    #[napi(getter)]
    pub fn host(&self) -> Result<f64> {
        guard(|| Ok(self.kernel.as_ref().map_or(0, |kernel| kernel.host()).number()))
    }

    /// Ends the kernel and all that it has on the computer; every later call fails with BAD_HANDLE.
    /// Returns what could not be ended.
    #[napi]
    pub fn close(&mut self) -> Result<Option<NativeErrors>> {
        guard(|| {
            if let Some(tracer) = &self.tracer {
                tracer.close();
            }
            let stopped = self.stop.take().map_or(Ok(()), |stop| stop());
            self.kernel = None;
            Ok(stopped.err().map(IntoNative::into_native))
        })
    }

    /// As [`NativeKernel::close`], while others go on.
    #[napi(ts_return_type = "Promise<NativeErrors | null>")]
    pub fn end(&mut self) -> Result<AsyncTask<End>> {
        guard(|| {
            if let Some(tracer) = &self.tracer {
                tracer.close();
            }
            Ok(AsyncTask::new(End { stop: self.stop.take(), kernel: self.kernel.take() }))
        })
    }

    /// Why no guest can be started now.
    #[napi]
    pub fn refusal(&self) -> Result<Option<NativeErrors>> {
        guard(|| {
            let refusal = self.refusal.as_ref().map_or(Ok(()), |refusal| refusal());
            Ok(refusal.err().map(IntoNative::into_native))
        })
    }

    /// Kills all guests.
    #[napi]
    pub fn shut_down(&self) -> Result<()> {
        guard(|| {
            if let Some(kernel) = &self.kernel {
                kernel.shut_down();
            }
            Ok(())
        })
    }

    /// Whether Node stays alive for this kernel.
    #[napi]
    pub fn keep_alive(&self, env: Env, keep: bool) -> Result<()> {
        guard(|| self.events.keep_alive(&env, keep))
    }

    /// How many guests run.
    #[napi(getter)]
    pub fn running(&self) -> Result<u32> {
        guard(|| Ok(self.kernel.as_ref().map_or(0, |kernel| kernel.running() as u32)))
    }

    /// Some of the completed waits, packed, go into `out`. Returns how many bytes: more than `out` has if
    /// there is no room for the first, and then nothing is taken.
    #[napi]
    pub fn take_completions(&self, mut out: Uint8ArraySlice) -> Result<f64> {
        guard(|| Ok(self.events.take_completions(out.room()) as f64))
    }

    /// Some of the trace records, or all that there are, packed; nothing if there are none.
    #[napi]
    pub fn take_trace(&self, all: bool) -> Result<Uint8Array> {
        let tracer = self.tracer.as_ref();
        guard(|| Ok(tracer.map(|tracer| tracer.take(all)).unwrap_or_default().into()))
    }

    /// Tells the trace that a step of JavaScript's begins. Its number is an integer.
    #[napi]
    pub fn begin_step(&self, id: f64, name: String, details: String) -> Result<()> {
        guard(|| {
            if let Some(kernel) = &self.kernel {
                kernel.begin_step(id as u64, &name, &details);
            }
            Ok(())
        })
    }

    /// Tells the trace that it has ended. Does nothing once the kernel is closed.
    #[napi]
    pub fn end_step(&self, id: f64) -> Result<()> {
        guard(|| {
            if let Some(kernel) = &self.kernel {
                kernel.end_step(id as u64);
            }
            Ok(())
        })
    }

    /// Whether there are completions or trace records to take.
    #[napi(getter)]
    pub fn has_more(&self) -> Result<bool> {
        let tracer = self.tracer.as_ref();
        guard(|| Ok(self.events.has_more() || tracer.is_some_and(|tracer| tracer.has_more())))
    }

    /// Whether waits have ended that the kernel has still to tell of.
    #[napi(getter)]
    pub fn is_notifying(&self) -> Result<bool> {
        guard(|| Ok(self.kernel.as_ref().is_some_and(|kernel| kernel.is_notifying())))
    }

    /// The monotonic clock in nanoseconds; 0 for a closed kernel.
    #[napi]
    pub fn now(&self) -> Result<BigInt> {
        guard(|| Ok(self.kernel.as_ref().map_or(0, |kernel| kernel.now()).into()))
    }

    /// Moves a virtual clock on.
    #[napi]
    pub fn advance(&self, nanoseconds: BigInt) -> Result<f64> {
        guard(|| {
            let clock = self.virtual_clock.as_ref().ok_or(Status::NOT_SUPPORTED);
            Ok(number(clock.and_then(|clock| {
                clock.advance(signed(&nanoseconds)?);
                Ok(())
            })))
        })
    }

    /// What exists.
    #[napi]
    pub fn stats(&self) -> Result<NativeStats> {
        guard(|| {
            let stats = self.kernel.as_ref().map(|kernel| kernel.stats()).unwrap_or_default();
            let types =
                stats.objects.iter().map(|(kind, objects, handles): &(ObjectType, _, _)| {
                    NativeTypeStats {
                        name: kind.name().to_owned(),
                        objects: *objects as u32,
                        handles: *handles as u32,
                    }
                });
            Ok(NativeStats {
                types: types.collect(),
                handles: stats.handles as u32,
                waits: stats.waits as u32,
                observers: stats.observers as u32,
                packets: stats.packets as u32,
                running: stats.running as u32,
            })
        })
    }

    /// Takes back a wait. False if it has completed.
    #[napi]
    pub fn cancel_wait(&self, token: f64) -> Result<bool> {
        guard(|| Ok(self.kernel.as_ref().is_some_and(|kernel| kernel.cancel_wait(token as u64))))
    }
}

impl NativeKernel {
    /// The kernel.
    ///
    /// # Errors
    /// BAD_HANDLE once it is closed: all handles are gone with it.
    pub fn kernel(&self) -> zx_abi::Result<&Arc<Kernel>> {
        self.kernel.as_ref().ok_or(Status::BAD_HANDLE)
    }

    /// Makes a call as a context.
    ///
    /// # Errors
    /// The call's; BAD_STATE for a context that is dead.
    pub fn call<T>(
        &self,
        context: f64,
        body: impl FnOnce(&mut Caller<'_>) -> zx_abi::Result<T>,
    ) -> zx_abi::Result<T> {
        self.kernel()?.call(koid(context), body)?
    }

    /// Makes a call as a context, for JavaScript.
    pub fn number<T: Number>(
        &self,
        context: f64,
        body: impl FnOnce(&mut Caller<'_>) -> zx_abi::Result<T>,
    ) -> Result<f64> {
        guard(|| Ok(number(self.call(context, body))))
    }
}

/// Sets limits of the root job.
fn set_limits(caller: &mut Caller<'_>, changes: &[f64]) -> zx_abi::Result<()> {
    let root = caller.root_job()?;
    let set = limits::changes(changes).and_then(|changes| caller.job_set_limits(root, &changes));
    caller.handle_close(root)?;
    set
}

/// The end of a kernel.
pub struct End {
    stop: Option<Asked>,
    /// Hears of the ends of its guests. What it has is given up on another thread than Node's, too.
    kernel: Option<Arc<Kernel>>,
}

impl Task for End {
    type Output = Option<HostFailure>;
    type JsValue = Option<NativeErrors>;

    fn compute(&mut self) -> Result<Option<HostFailure>> {
        guard(|| {
            let kernel = self.kernel.take();
            let failure = self.stop.take().and_then(|stop| stop().err());
            drop(kernel);
            Ok(failure)
        })
    }

    fn resolve(&mut self, _env: Env, failure: Option<HostFailure>) -> Result<Option<NativeErrors>> {
        Ok(failure.map(IntoNative::into_native))
    }
}
