using System.Net.Security;
using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Mizzen.Xds.Sessions;

namespace Mizzen.Bench.ControlPlane;

/// <summary>
/// Simulated sidecars: they ask for what a sidecar asks for, acknowledge everything at once, and look into nothing. Each acknowledgement
/// of routes is a line of its time on standard output.
/// </summary>
internal static class ProxyProcess
{
    public static async Task RunAsync(Uri address, MeshSize size)
    {
        var running = new List<Task>();
        for (var i = 0; i < size.Proxies; i++)
        {
            running.Add(RunAsync(address, i, size.Services));
        }

        await (await Task.WhenAny(running));
    }

    private static async Task RunAsync(Uri address, int number, int services)
    {
        // Each has a connection of its own, as on nodes of their own.
        using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } };
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, MaxReceiveMessageSize = null });
        var client = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel);
        var service = number % services;
        var ns = BenchMesh.NamespaceOf(service);
        using var stream = client.DeltaAggregatedResources(new Grpc.Core.Metadata { { "authorization", $"Bearer {ns}:service-{service}" } });
        await stream.RequestStream.WriteAsync(AskForAll(ResourceTypes.Cluster, NodeOf(service, number / services, ns)));
        await stream.RequestStream.WriteAsync(AskForAll(ResourceTypes.Listener, null));
        var known = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var response in stream.ResponseStream.ReadAllAsync())
        {
            await stream.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });
            if (response.TypeUrl == ResourceTypes.Route)
            {
                Console.WriteLine(TimeProvider.System.GetTimestamp());
            }

            if (Referred(response, known) is { ResourceNamesSubscribe.Count: > 0 } next)
            {
                await stream.RequestStream.WriteAsync(next);
            }
        }
    }

    /// <summary>Asks for what is named for the first time: endpoints of clusters, route tables of listeners.</summary>
    private static DeltaDiscoveryRequest? Referred(DeltaDiscoveryResponse response, HashSet<string> known)
    {
        var names = response.Resources.Select(resource => resource.Name);
        return response.TypeUrl switch
        {
            ResourceTypes.Cluster => Ask(ResourceTypes.Endpoints, names.Where(name => name.StartsWith("outbound|", StringComparison.Ordinal) && known.Add(name))),
            ResourceTypes.Listener => Ask(ResourceTypes.Route, names.Where(name => name.StartsWith("0.0.0.0_", StringComparison.Ordinal) && known.Add(name)).Select(name => name["0.0.0.0_".Length..])),
            _ => null,
        };
    }

    private static DeltaDiscoveryRequest AskForAll(string type, Node? node) => new() { TypeUrl = type, Node = node, ResourceNamesSubscribe = { "*" } };

    private static DeltaDiscoveryRequest Ask(string type, IEnumerable<string> names) => new() { TypeUrl = type, ResourceNamesSubscribe = { names } };

    private static Node NodeOf(int service, int pod, string ns) => new()
    {
        Id = $"sidecar~10.200.{service / 250}.{(service % 250) + 1}~service-{service}-{pod}.{ns}~{ns}.svc.cluster.local",
        Metadata = new Struct
        {
            Fields =
            {
                ["NAMESPACE"] = Value.ForString(ns),
                ["SERVICE_ACCOUNT"] = Value.ForString($"service-{service}"),
                ["LABELS"] = Value.ForStruct(new Struct { Fields = { ["app"] = Value.ForString($"service-{service}") } }),
            },
        },
    };
}
