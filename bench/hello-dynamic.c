// What a dynamic linker and a C library make of a hello, on Linux and on Fuchsia. It declares what it uses.
extern int puts(const char *);

int main(void) {
  puts("Hello from a library");
  return 0;
}
