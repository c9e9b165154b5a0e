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
    assert_eq!(counts, [180, 230]);
}

#[test]
fn numbers_of_each_abi_are_unique_and_without_gaps() {
    // The last two of the newest are this system's own: its vDSO has the kernel read mapped clocks.
    for (abi, count) in [(Abi::Sdk2020, 169), (Abi::Newest, 217)] {
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
fn names_are_unique_in_each_abi_and_found_again() {
    for abi in Abi::ALL {
        for &call in Syscall::ALL.iter().filter(|call| call.info().known_to(abi)) {
            assert_eq!(Syscall::from_name(abi, call.name()), Some(call));
        }
        assert_eq!(Syscall::from_name(abi, "zx_channel_read"), None);
    }
    assert_eq!(Syscall::from_name(Abi::Newest, "clock_get"), None);
}

#[test]
fn the_2020_image_has_five_hidden_entries_and_two_more_in_2021() {
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
            (167, "channel_call_etc_noretry"),
            (168, "channel_call_etc_finish"),
        ]
    );
}

fn names(call: Syscall) -> Vec<&'static str> {
    call.info().args.iter().map(|arg| arg.name).collect()
}

#[test]
fn prototypes_tell_how_arguments_pass_and_what_counts_them() {
    assert_eq!(names(Syscall::VmarUnmap), ["handle", "addr", "len"]);
    assert_eq!(Syscall::ThreadExit.info().args, []);
    let [handle, options, bytes, handles, ..] = Syscall::ChannelRead.info().args else { panic!() };
    assert_eq!((handle.passing, handle.ty.meaning), (Passing::Value, Meaning::HandleValue));
    assert_eq!((options.ty.meaning, options.ty.size), (Meaning::Options, 4));
    assert_eq!((bytes.passing, bytes.ty.size), (Passing::Out, 1));
    assert_eq!(bytes.array, Some(Array { count: 4, unit: None, written: Some(6) }));
    assert_eq!((handles.ty.meaning, handles.ty.handle), (Meaning::HandleValue, Some(0)));
    assert_eq!(handles.array, Some(Array { count: 5, unit: None, written: Some(7) }));
    assert_eq!(Syscall::ChannelRead.info().args.len(), 8);
    let [_, observed] = [0, 3].map(|at| Syscall::ObjectWaitOne.info().args[at]);
    assert!(observed.optional && observed.array.is_none());
    let items = Syscall::ObjectWaitMany.info().args[0];
    assert_eq!((items.passing, items.ty.size, items.ty.handle), (Passing::InOut, 12, Some(0)));
    let elements = Syscall::FifoRead.info().args[2];
    assert_eq!(elements.array, Some(Array { count: 3, unit: Some(1), written: Some(4) }));
}

#[test]
fn no_call_has_more_arguments_than_there_are_registers() {
    for call in Syscall::ALL {
        assert!(call.info().args.len() <= 8, "{}", call.name());
    }
}

#[test]
fn arguments_that_count_are_numbers_and_those_that_tell_what_was_written_point_to_some() {
    for call in Syscall::ALL {
        let args = call.info().args;
        for (arg, array) in args.iter().filter_map(|arg| Some((arg, arg.array?))) {
            let count = args[array.count];
            assert_eq!(count.passing, Passing::Value, "{}", call.name());
            assert!(matches!(count.ty.meaning, Meaning::Number | Meaning::Size));
            if let Some(unit) = array.unit.map(|at| args[at]) {
                assert_eq!((unit.passing, unit.ty.meaning), (Passing::Value, Meaning::Size));
                assert_eq!(arg.ty, <u8 as Described>::TYPE, "{}", call.name());
            }
            let Some(written) = array.written.map(|at| args[at]) else { continue };
            assert_eq!((written.passing, written.ty.size), (Passing::Out, count.ty.size));
        }
    }
}

#[test]
fn registers_hold_narrow_values_in_their_low_half() {
    let register = 0xdead_beef_ffff_fffe;
    assert_eq!(u32::from_register(register), 0xffff_fffe);
    assert_eq!(i32::from_register(register), -2);
    assert_eq!(HandleValue::from_register(register), HandleValue(0xffff_fffe));
    assert_eq!(Deadline::from_register(u64::MAX), Deadline(-1));
    assert!(!bool::from_register(0x100));
    assert_eq!(FutexValue(-1).to_register() as u32, u32::MAX);
}

#[test]
fn arrays_have_the_length_that_another_argument_tells() {
    let array = In::<[u8]>::decode(7).counted(u32::from_register(1 << 32 | 5));
    assert_eq!((array.address, array.count), (7, 5));
    let records = array.of_units(Size(3));
    assert_eq!((records.address, records.count), (7, 15));
    assert_eq!(records.of_units(Size(u64::MAX)).count, u64::MAX);
    assert_eq!(Out::<u32>::decode(7).count, 1);
    assert!(Option::<Out<u32>>::decode(0).is_none());
    assert_eq!(Option::<Out<u32>>::decode(7).map(|out| out.address), Some(7));
}

#[test]
fn reasons_and_notes_say_something() {
    for call in Syscall::ALL {
        match call.info().support {
            Support::Full => {}
            Support::Partial(text) | Support::None(text) => assert!(!text.is_empty()),
        }
    }
}

#[test]
fn returns_follow_the_prototype() {
    assert_eq!(Syscall::CprngDraw.info().returns, Returns::Void);
    assert_eq!(Syscall::ProcessExit.info().returns, Returns::Never);
    assert_eq!(Syscall::ChannelRead.info().returns, Returns::Status);
    let value = Syscall::SystemGetNumCpus.info().returns;
    assert_eq!(value, Returns::Value(<u32 as Described>::TYPE));
    assert_eq!(Syscall::StatusGetString.info().returns, Returns::Text);
    assert_eq!(Syscall::SystemGetVersionString.info().returns, Returns::StringView);
}

#[test]
fn abis_are_found_by_their_year_and_the_newest_by_that_word_too() {
    for abi in Abi::ALL {
        assert_eq!(Abi::from_name(abi.name()), Some(abi));
    }
    assert_eq!(Abi::from_name("newest"), Some(Abi::Newest));
    for unknown in ["", "2018", "Newest", "20"] {
        assert_eq!(Abi::from_name(unknown), None);
    }
}

#[test]
fn kinds_agree_with_the_columns() {
    for call in Syscall::ALL {
        let info = call.info();
        let entries = Abi::ALL.map(|abi| info.number(abi)).iter().flatten().count();
        let functions = Abi::ALL.into_iter().filter(|&abi| info.exported_by(abi)).count();
        match info.kind {
            EntryKind::Direct | EntryKind::BlockingRetry => assert_eq!(entries, functions),
            EntryKind::ThreadStart => assert_eq!((entries, functions), (1, 2)),
            EntryKind::Hidden => assert!(entries > 0 && functions == 0, "{}", info.name),
            EntryKind::ChannelCall
            | EntryKind::CprngDraw
            | EntryKind::ExitComposite
            | EntryKind::HandleCheckValid
            | EntryKind::VdsoOnly => assert!(entries == 0 && functions > 0, "{}", info.name),
        }
    }
}
