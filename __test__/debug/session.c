// What debuggers are shown, linked against the sysroot. Its argument says which part runs.

#include <stddef.h>

typedef unsigned long pthread_t;
void *dlopen(const char *, int);
void *dlsym(void *, const char *);
int fdio_spawn(unsigned, unsigned, const char *, const char *const *, unsigned *);
int fflush(void *);
int printf(const char *, ...);
int pthread_barrier_init(void *, const void *, unsigned);
int pthread_barrier_wait(void *);
int pthread_create(pthread_t *, const void *, void *(*)(void *), void *);
int pthread_join(pthread_t, void **);
pthread_t pthread_self(void);
int pthread_setname_np(pthread_t, const char *);
int strcmp(const char *, const char *);
int zx_object_wait_one(unsigned, unsigned, long, unsigned *);

struct point {
  int x, y;
};

struct shape {
  const char *name;
  struct point corners[3];
  double scale;
};

int corners_seen;

// Returns twice the area.
static int measure(const struct shape *shape) {
  int sum = 0;
  for (int i = 0; i < 3; i++) {
    struct point a = shape->corners[i], b = shape->corners[(i + 1) % 3];
    sum += a.x * b.y - b.x * a.y;
    corners_seen++;
  }
  return sum;
}

static int shapes(void) {
  struct shape triangle = {"triangle", {{0, 0}, {4, 0}, {0, 3}}, 1.5};
  int twice = measure(&triangle);
  printf("%s: %d\n", triangle.name, twice / 2);
  return 0;
}

struct node {
  int value;
  struct node *next;
};

static int third(const struct node *list) {
  return list->next->next->value;
}

static int null(void) {
  struct node second = {2, NULL};
  struct node first = {1, &second};
  return third(&first);
}

// Has room for a pthread_barrier_t.
static long barrier[8];

static void all_are_here(int threads) {
  printf("%d are here\n", threads);
}

static void *work(void *name) {
  pthread_setname_np(pthread_self(), name);
  pthread_barrier_wait(barrier);
  pthread_barrier_wait(barrier);
  return NULL;
}

static int threads(void) {
  pthread_t pair[2];
  pthread_barrier_init(barrier, NULL, 3);
  pthread_create(&pair[0], NULL, work, "painter");
  pthread_create(&pair[1], NULL, work, "writer");
  pthread_barrier_wait(barrier);
  all_are_here(3);
  pthread_barrier_wait(barrier);
  for (int i = 0; i < 2; i++) pthread_join(pair[i], NULL);
  return 0;
}

static volatile int enough;
static volatile long turns;

static int spin(void) {
  printf("spinning\n");
  fflush(NULL);
  while (!enough)
    turns++;
  printf("enough\n");
  return 0;
}

static int plugin(void) {
  void *library = dlopen("libplugin.so", 2);
  int (*answer)(int) = (int (*)(int))dlsym(library, "plugin_answer");
  printf("%d\n", answer(6));
  return 0;
}

__thread int painted = 7;
// Aligned to more than what is before it.
static __thread char colour[40] __attribute__((aligned(64)));

static void has_painted(void) {
  printf("%d in %s\n", painted, colour);
}

static void *paint(void *name) {
  painted = 100;
  colour[0] = *(const char *)name;
  has_painted();
  return NULL;
}

static int locals(void) {
  pthread_t other;
  painted++;
  colour[0] = 'r';
  has_painted();
  pthread_create(&other, NULL, paint, "blue");
  pthread_join(other, NULL);
  return 0;
}

static int spawn(void) {
  unsigned process, observed;
  const char *arguments[] = {"/pkg/session", "shapes", NULL};
  // FDIO_SPAWN_CLONE_ALL, and ZX_TASK_TERMINATED
  int status = fdio_spawn(0, 0xffff, arguments[0], arguments, &process);
  if (status == 0) status = zx_object_wait_one(process, 8, 0x7fffffffffffffff, &observed);
  return status;
}

static const struct {
  const char *name;
  int (*run)(void);
} parts[] = {
    {"shapes", shapes}, {"null", null},     {"threads", threads},
    {"spin", spin},     {"plugin", plugin}, {"spawn", spawn},
    {"locals", locals},
};

int main(int argc, char **argv) {
  const char *part = argc > 1 ? argv[1] : "shapes";
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (strcmp(part, parts[i].name) == 0) return parts[i].run();
  return 2;
}
