using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>What a Sidecar imports: <c>namespace/host</c> with <c>*</c> for any, <c>.</c> for its own, <c>~</c> for none or, before a name, without.</summary>
internal sealed class EgressFilter(IReadOnlyList<IstioEgressListener> listeners, string ns)
{
    private readonly List<(int Port, List<Entry> Entries)> _listeners =
        [.. listeners.Select(listener => (listener.Port?.Number ?? 0, (listener.Hosts ?? []).Select(host => Entry.Parse(host, ns)).ToList()))];

    public IReadOnlyList<MeshPort> PortsOf(MeshService service)
    {
        var allowed = _listeners.Where(listener => Allows(listener.Entries, service)).Select(listener => listener.Port).ToHashSet();
        return allowed.Contains(0) ? service.Ports : [.. service.Ports.Where(port => allowed.Contains(port.Number))];
    }

    /// <summary>A rule is imported when any of its hosts has to do with any that is imported.</summary>
    public bool Imports(MeshVirtualService rule) => _listeners.SelectMany(listener => listener.Entries).Any(entry =>
        !entry.IsExclusion && entry.Includes(rule.Namespace) && rule.Hosts.Any(host => HostName.Intersects(host, entry.Host)));

    private static bool Allows(List<Entry> entries, MeshService service)
    {
        bool Names(Entry entry) => entry.Includes(service.Namespace) && HostName.Intersects(service.Host, entry.Host);
        return entries.Any(entry => !entry.IsExclusion && Names(entry)) && !entries.Any(entry => entry.IsExclusion && Names(entry));
    }

    private sealed record Entry(string Namespace, string Host, bool IsExclusion)
    {
        public static Entry Parse(string text, string ns)
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            var scope = slash < 0 ? "*" : text[..slash];
            var host = text[(slash + 1)..].ToLowerInvariant();
            if (scope.StartsWith('~'))
            {
                return new Entry(scope.Length == 1 ? "*" : Own(scope[1..], ns), host, IsExclusion: true);
            }

            return new Entry(Own(scope, ns), host, IsExclusion: false);
        }

        public bool Includes(string candidate) => Namespace == "*" || Namespace == candidate;

        private static string Own(string scope, string ns) => scope == "." ? ns : scope;
    }
}
