"""The repository that finds Node.js and the installed package."""

_BUILD = """\
load("@{rules}//:defs.bzl", "zirconia_toolchain")

package(default_visibility = ["//visibility:public"])

zirconia_toolchain(
    name = "installed",
    command = "zirconia",
    files = glob(["package/**"]),
)

toolchain(
    name = "toolchain",
    exec_compatible_with = {exec_compatible_with},
    toolchain = ":installed",
    toolchain_type = "@{rules}//:toolchain_type",
)
"""

# It is started wherever it is: from the directory of an action, or from a test's. What links there lead
# to is not looked for beside them: an action has what it names, and no more.
_COMMAND = """\
#!/bin/sh
exec '{node}' --preserve-symlinks --preserve-symlinks-main "$(dirname "$0")/package/dist/lib/cli/start.js" "$@"
"""

# What packages with binaries are called, up to the processor.
_PLATFORMS = ("zirconia-linux-", "zirconia-darwin-", "zirconia-win32-")

def _implementation(ctx):
    package = ctx.path(ctx.attr.package).realpath.dirname
    node = ctx.attr.node or str(ctx.which("node") or "")
    if not node:
        fail("There is no node on PATH: say where it is by the attribute `node`.")
    for entry in package.readdir():
        # What npm has published, and not what else is beside it in a checkout.
        if entry.basename in ["dist", "package.json", "sysroot", "schemas"] or entry.basename.endswith(".node"):
            ctx.symlink(entry, "package/" + entry.basename)
    guests = package.get_child("guest").get_child("out")
    if guests.exists:
        ctx.symlink(guests, "package/guest/out")
    # npm has put the binaries beside it, or in it.
    for directory in [package.dirname, package.get_child("node_modules")]:
        if directory.basename != "node_modules" or not directory.exists:
            continue
        for entry in directory.readdir():
            if entry.basename.startswith(_PLATFORMS):
                ctx.symlink(entry, "package/node_modules/" + entry.basename)
    ctx.file("zirconia", _COMMAND.format(node = node), executable = True)
    ctx.file("BUILD.bazel", _BUILD.format(
        rules = ctx.attr.rules,
        exec_compatible_with = repr(ctx.attr.exec_compatible_with),
    ))

zirconia_repository = repository_rule(
    implementation = _implementation,
    attrs = {
        "exec_compatible_with": attr.string_list(doc = "Constraints of where it runs."),
        "node": attr.string(doc = "Where Node.js is where actions run; by default where it is here."),
        "package": attr.label(allow_single_file = True, mandatory = True),
        "rules": attr.string(default = "zirconia", doc = "The repository of these rules."),
    },
    environ = ["PATH"],
    local = True,
    doc = "Zirconia as npm has installed it, with a toolchain of it.",
)
