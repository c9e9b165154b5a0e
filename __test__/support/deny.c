/*
 * deny RULE... -- PROGRAM [ARGUMENT...]: runs a Linux program to which Linux refuses system calls.
 *
 * A rule is ERRNO:NUMBER, or ERRNO:NUMBER:ARGUMENT:MASK:VALUE for calls whose argument has that value
 * in the bits of a mask. ERRNO 0 stands for the death of the caller.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAX 128

static struct sock_filter code[MAX];
static unsigned short length;

static void add(unsigned short what, unsigned char yes, unsigned char no, unsigned k) {
  if (length == MAX) {
    fprintf(stderr, "deny: too many rules\n");
    exit(2);
  }
  code[length++] = (struct sock_filter)BPF_JUMP(what, k, yes, no);
}

int main(int argc, char **argv) {
  int at = 1;
  add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
    unsigned error, number, argument, mask, value;
    int fields = sscanf(argv[at], "%u:%u:%u:%x:%x", &error, &number, &argument, &mask, &value);
    if (fields != 2 && fields != 5) {
      fprintf(stderr, "deny: no rule: %s\n", argv[at]);
      return 2;
    }
    unsigned answer = error == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | error;
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
