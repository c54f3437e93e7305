using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>One match of a rule of a route, as Istio's, with its place among all that share a host.</summary>
/// <param name="Rule">The rule, with that match alone.</param>
/// <param name="Order">Its place.</param>
internal sealed record RouteRule(HTTPRoute Rule, RouteOrder Order);

/// <summary>
/// The precedence of the specification: an exact path, the longest prefix, a method, the most headers, the most query parameters, the oldest
/// route, the first by name, the first rule.
/// </summary>
internal sealed record RouteOrder(int PathKind, int PathLength, bool HasMethod, int Headers, int Query, DateTimeOffset Created, string Name, int Index) : IComparable<RouteOrder>
{
    public static RouteOrder Of(HTTPMatchRequest match, ObjectMeta metadata, int index) => new(
        KindOf(match),
        (match.Uri?.Exact ?? match.Uri?.Prefix ?? match.Uri?.Regex ?? "").Length,
        match.Method is not null,
        match.Headers?.Count ?? 0,
        match.QueryParams?.Count ?? 0,
        metadata.CreationTimestamp ?? default,
        $"{metadata.Namespace}/{metadata.Name}",
        index);

    /// <summary>A regular expression has no length to compare: it comes after every prefix but the one that takes everything.</summary>
    private static int KindOf(HTTPMatchRequest match) => match switch
    {
        { Uri.Exact: not null } => 0,
        { Uri.Regex: not null } => 2,
        { Uri: null or { Prefix: "/" }, Method: null, Headers: null or { Count: 0 }, QueryParams: null or { Count: 0 } } => 3,
        _ => 1,
    };

    public int CompareTo(RouteOrder? other)
    {
        if (other is null)
        {
            return -1;
        }

        int[] compared =
        [
            PathKind.CompareTo(other.PathKind), other.PathLength.CompareTo(PathLength), other.HasMethod.CompareTo(HasMethod),
            other.Headers.CompareTo(Headers), other.Query.CompareTo(Query), Created.CompareTo(other.Created),
            string.CompareOrdinal(Name, other.Name), Index.CompareTo(other.Index),
        ];
        return Array.Find(compared, result => result != 0);
    }
}
