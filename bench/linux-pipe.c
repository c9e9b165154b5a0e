// What two threads on one processor pay for a round trip over pipes: the yardstick of a guest's call.
// Prints the median in nanoseconds. Unpinned it would be that of one processor or of two, by chance.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { COUNT = 20000 };

static int there[2], back[2];
static long times[COUNT];

static void *echo(void *unused) {
  char byte;
  while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1) {
  }
  return unused;
}

static int compare(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return x < y ? -1 : x > y;
}

int main(void) {
  cpu_set_t processors;
  pthread_t thread;
  char byte = 0;
  CPU_ZERO(&processors);
  CPU_SET(sched_getcpu(), &processors);
  if (sched_setaffinity(0, sizeof processors, &processors) || pipe(there) || pipe(back)) return 1;
  if (pthread_create(&thread, NULL, echo, NULL)) return 1;
  for (int i = 0; i < COUNT; i++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) return 1;
    clock_gettime(CLOCK_MONOTONIC, &to);
    times[i] = (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;
  }
  qsort(times, COUNT, sizeof *times, compare);
  printf("median_ns=%ld\n", times[COUNT / 2]);
  return 0;
}
