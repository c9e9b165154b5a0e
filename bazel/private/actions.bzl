"""What the rules' actions have in common."""

load(":toolchain.bzl", "TOOLCHAIN_TYPE")

# One process does many: Bazel starts it with the first action and ends it with itself.
_WORKER = {
    "requires-worker-protocol": "json",
    "supports-multiplex-sandboxing": "1",
    "supports-multiplex-workers": "1",
    "supports-worker-cancellation": "1",
    "supports-workers": "1",
}

def run_zirconia(ctx, mnemonic, command, inputs, output, arguments, message):
    """An action that runs a command of `zirconia worker`, which writes one document.

    Args:
      ctx: the rule's
      mnemonic: of the action
      command: `check` or `plan`
      inputs: the files that it looks at
      output: the file that it writes
      arguments: after the command's own
      message: what Bazel shows meanwhile
    """
    zirconia = ctx.toolchains[TOOLCHAIN_TYPE]
    parameters = ctx.actions.args()
    parameters.use_param_file("@%s", use_always = True)
    parameters.set_param_file_format("multiline")
    parameters.add(command)
    parameters.add("--output", output)
    parameters.add_all(arguments)
    ctx.actions.run(
        mnemonic = mnemonic,
        executable = zirconia.command,
        arguments = ["worker", parameters],
        inputs = inputs,
        tools = zirconia.files,
        outputs = [output],
        execution_requirements = _WORKER,
        progress_message = message,
    )
