// Sends back what it gets.
#include <stddef.h>

extern long read(int, void *, size_t);
extern long write(int, const void *, size_t);

int main(void) {
  char byte;
  while (read(0, &byte, 1) == 1) write(1, &byte, 1);
  return 0;
}
