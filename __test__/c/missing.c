// Wants what nobody has.

void nobody_has_this(void);

int main(void) {
  nobody_has_this();
  return 0;
}
