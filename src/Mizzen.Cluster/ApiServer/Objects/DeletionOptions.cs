using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>How to delete, from body and query (<c>meta/v1</c> DeleteOptions).</summary>
internal sealed record DeletionOptions
{
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Background, Foreground or Orphan.</summary>
    public string Propagation { get; init; } = "Background";

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }

    /// <exception cref="StatusException">An option has a value that does not exist.</exception>
    public static async Task<DeletionOptions> ReadAsync(ApiRequest request)
    {
        var body = await RequestBody.ReadOptionalObjectAsync(request.Http.Request);
        return From(body.Text("kind") is null or "DeleteOptions" ? body : null, request);
    }

    public static DeletionOptions From(JsonObject? body, ApiRequest request)
    {
        var propagation = body.Text("propagationPolicy") ?? request.Query("propagationPolicy");
        if (propagation is not (null or "Background" or "Foreground" or "Orphan"))
        {
            throw Errors.Invalid("DeleteOptions", "meta.k8s.io", "", [
                new FieldError(
                    "propagationPolicy", FieldErrorKind.NotSupported, $"Unsupported value: \"{propagation}\": supported values: \"Background\", \"Foreground\", \"Orphan\""),
            ]);
        }

        return new DeletionOptions
        {
            GracePeriodSeconds = body.Number("gracePeriodSeconds") ?? (long.TryParse(request.Query("gracePeriodSeconds"), out var seconds) ? seconds : null),
            Propagation = propagation ?? (body.IsTrue("orphanDependents") ? "Orphan" : "Background"),
            Uid = body.Child("preconditions").Text("uid"),
            ResourceVersion = body.Child("preconditions").Text("resourceVersion"),
            DryRun = body.Texts("dryRun").Contains("All") || request.Query("dryRun") == "All",
        };
    }
}
