using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Namespaces;

/// <summary>Something that is still in a namespace that is ending.</summary>
internal sealed record Leftover(ResourceKind Kind, ObjectMeta Metadata);

/// <summary>Tells in a namespace's status why it is still there, in Kubernetes' words.</summary>
internal static class NamespaceConditions
{
    public static IReadOnlyList<Condition> Of(IReadOnlyList<Condition> before, IReadOnlyCollection<Leftover> left, DateTimeOffset now)
    {
        var finalizers = left.SelectMany(item => item.Metadata.Finalizers ?? []).CountBy(finalizer => finalizer).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var content = left.CountBy(item => item.Kind.Group.Length == 0 ? item.Kind.Plural + "." : $"{item.Kind.Plural}.{item.Kind.Group}")
            .OrderBy(pair => pair.Key, StringComparer.Ordinal);
        var remaining = left.Count == 0
            ? New("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed", now)
            : New(
                "NamespaceContentRemaining", "True", "SomeResourcesRemain",
                $"Some resources are remaining: {string.Join(", ", content.Select(pair => $"{pair.Key} has {pair.Value} resource instances"))}", now);
        var held = finalizers.Count == 0
            ? New("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished", now)
            : New(
                "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
                $"Some content in the namespace has finalizers remaining: {string.Join(", ", finalizers.Select(pair => $"{pair.Key} in {pair.Value} resource instances"))}",
                now);
        return Set(Set(before, remaining), held);
    }

    // The message counts down while the reason stays, so it is written each time.
    private static IReadOnlyList<Condition> Set(IReadOnlyList<Condition> conditions, Condition condition)
    {
        var before = Conditions.Find(conditions, condition.Type);
        if (before is not null && before.Status == condition.Status && before.Message == condition.Message)
        {
            return conditions;
        }

        var since = before?.Status == condition.Status ? before.LastTransitionTime : condition.LastTransitionTime;
        return [.. Conditions.Without(conditions, condition.Type), condition with { LastTransitionTime = since }];
    }

    private static Condition New(string type, string status, string reason, string message, DateTimeOffset now) =>
        new() { Type = type, Status = status, Reason = reason, Message = message, LastTransitionTime = now };
}
