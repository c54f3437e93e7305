using System.CommandLine;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Cluster.Node;
using Mizzen.Clusters;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Verbs;

/// <summary><c>mizzen node</c>: takes a node of the local cluster away, as if its power had failed, and brings it back.</summary>
internal static class NodeVerb
{
    public static Command Create() => new("node", "Take a node of the local cluster away, or bring it back")
    {
        Switch("stop", "End a node and its pods at once, without a word to the cluster", off: true,
            "{0} is off. Within a minute it is NotReady and its pods get no traffic; they move when their toleration ends (300 s by default):\n  kubectl get nodes,pods -o wide"),
        Switch("start", "Bring a node back that was stopped", off: false, "{0} is on"),
    };

    private static Command Switch(string verb, string description, bool off, string said)
    {
        var node = new Argument<string>("NODE") { Description = "The node, as kubectl get nodes names it." };
        var name = ClusterOptions.Name();
        var command = new Command(verb, description) { node, name };
        command.SetAction(async (result, cancellationToken) =>
        {
            await SetAsync(RunningCluster.Require(result.GetValue(name)), result.GetValue(node)!, off, cancellationToken);
            Console.WriteLine(said.Replace("{0}", result.GetValue(node), StringComparison.Ordinal));
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task SetAsync(RunningCluster cluster, string node, bool off, CancellationToken cancellationToken)
    {
        using var http = ClientConnection.FromKubeconfig(cluster.Directory.Kubeconfig);
        var client = new ResourceClient(http);
        var annotations = new JsonObject { [NodeHost.PoweredOff] = off ? "true" : null };
        try
        {
            await client.PatchAsync<NodeResource>(
                null, node, PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }, null, cancellationToken);
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            var nodes = await client.ListAsync<NodeResource>(null, null, cancellationToken);
            throw new UserErrorException($"there is no node {node}; the nodes: {string.Join(", ", nodes.Items.Select(item => item.Metadata.Name))}");
        }
    }
}
