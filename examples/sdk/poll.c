// Waiting for pipes and sockets, by poll and select.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

static void* write_late(void* argument) {
  usleep(5000);
  write(ends[1], "late", 4);
  return argument;
}

static void show(const char* what, long result) {
  printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

#define SHOW(call) show(#call, call)

int main(void) {
  char text[100] = {0};
  SHOW(pipe(ends));
  struct pollfd both[] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
  SHOW(poll(both, 2, 0));
  printf("%x %x\n", both[0].revents, both[1].revents);
  SHOW(write(ends[1], "abc", 3));
  SHOW(poll(both, 2, 1000));
  printf("%x %x\n", both[0].revents, both[1].revents);
  SHOW(read(ends[0], text, 2));
  SHOW(read(ends[0], text, 2));
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  SHOW(read(ends[0], text, 1));
  fcntl(ends[0], F_SETFL, 0);
  SHOW(poll(both, 1, 5));

  pthread_t writer;
  pthread_create(&writer, NULL, write_late, NULL);
  SHOW(poll(both, 1, -1));
  SHOW(read(ends[0], text, sizeof text));
  pthread_join(writer, NULL);
  pthread_create(&writer, NULL, write_late, NULL);
  SHOW(read(ends[0], text, sizeof text));
  pthread_join(writer, NULL);

  fd_set readable, writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_SET(ends[0], &readable);
  FD_SET(ends[1], &writable);
  SHOW(select(ends[1] + 1, &readable, &writable, NULL, NULL));
  printf("%d %d\n", FD_ISSET(ends[0], &readable) != 0, FD_ISSET(ends[1], &writable) != 0);
  close(ends[1]);
  SHOW(read(ends[0], text, 1));
  close(ends[0]);

  int pair[2];
  SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  SHOW(write(pair[0], "ping", 4));
  SHOW(recv(pair[1], text, sizeof text, 0));
  SHOW(send(pair[1], "pong!", 5, 0));
  struct pollfd first = {pair[0], POLLIN, 0};
  SHOW(poll(&first, 1, -1));
  SHOW(read(pair[0], text, sizeof text));
  SHOW(shutdown(pair[0], SHUT_WR));
  SHOW(read(pair[1], text, 1));
  SHOW(write(pair[1], "back", 4));
  SHOW(read(pair[0], text, sizeof text));
  return 0;
}
