using System.Text.Json;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>Something that happened to an object (<c>core/v1</c> Event).</summary>
public sealed record Event : Resource
{
    public ObjectReference? InvolvedObject { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public EventSource? Source { get; init; }

    public DateTimeOffset? FirstTimestamp { get; init; }

    public DateTimeOffset? LastTimestamp { get; init; }

    public int? Count { get; init; }

    /// <summary>Normal or Warning.</summary>
    public string? Type { get; init; }

    public string? EventTime { get; init; }

    public JsonElement? Series { get; init; }

    public string? Action { get; init; }

    public ObjectReference? Related { get; init; }

    public string? ReportingComponent { get; init; }

    public string? ReportingInstance { get; init; }
}

public sealed record EventSource
{
    public string? Component { get; init; }

    public string? Host { get; init; }
}

/// <summary>Puts a pod on a node (<c>core/v1</c> Binding).</summary>
public sealed record Binding : Resource
{
    public ObjectReference? Target { get; init; }
}
