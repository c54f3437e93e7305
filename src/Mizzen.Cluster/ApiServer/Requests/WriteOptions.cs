using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Requests;

/// <summary>What a writer says about its write, in the query.</summary>
internal sealed record WriteOptions
{
    private const int LongestManager = 128;

    /// <summary>Go through everything but store nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Who manages the fields that are written.</summary>
    public required string FieldManager { get; init; }

    /// <summary>What becomes of unknown and repeated fields.</summary>
    public FieldValidation FieldValidation { get; init; }

    /// <summary>Whether an apply takes fields over that others manage.</summary>
    public bool Force { get; init; }

    /// <summary>A server-side apply, which works out the ownership of fields by itself.</summary>
    public bool IsApply { get; init; }

    /// <exception cref="StatusException">An option has a value that does not exist.</exception>
    public static WriteOptions Read(ApiRequest request, string optionsKind)
    {
        var errors = new List<FieldError>();
        var dryRun = request.Query("dryRun");
        if (dryRun is not (null or "" or "All"))
        {
            errors.Add(NotSupported("dryRun", dryRun, "\"All\""));
        }

        var validation = request.Query("fieldValidation");
        if (validation is not (null or "" or "Ignore" or "Warn" or "Strict"))
        {
            errors.Add(NotSupported("fieldValidation", validation, "\"Ignore\", \"Strict\", \"Warn\""));
        }

        var manager = request.Query("fieldManager");
        if (manager?.Length > LongestManager)
        {
            errors.Add(new FieldError("fieldManager", FieldErrorKind.Invalid, $"Too long: may not be more than {LongestManager} bytes"));
        }

        if (errors.Count > 0)
        {
            throw Errors.Invalid(optionsKind, "meta.k8s.io", "", errors);
        }

        return new WriteOptions
        {
            DryRun = dryRun == "All",
            FieldManager = string.IsNullOrEmpty(manager) ? ManagerOf(request.Http.Request.Headers.UserAgent.ToString()) : manager,
            FieldValidation = validation switch { "Strict" => FieldValidation.Strict, "Ignore" => FieldValidation.Ignore, _ => FieldValidation.Warn },
            Force = request.Flag("force"),
        };
    }

    private static FieldError NotSupported(string field, string? value, string supported) =>
        new(field, FieldErrorKind.NotSupported, $"Unsupported value: \"{value}\": supported values: {supported}");

    // "kubectl/v1.32.4 (linux/amd64) …" writes as "kubectl".
    private static string ManagerOf(string userAgent)
    {
        var end = userAgent.AsSpan().IndexOfAny('/', ' ');
        var name = end < 0 ? userAgent : userAgent[..end];
        return name.Length == 0 ? "unknown" : name[..Math.Min(name.Length, LongestManager)];
    }
}

/// <summary>What becomes of unknown and repeated fields.</summary>
internal enum FieldValidation
{
    /// <summary>A Warning header each.</summary>
    Warn,

    /// <summary>The write is refused.</summary>
    Strict,

    /// <summary>They are dropped in silence.</summary>
    Ignore,
}
