# The resident page: all of our code that a guest process can execute.

    .section .rodata.zirconia_stub, "a", @progbits
    .balign 8
zirconia_stub:

# A patched system call of the vDSO jumps here: eax = number, rcx = where to return,
# rdi rsi rdx r10 r8 r9 r12 r13 = arguments. Only rax, rcx and r11 may change, no flag does, and
# the stack is left alone, because some calls are made without one.
zirconia_stub_call:
    mov gs:[{RETURN}], rcx
    mov gs:[{NUMBER}], eax
    mov gs:[{R12}], r12
    mov gs:[{R13}], r13
    mov eax, {DOORBELL}
    syscall
zirconia_stub_call_return:
    mov rcx, gs:[{ACTION}]
    jrcxz 1f
    lea rcx, [rcx - {ACTION_EXIT}]
    jrcxz 2f
    mov rcx, gs:[{FS}]
    wrfsbase rcx
    mov qword ptr gs:[{ACTION}], {ACTION_NONE}
1:  jmp qword ptr gs:[{RETURN}]
2:  xor edi, edi
    mov eax, {SYS_EXIT}
    syscall
zirconia_stub_exit_return:
    ud2

# Signal handler on the slot's stack: rdi = number, rsi = siginfo, rdx = ucontext. The first entry
# is for processors and kernels that let programs read the segment bases.
zirconia_stub_fault_with_bases:
    rdfsbase r8
    rdgsbase r9
    jmp 1f
zirconia_stub_fault:
    xor r8d, r8d
    xor r9d, r9d
1:  mov eax, {DOORBELL}
    syscall
zirconia_stub_fault_return:
    jmp 1b
zirconia_stub_no_return:
    ud2

# The service thread. A guest thread could change any memory that it writes, so it keeps everything
# in registers and reads nothing but the records, which are read-only here. It rings with
# rdi = records left undone, rsi = what the failed one returned, rdx = the thread started; the
# answer is the number of records to go through: number, six arguments, expected result.
zirconia_stub_service:
    mov edi, {ZYGOTE}
    mov esi, {ZYGOTE_LEN}
    mov eax, {SYS_MUNMAP}
    syscall
    xor r14d, r14d
    xor r15d, r15d
    mov rbx, rax
1:  mov rdi, r14
    mov rsi, rbx
    mov rdx, r15
    mov eax, {DOORBELL}
    syscall
zirconia_stub_service_return:
    # Without a listener the answer is ENOSYS: nobody is left to serve this process.
    cmp rax, {MAX_RECORDS}
    ja 7f
    mov r14, rax
    mov r12d, {RECORDS}
    xor r15d, r15d
    xor ebx, ebx
2:  test r14, r14
    jz 1b
    mov rax, [r12]
    mov rdi, [r12 + 8]
    mov rsi, [r12 + 16]
    mov rdx, [r12 + 24]
    mov r10, [r12 + 32]
    mov r8, [r12 + 40]
    mov r9, [r12 + 48]
    syscall
    cmp rax, [r12 + 56]
    je 4f
    cmp dword ptr [r12], {SYS_CLONE}
    jne 3f
    test rax, rax
    jz 5f
    js 3f
    mov r15, rax
    jmp 4f
3:  mov rbx, rax
    jmp 1b
4:  add r12, {RECORD}
    dec r14
    jmp 2b

# A new thread; r9 = its start record: stack_t, gs base, pc, sp, two arguments. Nobody's memory is
# trusted until the inner filter stands.
5:  mov r12, r9
    xor edi, edi
    mov esi, -1
    xor edx, edx
    mov eax, {SYS_CLOSE_RANGE}
    syscall
    mov rbx, rax
    mov rdi, r12
    xor esi, esi
    mov eax, {SYS_SIGALTSTACK}
    syscall
    or rbx, rax
    mov edi, {ARCH_SET_GS}
    mov rsi, [r12 + 24]
    mov eax, {SYS_ARCH_PRCTL}
    syscall
    or rbx, rax
    mov edi, {SECCOMP_SET_MODE_FILTER}
    mov esi, {SECCOMP_FILTER_FLAG_SPEC_ALLOW}
    mov edx, {INNER_PROGRAM}
    mov eax, {SYS_SECCOMP}
    syscall
    or rbx, rax
    jz 6f
7:  mov edi, 1
    mov eax, {SYS_EXIT_GROUP}
    syscall
    ud2
6:  mov rax, [r12 + 32]
    mov gs:[{RETURN}], rax
    mov rsp, [r12 + 40]
    mov rdi, [r12 + 48]
    mov rsi, [r12 + 56]
    # Clears the flags; the moves keep them so.
    mov eax, 1
    test eax, eax
    mov eax, 0
    mov ebx, 0
    mov ecx, 0
    mov edx, 0
    mov ebp, 0
    mov r8d, 0
    mov r9d, 0
    mov r10d, 0
    mov r11d, 0
    mov r12d, 0
    mov r13d, 0
    mov r14d, 0
    mov r15d, 0
    jmp qword ptr gs:[{RETURN}]
zirconia_stub_end:

    .globl zirconia_stub, zirconia_stub_end
    .globl zirconia_stub_call, zirconia_stub_call_return, zirconia_stub_exit_return
    .globl zirconia_stub_fault, zirconia_stub_fault_with_bases, zirconia_stub_fault_return
    .globl zirconia_stub_no_return, zirconia_stub_service, zirconia_stub_service_return
    .hidden zirconia_stub, zirconia_stub_end
    .hidden zirconia_stub_call, zirconia_stub_call_return, zirconia_stub_exit_return
    .hidden zirconia_stub_fault, zirconia_stub_fault_with_bases, zirconia_stub_fault_return
    .hidden zirconia_stub_no_return, zirconia_stub_service, zirconia_stub_service_return
    .text
