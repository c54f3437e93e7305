using System.Globalization;
using Mizzen.Cluster.ApiServer.Requests;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>Which part of a log is wanted (<c>core/v1</c> PodLogOptions).</summary>
internal sealed record LogQuery
{
    public string? Container { get; init; }

    public bool Follow { get; init; }

    public bool Previous { get; init; }

    public bool Timestamps { get; init; }

    public long? TailLines { get; init; }

    public long? LimitBytes { get; init; }

    /// <summary>Only lines written at or after this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <exception cref="StatusException">A parameter cannot be understood.</exception>
    public static LogQuery Read(ApiRequest request, DateTimeOffset now) => new()
    {
        Container = request.Query("container") is { Length: > 0 } name ? name : null,
        Follow = request.Flag("follow"),
        Previous = request.Flag("previous"),
        Timestamps = request.Flag("timestamps"),
        TailLines = Number(request, "tailLines"),
        LimitBytes = Number(request, "limitBytes"),
        Since = Number(request, "sinceSeconds") is { } seconds ? now - TimeSpan.FromSeconds(seconds) : Time(request.Query("sinceTime")),
    };

    private static long? Number(ApiRequest request, string name)
    {
        var text = request.Query(name);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Errors.BadRequest($"{name}: Invalid value: \"{text}\": must be a whole number greater than or equal to 0");
    }

    private static DateTimeOffset? Time(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw Errors.BadRequest($"sinceTime: Invalid value: \"{text}\": must be a time as in RFC 3339");
    }
}
