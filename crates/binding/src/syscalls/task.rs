//! Tasks of any type.

use napi::Result;
use napi_derive::napi;

use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// `zx_task_kill`
    #[napi]
    pub fn task_kill(&self, context: f64, task: u32) -> Result<f64> {
        self.number(context, |caller| caller.task_kill(task))
    }

    /// `zx_task_create_exception_channel`
    #[napi]
    pub fn task_create_exception_channel(
        &self,
        context: f64,
        task: u32,
        options: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.task_create_exception_channel(task, options))
    }

    /// `zx_task_suspend`
    #[napi]
    pub fn task_suspend(&self, context: f64, task: u32) -> Result<f64> {
        self.number(context, |caller| caller.task_suspend(task))
    }
}
