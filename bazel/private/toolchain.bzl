"""The toolchain: the command, and what it needs beside it."""

# Bazel 4 takes no label where a toolchain is named.
TOOLCHAIN_TYPE = str(Label("//:toolchain_type"))

def _implementation(ctx):
    files = depset([ctx.file.command], transitive = [target.files for target in ctx.attr.files])
    return [platform_common.ToolchainInfo(command = ctx.file.command, files = files)]

zirconia_toolchain = rule(
    implementation = _implementation,
    attrs = {
        "command": attr.label(allow_single_file = True, mandatory = True),
        "files": attr.label_list(allow_files = True),
    },
    doc = "Where the command `zirconia` is, and the files that it needs.",
)
