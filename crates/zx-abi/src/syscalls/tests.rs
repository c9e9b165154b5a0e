use super::*;

fn numbers(abi: Abi) -> Vec<u32> {
    let mut numbers: Vec<_> =
        Syscall::ALL.iter().filter_map(|call| call.info().number(abi)).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn each_abi_exports_as_many_names_as_its_image() {
    let counts = Abi::ALL.map(|abi| Syscall::exported(abi).count());
    assert_eq!(counts, [168, 179, 230]);
}

#[test]
fn numbers_of_each_abi_are_unique_and_without_gaps() {
    for (abi, count) in [(Abi::Sdk2018, 158), (Abi::Sdk2020, 167), (Abi::Newest, 215)] {
        assert_eq!(numbers(abi), (0..count).collect::<Vec<_>>(), "{abi:?}");
    }
}

#[test]
fn from_number_inverts_number() {
    for abi in Abi::ALL {
        for &call in Syscall::ALL {
            if let Some(number) = call.info().number(abi) {
                assert_eq!(Syscall::from_number(abi, number.into()), Some(call));
            }
        }
        let first_unused = numbers(abi).len() as u64;
        for number in [first_unused, 255, 256, 1 << 32, u64::MAX] {
            assert_eq!(Syscall::from_number(abi, number), None, "{abi:?} {number}");
        }
    }
}

#[test]
fn names_are_unique_and_found_again() {
    for &call in Syscall::ALL {
        assert_eq!(Syscall::from_name(call.name()), Some(call));
    }
    assert_eq!(Syscall::from_name("zx_channel_read"), None);
}

#[test]
fn the_2020_image_has_five_hidden_entries() {
    let mut hidden: Vec<_> = Syscall::ALL
        .iter()
        .filter(|call| call.info().kind == EntryKind::Hidden)
        .filter_map(|call| Some((call.info().number(Abi::Sdk2020)?, call.name())))
        .collect();
    hidden.sort_unstable();
    assert_eq!(
        hidden,
        [
            (8, "channel_call_noretry"),
            (9, "channel_call_finish"),
            (12, "clock_get_monotonic_via_kernel"),
            (17, "cprng_draw_once"),
            (63, "ticks_get_via_kernel"),
        ]
    );
}

#[test]
fn signatures_split_into_arguments() {
    let info = Syscall::VmarUnmap.info();
    assert_eq!(
        info.args().map(|arg| (arg.c_type, arg.name)).collect::<Vec<_>>(),
        [("zx_handle_t", "handle"), ("zx_vaddr_t", "addr"), ("size_t", "len")]
    );
    let info = Syscall::ChannelWrite.info();
    let last_but_one = info.args().nth(4);
    assert_eq!(last_but_one, Some(Arg { c_type: "const zx_handle_t*", name: "handles" }));
    assert_eq!(Syscall::ThreadExit.info().args().count(), 0);
    for call in Syscall::ALL {
        let info = call.info();
        assert_eq!(info.args().count(), info.arg_count(), "{}", info.name);
    }
    assert_eq!(Syscall::ChannelRead.info().arg_count(), 8);
}

#[test]
fn returns_follow_the_prototype() {
    assert_eq!(Syscall::ProcessExit.info().returns(), Returns::Void);
    assert_eq!(Syscall::ChannelRead.info().returns(), Returns::Status);
    assert_eq!(Syscall::ClockGetMonotonic.info().returns(), Returns::Value);
    assert_eq!(Syscall::StatusGetString.info().returns(), Returns::Pointer);
    assert_eq!(Syscall::SystemGetVersionString.info().returns(), Returns::StringView);
}

#[test]
fn kinds_agree_with_the_columns() {
    for call in Syscall::ALL {
        let info = call.info();
        let entries = Abi::ALL.map(|abi| info.number(abi)).iter().flatten().count();
        let functions = Abi::ALL.into_iter().filter(|&abi| info.exported_by(abi)).count();
        match info.kind {
            EntryKind::Direct | EntryKind::BlockingRetry => assert_eq!(entries, functions),
            EntryKind::ThreadStart => assert_eq!((entries, functions), (2, 3)),
            EntryKind::Hidden => assert!(entries > 0 && functions == 0, "{}", info.name),
            EntryKind::ChannelCall
            | EntryKind::CprngDraw
            | EntryKind::ExitComposite
            | EntryKind::HandleCheckValid
            | EntryKind::VdsoOnly => assert!(entries == 0 && functions > 0, "{}", info.name),
        }
    }
}
