//! Prototypes of the system calls.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use zx_abi::{Abi, Arg, Meaning, Passing, Returns, Support, Syscall, SyscallInfo};

/// Characters in a line of prototypes, at most.
const WIDTH: usize = 100;

/// All functions of the vDSO, under both names that each has.
pub fn prototypes() -> String {
    let mut text = String::new();
    let mut family = None;
    for info in functions() {
        if let Some(last) = family.replace(info.category)
            && last != info.category
        {
            text += "\n";
        }
        if let Support::None(reason) = info.support {
            let _ = writeln!(text, "// Answers ZX_ERR_NOT_SUPPORTED: {reason}.");
        }
        text += &prototype(info, "");
    }
    text +=
        "\n// The same functions, for libraries: programs may define the names above themselves.\n";
    for info in functions() {
        text += &prototype(info, "_");
    }
    text
}

fn functions() -> impl Iterator<Item = &'static SyscallInfo> {
    Syscall::exported(Abi::Newest).map(Syscall::info)
}

fn prototype(info: &SyscallInfo, underscore: &str) -> String {
    let (result, attribute) = match info.returns {
        Returns::Void => ("void", ""),
        Returns::Never => ("void", " __NO_RETURN"),
        Returns::Status => ("zx_status_t", ""),
        Returns::Value(ty) => (ty.c_name, ""),
        Returns::Text => ("const char*", ""),
        Returns::StringView => ("zx_string_view_t", ""),
    };
    let mut args: Vec<_> = info.args.iter().map(parameter).collect();
    if args.is_empty() {
        args.push("void".into());
    }
    let mut text = format!("{result} {underscore}zx_{}(", info.name);
    let mut width = text.len();
    for (index, arg) in args.iter().enumerate() {
        let end = if index + 1 < args.len() { "," } else { ")" };
        if width + arg.len() + " ,".len() + attribute.len() > WIDTH {
            text += "\n    ";
            width = 4;
        } else if index > 0 {
            text += " ";
        }
        text += arg;
        text += end;
        width += arg.len() + " ,".len();
    }
    format!("{text}{attribute};\n")
}

fn parameter(arg: &Arg) -> String {
    let Arg { name, ty, .. } = arg;
    // Arrays of bytes are memory of any form.
    let is_memory = arg.array.is_some() && ty.meaning == Meaning::Number && ty.c_name == "uint8_t";
    let c_type = if is_memory { "void" } else { ty.c_name };
    match arg.passing {
        Passing::Value => format!("{c_type} {name}"),
        Passing::In => format!("const {c_type}* {name}"),
        Passing::Out | Passing::InOut => format!("{c_type}* {name}"),
    }
}

/// The types that calls name and that are declared after them, or nowhere: the table has no form
/// of them.
pub fn records() -> impl Iterator<Item = &'static str> {
    let args = functions().flat_map(|info| info.args);
    let records = args.filter(|arg| is_record(arg)).map(|arg| arg.ty.c_name);
    records.collect::<BTreeSet<_>>().into_iter()
}

fn is_record(arg: &Arg) -> bool {
    match arg.ty.meaning {
        Meaning::Opaque => arg.ty.c_name != "void",
        Meaning::HandleDisposition
        | Meaning::HandleInfo
        | Meaning::PortPacket
        | Meaning::WaitItem => true,
        _ => false,
    }
}
