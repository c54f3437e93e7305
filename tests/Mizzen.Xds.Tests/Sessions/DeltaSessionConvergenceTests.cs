using CsCheck;
using Envoy.Service.Discovery.V3;
using Mizzen.Xds.Sessions;

namespace Mizzen.Xds.Tests.Sessions;

/// <summary>Whatever happens in whatever order: when everything has been delivered, the client has what it is to have.</summary>
public sealed class DeltaSessionConvergenceTests
{
    private static readonly string[] SomeNames = ["a", "b", "c", "d"];

    private static readonly Gen<WantedResources> AnyWanted =
        Gen.Select(AnyResources(), AnyResources(), AnyResources(), AnyResources(), AnyResources(), (cds, eds, lds, rds, sds) =>
            new WantedResources(new Dictionary<string, TypedResources>
            {
                [ResourceTypes.Cluster] = cds,
                [ResourceTypes.Endpoints] = eds,
                [ResourceTypes.Listener] = lds,
                [ResourceTypes.Route] = rds,
                [ResourceTypes.Secret] = sds,
            }));

    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (3, AnyWanted.Select(wanted => new Step("want") { Wanted = wanted })),
        (8, Gen.Const(new Step("client says"))),
        (8, Gen.Const(new Step("server says"))),
        (2, Gen.Select(AnyOf(ResourceTypes.Endpoints, ResourceTypes.Route, ResourceTypes.Secret), AnyOf(SomeNames), (type, name) => new Step("subscribe") { Type = type, Name = name })),
        (1, Gen.Select(AnyOf(ResourceTypes.Endpoints, ResourceTypes.Route, ResourceTypes.Secret), AnyOf(SomeNames), (type, name) => new Step("unsubscribe") { Type = type, Name = name })),
        (1, Gen.Const(new Step("reconnect"))));

    [Theory]
    [InlineData("everything in one push", long.MaxValue)]
    [InlineData("a push for each resource", 1)]
    [InlineData("a push for two or three", 12)]
    public void Every_interleaving_converges(string what, long mostBytes) => AnyStep.List[0, 60].Sample(steps =>
    {
        Assert.NotEmpty(what);
        var world = new World(mostBytes);
        foreach (var step in steps)
        {
            world.Do(step);
        }

        world.Settle();
        foreach (var type in ResourceTypes.InOrder)
        {
            Assert.Equal(world.Expected(type), world.Client.Held[type].OrderBy(held => held.Key, StringComparer.Ordinal));
        }

        Assert.Empty(world.Session.Want(world.Wanted));
    });

    [Fact]
    public void A_refused_version_is_sent_once_a_stream_unless_it_is_asked_for_again() => AnyStep.Where(step => step.What is "want" or "client says" or "server says").List[0, 60].Sample(steps =>
    {
        var world = new World(long.MaxValue);
        var wantedBefore = new HashSet<WantedResources>();
        foreach (var step in steps)
        {
            world.Do(step);
            wantedBefore.Add(world.Wanted);
        }

        world.Settle();
        foreach (var refusals in world.Client.Refused.GroupBy(refusal => refusal))
        {
            Assert.True(refusals.Count() <= wantedBefore.Count, $"{refusals.Key} was sent {refusals.Count()} times");
        }
    });

    private static Gen<string> AnyOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<TypedResources> AnyResources() =>
        Gen.Select(AnyOf(SomeNames), Gen.Frequency((9, AnyOf("1", "2", "3")), (1, AnyOf("bad1", "bad2"))))
            .List[0, 4]
            .Select(pairs => new TypedResources(pairs
                .GroupBy(pair => pair.Item1)
                .ToDictionary(group => group.Key, group => new Resource { Name = group.Key, Version = group.First().Item2 })));

    private sealed record Step(string What)
    {
        public WantedResources? Wanted { get; init; }

        public string Type { get; init; } = "";

        public string Name { get; init; } = "";
    }

    private sealed class World
    {
        private readonly Queue<DeltaDiscoveryResponse> _responses = new();
        private readonly Dictionary<string, DeltaDiscoveryResponse> _outstanding = [];

        private readonly long _mostBytes;

        public World(long mostBytes)
        {
            _mostBytes = mostBytes;
            Session = new DeltaSession(mostBytes);
            Client.Connect();
        }

        public ModelClient Client { get; } = new();

        public DeltaSession Session { get; private set; }

        public WantedResources Wanted { get; private set; } = new(new Dictionary<string, TypedResources>());

        public void Do(Step step)
        {
            switch (step.What)
            {
                case "want":
                    Wanted = step.Wanted!;
                    Send(Session.Want(Wanted));
                    break;
                case "client says" when Client.HasRequests:
                    Hear();
                    break;
                case "server says" when _responses.Count > 0:
                    Client.Take(_responses.Dequeue());
                    break;
                case "subscribe":
                    Client.Subscribe(step.Type, step.Name);
                    break;
                case "unsubscribe":
                    Client.Unsubscribe(step.Type, step.Name);
                    break;
                case "reconnect":
                    _responses.Clear();
                    _outstanding.Clear();
                    Session = new DeltaSession(_mostBytes);
                    Send(Session.Want(Wanted));
                    Client.Connect();
                    break;
            }
        }

        public void Settle()
        {
            Send(Session.Want(Wanted));
            while (Client.HasRequests || _responses.Count > 0)
            {
                Do(new Step(Client.HasRequests ? "client says" : "server says"));
            }
        }

        /// <summary>
        /// What is wanted and asked for; of refused versions what the client had before; and while listeners or routes are refused,
        /// the clusters and endpoints that the old ones may need.
        /// </summary>
        public IEnumerable<KeyValuePair<string, string>> Expected(string type)
        {
            var wanted = Wanted.Of(type).All.Where(resource => ModelClient.IsWildcard(type) || Client.Names[type].Contains(resource.Name));
            var expected = wanted.Where(resource => !IsBad(resource.Version)).ToDictionary(resource => resource.Name, resource => resource.Version);
            var mayKeep = type is ResourceTypes.Cluster or ResourceTypes.Endpoints && Session.Progress.Any(IsRefusing);
            foreach (var (name, version) in Client.Held[type])
            {
                if (Wanted.Of(type).Find(name) is { } bad ? IsBad(bad.Version) : mayKeep)
                {
                    Assert.False(IsBad(version));
                    expected[name] = version;
                }
            }

            return expected.OrderBy(pair => pair.Key, StringComparer.Ordinal);
        }

        private static bool IsRefusing(TypeProgress progress) =>
            progress.TypeUrl is ResourceTypes.Listener or ResourceTypes.Route && progress.Refusals.Count > 0;

        private static bool IsBad(string version) => version.StartsWith("bad", StringComparison.Ordinal);

        private void Hear()
        {
            var request = Client.NextRequest();
            if (_outstanding.TryGetValue(request.TypeUrl, out var response) && response.Nonce == request.ResponseNonce)
            {
                _outstanding.Remove(request.TypeUrl);
            }

            Send(Session.Receive(request));
        }

        private void Send(IReadOnlyList<DeltaDiscoveryResponse> responses)
        {
            foreach (var response in responses)
            {
                Assert.True(_outstanding.TryAdd(response.TypeUrl, response), "two pushes of one type are outstanding");
                _responses.Enqueue(response);
            }
        }
    }
}
