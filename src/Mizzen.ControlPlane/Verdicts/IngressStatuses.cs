using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources;
using Mizzen.Resources.Ingress;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>Writes into Ingresses where they are served: the addresses of the Service of the ingress gateway.</summary>
internal sealed class IngressStatuses(ResourceClient client, ILogger logger)
{
    private const string DefaultService = "istio-ingressgateway";

    /// <summary>One round; false when something could not be written and must be tried again.</summary>
    public async Task<bool> WriteAsync(MeshSnapshot mesh, CancellationToken cancellationToken)
    {
        var ok = true;
        var addresses = AddressesOf(mesh);
        foreach (var ingress in mesh.Ingress.Served)
        {
            if (!(ingress.Status?.LoadBalancer?.Ingress ?? []).SequenceEqual(addresses))
            {
                ok &= await TryWriteAsync(ingress, addresses, cancellationToken);
            }
        }

        return ok;
    }

    private static List<IngressLoadBalancerIngress> AddressesOf(MeshSnapshot mesh)
    {
        var name = mesh.Mesh.IngressService ?? DefaultService;
        var service = mesh.Resources.Services.FirstOrDefault(item => item.Metadata.Name == name && item.Metadata.Namespace == mesh.RootNamespace);
        return
        [
            .. (service?.Status?.LoadBalancer?.Ingress ?? []).Select(entry => new IngressLoadBalancerIngress { Ip = entry.Ip, Hostname = entry.Hostname }),
            .. (service?.Spec?.ExternalIps ?? []).Select(address => new IngressLoadBalancerIngress { Ip = address }),
        ];
    }

    private async Task<bool> TryWriteAsync(KubernetesIngress ingress, List<IngressLoadBalancerIngress> addresses, CancellationToken cancellationToken)
    {
        var kind = KindCatalog.Of<KubernetesIngress>();
        var key = new ResourceKey(kind.Group, kind.Kind, ingress.Metadata.Namespace, ingress.Metadata.Name ?? "");
        var patch = new JsonObject { ["status"] = new JsonObject { ["loadBalancer"] = new JsonObject { ["ingress"] = new JsonArray([.. addresses.Select(ResourceJson.ToNode)]) } } };
        try
        {
            await client.PatchAsync<KubernetesIngress>(kind, key.Namespace, key.Name, PatchType.Merge, patch, "status", cancellationToken);
            return true;
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            return true;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.NotWritten(logger, key, error.Message);
            return false;
        }
    }
}
