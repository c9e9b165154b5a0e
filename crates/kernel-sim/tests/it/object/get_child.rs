//! `zx_object_get_child`.

use zx_abi::{Rights, Status};

use crate::support::{Guest, SAME, World, basic, with_rights};

#[test]
fn get_child_judges_handle_then_rights_then_koid() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let vmo = c.vmo_create(0, 0).unwrap();
        let blind = with_rights(c, root, Rights::INSPECT);
        let weak = with_rights(c, root, Rights::ENUMERATE | Rights::INSPECT);
        let unknown = 1 << 30;
        for (handle, koid, rights, status) in [
            (9, 0, unknown, Status::BAD_HANDLE),
            (event, 0, unknown, Status::ACCESS_DENIED),
            (vmo, 0, SAME, Status::ACCESS_DENIED),
            (blind, 0, unknown, Status::ACCESS_DENIED),
            (weak, 0, unknown, Status::ACCESS_DENIED),
            (weak, 0, Rights::WRITE.bits(), Status::ACCESS_DENIED),
            (weak, 0, SAME, Status::NOT_FOUND),
            (weak, 1 << 40, 0, Status::NOT_FOUND),
        ] {
            assert_eq!(c.object_get_child(handle, koid, rights), Err(status), "{koid} {rights:#x}");
        }
    });
}

#[test]
fn children_are_direct_ones_with_rights_of_the_parents_handle() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let inner = c.job_create(job, 0).unwrap();
        let (process, _vmar) = c.process_create(job, b"p", 0).unwrap();
        for child in [inner, process] {
            let koid = basic(c, child).koid;
            assert_eq!(c.object_get_child(root, koid, SAME), Err(Status::NOT_FOUND));
            let found = c.object_get_child(job, koid, SAME).unwrap();
            assert_eq!(basic(c, found).koid, koid);
            // Rights that the child's own handles need not have.
            assert_eq!(basic(c, found).rights, basic(c, job).rights);
            let found = c.object_get_child(job, koid, Rights::INSPECT.bits()).unwrap();
            assert_eq!(basic(c, found).rights, Rights::INSPECT.bits());
            c.handle_close(found).unwrap();
        }
    });
}

#[test]
fn threads_are_found_once_they_were_started() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    world.host(|c| {
        let found = c.object_get_child(guest.process, guest.thread_koid, SAME);
        assert_eq!(found, Err(Status::NOT_FOUND));
        c.process_start(guest.process, guest.thread, 0, 0, 0, 0).unwrap();
        let found = c.object_get_child(guest.process, guest.thread_koid, SAME).unwrap();
        assert_eq!(basic(c, found).koid, guest.thread_koid);
        c.handle_close(found).unwrap();
    });
    guest.finish();
}

#[test]
fn dead_children_are_nobodys() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let (process, _vmar) = c.process_create(job, b"p", 0).unwrap();
        let koid = basic(c, process).koid;
        c.task_kill(process).unwrap();
        assert_eq!(c.object_get_child(job, koid, SAME), Err(Status::NOT_FOUND));
    });
}
