// What ld.so and libc make of a hello: the other side of a dynamic Fuchsia program.
#include <stdio.h>

int main(void) {
  puts("Hello from Linux");
  return 0;
}
