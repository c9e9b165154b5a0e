// Threads that allocate and free, small and large. Prints how long that takes, in nanoseconds. The same
// source for Fuchsia and for Linux; it declares what it uses.
typedef unsigned long size_t;
struct timespec {
  long seconds, nanoseconds;
};

extern int clock_gettime(int, struct timespec *);
extern int printf(const char *, ...);
extern void *malloc(size_t);
extern void free(void *);
extern void *memset(void *, int, size_t);
extern int pthread_create(unsigned long *, const void *, void *(*)(void *), void *);
extern int pthread_join(unsigned long, void **);

enum { CLOCK_MONOTONIC = 1, THREADS = 4 };

static unsigned next(unsigned *seed) {
  *seed = *seed * 1664525 + 1013904223;
  return *seed >> 8;
}

#ifdef WRITTEN
enum { ROUNDS = 1400, KEPT = 64 };

static size_t size(unsigned *seed) { return 1 + next(seed) % 200000; }

static void use(char *block, size_t bytes) { memset(block, 1, bytes); }
#else
enum { ROUNDS = 40000, KEPT = 256 };

// One in 64 is large: 256 KiB to 4 MiB, which allocators map one by one.
static size_t size(unsigned *seed) {
  unsigned kind = next(seed) % 64, random = next(seed);
  return kind ? 16 + random % 2048 : (256 << 10) + random % (4 << 20);
}

static void use(char *block, size_t bytes) {
  block[0] = 1;
  block[bytes - 1] = 1;
}
#endif

static void *work(void *number) {
  unsigned seed = (unsigned)(size_t)number;
  char *kept[KEPT] = {0};
  size_t failed = 0;
  for (int i = 0; i < ROUNDS; i++) {
    unsigned place = next(&seed) % KEPT;
    size_t bytes = size(&seed);
    free(kept[place]);
    kept[place] = malloc(bytes);
    if (!kept[place]) {
      failed++;
      continue;
    }
    use(kept[place], bytes);
  }
  for (int i = 0; i < KEPT; i++) free(kept[i]);
  return (void *)failed;
}

int main(void) {
  unsigned long threads[THREADS];
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (size_t i = 0; i < THREADS; i++) {
    if (pthread_create(&threads[i], 0, work, (void *)(i + 1))) return 1;
  }
  for (size_t i = 0; i < THREADS; i++) {
    void *failed;
    if (pthread_join(threads[i], &failed) || failed) return 2;
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("ns=%ld\n", (to.seconds - from.seconds) * 1000000000 + to.nanoseconds - from.nanoseconds);
  return 0;
}
