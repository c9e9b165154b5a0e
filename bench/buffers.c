// Threads that allocate buffers, write all of each, and free them: as allocations.c otherwise.
#define WRITTEN
#include "allocations.c"
