using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Selectors;
using Mizzen.Cluster.Storage;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>Which objects of a collection a list, a watch or a deletion of many is about (<c>meta/v1</c> ListOptions).</summary>
internal sealed class ListQuery
{
    private readonly string _namespace;
    private readonly LabelSelector? _labels;
    private readonly FieldSelection? _fields;

    private ListQuery(string ns, LabelSelector? labels, FieldSelection? fields)
    {
        _namespace = ns;
        _labels = labels;
        _fields = fields;
    }

    /// <summary>The most objects of one answer; 0: all.</summary>
    public long Limit { get; private init; }

    /// <summary>Where an earlier answer stopped.</summary>
    public ObjectKey? After { get; private init; }

    /// <summary>The revision that the client names; null for none.</summary>
    public long? Revision { get; private init; }

    public bool SendInitialEvents { get; private init; }

    /// <exception cref="StatusException">A parameter cannot be understood, or the parameters do not go together.</exception>
    public static ListQuery Read(ApiRequest request)
    {
        CheckCombination(request);
        var labels = request.Query("labelSelector") is { Length: > 0 } text ? LabelSelection.Parse(text) : null;
        var fields = request.Query("fieldSelector") is { Length: > 0 } wanted ? FieldSelection.Parse(request.Kind, wanted) : null;
        return new ListQuery(request.Namespace, labels, request.Target.Name is { } name ? FieldSelection.Parse(request.Kind, "metadata.name=" + name) : fields)
        {
            Limit = Number(request, "limit") ?? 0,
            After = request.Query("continue") is { Length: > 0 } token ? ParseToken(token) : null,
            Revision = request.Query("resourceVersion") is { Length: > 0 } ? Number(request, "resourceVersion") : null,
            SendInitialEvents = request.Flag("sendInitialEvents"),
        };
    }

    public bool Matches(StoredObject stored) =>
        (_namespace.Length == 0 || stored.Key.Namespace == _namespace)
        && (_labels is null || _labels.Matches(stored.Labels))
        && (_fields is null || _fields.Matches(stored));

    /// <summary>The objects of a snapshot, in order.</summary>
    public IEnumerable<StoredObject> Select(StoreSnapshot snapshot)
    {
        if (_namespace.Length > 0 && _fields?.Name is { } name)
        {
            return snapshot.Objects.TryGetValue(new ObjectKey(_namespace, name), out var one) && Matches(one) ? [one] : [];
        }

        return snapshot.Objects.Values.Where(Matches);
    }

    /// <summary>The token with which a list goes on after an object.</summary>
    public static string TokenFor(StoredObject last, long revision) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new Token("meta.k8s.io/v1", revision, $"{last.Key.Namespace}/{last.Key.Name}"))));

    private static ObjectKey ParseToken(string text)
    {
        try
        {
            var token = JsonSerializer.Deserialize<Token>(Base64Url.DecodeFromChars(text));
            if (token?.start.Split('/') is [var ns, var name])
            {
                return new ObjectKey(ns, name);
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw Errors.BadRequest($"invalid continue token: continue key is not valid: {e.Message}");
        }

        throw Errors.BadRequest("invalid continue token: continue key is not valid");
    }

    private static void CheckCombination(ApiRequest request)
    {
        var match = request.Query("resourceVersionMatch");
        if (!string.IsNullOrEmpty(match) && request.Query("resourceVersion") is null && !request.Flag("sendInitialEvents"))
        {
            throw Invalid("resourceVersionMatch", "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided");
        }

        if (request.Flag("sendInitialEvents") && match != "NotOlderThan")
        {
            throw Invalid("resourceVersionMatch", "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }

        if (!string.IsNullOrEmpty(match) && match is not ("Exact" or "NotOlderThan"))
        {
            throw Invalid("resourceVersionMatch", $"Unsupported value: \"{match}\": supported values: \"Exact\", \"NotOlderThan\"");
        }
    }

    private static StatusException Invalid(string field, string message) =>
        Errors.Invalid("ListOptions", "meta.k8s.io", "", [new FieldError(field, FieldErrorKind.Forbidden, message)]);

    private static long? Number(ApiRequest request, string name)
    {
        var text = request.Query(name);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Errors.BadRequest($"{name}: Invalid value: \"{text}\": not a number");
    }

    // The names are those of Kubernetes' own tokens, which are opaque to clients.
    private sealed record Token(string v, long rv, string start);
}
