using System.Text.Json.Nodes;
using Mizzen.Resources;

namespace Mizzen.Cluster.Patching;

/// <summary>Field ownership of ordinary writes (create, update, the other patches): whoever changes a field owns it.</summary>
public static class ManagedFields
{
    private const string NestedStructs = """
        {"metadata":{},"spec":{"containers":[],"strategy":{},"template":{"metadata":{},"spec":{"containers":[]}}},"status":{"loadBalancer":{}}}
        """;

    /// <summary>
    /// Writes <c>metadata.managedFields</c> of <paramref name="after"/>: the manager owns what differs from <paramref name="before"/>, the
    /// others lose it. A client that sends no managedFields keeps those of the object; one that sends <c>[{}]</c> resets them.
    /// </summary>
    /// <param name="before">The stored object; null for a new one.</param>
    /// <param name="after">The object to be stored, defaults and server fields filled in. Changed in place.</param>
    /// <param name="context">Who writes.</param>
    public static void Update(JsonObject? before, JsonObject after, WriteContext context)
    {
        var (ownership, source) = LiveOrSent(before, after, context.Subresource is not null);
        var schema = FieldShapes.OfObject(context.Schema);
        var difference = ObjectComparison.Of(schema, before ?? EmptyFormOf(after), after);
        var changed = OwnedFields.Strip(difference.Changed, context.ResetFields);
        if (changed.IsEmpty && difference.Removed.IsEmpty)
        {
            Restore(after, source);
            return;
        }

        var self = ManagerIdentity.Of(context.Manager, ManagerIdentity.Update, context.ApiVersion, context.Subresource);
        ownership.Take(changed.Union(difference.Removed), exceptFrom: null);
        if (!changed.IsEmpty)
        {
            ownership.Set(self, context.ApiVersion, Ownership.TimeText(context.Now), ownership.FieldsOf(self).Union(changed));
        }

        ownership.WriteTo(after);
    }

    private static (Ownership Ownership, JsonArray? Source) LiveOrSent(JsonObject? before, JsonObject after, bool isSubresource)
    {
        if (!isSubresource && Ownership.ListOf(after) is { Count: > 0 } sent)
        {
            if (sent is [JsonObject { Count: 0 }])
            {
                return (new Ownership([]), null);
            }

            var ownership = Ownership.Of(after);
            if (!ownership.IsEmpty)
            {
                return (ownership, sent);
            }
        }

        return (Ownership.Of(before), Ownership.ListOf(before));
    }

    private static void Restore(JsonObject after, JsonArray? source)
    {
        if (after["metadata"] is JsonObject metadata && !ReferenceEquals(metadata["managedFields"], source))
        {
            metadata.Remove("managedFields");
            if (source is not null)
            {
                metadata["managedFields"] = source.DeepClone();
            }
        }
    }

    // What a new object is compared with. The structs of built-in kinds are there even when they are empty, so nobody owns them as such;
    // custom resources begin with nothing but metadata.
    private static JsonObject EmptyFormOf(JsonObject json)
    {
        var apiVersion = ((string?)json["apiVersion"] ?? "").Split('/');
        var kind = KindCatalog.Find(apiVersion.Length > 1 ? apiVersion[0] : "", apiVersion[^1], (string?)json["kind"] ?? "");
        return kind is { BuiltIn: true }
            ? (JsonObject)JsonNode.Parse(NestedStructs)!
            : new JsonObject { ["metadata"] = new JsonObject() };
    }
}
