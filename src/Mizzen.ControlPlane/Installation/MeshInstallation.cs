using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.ApiExtensions;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Installation;

/// <summary>Everything that makes a Kubernetes cluster a mesh, as objects.</summary>
public static class MeshInstallation
{
    private const string FieldManager = "mizzen-install";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The objects, in the order in which they are applied: what others need comes first.</summary>
    public static IReadOnlyList<Resource> Objects(InstallOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return
        [
            new Namespace { Metadata = new ObjectMeta { Name = options.Namespace } },
            .. CustomResourceDefinitions.All(),
            .. RoleObjects.All(options),
            .. IstiodObjects.All(options),
            .. options.IngressGateway ? GatewayObjects.All(options) : [],
            .. WebhookObjects.All(options),
        ];
    }

    /// <summary>
    /// Applies the objects (server-side apply, so that it can be repeated and upgrades), and waits until the API serves the mesh's kinds.
    /// It does not wait for pods.
    /// </summary>
    /// <exception cref="ApiException">The API server refuses an object; the message names it.</exception>
    public static async Task ApplyAsync(ResourceClient client, InstallOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        foreach (var resource in Objects(options))
        {
            if (resource is not CustomResourceDefinition definition || await IsOursAsync(client, definition, cancellationToken))
            {
                await ApplyAsync(client, resource, cancellationToken);
            }
        }

        foreach (var definition in CustomResourceDefinitions.All())
        {
            await WaitUntilServedAsync(client, definition.Metadata.Name!, clock, cancellationToken);
        }
    }

    private static async Task ApplyAsync(ResourceClient client, Resource resource, CancellationToken cancellationToken)
    {
        var kind = KindCatalog.All.First(candidate => candidate.ClrType == resource.GetType());
        var node = ResourceJson.ToNode<object>(resource with { ApiVersion = kind.ApiVersion, Kind = kind.Kind });
        await client.ApplyAsync(kind, node, FieldManager, force: true, cancellationToken);
    }

    /// <summary>The Gateway API's kinds belong to nobody: those that a cluster has already stay as they are.</summary>
    private static async Task<bool> IsOursAsync(ResourceClient client, CustomResourceDefinition definition, CancellationToken cancellationToken) =>
        definition.Spec?.Group != "gateway.networking.k8s.io"
        || await client.FindAsync<CustomResourceDefinition>(null, definition.Metadata.Name!, cancellationToken) is not { } present
        || present.Metadata.Labels?.GetValueOrDefault("release") == "istio";

    private static async Task WaitUntilServedAsync(ResourceClient client, string name, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (!IsServed(await client.GetAsync<CustomResourceDefinition>(null, name, cancellationToken)))
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private static bool IsServed(CustomResourceDefinition definition) =>
        definition.Status?.Conditions?.Any(condition => condition is { Type: "Established", Status: "True" }) == true;
}
