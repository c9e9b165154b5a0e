//! `zx_syscall_test_*`.

use kernel_sim::SyscallOutcome;
use zx_abi::{Abi, Status, Syscall};

use crate::support::{Guest, World};

#[test]
fn arguments_add_up_and_their_upper_halves_do_not_count() {
    let world = World::new();
    let high = 0xdead_beef << 32;
    let args: Vec<u64> = (1..=8).map(|number| high | number).collect();
    let sums = [
        (Syscall::SyscallTest0, 0),
        (Syscall::SyscallTest1, 1),
        (Syscall::SyscallTest2, 3),
        (Syscall::SyscallTest3, 6),
        (Syscall::SyscallTest4, 10),
        (Syscall::SyscallTest5, 15),
        (Syscall::SyscallTest6, 21),
        (Syscall::SyscallTest7, 28),
        (Syscall::SyscallTest8, 36),
    ];
    let today = [
        (Syscall::SyscallTestRust0, 0),
        (Syscall::SyscallTestRust1, 1),
        (Syscall::SyscallTestRust2, 3),
        (Syscall::SyscallTestRust3, 6),
        (Syscall::SyscallTestRust4, 10),
        (Syscall::SyscallTestRust5, 15),
        (Syscall::SyscallTestRust6, 21),
        (Syscall::SyscallTestRust7, 28),
        (Syscall::SyscallTestRust8, 36),
    ];
    for abi in Abi::ALL {
        let guest = Guest::start_for(&world, abi);
        let more: &[_] = if abi == Abi::Sdk2020 { &[] } else { &today };
        for (call, sum) in sums.iter().chain(more) {
            assert_eq!(guest.enter(*call, &args), SyscallOutcome::Return(*sum), "{call:?}");
        }
        // Sums are as wide as a status.
        let wide = guest.enter(Syscall::SyscallTest2, &[i32::MAX as u64, 1]);
        assert_eq!(wide, SyscallOutcome::Return(i64::from(i32::MIN) as u64));
        guest.finish();
    }
}

#[test]
fn wrappers_judge_their_arguments_and_what_they_return() {
    let world = World::new();
    let guest = Guest::start(&world);
    let minus = u64::from(-1_i32 as u32);
    for call in [Syscall::SyscallTestWrapper, Syscall::SyscallTestRustWrapper] {
        assert_eq!(guest.enter(call, &[1, 2, 3]), SyscallOutcome::Return(6));
        assert_eq!(guest.enter(call, &[25, 25, 0]), SyscallOutcome::Return(50));
        assert_eq!(guest.call(call, &[25, 25, 1]), Err(Status::OUT_OF_RANGE));
        for args in [[minus, 2, 3], [1, minus, 3], [1, 2, minus]] {
            assert_eq!(guest.call(call, &args), Err(Status::INVALID_ARGS));
        }
    }
    guest.finish();
}

#[test]
fn narrow_arguments_are_widened_by_their_sign() {
    let world = World::new();
    let guest = Guest::start(&world);
    let unsigned = [(1 << 33) | 1, (1 << 33) | 2, (1 << 17) | 3, (1 << 9) | 4];
    for call in
        [Syscall::SyscallTestWideningUnsignedNarrow, Syscall::SyscallTestWideningUnsignedWide]
    {
        assert_eq!(guest.enter(call, &unsigned), SyscallOutcome::Return((1 << 33) + 10));
    }
    let narrow = |value: i64, bits: u32| (value as u64 & ((1 << bits) - 1)) | 2 << bits;
    let signed = [(-(1_i64 << 33)) as u64, narrow(-2, 32), narrow(-3, 16), narrow(-4, 8)];
    for call in [Syscall::SyscallTestWideningSignedNarrow, Syscall::SyscallTestWideningSignedWide] {
        let sum = -(1_i64 << 33) - 9;
        assert_eq!(guest.enter(call, &signed), SyscallOutcome::Return(sum as u64));
    }
    guest.finish();
}

#[test]
fn a_handle_is_handed_out_with_success_alone() {
    let world = World::new();
    let guest = Guest::start(&world);
    let before = world.stats();
    let create = |status: Status, out| {
        guest.call(Syscall::SyscallTestHandleCreate, &[status.into_raw() as u64, out])
    };
    guest.poke_words(0, &[0]);
    assert_eq!(create(Status::UNAVAILABLE, guest.at(0)), Err(Status::UNAVAILABLE));
    assert_eq!((guest.word(0), world.stats()), (0, before));
    assert_eq!(create(Status::OK, guest.at(0)), Ok(()));
    assert_eq!(guest.call(Syscall::HandleClose, &[guest.word(0).into()]), Ok(()));
    guest.finish();
}
