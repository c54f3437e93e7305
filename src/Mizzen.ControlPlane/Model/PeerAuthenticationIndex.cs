using System.Globalization;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Model;

/// <summary>What a workload takes on a port.</summary>
internal enum MutualTlsMode
{
    /// <summary>Mutual TLS and plain text.</summary>
    Permissive,

    /// <summary>Mutual TLS only.</summary>
    Strict,

    /// <summary>Plain text; TLS is the app's own affair.</summary>
    Disable,
}

/// <summary>
/// Which mode is in force where: that of the port, else of the workload, else of the namespace, else of the mesh (the root namespace), else
/// PERMISSIVE. Of several policies of one place the oldest counts (Istio).
/// </summary>
internal sealed class PeerAuthenticationIndex
{
    private readonly ILookup<string, PeerAuthentication> _byNamespace;
    private readonly string _rootNamespace;

    private PeerAuthenticationIndex(IReadOnlyList<PeerAuthentication> all, string rootNamespace)
    {
        _byNamespace = all
            .OrderBy(policy => policy.Metadata.CreationTimestamp ?? default)
            .ThenBy(policy => policy.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(policy => policy.Metadata.Namespace ?? "", StringComparer.Ordinal);
        _rootNamespace = rootNamespace;
    }

    public static PeerAuthenticationIndex Empty { get; } = new([], "istio-system");

    public static PeerAuthenticationIndex Of(IReadOnlyList<PeerAuthentication> all, string rootNamespace) => new(all, rootNamespace);

    /// <summary>What clients may assume without knowing the workload: the namespace's mode, or the mesh's.</summary>
    public MutualTlsMode Of(string ns) => ModeOf(General(ns)?.Spec?.Mtls?.Mode) ?? ModeOf(General(_rootNamespace)?.Spec?.Mtls?.Mode) ?? MutualTlsMode.Permissive;

    /// <summary>The mode of a port of a workload.</summary>
    /// <param name="ns">The workload's namespace.</param>
    /// <param name="labels">The workload's labels.</param>
    /// <param name="port">The port that the container listens on; 0 for those that nobody has declared.</param>
    public MutualTlsMode Of(string ns, IReadOnlyDictionary<string, string> labels, int port)
    {
        // A policy of the root namespace that selects workloads is about those of the root namespace, as in any other.
        var own = _byNamespace[ns].FirstOrDefault(policy => SelectorOf(policy) is { } selector && Labels.Include(labels, selector));
        var onPort = own?.Spec?.PortLevelMtls?.GetValueOrDefault(port.ToString(CultureInfo.InvariantCulture))?.Mode;
        return ModeOf(onPort) ?? ModeOf(own?.Spec?.Mtls?.Mode) ?? Of(ns);
    }

    private PeerAuthentication? General(string ns) => _byNamespace[ns].FirstOrDefault(policy => SelectorOf(policy) is null);

    private static IReadOnlyDictionary<string, string>? SelectorOf(PeerAuthentication policy) =>
        policy.Spec?.Selector?.MatchLabels is { Count: > 0 } labels ? labels : null;

    private static MutualTlsMode? ModeOf(string? mode) => mode switch
    {
        "STRICT" => MutualTlsMode.Strict,
        "DISABLE" => MutualTlsMode.Disable,
        "PERMISSIVE" => MutualTlsMode.Permissive,
        _ => null,
    };
}
