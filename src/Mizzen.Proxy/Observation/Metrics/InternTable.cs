namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>
/// Gives values that arrive as bytes small numbers, so that counting an exchange compares numbers only. Bounded, because peers decide what
/// arrives: what is new when the table is full shares number 0.
/// </summary>
internal sealed class InternTable<T>
{
    private readonly Dictionary<byte[], int> _numbers;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly List<T> _values;
    private readonly int _capacity;

    public InternTable(T overflow, int capacity)
    {
        _numbers = new Dictionary<byte[], int>(BytesComparer.Instance);
        _lookup = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        _values = [overflow];
        _capacity = capacity;
    }

    public T this[int number] => _values[number];

    /// <summary>The number of these bytes; <paramref name="make"/> makes the value when they are new.</summary>
    public int Of(ReadOnlySpan<byte> bytes, Func<ReadOnlySpan<byte>, T> make)
    {
        if (_lookup.TryGetValue(bytes, out var number))
        {
            return number;
        }

        if (_values.Count > _capacity)
        {
            return 0;
        }

        number = _values.Count;
        _values.Add(make(bytes));
        _lookup[bytes] = number;
        return number;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static BytesComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
