namespace Mizzen.Proxy.Clusters;

/// <summary>Endpoints that a choice is made among: those of a priority, or of one locality in it.</summary>
internal sealed class EndpointGroup
{
    /// <param name="endpoints">At least one.</param>
    /// <param name="weighsLocalities">Whether a locality is chosen by its weight before an endpoint is.</param>
    public EndpointGroup(EndpointState[] endpoints, bool weighsLocalities = false)
    {
        Endpoints = endpoints;
        HasWeights = endpoints.Any(endpoint => endpoint.Model.Weight != endpoints[0].Model.Weight);
        LocalityWeight = endpoints[0].Model.LocalityWeight;
        if (weighsLocalities)
        {
            Localities = [.. endpoints.GroupBy(endpoint => endpoint.Model.Locality, StringComparer.Ordinal).Select(group => new EndpointGroup([.. group]))];
        }
    }

    public EndpointState[] Endpoints { get; }

    /// <summary>Some endpoint has another weight than the others.</summary>
    public bool HasWeights { get; }

    /// <summary>The groups of which one is chosen first; empty when the choice is among all endpoints at once.</summary>
    public EndpointGroup[] Localities { get; } = [];

    public uint LocalityWeight { get; }

    /// <summary>Position of round robin.</summary>
    public uint Turn { get; set; }

    /// <summary>Where keys lead to, made on first use.</summary>
    public HashTable? Table { get; set; }

    public int CountUsable(long now)
    {
        var usable = 0;
        foreach (var endpoint in Endpoints)
        {
            usable += endpoint.IsUsable(now) ? 1 : 0;
        }

        return usable;
    }
}
