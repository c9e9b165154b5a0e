// From standard input to standard output, each byte one more.
#include <stdio.h>

int main(void) {
  for (int c; (c = getchar()) != EOF;) putchar(c + 1);
  fprintf(stderr, "at the end %d\n", feof(stdin) != 0);
  return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
