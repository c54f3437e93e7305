namespace Mizzen.Resources.Schema;

/// <summary>The names that Kubernetes' OpenAPI documents give to the types of its own API groups.</summary>
internal static class DefinitionNames
{
    private static readonly Dictionary<string, string> Packages = new()
    {
        ["Admission"] = "io.k8s.api.admissionregistration.v1",
        ["ApiExtensions"] = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
        ["Apps"] = "io.k8s.api.apps.v1",
        ["Authentication"] = "io.k8s.api.authentication.v1",
        ["Coordination"] = "io.k8s.api.coordination.v1",
        ["Core"] = "io.k8s.api.core.v1",
        ["Discovery"] = "io.k8s.api.discovery.v1",
        ["Ingress"] = "io.k8s.api.networking.v1",
        ["Meta"] = "io.k8s.apimachinery.pkg.apis.meta.v1",
        ["Rbac"] = "io.k8s.api.rbac.v1",
    };

    /// <summary>The name, or null for types of the mesh, which definitions bring written out.</summary>
    public static string? Of(Type type) =>
        type.Namespace is { } room && Packages.TryGetValue(room[(room.LastIndexOf('.') + 1)..], out var package) ? $"{package}.{type.Name}" : null;
}
