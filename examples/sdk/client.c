// Asks the service example.Echo of its /svc.
#include <lib/fdio/directory.h>
#include <stdio.h>
#include <string.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    zx_handle_t ours, theirs;
    zx_channel_create(0, &ours, &theirs);
    zx_status_t status = fdio_service_connect("/svc/example.Echo", theirs);
    // The kernel writes a number in front, which the answer repeats.
    char question[64] = "....", answer[65] = "";
    strncpy(question + 4, argv[i], sizeof question - 5);
    zx_channel_call_args_t call = {
        .wr_bytes = question,
        .wr_num_bytes = sizeof question,
        .rd_bytes = answer,
        .rd_num_bytes = sizeof question,
    };
    uint32_t length, handles;
    if (status == ZX_OK) {
      status = zx_channel_call(ours, 0, ZX_TIME_INFINITE, &call, &length, &handles);
    }
    zx_handle_close(ours);
    printf("%s: %s\n", zx_status_get_string(status), status == ZX_OK ? answer + 4 : "");
  }
  return 0;
}
