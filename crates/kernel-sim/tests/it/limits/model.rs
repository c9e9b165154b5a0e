//! Anything may be made and closed in any order: a naive count of what there is says the same as the
//! accounts, and nothing is left in the end.

use kernel_sim::{Amounts, Item};
use zx_abi::{Status, VmoChildOptions, VmoOp};

use super::{Limited, used};
use crate::support::{Dice, PAGE, SAME, World};

/// Pages of each VMO.
const PAGES: u64 = 4;

/// What a job has made and not closed.
#[derive(Default)]
struct Made {
    /// Handles to one event.
    copies: Vec<u32>,
    /// Both ends, and the bytes that wait at the second.
    sockets: Vec<(u32, u32, u64)>,
    /// Which pages are committed.
    vmos: Vec<(u32, [bool; PAGES as usize])>,
}

impl Made {
    fn objects(&self) -> u64 {
        (self.vmos.len() + 2 * self.sockets.len()) as u64
    }

    fn handles(&self) -> u64 {
        (self.copies.len() + self.vmos.len() + 2 * self.sockets.len()) as u64
    }

    fn bytes(&self) -> u64 {
        self.sockets.iter().map(|socket| socket.2).sum()
    }

    fn pages(&self) -> u64 {
        self.vmos.iter().flat_map(|vmo| vmo.1).filter(|page| *page).count() as u64
    }
}

#[test]
fn accounts_say_what_a_naive_count_says() {
    for seed in 0..8 {
        let world = World::null();
        let outer = Limited::new(&world);
        let jobs = [Limited::below(&world, outer.job), Limited::below(&world, outer.job)];
        let events = jobs.each_ref().map(|job| job.call(|c| c.event_create(0)).unwrap());
        let before = jobs.each_ref().map(Limited::used);
        let mut made = [Made::default(), Made::default()];
        let mut dice = Dice::new(seed);
        // The outer job is the narrower one in all.
        let limits = [(Item::Handles, 30), (Item::Objects, 24), (Item::Memory, 12 * PAGE)];
        limits.iter().for_each(|(item, more)| outer.allow(*item, *more));
        outer.allow(Item::SocketBytes, 40);
        for _ in 0..400 {
            let who = dice.index(2);
            let others =
                (made[0].objects() + made[1].objects(), made[0].handles() + made[1].handles());
            let room = (24 - others.0, 30 - others.1);
            let (bytes, pages) =
                (made[0].bytes() + made[1].bytes(), made[0].pages() + made[1].pages());
            let Made { copies, sockets, vmos } = &mut made[who];
            jobs[who].call(|c| match dice.roll(8) {
                0 => match c.handle_duplicate(events[who], SAME) {
                    Ok(copy) => copies.push(copy),
                    Err(status) => assert_eq!((status, room.1), (Status::NO_MEMORY, 0)),
                },
                1 => match c.socket_create(0) {
                    Ok((near, far)) => sockets.push((near, far, 0)),
                    Err(_) => assert!(room.0 < 2 || room.1 < 2),
                },
                2 => match c.vmo_create(PAGES * PAGE, 0) {
                    Ok(vmo) => vmos.push((vmo, [false; PAGES as usize])),
                    Err(_) => assert!(room.0 < 1 || room.1 < 1),
                },
                3 if !sockets.is_empty() => {
                    let index = dice.index(sockets.len());
                    let (near, far, held) = &mut sockets[index];
                    let len = dice.roll(20);
                    match c.socket_write(*near, 0, &vec![0; len as usize]) {
                        Ok(_) => *held += len,
                        Err(_) => assert!(bytes + len > 40),
                    }
                    if dice.roll(2) == 0 {
                        let taken = c.socket_read(*far, 0, 10).map_or(0, |bytes| bytes.len());
                        *held -= taken as u64;
                    }
                }
                4 if !vmos.is_empty() => {
                    let index = dice.index(vmos.len());
                    let (vmo, committed) = &mut vmos[index];
                    let page = dice.index(PAGES as usize);
                    let at = page as u64 * PAGE;
                    match dice.roll(3) {
                        0 => {
                            c.vmo_op_range(*vmo, VmoOp::Zero as u32, at, PAGE).unwrap();
                            committed[page] = false;
                        }
                        1 => match c.vmo_write(*vmo, at, &[1]) {
                            Ok(()) => committed[page] = true,
                            Err(_) => assert!(!committed[page] && pages == 12),
                        },
                        _ => {
                            let snapshot = VmoChildOptions::SNAPSHOT.bits();
                            match c.vmo_create_child(*vmo, snapshot, 0, PAGES * PAGE) {
                                Ok(child) => {
                                    let same = *committed;
                                    vmos.push((child, same));
                                }
                                Err(_) => {
                                    let more = committed.iter().filter(|page| **page).count();
                                    assert!(room.0 < 1 || room.1 < 1 || pages + more as u64 > 12);
                                }
                            }
                        }
                    }
                }
                5 => drop(copies.pop().map(|copy| c.handle_close(copy).unwrap())),
                6 => drop(
                    sockets.pop().map(|socket| c.handle_close_many(&[socket.0, socket.1]).unwrap()),
                ),
                _ => drop(vmos.pop().map(|vmo| c.handle_close(vmo.0).unwrap())),
            });
            for (job, (before, made)) in jobs.iter().zip(before.iter().zip(&made)) {
                let used = job.used();
                let count = |item| used[item] - before[item];
                assert_eq!(count(Item::Handles), made.handles());
                assert_eq!(count(Item::Objects), made.objects());
                assert_eq!(count(Item::SocketBytes), made.bytes());
                assert_eq!(count(Item::Memory), made.pages() * PAGE);
            }
        }
        jobs.iter().for_each(Limited::finish);
        outer.finish();
        world.host(|c| c.handle_close_many(&[jobs[0].job, jobs[1].job])).unwrap();
        assert_eq!(used(&world, outer.job), Amounts::NONE);
    }
}
