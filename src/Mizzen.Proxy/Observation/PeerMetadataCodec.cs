using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.Proxy.Observation;

/// <summary>
/// What proxies tell each other in <c>x-envoy-peer-metadata</c>: base64 of a protobuf Struct with NAME, NAMESPACE, WORKLOAD_NAME, OWNER,
/// CLUSTER_ID, SERVICE_ACCOUNT and LABELS, as Istio's proxies do.
/// </summary>
internal static class PeerMetadataCodec
{
    /// <summary>The header's value for what this proxy tells.</summary>
    /// <param name="node">The node's metadata, as xDS knows it.</param>
    public static byte[] Encode(Struct node)
    {
        var told = new Struct();
        foreach (var name in (ReadOnlySpan<string>)["NAME", "NAMESPACE", "WORKLOAD_NAME", "OWNER", "CLUSTER_ID", "SERVICE_ACCOUNT", "LABELS"])
        {
            if (node.Fields.TryGetValue(name, out var value))
            {
                told.Fields[name] = value;
            }
        }

        return Encoding.ASCII.GetBytes(Convert.ToBase64String(told.ToByteArray()));
    }

    /// <summary>Who the peer is; unknown when what it sent cannot be read, because a peer may send anything.</summary>
    public static WorkloadIdentity Decode(ReadOnlySpan<byte> header)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(header.Length)];
        if (Base64.DecodeFromUtf8(header, bytes, out _, out var length) != OperationStatus.Done)
        {
            return WorkloadIdentity.Unknown;
        }

        try
        {
            return Read(Struct.Parser.ParseFrom(bytes, 0, length));
        }
        catch (InvalidProtocolBufferException)
        {
            return WorkloadIdentity.Unknown;
        }
    }

    private static WorkloadIdentity Read(Struct told)
    {
        string Of(string name) => told.Fields.TryGetValue(name, out var value) ? value.StringValue : "";
        var labels = told.Fields.TryGetValue("LABELS", out var fields) && fields.StructValue is { } given
            ? given.Fields.ToDictionary(label => label.Key, label => label.Value.StringValue, StringComparer.Ordinal)
            : [];
        return WorkloadIdentity.FromLabels(Of("WORKLOAD_NAME"), Of("NAMESPACE"), Of("CLUSTER_ID"), labels);
    }
}
