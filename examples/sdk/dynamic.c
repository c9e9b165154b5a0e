// A library that the program is linked against, and one that it opens.
#include <dlfcn.h>
#include <stdio.h>

int count(int by);

int main(void) {
  printf("count %d\n", count(1));
  printf("count %d\n", count(2));
  void* plugin = dlopen("libplugin.so", RTLD_NOW);
  if (!plugin) {
    printf("%s\n", dlerror());
    return 1;
  }
  int (*twice)(int) = (int (*)(int))dlsym(plugin, "twice");
  Dl_info info;
  int known = dladdr((void*)twice, &info);
  printf("twice %d, known %d as %s\n", twice(21), known != 0, info.dli_sname);
  printf("none %d", dlsym(plugin, "thrice") == NULL);
  printf(" %d\n", dlerror() != NULL);
  printf("no library %d\n", dlopen("libnowhere.so", RTLD_LAZY) == NULL);
  printf("closed %d\n", dlclose(plugin));
  return 0;
}
