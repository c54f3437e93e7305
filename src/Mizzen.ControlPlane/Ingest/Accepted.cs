using Mizzen.Resources;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Ingest;

/// <summary>
/// The valid objects of a kind. One that is invalid never stops the rest: its last good version stays in force, and what is wrong with it
/// is told. Admission refuses such objects at the door; this is for those that were there before, or came while nobody stood there.
/// </summary>
internal sealed class Accepted<T>(Collection<T> collection)
    where T : Resource
{
    private readonly Dictionary<(string? Namespace, string? Name), Verdict> _verdicts = [];
    private IReadOnlyList<T>? _taken;
    private IReadOnlyList<T> _accepted = [];

    /// <summary>What is wrong with the objects of the last <see cref="Take"/>.</summary>
    public IReadOnlyList<Problem> Problems { get; private set; } = [];

    /// <summary>The valid objects: the same list as before when nothing has changed.</summary>
    public IReadOnlyList<T> Take()
    {
        var items = collection.Take();
        if (!ReferenceEquals(items, _taken))
        {
            _taken = items;
            Judge(items);
        }

        return _accepted;
    }

    private void Judge(IReadOnlyList<T> items)
    {
        foreach (var gone in _verdicts.Keys.Except(items.Select(KeyOf)).ToList())
        {
            _verdicts.Remove(gone);
        }

        foreach (var item in items)
        {
            var known = _verdicts.GetValueOrDefault(KeyOf(item));
            if (known is null || !IsSame(known.Seen, item))
            {
                _verdicts[KeyOf(item)] = VerdictOf(item, known?.Good);
            }
        }

        var verdicts = items.Select(item => _verdicts[KeyOf(item)]).ToList();
        var good = verdicts.Select(verdict => verdict.Good).OfType<T>().ToList();
        _accepted = good.SequenceEqual(_accepted, ReferenceEqualityComparer.Instance) ? _accepted : good;
        Problems = [.. verdicts.SelectMany(verdict => verdict.Problems)];
    }

    private static Verdict VerdictOf(T item, T? lastGood)
    {
        var problems = IstioValidation.Validate(KindCatalog.Of<T>().Kind, ResourceJson.ToNode(item));
        return new Verdict(item, problems.Any(problem => IstioCodes.IsError(problem.Code)) ? lastGood : item, problems);
    }

    // Most changes of a status are our own: the mesh is the same as before.
    private static bool IsSame(T one, T other) => ReferenceEquals(one, other)
        || (one.Metadata is { Generation: not null, Uid: not null } metadata && metadata.Generation == other.Metadata.Generation && metadata.Uid == other.Metadata.Uid
            && AreEqual(metadata.Labels, other.Metadata.Labels) && AreEqual(metadata.Annotations, other.Metadata.Annotations));

    private static bool AreEqual(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0) && (one is null || one.All(entry => other!.GetValueOrDefault(entry.Key) == entry.Value));

    private static (string?, string?) KeyOf(T item) => (item.Metadata.Namespace, item.Metadata.Name);

    private sealed record Verdict(T Seen, T? Good, IReadOnlyList<Problem> Problems);
}
