// Eight threads: mutexes, condition variables, barriers, locks, what each has of its own.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 8, ROUNDS = 1000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t next = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t all;
static pthread_key_t key;
static sem_t done;
static int turn, total, begun, gone;
static _Thread_local int own = 3;

static void begin(void) { begun++; }

static void end(void* value) {
  __atomic_fetch_add(&gone, 1, __ATOMIC_RELAXED);
  free(value);
}

static void* work(void* argument) {
  long id = (long)argument;
  pthread_once(&once, begin);
  pthread_setspecific(key, malloc(16));
  own += id;
  pthread_barrier_wait(&all);
  for (int i = 0; i < ROUNDS; i++) {
    pthread_mutex_lock(&mutex);
    total++;
    pthread_mutex_unlock(&mutex);
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
  }
  pthread_mutex_lock(&mutex);
  while (turn != id) pthread_cond_wait(&next, &mutex);
  printf("thread %ld has %d\n", id, own);
  turn++;
  pthread_cond_broadcast(&next);
  pthread_mutex_unlock(&mutex);
  return (void*)(id * id);
}

static void* post(void* argument) {
  sem_post(&done);
  return argument;
}

static void* leave(void* argument) {
  pthread_exit(argument);
}

int main(void) {
  pthread_t threads[THREADS];
  pthread_barrier_init(&all, NULL, THREADS);
  pthread_key_create(&key, end);
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void*)i);
  long sum = 0;
  for (int i = 0; i < THREADS; i++) {
    void* result;
    pthread_join(threads[i], &result);
    sum += (long)result;
  }
  printf("sum %ld, total %d, begun %d, gone %d, own %d\n", sum, total, begun, gone, own);

  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sem_init(&done, 0, 0);
  pthread_create(&threads[0], &detached, post, NULL);
  sem_wait(&done);

  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  pthread_mutex_lock(&mutex);
  printf("timed out: %d\n", pthread_cond_timedwait(&next, &mutex, &soon) == ETIMEDOUT);
  pthread_mutex_unlock(&mutex);

  pthread_mutexattr_t checked;
  pthread_mutexattr_init(&checked);
  pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&mutex, &checked);
  pthread_mutex_lock(&mutex);
  printf("deadlock: %d\n", pthread_mutex_lock(&mutex) == EDEADLK);

  int left = 0;
  for (int i = 0; i < 200; i++) {
    void* result;
    pthread_create(&threads[0], NULL, leave, (void*)1L);
    pthread_join(threads[0], &result);
    left += (long)result;
  }
  printf("left %d\n", left);
  return 0;
}
