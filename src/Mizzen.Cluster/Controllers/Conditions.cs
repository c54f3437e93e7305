using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>Lists of conditions as Kubernetes' workload controllers keep them: one of each type, times that tell of changes only.</summary>
internal static class Conditions
{
    public static Condition? Find(IReadOnlyList<Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    public static IReadOnlyList<Condition> Without(IReadOnlyList<Condition> conditions, string type) =>
        Find(conditions, type) is null ? conditions : [.. conditions.Where(condition => condition.Type != type)];

    /// <summary>Sets a condition. One with the same status and reason stays as it is; one with the same status keeps its transition time.</summary>
    public static IReadOnlyList<Condition> With(IReadOnlyList<Condition> conditions, Condition condition)
    {
        var before = Find(conditions, condition.Type);
        if (before?.Status == condition.Status && before.Reason == condition.Reason)
        {
            return conditions;
        }

        var since = before?.Status == condition.Status ? before.LastTransitionTime : condition.LastTransitionTime;
        return [.. Without(conditions, condition.Type), condition with { LastTransitionTime = since }];
    }

    /// <summary>A condition as deployments write it.</summary>
    public static Condition New(string type, string status, string reason, string message, DateTimeOffset now) => new()
    {
        Type = type,
        Status = status,
        Reason = reason,
        Message = message,
        LastUpdateTime = now,
        LastTransitionTime = now,
    };
}
