using Microsoft.Extensions.Time.Testing;
using Mizzen.ControlPlane.Verdicts;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Tests.Verdicts;

/// <summary>How many proxies have which generation of an object.</summary>
public sealed class ReachTrackerTests
{
    private static readonly ResourceKey Route = new("networking.istio.io", "VirtualService", "default", "reviews");

    private readonly FakeTimeProvider _clock = new();
    private readonly ReachTracker _tracker;

    public ReachTrackerTests() => _tracker = new ReachTracker(_clock);

    [Fact]
    public void Proxies_have_an_object_that_have_answered_a_mesh_with_it()
    {
        See(generation: 1, version: 7);

        Assert.Equal(new Reach(1, 3, false), Of(6, 7, 0));
        Assert.Equal(new Reach(3, 3, true), Of(7, 8, 9));
    }

    [Fact]
    public void A_mesh_that_is_new_for_other_reasons_asks_nobody_again()
    {
        See(generation: 1, version: 7);
        Of(7);
        See(generation: 1, version: 8);

        Assert.True(Of(7).IsComplete);
    }

    [Fact]
    public void A_new_generation_begins_anew()
    {
        See(generation: 1, version: 7);
        Of(7);
        See(generation: 2, version: 8);

        Assert.Equal(new Reach(0, 1, false), Of(7));
    }

    [Fact]
    public void Proxies_that_connect_later_begin_with_it()
    {
        See(generation: 1, version: 7);
        Of(7);

        Assert.True(Of(7, 0).IsComplete);
    }

    [Fact]
    public void Who_refuses_does_not_have_it()
    {
        See(generation: 1, version: 7);

        Assert.Equal(new Reach(1, 2, false), _tracker.Of(Route, [(7, false), (7, true)]));
    }

    [Fact]
    public void Its_age_is_that_of_the_generation()
    {
        See(generation: 1, version: 7);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), _tracker.AgeOf(Route));

        See(generation: 2, version: 8);
        Assert.Equal(TimeSpan.Zero, _tracker.AgeOf(Route));
    }

    private void See(long generation, long version) => _tracker.See(new Dictionary<ResourceKey, long?> { [Route] = generation }, version);

    private Reach Of(params long[] answered) => _tracker.Of(Route, [.. answered.Select(version => (version, false))]);
}
