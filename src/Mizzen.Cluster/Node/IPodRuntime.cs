using System.Net.Sockets;

namespace Mizzen.Cluster.Node;

/// <summary>What a node does for the API server with the containers that it runs.</summary>
public interface IPodRuntime
{
    /// <summary>Whether a container's program runs here.</summary>
    bool IsRunning(string podUid, string container);

    /// <summary>What nodes and pods use now.</summary>
    UsageReport Usage();

    /// <summary>Starts a command in a container.</summary>
    /// <param name="podUid">The pod.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="input">Whether somebody may write to the command.</param>
    /// <param name="terminal">Whether the command gets a terminal.</param>
    /// <exception cref="ContainerNotFoundException">The container does not run.</exception>
    /// <exception cref="NodeException">There is no such command.</exception>
    ContainerSession Exec(string podUid, string container, IReadOnlyList<string> command, bool input, bool terminal);

    /// <summary>Follows the program of a container.</summary>
    /// <exception cref="ContainerNotFoundException">The container does not run.</exception>
    ContainerSession Attach(string podUid, string container);

    /// <summary>Connects to a port of a pod's loopback interface.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="ContainerNotFoundException">The pod does not run.</exception>
    ValueTask<Socket> ConnectAsync(string podUid, int port, CancellationToken cancellationToken);
}

/// <summary>The container, or its pod, does not run on this node.</summary>
public sealed class ContainerNotFoundException(string container) : NodeException($"container not found (\"{container}\")");
