// What is stepped through, and stops at a breakpoint in each round. It says where: its first trap has
// the address in rax.
static void __attribute__((noinline)) pass(void) { __asm__ volatile(""); }

int main(void) {
  __asm__ volatile("int3" : : "a"(pass));
  for (;;) pass();
}
