"""`zirconia_test`: runs a program of tests for Fuchsia."""

load(":toolchain.bzl", "TOOLCHAIN_TYPE")

# Bazel begins in the runfiles of its workspace. Each argument is the program's, not the command's.
_SCRIPT = """\
#!/bin/bash
set -euo pipefail
for argument; do
  set -- "$@" --arg="$argument"
  shift
done
exec '{command}' test --bazel {options} "$@" '{program}'
"""

def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"

def _implementation(ctx):
    zirconia = ctx.toolchains[TOOLCHAIN_TYPE]
    options = []
    for directory in {file.short_path.rpartition("/")[0] or ".": None for file in ctx.files.libs}:
        options += ["--lib", directory]
    for variable in ctx.attr.env.items():
        options += ["--env", "%s=%s" % variable]
    if ctx.attr.harness:
        options += ["--harness", ctx.attr.harness]
    for limit, value in ctx.attr.limits.items():
        options += ["--" + limit, value]
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(
        script,
        _SCRIPT.format(
            command = zirconia.command.short_path,
            options = " ".join([_quoted(option) for option in options]),
            program = ctx.file.program.short_path,
        ),
        is_executable = True,
    )
    runfiles = ctx.runfiles(
        files = [ctx.file.program] + ctx.files.libs + ctx.files.data,
        transitive_files = zirconia.files,
    )
    for target in [ctx.attr.program] + ctx.attr.libs + ctx.attr.data:
        runfiles = runfiles.merge(target[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

zirconia_test = rule(
    implementation = _implementation,
    attrs = {
        "data": attr.label_list(allow_files = True, doc = "What it finds below /pkg."),
        "env": attr.string_dict(doc = "The program's variables."),
        "harness": attr.string(
            doc = "How it is asked for its tests; by default it tells.",
            values = ["", "libtest", "gtest", "none"],
        ),
        "libs": attr.label_list(allow_files = True, doc = "Libraries that it may need."),
        "limits": attr.string_dict(doc = "What it may use: {\"memory\": \"512M\"}."),
        "program": attr.label(allow_single_file = True, mandatory = True),
    },
    test = True,
    toolchains = [TOOLCHAIN_TYPE],
    doc = "Runs a program of libtest, gtest or zxtest, or of one test, with all that Bazel asks of tests.",
)
