using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Patching;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>Keeps <c>metadata.managedFields</c>: who wrote which field last, or applied it.</summary>
internal static class FieldOwnership
{
    private static readonly string[] OnlyStatus = ["status"];
    private static readonly string[] AllButStatus = ["spec"];

    /// <summary>Books an ordinary write; an apply has done so itself.</summary>
    public static void Record(ApiRequest request, WriteScope scope, JsonObject? old, JsonObject node, WriteOptions options, DateTimeOffset now)
    {
        if (!options.IsApply)
        {
            var kind = request.Kind;
            ManagedFields.Update(
                old,
                node,
                new WriteContext(options.FieldManager, kind.Schema, kind.StorageApiVersion, now, request.Target.Subresource) { ResetFields = ResetFields(kind, scope) });
        }
    }

    /// <summary>What a manager wants, laid over the object as it is.</summary>
    /// <exception cref="StatusException">Others own fields of that with other values, or what is applied is malformed.</exception>
    public static JsonObject Apply(ApiRequest request, WriteScope scope, JsonObject? live, JsonObject applied, WriteOptions options, DateTimeOffset now)
    {
        var kind = request.Kind;
        var context = new ApplyContext(options.FieldManager, options.Force, kind.Schema, kind.ApiVersion, now, request.Target.Subresource)
        {
            ResetFields = ResetFields(kind, scope),
        };
        var result = ServerSideApply.Apply(live, applied, context);
        return result.Object ?? throw Errors.Refusal(409, "Conflict", result.ConflictMessage, new StatusDetails
        {
            Causes = [.. result.Conflicts.Select(conflict => new StatusCause { Reason = "FieldManagerConflict", Message = conflict.Message, Field = conflict.Field })],
        });
    }

    /// <summary>Whether the ownership changed.</summary>
    public static bool Differs(JsonObject node, JsonObject old) =>
        !JsonNode.DeepEquals(node.Metadata()["managedFields"], old.Metadata()["managedFields"]);

    private static string[] ResetFields(ServedKind kind, WriteScope scope) => scope switch
    {
        WriteScope.Status => AllButStatus,
        _ => kind.HasStatus ? OnlyStatus : [],
    };
}
