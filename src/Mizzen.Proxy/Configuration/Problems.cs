namespace Mizzen.Proxy.Configuration;

/// <summary>What is wrong with one xDS resource: every problem with its field path, so that a refusal says all at once.</summary>
internal sealed class Problems
{
    private readonly List<string> _texts = [];
    private readonly Stack<string> _path = new();

    public bool IsEmpty => _texts.Count == 0;

    /// <summary>The files that the resource was read from, beside its message: when one changes, it is to be read again.</summary>
    public List<string> Files { get; } = [];

    /// <summary>Goes into a field until the result is disposed.</summary>
    public Scope At(string field)
    {
        _path.Push(field);
        return new Scope(this);
    }

    public void Add(string text) => _texts.Add(_path.Count == 0 ? text : $"{string.Join('.', _path.Reverse())}: {text}");

    public override string ToString() => string.Join("; ", _texts);

    internal readonly struct Scope(Problems problems) : IDisposable
    {
        public void Dispose() => problems._path.Pop();
    }
}
