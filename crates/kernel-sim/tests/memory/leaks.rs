//! Nothing is left of what is gone.

use zx_abi::{VmOptions, VmoChildOptions};

use crate::PAGE;
use crate::support::World;

#[test]
fn ten_thousand_processes_leave_nothing() {
    let world = World::null();
    let root = world.root_job();
    let before = world.stats();
    for _ in 0..10_000 {
        world.host(|c| {
            let job = c.job_create(root, 0).unwrap();
            let (process, vmar) = c.process_create(job, b"short", 0).unwrap();
            let thread = c.thread_create(process, b"t", 0).unwrap();
            let token = c.task_suspend(thread).unwrap();
            c.job_set_critical(job, 0, process).unwrap();
            let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
            let slice = VmoChildOptions::SLICE.bits();
            let slice = c.vmo_create_child(vmo, slice, PAGE, PAGE).unwrap();
            let snapshot = VmoChildOptions::SNAPSHOT.bits();
            let copy = c.vmo_create_child(slice, snapshot, 0, PAGE).unwrap();
            let can = VmOptions::CAN_MAP_READ.bits();
            let (inner, _) = c.vmar_allocate(vmar, can, 0, 16 * PAGE).unwrap();
            for vmo in [vmo, slice, copy] {
                c.vmar_map(inner, VmOptions::PERM_READ.bits(), 0, vmo, 0, PAGE).unwrap();
            }
            let handles = [job, process, vmar, thread, token, vmo, slice, copy, inner];
            c.handle_close_many(&handles).unwrap();
        });
    }
    assert_eq!(world.stats(), before);
}

#[test]
fn ten_thousand_processes_at_once_end_with_their_job() {
    let world = World::null();
    let root = world.root_job();
    let before = world.stats();
    world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let handles: Vec<u32> = (0..10_000)
            .map(|_| {
                let (process, vmar) = c.process_create(job, b"many", 0).unwrap();
                c.vmar_map(vmar, 1, 0, vmo, 0, PAGE).unwrap();
                c.handle_close(vmar).unwrap();
                process
            })
            .collect();
        assert_eq!(crate::vmo_info(c, vmo).v1.share_count, 10_000);
        c.task_kill(job).unwrap();
        assert_eq!(crate::vmo_info(c, vmo).v1.share_count, 0);
        c.handle_close_many(&handles).unwrap();
        c.handle_close_many(&[job, vmo]).unwrap();
    });
    assert_eq!(world.stats(), before);
}

#[test]
fn a_long_line_of_copies_falls_link_by_link() {
    let world = World::null();
    let before = world.stats();
    world.host(|c| {
        let mut vmos = vec![c.vmo_create(PAGE, 0).unwrap()];
        for _ in 0..1000 {
            let last = *vmos.last().unwrap();
            let snapshot = VmoChildOptions::SNAPSHOT.bits();
            vmos.push(c.vmo_create_child(last, snapshot, 0, PAGE).unwrap());
        }
        // From the middle out.
        let (old, young) = vmos.split_at(500);
        for (a, b) in old.iter().rev().zip(young) {
            c.handle_close_many(&[*a, *b]).unwrap();
        }
        c.handle_close(vmos[1000]).unwrap();
    });
    assert_eq!(world.stats(), before);
}
