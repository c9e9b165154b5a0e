/*
 * deny [--once] RULE... -- PROGRAM [ARGUMENT...]: runs a Linux program to which Linux refuses system
 * calls.
 *
 * A rule is ERRNO:NUMBER, or ERRNO:NUMBER:ARGUMENT:MASK:VALUE for calls whose argument has that value
 * in the bits of a mask. ERRNO 0 stands for the death of the caller.
 *
 * With --once, one call is refused, of this program or one that it has started: kill(CHOICE + N, 0)
 * says that it is the Nth from then on of those for which there are rules, whichever process makes it.
 * kill(CHOICE, 0) says that none is any more, and succeeds if one was.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX 128
/* No process has such a number. */
#define CHOICE 0x7a000000

static struct sock_filter code[MAX];
static unsigned short length;

static void add(unsigned short what, unsigned char yes, unsigned char no, unsigned k) {
  if (length == MAX) {
    fprintf(stderr, "deny: too many rules\n");
    exit(2);
  }
  code[length++] = (struct sock_filter)BPF_JUMP(what, k, yes, no);
}

/* Calls left until the one that is refused; none is at 0. */
static long left;
static int refused;

/* A thread is about to make a call for which there is a rule, with that error number. */
static void judge(pid_t thread, unsigned error) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, thread, 0, &registers) != 0) return;
  if (registers.orig_rax == SYS_kill) {
    unsigned choice = registers.rdi;
    if ((choice & 0xff000000) != CHOICE) return;
    registers.rax = choice == CHOICE && !refused ? -ESRCH : 0;
    left = choice - CHOICE;
    refused = 0;
  } else {
    if (left == 0 || --left != 0) return;
    refused = 1;
    registers.rax = -(long)error;
  }
  /* No call is made. */
  registers.orig_rax = -1;
  ptrace(PTRACE_SETREGS, thread, 0, &registers);
}

/* Looks at all that a program and its children do, until it ends. */
static int watch(pid_t program) {
  for (;;) {
    int status;
    pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0) return 2;
    if (!WIFSTOPPED(status)) {
      if (thread == program) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      continue;
    }
    int event = status >> 16;
    unsigned long error;
    if (event == PTRACE_EVENT_SECCOMP && ptrace(PTRACE_GETEVENTMSG, thread, 0, &error) == 0) {
      judge(thread, error);
    }
    int stays = event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
    ptrace(stays ? PTRACE_LISTEN : PTRACE_CONT, thread, 0, event == 0 ? WSTOPSIG(status) : 0);
  }
}

/* Returns in the process that is watched. */
static void be_watched(void) {
  int begin[2];
  pid_t program;
  if (pipe(begin) != 0 || (program = fork()) < 0) {
    perror("deny");
    exit(2);
  }
  if (program != 0) {
    long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, program, 0, options) != 0) {
      perror("deny");
      exit(2);
    }
    close(begin[0]);
    close(begin[1]);
    exit(watch(program));
  }
  close(begin[1]);
  char none;
  if (read(begin[0], &none, 1) != 0) exit(2);
  close(begin[0]);
}

int main(int argc, char **argv) {
  int at = 1;
  int once = argc > 1 && strcmp(argv[1], "--once") == 0;
  add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  if (once) {
    at++;
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_kill);
    add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRACE);
  }
  for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
    unsigned error, number, argument, mask, value;
    int fields = sscanf(argv[at], "%u:%u:%u:%x:%x", &error, &number, &argument, &mask, &value);
    if (fields != 2 && fields != 5) {
      fprintf(stderr, "deny: no rule: %s\n", argv[at]);
      return 2;
    }
    unsigned answer = once         ? SECCOMP_RET_TRACE | error
                      : error == 0 ? SECCOMP_RET_KILL_PROCESS
                                   : SECCOMP_RET_ERRNO | error;
    if (fields == 2) {
      add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
    } else {
      add(BPF_JMP | BPF_JEQ | BPF_K, 0, 5, number);
      add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args) + 8 * argument);
      add(BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
      add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
    }
    add(BPF_RET | BPF_K, 0, 0, answer);
    if (fields == 5) add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  }
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  if (at + 1 >= argc) {
    fprintf(stderr, "deny: no program\n");
    return 2;
  }
  if (once) be_watched();
  struct sock_fprog program = {.len = length, .filter = code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror("deny");
    return 2;
  }
  execvp(argv[at + 1], argv + at + 1);
  perror(argv[at + 1]);
  return 2;
}
