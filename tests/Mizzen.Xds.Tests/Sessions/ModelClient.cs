using Envoy.Service.Discovery.V3;
using Google.Rpc;
using Mizzen.Xds.Sessions;

namespace Mizzen.Xds.Tests.Sessions;

/// <summary>A client that does what a proxy does: takes the good part of each push, refuses versions that begin with "bad".</summary>
internal sealed class ModelClient
{
    private readonly Queue<DeltaDiscoveryRequest> _requests = new();

    public Dictionary<string, Dictionary<string, string>> Held { get; } = ResourceTypes.InOrder.ToDictionary(type => type, _ => new Dictionary<string, string>());

    public Dictionary<string, HashSet<string>> Names { get; } =
        ResourceTypes.InOrder.Where(type => !IsWildcard(type)).ToDictionary(type => type, _ => new HashSet<string>());

    public List<string> Refused { get; } = [];

    public bool HasRequests => _requests.Count > 0;

    public static bool IsWildcard(string type) => type is ResourceTypes.Cluster or ResourceTypes.Listener;

    public DeltaDiscoveryRequest NextRequest() => _requests.Dequeue();

    /// <summary>Opens a stream: whatever was on its way on the old one is lost.</summary>
    public void Connect()
    {
        _requests.Clear();
        foreach (var type in ResourceTypes.InOrder.Where(type => IsWildcard(type) || Names[type].Count > 0))
        {
            var request = new DeltaDiscoveryRequest { TypeUrl = type };
            request.ResourceNamesSubscribe.Add(IsWildcard(type) ? ["*"] : Names[type]);
            request.InitialResourceVersions.Add(Held[type]);
            _requests.Enqueue(request);
        }
    }

    public void Subscribe(string type, string name)
    {
        if (Names[type].Add(name))
        {
            _requests.Enqueue(new DeltaDiscoveryRequest { TypeUrl = type, ResourceNamesSubscribe = { name } });
        }
    }

    public void Unsubscribe(string type, string name)
    {
        if (Names[type].Remove(name))
        {
            Held[type].Remove(name);
            _requests.Enqueue(new DeltaDiscoveryRequest { TypeUrl = type, ResourceNamesUnsubscribe = { name } });
        }
    }

    public void Take(DeltaDiscoveryResponse response)
    {
        var bad = response.Resources.Where(resource => resource.Version.StartsWith("bad", StringComparison.Ordinal)).ToList();
        foreach (var resource in response.Resources.Except(bad).Where(resource => IsAskedFor(response.TypeUrl, resource.Name)))
        {
            Held[response.TypeUrl][resource.Name] = resource.Version;
        }

        foreach (var name in response.RemovedResources)
        {
            Held[response.TypeUrl].Remove(name);
        }

        Refused.AddRange(bad.Select(resource => $"{response.TypeUrl} {resource.Name} {resource.Version}"));
        var answer = new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce };
        if (bad.Count > 0)
        {
            answer.ErrorDetail = new Status { Code = 3, Message = string.Join("; ", bad.Select(resource => resource.Name + " is bad")) };
        }

        _requests.Enqueue(answer);
    }

    private bool IsAskedFor(string type, string name) => IsWildcard(type) || Names[type].Contains(name);
}
