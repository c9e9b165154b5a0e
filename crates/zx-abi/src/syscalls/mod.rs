//! The system calls: every function of the vDSO and every entry of the kernel, in each ABI.

use core::cmp::Ordering;

mod argument;
mod table;
mod value;

pub use argument::*;
pub use value::*;

use crate::{
    Abi, ChannelCallArgs, HandleDisposition, HandleInfo, IoVector, IobRegion, PortPacket,
    ProfileInfo, Rights, Signals, Status, VmOptions, WaitItem,
};
use table::{
    DEVICES, GUESTS, KERNEL_TESTS, MODES, NO_SERIAL, PREEMPTION, PRIVILEGED, PROCESSORS, PROFILING,
    SHARED, SHELL, TOPICS, VIRTUAL,
};

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
    /// It does not return.
    Never,
    /// A `zx_status_t`.
    Status,
    /// An integer of this type, which is no status.
    Value(Type),
    /// The address of a text that ends in a NUL and is never gone.
    Text,
    /// A `zx_string_view_t`: address and length, in the two result registers.
    StringView,
}

/// What there is of a system call in this project's kernel, or in its vDSO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Support {
    /// All of it.
    Full,
    /// All but what the note names.
    Partial(&'static str),
    /// Nothing, for this reason: it answers NOT_SUPPORTED.
    None(&'static str),
}

/// One argument of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arg {
    /// Its name.
    pub name: &'static str,
    /// How it passes.
    pub passing: Passing,
    /// Its type; of pointers, the type of what they point to.
    pub ty: Type,
    /// Whether the pointer may be null.
    pub optional: bool,
    /// What counts the elements, if it points to an array.
    pub array: Option<Array>,
}

/// What counts the elements of an array. Arguments are named by their place, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Array {
    /// The argument with the number of elements.
    pub count: usize,
    /// The argument with the bytes of each, where the caller says them; the array is one of bytes
    /// then.
    pub unit: Option<usize>,
    /// The argument that points to how many of them the call has written, if that may be fewer.
    pub written: Option<usize>,
}

impl Array {
    /// From the names of the arguments that count, each of which there may be.
    const fn named(
        names: &[&str],
        count: &[&str],
        unit: &[&str],
        written: &[&str],
    ) -> Option<Self> {
        match place_of_first(names, count) {
            Some(count) => Some(Self {
                count,
                unit: place_of_first(names, unit),
                written: place_of_first(names, written),
            }),
            None => None,
        }
    }
}

/// Where the first of these names, if there is any, stands among others.
const fn place_of_first(names: &[&str], wanted: &[&str]) -> Option<usize> {
    match wanted {
        [] => None,
        [wanted, ..] => Some(place(names, wanted)),
    }
}

/// Where a name stands among others.
const fn place(names: &[&str], wanted: &str) -> usize {
    let mut at = 0;
    while !matches!(compare(names[at], wanted), Ordering::Equal) {
        at += 1;
    }
    at
}

/// As [`Ord::cmp`], which constants cannot call.
const fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    match (at < a.len(), at < b.len()) {
        (true, true) if a[at] < b[at] => Ordering::Less,
        (true, _) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => Ordering::Equal,
    }
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
    /// What there is of it.
    pub support: Support,
    /// The arguments in order, 8 at most. Each takes one register.
    pub args: &'static [Arg],
    /// How the result comes back.
    pub returns: Returns,
    columns: [Column; Abi::ALL.len()],
}

impl SyscallInfo {
    /// The kernel's number, or `None` if this ABI has no such kernel entry.
    ///
    /// Numbers are private to one kernel build. Those of [`Abi::Sdk2020`] are upstream's, read from
    /// the image of July 2020, but for what only 2021 has; those are this project's, as all of
    /// [`Abi::Newest`] are.
    pub const fn number(&self, abi: Abi) -> Option<u32> {
        match self.columns[abi as usize] {
            Column::Kernel(number) => Some(number),
            Column::Absent | Column::Vdso => None,
        }
    }

    /// Whether this ABI has the call.
    pub const fn known_to(&self, abi: Abi) -> bool {
        !matches!(self.columns[abi as usize], Column::Absent)
    }

    /// Whether the vDSO of this ABI has the symbols `zx_NAME` and `_zx_NAME`.
    pub const fn exported_by(&self, abi: Abi) -> bool {
        !matches!(self.kind, EntryKind::Hidden) && self.known_to(abi)
    }
}

impl Syscall {
    /// The kernel entry of this number in this ABI.
    pub const fn from_number(abi: Abi, number: u64) -> Option<Self> {
        static BY_NUMBER: [NumberTable; Abi::ALL.len()] =
            [number_table(Abi::Sdk2020), number_table(Abi::Newest)];
        if number < NUMBER_LIMIT as u64 { BY_NUMBER[abi as usize][number as usize] } else { None }
    }

    /// What this ABI calls by this name, less the `zx_`: a function, or an entry that only the vDSO
    /// knows.
    pub fn from_name(abi: Abi, name: &str) -> Option<Self> {
        static BY_NAME: [Syscall; Syscall::ALL.len()] = by_name();
        let first = BY_NAME.partition_point(|call| call.name() < name);
        let mut named = BY_NAME[first..].iter().take_while(|call| call.name() == name);
        named.find(|call| call.info().known_to(abi)).copied()
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

/// All calls in the order of their names.
const fn by_name() -> [Syscall; Syscall::ALL.len()] {
    let mut sorted = [Syscall::ALL[0]; Syscall::ALL.len()];
    let mut count = 0;
    while count < sorted.len() {
        let call = Syscall::ALL[count];
        let mut at = count;
        while at > 0 && matches!(compare(call.name(), sorted[at - 1].name()), Ordering::Less) {
            sorted[at] = sorted[at - 1];
            at -= 1;
        }
        sorted[at] = call;
        count += 1;
    }
    sorted
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

macro_rules! support {
    (full) => {
        Support::Full
    };
    (partial($note:expr)) => {
        Support::Partial($note)
    };
    (none($reason:expr)) => {
        Support::None($reason)
    };
}

macro_rules! syscalls {
    ($($category:ident {
        $($variant:ident $name:ident $kind:ident [$sdk2020:tt $newest:tt]
            $support:ident $(($note:expr))?
            fn($($arg:ident: $ty:ty $([$count:ident $(* $unit:ident)? $(=> $written:ident)?])?),*)
                -> $returns:ty;)*
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
                        support: support!($support $(($note))?),
                        args: {
                            #[allow(dead_code, reason = "where there are no arguments")]
                            const NAMES: &[&str] = &[$(stringify!($arg)),*];
                            &[$(Arg {
                                name: stringify!($arg),
                                passing: <$ty as Argument>::PASSING,
                                ty: <$ty as Argument>::TYPE,
                                optional: <$ty as Argument>::OPTIONAL,
                                array: Array::named(
                                    NAMES,
                                    &[$(stringify!($count))?],
                                    &[$($(stringify!($unit))?)?],
                                    &[$($(stringify!($written))?)?],
                                ),
                            }),*]
                        },
                        returns: <$returns as Returned>::RETURNS,
                        columns: [column!($sdk2020), column!($newest)],
                    } },)*)*
                }
            }
        }
    };
}

crate::syscall_table! { syscalls }

#[cfg(test)]
mod tests;
