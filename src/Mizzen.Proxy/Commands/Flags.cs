namespace Mizzen.Proxy.Commands;

/// <summary>
/// The flags of one command: <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>. Each must be declared; others are refused by name.
/// </summary>
internal sealed class Flags
{
    private readonly string _command;
    private readonly Dictionary<string, Flag> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private readonly List<string> _rest = [];

    public Flags(string command, IEnumerable<Flag> known)
    {
        _command = command;
        foreach (var flag in known)
        {
            _known["--" + flag.Name] = flag;
            if (flag.Letter != '\0')
            {
                _known["-" + flag.Letter] = flag;
            }
        }
    }

    /// <summary>Arguments that are not flags.</summary>
    public IReadOnlyList<string> Rest => _rest;

    /// <summary>The value given, null when the flag was not.</summary>
    public string? this[string name] => _given.GetValueOrDefault(name);

    /// <summary>True when the flag was given and not as false.</summary>
    public bool Has(string name) => _given.TryGetValue(name, out var value) && value is not ("false" or "0");

    /// <exception cref="UsageException">A flag is unknown or has no value.</exception>
    public Flags Parse(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith('-') || argument.Length == 1)
            {
                _rest.Add(argument);
                continue;
            }

            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument : argument[..equals];
            if (!_known.TryGetValue(name, out var flag))
            {
                throw new UsageException($"{_command} has no flag {name}: see  mizzen-proxy {_command} --help");
            }

            if (equals >= 0)
            {
                _given[flag.Name] = argument[(equals + 1)..];
            }
            else if (flag.IsSwitch)
            {
                _given[flag.Name] = "true";
            }
            else if (i + 1 < arguments.Length)
            {
                _given[flag.Name] = arguments[++i];
            }
            else
            {
                throw new UsageException($"{_command}: {name} needs a value: {flag.Text}");
            }
        }

        return this;
    }

    /// <summary>The lines of a help text.</summary>
    public static string Help(IEnumerable<Flag> flags) => string.Concat(flags.Where(flag => flag.Text.Length > 0).Select(
        flag => $"  {(flag.Letter == '\0' ? "    " : $"-{flag.Letter}, ")}--{flag.Name,-36} {flag.Text}\n"));
}

/// <summary>A flag that a command knows.</summary>
/// <param name="Name">Long name without dashes.</param>
/// <param name="Text">What it does; empty for those that are accepted for Istio's sake and change nothing.</param>
/// <param name="Letter">Short name, 0 for none.</param>
/// <param name="IsSwitch">It stands without a value.</param>
internal sealed record Flag(string Name, string Text = "", char Letter = '\0', bool IsSwitch = false);
