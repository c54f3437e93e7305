namespace Mizzen.Client;

/// <summary>What part of a collection to read.</summary>
public sealed record ListOptions
{
    /// <summary>Only objects with these labels (kubectl's selector grammar).</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Only objects with these fields, for example <c>spec.nodeName=node-1</c>.</summary>
    public string? FieldSelector { get; init; }

    internal IEnumerable<string> Query()
    {
        if (LabelSelector is not null)
        {
            yield return "labelSelector=" + Uri.EscapeDataString(LabelSelector);
        }

        if (FieldSelector is not null)
        {
            yield return "fieldSelector=" + Uri.EscapeDataString(FieldSelector);
        }
    }
}

/// <summary>A collection as of one version of the store.</summary>
/// <param name="Items">The objects.</param>
/// <param name="ResourceVersion">The version; a watch goes on from it.</param>
public sealed record ResourceList<T>(IReadOnlyList<T> Items, string ResourceVersion);
