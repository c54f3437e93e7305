using Mizzen.Cluster.Tables;

namespace Mizzen.Cluster.ApiServer.Requests;

/// <summary>Which representation a reader asks for.</summary>
internal static class TableRequest
{
    private const string Representations =
        "application/json, application/yaml, application/json;as=Table;v=v1;g=meta.k8s.io, application/json;stream=watch";

    private static readonly string[] Json = ["application/json", "*/*", "application/*"];

    /// <summary>How the table looks that is wanted, as kubectl's <c>get</c> does; null for the objects themselves.</summary>
    /// <exception cref="StatusException">Nothing that the client takes can be made.</exception>
    public static TableOptions? Read(ApiRequest request, DateTimeOffset now)
    {
        var version = VersionOf(request.Http.Request.Headers.Accept.ToString());
        return version is null ? null : new TableOptions(now, version, request.Query("includeObject") switch
        {
            "None" => IncludeObject.None,
            "Object" => IncludeObject.Object,
            _ => IncludeObject.Metadata,
        });
    }

    // Types are taken in the client's order. YAML is answered with JSON, which every reader of YAML takes.
    private static string? VersionOf(string accept)
    {
        foreach (var range in accept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (Json.Contains(parts[0]) && !parts.Any(part => part.StartsWith("as=", StringComparison.Ordinal)))
            {
                return null;
            }

            if (Json.Contains(parts[0]) && parts.Contains("as=Table") && parts.Contains("g=meta.k8s.io"))
            {
                return parts.Contains("v=v1beta1") ? "v1beta1" : "v1";
            }
        }

        return accept.Length == 0 || accept.Contains("yaml", StringComparison.Ordinal) ? null : throw Errors.NotAcceptable(Representations);
    }
}
