"""`zirconia_check`: whether Fuchsia would load what a build makes."""

load(":actions.bzl", "run_zirconia")
load(":toolchain.bzl", "TOOLCHAIN_TYPE")

def _implementation(ctx):
    report = ctx.actions.declare_file(ctx.label.name + ".json")
    target = ["--target", ctx.attr.target] if ctx.attr.target else []
    run_zirconia(
        ctx,
        mnemonic = "ZirconiaCheck",
        command = "check",
        inputs = ctx.files.srcs,
        output = report,
        arguments = target + [file.path for file in ctx.files.srcs],
        message = "Checking %s for Fuchsia" % ctx.label,
    )
    return [
        DefaultInfo(files = depset([report])),
        OutputGroupInfo(_validation = depset([report])),
    ]

zirconia_check = rule(
    implementation = _implementation,
    attrs = {
        "srcs": attr.label_list(allow_files = True, mandatory = True),
        "target": attr.string(
            doc = "The machine to load for; each file's own by default.",
            values = ["", "x86-64", "aarch64", "riscv64"],
        ),
    },
    toolchains = [TOOLCHAIN_TYPE],
    doc = "Fails to build, and says why, unless Fuchsia would load all the files. Makes a JSON document.",
)
