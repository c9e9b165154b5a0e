//! What takes several calls that fit each other: a run need not find them by itself.

use kernel_sim::{Caller, ChannelRead, EntryState, Koid};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use zx_abi::{
    CLOCK_OPT_AUTO_START, CLOCK_OPT_MAPPABLE, INTERRUPT_VIRTUAL, IOB_DISCIPLINE_TYPE_RING_BUFFER,
    IOB_REGION_TYPE_SHARED, IobRegion, PAGE_SIZE, PORT_BIND_TO_INTERRUPT, PROP_EXCEPTION_STATE,
    PagerOp, Status, VmOptions,
};

use super::support::ENTRY;
use super::{Run, SAME, keep};

const READ_WRITE: u32 =
    VmOptions::PERM_READ.union(VmOptions::PERM_WRITE).union(VmOptions::ALLOW_FAULTS).bits();
/// Every end may do anything with a region.
const ANYTHING: u32 = 0xff;

/// A pager's VMO, by handles of the process that has the pager.
#[derive(Clone, Copy)]
pub(super) struct Paged {
    process: Koid,
    pager: u32,
    vmo: u32,
}

/// What a scene has come to.
#[derive(Default)]
struct Made {
    handles: Vec<u32>,
    places: Vec<u64>,
}

impl Run<'_> {
    /// Plays one, on behalf of one of the guests.
    pub(super) fn scene(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let kind = input.arbitrary::<u8>()?;
        let index = usize::from(kind / 128);
        let choice = input.arbitrary::<u8>()?;
        let (process, vmar) = (self.known[index].guest.koid, self.known[index].vmar);
        let other = self.known[1 - index].guest.koid;
        let [first, second] = [(); 2].map(|()| self.handle(input, process));
        let (first, second) = (first? as u32, second? as u32);
        let mut made = Made::default();
        match kind % 128 % 14 {
            0 => self.page(process, vmar, choice, &mut made),
            1 | 2 => self.serve(input)?,
            3 => self.play(process, &mut made, |c, made| iob(c, vmar, made)),
            4 => self.play(process, &mut made, |c, made| clock(c, vmar, made)),
            5 => self.play(process, &mut made, |c, made| interrupt(c, choice, made)),
            6 => self.play(process, &mut made, |c, made| {
                made.handles.push(c.stream_create(u32::from(choice % 8), first, 0)?);
                Ok(())
            }),
            7 => self.play(process, &mut made, |c, made| {
                let size = u64::from(choice / 8 % 8) * PAGE_SIZE;
                // The kinds of children are bits, and so are what they may be besides.
                let kind = [1, 8, 16, 64, 128, 5, 20, 132][usize::from(choice % 8)];
                let size = if kind == 64 { 0 } else { size };
                made.handles.push(c.vmo_create_child(first, kind, 0, size)?);
                Ok(())
            }),
            8 => self.play(process, &mut made, |c, made| {
                let vmo =
                    c.vmo_create(u64::from(choice % 16) * PAGE_SIZE, 2 & u32::from(choice))?;
                made.handles.push(vmo);
                made.places.push(c.vmar_map(vmar, READ_WRITE, 0, vmo, 0, 4 * PAGE_SIZE)?);
                Ok(())
            }),
            9 => self.play(process, &mut made, |c, made| {
                let options = u32::from(choice % 2);
                made.handles.push(c.task_create_exception_channel(first, options)?);
                Ok(())
            }),
            10 => self.play(process, &mut made, |c, made| {
                let read = c.channel_read(first, 0, u32::MAX, u32::MAX)?;
                let ChannelRead::Message { handles, .. } = read else { return Ok(()) };
                for handle in &handles {
                    let state = u32::from(choice % 3).to_le_bytes();
                    // It may be none of an exception.
                    _ = c.object_set_property(*handle, PROP_EXCEPTION_STATE, &state);
                }
                if choice < 128 {
                    return c.handle_close_many(&handles);
                }
                made.handles = handles;
                Ok(())
            }),
            11 => self.play(process, &mut made, |c, made| {
                let (one, two) = c.channel_create(0)?;
                made.handles.extend([one, two]);
                if choice % 2 == 0 {
                    return Ok(());
                }
                c.channel_write(first, 0, vec![choice; 8], &[two])
            }),
            12 => self.play(process, &mut made, |c, made| {
                // To itself, or to the other.
                if choice % 2 == 0 {
                    return c.channel_write(first, 0, vec![choice; 8], &[second]);
                }
                let copy = c.handle_duplicate(first, SAME)?;
                c.handle_transfer(copy, other).inspect_err(|_| made.handles.push(copy))?;
                Ok(())
            }),
            _ => self.play(process, &mut made, |c, made| {
                let thread = c.thread_create(first, b"further", 0)?;
                made.handles.push(thread);
                c.thread_start(thread, EntryState::new(ENTRY, 0x2000, 0, 0))
            }),
        }
        for handle in made.handles {
            keep(self.handles.entry(process).or_default(), handle.into());
        }
        made.places.into_iter().for_each(|place| keep(&mut self.places, place));
        Ok(())
    }

    /// Makes calls as a guest, unless it is gone. What was made before one fails is kept.
    fn play(
        &self,
        process: Koid,
        made: &mut Made,
        f: impl FnOnce(&mut Caller<'_>, &mut Made) -> Played,
    ) {
        _ = self.world.kernel.call(process, |c| f(c, made));
    }

    /// A VMO with a pager that both guests have, and a copy-on-write child; all mapped.
    fn page(&mut self, process: Koid, vmar: u32, choice: u8, made: &mut Made) {
        let mut paged = None;
        let other = self.known.iter().find(|it| it.guest.koid != process);
        let other = other.map(|it| (it.guest.koid, it.vmar));
        let (mut theirs, mut place) = (None, None);
        self.play(process, made, |c, made| {
            let options = [0, 2, 8, 10][usize::from(choice % 4)];
            let size = (1 + u64::from(choice / 4 % 8)) * PAGE_SIZE;
            let (pager, port) = (c.pager_create(0)?, c.port_create(0)?);
            made.handles.extend([pager, port]);
            let vmo = c.pager_create_vmo(pager, options, port, choice.into(), size)?;
            made.handles.push(vmo);
            paged = Some(Paged { process, pager, vmo });
            made.places.push(c.vmar_map(vmar, READ_WRITE, 0, vmo, 0, size)?);
            let child = c.vmo_create_child(vmo, 16, 0, size)?;
            made.handles.push(child);
            made.places.push(c.vmar_map(vmar, READ_WRITE, 0, child, 0, size)?);
            let Some((other, _)) = other else { return Ok(()) };
            let copy = c.handle_duplicate(if choice < 128 { vmo } else { child }, SAME)?;
            theirs = c.handle_transfer(copy, other).ok().map(|handle| (handle, size));
            Ok(())
        });
        if let (Some((vmo, size)), Some((other, vmar))) = (theirs, other) {
            self.play(other, made, |c, _| {
                place = Some(c.vmar_map(vmar, READ_WRITE, 0, vmo, 0, size)?);
                Ok(())
            });
            keep(self.handles.entry(other).or_default(), vmo.into());
        }
        self.paged.extend(paged);
        place.into_iter().for_each(|place| keep(&mut self.places, place));
    }

    /// Does what a pager does: supplies pages, or fails them, lets them be written, and so on.
    fn serve(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let (which, op): (u8, u8) = (input.arbitrary()?, input.arbitrary()?);
        let range = input.arbitrary::<u8>()?;
        let range = (u64::from(range % 8) * PAGE_SIZE, u64::from(1 + range / 8 % 8) * PAGE_SIZE);
        let at = usize::from(which) % self.paged.len().max(1);
        let Some(Paged { process, pager, vmo }) = self.paged.get(at).copied() else {
            return Ok(());
        };
        self.play(process, &mut Made::default(), |c, _| {
            let mut op_range =
                |op: PagerOp, data| c.pager_op_range(pager, op as u32, vmo, range, data);
            match op % 8 {
                0 => c.pager_detach_vmo(pager, vmo),
                1 => op_range(PagerOp::Fail, i64::from(Status::IO.into_raw()) as u64),
                2 => op_range(PagerOp::Dirty, 0),
                3 => op_range(PagerOp::WritebackBegin, u64::from(op / 128)),
                4 => op_range(PagerOp::WritebackEnd, 0),
                _ => {
                    let aux = c.vmo_create(range.1, 0)?;
                    // There may be no room for a page that is not zero.
                    _ = c.vmo_write(aux, 0, &[op]);
                    let supplied = c.pager_supply_pages(pager, vmo, range, aux, 0);
                    c.handle_close(aux)?;
                    supplied
                }
            }
        });
        Ok(())
    }
}

/// What its calls have come to.
type Played = std::result::Result<(), Status>;

/// An IOBuffer with a table and with a ring, which both are mapped.
fn iob(c: &mut Caller<'_>, vmar: u32, made: &mut Made) -> Played {
    let shared = c.iob_create_shared_region(0, 2 * PAGE_SIZE)?;
    made.handles.push(shared);
    let table =
        IobRegion { access: ANYTHING, size: PAGE_SIZE, discipline: 1, ..IobRegion::default() };
    let mut ring = IobRegion {
        kind: IOB_REGION_TYPE_SHARED,
        discipline: IOB_DISCIPLINE_TYPE_RING_BUFFER,
        size: 0,
        ..table
    };
    ring.extension[1] = shared;
    let (one, two) = c.iob_create(0, |_| Ok(vec![table, ring]))?;
    made.handles.extend([one, two]);
    for region in 0..2 {
        let len = (1 + u64::from(region)) * PAGE_SIZE;
        made.places.push(c.vmar_map_iob(vmar, READ_WRITE, 0, (one, region), (0, len))?);
    }
    Ok(())
}

/// A clock that is mapped.
fn clock(c: &mut Caller<'_>, vmar: u32, made: &mut Made) -> Played {
    let clock = c.clock_create(CLOCK_OPT_MAPPABLE | CLOCK_OPT_AUTO_START, 0)?;
    made.handles.push(clock);
    let readable = VmOptions::PERM_READ.bits();
    made.places.push(c.vmar_map_clock(vmar, readable, 0, clock, PAGE_SIZE)?);
    Ok(())
}

/// An interrupt that is bound to a port, and triggered.
fn interrupt(c: &mut Caller<'_>, choice: u8, made: &mut Made) -> Played {
    let port = c.port_create(PORT_BIND_TO_INTERRUPT)?;
    made.handles.push(port);
    let interrupt = c.interrupt_create(0, 0, INTERRUPT_VIRTUAL)?;
    made.handles.push(interrupt);
    c.interrupt_bind(interrupt, port, choice.into(), 0)?;
    c.interrupt_trigger(interrupt, 0, choice.into())
}
