using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Mizzen.Terminal;

/// <summary>A verb whose help ends with examples.</summary>
/// <param name="name">The verb.</param>
/// <param name="description">One line.</param>
/// <param name="examples">Command lines as one would type them, with a word on each.</param>
internal sealed class VerbCommand(string name, string description, string examples) : Command(name, description)
{
    public string Examples => examples;

    /// <summary>Makes the help of every verb below show its examples.</summary>
    public static void ShowExamples(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = inner.Invoke(parseResult);
            if (parseResult.CommandResult.Command is VerbCommand verb)
            {
                parseResult.InvocationConfiguration.Output.WriteLine("Examples:");
                foreach (var line in verb.Examples.Split('\n'))
                {
                    parseResult.InvocationConfiguration.Output.WriteLine("  " + line);
                }
            }

            return code;
        }
    }
}
