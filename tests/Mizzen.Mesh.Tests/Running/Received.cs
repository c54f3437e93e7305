namespace Mizzen.Mesh.Tests.Running;

/// <summary>A request as a backend saw it.</summary>
/// <param name="Backend">The backend's name: the pod's, or the host's outside of the mesh.</param>
/// <param name="Head">Request line and fields.</param>
/// <param name="Body">The body, decoded.</param>
internal sealed record Received(string Backend, string Head, string Body)
{
    /// <summary>The field by which tests tell their requests apart.</summary>
    public const string RowField = "x-row";

    private readonly string[] _lines = Head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    public string Method => _lines[0].Split(' ')[0];

    public string Path => _lines[0].Split(' ')[1];

    public string? Row => this[RowField];

    /// <summary>A field's value, several joined by a comma, null when it is absent; <c>:path</c> and <c>:method</c> are of the request line.</summary>
    public string? this[string name] => name switch
    {
        ":path" => Path,
        ":method" => Method,
        _ => Field(name),
    };

    private string? Field(string name)
    {
        var values = _lines.Skip(1)
            .Select(line => line.Split(": ", 2))
            .Where(pair => pair.Length == 2 && pair[0].Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(pair => pair[1])
            .ToList();
        return values.Count > 0 ? string.Join(",", values) : null;
    }
}
