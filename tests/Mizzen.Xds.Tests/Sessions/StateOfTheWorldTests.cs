using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Xds.Sessions;

namespace Mizzen.Xds.Tests.Sessions;

/// <summary>A client of the state of the world at a delta session: what it asks for, and what it is sent.</summary>
public sealed class StateOfTheWorldTests
{
    private readonly StateOfTheWorld _world = new();

    [Fact]
    public void A_first_request_without_names_means_everything()
    {
        Assert.Equal("+[] -[] ", Text(Ask(ResourceTypes.Cluster)));
        Assert.Equal("+[] -[] 1", Text(Answer(ResourceTypes.Cluster, "1")));
    }

    [Fact]
    public void A_first_request_without_names_means_nothing_where_names_are_needed() => Assert.Null(Ask(ResourceTypes.Endpoints));

    [Fact]
    public void Names_are_what_the_client_wants_from_now_on()
    {
        Assert.Equal("+[a,b] -[] ", Text(Ask(ResourceTypes.Endpoints, "a", "b")));
        Assert.Equal("+[] -[] 1", Text(Answer(ResourceTypes.Endpoints, "1", "a", "b")));
        Assert.Equal("+[c] -[a] 1", Text(Answer(ResourceTypes.Endpoints, "1", "b", "c")));
        Assert.Equal("+[] -[b,c] 1", Text(Answer(ResourceTypes.Endpoints, "1")));
    }

    [Fact]
    public void Naming_something_ends_the_wish_for_everything()
    {
        _ = Ask(ResourceTypes.Cluster);
        Assert.Equal("+[a] -[*] ", Text(Ask(ResourceTypes.Cluster, "a")));
    }

    [Fact]
    public void Clusters_come_all_at_once_because_what_is_missing_is_removed()
    {
        _ = Ask(ResourceTypes.Cluster);
        Assert.Equal("1: a=1 b=1", Text(Push(ResourceTypes.Cluster, "a=1 b=1")));
        Assert.Equal("2: a=2 b=1", Text(Push(ResourceTypes.Cluster, "a=2")));
        Assert.Equal("3: b=1 c=1", Text(Push(ResourceTypes.Cluster, "c=1", "a")));
        Assert.Equal("4: ", Text(Push(ResourceTypes.Cluster, "", "b", "c")));
    }

    [Fact]
    public void Endpoints_come_as_they_change()
    {
        _ = Ask(ResourceTypes.Endpoints, "a", "b");
        Assert.Equal("1: a=1 b=1", Text(Push(ResourceTypes.Endpoints, "a=1 b=1")));
        Assert.Equal("2: b=2", Text(Push(ResourceTypes.Endpoints, "b=2")));
    }

    [Fact]
    public void A_refusal_keeps_its_nonce_and_reason()
    {
        _ = Ask(ResourceTypes.Cluster);
        var push = Push(ResourceTypes.Cluster, "a=1");
        var refusal = _world.Receive(new DiscoveryRequest { TypeUrl = ResourceTypes.Cluster, ResponseNonce = push.Nonce, ErrorDetail = new Google.Rpc.Status { Message = "no" } })!;
        Assert.Equal((push.Nonce, "no"), (refusal.ResponseNonce, refusal.ErrorDetail.Message));
    }

    private DeltaDiscoveryRequest? Ask(string type, params string[] names) => Answer(type, "", names);

    private DeltaDiscoveryRequest? Answer(string type, string nonce, params string[] names) =>
        _world.Receive(new DiscoveryRequest { TypeUrl = type, ResponseNonce = nonce, ResourceNames = { names } });

    private DiscoveryResponse Push(string type, string resources, params string[] removed) => _world.Send(new DeltaDiscoveryResponse
    {
        TypeUrl = type,
        Nonce = "n",
        Resources =
        {
            resources.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => new Resource { Name = text.Split('=')[0], Resource_ = Any.Pack(new StringValue { Value = text }) }),
        },
        RemovedResources = { removed },
    });

    private static string Text(DeltaDiscoveryRequest? request) =>
        $"+[{string.Join(',', request!.ResourceNamesSubscribe.Order())}] -[{string.Join(',', request.ResourceNamesUnsubscribe.Order())}] {request.ResponseNonce}";

    private static string Text(DiscoveryResponse response) =>
        $"{response.VersionInfo}: {string.Join(' ', response.Resources.Select(resource => resource.Unpack<StringValue>().Value))}";
}
