using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>A VirtualService with its names made full and its delegates put in. Compared by reference.</summary>
internal sealed class MeshVirtualService
{
    public const string Mesh = "mesh";

    public required string Name { get; init; }

    public required string Namespace { get; init; }

    /// <summary>Full names, in lower case.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary><c>mesh</c>, or namespace/name of a Gateway.</summary>
    public required IReadOnlyList<string> Gateways { get; init; }

    public required Visibility Visibility { get; init; }

    public required IReadOnlyList<HTTPRoute> Http { get; init; }

    public required IReadOnlyList<TCPRoute> Tcp { get; init; }

    public required IReadOnlyList<TLSRoute> Tls { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The hosts to which requests are sent, copies included, each once.</summary>
    public IReadOnlyList<string> HttpDestinations => field ??=
    [
        .. Http.SelectMany(route => (route.Route ?? []).Select(destination => destination.Destination)
                .Concat((route.Mirrors ?? []).Select(mirror => mirror.Destination)).Append(route.Mirror))
            .Select(destination => destination?.Host).OfType<string>().Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Some rule is only for clients of a namespace.</summary>
    public bool AsksForNamespace => Http.Any(route => route.Match?.Any(match => match.SourceNamespace is { Length: > 0 }) == true);

    public ResourceKey Key => new("networking.istio.io", "VirtualService", Namespace, Name);

    /// <summary>Istio's <c>config</c> in route metadata.</summary>
    public string Origin => $"/apis/networking.istio.io/v1/namespaces/{Namespace}/virtual-service/{Name}";

    public bool IsFor(string gateway) => Gateways.Contains(gateway);

    /// <summary>The full name of a host that a rule of this object names.</summary>
    public string Resolve(string host) => HostName.Resolve(host, Namespace);

    /// <summary>Namespace/name of a Gateway as an object of a namespace writes it.</summary>
    public static string GatewayName(string written, string ns)
    {
        if (written == Mesh)
        {
            return written;
        }

        if (written.Contains('/', StringComparison.Ordinal))
        {
            return written.StartsWith("./", StringComparison.Ordinal) ? ns + written[1..] : written;
        }

        // The oldest form wrote "name.namespace" with whatever domain behind.
        var parts = written.Split('.');
        return parts.Length > 1 ? $"{parts[1]}/{parts[0]}" : $"{ns}/{written}";
    }
}
