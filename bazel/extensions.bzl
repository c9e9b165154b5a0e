"""How a MODULE.bazel gets Zirconia: the package that npm has installed, and a toolchain of it."""

load("//private:repository.bzl", "zirconia_repository")

_toolchain = tag_class(
    attrs = {
        "name": attr.string(
            default = "zirconia_toolchain",
            doc = "Of the repository, which has the target `:toolchain` to be registered.",
        ),
        "node": attr.string(doc = "Where Node.js is where actions run; by default where it is here."),
        "package": attr.label(doc = "The installed package's package.json.", mandatory = True),
    },
)

def _zirconia(module_ctx):
    # The root module comes first: what it says of a name holds for all.
    names = {}
    for module in module_ctx.modules:
        for tag in module.tags.toolchain:
            if tag.name not in names:
                zirconia_repository(name = tag.name, node = tag.node, package = tag.package)
                names[tag.name] = None

zirconia = module_extension(
    implementation = _zirconia,
    tag_classes = {"toolchain": _toolchain},
)
