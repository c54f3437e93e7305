namespace Mizzen.Proxy.Runtime;

/// <summary>What is done when the process has too much (<c>envoy.overload_actions.*</c>).</summary>
internal enum OverloadAction
{
    /// <summary>Requests are answered with 503.</summary>
    StopAcceptingRequests,

    /// <summary>Every response says that its connection closes.</summary>
    DisableKeepAlive,

    /// <summary>New connections wait in the kernel's queue.</summary>
    StopAcceptingConnections,

    /// <summary>New connections are closed at once.</summary>
    RejectIncomingConnections,

    /// <summary>Unused memory is given back.</summary>
    ShrinkHeap,
}

/// <summary>An action and the share of the memory (0 to 1) from which it is taken.</summary>
internal sealed record OverloadTrigger(OverloadAction Action, double Threshold);

/// <summary>What the process may take on (<c>overload_manager</c> of a bootstrap).</summary>
internal sealed record OverloadModel
{
    public static OverloadModel None { get; } = new();

    /// <summary>Between two looks at the memory.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections of clients at any time, over all listeners; null for no limit.</summary>
    public long? MaxConnections { get; init; }

    /// <summary>Bytes that count as all of the memory; null when memory is not watched.</summary>
    public long? MaxHeapBytes { get; init; }

    public IReadOnlyList<OverloadTrigger> Triggers { get; init; } = [];
}
