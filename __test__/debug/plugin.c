// What session.c opens by its name.

int plugin_answer(int);

int plugin_answer(int factor) {
  int product = factor * 7;
  return product;
}
