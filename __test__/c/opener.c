// Opens libplugin.so, whose variables each thread has of its own, those that run already too.

#include <stddef.h>
#include <stdint.h>

typedef unsigned long pthread_t;
void *dlopen(const char *, int);
void *dlsym(void *, const char *);
char *dlerror(void);
int printf(const char *, ...);
int pthread_create(pthread_t *, const void *, void *(*)(void *), void *);
int pthread_join(pthread_t, void **);
// sem_t
typedef struct {
  int words[2];
} semaphore;
int sem_init(semaphore *, int, unsigned);
int sem_post(semaphore *);
int sem_wait(semaphore *);

static void *plugin;
static semaphore opened;

static void *run(void *argument) {
  if (argument)
    sem_wait(&opened);
  int *local = dlsym(plugin, "plugin_local");
  int (*next)(void) = (int (*)(void))dlsym(plugin, "plugin_next");
  int first = *local, second = next();
  *local += 100;
  return (void *)(uintptr_t)(first == 42 && second == 43 && next() == 144 ? 1 : 0);
}

int main(void) {
  pthread_t threads[4];
  void *results[5];
  sem_init(&opened, 0, 0);
  for (int index = 0; index < 2; index++)
    pthread_create(&threads[index], NULL, run, &opened);
  plugin = dlopen("libplugin.so", 2);
  if (!plugin) {
    printf("%s\n", dlerror());
    return 1;
  }
  for (int index = 2; index < 4; index++)
    pthread_create(&threads[index], NULL, run, NULL);
  sem_post(&opened);
  sem_post(&opened);
  results[4] = run(NULL);
  int right = results[4] != NULL;
  for (int index = 0; index < 4; index++) {
    pthread_join(threads[index], &results[index]);
    right += results[index] != NULL;
  }
  printf("%d of 5\n", right);
  return 0;
}
