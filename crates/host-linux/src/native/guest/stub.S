# The resident page: all of our code that a guest process can execute.

    .section .rodata.zirconia_stub, "a", @progbits
    .balign 8
zirconia_stub:

# Signal handler on the slot's stack: rdi = number, rsi = siginfo, rdx = ucontext. The first entry
# is for processors and kernels that let programs set the segment bases. An answer other than 0 says
# that the host has written new ones where siginfo begins.
zirconia_stub_signal_with_bases:
    rdfsbase r8
    rdgsbase r9
    jmp 1f
zirconia_stub_signal:
    xor r8d, r8d
    xor r9d, r9d
1:  mov eax, {DOORBELL}
    syscall
zirconia_stub_signal_return:
    test rax, rax
    jz 2f
    mov rax, [rsi]
    wrfsbase rax
    mov rax, [rsi + 8]
    wrgsbase rax
# Linux takes two flags of the program's, nested task and identification, from here and not from the
# ucontext.
2:  mov rax, [rdx + {FLAGS}]
    and eax, {OWN_FLAGS}
    push rax
    popfq
    ret
# Where the handler returns to, and the way into the program: rsp = ucontext.
zirconia_stub_sigreturn:
    mov eax, {SYS_RT_SIGRETURN}
    syscall
zirconia_stub_sigreturn_return:
    ud2

# The service thread. A guest thread could change any memory that it writes, so it keeps everything
# in registers and reads nothing but the records, which are read-only here. It rings with
# rdi = records left undone, rsi = what the failed one returned; the answer is the number of records to go through: number, six arguments, expected result.
zirconia_stub_service:
    mov edi, {ZYGOTE}
    mov esi, {ZYGOTE_LEN}
    mov eax, {SYS_MUNMAP}
    syscall
    xor r14d, r14d
    mov rbx, rax
1:  mov rdi, r14
    mov rsi, rbx
    mov eax, {DOORBELL}
    syscall
zirconia_stub_service_return:
    # Without a listener the answer is ENOSYS: nobody is left to serve this process.
    cmp rax, {MAX_RECORDS}
    ja 7f
    mov r14, rax
    mov r12d, {RECORDS}
    xor ebx, ebx
2:  test r14, r14
    jz 1b
    # In registers, for a new thread compares them, too: by then other records may stand here.
    mov rbp, [r12 + 56]
    mov r13, [r12]
    mov rax, r13
    mov rdi, [r12 + 8]
    mov rsi, [r12 + 16]
    mov rdx, [r12 + 24]
    mov r10, [r12 + 32]
    mov r8, [r12 + 40]
    mov r9, [r12 + 48]
    syscall
    cmp rax, rbp
    je 4f
    cmp r13, {SYS_CLONE}
    jne 3f
    test rax, rax
    jz 5f
    jns 4f
3:  mov rbx, rax
    jmp 1b
4:  add r12, {RECORD}
    dec r14
    jmp 2b

# A new thread; r9 = its start record: ucontext, inner filter, base of %fs. Nobody's memory is trusted until the
# filter stands, and the suspend signal is blocked until the program begins. Its first ring, at a
# place where only such a thread can ring, tells the host its number.
5:  mov r12, r9
    mov eax, {DOORBELL}
    syscall
zirconia_stub_start_return:
    test rax, rax
    jnz 7f
    xor edi, edi
    mov esi, -1
    xor edx, edx
    mov eax, {SYS_CLOSE_RANGE}
    syscall
    mov rbx, rax
    mov edi, {SECCOMP_SET_MODE_FILTER}
    mov esi, {SECCOMP_FILTER_FLAG_SPEC_ALLOW}
    mov rdx, [r12 + 8]
    mov eax, {SYS_SECCOMP}
    syscall
    or rbx, rax
    jz 6f
7:  mov edi, 1
    mov eax, {SYS_EXIT_GROUP}
    syscall
    ud2
6:  mov rsp, [r12]
    mov rax, [r12 + 16]
    test rax, rax
    jz zirconia_stub_sigreturn
    wrfsbase rax
    jmp zirconia_stub_sigreturn
zirconia_stub_end:

    .globl zirconia_stub, zirconia_stub_end
    .globl zirconia_stub_signal, zirconia_stub_signal_with_bases, zirconia_stub_signal_return
    .globl zirconia_stub_sigreturn, zirconia_stub_sigreturn_return
    .globl zirconia_stub_service, zirconia_stub_service_return, zirconia_stub_start_return
    .hidden zirconia_stub, zirconia_stub_end
    .hidden zirconia_stub_signal, zirconia_stub_signal_with_bases, zirconia_stub_signal_return
    .hidden zirconia_stub_sigreturn, zirconia_stub_sigreturn_return
    .hidden zirconia_stub_service, zirconia_stub_service_return, zirconia_stub_start_return
    .text
