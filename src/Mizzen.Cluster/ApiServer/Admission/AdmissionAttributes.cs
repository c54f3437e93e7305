using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Resources;
using Mizzen.Resources.Authentication;

namespace Mizzen.Cluster.ApiServer.Admission;

/// <summary>What webhooks are told about a request besides the object.</summary>
internal sealed record AdmissionAttributes
{
    /// <summary>CREATE, UPDATE, DELETE or CONNECT.</summary>
    public required string Operation { get; init; }

    public required ServedKind Kind { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public string? Subresource { get; init; }

    public required UserInfo User { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Takes a webhook's warnings to the client.</summary>
    public required Action<string> Warn { get; init; }

    public static AdmissionAttributes Of(ApiRequest request, string operation, string name, bool dryRun) => new()
    {
        Operation = operation,
        Kind = request.Kind,
        Namespace = request.Namespace,
        Name = name,
        Subresource = request.Target.Subresource,
        User = request.User,
        DryRun = dryRun,
        Warn = request.Warn,
    };

    /// <summary>The question as <c>admission.k8s.io/v1</c> AdmissionReview.</summary>
    /// <param name="uid">The question's own id, which the answer repeats.</param>
    /// <param name="version">The served version in which the webhook wants the object.</param>
    /// <param name="node">The object; null for a deletion.</param>
    /// <param name="old">The object as it was; null for a creation.</param>
    public JsonObject ToReview(string uid, string version, JsonObject? node, JsonObject? old)
    {
        var request = new JsonObject
        {
            ["uid"] = uid,
            ["kind"] = new JsonObject { ["group"] = Kind.Group, ["version"] = version, ["kind"] = Kind.Kind },
            ["resource"] = new JsonObject { ["group"] = Kind.Group, ["version"] = version, ["resource"] = Kind.Plural },
            ["requestKind"] = new JsonObject { ["group"] = Kind.Group, ["version"] = Kind.Version, ["kind"] = Kind.Kind },
            ["requestResource"] = new JsonObject { ["group"] = Kind.Group, ["version"] = Kind.Version, ["resource"] = Kind.Plural },
            ["name"] = Name,
            ["operation"] = Operation,
            ["userInfo"] = ResourceJson.ToNode(User),
            ["object"] = InVersion(node, version),
            ["oldObject"] = InVersion(old, version),
            ["dryRun"] = DryRun,
            ["options"] = null,
        };
        if (Namespace.Length > 0)
        {
            request["namespace"] = Namespace;
        }

        if (Subresource is not null)
        {
            request["subResource"] = Subresource;
            request["requestSubResource"] = Subresource;
        }

        return new JsonObject { ["kind"] = "AdmissionReview", ["apiVersion"] = "admission.k8s.io/v1", ["request"] = request };
    }

    private JsonNode? InVersion(JsonObject? node, string version)
    {
        var copy = node?.DeepClone();
        if (copy is not null)
        {
            copy["apiVersion"] = Kind.Group.Length == 0 ? version : $"{Kind.Group}/{version}";
        }

        return copy;
    }
}
