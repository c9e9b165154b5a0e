// A library that is opened: it has a constructor and variables of each thread's.
#include <stdio.h>

int count(int by);

static _Thread_local int calls = 10;

__attribute__((constructor)) static void begin(void) { printf("plugin begins at %d\n", count(0)); }

int twice(int value) {
  calls++;
  return 2 * value + calls - 11;
}
