using System.Collections;
using System.Text.RegularExpressions;
using Cel;
using Cel.Internal;

namespace Mizzen.Cluster.Expressions;

/// <summary>
/// What Kubernetes adds to CEL for lists, texts and regular expressions (its CEL libraries <c>lists</c>, <c>regex</c> and the extension
/// <c>strings</c>). Not here: URLs, addresses, quantities, formats, optional values and the authorizer.
/// </summary>
internal static class KubernetesFunctions
{
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(100);

    private static readonly (string Name, int Arguments, CelFunctionDelegate Function)[] All =
    [
        ("isSorted", 1, a => Items(a[0]).Zip(Items(a[0]).Skip(1)).All(pair => Compare(pair.First, pair.Second) <= 0)),
        ("sum", 1, a => Items(a[0]).Aggregate((object?)null, Add) ?? 0L),
        ("min", 1, a => Items(a[0]).OrderBy(item => item, Comparer<object?>.Create(Compare)).First()),
        ("max", 1, a => Items(a[0]).OrderByDescending(item => item, Comparer<object?>.Create(Compare)).First()),
        ("indexOf", 2, a => a[0] is string text ? (long)text.IndexOf(Text(a[1]), StringComparison.Ordinal) : Positions(a).DefaultIfEmpty(-1).First()),
        ("lastIndexOf", 2, a => a[0] is string text ? (long)text.LastIndexOf(Text(a[1]), StringComparison.Ordinal) : Positions(a).DefaultIfEmpty(-1).Last()),
        ("charAt", 2, a => Index(a[1]) == Text(a[0]).Length ? "" : Text(a[0]).Substring(Index(a[1]), 1)),
        ("lowerAscii", 1, a => Text(a[0]).ToLowerInvariant()),
        ("upperAscii", 1, a => Text(a[0]).ToUpperInvariant()),
        ("trim", 1, a => Text(a[0]).Trim()),
        ("replace", 3, a => Text(a[0]).Replace(Text(a[1]), Text(a[2]), StringComparison.Ordinal)),
        ("substring", 2, a => Text(a[0])[Index(a[1])..]),
        ("substring", 3, a => Text(a[0])[Index(a[1])..Index(a[2])]),
        ("split", 2, a => List(Text(a[0]).Split(Text(a[1])))),
        ("split", 3, a => Index(a[2]) == 0 ? List([]) : List(Text(a[0]).Split(Text(a[1]), Index(a[2])))),
        ("join", 1, a => string.Concat(Items(a[0]))),
        ("join", 2, a => string.Join(Text(a[1]), Items(a[0]))),
        ("find", 2, a => Regex.Match(Text(a[0]), Text(a[1]), RegexOptions.CultureInvariant, PatternLimit).Value),
        ("findAll", 2, a => List(Regex.Matches(Text(a[0]), Text(a[1]), RegexOptions.CultureInvariant, PatternLimit).Select(match => match.Value))),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlySet<string> Names { get; } = All.Select(function => function.Name).ToHashSet();

    /// <summary>Makes them known.</summary>
    public static void Register(CelEnvironment environment)
    {
        foreach (var (name, arguments, function) in All)
        {
            environment.RegisterFunction(name, [.. Enumerable.Repeat(typeof(object), arguments)], function);
        }
    }

    private static IEnumerable<object?> Items(object? value) =>
        value is IEnumerable list and not string and not IDictionary ? list.Cast<object?>() : throw new ArgumentException("no such overload: not a list");

    private static string Text(object? value) => value as string ?? throw new ArgumentException("no such overload: not a string");

    private static int Index(object? value) => value is long or int ? Convert.ToInt32(value, null) : throw new ArgumentException("no such overload: not an int");

    private static List<object?> List(IEnumerable<string> texts) => [.. texts];

    private static int Compare(object? one, object? other) => one is string text && other is string with
        ? string.CompareOrdinal(text, with)
        : Comparer.DefaultInvariant.Compare(one, other);

    private static object? Add(object? sum, object? item) => (sum, item) switch
    {
        (null, _) => item,
        (long left, long right) => checked(left + right),
        (double left, double right) => left + right,
        _ => throw new ArgumentException("no such overload: not numbers of one type"),
    };

    private static IEnumerable<long> Positions(object?[] arguments) =>
        Items(arguments[0]).Select((item, position) => (item, position)).Where(entry => Equals(entry.item, arguments[1])).Select(entry => (long)entry.position);
}
