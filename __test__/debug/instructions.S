# Instructions that a debugger may break at. The first trap has in rax the address of a list of addresses,
# counted from there: of the data, of `target`, `reader` and `last`, then of each instruction, with whether it
# can be executed elsewhere.

    .macro each elsewhere, instruction:vararg
    .pushsection .rodata
    .long 7f - cases, \elsewhere
    .popsection
7:  \instruction
    .endm

    .section .rodata
    .balign 8
cases:
    .long data - cases, 0
    .long target - cases, 0
    .long reader - cases, 0
    .long last - cases, 0

    .text
    .globl _start
_start:
    lea cases(%rip), %rax
    int3
target:
    nop
    nop
    # Prologues, and what comes after them.
    each 1, nop
    each 1, endbr64
    each 1, pause
    each 1, push %rbp
    each 1, push %r12
    each 1, pop %rbx
    each 1, push $5
    each 1, push $0x12345678
    each 1, pushq (%rsi)
    each 1, mov %rsp, %rbp
    each 1, mov -8(%rbp), %eax
    each 1, mov %edi, -0x14(%rbp)
    each 1, mov %fs:(%rdi), %al
    each 1, movl $7, -4(%rbp)
    each 1, movw $7, -4(%rbp)
    each 1, movb $7, 0x120(%rbp)
    each 1, movabs $0x123456789abcdef0, %r9
    each 1, mov $5, %ecx
    each 1, mov $5, %cl
    each 1, mov (%rsi, %r8, 4), %rdx
    each 1, mov 0x20(, %r8, 1), %rdx
    each 1, lea 8(%rsp), %rdi
    each 1, lea data(%rip), %rsi
    each 1, leave
    each 1, sub $0x18, %rsp
    each 1, add $0x1000, %rsp
    # Operands relative to the instruction, with constants behind them.
    each 1, mov data(%rip), %rax
    each 1, cmpl $3, data+4(%rip)
    each 1, addq $0x11223344, data+8(%rip)
    each 1, movw $0x1234, data+16(%rip)
    each 1, movups data+32(%rip), %xmm2
    each 1, vmovups data+32(%rip), %ymm1
    each 1, pshufd $0x1b, data+32(%rip), %xmm3
    each 1, jmp *pointer(%rip)
    # Arithmetic.
    each 1, test %eax, %eax
    each 1, test $0x55, %al
    each 1, testl $0x12345, %ecx
    each 1, testb $1, (%rsi)
    each 1, xor %eax, %eax
    each 1, cmp $0x7f, %al
    each 1, sbb $0x1234567, %rax
    each 1, imul $7, %rbx, %rcx
    each 1, imul $0x1234, %rbx, %rcx
    each 1, movslq %eax, %rdx
    each 1, movzbl (%rsi), %eax
    each 1, cmovne %rbx, %rax
    each 1, sete %al
    each 1, bt $3, %rbx
    each 1, bsr %rbx, %rax
    each 1, bswap %rax
    each 1, shl $3, %rax
    each 1, shl %cl, %rax
    each 1, sar %rax
    each 1, shld $3, %rbx, %rax
    each 1, neg %rax
    each 1, notl (%rsi)
    each 1, incl (%rsi)
    each 1, dec %r8
    each 1, div %r8
    each 1, xchg %rbx, (%rsi)
    each 1, lock xadd %rbx, (%rsi)
    each 1, lock cmpxchg %rbx, (%rsi)
    each 1, cwtl
    each 1, cltd
    each 1, sahf
    each 1, std
    each 1, movsb
    each 1, rep stosb
    each 1, repne scasb
    # Vectors.
    each 1, movaps %xmm0, %xmm1
    each 1, cvtsi2sd %rax, %xmm0
    each 1, pextrw $1, %xmm0, %eax
    each 1, pshufb %xmm0, %xmm1
    each 1, pinsrd $1, %eax, %xmm1
    each 1, crc32l %eax, %ebx
    each 1, vaddps %ymm0, %ymm1, %ymm2
    each 1, vpshufd $1, %ymm0, %ymm1
    each 1, vinserti128 $1, %xmm0, %ymm1, %ymm2
    each 1, vzeroupper
    # Branches, taken and not.
    each 1, jmp target
    each 1, {disp32} jmp target
    each 1, je target
    each 1, jne target
    each 1, {disp32} jb target
    each 1, {disp32} jae target
    each 1, call target
    each 1, ret
    each 1, rep ret
    each 1, ret $8
    each 1, jmp *%r13
    # What is executed in its place: it knows where that is, or traps.
    each 0, call *%r13
    each 0, call *(%rsi)
    each 0, loop 7b
    each 0, jrcxz 7b
    each 0, pushfq
    each 0, fld1
    each 0, fnstenv (%rdi)
    each 0, cpuid
    each 0, ud2
    each 0, addr32 mov (%esi), %eax
    nop
    .pushsection .rodata
    .long 0, 0
    .popsection

# What reads memory that nobody may have yet, and counts in the data how often it has.
    .globl reader
reader:
    mov (%rdi), %rax
    incq (%rsi)
    jmp reader

# The last byte of the code.
last:
    ret

    .section .data
    .balign 4096
data:
    .fill 4088, 1, 0x11
pointer:
    .quad 0
