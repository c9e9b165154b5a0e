// Arguments, the environment, and what a program changes of it.
#include <stdio.h>
#include <stdlib.h>

extern char** environ;

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) printf("argument %d: <%s>\n", i, argv[i]);
  for (char** variable = environ; *variable; variable++) printf("variable: %s\n", *variable);
  setenv("PLANET", "Fuchsia", 1);
  setenv("PLANET", "Earth", 0);
  unsetenv("COLOUR");
  const char* colour = getenv("COLOUR");
  printf("%s %s\n", getenv("PLANET"), colour ? colour : "none");
  return argc;
}
