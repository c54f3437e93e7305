using System.Buffers;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Configuration;

namespace Mizzen.Proxy.Commands;

/// <summary>What Istio's ProxyConfig says to a proxy (environment variable <c>PROXY_CONFIG</c>, JSON or empty), with Istio's defaults.</summary>
internal sealed record ProxyConfig
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Host and port of the control plane; 15010 speaks in plain.</summary>
    public string DiscoveryAddress { get; init; } = "istiod.istio-system.svc:15012";

    /// <summary>Loops; 0 for as many as there are processors.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>How long open connections may take to end after SIGTERM.</summary>
    public TimeSpan TerminationDrainDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long connections may stay whose listener the configuration has no more.</summary>
    public TimeSpan DrainDuration { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Connections of clients at any time (<c>overload.global_downstream_max_connections</c> of <c>runtimeValues</c>); null for no limit.</summary>
    public long? MaxConnections { get; init; }

    public int AdminPort { get; init; } = 15000;

    public int StatusPort { get; init; } = 15020;

    /// <exception cref="InvalidDataException">The text is not a ProxyConfig.</exception>
    public static ProxyConfig Read(string? json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return new ProxyConfig();
        }

        try
        {
            return Read(JsonText.Object(json, "the environment variable PROXY_CONFIG"));
        }
        catch (FormatException error)
        {
            throw new InvalidDataException($"the environment variable PROXY_CONFIG: {error.Message}", error);
        }
    }

    private static ProxyConfig Read(Struct fields)
    {
        var absent = new ProxyConfig();
        Value? Of(string name) => fields.Fields.TryGetValue(name, out var value) ? value : null;
        return new ProxyConfig
        {
            DiscoveryAddress = Of("discoveryAddress")?.StringValue is { Length: > 0 } address ? address : absent.DiscoveryAddress,
            Concurrency = (int)(Of("concurrency")?.NumberValue ?? absent.Concurrency),
            TerminationDrainDuration = Of("terminationDrainDuration")?.StringValue is { Length: > 0 } drain ? Duration(drain) : absent.TerminationDrainDuration,
            DrainDuration = Of("drainDuration")?.StringValue is { Length: > 0 } stay ? Duration(stay) : absent.DrainDuration,
            MaxConnections = Limit(Of("runtimeValues")?.StructValue),
            AdminPort = (int)(Of("proxyAdminPort")?.NumberValue ?? absent.AdminPort),
            StatusPort = (int)(Of("statusPort")?.NumberValue ?? absent.StatusPort),
        };
    }

    private static long? Limit(Struct? runtime)
    {
        const string Key = "overload.global_downstream_max_connections";
        if (runtime?.Fields.TryGetValue(Key, out var value) != true)
        {
            return null;
        }

        var text = value.KindCase == Value.KindOneofCase.StringValue ? value.StringValue : value.NumberValue.ToString(CultureInfo.InvariantCulture);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0
            ? most
            : throw new FormatException($"runtimeValues: {Key}: '{text}' is not a number of connections above 0");
    }

    /// <summary>Reads a duration as Go and protobuf write it: <c>5s</c>, <c>1.5s</c>, <c>1m30s</c>, <c>250ms</c>.</summary>
    /// <exception cref="FormatException">The text is no duration.</exception>
    public static TimeSpan Duration(string text)
    {
        var total = TimeSpan.Zero;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            var unit = digits < 0 ? default : rest[digits..];
            unit = unit[..(unit.IndexOfAny(NumberCharacters) is >= 0 and var next ? next : unit.Length)];
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                throw new FormatException($"'{text}' is not a duration like 5s");
            }

            total += number * unit switch
            {
                "h" => TimeSpan.FromHours(1),
                "m" => TimeSpan.FromMinutes(1),
                "s" => TimeSpan.FromSeconds(1),
                "ms" => TimeSpan.FromMilliseconds(1),
                _ => throw new FormatException($"'{text}' is not a duration like 5s"),
            };
            rest = rest[(digits + unit.Length)..];
        }

        return total;
    }
}
