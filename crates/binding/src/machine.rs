//! What a kernel runs on: the native machine where there is one, or none.

use std::sync::Arc;

use host_std::SystemClock;
use kernel_sim::{Clock, HostFailure, Image, Machine};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod native {
    use std::sync::OnceLock;

    use host_linux::{HelperPolicy, LinuxMachine, Tsc, TscCalibration, WithReserve};
    use host_std::TickSource;
    use kernel_sim::TickRate;

    use super::*;

    #[global_allocator]
    static ALLOCATOR: WithReserve = WithReserve;

    /// What is kept for when the computer has no more memory.
    #[napi_derive::module_init]
    fn lay_in() {
        WithReserve::lay_in();
    }

    /// The begin of a measurement that ends when the first clock needs it. A fact about the
    /// processor, and so one for all kernels.
    static CALIBRATION: OnceLock<Option<TscCalibration>> = OnceLock::new();
    static TSC: OnceLock<Option<Tsc>> = OnceLock::new();

    struct TscTicks(Tsc);

    impl TickSource for TscTicks {
        fn ticks(&self) -> i64 {
            self.0.ticks()
        }

        fn rate(&self) -> TickRate {
            self.0.rate()
        }
    }

    /// Begins to measure the counter early, so that the first clock need not wait for it.
    #[napi_derive::module_init]
    fn begin_calibration() {
        CALIBRATION.get_or_init(TscCalibration::begin);
    }

    pub fn machine(insists: bool, takes_spare: bool) -> Result<NativeMachine, HostFailure> {
        host_linux::prerequisites()?;
        let policy = HelperPolicy { insists, takes_spare };
        let machine = Arc::new(LinuxMachine::with_helper(policy));
        let (stop, refusal) = (Arc::clone(&machine), Arc::clone(&machine));
        Ok(NativeMachine {
            machine,
            stop: Box::new(move || Ok(stop.stop()?)),
            refusal: Box::new(move || Ok(refusal.refusal()?)),
        })
    }

    pub use host_linux::{prepare_image, start_thread};

    /// The counter's clock, if the counter is fit for one.
    pub fn clock() -> Option<Arc<dyn Clock>> {
        let tsc = TSC.get_or_init(|| {
            let begun = *CALIBRATION.get_or_init(TscCalibration::begin);
            begun.map(TscCalibration::finish)
        });
        tsc.map(|tsc| Arc::new(SystemClock::new(TscTicks(tsc), start_thread)) as Arc<dyn Clock>)
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod native {
    use super::*;

    pub fn machine(_insists: bool, _takes_spare: bool) -> Result<NativeMachine, HostFailure> {
        host_linux::prerequisites()?;
        Err(host_linux::HostError::Lacking { step: host_linux::Step::Platform }.into())
    }

    pub use host_std::start_thread;

    pub fn prepare_image(_image: &Image) {}

    pub fn clock() -> Option<Arc<dyn Clock>> {
        None
    }
}

/// A machine that runs guests.
pub struct NativeMachine {
    /// The machine.
    pub machine: Arc<dyn Machine>,
    /// Ends all that it has started on the computer, and waits for that, for a while.
    pub stop: Asked,
    /// Why nothing can be started now.
    pub refusal: Asked,
}

/// Something that the machine can be asked for, whoever else has it.
pub type Asked = Box<dyn Fn() -> Result<(), HostFailure> + Send>;

/// The machine that runs guests on this computer, only behind all walls if it `insists`, and if it
/// `takes_spare`, with a helper that is kept for such machines.
///
/// # Errors
/// Why it cannot run any.
pub fn native(insists: bool, takes_spare: bool) -> Result<NativeMachine, HostFailure> {
    native::machine(insists, takes_spare)
}

/// Has native machines show an image without a copy, as far as they can.
pub fn prepare_image(image: &Image) {
    native::prepare_image(image);
}

/// The computer's clock. Guests of a native machine read the same counter.
pub fn system_clock() -> Arc<dyn Clock> {
    native::clock().unwrap_or_else(|| {
        let ticks = host_std::InstantTicks::default();
        Arc::new(SystemClock::new(ticks, native::start_thread))
    })
}
