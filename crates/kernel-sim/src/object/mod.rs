//! Kernel objects: one file per type, one typed slab per type, one [`ObjectId`] over all.

mod channel;
mod clock;
mod copies;
mod counter;
mod debuglog;
mod event;
mod exception;
mod family;
mod fifo;
mod interrupt;
mod iob;
mod job;
mod pager;
mod paging;
mod peer;
mod port;
mod process;
mod profile;
mod resource;
mod socket;
mod store;
mod stream;
mod suspend_token;
mod thread;
mod timer;
mod transit;
mod vmar;
mod vmo;

use slotmap::{SlotMap, new_key_type};
use zx_abi::{KOID_FIRST, KOID_INVALID, ObjectType, Result, Rights, Signals, Status};

use crate::Koid;
use crate::account::{AccountId, Accounts, Item};
use crate::line::Line;
use crate::wait::ObserverId;

pub(crate) use channel::*;
pub(crate) use clock::*;
pub use clock::{ClockUpdate, ClockUpdateVersion};
pub(crate) use copies::*;
pub(crate) use counter::*;
pub use debuglog::LogRecord;
pub(crate) use debuglog::*;
pub(crate) use event::*;
pub(crate) use exception::*;
pub(crate) use family::*;
pub(crate) use fifo::*;
pub(crate) use interrupt::*;
pub(crate) use iob::{Iob, IobSharedRegion, Region as IobView};
pub(crate) use job::*;
pub(crate) use pager::*;
pub(crate) use paging::*;
pub(crate) use peer::*;
pub(crate) use port::*;
pub(crate) use process::*;
pub(crate) use profile::*;
pub(crate) use resource::*;
pub(crate) use socket::*;
pub(crate) use store::*;
pub(crate) use stream::*;
pub(crate) use suspend_token::*;
pub(crate) use thread::*;
pub(crate) use timer::*;
pub(crate) use transit::*;
pub(crate) use vmar::*;
pub(crate) use vmo::*;

/// What every object has.
#[derive(Debug)]
pub(crate) struct Header {
    pub koid: Koid,
    /// The koid of the related object, which stays when that object dies.
    pub related: Koid,
    /// Live handles, those in messages included.
    pub handles: usize,
    pub signals: Signals,
    /// Watches on the signals, oldest first.
    pub observers: Line<ObserverId>,
    /// What the object is charged to.
    pub account: AccountId,
}

/// What is fixed for an object type.
pub(crate) trait Object {
    const TYPE: ObjectType;
    /// Rights of the first handle.
    const DEFAULT_RIGHTS: Rights;
    /// Signals that user code may set and clear.
    const ALLOWED_SIGNALS: Signals = Signals::USER_ALL;
    fn header(&self) -> &Header;
    fn header_mut(&mut self) -> &mut Header;
}

/// The id of an object of one type.
pub(crate) trait Key: Copy {
    type Object: Object;
    fn of(id: ObjectId) -> Option<Self>;
    fn get(self, objects: &Objects) -> Option<&Self::Object>;
    fn get_mut(self, objects: &mut Objects) -> Option<&mut Self::Object>;
    fn insert(objects: &mut Objects, object: Self::Object) -> Self;
    /// Takes an object out, which is refunded.
    fn remove(self, objects: &mut Objects) -> Option<Self::Object>;
}

macro_rules! objects {
    ($($variant:ident $key:ident $slab:ident $object:ident,)*) => {
        new_key_type! { $(pub(crate) struct $key;)* }

        #[derive(Clone, Copy)]
        enum Slab { $($variant,)* }

        const SLABS: usize = [$(Slab::$variant,)*].len();

        /// An object of any type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum ObjectId { $($variant($key),)* }

        $(impl From<$key> for ObjectId {
            fn from(key: $key) -> Self {
                Self::$variant(key)
            }
        }

        impl Key for $key {
            type Object = $object;

            fn of(id: ObjectId) -> Option<Self> {
                if let ObjectId::$variant(key) = id { Some(key) } else { None }
            }

            fn get(self, objects: &Objects) -> Option<&$object> {
                objects.$slab.get(self)
            }

            fn get_mut(self, objects: &mut Objects) -> Option<&mut $object> {
                objects.$slab.get_mut(self)
            }

            fn insert(objects: &mut Objects, object: $object) -> Self {
                objects.$slab.insert(object)
            }

            fn remove(self, objects: &mut Objects) -> Option<$object> {
                let object = objects.$slab.remove(self)?;
                objects.accounts.refund(object.header().account, Item::Objects, 1);
                Some(object)
            }
        })*

        /// All objects of a kernel.
        #[derive(Debug, Default)]
        pub(crate) struct Objects {
            created: u64,
            pub accounts: Accounts,
            /// Handles of each type, in the order of the slabs.
            handles: [usize; SLABS],
            pub families: Families,
            pub stores: Stores,
            pub copies: AllCopies,
            pub transit: Transit,
            $(pub $slab: SlotMap<$key, $object>,)*
        }

        impl Objects {
            pub fn header(&self, id: ObjectId) -> Option<&Header> {
                match id { $(ObjectId::$variant(key) => self.$slab.get(key).map(Object::header),)* }
            }

            pub fn header_mut(&mut self, id: ObjectId) -> Option<&mut Header> {
                match id {
                    $(ObjectId::$variant(key) => self.$slab.get_mut(key).map(Object::header_mut),)*
                }
            }

            /// One handle more or less to an object: how many it has then.
            pub fn count_handle(&mut self, id: ObjectId, change: isize) -> Option<usize> {
                let header = self.header_mut(id)?;
                header.handles = header.handles.wrapping_add_signed(change);
                let handles = header.handles;
                let of_type = &mut self.handles[id.slab() as usize];
                *of_type = of_type.wrapping_add_signed(change);
                Some(handles)
            }

            /// Objects and handles of each type that has any, by type number.
            pub fn count(&self) -> Vec<(ObjectType, usize, usize)> {
                let mut counts = vec![$((
                    $object::TYPE,
                    self.$slab.len(),
                    self.handles[Slab::$variant as usize],
                ),)*];
                counts.retain(|(_, objects, _)| *objects > 0);
                counts.sort_by_key(|(kind, ..)| *kind);
                counts
            }
        }

        impl ObjectId {
            fn slab(self) -> Slab {
                match self { $(Self::$variant(_) => Slab::$variant,)* }
            }

            pub fn object_type(self) -> ObjectType {
                match self { $(Self::$variant(_) => $object::TYPE,)* }
            }

            pub fn default_rights(self) -> Rights {
                match self { $(Self::$variant(_) => $object::DEFAULT_RIGHTS,)* }
            }

            pub fn allowed_signals(self) -> Signals {
                match self { $(Self::$variant(_) => $object::ALLOWED_SIGNALS,)* }
            }
        }
    };
}

objects! {
    Process ProcessId processes Process,
    Thread ThreadId threads Thread,
    Vmo VmoId vmos Vmo,
    Channel ChannelId channels Channel,
    Event EventId events Event,
    Port PortId ports Port,
    Log LogId logs Log,
    Socket SocketId sockets Socket,
    EventPair EventPairId event_pairs EventPair,
    Job JobId jobs Job,
    Vmar VmarId vmars Vmar,
    Fifo FifoId fifos Fifo,
    Timer TimerId timers Timer,
    Clock ClockId clocks Clock,
    Stream StreamId streams Stream,
    Interrupt InterruptId interrupts Interrupt,
    Resource ResourceId resources Resource,
    Profile ProfileId profiles Profile,
    Counter CounterId counters Counter,
    Iob IobId iobs Iob,
    IobSharedRegion IobSharedRegionId iob_shared_regions IobSharedRegion,
    SuspendToken SuspendTokenId suspend_tokens SuspendToken,
    Exception ExceptionId exceptions Exception,
    Pager PagerId pagers Pager,
}

/// Implements [`Object`] for a type with a `header` field.
macro_rules! object {
    ($object:ident, $rights:expr $(, $allowed:expr)?) => {
        impl $crate::object::Object for $object {
            const TYPE: zx_abi::ObjectType = zx_abi::ObjectType::$object;
            const DEFAULT_RIGHTS: zx_abi::Rights = $rights;
            $(const ALLOWED_SIGNALS: zx_abi::Signals = $allowed;)?

            fn header(&self) -> &$crate::object::Header {
                &self.header
            }

            fn header_mut(&mut self) -> &mut $crate::object::Header {
                &mut self.header
            }
        }
    };
}
pub(crate) use object;

impl Objects {
    /// An object that a handle or another object leads to.
    ///
    /// # Errors
    /// BAD_HANDLE if it is gone.
    pub fn get<K: Key>(&self, id: K) -> Result<&K::Object> {
        id.get(self).ok_or(Status::BAD_HANDLE)
    }

    /// As [`Objects::get`], to change it.
    pub fn get_mut<K: Key>(&mut self, id: K) -> Result<&mut K::Object> {
        id.get_mut(self).ok_or(Status::BAD_HANDLE)
    }

    /// The header of a new object, which is charged to this account.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_header(
        &mut self,
        account: AccountId,
        related: Koid,
        signals: Signals,
    ) -> Result<Header> {
        self.accounts.charge(account, [(Item::Objects, 1)])?;
        Ok(self.charged_header(account, related, signals))
    }

    /// The header of a new object that has been charged already.
    pub fn charged_header(
        &mut self,
        account: AccountId,
        related: Koid,
        signals: Signals,
    ) -> Header {
        let koid = KOID_FIRST + self.created;
        self.created += 1;
        Header { koid, related, handles: 0, signals, observers: Line::default(), account }
    }

    /// The koid of an object, 0 if it is gone.
    pub fn koid(&self, id: impl Into<ObjectId>) -> Koid {
        self.header(id.into()).map_or(KOID_INVALID, |header| header.koid)
    }
}

/// The union of rights, in a constant.
pub(crate) const fn rights(parts: &[Rights]) -> Rights {
    let mut all = Rights::empty();
    let mut i = 0;
    while i < parts.len() {
        all = all.union(parts[i]);
        i += 1;
    }
    all
}
