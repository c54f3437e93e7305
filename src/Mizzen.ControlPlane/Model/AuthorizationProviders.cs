using Mizzen.Resources.Mesh;

namespace Mizzen.ControlPlane.Model;

/// <summary>The authorization services that the mesh configuration names.</summary>
internal static class AuthorizationProviders
{
    /// <summary>The provider of that name, if it is one that can be asked; null when there is none.</summary>
    public static ExtensionProvider? Find(MeshSnapshot mesh, string name) =>
        (mesh.Mesh.ExtensionProviders ?? []).FirstOrDefault(provider => provider.Name == name) is { } found && AddressOf(found) is not null ? found : null;

    /// <summary>Service and port that a provider names; null when it cannot be asked.</summary>
    public static (string Service, int Port)? AddressOf(ExtensionProvider provider) => provider switch
    {
        { EnvoyExtAuthzHttp: { } http } => (http.Service ?? "", http.Port ?? 0),
        { EnvoyExtAuthzGrpc: { } grpc } => (grpc.Service ?? "", grpc.Port ?? 0),
        _ => null,
    };

    /// <summary>The service behind a provider; null when the mesh does not know it, or it has no such port.</summary>
    public static MeshService? ServiceOf(MeshSnapshot mesh, ExtensionProvider provider)
    {
        if (AddressOf(provider) is not { } address)
        {
            return null;
        }

        var parts = address.Service.Split('/');
        var (ns, host) = parts is [var first, var second] ? (first, second) : ("", parts[0]);
        return mesh.Services.All.FirstOrDefault(service =>
            service.Host == host && (ns.Length == 0 || service.Namespace == ns) && service.Port(address.Port) is not null);
    }
}
