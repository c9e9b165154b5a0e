// Serves example.Echo in the least of outgoing directories: whoever opens something gets an echo.
#include <ctype.h>
#include <stdio.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/syscalls.h>

static int is_readable(zx_handle_t channel) {
  zx_signals_t seen;
  zx_object_wait_one(channel, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED, ZX_TIME_INFINITE,
                     &seen);
  return (seen & ZX_CHANNEL_READABLE) != 0;
}

int main(void) {
  zx_handle_t directory = zx_take_startup_handle(PA_DIRECTORY_REQUEST);
  while (is_readable(directory)) {
    // A request of fuchsia.io/Directory.Open: what it opens is to be served on its only handle.
    char bytes[ZX_CHANNEL_MAX_MSG_BYTES];
    zx_handle_t client;
    uint32_t length, handles;
    zx_channel_read(directory, 0, bytes, &client, sizeof bytes, 1, &length, &handles);
    if (handles == 0) continue;
    while (is_readable(client)) {
      zx_channel_read(client, 0, bytes, NULL, sizeof bytes, 0, &length, &handles);
      for (uint32_t i = 4; i < length; i++) bytes[i] = toupper(bytes[i]);
      zx_channel_write(client, 0, bytes, length, NULL, 0);
    }
    zx_handle_close(client);
  }
  return 0;
}
