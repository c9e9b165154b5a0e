// Code that clang compiles for Fuchsia by its defaults keeps what others may point to on an unsafe
// stack, whose pointer is at %fs:0x18, and guards stacks by the word at %fs:0x10. With LLVM's unwinder.
//
// It is run with nothing, or with what is to go wrong.

#include <stddef.h>
#include <stdint.h>

typedef unsigned long pthread_t;
struct _Unwind_Context;

int fprintf(void *, const char *, ...);
int strcmp(const char *, const char *);
int vfprintf(void *, const char *, __builtin_va_list);
int pthread_create(pthread_t *, const void *, void *(*)(void *), void *);
int pthread_join(pthread_t, void **);
int _Unwind_Backtrace(int (*)(struct _Unwind_Context *, void *), void *);
uintptr_t _Unwind_GetIP(struct _Unwind_Context *);
extern void *stderr;

// What Debian's archive calls for fprintf.
int __fprintf_chk(void *file, int flag, const char *format, ...) {
  __builtin_va_list args;
  (void)flag;
  __builtin_va_start(args, format);
  int count = vfprintf(file, format, args);
  __builtin_va_end(args);
  return count;
}

static int wrong;

static void check(int condition, int line) {
  if (!condition) {
    __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
    fprintf(stderr, "line %d\n", line);
  }
}
#define CHECK(condition) check(condition, __LINE__)

static uintptr_t word_at(int offset) {
  uintptr_t word;
  __asm__ volatile("mov %%fs:(%1), %0" : "=r"(word) : "r"((uintptr_t)offset));
  return word;
}

static int is_near(uintptr_t address, uintptr_t other) {
  return address - other < 64 << 20 || other - address < 64 << 20;
}

static int count_frames(struct _Unwind_Context *context, void *count) {
  CHECK(_Unwind_GetIP(context) != 0);
  ++*(int *)count;
  return 0;
}

__attribute__((noinline)) static int frames(int depth) {
  if (depth == 0) {
    int count = 0;
    _Unwind_Backtrace(count_frames, &count);
    return count;
  }
  int count = frames(depth - 1);
  __asm__ volatile("" : "+r"(count));
  return count;
}

__attribute__((noinline)) static void fill(char *bytes, size_t size, int value) {
  for (size_t index = 0; index < size; index++)
    bytes[index] = (char)value;
}

// Recursion with arrays, each of which stays what it is.
__attribute__((noinline)) static unsigned deep(int depth) {
  char bytes[1000];
  char *volatile shared = bytes;
  fill(shared, sizeof bytes, depth);
  // The array is on the unsafe stack, this frame is not.
  uintptr_t array = (uintptr_t)shared, frame = (uintptr_t)__builtin_frame_address(0);
  CHECK(array - word_at(0x18) < sizeof bytes + 64 && is_near(array, frame) && array > frame);
  unsigned sum = depth == 0 ? 0 : deep(depth - 1);
  for (size_t index = 0; index < sizeof bytes; index++)
    sum += (unsigned char)shared[index];
  return sum;
}

static _Thread_local int own = 42;

static void *run(void *argument) {
  uintptr_t unsafe_stack = word_at(0x18);
  CHECK(unsafe_stack % 16 == 0 && word_at(0x10) != 0 && word_at(0) != 0);
  CHECK(own == 42);
  own = (int)(uintptr_t)argument;
  CHECK(deep(100) == 1000 * 5050);
  int few = frames(1);
  CHECK(few > 2 && frames(21) == few + 20);
  CHECK(own == (int)(uintptr_t)argument);
  CHECK(word_at(0x18) == unsafe_stack);
  return (void *)unsafe_stack;
}

#pragma clang diagnostic ignored "-Winfinite-recursion"

__attribute__((noinline)) static int endless(int depth) {
  char bytes[256];
  char *volatile shared = bytes;
  fill(shared, sizeof bytes, depth);
  return endless(depth + 1) + shared[depth % 256];
}

// Its frames are on the safe stack only.
__attribute__((noinline)) static uintptr_t endless_safe(uintptr_t depth) {
  uintptr_t below = endless_safe(depth + 1);
  __asm__ volatile("" : "+r"(below));
  return below + depth;
}

static void *overflow(void *argument) {
  return (void *)(uintptr_t)(argument ? endless(1) : (int)endless_safe(1));
}

static void in_thread(void *(*function)(void *), void *argument) {
  pthread_t thread;
  pthread_create(&thread, NULL, function, argument);
  pthread_join(thread, NULL);
}

__attribute__((noinline)) static void smash(size_t size) {
  char bytes[16];
  char *volatile shared = bytes;
  fill(shared, size, 'x');
}

int main(int count, char **args) {
  const char *what = count > 1 ? args[1] : "";
  if (!strcmp(what, "smash"))
    smash(32);
  else if (!strcmp(what, "unsafe stack"))
    overflow(args);
  else if (!strcmp(what, "stack"))
    overflow(NULL);
  else if (!strcmp(what, "unsafe stack of a thread"))
    in_thread(overflow, args);
  else if (!strcmp(what, "stack of a thread"))
    in_thread(overflow, NULL);
  else {
    pthread_t threads[4];
    void *stacks[5];
    for (uintptr_t index = 0; index < 4; index++)
      CHECK(pthread_create(&threads[index], NULL, run, (void *)(index + 1)) == 0);
    stacks[4] = run((void *)5);
    for (int index = 0; index < 4; index++)
      CHECK(pthread_join(threads[index], &stacks[index]) == 0);
    for (int index = 0; index < 5; index++)
      for (int other = 0; other < index; other++)
        CHECK(stacks[index] != stacks[other]);
  }
  return wrong;
}
