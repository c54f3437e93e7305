using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation;

/// <summary>What filters have found out about one request, by filter and key (Envoy's dynamic metadata). Reused.</summary>
internal sealed class DynamicMetadata
{
    private (string Filter, string Key, MetadataValue Value)[] _entries = [];
    private int _count;

    /// <summary>Sets a value, in place of an older one.</summary>
    public void Set(string filter, string key, MetadataValue value)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_entries[i].Filter == filter && _entries[i].Key == key)
            {
                _entries[i].Value = value;
                return;
            }
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(4, _count * 2));
        }

        _entries[_count++] = (filter, key, value);
    }

    /// <summary>The value at a path whose first part is the key; null when there is none.</summary>
    public MetadataValue? Find(string filter, IReadOnlyList<string> path)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_entries[i].Filter == filter && _entries[i].Key == path[0])
            {
                var value = _entries[i].Value;
                for (var part = 1; part < path.Count && value is not null; part++)
                {
                    value = value.Field(path[part]);
                }

                return value;
            }
        }

        return null;
    }

    public void Clear()
    {
        Array.Clear(_entries, 0, _count);
        _count = 0;
    }
}
