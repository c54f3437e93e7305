using System.Globalization;
using System.Text;

namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>Which side counts (label <c>reporter</c>).</summary>
internal enum Reporter : byte
{
    Source,
    Destination,
}

/// <summary>The destination service (labels <c>destination_service</c>, <c>_name</c>, <c>_namespace</c>).</summary>
internal sealed record ServiceLabels(string Host, string Name, string Namespace)
{
    public static ServiceLabels Unknown { get; } = new(WorkloadIdentity.None, WorkloadIdentity.None, WorkloadIdentity.None);
}

/// <summary>The labels of Istio's standard metrics, in Istio's order.</summary>
internal sealed record SeriesLabels(Reporter Reporter, WorkloadIdentity Source, WorkloadIdentity Destination, ServiceLabels Service, string Protocol)
{
    /// <summary>HTTP status; -1 for TCP, which has no such label.</summary>
    public int Status { get; init; } = -1;

    /// <summary>gRPC status, -1 for none.</summary>
    public int GrpcStatus { get; init; } = -1;

    public ResponseFlags Flags { get; init; }

    /// <summary>SPIFFE id of the client, empty when no certificate tells it.</summary>
    public string SourcePrincipal { get; init; } = "";

    /// <summary>SPIFFE id of the server, empty when no certificate tells it.</summary>
    public string DestinationPrincipal { get; init; } = "";

    /// <summary>Both sides have presented certificates to the receiving proxy.</summary>
    public bool IsMutualTls { get; init; }

    /// <summary>The labels as they stand between the braces of the text format.</summary>
    public byte[] ToText()
    {
        var text = new StringBuilder(1024);
        void Add(string name, string value) => text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"").Append(Escape(value)).Append('"');
        Add("reporter", Reporter == Reporter.Source ? "source" : "destination");
        Add("source_workload", Source.Workload);
        Add("source_canonical_service", Source.CanonicalService);
        Add("source_canonical_revision", Source.CanonicalRevision);
        Add("source_workload_namespace", Source.Namespace);
        Add("source_principal", Known(SourcePrincipal));
        Add("source_app", Source.App);
        Add("source_version", Source.Version);
        Add("source_cluster", Source.Cluster);
        Add("destination_workload", Destination.Workload);
        Add("destination_workload_namespace", Destination.Namespace);
        Add("destination_principal", Known(DestinationPrincipal));
        Add("destination_app", Destination.App);
        Add("destination_version", Destination.Version);
        Add("destination_service", Service.Host);
        Add("destination_canonical_service", Destination.CanonicalService);
        Add("destination_canonical_revision", Destination.CanonicalRevision);
        Add("destination_service_name", Service.Name);
        Add("destination_service_namespace", Service.Namespace);
        Add("destination_cluster", Destination.Cluster);
        Add("request_protocol", Protocol);
        if (Status >= 0)
        {
            Add("response_code", Status.ToString(CultureInfo.InvariantCulture));
            Add("grpc_response_status", GrpcStatus >= 0 ? GrpcStatus.ToString(CultureInfo.InvariantCulture) : "");
        }

        Add("response_flags", Encoding.ASCII.GetString(ResponseFlagText.Short(Flags)));
        // Only the receiving side says how a connection was secured (Istio).
        Add("connection_security_policy", Reporter == Reporter.Source ? WorkloadIdentity.None : IsMutualTls ? "mutual_tls" : "none");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Known(string principal) => principal.Length > 0 ? principal : WorkloadIdentity.None;

    private static string Escape(string value) => value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
        ? value
        : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
