using Envoy.Config.Core.V3;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Header operations, and the one of them that is none: setting Host rewrites the authority.</summary>
internal static class HeaderOptions
{
    public static IEnumerable<HeaderValueOption> ToAdd(HeaderOperations? operations) =>
    [
        .. Options(operations?.Set, HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd),
        .. Options(operations?.Add, HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd),
    ];

    public static IEnumerable<string> ToRemove(HeaderOperations? operations) => operations?.Remove ?? [];

    /// <summary>The authority that request operations write; set beats add.</summary>
    public static string? Authority(HeaderOperations? operations) => AuthorityIn(operations?.Set) ?? AuthorityIn(operations?.Add);

    private static string? AuthorityIn(IReadOnlyDictionary<string, string>? headers) =>
        headers?.FirstOrDefault(entry => IsAuthority(entry.Key)).Value;

    private static bool IsAuthority(string name) => name == ":authority" || name.Equals("host", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<HeaderValueOption> Options(IReadOnlyDictionary<string, string>? headers, HeaderValueOption.Types.HeaderAppendAction action) =>
        (headers ?? new Dictionary<string, string>())
            .Where(entry => !IsAuthority(entry.Key))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => new HeaderValueOption { Header = new HeaderValue { Key = entry.Key, Value = entry.Value }, AppendAction = action });
}
