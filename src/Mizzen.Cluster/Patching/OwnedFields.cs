using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Patching;

/// <summary>Fields that nobody owns, because the server or the path of the request decides them.</summary>
internal static class OwnedFields
{
    private static readonly FieldSet ServersOwn = FieldSet.Parse(new JsonObject
    {
        ["f:apiVersion"] = new JsonObject(),
        ["f:kind"] = new JsonObject(),
        ["f:metadata"] = Members(
            "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"),
    });

    /// <summary>The set without the fields that cannot be owned.</summary>
    public static FieldSet Strip(FieldSet fields, IReadOnlyList<string> resetFields) =>
        resetFields.Aggregate(fields.Difference(ServersOwn), (rest, name) => rest.WithoutField(name));

    private static JsonObject Members(params string[] names)
    {
        var members = new JsonObject { ["."] = new JsonObject() };
        foreach (var name in names)
        {
            members[PathElement.Field(name)] = new JsonObject();
        }

        return members;
    }
}
