// A thread accesses pages that another one supplies by userfaultfd: prints nanoseconds a page.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };
static uint64_t pages, sum;

static void *read_pages(void *base) {
  for (uint64_t page = 0; page < pages; page++) sum += *(volatile uint64_t *)((char *)base + page * PAGE);
  return NULL;
}

int main(int argc, char **argv) {
  pages = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
  struct uffdio_api api = {.api = UFFD_API};
  if (fd < 0 || ioctl(fd, UFFDIO_API, &api) != 0) return 1;
  char *base = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  static uint64_t source[PAGE / 8] __attribute__((aligned(PAGE)));
  struct uffdio_register area = {.range = {(uintptr_t)base, pages * PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(fd, UFFDIO_REGISTER, &area) != 0) return 1;
  struct timespec begun, ended;
  pthread_t thread;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  pthread_create(&thread, NULL, read_pages, base);
  for (uint64_t page = 0; page < pages; page++) {
    struct uffd_msg message;
    if (read(fd, &message, sizeof message) != sizeof message) return 1;
    source[0] = page;
    uint64_t at = message.arg.pagefault.address & -PAGE;
    struct uffdio_copy copy = {.dst = at, .src = (uintptr_t)source, .len = PAGE};
    if (ioctl(fd, UFFDIO_COPY, &copy) != 0) return 1;
  }
  pthread_join(thread, NULL);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  if (sum != pages * (pages - 1) / 2) return 1;
  printf("%ld\n", ((ended.tv_sec - begun.tv_sec) * 1000000000L + ended.tv_nsec - begun.tv_nsec) / (long)pages);
}
