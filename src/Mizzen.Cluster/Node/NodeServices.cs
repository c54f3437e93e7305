using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Cluster.Images;
using Mizzen.Cluster.Network;

namespace Mizzen.Cluster.Node;

/// <summary>What every pod's worker needs of the cluster process.</summary>
internal sealed record NodeServices(
    ResourceClient Client,
    ClusterNetwork Network,
    ImageMap Images,
    IConfigurationSource Configuration,
    EventSink Events,
    string PodsFolder,
    string LogsFolder,
    ILogger Logger,
    TimeProvider Clock);

/// <summary>One node: its name, its address and its pods' addresses.</summary>
internal sealed record NodeIdentity(string Name, int Number, string Zone, NodeRange Range)
{
    /// <summary>The node's address: the way out of its pods.</summary>
    public string Address => Range.Gateway.ToString();
}
