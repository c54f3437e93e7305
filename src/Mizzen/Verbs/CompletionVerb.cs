using System.CommandLine;

namespace Mizzen.Verbs;

/// <summary><c>mizzen completion</c>: the shell code that makes the tab key complete verbs and options.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _mizzen_complete() {
          local IFS=$'\n'
          COMPREPLY=( $(mizzen "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null) )
        }
        complete -o default -F _mizzen_complete mizzen ./mizzen

        """;

    private const string Zsh = """
        _mizzen_complete() {
          local -a words_found
          words_found=( ${(f)"$(mizzen "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"} )
          compadd -a words_found
        }
        compdef _mizzen_complete mizzen

        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh" }.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Print tab completion for a shell: source <(mizzen completion bash)") { shell };
        command.SetAction(result =>
        {
            Console.Write(result.GetValue(shell) == "zsh" ? Zsh : Bash);
            return ExitCode.Success;
        });
        return command;
    }
}
