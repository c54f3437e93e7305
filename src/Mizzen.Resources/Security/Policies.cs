using System.Text.Json;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Security;

/// <summary>What proxies tell (<c>telemetry.istio.io</c> Telemetry): stored, not applied yet.</summary>
public sealed record Telemetry : Resource
{
    public JsonElement? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}
