// Takes as much of something as there is, says how much it got, and keeps it.
#include <stddef.h>
#include <stdint.h>

typedef int32_t zx_status_t;
typedef uint32_t zx_handle_t;

extern long write(int, const void *, size_t);
extern zx_handle_t zx_vmar_root_self(void);
extern zx_status_t zx_channel_create(uint32_t, zx_handle_t *, zx_handle_t *);
extern zx_status_t zx_channel_write(zx_handle_t, uint32_t, const void *, uint32_t, const zx_handle_t *, uint32_t);
extern zx_status_t zx_debug_write(const char *, size_t);
extern zx_status_t zx_event_create(uint32_t, zx_handle_t *);
extern zx_status_t zx_nanosleep(int64_t);
extern zx_status_t zx_vmar_map(zx_handle_t, uint32_t, size_t, zx_handle_t, uint64_t, size_t, uintptr_t *);
extern zx_status_t zx_vmo_create(uint64_t, uint32_t, zx_handle_t *);

enum { READ = 1, WRITE = 2, PAGE = 4096 };

static char message[65536];

static uintptr_t mapped(uint64_t size) {
  zx_handle_t vmo;
  uintptr_t address;
  if (zx_vmo_create(size, 0, &vmo)) return 0;
  return zx_vmar_map(zx_vmar_root_self(), READ | WRITE, 0, vmo, 0, size, &address) ? 0 : address;
}

static long handles(long most) {
  zx_handle_t handle;
  long count = 0;
  while (count < most && !zx_event_create(0, &handle)) count++;
  return count;
}

// Each mapped VMO has memory of its own on the host.
static long descriptors(long most) {
  long count = 0;
  for (uintptr_t at; count < most && (at = mapped(PAGE)) != 0; count++) *(volatile char *)at = 1;
  return count;
}

// In megabytes, a VMO for each 16.
static long memory(long most) {
  long count = 0;
  for (uintptr_t at; count < most && (at = mapped(16 << 20)) != 0; count += 16)
    for (long page = 0; page < 16 << 20; page += PAGE) ((volatile char *)at)[page] = 1;
  return count;
}

// Messages of 64 KiB that nobody reads.
static long messages(long most) {
  zx_handle_t near, far;
  long count = 0;
  if (zx_channel_create(0, &near, &far)) return 0;
  while (count < most && !zx_channel_write(near, 0, message, sizeof message, NULL, 0)) {
    count++;
    if (count % 1024 == 0 && zx_channel_create(0, &near, &far)) break;
  }
  return count;
}

static long log(long most) {
  long count = 0;
  while (count < most && !zx_debug_write(message, 200)) count++;
  return count;
}

int main(int argc, char **argv) {
  char text[24], *at = text + sizeof text;
  long most = 0, got = 0;
  if (argc < 3) return 1;
  for (const char *digit = argv[2]; *digit; digit++) most = 10 * most + *digit - '0';
  switch (argv[1][0]) {
    case 'h': got = handles(most); break;
    case 'd': got = descriptors(most); break;
    case 'm': got = memory(most); break;
    case 'c': got = messages(most); break;
    case 'l': got = log(most); break;
  }
  *--at = '\n';
  do *--at = '0' + got % 10; while ((got /= 10) > 0);
  write(1, at, text + sizeof text - at);
  return zx_nanosleep(INT64_MAX);
}
