// A library with a function that the next version of it lacks.

#ifndef NEXT
void nobody_has_this(void);
void nobody_has_this(void) {}
#endif
