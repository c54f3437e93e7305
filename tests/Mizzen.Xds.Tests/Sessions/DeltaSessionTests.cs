using Envoy.Service.Discovery.V3;
using Google.Rpc;
using Mizzen.Xds.Sessions;

namespace Mizzen.Xds.Tests.Sessions;

public sealed class DeltaSessionTests
{
    private readonly DeltaSession _session = new();

    [Fact]
    public void Nothing_is_sent_before_it_is_known_what_the_proxy_is_to_have()
    {
        Assert.Empty(_session.Receive(Ask(ResourceTypes.Cluster, "*")));
        Assert.Equal(["CDS +a"], Texts(_session.Want(Wanted("CDS a=1"))));
    }

    [Fact]
    public void A_wildcard_is_answered_even_when_there_is_nothing()
    {
        _session.Want(Wanted());
        Assert.Equal(["LDS"], Texts(_session.Receive(Ask(ResourceTypes.Listener, "*"))));
    }

    [Fact]
    public void A_first_request_without_names_is_a_wildcard()
    {
        _session.Want(Wanted("CDS a=1"));
        Assert.Equal(["CDS +a"], Texts(_session.Receive(Ask(ResourceTypes.Cluster))));
    }

    [Fact]
    public void Only_names_that_were_asked_for_are_sent()
    {
        _session.Want(Wanted("EDS a=1 b=1"));
        Assert.Equal(["EDS +b"], Texts(_session.Receive(Ask(ResourceTypes.Endpoints, "b"))));
    }

    [Fact]
    public void A_name_that_does_not_exist_is_answered_as_removed()
    {
        _session.Want(Wanted());
        Assert.Equal(["EDS -x"], Texts(_session.Receive(Ask(ResourceTypes.Endpoints, "x"))));
    }

    [Fact]
    public void A_name_that_is_asked_for_again_is_sent_again()
    {
        _session.Want(Wanted("EDS a=1"));
        Acknowledge(_session.Receive(Ask(ResourceTypes.Endpoints, "a")));
        Assert.Equal(["EDS +a"], Texts(_session.Receive(Ask(ResourceTypes.Endpoints, "a"))));
    }

    [Fact]
    public void Changes_wait_for_the_answer_to_the_push_before_and_are_merged()
    {
        _session.Want(Wanted("CDS a=1"));
        var first = _session.Receive(Ask(ResourceTypes.Cluster, "*"));
        Assert.Empty(_session.Want(Wanted("CDS a=2")));
        Assert.Empty(_session.Want(Wanted("CDS a=3 b=1")));
        Assert.Equal(["CDS +a +b"], Texts(Acknowledge(first)));
    }

    [Fact]
    public void A_client_that_comes_back_gets_only_what_changed()
    {
        _session.Want(Wanted("CDS a=1 b=2 c=1"));
        var request = Ask(ResourceTypes.Cluster, "*");
        request.InitialResourceVersions.Add(new Dictionary<string, string> { ["a"] = "1", ["b"] = "1", ["gone"] = "7" });
        Assert.Equal(["CDS +b +c -gone"], Texts(_session.Receive(request)));
    }

    [Fact]
    public void A_refused_version_is_not_sent_again_until_it_changes_and_the_reason_is_kept()
    {
        _session.Want(Wanted("CDS a=1"));
        var push = _session.Receive(Ask(ResourceTypes.Cluster, "*"));
        Assert.Empty(Refuse(push, "no port"));
        Assert.Empty(_session.Want(Wanted("CDS a=1")));
        Assert.Equal([new Refusal(ResourceTypes.Cluster, "a", "1", "no port")], _session.Progress.SelectMany(progress => progress.Refusals));
        Assert.Equal(["CDS +a"], Texts(_session.Want(Wanted("CDS a=2"))));
    }

    [Fact]
    public void A_refused_version_is_forgotten_when_the_next_is_taken()
    {
        _session.Want(Wanted("CDS a=1"));
        Refuse(_session.Receive(Ask(ResourceTypes.Cluster, "*")), "no port");
        Acknowledge(_session.Want(Wanted("CDS a=2")));
        Assert.Empty(_session.Progress.SelectMany(progress => progress.Refusals));
    }

    [Fact]
    public void After_a_refusal_the_version_before_is_sent_again_because_part_of_the_push_may_have_been_taken()
    {
        _session.Want(Wanted("CDS a=1"));
        Acknowledge(_session.Receive(Ask(ResourceTypes.Cluster, "*")));
        Refuse(_session.Want(Wanted("CDS a=2 b=2")), "b is bad");
        Assert.Equal(["CDS +a -b"], Texts(_session.Want(Wanted("CDS a=1"))));
    }

    [Fact]
    public void An_answer_to_another_stream_is_no_answer()
    {
        _session.Want(Wanted("CDS a=1"));
        _session.Receive(Ask(ResourceTypes.Cluster, "*"));
        Assert.Empty(_session.Receive(new DeltaDiscoveryRequest { TypeUrl = ResourceTypes.Cluster, ResponseNonce = "other" }));
        Assert.Empty(_session.Want(Wanted("CDS a=2")));
    }

    [Fact]
    public void Endpoints_do_not_wait_for_clusters_but_routes_do()
    {
        _session.Want(Wanted("CDS a=1", "EDS a=1", "LDS l=1", "RDS r=1"));
        var clusters = _session.Receive(Ask(ResourceTypes.Cluster, "*"));
        Assert.Empty(_session.Receive(Ask(ResourceTypes.Route, "r")));
        var endpoints = _session.Receive(Ask(ResourceTypes.Endpoints, "a"));
        Assert.Equal(["EDS +a"], Texts(endpoints));
        Assert.Empty(Acknowledge(clusters));
        Assert.Equal(["RDS +r"], Texts(Acknowledge(endpoints)));
    }

    [Fact]
    public void Clusters_go_only_after_the_routes_that_pointed_at_them()
    {
        _session.Want(Wanted("CDS a=1 b=1", "RDS r=1"));
        Acknowledge(_session.Receive(Ask(ResourceTypes.Cluster, "*")));
        Acknowledge(_session.Receive(Ask(ResourceTypes.Route, "r")));
        var routes = _session.Want(Wanted("CDS b=1", "RDS r=2"));
        Assert.Equal(["RDS +r"], Texts(routes));
        Assert.Equal(["CDS -a"], Texts(Acknowledge(routes)));
    }

    [Fact]
    public void Clusters_stay_while_a_route_is_refused()
    {
        _session.Want(Wanted("CDS a=1", "RDS r=1"));
        Acknowledge(_session.Receive(Ask(ResourceTypes.Cluster, "*")));
        Acknowledge(_session.Receive(Ask(ResourceTypes.Route, "r")));
        Assert.Empty(Refuse(_session.Want(Wanted("RDS r=2")), "no"));
        var repaired = _session.Want(Wanted("RDS r=3"));
        Assert.Equal(["CDS -a"], Texts(Acknowledge(repaired)));
    }

    [Fact]
    public void A_type_that_is_not_served_has_no_resources()
    {
        _session.Want(Wanted());
        Assert.Equal(["type.googleapis.com/other -x"], Texts(_session.Receive(Ask("type.googleapis.com/other", "x"))));
    }

    private static DeltaDiscoveryRequest Ask(string type, params string[] names)
    {
        var request = new DeltaDiscoveryRequest { TypeUrl = type };
        request.ResourceNamesSubscribe.Add(names);
        return request;
    }

    private List<DeltaDiscoveryResponse> Acknowledge(IReadOnlyList<DeltaDiscoveryResponse> responses) =>
        [.. responses.SelectMany(response => _session.Receive(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce }))];

    private List<DeltaDiscoveryResponse> Refuse(IReadOnlyList<DeltaDiscoveryResponse> responses, string reason) =>
    [
        .. responses.SelectMany(response => _session.Receive(new DeltaDiscoveryRequest
        {
            TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ErrorDetail = new Status { Code = 3, Message = reason },
        })),
    ];

    // "CDS a=1 b=2": clusters a and b in these versions.
    private static WantedResources Wanted(params string[] types) => new(types.Select(type => type.Split(' ')).ToDictionary(
        words => ResourceTypes.InOrder.Single(type => ResourceTypes.ShortName(type) == words[0]),
        words => new TypedResources(words.Skip(1)
            .Select(word => word.Split('='))
            .ToDictionary(pair => pair[0], pair => new Resource { Name = pair[0], Version = pair[1] }))));

    private static IEnumerable<string> Texts(IEnumerable<DeltaDiscoveryResponse> responses) => responses.Select(response => string.Join(
        ' ',
        [ResourceTypes.ShortName(response.TypeUrl), .. response.Resources.Select(resource => "+" + resource.Name), .. response.RemovedResources.Select(name => "-" + name)]));
}
