//! Topics about handles, and what this kernel has none of.

use zerocopy::FromBytes;
use zx_abi::{
    INFO_HANDLE_TABLE, INFO_PROCESS_HANDLE_STATS, INFO_THREAD_EXCEPTION_REPORT,
    INFO_THREAD_EXCEPTION_REPORT_V2, InfoHandleExtended, InfoProcessHandleStats, ObjectType,
    Rights, Status,
};

use crate::support::{World, basic, without};

#[test]
fn a_handle_table_lists_what_a_process_holds_newest_first() {
    let world = World::null();
    let root = world.root_job();
    let context = world.host(|c| c.context_create(root, b"c")).unwrap();
    // The third gets the place of the first in the table.
    let (near, far) = world.as_process(context, |c| {
        let (gone, near) = c.channel_create(0).unwrap();
        c.handle_close(gone).unwrap();
        let (other, far) = c.channel_create(0).unwrap();
        c.handle_close(other).unwrap();
        (near, far)
    });
    world.host(|c| {
        let process = c.object_get_child(root, context, 1 << 31).unwrap();
        let info = c.object_get_info(process, INFO_HANDLE_TABLE).unwrap();
        assert!(info.list && info.record_size == 40);
        let records: Vec<InfoHandleExtended> = info
            .bytes
            .chunks_exact(40)
            .map(|record| InfoHandleExtended::read_from_bytes(record).unwrap())
            .collect();
        let values: Vec<u32> = records.iter().map(|record| record.handle_value).collect();
        assert_eq!(values, [far, near]);
        for record in &records {
            assert_eq!((record.object_type, record.rights), (ObjectType::Channel as u32, 0xf00e));
        }
        let stats: InfoProcessHandleStats =
            crate::support::info(c, process, INFO_PROCESS_HANDLE_STATS).unwrap();
        let mut expected = [0; 64];
        expected[ObjectType::Channel as usize] = 2;
        assert_eq!(stats.handle_count, expected);
    });
}

#[test]
fn handle_topics_need_their_rights() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
        for (topic, needed) in [
            (
                INFO_HANDLE_TABLE,
                &[Rights::INSPECT, Rights::MANAGE_PROCESS, Rights::MANAGE_THREAD][..],
            ),
            (INFO_PROCESS_HANDLE_STATS, &[Rights::INSPECT]),
        ] {
            assert_eq!(c.object_get_info(9, topic), Err(Status::BAD_HANDLE));
            assert_eq!(c.object_get_info(root, topic), Err(Status::WRONG_TYPE));
            for right in needed {
                let weak = without(c, process, *right);
                assert_eq!(c.object_get_info(weak, topic), Err(Status::ACCESS_DENIED), "{right:?}");
            }
            assert!(c.object_get_info(process, topic).is_ok());
        }
    });
}

#[test]
fn no_thread_has_an_exception() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        let hidden = without(c, thread, Rights::INSPECT);
        for topic in [INFO_THREAD_EXCEPTION_REPORT, INFO_THREAD_EXCEPTION_REPORT_V2] {
            assert_eq!(c.object_get_info(process, topic), Err(Status::WRONG_TYPE));
            assert_eq!(c.object_get_info(hidden, topic), Err(Status::ACCESS_DENIED));
            assert_eq!(c.object_get_info(thread, topic), Err(Status::BAD_STATE));
        }
    });
}

#[test]
fn topics_of_what_does_not_exist_find_only_wrong_types() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        for topic in [20, 28, 29, 31, 32, 33, 37, 38, 0x1000_0011] {
            assert_eq!(c.object_get_info(9, topic), Err(Status::BAD_HANDLE), "{topic:#x}");
            assert_eq!(c.object_get_info(root, topic), Err(Status::WRONG_TYPE), "{topic:#x}");
        }
        for topic in [0, 3, 5, 6, 41, 0x1000_0002, 0x4000_0017, u32::MAX] {
            assert_eq!(c.object_get_info(9, topic), Err(Status::NOT_SUPPORTED), "{topic:#x}");
        }
        assert_eq!(basic(c, root).object_type, ObjectType::Job as u32);
    });
}
