"""`zirconia_plan`: what Fuchsia would make of a program before its first instruction."""

load(":actions.bzl", "run_zirconia")
load(":toolchain.bzl", "TOOLCHAIN_TYPE")

def _implementation(ctx):
    document = ctx.actions.declare_file(ctx.label.name + ".json")
    arguments = []
    for directory in {file.dirname: None for file in ctx.files.libs}:
        arguments += ["--lib", directory]
    for variable in ctx.attr.env.items():
        arguments += ["--env", "%s=%s" % variable]
    run_zirconia(
        ctx,
        mnemonic = "ZirconiaPlan",
        command = "plan",
        inputs = [ctx.file.src] + ctx.files.libs,
        output = document,
        arguments = arguments + [ctx.file.src.path, "--"] + ctx.attr.arguments,
        message = "Planning the launch of %s" % ctx.label,
    )
    return [DefaultInfo(files = depset([document]))]

zirconia_plan = rule(
    implementation = _implementation,
    attrs = {
        "arguments": attr.string_list(doc = "The program's."),
        "env": attr.string_dict(doc = "The program's variables."),
        "libs": attr.label_list(allow_files = True, doc = "Libraries that it may need."),
        "src": attr.label(allow_single_file = True, mandatory = True),
    },
    toolchains = [TOOLCHAIN_TYPE],
    doc = "Makes a JSON document of a program's launch; fails to build if it could not be launched.",
)
