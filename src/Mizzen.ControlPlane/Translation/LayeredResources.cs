using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The few resources of one proxy besides those that many have: with thousands of services and hundreds of proxies, a copy for each would
/// be most of the memory. Of one name, the own one counts.
/// </summary>
/// <param name="own">The proxy's own.</param>
/// <param name="shared">What many have.</param>
internal sealed class LayeredResources(IReadOnlyDictionary<string, IMessage> own, IReadOnlyDictionary<string, IMessage> shared) : IReadOnlyDictionary<string, IMessage>
{
    public IReadOnlyDictionary<string, IMessage> Own => own;

    public IReadOnlyDictionary<string, IMessage> Shared => shared;

    public int Count => shared.Count + own.Keys.Count(name => !shared.ContainsKey(name));

    public IEnumerable<string> Keys => this.Select(entry => entry.Key);

    public IEnumerable<IMessage> Values => this.Select(entry => entry.Value);

    public IMessage this[string key] => own.TryGetValue(key, out var value) ? value : shared[key];

    public bool ContainsKey(string key) => own.ContainsKey(key) || shared.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out IMessage value) => own.TryGetValue(key, out value) || shared.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, IMessage>> GetEnumerator() => shared.Where(entry => !own.ContainsKey(entry.Key)).Concat(own).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
