namespace Mizzen.Api;

/// <summary>A kind as the API server's discovery tells it.</summary>
/// <param name="Group">The API group; empty for core.</param>
/// <param name="Version">The served version, for example <c>v1</c>.</param>
/// <param name="Kind">The kind, for example <c>VirtualService</c>.</param>
/// <param name="Plural">The name in paths, for example <c>virtualservices</c>.</param>
/// <param name="Singular">The singular name that people type.</param>
/// <param name="ShortNames">Abbreviations that people type, for example <c>vs</c>.</param>
/// <param name="Namespaced">False for kinds of the whole cluster.</param>
/// <param name="Preferred">True in the group's preferred version.</param>
internal sealed record ServedKind(
    string Group, string Version, string Kind, string Plural, string Singular, IReadOnlyList<string> ShortNames, bool Namespaced, bool Preferred)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The name with its group, as kubectl prints it: <c>virtualservice.networking.istio.io</c>.</summary>
    public string DisplayName => Group.Length == 0 ? Singular : $"{Singular}.{Group}";

    /// <summary>The URL path of the collection, or of one object in it.</summary>
    public string Path(string? ns, string? name)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        var scope = Namespaced && ns is not null ? $"/namespaces/{Uri.EscapeDataString(ns)}" : "";
        var item = name is null ? "" : "/" + Uri.EscapeDataString(name);
        return $"{root}{scope}/{Plural}{item}";
    }

    /// <summary>True for every word by which kubectl would find this kind, with or without group and version.</summary>
    public bool IsCalled(string word)
    {
        var dot = word.IndexOf('.', StringComparison.Ordinal);
        var name = dot < 0 ? word : word[..dot];
        var group = dot < 0 ? null : word[(dot + 1)..];
        var named = Same(name, Plural) || Same(name, Singular) || Same(name, Kind) || ShortNames.Any(alias => Same(name, alias));
        return named && (group is null || Same(group, Group) || Same(group, $"{Version}.{Group}"));
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
