namespace Mizzen.Proxy.Runtime;

/// <summary>What this proxy tells its peers about its workload, ready to be written (Istio's metadata exchange over HTTP headers).</summary>
/// <param name="Id">Value of <c>x-envoy-peer-metadata-id</c>: the node's id.</param>
/// <param name="Value">Value of <c>x-envoy-peer-metadata</c>: base64 of a protobuf Struct.</param>
internal sealed record OwnMetadata(byte[] Id, byte[] Value)
{
    /// <summary>Nothing is told: a proxy outside a mesh.</summary>
    public static OwnMetadata None { get; } = new([], []);

    public bool IsEmpty => Value.Length == 0;
}
