// setjmp and longjmp, over frames that have arrays on the unsafe stack.

#include <stddef.h>
#include <stdint.h>

// More than the C library needs.
typedef uint64_t jmp_buf[32];
__attribute__((returns_twice)) int setjmp(jmp_buf);
__attribute__((noreturn)) void longjmp(jmp_buf, int);
int printf(const char *, ...);

static jmp_buf place;

static uintptr_t unsafe_stack(void) {
  uintptr_t word;
  __asm__ volatile("mov %%fs:0x18, %0" : "=r"(word));
  return word;
}

__attribute__((noinline)) static void down(int depth, int value) {
  char bytes[100];
  char *volatile shared = bytes;
  shared[depth % 100] = (char)depth;
  if (depth == 0)
    longjmp(place, value);
  down(depth - 1, value);
  __asm__ volatile("" : : "r"(shared) : "memory");
}

int main(void) {
  volatile int round = 0;
  volatile uintptr_t before = unsafe_stack();
  int value = setjmp(place);
  printf("%d %d\n", value, unsafe_stack() == before);
  if (round < 3) {
    round++;
    down(50, round - 1);
  }
  return 0;
}
