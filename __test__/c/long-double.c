// Long doubles, which printf takes from the stack.

#include <stddef.h>

int snprintf(char *, size_t, const char *, ...);
int puts(const char *);

int main(void) {
  char text[100];
  snprintf(text, sizeof text, "%d %.3Lf %s %Le %Lg", 1, 1.5L, "x", -2e100L, 0.0L);
  puts(text);
  snprintf(text, sizeof text, "%Lf %LF %.1Lf", (long double)__builtin_inf(), 0.25L, 8.0L);
  return puts(text) < 0;
}
