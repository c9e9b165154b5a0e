// Ends in the way that is its argument.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const char* way = argc > 1 ? argv[1] : "0";
  puts("before");
  fflush(stdout);
  if (!strcmp(way, "abort")) abort();
  if (!strcmp(way, "assert")) assert(argc == 1);
  if (!strcmp(way, "_exit")) _exit(9);
  if (!strcmp(way, "quick_exit")) quick_exit(11);
  return atoi(way);
}
