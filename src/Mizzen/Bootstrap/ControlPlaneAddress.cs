using System.Globalization;

namespace Mizzen.Bootstrap;

/// <summary>Where a client finds the control plane.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">15010 and other ports of loopback speak in plain, 15012 speaks TLS and asks for a token.</param>
internal sealed record ControlPlaneAddress(string Host, int Port)
{
    /// <summary>Istio's port of xDS in plain.</summary>
    public const int PlainPort = 15010;

    /// <summary>Where injected pods find the roots and their token.</summary>
    public const string RootCertificate = "/var/run/secrets/istio/root-cert.pem";
    public const string Token = "/var/run/secrets/tokens/istio-token";

    private const int SecurePort = 15012;

    public static ControlPlaneAddress Default { get; } = new("127.0.0.1", PlainPort);

    public bool IsSecure => Port == SecurePort;

    /// <summary>Reads <c>HOST:PORT</c>; null when the text has another form.</summary>
    public static ControlPlaneAddress? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? new ControlPlaneAddress(text[..colon], port)
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
