// What a program can do that would keep the kernel busy for long: the first argument says which.
#include <stddef.h>
#include <stdint.h>

typedef int32_t zx_status_t;
typedef uint32_t zx_handle_t;

extern zx_handle_t zx_process_self(void);
extern zx_handle_t zx_take_startup_handle(uint32_t);
extern zx_handle_t zx_thread_self(void);
extern zx_handle_t zx_vmar_root_self(void);
extern zx_status_t zx_channel_read(zx_handle_t, uint32_t, void *, zx_handle_t *, uint32_t, uint32_t, uint32_t *, uint32_t *);
extern zx_status_t zx_counter_create(uint32_t, zx_handle_t *);
extern zx_status_t zx_counter_write(zx_handle_t, int64_t);
extern zx_status_t zx_event_create(uint32_t, zx_handle_t *);
extern zx_status_t zx_handle_close(zx_handle_t);
extern zx_status_t zx_handle_duplicate(zx_handle_t, uint32_t, zx_handle_t *);
extern zx_status_t zx_interrupt_bind(zx_handle_t, zx_handle_t, uint64_t, uint32_t);
extern zx_status_t zx_interrupt_create(zx_handle_t, uint32_t, uint32_t, zx_handle_t *);
extern zx_status_t zx_interrupt_trigger(zx_handle_t, uint32_t, int64_t);
extern zx_status_t zx_iob_create(uint64_t, const void *, size_t, zx_handle_t *, zx_handle_t *);
extern zx_status_t zx_object_get_info(zx_handle_t, uint32_t, void *, size_t, size_t *, size_t *);
extern zx_status_t zx_object_set_profile(zx_handle_t, zx_handle_t, uint32_t);
extern zx_status_t zx_object_set_property(zx_handle_t, uint32_t, const void *, size_t);
extern zx_status_t zx_object_signal(zx_handle_t, uint32_t, uint32_t);
extern zx_status_t zx_object_wait_async(zx_handle_t, zx_handle_t, uint64_t, uint32_t, uint32_t);
extern zx_status_t zx_object_wait_one(zx_handle_t, uint32_t, int64_t, uint32_t *);
extern zx_status_t zx_pager_create(uint32_t, zx_handle_t *);
extern zx_status_t zx_pager_create_vmo(zx_handle_t, uint32_t, zx_handle_t, uint64_t, uint64_t, zx_handle_t *);
extern zx_status_t zx_pager_op_range(zx_handle_t, uint32_t, zx_handle_t, uint64_t, uint64_t, uint64_t);
extern zx_status_t zx_pager_supply_pages(zx_handle_t, zx_handle_t, uint64_t, uint64_t, zx_handle_t, uint64_t);
extern zx_status_t zx_port_create(uint32_t, zx_handle_t *);
extern zx_status_t zx_profile_create(zx_handle_t, uint32_t, const void *, zx_handle_t *);
extern zx_status_t zx_resource_create(zx_handle_t, uint32_t, uint64_t, size_t, const char *, size_t, zx_handle_t *);
extern zx_status_t zx_stream_create(uint32_t, zx_handle_t, uint64_t, zx_handle_t *);
extern zx_status_t zx_stream_readv(zx_handle_t, uint32_t, const void *, size_t, size_t *);
extern zx_status_t zx_task_create_exception_channel(zx_handle_t, uint32_t, zx_handle_t *);
extern zx_status_t zx_thread_create(zx_handle_t, const char *, size_t, uint32_t, zx_handle_t *);
extern zx_status_t zx_thread_start(zx_handle_t, void (*)(void), uintptr_t, uint64_t, uint64_t);
extern zx_status_t zx_vmar_allocate(zx_handle_t, uint32_t, size_t, size_t, zx_handle_t *, uintptr_t *);
extern zx_status_t zx_vmar_map(zx_handle_t, uint32_t, size_t, zx_handle_t, uint64_t, size_t, uintptr_t *);
extern zx_status_t zx_vmar_unmap(zx_handle_t, uintptr_t, size_t);
extern zx_status_t zx_vmo_create(uint64_t, uint32_t, zx_handle_t *);
extern zx_status_t zx_vmo_create_child(zx_handle_t, uint32_t, uint64_t, uint64_t, zx_handle_t *);
extern zx_status_t zx_vmo_op_range(zx_handle_t, uint32_t, uint64_t, uint64_t, void *, size_t);
extern zx_status_t zx_vmo_read(zx_handle_t, void *, uint64_t, size_t);
extern zx_status_t zx_vmo_write(zx_handle_t, const void *, uint64_t, size_t);

enum { READ = 1, WRITE = 2, SPECIFIC = 16, CAN_MAP_SPECIFIC = 64, CAN_MAP_READ = 128, CAN_MAP_WRITE = 256 };
enum { SIGNALED = 8, SAME_RIGHTS = 1u << 31, COMMIT = 1, SNAPSHOT = 1, AT_LEAST_ON_WRITE = 16, PAGE = 4096 };
enum { EXCEPTION_STATE = 16, HANDLED = 1, READABLE = 1 };
enum { BIND_TO_INTERRUPT = 1, VIRTUAL_INTERRUPT = 16, POSITIVE = 16 };
enum { ROOT_RESOURCE = 0x3f, EXCLUSIVE = 0x10000, SYSTEM = 5, PROFILES = 10 };
enum { TASK_STATS = 12 | 1 << 28, PROCESS_VMOS = 14 | 3 << 28 };

static const uint64_t MEGABYTE = 1 << 20, GIGABYTE = 1 << 30;

static uintptr_t map(zx_handle_t vmo, uint64_t offset, size_t size) {
  uintptr_t address = 0;
  zx_vmar_map(zx_vmar_root_self(), READ | WRITE, 0, vmo, offset, size, &address);
  return address;
}

static zx_handle_t vmo(uint64_t size) {
  zx_handle_t handle = 0;
  zx_vmo_create(size, 0, &handle);
  return handle;
}

// A VMO with every other page in use.
static zx_handle_t fragmented(uint64_t size) {
  zx_handle_t handle = vmo(size);
  volatile char *bytes = (char *)map(handle, 0, size);
  for (uint64_t at = 0; at < size; at += 2 * PAGE) bytes[at] = 1;
  return handle;
}

// 64 GiB into one that is mapped 64 times.
static void copy(void) {
  zx_handle_t target = vmo(GIGABYTE), vmar = 0;
  uintptr_t base = 0;
  zx_vmar_allocate(zx_vmar_root_self(), CAN_MAP_SPECIFIC | CAN_MAP_READ | CAN_MAP_WRITE, 0, 64 * GIGABYTE, &vmar, &base);
  for (int i = 0; i < 64; i++) {
    uintptr_t address;
    zx_vmar_map(vmar, READ | WRITE | SPECIFIC, i * GIGABYTE, target, 0, GIGABYTE, &address);
  }
  zx_vmo_read(vmo(64 * GIGABYTE), (void *)base, 0, 64 * GIGABYTE);
}

// The VMO has room for all, the guest has not.
static void wide(void) {
  const uint64_t size = 1ull << 60;
  zx_handle_t target = vmo(size);
  for (;;) {
    zx_vmo_write(target, &size, 0, size);
    zx_vmo_read(target, (char *)&target + 4096, 0, size);
  }
}

static void watch(int told) {
  zx_handle_t event, port;
  zx_event_create(0, &event);
  zx_port_create(0, &port);
  for (int key = 0; key < 250000; key++) zx_object_wait_async(event, port, key, SIGNALED, 0);
  for (int i = 0; i < told; i++) zx_object_signal(event, SIGNALED, SIGNALED);
}

static void handles(void) {
  zx_handle_t handle;
  for (int i = 0; i < 250000; i++) zx_event_create(0, &handle);
}

static void threads(void) {
  zx_handle_t handle;
  for (int i = 0; i < 250000; i++) zx_thread_create(zx_process_self(), "", 0, 0, &handle);
}

static void raises(void) {
  for (;;) __asm__ volatile("int3");
}

// 200 threads raise one exception after the other, as fast as the first thread answers, if it does.
static void exceptions(int answers) {
  zx_handle_t channel, thread, exception;
  zx_task_create_exception_channel(zx_process_self(), 0, &channel);
  for (int i = 0; i < 200; i++) {
    zx_thread_create(zx_process_self(), "", 0, 0, &thread);
    zx_thread_start(thread, raises, map(vmo(PAGE), 0, PAGE) + PAGE - 8, 0, 0);
  }
  const uint32_t state = HANDLED;
  char info[24];
  while (answers) {
    zx_object_wait_one(channel, READABLE, INT64_MAX, NULL);
    if (zx_channel_read(channel, 0, info, &exception, sizeof info, 1, NULL, NULL) != 0) continue;
    zx_object_set_property(exception, EXCEPTION_STATE, &state, sizeof state);
    zx_handle_close(exception);
  }
  zx_object_wait_one(channel, 0, INT64_MAX, NULL);
}

static void stats(void) {
  uint64_t size = 256 * MEGABYTE, record[8];
  zx_handle_t handle = fragmented(size);
  for (int i = 0; i < 300; i++) map(handle, i * PAGE, size - i * PAGE);
  for (int i = 0; i < 20; i++) zx_object_get_info(zx_process_self(), TASK_STATS, record, sizeof record, NULL, NULL);
}

static void vmos(void) {
  zx_handle_t handle = fragmented(256 * MEGABYTE), copy;
  for (int i = 0; i < 20000; i++) zx_handle_duplicate(handle, SAME_RIGHTS, &copy);
  size_t room = 8 * MEGABYTE;
  void *records = (void *)map(vmo(room), 0, room);
  for (int i = 0; i < 20; i++) zx_object_get_info(zx_process_self(), PROCESS_VMOS, records, room, NULL, NULL);
}

static void commit(void) {
  zx_vmo_op_range(vmo(2 * GIGABYTE), COMMIT, 0, 2 * GIGABYTE, NULL, 0);
}

// On the heap, then all of it into a memfd.
static void move(void) {
  zx_handle_t handle = vmo(GIGABYTE);
  zx_vmo_op_range(handle, COMMIT, 0, GIGABYTE, NULL, 0);
  *(volatile char *)map(handle, 0, GIGABYTE) = 1;
}

static void snapshot(void) {
  zx_handle_t parent = fragmented(512 * MEGABYTE), child;
  for (int i = 0; i < 4; i++) zx_vmo_create_child(parent, SNAPSHOT, 0, 512 * MEGABYTE, &child);
}

static void mappings(void) {
  zx_handle_t page = vmo(PAGE), vmar;
  uintptr_t base, address;
  size_t count = 30000;
  zx_vmar_allocate(zx_vmar_root_self(), CAN_MAP_SPECIFIC | CAN_MAP_READ | CAN_MAP_WRITE, 0, 2 * count * PAGE, &vmar, &base);
  for (size_t i = 0; i < count; i++) zx_vmar_map(vmar, READ | SPECIFIC, 2 * i * PAGE, page, 0, PAGE, &address);
  zx_vmar_unmap(vmar, base, 2 * count * PAGE);
}

// Empty ones.
static void buffers(void) {
  zx_handle_t stream;
  size_t actual;
  zx_stream_create(READ, vmo(PAGE), 0, &stream);
  zx_stream_readv(stream, 0, (void *)map(vmo(GIGABYTE), 0, GIGABYTE), GIGABYTE / 16, &actual);
}

// The port keeps a packet of each.
static void interrupts(void) {
  zx_handle_t port, interrupt;
  zx_port_create(BIND_TO_INTERRUPT, &port);
  for (int i = 0; i < 100000; i++) {
    zx_interrupt_create(0, 0, VIRTUAL_INTERRUPT, &interrupt);
    zx_interrupt_bind(interrupt, port, 0, 0);
    zx_interrupt_trigger(interrupt, 0, 1);
  }
}

// A page that the first end maps in each.
static void iobs(void) {
  static struct {
    uint32_t type, access;
    uint64_t size, rest[13];
  } regions[64];
  zx_handle_t first, second;
  for (int i = 0; i < 64; i++) regions[i].access = READ | WRITE, regions[i].size = PAGE;
  for (int i = 0; i < 1000; i++) zx_iob_create(0, regions, 64, &first, &second);
}

// The counter is positive, and is not any more, 10 times.
static void counters(void) {
  zx_handle_t counter, port;
  zx_counter_create(0, &counter);
  zx_port_create(0, &port);
  for (int key = 0; key < 250000; key++) zx_object_wait_async(counter, port, key, POSITIVE, 0);
  for (int i = 0; i < 20; i++) zx_counter_write(counter, i % 2 == 0);
}

// A page of the address space in each, which nobody else may have.
static void resources(void) {
  zx_handle_t root = zx_take_startup_handle(ROOT_RESOURCE), resource;
  for (uint64_t at = 0; zx_resource_create(root, EXCLUSIVE, at, PAGE, "", 0, &resource) == 0;) at += 2 * PAGE;
  for (;;) zx_resource_create(root, EXCLUSIVE, GIGABYTE, PAGE, "", 0, &resource);
}

// As many as there can be, for one thread after the other.
static void profiles(void) {
  static struct {
    uint32_t flags, padding;
    int64_t params[3];
    uint64_t affinity[8];
  } info = {.flags = 1, .params = {16}};
  zx_handle_t root = zx_take_startup_handle(ROOT_RESOURCE), authority, profile;
  zx_resource_create(root, SYSTEM, PROFILES, 1, "", 0, &authority);
  while (zx_profile_create(authority, 0, &info, &profile) == 0) zx_object_set_profile(zx_thread_self(), profile, 0);
}

static int is(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static zx_handle_t pager, pager_port;

static zx_handle_t paged(uint64_t size) {
  zx_handle_t handle = 0;
  zx_pager_create(0, &pager);
  zx_port_create(0, &pager_port);
  zx_pager_create_vmo(pager, 0, pager_port, 0, size, &handle);
  return handle;
}

// A page that its pager never supplies.
static void silent(void) {
  volatile char *bytes = (char *)map(paged(PAGE), 0, PAGE);
  bytes[0];
}

// Every other page of 256 MiB is supplied, written, and written back over and over.
static void pages(void) {
  const uint64_t size = 256 * MEGABYTE;
  zx_handle_t target = paged(size), copies;
  for (int i = 0; i < 1000; i++) zx_vmo_create_child(target, AT_LEAST_ON_WRITE, 0, size, &copies);
  for (uint64_t at = 0; at < size; at += 2 * PAGE) zx_pager_supply_pages(pager, target, at, PAGE, vmo(PAGE), 0);
  for (;;) {
    for (uint64_t at = 0; at < size; at += 2 * PAGE) zx_vmo_write(target, "", at, 1);
    zx_pager_op_range(pager, 3, target, 0, size, 0);
    zx_pager_op_range(pager, 4, target, 0, size, 0);
  }
}

int main(int argc, char **argv) {
  const char *attack = argc > 1 ? argv[1] : "";
  if (is(attack, "copy")) copy();
  if (is(attack, "wide")) wide();
  if (is(attack, "watch")) watch(0);
  if (is(attack, "tell")) watch(20);
  if (is(attack, "handles")) handles();
  if (is(attack, "threads")) threads();
  if (is(attack, "raise")) exceptions(1);
  if (is(attack, "unheard")) exceptions(0);
  if (is(attack, "stats")) stats();
  if (is(attack, "vmos")) vmos();
  if (is(attack, "commit")) commit();
  if (is(attack, "move")) move();
  if (is(attack, "snapshot")) snapshot();
  if (is(attack, "unmap")) mappings();
  if (is(attack, "buffers")) buffers();
  if (is(attack, "interrupts")) interrupts();
  if (is(attack, "iobs")) iobs();
  if (is(attack, "counters")) counters();
  if (is(attack, "resources")) resources();
  if (is(attack, "profiles")) profiles();
  if (is(attack, "silent")) silent();
  if (is(attack, "pages")) pages();
  return 0;
}
