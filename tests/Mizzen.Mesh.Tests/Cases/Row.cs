namespace Mizzen.Mesh.Tests.Cases;

/// <summary>One row of a case: a request, who sends it, and what must come of it. What is not said is not looked at.</summary>
internal sealed record Row
{
    /// <summary>Method and URL: <c>GET http://reviews/</c>; <c>https</c> for a client that speaks TLS; <c>SEND udp://dns:53/</c> for a datagram, whose text is the body.</summary>
    public required string Send { get; init; }

    /// <summary>The pod whose proxy takes the request: beside a sidecar the application, before a gateway anybody.</summary>
    public string From { get; init; } = "client";

    /// <summary>The name that a client of TLS asks for; null for that of the URL.</summary>
    public string? ServerName { get; init; }

    /// <summary>The certificate that a client of TLS shows: a name, or <c>NAME by AUTHORITY</c>; null for none.</summary>
    public string? Shows { get; init; }

    /// <summary>The name in the certificate that a client of TLS is shown.</summary>
    public string? Shown { get; init; }

    /// <summary>The connection ends without an answer.</summary>
    public bool Refused { get; init; }

    /// <summary>Fields of the request.</summary>
    public IReadOnlyDictionary<string, string> With { get; init; } = new Dictionary<string, string>();

    public string Body { get; init; } = "";

    /// <summary>How often it is sent.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The status of every answer.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The backend that answers.</summary>
    public string? Backend { get; init; }

    /// <summary>Percent of the answers that each backend gives, as near as chance lets it be (0 and 100 exactly).</summary>
    public IReadOnlyDictionary<string, int>? Shares { get; init; }

    /// <summary>One backend gives all answers, whichever it is.</summary>
    public bool SameBackend { get; init; }

    /// <summary>Fields of the answer; null for one that must be absent, <c>*</c> for any value.</summary>
    public IReadOnlyDictionary<string, string?> Headers { get; init; } = new Dictionary<string, string?>();

    /// <summary>Fields of the request as the answering backend saw it, <c>:path</c> and <c>:method</c> among them.</summary>
    public IReadOnlyDictionary<string, string?> Seen { get; init; } = new Dictionary<string, string?>();

    /// <summary>The body of the answer.</summary>
    public string? Answer { get; init; }

    /// <summary>Requests that backends saw for one that was sent, retries and copies included.</summary>
    public int? Requests { get; init; }

    /// <summary>Backends that must get a copy.</summary>
    public IReadOnlyList<string> Copies { get; init; } = [];

    /// <summary>Fields of the copy, as the first of <see cref="Copies"/> saw it.</summary>
    public IReadOnlyDictionary<string, string?> CopyOf { get; init; } = new Dictionary<string, string?>();

    /// <summary>Envoy's response flags by their long names, joined by a comma.</summary>
    public string? Flags { get; init; }

    /// <summary>Milliseconds that the answer takes at least.</summary>
    public int? AtLeast { get; init; }

    /// <summary>A datagram instead of a request.</summary>
    public bool IsDatagram => Url.Scheme == "udp";

    public string Method => Send.Split(' ')[0];

    public Uri Url => new(Send.Split(' ')[1]);

    /// <summary>The path as it is written: an address would have its dots taken out.</summary>
    public string Path
    {
        get
        {
            var url = Send.Split(' ')[1];
            var slash = url.IndexOf('/', "https://".Length);
            return slash < 0 ? "/" : url[slash..];
        }
    }

    public override string ToString() => $"{Send} from {From}{string.Concat(With.Select(field => $" {field.Key}={field.Value}"))}";
}
