// A library for opener.c, as clang compiles it for Fuchsia by its defaults.

_Thread_local int plugin_local = 42;
_Thread_local char plugin_room[5000];

int plugin_next(void);

int plugin_next(void) {
  char bytes[64];
  char *volatile shared = bytes;
  shared[7] = 1;
  plugin_room[4999] += shared[7];
  return plugin_local += shared[7];
}
