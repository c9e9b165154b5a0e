// A BSS of 1 GiB, a reservation of 1 TiB, and mappings.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define GIB (1ul << 30)

static char zeros[GIB];

int main(void) {
  zeros[0] = 1;
  zeros[GIB / 2] = 2;
  zeros[GIB - 1] = 3;
  printf("zeros %d %d %d %d\n", zeros[0], zeros[GIB / 2], zeros[GIB - 1], zeros[GIB / 3]);

  const size_t reserved = 1024 * GIB;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  char* range = mmap(NULL, reserved, PROT_NONE, flags | MAP_NORESERVE, -1, 0);
  char* middle = range + reserved / 2;
  printf("reserved %d\n", range != MAP_FAILED);
  printf("usable %d\n", mprotect(middle, 8192, PROT_READ | PROT_WRITE));
  middle[8191] = 5;
  printf("written %d %d\n", middle[0], middle[8191]);
  printf("released %d\n", munmap(range, reserved));

  char* pages = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, flags, -1, 0);
  memset(pages, 7, 1 << 20);
  munmap(pages + 65536, 65536);
  char* hole = mmap(pages + 65536, 65536, PROT_READ | PROT_WRITE, flags | MAP_FIXED, -1, 0);
  printf("around %d, hole %d %d\n", pages[0] + pages[200000], hole == pages + 65536, hole[9]);
  printf("no mapping %d\n", mmap(NULL, 0, PROT_READ, flags, -1, 0) == MAP_FAILED);
  return 0;
}
