using Mizzen.Resources.GatewayApi;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>Which objects may refer to objects of other namespaces.</summary>
internal sealed class ReferenceGrants(IReadOnlyList<ReferenceGrant> grants)
{
    /// <summary>Whether an object of a kind of the Gateway API may refer to an object of <c>core</c>; within a namespace every one may.</summary>
    /// <param name="kind">The kind that refers.</param>
    /// <param name="from">Its namespace.</param>
    /// <param name="target">The kind that is referred to.</param>
    /// <param name="to">Its namespace.</param>
    /// <param name="name">Its name.</param>
    public bool Allow(string kind, string from, string target, string to, string name) => from == to || grants.Where(grant => grant.Metadata.Namespace == to).Any(grant =>
        (grant.Spec?.From ?? []).Any(entry => entry.Group == AttachedListener.Group && entry.Kind == kind && entry.Namespace == from)
        && (grant.Spec?.To ?? []).Any(entry => entry.Group is "" && entry.Kind == target && (entry.Name is null || entry.Name == name)));
}
