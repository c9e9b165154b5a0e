//! `zx_obj_type_t` (zircon/types.h).

macro_rules! object_types {
    ($($(#[$doc:meta])* $name:ident = $value:literal,)*) => {
        /// The type of a kernel object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum ObjectType {
            $($(#[$doc])* $name = $value,)*
        }

        impl ObjectType {
            /// Every type, with its name.
            pub const ALL: &'static [(&'static str, Self)] =
                &[$((stringify!($name), Self::$name),)*];

            /// The type with this number.
            pub const fn from_raw(raw: u32) -> Option<Self> {
                match raw {
                    $($value => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The type's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

object_types! {
    /// `ZX_OBJ_TYPE_PROCESS`
    Process = 1,
    /// `ZX_OBJ_TYPE_THREAD`
    Thread = 2,
    /// `ZX_OBJ_TYPE_VMO`
    Vmo = 3,
    /// `ZX_OBJ_TYPE_CHANNEL`
    Channel = 4,
    /// `ZX_OBJ_TYPE_EVENT`
    Event = 5,
    /// `ZX_OBJ_TYPE_PORT`
    Port = 6,
    /// `ZX_OBJ_TYPE_INTERRUPT`
    Interrupt = 9,
    /// `ZX_OBJ_TYPE_LOG`
    Log = 12,
    /// `ZX_OBJ_TYPE_SOCKET`
    Socket = 14,
    /// `ZX_OBJ_TYPE_RESOURCE`
    Resource = 15,
    /// `ZX_OBJ_TYPE_EVENTPAIR`
    EventPair = 16,
    /// `ZX_OBJ_TYPE_JOB`
    Job = 17,
    /// `ZX_OBJ_TYPE_VMAR`
    Vmar = 18,
    /// `ZX_OBJ_TYPE_FIFO`
    Fifo = 19,
    /// `ZX_OBJ_TYPE_TIMER`
    Timer = 22,
    /// `ZX_OBJ_TYPE_PROFILE`
    Profile = 25,
    /// `ZX_OBJ_TYPE_SUSPEND_TOKEN`
    SuspendToken = 27,
    /// `ZX_OBJ_TYPE_PAGER`
    Pager = 28,
    /// `ZX_OBJ_TYPE_EXCEPTION`
    Exception = 29,
    /// `ZX_OBJ_TYPE_CLOCK`
    Clock = 30,
    /// `ZX_OBJ_TYPE_STREAM`
    Stream = 31,
    /// `ZX_OBJ_TYPE_IOB`
    Iob = 33,
    /// `ZX_OBJ_TYPE_COUNTER`
    Counter = 34,
    /// `ZX_OBJ_TYPE_IOB_SHARED_REGION`
    IobSharedRegion = 35,
}
