using Mizzen.Resources.Mesh;

namespace Mizzen.ControlPlane.Model;

/// <summary>The authorization services that the mesh configuration names.</summary>
internal static class AuthorizationProviders
{
    /// <summary>The provider of that name that is asked over HTTP; null when there is none.</summary>
    public static EnvoyExternalAuthorizationHttpProvider? Find(MeshSnapshot mesh, string name) =>
        (mesh.Mesh.ExtensionProviders ?? []).FirstOrDefault(provider => provider.Name == name)?.EnvoyExtAuthzHttp;

    /// <summary>The service behind a provider; null when the mesh does not know it, or it has no such port.</summary>
    public static MeshService? ServiceOf(MeshSnapshot mesh, EnvoyExternalAuthorizationHttpProvider provider)
    {
        var parts = (provider.Service ?? "").Split('/');
        var (ns, host) = parts is [var first, var second] ? (first, second) : ("", parts[0]);
        return mesh.Services.All.FirstOrDefault(service =>
            service.Host == host && (ns.Length == 0 || service.Namespace == ns) && service.Port(provider.Port ?? 0) is not null);
    }
}
