//! System calls.

use std::sync::Arc;

use kernel_sim::{Machine, Mapping, SegmentRegister, SyscallOutcome};
use zx_abi::{Abi, Arch, Passing, Status, Syscall};

use crate::guest_program;
use crate::support::call::OWN;
use crate::support::{
    DATA, EXECUTE, Heard, PAGE, READ, STACKLESS, STACKLESS_ALL, VDSO, World, call, mapping,
};

guest_program!(
    adds_and_exits,
    "mov edi, 40",
    "mov esi, 2",
    "zx 1",
    "mov rdi, rax",
    "zx 2",
    "zx 4",
    "ud2",
);

#[test]
fn a_guest_makes_calls_and_exits() {
    let world = World::new();
    world.start(100, adds_and_exits());
    assert_eq!(world.next_call(call::REPORT)[0], 42);
    world.expect_gone(100);
    world.expect_silence();
}

guest_program!(
    begins,
    "mov [0x20000000], rsp",
    "pushfq",
    "pop [0x20000008]",
    "or rax, rbx",
    "or rax, rcx",
    "or rax, rdx",
    "or rax, rbp",
    "or rax, r8",
    "or rax, r9",
    "or rax, r10",
    "or rax, r11",
    "or rax, r12",
    "or rax, r13",
    "or rax, r14",
    "or rax, r15",
    "mov rdx, rax",
    "mov r10, [0x20000000]",
    "mov r8, [0x20000008]",
    "fnstcw [0x20000010]",
    "stmxcsr [0x20000018]",
    "mov r9d, [0x20000018]",
    "shl r9, 32",
    "or r9, [0x20000010]",
    "zx 2",
    "zx 4",
);

#[test]
fn a_thread_begins_with_its_arguments_and_everything_else_zero() {
    use crate::support::{STACK, STACK_LEN, VDSO};
    let world = World::new();
    world.start(100, begins());
    let [arg1, arg2, others, sp, flags, controls, ..] = world.next_call(call::REPORT);
    assert_eq!((arg1, arg2, others), (0x1234, VDSO, 0));
    assert_eq!(sp, STACK + STACK_LEN - 8);
    // The auxiliary carry flag is undefined after most instructions.
    assert_eq!(flags & !0x10, 0x202);
    assert_eq!((controls as u32, controls >> 32), (0x37f, 0x1f80));
    world.expect_gone(100);
}

/// A program that makes the call at this address without a stack, and then one of all registers, with
/// what it has kept of the second three.
macro_rules! keeps_registers {
    ($name:ident, $address:literal) => {
        guest_program!(
            $name,
            "movabs rdi, 0x1111111111111111",
            "movabs rsi, 0x2222222222222222",
            "movabs rdx, 0x3333333333333333",
            "movabs r10, 0x4444444444444444",
            "movabs r8, 0x5555555555555555",
            "movabs r9, 0x6666666666666666",
            "movabs r12, 0x7777777777777777",
            "movabs r13, 0x8888888888888888",
            "movabs rbx, 0x9999999999999999",
            "movabs rbp, 0xaaaaaaaaaaaaaaaa",
            "movabs r15, 0xbbbbbbbbbbbbbbbb",
            "movq xmm9, rbx",
            // No stack at all, and flags that no one else would set.
            "movabs rsp, 0xcccccccccccccccc",
            "lea r14, [rip + 1f]",
            $address,
            "stc",
            "jmp rax",
            "1: jnc 9f",
            "movabs r11, 0x0123456789abcdef",
            "cmp rax, r11",
            "jne 9f",
            "movabs r11, 0xcccccccccccccccc",
            "cmp rsp, r11",
            "jne 9f",
            "lea rsp, [rip + 1b]",
            "cmp r14, rsp",
            "jne 9f",
            "movq rax, xmm9",
            "cmp rax, rbx",
            "jne 9f",
            // The rest is seen in a second call.
            "mov rsp, 0x30010000",
            "xor rdi, rbx",
            "xor rsi, rbp",
            "xor rdx, r15",
            "zx 62",
            "zx 4",
            "9: ud2",
        );
    };
}

keeps_registers!(keeps_registers, "movabs rax, 0x70000000020a");
keeps_registers!(keeps_registers_in_a_trap, "movabs rax, 0x700000000200");

#[test]
fn a_call_changes_nothing_but_rax_rcx_and_r11_and_needs_no_stack() {
    let digit = |digit: u64| digit * 0x1111_1111_1111_1111;
    for (program, number, address, [seventh, eighth]) in [
        (keeps_registers(), 63, STACKLESS, [0, 0]),
        (keeps_registers_in_a_trap(), call::ALL, STACKLESS_ALL, [7, 8]),
    ] {
        assert!(program.windows(8).any(|bytes| bytes == address.to_le_bytes()));
        let world = World::with_script(|kernel, process, thread, number, args| {
            kernel.tell(Heard::Call { process, thread, number, args });
            SyscallOutcome::Return(0x0123_4567_89ab_cdef)
        });
        world.start(100, program);
        let expected = [1, 2, 3, 4, 5, 6, seventh, eighth].map(digit);
        assert_eq!(world.next_call(number), expected);
        let [first, second, third, rest @ ..] = world.next_call(call::ALL);
        assert_eq!(first, digit(1) ^ digit(9));
        assert_eq!(second, digit(2) ^ digit(0xa));
        assert_eq!(third, digit(3) ^ digit(0xb));
        assert_eq!(rest, [4, 5, 6, 7, 8].map(digit));
        world.expect_gone(100);
    }
}

guest_program!(blocks, "zx 3", "mov rdi, rax", "zx 2", "zx 4");

#[test]
fn a_blocked_thread_goes_on_with_the_value_it_is_given() {
    let world = World::new();
    for process in [100, 200, 300] {
        world.start(process, blocks());
        world.next_call(call::BLOCK);
        // Sometimes before the worker knows that the call has blocked.
        world.machine().resume(process, process + 1, process + 7);
        assert_eq!(world.next_call(call::REPORT)[0], process + 7);
        world.expect_gone(process);
    }
}

guest_program!(blocks_on_own, "zx 16", "mov rdi, rax", "zx 2", "zx 4");

#[test]
fn a_thread_resumed_before_it_has_blocked_does_not_block() {
    let world = World::with_script(|kernel, process, thread, _, _| {
        kernel.machine.resume(process, thread, 55);
        // Only the first one counts.
        kernel.machine.resume(process, thread, 66);
        SyscallOutcome::Blocked
    });
    world.start(100, blocks_on_own());
    assert_eq!(world.next_call(call::REPORT)[0], 55);
    world.expect_gone(100);
}

#[test]
fn resuming_what_does_not_wait_does_nothing() {
    let world = World::with_script(|kernel, process, thread, _, _| {
        kernel.machine.resume(process, thread, 55);
        kernel.machine.resume(process, thread + 1, 55);
        kernel.machine.resume(process + 1, thread, 55);
        SyscallOutcome::Return(7)
    });
    world.start(100, blocks_on_own());
    assert_eq!(world.next_call(call::REPORT)[0], 7);
    world.expect_gone(100);
    world.expect_silence();
}

// Calls the function at [rdi] with the arguments behind it.
guest_program!(
    calls_function,
    "mov rbx, rdi",
    "push [rbx + 64]",
    "push [rbx + 56]",
    "mov rdi, [rbx + 8]",
    "mov rsi, [rbx + 16]",
    "mov rdx, [rbx + 24]",
    "mov rcx, [rbx + 32]",
    "mov r8, [rbx + 40]",
    "mov r9, [rbx + 48]",
    "call [rbx]",
    "ud2",
);

#[test]
fn functions_of_the_vdso_pass_all_their_arguments() {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.tell(Heard::Call { process, thread, number, args });
        kernel.machine.kill(process);
        SyscallOutcome::Blocked
    });
    let mut counts = [0; 9];
    for abi in Abi::ALL {
        let image = vdso::image(abi, Arch::X86_64).unwrap();
        let code = world.memory(&image.bytes[image.code_offset as usize..], image.code_size);
        for call in Syscall::exported(abi) {
            let info = call.info();
            // The world knows the first numbers as others.
            let Some(number) = info.number(abi).map(u64::from).filter(|number| *number >= OWN)
            else {
                continue;
            };
            let sent: [u64; 8] = std::array::from_fn(|place| 0x1000_0000_0001 * (place as u64 + 1));
            let function = VDSO + image.function(call).unwrap().offset - image.code_offset;
            let words: Vec<u8> =
                [&[function][..], &sent].concat().into_iter().flat_map(u64::to_le_bytes).collect();
            let mapped = Mapping {
                vdso: true,
                ..mapping(VDSO, image.code_size, READ | EXECUTE, Arc::clone(&code))
            };
            let data = mapping(DATA, PAGE, READ, world.memory(&words, PAGE));
            world.start_bare(100, calls_function(), DATA, vec![mapped, data]);
            let heard = world.next_call(number);
            for (place, arg) in info.args.iter().enumerate() {
                let is_half = arg.passing == Passing::Value && arg.ty.size <= 4;
                let mask = if is_half { u32::MAX.into() } else { u64::MAX };
                assert_eq!(heard[place] & mask, sent[place] & mask, "{} of {abi:?}", info.name);
            }
            world.expect_gone(100);
            counts[info.args.len()] += 1;
        }
    }
    assert!(counts.into_iter().all(|count| count > 0), "{counts:?}");
}

guest_program!(
    reads_bases,
    "mov edi, 0x20000000",
    "mov qword ptr [rdi], 99",
    "mov qword ptr [rdi + 8], 98",
    "zx 62",
    "mov rdi, fs:[0]",
    "mov rsi, gs:[0]",
    "mov rdx, rax",
    "zx 2",
    "zx 4",
);

#[test]
fn a_thread_gets_the_bases_that_it_asked_for() {
    let world = World::with_script(|kernel, process, thread, _, args| {
        let set = |register, base| kernel.machine.set_base(process, thread, register, base);
        set(SegmentRegister::Fs, args[0]).unwrap();
        set(SegmentRegister::Gs, args[0] + 8).unwrap();
        SyscallOutcome::Return(3)
    });
    world.start(100, reads_bases());
    assert_eq!(world.next_call(call::REPORT)[..3], [99, 98, 3]);
    world.expect_gone(100);
    for register in [SegmentRegister::Fs, SegmentRegister::Gs] {
        let set = |base| world.machine().set_base(100, 101, register, base);
        assert_eq!(set(1 << 47), Err(Status::INVALID_ARGS));
        assert_eq!(set(0), Err(Status::BAD_STATE));
    }
}

#[test]
fn a_thread_in_another_call_keeps_its_bases() {
    let world = World::new();
    world.start(100, blocks());
    world.next_call(call::BLOCK);
    let set = world.machine().set_base(100, 101, SegmentRegister::Fs, 0);
    assert_eq!(set, Err(Status::BAD_STATE));
    world.machine().kill(100);
    world.expect_gone(100);
}

#[test]
fn a_call_of_all_registers_may_block() {
    let world = World::with_script(|kernel, process, thread, _, args| {
        // In time, or before it has blocked.
        if args[0] == 1 {
            kernel.machine.resume(process, thread, 55);
        }
        kernel.tell(Heard::Call { process, thread, number: call::ALL, args });
        SyscallOutcome::Blocked
    });
    world.start(100, blocks_twice());
    world.next_call(call::ALL);
    world.next_call(call::ALL);
    world.machine().resume(100, 101, 66);
    assert_eq!(world.next_call(call::REPORT)[..2], [55, 66]);
    world.expect_gone(100);
}

guest_program!(
    blocks_twice,
    "mov edi, 1",
    "zx 62",
    "mov rbx, rax",
    "xor edi, edi",
    "zx 62",
    "mov rdi, rbx",
    "mov rsi, rax",
    "zx 2",
    "zx 4",
);
