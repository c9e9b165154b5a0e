// Clocks that go on, sleep that lasts.
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long nanoseconds(clockid_t clock) {
  struct timespec now;
  return clock_gettime(clock, &now) ? -1 : now.tv_sec * 1000000000L + now.tv_nsec;
}

int main(void) {
  long before = nanoseconds(CLOCK_MONOTONIC);
  struct timespec pause = {0, 20000000};
  printf("slept %d", nanosleep(&pause, NULL));
  printf(" %d\n", nanoseconds(CLOCK_MONOTONIC) - before >= 20000000);
  before = nanoseconds(CLOCK_MONOTONIC);
  usleep(2000);
  printf("slept %d\n", nanoseconds(CLOCK_MONOTONIC) - before >= 2000000);
  printf("slept %u\n", sleep(0));

  // After November 2020: it is the time of day, not that since the start.
  long real = nanoseconds(CLOCK_REALTIME) / 1000000000;
  struct timeval now;
  gettimeofday(&now, NULL);
  printf("today %d %d %d\n", real > 1606000000, labs(time(NULL) - real) <= 1,
         labs(now.tv_sec - real) <= 1);
  long used = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  for (volatile int i = 0; i < 100000; i++) continue;
  printf("used %d\n", used >= 0 && nanoseconds(CLOCK_THREAD_CPUTIME_ID) > used);
  return 0;
}
