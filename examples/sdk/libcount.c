// A library with state, which other libraries share.
static int total;

int count(int by) { return total += by; }
