//! Trace records, packed, and what it takes to make sense of them. `lib/trace/` reads both.

use kernel_sim::{TraceEvent, TraceRecord, TracedArg, TracedHandle, TracedObject};
use napi::Result;
use napi_derive::napi;
use zx_abi::{
    INFO_TOPICS, JOB_POLICY_TOPICS, KOID_INVALID, PROPERTIES, Returns, Syscall, exception_name,
};

use crate::guard::guard;
use crate::tables::{NativeNumber, numbers};
use crate::wire::Writer;

/// The prototype of a system call.
#[napi(object, object_from_js = false)]
pub struct NativePrototype {
    /// The name less its `zx_`.
    pub name: String,
    /// How the result comes back: `Void`, `Status` or `Value`.
    pub returns: String,
    /// The parameters in order.
    pub parameters: Vec<NativeParameter>,
}

/// A parameter of a system call.
#[napi(object, object_from_js = false)]
pub struct NativeParameter {
    /// Its name.
    pub name: String,
    /// How it passes: `Value`, or as a pointer, `In`, `Out`, `InOut`.
    pub passing: String,
    /// What its type means, or the type that it points to.
    pub meaning: String,
    /// Bytes of that type; 0 if that depends.
    pub size: u32,
    /// Whether that type may be negative.
    pub signed: bool,
    /// The parameter that counts the elements that it points to, from 0, if it points to an array.
    pub count: Option<u32>,
    /// The parameter with the bytes of each of them, from 0, if the caller says them.
    pub unit: Option<u32>,
}

/// What the arguments of system calls mean.
#[napi(object, object_from_js = false)]
pub struct NativeTraceTables {
    /// Every system call.
    pub prototypes: Vec<NativePrototype>,
    /// `ZX_INFO_*`
    pub info_topics: Vec<NativeNumber>,
    /// `ZX_PROP_*`
    pub properties: Vec<NativeNumber>,
    /// `ZX_JOB_POL_*`
    pub job_policy_topics: Vec<NativeNumber>,
}

/// What the arguments of system calls mean.
#[napi]
pub fn trace_tables() -> Result<NativeTraceTables> {
    let named =
        |table: &[(&str, u32)]| numbers(table.iter().map(|(name, value)| (*name, (*value).into())));
    guard(|| {
        Ok(NativeTraceTables {
            prototypes: Syscall::ALL.iter().map(|syscall| prototype(*syscall)).collect(),
            info_topics: named(INFO_TOPICS),
            properties: named(PROPERTIES),
            job_policy_topics: named(JOB_POLICY_TOPICS),
        })
    })
}

fn prototype(syscall: Syscall) -> NativePrototype {
    let info = syscall.info();
    let parameters = info.args.iter().map(|arg| NativeParameter {
        name: arg.name.to_owned(),
        passing: format!("{:?}", arg.passing),
        meaning: format!("{:?}", arg.ty.meaning),
        size: arg.ty.size as u32,
        signed: arg.ty.signed,
        count: arg.array.map(|array| array.count as u32),
        unit: arg.array.and_then(|array| array.unit).map(|unit| unit as u32),
    });
    NativePrototype {
        name: info.name.to_owned(),
        returns: match info.returns {
            Returns::Void | Returns::Never => "Void",
            Returns::Status => "Status",
            Returns::Value(_) | Returns::Text | Returns::StringView => "Value",
        }
        .to_owned(),
        parameters: parameters.collect(),
    }
}

/// Appends one record: its time, its kind's number, its fields.
pub fn pack(record: &TraceRecord, out: &mut Writer) {
    out.i64(record.time).u64(record.caller);
    match &record.event {
        TraceEvent::SyscallEnter { process, thread, number, syscall, args, known } => {
            out.u8(0).u64(*process).u64(*thread).u64(*number);
            out.bytes(syscall.map_or("", |syscall| syscall.info().name).as_bytes());
            for arg in args {
                out.u64(*arg);
            }
            pack_known(known, out);
        }
        TraceEvent::SyscallExit { process, thread, value, known } => {
            out.u8(1).u64(*process).u64(*thread).u64(*value);
            pack_known(known, out);
        }
        TraceEvent::SyscallNotImplemented { process, thread, syscall } => {
            out.u8(2).u64(*process).u64(*thread).bytes(syscall.info().name.as_bytes());
        }
        TraceEvent::Map { process, vmar, base, len, permissions, vmo, vmo_name, vmo_offset } => {
            out.u8(3).u64(*process).u64(*base).u64(*len).u64(*vmar).u32(*permissions).u64(*vmo);
            out.bytes(vmo_name.as_bytes()).u64(*vmo_offset);
        }
        TraceEvent::Unmap { process, base, len } => {
            out.u8(4).u64(*process).u64(*base).u64(*len);
        }
        TraceEvent::Protect { process, base, len, permissions } => {
            out.u8(5).u64(*process).u64(*base).u64(*len).u32(*permissions);
        }
        TraceEvent::Message { id, process, thread, from, to, bytes, handles } => {
            out.u8(6).u64(*process).u64(*thread).u64(*id).u64(*from).u64(*to).bytes(bytes);
            pack_handles(handles, out);
        }
        TraceEvent::Signal { object, object_type, before, after } => {
            out.u8(7).u64(*object).u32(*object_type as u32).u32(*before).u32(*after);
        }
        TraceEvent::ProcessStart { process, thread, thread_name, entry, stack } => {
            out.u8(8).u64(*process).u64(*thread).bytes(thread_name.as_bytes());
            out.u64(*entry).u64(*stack);
        }
        TraceEvent::Exception { process, thread, kind, pc, fault_address } => {
            out.u8(9).u64(*process).u64(*thread).u32(*kind);
            out.bytes(exception_name(*kind).as_bytes()).u64(*pc).u64(*fault_address);
        }
        TraceEvent::ProcessExit { process, return_code } => {
            out.u8(10).u64(*process).i64(*return_code);
        }
        TraceEvent::SyscallBlocked { process, thread } => {
            out.u8(11).u64(*process).u64(*thread);
        }
        TraceEvent::ProcessCreate { process, name, job } => {
            out.u8(12).u64(*process).bytes(name.as_bytes()).u64(*job);
        }
        TraceEvent::ThreadStart { process, thread, name, entry, stack } => {
            out.u8(13).u64(*process).u64(*thread).bytes(name.as_bytes());
            out.u64(*entry).u64(*stack);
        }
        TraceEvent::ThreadExit { process, thread } => {
            out.u8(14).u64(*process).u64(*thread);
        }
        TraceEvent::MessageRead { id, process, thread, channel } => {
            out.u8(16).u64(*process).u64(*thread).u64(*id).u64(*channel);
        }
        TraceEvent::BytesWritten { process, thread, object_type, from, to, position, len } => {
            out.u8(17).u64(*process).u64(*thread).u32(*object_type as u32).u64(*from).u64(*to);
            out.u64(*position).u64(*len);
        }
        TraceEvent::BytesRead { process, thread, object_type, object, position, len } => {
            out.u8(18).u64(*process).u64(*thread).u32(*object_type as u32).u64(*object);
            out.u64(*position).u64(*len);
        }
        TraceEvent::StepBegin { id, name, details } => {
            out.u8(21).u64(*id).bytes(name.as_bytes()).bytes(details.as_bytes());
        }
        TraceEvent::StepEnd { id } => {
            out.u8(22).u64(*id);
        }
        TraceEvent::Memory { bytes } => {
            out.u8(19).u64(*bytes);
        }
        TraceEvent::PageFault { process, thread, address, base, len } => {
            out.u8(20).u64(*process).u64(*thread).u64(*address).u64(*base).u64(*len);
        }
    }
}

/// Appends a record that so many others, the last of that time, were dropped.
pub fn pack_dropped(time: i64, count: u64, out: &mut Writer) {
    out.i64(time).u64(KOID_INVALID);
    out.u8(15).f64(count as f64);
}

fn pack_known(args: &[TracedArg], out: &mut Writer) {
    out.u32(args.len() as u32);
    for TracedArg { index, objects, bytes } in args {
        out.u32(*index as u32);
        pack_objects(objects, out);
        out.bytes(bytes);
    }
}

fn pack_handles(handles: &[TracedHandle], out: &mut Writer) {
    out.u32(handles.len() as u32);
    for TracedHandle { object, related, rights } in handles {
        pack_object(object, out);
        out.u64(*related).u32(rights.bits());
    }
}

fn pack_objects(objects: &[TracedObject], out: &mut Writer) {
    out.u32(objects.len() as u32);
    objects.iter().for_each(|object| pack_object(object, out));
}

fn pack_object(TracedObject { koid, object_type }: &TracedObject, out: &mut Writer) {
    out.u64(*koid).u32(object_type.map_or(0, |kind| kind as u32));
}
