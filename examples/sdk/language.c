// What the C language brings: jumps, mathematics, sorting, numbers as text, streams.
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static jmp_buf place;

static int compare(const void* left, const void* right) {
  return *(const int*)left - *(const int*)right;
}

static void goodbye(void) { puts("goodbye"); }

int main(void) {
  volatile int jumps = 0;
  int from = setjmp(place);
  if (jumps < 3) longjmp(place, ++jumps);
  printf("jumps %d from %d\n", jumps, from);

  volatile double x = 0.5;
  printf("%.12f %.12f %.6e %.12f %g\n", sin(x), exp(x), pow(x, 40), atan2(x, 2), tgamma(x + 5));
  printf("%.15Lf %g %g\n", 1.0L / 3, strtod("1e-3", NULL), fmod(7.5, 2));

  int numbers[] = {5, 2, 9, 1, 7, INT_MIN, INT_MAX / 2}, wanted = 7;
  size_t count = sizeof numbers / sizeof *numbers;
  numbers[5] = -4;
  qsort(numbers, count, sizeof *numbers, compare);
  for (size_t i = 0; i < count; i++) printf("%d ", numbers[i]);
  int* found = bsearch(&wanted, numbers, count, sizeof *numbers, compare);
  printf("at %td\n", found - numbers);

  char text[200];
  snprintf(text, sizeof text, "%05d|%-8s|%+.2e|%#x|%lld|%zu|%c|%%|%" PRIu64, 42, "ab", 12345.678, 255,
           LLONG_MIN, sizeof(int), 'z', UINT64_MAX);
  puts(text);
  int number;
  char word[20];
  float real;
  printf("scanned %d", sscanf("12 word 3.5", "%d %19s %f", &number, word, &real));
  printf(": %d %s %g\n", number, word, real);
  printf("%ld %lu %lld\n", strtol("-77xyz", NULL, 10), strtoul("0x1f", NULL, 0),
         strtoll("9223372036854775808", NULL, 10));

  struct tm parts;
  time_t moment = 1600000000;
  gmtime_r(&moment, &parts);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %j", &parts);
  printf("%s %ld\n", text, (long)timegm(&parts));

  char* memory;
  size_t size;
  FILE* stream = open_memstream(&memory, &size);
  fprintf(stream, "%d bottles", 99);
  fclose(stream);
  printf("%s, %zu bytes\n", memory, size);
  char lines[] = "first\nsecond\n", *line = NULL;
  stream = fmemopen(lines, strlen(lines), "r");
  for (size_t room = 0; getline(&line, &room, stream) > 0;) printf("> %s", line);
  fclose(stream);

  atexit(goodbye);
  fflush(stdout);
  setvbuf(stdout, NULL, _IONBF, 0);
  puts("without a buffer");
  exit(3);
}
