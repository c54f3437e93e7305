using System.Globalization;

namespace Mizzen.Bench.ControlPlane;

/// <summary>How big the mesh is.</summary>
/// <param name="Services">Services, of ten endpoints each.</param>
/// <param name="Proxies">Sidecars that are connected.</param>
internal sealed record MeshSize(int Services, int Proxies);

/// <summary>What a run measures.</summary>
internal sealed record BenchOptions
{
    /// <summary>The sizes to measure, in services.</summary>
    public IReadOnlyList<int> Services { get; private init; } = [100, 1_000, 10_000];

    /// <summary>Sidecars that are connected.</summary>
    public int Proxies { get; private init; } = 200;

    /// <summary>Route changes, one after the other.</summary>
    public int Changes { get; private init; } = 30;

    /// <summary>How long endpoints change, 100 a second.</summary>
    public int ChurnSeconds { get; private init; } = 10;

    /// <summary>How long endpoints change before it is measured what that costs, in seconds.</summary>
    public int WarmUpSeconds { get; private init; } = 15;

    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions();
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            options = options.With(arguments[i], arguments[i + 1]);
        }

        return arguments.Count % 2 == 0 ? options : throw new ArgumentException($"{arguments[^1]} needs a value");
    }

    private BenchOptions With(string name, string value) => name switch
    {
        "--services" => this with { Services = [.. value.Split(',').Select(Number)] },
        "--proxies" => this with { Proxies = Number(value) },
        "--changes" => this with { Changes = Number(value) },
        "--churn-seconds" => this with { ChurnSeconds = Number(value) },
        "--warm-up-seconds" => this with { WarmUpSeconds = Number(value) },
        _ => throw new ArgumentException($"unknown option {name}"),
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
