//! Watches on the signals of an object, and what a change of them sets off.

use std::ops::Range;

use slotmap::new_key_type;
use zx_abi::Signals;

use super::{WaitEnd, WaiterId};
use crate::account::Item;
use crate::ending::Ending;
use crate::handle::Handle;
use crate::object::{ObjectId, PortWatch, ProcessId};
use crate::state::State;
use crate::trace::TraceEvent;

new_key_type! { pub(crate) struct ObserverId; }

/// A watch on an object through a handle.
#[derive(Debug)]
pub(crate) struct Observer {
    pub object: ObjectId,
    pub signals: Signals,
    /// The process that has the handle: closing it ends the watch.
    pub process: ProcessId,
    pub handle: u32,
    pub concern: Concern,
    /// Its places among the watches on the object and through the handle.
    pub places: (u64, u64),
}

/// Signals that an object shows, for the watches of that moment.
#[derive(Debug)]
pub(crate) struct Notice {
    pub object: ObjectId,
    pub shown: Signals,
    /// Those of them that it has not shown before.
    pub rising: Signals,
    /// The places of the watches that are still to be told.
    pub places: Range<u64>,
}

/// What a match sets off.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Concern {
    /// A wait, which it ends.
    Wait(WaiterId),
    /// A port, which gets a packet.
    Port(PortWatch),
}

impl State {
    /// Watches an object through a handle in the table of a process.
    pub fn add_observer(
        &mut self,
        object: ObjectId,
        signals: Signals,
        (process, handle): (ProcessId, u32),
        concern: Concern,
    ) -> ObserverId {
        let objects = &mut self.objects;
        self.observers.insert_with_key(|id| {
            let header = objects.header_mut(object);
            let on = header.map(|header| header.observers.push(id));
            let owner = objects.processes.get_mut(process);
            let through = owner.and_then(|owner| owner.handles.watch(handle, id));
            let places = (on.unwrap_or(0), through.unwrap_or(0));
            Observer { object, signals, process, handle, concern, places }
        })
    }

    /// Ends a watch without setting anything off.
    pub fn remove_observer(&mut self, id: ObserverId) -> Option<Observer> {
        let observer = self.observers.remove(id)?;
        self.meter.count(1);
        if let Concern::Port(watch) = observer.concern {
            self.objects.accounts.refund(watch.account, Item::Objects, 1);
        }
        let (on, through) = observer.places;
        if let Some(header) = self.objects.header_mut(observer.object) {
            header.observers.remove(on);
        }
        if let Some(process) = self.objects.processes.get_mut(observer.process) {
            process.handles.unwatch(observer.handle, through);
        }
        Some(observer)
    }

    /// The signals of an object; none if it is gone.
    pub fn signals(&self, object: ObjectId) -> Signals {
        self.objects.header(object).map_or(Signals::empty(), |header| header.signals)
    }

    /// Changes an object's signals and sets off the watches for one that is now set.
    pub fn update_signals(&mut self, id: impl Into<ObjectId>, clear: Signals, set: Signals) {
        self.change_signals(id.into(), clear, set, Signals::empty());
    }

    /// Sets signals or clears them.
    pub fn set_signals(&mut self, id: impl Into<ObjectId>, signals: Signals, on: bool) {
        let (clear, set) = match on {
            true => (Signals::empty(), signals),
            false => (signals, Signals::empty()),
        };
        self.change_signals(id.into(), clear, set, Signals::empty());
    }

    /// As [`State::update_signals`], with signals that are shown to the observers of this moment
    /// and are not set afterwards.
    pub fn pulse_signals(&mut self, id: impl Into<ObjectId>, set: Signals, pulse: Signals) {
        self.change_signals(id.into(), Signals::empty(), set, pulse);
    }

    fn change_signals(&mut self, id: ObjectId, clear: Signals, set: Signals, pulse: Signals) {
        let Some(header) = self.objects.header_mut(id) else { return };
        let before = header.signals;
        let after = before.difference(clear).union(set);
        header.signals = after;
        if after == before && pulse.is_empty() {
            return;
        }
        let (shown, places) = (after | pulse, header.observers.places());
        self.trace(|state| TraceEvent::Signal {
            object: state.objects.koid(id),
            object_type: id.object_type(),
            before: before.bits(),
            after: shown.bits(),
        });
        if !places.is_empty() {
            let rising = shown.difference(before);
            self.end(Ending::Notice(Notice { object: id, shown, rising, places }));
        }
    }

    /// Tells the next of the watches, newest first. Whether there was one.
    pub fn notify(&mut self, notice: &mut Notice) -> bool {
        let &mut Notice { object, shown, rising, ref mut places } = notice;
        let header = self.objects.header(object);
        let next = header.and_then(|header| header.observers.last(places.clone()));
        let Some((place, id)) = next else { return false };
        self.meter.count(1);
        places.end = place;
        if let Some(observer) = self.observers.get(id)
            && observer.signals.intersects(shown)
        {
            match observer.concern {
                Concern::Wait(waiter) => {
                    self.finish_wait(waiter, WaitEnd::Signaled { object, shown });
                }
                Concern::Port(watch) => {
                    let edge = rising.intersects(observer.signals);
                    self.port_match(id, watch, shown, edge);
                }
            }
        }
        true
    }

    /// Waits through a handle end as cancelled, watches for ports just end.
    pub fn end_watches(&mut self, handle: &mut Handle) {
        if let Some(watches) = handle.take_watches() {
            self.end(Ending::Watches(watches));
        }
    }

    /// Ends one of the watches through a handle.
    pub fn end_watch(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get(id) else { return };
        match observer.concern {
            Concern::Wait(waiter) => {
                self.finish_wait(waiter, WaitEnd::HandleClosed(observer.handle));
            }
            Concern::Port(watch) => self.port_forget_observer(watch, id),
        }
    }
}
