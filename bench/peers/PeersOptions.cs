using System.Globalization;

namespace Mizzen.Bench.Peers;

/// <summary>What a run measures.</summary>
internal sealed record PeersOptions
{
    /// <summary>How often each contender has its turn.</summary>
    public int Rounds { get; private init; } = 7;

    /// <summary>How long the load of a turn lasts, after the warm-up.</summary>
    public int Seconds { get; private init; } = 3;

    /// <summary>Keep-alive connections of the load generator.</summary>
    public int Connections { get; private init; } = 32;

    /// <summary>Contenders to run; empty for all.</summary>
    public IReadOnlyList<string> Only { get; private init; } = [];

    /// <summary>Scenarios to run; empty for all.</summary>
    public IReadOnlyList<string> Scenarios { get; private init; } = [];

    /// <summary>The proxy program of this repository.</summary>
    public string Proxy { get; private init; } = "mizzen-proxy";

    /// <summary>Where configurations and logs of a run lie.</summary>
    public string Folder { get; } = ReadableFolder();

    public static PeersOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new PeersOptions();
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            options = options.With(arguments[i], arguments[i + 1]);
        }

        return arguments.Count % 2 == 0 ? options : throw new ArgumentException($"{arguments[^1]} needs a value");
    }

    // Servers that root starts read their files as somebody else.
    private static string ReadableFolder()
    {
        var folder = Directory.CreateTempSubdirectory("mizzen-peers-");
        folder.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        return folder.FullName;
    }

    private PeersOptions With(string name, string value) => name switch
    {
        "--rounds" => this with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
        "--seconds" => this with { Seconds = int.Parse(value, CultureInfo.InvariantCulture) },
        "--connections" => this with { Connections = int.Parse(value, CultureInfo.InvariantCulture) },
        "--only" => this with { Only = value.Split(',') },
        "--scenario" => this with { Scenarios = value.Split(',') },
        "--proxy" => this with { Proxy = value },
        _ => throw new ArgumentException($"unknown option {name}"),
    };
}
