namespace Mizzen.Cluster.Patching;

/// <summary>A field that another manager owns with another value.</summary>
/// <param name="Manager">The other manager as messages name it: <c>"kubectl-client-side-apply" using apps/v1</c>.</param>
/// <param name="Field">The field: <c>.spec.replicas</c>.</param>
public sealed record ApplyConflict(string Manager, string Field)
{
    /// <summary>The message of the status cause <c>FieldManagerConflict</c>.</summary>
    public string Message => $"conflict with {Manager}";
}

/// <summary>What became of an apply: the object to store, or the conflicts that a 409 reports.</summary>
public sealed record ApplyResult(System.Text.Json.Nodes.JsonObject? Object, IReadOnlyList<ApplyConflict> Conflicts)
{
    /// <summary>The message of the 409, as Kubernetes words it.</summary>
    public string ConflictMessage => Conflicts.Count == 1
        ? $"Apply failed with 1 conflict: conflict with {Conflicts[0].Manager}: {Conflicts[0].Field}"
        : $"Apply failed with {Conflicts.Count} conflicts: {string.Join('\n', Conflicts.GroupBy(conflict => conflict.Manager).SelectMany(Lines))}";

    private static IEnumerable<string> Lines(IGrouping<string, ApplyConflict> conflicts) =>
        conflicts.Select(conflict => $"- {conflict.Field}").Prepend($"conflicts with {conflicts.Key}:");
}
