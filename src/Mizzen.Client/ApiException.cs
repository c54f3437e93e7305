using System.Net;
using Mizzen.Resources.Meta;

namespace Mizzen.Client;

/// <summary>The API server refused a request; its own words are the message.</summary>
public sealed class ApiException(int code, Status status) : Exception(status.Message ?? $"the API server answered {code}")
{
    /// <summary>The HTTP status code.</summary>
    public int Code { get; } = code;

    /// <summary>What the server said.</summary>
    public Status Status { get; } = status;

    /// <summary>The object is not there.</summary>
    public bool IsNotFound => Code == (int)HttpStatusCode.NotFound;

    /// <summary>Somebody else has changed the object since it was read, or it exists already.</summary>
    public bool IsConflict => Code == (int)HttpStatusCode.Conflict;

    /// <summary>A watch asked for a version that is no longer kept: list again.</summary>
    public bool IsExpired => Code == (int)HttpStatusCode.Gone;
}
