// What session.c opens by its name.

int plugin_answer(int);

// A thread has one once it has used it.
__thread int answers = 41;

int plugin_answer(int factor) {
  int product = factor * 7;
  answers++;
  return product;
}
