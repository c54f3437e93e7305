using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>The parts of an object's state that the server alone decides, as pure functions on trees.</summary>
internal static class ObjectState
{
    private static readonly string[] SystemFields = ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Gives a new object its identity.</summary>
    public static void StampNew(ServedKind kind, JsonObject metadata, string ns, DateTimeOffset now)
    {
        foreach (var field in SystemFields)
        {
            metadata.Remove(field);
        }

        metadata.Remove("resourceVersion");
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Time(now);
        if (ns.Length > 0)
        {
            metadata["namespace"] = ns;
        }
        else
        {
            metadata.Remove("namespace");
        }

        if (kind.CountsGenerations)
        {
            metadata["generation"] = 1;
        }
    }

    /// <summary>Restores what a client cannot change, whatever it sent.</summary>
    public static void RestoreSystemFields(JsonObject metadata, JsonObject old)
    {
        foreach (var field in SystemFields)
        {
            metadata.CopyFrom(old, field);
        }

        metadata.CopyFrom(old, "name");
        metadata.CopyFrom(old, "namespace");
        metadata.CopyFrom(old, "generateName");
    }

    /// <summary>The object after an update of one part.</summary>
    public static JsonObject Restrict(ServedKind kind, WriteScope scope, JsonObject proposed, JsonObject old)
    {
        switch (scope)
        {
            case WriteScope.Status:
                var status = (JsonObject)old.DeepClone();
                status.CopyFrom(proposed, "status");
                KeepVersion(status, proposed);
                return status;
            case WriteScope.Finalize:
                var finalized = (JsonObject)old.DeepClone();
                finalized.Ensure("spec").CopyFrom(proposed.Child("spec") ?? [], "finalizers");
                KeepVersion(finalized, proposed);
                return finalized;
            default:
                if (kind.HasStatus)
                {
                    proposed.CopyFrom(old, "status");
                }

                return proposed;
        }
    }

    /// <summary>Whether two states differ in more than versions and ownership.</summary>
    public static bool IsSame(JsonObject a, JsonObject b) => JsonNode.DeepEquals(Comparable(a), Comparable(b));

    /// <summary>Whether the desired state differs: then the generation counts on.</summary>
    public static bool IsSameIntent(ServedKind kind, JsonObject a, JsonObject b) => JsonNode.DeepEquals(Intent(kind, a), Intent(kind, b));

    /// <summary>An object whose deletion was asked for and that nobody holds any more.</summary>
    public static bool MayVanish(ServedKind kind, JsonObject node)
    {
        var metadata = node.Metadata();
        return metadata["deletionTimestamp"] is not null
            && metadata["finalizers"] is not JsonArray { Count: > 0 }
            && metadata.Number("deletionGracePeriodSeconds") is null or 0
            && (!kind.Is("", "namespaces") || node.Child("spec")?["finalizers"] is not JsonArray { Count: > 0 });
    }

    /// <summary>Refuses an update that was made for another object or another version of it.</summary>
    public static void RequireSameVersion(ApiRequest request, JsonObject proposed, StoredObject current)
    {
        var metadata = proposed.Metadata();
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != current.Uid)
        {
            throw Errors.Conflict(request.Kind, request.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}");
        }

        if (metadata.Text("resourceVersion") is { Length: > 0 } version && version != current.Revision.ToString(CultureInfo.InvariantCulture))
        {
            throw Errors.Modified(request.Kind, request.Name);
        }
    }

    /// <summary>Nobody may hold an object anew that is going.</summary>
    public static void CheckFinalizers(JsonObject metadata, JsonObject old, List<FieldError> errors)
    {
        var added = metadata.Texts("finalizers").Except(old.Texts("finalizers")).ToList();
        if (old["deletionTimestamp"] is not null && added.Count > 0)
        {
            var list = string.Join(", ", added.Select(name => $"\"{name}\""));
            errors.Add(new FieldError(
                "metadata.finalizers",
                FieldErrorKind.Forbidden,
                $"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{list}}}"));
        }
    }

    private static void KeepVersion(JsonObject node, JsonObject proposed)
    {
        node.Metadata().CopyFrom(proposed.Metadata(), "resourceVersion");
        node.Metadata().CopyFrom(proposed.Metadata(), "managedFields");
    }

    private static JsonObject Comparable(JsonObject node)
    {
        var copy = (JsonObject)node.DeepClone();
        copy.Metadata().Remove("resourceVersion");
        copy.Metadata().Remove("managedFields");
        return copy;
    }

    private static JsonObject Intent(ServedKind kind, JsonObject node)
    {
        var copy = (JsonObject)node.DeepClone();
        copy.Remove("metadata");
        copy.Remove("apiVersion");
        if (kind.HasStatus)
        {
            copy.Remove("status");
        }

        return copy;
    }
}
