using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Patching;

/// <summary>One entry of <c>metadata.managedFields</c>: a manager and the fields that it owns.</summary>
internal sealed record ManagedEntry(ManagerIdentity Identity, string ApiVersion, string? Time, FieldSet Fields)
{
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["apiVersion"] = ApiVersion,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = Fields.ToJson(),
            ["manager"] = Identity.Manager,
            ["operation"] = Identity.Operation,
        };
        if (Identity.Subresource is not null)
        {
            json["subresource"] = Identity.Subresource;
        }

        if (Time is not null)
        {
            json["time"] = Time;
        }

        return json;
    }

    /// <summary>The entry, or null when the JSON is none.</summary>
    public static ManagedEntry? Parse(JsonNode? node)
    {
        if (node is not JsonObject json || json["fieldsV1"] is not JsonObject fields || (string?)json["operation"] is not ("Apply" or "Update"))
        {
            return null;
        }

        var operation = (string)json["operation"]!;
        var apiVersion = (string?)json["apiVersion"] ?? "";
        var subresource = (string?)json["subresource"];
        var identity = ManagerIdentity.Of((string?)json["manager"] ?? "", operation, apiVersion, subresource is "" ? null : subresource);
        return new ManagedEntry(identity, apiVersion, (string?)json["time"], FieldSet.Parse(fields));
    }
}

/// <summary>Which entries belong together: a manager that applies has one for all versions, one that updates has one per version.</summary>
internal sealed record ManagerIdentity(string Manager, string Operation, string? Version, string? Subresource)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    public static ManagerIdentity Of(string manager, string operation, string apiVersion, string? subresource) =>
        new(manager, operation, operation == Apply ? null : apiVersion, subresource);

    /// <summary>As conflicts name it: <c>"kubectl" using apps/v1</c>.</summary>
    public override string ToString()
    {
        var name = Subresource is null ? $"\"{Manager}\"" : $"\"{Manager}\" with subresource \"{Subresource}\"";
        return Operation == Update ? $"{name} using {Version}" : name;
    }
}
