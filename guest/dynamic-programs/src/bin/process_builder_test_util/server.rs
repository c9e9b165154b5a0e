//! All connections, and who of them is served next.

use guest_rt::Handle;
use guest_rt::fidl::Decoder;
use zx_abi::{CHANNEL_MAX_MSG_BYTES, Result, Signals, TIME_INFINITE, WaitItem};

use crate::directory::{Directory, Opened};
use crate::methods::Util;

/// Connections to the directory, at most. Further ones are closed.
const DIRECTORIES: usize = 8;
/// Connections to the protocol, at most. Further ones wait in the directories' channels.
const UTILS: usize = 10;

/// Room for the largest message.
type Buffer = [u8; CHANNEL_MAX_MSG_BYTES as usize];

/// Serves until no connection is left.
///
/// # Errors
/// If waiting fails.
pub fn serve(request: Handle) -> Result {
    let mut directories = Slots::<Directory, DIRECTORIES>::new();
    directories.put(Directory::new(request));
    let mut utils = Slots::<Util, UTILS>::new();
    let (mut request, mut reply): (Buffer, Buffer) =
        ([0; CHANNEL_MAX_MSG_BYTES as usize], [0; CHANNEL_MAX_MSG_BYTES as usize]);
    loop {
        let mut wait = Wait::new();
        utils.all().for_each(|util| wait.add(util.channel()));
        if !utils.is_full() {
            directories.all().for_each(|directory| wait.add(directory.channel()));
        }
        if wait.is_empty() {
            return Ok(());
        }
        let ready = wait.first_ready()?;

        if let Some(util) = utils.find(|util| util.channel() == ready) {
            let served = Decoder::read(ready, &mut request)
                .and_then(|request| util.answer(request, &mut reply));
            if served.is_err() {
                utils.remove(|util| util.channel() == ready);
                ready.close();
            }
        } else if let Some(directory) = directories.find(|directory| directory.channel() == ready) {
            let served = Decoder::read(ready, &mut request)
                .and_then(|request| directory.answer(request, &mut reply));
            match served {
                Ok(None) => {}
                Ok(Some(Opened::Directory(channel))) => directories.put(Directory::new(channel)),
                Ok(Some(Opened::Service(channel))) => utils.put(Util::new(channel)),
                Err(_) => {
                    directories.remove(|directory| directory.channel() == ready);
                    ready.close();
                }
            }
        }
    }
}

/// What is served over a channel.
pub trait Connection {
    /// The channel.
    fn channel(&self) -> Handle;
}

/// Connections of a kind.
struct Slots<T, const N: usize>([Option<T>; N]);

impl<T: Connection, const N: usize> Slots<T, N> {
    fn new() -> Self {
        Self([const { None }; N])
    }

    fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }

    fn is_full(&self) -> bool {
        self.all().count() == N
    }

    fn find(&mut self, wanted: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.0.iter_mut().flatten().find(|connection| wanted(connection))
    }

    /// Keeps a connection, or closes it if there is no room.
    fn put(&mut self, connection: T) {
        match self.0.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(connection),
            None => connection.channel().close(),
        }
    }

    fn remove(&mut self, wanted: impl Fn(&T) -> bool) {
        for slot in &mut self.0 {
            slot.take_if(|connection| wanted(connection));
        }
    }
}

/// What is waited for.
struct Wait {
    items: [WaitItem; DIRECTORIES + UTILS],
    count: usize,
}

impl Wait {
    fn new() -> Self {
        Self { items: [WaitItem::default(); DIRECTORIES + UTILS], count: 0 }
    }

    fn add(&mut self, channel: Handle) {
        let waitfor = (Signals::READABLE | Signals::PEER_CLOSED).bits();
        if let Some(item) = self.items.get_mut(self.count) {
            *item = WaitItem { handle: channel.into_raw(), waitfor, pending: 0 };
            self.count += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Waits for a channel that has a message, or that nobody will write to any more.
    fn first_ready(&mut self) -> Result<Handle> {
        let items = self.items.get_mut(..self.count).unwrap_or_default();
        guest_rt::object::wait_many(items, TIME_INFINITE)?;
        let ready = items.iter().find(|item| item.pending & item.waitfor != 0);
        Ok(ready.map_or(Handle::INVALID, |item| Handle::from_raw(item.handle)))
    }
}
