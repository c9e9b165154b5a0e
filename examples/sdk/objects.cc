// C++ without exceptions, RTTI or a C++ library: constructors, virtual functions, templates, lambdas.
#include <stdio.h>
#include <stdlib.h>

void* operator new(size_t size) { return malloc(size); }
void operator delete(void* object) noexcept { free(object); }
void operator delete(void* object, size_t) noexcept { free(object); }

namespace {

class Named {
 public:
  explicit Named(const char* name) : name_(name) { printf("%s begins\n", name_); }
  virtual ~Named() { printf("%s ends\n", name_); }
  virtual int value() const { return 1; }

 private:
  const char* name_;
};

class Derived final : public Named {
 public:
  Derived() : Named("derived") {}
  int value() const override { return Named::value() + 1; }
};

template <typename T>
T greatest(T left, T right) {
  return left > right ? left : right;
}

Named global("global");
thread_local int own = 4;

}  // namespace

int main() {
  Named local("local");
  Named* derived = new Derived;
  auto add = [&](int by) { return derived->value() + by + own; };
  printf("%d %d %g\n", add(10), greatest(3, 4), greatest(1.5, -2.0));
  delete derived;
  return 0;
}
