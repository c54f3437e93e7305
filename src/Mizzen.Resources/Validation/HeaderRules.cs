using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for header operations.</summary>
internal static class HeaderRules
{
    public static void Check(Headers? headers, string path, Findings findings)
    {
        Check(headers?.Request, path + ".request", isRequest: true, findings);
        Check(headers?.Response, path + ".response", isRequest: false, findings);
    }

    public static bool SetsAuthority(HeaderOperations? operations) =>
        (operations?.Set?.Keys ?? []).Concat(operations?.Add?.Keys ?? []).Any(IsAuthority);

    private static void Check(HeaderOperations? operations, string path, bool isRequest, Findings findings)
    {
        foreach (var name in operations?.Set?.Keys ?? [])
        {
            CheckName(name, $"{path}.set[{name}]", isRequest, findings);
        }

        foreach (var name in operations?.Add?.Keys ?? [])
        {
            CheckName(name, $"{path}.add[{name}]", isRequest, findings);
        }

        foreach (var name in operations?.Remove ?? [])
        {
            findings.HeaderName(path + ".remove", name);
            if (IsAuthority(name))
            {
                findings.Error(path + ".remove", "the host cannot be removed", "set it instead");
            }
        }
    }

    private static void CheckName(string name, string path, bool isRequest, Findings findings)
    {
        if (isRequest && IsAuthority(name))
        {
            return;
        }

        if (name.StartsWith(':') || IsAuthority(name))
        {
            findings.Error(path, $"'{name}' cannot be written here", "pseudo headers are not headers; only the request's host can be set");
        }
        else
        {
            findings.HeaderName(path, name);
        }
    }

    private static bool IsAuthority(string name) => name == ":authority" || name.Equals("host", StringComparison.OrdinalIgnoreCase);
}
