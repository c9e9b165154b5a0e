// Takes as much of something as there is, prints how much it got and the status that ended it, and
// keeps it.
#include <stddef.h>
#include <stdint.h>

typedef int32_t zx_status_t;
typedef uint32_t zx_handle_t;

extern long atol(const char *);
extern int snprintf(char *, size_t, const char *, ...);
extern long write(int, const void *, size_t);
extern zx_status_t zx_channel_create(uint32_t, zx_handle_t *, zx_handle_t *);
extern zx_status_t zx_channel_write(zx_handle_t, uint32_t, const void *, uint32_t, const zx_handle_t *, uint32_t);
extern zx_status_t zx_debug_write(const char *, size_t);
extern zx_status_t zx_event_create(uint32_t, zx_handle_t *);
extern zx_status_t zx_nanosleep(int64_t);

static char message[65536];

static zx_status_t handle(long count) {
  zx_handle_t handle;
  return zx_event_create(0, &handle);
}

// Messages of 64 KiB that nobody reads, 1,024 in each channel.
static zx_status_t write_message(long count) {
  static zx_handle_t near, far;
  zx_status_t status = count % 1024 == 0 ? zx_channel_create(0, &near, &far) : 0;
  return status ? status : zx_channel_write(near, 0, message, sizeof message, NULL, 0);
}

static zx_status_t log_line(long count) { return zx_debug_write(message, 200); }

int main(int argc, char **argv) {
  if (argc < 3) return 1;
  zx_status_t (*take)(long) = argv[1][0] == 'h' ? handle : argv[1][0] == 'm' ? write_message : log_line;
  zx_status_t status = 0;
  long most = atol(argv[2]), count = 0;
  while (count < most && (status = take(count)) == 0) count++;
  // Nothing is left that dprintf could allocate.
  write(1, message, snprintf(message, sizeof message, "%ld, then %d\n", count, status));
  return zx_nanosleep(INT64_MAX);
}
