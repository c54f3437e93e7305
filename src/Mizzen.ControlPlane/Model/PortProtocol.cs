using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Model;

/// <summary>What is spoken on a port, as far as somebody has said so.</summary>
internal enum PortProtocol
{
    /// <summary>Nobody has: the proxy looks at the first bytes.</summary>
    Auto,
    Http,
    Http2,
    Grpc,
    GrpcWeb,
    Https,
    Tls,
    Tcp,
    Mongo,
    Redis,
    MySql,
    Udp,
}

/// <summary>Istio's protocol selection (its documentation, "Protocol Selection").</summary>
internal static class PortProtocols
{
    /// <summary>Ports whose servers speak first: looking at the client's bytes would wait for ever.</summary>
    private static readonly HashSet<int> ServerFirst = [25, 53, 3306, 27017];

    private static readonly Dictionary<string, PortProtocol> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["http"] = PortProtocol.Http,
        ["http2"] = PortProtocol.Http2,
        ["grpc"] = PortProtocol.Grpc,
        ["grpc-web"] = PortProtocol.GrpcWeb,
        ["https"] = PortProtocol.Https,
        ["tls"] = PortProtocol.Tls,
        ["tcp"] = PortProtocol.Tcp,
        ["mongo"] = PortProtocol.Mongo,
        ["redis"] = PortProtocol.Redis,
        ["mysql"] = PortProtocol.MySql,
        ["udp"] = PortProtocol.Udp,
        ["kubernetes.io/h2c"] = PortProtocol.Http2,
        ["kubernetes.io/ws"] = PortProtocol.Http,
        ["kubernetes.io/wss"] = PortProtocol.Https,
    };

    /// <summary>The protocol of a Service's port: <c>appProtocol</c>, else the first word of its name, else a guess by number.</summary>
    public static PortProtocol Of(ServicePort port)
    {
        if (port.Protocol == "UDP")
        {
            return PortProtocol.Udp;
        }

        if (port.AppProtocol is { } declared && Names.TryGetValue(declared, out var protocol))
        {
            return protocol;
        }

        return OfName(port.Name ?? "") ?? (ServerFirst.Contains(port.Port) ? PortProtocol.Tcp : PortProtocol.Auto);
    }

    /// <summary>The protocol that an Istio resource names; one that is not known is TCP.</summary>
    public static PortProtocol Of(string? name) => Names.GetValueOrDefault(name ?? "", PortProtocol.Tcp);

    /// <summary>Whether requests are routed one by one.</summary>
    public static bool IsHttp(this PortProtocol protocol) => protocol == PortProtocol.Http || protocol.IsHttp2();

    /// <summary>Whether servers expect HTTP/2.</summary>
    public static bool IsHttp2(this PortProtocol protocol) => protocol is PortProtocol.Http2 or PortProtocol.Grpc or PortProtocol.GrpcWeb;

    /// <summary>Whether the client encrypts by itself.</summary>
    public static bool IsTls(this PortProtocol protocol) => protocol is PortProtocol.Https or PortProtocol.Tls;

    private static PortProtocol? OfName(string name)
    {
        if (name == "grpc-web" || name.StartsWith("grpc-web-", StringComparison.Ordinal))
        {
            return PortProtocol.GrpcWeb;
        }

        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return Names.TryGetValue(dash < 0 ? name : name[..dash], out var protocol) ? protocol : null;
    }
}
