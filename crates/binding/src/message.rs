//! Bootstrap messages and what is computed from them.

use loader_core::process_args::{
    CStringList, DecodedMessage, HandleInfo, Message, MessageContents, ProcessargsError,
    StartupHandle,
};
use loader_core::stack::{calculate_initial_linker_stack_size, compute_initial_stack_pointer};
use napi::bindgen_prelude::{
    BigInt, Either, Uint8Array, Uint8ArraySlice, Uint32Array, Uint32ArraySlice,
};
use napi::{Error, Result};
use napi_derive::napi;

use crate::elf::arch;
use crate::error::{IntoNative, NativeErrors};
use crate::guard::guard;
use crate::number::unsigned;

/// A message, taken apart. Strings are packed, each with its NUL.
#[napi(object, object_from_js = false)]
pub struct NativeMessage {
    /// What each handle is for.
    pub handle_infos: Uint32Array,
    /// Arguments.
    pub args: Uint8Array,
    /// Environment.
    pub environment_vars: Uint8Array,
    /// Namespace paths.
    pub namespace_paths: Uint8Array,
}

/// Packed strings; JavaScript made them.
pub fn strings(packed: &[u8]) -> Result<CStringList> {
    let mut list = CStringList::new();
    list.extend_packed(packed).map_err(|error| Error::from_reason(error.to_string()))?;
    Ok(list)
}

/// What a raw number says a handle is for; JavaScript made it.
pub fn handle_info(raw: u32) -> Result<HandleInfo> {
    HandleInfo::try_from(raw).map_err(|error| Error::from_reason(error.to_string()))
}

/// Contents with the infos of handles, but without the handles.
fn contents(
    infos: &[u32],
    args: &[u8],
    environment_vars: &[u8],
    namespace_paths: &[u8],
) -> Result<MessageContents<()>> {
    let handles: Result<Vec<_>> = infos
        .iter()
        .map(|raw| Ok(StartupHandle { handle: (), info: handle_info(*raw)? }))
        .collect();
    Ok(MessageContents {
        args: strings(args)?,
        environment_vars: strings(environment_vars)?,
        namespace_paths: strings(namespace_paths)?,
        handles: handles?,
    })
}

/// The bytes of a message.
#[napi]
pub fn build_message(
    infos: Uint32ArraySlice,
    args: Uint8ArraySlice,
    environment_vars: Uint8ArraySlice,
    namespace_paths: Uint8ArraySlice,
) -> Result<Either<Uint8Array, NativeErrors>> {
    guard(|| {
        let contents = contents(&infos, &args, &environment_vars, &namespace_paths)?;
        Ok(match Message::build(contents) {
            Ok(message) => Either::A(message.into_parts().0.into()),
            Err(error) => Either::B(error.into_native()),
        })
    })
}

/// The size of the message, or with `extra_handles` that of the stack on which the dynamic linker
/// can read it with that many handles more.
#[napi]
pub fn message_size(
    infos: Uint32ArraySlice,
    args: Uint8ArraySlice,
    environment_vars: Uint8ArraySlice,
    namespace_paths: Uint8ArraySlice,
    extra_handles: Option<u32>,
) -> Result<Either<f64, NativeErrors>> {
    guard(|| {
        let contents = contents(&infos, &args, &environment_vars, &namespace_paths)?;
        let size = match extra_handles {
            Some(extra) => calculate_initial_linker_stack_size(&contents, extra as usize)
                .map(|size| size as f64)
                .map_err(IntoNative::into_native),
            None => Message::calculate_size(&contents)
                .map(f64::from)
                .map_err(|error: ProcessargsError| error.into_native()),
        };
        Ok(size.map_or_else(Either::B, Either::A))
    })
}

/// The contents of a message.
#[napi]
pub fn decode_message(
    bytes: Uint8ArraySlice,
    handle_count: u32,
) -> Result<Either<NativeMessage, NativeErrors>> {
    guard(|| {
        Ok(match DecodedMessage::decode(&bytes, handle_count as usize) {
            Ok(message) => {
                let infos: Vec<u32> =
                    message.handle_infos.iter().map(|info| info.as_raw()).collect();
                Either::A(NativeMessage {
                    handle_infos: infos.into(),
                    args: message.args.packed().to_vec().into(),
                    environment_vars: message.environment_vars.packed().to_vec().into(),
                    namespace_paths: message.namespace_paths.packed().to_vec().into(),
                })
            }
            Err(error) => Either::B(error.into_native()),
        })
    })
}

/// The initial stack pointer of a thread.
#[napi]
pub fn initial_stack_pointer(
    base: BigInt,
    size: BigInt,
    target: String,
) -> Result<Either<BigInt, NativeErrors>> {
    guard(|| {
        let invalid = |status: zx_abi::Status| Error::from_reason(status.to_string());
        let (base, size) = (unsigned(&base).map_err(invalid)?, unsigned(&size).map_err(invalid)?);
        Ok(match compute_initial_stack_pointer(base, size, arch(&target)?) {
            Ok(pointer) => Either::A(pointer.into()),
            Err(error) => Either::B(error.into_native()),
        })
    })
}
