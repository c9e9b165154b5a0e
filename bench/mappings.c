// What 64 KiB of fresh memory that can be shared cost, from creation over one touched page to their
// end. Prints the median in nanoseconds. The same source for Fuchsia, where FUCHSIA is defined, and for
// Linux; it declares what it uses.
typedef unsigned long size_t;
struct timespec {
  long seconds, nanoseconds;
};

extern int clock_gettime(int, struct timespec *);
extern int printf(const char *, ...);
extern void qsort(void *, size_t, size_t, int (*)(const void *, const void *));

enum { CLOCK_MONOTONIC = 1, COUNT = 4000, SIZE = 65536 };

#ifdef FUCHSIA
extern int zx_vmo_create(size_t, unsigned, unsigned *);
extern int zx_vmar_map(unsigned, unsigned, size_t, unsigned, size_t, size_t, size_t *);
extern int zx_handle_close(unsigned);
extern int zx_vmar_unmap(unsigned, size_t, size_t);
extern unsigned zx_vmar_root_self(void);

static int once(void) {
  unsigned vmo;
  size_t address;
  if (zx_vmo_create(SIZE, 0, &vmo)) return 1;
  if (zx_vmar_map(zx_vmar_root_self(), 3, 0, vmo, 0, SIZE, &address)) return 1;
  if (zx_handle_close(vmo)) return 1;
  *(volatile char *)address = 1;
  return zx_vmar_unmap(zx_vmar_root_self(), address, SIZE);
}
#else
extern int memfd_create(const char *, unsigned);
extern int ftruncate(int, long);
extern void *mmap(void *, size_t, int, int, int, long);
extern int munmap(void *, size_t);
extern int close(int);

static int once(void) {
  int file = memfd_create("bench", 1);
  if (file < 0 || ftruncate(file, SIZE)) return 1;
  char *address = mmap(0, SIZE, 3, 1, file, 0);
  if (address == (char *)-1 || close(file)) return 1;
  *(volatile char *)address = 1;
  return munmap(address, SIZE);
}
#endif

static long times[COUNT];

static int compare(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return x < y ? -1 : x > y;
}

int main(void) {
  for (int i = 0; i < COUNT; i++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (once()) return 1;
    clock_gettime(CLOCK_MONOTONIC, &to);
    times[i] = (to.seconds - from.seconds) * 1000000000 + to.nanoseconds - from.nanoseconds;
  }
  qsort(times, COUNT, sizeof *times, compare);
  printf("median_ns=%ld\n", times[COUNT / 2]);
  return 0;
}
