//! The system calls: every function of the vDSO and every entry of the kernel, in each ABI.

use crate::Abi;

mod table;

/// What stands between a caller and the kernel in the vDSO (zircon/vdso, zircon/system/ulib/zircon).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// The kernel entry and nothing else.
    Direct,
    /// The kernel entry, repeated while it returns `ZX_ERR_INTERNAL_INTR_RETRY`.
    BlockingRetry,
    /// `…_noretry` once, then `…_finish` while the result is `ZX_ERR_INTERNAL_INTR_RETRY`.
    ChannelCall,
    /// `cprng_draw_once` over chunks of at most 256 bytes.
    CprngDraw,
    /// An entry of its own in the SDKs; in the newest ABI `thread_start_regs` with `tp` and
    /// `abi_reg` zero.
    ThreadStart,
    /// Several entries in a row, of which the last is `thread_exit`. Leaves the stack alone from
    /// the first on, which may unmap it.
    ExitComposite,
    /// `object_get_info` with topic `ZX_INFO_HANDLE_VALID`.
    HandleCheckValid,
    /// Answered from the vDSO's own code and data; it may ask a [`Hidden`](Self::Hidden) entry
    /// where user mode cannot read the counter.
    VdsoOnly,
    /// A kernel entry that only the vDSO's own code calls: no symbol names it.
    Hidden,
}

/// How a function hands back its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returns {
    /// Nothing.
    Void,
    /// A `zx_status_t`.
    Status,
    /// An integer that is no status.
    Value,
    /// An address.
    Pointer,
    /// A `zx_string_view_t`: address and length, in the two result registers.
    StringView,
}

/// One argument of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arg {
    /// Its C type, such as `const zx_handle_t*`.
    pub c_type: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// What one ABI makes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    /// Unknown to this ABI.
    Absent,
    /// A vDSO function without a kernel entry of its own.
    Vdso,
    /// The kernel entry of this number.
    Kernel(u32),
}

/// What is known of one system call.
#[derive(Debug, PartialEq, Eq)]
pub struct SyscallInfo {
    /// The name less its `zx_`.
    pub name: &'static str,
    /// The family, as upstream groups the calls.
    pub category: SyscallCategory,
    /// What the vDSO does before or after the kernel.
    pub kind: EntryKind,
    /// The C prototype less the name: `zx_status_t (zx_handle_t handle)`. It is the one of the
    /// newest ABI that has the call.
    pub signature: &'static str,
    arg_count: u8,
    columns: [Column; 3],
}

impl SyscallInfo {
    /// Number of arguments, 0 to 8. Each takes one register.
    pub const fn arg_count(&self) -> usize {
        self.arg_count as usize
    }

    /// The arguments in order.
    pub fn args(&self) -> impl Iterator<Item = Arg> + use<> {
        let list = self.signature.split_once(" (").map_or("", |(_, rest)| rest);
        let list = list.strip_suffix(')').unwrap_or(list);
        list.split(", ")
            .filter_map(|arg| arg.rsplit_once(' '))
            .map(|(c_type, name)| Arg { c_type, name })
    }

    /// The C type of the result.
    pub fn return_type(&self) -> &'static str {
        self.signature.split_once(" (").map_or(self.signature, |(result, _)| result)
    }

    /// How the result comes back.
    pub fn returns(&self) -> Returns {
        match self.return_type() {
            "void" => Returns::Void,
            "zx_status_t" => Returns::Status,
            "zx_string_view_t" => Returns::StringView,
            pointer if pointer.ends_with('*') => Returns::Pointer,
            _ => Returns::Value,
        }
    }

    /// The kernel's number, or `None` if this ABI has no such kernel entry.
    ///
    /// Numbers are private to one kernel build. Those of [`Abi::Sdk2020`] are upstream's, read
    /// from that SDK's image; those of [`Abi::Sdk2018`] and [`Abi::Newest`] are this project's.
    pub const fn number(&self, abi: Abi) -> Option<u32> {
        match self.columns[abi as usize] {
            Column::Kernel(number) => Some(number),
            Column::Absent | Column::Vdso => None,
        }
    }

    /// Whether the vDSO of this ABI has the symbols `zx_NAME` and `_zx_NAME`.
    pub const fn exported_by(&self, abi: Abi) -> bool {
        !matches!(self.kind, EntryKind::Hidden)
            && !matches!(self.columns[abi as usize], Column::Absent)
    }
}

impl Syscall {
    /// The kernel entry of this number in this ABI.
    pub const fn from_number(abi: Abi, number: u64) -> Option<Self> {
        static BY_NUMBER: [NumberTable; 3] =
            [number_table(Abi::Sdk2018), number_table(Abi::Sdk2020), number_table(Abi::Newest)];
        if number < NUMBER_LIMIT as u64 { BY_NUMBER[abi as usize][number as usize] } else { None }
    }

    /// The call of this name, less the `zx_`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|call| call.name() == name)
    }

    /// The name less its `zx_`.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The functions that the vDSO of this ABI exports, in the table's order.
    pub fn exported(abi: Abi) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |call| call.info().exported_by(abi))
    }
}

/// One more than the highest number of any ABI, at least.
const NUMBER_LIMIT: usize = 256;
type NumberTable = [Option<Syscall>; NUMBER_LIMIT];

const fn number_table(abi: Abi) -> NumberTable {
    let mut table = [None; NUMBER_LIMIT];
    let mut i = 0;
    while i < Syscall::ALL.len() {
        let call = Syscall::ALL[i];
        if let Some(number) = call.info().number(abi) {
            assert!(table[number as usize].is_none(), "a number is given twice");
            table[number as usize] = Some(call);
        }
        i += 1;
    }
    table
}

/// Counts the arguments of a C prototype: `(void)` has none.
const fn count_args(signature: &str) -> u8 {
    let bytes = signature.as_bytes();
    let mut count = 1;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'(' if bytes.len() - i == "(void)".len() && bytes[i + 1] == b'v' => return 0,
            b',' => count += 1,
            _ => {}
        }
        i += 1;
    }
    assert!(count <= 8, "a system call takes at most 8 arguments");
    count
}

macro_rules! column {
    (_) => {
        Column::Absent
    };
    (vdso) => {
        Column::Vdso
    };
    ($number:literal) => {
        Column::Kernel($number)
    };
}

macro_rules! syscalls {
    ($($category:ident {
        $($variant:ident $name:ident $kind:ident $sdk2018:tt $sdk2020:tt $newest:tt $signature:literal;)*
    })*) => {
        /// A family of system calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum SyscallCategory {
            $(#[doc = concat!("The ", stringify!($category), " calls.")] $category,)*
        }

        /// A system call: a function of the vDSO, an entry of the kernel, or both.
        ///
        /// The names are upstream's (zircon/vdso, and `SYSCALL_zx_…` in the images for entries
        /// that are not exported). A kernel matches on what [`Syscall::from_number`] returns,
        /// which is never a function without an entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Syscall {
            $($(#[doc = concat!("`zx_", stringify!($name), "`")] $variant,)*)*
        }

        impl Syscall {
            /// Every system call of every ABI.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// What is known of it.
            pub const fn info(self) -> &'static SyscallInfo {
                match self {
                    $($(Self::$variant => const { &SyscallInfo {
                        name: stringify!($name),
                        category: SyscallCategory::$category,
                        kind: EntryKind::$kind,
                        signature: $signature,
                        arg_count: count_args($signature),
                        columns: [column!($sdk2018), column!($sdk2020), column!($newest)],
                    } },)*)*
                }
            }
        }
    };
}
use {column, syscalls};

pub use table::{Syscall, SyscallCategory};

#[cfg(test)]
mod tests;
