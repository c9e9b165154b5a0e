// Files and directories below the one that is its argument.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void show(const char* what, long result) {
  printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

#define SHOW(call) show(#call, call)

static int compare(const void* left, const void* right) {
  return strcmp(*(char* const*)left, *(char* const*)right);
}

static void list(const char* path) {
  char* names[20];
  int count = 0;
  DIR* directory = opendir(path);
  for (struct dirent* entry; (entry = readdir(directory));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    char name[300];
    snprintf(name, sizeof name, "%s%s", entry->d_name, entry->d_type == DT_DIR ? "/" : "");
    names[count++] = strdup(name);
  }
  closedir(directory);
  qsort(names, count, sizeof *names, compare);
  printf("%s:", path);
  for (int i = 0; i < count; i++) printf(" %s", names[i]);
  printf("\n");
}

static long size_of(const char* path) {
  struct stat status;
  return stat(path, &status) ? -1 : (long)status.st_size;
}

int main(int argc, char** argv) {
  if (argc < 2 || chdir(argv[1])) return 1;
  char text[100] = {0};
  int file = open("file", O_RDWR | O_CREAT | O_EXCL, 0644);
  SHOW(write(file, "hello world", 11));
  SHOW(lseek(file, 6, SEEK_SET));
  SHOW(read(file, text, sizeof text));
  SHOW(pwrite(file, "HE", 2, 0));
  SHOW(pread(file, text + 5, 5, 0));
  printf("%s\n", text);
  SHOW(ftruncate(file, 5));
  SHOW(size_of("file"));
  SHOW(ftruncate(file, 10000));
  struct iovec parts[] = {{"ab", 2}, {"cd", 2}};
  lseek(file, 0, SEEK_SET);
  SHOW(writev(file, parts, 2));
  int other = dup(file);
  SHOW(lseek(other, 0, SEEK_CUR));
  char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
  printf("%.5s\n", page);
  SHOW(fsync(file));
  SHOW(close(file));
  SHOW(close(file));
  close(other);

  SHOW(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));
  SHOW(open("missing", O_RDONLY));
  SHOW(mkdir("folder", 0755));
  SHOW(mkdir("folder", 0755));
  SHOW(rename("file", "folder/moved"));
  SHOW(size_of("file"));
  SHOW(access("folder/moved", R_OK));
  SHOW(rmdir("folder"));
  list(".");

  FILE* stream = fopen("folder/lines", "w");
  for (int i = 0; i < 1000; i++) fprintf(stream, "line %d\n", i);
  fclose(stream);
  stream = fopen("folder/lines", "a+");
  fprintf(stream, "the end\n");
  fseek(stream, 100, SEEK_SET);
  printf("%s", fgets(text, sizeof text, stream));
  fseek(stream, 0, SEEK_END);
  SHOW(ftell(stream));
  fclose(stream);
  SHOW(truncate("folder/lines", 7));
  SHOW(size_of("folder/lines"));

  int folder = open("folder", O_RDONLY | O_DIRECTORY);
  file = openat(folder, "lines", O_WRONLY | O_APPEND);
  SHOW(write(file, "more", 4));
  SHOW(read(file, text, 1));
  close(file);
  SHOW(size_of("folder/lines"));
  SHOW(mkdirat(folder, "below", 0700));
  SHOW(renameat(folder, "moved", folder, "below/again"));
  SHOW(unlinkat(folder, "lines", 0));
  struct timespec times[] = {{100, 0}, {200, 0}};
  struct stat status;
  SHOW(utimensat(folder, "below/again", times, 0));
  stat("folder/below/again", &status);
  printf("modified %ld, regular %d\n", (long)status.st_mtime, S_ISREG(status.st_mode));
  close(folder);
  list("folder");
  list("folder/below");
  SHOW(unlink("folder/below/again"));
  SHOW(rmdir("folder/below"));
  SHOW(rmdir("folder"));
  list(".");
  return 0;
}
