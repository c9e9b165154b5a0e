// What the system says of itself.
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void) {
  struct utsname names;
  char host[64] = "";
  printf("uname %d\n", uname(&names));
  printf("%s on %s\n", names.sysname, names.machine);
  printf("gethostname %d", gethostname(host, sizeof host));
  printf(": %s, %s\n", host, names.nodename);
  printf("pages of %ld bytes, processors %d\n", sysconf(_SC_PAGESIZE),
         sysconf(_SC_NPROCESSORS_ONLN) > 0);
  return 0;
}
