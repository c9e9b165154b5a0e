import { Argument, Command, type Option } from "commander";

import {
  type CompletableCommand,
  completionScript,
  type Shell,
  SHELLS,
} from "./completion-scripts.js";
import { stdout } from "./standard-output.js";

/** `zirconia completion`: what makes a shell complete command lines. */
export const completion = new Command("completion")
  .description("Print a script that makes a shell complete commands, options and files.")
  .addArgument(new Argument("<shell>", "yours").choices(SHELLS))
  .addHelpText(
    "before",
    [
      "Examples:",
      '  eval "$(zirconia completion bash)"        in ~/.bashrc',
      '  eval "$(zirconia completion zsh)"         in ~/.zshrc, after compinit',
      "  zirconia completion fish | source         in ~/.config/fish/config.fish",
      "",
    ].join("\n"),
  )
  .action((shell: Shell, _options: object, command: Command) => {
    const commands = command.parent!.commands.flatMap((one) => completable(one));
    stdout.write(completionScript(shell, commands));
  });

/** A command, and those that it has. */
function completable(command: Command, before = ""): CompletableCommand[] {
  const name = before + command.name();
  const [argument] = command.registeredArguments;
  const own: CompletableCommand = {
    name,
    description: command.description(),
    options: command.createHelp().visibleOptions(command).map(completableOption),
    words: [...command.commands.map((below) => below.name()), ...(argument?.argChoices ?? [])],
  };
  return [own, ...command.commands.flatMap((below) => completable(below, `${name} `))];
}

function completableOption(option: Option): CompletableCommand["options"][number] {
  const { long, short, description, required, argChoices = [] } = option;
  const names = [long, short].filter((name) => name !== undefined);
  return { names, description, takesValue: required, values: argChoices };
}
