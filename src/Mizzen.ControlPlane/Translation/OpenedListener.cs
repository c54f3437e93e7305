using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// An egress listener of a Sidecar that is a real port (<c>captureMode: NONE</c>): applications dial the proxy instead of being redirected to it.
/// </summary>
/// <param name="Declared">As the Sidecar writes it.</param>
/// <param name="Services">The services that it leads to, with their ports of its number.</param>
internal sealed record OpenedListener(IstioEgressListener Declared, IReadOnlyList<VisibleService> Services)
{
    private const string Loopback = "127.0.0.1";

    public string Address => Declared.Bind is { Length: > 0 } bind ? bind : Loopback;

    public int Port => Declared.Port!.Number!.Value;

    /// <summary>Whether it is one; unix sockets are not.</summary>
    public static bool IsOpened(IstioEgressListener listener) =>
        listener.CaptureMode == "NONE" && listener.Port?.Number is > 0 && listener.Bind?.StartsWith('/') != true && listener.Bind?.StartsWith("unix:", StringComparison.Ordinal) != true;
}
