using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The filters that security policies ask of one proxy, made once for all its chains.</summary>
internal sealed class WorkloadPolicies
{
    private WorkloadPolicies(IReadOnlyList<HttpFilter> http, IReadOnlyList<Filter> tcp)
    {
        Http = http;
        Tcp = tcp;
    }

    /// <summary>For connection managers: who is asked first, then who asks, then what may be done.</summary>
    public IReadOnlyList<HttpFilter> Http { get; }

    /// <summary>For TCP chains.</summary>
    public IReadOnlyList<Filter> Tcp { get; }

    public static WorkloadPolicies Of(MeshSnapshot mesh, ProxyView proxy)
    {
        var policies = mesh.Policies.AuthorizationFor(proxy);
        var authorization = new AuthorizationFilters(policies, mesh.Mesh);
        var custom = new CustomAuthorization(policies, mesh);
        var authentication = JwtFilters.Of(mesh.Policies.AuthenticationFor(proxy), mesh.Policies.KeySets);
        return new WorkloadPolicies([.. custom.Http(), .. authentication, .. authorization.Http()], [.. authorization.Tcp()]);
    }
}
