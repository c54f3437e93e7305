namespace Mizzen.Proxy.Runtime;

/// <summary>What adding a header does when there is one already (<c>HeaderAppendAction</c>).</summary>
internal enum HeaderAppendAction
{
    AppendIfExistsOrAdd,
    AddIfAbsent,
    OverwriteIfExistsOrAdd,
    OverwriteIfExists,
}

/// <summary>One header to add. The value may hold command operators (<c>%REQ(x)%</c>); then <paramref name="HasOperators"/> is true.</summary>
internal sealed record HeaderAddition(byte[] Name, byte[] Value, HeaderAppendAction Action, bool HasOperators = false);

/// <summary>Changes of one level of the configuration; removals run after additions (Envoy's order).</summary>
internal sealed record HeaderMutations(IReadOnlyList<HeaderAddition> Add, IReadOnlyList<byte[]> Remove)
{
    public static HeaderMutations None { get; } = new([], []);

    public bool IsEmpty => Add.Count == 0 && Remove.Count == 0;
}
