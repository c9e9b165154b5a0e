"""How a WORKSPACE gets Zirconia: the package that npm has installed, and a toolchain of it."""

load("//private:repository.bzl", "zirconia_repository")

def zirconia_toolchains(package, node = "", name = "zirconia_toolchain"):
    """Makes and registers a toolchain of an installed package.

    Args:
      package: the label of its package.json, as `//:node_modules/zirconia/package.json`
      node: the path of Node.js where actions run; by default where it is here
      name: of the repository
    """
    zirconia_repository(name = name, package = package, node = node)
    native.register_toolchains("@%s//:toolchain" % name)
