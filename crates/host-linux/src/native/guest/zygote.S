# The helper. What the host has started puts up the first walls, forks the helper and ends: the helper
# is the first in its PID namespace, and a child of the host's. It puts up the other walls, and tells
# on descriptor 0 (a SOCK_SEQPACKET socket) what has become of all, with its pidfd. Then it waits for
# messages, each with two descriptors, and makes each time a guest process of itself: control area,
# socket. On that socket the guest says that it is there, or the helper that there will be none, so
# that no answer is taken for another's. It ends with its own socket or with the thread that started it.

    .macro os number
    mov eax, \number
    syscall
    .endm

    .section .rodata.zirconia_zygote, "a", @progbits
    .balign 8
zirconia_zygote:
    mov esp, {SCRATCH_END}
    mov ebx, {SCRATCH}
    mov edi, 1
    mov esi, -1
    xor edx, edx
    os {SYS_CLOSE_RANGE}
    # No signal of the terminal's is for this group. It has no session of its own, for Linux weighs
    # sessions against each other: each call of a guest would go from one to the other and back.
    xor edi, edi
    xor esi, esi
    os {SYS_SETPGID}
    mov edi, {OUTSIDE}
    call 20f
    mov r15d, {FAILED_AT_HELPER}
    mov edi, {CLONE_PARENT} | {SIGCHLD}
    xor esi, esi
    xor edx, edx
    xor r10d, r10d
    xor r8d, r8d
    os {SYS_CLONE}
    test rax, rax
    js 5f
    jz 1f
    xor edi, edi
    os {SYS_EXIT_GROUP}

1:  mov edi, 1
    mov esi, -1
    xor edx, edx
    os {SYS_CLOSE_RANGE}
    mov edi, {INSIDE}
    call 20f
    # Before anything that a change of credentials would undo. If the host has died meanwhile, so has
    # the socket.
    mov edi, {PR_SET_PDEATHSIG}
    mov esi, {SIGKILL}
    os {SYS_PRCTL}
    mov edi, {PR_SET_NAME}
    mov esi, {ZYGOTE_NAME}
    os {SYS_PRCTL}
    mov edi, {ROOT}
    os {SYS_CHDIR}
    # No core files.
    mov edi, {RLIMIT_CORE}
    mov esi, {NO_LIMIT}
    os {SYS_SETRLIMIT}
    # Only the suspend signal is blocked, until a thread's program begins.
    push {SUSPEND_MASK}
    mov edi, {SIG_SETMASK}
    mov rsi, rsp
    xor edx, edx
    mov r10d, 8
    os {SYS_RT_SIGPROCMASK}
    pop rax
    .irp signal, {SIGILL}, {SIGTRAP}, {SIGBUS}, {SIGFPE}, {SIGSEGV}, {SIGSYS}, {SUSPEND_SIGNAL}
    mov edi, \signal
    mov esi, {HANDLE_SIGNAL}
    call 9f
    .endr
    # Ignored children leave no zombies.
    mov edi, {SIGCHLD}
    mov esi, {IGNORE_SIGNAL}
    call 9f
    # Guests get what lies below: our pages, and nothing else.
    mov edi, {USER_BASE}
    mov rsi, {USER_LEN}
    os {SYS_MUNMAP}
    test rax, rax
    jnz 8f
    call 27f
    call 23f
    mov qword ptr [rbx + 64], {RESULTS}
    mov qword ptr [rbx + 72], {RESULTS_LEN}
    mov edx, 20
    call 7f

# The next message. One that came without its descriptors gets no answer, but their end.
1:  mov edi, 1
    mov esi, -1
    xor edx, edx
    os {SYS_CLOSE_RANGE}
    mov r14d, {TRIES}
2:  call 23f
    xor edi, edi
    mov rsi, rbx
    mov edx, {MSG_CMSG_CLOEXEC}
    os {SYS_RECVMSG}
    test rax, rax
    jz 8f
    jns 4f
    dec r14d
    jnz 2b
    jmp 8f
4:  cmp qword ptr [rbx + 40], 24
    jne 1b
    cmp qword ptr [rbx + 96], 24
    jne 1b
    mov r12d, [rbx + 112]
    mov r13d, [rbx + 116]

    mov edi, {SIGCHLD}
    xor esi, esi
    xor edx, edx
    xor r10d, r10d
    xor r8d, r8d
    os {SYS_CLONE}
    test rax, rax
    jz 3f
    jns 1b
    mov [rbx + 80], rax
    mov edi, r13d
    call 26f
    jmp 1b

# The guest: control area, its own socket as descriptor 0, the outer filter, whose listener goes to
# the host with the guest's pidfd; then it becomes the service thread.
3:  mov edi, {PR_SET_PDEATHSIG}
    mov esi, {SIGKILL}
    os {SYS_PRCTL}
    os {SYS_GETPPID}
    cmp eax, ebp
    jne 8f
    mov edi, {PR_SET_NAME}
    mov esi, {GUEST_NAME}
    os {SYS_PRCTL}
    mov edi, r13d
    xor esi, esi
    os {SYS_DUP2}
    test eax, eax
    jnz 8f
    mov r15d, {FAILED_AT_CONTROL}
    mov edi, {CONTROL}
    mov esi, {READ_ONLY_LEN}
    mov edx, {PROT_READ}
    xor r9d, r9d
    call 6f
    mov edi, {SLOTS}
    mov esi, {SLOTS_LEN}
    mov edx, {PROT_READ} | {PROT_WRITE}
    mov r9d, {READ_ONLY_LEN}
    call 6f
    mov edi, 1
    mov esi, -1
    xor edx, edx
    os {SYS_CLOSE_RANGE}
    xor r15d, r15d
    call 27f
    mov r15d, {FAILED_AT_LISTENER}
    mov edi, {SECCOMP_SET_MODE_FILTER}
    mov esi, {SECCOMP_FILTER_FLAG_NEW_LISTENER} | {SECCOMP_FILTER_FLAG_SPEC_ALLOW}
    mov edx, {OUTER_PROGRAM}
    os {SYS_SECCOMP}
    test rax, rax
    js 5f
    mov [rbx + 116], eax
    mov qword ptr [rbx + 80], 0
    mov edx, 24
    call 7f
    mov edi, 1
    mov esi, -1
    xor edx, edx
    os {SYS_CLOSE_RANGE}
    jmp qword ptr [{SERVICE}]

# Maps r9 of the control area at rdi.
6:  mov r10d, {MAP_SHARED} | {MAP_FIXED}
    mov r8d, r12d
    os {SYS_MMAP}
    cmp rax, rdi
    jne 5f
    ret

# Says why there will be no guest, or no helper: r15 = at what, rax = what Linux has said.
5:  sub rax, r15
    mov [rbx + 80], rax
    call 23f
    xor edi, edi
    call 26f
    jmp 8f

# Sends the word of a message alone, on edi.
26: mov qword ptr [rbx + 40], 0
    mov rsi, rbx
    mov edx, {MSG_NOSIGNAL}
    os {SYS_SENDMSG}
    ret

# Sends a message with its descriptors, edx = 16 and 4 for each.
7:  mov qword ptr [rbx + 40], 24
    mov [rbx + 96], rdx
    mov dword ptr [rbx + 104], {SOL_SOCKET}
    mov dword ptr [rbx + 108], {SCM_RIGHTS}
    xor edi, edi
    mov rsi, rbx
    mov edx, {MSG_NOSIGNAL}
    os {SYS_SENDMSG}
    cmp rax, [rbx + 72]
    jne 8f
    ret

# Has the caller's pidfd for a message; ebp = its number.
27: os {SYS_GETPID}
    mov ebp, eax
    mov edi, eax
    xor esi, esi
    os {SYS_PIDFD_OPEN}
    test rax, rax
    js 5b
    mov [rbx + 112], eax
    ret

8:  mov edi, 1
    os {SYS_EXIT_GROUP}
    ud2

9:  xor edx, edx
    mov r10d, 8
    os {SYS_RT_SIGACTION}
    ret

# Goes through the steps that edi leads to: how many, and where they are. Each is a number, six
# arguments, its wall and the wall that it needs. A wall with a step that has failed is given up,
# and so is one without the wall that it needs.
20: mov r13, [rdi]
    mov r12, [rdi + 8]
21: test r13, r13
    jz 24f
    mov eax, [r12 + 56]
    mov ecx, [r12 + 60]
    cmp qword ptr [{RESULTS} + rax * 8], 0
    jl 22f
    mov rax, [{RESULTS} + rcx * 8]
    test rax, rax
    js 25f
    mov rax, [r12]
    mov rdi, [r12 + 8]
    mov rsi, [r12 + 16]
    mov rdx, [r12 + 24]
    mov r10, [r12 + 32]
    mov r8, [r12 + 40]
    mov r9, [r12 + 48]
    syscall
    test rax, rax
    jns 22f
25: mov ecx, [r12 + 56]
    mov [{RESULTS} + rcx * 8], rax
22: add r12, {RECORD}
    dec r13
    jmp 21b

# A message of the word at rbx + 80 and the descriptors at rbx + 112, at rbx: name, name length, iovec,
# count, control, length, flags.
23: mov qword ptr [rbx], 0
    mov qword ptr [rbx + 8], 0
    lea rax, [rbx + 64]
    mov [rbx + 16], rax
    mov qword ptr [rbx + 24], 1
    lea rax, [rbx + 96]
    mov [rbx + 32], rax
    mov qword ptr [rbx + 40], 24
    mov qword ptr [rbx + 48], 0
    lea rax, [rbx + 80]
    mov [rbx + 64], rax
    mov qword ptr [rbx + 72], 8
24: ret
zirconia_zygote_end:
    .purgem os
    .globl zirconia_zygote, zirconia_zygote_end
    .hidden zirconia_zygote, zirconia_zygote_end
    .text
