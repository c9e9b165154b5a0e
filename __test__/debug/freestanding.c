// A program without a C library, for the sessions of debuggers.

#include <zircon/syscalls.h>

struct account {
  int balance;
  const char *owner;
};

static int deposit(struct account *account, int amount) {
  account->balance += amount;
  return account->balance;
}

void _start(zx_handle_t bootstrap) {
  struct account account = {100, "Ada"};
  int total = 0;
  for (int i = 1; i <= 3; i++) total += deposit(&account, i);
  zx_handle_close(bootstrap);
  zx_process_exit(total - 310);
}
