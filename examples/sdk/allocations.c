// Allocations of all sizes from several threads, which check what they have written.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, PLACES = 64, ROUNDS = 3000, GREATEST = 200000 };

static unsigned next(unsigned* state) {
  *state = *state * 1103515245 + 12345;
  return *state >> 8;
}

static void* work(void* argument) {
  unsigned state = (unsigned)(uintptr_t)argument + 1;
  unsigned char* places[PLACES] = {0};
  size_t sizes[PLACES];
  uintptr_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    int at = next(&state) % PLACES;
    if (places[at]) {
      for (size_t i = 0; i < sizes[at]; i += 997) sum += places[at][i];
      free(places[at]);
      places[at] = NULL;
      continue;
    }
    sizes[at] = next(&state) % GREATEST + 1;
    places[at] = round % 3 ? malloc(sizes[at]) : calloc(1, sizes[at]);
    if (round % 3) memset(places[at], at, sizes[at]);
    if (round % 7 == 0) {
      places[at] = realloc(places[at], sizes[at] * 2);
      memset(places[at] + sizes[at], 9, sizes[at]);
      sizes[at] *= 2;
    }
  }
  for (int i = 0; i < PLACES; i++) free(places[i]);
  return (void*)sum;
}

int main(void) {
  pthread_t threads[THREADS];
  uintptr_t sum = 0;
  for (uintptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void*)i);
  for (int i = 0; i < THREADS; i++) {
    void* result;
    pthread_join(threads[i], &result);
    sum += (uintptr_t)result;
  }
  printf("sum %lu\n", (unsigned long)sum);
  void* aligned;
  printf("aligned %d %d\n", posix_memalign(&aligned, 65536, 100), ((uintptr_t)aligned & 65535) == 0);
  void* volatile huge = malloc(SIZE_MAX / 2);
  printf("too much %d\n", huge == NULL);
  return 0;
}
