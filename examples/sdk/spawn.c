// Spawns its arguments, programs or scripts, and itself, in several ways.
#include <lib/fdio/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/object.h>

static int child(int argc, char** argv) {
  const char* planet = getenv("PLANET");
  printf("child of %d: %s %s\n", argc, argv[2], planet ? planet : "none");
  printf("handle %d, job %d\n", zx_take_startup_handle(PA_HND(PA_USER0, 0)) != 0,
         zx_job_default() != 0);
  char text[20] = {0};
  if (argc > 3) printf("read %zd: %s\n", read(atoi(argv[3]), text, sizeof text - 1), text);
  fflush(stdout);
  return 17;
}

static void show(const char* what, zx_status_t status, zx_handle_t process) {
  fflush(stdout);
  if (status != ZX_OK) {
    printf("%s: %s\n", what, zx_status_get_string(status));
    return;
  }
  zx_info_process_t info;
  zx_signals_t seen;
  zx_object_wait_one(process, ZX_PROCESS_TERMINATED, ZX_TIME_INFINITE, &seen);
  zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof info, NULL, NULL);
  zx_handle_close(process);
  printf("%s: %d\n", what, (int)info.return_code);
}

int main(int argc, char** argv) {
  if (argc > 2 && !strcmp(argv[1], "child")) return child(argc, argv);
  const char* self = argv[1];
  const char* args[] = {self, "child", "plain", NULL};
  zx_handle_t process;
  zx_status_t status = fdio_spawn(ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, self, args, &process);
  show("a program", status, process);

  int output[2], input[2];
  pipe(output);
  pipe(input);
  write(input[1], "words", 5);
  zx_handle_t ours, theirs;
  zx_eventpair_create(0, &ours, &theirs);
  const char* reader[] = {self, "child", "with actions", "5", NULL};
  const char* variables[] = {"PLANET=Fuchsia", NULL};
  const fdio_spawn_action_t actions[] = {
      {.action = FDIO_SPAWN_ACTION_SET_NAME, .name = {.data = "reader"}},
      {.action = FDIO_SPAWN_ACTION_TRANSFER_FD, .fd = {.local_fd = output[1], .target_fd = 1}},
      {.action = FDIO_SPAWN_ACTION_CLONE_FD, .fd = {.local_fd = input[0], .target_fd = 5}},
      {.action = FDIO_SPAWN_ACTION_ADD_HANDLE, .h = {.id = PA_HND(PA_USER0, 0), .handle = theirs}},
  };
  char error[FDIO_SPAWN_ERR_MSG_MAX_LENGTH] = "";
  uint32_t flags = FDIO_SPAWN_DEFAULT_LDSVC | FDIO_SPAWN_CLONE_NAMESPACE | FDIO_SPAWN_CLONE_JOB;
  status = fdio_spawn_etc(ZX_HANDLE_INVALID, flags, self, reader, variables, 4, actions, &process,
                          error);
  char line[100];
  FILE* stream = fdopen(output[0], "r");
  while (status == ZX_OK && fgets(line, sizeof line, stream)) printf("> %s", line);
  show("with actions", status, process);

  for (int i = 2; i < argc; i++) {
    const char* script[] = {"script", "one", NULL};
    status = fdio_spawn_etc(ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, argv[i], script, NULL, 0, NULL,
                            &process, error);
    show(argv[i], status, process);
  }
  status = fdio_spawn_etc(ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, "/nowhere/program", args, NULL, 0,
                          NULL, &process, error);
  show("nothing", status, process);
  printf("told of it: %d\n", strstr(error, "/nowhere/program") != NULL);
  return 0;
}
