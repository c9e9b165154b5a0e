// Startup handles: a channel that somebody gives it, over which it sends back what comes.
#include <stdio.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

int main(void) {
  zx_handle_t channel = zx_take_startup_handle(PA_HND(PA_USER0, 0));
  printf("channel %d, taken again %d\n", channel != 0,
         zx_take_startup_handle(PA_HND(PA_USER0, 0)) != 0);
  for (int count = 0;; count++) {
    zx_signals_t seen;
    zx_object_wait_one(channel, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED, ZX_TIME_INFINITE,
                       &seen);
    char bytes[64];
    uint32_t length, handles;
    zx_status_t status =
        zx_channel_read(channel, 0, bytes, NULL, sizeof bytes, 0, &length, &handles);
    if (status == ZX_OK) status = zx_channel_write(channel, 0, bytes, length, NULL, 0);
    if (status != ZX_OK) {
      printf("%d echoed, then %s\n", count, zx_status_get_string(status));
      return 0;
    }
  }
}
